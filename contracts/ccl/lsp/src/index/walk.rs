//! Second pass: items, settings, types and statements.

use super::{
    declare::{claims, kernel_permission},
    language, Builder, Space, Symbol, SymbolKind,
};
use icn_ccl::{
    ast::{
        Block, Decl, Entrench, Field, File, Founder, Func, Handler, Ident, Item, ItemKind, Path, Pattern, PatternKind,
        Setting, SettingValue, Stmt, StmtKind, TypeRef,
    },
    diagnostic::Span,
    schema::{self, Form, Kind, Shape, ANYONE},
    sema::KERNEL_EVENTS,
    types::{Type, TypeDef},
};
use std::collections::BTreeMap;

impl Builder<'_> {
    pub(super) fn walk(&mut self, file: &File) {
        for item in &file.items {
            for attribute in &item.attributes {
                let key = format!("attribute {}", attribute.name.text);
                let detail = format!("@{}", attribute.name.text);
                let symbol = self.elsewhere(Space::Language, &key, || {
                    Symbol::elsewhere(&attribute.name.text, SymbolKind::Attribute, detail, "")
                });
                self.occurs(attribute.name.span, symbol);
                attribute.args.iter().for_each(|arg| self.value(arg));
            }
            self.item(item);
            self.scopes.clear();
            self.test = false;
        }
    }

    fn item(&mut self, item: &Item) {
        match &item.kind {
            ItemKind::Decl(decl) => self.decl(decl, item),
            ItemKind::Const(constant) => {
                self.maybe_type(constant.ty.as_ref());
                self.value(&constant.value);
            }
            ItemKind::Param(param) => {
                self.maybe_type(param.ty.as_ref());
                for bound in param.range.iter().flat_map(|(from, to)| std::iter::once(from).chain(to)) {
                    self.value(bound);
                }
                param.default.iter().for_each(|value| self.value(value));
            }
            ItemKind::Found(founders) => founders.iter().for_each(|founder| self.founder(founder)),
            ItemKind::Record(record) => self.field_types(&record.fields),
            ItemKind::Enum(of) => {
                of.variants.iter().flat_map(|variant| &variant.payload).for_each(|ty| self.type_ref(ty));
            }
            ItemKind::State(state) => {
                self.maybe_type(state.ty.as_ref());
                state.initial.iter().for_each(|value| self.value(value));
            }
            ItemKind::Event(signature) | ItemKind::Error(signature) => self.field_types(&signature.params),
            ItemKind::Func(function) => self.func(function, item),
            ItemKind::Handler(handler) => self.handler(handler, item),
            ItemKind::Invariant(invariant) => self.value(&invariant.condition),
            ItemKind::Entrench(entrench) => self.entrench(entrench),
            ItemKind::Test(test) => {
                self.test = true;
                self.block(&test.body);
            }
            ItemKind::Permission(_) | ItemKind::DropState(_) => {}
        }
    }

    fn founder(&mut self, founder: &Founder) {
        self.global(&founder.of);
        self.maybe_type(founder.ty.as_ref());
        for bound in founder.range.iter().flat_map(|(from, to)| std::iter::once(from).chain(to)) {
            self.value(bound);
        }
    }

    fn func(&mut self, function: &Func, item: &Item) {
        self.field_types(&function.params);
        self.maybe_type(function.result.as_ref());
        if let Some(permission) = function.requires.as_ref().filter(|name| name.text != ANYONE) {
            self.permission(permission);
        }
        self.enter(&format!("fn {}", function.name.text), &function.params, item.span);
        self.block(&function.body);
    }

    fn handler(&mut self, handler: &Handler, item: &Item) {
        let name = handler.event.text();
        if let Some((_, fields)) = KERNEL_EVENTS.iter().find(|(event, _)| *event == name) {
            let fields: Vec<_> = fields.iter().map(|(name, ty)| format!("{name}: {ty}")).collect();
            let detail = format!("on {name}({})", fields.join(", "));
            let symbol = self.elsewhere(Space::Language, &format!("kernel {name}"), || {
                Symbol::elsewhere(&name, SymbolKind::KernelEvent, detail, "What the kernel tells.")
            });
            self.occurs(handler.event.span, symbol);
        }
        self.field_types(&handler.params);
        self.enter(&format!("on {}", item.span.start), &handler.params, item.span);
        self.block(&handler.body);
    }

    fn entrench(&mut self, entrench: &Entrench) {
        for path in &entrench.paths {
            let [kind, name] = path.parts.as_slice() else { continue };
            if kind.text == "invariant" {
                self.use_of(Space::Invariant, name);
            } else {
                self.global(name);
            }
        }
        entrench.requires.iter().for_each(|ratio| self.value(ratio));
    }

    /// Puts the parameters of a piece of code into scope.
    fn enter(&mut self, owner: &str, params: &[Field], scope: Span) {
        let mut names = BTreeMap::new();
        for param in params {
            if let Some(symbol) = self.find(Space::Member, &format!("{owner}.{}", param.name.text)) {
                names.insert(param.name.text.clone(), symbol);
            }
        }
        self.scopes.push((scope, names));
    }

    // Names.

    /// A name in a space of the document.
    pub(super) fn use_of(&mut self, space: Space, name: &Ident) {
        if let Some(symbol) = self.find(space, &name.text) {
            self.occurs(name.span, symbol);
        }
    }

    /// The name of a declaration, constant or state, whatever locals there are.
    pub(super) fn global(&mut self, name: &Ident) {
        if let Some(symbol) = self.global_symbol(&name.text) {
            self.occurs(name.span, symbol);
        }
    }

    pub(super) fn global_symbol(&mut self, name: &str) -> Option<usize> {
        if let Some(symbol) = self.find(Space::Value, name) {
            return Some(symbol);
        }
        // Of the document that this one extends.
        let decl = self.program.decls.iter().find(|decl| decl.name == name)?;
        let (detail, docs) = (format!("{} {name}", decl.kind.word()), decl.docs.clone());
        let kind = SymbolKind::Decl(decl.kind);
        Some(self.elsewhere(Space::Value, name, || Symbol::elsewhere(name, kind, detail, docs)))
    }

    pub(super) fn permission(&mut self, name: &Ident) {
        let found = self.find(Space::Permission, &name.text);
        let symbol = match found {
            Some(symbol) => symbol,
            None if kernel_permission(&name.text) => self.elsewhere(Space::Permission, &name.text, || {
                let detail = format!("permission {}", name.text);
                Symbol::elsewhere(&name.text, SymbolKind::Word, detail, "A permission that the kernel knows.")
            }),
            None => return,
        };
        self.occurs(name.span, symbol);
    }

    // Types.

    fn maybe_type(&mut self, ty: Option<&TypeRef>) {
        if let Some(ty) = ty {
            self.type_ref(ty);
        }
    }

    fn field_types(&mut self, fields: &[Field]) {
        for field in fields {
            self.maybe_type(field.ty.as_ref());
        }
    }

    pub(super) fn type_ref(&mut self, ty: &TypeRef) {
        let name = ty.name.text();
        self.type_path(&ty.name.parts);
        if ["Amount", "Exact", "BudgetStatus"].contains(&name.as_str()) {
            ty.args.iter().flat_map(|arg| &arg.name.parts).for_each(|part| self.global(part));
        } else {
            ty.args.iter().for_each(|arg| self.type_ref(arg));
        }
    }

    /// A type as it is written: `Project`, `pb.Category`, `justice.Case`. Its full name, if it is known.
    pub(super) fn type_path(&mut self, parts: &[Ident]) -> Option<String> {
        match parts {
            [name] => {
                let symbol = self.type_symbol(&name.text)?;
                self.occurs(name.span, symbol);
                Some(name.text.clone())
            }
            [first, last] if self.find(Space::Module, &first.text).is_some() => {
                self.use_of(Space::Module, first);
                let full = format!("{}.{}", first.text, last.text);
                let symbol = self.imported_type(&first.text, &last.text, &full)?;
                self.occurs(last.span, symbol);
                Some(full)
            }
            [budget, category] if category.text == "Category" => {
                self.global(budget);
                let docs = "The categories of the budget.";
                let symbol = self.elsewhere(Space::Language, "type Category", || {
                    Symbol::elsewhere("Category", SymbolKind::Type, "budget.Category", docs)
                });
                self.occurs(category.span, symbol);
                Some(format!("{}.Category", budget.text))
            }
            _ => None,
        }
    }

    fn type_symbol(&mut self, name: &str) -> Option<usize> {
        if let Some(symbol) = self.find(Space::Type, name) {
            return Some(symbol);
        }
        let (detail, docs) = match language::TYPES.iter().find(|(ty, _, _)| *ty == name) {
            Some((_, detail, docs)) => ((*detail).to_string(), (*docs).to_string()),
            // `Member`, `Tally`, `Standing`, and types of an extended document.
            None => (definition_text(name, self.program.types.get(name)?), String::new()),
        };
        Some(self.elsewhere(Space::Type, name, || Symbol::elsewhere(name, SymbolKind::Type, detail, docs)))
    }

    fn imported_type(&mut self, module: &str, name: &str, full: &str) -> Option<usize> {
        let def = self.program.types.get(full)?;
        let kind = match def {
            TypeDef::Record(_) => SymbolKind::Record,
            TypeDef::Enum(_) => SymbolKind::Enum,
        };
        let detail = definition_text(full, def);
        Some(self.elsewhere(Space::Type, full, || {
            let mut symbol = Symbol::elsewhere(name, kind, detail, "");
            symbol.of = module.into();
            symbol
        }))
    }

    /// A field or variant of a type, of this document or not.
    pub(super) fn member_of(&mut self, owner: &str, name: &Ident, kind: SymbolKind, detail: String) {
        let symbol = self.elsewhere(Space::Member, &format!("{owner}.{}", name.text), || {
            let mut symbol = Symbol::elsewhere(&name.text, kind, detail, "");
            symbol.of = owner.into();
            symbol
        });
        self.occurs(name.span, symbol);
    }

    /// A case of an enum, if the enum has it.
    pub(super) fn variant_of(&mut self, owner: &str, name: &Ident) {
        let variants = self.program.types.variants(&Type::Named(owner.into())).unwrap_or_default();
        if variants.iter().any(|variant| variant.name == name.text) {
            self.member_of(owner, name, SymbolKind::Variant, format!("{owner}.{}", name.text));
        }
    }

    // Declarations.

    fn decl(&mut self, decl: &Decl, item: &Item) {
        self.field_types(&decl.params);
        if let Some(last) = decl.extends.as_ref().and_then(|path| path.parts.last()) {
            self.global(last);
        }
        let Some(kind) = Kind::of(&decl.kind.text) else { return };
        self.enter(&format!("proposal {}", decl.name.text), &decl.params, item.span);
        self.settings(decl, kind.word(), &decl.settings, kind.settings());
        if let Some(effect) = &decl.effect {
            self.block(effect);
        }
    }

    fn settings(&mut self, decl: &Decl, place: &str, settings: &[Setting], table: &'static [schema::Setting]) {
        for setting in settings {
            let Some(known) = schema::find(table, &setting.key.text) else {
                self.unknown_setting(setting);
                continue;
            };
            let key = format!("setting {place}.{}", known.key);
            let symbol = self.elsewhere(Space::Language, &key, || {
                let mut symbol =
                    Symbol::elsewhere(known.key, SymbolKind::Setting, crate::schema_text::written(known), known.doc);
                symbol.of = place.into();
                symbol
            });
            self.occurs(setting.key.span, symbol);
            self.setting(decl, place, setting, known);
        }
    }

    /// What stands in a setting that is none is still read for names.
    fn unknown_setting(&mut self, setting: &Setting) {
        if let SettingValue::Expr(value) = &setting.value {
            self.value(value);
        }
    }

    fn setting(&mut self, decl: &Decl, place: &str, setting: &Setting, known: &'static schema::Setting) {
        let inner = format!("{place}.{}", known.key);
        match (&setting.value, known.shape) {
            (SettingValue::Expr(value), Shape::Value(form)) => self.form(decl, known, form, value),
            (SettingValue::Block { settings, .. }, Shape::Block(table)) => self.settings(decl, &inner, settings, table),
            (SettingValue::Block { name, settings }, Shape::Named(kinds, table)) => {
                if let (Some(name), false) = (name, kinds.is_empty()) {
                    self.global(name);
                }
                self.settings(decl, &inner, settings, table);
            }
            (SettingValue::Band { from, to, settings }, Shape::Bands(table)) => {
                self.value(from);
                to.iter().for_each(|to| self.value(to));
                self.settings(decl, &inner, settings, table);
            }
            (SettingValue::Block { .. }, Shape::Types) => {
                for claim in claims(std::slice::from_ref(setting)) {
                    if let SettingValue::Type(ty) = &claim.value {
                        self.type_ref(ty);
                    }
                }
            }
            _ => self.unknown_setting(setting),
        }
    }

    fn form(&mut self, decl: &Decl, known: &'static schema::Setting, form: Form, value: &icn_ccl::ast::Expr) {
        use icn_ccl::ast::ExprKind as E;
        match (form, &value.kind) {
            (Form::Name(_) | Form::Members(_), E::Name(name)) => self.global(name),
            (Form::Word(_), E::Name(name)) => self.word(known, name),
            (Form::Word(words), E::Call(callee, args)) => {
                let E::Name(name) = &callee.kind else { return };
                self.word(known, name);
                let payload = words.iter().find(|word| word.word == name.text).and_then(|word| word.payload);
                for arg in args {
                    match payload {
                        Some(form) => self.form(decl, known, form, &arg.value),
                        None => self.value(&arg.value),
                    }
                }
            }
            (Form::List(of), E::List(items)) => items.iter().for_each(|item| self.form(decl, known, *of, item)),
            (Form::Permissions, E::List(items)) => {
                for item in items {
                    if let E::Name(name) = &item.kind {
                        self.permission(name);
                    }
                }
            }
            (Form::Names, E::List(items)) => {
                let owner = match decl.kind.text.as_str() {
                    "budget" => format!("{}.Category", decl.name.text),
                    _ => decl.name.text.clone(),
                };
                for item in items {
                    let E::Name(name) = &item.kind else { continue };
                    if let Some(symbol) = self.find(Space::Member, &format!("{owner}.{}", name.text)) {
                        self.occurs(name.span, symbol);
                    }
                }
            }
            (Form::Cost, E::Name(name)) if self.find(Space::Function, &name.text).is_some() => {
                self.use_of(Space::Function, name);
            }
            _ => self.value(value),
        }
    }

    fn word(&mut self, known: &'static schema::Setting, name: &Ident) {
        let words = crate::schema_text::words(known);
        if !words.iter().any(|word| word.word == name.text) {
            return;
        }
        let symbol = self.elsewhere(Space::Language, &format!("word {} {}", known.key, name.text), || {
            let detail = format!("{}: {}", known.key, name.text);
            Symbol::elsewhere(&name.text, SymbolKind::Word, detail, known.doc)
        });
        self.occurs(name.span, symbol);
    }

    // Statements.

    pub(super) fn block(&mut self, block: &Block) {
        self.scopes.push((block.span, BTreeMap::new()));
        block.statements.iter().for_each(|statement| self.statement(statement));
        self.scopes.pop();
    }

    /// A new local of the innermost scope.
    pub(super) fn bind(&mut self, name: &Ident) {
        let ty = self.type_of(name.span).map_or_else(|| "?".to_string(), ToString::to_string);
        let symbol = self.add(Symbol {
            name: name.text.clone(),
            kind: SymbolKind::Local,
            definition: Some(name.span),
            item: None,
            scope: self.scopes.last().map(|(span, _)| *span),
            detail: format!("{}: {ty}", name.text),
            docs: String::new(),
            of: String::new(),
        });
        self.occurrences.push(super::Occurrence { span: name.span, symbol, definition: true });
        if let Some((_, scope)) = self.scopes.last_mut() {
            scope.insert(name.text.clone(), symbol);
        }
    }

    fn statement(&mut self, statement: &Stmt) {
        match &statement.kind {
            StmtKind::Let { name, ty, value } => {
                self.maybe_type(ty.as_ref());
                self.value(value);
                self.bind(name);
            }
            StmtKind::Assign { place, value, .. } => {
                self.value(place);
                self.value(value);
            }
            StmtKind::Delete(place) => self.value(place),
            StmtKind::If { condition, then, otherwise } => {
                self.value(condition);
                self.block(then);
                otherwise.iter().for_each(|block| self.block(block));
            }
            StmtKind::For { name, source, body } => {
                self.value(source);
                self.scopes.push((body.span, BTreeMap::new()));
                self.bind(name);
                self.block(body);
                self.scopes.pop();
            }
            StmtKind::Match { of, arms } => {
                self.value(of);
                for arm in arms {
                    self.scopes.push((arm.body.span, BTreeMap::new()));
                    self.pattern(&arm.pattern);
                    self.block(&arm.body);
                    self.scopes.pop();
                }
            }
            StmtKind::Require { condition, error, args } => {
                self.value(condition);
                self.signature(Space::Error, error);
                self.arguments(&format!("error {}", error.text()), args);
            }
            StmtKind::Emit { event, args } => {
                self.signature(Space::Event, event);
                self.arguments(&format!("event {}", event.text()), args);
            }
            StmtKind::Return(value) => value.iter().for_each(|value| self.value(value)),
            StmtKind::Expr(value) => self.value(value),
        }
    }

    /// An event or error, of this document or of a module.
    pub(super) fn signature(&mut self, space: Space, path: &Path) {
        let full = path.text();
        let (Some(name), first) = (path.parts.last(), path.parts.len() > 1) else { return };
        if first {
            if let Some(module) = path.parts.first() {
                self.use_of(Space::Module, module);
            }
        }
        let (list, kind) = match space {
            Space::Event => (&self.program.events, SymbolKind::Event),
            _ => (&self.program.errors, SymbolKind::Error),
        };
        let found = list.iter().find(|signature| signature.name == full).map(|signature| {
            let fields: Vec<_> = signature.fields.iter().map(|field| format!("{}: {}", field.name, field.ty)).collect();
            (format!("{full}({})", fields.join(", ")), signature.docs.clone())
        });
        let symbol = match (self.find(space, &full), found) {
            (Some(symbol), _) => symbol,
            (None, Some((detail, docs))) => self.elsewhere(space, &full, || {
                let mut symbol = Symbol::elsewhere(&name.text, kind, detail, docs);
                symbol.of = path.parts.first().filter(|_| first).map(|part| part.text.clone()).unwrap_or_default();
                symbol
            }),
            (None, None) => return,
        };
        self.occurs(name.span, symbol);
    }

    fn pattern(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Bind(name) => self.bind(name),
            PatternKind::Variant(path, inner) => {
                match path.parts.split_last() {
                    Some((some, [])) => self.language_function(some),
                    Some((name, first)) => {
                        if let Some(owner) = self.type_path(first) {
                            self.variant_of(&owner, name);
                        }
                    }
                    None => {}
                }
                inner.iter().for_each(|pattern| self.pattern(pattern));
            }
            PatternKind::Literal(value) => self.value(value),
            PatternKind::Any
            | PatternKind::Bool(_)
            | PatternKind::None
            | PatternKind::Int(_)
            | PatternKind::Text(_)
            | PatternKind::Missing => {}
        }
    }
}

/// A type as it could be declared, in a line.
fn definition_text(name: &str, def: &TypeDef) -> String {
    match def {
        TypeDef::Record(fields) => {
            let fields: Vec<_> = fields.iter().map(|field| format!("{}: {}", field.name, field.ty)).collect();
            format!("record {name} {{ {} }}", fields.join(", "))
        }
        TypeDef::Enum(variants) => {
            let variants: Vec<_> = variants.iter().map(|variant| variant.name.as_str()).collect();
            format!("enum {name} {{ {} }}", variants.join(", "))
        }
    }
}
