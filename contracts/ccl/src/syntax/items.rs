//! Grammar of a file and of its items.

use super::{
    expressions::{expression, range, type_ref},
    kind::SyntaxKind as K,
    parser::Parser,
    statements::block,
    words,
};
use crate::diagnostic::{Code, Diagnostic};
use rowan::Checkpoint;

/// `file = header , { import } , { item }`
pub(super) fn file(p: &mut Parser<'_>) {
    if p.word().is_some_and(|word| words::DOCUMENTS.contains(&word)) {
        p.node(K::Header, header);
    } else {
        no_header(p);
    }
    while !p.at_end() {
        match p.word() {
            Some("import") => p.node(K::Import, import),
            _ => item(p),
        }
    }
}

/// Says how a document begins, and reads the header if one is meant.
fn no_header(p: &mut Parser<'_>) {
    let example = "a document begins as `constitution \"Title\" version 1.0.0 for cooperative;`";
    let help = format!("{example}; it is a {}", choice(&words::DOCUMENTS));
    let Some(word) = p.word().filter(|_| p.kind_ahead(1) == Some(K::String)) else {
        return p.wrong("the header of the document is missing", &help);
    };
    let message = format!("`{word}` is no kind of document");
    p.error(suggested(Diagnostic::new(Code::Syntax, p.here(), message), word, words::DOCUMENTS, &help));
    p.node(K::Header, header);
}

/// ``a`, `b` or `c``
fn choice(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

/// With the known word that may be meant, or with this help.
fn suggested<'a>(
    diagnostic: Diagnostic,
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
    help: &str,
) -> Diagnostic {
    match crate::nearest::nearest(word, known) {
        Some(near) => {
            let (title, span) = (format!("did you mean `{near}`?"), diagnostic.span);
            diagnostic.help(title.clone()).fix(title, span, near)
        }
        None => diagnostic.help(help),
    }
}

fn header(p: &mut Parser<'_>) {
    p.bump();
    let title = p.expect(K::String, "the title in quotes");
    if !title && p.word_ahead(1) == Some("version") {
        p.bump();
    }
    p.expect_word("version");
    if !p.expect(K::Semver, "a version, as 1.0.0") && p.word_ahead(1) == Some("for") {
        p.bump();
    }
    p.expect_word("for");
    scope(p);
    if p.eat_word("extends") {
        p.expect(K::String, "the extended document, as \"name@1\"");
    }
    end(p);
}

