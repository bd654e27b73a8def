//! The parts of a document: what the outline lists and what can be folded.

use crate::{document::View, navigation::name_of};
use icn_ccl::{
    ast::{Item, ItemKind, Setting, SettingValue},
    diagnostic::Span,
    schema::Kind,
    syntax::SyntaxKind as K,
};
use lsp_types::{DocumentSymbol, FoldingRange, FoldingRangeKind, SymbolKind};

/// The items of a document, with what is in them.
#[allow(deprecated)]
pub fn symbols(view: View<'_>) -> Vec<DocumentSymbol> {
    let file = &view.analysis.file;
    // In a document that extends another, that one's articles come first.
    let is_whole = file.header.as_ref().is_none_or(|header| header.extends.is_none());
    let numbered = file.items.iter().enumerate().map(|(at, item)| (is_whole.then_some(at + 1), item));
    numbered.filter_map(|(article, item)| item_symbol(view, article, item)).collect()
}

#[allow(deprecated)]
fn symbol(view: View<'_>, name: &str, detail: &str, kind: SymbolKind, span: Span, at: Span) -> DocumentSymbol {
    DocumentSymbol {
        // A name is never empty.
        name: if name.is_empty() { "?".into() } else { name.into() },
        detail: Some(detail.into()),
        kind,
        tags: None,
        deprecated: None,
        range: view.text.range(span.to(at)),
        selection_range: view.text.range(at),
        children: None,
    }
}

fn item_symbol(view: View<'_>, article: Option<usize>, item: &Item) -> Option<DocumentSymbol> {
    let (word, kind) = match &item.kind {
        ItemKind::Decl(decl) => (decl.kind.text.as_str(), kind_symbol(&decl.kind.text)),
        ItemKind::Const(_) => ("const", SymbolKind::CONSTANT),
        ItemKind::Param(_) => ("param", SymbolKind::CONSTANT),
        ItemKind::Permission(_) => ("permission", SymbolKind::KEY),
        ItemKind::Found(_) => ("found", SymbolKind::NAMESPACE),
        ItemKind::Record(_) => ("record", SymbolKind::STRUCT),
        ItemKind::Enum(_) => ("enum", SymbolKind::ENUM),
        ItemKind::State(_) => ("state", SymbolKind::VARIABLE),
        ItemKind::DropState(_) => ("drop state", SymbolKind::VARIABLE),
        ItemKind::Event(_) => ("event", SymbolKind::EVENT),
        ItemKind::Error(_) => ("error", SymbolKind::EVENT),
        ItemKind::Func(function) => (function.level.word(), SymbolKind::FUNCTION),
        ItemKind::Handler(_) => ("on", SymbolKind::FUNCTION),
        ItemKind::Invariant(_) => ("invariant", SymbolKind::BOOLEAN),
        ItemKind::Entrench(_) => ("entrench", SymbolKind::KEY),
        ItemKind::Test(_) => ("test", SymbolKind::METHOD),
    };
    let article = article.filter(|_| !matches!(item.kind, ItemKind::Test(_)));
    let article = article.map(|article| format!("article {article}"));
    let detail = [Some(word.to_string()), article.clone()].into_iter().flatten().collect::<Vec<_>>().join(", ");
    let mut made = match name_of(item) {
        Some(name) => symbol(view, name.text.trim_matches('"'), &detail, kind, item.span, name.span),
        None => symbol(view, word, &article.unwrap_or_default(), kind, item.span, item.span),
    };
    let inner = children(view, item);
    made.children = (!inner.is_empty()).then_some(inner);
    Some(made)
}

fn kind_symbol(word: &str) -> SymbolKind {
    match Kind::of(word) {
        Some(Kind::Organization) => SymbolKind::MODULE,
        Some(Kind::Proposal) => SymbolKind::FUNCTION,
        Some(Kind::Credential) => SymbolKind::STRUCT,
        Some(Kind::Resource | Kind::Meter) => SymbolKind::NUMBER,
        Some(Kind::Process | Kind::Election | Kind::Dispute | Kind::Delegation) => SymbolKind::INTERFACE,
        _ => SymbolKind::CLASS,
    }
}

