//! The meaning of a program, by walking its tree: written from the rules of the language, not from the compiler.
//!
//! Operands are evaluated left to right, all values are copied, walks go over what the collection was when they began, and
//! every number is computed without bounds and then must fit. What the organisation is and does is asked of [`Chain::ask`].

use crate::{
    coverage::{kind_of_expr, kind_of_pattern, kind_of_stmt, Coverage},
    values::{int, millis, ratio, text, Res, V},
};
use icn_ccl::{
    ast::{Level, WalkKind},
    program::{
        Arithmetic, Builtin, Compare, Expr, ExprKind, Pattern, Place, Program, Role, Root, Step, Stmt, StmtKind, Walk,
    },
    types::{FieldDef, Type},
    value::Value,
};
use icn_covm_local::{
    economy::{Scheduled, ORGANISATION},
    Chain, Denied, Event, Failure,
};
use num_bigint::BigInt;
use num_rational::BigRational;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// A number that is not counted to: programs that take longer are left out.
const STEPS_MAX: usize = 60_000;

/// How a call ended, by the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Meaning {
    pub(crate) result: Result<Value, Failure>,
    pub(crate) events: Vec<Event>,
}

/// What `return` ends with.
enum Flow {
    On,
    Returned(V),
}

/// An organisation whose code is walked.
pub(crate) struct Evaluator {
    program: Arc<Program>,
    /// Whose organisation it asks; no code of it is run.
    pub(crate) world: Chain,
    pub(crate) states: Vec<V>,
    caller: String,
    events: Vec<Event>,
    changed: BTreeSet<usize>,
    acted: bool,
    steps: usize,
    pub(crate) coverage: Coverage,
}

/// A step of a place, its key computed.
enum Way {
    Field(usize),
    Key(V),
    At(BigInt),
}

impl Evaluator {
    pub(crate) fn new(program: Arc<Program>, world: Chain) -> Self {
        let states = program.states.iter().map(|state| V::of(&state.initial)).collect();
        Self {
            program,
            world,
            states,
            caller: String::new(),
            events: Vec::new(),
            changed: BTreeSet::new(),
            acted: false,
            steps: 0,
            coverage: Coverage::default(),
        }
    }

    /// Calls a piece of code from outside; `None` when it takes too long.
    pub(crate) fn call(&mut self, role: &Role, name: &str, caller: &str, args: &[Value]) -> Option<Meaning> {
        let program = self.program.clone();
        let refused = |failure| Some(Meaning { result: Err(failure), events: Vec::new() });
        let Some((_, function)) = program.function(role, name) else {
            return refused(Failure::NoEntryPoint(name.into()));
        };
        if let Some(permission) = &function.requires {
            if !self.world.economy().may(self.world.law(), caller, permission, self.world.now()) {
                return refused(Failure::Unauthorised { permission: permission.clone() });
            }
        }
        for (param, value) in function.params.iter().zip(args) {
            let negative = matches!((&param.ty, value), (Type::Amount(_), Value::Int(amount)) if *amount < 0);
            if negative && !function.signed || !self.is_of(value, &param.ty) {
                return refused(Failure::BadArgument { name: param.name.clone() });
            }
        }
        if let Role::Effect(proposal) = role {
            let condition = Role::Condition(proposal.clone());
            if program.function(&condition, name).is_some() {
                match self.call(&condition, name, ORGANISATION, args)?.result {
                    Ok(Value::Bool(true)) => {}
                    Ok(_) => return refused(Failure::NotAdmissible(name.into())),
                    Err(failure) => return refused(failure),
                }
            }
        }
        let (states, economy) = (self.states.clone(), self.world.economy().clone());
        (self.events, self.changed, self.acted, self.steps) = Default::default();
        self.caller = caller.into();
        let locals = args.iter().map(V::of).collect();
        let mut result = self.run(&function.body, locals, function.locals.len()).map(|value| value.value());
        if result.is_ok() && function.level() == Level::Action {
            if let Err(failure) = self.invariants() {
                result = Err(failure);
            }
        }
        if self.steps > STEPS_MAX {
            return None;
        }
        if result.is_err() {
            self.states = states;
            *self.world.economy_mut() = economy;
            self.events.clear();
        }
        Some(Meaning { result, events: std::mem::take(&mut self.events) })
    }

