//! Expressions.

use super::{child, children, ident, span_of, Ident, Path};
use crate::{
    diagnostic::Span,
    syntax::{SyntaxKind as K, SyntaxNode},
};

/// An expression where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where.
    pub span: Span,
}

/// Operators with two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum BinaryOp {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// Operators with one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum UnaryOp {
    Not,
    Negate,
}

/// Functions that walk a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum WalkKind {
    All,
    Any,
    Count,
    Sum,
    List,
    Map,
}

/// `kind(name in source where filter : body)`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    /// What is made of the elements.
    pub kind: WalkKind,
    /// Each element's name.
    pub name: Ident,
    /// The collection.
    pub source: Expr,
    /// Which elements count.
    pub filter: Option<Expr>,
    /// What is taken of each.
    pub body: Option<Expr>,
}

/// One argument of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arg {
    /// The parameter, if it is named.
    pub name: Option<Ident>,
    /// The value.
    pub value: Expr,
}

/// What an expression is. Numbers are text as written: their type says how they are read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ExprKind {
    Bool(bool),
    None,
    Int(String),
    Decimal(String),
    Percent(String),
    Duration(String),
    /// With its quotes.
    Text(String),
    /// `did"…"` and its like: tag, and the text with its quotes.
    Tagged(String, String),
    Amount {
        digits: String,
        unit: Ident,
    },
    Name(Ident),
    List(Vec<Expr>),
    Map(Vec<(Expr, Expr)>),
    Record(Path, Vec<(Ident, Expr)>),
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    Unary(UnaryOp, Box<Expr>),
    Call(Box<Expr>, Vec<Arg>),
    Field(Box<Expr>, Ident),
    Index(Box<Expr>, Box<Expr>),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// A value, and others with the condition under which each is in its place; the last that holds counts.
    Except(Box<Expr>, Vec<(Expr, Expr)>),
    Walk(Box<Walk>),
    /// Nothing readable stands here; the parser has said so.
    Missing,
}

impl Expr {
    /// Nothing, where something should be.
    pub(super) fn missing(span: Span) -> Self {
        Self { kind: ExprKind::Missing, span }
    }

    /// The names of `a.b.c`, if it is nothing else.
    pub fn as_path(&self) -> Option<Vec<&Ident>> {
        match &self.kind {
            ExprKind::Name(name) => Some(vec![name]),
            ExprKind::Field(of, name) => {
                let mut parts = of.as_path()?;
                parts.push(name);
                Some(parts)
            }
            _ => None,
        }
    }
}

/// The `index`-th expression in a node.
pub(super) fn expr(node: &SyntaxNode, index: usize) -> Option<Expr> {
    node.children().filter(|child| is_expr(child.kind())).nth(index).map(|child| read(&child))
}

/// The same, or [`ExprKind::Missing`].
pub(super) fn must(node: &SyntaxNode, index: usize) -> Expr {
    expr(node, index).unwrap_or_else(|| Expr::missing(span_of(node)))
}

fn is_expr(kind: K) -> bool {
    matches!(
        kind,
        K::Literal
            | K::AmountLit
            | K::Name
            | K::Paren
            | K::ListLit
            | K::MapLit
            | K::RecordLit
            | K::IfExpr
            | K::Except
            | K::Comprehension
            | K::Binary
            | K::Unary
            | K::Call
            | K::FieldAccess
            | K::Index
    )
}

/// All expressions that are children of a node.
pub(super) fn exprs(node: &SyntaxNode) -> Vec<Expr> {
    node.children().filter(|child| is_expr(child.kind())).map(|child| read(&child)).collect()
}

fn read(node: &SyntaxNode) -> Expr {
    let boxed = |index| Box::new(must(node, index));
    let kind = match node.kind() {
        K::Literal => literal(node),
        K::AmountLit => amount(node),
        K::Name => ident(node, 0).map_or(ExprKind::Missing, ExprKind::Name),
        // Brackets are part of where it stands, not of what it is.
        K::Paren => must(node, 0).kind,
        K::ListLit => ExprKind::List(exprs(node)),
        K::MapLit => ExprKind::Map(children(node, K::Entry).map(|entry| (must(&entry, 0), must(&entry, 1))).collect()),
        K::RecordLit => record(node),
        K::IfExpr => ExprKind::If(boxed(0), boxed(1), boxed(2)),
        K::Except => {
            let exceptions = solid(node).filter(|token| token.text() == "except").count();
            let exception = |at| (must(node, 2 * at + 1), must(node, 2 * at + 2));
            ExprKind::Except(boxed(0), (0..exceptions).map(exception).collect())
        }
        K::Comprehension => walk(node),
        K::Binary => operator(node).map_or(ExprKind::Missing, |op| ExprKind::Binary(op, boxed(0), boxed(1))),
        K::Unary => {
            let not = ident(node, 0).is_some_and(|word| word.text == "not");
            ExprKind::Unary(if not { UnaryOp::Not } else { UnaryOp::Negate }, boxed(0))
        }
        K::Call => ExprKind::Call(boxed(0), child(node, K::Args).map(|args| arguments(&args)).unwrap_or_default()),
        K::FieldAccess => match ident(node, 0) {
            Some(name) => ExprKind::Field(boxed(0), name),
            None => ExprKind::Missing,
        },
        K::Index => ExprKind::Index(boxed(0), boxed(1)),
        _ => ExprKind::Missing,
    };
    Expr { kind, span: span_of(node) }
}

