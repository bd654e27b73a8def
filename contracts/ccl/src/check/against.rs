//! A document as an amendment of the one before it.

use super::{
    facts::{span_of, Facts},
    strictness::Component,
};
use crate::{
    descriptor::deep_hash,
    diagnostic::{Code, Diagnostic, Severity, Span},
    number::compare,
    program::{
        Decl, Entrench, Expr, ExprKind, Extended, Place, Program, Role, Root, SettingValue as Value, Step, Stmt,
        StmtKind,
    },
    schema::{self, Kind, Meaning, Shape},
    types::{Type, TypeDef},
};
use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

pub(super) fn check(facts: &mut Facts<'_>, previous: &Facts<'_>) {
    version(facts, previous.program);
    states(facts, previous.program);
    entrenched(facts, previous);
}

/// CHK-63: what the extended document protects is not overridden by something weaker, whatever share of votes protects it.
pub(super) fn extended(facts: &mut Facts<'_>, extended: &Extended) {
    let Some(unchanged) = &extended.unchanged else { return };
    let before = facts.found.len();
    entrenched(facts, &Facts::new(unchanged));
    for diagnostic in facts.found.iter_mut().skip(before) {
        diagnostic.severity = Severity::Error;
        diagnostic.help =
            Some(format!("`{}` protects it: override it by what is as strong, or leave it", extended.name));
    }
}

fn entrenched(facts: &mut Facts<'_>, previous: &Facts<'_>) {
    let mut told = BTreeSet::new();
    for clause in &previous.program.entrench {
        kept(facts, clause);
        for path in covered(previous, &clause.paths) {
            if told.insert(path.clone()) {
                protected(facts, previous, clause, &path);
            }
        }
    }
}

fn header(program: &Program) -> Span {
    program.header.span.unwrap_or(Span::new(0, 0))
}

// ---- version and state

/// CHK-56: an amendment has a higher version.
fn version(facts: &mut Facts<'_>, previous: &Program) {
    let (old, new) = (&previous.header.version, &facts.program.header.version);
    let parts = |version: &str| -> Vec<u64> { version.split('.').map(|part| part.parse().unwrap_or(0)).collect() };
    if parts(new) <= parts(old) {
        let error = Diagnostic::new(
            Code::Conflict,
            header(facts.program),
            format!("this is version {new}, and {old} is in force"),
        );
        facts.tell(error.help("raise the version, so that members can tell the two apart"));
    }
}

/// CHK-57: what is kept stays as it is, is dropped in words, or is moved by an action.
fn states(facts: &mut Facts<'_>, previous: &Program) {
    let program = facts.program;
    let mut found = Vec::new();
    for old in &previous.states {
        let new = program.states.iter().find(|state| state.name == old.name);
        match new {
            None if !program.dropped_states.contains(&old.name) => {
                let message = format!("the state `{}` of the version before is not here", old.name);
                let help =
                    format!("what it holds would be lost unsaid: declare it, or write `drop state {};`", old.name);
                found.push(Diagnostic::new(Code::Conflict, header(program), message).help(help));
            }
            Some(new)
                if layout(previous, &old.ty) != layout(program, &new.ty) && program.notes.migrations.is_empty() =>
            {
                let message = format!("`{}` was {}, and is {} now", new.name, old.ty, new.ty);
                let help = "what is kept must be moved: write an action marked `@migrate`";
                found.push(Diagnostic::new(Code::Conflict, new.span, message).help(help));
            }
            _ => {}
        }
    }
    for name in &program.dropped_states {
        if !previous.states.iter().any(|state| state.name == *name) {
            let message = format!("there is no state `{name}` in the version before, which could be dropped");
            found.push(Diagnostic::new(Code::Conflict, header(program), message).help("remove the `drop state`"));
        }
    }
    found.into_iter().for_each(|error| facts.tell(error));
}

/// A type with all that it is made of, by which stored bytes are read.
fn layout(program: &Program, ty: &Type) -> (Type, BTreeMap<String, TypeDef>) {
    let mut defs = BTreeMap::new();
    let mut open = vec![ty.clone()];
    while let Some(ty) = open.pop() {
        open.extend(ty.parts().into_iter().cloned());
        let Type::Named(name) = ty else { continue };
        if defs.contains_key(&name) {
            continue;
        }
        if let Some(def) = program.types.get(&name) {
            match def {
                TypeDef::Record(fields) => open.extend(fields.iter().map(|field| field.ty.clone())),
                TypeDef::Enum(variants) => open.extend(variants.iter().flat_map(|variant| variant.payload.clone())),
            }
            defs.insert(name, def.clone());
        }
    }
    (ty.clone(), defs)
}