    /// Whether an argument is of a type: they are made of the type or of quite another.
    fn is_of(&self, value: &Value, ty: &Type) -> bool {
        icn_ccl::value::encode(value, ty, &self.program.types).is_ok()
    }

    fn invariants(&mut self) -> Res<()> {
        let program = self.program.clone();
        let (changed, acted) = (self.changed.clone(), self.acted);
        self.caller = ORGANISATION.into();
        for (index, invariant) in program.functions_of(|role| *role == Role::Invariant) {
            let reads = program.reads(index);
            let host = !reads.host.is_empty() || !program.effects(index).host.is_empty();
            if reads.states.is_disjoint(&changed) && !(acted && host) {
                continue;
            }
            if self.run(&invariant.body, Vec::new(), invariant.locals.len())? != V::Bool(true) {
                return Err(Failure::InvariantBroken(invariant.name.clone()));
            }
        }
        Ok(())
    }

    fn run(&mut self, body: &[Stmt], mut locals: Vec<V>, count: usize) -> Res<V> {
        locals.resize(count, V::Unit);
        match self.block(body, &mut locals)? {
            Flow::Returned(value) => Ok(value),
            Flow::On => Ok(V::Unit),
        }
    }

    fn block(&mut self, body: &[Stmt], locals: &mut Vec<V>) -> Res<Flow> {
        for stmt in body {
            if let Flow::Returned(value) = self.stmt(stmt, locals)? {
                return Ok(Flow::Returned(value));
            }
        }
        Ok(Flow::On)
    }

    fn step(&mut self) -> Res<()> {
        self.steps += 1;
        // Whatever failure: the outcome is not looked at.
        if self.steps > STEPS_MAX {
            Err(Failure::Overflow)
        } else {
            Ok(())
        }
    }

    fn stmt(&mut self, stmt: &Stmt, locals: &mut Vec<V>) -> Res<Flow> {
        self.step()?;
        self.coverage.count("statement", kind_of_stmt(&stmt.kind));
        match &stmt.kind {
            StmtKind::Let(local, value) => locals[*local] = self.expr(value, locals)?,
            StmtKind::Assign(place, operation, value) => {
                let way = self.way(place, locals)?;
                let value = self.expr(value, locals)?;
                let operation = *operation;
                self.change(place, &way, locals, |old| match (operation, old) {
                    (None, _) => Ok(Some(value)),
                    (Some(_), None) => Err(Failure::KeyMissing),
                    (Some(operation), Some(old)) => arithmetic(operation, old, &value).map(Some),
                })?;
            }
            StmtKind::Delete(place) => {
                let way = self.way(place, locals)?;
                self.change(place, &way, locals, |_| Ok(None))?;
            }
            StmtKind::If(condition, then, otherwise) => {
                let branch = if self.expr(condition, locals)?.bool() { then } else { otherwise };
                return self.block(branch, locals);
            }
            StmtKind::For(local, source, body) => {
                for element in self.expr(source, locals)?.elements() {
                    locals[*local] = element;
                    if let Flow::Returned(value) = self.block(body, locals)? {
                        return Ok(Flow::Returned(value));
                    }
                }
            }
            StmtKind::Match(local, of, arms) => {
                let value = self.expr(of, locals)?;
                locals[*local] = value.clone();
                let fitting = arms.iter().find(|(pattern, _)| self.fits(pattern, &value, locals));
                let (_, body) = fitting.expect("the cases are exactly those there are");
                return self.block(body, locals);
            }
            StmtKind::Require(condition, error, args) => {
                if !self.expr(condition, locals)?.bool() {
                    let values = self.all(args, locals)?;
                    let error = &self.program.errors[*error];
                    return Err(Failure::RequireFailed(self.event(&error.name, &error.fields, &values)));
                }
            }
            StmtKind::Emit(event, args) => {
                let values = self.all(args, locals)?;
                let event = &self.program.events[*event];
                let event = self.event(&event.name, &event.fields, &values);
                self.events.push(event);
            }
            StmtKind::Return(None) => return Ok(Flow::Returned(V::Unit)),
            StmtKind::Return(Some(value)) => return Ok(Flow::Returned(self.expr(value, locals)?)),
            StmtKind::Expr(value) => drop(self.expr(value, locals)?),
        }
        Ok(Flow::On)
    }

