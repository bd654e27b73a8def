//! What can be written at a place.
//!
//! The word under the cursor is replaced by a name that nothing has, and the text is read anew: where that name stands in the
//! tree says what can stand there, and the types around it are those of the rest of the text.

mod names;
mod settings;

use crate::{
    analysis::{tokens_at, Analysis},
    document::View,
    index::SymbolKind,
};
use icn_ccl::{
    limits::SOURCE_BYTES_MAX,
    schema::{Kind, Need},
    syntax::{parse, words, SyntaxKind as K, SyntaxNode, SyntaxToken},
};
use lsp_types::{CompletionItem, CompletionItemKind, Documentation, InsertTextFormat, MarkupContent, MarkupKind};

/// A name that no document has.
const PROBE: &str = "ccl_probe_7f3a";

/// A text with the probe in it, and what is known of it.
struct Probe {
    analysis: Analysis,
    token: SyntaxToken,
    /// Whether the editor takes snippets.
    snippets: bool,
}

/// What can be written at a byte.
pub fn complete(view: View<'_>, offset: usize, snippets: bool) -> Vec<CompletionItem> {
    let text = view.text.as_str();
    let (start, end) = word_around(text, offset);
    if let Some(items) = in_text(view, start) {
        return items;
    }
    let without = format!("{}{}", text.get(..start).unwrap_or_default(), text.get(end..).unwrap_or_default());
    if without.len() + PROBE.len() > SOURCE_BYTES_MAX {
        return Vec::new();
    }
    let with =
        format!("{}{PROBE}{}", without.get(..start).unwrap_or_default(), without.get(start..).unwrap_or_default());
    let analysis = Analysis::of(&with, view.modules);
    let Some(token) = analysis.token(start + 1).filter(|token| token.text() == PROBE) else { return Vec::new() };
    let probe = Probe { analysis, token, snippets };
    let mut items = match record_around(&without, start) {
        Some(record) => probe.record_fields(&record),
        None => probe.items(),
    };
    items.retain(|item| item.label != PROBE);
    items
}

/// Letters around a byte that belong to one word.
fn word_around(text: &str, offset: usize) -> (usize, usize) {
    let letter = |character: &char| character.is_ascii_alphanumeric() || *character == '_';
    let before: usize =
        text.get(..offset).unwrap_or_default().chars().rev().take_while(letter).map(char::len_utf8).sum();
    let after: usize = text.get(offset..).unwrap_or_default().chars().take_while(letter).map(char::len_utf8).sum();
    let start = offset.saturating_sub(before);
    // What begins with a digit is a number and its end: `10eur` is no word.
    let digits = text.get(start..offset).unwrap_or_default().chars().take_while(char::is_ascii_digit).count();
    (start + digits, offset + after)
}

fn is_text(token: &SyntaxToken) -> bool {
    matches!(token.kind(), K::String | K::OpenString)
}

/// In comments and texts there is nothing to complete, but the module of an import and what a document extends.
fn in_text(view: View<'_>, start: usize) -> Option<Vec<CompletionItem>> {
    let found = tokens_at(&view.analysis.root, start);
    let token = found.left_biased()?;
    let range = token.text_range();
    let (from, to) = (usize::from(range.start()), usize::from(range.end()));
    let inside = match token.kind() {
        K::LineComment | K::DocComment => from < start,
        K::BlockComment | K::String | K::Tagged => from < start && start < to,
        K::OpenString => from < start,
        _ => false,
    };
    if !inside {
        return None;
    }
    let earlier = std::iter::successors(token.prev_token(), |token| token.prev_token());
    let word = earlier.into_iter().find(|token| !token.kind().is_trivia()).map(|token| token.text().to_string());
    // Modules are imported, and whole documents are extended.
    let (detail, others) = match word.as_deref() {
        Some("import") if is_text(&token) => ("module", "templates/"),
        Some("extends") if is_text(&token) => ("document", "core/"),
        _ => return Some(Vec::new()),
    };
    let names = view.modules.names().into_iter().filter(|name| !name.starts_with(others));
    Some(names.map(|name| item(&name, CompletionItemKind::MODULE, detail, "")).collect())
}

