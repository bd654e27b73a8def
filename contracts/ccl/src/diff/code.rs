//! Conditions, effects and functions.

use super::{sentence, written, Diff, Direction, Subject};
use crate::{
    descriptor::{expr_hash, shallow_hash},
    program::{Effect, Expr, ExprKind, Function, Program, Role, Stmt, StmtKind},
    schema::ANYONE,
    types::FieldDef,
};
use std::collections::BTreeMap;

impl Diff<'_> {
    pub(super) fn condition(&mut self, path: &str, kind: Subject, what: &str, old: usize, new: usize) {
        if shallow_hash(self.old, old) == shallow_hash(self.new, new) {
            return;
        }
        let direction = conjuncts(self.old, old, self.new, new);
        let values = (Some(written::condition(self.old, old)), Some(written::condition(self.new, new)));
        let sentence = sentence(what, direction, &values);
        self.push(path, kind, direction, values, sentence);
    }

    /// What a proposal does. Its condition is one of its settings.
    pub(super) fn proposal_code(&mut self, path: &str, what: &str, name: &str) {
        let role = Role::Effect(name.into());
        let find = |program: &Program| program.function(&role, name).map(|(index, _)| index);
        if let (Some(old), Some(new)) = (find(self.old), find(self.new)) {
            self.does(path, Subject::Declaration(crate::schema::Kind::Proposal), what, old, new);
            self.signed(path, what, old, new);
            self.in_force(path, Subject::Declaration(crate::schema::Kind::Proposal), what, old, new);
        }
    }

    /// From when until when it is in force: a longer time gives more.
    fn in_force(&mut self, path: &str, kind: Subject, what: &str, old: usize, new: usize) {
        let of = |program: &Program, index: usize| {
            program.functions.get(index).map(|function| function.in_force).unwrap_or_default()
        };
        let (old, new) = (of(self.old, old), of(self.new, new));
        let begins = (old.effective.unwrap_or(i64::MIN), new.effective.unwrap_or(i64::MIN));
        let ends = (old.sunset.unwrap_or(i64::MAX), new.sunset.unwrap_or(i64::MAX));
        let parts = [
            ("effective", "from when it is in force", begins.1.cmp(&begins.0), (old.effective, new.effective)),
            ("sunset", "until when it is in force", ends.0.cmp(&ends.1), (old.sunset, new.sunset)),
        ];
        for (key, words, shrinks, (old, new)) in parts {
            let direction = match shrinks {
                std::cmp::Ordering::Equal => continue,
                std::cmp::Ordering::Less => Direction::Granted,
                std::cmp::Ordering::Greater => Direction::Revoked,
            };
            let values = (old.map(written::time), new.map(written::time));
            let said = sentence(&format!("{what}, {words}"), direction, &values);
            self.push(format!("{path}.{key}"), kind, direction, values, said);
        }
    }

    fn signed(&mut self, path: &str, what: &str, old: usize, new: usize) {
        let signed =
            |program: &Program, index: usize| program.functions.get(index).is_some_and(|function| function.signed);
        let (old, new) = (signed(self.old, old), signed(self.new, new));
        let direction = match (old, new) {
            (false, true) => Direction::Granted,
            (true, false) => Direction::Revoked,
            _ => return,
        };
        let values = (Some(old.to_string()), Some(new.to_string()));
        let sentence = sentence(&format!("{what}, whether amounts may be negative"), direction, &values);
        self.push(format!("{path}.signed"), Subject::Function, direction, values, sentence);
    }

    /// What code does: powers one by one, or that it does the same in another way.
    fn does(&mut self, path: &str, kind: Subject, what: &str, old: usize, new: usize) {
        if shallow_hash(self.old, old) == shallow_hash(self.new, new) {
            return;
        }
        let before = self.changes.len();
        let powers = [(self.old, old), (self.new, new)].map(|(program, index)| powers(program, index));
        let [has, will] = &powers;
        for power in super::keys(has, will) {
            let (direction, values, verb) = match (has.get(power), will.get(power)) {
                (None, Some(_)) => (Direction::Granted, (None, Some(power.clone())), "can now"),
                (Some(_), None) => (Direction::Revoked, (Some(power.clone()), None), "can no longer"),
                _ => continue,
            };
            let words = has.get(power).or(will.get(power)).map(String::as_str).unwrap_or_default();
            self.push(format!("{path}.effect.{power}"), kind, direction, values, format!("{what} {verb} {words}."));
        }
        if self.changes.len() == before {
            let said = format!("{what} does what it does in another way: read its code.");
            self.push(format!("{path}.code"), kind, Direction::Changed, (None, None), said);
        }
    }

    pub(super) fn fields(&mut self, path: &str, kind: Subject, what: &str, old: &[FieldDef], new: &[FieldDef]) {
        let named = |fields: &[FieldDef]| -> BTreeMap<String, String> {
            fields.iter().map(|field| (field.name.clone(), field.ty.to_string())).collect()
        };
        let types = (named(old), named(new));
        for name in super::keys(&types.0, &types.1) {
            let values = (types.0.get(name).cloned(), types.1.get(name).cloned());
            self.plain(format!("{path}.{name}"), kind, &format!("{what}, the type of `{name}`"), values);
        }
        let order = |fields: &[FieldDef]| fields.iter().map(|field| field.name.clone()).collect::<Vec<_>>().join(", ");
        if types.0.keys().eq(types.1.keys()) {
            self.plain(path, kind, &format!("{what}, the order of its parts"), (Some(order(old)), Some(order(new))));
        }
    }

    pub(super) fn functions(&mut self) {
        let called = |program: &Program| -> BTreeMap<String, usize> {
            let own = |role: &Role| matches!(role, Role::Fn | Role::View | Role::Action);
            let all = program.functions_of(own).filter(|(_, function)| function.own);
            all.map(|(index, function)| (function.name.clone(), index)).collect()
        };
        let (old, new) = (called(self.old), called(self.new));
        for name in super::keys(&old, &new) {
            let find = |program: &Program, map: &BTreeMap<String, usize>| {
                let index = *map.get(name)?;
                Some((index, program.functions.get(index)?.clone()))
            };
            match (find(self.old, &old), find(self.new, &new)) {
                (Some(old), Some(new)) => self.function(old, new),
                (None, Some((_, function))) => {
                    let said = format!("The {} is new.", title(&function));
                    let value = signature(&function);
                    self.push(path(&function), Subject::Function, Direction::Added, (None, Some(value)), said);
                }
                (Some((_, function)), None) => {
                    let said = format!("The {} is no longer there.", title(&function));
                    let value = signature(&function);
                    self.push(path(&function), Subject::Function, Direction::Removed, (Some(value), None), said);
                }
                (None, None) => {}
            }
        }
    }

    fn function(&mut self, (at_old, old): (usize, Function), (at_new, new): (usize, Function)) {
        let (path, what) = (format!("function.{}", new.name), format!("The {}", title(&new)));
        let kind = Subject::Function;
        self.words(&path, &what, &old.docs, &new.docs);
        let level = |function: &Function| Some(word(function).to_string());
        self.plain(format!("{path}.level"), kind, &format!("{what}, what it may do"), (level(&old), level(&new)));
        self.fields(&format!("{path}.params"), kind, &what, &old.params, &new.params);
        let result = |function: &Function| Some(function.result.to_string());
        self.plain(format!("{path}.result"), kind, &format!("{what}, what it gives"), (result(&old), result(&new)));
        let needs = format!("{what}, the permission that it requires");
        let who = |function: &Function| match function.role {
            Role::Action => Some(function.requires.clone().unwrap_or_else(|| ANYONE.into())),
            _ => None,
        };
        self.plain(format!("{path}.requires"), Subject::Right, &needs, (who(&old), who(&new)));
        self.signed(&path, &what, at_old, at_new);
        self.in_force(&path, kind, &what, at_old, at_new);
        // A changed parameter changes the hash too, and is told already.
        let same = (&old.params, &old.result) == (&new.params, &new.result);
        if same || powers(self.old, at_old) != powers(self.new, at_new) {
            self.does(&path, kind, &what, at_old, at_new);
        }
    }

    pub(super) fn handlers(&mut self) {
        let all = |program: &Program| {
            let handlers = program.functions_of(|role| matches!(role, Role::Handler(_)));
            let mut of: BTreeMap<String, usize> = BTreeMap::new();
            let mut count: BTreeMap<String, usize> = BTreeMap::new();
            for (index, function) in handlers {
                let at = count.entry(function.name.clone()).or_default();
                *at += 1;
                of.insert(format!("{}.{at}", function.name), index);
            }
            of
        };
        let (old, new) = (all(self.old), all(self.new));
        for name in super::keys(&old, &new) {
            let (path, what) = (format!("handler.{name}"), format!("What is done on `{name}`"));
            let value = Some(name.clone());
            match (old.get(name), new.get(name)) {
                (Some(a), Some(b)) => {
                    let docs = |program: &Program, at: usize| program.functions.get(at).map(|one| one.docs.clone());
                    let docs = (docs(self.old, *a).unwrap_or_default(), docs(self.new, *b).unwrap_or_default());
                    self.words(&path, &what, &docs.0, &docs.1);
                    self.does(&path, Subject::Handler, &what, *a, *b);
                }
                (None, _) => {
                    self.push(path, Subject::Handler, Direction::Added, (None, value), format!("{what} is new."))
                }
                (_, None) => {
                    let said = format!("{what} is done no longer.");
                    self.push(path, Subject::Handler, Direction::Removed, (value, None), said);
                }
            }
        }
    }

    pub(super) fn invariants(&mut self) {
        let all = |program: &Program| -> BTreeMap<String, usize> {
            let invariants = program.functions_of(|role| *role == Role::Invariant);
            invariants.map(|(index, function)| (function.name.clone(), index)).collect()
        };
        let (old, new) = (all(self.old), all(self.new));
        for name in super::keys(&old, &new) {
            let (path, what) = (format!("invariant.{name}"), format!("Invariant `{name}`, what must always hold"));
            let kind = Subject::Invariant;
            match (old.get(name), new.get(name)) {
                (Some(a), Some(b)) => {
                    let find = |program: &Program, at: usize| {
                        let function = program.functions.get(at);
                        function.map(|one| (one.docs.clone(), one.fuel_max)).unwrap_or_default()
                    };
                    let ((docs_old, fuel_old), (docs_new, fuel_new)) = (find(self.old, *a), find(self.new, *b));
                    self.words(&path, &format!("Invariant `{name}`"), &docs_old, &docs_new);
                    self.condition(&path, kind, &what, *a, *b);
                    let fuel = |fuel: Option<u64>| fuel.map(|fuel| fuel.to_string());
                    let what = format!("Invariant `{name}`, the fuel that checking it takes at most");
                    self.plain(format!("{path}.max"), kind, &what, (fuel(fuel_old), fuel(fuel_new)));
                }
                (None, Some(at)) => {
                    let says = written::condition(self.new, *at);
                    let values = (None, Some(says));
                    let said = sentence(&what, Direction::Stronger, &values);
                    self.push(path, kind, Direction::Stronger, values, said);
                }
                (Some(at), None) => {
                    let values = (Some(written::condition(self.old, *at)), None);
                    let said = sentence(&what, Direction::Weaker, &values);
                    self.push(path, kind, Direction::Weaker, values, said);
                }
                (None, None) => {}
            }
        }
    }
}

