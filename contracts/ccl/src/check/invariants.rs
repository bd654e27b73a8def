//! What invariants read, and what computing them costs at most.

use super::facts::Facts;
use crate::{
    ast::WalkKind,
    diagnostic::{Code, Diagnostic},
    program::{Builtin, Expr, ExprKind, Program, Role, State, Step, Stmt, StmtKind},
    types::Type,
};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

pub(super) fn check(facts: &mut Facts<'_>) {
    let program = facts.program;
    let mut told = std::collections::BTreeSet::new();
    for (at, invariant) in program.functions_of(|role| *role == Role::Invariant) {
        let mut unbounded = false;
        for state in program.reads(at).states.into_iter().filter_map(|state| program.states.get(state)) {
            unbounded |= bounded(facts, state, &invariant.name, &mut told);
        }
        let Some(declared) = invariant.fuel_max.filter(|_| !unbounded) else { continue };
        let cost = Cost { program, known: RefCell::default(), depth: Cell::new(0) }.function(at);
        let Err(why) =
            cost.and_then(|cost| if cost <= u128::from(declared) { Ok(()) } else { Err(TooMuch::Fuel(cost)) })
        else {
            continue;
        };
        let (message, help) = match why {
            TooMuch::Fuel(cost) => (
                format!("`{}` may take {cost} fuel, and {declared} are declared", invariant.name),
                format!("write `@max({cost})`, or bound the states that it reads more tightly"),
            ),
            TooMuch::Unbounded(what) => (
                format!("`{}` has no bound: {what}", invariant.name),
                "walk only states with `@max(n)`, and keep sums in a state of their own".to_string(),
            ),
        };
        facts.tell(Diagnostic::new(Code::FuelUnbounded, invariant.name_span, message).help(help));
    }
}

/// CHK-54: a collection that an invariant reads has a greatest size, or it would one day stop every action.
fn bounded(
    facts: &mut Facts<'_>,
    state: &State,
    invariant: &str,
    told: &mut std::collections::BTreeSet<String>,
) -> bool {
    let collection = matches!(state.ty, Type::List(_) | Type::Set(_) | Type::Map(..));
    if !collection || state.max.is_some() {
        return false;
    }
    if told.insert(state.name.clone()) {
        let message = format!(
            "`{}` can grow without end, and the invariant `{invariant}` reads it after every action",
            state.name
        );
        let error = Diagnostic::new(Code::FuelUnbounded, state.span, message);
        let error = error.fix(
            "give it a greatest size",
            crate::diagnostic::Span { end: state.span.start, ..state.span },
            "@max(1000) ",
        );
        facts.tell(error.help("write `@max(n)` before it, or one day checking costs more than an action may"));
    }
    true
}

/// Fuel of an expression itself, without its parts and without what grows with sizes.
const STEP: u128 = 20;
/// Fuel of reading one entry of a collection.
const ENTRY: u128 = 200;
/// Elements of a collection that is a literal, at most: it is written out.
const LITERAL: fn(usize) -> u128 = |length| length as u128;

/// Why a bound does not hold.
#[derive(Clone, Debug)]
enum TooMuch {
    Fuel(u128),
    Unbounded(&'static str),
}

/// CHK-55: a bound of what code costs, by the sizes that states declare.
struct Cost<'p> {
    program: &'p Program,
    /// What functions cost, each computed once.
    known: RefCell<BTreeMap<usize, Bound>>,
    /// Calls that are being computed, one within the other.
    depth: Cell<usize>,
}

type Bound = Result<u128, TooMuch>;

/// Calls within each other that are followed.
const CALLS_DEPTH_MAX: usize = 64;

