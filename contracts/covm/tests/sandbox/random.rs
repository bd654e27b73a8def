//! Random modules on two engines. A case is told by its seed; `ICN_CASES` says how many there are, `ICN_SEED` with which they
//! begin.

use crate::{
    judge::{self, Ended, Trace},
    samples::{Notes, ENGINE, INTERFACE},
    v8,
};
use arbitrary::Unstructured;
use icn_covm::{Limits, Module, Rule, Rules, TrapReason, ValueType};
use std::{
    collections::BTreeMap,
    panic::{catch_unwind, AssertUnwindSafe},
};
use wasm_smith::{Config, MemoryOffsetChoices};

const CASES: u64 = 2_000;

/// What the memory of a random module can grow to.
const MEMORY_PAGES_MAX: u32 = 32;

/// Fuel for a run, beyond what it costs to begin one: enough for most that end, and little enough that those that do not are over soon.
const FUEL: u64 = 300_000;

/// Seeds of modules that wasmi gets wrong, see [`wasmi_forgets_a_local`]. V8 is their second engine.
const MISTAKEN: [u64; 2] = [89_227, 99_383];

#[test]
fn random_modules_run_equally_on_two_engines() {
    let mut counts = Counts::default();
    for seed in seeds() {
        let second = if MISTAKEN.contains(&seed) { Second::V8 } else { Second::Wasmi };
        case(seed, second, &mut counts);
    }
    println!("{counts:#?}");
    assert!(counts.accepted * 10 >= counts.modules * 3, "at least three of ten modules are accepted: {counts:?}");
    assert!(counts.completed * 10 >= counts.runs, "at least one run of ten gets to its end: {counts:?}");
    assert!(counts.plain * 10 >= counts.runs * 3, "at least three of ten runs are compared with the module as it was");
}

#[test]
fn what_wasmi_gets_wrong_runs_equally_in_v8() {
    let mut counts = Counts::default();
    for seed in MISTAKEN.into_iter().chain(0..8) {
        case(seed, Second::V8, &mut counts);
    }
    println!("{counts:#?}");
    assert!(counts.completed > 4 && counts.plain > 8, "{counts:?}");
}

/// Every function of the host and every end of a run, so that V8 is known to judge well.
#[test]
fn v8_judges_every_end_of_a_run() {
    let text = r#"(module
        (import "icn1" "add" (func $add (param i64 i64) (result i64)))
        (import "icn1" "note" (func $note (param i32 i32)))
        (import "icn1" "fill" (func $fill (param i32 i32 i32) (result i32)))
        (import "icn1" "fail" (func $fail (param i32)))
        (import "icn1" "pair" (func $pair (param i32 i64) (result i64 i32)))
        (import "icn1" "many" (func $many (param i32 i64 i32 i64 i32 i64 i32 i64) (result i64)))
        (type $none (func))
        (type $other (func (param i64)))
        (memory (export "memory") 1 2)
        (table 2 2 funcref)
        (elem (i32.const 1) $other)
        (global (export "held") (mut i64) (i64.const -7))
        (data (i32.const 8) "a note")
        (func $other (type $other))
        (func (export "add") (param i64 i64) (result i64) (call $add (local.get 0) (local.get 1)))
        (func (export "note") (param i32 i32) (call $note (local.get 0) (local.get 1)))
        (func (export "fill") (param i32 i32 i32) (result i32) (call $fill (local.get 0) (local.get 1) (local.get 2)))
        (func (export "fail") (param i32) (global.set 0 (i64.const 4)) (call $fail (local.get 0)))
        (func (export "pair") (param i32 i64) (result i64 i32) (call $pair (local.get 0) (local.get 1)))
        (func (export "many") (param i32 i64) (result i64)
            (call $many (local.get 0) (local.get 1) (i32.const -3) (i64.const 4) (i32.const 5) (i64.const -6) (i32.const 7) (i64.const 8)))
        (func (export "divide") (param i64 i64) (result i64) (i64.div_s (local.get 0) (local.get 1)))
        (func (export "rest") (param i32 i32) (result i32) (i32.rem_u (local.get 0) (local.get 1)))
        (func (export "unreachable") unreachable)
        (func (export "at") (param i32) (result i64) (i64.load (local.get 0)))
        (func (export "of_table") (param i32) (call_indirect (type $none) (local.get 0)))
        (func $deeper (export "deeper") call $deeper)
        (func (export "endless") (loop (br 0))))"#;
    let bytes = wat::parse_str(text).expect("it is a module");
    let module = Module::check(&bytes, &INTERFACE, &Rules::default()).expect("it keeps the rules");
    const LEAST: u64 = i64::MIN as u64;
    let calls: &[(&str, &[u64], &str)] = &[
        ("add", &[u64::MAX, 3], "Results([2])"),
        ("note", &[8, 6], "Results([])"),
        ("note", &[65_530, 7], "Trapped(OutOfBounds)"),
        ("fill", &[70, 5, 0x1ff], "Results([5])"),
        ("fill", &[65_535, 2, 1], "Trapped(OutOfBounds)"),
        ("fill", &[0, 500_000, 1], "Trapped(OutOfFuel)"),
        ("fail", &[9], "Failed(9)"),
        ("pair", &[u32::MAX as u64, LEAST], "Results([9223372036854775808, 4294967295])"),
        ("many", &[2, u64::MAX], "Results("),
        ("divide", &[7, 0], "Trapped(DivisionByZero)"),
        ("divide", &[LEAST, u64::MAX], "Trapped(Overflow)"),
        ("rest", &[7, 0], "Trapped(DivisionByZero)"),
        ("unreachable", &[], "Trapped(Unreachable)"),
        ("at", &[65_529], "Trapped(OutOfBounds)"),
        ("of_table", &[0], "Trapped(NoFunction)"),
        ("of_table", &[1], "Trapped(NoFunction)"),
        ("of_table", &[2], "Trapped(OutOfBounds)"),
        ("deeper", &[], "Trapped(TooDeep)"),
        ("endless", &[], "Trapped(OutOfFuel)"),
    ];
    let mut counts = Counts::default();
    for (entry, args, ended) in calls {
        let first = format!("{:?}", run(&module, entry, args, &Second::V8.limits(&module)).ended);
        assert!(first.starts_with(ended), "{entry}: {first}");
        compare(&module, &bytes, entry, args, 0, Second::V8, &mut counts).expect("V8 runs every module");
    }
    assert_eq!(counts.runs, calls.len() as u64);
}

