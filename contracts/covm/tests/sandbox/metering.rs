//! What runs cost, reckoned by hand, and what running out looks like.

use crate::samples::{compiled, module, run, run_with, Failed, Notes, ENGINE, INTERFACE, LIMITS};
use icn_covm::{
    metering::{ELEMENT_FUEL, PAGE_FUEL, START_FUEL},
    CodeHash, Limits, Module, Rules, Stop, TrapReason, METERING_VERSION,
};

/// Entering a function with fewer than four locals.
const ENTRY: u64 = 2;

/// `memory.copy` and its like, before their lengths.
const BULK: u64 = 200;

fn cost(wat: &str, entry: &str, args: &[u64]) -> u64 {
    let outcome = run(wat, entry, args);
    outcome.result.expect("it gets to its end");
    outcome.fuel_used - START_FUEL
}

#[test]
fn a_function_costs_its_entry_and_its_instructions() {
    assert_eq!(cost(r#"(module (func (export "f")))"#, "f", &[]), ENTRY);
    let add = r#"(module (func (export "f") (param i64 i64) (result i64) (i64.add (local.get 0) (local.get 1))))"#;
    assert_eq!(cost(add, "f", &[1, 2]), ENTRY + 3);
    let divide = r#"(module (func (export "f") (param i64 i64) (result i64) (i64.div_u (local.get 0) (local.get 1))))"#;
    assert_eq!(cost(divide, "f", &[1, 2]), ENTRY + 2 + 16);
    let locals = r#"(module (func (export "f") (local i64 i64 i64 i64 i64 i64 i64 i64 i64) nop))"#;
    assert_eq!(cost(locals, "f", &[]), ENTRY + 9 / 4);
}

#[test]
fn a_loop_costs_each_of_its_rounds() {
    let wat = r#"(module (func (export "f") (param i32)
        (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"#;
    for rounds in [1, 2, 1000] {
        assert_eq!(cost(wat, "f", &[rounds]), ENTRY + 5 * rounds);
    }
}

#[test]
fn a_condition_costs_the_branch_that_is_taken() {
    let wat = r#"(module (func (export "f") (param i32) (result i32)
        (if (result i32) (local.get 0)
            (then (i32.const 1))
            (else (i32.add (i32.const 1) (i32.const 2))))
        (i32.const 7) i32.mul))"#;
    // Around it: local.get, if, const, mul.
    assert_eq!(cost(wat, "f", &[1]), ENTRY + 4 + 1);
    assert_eq!(cost(wat, "f", &[0]), ENTRY + 4 + 3);
}

#[test]
fn what_a_branch_leaves_out_is_not_paid() {
    let wat = r#"(module (func (export "f") (param i32)
        (block
            (br_if 0 (local.get 0))
            (drop (i32.add (i32.const 1) (i32.const 2))))
        (drop (i32.const 3))))"#;
    // local.get, br_if, and after the block const; drop costs nothing.
    assert_eq!(cost(wat, "f", &[1]), ENTRY + 2 + 1);
    assert_eq!(cost(wat, "f", &[0]), ENTRY + 2 + 1 + 3);
    let returns = r#"(module (func (export "f") (param i32)
        (if (local.get 0) (then return))
        (drop (i32.add (i32.const 1) (i32.const 2)))))"#;
    // local.get, if; then return, or the sum.
    assert_eq!(cost(returns, "f", &[1]), ENTRY + 2 + 1);
    assert_eq!(cost(returns, "f", &[0]), ENTRY + 2 + 3);
}

#[test]
fn a_branch_out_of_two_blocks_leaves_out_what_follows_the_inner_one() {
    let wat = r#"(module (func (export "f") (param i32)
        (block
            (block (br_table 0 1 (local.get 0)))
            (drop (i32.const 1)) (drop (i32.const 2)))
        (drop (i32.const 3))))"#;
    // local.get and br_table, then what follows.
    assert_eq!(cost(wat, "f", &[0]), ENTRY + 5 + 2 + 1);
    assert_eq!(cost(wat, "f", &[1]), ENTRY + 5 + 1);
}

#[test]
fn calls_cost_what_is_called_and_what_is_passed() {
    let wat = r#"(module
        (type $f (func (param i64 i64) (result i64)))
        (table 1 1 funcref) (elem (i32.const 0) $add)
        (func $add (type $f) (i64.add (local.get 0) (local.get 1)))
        (func (export "direct") (result i64) (call $add (i64.const 1) (i64.const 2)))
        (func (export "table") (result i64) (call_indirect (type $f) (i64.const 1) (i64.const 2) (i32.const 0))))"#;
    // A place of the table, and an element for it.
    let start = 2 * ELEMENT_FUEL;
    assert_eq!(cost(wat, "direct", &[]), start + ENTRY + 2 + (8 + 3) + ENTRY + 3);
    assert_eq!(cost(wat, "table", &[]), start + ENTRY + 3 + (16 + 3) + ENTRY + 3);
}

