//! The machine of the parser: tokens in, tree and diagnostics out. The grammar is in its neighbours.

use super::{kind::SyntaxKind, words, Ccl, SyntaxNode};
use crate::{
    diagnostic::{sorted, Code, Diagnostic, Span},
    limits::{DIAGNOSTICS_MAX, EXTENDED_AT, NESTING_MAX},
};
use logos::Logos as _;
use rowan::{Checkpoint, GreenNode, GreenNodeBuilder, GreenToken, Language as _, NodeOrToken};

/// What parsing gives: a tree of any source, and what is wrong with it.
#[derive(Clone, Debug)]
pub struct Parse {
    green: GreenNode,
    /// What the text and its grammar lack, in the order of the source.
    pub diagnostics: Vec<Diagnostic>,
}

impl Parse {
    /// The tree.
    pub fn syntax(&self) -> SyntaxNode {
        SyntaxNode::new_root(self.green.clone())
    }

    /// The tree of a document that another one extends: behind blanks, so that its spans begin at [`EXTENDED_AT`].
    pub fn extended_syntax(&self) -> SyntaxNode {
        let blanks = GreenToken::new(Ccl::kind_to_raw(SyntaxKind::Whitespace), &" ".repeat(EXTENDED_AT));
        SyntaxNode::new_root(self.green.splice_children(0..0, [NodeOrToken::Token(blanks)]))
    }
}

#[derive(Clone, Copy, Debug)]
struct Token {
    kind: SyntaxKind,
    span: Span,
}

