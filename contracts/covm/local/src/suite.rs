//! The tests of a document.

use crate::{
    chain::{Chain, ChainError, Limits},
    host::{testing::Unmet, Trace},
    outcome::{Event, Failure, Outcome},
};
use icn_ccl::{
    manifest::Purpose,
    program::Program,
    wasm::{compile, Options},
};
use std::{collections::BTreeSet, sync::Arc};

/// When tests begin: 2026-01-01T00:00:00Z.
pub const EPOCH: i64 = 1_767_225_600_000;

/// How a test's code ended.
pub(crate) struct Ran {
    pub(crate) outcome: Outcome,
    pub(crate) unmet: Option<Unmet>,
    pub(crate) trace: Trace,
}

/// How a test went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tested {
    /// What it tests.
    pub title: String,
    /// Why it does not hold, if so.
    pub failure: Option<String>,
    /// The byte of the source at which it failed.
    pub at: Option<u32>,
    /// Units of fuel of the test itself.
    pub fuel: u64,
}

/// How the tests of a document went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Each test.
    pub tests: Vec<Tested>,
    /// Bytes of the source at which statements of tests began.
    pub reached: BTreeSet<u32>,
}

impl Report {
    /// Whether all held.
    pub fn passed(&self) -> bool {
        self.tests.iter().all(|test| test.failure.is_none())
    }
}

/// Runs the tests of a document, each against the organisation as it begins.
///
/// # Errors
/// When the sandbox cannot run the document.
pub fn run(program: &Arc<Program>, filter: Option<&str>) -> Result<Report, ChainError> {
    let chain = Chain::new(program.clone(), EPOCH, Limits::default())?;
    let code = compile(program, Options { tests: true, trace: true });
    let ready = chain.load(&code)?;
    let mut report = Report::default();
    let tests = code.manifest.entries.iter().filter(|entry| entry.purpose == Purpose::Test);
    for entry in tests.filter(|entry| filter.is_none_or(|filter| entry.name.contains(filter))) {
        let ran = chain.fresh(EPOCH)?.run_test(&ready, &entry.export)?;
        let failure = match (&ran.unmet, &ran.outcome.result) {
            (Some(unmet), _) => Some(words(unmet)),
            (None, Err(failure)) => Some(failure.to_string()),
            (None, Ok(_)) => None,
        };
        let at = failure.as_ref().and_then(|_| ran.trace.last().map(|(at, _)| *at));
        report.reached.extend(ran.trace.iter().map(|(at, _)| *at));
        report.tests.push(Tested { title: entry.name.clone(), failure, at, fuel: ran.outcome.fuel });
    }
    Ok(report)
}

/// What happened in one test, told to whoever tries a document out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Why it did not come to its end.
    pub failure: Option<String>,
    /// The byte of the source where it stopped.
    pub at: Option<u32>,
    /// What the calls told.
    pub events: Vec<Event>,
    /// States that are not as they began, with their values in letters.
    pub states: Vec<(String, String)>,
    /// Units of fuel, of the statements themselves.
    pub fuel: u64,
    /// Where each statement begins, and what it cost.
    pub lines: Vec<(u32, u64)>,
}

/// Runs one test and tells what happened.
///
/// # Errors
/// When the sandbox cannot run the document.
pub fn tell(program: &Arc<Program>, title: &str) -> Result<Told, ChainError> {
    let mut chain = Chain::new(program.clone(), EPOCH, Limits::default())?;
    let began = chain.storage().clone();
    let code = compile(program, Options { tests: true, trace: true });
    let ready = chain.load(&code)?;
    let entry = code.manifest.entry(Purpose::Test, title).cloned();
    let ran = match &entry {
        Some(entry) => chain.run_test(&ready, &entry.export)?,
        None => {
            return Ok(Told {
                failure: None,
                at: None,
                events: Vec::new(),
                states: Vec::new(),
                fuel: 0,
                lines: Vec::new(),
            })
        }
    };
    let failure = match (&ran.unmet, &ran.outcome.result) {
        (Some(unmet), _) => Some(words(unmet)),
        (None, Err(failure)) => Some(failure.to_string()),
        (None, Ok(_)) => None,
    };
    let ends = ran
        .trace
        .iter()
        .skip(1)
        .map(|(_, left)| *left)
        .chain([Limits::default().fuel.saturating_sub(ran.outcome.fuel)]);
    let lines = ran.trace.iter().zip(ends).map(|((at, left), end)| (*at, left.saturating_sub(end))).collect();
    let decimals = |resource: &str| chain.law().decimals(resource);
    let states = chain.manifest().states.iter().enumerate().filter_map(|(at, state)| {
        let value = chain.storage().get(at)?;
        let changed = began.get(at)? != value;
        let ty = icn_ccl::types::Type::from(&state.ty);
        changed.then(|| (state.name.clone(), crate::show(&value, &ty, chain.types(), &decimals)))
    });
    Ok(Told {
        at: ran.trace.last().map(|(at, _)| *at),
        failure,
        events: ran.outcome.events.clone(),
        states: states.collect(),
        fuel: ran.outcome.fuel,
        lines,
    })
}

fn words(unmet: &Unmet) -> String {
    let end = |failure: &Failure| failure.to_string();
    match unmet {
        Unmet::Expectation => "this is not so".into(),
        Unmet::Succeeded(name) => format!("`{name}` succeeded and should have failed"),
        Unmet::Otherwise(name, failure) => format!("`{name}` failed otherwise: {}", end(failure)),
        Unmet::Call(name, failure) => format!("`{name}` {}", end(failure)),
        Unmet::Arranged(denied) => format!("the test cannot arrange this: {denied}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use icn_ccl::{ast::File, diagnostic::render, sema, syntax::parse};

    struct Core;

    impl sema::Modules for Core {
        fn module(&self, name: &str) -> Option<(String, String)> {
            let source = match name {
                "core/civic@1" => include_str!("../../../library/core/civic.ccl"),
                "core/contract@1" => include_str!("../../../library/core/contract.ccl"),
                "core/justice@1" => include_str!("../../../library/core/justice.ccl"),
                _ => return None,
            };
            Some((source.into(), "cid".into()))
        }
    }

    #[test]
    fn the_tests_of_the_examples_hold() {
        for source in [
            include_str!("../../../library/examples/bakery.ccl"),
            include_str!("../../../library/examples/neighbourhood.ccl"),
        ] {
            let (program, found) = sema::resolve(&File::of(&parse(source).syntax()), &Core, &sema::Arguments::new());
            assert!(found.is_empty(), "{}", render("example", source, &found, false));
            let report = run(&Arc::new(program), None).unwrap();
            assert!(report.passed() && !report.tests.is_empty(), "{:#?}", report.tests);
        }
    }
}
