//! Names in code: values, types, functions, and what follows a dot.

use super::{item, Probe, PROBE};
use crate::index::{Symbol, SymbolKind, LANGUAGE_FUNCTIONS, LANGUAGE_TYPES};
use icn_ccl::{
    ast::Level,
    diagnostic::Span,
    program::{
        builtin::{Param, CORE},
        Builtin,
    },
    schema::Kind,
    sema::{KERNEL_EVENTS, TEST_FUNCTIONS},
    syntax::{SyntaxKind as K, SyntaxNode},
    types::{Type, TypeDef, VariantDef},
};
use lsp_types::{CompletionItem, CompletionItemKind};

/// Words that begin a statement.
const STATEMENTS: [(&str, &str); 8] = [
    ("let", "let ${1:name} = $2;"),
    ("if", "if $1 {\n  $0\n}"),
    ("for", "for ${1:x} in $2 {\n  $0\n}"),
    ("match", "match $1 {\n  $0\n}"),
    ("require", "require $1 else ${2:Error}($3);"),
    ("emit", "emit ${1:Event}($2);"),
    ("return", "return $1;"),
    ("delete", "delete ${1:map}[$2];"),
];

impl Probe {
    // Symbols of the document.

    /// Symbols of the document of some kinds.
    pub(super) fn symbols<'a>(
        &'a self,
        is: impl Fn(SymbolKind) -> bool + 'a,
    ) -> impl Iterator<Item = CompletionItem> + 'a {
        let known = move |symbol: &&Symbol| is(symbol.kind) && symbol.name != PROBE && symbol.of.is_empty();
        self.analysis.index.symbols.iter().filter(known).map(|symbol| self.symbol(symbol))
    }

    pub(super) fn decls(&self, kinds: &[Kind]) -> Vec<CompletionItem> {
        self.symbols(|kind| matches!(kind, SymbolKind::Decl(kind) if kinds.contains(&kind))).collect()
    }

    pub(super) fn symbol(&self, symbol: &Symbol) -> CompletionItem {
        use CompletionItemKind as C;
        let kind = match symbol.kind {
            SymbolKind::Const | SymbolKind::TemplateParam => C::CONSTANT,
            SymbolKind::Function(_) => C::FUNCTION,
            SymbolKind::Event | SymbolKind::Error => C::EVENT,
            SymbolKind::Record | SymbolKind::Decl(Kind::Credential) => C::STRUCT,
            SymbolKind::Enum => C::ENUM,
            SymbolKind::Variant | SymbolKind::Category | SymbolKind::Permission => C::ENUM_MEMBER,
            SymbolKind::Field => C::FIELD,
            SymbolKind::Module => C::MODULE,
            SymbolKind::Decl(_) => C::CLASS,
            _ => C::VARIABLE,
        };
        let made = item(&symbol.name, kind, &symbol.detail, &symbol.docs);
        match symbol.kind {
            SymbolKind::Function(_) | SymbolKind::Event | SymbolKind::Error => self.call(made, &symbol.name),
            _ => made,
        }
    }

    /// An item that inserts a call.
    fn call(&self, made: CompletionItem, name: &str) -> CompletionItem {
        self.inserting(made, name, &format!("{name}($1)"))
    }

    // Values.

    /// What can stand where a value stands.
    pub(super) fn value(&self, name: &SyntaxNode) -> Vec<CompletionItem> {
        if let Some(items) = self.setting_value(name) {
            return items;
        }
        let parent = name.parent();
        match parent.as_ref().map(SyntaxNode::kind) {
            Some(K::ExprStmt) if parent.as_ref().and_then(SyntaxNode::first_child).as_ref() == Some(name) => {
                self.statement()
            }
            Some(K::Arg) => {
                let call = self.call_around(name);
                let mut items = call.as_ref().map(|(callee, at)| self.argument(callee, at)).unwrap_or_default();
                let expected: Vec<_> = items.iter().map(|item| item.label.clone()).collect();
                items.iter_mut().for_each(|item| item.sort_text = Some(format!("0{}", item.label)));
                items.extend(self.values().into_iter().filter(|item| !expected.contains(&item.label)));
                items
            }
            _ => self.values(),
        }
    }

    pub(super) fn statement(&self) -> Vec<CompletionItem> {
        let words = STATEMENTS.iter().map(|(word, snippet)| self.inserting(self.keyword(word), word, snippet));
        words.chain(self.values()).collect()
    }

    fn offset(&self) -> usize {
        self.token.text_range().start().into()
    }

    fn in_test(&self) -> bool {
        self.token.parent_ancestors().any(|node| node.kind() == K::Test)
    }

    fn values(&self) -> Vec<CompletionItem> {
        let locals = self.analysis.index.locals_at(self.offset()).filter(|symbol| symbol.name != PROBE);
        let mut items: Vec<_> = locals
            .map(|symbol| CompletionItem { sort_text: Some(format!("0{}", symbol.name)), ..self.symbol(symbol) })
            .collect();
        items.extend(self.symbols(|kind| {
            matches!(
                kind,
                SymbolKind::Const
                    | SymbolKind::TemplateParam
                    | SymbolKind::State
                    | SymbolKind::Decl(_)
                    | SymbolKind::Function(_)
                    | SymbolKind::Record
                    | SymbolKind::Enum
                    | SymbolKind::Module
            )
        }));
        items.extend(Builtin::ALL.iter().map(|builtin| self.builtin(*builtin)));
        let test = self.in_test();
        let language = LANGUAGE_FUNCTIONS.iter().filter(|(word, _, _)| test || !TEST_FUNCTIONS.contains(word));
        items.extend(
            language
                .map(|(word, detail, docs)| self.call(item(word, CompletionItemKind::FUNCTION, detail, docs), word)),
        );
        items.extend(["if", "not", "true", "false", "none"].map(|word| self.keyword(word)));
        items
    }

    fn builtin(&self, builtin: Builtin) -> CompletionItem {
        let made = item(builtin.word(), CompletionItemKind::FUNCTION, &builtin.signature(), builtin.doc());
        match (builtin, builtin.params()) {
            (Builtin::Now | Builtin::Caller, _) => made,
            (_, []) => self.inserting(made, builtin.word(), &format!("{}()", builtin.word())),
            _ => self.call(made, builtin.word()),
        }
    }

    // Arguments.

    /// What is called with the probe, and at which place the probe stands.
    fn call_around(&self, name: &SyntaxNode) -> Option<(SyntaxNode, Place)> {
        let arg = name.parent()?;
        let args = arg.parent()?;
        let at = args.children().filter(|child| child.kind() == K::Arg).take_while(|child| *child != arg).count();
        let label = arg.children_with_tokens().filter_map(|element| element.into_token());
        let label = label.filter(|token| token.kind() == K::Ident).map(|token| token.text().to_string()).next();
        Some((args.parent()?, label.map_or(Place::At(at), Place::Named)))
    }

    /// What an argument is expected to be.
    fn argument(&self, call: &SyntaxNode, place: &Place) -> Vec<CompletionItem> {
        let mut items = Vec::new();
        let callee = match call.kind() {
            K::Call => call.first_child().map(|callee| callee.text().to_string()).unwrap_or_default(),
            _ => String::new(),
        };
        let callee = callee.trim();
        let (last, method) = match callee.rsplit_once('.') {
            Some((first, last)) => (last, !self.is_module(first)),
            None => (callee, false),
        };
        let function = self.analysis.program.functions.iter().find(|function| function.name == callee);
        if let Some(function) = function {
            let param = match place {
                Place::At(at) => function.params.get(*at),
                Place::Named(name) => function.params.iter().find(|param| param.name == *name),
            };
            items.extend(param.map(|param| self.of_type(&param.ty)).unwrap_or_default());
        } else if let Some(builtin) = Builtin::of(last) {
            let params = builtin.params();
            let param = match place {
                Place::At(at) => params.get(at + usize::from(method)),
                Place::Named(name) => params.iter().find(|(param, _)| param == name),
            };
            items.extend(param.map(|(_, param)| self.of_param(*param)).unwrap_or_default());
        }
        if let Place::At(_) = place {
            items.extend(self.labels(call));
        }
        items
    }

    /// Names of parameters that have no value yet.
    pub(super) fn param_names(&self, arg: &SyntaxNode) -> Vec<CompletionItem> {
        let call = arg.parent().and_then(|args| args.parent());
        call.map(|call| self.labels(&call)).unwrap_or_default()
    }

    fn labels(&self, call: &SyntaxNode) -> Vec<CompletionItem> {
        let callee = call.first_child().map(|callee| callee.text().to_string()).unwrap_or_default();
        let callee = callee.trim();
        let names: Vec<String> = match self.analysis.program.functions.iter().find(|found| found.name == callee) {
            Some(function) => function.params.iter().map(|param| param.name.clone()).collect(),
            None => Builtin::of(callee.rsplit('.').next().unwrap_or_default())
                .map(|builtin| builtin.params().iter().map(|(name, _)| (*name).to_string()).collect())
                .unwrap_or_default(),
        };
        let label = |name: String| {
            let made = item(&format!("{name}:"), CompletionItemKind::FIELD, "parameter", "");
            self.inserting(made, &format!("{name}: "), &format!("{name}: $1"))
        };
        names.into_iter().map(label).collect()
    }

    /// Names that a parameter of a function of the language takes.
    fn of_param(&self, param: Param) -> Vec<CompletionItem> {
        match param {
            Param::Name(kinds) => self.decls(kinds),
            Param::NameOrValue(kind) => self.decls(&[kind]),
            Param::Credential | Param::Claims => self.decls(&[Kind::Credential]),
            Param::Constant => self.symbols(|kind| kind == SymbolKind::Const).collect(),
            Param::Function => {
                let level = |level| level < Level::Action;
                self.symbols(|kind| matches!(kind, SymbolKind::Function(of) if level(of))).collect()
            }
            Param::Account => self.decls(&[Kind::Treasury, Kind::Budget, Kind::Body]),
            _ => Vec::new(),
        }
    }

    /// Values of a type that have names.
    fn of_type(&self, ty: &Type) -> Vec<CompletionItem> {
        match ty {
            Type::Role => self.decls(&[Kind::Role]),
            Type::Class => self.decls(&[Kind::Class]),
            Type::Body => self.decls(&[Kind::Body]),
            Type::Process => self.decls(&[Kind::Process]),
            Type::Account => self.decls(&[Kind::Treasury, Kind::Budget, Kind::Body]),
            Type::Bool => ["true", "false"].map(|word| self.keyword(word)).to_vec(),
            Type::Named(name) => match self.analysis.program.types.variants(ty) {
                Some(variants) => variants.iter().map(|variant| self.variant(variant, &format!("{name}."))).collect(),
                None => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    // After a dot.

    fn is_module(&self, alias: &str) -> bool {
        self.analysis.program.imports.iter().any(|import| import.alias == alias)
    }

    /// Fields, cases, functions of a module, and functions of the language that take what stands before the dot.
    pub(super) fn after_dot(&self, access: &SyntaxNode) -> Vec<CompletionItem> {
        let Some(receiver) = access.first_child() else { return Vec::new() };
        let text = receiver.text().to_string();
        let named = self.after_name(text.trim());
        if !named.is_empty() {
            return named;
        }
        let Some(ty) = self.analysis.types.get(&Span::from(receiver.text_range())) else { return Vec::new() };
        let fields = self.analysis.program.types.fields(ty).unwrap_or_default();
        let field = |field: &icn_ccl::types::FieldDef| {
            let mut made = item(&field.name, CompletionItemKind::FIELD, &format!("{}: {}", field.name, field.ty), "");
            made.sort_text = Some(format!("0{}", field.name));
            made
        };
        let methods = Builtin::ALL.iter().filter(|builtin| takes(**builtin, ty)).map(|builtin| self.method(*builtin));
        fields.iter().map(field).chain(methods).collect()
    }

    /// A function of the language that is written after its first value.
    fn method(&self, builtin: Builtin) -> CompletionItem {
        let made = item(builtin.word(), CompletionItemKind::METHOD, &builtin.signature(), builtin.doc());
        let word = builtin.word();
        match builtin.params().len() {
            1 => self.inserting(made, &format!("{word}()"), &format!("{word}()")),
            _ => self.call(made, word),
        }
    }

    /// What follows the name of an enum, a budget or a module.
    fn after_name(&self, name: &str) -> Vec<CompletionItem> {
        let program = &self.analysis.program;
        if let Some(variants) = program.types.variants(&Type::Named(name.into())) {
            return variants.iter().map(|variant| self.variant(variant, "")).collect();
        }
        if let Some(import) = program.imports.iter().find(|import| import.alias == name) {
            let prefix = format!("{name}.");
            let own = program.functions.iter().filter(|function| !function.own).filter_map(|function| {
                let word = function.name.strip_prefix(&prefix)?;
                let params: Vec<_> =
                    function.params.iter().map(|param| format!("{}: {}", param.name, param.ty)).collect();
                let detail =
                    format!("{} {word}({}) -> {}", function.level().word(), params.join(", "), function.result);
                Some(self.call(item(word, CompletionItemKind::FUNCTION, &detail, &function.docs), word))
            });
            let module = import.name.split('@').next().unwrap_or_default();
            let core = CORE.iter().filter(|(core, _)| *core == module).flat_map(|(_, offered)| offered.iter());
            return own.chain(core.map(|builtin| self.builtin(*builtin))).chain(self.module_types(&prefix)).collect();
        }
        let category = format!("{name}.Category");
        match program.types.get(&category) {
            Some(_) => vec![item("Category", CompletionItemKind::ENUM, &category, "The categories of the budget.")],
            None => Vec::new(),
        }
    }

    fn module_types(&self, prefix: &str) -> Vec<CompletionItem> {
        let named = |(name, def): (&String, &TypeDef)| {
            let kind = match def {
                TypeDef::Record(_) => CompletionItemKind::STRUCT,
                TypeDef::Enum(_) => CompletionItemKind::ENUM,
            };
            Some(item(name.strip_prefix(prefix)?, kind, name, ""))
        };
        self.analysis.program.types.iter().filter_map(named).collect()
    }

    fn variant(&self, variant: &VariantDef, prefix: &str) -> CompletionItem {
        let name = format!("{prefix}{}", variant.name);
        let payload: Vec<_> = variant.payload.iter().map(ToString::to_string).collect();
        let detail = if payload.is_empty() { name.clone() } else { format!("{name}({})", payload.join(", ")) };
        let made = item(&name, CompletionItemKind::ENUM_MEMBER, &detail, "");
        if payload.is_empty() {
            made
        } else {
            self.call(made, &name)
        }
    }

    // Records, types and paths.

    /// Fields of a record literal that have no value yet.
    pub(super) fn record_fields(&self, record: &SyntaxNode) -> Vec<CompletionItem> {
        let name = record.first_child().map(|name| name.text().to_string()).unwrap_or_default();
        let given: Vec<_> = record
            .children()
            .filter(|child| child.kind() == K::Entry)
            .filter_map(|entry| entry.children_with_tokens().find(|element| element.kind() == K::Ident))
            .map(|element| element.to_string())
            .collect();
        let fields = self.analysis.program.types.fields(&Type::Named(name.trim().into())).unwrap_or_default();
        let field = |field: &icn_ccl::types::FieldDef| {
            let made = item(&field.name, CompletionItemKind::FIELD, &format!("{}: {}", field.name, field.ty), "");
            self.inserting(made, &format!("{}: ", field.name), &format!("{}: $1", field.name))
        };
        fields.iter().filter(|field| !given.contains(&field.name)).map(field).collect()
    }

    pub(super) fn path(&self, path: &SyntaxNode) -> Vec<CompletionItem> {
        let first = path.text().to_string();
        let first = first.split(PROBE).next().unwrap_or_default().trim().trim_end_matches('.').to_string();
        let parent = path.parent();
        match parent.as_ref().map(SyntaxNode::kind) {
            Some(K::TypeRef) => self.type_names(&first, parent.as_ref()),
            Some(K::Emit) => self.symbols(|kind| kind == SymbolKind::Event).collect(),
            Some(K::Require) => self.symbols(|kind| kind == SymbolKind::Error).collect(),
            Some(K::Decl) => self.decls(&[Kind::Role]),
            Some(K::Handler) => {
                let event = |(name, fields): &(&str, &[(&str, Type)])| {
                    let fields: Vec<_> = fields.iter().map(|(name, ty)| format!("{name}: {ty}")).collect();
                    let made = item(name, CompletionItemKind::EVENT, &format!("{name}({})", fields.join(", ")), "");
                    self.inserting(made, name, &format!("{name}({}) {{\n  $0\n}}", fields.join(", ")))
                };
                KERNEL_EVENTS.iter().map(event).collect()
            }
            Some(K::Entrench) if first.is_empty() => {
                let kinds = Kind::ALL.iter().map(|kind| kind.word()).chain(["invariant", "found"]);
                kinds.map(|word| self.keyword(word)).collect()
            }
            Some(K::Entrench) => match Kind::of(&first) {
                Some(kind) => self.decls(&[kind]),
                None => self.symbols(|kind| kind == SymbolKind::Invariant).collect(),
            },
            Some(K::Pattern) if !first.is_empty() => self.after_name(&first),
            Some(K::Pattern) => self.patterns(parent.as_ref()),
            _ => Vec::new(),
        }
    }

    /// The cases of what is matched.
    fn patterns(&self, pattern: Option<&SyntaxNode>) -> Vec<CompletionItem> {
        let matched = pattern.and_then(|node| node.ancestors().find(|node| node.kind() == K::Match));
        let of = matched.and_then(|node| node.first_child());
        let ty = of.and_then(|of| self.analysis.types.get(&Span::from(of.text_range())));
        let mut items = match ty {
            Some(Type::Option(_)) => {
                let some = item("some", CompletionItemKind::ENUM_MEMBER, "some(value)", "");
                vec![self.inserting(some, "some", "some(${1:value})"), self.keyword("none")]
            }
            Some(ty) => self.of_type(ty),
            None => Vec::new(),
        };
        items.push(item("_", CompletionItemKind::KEYWORD, "all others", ""));
        items
    }

    fn type_names(&self, first: &str, ty: Option<&SyntaxNode>) -> Vec<CompletionItem> {
        if !first.is_empty() {
            let mut items = self.after_name(first);
            items.retain(|item| matches!(item.kind, Some(CompletionItemKind::ENUM | CompletionItemKind::STRUCT)));
            return items;
        }
        // In the brackets of an amount stands a resource.
        let outer = ty.and_then(SyntaxNode::parent).filter(|outer| outer.kind() == K::TypeRef);
        let outer = outer.and_then(|outer| outer.first_child()).map(|path| path.text().to_string());
        if outer.is_some_and(|name| ["Amount", "Exact", "BudgetStatus"].contains(&name.trim())) {
            return self.decls(&[Kind::Resource]);
        }
        let plain = LANGUAGE_TYPES.iter().map(|(name, detail, docs)| {
            let made = item(name, CompletionItemKind::CLASS, detail, docs);
            match *name {
                "Map" => self.inserting(made, name, "Map<${1:Int}, $2>"),
                _ if detail.contains('<') => self.inserting(made, name, &format!("{name}<$1>")),
                _ => made,
            }
        });
        let named = self.analysis.program.types.iter().filter(|(name, _)| !name.starts_with(PROBE));
        let named = named.map(|(name, def)| {
            let kind = match def {
                TypeDef::Record(_) => CompletionItemKind::STRUCT,
                TypeDef::Enum(_) => CompletionItemKind::ENUM,
            };
            item(name, kind, name, "")
        });
        plain.chain(named).collect()
    }
}

/// Where an argument stands.
enum Place {
    At(usize),
    Named(String),
}

/// Whether a function of the language can be written after a value of a type.
fn takes(builtin: Builtin, ty: &Type) -> bool {
    if builtin.level() != Level::Pure {
        return false;
    }
    let Some((_, first)) = builtin.params().first() else { return false };
    let number = |of: &Type| {
        matches!(of, Type::Int | Type::Amount(_) | Type::Exact(_) | Type::Ratio | Type::Time | Type::Duration)
    };
    match (first, ty) {
        (Param::Collection, Type::List(_) | Type::Set(_) | Type::Map(..) | Type::Text) => true,
        (Param::Numbers, Type::List(of)) => number(of),
        (Param::Lists, Type::List(of)) => matches!(**of, Type::Text | Type::List(_)),
        (Param::Fraction, Type::Exact(_) | Type::Ratio) => true,
        (Param::OptionOfT, Type::Option(_)) => true,
        (Param::Map, Type::Map(..)) => true,
        (Param::ListOfT, Type::List(_)) => true,
        (Param::SetOfT, Type::Set(_)) => true,
        (Param::Amount, Type::Amount(_)) => true,
        (Param::Any, ty) => ty.is_storable() && *ty != Type::Unknown,
        (Param::Int, Type::Int) => true,
        _ => false,
    }
}
