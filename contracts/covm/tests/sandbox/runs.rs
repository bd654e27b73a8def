//! What a run gives, what the host sees of it, and how each ending is told.

use crate::samples::{compiled, run, run_with, Failed, Notes, ENGINE, LIMITS};
use icn_covm::{EngineError, Limits, Outcome, Stop, TrapReason};

fn trap(outcome: &Outcome) -> TrapReason {
    match &outcome.result {
        Err(Stop::Trap(reason)) => *reason,
        other => panic!("not a trap: {other:?}"),
    }
}

#[test]
fn results_come_back_as_bits() {
    let wat = r#"(module (func (export "f") (param i32 i64) (result i64 i32)
        (i64.add (local.get 1) (i64.const -1)) (i32.sub (i32.const 0) (local.get 0))))"#;
    assert_eq!(run(wat, "f", &[1, 0]).result.unwrap(), [u64::MAX, u64::from(u32::MAX)]);
}

#[test]
fn host_functions_of_all_shapes_get_and_give_values() {
    let wat = r#"(module
        (import "icn1" "pair" (func $pair (param i32 i64) (result i64 i32)))
        (import "icn1" "many" (func $many (param i32 i64 i32 i64 i32 i64 i32 i64) (result i64)))
        (import "icn1" "fill" (func $fill (param i32 i32 i32) (result i32)))
        (memory 1 1)
        (func (export "pair") (result i64 i32) (call $pair (i32.const -7) (i64.const -9)))
        (func (export "many") (result i64)
            (call $many (i32.const -1) (i64.const 2) (i32.const 3) (i64.const 4) (i32.const 5) (i64.const 6)
                (i32.const 7) (i64.const 8)))
        (func (export "fill") (result i32 i32)
            (call $fill (i32.const 3) (i32.const 4) (i32.const 0xab)) (i32.load (i32.const 3))))"#;
    assert_eq!(run(wat, "pair", &[]).result.unwrap(), [-9i64 as u64, u64::from(-7i32 as u32)]);
    let many = [u64::from(u32::MAX), 2, 3, 4, 5, 6, 7, 8]
        .iter()
        .fold(0u64, |sum, arg| sum.wrapping_mul(31).wrapping_add(*arg));
    assert_eq!(run(wat, "many", &[]).result.unwrap(), [many]);
    assert_eq!(run(wat, "fill", &[]).result.unwrap(), [4, 0xabab_abab]);
}

#[test]
fn the_hosts_reason_comes_back_unharmed_and_costs_what_was_used() {
    let wat = r#"(module (import "icn1" "fail" (func $fail (param i32)))
        (func (export "f") (call $fail (i32.const 42)) (unreachable)))"#;
    let outcome = run(wat, "f", &[]);
    assert!(outcome.fuel_used < LIMITS.fuel / 10, "{}", outcome.fuel_used);
    assert_eq!(outcome.result.unwrap_err().reason::<Failed>().unwrap(), Failed(42));
}

#[test]
fn a_reason_of_another_type_is_given_back() {
    let stop = Stop::host(Failed(1)).reason::<u8>().unwrap_err();
    assert_eq!(stop.reason::<Failed>().unwrap(), Failed(1));
}

#[test]
fn each_trap_has_its_reason_and_costs_the_whole_limit() {
    let wat = r#"(module
        (type $v (func))
        (table 4 4 funcref) (elem (i32.const 1) $two)
        (memory 1 2)
        (func $two (result i32) (i32.const 2))
        (func $deep (export "deep") (call $deep))
        (func (export "unreachable") unreachable)
        (func (export "fuel") (loop (br 0)))
        (func (export "memory") (drop (memory.grow (i32.const 1))) )
        (func (export "zero") (drop (i32.div_u (i32.const 1) (i32.const 0))))
        (func (export "overflow") (drop (i64.div_s (i64.const 0x8000000000000000) (i64.const -1))))
        (func (export "bounds") (drop (i32.load (i32.const 65533))))
        (func (export "null") (call_indirect (type $v) (i32.const 0)))
        (func (export "type") (call_indirect (type $v) (i32.const 1)))
        (func (export "place") (call_indirect (type $v) (i32.const 4)))
    )"#;
    let limits = Limits { memory_pages: 1, ..LIMITS };
    for (entry, reason) in [
        ("unreachable", TrapReason::Unreachable),
        ("fuel", TrapReason::OutOfFuel),
        ("memory", TrapReason::OutOfMemory),
        ("deep", TrapReason::TooDeep),
        ("zero", TrapReason::DivisionByZero),
        ("overflow", TrapReason::Overflow),
        ("bounds", TrapReason::OutOfBounds),
        ("null", TrapReason::NoFunction),
        ("type", TrapReason::NoFunction),
        ("place", TrapReason::OutOfBounds),
    ] {
        let outcome = run_with(wat, entry, &[], &mut Notes::default(), &limits);
        assert_eq!((trap(&outcome), outcome.fuel_used), (reason, limits.fuel), "{entry}");
    }
}