    fn event(&self, name: &str, fields: &[FieldDef], values: &[V]) -> Event {
        let field = |(field, value): (&FieldDef, &V)| (field.name.clone(), self.text(value, &field.ty));
        Event { name: name.into(), fields: fields.iter().zip(values).map(field).collect() }
    }

    fn text(&self, value: &V, ty: &Type) -> String {
        text(value, ty, &self.program.types, &|resource| self.world.law().decimals(resource))
    }

    fn fits(&mut self, pattern: &Pattern, value: &V, locals: &mut Vec<V>) -> bool {
        self.coverage.count("pattern", kind_of_pattern(pattern));
        match (pattern, value) {
            (Pattern::Any, _) => true,
            (Pattern::Bind(local), value) => {
                locals[*local] = value.clone();
                true
            }
            (Pattern::Value(constant), value) => V::of(constant) == *value,
            (Pattern::Variant(want, inner), V::Variant(index, payload)) => {
                want == index && inner.iter().zip(payload).all(|(inner, value)| self.fits(inner, value, locals))
            }
            (Pattern::Some(inner), V::Option(value)) => {
                value.as_ref().is_some_and(|value| self.fits(inner, value, locals))
            }
            (pattern, value) => panic!("{pattern:?} does not ask about {value:?}"),
        }
    }

    fn way(&mut self, place: &Place, locals: &mut Vec<V>) -> Res<Vec<Way>> {
        let mut way = Vec::new();
        for step in &place.steps {
            way.push(match step {
                Step::Field(field) => Way::Field(*field as usize),
                Step::Key(key) => Way::Key(self.expr(key, locals)?),
                Step::At(index) => Way::At(self.expr(index, locals)?.int().clone()),
            });
        }
        Ok(way)
    }

    /// Puts what `new` makes of the old value into a place, or removes it.
    fn change(
        &mut self,
        place: &Place,
        way: &[Way],
        locals: &mut [V],
        new: impl FnOnce(Option<&V>) -> Res<Option<V>>,
    ) -> Res<()> {
        match place.root {
            Root::Local(local) => put(&mut locals[local], way, new),
            Root::State(state) => {
                let mut whole = self.states[state].clone();
                let entries = |value: &V| match value {
                    V::List(values) => values.len(),
                    V::Set(values) => values.len(),
                    V::Map(entries) => entries.len(),
                    _ => 0,
                };
                let before = entries(&whole);
                put(&mut whole, way, new)?;
                let max = self.program.states[state].max.map_or(usize::MAX, |max| max as usize);
                // A map is kept by entries: only more of them are too many.
                let by_entry = matches!(whole, V::Map(_)) && !way.is_empty();
                if entries(&whole) > max && (!by_entry || entries(&whole) > before) {
                    return Err(Failure::HostDenied(Denied::TooMany));
                }
                self.states[state] = whole;
                self.changed.insert(state);
                Ok(())
            }
        }
    }

    fn all(&mut self, exprs: &[Expr], locals: &mut Vec<V>) -> Res<Vec<V>> {
        exprs.iter().map(|expr| self.expr(expr, locals)).collect()
    }

