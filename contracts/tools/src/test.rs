//! `icn ccl test`

use crate::{colored, document::Document, output::note, printer, CclError, DocumentArgs, Ended, Format};
use icn_ccl::diagnostic::Lines;
use icn_covm_local::suite;
use serde::Serialize;

/// Run the tests of a document
///
/// Each test begins with the organisation as the document founds it, at the beginning of 2026, and calls the very code that
/// nodes run. The exit code is 0 when all tests hold.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn ccl test budget.ccl
  icn ccl test budget.ccl --filter submit
  icn ccl test budget.ccl --output json")]
pub(crate) struct TestArgs {
    #[command(flatten)]
    document: DocumentArgs,
    /// Only tests whose title holds this
    #[arg(long, value_name = "WORDS")]
    filter: Option<String>,
    /// How to print the results
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

#[derive(Serialize)]
struct Tested {
    title: String,
    passed: bool,
    failure: Option<String>,
    line: Option<usize>,
    fuel: u64,
}

impl TestArgs {
    pub(crate) fn run(self) -> Result<Ended, CclError> {
        let document = Document::open(&self.document.file, &self.document.arguments())?;
        note(&document.report(colored()))?;
        if !document.is_sound() {
            return Ok(Ended::Found);
        }
        let report = suite::run(&document.program, self.filter.as_deref())?;
        let lines = Lines::new(&document.source);
        let tested: Vec<_> = report
            .tests
            .iter()
            .map(|test| Tested {
                title: test.title.clone(),
                passed: test.failure.is_none(),
                failure: test.failure.clone(),
                line: test.at.map(|at| lines.position(at).0 + 1),
                fuel: test.fuel,
            })
            .collect();
        let text = || {
            let mut text = String::new();
            for test in &tested {
                match (&test.failure, test.line) {
                    (None, _) => text += &format!("ok      {} ({} fuel)\n", test.title, test.fuel),
                    (Some(failure), line) => {
                        text += &format!("FAILED  {}\n", test.title);
                        let line = line.unwrap_or(0);
                        let source = document.source.lines().nth(line.saturating_sub(1)).unwrap_or_default();
                        text += &format!("        {}:{line}: {failure}\n        {}\n", document.name, source.trim());
                    }
                }
            }
            let failed = tested.iter().filter(|test| !test.passed).count();
            text + &format!("{} tests, {failed} failed", tested.len())
        };
        printer(self.output).print(text, &tested)?;
        Ok(if report.passed() { Ended::Well } else { Ended::Found })
    }
}