pub(super) fn arguments(node: &SyntaxNode) -> Vec<Arg> {
    children(node, K::Arg).map(|arg| Arg { name: ident(&arg, 0), value: must(&arg, 0) }).collect()
}

fn solid(node: &SyntaxNode) -> impl Iterator<Item = crate::syntax::SyntaxToken> {
    node.children_with_tokens().filter_map(|element| element.into_token()).filter(|token| !token.kind().is_trivia())
}

fn literal(node: &SyntaxNode) -> ExprKind {
    let Some(token) = solid(node).next() else { return ExprKind::Missing };
    let text = token.text().to_string();
    match token.kind() {
        K::Int => ExprKind::Int(text),
        K::Decimal => ExprKind::Decimal(text),
        K::Percent => ExprKind::Percent(text.trim_end_matches('%').into()),
        K::Duration => ExprKind::Duration(text),
        K::String => ExprKind::Text(text),
        K::Tagged => match text.split_once('"') {
            Some((tag, rest)) => ExprKind::Tagged(tag.into(), format!("\"{rest}")),
            None => ExprKind::Missing,
        },
        _ => match text.as_str() {
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            _ => ExprKind::None,
        },
    }
}

fn amount(node: &SyntaxNode) -> ExprKind {
    let digits = solid(node).next().map(|token| token.text().to_string());
    match (digits, ident(node, 0)) {
        (Some(digits), Some(unit)) => ExprKind::Amount { digits, unit },
        _ => ExprKind::Missing,
    }
}

fn record(node: &SyntaxNode) -> ExprKind {
    let name = expr(node, 0).and_then(|name| {
        let parts: Vec<_> = name.as_path()?.into_iter().cloned().collect();
        Some(Path { parts, span: name.span })
    });
    let field = |entry: SyntaxNode| Some((ident(&entry, 0)?, must(&entry, 0)));
    match name {
        Some(name) => ExprKind::Record(name, children(node, K::Entry).filter_map(field).collect()),
        None => ExprKind::Missing,
    }
}

fn walk(node: &SyntaxNode) -> ExprKind {
    let kind = match ident(node, 0).as_ref().map(|word| word.text.as_str()) {
        Some("all") => WalkKind::All,
        Some("any") => WalkKind::Any,
        Some("count") => WalkKind::Count,
        Some("sum") => WalkKind::Sum,
        Some("map") => WalkKind::Map,
        _ => WalkKind::List,
    };
    let words: Vec<_> = super::tokens(node, K::Ident).map(|token| token.text().to_string()).collect();
    let filtered = words.iter().any(|word| word == "where");
    let Some(name) = ident(node, 1) else { return ExprKind::Missing };
    let (filter, body) = if filtered { (expr(node, 1), expr(node, 2)) } else { (None, expr(node, 1)) };
    ExprKind::Walk(Box::new(Walk { kind, name, source: must(node, 0), filter, body }))
}

fn operator(node: &SyntaxNode) -> Option<BinaryOp> {
    let tokens: Vec<_> = solid(node).collect();
    let first = tokens.first()?;
    Some(match (first.kind(), first.text()) {
        (K::Ident, "or") => BinaryOp::Or,
        (K::Ident, "and") => BinaryOp::And,
        (K::Ident, "in") => BinaryOp::In,
        (K::EqEq, _) => BinaryOp::Equal,
        (K::NotEq, _) => BinaryOp::NotEqual,
        (K::Less, _) => BinaryOp::Less,
        (K::LessEq, _) => BinaryOp::LessEqual,
        (K::Greater, _) if tokens.len() > 1 => BinaryOp::GreaterEqual,
        (K::Greater, _) => BinaryOp::Greater,
        (K::Plus, _) => BinaryOp::Add,
        (K::Minus, _) => BinaryOp::Subtract,
        (K::Star, _) => BinaryOp::Multiply,
        (K::Slash, _) => BinaryOp::Divide,
        _ => return None,
    })
}
