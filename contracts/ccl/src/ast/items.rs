//! Items of a file.

use super::{
    child, children,
    expressions::{expr, exprs, must},
    ident, span_of,
    statements::block,
    tokens, Block, Expr, Ident, Path,
};
use crate::{
    diagnostic::Span,
    syntax::{SyntaxKind as K, SyntaxNode, SyntaxToken},
};

/// A source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// What the document is.
    pub header: Option<Header>,
    /// What it imports.
    pub imports: Vec<Import>,
    /// What it says.
    pub items: Vec<Item>,
}

/// `constitution "…" version 1.0.0 for cooperative;`
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Header {
    pub document: Ident,
    /// With its quotes.
    pub title: Ident,
    pub version: Ident,
    pub scope: Ident,
    /// With its quotes.
    pub extends: Option<Ident>,
    pub docs: String,
    pub span: Span,
}

/// `import "core/civic@1" as civic;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// With its quotes.
    pub source: Ident,
    /// By which name it is used; the last part of the source's name if none is given.
    pub alias: Option<Ident>,
}

/// An item where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// `@max(1000)`
    pub attributes: Vec<Attribute>,
    /// The `///` lines before it, without their marks.
    pub docs: String,
    /// What it is.
    pub kind: ItemKind,
    /// Where.
    pub span: Span,
}

/// `@name(args)`
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Attribute {
    pub name: Ident,
    pub args: Vec<Expr>,
    pub span: Span,
}

/// What an item is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ItemKind {
    Decl(Decl),
    Const(Const),
    Param(Param),
    Permission(PermissionItem),
    Found(Vec<Founder>),
    Record(Record),
    Enum(EnumItem),
    State(State),
    DropState(Ident),
    Event(Signature),
    Error(Signature),
    Func(Func),
    Handler(Handler),
    Invariant(Invariant),
    Entrench(Entrench),
    Test(Test),
}

/// `role steward extends member { … }`
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Decl {
    pub kind: Ident,
    pub name: Ident,
    pub params: Vec<Field>,
    pub extends: Option<Path>,
    pub settings: Vec<Setting>,
    pub effect: Option<Block>,
}

/// One setting of a declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Setting {
    pub key: Ident,
    pub value: SettingValue,
    pub span: Span,
}

/// What a setting is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum SettingValue {
    Expr(Expr),
    Type(TypeRef),
    /// `category green { … }`: the name may be missing.
    Block {
        name: Option<Ident>,
        settings: Vec<Setting>,
    },
    /// `band 0 eur .. 500 eur { … }`
    Band {
        from: Expr,
        to: Option<Expr>,
        settings: Vec<Setting>,
    },
}

/// `const N: Int = 3;`
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Const {
    pub name: Ident,
    pub ty: Option<TypeRef>,
    pub value: Expr,
}

/// `param quorum: Ratio in 10%..90% = 50%;`
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Param {
    pub name: Ident,
    pub ty: Option<TypeRef>,
    pub range: Option<(Expr, Option<Expr>)>,
    pub default: Option<Expr>,
}

/// `permission cast "may cast a ballot";`
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct PermissionItem {
    pub name: Ident,
    /// With its quotes.
    pub words: Option<Ident>,
}

/// `clerk: clerks List<Did> in 2..;`: who holds a role or is in a class from the beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Founder {
    pub of: Ident,
    pub param: Option<Ident>,
    pub ty: Option<TypeRef>,
    pub range: Option<(Expr, Option<Expr>)>,
    pub span: Span,
}

/// `record R { … }`
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Record {
    pub name: Ident,
    pub fields: Vec<Field>,
}

/// `name: Type`
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Field {
    pub attributes: Vec<Attribute>,
    pub name: Ident,
    pub ty: Option<TypeRef>,
}

/// `enum E { … }`
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct EnumItem {
    pub name: Ident,
    pub variants: Vec<Variant>,
}

/// One variant of an enum.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Variant {
    pub name: Ident,
    pub payload: Vec<TypeRef>,
}

/// `state x: Int = 0;`
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct State {
    pub name: Ident,
    pub ty: Option<TypeRef>,
    pub initial: Option<Expr>,
}

/// `event E(…);`, `error E(…);`
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Signature {
    pub name: Ident,
    pub params: Vec<Field>,
}

/// What a function may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// `fn`: its arguments only.
    Pure,
    /// `view`: reads the state.
    View,
    /// `action`: changes it.
    Action,
}

