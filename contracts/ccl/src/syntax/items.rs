//! Grammar of a file and of its items.

use super::{
    expressions::{expression, range, type_ref},
    kind::SyntaxKind as K,
    parser::Parser,
    statements::block,
    words,
};
use crate::diagnostic::{Code, Diagnostic};

/// `file = header , { import } , { item }`
pub(super) fn file(p: &mut Parser<'_>) {
    if p.word().is_some_and(|word| words::DOCUMENTS.contains(&word)) {
        p.node(K::Header, header);
    } else {
        p.missing("the kind of document: `constitution`, `bylaws`, `charter`, `policy`, `contract`, `agreement` or `resolution`");
    }
    while !p.at_end() {
        match p.word() {
            Some("import") => p.node(K::Import, import),
            _ => item(p),
        }
    }
}

fn header(p: &mut Parser<'_>) {
    p.bump();
    p.expect(K::String, "the title in quotes");
    p.expect_word("version");
    p.expect(K::Semver, "a version, as 1.0.0");
    p.expect_word("for");
    if p.word().is_some_and(|word| words::SCOPES.contains(&word)) {
        p.bump();
    } else {
        p.missing("for whom it is: `individual`, `cooperative`, `community`, `federation`, `node` or `guardian`");
    }
    if p.eat_word("extends") {
        p.expect(K::String, "the extended document, as \"name@1\"");
    }
    end(p);
}

fn import(p: &mut Parser<'_>) {
    p.bump();
    p.expect(K::String, "the imported module, as \"core/civic@1\"");
    if p.eat_word("as") {
        p.expect_name("the name by which the module is used");
    }
    end(p);
}

/// `;` at the end, or the rest of what is no item.
fn end(p: &mut Parser<'_>) {
    if p.expect(K::Semicolon, "`;`") {
        return;
    }
    p.skip_until(at_item);
    p.eat(K::Semicolon);
}

/// Whether an item begins here.
fn at_item(p: &Parser<'_>) -> bool {
    let item = |word: &str| words::KINDS.contains(&word) || words::ITEMS.contains(&word);
    // A name after the word tells it from a setting or a value.
    let named = matches!(p.kind_ahead(1), Some(K::Ident | K::String | K::LBrace | K::LBracket));
    p.at(K::At) || p.word().is_some_and(item) && named
}

fn item(p: &mut Parser<'_>) {
    let start = p.checkpoint();
    while p.at(K::At) {
        p.node(K::Attribute, attribute);
    }
    let Some(word) = p.word() else { return stray(p) };
    let (kind, inside): (K, fn(&mut Parser<'_>)) = match word {
        "const" => (K::Const, constant),
        "param" => (K::ParamItem, parameter),
        "permission" => (K::Permission, permission),
        "found" => (K::Found, found),
        "record" => (K::Record, record),
        "enum" => (K::Enum, enumeration),
        "state" => (K::State, state),
        "drop" => (K::DropState, drop_state),
        "event" => (K::Event, signature),
        "error" => (K::ErrorItem, signature),
        "fn" | "view" | "action" => (K::Func, function),
        "on" => (K::Handler, handler),
        "invariant" => (K::Invariant, invariant),
        "entrench" => (K::Entrench, entrench),
        "test" => (K::Test, test),
        word if words::KINDS.contains(&word) => (K::Decl, declaration),
        _ => return stray(p),
    };
    p.node_at(start, kind, inside);
}

/// What begins no item.
fn stray(p: &mut Parser<'_>) {
    match p.word() {
        Some(word) => {
            let known = words::KINDS.iter().chain(&words::ITEMS).copied();
            let mut diagnostic = Diagnostic::new(Code::Syntax, p.here(), format!("`{word}` begins no item"));
            if let Some(near) = crate::nearest::nearest(word, known) {
                diagnostic = diagnostic.fix(format!("did you mean `{near}`?"), p.here(), near);
            }
            p.error(diagnostic);
        }
        None => p.missing("an item, as `role`, `process` or `action`"),
    }
    p.node(K::ErrorNode, |p| {
        // At least one token, so that reading goes on.
        p.bump();
        p.skip_until(at_item);
        if p.at(K::Semicolon) || p.at(K::RBrace) || p.at(K::RParen) || p.at(K::RBracket) {
            p.bump();
        }
    });
}

fn attribute(p: &mut Parser<'_>) {
    p.bump();
    p.expect_name("the name of an attribute");
    if p.eat(K::LParen) {
        list(p, K::RParen, "`)`", |p| {
            expression(p);
        });
    }
}

/// Reads `each` until `end`, with commas between and, if one likes, at the end.
pub(super) fn list(p: &mut Parser<'_>, end: K, what: &str, mut each: impl FnMut(&mut Parser<'_>)) {
    while !p.at_end() && !p.at(end) {
        each(p);
        if p.at(end) {
            break;
        }
        if !p.expect(K::Comma, "`,`") {
            p.skip_until(|p| p.at(K::Comma));
            if !p.eat(K::Comma) {
                break;
            }
        }
    }
    p.expect(end, what);
}

