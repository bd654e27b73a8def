//! The tests of a document.

use crate::{
    chain::{Chain, ChainError, Limits},
    host::{testing::Unmet, Trace},
    outcome::{Failure, Outcome},
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
