//! `icn ccl run`

use crate::{
    colored,
    document::{read, Document, Library},
    output::note,
    printer, CclError, DocumentArgs, Ended, Format,
};
use icn_ccl::diagnostic::Lines;
use icn_covm_local::suite;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Try a document out: call its actions as whom you like, when you like
///
/// What is run are statements as they stand in tests: calls of actions and proposals, `as_caller(who, …)`, `at(time)`,
/// `join(who, class)`, `grant(who, role)`, `give(account, amount)`, `expect(…)`, `expect_error(…, Error)`. They begin with the
/// organisation as the document founds it and go on until one fails; after each, what changed is printed.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn ccl run budget.ccl 'grant(test_did(\"rosa\"), resident);' 'as_caller(test_did(\"rosa\"), cast(set([1])));'
  icn ccl run budget.ccl --script story.ccl")]
pub(crate) struct RunArgs {
    #[command(flatten)]
    document: DocumentArgs,
    /// Statements, in their order
    #[arg(value_name = "STATEMENT", required_unless_present = "script")]
    statements: Vec<String>,
    /// A file of statements
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// How to print what happens
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

#[derive(Serialize)]
struct Story {
    ok: bool,
    failure: Option<String>,
    line: Option<String>,
    events: Vec<String>,
    states: Vec<(String, String)>,
    fuel: u64,
    lines: Vec<LineFuel>,
}

#[derive(Serialize)]
struct LineFuel {
    text: String,
    fuel: u64,
}

/// The title of the test that the statements become.
const TITLE: &str = "icn ccl run";

impl RunArgs {
    pub(crate) fn run(self) -> Result<Ended, CclError> {
        let sound = Document::open(&self.document.file, &self.document.arguments())?;
        if !sound.is_sound() {
            note(&sound.report(colored()))?;
            return Ok(Ended::Found);
        }
        let mut statements = self.statements.join("\n");
        if let Some(script) = &self.script {
            statements = format!("{}\n{statements}", read(script)?);
        }
        // The statements are a test at the end of the document.
        let source = format!("{}\ntest \"{TITLE}\" {{\n{statements}\n}}\n", sound.source.trim_end());
        let directory = self.document.file.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
        let library = Library::of(directory)?;
        let document = Document::of(sound.name.clone(), source, &library, &self.document.arguments());
        if !document.is_sound() {
            note(&document.report(colored()))?;
            return Ok(Ended::Found);
        }
        let told = suite::tell(&document.program, TITLE)?;
        let lines = Lines::new(&document.source);
        let line = |at: u32| document.source.lines().nth(lines.position(at).0).unwrap_or_default().trim().to_string();
        let story = Story {
            ok: told.failure.is_none(),
            line: told.failure.as_ref().and(told.at).map(line),
            failure: told.failure,
            events: told.events.iter().map(ToString::to_string).collect(),
            states: told.states,
            fuel: told.fuel,
            lines: told.lines.iter().map(|(at, fuel)| LineFuel { text: line(*at), fuel: *fuel }).collect(),
        };
        let text = || {
            let mut text = String::new();
            for line in &story.lines {
                text += &format!("{:>9}  {}\n", line.fuel, line.text);
            }
            for event in &story.events {
                text += &format!("event      {event}\n");
            }
            for (name, value) in &story.states {
                text += &format!("state      {name} = {value}\n");
            }
            if let Some(failure) = &story.failure {
                text += &format!("FAILED     {failure}\n           {}\n", story.line.as_deref().unwrap_or_default());
            }
            text + &format!("fuel       {}", story.fuel)
        };
        printer(self.output).print(text, &story)?;
        Ok(if story.ok { Ended::Well } else { Ended::Found })
    }
}
