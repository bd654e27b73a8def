//! Settings: their names, and what they can be set to.

use super::{item, Probe, PROBE};
use crate::{index::SymbolKind, schema_text};
use icn_ccl::{
    schema::{self, Form, Kind, Setting, Shape},
    syntax::{SyntaxKind as K, SyntaxNode},
};
use lsp_types::{CompletionItem, CompletionItemKind};
use std::collections::BTreeSet;

impl Probe {
    /// Names of settings where one begins.
    pub(super) fn setting_keys(&self, at: &SyntaxNode) -> Vec<CompletionItem> {
        let Some(owner) = at.parent() else { return Vec::new() };
        // A value that stands there already is kept.
        let keeps = at.kind() == K::Setting;
        self.keys(&owner, keeps)
    }

    pub(super) fn keys_of(&self, owner: &SyntaxNode) -> Vec<CompletionItem> {
        self.keys(owner, false)
    }

    fn keys(&self, owner: &SyntaxNode, keeps: bool) -> Vec<CompletionItem> {
        let Some(table) = table_of(owner) else { return Vec::new() };
        let set: BTreeSet<String> = owner.children().filter_map(|setting| first_word(&setting)).collect();
        let free = |setting: &&Setting| {
            let repeats = matches!(setting.shape, Shape::Named(..) | Shape::Bands(_));
            repeats || !set.contains(setting.key)
        };
        let mut items: Vec<_> = table.iter().filter(free).map(|setting| self.key(setting, keeps)).collect();
        let effect = owner.kind() == K::Decl && first_word(owner).as_deref() == Some("proposal");
        if effect && !owner.children().any(|child| child.kind() == K::Effect) {
            items.push(self.inserting(self.keyword("effect"), "effect", "effect {\n  $0\n}"));
        }
        items
    }

    fn key(&self, setting: &Setting, keeps: bool) -> CompletionItem {
        let docs = format!("{}\n\n{}", setting.doc, schema_text::need(setting));
        let mut made = item(setting.key, CompletionItemKind::PROPERTY, &schema_text::written(setting), &docs);
        // What must be set comes first.
        let order = if setting.need == schema::Need::Required { 0 } else { 1 };
        made.sort_text = Some(format!("{order}{}", setting.key));
        match keeps {
            true => made,
            false => {
                let (plain, snippet) = (schema_text::snippet(setting, false), schema_text::snippet(setting, true));
                self.inserting(made, &plain, &snippet)
            }
        }
    }

    /// The name of a block: a class, a role, or a new one.
    pub(super) fn block_name(&self, block: &SyntaxNode) -> Vec<CompletionItem> {
        let table = block.parent().and_then(|owner| table_of(&owner)).unwrap_or_default();
        let key = first_word(block).unwrap_or_default();
        match schema::find(table, &key).map(|setting| setting.shape) {
            Some(Shape::Named(kinds, _)) => self.decls(kinds),
            _ => Vec::new(),
        }
    }

    /// What a setting can be set to, if the probe is all or an element of what it is set to.
    pub(super) fn setting_value(&self, name: &SyntaxNode) -> Option<Vec<CompletionItem>> {
        let mut node = name.clone();
        let mut path = Vec::new();
        loop {
            let parent = node.parent()?;
            match parent.kind() {
                K::Setting => {
                    let owner = parent.parent()?;
                    let setting = schema::find(table_of(&owner)?, &first_word(&parent)?)?;
                    let Shape::Value(form) = setting.shape else { return None };
                    path.reverse();
                    return self.form(form, &path, &owner);
                }
                K::ListLit => path.push(Step::Element),
                K::Call => path.push(Step::Payload(parent.first_child()?.text().to_string().trim().into())),
                K::Arg | K::Args | K::Paren => {}
                _ => return None,
            }
            node = parent;
        }
    }

    fn form(&self, form: Form, path: &[Step], owner: &SyntaxNode) -> Option<Vec<CompletionItem>> {
        match (form, path) {
            (Form::List(of), [Step::Element, rest @ ..]) => self.form(*of, rest, owner),
            (Form::Word(words), [Step::Payload(word), rest @ ..]) => {
                self.form(words.iter().find(|known| known.word == *word)?.payload?, rest, owner)
            }
            (Form::Permissions, [Step::Element]) => Some(self.permissions()),
            (Form::Names, [Step::Element]) => Some(self.names(owner)),
            (Form::Name(kinds) | Form::Members(kinds), []) => Some(self.decls(kinds)),
            (Form::Word(words), []) => Some(words.iter().map(|word| self.word(word)).collect()),
            (Form::Bool, []) => Some(["true", "false"].map(|word| self.keyword(word)).to_vec()),
            (Form::Cost, []) => {
                Some(self.symbols(|kind| matches!(kind, SymbolKind::Function(_) | SymbolKind::Const)).collect())
            }
            // Values that are known when the document is compiled.
            (form, []) if !matches!(form, Form::Condition) => {
                Some(self.symbols(|kind| matches!(kind, SymbolKind::Const | SymbolKind::TemplateParam)).collect())
            }
            _ => None,
        }
    }

    fn word(&self, word: &schema::Word) -> CompletionItem {
        let made = item(word.word, CompletionItemKind::ENUM_MEMBER, "", "");
        match (word.payload, word.needed) {
            (Some(_), true) => self.inserting(made, word.word, &format!("{}($1)", word.word)),
            _ => made,
        }
    }

    /// Categories of a budget, or claims of a credential.
    fn names(&self, owner: &SyntaxNode) -> Vec<CompletionItem> {
        let Some(decl) = owner.ancestors().find(|node| node.kind() == K::Decl) else { return Vec::new() };
        let words = decl.children_with_tokens().filter_map(|element| element.into_token());
        let name = words.filter(|token| token.kind() == K::Ident).nth(1).map(|token| token.text().to_string());
        let Some(name) = name else { return Vec::new() };
        let category = format!("{name}.Category");
        let of = |symbol: &&crate::index::Symbol| {
            let kind = matches!(symbol.kind, SymbolKind::Field | SymbolKind::Category);
            kind && symbol.name != PROBE && (symbol.of == name || symbol.of == category)
        };
        self.analysis.index.symbols.iter().filter(of).map(|symbol| self.symbol(symbol)).collect()
    }
}

/// The way from a setting to the probe.
enum Step {
    Element,
    /// In the brackets after a word.
    Payload(String),
}

/// The settings that stand in a declaration or in a block of one.
fn table_of(owner: &SyntaxNode) -> Option<&'static [Setting]> {
    let word = first_word(owner)?;
    match owner.kind() {
        K::Decl => Some(Kind::of(&word)?.settings()),
        K::SettingBlock | K::Band => Some(schema_text::inner(schema::find(table_of(&owner.parent()?)?, &word)?)),
        _ => None,
    }
}

fn first_word(node: &SyntaxNode) -> Option<String> {
    let mut tokens = node.children_with_tokens().filter_map(|element| element.into_token());
    tokens.find(|token| token.kind() == K::Ident).map(|token| token.text().to_string())
}
