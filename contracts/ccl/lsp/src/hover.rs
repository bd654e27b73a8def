//! What is told of what the pointer is on.

use crate::{
    document::View,
    index::{Symbol, SymbolKind},
    schema_text,
};
use icn_ccl::{
    diagnostic::Span,
    schema::{Kind, Need},
    syntax::{words, SyntaxKind, SyntaxToken},
};
use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind};

/// Lines of a declaration that are shown whole.
const LINES_MAX: usize = 24;

/// What is told of a place.
pub fn hover(view: View<'_>, offset: usize) -> Option<Hover> {
    let (span, value) = told(view, offset)?;
    let contents = HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value });
    Some(Hover { contents, range: Some(view.text.range(span)) })
}

fn told(view: View<'_>, offset: usize) -> Option<(Span, String)> {
    if let Some((occurrence, symbol)) = view.analysis.index.symbol_at(offset) {
        return Some((occurrence.span, symbol_text(view, symbol)));
    }
    let token = view.analysis.token(offset)?;
    let span = Span::from(token.text_range());
    match token.kind() {
        SyntaxKind::Ident => Some((span, extended_text(view, token.text()).or_else(|| word_text(&token))?)),
        kind if kind.is_trivia() => None,
        _ => {
            let (span, ty) = view.analysis.type_at(offset)?;
            Some((span, code(&ty.to_string())))
        }
    }
}

/// What the document that this one extends says of a name, as it is written there.
fn extended_text(view: View<'_>, name: &str) -> Option<String> {
    let program = &view.analysis.program;
    let extended = program.notes.extended.as_ref()?;
    let decls = program.decls.iter().map(|decl| (&decl.name, decl.span));
    let consts = program.consts.iter().map(|constant| (&constant.name, constant.span));
    let states = program.states.iter().map(|state| (&state.name, state.span));
    let functions = program.functions.iter().filter(|function| function.own);
    let functions = functions.map(|function| (&function.name, function.span));
    let signatures = program.events.iter().chain(&program.errors).map(|signature| (&signature.name, signature.span));
    let mut all = decls.chain(consts).chain(states).chain(functions).chain(signatures);
    let inside = all.find_map(|(known, span)| span.in_extended().filter(|_| known == name))?;
    let text: Vec<_> = extended.source.get(inside.range())?.lines().take(LINES_MAX).collect();
    Some(format!("{}\n\nin `{}`", code(&text.join("\n")), extended.name))
}

/// A piece of the language as Markdown.
pub fn code(text: &str) -> String {
    format!("```ccl\n{text}\n```")
}

fn with_docs(head: String, docs: &str) -> String {
    if docs.is_empty() {
        head
    } else {
        format!("{head}\n\n{docs}")
    }
}

/// All that is known of a symbol, as Markdown.
pub fn symbol_text(view: View<'_>, symbol: &Symbol) -> String {
    match symbol.kind {
        SymbolKind::Builtin(builtin) => {
            let facts = format!("`{}`, from {} fuel", builtin.level().word(), builtin.fuel());
            with_docs(code(&symbol.detail), &format!("{}\n\n{facts}", symbol.docs))
        }
        SymbolKind::Setting => with_docs(code(&symbol.detail), &format!("{}\n\n{}", symbol.docs, setting_need(symbol))),
        SymbolKind::Word if !symbol.docs.is_empty() => with_docs(code(&symbol.detail), &symbol.docs),
        SymbolKind::Module => module_text(view, symbol),
        SymbolKind::Local => code(&format!("let {}", symbol.detail)),
        SymbolKind::Parameter | SymbolKind::Field => with_docs(code(&symbol.detail), &owner_text(symbol)),
        SymbolKind::Record | SymbolKind::Enum | SymbolKind::Decl(_) => {
            with_docs(code(&whole(view, symbol)), &symbol.docs)
        }
        _ => with_docs(code(&symbol.detail), &symbol.docs),
    }
}

/// A declaration as it is written, if it is short.
fn whole(view: View<'_>, symbol: &Symbol) -> String {
    let text = symbol.item.and_then(|span| view.text.as_str().get(span.range())).unwrap_or_default();
    match text.lines().count() {
        0 => symbol.detail.clone(),
        lines if lines <= LINES_MAX => text.into(),
        _ => symbol.detail.clone(),
    }
}

fn owner_text(symbol: &Symbol) -> String {
    match symbol.of.split_once(' ') {
        Some(("on", _)) => "of the handler".into(),
        _ if symbol.of.is_empty() => String::new(),
        _ => format!("of `{}`", symbol.of),
    }
}

fn module_text(view: View<'_>, symbol: &Symbol) -> String {
    let Some(found) = view.modules.find(&symbol.of) else { return code(&symbol.detail) };
    let root = icn_ccl::syntax::parse(&found.source).syntax();
    let docs = icn_ccl::ast::File::of(&root).header.map(|header| header.docs).unwrap_or_default();
    with_docs(code(&symbol.detail), &docs)
}

