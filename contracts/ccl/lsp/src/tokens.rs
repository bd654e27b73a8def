//! What each word of a document is, for its colours.

use crate::{
    document::View,
    index::{Occurrence, SymbolKind},
};
use icn_ccl::{
    diagnostic::Span,
    syntax::{words, SyntaxKind as K, SyntaxToken},
};
use lsp_types::{SemanticToken, SemanticTokenModifier, SemanticTokenType, SemanticTokens, SemanticTokensLegend};

/// Kinds of words, each at its number.
const TYPES: [SemanticTokenType; 17] = [
    SemanticTokenType::KEYWORD,
    SemanticTokenType::COMMENT,
    SemanticTokenType::STRING,
    SemanticTokenType::NUMBER,
    SemanticTokenType::NAMESPACE,
    SemanticTokenType::TYPE,
    SemanticTokenType::CLASS,
    SemanticTokenType::STRUCT,
    SemanticTokenType::ENUM,
    SemanticTokenType::ENUM_MEMBER,
    SemanticTokenType::PROPERTY,
    SemanticTokenType::FUNCTION,
    SemanticTokenType::EVENT,
    SemanticTokenType::PARAMETER,
    SemanticTokenType::VARIABLE,
    SemanticTokenType::DECORATOR,
    SemanticTokenType::OPERATOR,
];

const MODIFIERS: [SemanticTokenModifier; 4] = [
    SemanticTokenModifier::DECLARATION,
    SemanticTokenModifier::READONLY,
    SemanticTokenModifier::DEFAULT_LIBRARY,
    SemanticTokenModifier::DOCUMENTATION,
];

const DECLARATION: u32 = 1;
const READONLY: u32 = 2;
const LIBRARY: u32 = 4;
const DOCUMENTATION: u32 = 8;

/// What the numbers mean.
pub fn legend() -> SemanticTokensLegend {
    SemanticTokensLegend { token_types: TYPES.to_vec(), token_modifiers: MODIFIERS.to_vec() }
}

/// All words, comments and literals of a document.
pub fn full(view: View<'_>) -> SemanticTokens {
    let mut encoder = Encoder { view, data: Vec::new(), line: 0, start: 0 };
    let mut next = view.analysis.index.occurrences.iter().copied().peekable();
    for token in view.analysis.root.descendants_with_tokens().filter_map(|element| element.into_token()) {
        let span = Span::from(token.text_range());
        while next.next_if(|occurrence| occurrence.span.end <= span.start).is_some() {}
        let occurrence = next.peek().copied().filter(|occurrence| occurrence.span == span);
        if let Some((kind, modifiers)) = classified(view, &token, occurrence) {
            encoder.push(span, &kind, modifiers);
        }
    }
    SemanticTokens { result_id: None, data: encoder.data }
}

fn classified(view: View<'_>, token: &SyntaxToken, occurrence: Option<Occurrence>) -> Option<(SemanticTokenType, u32)> {
    Some(match token.kind() {
        K::LineComment | K::BlockComment => (SemanticTokenType::COMMENT, 0),
        K::DocComment => (SemanticTokenType::COMMENT, DOCUMENTATION),
        K::String | K::OpenString | K::Tagged => (SemanticTokenType::STRING, 0),
        K::Int | K::Decimal | K::Percent | K::Duration | K::Semver => (SemanticTokenType::NUMBER, 0),
        K::Ident => match occurrence.and_then(|found| Some((found, view.analysis.index.symbol(found)?.kind))) {
            Some((found, kind)) => {
                let (ty, modifiers) = of_symbol(kind);
                (ty, modifiers | if found.definition { DECLARATION } else { 0 })
            }
            None => (word(token)?, 0),
        },
        _ => return None,
    })
}

