//! What each name of a document means: symbols, and where they occur.
//!
//! The compiler resolves names, too, but keeps only what it compiles. Here every name has an entry, also in code that has
//! mistakes, so that an editor can show, find and rename it. What a name means follows the rules of `icn_ccl::sema`; types of
//! expressions, by which fields are found, come from there.

mod declare;
mod language;
mod values;
mod walk;

pub use language::{FUNCTIONS as LANGUAGE_FUNCTIONS, TYPES as LANGUAGE_TYPES};

use icn_ccl::{
    ast::{File, Level},
    diagnostic::Span,
    program::{Builtin, Program},
    schema::Kind,
    types::Type,
};
use std::collections::BTreeMap;

/// What a symbol is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum SymbolKind {
    Decl(Kind),
    Const,
    /// A parameter of the template.
    TemplateParam,
    /// A list of founders.
    Founders,
    State,
    Function(Level),
    Event,
    Error,
    Record,
    Enum,
    Variant,
    /// Of a record, or a claim of a credential.
    Field,
    /// Of a budget.
    Category,
    Permission,
    Invariant,
    Module,
    /// Of a function, a proposal, an event or an error.
    Parameter,
    Local,
    // What the language has.
    Builtin(Builtin),
    /// `some`, `all`, `schedule` and their like.
    Language,
    Type,
    Setting,
    /// A word that a setting can be.
    Word,
    Attribute,
    KernelEvent,
}

impl SymbolKind {
    /// Whether the language has it, so that it keeps its name.
    pub fn is_of_language(self) -> bool {
        matches!(
            self,
            Self::Builtin(_)
                | Self::Language
                | Self::Type
                | Self::Setting
                | Self::Word
                | Self::Attribute
                | Self::KernelEvent
        )
    }
}

/// Something that has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// As it is written.
    pub name: String,
    /// What it is.
    pub kind: SymbolKind,
    /// Where its name is declared, if that is in this document.
    pub definition: Option<Span>,
    /// The whole declaration.
    pub item: Option<Span>,
    /// Where a local can be used.
    pub scope: Option<Span>,
    /// The declaration in a line of code.
    pub detail: String,
    /// What its documentation says.
    pub docs: String,
    /// Of which type it is, or belongs to: the enum of a variant, the module of an imported name.
    pub of: String,
}

/// A place where a symbol is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// Where.
    pub span: Span,
    /// Which symbol, by number.
    pub symbol: usize,
    /// Whether it is declared here.
    pub definition: bool,
}

/// Symbols of a document and where they occur.
#[derive(Clone, Debug, Default)]
pub struct Index {
    /// By number.
    pub symbols: Vec<Symbol>,
    /// In the order of the source.
    pub occurrences: Vec<Occurrence>,
}

impl Index {
    /// Of a document.
    pub fn of(source: &str, file: &File, program: &Program, types: &BTreeMap<Span, Type>) -> Self {
        let mut builder = Builder::new(source, program, types);
        builder.declare(file);
        builder.walk(file);
        let Builder { symbols, mut occurrences, .. } = builder;
        occurrences.sort_by_key(|occurrence| (occurrence.span, !occurrence.definition));
        occurrences.dedup_by_key(|occurrence| occurrence.span);
        Self { symbols, occurrences }
    }

    /// The occurrence that a byte is in, or at the end of.
    pub fn at(&self, offset: usize) -> Option<Occurrence> {
        let after = self.occurrences.partition_point(|occurrence| occurrence.span.start as usize <= offset);
        let last = self.occurrences.get(after.checked_sub(1)?)?;
        last.span.touches(offset).then_some(*last)
    }

    /// The occurrence at exactly this place.
    pub fn at_span(&self, span: Span) -> Option<Occurrence> {
        let at = self.occurrences.binary_search_by_key(&span, |occurrence| occurrence.span).ok()?;
        self.occurrences.get(at).copied()
    }

    /// The symbol of an occurrence.
    pub fn symbol(&self, occurrence: Occurrence) -> Option<&Symbol> {
        self.symbols.get(occurrence.symbol)
    }

    /// The symbol named at a byte, with where.
    pub fn symbol_at(&self, offset: usize) -> Option<(Occurrence, &Symbol)> {
        let occurrence = self.at(offset)?;
        Some((occurrence, self.symbol(occurrence)?))
    }

    /// All places where a symbol is named.
    pub fn of_symbol(&self, symbol: usize) -> impl Iterator<Item = Occurrence> + '_ {
        self.occurrences.iter().copied().filter(move |occurrence| occurrence.symbol == symbol)
    }

    /// Locals and parameters that can be used at a byte, each with its number.
    pub fn locals_at(&self, offset: usize) -> impl Iterator<Item = &Symbol> {
        self.symbols.iter().filter(move |symbol| {
            let before = symbol.definition.is_some_and(|span| span.end as usize <= offset);
            before && symbol.scope.is_some_and(|scope| scope.touches(offset))
        })
    }
}

/// Which of the names that live side by side a name is looked for among.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Space {
    /// Declarations, constants, parameters and states.
    Value,
    Function,
    Event,
    Error,
    Type,
    Permission,
    Invariant,
    Module,
    /// Fields, variants and parameters, as `Owner.name`.
    Member,
    /// What the language has, by what it is and its name.
    Language,
}

struct Builder<'a> {
    source: &'a str,
    program: &'a Program,
    types: &'a BTreeMap<Span, Type>,
    symbols: Vec<Symbol>,
    occurrences: Vec<Occurrence>,
    names: BTreeMap<(Space, String), usize>,
    /// Names of locals, innermost last, with the end of where they can be used.
    scopes: Vec<(Span, BTreeMap<String, usize>)>,
    /// Whether code of a test is read.
    test: bool,
}

impl<'a> Builder<'a> {
    fn new(source: &'a str, program: &'a Program, types: &'a BTreeMap<Span, Type>) -> Self {
        Self {
            source,
            program,
            types,
            symbols: Vec::new(),
            occurrences: Vec::new(),
            names: BTreeMap::new(),
            scopes: Vec::new(),
            test: false,
        }
    }

    fn add(&mut self, symbol: Symbol) -> usize {
        self.symbols.push(symbol);
        self.symbols.len() - 1
    }

    fn occurs(&mut self, span: Span, symbol: usize) {
        // What is not written has no place.
        if span.start < span.end {
            self.occurrences.push(Occurrence { span, symbol, definition: false });
        }
    }

    fn find(&self, space: Space, name: &str) -> Option<usize> {
        self.names.get(&(space, name.to_string())).copied()
    }

    fn local(&self, name: &str) -> Option<usize> {
        self.scopes.iter().rev().find_map(|(_, scope)| scope.get(name)).copied()
    }

    /// The type of what stands there, as far as it is known.
    fn type_of(&self, span: Span) -> Option<&'a Type> {
        self.types.get(&span).filter(|ty| **ty != Type::Unknown)
    }

    /// A symbol that is declared elsewhere, made when it is first named.
    fn elsewhere(&mut self, space: Space, key: &str, make: impl FnOnce() -> Symbol) -> usize {
        if let Some(found) = self.find(space, key) {
            return found;
        }
        let symbol = self.add(make());
        self.names.insert((space, key.to_string()), symbol);
        symbol
    }
}

impl Symbol {
    /// Something of the language or of another document.
    fn elsewhere(name: &str, kind: SymbolKind, detail: impl Into<String>, docs: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            kind,
            definition: None,
            item: None,
            scope: None,
            detail: detail.into(),
            docs: docs.into(),
            of: String::new(),
        }
    }
}
