//! Frames on the native stack are smaller than their slots allow for, so that a run that nests too deep is ended by its slots.

use crate::samples::module;
use icn_covm::{
    engine::{config, SLOTS_MAX},
    metering::{FUEL, STACK},
    Module,
};
use wasmtime::{Engine, Instance, Store, Trap, Val};

/// What the engine allows for a slot is at least twice what any of these frames takes.
const SLOT_BYTES_MAX: usize = 56;

/// Bytes of native stack with which `f`, which calls itself for ever, is ended by its slots.
fn stack_bytes(module: &Module) -> usize {
    let (mut low, mut high) = (16 << 10, 32 << 20);
    while low + (16 << 10) < high {
        let middle = usize::midpoint(low, high);
        if ended_by_slots(module, middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

fn ended_by_slots(module: &Module, stack_bytes: usize) -> bool {
    let mut config = config();
    config.async_stack_size(stack_bytes).max_wasm_stack(stack_bytes);
    let engine = Engine::new(&config).expect("the configuration is a fixed one");
    let code = wasmtime::Module::new(&engine, module.metered()).expect("it compiles");
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &code, &[]).expect("it has no imports");
    let global = |store: &mut Store<()>, name| instance.get_global(store, name).expect("counters are exported");
    global(&mut store, FUEL).set(&mut store, i64::MAX.into()).unwrap();
    let stack = global(&mut store, STACK);
    stack.set(&mut store, SLOTS_MAX.cast_signed().into()).unwrap();
    let function = instance.get_func(&mut store, "f").expect("it is exported");
    let types = function.ty(&store);
    let args = types.params().map(|param| if param.is_i32() { Val::I32(1) } else { Val::I64(1) }).collect::<Vec<_>>();
    let mut results = vec![Val::I64(0); types.results().len()];
    let ended = stacker::grow(stack_bytes + (1 << 20), || function.call(&mut store, &args, &mut results));
    match ended.expect_err("it never returns").downcast_ref::<Trap>() {
        Some(Trap::UnreachableCodeReached) => {
            assert!(stack.get(&mut store).i32().unwrap() < 0, "the slots ended it");
            true
        }
        Some(Trap::StackOverflow) => false,
        other => panic!("{other:?}"),
    }
}

fn measure(name: &str, wat: &str) {
    let bytes = stack_bytes(&module(wat));
    println!("{name}: {bytes} bytes, {} for ten slots", bytes * 10 / SLOTS_MAX as usize);
    assert!(bytes < SLOTS_MAX as usize * SLOT_BYTES_MAX, "{name} took {bytes} bytes");
}

// Values are quotients or loaded: what cannot trap the compiler computes again after a call rather than keep it.

#[test]
fn small_frames() {
    measure("nothing", r#"(module (func $f (export "f") (call $f)))"#);
    measure(
        "one value",
        r#"(module (func $f (export "f") (param i64) (result i64)
        (i64.add (local.get 0) (call $f (local.get 0)))))"#,
    );
}

#[test]
fn frames_of_many_parameters_and_results() {
    let values = "i64 ".repeat(16);
    let args = (0..16).map(|arg| format!("(local.get {arg})")).collect::<String>();
    measure(
        "parameters",
        &format!(
            r#"(module (func $f (export "f") (param {values}) (result {values})
        (call $f {args}) (call $f)))"#
        ),
    );
}

#[test]
fn frames_of_many_locals() {
    let set = (1..=512).map(|local| format!("(local.set {local} (i64.div_u (i64.const {local}) (local.get 0))) "));
    let sum = (1..=512).map(|local| format!("(local.set 0 (i64.xor (local.get 0) (local.get {local}))) "));
    measure(
        "locals",
        &format!(
            r#"(module (func $f (export "f") (param i64) (result i64) (local {}) {} (local.set 0 (call $f (local.get 0))) {}
        (local.get 0)))"#,
            "i64 ".repeat(512),
            set.collect::<String>(),
            sum.collect::<String>()
        ),
    );
}

#[test]
fn frames_of_values_that_wait() {
    for number in [100, 1000, 2000] {
        let values = (0..number).map(|value| format!("i64.const {} local.get 0 i64.div_u ", value * 2 + 1));
        measure(
            &format!("{number} waiting"),
            &format!(
                r#"(module (func $f (export "f") (param i64) (result i64) {} local.get 0 call $f {}))"#,
                values.collect::<String>(),
                "i64.xor ".repeat(number)
            ),
        );
    }
}

#[test]
fn frames_of_values_that_the_compiler_keeps() {
    for number in [100, 500, 900] {
        let values = |()| {
            (0..number).map(|value| format!("i64.const {} local.get 0 i64.div_u ", value * 2 + 1)).collect::<String>()
        };
        let sum = "i64.xor ".repeat(number - 1);
        measure(
            &format!("{number} kept"),
            &format!(
                r#"(module (func $f (export "f") (param i64) (result i64) {0} {sum} local.get 0 call $f {0} {sum} i64.xor i64.xor))"#,
                values(())
            ),
        );
    }
}

#[test]
fn frames_of_values_that_calls_give() {
    let values = "i64 ".repeat(16);
    for number in [10, 100, 240] {
        measure(
            &format!("{number} times 16"),
            &format!(
                r#"(module
                (func $give (result {values}) {})
                (func $take (param {values}))
                (func $f (export "f") {} call $f {}))"#,
                "i64.const 1 ".repeat(16),
                "call $give ".repeat(number),
                "call $take ".repeat(number)
            ),
        );
    }
}

#[test]
fn frames_of_values_that_loads_give() {
    for number in [100, 1000, 2000] {
        let values = (0..number).map(|value| format!("local.get 0 i64.load offset={} ", value * 8));
        measure(
            &format!("{number} loaded"),
            &format!(
                r#"(module (memory 1 1) (func $f (export "f") (param i32) (result i64) {} local.get 0 call $f {}))"#,
                values.collect::<String>(),
                "i64.xor ".repeat(number)
            ),
        );
    }
}

#[test]
fn frames_of_loops_over_many_locals() {
    let body = (1..=500).map(|local| {
        let (one, other) = (local * 7 % 500 + 1, local * 3 % 500 + 1);
        format!("(local.set {local} (i64.add (local.get {one}) (local.get {other}))) (br_if 0 (i64.eqz (local.get 0)))")
    });
    measure(
        "loops",
        &format!(
            r#"(module (func $f (export "f") (param i64) (result i64) (local {})
            (loop {} (local.set 0 (call $f (local.get 0))) (br 0)) (local.get 0)))"#,
            "i64 ".repeat(512),
            body.collect::<String>()
        ),
    );
}
