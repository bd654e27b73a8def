//! Grammar of expressions and types.
//!
//! Each function gives the height of the tree that it built, so that no tree is higher than readers of it can walk.

use super::{items::list, kind::SyntaxKind as K, parser::Parser, words};
use crate::limits::EXPRESSION_HEIGHT_MAX;
use rowan::Checkpoint;

type Height = usize;

/// Whether `Name { … }` may be a record here; in the head of an `if`, a `for` or a `match` it may not.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Records {
    Allowed,
    InBracketsOnly,
}

/// Any expression.
pub(super) fn expression(p: &mut Parser<'_>) {
    nested(p, Records::Allowed);
    not_assigned(p, Records::Allowed);
}

/// What a value may be assigned to.
pub(super) fn place(p: &mut Parser<'_>) {
    nested(p, Records::Allowed);
}

/// The head of an `if`, a `for` or a `match`.
pub(super) fn condition(p: &mut Parser<'_>) {
    nested(p, Records::InBracketsOnly);
    not_assigned(p, Records::InBracketsOnly);
}

/// No `=` stands after an expression; some languages compare with it.
fn not_assigned(p: &mut Parser<'_>, records: Records) {
    if p.at(K::Assign) {
        p.wrong("`=` sets a value", "two values are compared with `==`");
        p.bump();
        nested(p, records);
    }
}

/// `a ..`, `a .. b`
pub(super) fn range(p: &mut Parser<'_>) {
    nested(p, Records::InBracketsOnly);
    p.expect(K::DotDot, "`..`");
    if !p.at(K::LBrace) && !p.at(K::Semicolon) && !p.at(K::Assign) {
        nested(p, Records::InBracketsOnly);
    }
}

fn nested(p: &mut Parser<'_>, records: Records) -> Height {
    let mut height = 0;
    p.nested(|p| height = rule(p, records));
    p.highest = p.highest.max(height);
    height
}

/// `or , { "except" , or , "if" , or }`
fn rule(p: &mut Parser<'_>, records: Records) -> Height {
    let start = p.checkpoint();
    let mut height = or(p, records);
    if !p.at_word("except") {
        return height;
    }
    p.node_at(start, K::Except, |p| {
        while p.eat_word("except") {
            height = height.max(or(p, records));
            p.expect_word("if");
            // Each stands around those before it.
            height = height.max(or(p, records)) + 1;
            if height > EXPRESSION_HEIGHT_MAX {
                return p.too_deep(&format!("more than {EXPRESSION_HEIGHT_MAX} exceptions stand within each other"));
            }
        }
    });
    height
}

/// The height of the highest expression in what is read.
fn height_of(p: &mut Parser<'_>, inside: impl FnOnce(&mut Parser<'_>)) -> Height {
    let outside = std::mem::take(&mut p.highest);
    inside(p);
    std::mem::replace(&mut p.highest, outside)
}

/// `operand { operator operand }`, left to right.
fn chain(
    p: &mut Parser<'_>,
    records: Records,
    operand: fn(&mut Parser<'_>, Records) -> Height,
    operator: fn(&Parser<'_>) -> usize,
    once: bool,
) -> Height {
    let start = p.checkpoint();
    let mut height = operand(p, records);
    loop {
        let tokens = operator(p);
        if tokens == 0 {
            return height;
        }
        if height >= EXPRESSION_HEIGHT_MAX {
            p.too_deep(&format!(
                "more than {EXPRESSION_HEIGHT_MAX} operators follow each other or stand within each other"
            ));
            return height;
        }
        if p.at(K::Unknown) {
            p.missing("an operator");
        }
        let mut right = 0;
        p.node_at(start, K::Binary, |p| {
            (0..tokens).for_each(|_| p.bump());
            right = operand(p, records);
        });
        height = height.max(right) + 1;
        if once && operator(p) > 0 {
            p.wrong("comparisons do not follow each other", "write `a < b and b < c`");
        }
    }
}

fn or(p: &mut Parser<'_>, records: Records) -> Height {
    let operator = |p: &Parser<'_>| if p.at_unknown("||") { 2 } else { p.at_word("or").into() };
    chain(p, records, and, operator, false)
}

fn and(p: &mut Parser<'_>, records: Records) -> Height {
    let operator = |p: &Parser<'_>| if p.at_unknown("&&") { 2 } else { p.at_word("and").into() };
    chain(p, records, not, operator, false)
}

fn not(p: &mut Parser<'_>, records: Records) -> Height {
    if p.at_unknown("!") {
        p.missing("a value");
        return unary(p, records, not);
    }
    if p.at_word("not") {
        return unary(p, records, not);
    }
    comparison(p, records)
}

fn unary(p: &mut Parser<'_>, records: Records, operand: fn(&mut Parser<'_>, Records) -> Height) -> Height {
    let mut height = 0;
    p.node(K::Unary, |p| {
        p.bump();
        p.nested(|p| height = operand(p, records));
    });
    height + 1
}

fn comparison(p: &mut Parser<'_>, records: Records) -> Height {
    let operator = |p: &Parser<'_>| match p.kind() {
        Some(K::EqEq | K::NotEq | K::Less | K::LessEq) => 1,
        Some(K::Greater) if p.at_joined(K::Greater, K::Assign) => 2,
        Some(K::Greater) => 1,
        _ => p.at_word("in").into(),
    };
    chain(p, records, sum, operator, true)
}

