//! Hashes of code: of what it says, whatever it looks like.
//!
//! Spans, comments and the names of locals do not enter, nor does the order of items: functions, states, events and errors go
//! in by name, or, in a [deep](deep_hash) hash, what they call by its own hash.

use crate::{
    program::{Expected, Expr, ExprKind, Function, Pattern, Place, Program, Root, Step, Stmt, StmtKind, TestOp, Walk},
    types::{Type, TypeDef, Types},
    value::Value,
};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// SHA-256.
pub type Hash = [u8; 32];

/// The hash of one piece of code; what it calls enters by name.
pub fn shallow_hash(program: &Program, function: usize) -> Hash {
    Trees { program, deep: None }.of(function)
}

/// The hash of a piece of code with all that it calls.
pub fn deep_hash(program: &Program, function: usize) -> Hash {
    Trees { program, deep: Some(BTreeMap::new()) }.of(function)
}

/// The hash of an expression; what it calls enters by name.
pub(crate) fn expr_hash(program: &Program, expr: &Expr) -> Hash {
    let mut into = Hashing::default();
    Trees { program, deep: None }.expr(expr, &mut into);
    into.end()
}

/// The hash of a type with the definitions of all types that it is made of.
pub fn type_hash(ty: &Type, types: &Types) -> Hash {
    let mut into = Hashing::default();
    let mut open = vec![ty.clone()];
    let mut seen = BTreeSet::new();
    into.text(&ty.to_string());
    while let Some(ty) = open.pop() {
        open.extend(ty.parts().into_iter().cloned());
        let Type::Named(name) = ty else { continue };
        if !seen.insert(name.clone()) {
            continue;
        }
        into.text(&name);
        match types.get(&name) {
            Some(TypeDef::Record(fields)) => {
                into.tag("record", fields.len());
                for field in fields {
                    into.text(&field.name);
                    into.text(&field.ty.to_string());
                    open.push(field.ty.clone());
                }
            }
            Some(TypeDef::Enum(variants)) => {
                into.tag("enum", variants.len());
                for variant in variants {
                    into.tag(&variant.name, variant.payload.len());
                    variant.payload.iter().for_each(|ty| into.text(&ty.to_string()));
                    open.extend(variant.payload.iter().cloned());
                }
            }
            None => into.tag("unknown", 0),
        }
    }
    into.end()
}

/// What is hashed: every part says how long it is.
#[derive(Default)]
struct Hashing(Sha256);

impl Hashing {
    fn tag(&mut self, tag: &str, count: usize) {
        self.text(tag);
        self.number(count);
    }

    fn text(&mut self, text: &str) {
        self.number(text.len());
        self.0.update(text.as_bytes());
    }

    fn number(&mut self, number: usize) {
        self.0.update((number as u64).to_be_bytes());
    }

    fn end(self) -> Hash {
        self.0.finalize().into()
    }
}

struct Trees<'a> {
    program: &'a Program,
    /// Hashes of what was called before, if calls go in by hash.
    deep: Option<BTreeMap<usize, Hash>>,
}

