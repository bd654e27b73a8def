//! A document whose names and types are resolved: what is checked, explained, compared and compiled.

pub mod builtin;
mod effects;
mod setting;

pub use builtin::Builtin;
pub use effects::{Effect, Effects, Reads};
pub use setting::{Band, Settings, Value as SettingValue};

use crate::{
    ast::{Level, WalkKind},
    diagnostic::{Diagnostic, Lines, Span},
    schema::Kind,
    types::{FieldDef, Type, Types},
    value::Value,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// A resolved document.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Program {
    pub header: Header,
    pub imports: Vec<Import>,
    pub types: Types,
    /// In the order of the source.
    pub decls: Vec<Decl>,
    pub consts: Vec<Const>,
    /// Permissions declared beyond those of the kernel, with what they allow.
    pub permissions: BTreeMap<String, String>,
    pub founders: Vec<Founder>,
    pub states: Vec<State>,
    pub dropped_states: Vec<String>,
    pub events: Vec<Signature>,
    pub errors: Vec<Signature>,
    pub functions: Vec<Function>,
    pub entrench: Vec<Entrench>,
    pub notes: Notes,
}

/// What the source says beside the program, for reports about it.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    /// Where permissions are declared.
    pub permissions: BTreeMap<String, Span>,
    /// Where actions, by number, say which permission they require.
    pub requires: BTreeMap<usize, Span>,
    /// Where modules are imported, by alias.
    pub imports: BTreeMap<String, Span>,
    /// Constants and aliases of modules that something uses.
    pub used: BTreeSet<String>,
    /// Actions, by number, that move the state of the version before.
    pub migrations: BTreeSet<usize>,
    /// What the document extends.
    pub extended: Option<Extended>,
}

/// A document that another one extends.
#[derive(Clone, Debug)]
pub struct Extended {
    /// As it is named, `templates/resolution@1`.
    pub name: String,
    /// Its text.
    pub source: String,
    /// Where the other one names it.
    pub span: Span,
    /// What the other one would be without its items that override, if it has such and this document protects something.
    pub unchanged: Option<Arc<Program>>,
}

impl Notes {
    /// The text that a span is of, and where it is in that: of the document, whose source is given, or of the one it extends.
    pub fn origin<'a>(&'a self, source: &'a str, span: Span) -> (&'a str, Span) {
        match (&self.extended, span.in_extended()) {
            (Some(extended), Some(inside)) => (&extended.source, inside),
            _ => (source, span),
        }
    }

    /// Diagnostics as they are told of the document's own source: errors of what it extends where it names that, and warnings
    /// of it not at all, since nobody can mend them here.
    pub fn placed(&self, found: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let Some(extended) = &self.extended else { return found };
        let lines = Lines::new(&extended.source);
        let place = |inside: Span| format!("`{}`, line {}", extended.name, lines.position(inside.start).0 + 1);
        let placed = |mut diagnostic: Diagnostic| {
            if let Some(inside) = diagnostic.span.in_extended() {
                if !diagnostic.is_error() {
                    return None;
                }
                diagnostic.message = format!("in {}: {}", place(inside), diagnostic.message);
                diagnostic.span = extended.span;
            }
            for (span, words) in &mut diagnostic.labels {
                if let Some(inside) = span.in_extended() {
                    *words = format!("{words}, in {}", place(inside));
                    *span = extended.span;
                }
            }
            diagnostic.fix = diagnostic.fix.filter(|fix| fix.span.in_extended().is_none());
            Some(diagnostic)
        };
        found.into_iter().filter_map(placed).collect()
    }
}

/// What the document is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Header {
    pub document: String,
    pub title: String,
    pub version: String,
    pub scope: String,
    pub docs: String,
    pub span: Option<Span>,
}

/// A module that was linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// By which name it is used.
    pub alias: String,
    /// As it is named, `core/civic@1`.
    pub name: String,
    /// The CID of its source.
    pub cid: String,
}

/// A declaration with its settings.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Decl {
    pub kind: Kind,
    pub name: String,
    pub docs: String,
    pub extends: Option<String>,
    /// Parameters of a proposal.
    pub params: Vec<FieldDef>,
    /// Defaults included.
    pub settings: Settings,
    /// Articles by their number in the document, from 1.
    pub article: usize,
    pub span: Span,
    pub name_span: Span,
}

/// A constant or parameter.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Const {
    pub name: String,
    pub ty: Type,
    pub value: Value,
    pub docs: String,
    /// Of a template: what it may be, and whether it was given.
    pub param: Option<ParamInfo>,
    /// Whether `set_param` may change it.
    pub settable: bool,
    pub span: Span,
}

/// What a parameter of a template may be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct ParamInfo {
    pub min: Option<Value>,
    pub max: Option<Value>,
    pub given: bool,
}