fn sum(p: &mut Parser<'_>, records: Records) -> Height {
    chain(p, records, term, |p| (p.at(K::Plus) || p.at(K::Minus)).into(), false)
}

fn term(p: &mut Parser<'_>, records: Records) -> Height {
    chain(p, records, signed, |p| (p.at(K::Star) || p.at(K::Slash)).into(), false)
}

fn signed(p: &mut Parser<'_>, records: Records) -> Height {
    if p.at(K::Minus) {
        return unary(p, records, signed);
    }
    postfix(p, records)
}

fn postfix(p: &mut Parser<'_>, records: Records) -> Height {
    let start = p.checkpoint();
    let (mut height, mut is_path) = primary(p, records);
    loop {
        let may_be_record = is_path && records == Records::Allowed;
        let read: fn(&mut Parser<'_>, Checkpoint) = match p.kind() {
            Some(K::Dot) => field_access,
            Some(K::LParen) => |p, start| p.node_at(start, K::Call, arguments),
            Some(K::LBracket) => index,
            Some(K::LBrace) if may_be_record && at_record(p) => record,
            // No block begins so.
            Some(K::LBrace) if is_path && p.kind_ahead(1) == Some(K::Ident) && p.kind_ahead(2) == Some(K::Colon) => {
                p.wrong("a record stands in brackets here", "write it as `(Name { … })`");
                record
            }
            _ => return height,
        };
        if height >= EXPRESSION_HEIGHT_MAX {
            p.too_deep(&format!(
                "more than {EXPRESSION_HEIGHT_MAX} accesses follow each other or stand within each other"
            ));
            return height;
        }
        is_path &= p.at(K::Dot);
        height = height.max(height_of(p, |p| read(p, start))) + 1;
    }
}

fn field_access(p: &mut Parser<'_>, start: Checkpoint) {
    p.node_at(start, K::FieldAccess, |p| {
        p.bump();
        p.expect_name("a name after `.`");
    });
}

fn index(p: &mut Parser<'_>, start: Checkpoint) {
    p.node_at(start, K::Index, |p| {
        p.bump();
        expression(p);
        p.expect(K::RBracket, "`]`");
    });
}

/// Whether `{ name:` or `{ }` follows.
fn at_record(p: &Parser<'_>) -> bool {
    match p.kind_ahead(1) {
        Some(K::RBrace) => true,
        Some(K::Ident) => p.kind_ahead(2) == Some(K::Colon),
        _ => false,
    }
}

fn record(p: &mut Parser<'_>, start: Checkpoint) {
    p.node_at(start, K::RecordLit, |p| {
        p.bump();
        list(p, K::RBrace, "`}`", |p| {
            p.node(K::Entry, |p| {
                p.expect_name("the name of a field");
                p.expect(K::Colon, "`:` and a value");
                expression(p);
            });
        });
    });
}

/// `(a, name: b)`
pub(super) fn arguments(p: &mut Parser<'_>) {
    p.node(K::Args, |p| {
        if !p.expect(K::LParen, "`(`") {
            return;
        }
        list(p, K::RParen, "`)`", |p| {
            p.node(K::Arg, |p| {
                if p.at_name() && p.kind_ahead(1) == Some(K::Colon) {
                    p.bump();
                    p.bump();
                }
                expression(p);
            });
        });
    });
}

