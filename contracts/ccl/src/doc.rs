//! The pages of a document: every declaration with its text, what is said about it, and what it has to do with the others.
//!
//! Explanations ([`crate::explain`]) say what a document means to its members; this is where its authors, and programmers of
//! wallets, look up what there is to call and what follows. [`html`] and [`markdown`] render it.

mod facts;
mod interface;
mod render;

use crate::{
    program::{Decl, Function, Program, Role},
    schema::Kind,
};
use facts::Facts;
pub use interface::{interface, Interface, INTERFACE_VERSION};
use serde::Serialize;

/// The page of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Page {
    /// The title of the document.
    pub title: String,
    /// What kind of document it is, which version, and for whom.
    pub about: String,
    /// What the document says of itself.
    pub docs: String,
    /// What it has, by topic; topics of which it has nothing are left out.
    pub sections: Vec<Section>,
}

/// A topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Section {
    /// Its heading.
    pub heading: String,
    /// What is declared, in the order of the document.
    pub items: Vec<Item>,
}

/// Something that is declared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// `role`, `action`, …
    pub kind: String,
    /// Its name; a test's title.
    pub name: String,
    /// Its number in the document, from 1, by which it is cited; none of what is no rule.
    pub article: Option<usize>,
    /// What the document says of it.
    pub docs: String,
    /// Its text; nothing, if it was taken over from another document.
    pub source: String,
    /// What it has to do with others.
    pub facts: Vec<Fact>,
}

/// Something about an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// What is told.
    pub label: String,
    /// Of what or whom.
    pub values: Vec<Link>,
}

/// A name, and the item that it leads to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Link {
    /// In words.
    pub text: String,
    /// The kind and name of the item, if it is one.
    pub to: Option<(String, String)>,
}

impl Link {
    fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), to: None }
    }

    fn to(kind: &str, name: &str) -> Self {
        Self { text: name.into(), to: Some((kind.into(), name.into())) }
    }
}

/// Topics of declarations.
const TOPICS: [(&str, &[Kind]); 4] = [
    ("Who we are", &[Kind::Organization, Kind::Membership, Kind::Class, Kind::Role, Kind::Body, Kind::Credential]),
    ("How we decide", &[Kind::Process, Kind::Election, Kind::Delegation, Kind::Proposal]),
    ("What we hold", &[Kind::Resource, Kind::Treasury, Kind::Budget, Kind::Meter]),
    ("When we disagree", &[Kind::Dispute]),
];

/// The page of a document that was resolved without errors, from this source.
pub fn page(program: &Program, source: &str) -> Page {
    let maker = Maker { program, source, facts: Facts::new(program) };
    let mut sections = vec![maker.parameters()];
    for (heading, kinds) in TOPICS {
        let mut items = Vec::new();
        for kind in kinds {
            items.extend(program.decls_of(*kind).map(|decl| maker.decl(decl)));
        }
        sections.push(Section { heading: heading.into(), items });
    }
    sections.extend(maker.code());
    sections.retain(|section| !section.items.is_empty());
    let header = &program.header;
    Page {
        title: header.title.clone(),
        about: format!("{} version {} for {}", header.document, header.version, header.scope),
        docs: header.docs.clone(),
        sections,
    }
}

/// As Markdown.
pub fn markdown(page: &Page) -> String {
    render::markdown(page)
}

/// As a page of HTML that needs nothing beside it.
pub fn html(page: &Page) -> String {
    render::html(page)
}

/// As JSON: an object with the fields of [`Page`].
pub fn json(page: &Page) -> String {
    // A page holds nothing that JSON cannot say.
    serde_json::to_string_pretty(page).unwrap_or_default()
}

struct Maker<'a> {
    program: &'a Program,
    source: &'a str,
    facts: Facts<'a>,
}

