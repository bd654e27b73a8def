//! Statements and patterns.

use super::{
    child, children,
    expressions::{arguments, must},
    ident, span_of, tokens, Arg, Expr, Ident, Path, TypeRef,
};
use crate::{
    diagnostic::Span,
    syntax::{SyntaxKind as K, SyntaxNode},
};

/// `{ … }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// In their order.
    pub statements: Vec<Stmt>,
    /// Braces included.
    pub span: Span,
}

/// A statement where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stmt {
    /// What it is.
    pub kind: StmtKind,
    /// Where.
    pub span: Span,
}

/// How a value is put in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum AssignOp {
    Set,
    Add,
    Subtract,
}

/// What a statement is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum StmtKind {
    Let { name: Ident, ty: Option<TypeRef>, value: Expr },
    Assign { place: Expr, op: AssignOp, value: Expr },
    Delete(Expr),
    If { condition: Expr, then: Block, otherwise: Option<Block> },
    For { name: Ident, source: Expr, body: Block },
    Match { of: Expr, arms: Vec<Arm> },
    Require { condition: Expr, error: Path, args: Vec<Arg> },
    Emit { event: Path, args: Vec<Arg> },
    Return(Option<Expr>),
    Expr(Expr),
}

/// `pattern => body`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arm {
    /// What it is for.
    pub pattern: Pattern,
    /// What is done.
    pub body: Block,
}

/// A pattern where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// What it is.
    pub kind: PatternKind,
    /// Where.
    pub span: Span,
}

/// What a pattern is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum PatternKind {
    Any,
    Bind(Ident),
    Bool(bool),
    None,
    /// With its sign.
    Int(String),
    Text(String),
    Literal(Expr),
    /// A variant of an enum, or `some`.
    Variant(Path, Vec<Pattern>),
    Missing,
}

pub(super) fn block(node: &SyntaxNode) -> Block {
    Block { statements: node.children().filter_map(|child| statement(&child)).collect(), span: span_of(node) }
}

/// The `index`-th block in a node, or an empty one.
fn block_in(node: &SyntaxNode, index: usize) -> Block {
    let empty = || Block { statements: Vec::new(), span: span_of(node) };
    children(node, K::Block).nth(index).map_or_else(empty, |node| block(&node))
}

fn statement(node: &SyntaxNode) -> Option<Stmt> {
    let kind = match node.kind() {
        K::Let => StmtKind::Let {
            name: ident(node, 1)?,
            ty: child(node, K::TypeRef).and_then(|node| TypeRef::of(&node)),
            value: must(node, 0),
        },
        K::AssignStmt => StmtKind::Assign { place: must(node, 0), op: assign_op(node), value: must(node, 1) },
        K::Delete => StmtKind::Delete(must(node, 0)),
        K::If => StmtKind::If { condition: must(node, 0), then: block_in(node, 0), otherwise: otherwise(node) },
        K::For => StmtKind::For { name: ident(node, 1)?, source: must(node, 0), body: block_in(node, 0) },
        K::Match => {
            StmtKind::Match { of: must(node, 0), arms: children(node, K::Arm).map(|node| arm(&node)).collect() }
        }
        K::Require => {
            StmtKind::Require { condition: must(node, 0), error: Path::of(&child(node, K::Path)?)?, args: args(node) }
        }
        K::Emit => StmtKind::Emit { event: Path::of(&child(node, K::Path)?)?, args: args(node) },
        K::Return => StmtKind::Return(super::expressions::expr(node, 0)),
        K::ExprStmt => StmtKind::Expr(must(node, 0)),
        _ => return None,
    };
    Some(Stmt { kind, span: span_of(node) })
}

fn args(node: &SyntaxNode) -> Vec<Arg> {
    child(node, K::Args).map(|args| arguments(&args)).unwrap_or_default()
}

fn assign_op(node: &SyntaxNode) -> AssignOp {
    let has = |kind| tokens(node, kind).next().is_some();
    match (has(K::PlusAssign), has(K::MinusAssign)) {
        (true, _) => AssignOp::Add,
        (_, true) => AssignOp::Subtract,
        _ => AssignOp::Set,
    }
}

/// What stands after `else`: a block, or another `if` as the only statement of one.
fn otherwise(node: &SyntaxNode) -> Option<Block> {
    if let Some(next) = child(node, K::If) {
        return Some(Block { statements: statement(&next).into_iter().collect(), span: span_of(&next) });
    }
    children(node, K::Block).nth(1).map(|node| block(&node))
}

fn arm(node: &SyntaxNode) -> Arm {
    let missing = || Pattern { kind: PatternKind::Missing, span: span_of(node) };
    let pattern = child(node, K::Pattern).map_or_else(missing, |node| pattern(&node));
    let body = match child(node, K::Block) {
        Some(body) => block(&body),
        None => {
            let value = must(node, 0);
            let span = value.span;
            Block { statements: vec![Stmt { kind: StmtKind::Expr(value), span }], span }
        }
    };
    Arm { pattern, body }
}

fn pattern(node: &SyntaxNode) -> Pattern {
    let span = span_of(node);
    let kind = match child(node, K::Path).and_then(|path| Path::of(&path)) {
        Some(path) => {
            let inner: Vec<_> = children(node, K::Pattern).map(|node| pattern(&node)).collect();
            match path.parts.as_slice() {
                [one] if one.text == "_" && inner.is_empty() => PatternKind::Any,
                [one] if inner.is_empty() => PatternKind::Bind(one.clone()),
                _ => PatternKind::Variant(path, inner),
            }
        }
        None => literal(node, span),
    };
    Pattern { kind, span }
}

fn literal(node: &SyntaxNode, span: Span) -> PatternKind {
    let token = |kind| tokens(node, kind).next().map(|token| token.text().to_string());
    if let Some(digits) = token(K::Int) {
        let sign = if token(K::Minus).is_some() { "-" } else { "" };
        return PatternKind::Int(format!("{sign}{digits}"));
    }
    if let Some(text) = token(K::String) {
        return PatternKind::Text(text);
    }
    if let Some(text) = token(K::Duration) {
        return PatternKind::Literal(Expr { kind: super::ExprKind::Duration(text), span });
    }
    if let Some(text) = token(K::Percent) {
        return PatternKind::Literal(Expr { kind: super::ExprKind::Percent(text.trim_end_matches('%').into()), span });
    }
    if let Some((tag, rest)) = token(K::Tagged).as_deref().and_then(|text| text.split_once('"')) {
        return PatternKind::Literal(Expr { kind: super::ExprKind::Tagged(tag.into(), format!("\"{rest}")), span });
    }
    match token(K::Ident).as_deref() {
        Some("true") => PatternKind::Bool(true),
        Some("false") => PatternKind::Bool(false),
        Some("none") => PatternKind::None,
        _ => PatternKind::Missing,
    }
}
