//! From a file to a program: what is declared first, then what it says.

use super::{attributes::has, settings::Context, Global, Modules, Resolver};
use crate::{
    ast::{self, Ident, ItemKind, Level},
    diagnostic::{Code, Diagnostic, Severity, Span},
    program::{Const, Decl, Entrench, Header, Import, ParamInfo, Role, Settings, Signature, State},
    schema::{Kind, ANYONE},
    syntax,
    types::{FieldDef, Type, TypeDef, Types, VariantDef},
    value::Value,
};
use std::collections::BTreeSet;

/// Modules that import each other, one within the other.
const IMPORT_DEPTH_MAX: usize = 8;

/// "`a`, `b`"
fn quoted_list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

impl Resolver<'_> {
    pub(super) fn document(&mut self, file: &ast::File, modules: &dyn Modules) {
        let base = self.header(file, modules);
        let merged = base.map(|base| self.merge(&base, file, modules));
        let file = merged.as_ref().unwrap_or(file);
        let names = self.register(file);
        self.imports(file, modules, 0);
        self.types(file);
        self.constants(file);
        self.founders(file);
        self.states(file);
        self.signatures(file);
        let mut pending = self.functions(file);
        pending.extend(self.hidden_functions(file));
        self.declarations(file, &names);
        let calls = self.bodies(pending);
        self.cycles(&calls);
        self.entrenched(file);
        self.dropped(file);
    }

    fn header(&mut self, file: &ast::File, modules: &dyn Modules) -> Option<ast::File> {
        let header = file.header.as_ref()?;
        let title = self.quoted(&header.title);
        if title.trim().is_empty() {
            self.tell(Code::BadLiteral, header.title.span, "a document has a title");
        }
        self.program.header = Header {
            document: header.document.text.clone(),
            title,
            version: header.version.text.clone(),
            scope: header.scope.text.clone(),
            docs: header.docs.clone(),
            span: Some(header.span),
        };
        self.extended(header, modules)
    }

    pub(super) fn found_module(&mut self, name: &str, span: Span, modules: &dyn Modules) -> Option<(String, String)> {
        let found = modules.module(name);
        if found.is_none() {
            let base = |name: &str| name.split('@').next().unwrap_or_default().to_string();
            let others: Vec<_> = modules.names().into_iter().filter(|other| base(other) == base(name)).collect();
            if !others.is_empty() {
                let message = format!("there is no `{name}` here, but {}", quoted_list(&others));
                let help = "name one of these, or list the other in ccl.lock beside the source";
                self.error(Diagnostic::new(Code::UnsupportedVersion, span, message).help(help));
                return None;
            }
            let help = "list it in ccl.lock beside the source, with `icn ccl new` or by hand: name, version and CID";
            self.error(Diagnostic::new(Code::ImportNotFound, span, format!("there is no `{name}` here")).help(help));
        }
        found
    }

    /// Links the functions and types of imported modules.
    fn imports(&mut self, file: &ast::File, modules: &dyn Modules, depth: usize) {
        for import in &file.imports {
            let name = self.quoted(&import.source);
            let last = name.rsplit('/').next().and_then(|last| last.split('@').next()).unwrap_or_default();
            let alias = import.alias.as_ref().map_or_else(|| last.to_string(), |alias| alias.text.clone());
            let full = format!("{}{alias}", self.prefix);
            let span = import.alias.as_ref().unwrap_or(&import.source).span;
            if self.aliases.insert(full.clone(), span).is_some() {
                self.tell(Code::DuplicateKey, span, format!("there is a module `{alias}` already"));
                continue;
            }
            if depth >= IMPORT_DEPTH_MAX {
                self.tell(Code::TooDeep, span, format!("more than {IMPORT_DEPTH_MAX} modules import each other"));
                continue;
            }
            let Some((source, cid)) = self.found_module(&name, import.source.span, modules) else { continue };
            if depth == 0 {
                self.program.notes.imports.insert(full.clone(), import.source.span);
            }
            self.program.imports.push(Import { alias: full.clone(), name, cid });
            self.module(&source, &full, import.source.span, modules, depth);
        }
    }

    fn module(&mut self, source: &str, alias: &str, span: Span, modules: &dyn Modules, depth: usize) {
        let parsed = syntax::parse(source);
        if let Some(first) = parsed.diagnostics.iter().find(|diagnostic| diagnostic.severity == Severity::Error) {
            self.tell(Code::ImportNotFound, span, format!("the module cannot be read: {}", first.message));
            return;
        }
        let file = ast::File::of(&parsed.syntax());
        let allowed = |kind: &ItemKind| match kind {
            ItemKind::Record(_) | ItemKind::Enum(_) | ItemKind::Event(_) | ItemKind::Error(_) | ItemKind::Test(_) => {
                true
            }
            ItemKind::Func(function) => function.level < Level::Action,
            _ => false,
        };
        // What else it says means nothing to who imports it.
        if let Some(item) = file.items.iter().find(|item| !allowed(&item.kind)) {
            let found =
                source.get(item.span.range()).and_then(|text| text.split_whitespace().next()).unwrap_or_default();
            let message = format!("a module has fn, view, record, enum, error and event only, this one has `{found}`");
            let help = "a whole document is extended: name it behind `extends` in the header";
            self.error(Diagnostic::new(Code::ImportNotFound, span, message).help(help));
            return;
        }
        let outer = std::mem::replace(&mut self.prefix, format!("{alias}."));
        let place = self.import.replace(self.import.unwrap_or(span));
        self.imports(&file, modules, depth + 1);
        self.types(&file);
        self.signatures(&file);
        let pending = self.functions(&file);
        let calls = self.bodies(pending);
        self.cycles(&calls);
        self.import = place;
        self.prefix = outer;
    }

    /// Puts the names of all declarations into place; the settings are read when all names are known.
    fn register(&mut self, file: &ast::File) -> Vec<(usize, usize)> {
        let mut names = Vec::new();
        for (at, item) in file.items.iter().enumerate() {
            self.attributes(item);
            let ItemKind::Decl(decl) = &item.kind else { continue };
            let Some(kind) = Kind::of(&decl.kind.text) else { continue };
            let index = self.program.decls.len();
            self.add_global(&decl.name, Global::Decl(index));
            if kind == Kind::Resource {
                self.resource(decl);
            }
            if let (Kind::Budget, Some(resource)) = (kind, plain_name(decl, "resource")) {
                self.budget_resources.insert(decl.name.text.clone(), resource.text.clone());
            }
            self.program.decls.push(Decl {
                kind,
                name: decl.name.text.clone(),
                docs: item.docs.clone(),
                extends: decl.extends.as_ref().map(ast::Path::text),
                params: Vec::new(),
                settings: Settings::default(),
                article: at + 1,
                span: item.span,
                name_span: decl.name.span,
            });
            names.push((at, index));
        }
        for item in &file.items {
            match &item.kind {
                ItemKind::Permission(permission) => {
                    let name = permission.name.clone();
                    self.program.notes.permissions.entry(name.text).or_insert(name.span);
                    let words = permission.words.as_ref().map(|words| self.quoted(words)).unwrap_or_default();
                    if self.program.permissions.insert(permission.name.text.clone(), words).is_some() {
                        self.tell(Code::DuplicateKey, permission.name.span, "this permission is declared twice");
                    }
                }
                ItemKind::Func(function) => {
                    if let Some(permission) = function.requires.as_ref().filter(|name| name.text != ANYONE) {
                        self.program.permissions.entry(permission.text.clone()).or_default();
                    }
                }
                _ => {}
            }
        }
        names
    }

    fn add_global(&mut self, name: &Ident, global: Global) {
        let taken = self.globals.contains_key(&name.text);
        let builtin = matches!(name.text.as_str(), "now" | "caller");
        if taken || builtin {
            let message = format!("there is a value `{}` already", name.text);
            self.error(Diagnostic::new(Code::DuplicateKey, name.span, message).help("choose another name"));
            return;
        }
        self.globals.insert(name.text.clone(), global);
    }

    /// Reads the decimals of a resource, by which amounts are read everywhere.
    fn resource(&mut self, decl: &ast::Decl) {
        let name = &decl.name;
        if ["w", "d", "h", "m", "s"].contains(&name.text.as_str()) {
            let help = "these letters end a duration, as 7d";
            self.error(Diagnostic::new(Code::DuplicateKey, name.span, "a resource is not called so").help(help));
        }
        let setting = decl.settings.iter().find(|setting| setting.key.text == "decimals");
        let decimals = match setting.map(|setting| &setting.value) {
            None => Some(0),
            Some(ast::SettingValue::Expr(ast::Expr { kind: ast::ExprKind::Int(digits), .. })) => digits.parse().ok(),
            Some(_) => None,
        };
        match decimals.filter(|decimals| *decimals <= 18) {
            Some(decimals) => {
                self.decimals.insert(name.text.clone(), decimals);
            }
            None => {
                self.decimals.insert(name.text.clone(), 18);
                let span = setting.map_or(name.span, |setting| setting.span);
                self.tell(Code::BadLiteral, span, "decimals are a plain number from 0 to 18");
            }
        }
    }

    fn types(&mut self, file: &ast::File) {
        // All names first, so that types can name each other.
        for item in &file.items {
            match &item.kind {
                ItemKind::Record(record) => self.add_type(&record.name, TypeDef::Record(Vec::new())),
                ItemKind::Enum(item) => {
                    let plain = item.variants.iter().all(|variant| variant.payload.is_empty());
                    let variant = |variant: &ast::Variant| VariantDef {
                        name: variant.name.text.clone(),
                        payload: if plain { Vec::new() } else { vec![Type::Unknown; variant.payload.len()] },
                    };
                    self.add_type(&item.name, TypeDef::Enum(item.variants.iter().map(variant).collect()));
                }
                ItemKind::Decl(decl) if decl.kind.text == "credential" => {
                    self.add_type(&decl.name, TypeDef::Record(Vec::new()));
                }
                ItemKind::Decl(decl) if decl.kind.text == "budget" => self.categories(decl),
                _ => {}
            }
        }
        for item in &file.items {
            let (name, def) = match &item.kind {
                ItemKind::Record(record) => (&record.name, TypeDef::Record(self.fields(&record.fields))),
                ItemKind::Enum(item) => (&item.name, TypeDef::Enum(self.variants(item))),
                ItemKind::Decl(decl) if decl.kind.text == "credential" => {
                    (&decl.name, TypeDef::Record(self.claims_of(decl)))
                }
                _ => continue,
            };
            let full = format!("{}{}", self.prefix, name.text);
            self.program.types.set(&full, def);
            if let Some(path) = contains_itself(&full, &self.program.types) {
                let message = format!("`{}` contains itself: {path}", name.text);
                self.tell(Code::RecursiveType, name.span, message);
                self.program.types.set(&full, TypeDef::Record(Vec::new()));
            }
        }
    }

    /// The categories of a budget are an enum, `pb.Category`.
    fn categories(&mut self, decl: &ast::Decl) {
        let names =
            decl.settings.iter().filter(|setting| setting.key.text == "category").filter_map(|setting| match &setting
                .value
            {
                ast::SettingValue::Block { name: Some(name), .. } => Some(name.text.clone()),
                _ => None,
            });
        let variants: Vec<_> = names.map(|name| VariantDef { name, payload: Vec::new() }).collect();
        if !variants.is_empty() {
            let name = Ident { text: format!("{}.Category", decl.name.text), span: decl.name.span };
            self.add_type(&name, TypeDef::Enum(variants));
        }
    }

    fn variants(&mut self, item: &ast::EnumItem) -> Vec<VariantDef> {
        let mut seen = BTreeSet::new();
        if item.variants.is_empty() {
            self.tell(Code::MissingKey, item.name.span, format!("`{}` has no cases", item.name.text));
        }
        let mut variants = Vec::new();
        for variant in &item.variants {
            if !seen.insert(&variant.name.text) {
                self.tell(Code::DuplicateKey, variant.name.span, format!("`{}` is given twice", variant.name.text));
            }
            let payload = variant.payload.iter().map(|ty| self.type_ref(ty)).collect();
            variants.push(VariantDef { name: variant.name.text.clone(), payload });
        }
        variants
    }

    fn claims_of(&mut self, decl: &ast::Decl) -> Vec<FieldDef> {
        let claims = decl.settings.iter().find(|setting| setting.key.text == "claims");
        let Some(ast::SettingValue::Block { settings, .. }) = claims.map(|claims| &claims.value) else {
            return Vec::new();
        };
        let claim = |setting: &ast::Setting| match &setting.value {
            ast::SettingValue::Type(ty) => Some((setting.key.clone(), ty.clone())),
            _ => None,
        };
        let mut seen = BTreeSet::new();
        let mut fields = Vec::new();
        for (name, ty) in settings.iter().filter_map(claim) {
            if !seen.insert(name.text.clone()) {
                self.tell(Code::DuplicateKey, name.span, format!("`{}` is given twice", name.text));
                continue;
            }
            fields.push(FieldDef { name: name.text.clone(), ty: self.type_ref(&ty) });
        }
        fields
    }

    /// Parameters and constants, in the order of the source: each may use those before it.
    fn constants(&mut self, file: &ast::File) {
        for item in &file.items {
            let (name, constant) = match &item.kind {
                ItemKind::Const(constant) => {
                    let ty = self.ty(constant.ty.as_ref());
                    let value = self.constant(&constant.value, &ty);
                    if let Some(value) = &value {
                        self.in_range_of_extended(&constant.name, &ty, value);
                    }
                    (&constant.name, value.map(|value| (ty, value, None)))
                }
                ItemKind::Param(param) => (&param.name, self.parameter(param)),
                _ => continue,
            };
            let index = self.program.consts.len();
            self.add_global(name, Global::Const(index));
            // Without a value, what uses it is not told again.
            let (ty, value, param) = constant.unwrap_or((Type::Unknown, Value::Unit, None));
            self.program.consts.push(Const {
                name: name.text.clone(),
                ty,
                value,
                docs: item.docs.clone(),
                param,
                settable: has(item, "param"),
                span: item.span,
            });
        }
        let known: BTreeSet<_> = file
            .items
            .iter()
            .filter_map(|item| match &item.kind {
                ItemKind::Param(param) => Some(param.name.text.clone()),
                _ => None,
            })
            .collect();
        let strange: Vec<String> = self.arguments.keys().filter(|name| !known.contains(*name)).cloned().collect();
        for name in strange {
            let span = self.program.header.span.unwrap_or(Span::new(0, 0));
            self.tell(Code::BadParameter, span, format!("there is no parameter `{name}`"));
        }
    }

    fn parameter(&mut self, param: &ast::Param) -> Option<(Type, Value, Option<ParamInfo>)> {
        let ty = self.ty(param.ty.as_ref());
        let bound = |this: &mut Self, expr: Option<&ast::Expr>| expr.and_then(|expr| this.constant(expr, &ty));
        let min = bound(self, param.range.as_ref().map(|(min, _)| min));
        let max = bound(self, param.range.as_ref().and_then(|(_, max)| max.as_ref()));
        let given = self.arguments.get(&param.name.text).cloned();
        let value = match (&given, &param.default) {
            (Some(text), _) => self.argument(text, &ty, param.name.span)?,
            (None, Some(default)) => self.constant(default, &ty)?,
            (None, None) => {
                let message = format!("the parameter `{}` has no value", param.name.text);
                let help = format!("give it one: --arg {}=…", param.name.text);
                self.error(Diagnostic::new(Code::BadParameter, param.name.span, message).help(help));
                return None;
            }
        };
        self.in_range_of_extended(&param.name, &ty, &value);
        if is_outside(&value, min.as_ref(), max.as_ref()) {
            let message = format!("the value of `{}` is out of its range", param.name.text);
            self.tell(Code::BadParameter, param.name.span, message);
        }
        Some((ty, value, Some(ParamInfo { min, max, given: given.is_some() })))
    }

    /// The value of an argument, which is an expression of its own.
    fn argument(&mut self, text: &str, ty: &Type, span: Span) -> Option<Value> {
        let source = format!("policy \"argument\" version 1.0.0 for node; const argument: Int = {text};");
        let parsed = syntax::parse(&source);
        let file = ast::File::of(&parsed.syntax());
        let expr = match file.items.as_slice() {
            [ast::Item { kind: ItemKind::Const(constant), .. }] if parsed.diagnostics.is_empty() => {
                constant.value.clone()
            }
            _ => {
                self.tell(Code::BadParameter, span, format!("`{text}` is no value"));
                return None;
            }
        };
        let place = self.import.replace(self.import.unwrap_or(span));
        let before = self.diagnostics.len();
        let value = self.constant(&expr, ty);
        self.import = place;
        for diagnostic in self.diagnostics.iter_mut().skip(before) {
            diagnostic.code = Code::BadParameter;
            diagnostic.message = format!("`{text}`: {}", diagnostic.message.trim_start_matches("in the module: "));
        }
        value
    }

    fn founders(&mut self, file: &ast::File) {
        let founders = file.items.iter().filter_map(|item| match &item.kind {
            ItemKind::Found(founders) => Some(founders),
            _ => None,
        });
        let founders: Vec<_> = founders.flatten().cloned().collect();
        for founder in founders {
            let kind = self.decl_kind(&founder.of.text);
            if !matches!(kind, Some(Kind::Role | Kind::Class)) {
                let known = self.names_of(&[Kind::Role, Kind::Class]);
                self.unknown("role or class", &founder.of, known);
                continue;
            }
            let ty = self.ty(founder.ty.as_ref());
            if ty != Type::list(Type::Did) {
                self.tell(Code::TypeMismatch, founder.span, "founders are a List<Did>");
            }
            let count =
                |this: &mut Self, expr: Option<&ast::Expr>| match expr.map(|expr| this.constant(expr, &Type::Int)) {
                    Some(Some(Value::Int(number))) => u64::try_from(number).ok(),
                    _ => None,
                };
            let min = count(self, founder.range.as_ref().map(|(min, _)| min)).unwrap_or(1);
            let max = count(self, founder.range.as_ref().and_then(|(_, max)| max.as_ref()));
            if self.program.founders.iter().any(|other| other.of == founder.of.text) {
                self.tell(Code::DuplicateKey, founder.of.span, format!("`{}` is founded twice", founder.of.text));
            }
            self.program.founders.push(crate::program::Founder {
                of: founder.of.text.clone(),
                param: founder.param.as_ref().map(|param| param.text.clone()).unwrap_or_default(),
                min,
                max,
                span: founder.span,
            });
        }
    }

    fn states(&mut self, file: &ast::File) {
        for item in &file.items {
            let ItemKind::State(state) = &item.kind else { continue };
            let ty = self.ty(state.ty.as_ref());
            if !ty.is_storable() {
                self.tell(Code::TypeMismatch, item.span, format!("{ty} cannot be kept"));
            }
            let initial = match &state.initial {
                Some(initial) => self.constant(initial, &ty),
                None => empty(&ty),
            };
            if state.initial.is_none() && initial.is_none() && ty != Type::Unknown {
                let message = format!("`{}` needs a first value: `= …`", state.name.text);
                self.tell(Code::MissingKey, item.span, message);
            }
            let max = self.max_of(item);
            let index = self.program.states.len();
            self.add_global(&state.name, Global::State(index));
            self.program.states.push(State {
                name: state.name.text.clone(),
                ty,
                initial: initial.unwrap_or(Value::Unit),
                max,
                docs: item.docs.clone(),
                span: item.span,
            });
        }
    }

    /// Events and errors.
    fn signatures(&mut self, file: &ast::File) {
        for item in &file.items {
            let (signature, event) = match &item.kind {
                ItemKind::Event(signature) => (signature, true),
                ItemKind::Error(signature) => (signature, false),
                _ => continue,
            };
            let fields = self.fields(&signature.params);
            let full = format!("{}{}", self.prefix, signature.name.text);
            let made = Signature { name: full.clone(), fields, docs: item.docs.clone(), span: item.span };
            let (names, list) = match event {
                true => (&mut self.events, &mut self.program.events),
                false => (&mut self.errors, &mut self.program.errors),
            };
            let taken = names.insert(full, list.len()).is_some();
            list.push(made);
            if taken {
                self.tell(
                    Code::DuplicateKey,
                    signature.name.span,
                    format!("`{}` is declared twice", signature.name.text),
                );
            }
        }
    }

    fn declarations(&mut self, file: &ast::File, names: &[(usize, usize)]) {
        for (at, index) in names {
            let Some(ast::Item { kind: ItemKind::Decl(decl), .. }) = file.items.get(*at) else { continue };
            let Some(kind) = Kind::of(&decl.kind.text) else { continue };
            if kind != Kind::Proposal && !decl.params.is_empty() {
                self.tell(Code::Syntax, decl.name.span, format!("a {} has no parameters; a proposal has", kind.word()));
            }
            let resource = match kind {
                Kind::Resource => Some(decl.name.text.clone()),
                Kind::Budget | Kind::Meter => plain_name(decl, "resource").map(|name| name.text.clone()),
                _ => None,
            };
            let condition =
                self.program.function(&Role::Condition(decl.name.text.clone()), &decl.name.text).map(|(at, _)| at);
            let context = Context { kind, name: &decl.name, resource, condition };
            let settings = self.settings(decl, &context);
            let params = match kind {
                Kind::Proposal => {
                    let effect = Role::Effect(decl.name.text.clone());
                    self.program.function(&effect, &decl.name.text).map(|(_, function)| function.params.clone())
                }
                _ => None,
            };
            self.check_extends(kind, decl);
            if let Some(place) = self.program.decls.get_mut(*index) {
                place.settings = settings;
                place.params = params.unwrap_or_default();
            }
        }
    }

    fn check_extends(&mut self, kind: Kind, decl: &ast::Decl) {
        let Some(extends) = &decl.extends else { return };
        if kind != Kind::Role {
            self.tell(Code::Syntax, extends.span, format!("a {} extends nothing; a role can", kind.word()));
            return;
        }
        if let Some(name) = extends.parts.last() {
            if self.decl_kind(&extends.text()) != Some(Kind::Role) {
                let known = self.names_of(&[Kind::Role]);
                self.unknown("role", name, known);
            }
        }
    }

    /// Reads the code of functions; gives who calls whom, where.
    fn entrenched(&mut self, file: &ast::File) {
        for item in &file.items {
            let ItemKind::Entrench(entrench) = &item.kind else { continue };
            let mut paths = Vec::new();
            for path in &entrench.paths {
                let parts: Vec<_> = path.parts.iter().map(|part| part.text.as_str()).collect();
                let known = match parts.as_slice() {
                    ["invariant", name] => self.program.function(&Role::Invariant, name).is_some(),
                    ["found"] => true,
                    [kind, name] => Kind::of(kind).is_some_and(|kind| self.program.decl(kind, name).is_some()),
                    _ => false,
                };
                if !known {
                    let help = "what is protected is written kind.name, as process.amendment or invariant.solvent";
                    let message = format!("there is no `{}`", path.text());
                    self.error(Diagnostic::new(Code::UnknownName, path.span, message).help(help));
                }
                paths.push(path.text());
            }
            let requires = entrench.requires.as_ref().and_then(|ratio| match self.constant(ratio, &Type::Ratio) {
                Some(Value::Ratio(numerator, denominator)) => {
                    if numerator <= 0 || numerator > denominator {
                        self.tell(Code::BadRatio, ratio.span, "a share of votes is above 0% and at most 100%");
                    }
                    Some((numerator, denominator))
                }
                _ => None,
            });
            self.program.entrench.push(Entrench { paths, requires, span: item.span });
        }
    }

    fn dropped(&mut self, file: &ast::File) {
        for item in &file.items {
            let ItemKind::DropState(name) = &item.kind else { continue };
            if self.program.states.iter().any(|state| state.name == name.text) {
                self.tell(Code::DuplicateKey, name.span, format!("`{}` is declared and dropped", name.text));
            }
            self.program.dropped_states.push(name.text.clone());
        }
    }
}