impl Level {
    /// The word that begins such a function.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pure => "fn",
            Self::View => "view",
            Self::Action => "action",
        }
    }
}

/// `fn`, `view` or `action`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Func {
    pub level: Level,
    pub name: Ident,
    pub params: Vec<Field>,
    pub result: Option<TypeRef>,
    pub requires: Option<Ident>,
    pub body: Block,
}

/// `on E(…) { … }`
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Handler {
    pub event: Path,
    pub params: Vec<Field>,
    pub body: Block,
}

/// `invariant i: …;`
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Invariant {
    pub name: Ident,
    pub condition: Expr,
}

/// `entrench […] requires 9/10;`
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Entrench {
    pub paths: Vec<Path>,
    /// The share of votes that a change needs; `None`: no share suffices.
    pub requires: Option<Expr>,
}

/// `test "…" { … }`
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Test {
    /// With its quotes.
    pub title: Ident,
    pub body: Block,
}

/// `Map<Int, Text>`
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct TypeRef {
    pub name: Path,
    pub args: Vec<TypeRef>,
    pub span: Span,
}

impl TypeRef {
    pub(super) fn of(node: &SyntaxNode) -> Option<Self> {
        let name = Path::of(&child(node, K::Path)?)?;
        let args = children(node, K::TypeRef).filter_map(|node| Self::of(&node)).collect();
        Some(Self { name, args, span: span_of(node) })
    }
}

impl File {
    /// Reads a tree.
    pub fn of(root: &SyntaxNode) -> Self {
        let items = root.children().filter_map(|node| item(&node)).collect();
        let imports = children(root, K::Import).filter_map(|node| import(&node)).collect();
        Self { header: child(root, K::Header).and_then(|node| header(&node)), imports, items }
    }
}

fn string(node: &SyntaxNode, index: usize) -> Option<Ident> {
    tokens(node, K::String).nth(index).map(|token| Ident::of(&token))
}

fn header(node: &SyntaxNode) -> Option<Header> {
    let words: Vec<_> = tokens(node, K::Ident).map(|token| Ident::of(&token)).collect();
    let after = |word: &str| {
        let at = words.iter().position(|found| found.text == word)?;
        words.get(at + 1).cloned()
    };
    Some(Header {
        document: words.first()?.clone(),
        title: string(node, 0)?,
        version: tokens(node, K::Semver).next().map(|token| Ident::of(&token))?,
        scope: after("for")?,
        extends: string(node, 1),
        docs: docs_before(node),
        span: span_of(node),
    })
}

fn import(node: &SyntaxNode) -> Option<Import> {
    Some(Import { source: string(node, 0)?, alias: ident(node, 2) })
}

/// The `///` lines before a node, without marks; a line comment or an empty line between ends them.
fn docs_before(node: &SyntaxNode) -> String {
    let mut lines = Vec::new();
    let mut before = node.prev_sibling_or_token();
    while let Some(token) = before.as_ref().and_then(|element| element.as_token().cloned()) {
        match token.kind() {
            K::DocComment => lines.push(doc_line(&token)),
            K::Whitespace if token.text().matches('\n').count() < 2 => {}
            _ => break,
        }
        before = token.prev_sibling_or_token();
    }
    lines.reverse();
    lines.join("\n")
}

fn doc_line(token: &SyntaxToken) -> String {
    let text = token.text().trim_start_matches('/').trim_end();
    text.strip_prefix(' ').unwrap_or(text).into()
}

fn item(node: &SyntaxNode) -> Option<Item> {
    let kind = match node.kind() {
        K::Decl => ItemKind::Decl(declaration(node)?),
        K::Const => ItemKind::Const(Const { name: ident(node, 1)?, ty: ty(node), value: must(node, 0) }),
        K::ParamItem => ItemKind::Param(Param {
            name: ident(node, 1)?,
            ty: ty(node),
            range: child(node, K::Range).map(|node| range(&node)),
            default: expr(node, 0),
        }),
        K::Permission => ItemKind::Permission(PermissionItem { name: ident(node, 1)?, words: string(node, 0) }),
        K::Found => ItemKind::Found(children(node, K::Founder).filter_map(|node| founder(&node)).collect()),
        K::Record => ItemKind::Record(Record { name: ident(node, 1)?, fields: fields(node) }),
        K::Enum => ItemKind::Enum(EnumItem {
            name: ident(node, 1)?,
            variants: children(node, K::Variant).filter_map(|node| variant(&node)).collect(),
        }),
        K::State => ItemKind::State(State { name: ident(node, 1)?, ty: ty(node), initial: expr(node, 0) }),
        K::DropState => ItemKind::DropState(ident(node, 2)?),
        K::Event => ItemKind::Event(signature(node)?),
        K::ErrorItem => ItemKind::Error(signature(node)?),
        K::Func => ItemKind::Func(function(node)?),
        K::Handler => ItemKind::Handler(Handler {
            event: Path::of(&child(node, K::Path)?)?,
            params: params(node),
            body: body(node),
        }),
        K::Invariant => ItemKind::Invariant(Invariant { name: ident(node, 1)?, condition: must(node, 0) }),
        K::Entrench => ItemKind::Entrench(Entrench {
            paths: children(node, K::Path).filter_map(|node| Path::of(&node)).collect(),
            requires: expr(node, 0),
        }),
        K::Test => ItemKind::Test(Test { title: string(node, 0)?, body: body(node) }),
        _ => return None,
    };
    Some(Item { attributes: attributes(node), docs: docs_before(node), kind, span: span_of(node) })
}