    pub(crate) fn expr(&mut self, expr: &Expr, locals: &mut Vec<V>) -> Res<V> {
        self.step()?;
        self.coverage.count("expression", kind_of_expr(&expr.kind));
        Ok(match &expr.kind {
            ExprKind::Value(value) => V::of(value),
            ExprKind::Local(local) => locals[*local].clone(),
            ExprKind::State(state) => self.states[*state].clone(),
            ExprKind::If(condition, a, b) => {
                let branch = if self.expr(condition, locals)?.bool() { a } else { b };
                self.expr(branch, locals)?
            }
            ExprKind::And(a, b) => V::Bool(self.expr(a, locals)?.bool() && self.expr(b, locals)?.bool()),
            ExprKind::Or(a, b) => V::Bool(self.expr(a, locals)?.bool() || self.expr(b, locals)?.bool()),
            ExprKind::Not(of) => V::Bool(!self.expr(of, locals)?.bool()),
            ExprKind::Equal(a, b, negated) => {
                let (a, b) = (self.expr(a, locals)?, self.expr(b, locals)?);
                V::Bool((order(&a, &b) == std::cmp::Ordering::Equal) != *negated)
            }
            ExprKind::Compare(compare, a, b) => {
                let (a, b) = (self.expr(a, locals)?, self.expr(b, locals)?);
                let order = order(&a, &b);
                V::Bool(match compare {
                    Compare::Less => order.is_lt(),
                    Compare::LessEqual => order.is_le(),
                    Compare::Greater => order.is_gt(),
                    Compare::GreaterEqual => order.is_ge(),
                })
            }
            ExprKind::Arithmetic(operation, a, b) => {
                let (a, b) = (self.expr(a, locals)?, self.expr(b, locals)?);
                arithmetic(*operation, &a, &b)?
            }
            ExprKind::Negate(of) => match self.expr(of, locals)? {
                V::Int(number) => int(-number)?,
                V::Millis(number) => millis(-number)?,
                V::Ratio(number) => ratio(-number)?,
                other => panic!("no number: {other:?}"),
            },
            ExprKind::In(element, of) => {
                let (element, of) = (self.expr(element, locals)?, self.expr(of, locals)?);
                V::Bool(of.elements().contains(&element))
            }
            ExprKind::List(items) => V::List(self.all(items, locals)?),
            ExprKind::Map(entries) => {
                let mut map = BTreeMap::new();
                for (key, value) in entries {
                    let key = self.expr(key, locals)?;
                    map.insert(key, self.expr(value, locals)?);
                }
                V::Map(map)
            }
            ExprKind::Record(fields) => V::Record(self.all(fields, locals)?),
            ExprKind::Variant(index, payload) => V::Variant(*index, self.all(payload, locals)?),
            ExprKind::Some(of) => V::Option(Some(Box::new(self.expr(of, locals)?))),
            ExprKind::Field(of, field) => match self.expr(of, locals)? {
                V::Record(values) => values[*field as usize].clone(),
                other => panic!("no record: {other:?}"),
            },
            ExprKind::At(of, index) => {
                let (of, index) = (self.expr(of, locals)?, self.expr(index, locals)?);
                let at = usize::try_from(index.int()).ok();
                at.and_then(|at| of.elements().get(at).cloned()).ok_or(Failure::KeyMissing)?
            }
            ExprKind::Key(of, key) => {
                let (of, key) = (self.expr(of, locals)?, self.expr(key, locals)?);
                map(&of).get(&key).cloned().ok_or(Failure::KeyMissing)?
            }
            ExprKind::Call(function, args) => {
                let args = self.all(args, locals)?;
                let program = self.program.clone();
                let function = &program.functions[*function];
                self.run(&function.body, args, function.locals.len())?
            }
            ExprKind::Builtin(builtin, args) => {
                self.coverage.count("builtin", builtin.word());
                let types: Vec<_> = args.iter().map(|arg| &arg.ty).collect();
                let values = self.all(args, locals)?;
                match builtin.level() {
                    Level::Pure => self.pure(*builtin, &values, &types)?,
                    _ => self.host(*builtin, &values, &types)?,
                }
            }
            ExprKind::Walk(walk) => self.walk(walk, &expr.ty, locals)?,
            ExprKind::Let(lets, then) => {
                for (local, value) in lets {
                    locals[*local] = self.expr(value, locals)?;
                }
                self.expr(then, locals)?
            }
            ExprKind::Later { at, function, args } => {
                let at = at.as_ref().map(|at| self.expr(at, locals)).transpose()?;
                let args: Vec<_> = self.all(args, locals)?.iter().map(V::value).collect();
                self.later(at, *function, args)?
            }
            ExprKind::Test(..) | ExprKind::Act { .. } | ExprKind::ExpectError { .. } => {
                panic!("only tests of documents have {expr:?}")
            }
        })
    }

