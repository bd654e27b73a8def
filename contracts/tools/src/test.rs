//! `icn ccl test`

use crate::{colored, document::Document, output::note, printer, CclError, DocumentArgs, Ended, Format};
use icn_ccl::{diagnostic::Lines, limits::EXTENDED_AT, manifest::Purpose};
use icn_covm_local::{
    properties::{self, Effort, Found},
    suite::{self, Report},
};
use serde::Serialize;
use std::{collections::BTreeMap, fs, path::PathBuf};

/// Run the tests of a document, and try its invariants out
///
/// Each test begins with the organisation as the document founds it, at the beginning of 2026, and calls the very code that
/// nodes run. Then members, roles and funds are dealt out by chance and calls are made by chance, and the invariants are asked
/// after each; what breaks one, or runs into the sandbox, is made as short as possible and shown as a test to copy. The exit
/// code is 0 when all tests and all invariants hold.
///
/// A call that only an invariant stops is told: an action does better to say with a `require` why it refuses.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn ccl test budget.ccl
  icn ccl test budget.ccl --filter submit
  icn ccl test budget.ccl --coverage --fuel       which lines no test reaches, and what calls cost
  icn ccl test budget.ccl --sequences 10000       search longer
  icn ccl test budget.ccl --sequences 0           only the tests
  icn ccl test budget.ccl --lcov budget.info      coverage for editors and reports
  icn ccl test budget.ccl --output json")]
pub(crate) struct TestArgs {
    #[command(flatten)]
    document: DocumentArgs,
    /// Only tests whose title holds this, and no search
    #[arg(long, value_name = "WORDS")]
    filter: Option<String>,
    /// Show the lines that no test reaches
    #[arg(long)]
    coverage: bool,
    /// Show what calls cost in units of fuel
    #[arg(long)]
    fuel: bool,
    /// Write which lines were reached to a file, in the format of lcov
    #[arg(long, value_name = "FILE")]
    lcov: Option<PathBuf>,
    /// How many sequences of calls are tried on the invariants
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000)]
    sequences: u32,
    /// With which number the search begins; the same number searches the same way
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,
    /// Fail when a call is stopped only by an invariant
    #[arg(long)]
    strict: bool,
    /// How to print the results
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

#[derive(Serialize)]
struct Results {
    tests: Vec<Tested>,
    coverage: Coverage,
    fuel: Vec<Cost>,
    /// `null` if nothing was searched.
    invariants: Option<Searched>,
}

#[derive(Serialize)]
struct Tested {
    title: String,
    passed: bool,
    failure: Option<String>,
    /// The document that the line is of, if that is the one that this one extends.
    #[serde(skip_serializing_if = "Option::is_none")]
    extended: Option<String>,
    line: Option<usize>,
    #[serde(skip)]
    source: String,
    fuel: u64,
}

#[derive(Serialize)]
struct Coverage {
    reached: usize,
    lines: usize,
    missed: Vec<usize>,
}

#[derive(Serialize)]
struct Cost {
    kind: &'static str,
    name: String,
    succeeded: u64,
    failed: u64,
    least: u64,
    median: u64,
    most: u64,
}

#[derive(Serialize)]
struct Searched {
    sequences: u64,
    calls: u64,
    succeeded: u64,
    found: Vec<Counterexample>,
}

#[derive(Serialize)]
struct Counterexample {
    /// Whether the document is at fault, or only could say better why it refuses.
    broken: bool,
    what: String,
    /// A test to copy.
    test: String,
}

impl TestArgs {
    pub(crate) fn run(self) -> Result<Ended, CclError> {
        let document = Document::open(&self.document.file, &self.document.arguments())?;
        note(&document.report(colored()))?;
        if !document.is_sound() {
            return Ok(Ended::Found);
        }
        let report = suite::run(&document.program, self.filter.as_deref())?;
        let lines = lines(&document, &report);
        if let Some(path) = &self.lcov {
            fs::write(path, lcov(&document.name, &lines))
                .map_err(|source| CclError::Write { path: path.clone(), source })?;
        }
        let effort = Effort { sequences: self.sequences, seed: self.seed, ..Effort::default() };
        let searched = match self.filter.is_none() && self.sequences > 0 {
            true => properties::search(&document.program, &effort)?.map(searched),
            false => None,
        };
        let results = Results {
            tests: tests(&document, &report),
            coverage: Coverage {
                reached: lines.values().filter(|reached| **reached > 0).count(),
                lines: lines.len(),
                missed: lines.iter().filter(|(_, reached)| **reached == 0).map(|(line, _)| *line).collect(),
            },
            fuel: report.costs.iter().map(cost).collect(),
            invariants: searched,
        };
        printer(self.output).print(|| self.text(&document, &results), &results)?;
        let stopped = results.invariants.iter().flat_map(|searched| &searched.found);
        let holds = stopped.filter(|found| found.broken || self.strict).count() == 0;
        Ok(if report.passed() && holds { Ended::Well } else { Ended::Found })
    }