/// Reads tokens one after the other and builds the tree.
pub(super) struct Parser<'a> {
    source: &'a str,
    tokens: Vec<Token>,
    position: usize,
    builder: GreenNodeBuilder<'static>,
    diagnostics: Vec<Diagnostic>,
    nesting: usize,
    /// Height of the highest expression read so far in the brackets that are being read.
    pub(super) highest: usize,
    /// Whether this was said since the last `;`.
    told_too_deep: bool,
    /// Where the last mistake ends, told or not.
    mistake_end: Option<u32>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        let read = |(kind, range): (Result<SyntaxKind, ()>, std::ops::Range<usize>)| Token {
            kind: kind.unwrap_or(SyntaxKind::Unknown),
            span: Span::new(range.start, range.end),
        };
        let tokens = SyntaxKind::lexer(source).spanned().map(read).collect();
        let mut builder = GreenNodeBuilder::new();
        builder.start_node(Ccl::kind_to_raw(SyntaxKind::File));
        Self {
            source,
            tokens,
            position: 0,
            builder,
            diagnostics: Vec::new(),
            nesting: 0,
            highest: 0,
            told_too_deep: false,
            mistake_end: None,
        }
    }

    pub(super) fn finish_with(mut self, more: Vec<Diagnostic>) -> Parse {
        while self.position < self.tokens.len() {
            self.put();
        }
        self.builder.finish_node();
        if let Some(open) = self.open_comment() {
            // It holds whatever is missed at the end.
            let end = Span::new(self.source.len(), self.source.len());
            self.diagnostics.retain(|diagnostic| diagnostic.span != end);
            self.diagnostics.push(open);
        }
        self.diagnostics.extend(more);
        Parse { green: self.builder.finish(), diagnostics: sorted(self.diagnostics) }
    }

    /// A comment that is not closed holds all the rest, so that it is the last token.
    fn open_comment(&self) -> Option<Diagnostic> {
        let last = self.tokens.last().filter(|token| token.kind == SyntaxKind::BlockComment)?;
        let text = self.text(*last);
        if text.len() >= 4 && text.ends_with("*/") {
            return None;
        }
        let start = last.span.start as usize;
        let message = "this comment is not closed: it hides all that follows";
        Some(Diagnostic::new(Code::Syntax, Span::new(start, start + 2), message).help("close it with `*/`"))
    }

    // Looking.

    /// Index of the `ahead`-th token from here that is no trivia.
    fn index(&self, ahead: usize) -> Option<usize> {
        let rest = self.tokens.iter().enumerate().skip(self.position);
        rest.filter(|(_, token)| !token.kind.is_trivia()).map(|(index, _)| index).nth(ahead)
    }

    fn token(&self, ahead: usize) -> Option<Token> {
        self.index(ahead).and_then(|index| self.tokens.get(index)).copied()
    }

    /// The kind of the next token; `None` at the end.
    pub(super) fn kind(&self) -> Option<SyntaxKind> {
        self.kind_ahead(0)
    }

    pub(super) fn kind_ahead(&self, ahead: usize) -> Option<SyntaxKind> {
        self.token(ahead).map(|token| token.kind)
    }

    pub(super) fn at(&self, kind: SyntaxKind) -> bool {
        self.kind() == Some(kind)
    }

    fn text(&self, token: Token) -> &'a str {
        self.source.get(token.span.range()).unwrap_or_default()
    }

    /// The next token if it is a name or word.
    pub(super) fn word(&self) -> Option<&'a str> {
        self.word_ahead(0)
    }

    pub(super) fn word_ahead(&self, ahead: usize) -> Option<&'a str> {
        self.token(ahead).filter(|token| token.kind == SyntaxKind::Ident).map(|token| self.text(token))
    }

    pub(super) fn at_word(&self, word: &str) -> bool {
        self.word() == Some(word)
    }

    /// Whether a name stands here that is no reserved word.
    pub(super) fn at_name(&self) -> bool {
        self.word().is_some_and(|word| !words::is_reserved(word))
    }

    pub(super) fn at_end(&self) -> bool {
        self.kind().is_none()
    }

    /// Whether the next two tokens are of these kinds and touch each other.
    pub(super) fn at_joined(&self, first: SyntaxKind, second: SyntaxKind) -> bool {
        match (self.token(0), self.token(1)) {
            (Some(a), Some(b)) => a.kind == first && b.kind == second && a.span.end == b.span.start,
            _ => false,
        }
    }

    /// Where something is missing: the next token, or after the last one.
    pub(super) fn here(&self) -> Span {
        self.token(0).map_or(Span::new(self.source.len(), self.source.len()), |token| token.span)
    }

    /// The token read last.
    fn last(&self) -> Option<Token> {
        let before = self.tokens.get(..self.position).unwrap_or_default();
        before.iter().rev().find(|token| !token.kind.is_trivia()).copied()
    }

    /// Where the token read last stands.
    pub(super) fn last_span(&self) -> Span {
        self.last().map_or(Span::new(0, 0), |token| token.span)
    }

    /// After the token read last.
    fn behind(&self) -> Span {
        let end = self.last_span().end;
        Span { start: end, end }
    }

    /// Whether the token read last is a text that took the rest of its line with it.
    pub(super) fn after_open_string(&self) -> bool {
        self.last().is_some_and(|token| token.kind == SyntaxKind::OpenString)
    }

    /// Whether a line ends between a token ahead and the one before it.
    pub(super) fn on_new_line(&self, ahead: usize) -> bool {
        let before = match ahead.checked_sub(1) {
            Some(before) => self.token(before),
            None => self.last(),
        };
        let (start, end) = (before.map_or(0, |token| token.span.end), self.token(ahead).map(|token| token.span.start));
        let end = end.map_or(self.source.len(), |end| end as usize);
        self.source.get(start as usize..end).is_some_and(|between| between.contains('\n'))
    }

    /// Whether bytes that begin no token stand here, and are these.
    pub(super) fn at_unknown(&self, text: &str) -> bool {
        let rest = self.token(0).filter(|token| token.kind == SyntaxKind::Unknown);
        rest.and_then(|token| self.source.get(token.span.start as usize..)).is_some_and(|rest| rest.starts_with(text))
    }

    // Building.

    /// Puts the next token, whatever it is.
    fn put(&mut self) {
        if let Some(token) = self.tokens.get(self.position).copied() {
            self.builder.token(Ccl::kind_to_raw(token.kind), self.text(token));
            self.position += 1;
        }
    }

    fn put_trivia(&mut self) {
        while self.tokens.get(self.position).is_some_and(|token| token.kind.is_trivia()) {
            self.put();
        }
    }

    /// Puts what comes next into the tree.
    pub(super) fn bump(&mut self) {
        self.put_trivia();
        self.told_too_deep &= !self.at(SyntaxKind::Semicolon);
        self.put();
    }

    /// Takes the next token if it is this one.
    pub(super) fn eat(&mut self, kind: SyntaxKind) -> bool {
        let here = self.at(kind);
        if here {
            self.bump();
        }
        here
    }

    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let here = self.at_word(word);
        if here {
            self.bump();
        }
        here
    }

    /// Takes the next token, or says that it is missing.
    pub(super) fn expect(&mut self, kind: SyntaxKind, what: &str) -> bool {
        let here = self.eat(kind);
        if !here {
            self.missing(what);
        }
        here
    }

    pub(super) fn expect_word(&mut self, word: &str) -> bool {
        let here = self.eat_word(word);
        if !here {
            self.missing(&format!("`{word}`"));
        }
        here
    }

    /// Takes a name, or says what name is missing.
    pub(super) fn expect_name(&mut self, what: &str) -> bool {
        if self.at_name() {
            self.bump();
            return true;
        }
        if let Some(word) = self.word() {
            let message = format!("expected {what}; `{word}` is a word of the language and names nothing");
            self.error(Diagnostic::new(Code::Syntax, self.here(), message).help("choose another name"));
            if self.stands_for_name() {
                self.bump();
            }
            return false;
        }
        self.missing(what);
        false
    }

    /// Whether what follows a word follows names.
    fn stands_for_name(&self) -> bool {
        use SyntaxKind::{Assign, Colon, Comma, Dot, LBrace, LParen, RParen, Semicolon};
        let next = self.kind_ahead(1);
        next.is_some_and(|kind| matches!(kind, Assign | Colon | Comma | Dot | LBrace | LParen | RParen | Semicolon))
    }

    pub(super) fn node(&mut self, kind: SyntaxKind, inside: impl FnOnce(&mut Self)) {
        self.put_trivia();
        self.builder.start_node(Ccl::kind_to_raw(kind));
        inside(self);
        self.builder.finish_node();
    }

    pub(super) fn checkpoint(&mut self) -> Checkpoint {
        self.put_trivia();
        self.builder.checkpoint()
    }

    /// Puts what was read since the checkpoint into a node, with what `inside` reads.
    pub(super) fn node_at(&mut self, checkpoint: Checkpoint, kind: SyntaxKind, inside: impl FnOnce(&mut Self)) {
        self.builder.start_node_at(checkpoint, Ccl::kind_to_raw(kind));
        inside(self);
        self.builder.finish_node();
    }

    // Mistakes.

    pub(super) fn error(&mut self, diagnostic: Diagnostic) {
        // What touches a mistake is mostly more of it.
        let touches = self.mistake_end == Some(diagnostic.span.start);
        let again = self.diagnostics.last().is_some_and(|last| last.span == diagnostic.span);
        if !diagnostic.span.range().is_empty() {
            self.mistake_end = Some(diagnostic.span.end);
        }
        if !again && !touches && self.diagnostics.len() < DIAGNOSTICS_MAX {
            self.diagnostics.push(diagnostic);
        }
    }

    /// An error here, in words.
    pub(super) fn wrong(&mut self, message: impl Into<String>, help: &str) {
        self.error(Diagnostic::new(Code::Syntax, self.here(), message).help(help));
    }

    /// Says what was expected here.
    pub(super) fn missing(&mut self, what: &str) {
        if self.after_open_string() {
            // It may well be in the text.
            return;
        }
        let diagnostic = match self.token(0) {
            Some(token) if token.kind == SyntaxKind::BadNumber => self.bad_number(token),
            Some(token) if token.kind == SyntaxKind::OpenString => open_string(token),
            _ if what == "`;`" && self.on_new_line(0) => self.missing_end(";"),
            Some(token) => {
                let found = format!("expected {what}, found `{}`", shortened(self.text(token)));
                let found = Diagnostic::new(Code::Syntax, token.span, found);
                match what {
                    _ if token.kind == SyntaxKind::Unknown => self.unknown(found, token),
                    "`;`" => found.fix("add `;`", self.behind(), ";"),
                    _ => found,
                }
            }
            None => Diagnostic::new(Code::Syntax, self.here(), format!("expected {what}, found the end of the text")),
        };
        self.error(diagnostic);
    }

    /// What ends a thing is missed where the thing ends.
    fn missing_end(&self, end: &str) -> Diagnostic {
        let message = format!("`{end}` is missing after this");
        Diagnostic::new(Code::Syntax, self.last_span(), message).fix(format!("add `{end}`"), self.behind(), end)
    }

    /// Takes the comma between two parts of a list. If it is only forgotten at the end of a line, reading goes on.
    pub(super) fn comma_or(&mut self, what: &str) -> bool {
        if self.eat(SyntaxKind::Comma) {
            return true;
        }
        let forgotten = self.on_new_line(0) && self.at_name() && !self.after_open_string();
        if forgotten {
            self.error(self.missing_end(","));
        } else {
            self.missing(&format!("`,` or {what}"));
        }
        forgotten
    }

    /// Bytes that begin no token, with what may be meant.
    fn unknown(&self, found: Diagnostic, token: Token) -> Diagnostic {
        match self.text(token).chars().next() {
            Some('\'' | '‘' | '’' | '“' | '”' | '„' | '«' | '»') => {
                found.help("a text stands in straight quotes: \"…\"")
            }
            Some('&') => found.help("`a && b` is written `a and b`"),
            Some('|') => found.help("`a || b` is written `a or b`"),
            Some('!') => found.help("`!a` is written `not a`"),
            Some('×') => found.help("`a × b` is written `a * b`"),
            Some('÷') => found.help("`a ÷ b` is written `a / b`"),
            Some('–' | '—' | '−') => found.help("a minus is written `-`"),
            Some('≤') => found.help("`a ≤ b` is written `a <= b`"),
            Some('≥') => found.help("`a ≥ b` is written `a >= b`"),
            Some('≠') => found.help("`a ≠ b` is written `a != b`"),
            Some('#') => found.help("a comment begins with `//`"),
            Some('%') => found.help("the rest of a division is written `mod(a, b)`; a share touches its sign: `50%`"),
            Some(letter) if letter.is_alphabetic() => found
                .help("names are written with the letters a to z and A to Z, digits and `_`; texts in quotes hold any"),
            _ => found,
        }
    }

    /// Says that an opened bracket has nothing that closes it.
    pub(super) fn not_closed(&mut self, open: Span) {
        if self.after_open_string() || self.at_end() && self.open_comment().is_some() {
            return;
        }
        let open_text = self.source.get(open.range()).unwrap_or_default();
        let close = match open_text {
            "(" => ")",
            "[" => "]",
            "<" => ">",
            _ => "}",
        };
        let message = format!("this `{open_text}` is not closed");
        let help = format!("close it with `{close}`, where what it holds ends");
        self.error(Diagnostic::new(Code::Syntax, open, message).help(help));
    }

    fn bad_number(&self, token: Token) -> Diagnostic {
        let text = self.text(token);
        let letters = text.find(|letter: char| letter != '.' && !letter.is_ascii_digit()).unwrap_or(text.len());
        let (digits, rest) = text.split_at(letters);
        let message = format!("`{}` is neither a number nor a name", shortened(text));
        let found = Diagnostic::new(Code::BadLiteral, token.span, message);
        if rest.starts_with('_') {
            return found.help("the digits of a number stand together: `1000`");
        }
        let help = format!(
            "write `{digits} {}` if it is an amount; a duration is written as `7d` or `7d12h`",
            shortened(rest)
        );
        found.help(help).fix("put a blank between them", token.span, format!("{digits} {rest}"))
    }

    /// Reads with one more level of nesting, or passes over what is nested too deeply.
    pub(super) fn nested(&mut self, inside: impl FnOnce(&mut Self)) {
        if self.nesting >= NESTING_MAX {
            self.too_deep(&format!("more than {NESTING_MAX} levels stand within each other"));
            return;
        }
        self.nesting += 1;
        inside(self);
        self.nesting -= 1;
    }

    /// Says that it is too deep, and passes over the rest of the brackets or of the statement.
    pub(super) fn too_deep(&mut self, words: &str) {
        let help = "give parts of it names, with `let` or a function of their own";
        if !std::mem::replace(&mut self.told_too_deep, true) {
            self.error(Diagnostic::new(Code::TooDeep, self.here(), words).help(help));
        }
        self.skip_until(|_| false);
    }

    /// Passes over tokens to where `stop` holds, to `;`, or to a bracket that closes what was open before.
    pub(super) fn skip_until(&mut self, stop: impl Fn(&Self) -> bool) {
        if self.after_open_string() {
            return;
        }
        let mut open = 0usize;
        self.put_trivia();
        self.builder.start_node(Ccl::kind_to_raw(SyntaxKind::ErrorNode));
        while let Some(kind) = self.kind() {
            match kind {
                _ if open == 0 && stop(self) => break,
                SyntaxKind::LParen | SyntaxKind::LBracket | SyntaxKind::LBrace => open += 1,
                SyntaxKind::RParen | SyntaxKind::RBracket | SyntaxKind::RBrace if open == 0 => break,
                SyntaxKind::RParen | SyntaxKind::RBracket | SyntaxKind::RBrace => open -= 1,
                SyntaxKind::Semicolon if open == 0 => break,
                _ => {}
            }
            self.bump();
        }
        self.builder.finish_node();
    }
}

fn open_string(token: Token) -> Diagnostic {
    Diagnostic::new(Code::Syntax, token.span, "this text does not end on its line")
        .help("end it with `\"`; a line end in a text is written \\n")
}

/// The beginning of a text that may be long.
fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(30) {
        Some((at, _)) => format!("{}…", line.get(..at).unwrap_or(line)),
        None => line.into(),
    }
}
