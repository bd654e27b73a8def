//! The tests of a document: how they ended, which statements they reached, and what calls cost.

use crate::{
    chain::{Chain, ChainError, Limits},
    host::testing::Unmet,
    outcome::{Failure, Line, Made, Outcome},
};
use icn_ccl::{
    manifest::{Entry, Purpose},
    program::{each_statement, Program, Role},
    wasm::{compile, Compiled as Code, Options},
};
use std::{collections::BTreeMap, sync::Arc};

/// When tests begin: 2026-01-01T00:00:00Z.
pub const EPOCH: i64 = 1_767_225_600_000;

/// How a test's code ended.
pub(crate) struct Ran {
    pub(crate) outcome: Outcome,
    pub(crate) unmet: Option<Unmet>,
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

/// What calls of an entry cost, as tests made them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Cost {
    pub purpose: Purpose,
    pub name: String,
    /// Calls that succeeded.
    pub succeeded: u64,
    /// Calls that were refused or failed.
    pub failed: u64,
    /// Units of fuel of those that succeeded, invariants included; 0 if none did.
    pub least: u64,
    pub median: u64,
    pub most: u64,
}

/// How the tests of a document went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Each test.
    pub tests: Vec<Tested>,
    /// Statements of the document outside of its tests, by the byte at which they begin, and how often they were reached.
    pub statements: BTreeMap<u32, u64>,
    /// What calls cost, in the order of the document; entries that no test calls too.
    pub costs: Vec<Cost>,
}

impl Report {
    /// Whether all held.
    pub fn passed(&self) -> bool {
        self.tests.iter().all(|test| test.failure.is_none())
    }
}

/// A document and its tests, ready to run.
struct Suite {
    chain: Chain,
    tests: Code,
    callers: BTreeMap<u32, String>,
}

impl Suite {
    /// Traced code tells its lines.
    fn new(program: &Arc<Program>, trace: bool, callers: &BTreeMap<u32, String>) -> Result<Self, ChainError> {
        let code = compile(program, Options { trace, ..Options::default() });
        let chain = Chain::of_code(Chain::engine()?, program.clone(), &code, EPOCH, Limits::default())?;
        let tests = compile(program, Options { tests: true, trace: true, ..Options::default() });
        Ok(Self { chain, tests, callers: callers.clone() })
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.tests.manifest.entries.iter().filter(|entry| entry.purpose == Purpose::Test)
    }

    /// Runs tests, each against the organisation as it begins, and gives what they left.
    fn run(&self, chosen: impl Fn(&str) -> bool, mut each: impl FnMut(&str, Ran, Chain)) -> Result<(), ChainError> {
        let ready = self.chain.load(&self.tests)?;
        for entry in self.entries().filter(|entry| chosen(&entry.name)) {
            let mut chain = self.chain.fresh(EPOCH)?;
            chain.note_calls();
            chain.callers = self.callers.clone();
            let ran = chain.run_test(&ready, &entry.export)?;
            each(&entry.name, ran, chain);
        }
        Ok(())
    }
}

/// Runs the tests of a document, each against the organisation as it begins.
///
/// Whether they hold and what calls cost is told by the code that nodes run; which statements they reach, by the same code with
/// its lines, in a second run.
///
/// # Errors
/// When the sandbox cannot run the document.
pub fn run(program: &Arc<Program>, filter: Option<&str>) -> Result<Report, ChainError> {
    let chosen = |title: &str| filter.is_none_or(|filter| title.contains(filter));
    let callers = BTreeMap::new();
    let mut report = Report { statements: statements(program), ..Report::default() };
    let suite = Suite::new(program, false, &callers)?;
    let mut calls: BTreeMap<(Purpose, String), (Vec<u64>, u64)> = BTreeMap::new();
    suite.run(chosen, |title, ran, mut chain| {
        for call in chain.noted_calls() {
            let (fuel, failed) = calls.entry((call.purpose, call.name)).or_default();
            match call.outcome.result {
                Ok(_) => fuel.push(call.outcome.fuel),
                Err(_) => *failed += 1,
            }
        }
        let failure = failure(&ran);
        let at = failure.as_ref().and_then(|_| ran.outcome.lines.last().map(|line| line.at));
        report.tests.push(Tested { title: title.into(), failure, at, fuel: ran.outcome.fuel });
    })?;
    for entry in &suite.chain.manifest().entries {
        if matches!(entry.purpose, Purpose::Action | Purpose::Condition | Purpose::Effect) {
            let (mut fuel, failed) = calls.remove(&(entry.purpose, entry.name.clone())).unwrap_or_default();
            fuel.sort_unstable();
            let at = |place: Option<&u64>| place.copied().unwrap_or(0);
            report.costs.push(Cost {
                purpose: entry.purpose,
                name: entry.name.clone(),
                succeeded: fuel.len() as u64,
                failed,
                least: at(fuel.first()),
                median: at(fuel.get(fuel.len() / 2)),
                most: at(fuel.last()),
            });
        }
    }
    Suite::new(program, true, &callers)?.run(chosen, |_, ran, mut chain| {
        // What a test asks of views and functions runs within the test.
        let calls = chain.noted_calls();
        for line in calls.iter().flat_map(|call| &call.outcome.lines).chain(&ran.outcome.lines) {
            if let Some(reached) = report.statements.get_mut(&line.at) {
                *reached += 1;
            }
        }
    })?;
    Ok(report)
}

