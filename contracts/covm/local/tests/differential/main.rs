//! Compiled code against the meaning of the language: random documents, run by two engines and by walking their trees.
//!
//! A document is told by its seed; `ICN_CASES` says how many there are, `ICN_SEED` with which they begin.

// A test gives up where it is lost, and reads how long it may run from its environment.
#![allow(clippy::unwrap_in_result, clippy::type_complexity, clippy::disallowed_methods)]

mod coverage;
mod dice;
mod evaluator;
mod generator;
mod judge;
mod rules;
mod sameness;
mod tampering;
mod values;

use coverage::{Coverage, EXPRESSIONS, PATTERNS, STATEMENTS};
use dice::Dice;
use evaluator::Evaluator;
use generator::{Called, CONTENT, PERSONS};
use icn_ccl::{
    abi::Import,
    ast::File,
    diagnostic::{render, Diagnostic},
    program::{Builtin, Program, Role},
    sema::{self, NoModules},
    syntax::parse,
    value::Value,
    wasm::{compile, Options},
};
use icn_covm::{Engine, Guest, Host, Module, Rules, Stop, TrapReason};
use icn_covm_local::{
    economy::{Economy, Member, ORGANISATION},
    interface, Chain, Denied, Failure, Limits, Outcome,
};
use judge::Judged;
use std::{
    panic::{catch_unwind, AssertUnwindSafe},
    sync::{
        atomic::{AtomicU64, Ordering},
        Arc, Mutex, PoisonError,
    },
};

/// Documents of the usual run.
const CASES: u64 = 300;

/// How often each thing must be reached in a run of so many documents.
fn least(cases: u64) -> u64 {
    if cases >= 100_000 {
        1_000
    } else {
        1
    }
}

/// What is reached only in other ways, with the reason.
const BEYOND: [&str; 11] = [
    // In tests of documents, which `suite` runs.
    "line",
    "test_call",
    "test_fails",
    "test_expect",
    "test_grant",
    "test_join",
    "test_give",
    "test_at",
    "test_propose",
    "test_vote",
    "test_close",
];

/// A number from the environment.
#[allow(clippy::disallowed_methods, reason = "a test may ask its environment how long to search")]
fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|number| number.parse().ok()).unwrap_or(otherwise)
}

pub(crate) fn resolved(source: &str) -> Result<Arc<Program>, String> {
    let parsed = parse(source);
    let mut found = parsed.diagnostics.clone();
    let (program, more) = sema::resolve(&File::of(&parsed.syntax()), &NoModules, &sema::Arguments::new());
    found.extend(more);
    found.retain(Diagnostic::is_error);
    if found.is_empty() {
        Ok(Arc::new(program))
    } else {
        Err(render("random", source, &found, false))
    }
}

/// How an organisation is when calls begin.
fn arranged(economy: &mut Economy, dice: &mut Dice, now: i64) {
    for person in PERSONS {
        if dice.percent(95) {
            let class = if dice.percent(70) { "worker" } else { "guest" };
            let joined = now - 86_400_000 * dice.below(9) as i64;
            let suspended_until = dice.percent(5).then_some(now + 1_000);
            economy.members.insert(person.into(), Member { class: class.into(), joined, suspended_until });
        }
        if dice.percent(50) {
            let amount = dice.below(2_000) as i128;
            economy.balances.insert(("eur".into(), person.into()), amount);
            economy.earned.push((now - 1_000 * dice.below(99) as i64, "eur".into(), person.into(), amount));
        }
    }
    for account in ["treasury:till", "budget:pb"] {
        economy.balances.insert(("eur".into(), account.into()), dice.below(20_000) as i128);
    }
    economy.balances.insert(("pts".into(), "treasury:till".into()), dice.below(200) as i128);
    // So much that half of the documents allow no more.
    economy.issued.insert("eur".into(), 1_200);
    for person in PERSONS.iter().filter(|_| dice.percent(50)) {
        economy.balances.insert(("pts".into(), (*person).into()), 3);
    }
    economy.assigned.insert(("clerk".into(), PERSONS[dice.below(4)].into()), now);
    let content = |at: usize| ipld_core::cid::Cid::try_from(CONTENT[at]).expect("content has CIDs").to_bytes();
    economy.constitution = content(0);
    economy.compatible.insert(content(1));
    economy.epoch = 7;
}