impl<'a> Maker<'a> {
    /// The text of something, if it is in this source or the one it extends: it begins with one of the words, after attributes.
    fn text(&self, span: crate::diagnostic::Span, words: &[&str]) -> String {
        let (source, span) = self.program.notes.origin(self.source, span);
        let text = source.get(span.range()).unwrap_or_default().trim();
        let first = text.lines().find(|line| !line.trim_start().starts_with("///")).unwrap_or_default().trim_start();
        let begins = first.starts_with('@') || words.iter().any(|word| first.starts_with(word));
        let without: Vec<_> = text.lines().skip_while(|line| line.trim_start().starts_with("///")).collect();
        if begins {
            without.join("\n")
        } else {
            String::new()
        }
    }

    fn decl(&self, decl: &Decl) -> Item {
        Item {
            kind: decl.kind.word().into(),
            name: decl.name.clone(),
            article: Some(decl.article),
            docs: decl.docs.clone(),
            source: self.text(decl.span, &[decl.kind.word()]),
            facts: self.facts.of_decl(decl),
        }
    }

    fn function(&self, index: usize, function: &Function, kind: &str) -> Item {
        Item {
            kind: kind.into(),
            name: function.name.clone(),
            article: Some(function.article).filter(|article| *article > 0 && kind != "test"),
            docs: function.docs.clone(),
            source: self.text(function.span, &[kind, "pure"]),
            facts: self.facts.of_function(index, function),
        }
    }

    fn parameters(&self) -> Section {
        let constant = |constant: &crate::program::Const| {
            let kind = if constant.param.is_some() { "param" } else { "const" };
            Item {
                kind: kind.into(),
                name: constant.name.clone(),
                article: None,
                docs: constant.docs.clone(),
                source: self.text(constant.span, &[kind]),
                facts: self.facts.of_const(constant),
            }
        };
        let own = self.program.consts.iter().filter(|constant| !constant.name.contains('.'));
        Section { heading: "What can be set".into(), items: own.map(constant).collect() }
    }

    fn functions(&self, heading: &str, kind: &str, role: &Role) -> Section {
        let functions = self.program.functions_of(|of| of == role).filter(|(_, function)| function.own);
        Section {
            heading: heading.into(),
            items: functions.map(|(index, function)| self.function(index, function, kind)).collect(),
        }
    }

    /// What code there is, and what it keeps and tells.
    fn code(&self) -> Vec<Section> {
        let program = self.program;
        let signature = |kind: &str, signature: &crate::program::Signature| Item {
            kind: kind.into(),
            name: signature.name.clone(),
            article: None,
            docs: signature.docs.clone(),
            source: self.text(signature.span, &[kind]),
            facts: self.facts.of_signature(kind, &signature.name),
        };
        let state = |(index, state): (usize, &crate::program::State)| Item {
            kind: "state".into(),
            name: state.name.clone(),
            article: None,
            docs: state.docs.clone(),
            source: self.text(state.span, &["state"]),
            facts: self.facts.of_state(index),
        };
        let permission = |(name, words): (&String, &String)| Item {
            kind: "permission".into(),
            name: name.clone(),
            article: None,
            docs: words.clone(),
            source: String::new(),
            facts: self.facts.of_permission(name),
        };
        let section = |heading: &str, items: Vec<Item>| Section { heading: heading.into(), items };
        vec![
            section("Permissions", program.permissions.iter().map(permission).collect()),
            self.functions("Actions", "action", &Role::Action),
            self.functions("Views", "view", &Role::View),
            self.functions("Functions", "fn", &Role::Fn),
            self.handlers(),
            self.functions("What always holds", "invariant", &Role::Invariant),
            section("What is kept", program.states.iter().enumerate().map(state).collect()),
            section("What is told", program.events.iter().map(|event| signature("event", event)).collect()),
            section("Why calls fail", program.errors.iter().map(|error| signature("error", error)).collect()),
            self.functions("Tests", "test", &Role::Test),
        ]
    }

    fn handlers(&self) -> Section {
        let handlers = self.program.functions_of(|role| matches!(role, Role::Handler(_)));
        let own = handlers.filter(|(_, function)| function.own);
        let items = own.map(|(index, function)| self.function(index, function, "on")).collect();
        Section { heading: "What happens by itself".into(), items }
    }
}

#[cfg(test)]
mod tests;