/// Whether a setting must be given; its owner says in which table it is.
fn setting_need(symbol: &Symbol) -> String {
    let mut path = symbol.of.split('.');
    let table = path.next().and_then(Kind::of).map(Kind::settings).unwrap_or_default();
    let table =
        path.fold(table, |table, key| icn_ccl::schema::find(table, key).map(schema_text::inner).unwrap_or_default());
    icn_ccl::schema::find(table, &symbol.name).map(schema_text::need).unwrap_or_default()
}

/// A word of the language: a kind with its settings, or what the word is for.
fn word_text(token: &SyntaxToken) -> Option<String> {
    let word = token.text();
    let first = token.parent().and_then(|parent| {
        let mut tokens = parent.children_with_tokens().filter_map(|element| element.into_token());
        tokens.find(|token| token.kind() == SyntaxKind::Ident)
    });
    let begins = first.as_ref() == Some(token);
    let parent = token.parent()?.kind();
    match Kind::of(word).filter(|_| begins && parent == SyntaxKind::Decl) {
        Some(kind) => Some(kind_text(kind)),
        None => {
            let reserved = words::is_reserved(word);
            let keyword = reserved
                || begins
                || ["extends", "version", "for", "as", "forever", "requires", "state", "where"].contains(&word);
            let (_, docs) = WORDS.iter().find(|(known, _)| *known == word).filter(|_| keyword)?;
            Some(with_docs(code(word), docs))
        }
    }
}

/// A kind of declaration with its settings.
pub fn kind_text(kind: Kind) -> String {
    let lines = kind.settings().iter().map(|setting| {
        let star = if setting.need == Need::Required { "*" } else { "" };
        format!("- `{}`{star}: {}", setting.key, setting.doc)
    });
    let lines: Vec<_> = lines.collect();
    format!("{}\n\n{}\n\n{}", code(kind.word()), kind.doc(), lines.join("\n"))
}

/// What the words of the language are for.
pub const WORDS: [(&str, &str); 47] = [
    ("constitution", "A document that an organisation is governed by."),
    ("bylaws", "Rules below a constitution."),
    ("charter", "What an organisation is founded by."),
    ("policy", "Rules that others import or follow."),
    ("contract", "What parties agree to, with code that carries it out."),
    ("agreement", "What parties agree to."),
    ("resolution", "What was decided."),
    ("version", "The version of the document, as `1.0.0`."),
    ("extends", "The document or role that this one builds on."),
    ("import", "Makes the functions and types of a module usable: `import \"core/civic@1\" as civic;`"),
    ("as", "The name by which the module is used."),
    ("const", "A value that has a name: `const MAX: Int = 3;`"),
    ("param", "A value that is given when the template is used: `param quorum: Ratio in 10%..90% = 50%;`"),
    ("permission", "A right that roles can hold: `permission cast \"may cast a ballot\";`"),
    ("found", "Who holds roles and is in classes from the beginning."),
    ("record", "Values with names, as one."),
    ("enum", "One of several cases."),
    ("state", "What is kept between calls: `state phase: Phase = Phase.Submit;`"),
    ("drop", "Ends a state of the version before: `drop state old;`"),
    ("event", "What is told to those who listen: `event Paid(id: Int);`"),
    ("error", "Why a call fails: `error TooLate(limit: Time);`"),
    ("fn", "A function that only computes."),
    ("view", "A function that reads."),
    ("action", "A function that changes something; it says who may call it."),
    ("on", "Code that runs when the kernel tells something: `on MemberAdmitted(who: Did, class: Class) { … }`"),
    ("invariant", "A condition that holds after every call: what breaks it fails."),
    ("entrench", "Protects parts of the document: `entrench [process.amendment] requires 9/10;`"),
    ("forever", "No share of votes suffices for a change."),
    ("requires", "The permission that an action needs, or the share of votes that a change needs."),
    ("test", "Code that shows that the document does what it should."),
    ("effect", "What happens when the proposal passes."),
    ("band", "Who agrees to amounts of this size: `band 0 eur .. 500 eur { … }`"),
    ("let", "Gives a value a name: `let id = len(projects);`"),
    ("if", "Does one thing or another: `if a { … } else { … }`, or chooses a value: `if a then b else c`"),
    ("then", "The value if the condition holds."),
    ("else", "What is done, or the value, if the condition does not hold; or the error if it must."),
    ("for", "Does something for each element, in order: `for x in xs { … }`"),
    ("in", "Whether an element or key is in a collection."),
    ("where", "Which elements count."),
    ("match", "Does what fits a value: `match phase { Phase.Vote => { … } _ => { … } }`"),
    ("require", "Fails with an error unless a condition holds: `require a else E();`"),
    ("emit", "Tells an event: `emit Paid(id);`"),
    ("return", "Ends the function with a value."),
    ("and", "Whether both hold."),
    ("or", "Whether one of them holds."),
    ("not", "Whether it does not hold."),
    ("none", "An option that holds nothing."),
];