    fn text(&self, document: &Document, results: &Results) -> String {
        let mut text = String::new();
        for test in &results.tests {
            match &test.failure {
                None => text += &format!("ok      {} ({} fuel)\n", test.title, test.fuel),
                Some(failure) => {
                    text += &format!("FAILED  {}\n", test.title);
                    let (name, line) = (test.extended.as_ref().unwrap_or(&document.name), test.line.unwrap_or(0));
                    text += &format!("        {name}:{line}: {failure}\n        {}\n", test.source);
                }
            }
        }
        for found in results.invariants.iter().flat_map(|searched| &searched.found) {
            text += if found.broken { "FAILED  " } else { "note    " };
            text += &format!("{}:\n{}\n", found.what, indented(&found.test));
        }
        if self.fuel {
            text += &fuel(&results.fuel);
        }
        let Coverage { reached, lines, missed } = &results.coverage;
        if self.coverage {
            for line in missed {
                let source = document.source.lines().nth(line.saturating_sub(1)).unwrap_or_default();
                text += &format!("missed  {line:>4}: {}\n", source.trim());
            }
        }
        if let Some(searched) = &results.invariants {
            text += &format!(
                "{} sequences searched: {} calls, {} of which succeeded\n",
                searched.sequences, searched.calls, searched.succeeded
            );
        }
        text += &format!("{reached} of {lines} lines reached\n");
        let failed = results.tests.iter().filter(|test| !test.passed).count();
        let broken = results.invariants.iter().flat_map(|searched| &searched.found).filter(|found| found.broken);
        let broken = match broken.count() {
            0 => String::new(),
            broken => format!(", {broken} found by searching"),
        };
        text + &format!("{} tests, {failed} failed{broken}", results.tests.len())
    }
}

fn tests(document: &Document, report: &Report) -> Vec<Tested> {
    let tested = |test: &suite::Tested| {
        let line = test.at.map(|at| document.line(at));
        Tested {
            title: test.title.clone(),
            passed: test.failure.is_none(),
            failure: test.failure.clone(),
            extended: line.as_ref().and_then(|line| line.extended.clone()),
            line: line.as_ref().map(|line| line.number),
            source: line.map(|line| line.text).unwrap_or_default(),
            fuel: test.fuel,
        }
    };
    report.tests.iter().map(tested).collect()
}

/// How often each line that has statements was reached: as often as the one of them that was reached least. Those of a document
/// that this one extends are that one's to cover.
fn lines(document: &Document, report: &Report) -> BTreeMap<usize, u64> {
    let lines = Lines::new(&document.source);
    let mut reached = BTreeMap::new();
    for (at, times) in report.statements.iter().filter(|(at, _)| (**at as usize) < EXTENDED_AT) {
        let line = reached.entry(lines.position(*at).0 + 1).or_insert(*times);
        *line = (*line).min(*times);
    }
    reached
}

/// The tracefile format of lcov, geninfo(1).
fn lcov(name: &str, lines: &BTreeMap<usize, u64>) -> String {
    let mut text = format!("TN:\nSF:{name}\n");
    for (line, reached) in lines {
        text += &format!("DA:{line},{reached}\n");
    }
    let hit = lines.values().filter(|reached| **reached > 0).count();
    text + &format!("LF:{}\nLH:{hit}\nend_of_record\n", lines.len())
}

fn cost(cost: &suite::Cost) -> Cost {
    Cost {
        kind: match cost.purpose {
            Purpose::Action => "action",
            Purpose::Condition => "requires",
            _ => "proposal",
        },
        name: cost.name.clone(),
        succeeded: cost.succeeded,
        failed: cost.failed,
        least: cost.least,
        median: cost.median,
        most: cost.most,
    }
}

fn fuel(costs: &[Cost]) -> String {
    let width = costs.iter().map(|cost| cost.kind.len() + cost.name.len() + 1).max().unwrap_or(0);
    let mut text = format!(
        "fuel    {:width$} {:>6} {:>7} {:>10} {:>10} {:>10}\n",
        "", "calls", "failed", "least", "median", "most"
    );
    for cost in costs {
        let name = format!("{} {}", cost.kind, cost.name);
        text += &format!(
            "        {name:width$} {:>6} {:>7} {:>10} {:>10} {:>10}\n",
            cost.succeeded, cost.failed, cost.least, cost.median, cost.most
        );
    }
    text
}

fn searched(report: properties::Report) -> Searched {
    let example = |found: Found| Counterexample {
        broken: found.kind.is_broken(),
        what: found.kind.to_string(),
        test: found.test,
    };
    Searched {
        sequences: report.sequences,
        calls: report.calls,
        succeeded: report.succeeded,
        found: report.found.into_iter().map(example).collect(),
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("        {line}")).collect::<Vec<_>>().join("\n")
}