#[test]
fn the_host_costs_its_base_and_what_it_charges() {
    let wat = r#"(module
        (import "icn1" "add" (func $add (param i64 i64) (result i64)))
        (import "icn1" "charge" (func $charge (param i64) (result i64)))
        (type $f (func (param i64 i64) (result i64)))
        (table 1 1 funcref) (elem (i32.const 0) $add)
        (export "exported" (func $add))
        (func (export "add") (result i64) (call $add (i64.const 1) (i64.const 2)))
        (func (export "table") (result i64) (call_indirect (type $f) (i64.const 1) (i64.const 2) (i32.const 0)))
        (func (export "charge") (param i64) (result i64) (call $charge (local.get 0))))"#;
    let start = 2 * ELEMENT_FUEL;
    assert_eq!(cost(wat, "add", &[]), start + ENTRY + 2 + (8 + 3) + 10);
    assert_eq!(cost(wat, "table", &[]), start + ENTRY + 3 + (16 + 3) + 10);
    assert_eq!(cost(wat, "exported", &[1, 2]), start + 10);
    let used = start + ENTRY + 1 + (8 + 2) + 1 + 77;
    assert_eq!(cost(wat, "charge", &[77]), used);
    // The host sees what is left, and that the segment is paid already.
    assert_eq!(run(wat, "charge", &[77]).result.unwrap(), [LIMITS.fuel - START_FUEL - used]);
}

#[test]
fn memory_costs_its_pages_its_data_and_the_bytes_that_are_moved() {
    let wat = r#"(module
        (memory 2 9)
        (data "0123456789abcdef0123456789abcdef")
        (func (export "nothing"))
        (func (export "fill") (param i32) (memory.fill (i32.const 0) (i32.const 1) (local.get 0)))
        (func (export "copy") (param i32) (memory.copy (i32.const 0) (i32.const 1) (local.get 0)))
        (func (export "init") (param i32) (memory.init 0 (i32.const 0) (i32.const 0) (local.get 0)) (data.drop 0))
        (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#;
    let start = 2 * PAGE_FUEL + 32;
    assert_eq!(cost(wat, "nothing", &[]), start + ENTRY);
    for bytes in [0, 7, 8, 1000, 100_000] {
        assert_eq!(cost(wat, "fill", &[bytes]), start + ENTRY + 3 + BULK + bytes);
        assert_eq!(cost(wat, "copy", &[bytes]), start + ENTRY + 3 + BULK + bytes);
    }
    assert_eq!(cost(wat, "init", &[32]), start + ENTRY + 3 + BULK + BULK + 32);
    assert_eq!(cost(wat, "grow", &[0]), start + ENTRY + 1 + 1000);
    assert_eq!(cost(wat, "grow", &[7]), start + ENTRY + 1 + 1000 + 7 * PAGE_FUEL);
    // It does not grow, and costs no page.
    assert_eq!(cost(wat, "grow", &[8]), start + ENTRY + 1 + 1000);
}

#[test]
fn tables_cost_their_places_and_the_elements_that_are_moved() {
    let wat = r#"(module
        (table 10 20 funcref)
        (elem func 0 0 0)
        (func)
        (func (export "init") (table.init 0 (i32.const 1) (i32.const 0) (i32.const 3)) (elem.drop 0))
        (func (export "copy") (param i32) (table.copy (i32.const 0) (i32.const 1) (local.get 0))))"#;
    let start = 13 * ELEMENT_FUEL;
    assert_eq!(cost(wat, "init", &[]), start + ENTRY + 3 + BULK + BULK + 3 * ELEMENT_FUEL);
    assert_eq!(cost(wat, "copy", &[9]), start + ENTRY + 3 + BULK + 9 * ELEMENT_FUEL);
}

#[test]
fn the_last_unit_of_fuel_decides() {
    let wat = r#"(module (memory 1 9)
        (import "icn1" "charge" (func $charge (param i64) (result i64)))
        (func (export "f") (param i32) (result i32)
            (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (memory.fill (i32.const 0) (i32.const 1) (i32.const 40))
            (drop (call $charge (i64.const 50)))
            (memory.grow (i32.const 2))))"#
        .replace("(memory 1 9)\n        (import", "(import")
        .replace("(func (export", "(memory 1 9) (func (export");
    let needed = run(&wat, "f", &[50]).fuel_used;
    let with = |fuel| run_with(&wat, "f", &[50], &mut Notes::default(), &Limits { fuel, ..LIMITS });
    let enough = with(needed);
    assert_eq!((enough.result.unwrap(), enough.fuel_used), (vec![1], needed));
    // Wherever it runs out, it says so, and nothing is given back.
    let (start, pages) = (START_FUEL + PAGE_FUEL, 2 * PAGE_FUEL);
    for fuel in
        (0..start).step_by(997).chain(start - 1..needed - pages + 1).chain((needed - pages..needed).step_by(997))
    {
        let short = with(fuel);
        assert!(matches!(short.result, Err(Stop::Trap(TrapReason::OutOfFuel))), "{fuel}: {:?}", short.result);
        assert_eq!(short.fuel_used, fuel);
    }
}