/// Counts what code asks of the host.
struct Counting<'a>(&'a mut dyn Host, &'a Mutex<Coverage>);

impl Host for Counting<'_> {
    fn call(&mut self, function: usize, args: &[u64], results: &mut [u64], guest: &mut dyn Guest) -> Result<(), Stop> {
        self.1.lock().unwrap_or_else(PoisonError::into_inner).count("host", interface().functions[function].name);
        self.0.call(function, args, results, guest)
    }
}

fn called(chain: &mut Chain, call: &Called) -> Outcome {
    let args = call.args.clone();
    let done = match &call.role {
        Role::View => chain.view(call.caller, &call.name, args),
        Role::Action => chain.call(call.caller, &call.name, args),
        Role::Effect(_) => chain.enact(&call.name, args),
        _ => chain.condition(&call.name, args),
    };
    done.expect("the sandbox tells what a call comes to")
}

fn kind(result: &Result<Value, Failure>) -> String {
    match result {
        Ok(_) => "Ok".into(),
        Err(Failure::HostDenied(denied)) => format!("HostDenied({denied:?})"),
        Err(Failure::Trapped(reason)) => format!("Trapped({reason:?})"),
        Err(failure) => format!("{failure:?}").split([' ', '(', '{']).next().unwrap_or_default().into(),
    }
}

/// Whether a run ended for its size, which is no matter of meaning.
fn bounded(result: &Result<Value, Failure>) -> bool {
    matches!(result, Err(Failure::Trapped(TrapReason::OutOfFuel | TrapReason::OutOfMemory | TrapReason::TooDeep)))
}

/// Runs the document of a seed in every way.
///
/// # Panics
/// When they differ.
fn run(engine: &Arc<Engine>, seed: u64) -> Coverage {
    let document = generator::document(seed);
    let source = &document.source;
    let program = resolved(source).unwrap_or_else(|found| panic!("seed {seed}: no document:\n{found}"));
    let mut dice = Dice::new(!seed);
    let now = 1_767_225_600_000 + dice.below(1_000_000) as i64;
    let fuel = if dice.percent(4) { 2_000 + dice.below(20_000) as u64 } else { Limits::default().fuel };
    let limits = Limits { fuel, ..Limits::default() };
    let code = compile(&program, Options::default());
    if !code.too_large.is_empty() {
        // Told by the compiler; that modules are refused for nothing else is judged below.
        let mut coverage = Coverage::default();
        coverage.count("left out", "too large");
        return coverage;
    }
    let begin = || {
        Chain::of_code(engine.clone(), program.clone(), &code, now, limits.clone())
            .unwrap_or_else(|error| panic!("seed {seed}: {error}\n{source}"))
    };
    let mut first = begin();
    arranged(first.economy_mut(), &mut dice, now);
    let (mut second, mut world) = (begin(), begin());
    second.economy_mut().clone_from(first.economy());
    world.economy_mut().clone_from(first.economy());
    for chain in [&mut first, &mut second, &mut world] {
        // With little fuel it is not made.
        drop(chain.propose(ORGANISATION, "Hold", vec![Value::Int(1)]).expect("the sandbox tells"));
    }
    let counted = Arc::new(Mutex::new(Coverage::default()));
    let module = Module::check(&code.bytes, &interface(), &Rules::default()).expect("it was accepted before");
    let judged = Judged::new(module);
    let counts = counted.clone();
    second.run_by(Arc::new(move |export, host, limits| judged.run(export, &mut Counting(host, &counts), limits)));
    let mut meaning = Evaluator::new(program.clone(), world);
    for call in &document.calls {
        let tell = |what: &str, a: &dyn std::fmt::Debug, b: &dyn std::fmt::Debug| {
            panic!("seed {seed}: {what} differ in {call:?}\n{a:#?}\n{b:#?}\n{source}")
        };
        let (one, two) = (called(&mut first, call), called(&mut second, call));
        if one != two {
            tell("engines", &one, &two);
        }
        if first.storage() != second.storage() || first.economy() != second.economy() {
            tell("what engines leave behind", &first.economy(), &second.economy());
        }
        let Some(means) = meaning.call(&call.role, &call.name, call.caller, &call.args) else { break };
        counted.lock().expect("nobody panics with it").count("ended", &kind(&one.result));
        if bounded(&one.result) {
            break;
        }
        if means.result != one.result || means.events != one.events {
            tell("code and meaning", &one, &means);
        }
        let kept: Vec<_> = (0..program.states.len()).map(|at| first.storage().get(at)).collect();
        let meant: Vec<_> = meaning.states.iter().map(|state| Some(state.value())).collect();
        if kept != meant {
            tell("states", &kept, &meant);
        }
        if first.economy() != meaning.world.economy() {
            tell("organisations", &first.economy(), &meaning.world.economy());
        }
    }
    let mut coverage = counted.lock().expect("nobody panics with it").clone();
    coverage.add(&meaning.coverage);
    coverage
}

