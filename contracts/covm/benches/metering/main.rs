//! What metering costs: each program with it and without it, in the same run, by turns. Then what runs and calls of the host
//! cost, and how long a unit of fuel takes everywhere.
//!
//! Both forms run on the engine's own configuration. Of each the fastest of several rounds counts, since whatever else the
//! machine does only ever makes a round slower. Run it with `cargo bench --profile dev -p icn-covm`; how Rust code is
//! optimised does not matter, what is measured is machine code of the modules.

#![allow(clippy::disallowed_methods, reason = "a bench reads the clock")]
#![allow(clippy::disallowed_types, reason = "ratios are for people to read")]
#![allow(clippy::print_stdout, reason = "a bench prints what it measured")]

mod runs;

use icn_covm::{engine, metering, Interface, Module, Rules};
use std::time::{Duration, Instant};
use wasmtime::{Engine, Instance, Store, TypedFunc};

const PROGRAMS: &[(&str, &str, u32)] = &[
    ("arithmetic", include_str!("programs/arithmetic.wat"), 5_000_000),
    ("collatz", include_str!("programs/collatz.wat"), 60_000),
    ("sieve", include_str!("programs/sieve.wat"), 1_000_000),
    ("matrix", include_str!("programs/matrix.wat"), 128),
    ("chase", include_str!("programs/chase.wat"), 1_000_000),
    ("sort", include_str!("programs/sort.wat"), 60_000),
    ("fnv", include_str!("programs/fnv.wat"), 4_000_000),
    ("siphash", include_str!("programs/siphash.wat"), 400_000),
    ("fibonacci", include_str!("programs/fibonacci.wat"), 30),
    ("calls", include_str!("programs/calls.wat"), 1_000_000),
    ("table", include_str!("programs/table.wat"), 2_000_000),
];

const ROUNDS: u32 = 31;

fn main() {
    let engine = Engine::new(&engine::config()).expect("the configuration is a fixed one");
    println!("{:<12} {:>12} {:>12} {:>7} {:>12} {:>8}", "program", "unmetered", "metered", "ratio", "fuel", "ns/fuel");
    let mut logarithms = 0.0;
    for (name, text, size) in PROGRAMS {
        let plain = wat::parse_str(text).expect("the text is a module");
        let module = Module::check(&plain, &Interface { module: "none", functions: &[] }, &Rules::default());
        let module = module.expect("the module keeps the rules");
        let (mut plain, mut metered) = (Program::new(&engine, &plain), Program::new(&engine, module.metered()));
        let (mut without, mut with) = (Duration::MAX, Duration::MAX);
        for _ in 0..ROUNDS {
            let (first, elapsed) = plain.run(*size);
            without = without.min(elapsed);
            let (second, elapsed) = metered.run(*size);
            with = with.min(elapsed);
            assert_eq!(first, second, "metering changes no result");
        }
        let ratio = with.as_secs_f64() / without.as_secs_f64();
        logarithms += ratio.ln();
        let fuel = metered.used();
        let ns = with.as_secs_f64() * 1e9 / fuel as f64;
        println!("{name:<12} {without:>12.1?} {with:>12.1?} {ratio:>7.2} {fuel:>12} {ns:>8.2}");
    }
    println!("geometric mean {:.2}\n", (logarithms / PROGRAMS.len() as f64).exp());
    runs::measure();
}

struct Program {
    store: Store<()>,
    instance: Instance,
    run: TypedFunc<i32, i64>,
}

impl Program {
    fn new(engine: &Engine, bytes: &[u8]) -> Self {
        let module = wasmtime::Module::new(engine, bytes).expect("it compiles");
        let mut store = Store::new(engine, ());
        let instance = Instance::new(&mut store, &module, &[]).expect("it has no imports");
        let run = instance.get_typed_func(&mut store, "run").expect("it exports it");
        Self { store, instance, run }
    }

    /// The fuel of the last run.
    fn used(&mut self) -> i64 {
        let fuel = self.instance.get_global(&mut self.store, metering::FUEL).expect("it is metered");
        i64::MAX - fuel.get(&mut self.store).i64().expect("the counter is an i64")
    }

    fn run(&mut self, size: u32) -> (i64, Duration) {
        if let Some(fuel) = self.instance.get_global(&mut self.store, metering::FUEL) {
            fuel.set(&mut self.store, i64::MAX.into()).expect("the counter is an i64");
            let stack = self.instance.get_global(&mut self.store, metering::STACK).expect("both or none");
            stack.set(&mut self.store, i32::MAX.into()).expect("the counter is an i32");
        }
        let start = Instant::now();
        let result = self.run.call(&mut self.store, size.cast_signed()).expect("it does not trap");
        (result, start.elapsed())
    }
}