/// The record whose fields are being written: `Project { owner: caller, | }`.
fn record_around(without: &str, start: usize) -> Option<SyntaxNode> {
    let root = parse(without).syntax();
    let left = tokens_at(&root, start).left_biased()?;
    let token =
        std::iter::successors(Some(left), |token| token.prev_token()).find(|token| !token.kind().is_trivia())?;
    let parent = token.parent()?;
    let begins = matches!(token.kind(), K::LBrace | K::Comma);
    (begins && parent.kind() == K::RecordLit).then_some(parent)
}

/// An item of the list.
fn item(label: &str, kind: CompletionItemKind, detail: &str, docs: &str) -> CompletionItem {
    let documentation = (!docs.is_empty())
        .then(|| Documentation::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value: docs.into() }));
    let detail = (!detail.is_empty()).then(|| detail.to_string());
    CompletionItem { label: label.into(), kind: Some(kind), detail, documentation, ..CompletionItem::default() }
}

impl Probe {
    /// An item that inserts more than its label.
    fn inserting(&self, mut item: CompletionItem, plain: &str, snippet: &str) -> CompletionItem {
        item.insert_text = Some(if self.snippets { snippet } else { plain }.into());
        if self.snippets {
            item.insert_text_format = Some(InsertTextFormat::SNIPPET);
        }
        item
    }

    fn parent(&self) -> Option<SyntaxNode> {
        self.token.parent()
    }

    /// Which of the words of its node the probe is, from 0.
    fn place(&self) -> usize {
        let siblings = self.parent().into_iter().flat_map(|parent| parent.children_with_tokens());
        let words = siblings.filter_map(|element| element.into_token()).filter(|token| token.kind() == K::Ident);
        words.take_while(|token| *token != self.token).count()
    }

    fn items(&self) -> Vec<CompletionItem> {
        let Some(parent) = self.parent() else { return Vec::new() };
        match parent.kind() {
            K::Name => self.value(&parent),
            K::FieldAccess => self.after_dot(&parent),
            K::Setting | K::SettingBlock | K::Band if self.place() == 0 => self.setting_keys(&parent),
            K::SettingBlock => self.block_name(&parent),
            K::Path => self.path(&parent),
            K::AmountLit => self.decls(&[Kind::Resource]),
            K::Func if self.place() >= 2 => self.permissions(),
            K::Founder if self.place() == 0 => self.decls(&[Kind::Role, Kind::Class]),
            K::Attribute => self.attributes(),
            K::Arg => self.param_names(&parent),
            K::Header => self.header(&parent),
            K::ErrorNode | K::File => self.stray(&parent),
            _ => Vec::new(),
        }
    }

    /// Where nothing readable stands: by what is around it.
    fn stray(&self, parent: &SyntaxNode) -> Vec<CompletionItem> {
        let around = parent.ancestors().find(|node| node.kind() != K::ErrorNode);
        match around.as_ref().map(|node| (node, node.kind())) {
            Some((node, K::Decl)) if has_brace(node) => self.keys_of(node),
            Some((node, K::SettingBlock | K::Band)) => self.keys_of(node),
            Some((_, K::Decl)) => vec![self.keyword("extends")],
            Some((_, K::Func)) => vec![self.keyword("requires")],
            Some((_, K::Header)) => self.header(parent),
            Some((_, K::Block)) => self.statement(),
            _ => self.item_level(),
        }
    }

    fn header(&self, parent: &SyntaxNode) -> Vec<CompletionItem> {
        let before = std::iter::successors(self.token.prev_token(), |token| token.prev_token());
        let last = before.into_iter().find(|token| !token.kind().is_trivia());
        match last.as_ref().map(|token| (token.kind(), token.text())) {
            Some((K::Ident, "for")) => words::SCOPES.iter().map(|scope| self.keyword(scope)).collect(),
            Some((K::String, _)) if parent.kind() != K::File => vec![self.keyword("version")],
            Some((K::Semver, _)) => vec![self.keyword("for")],
            _ => vec![self.keyword("extends")],
        }
    }

