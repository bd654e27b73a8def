//! Whole runs: setting up an instance, and calls of the host.

use icn_covm::{
    Engine, Function, Guest, Host, Interface, Limits, Module, Rules, Stop,
    ValueType::{I32, I64},
};
use std::time::{Duration, Instant};

const INTERFACE: Interface = Interface {
    module: "icn1",
    functions: &[
        Function { name: "add", params: &[I64, I64], results: &[I64], fuel: 0 },
        Function { name: "read", params: &[I32, I32], results: &[], fuel: 0 },
        Function { name: "charge", params: &[I64], results: &[], fuel: 0 },
    ],
};

struct Adder(u64);

impl Host for Adder {
    fn call(&mut self, function: usize, args: &[u64], results: &mut [u64], guest: &mut dyn Guest) -> Result<(), Stop> {
        match (function, args) {
            (0, [a, b]) => results[0] = a.wrapping_add(*b),
            (1, [ptr, len]) => self.0 += u64::from(guest.read(*ptr as u32, *len as u32)?[0]),
            (2, [fuel]) => guest.charge(*fuel)?,
            _ => unreachable!("there are no others"),
        }
        Ok(())
    }
}

const RUNS: &[(&str, &str)] = &[
    ("nothing", r#"(module (func (export "f")))"#),
    ("4000 functions", r#"(module FUNCTIONS (func (export "f")))"#),
    ("1024 segments", r#"(module (memory 16 16) SEGMENTS (func (export "f") (drop (i32.load (i32.const 0)))))"#),
    ("256 elements", r#"(module (table 4096 4096 funcref) (func) ELEMENTS (func (export "f")))"#),
    ("256 globals", r#"(module GLOBALS (func (export "f")))"#),
    ("a page", r#"(module (memory 1 16) (func (export "f")))"#),
    ("a page, written", r#"(module (memory 1 16) (func (export "f") (i32.store (i32.const 0) (i32.const 1))))"#),
    (
        "16 pages, filled",
        r#"(module (memory 16 16) (func (export "f") (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x100000))))"#,
    ),
    (
        "16 pages, grown",
        r#"(module (memory 0 16) (func (export "f") (drop (memory.grow (i32.const 16)))
        (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x100000))))"#,
    ),
    (
        "64 KiB of data",
        r#"(module (memory 1 1) (data (i32.const 0) "DATA") (func (export "f") (drop (i32.load (i32.const 0)))))"#,
    ),
    ("table", r#"(module (table 4096 4096 funcref) (elem (i32.const 0) 0) (func (export "f")))"#),
    (
        "1000 adds",
        r#"(module (import "icn1" "add" (func $add (param i64 i64) (result i64))) (func (export "f") (local i64)
        (loop (br_if 0 (i64.lt_u (local.tee 0 (call $add (local.get 0) (i64.const 1))) (i64.const 1000))))))"#,
    ),
    (
        "1000 reads",
        r#"(module (import "icn1" "read" (func $read (param i32 i32))) (memory 1 1) (func (export "f") (local i32)
        (loop (call $read (local.get 0) (i32.const 32))
            (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 1000))))))"#,
    ),
    (
        "1000 charges",
        r#"(module (import "icn1" "charge" (func $charge (param i64))) (func (export "f") (local i32)
        (loop (call $charge (i64.const 1))
            (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 1000))))))"#,
    ),
    (
        "1000 growths",
        r#"(module (memory 1 1) (func (export "f") (local i32)
        (loop (drop (memory.grow (i32.const 0)))
            (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 1000))))))"#,
    ),
    (
        "1000 small copies",
        r#"(module (memory 1 1) (func (export "f") (local i32)
        (loop (memory.copy (i32.const 100) (local.get 0) (i32.const 8))
            (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 1000))))))"#,
    ),
    (
        "1000 table copies",
        r#"(module (table 64 64 funcref) (func (export "f") (local i32)
        (loop (table.copy (i32.const 0) (i32.const 1) (i32.const 63))
            (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 1000))))))"#,
    ),
    (
        "deep calls",
        r#"(module (func $f (param i32) (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1))))))
        (func (export "f") (call $f (i32.const 1800))))"#,
    ),
];

/// What is too long to write out.
fn expand(text: &str) -> String {
    let segments = (0..1024).map(|number| format!(r#"(data (i32.const {}) "x")"#, number * 1000));
    text.replace("DATA", &"d".repeat(65536))
        .replace("FUNCTIONS", &"(func)".repeat(4000))
        .replace("SEGMENTS", &segments.collect::<String>())
        .replace("ELEMENTS", &"(elem (i32.const 5) func 0 0 0 0 0 0 0 0)".repeat(256))
        .replace("GLOBALS", &"(global (mut i64) (i64.const 7))".repeat(256))
}

pub(crate) fn measure() {
    let engine = Engine::new(&INTERFACE, 64 << 20).expect("it is a fixed one");
    let limits = Limits { fuel: 1 << 40, slots: icn_covm::engine::SLOTS_MAX, memory_pages: 256 };
    println!("{:<18} {:>12} {:>12} {:>8}", "run", "time", "fuel", "ns/fuel");
    for (name, text) in RUNS {
        let bytes = wat::parse_str(expand(text)).expect("the text is a module");
        let module = Module::check(&bytes, &INTERFACE, &Rules::default()).expect("the module keeps the rules");
        let compiled = engine.compile(&module).expect("it compiles");
        let (mut best, mut used) = (Duration::MAX, 0);
        for _ in 0..300 {
            let start = Instant::now();
            let outcome = engine.run(&compiled, "f", &[], &mut Adder(0), &limits).expect("the engine runs it");
            best = best.min(start.elapsed());
            used = outcome.fuel_used;
            outcome.result.expect("it gets to its end");
        }
        println!("{name:<18} {best:>12.1?} {used:>12} {:>8.2}", best.as_secs_f64() * 1e9 / used as f64);
    }
}