/// Statements of a document outside of its tests, none of them reached.
fn statements(program: &Program) -> BTreeMap<u32, u64> {
    let mut statements = BTreeMap::new();
    for function in program.functions.iter().filter(|function| function.own && function.role != Role::Test) {
        each_statement(&function.body, &mut |statement| {
            statements.insert(statement.span.start, 0);
        });
    }
    statements
}

/// What happened in one test, told to whoever tries a document out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Why it did not come to its end.
    pub failure: Option<String>,
    /// The byte of the source where it stopped.
    pub at: Option<u32>,
    /// What was called, in its order.
    pub calls: Vec<ToldCall>,
    /// How the organisation was when the test began, by what is known of it, and how it is afterwards.
    pub before: BTreeMap<String, String>,
    #[allow(missing_docs)]
    pub after: BTreeMap<String, String>,
    /// The statements of the test itself.
    pub lines: Vec<Line>,
}

/// A call, in letters.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct ToldCall {
    pub made: Made,
    /// The call as it is written.
    pub call: String,
    /// What it gave, or why it did not succeed.
    pub result: Result<String, String>,
}

/// Runs one test and tells what happened. `callers` says who calls when a statement does not say who, by the byte of the source
/// from which on. Lines and results are those of traced code; fuel is that of the code that
/// nodes run.
///
/// # Errors
/// When the sandbox cannot run the document.
pub fn tell(program: &Arc<Program>, title: &str, callers: &BTreeMap<u32, String>) -> Result<Told, ChainError> {
    let mut told = Told::default();
    let mut fuel = Vec::new();
    Suite::new(program, false, callers)?.run(
        |name| name == title,
        |_, _, mut chain| {
            fuel = chain.noted_calls().iter().map(|call| call.outcome.fuel).collect();
        },
    )?;
    let suite = Suite::new(program, true, callers)?;
    told.before = suite.chain.described();
    suite.run(
        |name| name == title,
        |_, ran, mut chain| {
            let calls = chain.noted_calls();
            told.after = chain.described();
            told.failure = failure(&ran);
            told.at = ran.outcome.lines.last().map(|line| line.at);
            told.lines = ran.outcome.lines;
            for (at, mut made) in calls.into_iter().enumerate() {
                made.outcome.fuel = fuel.get(at).copied().unwrap_or(made.outcome.fuel);
                let result = match &made.outcome.result {
                    Ok(value) => Ok(chain.result_of(made.purpose, &made.name, value)),
                    Err(failure) => Err(failure.to_string()),
                };
                told.calls.push(ToldCall { call: chain.written(made.purpose, &made.name, &made.args), result, made });
            }
        },
    )?;
    Ok(told)
}

fn failure(ran: &Ran) -> Option<String> {
    match (&ran.unmet, &ran.outcome.result) {
        (Some(unmet), _) => Some(words(unmet)),
        (None, Err(failure)) => Some(failure.to_string()),
        (None, Ok(_)) => None,
    }
}