fn children(view: View<'_>, item: &Item) -> Vec<DocumentSymbol> {
    match &item.kind {
        ItemKind::Decl(decl) => decl.settings.iter().map(|setting| setting_symbol(view, setting)).collect(),
        ItemKind::Record(record) => {
            let field =
                |name: &icn_ccl::ast::Ident| symbol(view, &name.text, "", SymbolKind::FIELD, name.span, name.span);
            record.fields.iter().map(|of| field(&of.name)).collect()
        }
        ItemKind::Enum(of) => {
            let variant = |name: &icn_ccl::ast::Ident| {
                symbol(view, &name.text, "", SymbolKind::ENUM_MEMBER, name.span, name.span)
            };
            of.variants.iter().map(|variant| &variant.name).map(variant).collect()
        }
        _ => Vec::new(),
    }
}

fn setting_symbol(view: View<'_>, setting: &Setting) -> DocumentSymbol {
    let (name, detail) = match &setting.value {
        SettingValue::Expr(value) => (setting.key.text.clone(), view.text.as_str().get(value.span.range())),
        SettingValue::Type(ty) => (setting.key.text.clone(), view.text.as_str().get(ty.span.range())),
        SettingValue::Block { name: Some(name), .. } => (format!("{} {}", setting.key.text, name.text), None),
        SettingValue::Block { .. } | SettingValue::Band { .. } => (setting.key.text.clone(), None),
    };
    let detail = detail.and_then(|text| text.lines().next()).unwrap_or_default();
    let mut made = symbol(view, &name, detail, SymbolKind::PROPERTY, setting.span, setting.key.span);
    let inner = match &setting.value {
        SettingValue::Block { settings, .. } | SettingValue::Band { settings, .. } => settings.as_slice(),
        _ => &[],
    };
    let inner: Vec<_> = inner.iter().map(|setting| setting_symbol(view, setting)).collect();
    made.children = (!inner.is_empty()).then_some(inner);
    made
}

/// Everything in braces or comments that is longer than a line, and the imports.
pub fn folding(view: View<'_>) -> Vec<FoldingRange> {
    let mut ranges = Vec::new();
    for element in view.analysis.root.descendants_with_tokens() {
        let kind = match element.kind() {
            K::Decl
            | K::Record
            | K::Enum
            | K::Found
            | K::Func
            | K::Handler
            | K::Test
            | K::SettingBlock
            | K::Band
            | K::Effect
            | K::Block
            | K::Match
            | K::ListLit
            | K::RecordLit
            | K::MapLit => None,
            K::BlockComment => Some(FoldingRangeKind::Comment),
            _ => continue,
        };
        fold(view, Span::from(element.text_range()), kind, &mut ranges);
    }
    runs(view, &mut ranges);
    ranges.sort_by_key(|range| (range.start_line, std::cmp::Reverse(range.end_line)));
    ranges.dedup_by_key(|range| range.start_line);
    ranges
}

fn fold(view: View<'_>, span: Span, kind: Option<FoldingRangeKind>, ranges: &mut Vec<FoldingRange>) {
    let (first, last) = (view.text.line_of(span.start as usize), view.text.line_of(span.end as usize));
    let line = |line| u32::try_from(line).unwrap_or(u32::MAX);
    if first < last {
        ranges.push(FoldingRange { start_line: line(first), end_line: line(last), kind, ..FoldingRange::default() });
    }
}

/// Comment lines that follow each other, and imports that do.
fn runs(view: View<'_>, ranges: &mut Vec<FoldingRange>) {
    let mut run: Option<(K, Span)> = None;
    let mut end = |run: Option<(K, Span)>| {
        if let Some((kind, span)) = run {
            let kind = if kind == K::Import { FoldingRangeKind::Imports } else { FoldingRangeKind::Comment };
            fold(view, span, Some(kind), ranges);
        }
    };
    for element in view.analysis.root.children_with_tokens() {
        let span = Span::from(element.text_range());
        let kind = element.kind();
        match (kind, run) {
            (K::Whitespace, _) if !crosses_a_line(element.to_string().as_str()) => {}
            (K::LineComment | K::DocComment | K::Import, Some((before, start))) if before == kind => {
                run = Some((kind, start.to(span)));
            }
            (K::LineComment | K::DocComment | K::Import, _) => end(run.replace((kind, span))),
            _ => end(run.take()),
        }
    }
    end(run);
}

/// Whether an empty line lies in a blank.
fn crosses_a_line(blank: &str) -> bool {
    blank.matches('\n').count() > 1
}
