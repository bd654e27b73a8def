//! Where names are declared and used.

use crate::{
    document::View,
    index::{Symbol, SymbolKind},
    modules::uri_of,
    text::Text,
};
use icn_ccl::ast::{Ident, Item, ItemKind};
use lsp_types::{DocumentHighlight, DocumentHighlightKind, Location, Range, Uri};
use std::str::FromStr as _;

/// Where what is named at a byte is declared; names of modules lead to the module's file.
pub fn definition(view: View<'_>, offset: usize) -> Option<Location> {
    let (occurrence, symbol) = view.analysis.index.symbol_at(offset)?;
    if symbol.kind == SymbolKind::Module && symbol.definition == Some(occurrence.span) {
        return module(view, symbol, None);
    }
    match symbol.definition {
        Some(span) => Some(Location { uri: view.uri.clone(), range: view.text.range(span) }),
        None => imported(view, symbol),
    }
}

/// The declaration of a name in an imported module.
fn imported(view: View<'_>, symbol: &Symbol) -> Option<Location> {
    // A field or case is declared with its type.
    let owner = symbol.of.split_once('.').map(|(alias, _)| alias);
    let alias = owner.unwrap_or(&symbol.of);
    let import = view
        .analysis
        .index
        .symbols
        .iter()
        .find(|other| other.kind == SymbolKind::Module && other.name == *alias && !alias.is_empty())?;
    let name = symbol.of.split_once('.').map_or(symbol.name.as_str(), |(_, ty)| ty);
    module(view, import, Some(name))
}

/// A module's file: at the declaration of a name in it, or at its beginning.
fn module(view: View<'_>, import: &Symbol, name: Option<&str>) -> Option<Location> {
    let found = view.modules.find(&import.of)?;
    let uri: Uri = found.path.as_deref().and_then(uri_of)?;
    let text = Text::new(found.source, view.text.encoding());
    let root = icn_ccl::syntax::parse(text.as_str()).syntax();
    let file = icn_ccl::ast::File::of(&root);
    let range = match name {
        Some(name) => text.range(file.items.iter().filter_map(name_of).find(|ident| ident.text == name)?.span),
        None => Range::default(),
    };
    Some(Location { uri: Uri::from_str(uri.as_str()).ok()?, range })
}

/// The name of an item, if it has one.
pub fn name_of(item: &Item) -> Option<&Ident> {
    match &item.kind {
        ItemKind::Decl(decl) => Some(&decl.name),
        ItemKind::Const(constant) => Some(&constant.name),
        ItemKind::Param(param) => Some(&param.name),
        ItemKind::Permission(permission) => Some(&permission.name),
        ItemKind::Record(record) => Some(&record.name),
        ItemKind::Enum(of) => Some(&of.name),
        ItemKind::State(state) => Some(&state.name),
        ItemKind::DropState(name) => Some(name),
        ItemKind::Event(signature) | ItemKind::Error(signature) => Some(&signature.name),
        ItemKind::Func(function) => Some(&function.name),
        ItemKind::Invariant(invariant) => Some(&invariant.name),
        ItemKind::Test(test) => Some(&test.title),
        ItemKind::Handler(handler) => handler.event.parts.last(),
        ItemKind::Found(_) | ItemKind::Entrench(_) => None,
    }
}

/// All places where what is named at a byte is named.
pub fn references(view: View<'_>, offset: usize, declaration: bool) -> Vec<Location> {
    let Some(occurrence) = view.analysis.index.at(offset) else { return Vec::new() };
    let all = view.analysis.index.of_symbol(occurrence.symbol).filter(|other| declaration || !other.definition);
    all.map(|other| Location { uri: view.uri.clone(), range: view.text.range(other.span) }).collect()
}

/// The same, to be marked in the text.
pub fn highlights(view: View<'_>, offset: usize) -> Vec<DocumentHighlight> {
    let Some(occurrence) = view.analysis.index.at(offset) else { return Vec::new() };
    let all = view.analysis.index.of_symbol(occurrence.symbol);
    let highlight = |span, definition| DocumentHighlight {
        range: view.text.range(span),
        kind: Some(if definition { DocumentHighlightKind::WRITE } else { DocumentHighlightKind::READ }),
    };
    all.map(|other| highlight(other.span, other.definition)).collect()
}