#[test]
fn code_means_what_the_language_says() {
    let (cases, from) = (number("ICN_CASES", CASES), number("ICN_SEED", 0));
    let engine = Chain::engine().expect("there is an engine");
    let next = AtomicU64::new(from);
    let found = Mutex::new((Coverage::default(), Vec::new()));
    let work = || loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= from + cases || found.lock().expect("nobody panics with it").1.len() >= 10 {
            return;
        }
        let ran = catch_unwind(AssertUnwindSafe(|| run(&engine, seed)));
        let mut found = found.lock().expect("nobody panics with it");
        match ran {
            Ok(reached) => found.0.add(&reached),
            Err(_) => found.1.push(seed),
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let (coverage, different) = found.into_inner().expect("nobody panics with it");
    println!("{cases} documents from {from}\n{coverage}");
    assert!(different.is_empty(), "these differ: {different:?}");
    if from == 0 && cases >= CASES {
        enough(&coverage, cases);
    }
}

/// Everything was reached, and neither success nor failure was rare.
fn enough(coverage: &Coverage, cases: u64) {
    let least = least(cases);
    let mut wanted: Vec<(&str, String)> = Vec::new();
    let names = |family: &'static str, all: &[&str]| {
        all.iter().map(move |name| (family, (*name).to_string())).collect::<Vec<_>>()
    };
    wanted.extend(names("expression", EXPRESSIONS));
    wanted.extend(names("statement", STATEMENTS));
    wanted.extend(names("pattern", PATTERNS));
    wanted.extend(Builtin::ALL.iter().map(|builtin| ("builtin", builtin.word().to_string())));
    wanted.extend(Import::all().map(|import| ("host", import.name().to_string())));
    let failures = ["NoEntryPoint", "Unauthorised", "BadArgument", "NotAdmissible", "RequireFailed", "InvariantBroken"];
    let more = ["Overflow", "DivByZero", "KeyMissing", "Trapped(OutOfFuel)"];
    wanted.extend(names("ended", &failures));
    wanted.extend(names("ended", &more));
    // The single refusals of the organisation are rarer, and the usual run is too short for each of them.
    if least > 1 {
        let refusals = Denied::ALL.iter().filter(|denied| **denied != Denied::NotHere);
        wanted.extend(refusals.map(|denied| ("ended", format!("HostDenied({denied:?})"))));
    }
    let lacking = wanted
        .iter()
        .filter(|(family, name)| !BEYOND.contains(&name.as_str()) && coverage.of(family, name) < least)
        .map(|(family, name)| format!("{family} {name}: {}", coverage.of(family, name)))
        .collect::<Vec<_>>();
    assert!(lacking.is_empty(), "reached less than {least} times: {}", lacking.join(", "));
    let ok = coverage.of("ended", "Ok");
    let all = coverage.total("ended");
    assert!(ok * 4 >= all && (all - ok) * 4 >= all, "of {all} calls {ok} succeeded");
}
