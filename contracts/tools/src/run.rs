//! `icn ccl run`

use crate::{
    colored,
    document::{read, Document, Library},
    output::note,
    printer, CclError, DocumentArgs, Ended, Format,
};
use icn_ccl::sema::{self, test_did};
use icn_covm_local::{
    suite::{self, Told},
    Line,
};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Try a document out: call its actions as whom you like, when you like
///
/// What is run are statements as they stand in tests: calls of actions and proposals, `as_caller(who, …)`, `at(time)`,
/// `join(who, class)`, `grant(who, role)`, `grant(who, body)`, `give(account, amount)`, `expect(…)`, `expect_error(…, Error)`. They begin with the
/// organisation as the document founds it and go on until one fails. For each is told what it cost in units of fuel, what the
/// calls gave and told, and which lines of the document they ran; and at the end, what is different from before.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn ccl run budget.ccl 'grant(test_did(\"rosa\"), resident);' --as rosa 'cast(set([1]));'
  icn ccl run budget.ccl --script story.ccl
  icn ccl run budget.ccl --session try.ccl --as rosa 'cast(set([1]));'      goes on where the last one ended
  icn ccl run budget.ccl --session try.ccl --at 2026-05-01 'advance();'")]
pub(crate) struct RunArgs {
    #[command(flatten)]
    document: DocumentArgs,
    /// Statements, in their order
    #[arg(value_name = "STATEMENT", required_unless_present = "script")]
    statements: Vec<String>,
    /// A file of statements, run before those given here
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// Who calls when a statement does not say who: a name, which is test_did("NAME"), or a DID
    #[arg(long = "as", value_name = "WHO", default_value = "tester", value_parser = caller)]
    caller: String,
    /// What the time is when the statements begin, as 2026-05-01 or 2026-05-01T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<String>,
    /// A file that keeps the statements: those in it are run again first, and these are added if all go well
    #[arg(long, value_name = "FILE")]
    session: Option<PathBuf>,
    /// How to print what happens
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

fn caller(text: &str) -> Result<String, String> {
    let did = if text.starts_with("did:") { text.to_string() } else { test_did(text) };
    if sema::is_did(&did) {
        Ok(did)
    } else {
        Err("a name of letters, digits, `.`, `-` and `_`, or a DID as did:icn:abc".into())
    }
}

fn time(text: &str) -> Result<String, String> {
    let text = if text.contains('T') { text.to_string() } else { format!("{text}T00:00:00Z") };
    match sema::is_time(&text) {
        true => Ok(text),
        false => Err("write it as 2026-05-01 or 2026-05-01T12:00:00Z, in UTC".into()),
    }
}

#[derive(Serialize)]
struct Story {
    ok: bool,
    failure: Option<String>,
    /// The statement that failed.
    line: Option<String>,
    statements: Vec<Statement>,
    events: Vec<String>,
    changes: Vec<Change>,
    /// Of the statements and of the calls within them.
    fuel: u64,
}

#[derive(Serialize)]
struct Statement {
    text: String,
    fuel: u64,
    calls: Vec<Called>,
}

#[derive(Serialize)]
struct Called {
    call: String,
    caller: String,
    result: Option<String>,
    error: Option<String>,
    events: Vec<String>,
    fuel: u64,
    lines: Vec<Ran>,
}

#[derive(Serialize)]
struct Ran {
    /// The document that the line is of, if that is the one that this one extends.
    #[serde(skip_serializing_if = "Option::is_none")]
    extended: Option<String>,
    line: usize,
    text: String,
    fuel: u64,
}

#[derive(Serialize)]
struct Change {
    what: String,
    before: Option<String>,
    after: Option<String>,
}

/// The title of the test that the statements become.
const TITLE: &str = "icn ccl run";

/// How the comment begins that says who calls from there on, in a session.
const AS: &str = "// as ";

/// Who calls from which byte on, by the comments that say so.
fn callers(source: &str) -> BTreeMap<u32, String> {
    let mut callers = BTreeMap::new();
    let mut at = 0;
    for line in source.split_inclusive('\n') {
        if let (Some(caller), Ok(at)) = (line.trim_end().strip_prefix(AS), u32::try_from(at)) {
            if sema::is_did(caller) {
                callers.insert(at, caller.into());
            }
        }
        at += line.len();
    }
    callers
}

impl RunArgs {
    pub(crate) fn run(self) -> Result<Ended, CclError> {
        let sound = Document::open(&self.document.file, &self.document.arguments())?;
        if !sound.is_sound() {
            note(&sound.report(colored()))?;
            return Ok(Ended::Found);
        }
        let kept = match &self.session {
            Some(session) if session.exists() => read(session)?,
            _ => String::new(),
        };
        let mut new = self.at.iter().map(|at| format!("at(time\"{at}\");\n")).collect::<String>();
        if let Some(script) = &self.script {
            new += &format!("{}\n", read(script)?.trim_end());
        }
        new += &self.statements.join("\n");
        // The statements are a test at the end of the document.
        let begun = format!("{}\ntest \"{TITLE}\" {{\n{kept}", sound.source.trim_end());
        let new = format!("{AS}{}\n{new}", self.caller);
        let Some(document) = self.document(&sound, format!("{begun}{new}\n}}\n"))? else { return Ok(Ended::Found) };
        let told = suite::tell(&document.program, TITLE, &callers(&document.source))?;
        let before = match kept.is_empty() {
            true => told.before.clone(),
            false => {
                let Some(earlier) = self.document(&sound, format!("{begun}}}\n"))? else { return Ok(Ended::Found) };
                suite::tell(&earlier.program, TITLE, &callers(&earlier.source))?.after
            }
        };
        let story = story(&document, &told, begun.len(), &before);
        printer(self.output).print(|| text(&story), &story)?;
        if let (true, Some(session)) = (story.ok, &self.session) {
            keep(session, &format!("{kept}{new}\n"))?;
        }
        Ok(if story.ok { Ended::Well } else { Ended::Found })
    }