impl Trees<'_> {
    fn of(&mut self, index: usize) -> Hash {
        let mut into = Hashing::default();
        let program = self.program;
        match program.functions.get(index) {
            Some(function) => self.function(function, &mut into),
            None => into.tag("missing", 0),
        }
        into.end()
    }

    fn function(&mut self, function: &Function, into: &mut Hashing) {
        into.tag("function", function.params.len());
        function.params.iter().for_each(|param| into.text(&param.ty.to_string()));
        into.text(&function.result.to_string());
        into.tag("locals", function.locals.len());
        function.locals.iter().for_each(|ty| into.text(&ty.to_string()));
        self.statements(&function.body, into);
    }

    fn call(&mut self, index: usize, into: &mut Hashing) {
        let known = self.deep.as_ref().map(|deep| deep.get(&index).copied());
        match known {
            None => {
                let function = self.program.functions.get(index);
                into.text(
                    &function.map(|function| format!("{:?} {}", function.role, function.name)).unwrap_or_default(),
                );
            }
            Some(Some(hash)) => into.0.update(hash),
            Some(None) => {
                // Calls have no circle: the resolver refuses them. A placeholder ends one all the same.
                self.remember(index, Hash::default());
                let hash = self.of(index);
                self.remember(index, hash);
                into.0.update(hash);
            }
        }
    }

    fn remember(&mut self, index: usize, hash: Hash) {
        if let Some(deep) = &mut self.deep {
            deep.insert(index, hash);
        }
    }

    fn statements(&mut self, statements: &[Stmt], into: &mut Hashing) {
        into.tag("block", statements.len());
        statements.iter().for_each(|statement| self.statement(statement, into));
    }

    fn statement(&mut self, statement: &Stmt, into: &mut Hashing) {
        match &statement.kind {
            StmtKind::Let(local, value) => {
                into.tag("let", *local);
                self.expr(value, into);
            }
            StmtKind::Assign(place, operation, value) => {
                into.text(&format!("assign {operation:?}"));
                self.place(place, into);
                self.expr(value, into);
            }
            StmtKind::Delete(place) => {
                into.text("delete");
                self.place(place, into);
            }
            StmtKind::If(condition, then, otherwise) => {
                into.text("if");
                self.expr(condition, into);
                self.statements(then, into);
                self.statements(otherwise, into);
            }
            StmtKind::For(local, source, body) => {
                into.tag("for", *local);
                self.expr(source, into);
                self.statements(body, into);
            }
            StmtKind::Match(local, of, arms) => {
                into.tag("match", *local);
                self.expr(of, into);
                into.number(arms.len());
                for (pattern, body) in arms {
                    pattern_into(pattern, into);
                    self.statements(body, into);
                }
            }
            StmtKind::Require(condition, error, args) => {
                into.text("require");
                self.expr(condition, into);
                into.text(name_of(&self.program.errors, *error));
                self.exprs(args, into);
            }
            StmtKind::Emit(event, args) => {
                into.text("emit");
                into.text(name_of(&self.program.events, *event));
                self.exprs(args, into);
            }
            StmtKind::Return(value) => {
                into.tag("return", usize::from(value.is_some()));
                value.iter().for_each(|value| self.expr(value, into));
            }
            StmtKind::Expr(value) => {
                into.text("do");
                self.expr(value, into);
            }
        }
    }

    fn place(&mut self, place: &Place, into: &mut Hashing) {
        match place.root {
            Root::Local(local) => into.tag("local", local),
            Root::State(state) => self.state(state, into),
        }
        into.number(place.steps.len());
        for step in &place.steps {
            match step {
                Step::Field(field) => into.tag("field", *field as usize),
                Step::Key(key) => {
                    into.text("key");
                    self.expr(key, into);
                }
                Step::At(at) => {
                    into.text("at");
                    self.expr(at, into);
                }
            }
        }
    }

    fn state(&self, state: usize, into: &mut Hashing) {
        into.text("state");
        into.text(self.program.states.get(state).map_or("", |state| &state.name));
    }

    fn exprs(&mut self, exprs: &[Expr], into: &mut Hashing) {
        into.number(exprs.len());
        exprs.iter().for_each(|expr| self.expr(expr, into));
    }

    fn all(&mut self, exprs: &[&Expr], into: &mut Hashing) {
        exprs.iter().for_each(|expr| self.expr(expr, into));
    }

    fn expr(&mut self, expr: &Expr, into: &mut Hashing) {
        into.text(&expr.ty.to_string());
        match &expr.kind {
            ExprKind::Value(value) => value_into(value, into),
            ExprKind::Local(local) => into.tag("local", *local),
            ExprKind::State(state) => self.state(*state, into),
            ExprKind::If(condition, then, otherwise) => {
                into.text("if");
                self.all(&[condition, then, otherwise], into);
            }
            ExprKind::And(a, b) => self.two("and", a, b, into),
            ExprKind::Or(a, b) => self.two("or", a, b, into),
            ExprKind::Not(a) => self.one("not", a, into),
            ExprKind::Negate(a) => self.one("negate", a, into),
            ExprKind::Some(a) => self.one("some", a, into),
            ExprKind::Equal(a, b, negated) => self.two(if *negated { "unequal" } else { "equal" }, a, b, into),
            ExprKind::Compare(compare, a, b) => self.two(&format!("{compare:?}"), a, b, into),
            ExprKind::Arithmetic(operation, a, b) => self.two(&format!("{operation:?}"), a, b, into),
            ExprKind::In(a, b) => self.two("in", a, b, into),
            ExprKind::At(a, b) => self.two("at", a, b, into),
            ExprKind::Key(a, b) => self.two("key", a, b, into),
            ExprKind::Field(of, field) => {
                into.tag("field", *field as usize);
                self.expr(of, into);
            }
            ExprKind::List(parts) => {
                into.text("list");
                self.exprs(parts, into);
            }
            ExprKind::Record(parts) => {
                into.text("record");
                self.exprs(parts, into);
            }
            ExprKind::Variant(index, parts) => {
                into.tag("variant", *index as usize);
                self.exprs(parts, into);
            }
            ExprKind::Map(entries) => {
                into.tag("map", entries.len());
                entries.iter().for_each(|(key, value)| self.all(&[key, value], into));
            }
            ExprKind::Call(function, args) => {
                into.text("call");
                self.call(*function, into);
                self.exprs(args, into);
            }
            ExprKind::Builtin(builtin, args) => {
                into.text("builtin");
                into.text(builtin.word());
                self.exprs(args, into);
            }
            ExprKind::Walk(walk) => self.walk(walk, into),
            ExprKind::Let(lets, then) => {
                into.tag("with", lets.len());
                for (local, value) in lets {
                    into.number(*local);
                    self.expr(value, into);
                }
                self.expr(then, into);
            }
            ExprKind::Later { at, function, args } => {
                into.tag("later", usize::from(at.is_some()));
                at.iter().for_each(|at| self.expr(at, into));
                // By name, since what is proposed may propose again.
                Trees { program: self.program, deep: None }.call(*function, into);
                self.exprs(args, into);
            }
            ExprKind::Test(operation, args) => self.test(*operation, args, into),
            ExprKind::Act { function, args, caller, proposed } => {
                into.number(usize::from(*proposed));
                self.act(*function, args, caller.as_deref(), None, into);
            }
            ExprKind::ExpectError { function, args, caller, proposed, error } => {
                into.number(usize::from(*proposed));
                self.act(*function, args, caller.as_deref(), Some(*error), into);
            }
        }
    }

    fn one(&mut self, tag: &str, a: &Expr, into: &mut Hashing) {
        into.text(tag);
        self.expr(a, into);
    }

    fn two(&mut self, tag: &str, a: &Expr, b: &Expr, into: &mut Hashing) {
        into.text(tag);
        self.all(&[a, b], into);
    }

    fn walk(&mut self, walk: &Walk, into: &mut Hashing) {
        into.tag(&format!("walk {:?}", walk.kind), walk.local);
        self.expr(&walk.source, into);
        for part in [&walk.filter, &walk.body] {
            into.number(usize::from(part.is_some()));
            part.iter().for_each(|part| self.expr(part, into));
        }
    }

    fn test(&mut self, operation: TestOp, args: &[Expr], into: &mut Hashing) {
        into.text(&format!("test {operation:?}"));
        self.exprs(args, into);
    }

    fn act(
        &mut self,
        function: usize,
        args: &[Expr],
        caller: Option<&Expr>,
        error: Option<Expected>,
        into: &mut Hashing,
    ) {
        into.text(&format!("act {error:?}"));
        Trees { program: self.program, deep: None }.call(function, into);
        self.exprs(args, into);
        into.number(usize::from(caller.is_some()));
        caller.into_iter().for_each(|caller| self.expr(caller, into));
    }
}