fn declaration(p: &mut Parser<'_>) {
    p.bump();
    p.expect_name("the name of what is declared");
    if p.at(K::LParen) {
        p.node(K::Params, params);
    }
    if p.eat_word("extends") {
        p.node(K::Path, path);
    }
    if !p.expect(K::LBrace, "`{`") {
        p.skip_until(at_item);
        p.eat(K::Semicolon);
        return;
    }
    settings(p, false);
}

/// Settings to the closing brace. In `claims` the values are types.
fn settings(p: &mut Parser<'_>, types: bool) {
    p.nested(|p| {
        while !p.at_end() && !p.at(K::RBrace) {
            setting(p, types);
        }
    });
    p.expect(K::RBrace, "`}`");
}

fn setting(p: &mut Parser<'_>, types: bool) {
    match (p.word(), p.kind_ahead(1)) {
        (Some("effect"), _) => p.node(K::Effect, |p| {
            p.bump();
            block(p);
        }),
        (Some("band"), _) => p.node(K::Band, |p| {
            p.bump();
            p.node(K::Range, range);
            if p.expect(K::LBrace, "`{`") {
                settings(p, false);
            } else {
                recover_setting(p);
            }
        }),
        (Some(_), Some(K::Colon)) => p.node(K::Setting, |p| {
            p.bump();
            p.bump();
            if types {
                type_ref(p);
            } else {
                expression(p);
            }
            if !p.expect(K::Semicolon, "`;`") {
                recover_setting(p);
            }
        }),
        (Some(word), _) => p.node(K::SettingBlock, |p| {
            p.bump();
            if p.at(K::String) || p.at_name() {
                p.bump();
            }
            if p.expect(K::LBrace, "`:` and a value, or `{`") {
                settings(p, word == "claims");
            } else {
                recover_setting(p);
            }
        }),
        _ => {
            p.missing("a setting, as `quorum: 50%;`");
            p.node(K::ErrorNode, |p| {
                p.bump();
                p.skip_until(|_| false);
                p.eat(K::Semicolon);
            });
        }
    }
}

fn recover_setting(p: &mut Parser<'_>) {
    p.skip_until(|p| p.word().is_some() && p.kind_ahead(1) == Some(K::Colon));
    p.eat(K::Semicolon);
}

fn constant(p: &mut Parser<'_>) {
    p.bump();
    p.expect_name("the name of the constant");
    p.expect(K::Colon, "`:` and a type");
    type_ref(p);
    p.expect(K::Assign, "`=` and a value");
    expression(p);
    end(p);
}

fn parameter(p: &mut Parser<'_>) {
    p.bump();
    p.expect_name("the name of the parameter");
    p.expect(K::Colon, "`:` and a type");
    type_ref(p);
    if p.eat_word("in") {
        p.node(K::Range, range);
    }
    if p.eat(K::Assign) {
        expression(p);
    }
    end(p);
}

fn permission(p: &mut Parser<'_>) {
    p.bump();
    p.expect_name("the name of the permission");
    p.expect(K::String, "what it allows, in quotes");
    end(p);
}

