//! Names, types and settings: from the tree to a [`Program`].
//!
//! Everything is collected first, so that names can be used before they are declared. A mistake is told once, where it is;
//! what depends on it has [`Type::Unknown`] and is not told.

mod attributes;
mod builtins;
mod calls;
mod code;
mod collect;
mod exprs;
mod extended;
mod fold;
mod literals;
mod matching;
mod operators;
mod settings;
mod statements;
mod tests_only;

pub use attributes::ATTRIBUTES;
pub use code::KERNEL_EVENTS;
pub use literals::{is_did, is_time};
pub use tests_only::{test_cid, test_did, TEST_FUNCTIONS};

use crate::{
    ast::{self, Ident, Path},
    diagnostic::{Code, Diagnostic, Span},
    nearest::nearest,
    program::Program,
    schema::Kind,
    types::{FieldDef, Type, TypeDef},
};
use std::collections::BTreeMap;

/// Where imported modules are found.
pub trait Modules {
    /// The source and the CID of a module, `core/civic@1`; `None` when the lock file has none.
    fn module(&self, name: &str) -> Option<(String, String)>;

    /// The names of all modules that there are.
    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

/// No modules.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoModules;

impl Modules for NoModules {
    fn module(&self, _: &str) -> Option<(String, String)> {
        None
    }
}

/// Values for the parameters of a template: expressions of the language, by the parameter's name.
pub type Arguments = BTreeMap<String, String>;

/// Resolves a tree; the program is complete only if there is no error.
pub fn resolve(file: &ast::File, modules: &dyn Modules, arguments: &Arguments) -> (Program, Vec<Diagnostic>) {
    let mut resolver = Resolver::new(arguments);
    resolver.document(file, modules);
    let found = resolver.program.notes.placed(resolver.diagnostics);
    (resolver.program, found)
}

/// What editors know of a document: also of parts that mistakes keep out of the program.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// As [`resolve`] gives it.
    pub program: Program,
    /// As [`resolve`] gives them.
    pub diagnostics: Vec<Diagnostic>,
    /// Types of expressions, of places that values are put into, and of locals where they are named.
    pub types: BTreeMap<Span, Type>,
}

/// Resolves a tree as [`resolve`] does, and tells the types of what stands in its source.
pub fn resolve_typed(file: &ast::File, modules: &dyn Modules, arguments: &Arguments) -> Typed {
    let mut resolver = Resolver::new(arguments);
    resolver.types = Some(BTreeMap::new());
    resolver.document(file, modules);
    let types = resolver.types.unwrap_or_default();
    let diagnostics = resolver.program.notes.placed(resolver.diagnostics);
    Typed { program: resolver.program, diagnostics, types }
}

/// What a name in an expression may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Global {
    Const(usize),
    State(usize),
    Decl(usize),
}

pub(crate) struct Resolver<'a> {
    program: Program,
    diagnostics: Vec<Diagnostic>,
    arguments: &'a Arguments,
    /// Of the module that is being read: `""`, or `law.`.
    prefix: String,
    /// Where mistakes in an imported module are told.
    import: Option<Span>,
    globals: BTreeMap<String, Global>,
    functions: BTreeMap<String, usize>,
    events: BTreeMap<String, usize>,
    errors: BTreeMap<String, usize>,
    /// Decimals of resources, which amounts are read by.
    decimals: BTreeMap<String, u32>,
    /// Resources of budgets, read before the other settings.
    budget_resources: BTreeMap<String, String>,
    /// Bounds of parameters of the extended document that this one has its own values for.
    ranges: BTreeMap<String, (ast::Expr, Option<ast::Expr>)>,
    /// Aliases of imported modules.
    aliases: BTreeMap<String, Span>,
    /// What the code that is being read has.
    body: Body,
    /// Types by where they stand in the document itself, if somebody wants them.
    types: Option<BTreeMap<Span, Type>>,
}

/// The function that is being read.
struct Body {
    /// `None` where a value must be known when the document is compiled.
    level: Option<ast::Level>,
    result: Type,
    locals: Vec<Type>,
    scopes: Vec<BTreeMap<String, Local>>,
    /// Whether it is a test.
    test: bool,
    calls: Vec<(usize, Span)>,
}

impl Default for Body {
    fn default() -> Self {
        Self {
            level: None,
            result: Type::Unit,
            locals: Vec::new(),
            scopes: vec![BTreeMap::new()],
            test: false,
            calls: Vec::new(),
        }
    }
}