#[test]
fn a_stop_by_the_host_has_paid_the_segment_to_its_end() {
    let wat = r#"(module (import "icn1" "fail" (func $fail (param i32)))
        (func (export "f") (call $fail (i32.const 1)) (drop (i32.add (i32.const 1) (i32.const 2)))))"#;
    let outcome = run(wat, "f", &[]);
    assert_eq!(outcome.fuel_used, START_FUEL + ENTRY + 1 + (8 + 1) + 5 + 3);
    assert_eq!(outcome.result.unwrap_err().reason::<Failed>().unwrap(), Failed(1));
}

#[test]
fn slots_are_given_back_on_every_way_out() {
    let wat = r#"(module
        (func $leaf (param i32) (result i32) (if (local.get 0) (then (return (i32.const 1)))) (i32.const 2))
        (func $inner (param i32) (result i32)
            (block (br_if 0 (local.get 0)) (return (call $leaf (i32.const 0))))
            (call $leaf (i32.const 1)))
        (func (export "f") (result i32) (local i32)
            (loop
                (drop (call $inner (i32.and (local.get 0) (i32.const 1))))
                (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 10000))))
            (local.get 0)))"#;
    // Three frames are all that there ever are.
    let limits = Limits { slots: 3 * 40, ..LIMITS };
    assert_eq!(run_with(wat, "f", &[], &mut Notes::default(), &limits).result.unwrap(), [10_000]);
}

#[test]
fn the_last_slot_decides() {
    // A frame of 32 slots, one for a parameter, and one for eight instructions and values.
    let wat = r#"(module (func $f (export "f") (param i32) (result i32)
        (if (result i32) (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 9)))))"#;
    let frame = 32 + 1 + 1;
    let with = |slots, depth| run_with(wat, "f", &[depth], &mut Notes::default(), &Limits { slots, ..LIMITS }).result;
    assert_eq!(with(frame * 11, 10).unwrap(), [9]);
    assert!(matches!(with(frame * 11 - 1, 10), Err(Stop::Trap(TrapReason::TooDeep))));
    assert!(matches!(with(frame * 11, 11), Err(Stop::Trap(TrapReason::TooDeep))));
}

#[test]
fn metered_modules_are_the_same_bytes_each_time() {
    let programs = [
        include_str!("../../benches/metering/programs/arithmetic.wat"),
        include_str!("../../benches/metering/programs/calls.wat"),
        include_str!("../../benches/metering/programs/collatz.wat"),
        include_str!("../../benches/metering/programs/sieve.wat"),
        include_str!("../../benches/metering/programs/sort.wat"),
        include_str!("../../benches/metering/programs/table.wat"),
        r#"(module (import "icn1" "pair" (func (param i32 i64) (result i64 i32))) (memory 1 1) (data "a")
            (func (result i64 i32) (drop (memory.grow (i32.const 1))) (call 0 (i32.const 1) (i64.const 2))))"#,
    ];
    let all: Vec<u8> = programs.iter().flat_map(|wat| module(wat).metered().to_vec()).collect();
    let again: Vec<u8> = programs.iter().flat_map(|wat| module(wat).metered().to_vec()).collect();
    assert!(all == again);
    // Whoever changes these bytes raises METERING_VERSION: nodes with one version must agree on them.
    let pinned = (1, "6ffec209a0e593ec020f207a1f1de3e54f751377ee090ddfc3947f907d47e137");
    assert_eq!((METERING_VERSION, hex(&CodeHash::of(&all).0).as_str()), pinned);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_cache_keeps_what_was_used_last() {
    let engine = icn_covm::Engine::new(&INTERFACE, 320 << 10).expect("it is a fixed one");
    let modules: Vec<Module> = (0..20)
        .map(|number| {
            let bytes = wat::parse_str(format!(r#"(module (func (export "f") (result i32) (i32.const {number})))"#));
            Module::check(&bytes.unwrap(), &INTERFACE, &Rules::default()).unwrap()
        })
        .collect();
    for module in &modules {
        engine.compile(&modules[0]).unwrap();
        engine.compile(module).unwrap();
    }
    let kept = engine.cached();
    assert!((2..20).contains(&kept), "{kept}");
    assert!(engine.compiled(modules[0].hash()).is_some(), "what is used again and again stays");
    assert!(engine.compiled(modules[19].hash()).is_some());
    assert!(engine.compiled(modules[1].hash()).is_none());
}

#[test]
fn the_engine_version_is_that_of_the_build() {
    let lock = include_str!("../../../../Cargo.lock");
    let version = icn_covm::engine::ENGINE_VERSION.strip_prefix("wasmtime ").unwrap();
    assert!(lock.contains(&format!("name = \"wasmtime\"\nversion = \"{version}\"")));
}

#[test]
fn a_compiled_module_is_made_once() {
    let wat = r#"(module (func (export "f") (result i32) (i32.const 77)))"#;
    assert!(std::sync::Arc::ptr_eq(&compiled(wat), &compiled(wat)));
    assert!(ENGINE.compiled(module(wat).hash()).is_some());
}
