//! Modules that want more than they are given.

use crate::samples::{compiled, module, run, run_with, Notes, ENGINE, INTERFACE, LIMITS};
use icn_covm::{Limits, Module, Rule, Rules, Stop, TrapReason};

fn trap(wat: &str, entry: &str, args: &[u64], limits: &Limits) -> TrapReason {
    let outcome = run_with(wat, entry, args, &mut Notes::default(), limits);
    assert_eq!(outcome.fuel_used, limits.fuel);
    match outcome.result {
        Err(Stop::Trap(reason)) => reason,
        other => panic!("not a trap: {other:?}"),
    }
}

#[test]
fn loops_without_end_run_out_of_fuel() {
    for body in [
        "(loop (br 0))",
        "(loop (br_if 0 (i32.const 1)))",
        "(loop (br_table 0 0 0 (i32.const 5)))",
        "(loop (if (i32.const 1) (then (br 1))))",
        "(loop (block (br 1)))",
        "(loop (loop (br 1)))",
        "(local i32) (loop (local.set 0 (i32.add (local.get 0) (i32.const 1))) (call 1) (br 0))",
    ] {
        let wat = format!(r#"(module (func (export "f") {body}) (func))"#);
        assert_eq!(trap(&wat, "f", &[], &LIMITS), TrapReason::OutOfFuel, "{body}");
    }
}

#[test]
fn calls_without_end_are_too_deep() {
    let wat = r#"(module (type $f (func)) (table 1 1 funcref) (elem (i32.const 0) $table)
        (func $one (export "direct") (call $two))
        (func $two (call $one))
        (func $table (export "table") (call_indirect (type $f) (i32.const 0)))
        (func $wide (export "wide") (param i64 i64 i64 i64) (result i64 i64 i64 i64)
            (call $wide (local.get 0) (local.get 1) (local.get 2) (local.get 3))))"#;
    assert_eq!(trap(wat, "direct", &[], &LIMITS), TrapReason::TooDeep);
    assert_eq!(trap(wat, "table", &[], &LIMITS), TrapReason::TooDeep);
    assert_eq!(trap(wat, "wide", &[1, 2, 3, 4], &LIMITS), TrapReason::TooDeep);
}

#[test]
fn fuel_that_doubles_at_each_call_runs_out() {
    let wat = r#"(module (func $f (export "f") (param i32)
        (if (local.get 0) (then
            (call $f (i32.sub (local.get 0) (i32.const 1)))
            (call $f (i32.sub (local.get 0) (i32.const 1)))))))"#;
    assert_eq!(trap(wat, "f", &[200], &LIMITS), TrapReason::OutOfFuel);
}

#[test]
fn memory_is_bounded_by_the_run() {
    let wat = r#"(module (memory 1 256)
        (func (export "grow") (loop (drop (memory.grow (i32.const 1))) (br 0)))
        (func (export "much") (param i32) (result i32) (memory.grow (local.get 0))))"#;
    assert_eq!(trap(wat, "grow", &[], &LIMITS), TrapReason::OutOfMemory);
    assert_eq!(trap(wat, "much", &[64], &LIMITS), TrapReason::OutOfMemory);
    assert_eq!(run(wat, "much", &[63]).result.unwrap(), [1]);
    // Beyond its own maximum it is told so, and goes on.
    for pages in [256, 65_535, 65_536, u64::from(u32::MAX)] {
        assert_eq!(run(wat, "much", &[pages]).result.unwrap(), [u64::from(u32::MAX)], "{pages}");
    }
    let begins = r#"(module (memory 65 65) (func (export "f")))"#;
    assert_eq!(trap(begins, "f", &[], &LIMITS), TrapReason::OutOfMemory);
}

#[test]
fn a_refused_growth_after_a_granted_one_is_an_answer() {
    let wat = r#"(module (memory 1 3) (func (export "f") (result i32 i32 i32)
        (memory.grow (i32.const 2)) (memory.grow (i32.const 1)) (memory.size)))"#;
    assert_eq!(run(wat, "f", &[]).result.unwrap(), [1, u64::from(u32::MAX), 3]);
}

#[test]
fn filling_memory_again_and_again_runs_out_of_fuel() {
    let wat = r#"(module (memory 16 16) (func (export "f")
        (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x100000)) (br 0))))"#;
    assert_eq!(trap(wat, "f", &[], &LIMITS), TrapReason::OutOfFuel);
    let once = r#"(module (memory 1 1) (func (export "f") (memory.fill (i32.const 0) (i32.const 1) (i32.const -1))))"#;
    // What the length would cost is more than there is, before anybody looks whether there is so much memory.
    assert_eq!(trap(once, "f", &[], &LIMITS), TrapReason::OutOfFuel);
    assert_eq!(trap(once, "f", &[], &Limits { fuel: 1 << 40, ..LIMITS }), TrapReason::OutOfBounds);
}

#[test]
fn tables_and_their_elements_are_paid() {
    let wat = r#"(module (table 4096 4096 funcref) (func (export "f")
        (loop (table.copy (i32.const 0) (i32.const 0) (i32.const 4096)) (br 0))))"#;
    assert_eq!(trap(wat, "f", &[], &LIMITS), TrapReason::OutOfFuel);
    let start = compiled(wat).module().start_fuel();
    assert_eq!(trap(wat, "f", &[], &Limits { fuel: start - 1, ..LIMITS }), TrapReason::OutOfFuel);
}

