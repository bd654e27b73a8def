//! Types of statements.

use super::{Body, Global, Local, Resolver};
use crate::{
    ast::{self, AssignOp, Ident, Level},
    diagnostic::{Code, Diagnostic, Span},
    program::{Arithmetic, Place, Root, Step, Stmt, StmtKind},
    syntax::words,
    types::{FieldDef, Type},
};
use std::collections::BTreeMap;

impl Resolver<'_> {
    pub(super) fn local(&self, name: &str) -> Option<Local> {
        self.body.scopes.iter().rev().find_map(|scope| scope.get(name)).copied()
    }

    pub(super) fn new_local(&mut self, ty: Type) -> usize {
        self.body.locals.push(ty);
        self.body.locals.len() - 1
    }

    /// Gives a name to a new local of the innermost scope.
    pub(super) fn declare(&mut self, name: &Ident, ty: Type, fixed: bool) -> usize {
        if self.local(&name.text).is_some() {
            let message = format!("`{}` is a name here already", name.text);
            let help = "a name means one thing in a function: choose another";
            self.error(Diagnostic::new(Code::DuplicateKey, name.span, message).help(help));
        }
        if crate::program::Builtin::of(&name.text).is_some() || words::WALKS.contains(&name.text.as_str()) {
            let message = format!("`{}` is a function of the language", name.text);
            self.error(Diagnostic::new(Code::DuplicateKey, name.span, message).help("choose another name"));
        }
        self.note(name.span, &ty);
        let index = self.new_local(ty);
        if let Some(scope) = self.body.scopes.last_mut() {
            scope.insert(name.text.clone(), Local { index, fixed });
        }
        index
    }

    /// Starts reading code of a level with these parameters.
    pub(super) fn begin(&mut self, level: Level, params: &[FieldDef], names: &[ast::Field], result: Type, test: bool) {
        self.body = Body { level: Some(level), result, test, ..Body::default() };
        for (param, field) in params.iter().zip(names) {
            self.declare(&field.name, param.ty.clone(), true);
        }
    }

    /// Ends reading code: the types of its locals, and what it called.
    pub(super) fn end(&mut self) -> (Vec<Type>, Vec<(usize, Span)>) {
        let body = std::mem::take(&mut self.body);
        (body.locals, body.calls)
    }

    pub(super) fn block(&mut self, block: &ast::Block) -> Vec<Stmt> {
        self.body.scopes.push(BTreeMap::new());
        let statements = block.statements.iter().filter_map(|statement| self.statement(statement)).collect();
        self.body.scopes.pop();
        statements
    }

    fn statement(&mut self, statement: &ast::Stmt) -> Option<Stmt> {
        let span = statement.span;
        let kind = match &statement.kind {
            ast::StmtKind::Let { name, ty, value } => {
                let value = match ty {
                    Some(ty) => {
                        let ty = self.type_ref(ty);
                        self.expect(value, &ty)
                    }
                    None => self.expr(value, None),
                };
                if value.ty == Type::Unit {
                    self.tell(Code::TypeMismatch, value.span, "this gives no value");
                }
                let ty = value.ty.clone();
                StmtKind::Let(self.declare(name, ty, false), value)
            }
            ast::StmtKind::Assign { place, op, value } => self.assign(place, *op, value)?,
            ast::StmtKind::Delete(place) => {
                let place = self.place(place)?;
                if !matches!(
                    (place.steps.last(), place.types.iter().rev().nth(1)),
                    (Some(Step::Key(_)), Some(Type::Map(..)))
                ) {
                    self.tell(Code::TypeMismatch, span, "only an entry of a map can be deleted: `delete m[key];`");
                    return None;
                }
                StmtKind::Delete(place)
            }
            ast::StmtKind::If { condition, then, otherwise } => {
                let condition = self.expect(condition, &Type::Bool);
                let then = self.block(then);
                let otherwise = otherwise.as_ref().map(|block| self.block(block)).unwrap_or_default();
                StmtKind::If(condition, then, otherwise)
            }
            ast::StmtKind::For { name, source, body } => {
                let source = self.expr(source, None);
                let element = self.element_of(&source);
                self.body.scopes.push(BTreeMap::new());
                let local = self.declare(name, element, true);
                let body = self.block(body);
                self.body.scopes.pop();
                StmtKind::For(local, source, body)
            }
            ast::StmtKind::Match { of, arms } => self.matching(of, arms, span),
            ast::StmtKind::Require { condition, error, args } => {
                let condition = self.expect(condition, &Type::Bool);
                let full = self.full(error)?;
                let Some(index) = self.errors.get(&full).copied() else {
                    let known = self.errors.keys().cloned().collect();
                    if let Some(name) = error.parts.last() {
                        self.unknown("error", name, known);
                    }
                    return None;
                };
                let fields = self.program.errors.get(index).map(|error| error.fields.clone()).unwrap_or_default();
                let args = self.in_order(&format!("the error `{full}`"), &fields, args, span);
                StmtKind::Require(condition, index, args)
            }
            ast::StmtKind::Emit { event, args } => {
                self.need(Level::Action, span, "`emit`");
                let full = self.full(event)?;
                let Some(index) = self.events.get(&full).copied() else {
                    let known = self.events.keys().cloned().collect();
                    if let Some(name) = event.parts.last() {
                        self.unknown("event", name, known);
                    }
                    return None;
                };
                let fields = self.program.events.get(index).map(|event| event.fields.clone()).unwrap_or_default();
                StmtKind::Emit(index, self.in_order(&format!("the event `{full}`"), &fields, args, span))
            }
            ast::StmtKind::Return(value) => self.returned(value.as_ref(), span),
            ast::StmtKind::Expr(value) => {
                let value = self.expr(value, None);
                let dropped = !matches!(value.ty, Type::Unit | Type::Unknown);
                let acts = matches!(
                    value.kind,
                    crate::program::ExprKind::Act { .. }
                        | crate::program::ExprKind::Test(..)
                        | crate::program::ExprKind::Builtin(..)
                );
                if dropped && !acts {
                    let message = "this computes a value and does nothing with it";
                    self.error(Diagnostic::warning(Code::Unused, span, message));
                }
                StmtKind::Expr(value)
            }
        };
        Some(Stmt { kind, span })
    }

    /// Arguments, of which none are computed in another order than they are written.
    fn in_order(
        &mut self,
        what: &str,
        fields: &[FieldDef],
        args: &[ast::Arg],
        span: Span,
    ) -> Vec<crate::program::Expr> {
        let (lets, mut values) = self.arguments(what, fields, args, span);
        // What was written first is computed with the first value.
        if let (false, Some(first)) = (lets.is_empty(), values.first_mut()) {
            let (ty, span) = (first.ty.clone(), first.span);
            let inner = std::mem::replace(first, Self::unknown_expr(span));
            *first = crate::program::Expr { kind: crate::program::ExprKind::Let(lets, Box::new(inner)), ty, span };
        }
        values
    }

    fn returned(&mut self, value: Option<&ast::Expr>, span: Span) -> StmtKind {
        let want = self.body.result.clone();
        match (value, &want) {
            (None, Type::Unit) => StmtKind::Return(None),
            (None, want) => {
                self.tell(Code::MissingReturn, span, format!("`return` needs a value: {want}"));
                StmtKind::Return(None)
            }
            (Some(value), Type::Unit) => {
                self.expr(value, Some(&Type::Unknown));
                let help = "say after the parameters what is returned: `-> Int`";
                self.error(Diagnostic::new(Code::TypeMismatch, span, "nothing is returned here").help(help));
                StmtKind::Return(None)
            }
            (Some(value), want) => StmtKind::Return(Some(self.expect(value, want))),
        }
    }

    fn assign(&mut self, place: &ast::Expr, op: AssignOp, value: &ast::Expr) -> Option<StmtKind> {
        let span = place.span;
        let Some(place) = self.place(place) else {
            self.expr(value, Some(&Type::Unknown));
            return None;
        };
        let ty = place.types.last().cloned().unwrap_or(Type::Unknown);
        let operation = match op {
            AssignOp::Set => None,
            AssignOp::Add => Some(Arithmetic::Add),
            AssignOp::Subtract => Some(Arithmetic::Subtract),
        };
        let value = match (operation, &ty) {
            (None, ty) => self.expect(value, ty),
            (Some(_), Type::Time) => self.expect(value, &Type::Duration),
            (Some(_), Type::Int | Type::Ratio | Type::Amount(_) | Type::Duration | Type::Unknown) => {
                self.expect(value, &ty)
            }
            (Some(Arithmetic::Add), Type::List(_)) => self.expect(value, &ty),
            (Some(_), ty) => {
                self.tell(Code::TypeMismatch, span, format!("{ty} cannot be added to"));
                self.expr(value, Some(&Type::Unknown))
            }
        };
        Some(StmtKind::Assign(place, operation, value))
    }

    /// A name and the way from it to what is changed.
    fn place(&mut self, expr: &ast::Expr) -> Option<Place> {
        let place = self.way(expr)?;
        if let Some(ty) = place.types.last() {
            self.note(expr.span, ty);
        }
        Some(place)
    }

    fn way(&mut self, expr: &ast::Expr) -> Option<Place> {
        match &expr.kind {
            ast::ExprKind::Name(name) => self.root(name),
            ast::ExprKind::Field(of, name) => {
                let mut place = self.place(of)?;
                let ty = place.types.last().cloned().unwrap_or(Type::Unknown);
                if ty == Type::Unknown {
                    return None;
                }
                let fields = self.program.types.fields(&ty).unwrap_or_default();
                let Some(at) = fields.iter().position(|field| field.name == name.text) else {
                    let known = fields.into_iter().map(|field| field.name).collect();
                    self.unknown(&format!("field of {ty} called"), name, known);
                    return None;
                };
                place.types.push(fields.get(at)?.ty.clone());
                place.steps.push(Step::Field(u32::try_from(at).ok()?));
                Some(place)
            }
            ast::ExprKind::Index(of, index) => {
                let mut place = self.place(of)?;
                match place.types.last().cloned()? {
                    Type::Map(key, value) => {
                        let index = self.expect(index, &key);
                        place.steps.push(Step::Key(index));
                        place.types.push(*value);
                    }
                    Type::List(value) => {
                        let index = self.expect(index, &Type::Int);
                        place.steps.push(Step::At(index));
                        place.types.push(*value);
                    }
                    Type::Unknown => return None,
                    other => {
                        self.tell(Code::TypeMismatch, of.span, format!("{other} has no elements to take by `[…]`"));
                        return None;
                    }
                }
                Some(place)
            }
            _ => {
                self.tell(Code::Syntax, expr.span, "a value can be put into a name, a field or an entry only");
                None
            }
        }
    }

    fn root(&mut self, name: &Ident) -> Option<Place> {
        if let Some(local) = self.local(&name.text) {
            if local.fixed {
                let message = format!("`{}` cannot be changed", name.text);
                let help = "parameters and the names of loops stay what they are: copy it with `let`";
                self.error(Diagnostic::new(Code::EffectLevel, name.span, message).help(help));
                return None;
            }
            let ty = self.body.locals.get(local.index).cloned().unwrap_or(Type::Unknown);
            return Some(Place { root: Root::Local(local.index), steps: Vec::new(), types: vec![ty] });
        }
        match self.globals.get(&format!("{}{}", self.prefix, name.text)).copied() {
            Some(Global::State(index)) => {
                self.need(Level::Action, name.span, &format!("putting a value into the state `{}`", name.text));
                let ty = self.program.states.get(index).map_or(Type::Unknown, |state| state.ty.clone());
                Some(Place { root: Root::State(index), steps: Vec::new(), types: vec![ty] })
            }
            Some(_) => {
                let message = format!("`{}` cannot be changed", name.text);
                self.error(Diagnostic::new(Code::TypeMismatch, name.span, message));
                None
            }
            None => {
                let states = self.program.states.iter().map(|state| state.name.clone());
                let locals = self.body.scopes.iter().flat_map(|scope| scope.keys().cloned());
                let known = states.chain(locals).collect();
                self.unknown("local or state", name, known);
                None
            }
        }
    }
}

/// Whether every way through the statements ends with `return`.
pub(super) fn returns(statements: &[Stmt]) -> bool {
    statements.iter().any(|statement| match &statement.kind {
        StmtKind::Return(_) => true,
        StmtKind::If(_, then, otherwise) => returns(then) && returns(otherwise),
        StmtKind::Match(_, _, arms) => !arms.is_empty() && arms.iter().all(|(_, body)| returns(body)),
        _ => false,
    })
}
