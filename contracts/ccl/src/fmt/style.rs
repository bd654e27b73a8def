//! Rules of single places: which brackets there are, and what separates two neighbours.

use crate::syntax::{SyntaxElement, SyntaxKind as K, SyntaxNode};

/// What stands between two tokens if no comment does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Separator {
    Nothing,
    Blank,
    /// A line end if the brackets around are broken, else a blank or nothing.
    Break {
        blank: bool,
        /// Whether a blank line that was there stays.
        keeps_blank_line: bool,
    },
    /// A line end.
    LineEnd,
    /// A line end if there was one, else a blank.
    AsWritten,
}

/// How the brackets of a node are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Brackets {
    pub(super) open: K,
    pub(super) close: K,
    /// Whether commas separate the parts.
    pub(super) commas: bool,
}

impl Brackets {
    /// Braces are broken over lines if they were so before; the others only if they must be.
    pub(super) fn are_braces(&self) -> bool {
        self.open == K::LBrace
    }

    /// Between the brackets and what is in them.
    pub(super) fn edge(&self) -> Separator {
        Separator::Break { blank: self.are_braces(), keeps_blank_line: false }
    }

    /// Between two parts.
    fn between(&self) -> Separator {
        Separator::Break { blank: true, keeps_blank_line: self.are_braces() }
    }
}

/// The brackets of a node whose own tokens they are.
pub(super) fn brackets(node: &SyntaxNode) -> Option<Brackets> {
    let (open, close, commas) = match node.kind() {
        K::Block | K::Decl | K::SettingBlock | K::Band | K::Found | K::Match => (K::LBrace, K::RBrace, false),
        K::Record | K::Enum | K::MapLit | K::RecordLit => (K::LBrace, K::RBrace, true),
        K::Args if holds_one_literal(node) => return None,
        K::Params | K::Args | K::Pattern | K::Variant | K::Attribute => (K::LParen, K::RParen, true),
        K::Paren | K::Comprehension => (K::LParen, K::RParen, false),
        K::ListLit | K::Entrench => (K::LBracket, K::RBracket, true),
        K::Index => (K::LBracket, K::RBracket, false),
        K::TypeRef => (K::Less, K::Greater, true),
        _ => return None,
    };
    Some(Brackets { open, close, commas })
}

/// Whether arguments are one list, map or record, whose brackets do for both: `concat([ … ])`.
fn holds_one_literal(args: &SyntaxNode) -> bool {
    let mut all = args.children();
    let (Some(arg), None) = (all.next(), all.next()) else { return false };
    let literal = |value: SyntaxNode| matches!(value.kind(), K::ListLit | K::MapLit | K::RecordLit);
    arg.first_child().is_some_and(literal)
}

/// What separates an element of a node from the one before it.
pub(super) fn separator(
    parent: K,
    inside: Option<Brackets>,
    before: &SyntaxElement,
    element: &SyntaxElement,
) -> Separator {
    let (last, next) = (before.kind(), element.kind());
    if next == K::Comma || next == K::Semicolon || next == K::Colon {
        return Separator::Nothing;
    }
    if let Some(brackets) = inside {
        if last == brackets.open {
            return brackets.edge();
        }
        let statements = brackets.are_braces() && !brackets.commas;
        if statements || last == K::Comma || parent == K::Comprehension && begins_clause(before, element) {
            return brackets.between();
        }
    }
    if last == K::Attribute && parent != K::Field {
        return Separator::AsWritten;
    }
    if touches(parent, last, next) {
        return Separator::Nothing;
    }
    Separator::Blank
}

/// `where e` and `e` after the colon.
fn begins_clause(before: &SyntaxElement, element: &SyntaxElement) -> bool {
    let is_where = element.as_token().is_some_and(|token| token.text() == "where") && before.as_node().is_some();
    is_where || before.kind() == K::Colon
}

fn touches(parent: K, last: K, next: K) -> bool {
    match (last, next) {
        // A ratio of two numbers; all others have blanks.
        _ if parent == K::Binary => true,
        (K::At | K::Dot | K::LParen, _) => true,
        (K::LBrace, K::RBrace) | (K::LBracket, K::RBracket) | (K::Less, K::Greater) => true,
        (_, K::Dot | K::RParen | K::Args | K::Params) => true,
        (K::Minus, _) => matches!(parent, K::Unary | K::Pattern),
        (_, K::Less) => parent == K::TypeRef,
        (_, K::LParen) => matches!(parent, K::Attribute | K::Variant | K::Pattern | K::Comprehension),
        (_, K::LBracket) => parent == K::Index,
        _ => false,
    }
}

/// How strongly the operator of a `Binary` binds; equal ones that follow each other are broken together.
pub(super) fn strength(binary: &SyntaxNode) -> u8 {
    let operator = binary.children_with_tokens().filter_map(SyntaxElement::into_token).find(|t| !t.kind().is_trivia());
    match operator {
        Some(token) if token.text() == "or" => 0,
        Some(token) if token.text() == "and" => 1,
        Some(token) => match token.kind() {
            K::Plus | K::Minus => 3,
            K::Star | K::Slash => 4,
            _ => 2,
        },
        None => 2,
    }
}

/// Whether it is a ratio of two numbers: `2/3`.
pub(super) fn is_ratio(node: &SyntaxNode) -> bool {
    let is_int = |node: SyntaxNode| node.kind() == K::Literal && node.first_token().is_some_and(|t| t.kind() == K::Int);
    let divides = |node: &SyntaxNode| node.children_with_tokens().any(|element| element.kind() == K::Slash);
    node.kind() == K::Binary && divides(node) && node.children().all(is_int)
}