// ---- protection

/// What is protected: a declaration, an invariant, or who founds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Decl(Kind, String),
    Invariant(String),
    Founders,
}

/// CHK-58: what paths reach: a process its electorate, proposers, reviewers and stages; these their sources.
fn covered(facts: &Facts<'_>, paths: &[String]) -> BTreeSet<Part> {
    let mut parts = BTreeSet::new();
    let mut open: Vec<&Decl> = Vec::new();
    for path in paths {
        match path.split_once('.') {
            None => drop(parts.insert(Part::Founders)),
            Some(("invariant", name)) => drop(parts.insert(Part::Invariant(name.into()))),
            Some((kind, name)) => open.extend(Kind::of(kind).and_then(|kind| facts.decl(kind, name))),
        }
    }
    while let Some(decl) = open.pop() {
        if parts.insert(Part::Decl(decl.kind, decl.name.clone())) {
            open.extend(sources(facts, decl));
        }
    }
    parts
}

fn sources<'p>(facts: &Facts<'p>, decl: &'p Decl) -> Vec<&'p Decl> {
    let people = &[Kind::Body, Kind::Class, Kind::Role][..];
    let keys: &[(&str, &[Kind])] = match decl.kind {
        Kind::Process => &[("voters", people), ("stages", &[Kind::Process]), ("delegation", &[Kind::Delegation])],
        Kind::Election => &[("voters", people)],
        Kind::Body => &[("members", people)],
        Kind::Role => &[
            ("held_by", people),
            ("elected_by", &[Kind::Election]),
            ("assigned_by", &[Kind::Process]),
            ("needs", &[Kind::Credential]),
        ],
        _ => &[],
    };
    let named = |(key, kinds): &(&str, &[Kind])| {
        let names = decl.settings.name(key).into_iter().chain(decl.settings.names(key));
        names.filter_map(|name| facts.any_of(kinds, name)).collect::<Vec<_>>()
    };
    keys.iter().flat_map(named).collect()
}

/// How grave a weakening is: what is protected for ever is not amended; else the amendment needs the share that was said.
fn weakened(clause: &Entrench, span: Span, message: String) -> Diagnostic {
    match clause.requires {
        None => Diagnostic::new(Code::EntrenchmentViolated, span, message)
            .help("it is protected for ever: leave it as it was"),
        Some(share) => {
            let help =
                format!("this is protected: the amendment needs {} of the votes cast", super::facts::share_text(share));
            Diagnostic { severity: Severity::Warning, ..Diagnostic::new(Code::EntrenchmentViolated, span, message) }
                .help(help)
        }
    }
}

/// CHK-59: a clause lists itself: it stays, with all its paths and as great a share.
fn kept(facts: &mut Facts<'_>, clause: &Entrench) {
    let program = facts.program;
    for path in &clause.paths {
        let new = program.entrench.iter().find(|new| new.paths.contains(path));
        let error = match new {
            None => Some(weakened(clause, header(program), format!("`{path}` is no longer protected"))),
            Some(new) => {
                let weaker = match (clause.requires, new.requires) {
                    (_, None) => false,
                    (None, Some(_)) => true,
                    (Some(old), Some(new)) => compare(new, old).is_lt(),
                };
                weaker.then(|| weakened(clause, new.span, format!("`{path}` is protected less than before")))
            }
        };
        if let Some(error) = error {
            facts.tell(error);
            return;
        }
    }
}

