//! The document that this one extends: its items with this one's.

use super::{
    attributes::has,
    collect::{is_outside, key_of},
    Modules, Resolver,
};
use crate::{
    ast::{self, Ident, ItemKind},
    diagnostic::{Code, Diagnostic},
    program::{Extended, Import},
    syntax,
    types::Type,
    value::Value,
};
use std::sync::Arc;

impl Resolver<'_> {
    /// Reads what a document extends, if anything.
    pub(super) fn extended(&mut self, header: &ast::Header, modules: &dyn Modules) -> Option<ast::File> {
        let extends = header.extends.as_ref()?;
        let name = self.quoted(extends);
        let (source, cid) = self.found_module(&name, extends.span, modules)?;
        let parsed = syntax::parse(&source);
        let base = ast::File::of(&parsed.extended_syntax());
        if let Some(first) = parsed.diagnostics.iter().find(|diagnostic| diagnostic.is_error()) {
            self.tell(Code::ImportNotFound, extends.span, format!("`{name}` cannot be read: {}", first.message));
            return None;
        }
        if let Some(further) = base.header.as_ref().and_then(|header| header.extends.as_ref()) {
            let message = format!("`{name}` extends {} itself", further.text);
            let help = "extend that one, and write here what this one says";
            self.error(Diagnostic::new(Code::ImportNotFound, extends.span, message).help(help));
            return None;
        }
        if let Some(scope) = base.header.as_ref().map(|header| header.scope.text.clone()) {
            if scope != header.scope.text {
                let message = format!("`{name}` is for a {scope}, this document is for a {}", header.scope.text);
                self.tell(Code::ScopeMismatch, extends.span, message);
            }
        }
        self.program.notes.extended =
            Some(Extended { name: name.clone(), source, span: extends.span, unchanged: None });
        self.program.imports.push(Import { alias: "extends".into(), name, cid });
        Some(base)
    }

    /// The items of the extended document with this one's: of one kind and name, this one's if it says `@override`.
    pub(super) fn merge(&mut self, base: &ast::File, own: &ast::File, modules: &dyn Modules) -> ast::File {
        let mut merged = base.clone();
        merged.header.clone_from(&own.header);
        // Both may need the same module.
        let names = |import: &ast::Import| (import.alias.clone().map(|alias| alias.text), import.source.text.clone());
        let known: Vec<_> = base.imports.iter().map(names).collect();
        merged.imports.extend(own.imports.iter().filter(|import| !known.contains(&names(import))).cloned());
        // As if nothing was overridden but parameters, which are there to be set.
        let mut unchanged = merged.clone();
        let mut overrides = false;
        for item in &own.items {
            let key = key_of(item);
            let place =
                key.as_ref().and_then(|key| base.items.iter().position(|other| key_of(other).as_ref() == Some(key)));
            match (place, has(item, "override")) {
                (Some(place), true) => {
                    if let ItemKind::Param(param) = &base.items[place].kind {
                        self.ranges.extend(param.range.clone().map(|range| (param.name.text.clone(), range)));
                        unchanged.items[place] = item.clone();
                    }
                    overrides = true;
                    merged.items[place] = item.clone();
                }
                (None, false) => {
                    merged.items.push(item.clone());
                    unchanged.items.push(item.clone());
                }
                (Some(_), false) => {
                    let error =
                        Diagnostic::new(Code::DuplicateKey, item.span, "the extended document has this already");
                    self.error(error.help("mark it `@override` to put it in that one's place"));
                }
                (None, true) => {
                    self.tell(
                        Code::BadAttribute,
                        item.span,
                        "the extended document has nothing that this could override",
                    );
                }
            }
        }
        let protects = base.items.iter().any(|item| matches!(item.kind, ItemKind::Entrench(_)));
        if overrides && protects {
            self.keep_unchanged(unchanged, modules);
        }
        merged
    }

    /// Keeps what the document would be without what it overrides, by which its checks see what it weakens.
    fn keep_unchanged(&mut self, mut unchanged: ast::File, modules: &dyn Modules) {
        if let Some(header) = &mut unchanged.header {
            header.extends = None;
        }
        let mut resolver = Resolver::new(self.arguments);
        resolver.document(&unchanged, modules);
        if let Some(extended) = &mut self.program.notes.extended {
            extended.unchanged = Some(Arc::new(resolver.program));
        }
    }

    /// Says when a value that stands for a parameter of the extended document is none that the parameter may have.
    pub(super) fn in_range_of_extended(&mut self, name: &Ident, ty: &Type, value: &Value) {
        let Some((min, max)) = self.ranges.get(&name.text).cloned() else { return };
        let min = self.constant(&min, ty);
        let max = max.and_then(|max| self.constant(&max, ty));
        if is_outside(value, min.as_ref(), max.as_ref()) {
            let message = format!("the extended document has `{}` within bounds, and this is beyond them", name.text);
            self.tell(Code::BadParameter, name.span, message);
        }
    }
}
