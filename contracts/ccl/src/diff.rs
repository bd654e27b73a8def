//! What changes between two versions of a document, as members must know it before they vote.
//!
//! [`diff()`] compares what documents say, not how they are written. Each [`Change`] has a path, `process.amendment.quorum`, and a
//! direction, which comes from the [`Meaning`](crate::schema::Meaning) of the setting in the table of settings. Things of several
//! parts are compared by part. Nothing is weighed against anything else: whether a version as a whole is stricter is for members
//! to judge.
//!
//! - A setting that is missing counts as nothing, or, if it is a limit, as no limit.
//! - A share and a number of members compare only if one is the greater for every size that the voters can have.
//! - Lists are compared by element, bands by their place.
//! - Words, names and texts are different, neither stronger nor weaker; a process that must be unanimous is the stronger one.

mod code;
mod compare;
mod items;
mod render;
mod settings;
pub(crate) mod written;

use crate::{program::Program, schema::Kind};
use serde::{Serialize, Serializer};
use std::{collections::BTreeMap, fmt};

/// Which way something changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// It is harder to meet, or protects more.
    Stronger,
    /// It is easier to meet, or protects less.
    Weaker,
    /// It gives more rights.
    Granted,
    /// It takes rights away.
    Revoked,
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is different.
    Changed,
}

impl Direction {
    /// What undoes it.
    pub fn inverse(self) -> Self {
        match self {
            Self::Stronger => Self::Weaker,
            Self::Weaker => Self::Stronger,
            Self::Granted => Self::Revoked,
            Self::Revoked => Self::Granted,
            Self::Added => Self::Removed,
            Self::Removed => Self::Added,
            Self::Changed => Self::Changed,
        }
    }

    /// As it is said.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stronger => "stronger",
            Self::Weaker => "weaker",
            Self::Granted => "granted",
            Self::Revoked => "revoked",
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

/// What changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Subject {
    Document,
    Import,
    /// Words that explain: editing them is an amendment all the same.
    Text,
    /// What the holders of a role may do.
    Right,
    Permission,
    Founders,
    /// A declaration, or a setting of one.
    Declaration(Kind),
    Constant,
    Type,
    State,
    Event,
    Error,
    Function,
    Handler,
    Invariant,
    Entrenchment,
}

impl Subject {
    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Import => "import",
            Self::Text => "text",
            Self::Right => "right",
            Self::Permission => "permission",
            Self::Founders => "founders",
            Self::Declaration(kind) => kind.word(),
            Self::Constant => "constant",
            Self::Type => "type",
            Self::State => "state",
            Self::Event => "event",
            Self::Error => "error",
            Self::Function => "function",
            Self::Handler => "handler",
            Self::Invariant => "invariant",
            Self::Entrenchment => "entrenchment",
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Change {
    /// Where: `process.amendment.quorum`.
    pub path: String,
    /// Of what.
    pub kind: Subject,
    /// Which way.
    pub direction: Direction,
    /// What it was, as members write it; nothing if there was none.
    pub old: Option<String>,
    /// What it will be.
    pub new: Option<String>,
    /// The change in a sentence.
    pub sentence: String,
}

/// What changes from one version to another, in the order in which members read about it: nothing between equal ones, and the
/// other way round the same with each [direction inverted](Direction::inverse).
pub fn diff(old: &Program, new: &Program) -> Vec<Change> {
    let mut diff = Diff { old, new, changes: Vec::new() };
    diff.document();
    diff.declarations();
    diff.permissions();
    diff.founders();
    diff.constants();
    diff.types();
    diff.states();
    diff.signatures();
    diff.functions();
    diff.handlers();
    diff.invariants();
    diff.entrenched();
    diff.changes
}

/// Changes as lines of text, one and its sentence each.
pub fn text(changes: &[Change]) -> String {
    render::text(changes)
}

/// Changes as a table for a proposal's page.
pub fn markdown(changes: &[Change]) -> String {
    render::markdown(changes)
}

/// Changes as JSON: a list of objects with the fields of [`Change`].
pub fn json(changes: &[Change]) -> String {
    render::json(changes)
}

struct Diff<'a> {
    old: &'a Program,
    new: &'a Program,
    changes: Vec<Change>,
}

impl Diff<'_> {
    fn push(
        &mut self,
        path: impl Into<String>,
        kind: Subject,
        direction: Direction,
        values: (Option<String>, Option<String>),
        sentence: impl Into<String>,
    ) {
        let (old, new) = values;
        self.changes.push(Change { path: path.into(), kind, direction, old, new, sentence: sentence.into() });
    }

    /// Two values of which neither is stronger.
    fn plain(&mut self, path: impl Into<String>, kind: Subject, what: &str, values: (Option<String>, Option<String>)) {
        let direction = match &values {
            (old, new) if old == new => return,
            (None, Some(_)) => Direction::Added,
            (Some(_), None) => Direction::Removed,
            _ => Direction::Changed,
        };
        let sentence = sentence(what, direction, &values);
        self.push(path, kind, direction, values, sentence);
    }

    /// Words; empty ones are none.
    fn words(&mut self, path: &str, what: &str, old: &str, new: &str) {
        let words = |words: &str| (!words.is_empty()).then(|| words.trim().to_string());
        let what = format!("{what}, the text that explains it");
        self.plain(format!("{path}.docs"), Subject::Text, &what, (words(old), words(new)));
    }
}

/// "Process `amendment`, how many of the voters must vote: 50 % instead of 2/3. That is weaker."
fn sentence(what: &str, direction: Direction, values: &(Option<String>, Option<String>)) -> String {
    let change = match values {
        (Some(old), Some(new)) => format!("{what}: {new} instead of {old}."),
        (None, Some(new)) => format!("{what}: {new}, where nothing was said."),
        (Some(old), None) => format!("{what}: no longer {old}; nothing is said."),
        (None, None) => format!("{what}."),
    };
    let verdict = match direction {
        Direction::Stronger => " That is stronger.",
        Direction::Weaker => " That is weaker.",
        Direction::Granted => " That gives more rights.",
        Direction::Revoked => " That takes rights away.",
        Direction::Added | Direction::Removed | Direction::Changed => "",
    };
    format!("{change}{verdict}")
}

/// The keys of two maps, each once.
fn keys<'a, T>(old: &'a BTreeMap<String, T>, new: &'a BTreeMap<String, T>) -> Vec<&'a String> {
    let mut keys: Vec<_> = old.keys().chain(new.keys().filter(|key| !old.contains_key(*key))).collect();
    keys.sort();
    keys
}

#[cfg(test)]
mod tests;