fn word(function: &Function) -> &'static str {
    match function.role {
        Role::Fn => "fn",
        Role::View => "view",
        _ => "action",
    }
}

fn path(function: &Function) -> String {
    format!("function.{}", function.name)
}

fn title(function: &Function) -> String {
    format!("{} `{}`", word(function), function.name)
}

fn signature(function: &Function) -> String {
    let params: Vec<_> = function.params.iter().map(|param| format!("{}: {}", param.name, param.ty)).collect();
    let requires = match (&function.role, &function.requires) {
        (Role::Action, permission) => format!(" requires {}", permission.as_deref().unwrap_or(ANYONE)),
        _ => String::new(),
    };
    format!("{}({}) -> {}{requires}", function.name, params.join(", "), function.result)
}

/// What code can do to the organisation and to the state, each with its words.
fn powers(program: &Program, index: usize) -> BTreeMap<String, String> {
    let effects = program.effects(index);
    let host =
        effects.host.iter().map(|effect: &Effect| (written::effect_path(effect), written::effect(program, effect)));
    let states = effects.states.iter().filter_map(|state| program.states.get(*state));
    let writes = states.map(|state| (format!("write({})", state.name), format!("change the state `{}`", state.name)));
    let later = effects.later.iter().filter_map(|later| program.functions.get(*later));
    let calls = later.map(|one| (format!("later({})", one.name), format!("have `{}` done later", one.name)));
    host.chain(writes).chain(calls).collect()
}

/// Whether a condition only gained or lost parts that must hold.
fn conjuncts(old: &Program, at_old: usize, new: &Program, at_new: usize) -> Direction {
    let parts = |program: &Program, at: usize| {
        let function = program.functions.get(at)?;
        let [Stmt { kind: StmtKind::Return(Some(value)), .. }] = function.body.as_slice() else { return None };
        let mut all = Vec::new();
        split(program, value, &mut all);
        Some(all)
    };
    let (Some(old), Some(new)) = (parts(old, at_old), parts(new, at_new)) else { return Direction::Changed };
    let within = |a: &[_], b: &[_]| a.iter().all(|part| b.contains(part));
    match (within(&old, &new), within(&new, &old)) {
        (true, false) => Direction::Stronger,
        (false, true) => Direction::Weaker,
        _ => Direction::Changed,
    }
}

fn split(program: &Program, expr: &Expr, into: &mut Vec<[u8; 32]>) {
    match &expr.kind {
        ExprKind::And(a, b) => {
            split(program, a, into);
            split(program, b, into);
        }
        _ => into.push(expr_hash(program, expr)),
    }
}