#[derive(Clone, Copy)]
struct Local {
    index: usize,
    /// Parameters and the names of loops are not assigned to.
    fixed: bool,
}

impl<'a> Resolver<'a> {
    fn new(arguments: &'a Arguments) -> Self {
        Self {
            program: Program::default(),
            diagnostics: Vec::new(),
            arguments,
            prefix: String::new(),
            import: None,
            globals: BTreeMap::new(),
            functions: BTreeMap::new(),
            events: BTreeMap::new(),
            errors: BTreeMap::new(),
            decimals: BTreeMap::new(),
            budget_resources: BTreeMap::new(),
            ranges: BTreeMap::new(),
            aliases: BTreeMap::new(),
            body: Body::default(),
            types: None,
        }
    }

    /// Keeps the type of what stands somewhere, for those who want it.
    fn note(&mut self, span: Span, ty: &Type) {
        if let (Some(types), None) = (&mut self.types, self.import) {
            types.insert(span, ty.clone());
        }
    }

    fn error(&mut self, mut diagnostic: Diagnostic) {
        if let Some(span) = self.import {
            diagnostic.message = format!("in the module: {}", diagnostic.message);
            diagnostic = Diagnostic { span, fix: None, labels: Vec::new(), ..diagnostic };
        }
        self.diagnostics.push(diagnostic);
    }

    fn tell(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.error(Diagnostic::new(code, span, message));
    }