fn of_symbol(kind: SymbolKind) -> (SemanticTokenType, u32) {
    use SemanticTokenType as T;
    match kind {
        SymbolKind::Decl(icn_ccl::schema::Kind::Credential) | SymbolKind::Record => (T::STRUCT, 0),
        SymbolKind::Decl(_) => (T::CLASS, 0),
        SymbolKind::Const | SymbolKind::TemplateParam => (T::VARIABLE, READONLY),
        SymbolKind::Founders | SymbolKind::Parameter => (T::PARAMETER, 0),
        SymbolKind::State | SymbolKind::Local => (T::VARIABLE, 0),
        SymbolKind::Function(_) => (T::FUNCTION, 0),
        SymbolKind::Event | SymbolKind::Error => (T::EVENT, 0),
        SymbolKind::Enum => (T::ENUM, 0),
        SymbolKind::Variant | SymbolKind::Category => (T::ENUM_MEMBER, 0),
        SymbolKind::Field | SymbolKind::Invariant => (T::PROPERTY, 0),
        SymbolKind::Permission => (T::ENUM_MEMBER, READONLY),
        SymbolKind::Module => (T::NAMESPACE, 0),
        SymbolKind::Builtin(_) | SymbolKind::Language => (T::FUNCTION, LIBRARY),
        SymbolKind::Type => (T::TYPE, LIBRARY),
        SymbolKind::Setting => (T::PROPERTY, LIBRARY),
        SymbolKind::Word => (T::ENUM_MEMBER, LIBRARY),
        SymbolKind::Attribute => (T::DECORATOR, LIBRARY),
        SymbolKind::KernelEvent => (T::EVENT, LIBRARY),
    }
}

/// A word that is no name: one of the language, or one that means nothing yet.
fn word(token: &SyntaxToken) -> Option<SemanticTokenType> {
    let text = token.text();
    match text {
        "and" | "or" | "not" | "in" => return Some(SemanticTokenType::OPERATOR),
        _ if words::is_reserved(text) => return Some(SemanticTokenType::KEYWORD),
        _ => {}
    }
    let parent = token.parent()?;
    let mut siblings = parent.children_with_tokens().filter_map(|element| element.into_token());
    let first = siblings.find(|sibling| sibling.kind() == K::Ident).as_ref() == Some(token);
    let keyword = match parent.kind() {
        K::Header | K::Import => true,
        K::Decl | K::Func => first || ["extends", "requires"].contains(&text),
        K::Const
        | K::ParamItem
        | K::Permission
        | K::Found
        | K::Record
        | K::Enum
        | K::State
        | K::Event
        | K::ErrorItem
        | K::Handler
        | K::Invariant
        | K::Test
        | K::Delete => first,
        K::Entrench => true,
        K::DropState => first || text == "state",
        K::Comprehension => text == "where",
        _ => false,
    };
    keyword.then_some(SemanticTokenType::KEYWORD)
}

struct Encoder<'a> {
    view: View<'a>,
    data: Vec<SemanticToken>,
    line: u32,
    start: u32,
}

impl Encoder<'_> {
    /// Adds a token, one piece for each line that it has.
    fn push(&mut self, span: Span, kind: &SemanticTokenType, modifiers: u32) {
        let text = self.view.text;
        let (mut at, end) = (span.start as usize, span.end as usize);
        let Some(number) = TYPES.iter().position(|known| known == kind).and_then(|at| u32::try_from(at).ok()) else {
            return;
        };
        loop {
            let line = text.line_of(at);
            let piece = Span::new(at, end.min(text.line_end(line)));
            self.piece(piece, number, modifiers);
            match text.line_start(line + 1) {
                Some(next) if next < end => at = next,
                _ => return,
            }
        }
    }

    fn piece(&mut self, span: Span, token_type: u32, token_modifiers_bitset: u32) {
        let length = self.view.text.length(span);
        if length == 0 {
            return;
        }
        let position = self.view.text.position(span.start as usize);
        let delta_line = position.line - self.line;
        let delta_start = if delta_line == 0 { position.character - self.start } else { position.character };
        self.data.push(SemanticToken { delta_line, delta_start, length, token_type, token_modifiers_bitset });
        (self.line, self.start) = (position.line, position.character);
    }
}