    /// The beginning of an item, or of the document.
    fn item_level(&self) -> Vec<CompletionItem> {
        if self.analysis.file.header.is_none() {
            let before = std::iter::successors(self.token.prev_token(), |token| token.prev_token());
            if before.into_iter().all(|token| token.kind().is_trivia()) {
                return words::DOCUMENTS.iter().map(|word| self.document(word)).collect();
            }
        }
        let kinds = Kind::ALL.into_iter().map(|kind| self.declaration(kind));
        kinds.chain(words::ITEMS.iter().map(|word| self.item_word(word))).collect()
    }

    fn document(&self, word: &str) -> CompletionItem {
        let snippet =
            format!("{word} \"${{1:title}}\" version ${{2:1.0.0}} for ${{3|{}|}};\n$0", words::SCOPES.join(","));
        self.inserting(self.keyword(word), word, &snippet)
    }

    /// A declaration with the settings that it must have.
    fn declaration(&self, kind: Kind) -> CompletionItem {
        let params = if kind == Kind::Proposal { "($2)" } else { "" };
        let required = kind.settings().iter().filter(|setting| setting.need == Need::Required);
        let lines: Vec<_> = required
            .enumerate()
            .map(|(at, setting)| {
                format!(
                    "  {}\n",
                    crate::schema_text::snippet(setting, true)
                        .replace("${1", &format!("${{{}", at + 3))
                        .replace("$1", &format!("${}", at + 3))
                )
            })
            .collect();
        let snippet = format!("{} ${{1:name}}{params} {{\n{}}}", kind.word(), lines.concat());
        let made = item(kind.word(), CompletionItemKind::KEYWORD, "declaration", &crate::hover::kind_text(kind));
        self.inserting(made, kind.word(), &snippet)
    }

    fn item_word(&self, word: &str) -> CompletionItem {
        let snippet = match word {
            "const" => "const ${1:NAME}: ${2:Int} = $3;",
            "param" => "param ${1:name}: ${2:Int} = $3;",
            "permission" => "permission ${1:name} \"${2:what it allows}\";",
            "found" => "found {\n  ${1:role}: ${2:founders} List<Did> in ${3:1}..;\n}",
            "record" => "record ${1:Name} {\n  ${2:field}: ${3:Int},\n}",
            "enum" => "enum ${1:Name} { ${2:First} }",
            "state" => "state ${1:name}: ${2:Int} = $3;",
            "drop" => "drop state ${1:name};",
            "event" => "event ${1:Name}($2);",
            "error" => "error ${1:Name}($2);",
            "fn" => "fn ${1:name}($2) -> ${3:Int} {\n  $0\n}",
            "view" => "view ${1:name}($2) -> ${3:Int} {\n  $0\n}",
            "action" => "action ${1:name}($2) requires ${3:permission} {\n  $0\n}",
            "on" => "on ${1:MemberAdmitted}($2) {\n  $0\n}",
            "invariant" => "invariant ${1:name}: $2;",
            "entrench" => "entrench [${1:process.amendment}] requires ${2:9/10};",
            "test" => "test \"${1:what it shows}\" {\n  $0\n}",
            _ => "import \"${1:core/civic@1}\" as ${2:civic};",
        };
        self.inserting(self.keyword(word), word, snippet)
    }

    fn keyword(&self, word: &str) -> CompletionItem {
        let docs = crate::hover::WORDS.iter().find(|(known, _)| *known == word).map_or("", |(_, docs)| docs);
        item(word, CompletionItemKind::KEYWORD, "", docs)
    }

    fn attributes(&self) -> Vec<CompletionItem> {
        let attribute = |name: &&str| {
            let made = item(name, CompletionItemKind::PROPERTY, "attribute", "");
            if *name == "max" {
                self.inserting(made, "max", "max(${1:1000})")
            } else {
                made
            }
        };
        icn_ccl::sema::ATTRIBUTES.iter().map(attribute).collect()
    }

    fn permissions(&self) -> Vec<CompletionItem> {
        let kernel = icn_ccl::schema::PERMISSIONS.iter();
        let kernel = kernel.map(|name| item(name, CompletionItemKind::ENUM_MEMBER, "permission of the kernel", ""));
        kernel.chain(self.symbols(|kind| kind == SymbolKind::Permission)).collect()
    }
}

/// Whether the settings of a declaration have begun.
fn has_brace(node: &SyntaxNode) -> bool {
    node.children_with_tokens().any(|element| element.kind() == K::LBrace)
}