fn found(p: &mut Parser<'_>) {
    p.bump();
    if !p.expect(K::LBrace, "`{`") {
        return end(p);
    }
    while !p.at_end() && !p.at(K::RBrace) {
        p.node(K::Founder, |p| {
            p.expect_name("a role or class");
            p.expect(K::Colon, "`:`");
            if p.at_name() {
                p.bump();
            } else {
                p.missing("a parameter of type List<Did>");
            }
            if p.at(K::Ident) {
                type_ref(p);
            }
            if p.eat_word("in") {
                p.node(K::Range, range);
            }
            if !p.expect(K::Semicolon, "`;`") {
                p.skip_until(|_| false);
                if !p.eat(K::Semicolon) && !p.at(K::RBrace) {
                    p.bump();
                }
            }
        });
    }
    p.expect(K::RBrace, "`}`");
}

fn record(p: &mut Parser<'_>) {
    p.bump();
    p.expect_name("the name of the record");
    if p.expect(K::LBrace, "`{`") {
        list(p, K::RBrace, "`}`", |p| p.node(K::Field, field));
    } else {
        end(p);
    }
}

pub(super) fn field(p: &mut Parser<'_>) {
    while p.at(K::At) {
        p.node(K::Attribute, attribute);
    }
    p.expect_name("a name");
    p.expect(K::Colon, "`:` and a type");
    type_ref(p);
}

fn enumeration(p: &mut Parser<'_>) {
    p.bump();
    p.expect_name("the name of the enum");
    if !p.expect(K::LBrace, "`{`") {
        return end(p);
    }
    list(p, K::RBrace, "`}`", |p| {
        p.node(K::Variant, |p| {
            p.expect_name("a variant");
            if p.eat(K::LParen) {
                list(p, K::RParen, "`)`", type_ref);
            }
        });
    });
}

fn state(p: &mut Parser<'_>) {
    p.bump();
    p.expect_name("the name of the state");
    p.expect(K::Colon, "`:` and a type");
    type_ref(p);
    if p.eat(K::Assign) {
        expression(p);
    }
    end(p);
}

fn drop_state(p: &mut Parser<'_>) {
    p.bump();
    p.expect_word("state");
    p.expect_name("the name of a state of the version before");
    end(p);
}

fn params(p: &mut Parser<'_>) {
    p.bump();
    list(p, K::RParen, "`)`", |p| p.node(K::Field, field));
}

fn maybe_params(p: &mut Parser<'_>) {
    if p.at(K::LParen) {
        p.node(K::Params, params);
    } else {
        p.missing("`(` and parameters");
    }
}

/// An event or an error.
fn signature(p: &mut Parser<'_>) {
    p.bump();
    p.expect_name("a name");
    maybe_params(p);
    end(p);
}

fn function(p: &mut Parser<'_>) {
    p.bump();
    p.expect_name("the name of the function");
    maybe_params(p);
    if p.eat(K::Arrow) {
        type_ref(p);
    }
    if p.eat_word("requires") {
        p.expect_name("a permission");
    }
    body(p);
}

/// A block, or the rest of the item.
fn body(p: &mut Parser<'_>) {
    if p.at(K::LBrace) {
        block(p);
    } else {
        p.missing("`{`");
        p.skip_until(at_item);
        p.eat(K::Semicolon);
    }
}

fn handler(p: &mut Parser<'_>) {
    p.bump();
    p.node(K::Path, path);
    maybe_params(p);
    body(p);
}

fn invariant(p: &mut Parser<'_>) {
    p.bump();
    p.expect_name("the name of the invariant");
    p.expect(K::Colon, "`:` and a condition");
    expression(p);
    end(p);
}

fn entrench(p: &mut Parser<'_>) {
    p.bump();
    if p.expect(K::LBracket, "`[` and what is protected") {
        list(p, K::RBracket, "`]`", |p| p.node(K::Path, path));
    }
    if !p.eat_word("forever") {
        if p.eat_word("requires") {
            expression(p);
        } else {
            p.missing("`forever`, or `requires` and a ratio");
        }
    }
    end(p);
}

fn test(p: &mut Parser<'_>) {
    p.bump();
    p.expect(K::String, "what is tested, in quotes");
    body(p);
}

/// `path = ident , { "." , ident }`
pub(super) fn path(p: &mut Parser<'_>) {
    p.expect_name("a name");
    while p.eat(K::Dot) {
        p.expect_name("a name after `.`");
    }
}