    /// Says that nothing has this name, and which name is near.
    fn unknown(&mut self, what: &str, name: &Ident, known: Vec<String>) {
        let mut diagnostic =
            Diagnostic::new(Code::UnknownName, name.span, format!("there is no {what} `{}`", name.text));
        if let Some(near) = nearest(&name.text, known.iter().map(String::as_str)) {
            diagnostic =
                diagnostic.help(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), name.span, near);
        }
        self.error(diagnostic);
    }

    /// The full name of a path: of this module, or `alias.name`.
    fn full(&mut self, path: &Path) -> Option<String> {
        match path.parts.as_slice() {
            [name] => Some(format!("{}{}", self.prefix, name.text)),
            [alias, name] if self.aliases.contains_key(&format!("{}{}", self.prefix, alias.text)) => {
                let alias = format!("{}{}", self.prefix, alias.text);
                let full = format!("{alias}.{}", name.text);
                self.program.notes.used.insert(alias);
                Some(full)
            }
            [first, ..] => {
                let known = self.aliases.keys().cloned().collect();
                self.unknown("imported module", first, known);
                None
            }
            [] => None,
        }
    }

    /// The type that is written.
    fn ty(&mut self, ty: Option<&ast::TypeRef>) -> Type {
        ty.map_or(Type::Unknown, |ty| self.type_ref(ty))
    }

    fn type_ref(&mut self, ty: &ast::TypeRef) -> Type {
        let name = ty.name.text();
        let plain = match name.as_str() {
            "Bool" => Some(Type::Bool),
            "Int" => Some(Type::Int),
            "Ratio" => Some(Type::Ratio),
            "Text" => Some(Type::Text),
            "Bytes" => Some(Type::Bytes),
            "Time" => Some(Type::Time),
            "Duration" => Some(Type::Duration),
            "Did" => Some(Type::Did),
            "Cid" => Some(Type::Cid),
            "Account" => Some(Type::Account),
            "Role" => Some(Type::Role),
            "Class" => Some(Type::Class),
            "Body" => Some(Type::Body),
            "Process" => Some(Type::Process),
            "Proposal" => Some(Type::Proposal),
            _ => None,
        };
        if let Some(plain) = plain {
            self.arity(ty, 0);
            return plain;
        }
        match name.as_str() {
            "List" => self.arity(ty, 1).map(|args| Type::list(args(self, 0))).unwrap_or(Type::Unknown),
            "Option" => self.arity(ty, 1).map(|args| Type::option(args(self, 0))).unwrap_or(Type::Unknown),
            "Set" => {
                let Some(args) = self.arity(ty, 1) else { return Type::Unknown };
                let of = args(self, 0);
                self.check_key(ty, &of);
                Type::set(of)
            }
            "Map" => {
                let Some(args) = self.arity(ty, 2) else { return Type::Unknown };
                let key = args(self, 0);
                self.check_key(ty, &key);
                Type::map(key, args(self, 1))
            }
            "Amount" | "Exact" | "BudgetStatus" => self.unit_type(&name, ty),
            _ => self.named_type(ty),
        }
    }

    /// Checks how many types stand in the brackets; gives a way to read each.
    fn arity<'t>(&mut self, ty: &'t ast::TypeRef, want: usize) -> Option<impl Fn(&mut Self, usize) -> Type + 't> {
        if ty.args.len() != want {
            let message = format!("`{}` has {want} types in its brackets, not {}", ty.name.text(), ty.args.len());
            self.tell(Code::TypeMismatch, ty.span, message);
            return None;
        }
        Some(|this: &mut Self, index: usize| ty.args.get(index).map_or(Type::Unknown, |ty| this.type_ref(ty)))
    }

    fn check_key(&mut self, ty: &ast::TypeRef, key: &Type) {
        // Enums that are declared later are looked at when all are known.
        let pending = matches!(key, Type::Named(name) if self.program.types.get(name).is_none());
        if !pending && !key.is_key(&self.program.types) {
            let help =
                "keys and elements of sets are Int, Text, Did, Cid, Time, Bool, Class or an enum that carries nothing";
            self.error(Diagnostic::new(Code::TypeMismatch, ty.span, format!("`{key}` cannot be a key")).help(help));
        }
    }

    fn unit_type(&mut self, name: &str, ty: &ast::TypeRef) -> Type {
        let resource = match ty.args.as_slice() {
            [resource] if resource.args.is_empty() => resource.name.text(),
            _ => {
                self.tell(Code::TypeMismatch, ty.span, format!("`{name}` has one resource in its brackets"));
                return Type::Unknown;
            }
        };
        if !self.is_resource(&resource) {
            let known = self.names_of(&[Kind::Resource]);
            let ident = ty.args.first().and_then(|arg| arg.name.parts.first()).cloned();
            if let Some(ident) = ident {
                self.unknown("resource", &ident, known);
            }
            return Type::Unknown;
        }
        match name {
            "Amount" => Type::Amount(resource),
            "Exact" => Type::Exact(resource),
            _ => Type::BudgetStatus(resource),
        }
    }

    fn named_type(&mut self, ty: &ast::TypeRef) -> Type {
        let written = ty.name.text();
        // What the language has, and `pb.Category`, which a budget has.
        if self.program.types.get(&written).is_some() {
            self.arity(ty, 0);
            return Type::Named(written);
        }
        let Some(full) = self.full(&ty.name) else { return Type::Unknown };
        if self.program.types.get(&full).is_some() {
            self.arity(ty, 0);
            return Type::Named(full);
        }
        let known = self.program.types.iter().map(|(name, _)| name.clone());
        let plain = [
            "Bool", "Int", "Ratio", "Text", "Time", "Duration", "Did", "Cid", "List", "Set", "Map", "Option", "Amount",
        ];
        let known = known.chain(plain.map(String::from)).collect();
        if let Some(name) = ty.name.parts.last() {
            self.unknown("type", name, known);
        }
        Type::Unknown
    }

    fn is_resource(&self, name: &str) -> bool {
        matches!(self.globals.get(name), Some(Global::Decl(index))
            if self.program.decls.get(*index).is_some_and(|decl| decl.kind == Kind::Resource))
    }

    /// Names of the declarations of these kinds.
    fn names_of(&self, kinds: &[Kind]) -> Vec<String> {
        self.program.decls.iter().filter(|decl| kinds.contains(&decl.kind)).map(|decl| decl.name.clone()).collect()
    }

    fn decl_kind(&self, name: &str) -> Option<Kind> {
        match self.globals.get(name) {
            Some(Global::Decl(index)) => self.program.decls.get(*index).map(|decl| decl.kind),
            _ => None,
        }
    }

    fn fields(&mut self, fields: &[ast::Field]) -> Vec<FieldDef> {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        let mut defs = Vec::new();
        for field in fields {
            if let Some(first) = seen.insert(&field.name.text, field.name.span) {
                let message = format!("`{}` is given twice", field.name.text);
                self.error(Diagnostic::new(Code::DuplicateKey, field.name.span, message).label(first, "here first"));
            }
            defs.push(FieldDef { name: field.name.text.clone(), ty: self.ty(field.ty.as_ref()) });
        }
        defs
    }

    /// Adds a named type under its full name.
    fn add_type(&mut self, name: &Ident, def: TypeDef) {
        let full = format!("{}{}", self.prefix, name.text);
        if !self.program.types.add(full, def) {
            self.tell(Code::DuplicateKey, name.span, format!("there is a type `{}` already", name.text));
        }
    }
}