/// Who holds a role or is in a class from the beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Founder {
    pub of: String,
    pub param: String,
    /// At least so many.
    pub min: u64,
    pub max: Option<u64>,
    pub span: Span,
}

/// What is kept between calls.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct State {
    pub name: String,
    pub ty: Type,
    pub initial: Value,
    /// Most entries, `@max(n)`.
    pub max: Option<u64>,
    pub docs: String,
    pub span: Span,
}

/// An event or an error.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Signature {
    pub name: String,
    pub fields: Vec<FieldDef>,
    pub docs: String,
    pub span: Span,
}

/// What a piece of code is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Role {
    Fn,
    View,
    Action,
    /// Whether a proposal may be made.
    Condition(String),
    /// What a proposal does.
    Effect(String),
    Handler(String),
    Invariant,
    Test,
}

/// From when until when something is in force, in milliseconds since 1970; the end is not in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct InForce {
    /// `@effective(time"…")`
    pub effective: Option<i64>,
    /// `@sunset(time"…")`
    pub sunset: Option<i64>,
}

impl InForce {
    /// Whether it is at a time.
    pub fn at(self, now: i64) -> bool {
        self.effective.is_none_or(|from| from <= now) && self.sunset.is_none_or(|until| now < until)
    }

    /// Whether it always is.
    pub fn is_always(self) -> bool {
        self == Self::default()
    }
}

/// A piece of code.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Function {
    pub role: Role,
    /// With the module's name before it, if it is imported.
    pub name: String,
    pub docs: String,
    /// They are the first locals.
    pub params: Vec<FieldDef>,
    pub result: Type,
    /// The permission that a caller needs; an action without one may be called by anybody.
    pub requires: Option<String>,
    /// Types of all locals, parameters first.
    pub locals: Vec<Type>,
    pub body: Vec<Stmt>,
    /// `@max(fuel)` of an invariant.
    pub fuel_max: Option<u64>,
    /// Whether amounts among the parameters may be negative.
    pub signed: bool,
    /// When an action can be called, or a proposal made and carried out; the whole document may begin later.
    pub in_force: InForce,
    /// Its number in the document, from 1, as of a declaration; of a proposal's code, the proposal's. 0 is of another document.
    pub article: usize,
    pub span: Span,
    pub name_span: Span,
    /// Whether its spans are of this document's source.
    pub own: bool,
}

impl Function {
    /// What it may do.
    pub fn level(&self) -> Level {
        match self.role {
            Role::Fn => Level::Pure,
            Role::View | Role::Condition(_) | Role::Invariant => Level::View,
            Role::Action | Role::Effect(_) | Role::Handler(_) | Role::Test => Level::Action,
        }
    }
}

/// A protected part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entrench {
    /// `process.amendment`
    pub paths: Vec<String>,
    /// The share of votes that a change needs; `None`: no share suffices.
    pub requires: Option<(i128, i128)>,
    /// Where.
    pub span: Span,
}

/// An expression with its type.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Expr {
    pub kind: ExprKind,
    pub ty: Type,
    pub span: Span,
}

/// Ways to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Compare {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// Ways to compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// What an expression is. Operands are computed left to right.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ExprKind {
    Value(Value),
    Local(usize),
    State(usize),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    /// Whether they are equal; the flag says whether they should not be.
    Equal(Box<Expr>, Box<Expr>, bool),
    Compare(Compare, Box<Expr>, Box<Expr>),
    /// The types of the operands say of what.
    Arithmetic(Arithmetic, Box<Expr>, Box<Expr>),
    Negate(Box<Expr>),
    /// Whether an element or key is in a collection.
    In(Box<Expr>, Box<Expr>),
    List(Vec<Expr>),
    Map(Vec<(Expr, Expr)>),
    Record(Vec<Expr>),
    Variant(u32, Vec<Expr>),
    Some(Box<Expr>),
    Field(Box<Expr>, u32),
    /// An element of a list, from 0.
    At(Box<Expr>, Box<Expr>),
    /// The value of a key, which must be there.
    Key(Box<Expr>, Box<Expr>),
    Call(usize, Vec<Expr>),
    Builtin(Builtin, Vec<Expr>),
    Walk(Box<Walk>),
    /// Values for locals, then what is computed with them.
    Let(Vec<(usize, Expr)>, Box<Expr>),
    /// `schedule(at, act(args))` with a time; `propose(Kind(args))` without one.
    Later {
        at: Option<Box<Expr>>,
        function: usize,
        args: Vec<Expr>,
    },
    /// In tests: something that the test's host does.
    Test(TestOp, Vec<Expr>),
    /// In tests: an action, or what a proposal does, by somebody; or, with the flag, the making of the proposal.
    Act {
        function: usize,
        args: Vec<Expr>,
        caller: Option<Box<Expr>>,
        proposed: bool,
    },
    /// In tests: that the same fails with an error.
    ExpectError {
        function: usize,
        args: Vec<Expr>,
        caller: Option<Box<Expr>>,
        proposed: bool,
        error: Expected,
    },
}

