//! The formatter: one way to write a document, however it was typed, so that a change shows what changes.
//!
//! It moves blanks, line ends, blank lines and the comma after the last of several things, and nothing else: every other token
//! and every comment stays, in its order. The style:
//!
//! - two blanks of indentation, lines of up to [`WIDTH_MAX`] letters, one blank around operators (`1/2` of two numbers has none);
//! - a `{ … }` that stood on one line stays on it if it fits; one that was broken over lines has each part on its own line;
//! - `( … )`, `[ … ]` and `< … >` stand on one line if they fit, else each part on its own line, with a comma after the last;
//! - of several blank lines one stays; none at the beginning and the end of a block.
//!
//! Read `gaps.rs` for what stands between tokens, `document.rs` for the way from the tree to pieces, `style.rs` for the rules of
//! single places, and `layout.rs` for where lines end.

mod document;
mod gaps;
mod layout;
mod style;

#[cfg(test)]
mod tests;

use crate::{
    diagnostic::{Code, Diagnostic, Span},
    limits::SOURCE_BYTES_MAX,
    syntax::parse,
};

/// Letters of a line, if its parts can be broken to fit.
pub const WIDTH_MAX: usize = 120;

/// The source in the one style. Formatting what is formatted changes nothing.
///
/// # Errors
/// With what is wrong if the source does not parse, and [`Code::TooLarge`] if it would be too long to parse afterwards.
pub fn format(source: &str) -> Result<String, Vec<Diagnostic>> {
    let parsed = parse(source);
    if parsed.diagnostics.iter().any(Diagnostic::is_error) {
        return Err(parsed.diagnostics);
    }
    let pieces = document::pieces(source, &parsed.syntax());
    layout::write(&pieces, SOURCE_BYTES_MAX).ok_or_else(|| vec![too_large()])
}

fn too_large() -> Diagnostic {
    let message = format!("formatted, the source would have more than {SOURCE_BYTES_MAX} bytes");
    Diagnostic::new(Code::TooLarge, Span::new(0, 0), message).help("move parts into modules and import them")
}