fn attributes(node: &SyntaxNode) -> Vec<Attribute> {
    let read = |node: SyntaxNode| Some(Attribute { name: ident(&node, 0)?, args: exprs(&node), span: span_of(&node) });
    children(node, K::Attribute).filter_map(read).collect()
}

fn ty(node: &SyntaxNode) -> Option<TypeRef> {
    child(node, K::TypeRef).and_then(|node| TypeRef::of(&node))
}

fn range(node: &SyntaxNode) -> (Expr, Option<Expr>) {
    (must(node, 0), expr(node, 1))
}

fn fields(node: &SyntaxNode) -> Vec<Field> {
    let read = |node: SyntaxNode| Some(Field { attributes: attributes(&node), name: ident(&node, 0)?, ty: ty(&node) });
    children(node, K::Field).filter_map(read).collect()
}

fn params(node: &SyntaxNode) -> Vec<Field> {
    child(node, K::Params).map(|node| fields(&node)).unwrap_or_default()
}

fn body(node: &SyntaxNode) -> Block {
    let empty = || Block { statements: Vec::new(), span: span_of(node) };
    child(node, K::Block).map_or_else(empty, |node| block(&node))
}

fn declaration(node: &SyntaxNode) -> Option<Decl> {
    Some(Decl {
        kind: ident(node, 0)?,
        name: ident(node, 1)?,
        params: params(node),
        extends: child(node, K::Path).and_then(|node| Path::of(&node)),
        settings: settings(node),
        effect: child(node, K::Effect).map(|node| body(&node)),
    })
}

fn settings(node: &SyntaxNode) -> Vec<Setting> {
    node.children().filter_map(|node| setting(&node)).collect()
}

fn setting(node: &SyntaxNode) -> Option<Setting> {
    let value = match node.kind() {
        K::Setting => match ty(node) {
            Some(ty) => SettingValue::Type(ty),
            None => SettingValue::Expr(must(node, 0)),
        },
        K::SettingBlock => {
            SettingValue::Block { name: ident(node, 1).or_else(|| string(node, 0)), settings: settings(node) }
        }
        K::Band => {
            let (from, to) = child(node, K::Range).map(|node| range(&node))?;
            SettingValue::Band { from, to, settings: settings(node) }
        }
        _ => return None,
    };
    Some(Setting { key: ident(node, 0)?, value, span: span_of(node) })
}

fn founder(node: &SyntaxNode) -> Option<Founder> {
    Some(Founder {
        of: ident(node, 0)?,
        param: ident(node, 1),
        ty: ty(node),
        range: child(node, K::Range).map(|node| range(&node)),
        span: span_of(node),
    })
}

fn variant(node: &SyntaxNode) -> Option<Variant> {
    let payload = children(node, K::TypeRef).filter_map(|node| TypeRef::of(&node)).collect();
    Some(Variant { name: ident(node, 0)?, payload })
}

fn signature(node: &SyntaxNode) -> Option<Signature> {
    Some(Signature { name: ident(node, 1)?, params: params(node) })
}

fn function(node: &SyntaxNode) -> Option<Func> {
    let level = match ident(node, 0)?.text.as_str() {
        "fn" => Level::Pure,
        "view" => Level::View,
        _ => Level::Action,
    };
    let requires = ident(node, 2).filter(|word| word.text == "requires").and_then(|_| ident(node, 3));
    Some(Func { level, name: ident(node, 1)?, params: params(node), result: ty(node), requires, body: body(node) })
}
