//! What stands between two tokens: comments and line ends.

use crate::syntax::{SyntaxKind, SyntaxNode, SyntaxToken};
use std::borrow::Cow;

/// A comment, and how it stands.
#[derive(Clone, Debug)]
pub(super) struct Comment<'a> {
    /// Without blanks at the end.
    pub(super) text: Cow<'a, str>,
    /// `// …`: whatever follows is on another line.
    pub(super) ends_line: bool,
    /// Line ends between it and what is before it.
    pub(super) line_ends_before: usize,
}

/// All between a token and the one before it.
#[derive(Clone, Debug, Default)]
pub(super) struct Gap<'a> {
    pub(super) comments: Vec<Comment<'a>>,
    /// Line ends after the last comment, or all if there is none.
    pub(super) line_ends: usize,
}

impl<'a> Gap<'a> {
    fn add(&mut self, token: &SyntaxToken, text: &'a str) {
        if token.kind() == SyntaxKind::Whitespace {
            self.line_ends += text.matches('\n').count();
            return;
        }
        self.comments.push(Comment {
            text: comment_text(text),
            ends_line: token.kind() != SyntaxKind::BlockComment,
            line_ends_before: std::mem::take(&mut self.line_ends),
        });
    }

    /// Puts what follows behind it, as if nothing stood between them.
    pub(super) fn join(&mut self, mut next: Self) {
        match next.comments.first_mut() {
            Some(first) => {
                first.line_ends_before += self.line_ends;
                self.line_ends = next.line_ends;
            }
            None => self.line_ends += next.line_ends,
        }
        self.comments.append(&mut next.comments);
    }

    /// Whether what follows the last comment is on another line.
    pub(super) fn ends_line(&self) -> bool {
        self.line_ends > 0 || self.comments.last().is_some_and(|comment| comment.ends_line)
    }
}

fn comment_text(text: &str) -> Cow<'_, str> {
    match text.contains("\r\n") {
        true => text.replace("\r\n", "\n").into(),
        false => text.trim_end_matches([' ', '\t', '\r']).into(),
    }
}

/// What stands before each token that is no trivia, and what stands at the end.
pub(super) fn gaps<'a>(source: &'a str, root: &SyntaxNode) -> Vec<Gap<'a>> {
    let mut gaps = vec![];
    let mut gap = Gap::default();
    for token in root.descendants_with_tokens().filter_map(|element| element.into_token()) {
        if token.kind().is_trivia() {
            gap.add(&token, super::document::text(source, &token));
        } else {
            gaps.push(std::mem::take(&mut gap));
        }
    }
    gaps.push(gap);
    gaps
}
