//! What code reads and does, found in its tree: through every function that it calls.

use super::{Builtin, Expr, ExprKind, Place, Program, Role, Root, Step, Stmt, StmtKind};
use crate::value::Value;
use std::collections::BTreeSet;

/// A host effect, with the names in it that are constants.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Effect {
    /// What is done.
    pub builtin: Builtin,
    /// The constant names among its arguments, by their place; an account's with its kind, as `treasury:till`. Of what somebody
    /// does to oneself, the first is `caller`.
    pub names: Vec<Option<String>>,
    /// The resource that is moved, if it moves one.
    pub resource: Option<String>,
}

/// What everybody may do to oneself.
const OWN: [Builtin; 3] = [Builtin::Remove, Builtin::Suspend, Builtin::RevokeRole];

/// The name of whoever calls.
const CALLER: &str = "caller";

impl Effect {
    /// Whether the caller of an action leaves, pauses or gives up a role by it: nobody else decides about that.
    pub fn is_own(&self) -> bool {
        OWN.contains(&self.builtin) && self.names.first().is_some_and(|name| name.as_deref() == Some(CALLER))
    }
}

/// What code does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Effects on the organisation.
    pub host: BTreeSet<Effect>,
    /// States that it writes.
    pub states: BTreeSet<usize>,
    /// What it calls later, or proposes, by number.
    pub later: BTreeSet<usize>,
}

/// What code reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// States.
    pub states: BTreeSet<usize>,
    /// Views of the organisation.
    pub host: BTreeSet<Builtin>,
}

impl Program {
    /// What a piece of code does, itself and through what it calls.
    pub fn effects(&self, function: usize) -> Effects {
        Walker::walk(self, function).effects
    }

    /// What a piece of code reads, itself and through what it calls.
    pub fn reads(&self, function: usize) -> Reads {
        Walker::walk(self, function).reads
    }
}

struct Walker<'a> {
    program: &'a Program,
    seen: BTreeSet<usize>,
    /// Called functions that are not walked yet: chains of calls may be long.
    open: Vec<usize>,
    /// Whether a person calls this code: in proposals and handlers the organisation does.
    by_a_person: bool,
    effects: Effects,
    reads: Reads,
}

impl<'a> Walker<'a> {
    fn walk(program: &'a Program, function: usize) -> Self {
        let (effects, reads) = (Effects::default(), Reads::default());
        let by_a_person = program.functions.get(function).is_some_and(|function| function.role == Role::Action);
        let mut walker = Self { program, seen: BTreeSet::new(), open: vec![function], by_a_person, effects, reads };
        while let Some(function) = walker.open.pop() {
            walker.function(function);
        }
        walker
    }

    fn function(&mut self, index: usize) {
        if !self.seen.insert(index) {
            return;
        }
        let program = self.program;
        if let Some(function) = program.functions.get(index) {
            self.statements(&function.body);
        }
    }

    fn statements(&mut self, statements: &[Stmt]) {
        statements.iter().for_each(|statement| self.statement(statement));
    }

    fn statement(&mut self, statement: &Stmt) {
        statement.kind.walk_exprs(&mut |expr| self.expr(expr));
        match &statement.kind {
            StmtKind::Assign(place, operation, _) => {
                self.place(place, operation.is_some() || !place.steps.is_empty());
            }
            StmtKind::Delete(place) => self.place(place, true),
            StmtKind::If(_, then, otherwise) => {
                self.statements(then);
                self.statements(otherwise);
            }
            StmtKind::For(_, _, body) => self.statements(body),
            StmtKind::Match(_, _, arms) => arms.iter().for_each(|(_, body)| self.statements(body)),
            _ => {}
        }
    }

    fn place(&mut self, place: &Place, read: bool) {
        if let Root::State(state) = place.root {
            self.effects.states.insert(state);
            if read {
                self.reads.states.insert(state);
            }
        }
    }

