//! Grammar of blocks and statements.

use super::{
    expressions::{condition, expression, place, type_ref},
    items::{at_definition, list, path},
    kind::SyntaxKind as K,
    parser::Parser,
    words,
};
use crate::diagnostic::{Code, Diagnostic};

/// `{ … }`
pub(super) fn block(p: &mut Parser<'_>) {
    p.node(K::Block, |p| {
        if !p.expect(K::LBrace, "`{`") {
            // One statement without braces, as other languages have it.
            if !p.at(K::RBrace) && !p.at_end() {
                p.nested(statement);
            }
            return;
        }
        let open = p.last_span();
        p.nested(|p| {
            while !p.at_end() && !p.at(K::RBrace) && !at_definition(p) {
                statement(p);
            }
        });
        if !p.eat(K::RBrace) {
            p.not_closed(open);
        }
    });
}

fn statement(p: &mut Parser<'_>) {
    match p.word() {
        Some("let") => p.node(K::Let, |p| {
            p.bump();
            p.expect_name("the name of the value");
            if p.eat(K::Colon) {
                type_ref(p);
            }
            p.expect(K::Assign, "`=` and a value");
            expression(p);
            end(p);
        }),
        Some("if") => statement_if(p),
        Some("for") => p.node(K::For, |p| {
            p.bump();
            p.expect_name("a name for each element");
            if !p.expect_word("in") && p.at_name() && p.kind_ahead(1) == Some(K::Ident) {
                p.bump();
            }
            condition(p);
            block(p);
        }),
        Some("match") => p.node(K::Match, matching),
        Some("require") => p.node(K::Require, |p| {
            p.bump();
            expression(p);
            if p.eat_word("else") {
                named_call(p, "the error that is told, as `NotEnough()`");
            } else {
                p.missing("`else` and the error that is told, as `else NotEnough()`");
            }
            end(p);
        }),
        Some("emit") => p.node(K::Emit, |p| {
            p.bump();
            named_call(p, "an event");
            end(p);
        }),
        Some("return") => p.node(K::Return, |p| {
            p.bump();
            if !p.at(K::Semicolon) && !p.at(K::RBrace) {
                expression(p);
            }
            end(p);
        }),
        // `delete` is a name elsewhere.
        Some("delete") if p.kind_ahead(1) == Some(K::Ident) => p.node(K::Delete, |p| {
            p.bump();
            expression(p);
            end(p);
        }),
        Some(word) if words::is_reserved(word) && !words::BEGIN_VALUES.contains(&word) => {
            p.wrong(format!("`{word}` begins no statement"), "an `else` follows the `}` of its `if`");
            p.node(K::ErrorNode, |p| p.bump());
            if p.at(K::LBrace) {
                p.nested(block);
            }
        }
        None if p.at(K::Semicolon) => superfluous(p),
        _ => simple(p),
    }
}

/// A `;` that ends nothing.
pub(super) fn superfluous(p: &mut Parser<'_>) {
    let found =
        Diagnostic::new(Code::Syntax, p.here(), "this `;` ends nothing").help("remove it: none stands after a `}`");
    let found = found.fix("remove it", p.here(), "");
    p.error(found);
    p.node(K::ErrorNode, |p| p.bump());
}

/// An assignment, or an expression for its effect.
fn simple(p: &mut Parser<'_>) {
    let start = p.checkpoint();
    let before = p.here();
    place(p);
    let assigned = p.at(K::Assign) || p.at(K::PlusAssign) || p.at(K::MinusAssign);
    if assigned {
        p.node_at(start, K::AssignStmt, |p| {
            p.bump();
            expression(p);
            end(p);
        });
    } else {
        p.node_at(start, K::ExprStmt, end);
    }
    if p.here() == before && !p.at(K::RBrace) {
        // Nothing here begins a statement.
        p.node(K::ErrorNode, |p| p.bump());
    }
}

fn end(p: &mut Parser<'_>) {
    if p.expect(K::Semicolon, "`;`") || p.on_new_line(0) {
        return;
    }
    let statement = ["let", "if", "for", "match", "require", "emit", "return"];
    p.skip_until(|p| p.word().is_some_and(|word| statement.contains(&word)));
    p.eat(K::Semicolon);
}

fn statement_if(p: &mut Parser<'_>) {
    p.node(K::If, |p| {
        p.bump();
        condition(p);
        block(p);
        if p.eat_word("else") {
            if p.at_word("if") {
                p.nested(statement_if);
            } else {
                block(p);
            }
        }
    });
}

fn matching(p: &mut Parser<'_>) {
    p.bump();
    condition(p);
    if !p.expect(K::LBrace, "`{` and the cases") {
        return end(p);
    }
    let open = p.last_span();
    p.nested(|p| {
        while !p.at_end() && !p.at(K::RBrace) && !at_definition(p) {
            let before = p.here();
            p.node(K::Arm, arm);
            if p.here() == before {
                p.node(K::ErrorNode, |p| p.bump());
            }
        }
    });
    if !p.eat(K::RBrace) {
        p.not_closed(open);
    }
}

fn arm(p: &mut Parser<'_>) {
    pattern(p);
    if !p.expect(K::FatArrow, "`=>`") && !p.at(K::LBrace) {
        p.skip_until(|p| p.at(K::FatArrow));
        if !p.eat(K::FatArrow) {
            p.eat(K::Semicolon);
            return;
        }
    }
    if p.at(K::LBrace) {
        block(p);
        p.eat(K::Comma);
    } else {
        expression(p);
        if !p.at(K::RBrace) && !p.comma_or("`}`") && !p.on_new_line(0) {
            p.skip_until(|p| p.at(K::Comma) || p.at(K::FatArrow));
            p.eat(K::Comma);
        }
    }
}

fn pattern(p: &mut Parser<'_>) {
    p.node(K::Pattern, |p| match p.kind() {
        Some(K::Minus) => {
            p.bump();
            p.expect(K::Int, "a number");
        }
        Some(K::Int | K::Percent | K::Duration | K::String | K::Tagged) => p.bump(),
        Some(K::Ident) if p.at_word("true") || p.at_word("false") || p.at_word("none") => p.bump(),
        Some(K::Ident) => {
            p.node(K::Path, path);
            if p.eat(K::LParen) {
                p.nested(|p| list(p, K::RParen, "`)`", pattern));
            }
        }
        _ => p.missing("a case, as `Phase.Vote`, `some(x)` or `_`"),
    });
}

/// `Error(args)`
fn named_call(p: &mut Parser<'_>, what: &str) {
    if p.at_name() {
        p.node(K::Path, path);
    } else {
        p.missing(what);
    }
    super::expressions::arguments(p);
}