fn words(unmet: &Unmet) -> String {
    let end = |failure: &Failure, why: &[String]| {
        std::iter::once(failure.to_string()).chain(why.iter().cloned()).collect::<Vec<_>>().join(". ")
    };
    match unmet {
        Unmet::Expectation => "this is not so".into(),
        Unmet::Succeeded(name) => format!("`{name}` succeeded and should have failed"),
        Unmet::Otherwise(name, failure, why) => format!("`{name}` failed otherwise: {}", end(failure, why)),
        Unmet::Call(name, failure, why) => format!("`{name}` {}", end(failure, why)),
        Unmet::Arranged(denied) => format!("the test cannot arrange this: {denied}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::LINE_FUEL;
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

    #[test]
    fn lines_add_a_constant_to_what_calls_cost() {
        let source = include_str!("../../../library/examples/neighbourhood.ccl");
        let story = include_str!("../../../library/stories/neighbourhood.ccl");
        let source = format!("{source}\ntest \"story\" {{\n{story}\n}}\n");
        let (program, found) = sema::resolve(&File::of(&parse(&source).syntax()), &Core, &sema::Arguments::new());
        assert!(found.is_empty(), "{}", render("story", &source, &found, false));
        let program = Arc::new(program);
        let calls = |trace: bool| {
            let mut calls = Vec::new();
            let suite = Suite::new(&program, trace, &BTreeMap::new()).unwrap();
            suite.run(|title| title == "story", |_, _, mut chain| calls = chain.noted_calls()).unwrap();
            calls
        };
        let (plain, traced) = (calls(false), calls(true));
        assert!(plain.len() > 20 && plain.len() == traced.len());
        for (plain, traced) in plain.iter().zip(&traced) {
            let lines = traced.outcome.lines.len() as u64;
            // A call that fails has paid for the lines after it as well, up to the next branch.
            let (least, cost) = (lines * LINE_FUEL, traced.outcome.fuel - plain.outcome.fuel);
            assert!(cost == least || cost > least && plain.outcome.result.is_err(), "{}: {cost}", plain.name);
            assert_eq!((&plain.name, &plain.outcome.result), (&traced.name, &traced.outcome.result));
            assert!(plain.outcome.lines.is_empty());
            let told: u64 = traced.outcome.lines.iter().map(|line| line.fuel).sum();
            assert!(told <= plain.outcome.fuel);
        }
    }

    #[test]
    fn statements_are_counted_as_often_as_they_are_reached() {
        let source = r#"policy "Twice" version 1.0.0 for community;
class person { votes: true; }
role member { can: [add]; held_by: person; }
state sum: Int = 0;
action add(n: Int) requires add {
  if n > 10 {
    sum += 1;
  } else {
    sum += n;
  }
}
view total() -> Int { return sum; }
test "adds" {
  let ada = test_did("ada");
  join(ada, person);
  as_caller(ada, add(1));
  as_caller(ada, add(2));
  expect_error(add(3), Unauthorised);
  expect(total() == 3);
}
"#;
        let (program, found) = sema::resolve(&File::of(&parse(source).syntax()), &Core, &sema::Arguments::new());
        assert!(found.is_empty(), "{}", render("twice", source, &found, false));
        let report = run(&Arc::new(program), None).unwrap();
        let line = |at: u32| source[..at as usize].lines().count();
        let reached: Vec<_> = report.statements.iter().map(|(at, times)| (line(*at), *times)).collect();
        assert_eq!(reached, [(6, 2), (7, 0), (9, 2), (12, 1)]);
        let [cost] = report.costs.as_slice() else { panic!("{report:?}") };
        assert_eq!((cost.name.as_str(), cost.succeeded, cost.failed), ("add", 2, 1));
        assert!(cost.least > 0 && cost.least <= cost.median && cost.median <= cost.most);
    }

    #[test]
    fn an_invariant_runs_within_the_fuel_that_the_checks_prove() {
        let source = r#"policy "Few" version 1.0.0 for community;
class person { votes: true; }
role member { can: [add]; held_by: person; }
@max(3)
state numbers: Map<Int, Int> = {};
action add(n: Int) requires add { numbers[len(numbers)] = n; }
@max(2000)
invariant small: all(n in numbers.values(): n < 10);
test "small numbers are added" {
  let ada = test_did("ada");
  join(ada, person);
  as_caller(ada, add(9));
  as_caller(ada, expect_error(add(10), InvariantBroken));
}
"#;
        let (program, found) = sema::resolve(&File::of(&parse(source).syntax()), &Core, &sema::Arguments::new());
        assert!(found.is_empty(), "{}", render("few", source, &found, false));
        assert!(icn_ccl::check::check(&program).iter().all(|found| !format!("{found:?}").contains("FuelUnbounded")));
        let report = run(&Arc::new(program), None).unwrap();
        assert!(report.passed(), "{:#?}", report.tests);
    }
}