/// What two items must share to be one thing.
pub(super) fn key_of(item: &ast::Item) -> Option<(String, String)> {
    let key = |kind: &str, name: &str| Some((kind.to_string(), name.to_string()));
    match &item.kind {
        ItemKind::Decl(decl) => key(&decl.kind.text, &decl.name.text),
        ItemKind::Const(constant) => key("value", &constant.name.text),
        ItemKind::Param(param) => key("value", &param.name.text),
        ItemKind::State(state) => key("state", &state.name.text),
        ItemKind::Record(record) => key("type", &record.name.text),
        ItemKind::Enum(item) => key("type", &item.name.text),
        ItemKind::Event(event) => key("event", &event.name.text),
        ItemKind::Error(error) => key("error", &error.name.text),
        ItemKind::Func(function) => key("function", &function.name.text),
        ItemKind::Invariant(invariant) => key("invariant", &invariant.name.text),
        ItemKind::Permission(permission) => key("permission", &permission.name.text),
        ItemKind::Test(test) => key("test", &test.title.text),
        ItemKind::Found(_) => key("found", ""),
        ItemKind::Entrench(_) | ItemKind::Handler(_) | ItemKind::DropState(_) => None,
    }
}

/// The name that a setting is set to, before settings are read.
fn plain_name<'t>(decl: &'t ast::Decl, key: &str) -> Option<&'t Ident> {
    let setting = decl.settings.iter().find(|setting| setting.key.text == key)?;
    match &setting.value {
        ast::SettingValue::Expr(ast::Expr { kind: ast::ExprKind::Name(name), .. }) => Some(name),
        _ => None,
    }
}

