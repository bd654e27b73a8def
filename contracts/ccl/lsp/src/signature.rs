//! The parameters of what is being called.

use crate::{
    analysis::tokens_at,
    document::View,
    index::{SymbolKind, LANGUAGE_FUNCTIONS},
};
use icn_ccl::{
    program::Builtin,
    syntax::{SyntaxKind as K, SyntaxNode},
};
use lsp_types::{Documentation, ParameterInformation, ParameterLabel, SignatureHelp, SignatureInformation};

/// A callable: how it is written, its parameters and what it does.
pub struct Callable {
    /// With parameters and result.
    pub label: String,
    /// Each as it stands in the label.
    pub params: Vec<String>,
    /// What it does.
    pub docs: String,
}

/// The signature of the innermost call around a byte, and which of its parameters is being written.
pub fn help(view: View<'_>, offset: usize) -> Option<SignatureHelp> {
    let args = arguments_around(view, offset)?;
    let (callable, skip) = called(view, &args)?;
    let active = active(&args, offset, &callable).map(|at| at + skip);
    let params = callable
        .params
        .into_iter()
        .map(|label| ParameterInformation { label: ParameterLabel::Simple(label), documentation: None });
    let active = active.and_then(|at| u32::try_from(at).ok());
    let signature = SignatureInformation {
        label: callable.label,
        documentation: (!callable.docs.is_empty()).then_some(Documentation::String(callable.docs)),
        parameters: Some(params.collect()),
        active_parameter: active,
    };
    Some(SignatureHelp { signatures: vec![signature], active_signature: Some(0), active_parameter: active })
}

/// The innermost brackets of a call that a byte is between.
fn arguments_around(view: View<'_>, offset: usize) -> Option<SyntaxNode> {
    let token = tokens_at(&view.analysis.root, offset).left_biased()?;
    let inside = |node: &SyntaxNode| {
        let range = node.text_range();
        let (start, end) = (usize::from(range.start()), usize::from(range.end()));
        let closed = node.last_token().is_some_and(|last| last.kind() == K::RParen);
        // Trivia after open brackets still belong to them.
        start < offset && (!closed || offset < end)
    };
    let mut nodes = token.parent_ancestors().collect::<Vec<_>>();
    // After blanks the call is what stands before them.
    if token.kind().is_trivia() {
        let before = std::iter::successors(token.prev_token(), |token| token.prev_token());
        if let Some(solid) = before.into_iter().find(|token| !token.kind().is_trivia()) {
            nodes = solid.parent_ancestors().chain(nodes).collect();
        }
    }
    nodes.into_iter().find(|node| node.kind() == K::Args && inside(node))
}

/// What is called, and how many of its parameters stand before the dot.
fn called(view: View<'_>, args: &SyntaxNode) -> Option<(Callable, usize)> {
    let parent = args.parent()?;
    match parent.kind() {
        K::Emit | K::Require => {
            let path = parent.children().find(|child| child.kind() == K::Path)?;
            let kind = if parent.kind() == K::Emit { SymbolKind::Event } else { SymbolKind::Error };
            Some((declared(view, &path.text().to_string(), &[kind])?, 0))
        }
        K::Call => {
            let callee = parent.first_child()?;
            let text = callee.text().to_string();
            match callee.kind() {
                K::FieldAccess => {
                    let (first, last) = text.rsplit_once('.')?;
                    if let Some(found) = imported(view, &text) {
                        return Some((found, 0));
                    }
                    let module = view.analysis.program.imports.iter().any(|import| import.alias == first.trim());
                    Some((builtin(Builtin::of(last.trim())?), usize::from(!module)))
                }
                K::Name => Some((by_name(view, text.trim())?, 0)),
                _ => None,
            }
        }
        _ => None,
    }
}

fn by_name(view: View<'_>, name: &str) -> Option<Callable> {
    let functions = [
        SymbolKind::Function(icn_ccl::ast::Level::Pure),
        SymbolKind::Function(icn_ccl::ast::Level::View),
        SymbolKind::Function(icn_ccl::ast::Level::Action),
        SymbolKind::Decl(icn_ccl::schema::Kind::Proposal),
    ];
    if let Some(found) = declared(view, name, &functions) {
        return Some(found);
    }
    if let Some(found) = Builtin::of(name) {
        return Some(builtin(found));
    }
    let (_, label, docs) = LANGUAGE_FUNCTIONS.iter().find(|(word, _, _)| *word == name)?;
    Some(Callable { label: (*label).into(), params: params_of(label), docs: (*docs).into() })
}

/// A function of the language.
pub fn builtin(builtin: Builtin) -> Callable {
    let params = builtin.params().iter().map(|(name, param)| format!("{name}: {}", param.words())).collect();
    Callable { label: builtin.signature(), params, docs: builtin.doc().into() }
}

/// A function, event, error or proposal of the document.
fn declared(view: View<'_>, name: &str, kinds: &[SymbolKind]) -> Option<Callable> {
    let index = &view.analysis.index;
    let is = |symbol: &&crate::index::Symbol| symbol.name == name && kinds.contains(&symbol.kind);
    let symbol = index.symbols.iter().filter(|symbol| symbol.definition.is_some()).find(is)?;
    let owner = match symbol.kind {
        SymbolKind::Event => format!("event {name}"),
        SymbolKind::Error => format!("error {name}"),
        SymbolKind::Function(_) => format!("fn {name}"),
        _ => format!("proposal {name}"),
    };
    let of = |symbol: &&crate::index::Symbol| symbol.kind == SymbolKind::Parameter && symbol.of == owner;
    let params = index.symbols.iter().filter(of).map(|symbol| symbol.detail.clone()).collect();
    Some(Callable { label: symbol.detail.clone(), params, docs: symbol.docs.clone() })
}

/// A function of an imported module.
fn imported(view: View<'_>, full: &str) -> Option<Callable> {
    let function = view.analysis.program.functions.iter().find(|function| !function.own && function.name == full)?;
    let params: Vec<_> = function.params.iter().map(|param| format!("{}: {}", param.name, param.ty)).collect();
    let gives = match &function.result {
        icn_ccl::types::Type::Unit => String::new(),
        result => format!(" -> {result}"),
    };
    let label = format!("{} {full}({}){gives}", function.level().word(), params.join(", "));
    Some(Callable { label, params, docs: function.docs.clone() })
}

/// The parameters in a signature that is written out.
fn params_of(label: &str) -> Vec<String> {
    let inside = label.split_once('(').and_then(|(_, rest)| rest.rsplit_once(')')).map_or("", |(inside, _)| inside);
    inside.split(", ").filter(|param| !param.is_empty()).map(String::from).collect()
}

/// Which argument a byte is in: by its name if it has one, else by its place.
fn active(args: &SyntaxNode, offset: usize, callable: &Callable) -> Option<usize> {
    let before = |start: rowan::TextSize| usize::from(start) < offset;
    let tokens = args.children_with_tokens().filter_map(|element| element.into_token());
    let commas = tokens.filter(|token| token.kind() == K::Comma && before(token.text_range().start())).count();
    let arg = args.children().filter(|child| child.kind() == K::Arg).nth(commas);
    let name = arg.and_then(|arg| {
        let mut tokens = arg.children_with_tokens().filter_map(|element| element.into_token());
        tokens.find(|token| token.kind() == K::Ident).map(|token| token.text().to_string())
    });
    match name {
        Some(name) => callable.params.iter().position(|param| param.split(':').next() == Some(name.as_str())),
        None => Some(commas),
    }
}