impl Cost<'_> {
    fn function(&self, at: usize) -> Bound {
        if let Some(known) = self.known.borrow().get(&at) {
            return known.clone();
        }
        if self.depth.get() >= CALLS_DEPTH_MAX {
            return Err(TooMuch::Unbounded("too many functions call each other"));
        }
        self.depth.set(self.depth.get() + 1);
        let cost = self.program.functions.get(at).map_or(Ok(0), |function| self.statements(&function.body));
        self.depth.set(self.depth.get() - 1);
        self.known.borrow_mut().insert(at, cost.clone());
        cost
    }

    fn statements(&self, statements: &[Stmt]) -> Bound {
        statements.iter().try_fold(0u128, |sum, statement| Ok(sum.saturating_add(self.statement(statement)?)))
    }

    fn statement(&self, statement: &Stmt) -> Bound {
        let inner = match &statement.kind {
            StmtKind::Let(_, value) | StmtKind::Expr(value) => self.expr(value)?,
            StmtKind::Assign(place, _, value) => {
                let keys = place.steps.iter().filter_map(|step| match step {
                    Step::Key(expr) | Step::At(expr) => Some(expr),
                    Step::Field(_) => None,
                });
                keys.chain([value]).try_fold(ENTRY, |sum, expr| Ok(sum.saturating_add(self.expr(expr)?)))?
            }
            StmtKind::Delete(_) => ENTRY,
            StmtKind::If(condition, then, otherwise) => {
                let branch = self.statements(then)?.max(self.statements(otherwise)?);
                self.expr(condition)?.saturating_add(branch)
            }
            StmtKind::For(_, source, body) => {
                let each = self.statements(body)?.saturating_add(STEP);
                self.expr(source)?.saturating_add(self.size(source)?.saturating_mul(each))
            }
            StmtKind::Match(_, value, arms) => {
                let arms = arms.iter().map(|(_, body)| self.statements(body)).collect::<Result<Vec<_>, _>>()?;
                let all = STEP.saturating_mul(LITERAL(arms.len())).saturating_add(arms.into_iter().max().unwrap_or(0));
                self.expr(value)?.saturating_add(all)
            }
            StmtKind::Require(condition, _, args) => self.all(args)?.saturating_add(self.expr(condition)?),
            StmtKind::Emit(_, args) => self.all(args)?,
            StmtKind::Return(value) => value.as_ref().map_or(Ok(0), |value| self.expr(value))?,
        };
        Ok(inner.saturating_add(STEP))
    }

    fn all(&self, exprs: &[Expr]) -> Bound {
        exprs.iter().try_fold(0u128, |sum, expr| Ok(sum.saturating_add(self.expr(expr)?)))
    }

    fn expr(&self, expr: &Expr) -> Bound {
        let inner = match &expr.kind {
            ExprKind::Value(_)
            | ExprKind::Local(_)
            | ExprKind::Test(..)
            | ExprKind::Act { .. }
            | ExprKind::ExpectError { .. } => 0,
            // Read whole; what is read of it is not known here.
            ExprKind::State(_) if is_collection(&expr.ty) => self.size(expr)?.saturating_mul(ENTRY),
            ExprKind::State(_) => ENTRY,
            ExprKind::If(a, b, c) => self.expr(a)?.saturating_add(self.expr(b)?.max(self.expr(c)?)),
            ExprKind::Not(a) | ExprKind::Negate(a) | ExprKind::Some(a) | ExprKind::Field(a, _) => self.expr(a)?,
            // One entry of a state is read by its key.
            ExprKind::Key(a, b) | ExprKind::In(b, a) if matches!(a.kind, ExprKind::State(_)) => {
                self.expr(b)?.saturating_add(ENTRY)
            }
            ExprKind::In(a, b) => {
                self.expr(a)?.saturating_add(self.expr(b)?).saturating_add(self.size(b)?.saturating_mul(STEP))
            }
            ExprKind::And(a, b)
            | ExprKind::Or(a, b)
            | ExprKind::Equal(a, b, _)
            | ExprKind::Compare(_, a, b)
            | ExprKind::Arithmetic(_, a, b)
            | ExprKind::At(a, b)
            | ExprKind::Key(a, b) => self.expr(a)?.saturating_add(self.expr(b)?),
            ExprKind::List(parts) | ExprKind::Record(parts) | ExprKind::Variant(_, parts) => self.all(parts)?,
            ExprKind::Map(entries) => entries.iter().try_fold(0u128, |sum, (key, value)| {
                Ok(sum.saturating_add(self.expr(key)?).saturating_add(self.expr(value)?))
            })?,
            ExprKind::Call(function, args) => self.all(args)?.saturating_add(self.function(*function)?),
            ExprKind::Builtin(Builtin::Len, args)
                if matches!(args.first().map(|arg| &arg.kind), Some(ExprKind::State(_))) =>
            {
                ENTRY
            }
            ExprKind::Builtin(builtin, args) => self.builtin(*builtin, args)?,
            ExprKind::Walk(walk) => {
                let filter = walk.filter.as_ref().map_or(Ok(0), |filter| self.expr(filter))?;
                let body = walk.body.as_ref().map_or(Ok(0), |body| self.expr(body))?;
                let each = filter.saturating_add(body).saturating_add(STEP);
                let kept = if matches!(walk.kind, WalkKind::List | WalkKind::Map) { STEP } else { 0 };
                let all = self.size(&walk.source)?.saturating_mul(each.saturating_add(kept));
                self.expr(&walk.source)?.saturating_add(all)
            }
            ExprKind::Let(lets, then) => {
                lets.iter().try_fold(self.expr(then)?, |sum, (_, value)| Ok(sum.saturating_add(self.expr(value)?)))?
            }
            ExprKind::Later { args, .. } => self.all(args)?.saturating_add(ENTRY),
        };
        Ok(inner.saturating_add(STEP))
    }

    /// What a function of the language costs: its own price, and a step for each element that it is given or gives.
    fn builtin(&self, builtin: Builtin, args: &[Expr]) -> Bound {
        let own = u128::from(builtin.fuel()).saturating_add(self.all(args)?);
        let collections = args.iter().filter(|arg| is_collection(&arg.ty));
        let elements =
            collections.map(|arg| self.size(arg)).try_fold(0u128, |sum, size| Ok(sum.saturating_add(size?)))?;
        Ok(own.saturating_add(elements.saturating_mul(2 * STEP)))
    }

    /// Elements of a collection at most.
    fn size(&self, expr: &Expr) -> Bound {
        let unbounded = |what| Err(TooMuch::Unbounded(what));
        match &expr.kind {
            ExprKind::State(state) => match self.program.states.get(*state).and_then(|state| state.max) {
                Some(max) => Ok(max.into()),
                None => unbounded("it reads a state that may grow"),
            },
            ExprKind::Value(crate::value::Value::List(values) | crate::value::Value::Set(values)) => {
                Ok(LITERAL(values.len()))
            }
            ExprKind::Value(crate::value::Value::Map(entries)) => Ok(LITERAL(entries.len())),
            ExprKind::List(parts) => Ok(LITERAL(parts.len())),
            ExprKind::Map(entries) => Ok(LITERAL(entries.len())),
            ExprKind::If(_, a, b) => Ok(self.size(a)?.max(self.size(b)?)),
            ExprKind::Walk(walk) => self.size(&walk.source),
            ExprKind::Let(_, then) => self.size(then),
            ExprKind::Builtin(
                Builtin::Keys | Builtin::Values | Builtin::SetOf | Builtin::Sort | Builtin::Without,
                args,
            ) => args.first().map_or(Ok(0), |arg| self.size(arg)),
            ExprKind::Builtin(Builtin::With, args) => {
                Ok(args.first().map_or(Ok(0), |arg| self.size(arg))?.saturating_add(1))
            }
            ExprKind::Builtin(Builtin::SortBy | Builtin::Split, args) => {
                args.last().map_or(Ok(0), |arg| self.size(arg))
            }
            ExprKind::Builtin(Builtin::Members | Builtin::Weights | Builtin::Patronage, _) => {
                unbounded("it walks all members, who may become more")
            }
            ExprKind::Call(function, _) => self.size_of_result(*function),
            _ => unbounded("it walks a collection inside a value, which has no greatest size"),
        }
    }

    /// Elements that a function returns, if it does nothing but return a collection.
    fn size_of_result(&self, function: usize) -> Bound {
        match self.program.functions.get(function).map(|function| function.body.as_slice()) {
            Some([Stmt { kind: StmtKind::Return(Some(value)), .. }]) if self.depth.get() < CALLS_DEPTH_MAX => {
                self.depth.set(self.depth.get() + 1);
                let size = self.size(value);
                self.depth.set(self.depth.get() - 1);
                size
            }
            _ => Err(TooMuch::Unbounded("it walks what a longer function returns")),
        }
    }
}

fn is_collection(ty: &Type) -> bool {
    matches!(ty, Type::List(_) | Type::Set(_) | Type::Map(..))
}