    fn later(&mut self, at: Option<V>, function: usize, args: Vec<Value>) -> Res<V> {
        self.acted = true;
        let (name, now) = (self.program.functions[function].name.clone(), self.world.now());
        match at {
            Some(V::Millis(at)) => {
                let at = i64::try_from(&at).map_err(|_| Failure::Overflow)?;
                if at <= now {
                    return Err(Failure::HostDenied(Denied::PastTime));
                }
                self.world.economy_mut().scheduled.push(Scheduled { at, action: name, args });
            }
            _ => self.world.economy_mut().proposed.push((name, args)),
        }
        Ok(V::Unit)
    }

    fn walk(&mut self, walk: &Walk, ty: &Type, locals: &mut Vec<V>) -> Res<V> {
        self.coverage.count("walk", &format!("{:?}{}", walk.kind, if walk.filter.is_some() { " where" } else { "" }));
        let elements = self.expr(&walk.source, locals)?.elements();
        let mut total = match ty {
            Type::Int | Type::Amount(_) => V::Int(0.into()),
            Type::Duration => V::Millis(0.into()),
            _ => V::Ratio(BigRational::from(BigInt::from(0))),
        };
        let (mut count, mut list, mut entries) = (0, Vec::new(), BTreeMap::new());
        for element in elements {
            locals[walk.local] = element.clone();
            if let Some(filter) = &walk.filter {
                if !self.expr(filter, locals)?.bool() {
                    continue;
                }
            }
            let value = walk.body.as_ref().map(|body| self.expr(body, locals)).transpose()?;
            match (walk.kind, value) {
                (WalkKind::Count, _) => count += 1,
                (WalkKind::All, Some(value)) if !value.bool() => return Ok(V::Bool(false)),
                (WalkKind::Any, Some(value)) if value.bool() => return Ok(V::Bool(true)),
                (WalkKind::Sum, Some(value)) => total = arithmetic(Arithmetic::Add, &total, &value)?,
                (WalkKind::List, Some(value)) => list.push(value),
                (WalkKind::Map, Some(value)) => drop(entries.insert(element, value)),
                _ => {}
            }
        }
        Ok(match walk.kind {
            WalkKind::All => V::Bool(true),
            WalkKind::Any => V::Bool(false),
            WalkKind::Count => V::Int(count.into()),
            WalkKind::Sum => total,
            WalkKind::List => V::List(list),
            WalkKind::Map => V::Map(entries),
        })
    }

    /// What the organisation tells or does; a function is told what its values do not say.
    fn host(&mut self, builtin: Builtin, values: &[V], types: &[&Type]) -> Res<V> {
        use icn_ccl::abi::{told, Told};
        self.acted |= builtin.level() == Level::Action;
        let mut values: Vec<_> = values.iter().map(V::value).collect();
        let named = |ty: &&Type| match ty {
            Type::Named(name) => Some(name.clone()),
            _ => None,
        };
        let more = match told(builtin) {
            Told::Nothing => None,
            Told::Resource => types.iter().find_map(|ty| match ty {
                Type::Amount(resource) => Some(resource.clone()),
                _ => None,
            }),
            Told::Credential => types.iter().find_map(named),
            Told::Record => types.iter().find_map(|ty| match ty {
                Type::Map(_, of) => named(&&**of),
                _ => None,
            }),
        };
        values.extend(more.map(Value::Text));
        self.world.ask(&self.caller, builtin, &values).map(|value| V::of(&value))
    }