/// CHK-60: what is protected is there, and not weaker.
fn protected<'p>(facts: &mut Facts<'p>, previous: &Facts<'_>, clause: &Entrench, part: &Part) {
    let error = match part {
        Part::Founders => {
            let lost = previous.program.founders.iter().find(|old| {
                let new = facts.program.founders.iter().find(|new| new.of == old.of);
                new.is_none_or(|new| new.min < old.min)
            });
            lost.map(|old| {
                let place = facts
                    .program
                    .founders
                    .iter()
                    .find(|new| new.of == old.of)
                    .map_or(header(facts.program), |new| new.span);
                weakened(clause, place, format!("fewer found `{}` than before", old.of))
            })
        }
        Part::Invariant(name) => invariant(facts.program, previous.program, clause, name),
        Part::Decl(kind, name) => match (facts.decl(*kind, name), previous.decl(*kind, name)) {
            (None, _) => {
                Some(weakened(clause, header(facts.program), format!("the protected {} `{name}` is gone", kind.word())))
            }
            (Some(new), Some(old)) => match kind {
                Kind::Process => process(facts, new, previous, old, clause),
                _ => declaration((facts.program, new), (previous.program, old), clause),
            },
            _ => None,
        },
    };
    if let Some(error) = error {
        facts.tell(error);
    }
}

fn process<'p>(
    facts: &Facts<'p>,
    new: &'p Decl,
    before: &Facts<'_>,
    old: &Decl,
    clause: &Entrench,
) -> Option<Diagnostic> {
    let old = before.decl(old.kind, &old.name)?;
    let component = *facts.rule(new).weaker_in(&before.rule(old)).first()?;
    let key = match component {
        Component::Threshold if new.settings.span("threshold").is_none() => "method",
        component => component.key(),
    };
    Some(weakened(
        clause,
        span_of(new, key),
        format!("the protected process `{}` is weaker in its {}", new.name, component.key()),
    ))
}

/// By the meaning of each setting: what protects may grow, what is a limit may shrink, the rest stays, and so does what a
/// proposal requires and does, and when.
fn declaration(
    (program, new): (&Program, &Decl),
    (previous, old): (&Program, &Decl),
    clause: &Entrench,
) -> Option<Diagnostic> {
    let changed = old.kind.settings().iter().find(|schema| {
        let (before, after) = (old.settings.get(schema.key), new.settings.get(schema.key));
        let order = before.zip(after).and_then(|(before, after)| ordered(before, after));
        let fine = match (schema.meaning, schema.shape) {
            // By its number; what it says is compared below.
            (_, Shape::Value(schema::Form::Condition)) => before.is_some() == after.is_some(),
            _ if before == after => true,
            (Meaning::Stronger, Shape::Value(_)) => before.is_none() || order.is_some_and(Ordering::is_le),
            (Meaning::Weaker, Shape::Value(_)) => before.is_none() || order.is_some_and(Ordering::is_ge),
            _ => false,
        };
        !fine
    });
    let extends = (old.extends != new.extends).then_some((new.name_span, "extends"));
    let code = |program: &Program, role: &Role| program.function(role, &new.name).map(|(at, _)| deep_hash(program, at));
    let roles = [("requires", Role::Condition(new.name.clone())), ("effect", Role::Effect(new.name.clone()))];
    let does = roles.iter().find(|(_, role)| code(program, role) != code(previous, role));
    let does = does.map(|(key, _)| (new.settings.span(key).unwrap_or(new.name_span), *key));
    let effect = Role::Effect(new.name.clone());
    let when =
        |program: &Program| program.function(&effect, &new.name).map(|(_, effect)| effect.in_force).unwrap_or_default();
    let (began, begins) = (when(previous), when(program));
    let when = if began.effective == begins.effective { "@sunset" } else { "@effective" };
    let when = (began != begins).then_some((new.name_span, when));
    let changed = changed.map(|schema: &schema::Setting| (span_of(new, schema.key), schema.key));
    let (span, key) = changed.or(extends).or(does).or(when)?;
    let message =
        format!("`{key}` of the {} `{}` has changed, which is protected by what it decides", new.kind.word(), new.name);
    Some(weakened(clause, span, message))
}