/// wasmi 2.0.0 gives another value than the local's when `local.get` waits on the stack below what a block takes as parameters,
/// and the block sets the local: by the core specification (4.4.5) it is the local's value of that time. wasmi keeps that value
/// inside of the block, each time around a loop or in a branch that is not taken. When this fails, wasmi is mended and
/// [`MISTAKEN`] can go.
#[test]
fn wasmi_forgets_a_local() {
    let around_a_loop = r#"
        memory.size
        (block (param i32)
            br_if 0
            (loop
                (local.set 0 (i64.xor (local.get 0) (i64.const 13944)))
                (br_if 0 (i64.eqz (local.get 1)))))"#;
    let in_a_branch = r#"
        memory.size
        (if (param i32) (i64.eqz (local.get 1))
            (then drop (local.set 0 (i64.const 13944)))
            (else drop))"#;
    for (seed, block) in MISTAKEN.into_iter().zip([around_a_loop, in_a_branch]) {
        let text = format!(
            r#"(module (memory (export "memory") 1 1) (func (export "run") (param i64 i64) (result i64) local.get 0 {block}))"#
        );
        let bytes = wat::parse_str(text).expect("it is a module");
        let module = Module::check(&bytes, &INTERFACE, &Rules::default()).expect("it keeps the rules");
        let args = [91_245_212, 5];
        let right = run(&module, "run", &args, &Second::V8.limits(&module));
        assert_eq!(right.ended, Ended::Results(vec![91_245_212]), "{seed}");
        assert_same(&right, &Second::V8.run(&module, "run", &args).expect("V8 runs it"), seed, "run");
        assert_ne!(Second::Wasmi.run(&module, "run", &args).expect("wasmi runs it").ended, right.ended, "{seed}");
    }
}

/// Bytes that are almost a module: most are refused, and what is not runs equally.
#[test]
fn damaged_modules_are_refused_or_run_equally() {
    let mut counts = Counts::default();
    for seed in seeds() {
        let mut random = Random(!seed);
        let mut bytes = module(&mut random);
        for _ in 0..=random.next() % 4 {
            let place = random.next() as usize % bytes.len();
            match random.next() % 3 {
                0 => bytes[place] = random.next() as u8,
                1 => bytes[place] ^= 1 << (random.next() % 8),
                _ => drop(bytes.drain(place..(place + random.next() as usize % 8).min(bytes.len()))),
            }
        }
        judge_bytes(&bytes, seed, &mut random, Second::Wasmi, &mut counts);
    }
    println!("{counts:#?}");
    assert!(counts.refused.len() > 3 && counts.accepted > 0, "{counts:?}");
}

