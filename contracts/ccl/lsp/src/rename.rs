//! Other names for what a document declares.
//!
//! Whether a name is free is not asked of rules that could differ from the compiler's: the renamed text is read anew. It must
//! have no mistake that the old one has not, and the new name must stand exactly where the old one stood.

use crate::{
    analysis::Analysis,
    document::View,
    index::{Occurrence, SymbolKind},
};
use icn_ccl::diagnostic::{Code, Diagnostic, Span};
use icn_ccl::syntax::words;
use lsp_types::{PrepareRenameResponse, TextEdit, WorkspaceEdit};
use std::collections::BTreeMap;

/// Why something is not renamed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nothing is named there.
    #[error("there is no name here")]
    NoName,
    /// The language has it.
    #[error("`{0}` is part of the language and keeps its name")]
    OfLanguage(String),
    /// Another document declares it.
    #[error("`{0}` is declared in another document")]
    Elsewhere(String),
    /// The import does not say a name.
    #[error("write `as {0}` after the import first: the name comes from the module's")]
    NoAlias(String),
    /// The new name is none.
    #[error("`{0}` is no name: letters, digits and `_` are allowed, and no digit at the beginning")]
    NoIdentifier(String),
    /// The new name is a word of the language.
    #[error("`{0}` is a word of the language")]
    Reserved(String),
    /// The text would have a mistake.
    #[error("`{name}` cannot be used here: {why}")]
    Mistake {
        /// The new name.
        name: String,
        /// What would be wrong.
        why: String,
    },
    /// The new name would mean something else somewhere.
    #[error("`{0}` has another meaning in a place where this is used")]
    Captured(String),
}

/// The name at a byte that can be renamed.
pub fn prepare(view: View<'_>, offset: usize) -> Result<PrepareRenameResponse, Refused> {
    let occurrence = renamable(view, offset)?;
    let placeholder = text_at(view, occurrence.span).to_string();
    Ok(PrepareRenameResponse::RangeWithPlaceholder { range: view.text.range(occurrence.span), placeholder })
}

/// The changes that give what is named at a byte another name.
pub fn rename(view: View<'_>, offset: usize, name: &str) -> Result<WorkspaceEdit, Refused> {
    let occurrence = renamable(view, offset)?;
    if words::is_reserved(name) {
        return Err(Refused::Reserved(name.into()));
    }
    if !is_identifier(name) {
        return Err(Refused::NoIdentifier(name.into()));
    }
    let old: Vec<Span> = view.analysis.index.of_symbol(occurrence.symbol).map(|other| other.span).collect();
    if text_at(view, occurrence.span) != name {
        try_out(view, &old, name)?;
    }
    let edits = old.iter().map(|span| TextEdit { range: view.text.range(*span), new_text: name.into() }).collect();
    Ok(crate::diagnostics::edit(view, edits))
}

fn renamable(view: View<'_>, offset: usize) -> Result<Occurrence, Refused> {
    let (occurrence, symbol) = view.analysis.index.symbol_at(offset).ok_or(Refused::NoName)?;
    if symbol.kind.is_of_language() {
        return Err(Refused::OfLanguage(symbol.name.clone()));
    }
    let Some(definition) = symbol.definition else { return Err(Refused::Elsewhere(symbol.name.clone())) };
    if symbol.kind == SymbolKind::Module && text_at(view, definition) != symbol.name {
        return Err(Refused::NoAlias(symbol.name.clone()));
    }
    Ok(occurrence)
}

fn text_at(view: View<'_>, span: Span) -> &str {
    view.text.as_str().get(span.range()).unwrap_or_default()
}

/// Whether a word can be a name.
pub fn is_identifier(name: &str) -> bool {
    let letter = |character: char| character.is_ascii_alphabetic() || character == '_';
    name.starts_with(letter) && name.chars().all(|character| letter(character) || character.is_ascii_digit())
}

/// Reads the renamed text, and compares.
fn try_out(view: View<'_>, old: &[Span], name: &str) -> Result<(), Refused> {
    let (text, new) = renamed(view.text.as_str(), old, name);
    let analysis = Analysis::of(&text, view.modules);
    if let Some(mistake) = new_mistake(&view.analysis.diagnostics, &analysis.diagnostics) {
        return Err(Refused::Mistake { name: name.into(), why: mistake.message.clone() });
    }
    let symbol = new.first().and_then(|span| analysis.index.at_span(*span)).map(|found| found.symbol);
    let found = symbol.map(|symbol| analysis.index.of_symbol(symbol).map(|other| other.span).collect::<Vec<_>>());
    match found {
        Some(found) if found == new => Ok(()),
        _ => Err(Refused::Captured(name.into())),
    }
}

/// The text with another name in these places, and where these are then.
fn renamed(text: &str, old: &[Span], name: &str) -> (String, Vec<Span>) {
    let (mut renamed, mut new, mut at) = (String::with_capacity(text.len()), Vec::new(), 0);
    for span in old {
        renamed.push_str(text.get(at..span.start as usize).unwrap_or_default());
        new.push(Span::new(renamed.len(), renamed.len() + name.len()));
        renamed.push_str(name);
        at = span.end as usize;
    }
    renamed.push_str(text.get(at..).unwrap_or_default());
    (renamed, new)
}

/// The first mistake of a kind that there are more of than before.
fn new_mistake<'a>(before: &[Diagnostic], after: &'a [Diagnostic]) -> Option<&'a Diagnostic> {
    let mut known: BTreeMap<Code, usize> = BTreeMap::new();
    for diagnostic in before {
        *known.entry(diagnostic.code).or_default() += 1;
    }
    after.iter().find(|diagnostic| match known.get_mut(&diagnostic.code) {
        Some(left) if *left > 0 => {
            *left -= 1;
            false
        }
        _ => true,
    })
}