/// The first value of a state that does not say one: nothing in it.
fn empty(ty: &Type) -> Option<Value> {
    match ty {
        Type::List(_) => Some(Value::List(Vec::new())),
        Type::Set(_) => Some(Value::Set(Vec::new())),
        Type::Map(..) => Some(Value::Map(Vec::new())),
        Type::Option(_) => Some(Value::Option(None)),
        _ => None,
    }
}

/// Whether a value is not between two others.
pub(super) fn is_outside(value: &Value, min: Option<&Value>, max: Option<&Value>) -> bool {
    min.is_some_and(|min| less(value, min)) || max.is_some_and(|max| less(max, value))
}

fn less(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Ratio(a, b), Value::Ratio(c, d)) => crate::number::compare((*a, *b), (*c, *d)).is_lt(),
        (Value::List(a), Value::Int(b)) => i128::try_from(a.len()).is_ok_and(|length| length < *b),
        (Value::Int(a), Value::List(b)) => i128::try_from(b.len()).is_ok_and(|length| *a < length),
        (a, b) => a < b,
    }
}

/// The way by which a type contains itself, if it does.
fn contains_itself(name: &str, types: &Types) -> Option<String> {
    let mut seen = BTreeSet::new();
    let mut open = vec![(name.to_string(), name.to_string())];
    while let Some((current, path)) = open.pop() {
        let parts: Vec<Type> = match types.get(&current) {
            Some(TypeDef::Record(fields)) => fields.iter().map(|field| field.ty.clone()).collect(),
            Some(TypeDef::Enum(variants)) => variants.iter().flat_map(|variant| variant.payload.clone()).collect(),
            None => Vec::new(),
        };
        for part in parts {
            // Values are trees of bounded depth, also through collections.
            let mut inner = vec![part];
            while let Some(ty) = inner.pop() {
                inner.extend(ty.parts().into_iter().cloned());
                if let Type::Named(next) = ty {
                    let path = format!("{path} → {next}");
                    if next == name {
                        return Some(path);
                    }
                    if seen.insert(next.clone()) {
                        open.push((next, path));
                    }
                }
            }
        }
    }
    None
}