    fn pure(&mut self, builtin: Builtin, args: &[V], types: &[&Type]) -> Res<V> {
        use Builtin as B;
        let option = |value: Option<V>| V::Option(value.map(Box::new));
        let list = |value: &V| match value {
            V::List(values) => values.clone(),
            other => panic!("no list: {other:?}"),
        };
        let set = |value: &V| match value {
            V::Set(values) => values.clone(),
            other => panic!("no set: {other:?}"),
        };
        Ok(match (builtin, args) {
            (B::Len, [V::Text(text)]) => V::Int(text.chars().count().into()),
            (B::Len, [of]) => V::Int(of.elements().len().into()),
            (B::Min, [of]) => option(list(of).into_iter().min()),
            (B::Max, [of]) => option(list(of).into_iter().max()),
            (B::Concat, [of]) => {
                let part = |part: V| match part {
                    V::Text(text) => text,
                    other => panic!("no text: {other:?}"),
                };
                V::Text(list(of).into_iter().map(part).collect())
            }
            (B::Flatten, [of]) => V::List(list(of).iter().flat_map(list).collect()),
            (B::TextOf, [of]) => V::Text(self.text(of, types[0])),
            (B::Div, [a, b]) => int(quotient(a.int(), b.int())?.floor().to_integer())?,
            (B::Mod, [a, b]) => {
                let left = a.int() - quotient(a.int(), b.int())?.floor().to_integer() * b.int();
                // Never negative, whatever the sign of the divisor.
                int(if left < BigInt::from(0) { left - b.int() } else { left })?
            }
            (B::RoundDown, [of]) => int(of.fraction().floor().to_integer())?,
            (B::RoundUp, [of]) => int(of.fraction().ceil().to_integer())?,
            (B::RoundHalfEven, [of]) => {
                let (of, two) = (of.fraction(), BigInt::from(2));
                let below = of.floor().to_integer();
                let twice = (&of - BigRational::from(below.clone())) * BigRational::from(two.clone());
                let up = match twice.cmp(&BigRational::from(BigInt::from(1))) {
                    std::cmp::Ordering::Less => false,
                    std::cmp::Ordering::Equal => &below % &two != BigInt::from(0),
                    std::cmp::Ordering::Greater => true,
                };
                int(below + BigInt::from(u8::from(up)))?
            }
            (B::RatioOf, [a, b]) => ratio(quotient(a.int(), b.int())?)?,
            (B::Percent, [n]) => ratio(BigRational::new(n.int().clone(), 100.into()))?,
            (B::IsSome, [V::Option(value)]) => V::Bool(value.is_some()),
            (B::OrElse, [V::Option(value), otherwise]) => value.as_deref().unwrap_or(otherwise).clone(),
            (B::Keys, [of]) => V::List(map(of).keys().cloned().collect()),
            (B::Values, [of]) => V::List(map(of).values().cloned().collect()),
            (B::Get, [of, key]) => option(map(of).get(key).cloned()),
            (B::SetOf, [of]) => V::Set(list(of).into_iter().collect()),
            (B::With, [of, element]) => {
                let mut set = set(of);
                set.insert(element.clone());
                V::Set(set)
            }
            (B::Without, [of, element]) => {
                let mut set = set(of);
                set.remove(element);
                V::Set(set)
            }
            (B::Sort, [of]) => {
                let mut values = list(of);
                values.sort();
                V::List(values)
            }
            (B::SortBy, [of, keys]) => {
                let mut pairs: Vec<_> = list(keys).into_iter().zip(list(of)).collect();
                pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
                V::List(pairs.into_iter().map(|(_, value)| value).collect())
            }
            (B::Split, [total, weights]) => split(total.int(), map(weights))?,
            (builtin, args) => panic!("{builtin:?} of {args:?}"),
        })
    }
}

fn map(value: &V) -> &BTreeMap<V, V> {
    match value {
        V::Map(entries) => entries,
        other => panic!("no map: {other:?}"),
    }
}

fn quotient(a: &BigInt, b: &BigInt) -> Res<BigRational> {
    if *b == BigInt::from(0) {
        return Err(Failure::DivByZero);
    }
    Ok(BigRational::new(a.clone(), b.clone()))
}

