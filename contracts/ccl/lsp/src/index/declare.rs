//! First pass: what the document declares.

use super::{Builder, Occurrence, Space, Symbol, SymbolKind};
use icn_ccl::{
    ast::{Decl, Field, File, Import, Item, ItemKind, Setting, SettingValue},
    diagnostic::Span,
    schema::{Kind, ANYONE},
};

/// Letters of a declaration that are shown in one line.
const LINE_MAX: usize = 160;

impl Builder<'_> {
    pub(super) fn declare(&mut self, file: &File) {
        for import in &file.imports {
            self.declare_import(import);
        }
        for item in &file.items {
            self.declare_item(item);
        }
        // A permission that only actions name is declared where the first of them does.
        for item in &file.items {
            let ItemKind::Func(function) = &item.kind else { continue };
            let Some(permission) = function.requires.as_ref().filter(|name| name.text != ANYONE) else { continue };
            if self.find(Space::Permission, &permission.text).is_none() && !kernel_permission(&permission.text) {
                let detail = format!("permission {}", permission.text);
                let symbol = self.declared(&permission.text, permission.span, SymbolKind::Permission, detail, item);
                self.names.insert((Space::Permission, permission.text.clone()), symbol);
            }
        }
    }

    fn declare_import(&mut self, import: &Import) {
        let source = icn_ccl::ast::unescape(&import.source.text).unwrap_or_default();
        let last = source.rsplit('/').next().and_then(|last| last.split('@').next()).unwrap_or_default();
        let (name, span) = match &import.alias {
            Some(alias) => (alias.text.clone(), alias.span),
            None => (last.to_string(), import.source.span),
        };
        let mut symbol = Symbol::elsewhere(&name, SymbolKind::Module, format!("import {}", import.source.text), "");
        symbol.definition = Some(span);
        symbol.of = source;
        let symbol = self.add(symbol);
        self.occurrences.push(Occurrence { span, symbol, definition: true });
        self.names.entry((Space::Module, name)).or_insert(symbol);
    }

    /// A symbol of an item, with its occurrence.
    fn declared(&mut self, name: &str, span: Span, kind: SymbolKind, detail: String, item: &Item) -> usize {
        let symbol = Symbol {
            name: name.into(),
            kind,
            definition: Some(span),
            item: Some(item.span),
            scope: None,
            detail,
            docs: item.docs.clone(),
            of: String::new(),
        };
        let symbol = self.add(symbol);
        self.occurrences.push(Occurrence { span, symbol, definition: true });
        symbol
    }

    fn named(&mut self, space: Space, name: &icn_ccl::ast::Ident, kind: SymbolKind, item: &Item) -> usize {
        let detail = self.line(item.span);
        let symbol = self.declared(&name.text, name.span, kind, detail, item);
        // Of two of one name the first holds, as for the compiler.
        self.names.entry((space, name.text.clone())).or_insert(symbol);
        symbol
    }

    fn declare_item(&mut self, item: &Item) {
        match &item.kind {
            ItemKind::Decl(decl) => self.declare_decl(decl, item),
            ItemKind::Const(constant) => drop(self.named(Space::Value, &constant.name, SymbolKind::Const, item)),
            ItemKind::Param(param) => drop(self.named(Space::Value, &param.name, SymbolKind::TemplateParam, item)),
            ItemKind::State(state) => drop(self.named(Space::Value, &state.name, SymbolKind::State, item)),
            ItemKind::Permission(permission) => {
                self.named(Space::Permission, &permission.name, SymbolKind::Permission, item);
            }
            ItemKind::Record(record) => {
                self.named(Space::Type, &record.name, SymbolKind::Record, item);
                self.members(&record.name.text, &record.fields, SymbolKind::Field, item);
            }
            ItemKind::Enum(of) => {
                self.named(Space::Type, &of.name, SymbolKind::Enum, item);
                for variant in &of.variants {
                    let detail = format!("{}.{}", of.name.text, variant.name.text);
                    self.member(&of.name.text, &variant.name, SymbolKind::Variant, detail, item);
                }
            }
            ItemKind::Event(event) => {
                self.named(Space::Event, &event.name, SymbolKind::Event, item);
                self.members(&format!("event {}", event.name.text), &event.params, SymbolKind::Parameter, item);
            }
            ItemKind::Error(error) => {
                self.named(Space::Error, &error.name, SymbolKind::Error, item);
                self.members(&format!("error {}", error.name.text), &error.params, SymbolKind::Parameter, item);
            }
            ItemKind::Func(function) => {
                self.named(Space::Function, &function.name, SymbolKind::Function(function.level), item);
                self.members(&format!("fn {}", function.name.text), &function.params, SymbolKind::Parameter, item);
            }
            ItemKind::Handler(handler) => {
                let owner = format!("on {}", item.span.start);
                self.members(&owner, &handler.params, SymbolKind::Parameter, item);
            }
            ItemKind::Invariant(invariant) => {
                self.named(Space::Invariant, &invariant.name, SymbolKind::Invariant, item);
            }
            ItemKind::Found(founders) => {
                for param in founders.iter().filter_map(|founder| founder.param.as_ref()) {
                    let detail = format!("found {}", param.text);
                    self.declared(&param.text, param.span, SymbolKind::Founders, detail, item);
                }
            }
            ItemKind::DropState(_) | ItemKind::Entrench(_) | ItemKind::Test(_) => {}
        }
    }

    fn declare_decl(&mut self, decl: &Decl, item: &Item) {
        let Some(kind) = Kind::of(&decl.kind.text) else { return };
        let symbol = self.named(Space::Value, &decl.name, SymbolKind::Decl(kind), item);
        let name = &decl.name.text;
        match kind {
            Kind::Credential => {
                self.names.entry((Space::Type, name.clone())).or_insert(symbol);
                for claim in claims(&decl.settings) {
                    let detail = self.line(claim.span);
                    self.member(name, &claim.key, SymbolKind::Field, detail, item);
                }
            }
            Kind::Budget => {
                for setting in decl.settings.iter().filter(|setting| setting.key.text == "category") {
                    if let SettingValue::Block { name: Some(category), .. } = &setting.value {
                        let detail = format!("{name}.Category.{}", category.text);
                        self.member(&format!("{name}.Category"), category, SymbolKind::Category, detail, item);
                    }
                }
            }
            Kind::Proposal => {
                self.members(&format!("proposal {name}"), &decl.params, SymbolKind::Parameter, item);
            }
            _ => {}
        }
    }

    fn members(&mut self, owner: &str, fields: &[Field], kind: SymbolKind, item: &Item) {
        for field in fields {
            let ty = field.ty.as_ref().map_or("?", |ty| self.slice(ty.span));
            let detail = format!("{}: {ty}", field.name.text);
            let symbol = self.member(owner, &field.name, kind, detail, item);
            if kind == SymbolKind::Parameter {
                if let Some(symbol) = self.symbols.get_mut(symbol) {
                    symbol.scope = Some(item.span);
                }
            }
        }
    }

    fn member(
        &mut self,
        owner: &str,
        name: &icn_ccl::ast::Ident,
        kind: SymbolKind,
        detail: String,
        item: &Item,
    ) -> usize {
        let symbol = self.declared(&name.text, name.span, kind, detail, item);
        if let Some(symbol) = self.symbols.get_mut(symbol) {
            symbol.of = owner.into();
            symbol.docs = String::new();
        }
        self.names.entry((Space::Member, format!("{owner}.{}", name.text))).or_insert(symbol);
        symbol
    }

    pub(super) fn slice(&self, span: Span) -> &str {
        self.source.get(span.range()).unwrap_or_default()
    }

    /// The beginning of a declaration in one line: up to its body.
    fn line(&self, span: Span) -> String {
        let mut text = String::new();
        for word in self.slice(span).split_whitespace() {
            if word.starts_with('{') || text.len() > LINE_MAX {
                break;
            }
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(word);
        }
        text.trim_end_matches([';', ' ']).to_string()
    }
}

/// The claims that a credential makes.
pub(super) fn claims(settings: &[Setting]) -> impl Iterator<Item = &Setting> {
    let inside = settings.iter().filter(|setting| setting.key.text == "claims").map(|setting| &setting.value);
    inside
        .filter_map(|value| match value {
            SettingValue::Block { settings, .. } => Some(settings),
            _ => None,
        })
        .flatten()
}

/// Whether the kernel has a permission of this name.
pub(super) fn kernel_permission(name: &str) -> bool {
    icn_ccl::schema::PERMISSIONS.contains(&name)
}