/// The order of the value before and the one after, if they have one.
fn ordered(before: &Value, after: &Value) -> Option<Ordering> {
    match (before, after) {
        (Value::Ratio(a, b), Value::Ratio(c, d)) => Some(compare((*a, *b), (*c, *d))),
        (Value::Int(a), Value::Int(b)) | (Value::Count(a), Value::Count(b)) => Some(a.cmp(b)),
        (Value::Duration(a), Value::Duration(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Amount { minor: a, resource: x }, Value::Amount { minor: b, resource: y }) if x == y => Some(a.cmp(b)),
        (Value::List(a), Value::List(b)) if a.iter().all(|value| b.contains(value)) => Some(Ordering::Less),
        _ => None,
    }
}

// ---- invariants

fn invariant(program: &Program, previous: &Program, clause: &Entrench, name: &str) -> Option<Diagnostic> {
    let (at, new) = match program.function(&Role::Invariant, name) {
        Some(found) => found,
        None => return Some(weakened(clause, header(program), format!("the protected invariant `{name}` is gone"))),
    };
    let (before, _) = previous.function(&Role::Invariant, name)?;
    let (old, own) = (conjuncts(previous, before), conjuncts(program, at));
    let lost = old.iter().any(|part| !own.contains(part));
    lost.then(|| {
        weakened(
            clause,
            new.name_span,
            format!("the protected invariant `{name}` has changed; it may only gain an `and …`"),
        )
    })
}

/// The parts of an invariant that must all hold, each with the code that it calls, in a form that does not hang on where things
/// stand in their documents.
fn conjuncts(program: &Program, at: usize) -> BTreeSet<String> {
    let Some(function) = program.functions.get(at) else { return BTreeSet::new() };
    let [Stmt { kind: StmtKind::Return(Some(value)), .. }] = function.body.as_slice() else { return BTreeSet::new() };
    let (mut parts, mut open) = (BTreeSet::new(), vec![value]);
    while let Some(expr) = open.pop() {
        match &expr.kind {
            ExprKind::And(a, b) => open.extend([&**a, &**b]),
            _ => {
                let mut text = Text { program, out: String::new(), locals: BTreeMap::new(), called: BTreeSet::new() };
                text.expr(expr);
                text.functions();
                parts.insert(text.out);
            }
        }
    }
    parts
}

/// Code as text, with names in place of numbers and locals in the order in which they appear.
struct Text<'p> {
    program: &'p Program,
    out: String,
    locals: BTreeMap<usize, usize>,
    called: BTreeSet<usize>,
}

