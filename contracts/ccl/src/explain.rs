//! What a document says, in plain language and with numbers, for those who live by it.
//!
//! [`explain()`] reads the resolved document and how many there are of whom, and gives a [`Document`] of sections and sentences,
//! each with the articles where the text stands. It says what the text says: where a rule leaves something to the kernel or to
//! code, it points there. [`text`], [`markdown`] and [`json`] render it.

mod conditions;
mod decisions;
mod members;
mod money;
mod proposals;
mod protection;
mod render;
mod words;

pub use crate::diff::written::time;
pub use words::in_force;
pub(crate) use words::{duration, group, is_plural, listed, permission, plural, verb};

use crate::{
    program::{Decl, Program},
    schema::Kind,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// How many there are, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Members altogether.
    pub members: Option<u64>,
    /// Of each class, role or body, by name.
    pub counts: BTreeMap<String, u64>,
}

impl Numbers {
    /// How many are in a class or body, or hold a role: as it is known, or declared, or follows from who belongs to it.
    pub fn of(&self, program: &Program, group: &str) -> Option<u64> {
        let mut name = group;
        // Groups follow from each other only so often.
        for _ in 0..=program.decls.len() {
            if let Some(count) = self.counts.get(name) {
                return Some(*count);
            }
            if let Some(body) = program.decl(Kind::Body, name) {
                if let Some(size) = body.settings.int("size") {
                    return u64::try_from(size).ok();
                }
                match body.settings.get("members")? {
                    crate::program::SettingValue::List(members) => return u64::try_from(members.len()).ok(),
                    _ => name = body.settings.name("members")?,
                }
            } else if let Some(role) = program.decl(Kind::Role, name) {
                name = role.settings.name("held_by")?;
            } else {
                // Of one class that votes, it is everybody.
                let mut voting = program.decls_of(Kind::Class).filter(|class| class.settings.is_true("votes"));
                let only = voting.next().filter(|class| class.name == name && voting.next().is_none());
                return only.and(self.members);
            }
        }
        None
    }
}

/// The explanation of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Document {
    /// The title of the document.
    pub title: String,
    /// What kind of document it is, which version, and for whom.
    pub about: String,
    /// What it says, by topic; topics of which it says nothing are left out.
    pub sections: Vec<Section>,
}

/// A topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Section {
    /// Its heading.
    pub heading: String,
    /// What is said about it.
    pub lines: Vec<Line>,
}

/// A sentence or a few that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// In words.
    pub text: String,
    /// Where the text stands: articles by number.
    pub articles: Vec<usize>,
}

/// Explains a document that was resolved without errors.
pub fn explain(program: &Program, numbers: &Numbers) -> Document {
    let mut reader = Reader { program, numbers, sections: Vec::new() };
    reader.who_we_are();
    reader.joining();
    reader.roles();
    reader.bodies();
    reader.decisions();
    reader.elections();
    reader.delegation();
    reader.proposals();
    reader.actions();
    reader.resources();
    reader.treasuries();
    reader.budgets();
    reader.meters();
    reader.credentials();
    reader.disputes();
    reader.invariants();
    reader.protected();
    reader.by_itself();
    reader.worth_knowing();
    reader.sections.retain(|section| !section.lines.is_empty());
    let header = &program.header;
    Document {
        title: header.title.clone(),
        about: format!(
            "{}, version {}, for {}",
            words::capital(&header.document),
            header.version,
            words::article(&header.scope)
        ),
        sections: reader.sections,
    }
}

/// What a condition or invariant says, by the number of its code: in words as far as there are any.
pub fn condition(program: &Program, function: usize) -> String {
    conditions::words(program, function)
}

/// As plain text.
pub fn text(document: &Document) -> String {
    render::text(document)
}

/// As Markdown.
pub fn markdown(document: &Document) -> String {
    render::markdown(document)
}

/// As JSON: an object with the fields of [`Document`].
pub fn json(document: &Document) -> String {
    render::json(document)
}

/// Reads one document.
struct Reader<'a> {
    program: &'a Program,
    numbers: &'a Numbers,
    sections: Vec<Section>,
}

impl<'a> Reader<'a> {
    fn section(&mut self, heading: &str) {
        self.sections.push(Section { heading: heading.into(), lines: Vec::new() });
    }

    fn say(&mut self, text: impl Into<String>, articles: &[usize]) {
        // 0 is an article of another document.
        let articles = articles.iter().copied().filter(|article| *article > 0).collect();
        let line = Line { text: text.into(), articles };
        if let Some(section) = self.sections.last_mut() {
            section.lines.push(line);
        }
    }

    /// Sentences of one article in one line.
    fn say_all(&mut self, sentences: &[String], decl: &Decl) {
        let sentences: Vec<_> = sentences.iter().filter(|sentence| !sentence.is_empty()).cloned().collect();
        if !sentences.is_empty() {
            self.say(sentences.join(" "), &[decl.article]);
        }
    }

    fn all(&self, kind: Kind) -> Vec<&'a Decl> {
        let program = self.program;
        program.decls_of(kind).collect()
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use tests::golden;
