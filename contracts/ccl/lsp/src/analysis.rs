//! What is known of one text: its tree, its program, its mistakes, its types and its names.

use crate::{
    index::Index,
    modules::{Beside, LOCK},
};
use icn_ccl::{
    ast,
    diagnostic::{sorted, Code, Diagnostic, Span},
    program::Program,
    sema::{resolve_typed, Arguments},
    syntax::{parse, SyntaxKind, SyntaxNode, SyntaxToken},
    types::Type,
};
use std::collections::BTreeMap;

/// What is known of one text. It is made anew when the text changes.
pub struct Analysis {
    /// The lossless tree.
    pub root: SyntaxNode,
    /// The tree as the compiler reads it.
    pub file: ast::File,
    /// As much of the document as resolves.
    pub program: Program,
    /// All that is wrong, in the order of the source.
    pub diagnostics: Vec<Diagnostic>,
    /// Types by where they stand.
    pub types: BTreeMap<Span, Type>,
    /// What each name means.
    pub index: Index,
}

impl Analysis {
    /// Reads a text.
    pub fn of(source: &str, modules: &Beside) -> Self {
        let parsed = parse(source);
        let root = parsed.syntax();
        let file = ast::File::of(&root);
        let typed = resolve_typed(&file, modules, &Arguments::new());
        let mut found = parsed.diagnostics;
        if !found.iter().any(|diagnostic| diagnostic.code == Code::TooLarge) {
            found.extend(typed.diagnostics);
            found.extend(lock_problem(&file, modules));
            if !found.iter().any(Diagnostic::is_error) {
                found.extend(checked(&typed.program));
            }
        }
        let index = Index::of(source, &file, &typed.program, &typed.types);
        Self { root, file, program: typed.program, diagnostics: sorted(found), types: typed.types, index }
    }

    /// The token at a byte; of two that meet there the one that is a word.
    pub fn token(&self, offset: usize) -> Option<SyntaxToken> {
        let found = tokens_at(&self.root, offset);
        let word = found.clone().find(|token| token.kind() == SyntaxKind::Ident);
        word.or_else(|| found.right_biased())
    }

    /// The type of the smallest expression around a byte.
    pub fn type_at(&self, offset: usize) -> Option<(Span, &Type)> {
        let at = u32::try_from(offset).ok()?;
        // Those that begin at or before the byte, the nearest first; one that encloses it ends after it.
        let before = self.types.range(..Span { start: at.saturating_add(1), end: 0 }).rev();
        let around = before.filter(|(span, ty)| span.end >= at && **ty != Type::Unknown);
        // Expressions nest no deeper than this.
        around.take(AROUND_MAX).min_by_key(|(span, _)| span.end - span.start).map(|(span, ty)| (*span, ty))
    }
}

/// Enclosing expressions that are looked at.
const AROUND_MAX: usize = 32;

/// The tokens that meet at a byte; behind the end of a tree they are those at its end. The tree of a source that is too long is
/// empty.
pub fn tokens_at(root: &SyntaxNode, offset: usize) -> rowan::TokenAtOffset<SyntaxToken> {
    let offset = u32::try_from(offset).unwrap_or(u32::MAX);
    root.token_at_offset(rowan::TextSize::new(offset).min(root.text_range().end()))
}

/// What is checked beyond names and types, once these hold.
fn checked(program: &Program) -> Vec<Diagnostic> {
    icn_ccl::check::check(program)
}

/// Says at the first import that the lock file cannot be read.
fn lock_problem(file: &ast::File, modules: &Beside) -> Option<Diagnostic> {
    let problem = modules.problem.as_ref()?;
    let import = file.imports.first()?;
    Some(Diagnostic::new(Code::ImportNotFound, import.source.span, format!("{LOCK} cannot be read: {problem}")))
}