fn name_of(signatures: &[crate::program::Signature], index: usize) -> &str {
    signatures.get(index).map_or("", |signature| &signature.name)
}

fn pattern_into(pattern: &Pattern, into: &mut Hashing) {
    match pattern {
        Pattern::Any => into.text("any"),
        Pattern::Bind(local) => into.tag("bind", *local),
        Pattern::Value(value) => value_into(value, into),
        Pattern::Variant(index, parts) => {
            into.tag("variant", *index as usize);
            into.number(parts.len());
            parts.iter().for_each(|part| pattern_into(part, into));
        }
        Pattern::Some(part) => {
            into.text("some");
            pattern_into(part, into);
        }
    }
}

fn value_into(value: &Value, into: &mut Hashing) {
    let each = |tag: &str, values: &[Value], into: &mut Hashing| {
        into.tag(tag, values.len());
        values.iter().for_each(|value| value_into(value, into));
    };
    match value {
        Value::Unit => into.text("unit"),
        Value::Bool(yes) => into.tag("bool", usize::from(*yes)),
        Value::Int(number) => into.text(&format!("int {number}")),
        Value::Millis(millis) => into.text(&format!("millis {millis}")),
        Value::Ratio(numerator, denominator) => into.text(&format!("ratio {numerator}/{denominator}")),
        Value::Text(text) => {
            into.text("text");
            into.text(text);
        }
        Value::Bytes(bytes) => {
            into.tag("bytes", bytes.len());
            into.0.update(bytes);
        }
        Value::Option(None) => into.text("none"),
        Value::Option(Some(value)) => each("option", std::slice::from_ref(value), into),
        Value::List(values) => each("values", values, into),
        Value::Set(values) => each("set", values, into),
        Value::Record(values) => each("fields", values, into),
        Value::Variant(index, values) => {
            into.number(*index as usize);
            each("case", values, into);
        }
        Value::Map(entries) => {
            into.tag("entries", entries.len());
            entries.iter().for_each(|(key, value)| {
                value_into(key, into);
                value_into(value, into);
            });
        }
    }
}
