//! The tree as the compiler reads it: what the grammar names, with spans, without blanks.
//!
//! It is built from any tree, also of a source with mistakes; what is missing is `None`, or [`ExprKind::Missing`].

mod expressions;
mod items;
mod statements;

pub use expressions::{Arg, BinaryOp, Expr, ExprKind, UnaryOp, Walk, WalkKind};
pub use items::{
    Attribute, Const, Decl, Entrench, EnumItem, Field, File, Founder, Func, Handler, Header, Import, Invariant, Item,
    ItemKind, Level, Param, PermissionItem, Record, Setting, SettingValue, Signature, State, Test, TypeRef, Variant,
};
pub use statements::{Arm, AssignOp, Block, Pattern, PatternKind, Stmt, StmtKind};

use crate::{
    diagnostic::Span,
    syntax::{SyntaxKind, SyntaxNode, SyntaxToken},
};

/// A name where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ident {
    /// Its letters.
    pub text: String,
    /// Where.
    pub span: Span,
}

impl Ident {
    fn of(token: &SyntaxToken) -> Self {
        Self { text: token.text().into(), span: token.text_range().into() }
    }
}

/// Names with dots between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// At least one.
    pub parts: Vec<Ident>,
    /// All of it.
    pub span: Span,
}

impl Path {
    fn of(node: &SyntaxNode) -> Option<Self> {
        let parts: Vec<_> = tokens(node, SyntaxKind::Ident).map(|token| Ident::of(&token)).collect();
        (!parts.is_empty()).then(|| Self { span: span_of(node), parts })
    }

    /// As it is written.
    pub fn text(&self) -> String {
        let parts: Vec<_> = self.parts.iter().map(|part| part.text.as_str()).collect();
        parts.join(".")
    }
}

/// Where a node stands, without the blanks around it.
pub(crate) fn span_of(node: &SyntaxNode) -> Span {
    let solid = |token: &SyntaxToken| !token.kind().is_trivia();
    let mut tokens = node.descendants_with_tokens().filter_map(|element| element.into_token()).filter(solid);
    let Some(first) = tokens.next() else { return node.text_range().into() };
    let last = tokens.last().unwrap_or_else(|| first.clone());
    Span::from(first.text_range()).to(last.text_range().into())
}

fn tokens(node: &SyntaxNode, kind: SyntaxKind) -> impl Iterator<Item = SyntaxToken> {
    node.children_with_tokens().filter_map(|element| element.into_token()).filter(move |token| token.kind() == kind)
}

fn child(node: &SyntaxNode, kind: SyntaxKind) -> Option<SyntaxNode> {
    node.children().find(|child| child.kind() == kind)
}

fn children(node: &SyntaxNode, kind: SyntaxKind) -> impl Iterator<Item = SyntaxNode> {
    node.children().filter(move |child| child.kind() == kind)
}

/// The `index`-th word of a node itself.
fn ident(node: &SyntaxNode, index: usize) -> Option<Ident> {
    tokens(node, SyntaxKind::Ident).nth(index).map(|token| Ident::of(&token))
}

/// What a string literal says, or why it says nothing.
pub fn unescape(literal: &str) -> Result<String, &'static str> {
    let inner = literal.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).ok_or("it does not end")?;
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner.chars();
    while let Some(character) = rest.next() {
        text.push(match character {
            '\\' => match rest.next() {
                Some(plain @ ('"' | '\\')) => plain,
                Some('n') => '\n',
                Some('t') => '\t',
                Some('u') => unicode(&mut rest)?,
                _ => return Err("after `\\` stands one of `\"`, `\\`, `n`, `t`, `u{…}`"),
            },
            character => character,
        });
    }
    Ok(text)
}

fn unicode(rest: &mut std::str::Chars<'_>) -> Result<char, &'static str> {
    const FORM: &str = "`\\u` is followed by up to six hex digits in braces";
    let (digits, after) = rest.as_str().strip_prefix('{').and_then(|text| text.split_once('}')).ok_or(FORM)?;
    if digits.is_empty() || digits.len() > 6 {
        return Err(FORM);
    }
    let character =
        u32::from_str_radix(digits, 16).ok().and_then(char::from_u32).ok_or("there is no such character")?;
    *rest = after.chars();
    Ok(character)
}