impl Text<'_> {
    fn put(&mut self, words: impl std::fmt::Display) {
        self.out.push_str(&words.to_string());
        self.out.push(' ');
    }

    fn local(&mut self, local: usize) {
        let next = self.locals.len();
        let number = *self.locals.entry(local).or_insert(next);
        self.put(format_args!("${number}"));
    }

    fn state(&mut self, state: usize) {
        let name = self.program.states.get(state).map_or(String::new(), |state| format!("{} {}", state.name, state.ty));
        self.put(format_args!("state:{name}"));
    }

    fn call(&mut self, function: usize) {
        let name = self.program.functions.get(function).map_or("", |function| &function.name);
        self.out.push_str(&format!("call:{name} "));
        self.called.insert(function);
    }

    /// The functions that are called, by name, each once.
    fn functions(&mut self) {
        let mut done = BTreeSet::new();
        while let Some(next) = self.called.iter().copied().find(|function| !done.contains(function)) {
            done.insert(next);
            let program = self.program;
            let Some(function) = program.functions.get(next) else { continue };
            self.locals = (0..function.params.len()).map(|local| (local, local)).collect();
            self.put(format_args!("fn:{} {:?} {}", function.name, function.params, function.result));
            self.statements(&function.body);
        }
    }

    fn statements(&mut self, statements: &[Stmt]) {
        self.put("{");
        statements.iter().for_each(|statement| self.statement(statement));
        self.put("}");
    }

    fn place(&mut self, place: &Place) {
        match place.root {
            Root::Local(local) => self.local(local),
            Root::State(state) => self.state(state),
        }
        for step in &place.steps {
            match step {
                Step::Field(field) => self.put(format_args!(".{field}")),
                Step::Key(expr) | Step::At(expr) => self.expr(expr),
            }
        }
    }

    fn statement(&mut self, statement: &Stmt) {
        match &statement.kind {
            StmtKind::Let(local, value) => {
                self.put("let");
                self.local(*local);
                self.expr(value);
            }
            StmtKind::Assign(place, operation, value) => {
                self.put(format_args!("set {operation:?}"));
                self.place(place);
                self.expr(value);
            }
            StmtKind::Delete(place) => {
                self.put("delete");
                self.place(place);
            }
            StmtKind::If(condition, then, otherwise) => {
                self.put("if");
                self.expr(condition);
                self.statements(then);
                self.statements(otherwise);
            }
            StmtKind::For(local, source, body) => {
                self.put("for");
                self.local(*local);
                self.expr(source);
                self.statements(body);
            }
            StmtKind::Match(local, value, arms) => {
                self.put("match");
                self.local(*local);
                self.expr(value);
                for (pattern, body) in arms {
                    self.put(format_args!("{pattern:?}"));
                    self.statements(body);
                }
            }
            StmtKind::Require(condition, error, args) => {
                let name = self.program.errors.get(*error).map_or(String::new(), |error| error.name.clone());
                self.put(format_args!("require {name}"));
                self.expr(condition);
                args.iter().for_each(|arg| self.expr(arg));
            }
            StmtKind::Emit(event, args) => {
                let name = self.program.events.get(*event).map_or(String::new(), |event| event.name.clone());
                self.put(format_args!("emit {name}"));
                args.iter().for_each(|arg| self.expr(arg));
            }
            StmtKind::Return(value) => {
                self.put("return");
                value.iter().for_each(|value| self.expr(value));
            }
            StmtKind::Expr(value) => self.expr(value),
        }
        self.put(";");
    }

    fn expr(&mut self, expr: &Expr) {
        self.put(format_args!("({}", expr.ty));
        match &expr.kind {
            ExprKind::Value(value) => self.put(format_args!("{value:?}")),
            ExprKind::Local(local) => self.local(*local),
            ExprKind::State(state) => self.state(*state),
            ExprKind::Call(function, args) => {
                self.call(*function);
                args.iter().for_each(|arg| self.expr(arg));
            }
            ExprKind::Builtin(builtin, args) => {
                self.put(builtin.word());
                args.iter().for_each(|arg| self.expr(arg));
            }
            ExprKind::Walk(walk) => {
                self.put(format_args!("{:?}", walk.kind));
                self.local(walk.local);
                self.expr(&walk.source);
                for part in [&walk.filter, &walk.body] {
                    self.put("|");
                    part.iter().for_each(|part| self.expr(part));
                }
            }
            ExprKind::Let(lets, then) => {
                for (local, value) in lets {
                    self.put("let");
                    self.local(*local);
                    self.expr(value);
                }
                self.expr(then);
            }
            ExprKind::Field(of, field) => {
                self.put(format_args!("field {field}"));
                self.expr(of);
            }
            ExprKind::Variant(variant, parts) => {
                self.put(format_args!("variant {variant}"));
                parts.iter().for_each(|part| self.expr(part));
            }
            ExprKind::Equal(a, b, negated) => self.operands(&format!("equal {negated}"), &[a, b]),
            ExprKind::Compare(compare, a, b) => self.operands(&format!("{compare:?}"), &[a, b]),
            ExprKind::Arithmetic(operation, a, b) => self.operands(&format!("{operation:?}"), &[a, b]),
            ExprKind::If(a, b, c) => self.operands("if", &[a, b, c]),
            ExprKind::And(a, b) => self.operands("and", &[a, b]),
            ExprKind::Or(a, b) => self.operands("or", &[a, b]),
            ExprKind::In(a, b) => self.operands("in", &[a, b]),
            ExprKind::At(a, b) => self.operands("at", &[a, b]),
            ExprKind::Key(a, b) => self.operands("key", &[a, b]),
            ExprKind::Not(a) => self.operands("not", &[a]),
            ExprKind::Negate(a) => self.operands("negate", &[a]),
            ExprKind::Some(a) => self.operands("some", &[a]),
            ExprKind::List(parts) | ExprKind::Record(parts) => parts.iter().for_each(|part| self.expr(part)),
            ExprKind::Map(entries) => entries.iter().for_each(|(key, value)| {
                self.expr(key);
                self.expr(value);
            }),
            // No invariant acts, or tests.
            ExprKind::Later { .. } | ExprKind::Test(..) | ExprKind::Act { .. } | ExprKind::ExpectError { .. } => {
                self.put("act")
            }
        }
        self.put(")");
    }

    fn operands(&mut self, word: &str, operands: &[&Expr]) {
        self.put(word);
        operands.iter().for_each(|operand| self.expr(operand));
    }
}