/// The height, and whether it is a name that a record may have.
fn primary(p: &mut Parser<'_>, records: Records) -> (Height, bool) {
    let mut is_path = false;
    let inside = height_of(p, |p| match p.kind() {
        Some(K::Int | K::Decimal) => number(p),
        Some(K::Percent | K::Duration | K::String | K::Tagged) => p.node(K::Literal, Parser::bump),
        Some(K::LParen) => p.node(K::Paren, |p| {
            p.bump();
            expression(p);
            p.expect(K::RParen, "`)`");
        }),
        Some(K::LBracket) => p.node(K::ListLit, |p| {
            p.bump();
            list(p, K::RBracket, "`]`", expression);
        }),
        Some(K::LBrace) if records == Records::Allowed => p.node(K::MapLit, |p| {
            p.bump();
            list(p, K::RBrace, "`}`", |p| {
                p.node(K::Entry, |p| {
                    expression(p);
                    p.expect(K::Colon, "`:` and a value");
                    expression(p);
                });
            });
        }),
        Some(K::Ident) => is_path = word(p, records),
        Some(K::Dot) if p.kind_ahead(1) == Some(K::Int) => {
            p.wrong("a number begins with a digit", "write it as `0.5`");
            p.node(K::Literal, |p| (0..2).for_each(|_| p.bump()));
        }
        // What is meant is plain, so that reading goes on behind it.
        Some(K::BadNumber | K::OpenString) => {
            p.missing("a value");
            p.node(K::Literal, Parser::bump);
        }
        _ => p.missing("a value"),
    });
    (inside + 1, is_path)
}

fn number(p: &mut Parser<'_>) {
    let unit = p.word_ahead(1).is_some_and(|word| !words::is_reserved(word) && word != "where");
    let unit = unit && !(p.on_new_line(1) && at_next_line(p));
    p.node(if unit { K::AmountLit } else { K::Literal }, |p| {
        p.bump();
        if unit {
            p.bump();
        }
    });
}

/// Whether a name after a number, on another line, begins what follows: what ends the number was forgotten.
fn at_next_line(p: &Parser<'_>) -> bool {
    match p.kind_ahead(2) {
        Some(K::Ident) => p.word_ahead(2).is_some_and(|word| !words::is_reserved(word) && word != "where"),
        Some(next) => matches!(
            next,
            K::Colon | K::Assign | K::PlusAssign | K::MinusAssign | K::FatArrow | K::Dot | K::LParen | K::LBracket
        ),
        None => false,
    }
}

/// What begins with a word; whether it is a name.
fn word(p: &mut Parser<'_>, records: Records) -> bool {
    match p.word() {
        Some("true" | "false" | "none") => p.node(K::Literal, Parser::bump),
        Some("if") => p.node(K::IfExpr, |p| {
            p.bump();
            condition(p);
            p.expect_word("then");
            nested(p, records);
            p.expect_word("else");
            nested(p, records);
        }),
        Some(word) if words::WALKS.contains(&word) && at_walk(p) => p.node(K::Comprehension, walk),
        Some(word) if words::is_reserved(word) => p.missing("a value"),
        _ => {
            p.node(K::Name, Parser::bump);
            return true;
        }
    }
    false
}

/// Whether `word(name in` stands here.
fn at_walk(p: &Parser<'_>) -> bool {
    p.kind_ahead(1) == Some(K::LParen) && p.kind_ahead(2) == Some(K::Ident) && p.word_ahead(3) == Some("in")
}

/// `all(x in xs where e : e)`
fn walk(p: &mut Parser<'_>) {
    p.bump();
    p.bump();
    p.expect_name("a name for each element");
    p.expect_word("in");
    expression(p);
    if p.eat_word("where") {
        expression(p);
    }
    if p.eat(K::Colon) {
        expression(p);
    }
    p.expect(K::RParen, "`)`");
}

/// `type = path , [ "<" , type , { "," , type } , ">" ]`
pub(super) fn type_ref(p: &mut Parser<'_>) {
    p.node(K::TypeRef, |p| {
        p.node(K::Path, |p| super::items::path_of(p, "a type"));
        if p.eat(K::Less) {
            p.nested(|p| list(p, K::Greater, "`>`", type_ref));
        }
    });
}