    /// One expression; its parts are walked by the caller.
    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::State(state) => {
                self.reads.states.insert(*state);
            }
            ExprKind::Call(function, _) => self.open.push(*function),
            ExprKind::Later { function, .. } => {
                self.effects.later.insert(*function);
            }
            ExprKind::Builtin(builtin, args) => match builtin.level() {
                crate::ast::Level::Pure => {}
                crate::ast::Level::View => {
                    self.reads.host.insert(*builtin);
                }
                crate::ast::Level::Action => {
                    let own = self.by_a_person && OWN.contains(builtin);
                    let name = |(at, arg): (usize, &Expr)| match &arg.kind {
                        ExprKind::Value(Value::Text(name)) => Some(name.clone()),
                        ExprKind::Builtin(Builtin::Caller, _) if own && at == 0 => Some(CALLER.into()),
                        _ => None,
                    };
                    let resource = args.iter().find_map(|arg| match &arg.ty {
                        crate::types::Type::Amount(resource) => Some(resource.clone()),
                        _ => None,
                    });
                    let names = args.iter().enumerate().map(name).collect();
                    self.effects.host.insert(Effect { builtin: *builtin, names, resource });
                }
            },
            _ => {}
        }
    }
}

impl StmtKind {
    /// Every expression of a statement itself and all their parts, but not of statements within it.
    pub fn walk_exprs(&self, each: &mut dyn FnMut(&Expr)) {
        match self {
            Self::Let(_, value) | Self::Expr(value) | Self::For(_, value, _) | Self::If(value, _, _) => {
                value.walk(each)
            }
            Self::Match(_, value, _) => value.walk(each),
            Self::Assign(place, _, value) => {
                place.walk_exprs(each);
                value.walk(each);
            }
            Self::Delete(place) => place.walk_exprs(each),
            Self::Require(condition, _, args) => {
                condition.walk(each);
                args.iter().for_each(|arg| arg.walk(each));
            }
            Self::Emit(_, args) => args.iter().for_each(|arg| arg.walk(each)),
            Self::Return(value) => value.iter().for_each(|value| value.walk(each)),
        }
    }
}

impl Place {
    fn walk_exprs(&self, each: &mut dyn FnMut(&Expr)) {
        for step in &self.steps {
            match step {
                Step::Key(expr) | Step::At(expr) => expr.walk(each),
                Step::Field(_) => {}
            }
        }
    }
}

impl Expr {
    /// The expression and all its parts.
    pub fn walk(&self, each: &mut dyn FnMut(&Self)) {
        each(self);
        match &self.kind {
            ExprKind::Value(_) | ExprKind::Local(_) | ExprKind::State(_) => {}
            ExprKind::Not(a) | ExprKind::Negate(a) | ExprKind::Some(a) | ExprKind::Field(a, _) => a.walk(each),
            ExprKind::And(a, b)
            | ExprKind::Or(a, b)
            | ExprKind::Equal(a, b, _)
            | ExprKind::Compare(_, a, b)
            | ExprKind::Arithmetic(_, a, b)
            | ExprKind::In(a, b)
            | ExprKind::At(a, b)
            | ExprKind::Key(a, b) => {
                a.walk(each);
                b.walk(each);
            }
            ExprKind::If(a, b, c) => {
                a.walk(each);
                b.walk(each);
                c.walk(each);
            }
            ExprKind::List(parts) | ExprKind::Record(parts) | ExprKind::Variant(_, parts) => {
                parts.iter().for_each(|part| part.walk(each));
            }
            ExprKind::Call(_, parts) | ExprKind::Builtin(_, parts) | ExprKind::Test(_, parts) => {
                parts.iter().for_each(|part| part.walk(each))
            }
            ExprKind::Map(entries) => entries.iter().for_each(|(key, value)| {
                key.walk(each);
                value.walk(each);
            }),
            ExprKind::Walk(walk) => {
                walk.source.walk(each);
                walk.filter.iter().chain(&walk.body).for_each(|part| part.walk(each));
            }
            ExprKind::Let(lets, then) => {
                lets.iter().for_each(|(_, value)| value.walk(each));
                then.walk(each);
            }
            ExprKind::Later { at, args, .. } => {
                at.iter().for_each(|at| at.walk(each));
                args.iter().for_each(|arg| arg.walk(each));
            }
            ExprKind::Act { args, caller, .. } | ExprKind::ExpectError { args, caller, .. } => {
                caller.iter().for_each(|caller| caller.walk(each));
                args.iter().for_each(|arg| arg.walk(each));
            }
        }
    }
}