/// The order of two values of one type, or of an amount and an exact fraction of one.
fn order(a: &V, b: &V) -> std::cmp::Ordering {
    match (a, b) {
        (V::Int(_), V::Ratio(_)) | (V::Ratio(_), V::Int(_)) => a.fraction().cmp(&b.fraction()),
        (a, b) => a.cmp(b),
    }
}

fn arithmetic(operation: Arithmetic, a: &V, b: &V) -> Res<V> {
    use Arithmetic::{Add, Divide, Multiply, Subtract};
    match (operation, a, b) {
        (Add, V::List(a), V::List(b)) => Ok(V::List(a.iter().chain(b).cloned().collect())),
        (Add, V::Millis(a), V::Millis(b)) => millis(a + b),
        (Subtract, V::Millis(a), V::Millis(b)) => millis(a - b),
        (Multiply, V::Millis(a), V::Int(b)) | (Multiply, V::Int(b), V::Millis(a)) => millis(a * b),
        (Add, V::Int(a), V::Int(b)) => int(a + b),
        (Subtract, V::Int(a), V::Int(b)) => int(a - b),
        (Multiply, V::Int(a), V::Int(b)) => int(a * b),
        (Divide, a, b) => {
            if b.fraction() == BigRational::from(BigInt::from(0)) {
                return Err(Failure::DivByZero);
            }
            ratio(a.fraction() / b.fraction())
        }
        (Add, a, b) => ratio(a.fraction() + b.fraction()),
        (Subtract, a, b) => ratio(a.fraction() - b.fraction()),
        (Multiply, a, b) => ratio(a.fraction() * b.fraction()),
    }
}

/// Goes the way from a value and puts there what `new` makes of what is there.
fn put(value: &mut V, way: &[Way], new: impl FnOnce(Option<&V>) -> Res<Option<V>>) -> Res<()> {
    let Some((step, rest)) = way.split_first() else {
        *value = new(Some(value))?.expect("only entries are removed");
        return Ok(());
    };
    match (step, value) {
        (Way::Field(field), V::Record(values)) => put(&mut values[*field], rest, new),
        (Way::At(at), V::List(values)) => {
            let at = usize::try_from(at).map_err(|_| Failure::KeyMissing)?;
            put(values.get_mut(at).ok_or(Failure::KeyMissing)?, rest, new)
        }
        (Way::Key(key), V::Map(entries)) if rest.is_empty() => {
            match new(entries.get(key))? {
                Some(made) => drop(entries.insert(key.clone(), made)),
                None => drop(entries.remove(key)),
            }
            Ok(())
        }
        (Way::Key(key), V::Map(entries)) => put(entries.get_mut(key).ok_or(Failure::KeyMissing)?, rest, new),
        (_, value) => panic!("no way into {value:?}"),
    }
}

/// A total by weights: each gets what is due rounded down; what is left goes, one by one, to the largest remainders.
fn split(total: &BigInt, weights: &BTreeMap<V, V>) -> Res<V> {
    let zero = BigInt::from(0);
    let sum: BigInt = weights.values().map(V::int).sum();
    // The sum is a number of the language too.
    if *total < zero || weights.values().any(|weight| *weight.int() < zero) || int(sum.clone()).is_err() {
        return Err(Failure::Overflow);
    }
    if sum == zero {
        return Err(Failure::DivByZero);
    }
    let due = |weight: &V| BigRational::new(total * weight.int(), sum.clone());
    let mut shares: Vec<(BigRational, &V, BigInt)> =
        weights.iter().map(|(key, weight)| (due(weight).fract(), key, due(weight).floor().to_integer())).collect();
    let mut left = total - shares.iter().map(|(_, _, share)| share).sum::<BigInt>();
    // Stable: of equal remainders the first key comes first.
    shares.sort_by(|(a, ..), (b, ..)| b.cmp(a));
    for (_, _, share) in &mut shares {
        if left > zero {
            *share += 1;
            left -= 1;
        }
    }
    Ok(V::Map(shares.into_iter().map(|(_, key, share)| (key.clone(), V::Int(share))).collect()))
}