#[derive(Debug, Default)]
struct Counts {
    modules: u64,
    accepted: u64,
    refused: BTreeMap<Rule, u64>,
    runs: u64,
    completed: u64,
    failed: u64,
    trapped: BTreeMap<String, u64>,
    /// Runs that were compared with those of the module without metering.
    plain: u64,
    /// Runs that wasmi did not make, and V8 did.
    given_up: u64,
}

#[allow(clippy::disallowed_methods, reason = "a test may ask its environment how long to search")]
fn seeds() -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|number| number.parse::<u64>().ok());
    let from = number("ICN_SEED").unwrap_or(0);
    from..from + number("ICN_CASES").unwrap_or(CASES)
}

/// The engine that judges the first one.
#[derive(Clone, Copy)]
enum Second {
    Wasmi,
    V8,
}

impl Second {
    /// V8 does not keep the limit of memory: with it the limit is what a random module's memory can grow to.
    fn limits(self, module: &Module) -> Limits {
        let memory_pages = match self {
            Self::Wasmi => 24,
            Self::V8 => MEMORY_PAGES_MAX,
        };
        Limits { fuel: module.start_fuel() + FUEL, slots: 8 << 10, memory_pages }
    }

    /// Runs the metered form of a module. wasmi 2.0.0 panics ("entered unreachable code", `encode_store_vt`) at some stores of
    /// constants that nothing reaches: then there is no trace.
    fn run(self, module: &Module, entry: &str, args: &[u64]) -> Option<Trace> {
        let limits = self.limits(module);
        match self {
            Self::Wasmi => catch_unwind(AssertUnwindSafe(|| judge::run(module, entry, args, &limits))).ok(),
            Self::V8 => Some(v8::run(module, entry, args, &limits)),
        }
    }

    /// Runs a module as its author wrote it.
    fn run_plain(self, module: &Module, bytes: &[u8], entry: &str, args: &[u64]) -> Option<Trace> {
        let limits = self.limits(module);
        match self {
            Self::Wasmi => catch_unwind(AssertUnwindSafe(|| judge::run_plain(bytes, entry, args, &limits))).ok(),
            Self::V8 => Some(v8::run_plain(module, bytes, entry, args, &limits)),
        }
    }
}

fn case(seed: u64, second: Second, counts: &mut Counts) {
    let mut random = Random(seed);
    let bytes = module(&mut random);
    judge_bytes(&bytes, seed, &mut random, second, counts);
}

fn judge_bytes(bytes: &[u8], seed: u64, random: &mut Random, judge: Second, counts: &mut Counts) {
    counts.modules += 1;
    let module = match Module::check(bytes, &INTERFACE, &Rules::default()) {
        Ok(module) => module,
        Err(refusal) => {
            *counts.refused.entry(refusal.rule).or_default() += 1;
            return;
        }
    };
    counts.accepted += 1;
    for (entry, types) in module.entries().iter().take(4) {
        let args: Vec<u64> = types.params.iter().map(|value| random.value(*value)).collect();
        if compare(&module, bytes, entry, &args, seed, judge, counts).is_none() {
            counts.given_up += 1;
            compare(&module, bytes, entry, &args, seed, Second::V8, counts).expect("V8 runs every module");
        }
    }
}

/// Runs a module on both engines; nothing when the second one gives up.
fn compare(
    module: &Module,
    bytes: &[u8],
    entry: &str,
    args: &[u64],
    seed: u64,
    judge: Second,
    counts: &mut Counts,
) -> Option<()> {
    let first = run(module, entry, args, &judge.limits(module));
    assert_same(&first, &judge.run(module, entry, args)?, seed, entry);
    let ended = format!("{:?}", first.ended);
    let endless = matches!(first.ended, Ended::Trapped(TrapReason::OutOfFuel | TrapReason::TooDeep));
    let (completed, failed) = (matches!(first.ended, Ended::Results(_)), matches!(first.ended, Ended::Failed(_)));
    let plain = judge::shows_its_memory(module, bytes) && !endless;
    if plain {
        assert_same_but_for_metering(first, judge.run_plain(module, bytes, entry, args)?, seed, entry);
    }
    counts.runs += 1;
    counts.plain += u64::from(plain);
    counts.completed += u64::from(completed);
    counts.failed += u64::from(failed);
    if !completed && !failed {
        *counts.trapped.entry(ended).or_default() += 1;
    }
    Some(())
}