#[test]
fn each_run_has_a_fresh_instance() {
    let wat = r#"(module (memory 1 1) (global $g (mut i32) (i32.const 5))
        (func (export "f") (result i32 i32)
            (i32.store8 (i32.const 0) (i32.add (i32.load8_u (i32.const 0)) (i32.const 1)))
            (global.set $g (i32.add (global.get $g) (i32.const 1)))
            (i32.load8_u (i32.const 0)) (global.get $g)))"#;
    for _ in 0..3 {
        assert_eq!(run(wat, "f", &[]).result.unwrap(), [1, 6]);
    }
}

#[test]
fn a_host_that_panics_takes_nothing_with_it() {
    struct Panics;
    impl icn_covm::Host for Panics {
        fn call(&mut self, _: usize, _: &[u64], _: &mut [u64], _: &mut dyn icn_covm::Guest) -> Result<(), Stop> {
            panic!("the host's own")
        }
    }
    let wat =
        r#"(module (import "icn1" "fail" (func $fail (param i32))) (func (export "f") (call $fail (i32.const 1))))"#;
    let module = compiled(wat);
    let panicked =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| ENGINE.run(&module, "f", &[], &mut Panics, &LIMITS)));
    assert_eq!(*panicked.unwrap_err().downcast::<&str>().unwrap(), "the host's own");
    assert!(run(wat, "f", &[]).result.unwrap_err().reason::<Failed>().is_ok());
}

#[test]
fn a_host_may_run_a_module_while_another_waits() {
    struct Runs(u64);
    impl icn_covm::Host for Runs {
        fn call(
            &mut self,
            _: usize,
            args: &[u64],
            results: &mut [u64],
            _: &mut dyn icn_covm::Guest,
        ) -> Result<(), Stop> {
            if args[0] > 0 {
                let mut inner = Runs(self.0 + 1);
                let outcome = ENGINE.run(&compiled(WAT), "f", &[args[0] - 1], &mut inner, &LIMITS).expect("it runs");
                results[0] = outcome.result?[0] + args[0];
            }
            Ok(())
        }
    }
    const WAT: &str = r#"(module (import "icn1" "add" (func $add (param i64 i64) (result i64)))
        (func (export "f") (param i64) (result i64) (call $add (local.get 0) (i64.const 0))))"#;
    let outcome = run_with(WAT, "f", &[5], &mut Runs(0), &LIMITS);
    assert_eq!(outcome.result.unwrap(), [5 + 4 + 3 + 2 + 1]);
}

#[test]
fn threads_run_side_by_side_and_alike() {
    let wat = include_str!("../../benches/metering/programs/sort.wat");
    let module = compiled(wat);
    let run = || {
        let outcome = ENGINE.run(&module, "run", &[2_000], &mut Notes::default(), &LIMITS).unwrap();
        (outcome.result.unwrap(), outcome.fuel_used)
    };
    let first = run();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| (0..5).map(|_| run()).collect::<Vec<_>>())).collect();
        for thread in threads {
            assert!(thread.join().unwrap().iter().all(|outcome| *outcome == first));
        }
    });
}

#[test]
fn a_module_for_another_interface_is_not_compiled() {
    let other = icn_covm::Interface { module: "icn1", functions: &[] };
    let bytes = wat::parse_str("(module)").unwrap();
    let module = icn_covm::Module::check(&bytes, &other, &icn_covm::Rules::default()).unwrap();
    assert!(matches!(ENGINE.compile(&module), Err(EngineError::Interface)));
}

#[test]
fn what_the_caller_gets_wrong_is_no_outcome() {
    let wat = r#"(module (func (export "f") (param i32)))"#;
    let (module, host) = (compiled(wat), &mut Notes::default());
    assert!(matches!(ENGINE.run(&module, "g", &[], host, &LIMITS), Err(EngineError::NoEntry)));
    assert!(matches!(ENGINE.run(&module, "f", &[], host, &LIMITS), Err(EngineError::Arguments)));
    assert!(matches!(ENGINE.run(&module, "f", &[1 << 32], host, &LIMITS), Err(EngineError::Arguments)));
    let limits = Limits { fuel: u64::MAX, ..LIMITS };
    assert!(matches!(ENGINE.run(&module, "f", &[1], host, &limits), Err(EngineError::Limits)));
}