fn scope(p: &mut Parser<'_>) {
    let help = format!("it is for a {}", choice(&words::SCOPES));
    match p.word() {
        Some(word) if words::SCOPES.contains(&word) => p.bump(),
        Some(word) => {
            let found =
                Diagnostic::new(Code::Syntax, p.here(), format!("expected for whom the document is, found `{word}`"));
            p.error(suggested(found, word, words::SCOPES, &help));
            p.bump();
        }
        None => p.missing(&format!("for whom the document is: {}", choice(&words::SCOPES))),
    }
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
    if p.expect(K::Semicolon, "`;`") || p.on_new_line(0) && at_item(p) {
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

/// Whether an item begins here that is no statement and no setting, whatever is around it.
pub(super) fn at_definition(p: &Parser<'_>) -> bool {
    let named = p.kind_ahead(1) == Some(K::Ident);
    match p.at(K::At) {
        true => named && p.on_new_line(0),
        false => named && at_item(p) && p.kind_ahead(2) != Some(K::LBrace),
    }
}

fn item(p: &mut Parser<'_>) {
    let start = p.checkpoint();
    while p.at(K::At) {
        p.node(K::Attribute, attribute);
    }
    let Some(word) = p.word() else { return stray(p) };
    match grammar(word) {
        Some((kind, inside)) => p.node_at(start, kind, inside),
        None => unknown(p, start, word),
    }
}

type Grammar = (K, fn(&mut Parser<'_>));

/// The grammar of the item that a word begins.
fn grammar(word: &str) -> Option<Grammar> {
    Some(match word {
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
        _ => return None,
    })
}

/// An item of which the first word is not known: read as the one that is meant, if that is plain.
fn unknown(p: &mut Parser<'_>, start: Checkpoint, word: &str) {
    let known = words::KINDS.iter().chain(&words::ITEMS).copied().filter(|_| p.kind_ahead(1) != Some(K::Colon));
    let near = crate::nearest::nearest(word, known.clone());
    let help = match p.kind_ahead(1) {
        Some(K::Colon) => "a setting stands within the braces of a declaration",
        _ if words::is_reserved(word) => "a statement stands in the block of a `fn`, a `view` or an `action`",
        _ => "items are declarations as `role`, `process` or `budget`, and `fn`, `view`, `action`, `record`, `state` …",
    };
    let found = Diagnostic::new(Code::Syntax, p.here(), format!("`{word}` begins no item"));
    p.error(suggested(found, word, known, help));
    match near.and_then(grammar).filter(|_| matches!(p.kind_ahead(1), Some(K::Ident | K::String))) {
        Some((kind, inside)) => p.node_at(start, kind, inside),
        None => pass_over(p),
    }
}

/// What is no word and begins no item.
fn stray(p: &mut Parser<'_>) {
    match p.kind() {
        Some(K::Semicolon) => return super::statements::superfluous(p),
        Some(K::RBrace | K::RParen | K::RBracket) => {
            p.wrong("this closes nothing", "remove it, or look for a bracket that is closed too early");
            return p.node(K::ErrorNode, |p| p.bump());
        }
        _ => p.missing("an item, as `role`, `process` or `action`"),
    }
    pass_over(p);
}

/// Passes over what is no item, with its block if it has one.
fn pass_over(p: &mut Parser<'_>) {
    p.node(K::ErrorNode, |p| {
        if !p.at(K::LBrace) {
            // At least one token, so that reading goes on.
            p.bump();
            p.skip_until(|p| at_item(p) || p.at(K::LBrace));
        }
        if p.eat(K::LBrace) {
            p.skip_until(at_definition);
            while p.eat(K::Semicolon) {
                p.skip_until(at_definition);
            }
        }
        let _ = p.eat(K::RBrace) || p.eat(K::Semicolon);
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
    let open = p.last_span();
    let goes_on = |p: &Parser<'_>| !p.at_end() && !p.at(end) && !begins_anew(p);
    while goes_on(p) {
        each(p);
        if goes_on(p) && !p.comma_or(what) {
            p.skip_until(|p| p.at(K::Comma) || p.at(end));
            if !p.eat(K::Comma) {
                break;
            }
        }
    }
    if p.at_end() || begins_anew(p) {
        p.not_closed(open);
    } else {
        p.expect(end, what);
    }
}

/// Whether something begins here that is in no list.
fn begins_anew(p: &Parser<'_>) -> bool {
    let statement = |word: &str| words::is_reserved(word) && !words::BEGIN_VALUES.contains(&word);
    p.on_new_line(0) && p.word().is_some_and(statement) || !p.at(K::At) && at_definition(p)
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
        p.skip_until(|p| at_item(p) || p.at(K::LBrace));
        if !p.eat(K::LBrace) {
            p.eat(K::Semicolon);
            return;
        }
    }
    settings(p, false);
}

/// Settings to the closing brace. In `claims` the values are types.
fn settings(p: &mut Parser<'_>, types: bool) {
    let open = p.last_span();
    p.nested(|p| {
        while !p.at_end() && !p.at(K::RBrace) && !at_definition(p) {
            setting(p, types);
        }
    });
    if !p.eat(K::RBrace) {
        p.not_closed(open);
    }
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
    if p.on_new_line(0) {
        return;
    }
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
    let open = p.last_span();
    while !p.at_end() && !p.at(K::RBrace) && !at_definition(p) {
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
    if !p.eat(K::RBrace) {
        p.not_closed(open);
    }
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
    path_of(p, "a name");
}

/// A path of which it is said what it is.
pub(super) fn path_of(p: &mut Parser<'_>, what: &str) {
    p.expect_name(what);
    while p.eat(K::Dot) {
        p.expect_name("a name after `.`");
    }
}