#[test]
fn segments_that_do_not_fit_are_out_of_bounds() {
    for wat in [
        r#"(module (memory 1 1) (data (i32.const 65535) "ab") (func (export "f")))"#,
        r#"(module (memory 1 1) (data (i32.const -1) "a") (func (export "f")))"#,
        r#"(module (table 1 1 funcref) (elem (i32.const 1) 0) (func (export "f")))"#,
    ] {
        assert_eq!(trap(wat, "f", &[], &LIMITS), TrapReason::OutOfBounds, "{wat}");
    }
}

#[test]
fn pointers_that_the_host_is_given_are_checked() {
    let wat = r#"(module
        (import "icn1" "note" (func $note (param i32 i32)))
        (import "icn1" "fill" (func $fill (param i32 i32 i32) (result i32)))
        (memory 1 1)
        (func (export "note") (param i32 i32) (call $note (local.get 0) (local.get 1)))
        (func (export "fill") (param i32 i32) (result i32) (call $fill (local.get 0) (local.get 1) (i32.const 1))))"#;
    let limits = Limits { fuel: 1 << 40, ..LIMITS };
    for (ptr, len) in
        [(0, 65_537), (65_536, 1), (65_537, 0), (1, 65_536), (u32::MAX, 1), (u32::MAX, u32::MAX), (0, 1 << 20)]
    {
        for entry in ["note", "fill"] {
            let args = [u64::from(ptr), u64::from(len.min(1 << 20))];
            assert_eq!(trap(wat, entry, &args, &limits), TrapReason::OutOfBounds, "{entry} {ptr} {len}");
        }
    }
    for (ptr, len) in [(0, 65_536), (65_536, 0), (65_535, 1)] {
        for entry in ["note", "fill"] {
            run_with(wat, entry, &[ptr, len], &mut Notes::default(), &limits).result.unwrap();
        }
    }
}

#[test]
fn a_pointer_without_memory_is_out_of_bounds() {
    let wat = r#"(module (import "icn1" "note" (func $note (param i32 i32)))
        (func (export "f") (call $note (i32.const 0) (i32.const 0))))"#;
    assert_eq!(trap(wat, "f", &[], &LIMITS), TrapReason::OutOfBounds);
}

#[test]
fn the_host_cannot_be_had_for_nothing() {
    let wat = r#"(module (import "icn1" "charge" (func $charge (param i64) (result i64)))
        (func (export "all") (drop (call $charge (i64.const -1))))
        (func (export "again") (loop (drop (call $charge (i64.const 0))) (br 0))))"#;
    assert_eq!(trap(wat, "all", &[], &LIMITS), TrapReason::OutOfFuel);
    assert_eq!(trap(wat, "again", &[], &LIMITS), TrapReason::OutOfFuel);
}

#[test]
fn counters_are_out_of_reach() {
    // The module's own globals keep their numbers, and one more is not there to be named.
    let refused = wat::parse_str("(module (global (mut i64) (i64.const 0)) (func (global.set 1 (i64.const -1))))");
    let refusal = Module::check(&refused.unwrap(), &INTERFACE, &Rules::default()).unwrap_err();
    assert_eq!(refusal.rule, Rule::Invalid);
    let own = r#"(module (global $g (mut i64) (i64.const 5)) (func (export "f") (result i64)
        (global.set $g (i64.const 0x7fffffffffffffff)) (global.get $g)))"#;
    let outcome = run(own, "f", &[]);
    assert_eq!(outcome.result.unwrap(), [i64::MAX as u64]);
    assert!((100_000..101_000).contains(&outcome.fuel_used));
}

#[test]
fn a_trap_leaves_nothing_for_the_next_run() {
    let wat = r#"(module (memory 1 2) (global $g (mut i32) (i32.const 0))
        (func (export "f") (result i32)
            (drop (memory.grow (i32.const 1)))
            (i32.store (i32.const 70000) (i32.const 1))
            (global.set $g (i32.add (global.get $g) (i32.const 1)))
            (if (i32.gt_u (global.get $g) (i32.const 1)) (then (return (i32.const 1))))
            unreachable))"#;
    for _ in 0..3 {
        assert_eq!(trap(wat, "f", &[], &LIMITS), TrapReason::Unreachable);
    }
}

#[test]
fn the_worst_frames_end_by_their_slots_in_the_engine_itself() {
    let values = "i64 ".repeat(16);
    let wat = format!(
        r#"(module
            (func $give (result {values}) {})
            (func $take (param {values}))
            (func $f (export "f") {} call $f {}))"#,
        "i64.const 1 ".repeat(16),
        "call $give ".repeat(240),
        "call $take ".repeat(240)
    );
    let module = module(&wat);
    let compiled = ENGINE.compile(&module).unwrap();
    // Also on a thread that has hardly any stack of its own.
    let limits = Limits { fuel: 1 << 40, ..LIMITS };
    std::thread::scope(|scope| {
        let small = std::thread::Builder::new().stack_size(256 << 10);
        let run = || ENGINE.run(&compiled, "f", &[], &mut Notes::default(), &limits).unwrap().result;
        let ended = small.spawn_scoped(scope, run).unwrap().join().unwrap();
        assert!(matches!(ended, Err(Stop::Trap(TrapReason::TooDeep))), "{ended:?}");
    });
}