fn run(module: &Module, entry: &str, args: &[u64], limits: &Limits) -> Trace {
    let compiled = ENGINE.compile(module).expect("it compiles");
    let mut notes = Notes::default();
    match ENGINE.instance(&compiled, limits).expect("the engine makes it") {
        Ok(mut instance) => {
            let outcome = instance.call(entry, args, &mut notes).expect("the engine runs it");
            let names = compiled.module().globals();
            let globals = names.map(|name| (name.to_owned(), instance.global(name).expect("it is exported"))).collect();
            Trace {
                ended: Ended::of(outcome.result),
                fuel_used: outcome.fuel_used,
                notes,
                memory: instance.memory().to_vec(),
                globals,
            }
        }
        Err(stop) => Trace {
            ended: Ended::of(Err(stop)),
            fuel_used: limits.fuel,
            notes,
            memory: Vec::new(),
            globals: BTreeMap::new(),
        },
    }
}

fn assert_same(first: &Trace, second: &Trace, seed: u64, entry: &str) {
    assert_eq!(first.ended, second.ended, "seed {seed}, {entry}");
    assert_eq!(first.fuel_used, second.fuel_used, "seed {seed}, {entry}");
    assert_eq!(first.notes, second.notes, "seed {seed}, {entry}");
    assert_eq!(first.globals, second.globals, "seed {seed}, {entry}");
    assert!(first.memory == second.memory, "seed {seed}, {entry}: memories differ");
}

fn assert_same_but_for_metering(mut metered: Trace, plain: Trace, seed: u64, entry: &str) {
    metered.globals.retain(|name, _| !name.starts_with(icn_covm::RESERVED));
    metered.fuel_used = plain.fuel_used;
    assert_same(&metered, &plain, seed, entry);
}

/// A module that mostly keeps the rules.
fn module(random: &mut Random) -> Vec<u8> {
    let config = Config {
        available_imports: Some(imports()),
        allow_start_export: random.next().is_multiple_of(8),
        allow_floats: random.next().is_multiple_of(16),
        bulk_memory_enabled: true,
        compact_imports_enabled: false,
        exceptions_enabled: false,
        export_everything: true,
        extended_const_enabled: false,
        gc_enabled: false,
        max_data_segments: 8,
        max_element_segments: 4,
        max_elements: 32,
        max_exports: 64,
        max_funcs: 12,
        max_globals: 12,
        max_imports: 8,
        max_instructions: 300,
        max_memory32_bytes: MEMORY_PAGES_MAX as u64 * 65536,
        max_table_elements: 64,
        max_tables: 1,
        max_types: 24,
        max_values: 6,
        memory64_enabled: false,
        memory_max_size_required: true,
        // Nearly all offsets are small: an access that is out of bounds ends a run before it does much.
        memory_offset_choices: MemoryOffsetChoices(200, 5, 1),
        min_funcs: 2,
        min_exports: 2,
        min_memories: u32::from(!random.next().is_multiple_of(8)),
        min_imports: 2,
        multi_value_enabled: true,
        reference_types_enabled: false,
        relaxed_simd_enabled: false,
        saturating_float_to_int_enabled: false,
        sign_extension_ops_enabled: true,
        simd_enabled: random.next().is_multiple_of(32),
        table_max_size_required: true,
        tail_call_enabled: false,
        threads_enabled: false,
        wide_arithmetic_enabled: false,
        ..Config::default()
    };
    let len = 512 + random.next() % 4096;
    let bytes: Vec<u8> = (0..len).map(|_| random.next() as u8).collect();
    let mut module = wasm_smith::Module::new(config, &mut Unstructured::new(&bytes)).expect("any bytes make a module");
    if random.next().is_multiple_of(4) {
        module.ensure_termination(1_000).expect("no function is invalid on purpose");
    }
    module.to_bytes()
}

fn imports() -> Vec<u8> {
    let text = r#"(module
        (import "icn1" "add" (func (param i64 i64) (result i64)))
        (import "icn1" "note" (func (param i32 i32)))
        (import "icn1" "fill" (func (param i32 i32 i32) (result i32)))
        (import "icn1" "fail" (func (param i32)))
        (import "icn1" "pair" (func (param i32 i64) (result i64 i32)))
        (import "icn1" "many" (func (param i32 i64 i32 i64 i32 i64 i32 i64) (result i64))))"#;
    wat::parse_str(text).expect("the text is a module")
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Small numbers as often as others.
    fn value(&mut self, value: ValueType) -> u64 {
        let bits = self.next() % 65;
        let number = self.next().checked_shr(bits as u32).unwrap_or(0);
        match value {
            ValueType::I32 => number & u64::from(u32::MAX),
            ValueType::I64 => number,
        }
    }
}
