//! From text to a tree that keeps every byte: tokens, the tree, and what a reader of it needs.
//!
//! The tree is lossless: printed, it is the source, whatever the source is. The formatter and editors work on it; the compiler
//! reads it once into [`crate::ast`].

mod expressions;
mod items;
mod kind;
mod parser;
mod statements;
mod text_rules;
pub mod words;

pub use kind::{Ccl, SyntaxElement, SyntaxKind, SyntaxNode, SyntaxToken};
pub use parser::Parse;

use crate::{
    diagnostic::{Code, Diagnostic, Span},
    limits::SOURCE_BYTES_MAX,
};
use parser::Parser;

/// Reads a source of up to [`SOURCE_BYTES_MAX`] bytes into a tree. A longer one gives an empty tree and one diagnostic.
pub fn parse(source: &str) -> Parse {
    if source.len() > SOURCE_BYTES_MAX {
        let diagnostic =
            Diagnostic::new(Code::TooLarge, Span::new(0, 0), format!("the source has {} bytes", source.len())).help(
                format!("a source has at most {SOURCE_BYTES_MAX} bytes: move parts into modules and import them"),
            );
        return Parser::new("").finish_with(vec![diagnostic]);
    }
    let mut parser = Parser::new(source);
    items::file(&mut parser);
    parser.finish_with(text_rules::check(source))
}
