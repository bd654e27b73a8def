//! The one form of a document.

use crate::{document::View, text::Text};
use lsp_types::{Range, TextEdit};

/// The changes that bring a document into its form; none for one that has mistakes.
pub fn formatting(view: View<'_>) -> Vec<TextEdit> {
    formatted(view.text.as_str()).and_then(|form| difference(view.text, &form)).into_iter().collect()
}

/// A source in its form.
fn formatted(source: &str) -> Option<String> {
    icn_ccl::fmt::format(source).ok()
}

/// One change that makes a text another: what is between their common beginning and end.
pub fn difference(text: &Text, other: &str) -> Option<TextEdit> {
    let old = text.as_str();
    if old == other {
        return None;
    }
    let start = old.char_indices().zip(other.chars()).find(|((_, a), b)| a != b).map(|((at, _), _)| at);
    let start = start.unwrap_or_else(|| old.len().min(other.len()));
    let (rest, new) = (old.get(start..)?, other.get(start..)?);
    let same = rest.chars().rev().zip(new.chars().rev()).take_while(|(a, b)| a == b);
    let same: usize = same.map(|(character, _)| character.len_utf8()).sum();
    let range = Range { start: text.position(start), end: text.position(old.len() - same) };
    // A position does not stand between `\r` and `\n`: such a text is replaced as a whole.
    if text.span(range).range() != (start..old.len() - same) {
        return Some(TextEdit { range: text.whole(), new_text: other.into() });
    }
    Some(TextEdit { range, new_text: new.get(..new.len() - same)?.into() })
}