/// What the host of a test does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TestOp {
    /// `expect(condition)`
    Expect,
    /// `grant(who, role)`
    Grant,
    /// `join(who, class)`: makes somebody a member.
    Join,
    /// `give(account, amount)`
    Give,
    /// `at(time)`: what the time is.
    At,
    /// `vote(who, proposal, "yes")`: whether it counts.
    Vote,
    /// `close(proposal)`: counts it, and tells whether it was carried out.
    Close,
}

/// The failure that a test expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// An error of the document, by its number.
    Error(usize),
    /// A failure that the language has.
    Failure(Failure),
}

/// Failures that the language has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Failure {
    Unauthorised,
    BadArgument,
    NotAdmissible,
    InvariantBroken,
    HostDenied,
    Overflow,
    DivByZero,
    KeyMissing,
    NotInForce,
}

impl Failure {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Unauthorised,
        Self::BadArgument,
        Self::NotAdmissible,
        Self::InvariantBroken,
        Self::HostDenied,
        Self::Overflow,
        Self::DivByZero,
        Self::KeyMissing,
        Self::NotInForce,
    ];

    /// Of a name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|failure| format!("{failure:?}") == name)
    }
}

/// A walk over a collection, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Walk {
    pub kind: WalkKind,
    pub local: usize,
    pub source: Expr,
    pub filter: Option<Expr>,
    pub body: Option<Expr>,
}

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Stmt {
    pub kind: StmtKind,
    pub span: Span,
}

/// What a statement is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum StmtKind {
    Let(usize, Expr),
    /// With an operation, the old value is read after the new one is computed.
    Assign(Place, Option<Arithmetic>, Expr),
    /// The last step of the place is a key.
    Delete(Place),
    If(Expr, Vec<Stmt>, Vec<Stmt>),
    For(usize, Expr, Vec<Stmt>),
    /// The value is put into the local; the first arm that fits is done.
    Match(usize, Expr, Vec<(Pattern, Vec<Stmt>)>),
    Require(Expr, usize, Vec<Expr>),
    Emit(usize, Vec<Expr>),
    Return(Option<Expr>),
    Expr(Expr),
}

/// Every statement, those within others after them.
pub fn each_statement(body: &[Stmt], each: &mut dyn FnMut(&Stmt)) {
    for statement in body {
        each(statement);
        match &statement.kind {
            StmtKind::If(_, then, otherwise) => {
                each_statement(then, each);
                each_statement(otherwise, each);
            }
            StmtKind::For(_, _, body) => each_statement(body, each),
            StmtKind::Match(_, _, arms) => arms.iter().for_each(|(_, body)| each_statement(body, each)),
            _ => {}
        }
    }
}

/// Where a value is put.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Place {
    pub root: Root,
    pub steps: Vec<Step>,
    /// The type of the root, then after each step.
    pub types: Vec<Type>,
}

/// Where a place begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Root {
    Local(usize),
    State(usize),
}

/// From a value to a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Step {
    Field(u32),
    Key(Expr),
    At(Expr),
}

/// What a value must be for an arm of a `match`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Pattern {
    Any,
    Bind(usize),
    Value(Value),
    Variant(u32, Vec<Pattern>),
    Some(Box<Pattern>),
}

impl Program {
    /// The declaration of a name and kind.
    pub fn decl(&self, kind: Kind, name: &str) -> Option<&Decl> {
        self.decls.iter().find(|decl| decl.kind == kind && decl.name == name)
    }

    /// Declarations of a kind.
    pub fn decls_of(&self, kind: Kind) -> impl Iterator<Item = &Decl> {
        self.decls.iter().filter(move |decl| decl.kind == kind)
    }

    /// The piece of code with this role and name.
    pub fn function(&self, role: &Role, name: &str) -> Option<(usize, &Function)> {
        self.functions.iter().enumerate().find(|(_, function)| function.role == *role && function.name == name)
    }

    /// When an action can be called, or a proposal made and carried out: its own time within that of the document.
    pub fn in_force(&self, function: &Function) -> InForce {
        let effective = function.in_force.effective.max(self.effective());
        InForce { effective, sunset: function.in_force.sunset }
    }

    /// From when the document can be used, if it says so.
    pub fn effective(&self) -> Option<i64> {
        self.decls_of(Kind::Organization).find_map(|decl| match decl.settings.get("effective") {
            Some(SettingValue::Time(millis)) => Some(*millis),
            _ => None,
        })
    }

    /// Pieces of code of a role, with their numbers.
    pub fn functions_of<'a>(
        &'a self,
        role: impl Fn(&Role) -> bool + 'a,
    ) -> impl Iterator<Item = (usize, &'a Function)> {
        self.functions.iter().enumerate().filter(move |(_, function)| role(&function.role))
    }
}