    /// The document with another source, unless it has mistakes, which are printed.
    fn document(&self, sound: &Document, source: String) -> Result<Option<Document>, CclError> {
        let directory = self.document.file.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
        let library = Library::of(directory)?;
        let document = Document::of(sound.name.clone(), source, &library, &self.document.arguments());
        if document.is_sound() {
            return Ok(Some(document));
        }
        note(&document.report(colored()))?;
        Ok(None)
    }
}

/// Replaces a file at once.
fn keep(path: &Path, text: &str) -> Result<(), CclError> {
    let failed = |source| CclError::Write { path: path.into(), source };
    let temporary = path.with_extension("new");
    fs::write(&temporary, text).map_err(failed)?;
    fs::rename(&temporary, path).map_err(failed)
}

/// What happened in the statements from a byte on.
fn story(document: &Document, told: &Told, from: usize, before: &BTreeMap<String, String>) -> Story {
    let text = |at: u32| document.line(at).text;
    let ran = |line: &Line| {
        let crate::document::Line { extended, number, text } = document.line(line.at);
        Ran { extended, line: number, text, fuel: line.fuel }
    };
    let is_new = |at: u32| at as usize >= from;
    let events = |made: &icn_covm_local::Made| made.outcome.events.iter().map(ToString::to_string).collect();
    let called = |call: &suite::ToldCall| Called {
        call: call.call.clone(),
        caller: call.made.caller.clone(),
        result: call.result.clone().ok(),
        error: call.result.clone().err(),
        events: events(&call.made),
        fuel: call.made.outcome.fuel,
        lines: call.made.outcome.lines.iter().map(ran).collect(),
    };
    let mut calls: Vec<_> = told.calls.iter().filter(|call| is_new(call.made.from)).collect();
    let all_events = calls.iter().flat_map(|call| events(&call.made)).collect();
    let mut statements = Vec::new();
    for line in told.lines.iter().filter(|line| is_new(line.at)) {
        // A statement that runs again, in a loop, has its calls where it ran first.
        let (own, rest) = calls.into_iter().partition(|call| call.made.from == line.at);
        calls = rest;
        let own: Vec<&suite::ToldCall> = own;
        statements.push(Statement {
            text: text(line.at),
            fuel: line.fuel,
            calls: own.into_iter().map(called).collect(),
        });
    }
    let fuel =
        statements.iter().map(|statement| statement.fuel + statement.calls.iter().map(|call| call.fuel).sum::<u64>());
    Story {
        ok: told.failure.is_none(),
        failure: told.failure.clone(),
        line: told.failure.as_ref().and(told.at).map(text),
        events: all_events,
        changes: changes(before, &told.after),
        fuel: fuel.sum(),
        statements,
    }
}

fn changes(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<Change> {
    let all: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let change = |what: &String| {
        let (before, after) = (before.get(what).cloned(), after.get(what).cloned());
        (before != after).then(|| Change { what: what.clone(), before, after })
    };
    all.into_iter().filter_map(change).collect()
}

fn text(story: &Story) -> String {
    let mut text = String::new();
    for statement in &story.statements {
        text += &format!("{:>9}  {}\n", statement.fuel, statement.text);
        for call in &statement.calls {
            let by = call.caller.strip_prefix("did:icn:test:").unwrap_or(&call.caller);
            let ended = match (&call.result, &call.error) {
                (Some(result), _) if result != "nothing" => format!(" gives {result}"),
                (_, Some(error)) => format!(" {error}"),
                _ => String::new(),
            };
            text += &format!("{:>9}    {} by {by}{ended}\n", call.fuel, call.call);
            for line in &call.lines {
                let of = line.extended.as_ref().map(|name| format!("{name}:")).unwrap_or_default();
                text += &format!("{:>9}      {of}{:>4}: {}\n", line.fuel, line.line, line.text);
            }
            for event in &call.events {
                text += &format!("             event {event}\n");
            }
        }
    }
    for change in &story.changes {
        let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".into());
        text += &match (&change.before, &change.after) {
            (None, Some(after)) => format!("new        {} = {after}\n", change.what),
            (Some(before), None) => format!("gone       {} = {before}\n", change.what),
            (before, after) => format!("changed    {} = {}, was {}\n", change.what, value(after), value(before)),
        };
    }
    if let Some(failure) = &story.failure {
        text += &format!("FAILED     {failure}\n           {}\n", story.line.as_deref().unwrap_or_default());
    }
    text + &format!("fuel       {}", story.fuel)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_may_be_a_day_and_the_caller_a_name() {
        assert_eq!(time("2026-05-01").unwrap(), "2026-05-01T00:00:00Z");
        assert_eq!(time("2026-05-01T12:00:00Z").unwrap(), "2026-05-01T12:00:00Z");
        assert!(time("2026-02-30").is_err() && time("tomorrow").is_err());
        assert_eq!(caller("rosa").unwrap(), "did:icn:test:rosa");
        assert_eq!(caller("did:icn:abc").unwrap(), "did:icn:abc");
        assert!(caller("no name").is_err());
    }
}
