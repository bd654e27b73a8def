//! Types of expressions.
//!
//! What is expected flows down, so that `none`, `[]` and the names of an enum are known; what is found flows up.

use super::{literals, Global, Resolver};
use crate::{
    ast::{self, Ident, Level},
    diagnostic::{Code, Diagnostic, Span},
    program::{Builtin, Expr, ExprKind, Walk},
    schema::Kind,
    types::{Type, TypeDef},
    value::Value,
};

impl Resolver<'_> {
    /// An expression that must be of a type.
    pub(super) fn expect(&mut self, expr: &ast::Expr, want: &Type) -> Expr {
        let found = self.expr(expr, Some(want));
        self.coerce(found, want)
    }

    /// Fits a value to a type, or says that it does not fit.
    pub(super) fn coerce(&mut self, found: Expr, want: &Type) -> Expr {
        if found.ty == *want || found.ty == Type::Unknown || *want == Type::Unknown {
            return found;
        }
        match (&found.ty, want, &found.kind) {
            (Type::Did, Type::Account, _) => return Expr { ty: Type::Account, ..found },
            // `0` and `1` are ratios where ratios are.
            (Type::Int, Type::Ratio, ExprKind::Value(Value::Int(number @ (0 | 1)))) => {
                return Expr { kind: ExprKind::Value(Value::Ratio(*number, 1)), ty: Type::Ratio, span: found.span };
            }
            _ => {}
        }
        self.mismatch(&found.ty, want, found.span);
        Expr { ty: Type::Unknown, ..found }
    }

    pub(super) fn mismatch(&mut self, found: &Type, want: &Type, span: Span) {
        let (code, message) = match (found, want) {
            (Type::Amount(a) | Type::Exact(a), Type::Amount(b) | Type::Exact(b)) if a != b => {
                (Code::UnitMismatch, format!("this is an amount of {a}, where one of {b} is needed"))
            }
            _ => (Code::TypeMismatch, format!("this is {found}, where {want} is needed")),
        };
        let mut diagnostic = Diagnostic::new(code, span, message);
        if let Some(help) = hint(found, want) {
            diagnostic = diagnostic.help(help);
        }
        self.error(diagnostic);
    }

    pub(super) fn unknown_expr(span: Span) -> Expr {
        Expr { kind: ExprKind::Value(Value::Unit), ty: Type::Unknown, span }
    }

    /// An expression of whatever type it has.
    pub(super) fn expr(&mut self, expr: &ast::Expr, want: Option<&Type>) -> Expr {
        let typed = self.typed(expr, want);
        self.note(expr.span, &typed.ty);
        typed
    }

    fn typed(&mut self, expr: &ast::Expr, want: Option<&Type>) -> Expr {
        let span = expr.span;
        let value = |value, ty| Expr { kind: ExprKind::Value(value), ty, span };
        let unknown = Self::unknown_expr(span);
        match &expr.kind {
            ast::ExprKind::Missing => unknown,
            ast::ExprKind::Bool(yes) => value(Value::Bool(*yes), Type::Bool),
            ast::ExprKind::None => match want {
                Some(Type::Option(of)) => value(Value::Option(None), Type::Option(of.clone())),
                Some(Type::Unknown) => unknown,
                _ => {
                    let help = "say its type: `let x: Option<Int> = none;`";
                    self.error(Diagnostic::new(Code::TypeMismatch, span, "`none` of what?").help(help));
                    unknown
                }
            },
            ast::ExprKind::Int(digits) => match literals::int(digits) {
                Some(number) => value(Value::Int(number), Type::Int),
                None => {
                    self.tell(Code::BadLiteral, span, "this number has more than 128 bits");
                    unknown
                }
            },
            ast::ExprKind::Decimal(digits) => self.ratio_literal(literals::decimal(digits), span),
            ast::ExprKind::Percent(digits) => self.ratio_literal(literals::percent(digits), span),
            ast::ExprKind::Duration(text) => {
                self.duration_literal(text, span).map_or(unknown, |millis| value(millis, Type::Duration))
            }
            ast::ExprKind::Text(literal) => match self.text(literal, span) {
                Some(text) => value(Value::Text(text), Type::Text),
                None => unknown,
            },
            ast::ExprKind::Tagged(tag, literal) => match self.tagged(tag, literal, span) {
                Some((ty, read)) => value(read, ty),
                None => unknown,
            },
            ast::ExprKind::Amount { digits, unit } => match self.amount(digits, unit, span) {
                Some(minor) => value(Value::Int(minor), Type::amount(&unit.text)),
                None => unknown,
            },
            ast::ExprKind::Name(name) => self.name(name, want),
            ast::ExprKind::List(items) => self.list(items, want, span),
            ast::ExprKind::Map(entries) => self.map(entries, want, span),
            ast::ExprKind::Record(path, fields) => self.record(path, fields, span),
            ast::ExprKind::Binary(op, left, right) => self.binary(*op, left, right, want, span),
            ast::ExprKind::Unary(op, of) => self.unary(*op, of, want, span),
            ast::ExprKind::Call(callee, args) => self.call(callee, args, want, span),
            ast::ExprKind::Field(of, name) => self.field(expr, of, name),
            ast::ExprKind::Index(of, index) => self.index(of, index, span),
            ast::ExprKind::If(condition, then, otherwise) => self.if_expr(condition, then, otherwise, want, span),
            ast::ExprKind::Except(value, exceptions) => self.except(value, exceptions, want, span),
            ast::ExprKind::Walk(walk) => self.walk(walk, want, span),
        }
    }

    fn ratio_literal(&mut self, ratio: Option<(i128, i128)>, span: Span) -> Expr {
        match ratio {
            Some((a, b)) => Expr { kind: ExprKind::Value(Value::Ratio(a, b)), ty: Type::Ratio, span },
            None => {
                self.tell(Code::BadLiteral, span, "this share has too many digits");
                Self::unknown_expr(span)
            }
        }
    }

    fn name(&mut self, name: &Ident, want: Option<&Type>) -> Expr {
        let span = name.span;
        if let Some(local) = self.local(&name.text) {
            let ty = self.body.locals.get(local.index).cloned().unwrap_or(Type::Unknown);
            return Expr { kind: ExprKind::Local(local.index), ty, span };
        }
        if let Some(builtin @ (Builtin::Now | Builtin::Caller)) = Builtin::of(&name.text) {
            return self.builtin_value(builtin, span);
        }
        let full = format!("{}{}", self.prefix, name.text);
        match self.globals.get(&full).copied() {
            Some(Global::Const(index)) => match self.program.consts.get(index) {
                // One that may be changed is asked for when it is needed.
                Some(constant) if constant.settable && self.body.level.is_some() => {
                    let (text, ty) = (constant.name.clone(), constant.ty.clone());
                    self.need(Level::View, span, &format!("the constant `{text}`, which may be changed,"));
                    let of = Expr { kind: ExprKind::Value(Value::Text(text)), ty: Type::Text, span };
                    Expr { kind: ExprKind::Builtin(Builtin::ParamOf, vec![of]), ty, span }
                }
                Some(constant) => {
                    let (value, ty) = (constant.value.clone(), constant.ty.clone());
                    self.program.notes.used.insert(full);
                    Expr { kind: ExprKind::Value(value), ty, span }
                }
                None => Self::unknown_expr(span),
            },
            Some(Global::State(index)) => {
                self.need(Level::View, span, &format!("the state `{}`", name.text));
                let ty = self.program.states.get(index).map_or(Type::Unknown, |state| state.ty.clone());
                Expr { kind: ExprKind::State(index), ty, span }
            }
            Some(Global::Decl(index)) => self.declared(index, want, span),
            None => {
                self.unknown_value(name);
                Self::unknown_expr(span)
            }
        }
    }

    /// The value that the name of a declaration is.
    fn declared(&mut self, index: usize, want: Option<&Type>, span: Span) -> Expr {
        let Some(decl) = self.program.decls.get(index) else { return Self::unknown_expr(span) };
        let (kind, name) = (decl.kind, decl.name.clone());
        let value = |text: String, ty| Expr { kind: ExprKind::Value(Value::Text(text)), ty, span };
        match (kind, want) {
            (Kind::Treasury | Kind::Budget | Kind::Body, Some(Type::Account)) => {
                value(format!("{}:{name}", kind.word()), Type::Account)
            }
            (Kind::Class, _) => value(name, Type::Class),
            (Kind::Role, _) => value(name, Type::Role),
            (Kind::Body, _) => value(name, Type::Body),
            (Kind::Process, _) => value(name, Type::Process),
            _ => {
                let message = format!("the {} `{name}` is no value", kind.word());
                let help = "its name stands only as an argument of functions that take one";
                self.error(Diagnostic::new(Code::TypeMismatch, span, message).help(help));
                Self::unknown_expr(span)
            }
        }
    }

    fn unknown_value(&mut self, name: &Ident) {
        let mut known: Vec<_> = self.globals.keys().cloned().collect();
        known.extend(self.body.scopes.iter().flat_map(|scope| scope.keys().cloned()));
        if self.functions.contains_key(&name.text) || Builtin::of(&name.text).is_some() {
            let message = format!("`{}` is a function; it is called with `()`", name.text);
            self.tell(Code::TypeMismatch, name.span, message);
            return;
        }
        self.unknown("value", name, known);
    }

    /// Says that the function being read may not do this, if so.
    pub(super) fn need(&mut self, level: Level, span: Span, what: &str) {
        let Some(have) = self.body.level else {
            if level > Level::Pure {
                self.tell(Code::EffectLevel, span, format!("{what} is not known before the document is in force"));
            }
            return;
        };
        if have < level {
            let words = match level {
                Level::View => "reads",
                _ => "changes something",
            };
            let help = match level {
                Level::View => "make it a `view`",
                _ => "make it an `action`, or do this in the effect of a proposal",
            };
            let message = format!("{what} {words}; a `{}` may not", have.word());
            self.error(Diagnostic::new(Code::EffectLevel, span, message).help(help));
        }
    }

    fn list(&mut self, items: &[ast::Expr], want: Option<&Type>, span: Span) -> Expr {
        let mut of = match want {
            Some(Type::List(of)) => Some((**of).clone()),
            _ => None,
        };
        let mut values = Vec::new();
        for item in items {
            let value = match &of {
                Some(of) => self.expect(item, &of.clone()),
                None => self.expr(item, None),
            };
            of.get_or_insert_with(|| value.ty.clone());
            values.push(value);
        }
        let Some(of) = of else {
            if want != Some(&Type::Unknown) {
                let help = "say its type: `let xs: List<Int> = [];`";
                self.error(Diagnostic::new(Code::TypeMismatch, span, "an empty list of what?").help(help));
            }
            return Self::unknown_expr(span);
        };
        Expr { kind: ExprKind::List(values), ty: Type::list(of), span }
    }

    fn map(&mut self, entries: &[(ast::Expr, ast::Expr)], want: Option<&Type>, span: Span) -> Expr {
        let (mut key, mut value) = match want {
            Some(Type::Map(key, value)) => (Some((**key).clone()), Some((**value).clone())),
            _ => (None, None),
        };
        let mut pairs = Vec::new();
        for (k, v) in entries {
            let k = match &key {
                Some(ty) => self.expect(k, &ty.clone()),
                None => self.expr(k, None),
            };
            key.get_or_insert_with(|| k.ty.clone());
            let v = match &value {
                Some(ty) => self.expect(v, &ty.clone()),
                None => self.expr(v, None),
            };
            value.get_or_insert_with(|| v.ty.clone());
            pairs.push((k, v));
        }
        let (Some(key), Some(value)) = (key, value) else {
            if want != Some(&Type::Unknown) {
                let help = "say its type: `let m: Map<Int, Text> = {};`";
                self.error(Diagnostic::new(Code::TypeMismatch, span, "an empty map of what?").help(help));
            }
            return Self::unknown_expr(span);
        };
        if !key.is_key(&self.program.types) {
            self.tell(Code::TypeMismatch, span, format!("`{key}` cannot be a key"));
        }
        Expr { kind: ExprKind::Map(pairs), ty: Type::map(key, value), span }
    }

    fn record(&mut self, path: &ast::Path, fields: &[(Ident, ast::Expr)], span: Span) -> Expr {
        let Some(full) = self.full(path) else { return Self::unknown_expr(span) };
        let Some(TypeDef::Record(defs)) = self.program.types.get(&full).cloned() else {
            let known = self.program.types.iter().map(|(name, _)| name.clone()).collect();
            if let Some(name) = path.parts.last() {
                self.unknown("record", name, known);
            }
            fields.iter().for_each(|(_, value)| drop(self.expr(value, Some(&Type::Unknown))));
            return Self::unknown_expr(span);
        };
        // Computed as they are written, then put in their order.
        let mut lets = Vec::new();
        let mut given: Vec<Option<Expr>> = vec![None; defs.len()];
        let mut in_order = true;
        let mut last = None;
        for (name, value) in fields {
            let Some(at) = defs.iter().position(|def| def.name == name.text) else {
                let known = defs.iter().map(|def| def.name.clone()).collect();
                self.unknown(&format!("field of `{full}` called"), name, known);
                self.expr(value, Some(&Type::Unknown));
                continue;
            };
            let ty = defs.get(at).map_or(Type::Unknown, |def| def.ty.clone());
            let value = self.expect(value, &ty);
            in_order &= last < Some(at);
            last = Some(at);
            if let Some(place) = given.get_mut(at) {
                if place.replace(value).is_some() {
                    self.tell(Code::DuplicateKey, name.span, format!("`{}` is given twice", name.text));
                }
            }
        }
        let missing: Vec<_> = defs
            .iter()
            .zip(&given)
            .filter(|(_, value)| value.is_none())
            .map(|(def, _)| format!("`{}`", def.name))
            .collect();
        if !missing.is_empty() {
            self.tell(Code::MissingKey, span, format!("`{full}` lacks {}", missing.join(", ")));
            return Expr { ty: Type::Named(full), ..Self::unknown_expr(span) };
        }
        let mut values: Vec<Expr> = given.into_iter().flatten().collect();
        if !in_order {
            // Each in a local of its own, in the order in which they are written.
            let written = fields.iter().filter_map(|(name, _)| defs.iter().position(|def| def.name == name.text));
            let order: Vec<_> = written.collect();
            for at in order {
                if let Some(value) = values.get_mut(at) {
                    let local = self.new_local(value.ty.clone());
                    let name = Expr { kind: ExprKind::Local(local), ..value.clone() };
                    lets.push((local, std::mem::replace(value, name)));
                }
            }
        }
        let ty = Type::Named(full);
        let made = Expr { kind: ExprKind::Record(values), ty: ty.clone(), span };
        if lets.is_empty() {
            made
        } else {
            Expr { kind: ExprKind::Let(lets, Box::new(made)), ty, span }
        }
    }

    fn if_expr(
        &mut self,
        condition: &ast::Expr,
        then: &ast::Expr,
        otherwise: &ast::Expr,
        want: Option<&Type>,
        span: Span,
    ) -> Expr {
        let condition = self.expect(condition, &Type::Bool);
        let a = self.expr(then, want);
        let want = want.cloned().unwrap_or_else(|| a.ty.clone());
        let b = self.expr(otherwise, Some(&want));
        self.either(condition, a, b, &want, span)
    }

    /// The first value unless an exception holds; of several that hold, the last one.
    fn except(
        &mut self,
        value: &ast::Expr,
        exceptions: &[(ast::Expr, ast::Expr)],
        want: Option<&Type>,
        span: Span,
    ) -> Expr {
        let mut made = self.expr(value, want);
        let want = want.cloned().unwrap_or_else(|| made.ty.clone());
        for (value, condition) in exceptions {
            let value = self.expr(value, Some(&want));
            let condition = self.expect(condition, &Type::Bool);
            made = self.either(condition, value, made, &want, span);
        }
        made
    }

    /// One of two values, by a condition.
    fn either(&mut self, condition: Expr, a: Expr, b: Expr, want: &Type, span: Span) -> Expr {
        // `0` and `1` on either side are ratios where a ratio is needed.
        let literal = |expr: &Expr| matches!(expr.kind, ExprKind::Value(Value::Int(0 | 1))) && expr.ty == Type::Int;
        let a = if *want == Type::Ratio && literal(&a) { self.coerce(a, want) } else { a };
        let b = if *want == Type::Ratio && literal(&b) { self.coerce(b, want) } else { b };
        let (a, b) = self.same(a, b, span);
        let ty = if a.ty == Type::Unknown { b.ty.clone() } else { a.ty.clone() };
        // An exact fraction compares with an amount, but no value is both.
        let b = self.coerce(b, &ty);
        Expr { kind: ExprKind::If(Box::new(condition), Box::new(a), Box::new(b)), ty, span }
    }

    fn field(&mut self, whole: &ast::Expr, of: &ast::Expr, name: &Ident) -> Expr {
        let span = whole.span;
        if let Some(path) = whole.as_path() {
            if let Some(found) = self.path_value(&path, span) {
                return found;
            }
        }
        let value = self.expr(of, None);
        if value.ty == Type::Unknown {
            return Self::unknown_expr(span);
        }
        let Some(fields) = self.program.types.fields(&value.ty) else {
            self.tell(Code::UnknownName, name.span, format!("{} has no fields", value.ty));
            return Self::unknown_expr(span);
        };
        let Some(at) = fields.iter().position(|field| field.name == name.text) else {
            let known = fields.into_iter().map(|field| field.name).collect();
            self.unknown(&format!("field of {} called", value.ty), name, known);
            return Self::unknown_expr(span);
        };
        let ty = fields.get(at).map_or(Type::Unknown, |field| field.ty.clone());
        Expr { kind: ExprKind::Field(Box::new(value), u32::try_from(at).unwrap_or(u32::MAX)), ty, span }
    }

    /// What `Enum.Variant` and `budget.Category.name` are, if the path is one of them.
    fn path_value(&mut self, path: &[&Ident], span: Span) -> Option<Expr> {
        let (last, first) = path.split_last()?;
        if first.len() == 1 && first.first().is_some_and(|name| self.local(&name.text).is_some()) {
            return None;
        }
        let owned: Vec<Ident> = first.iter().map(|ident| (*ident).clone()).collect();
        let joined = owned.iter().map(|ident| ident.text.as_str()).collect::<Vec<_>>().join(".");
        let candidates = [joined.clone(), format!("{}{joined}", self.prefix)];
        let name = candidates.into_iter().find(|name| matches!(self.program.types.get(name), Some(TypeDef::Enum(_))));
        if let Some(name) = name {
            return Some(self.variant(&Type::Named(name), last, &[], span));
        }
        None
    }

    /// A variant of an enum with what it carries.
    pub(super) fn variant(&mut self, ty: &Type, name: &Ident, args: &[ast::Arg], span: Span) -> Expr {
        let variants = self.program.types.variants(ty).map(<[_]>::to_vec).unwrap_or_default();
        let Some(at) = variants.iter().position(|variant| variant.name == name.text) else {
            let known = variants.into_iter().map(|variant| variant.name).collect();
            self.unknown(&format!("case of {ty} called"), name, known);
            return Expr { ty: ty.clone(), ..Self::unknown_expr(span) };
        };
        let payload = variants.get(at).map(|variant| variant.payload.clone()).unwrap_or_default();
        if payload.len() != args.len() {
            let message = format!("`{}` carries {} values, not {}", name.text, payload.len(), args.len());
            self.tell(Code::TypeMismatch, span, message);
        }
        let values = args.iter().zip(&payload).map(|(arg, ty)| self.expect(&arg.value, ty)).collect();
        let index = u32::try_from(at).unwrap_or(u32::MAX);
        Expr { kind: ExprKind::Variant(index, values), ty: ty.clone(), span }
    }

    fn index(&mut self, of: &ast::Expr, index: &ast::Expr, span: Span) -> Expr {
        let of = self.expr(of, None);
        match of.ty.clone() {
            Type::Map(key, value) => {
                let index = self.expect(index, &key);
                Expr { kind: ExprKind::Key(Box::new(of), Box::new(index)), ty: *value, span }
            }
            Type::List(value) => {
                let index = self.expect(index, &Type::Int);
                Expr { kind: ExprKind::At(Box::new(of), Box::new(index)), ty: *value, span }
            }
            Type::Unknown => Self::unknown_expr(span),
            other => {
                self.tell(Code::TypeMismatch, of.span, format!("{other} has no elements to take by `[…]`"));
                Self::unknown_expr(span)
            }
        }
    }

    /// What each element of a collection is.
    pub(super) fn element_of(&mut self, collection: &Expr) -> Type {
        match &collection.ty {
            Type::List(of) | Type::Set(of) => (**of).clone(),
            Type::Map(key, _) => (**key).clone(),
            Type::Unknown => Type::Unknown,
            other => {
                let message = format!("{other} has no elements; a list, a set or the keys of a map can be walked");
                self.tell(Code::TypeMismatch, collection.span, message);
                Type::Unknown
            }
        }
    }

    fn walk(&mut self, walk: &ast::Walk, want: Option<&Type>, span: Span) -> Expr {
        let source = self.expr(&walk.source, None);
        let element = self.element_of(&source);
        self.body.scopes.push(std::collections::BTreeMap::new());
        let local = self.declare(&walk.name, element.clone(), true);
        let filter = walk.filter.as_ref().map(|filter| self.expect(filter, &Type::Bool));
        let of_body = match (walk.kind, want) {
            (ast::WalkKind::All | ast::WalkKind::Any, _) => Some(Type::Bool),
            (ast::WalkKind::List, Some(Type::List(of))) => Some((**of).clone()),
            (ast::WalkKind::Map, Some(Type::Map(_, of))) => Some((**of).clone()),
            _ => None,
        };
        let body = walk.body.as_ref().map(|body| match &of_body {
            Some(ty) => self.expect(body, ty),
            None => self.expr(body, None),
        });
        self.body.scopes.pop();
        let needs_body = walk.kind != ast::WalkKind::Count;
        let body_type = body.as_ref().map_or(Type::Unknown, |body| body.ty.clone());
        if needs_body != body.is_some() {
            let message =
                if needs_body { "`:` and what is taken of each is missing" } else { "`count` takes `where` only" };
            self.tell(Code::Syntax, span, message);
        }
        let ty = match walk.kind {
            ast::WalkKind::All | ast::WalkKind::Any => Type::Bool,
            ast::WalkKind::Count => Type::Int,
            ast::WalkKind::Sum => {
                self.check_summable(&body_type, span);
                body_type
            }
            ast::WalkKind::List => Type::list(body_type),
            ast::WalkKind::Map => {
                if !element.is_key(&self.program.types) {
                    self.tell(Code::TypeMismatch, source.span, format!("`{element}` cannot be a key"));
                }
                Type::map(element, body_type)
            }
        };
        Expr { kind: ExprKind::Walk(Box::new(Walk { kind: walk.kind, local, source, filter, body })), ty, span }
    }

    pub(super) fn check_summable(&mut self, ty: &Type, span: Span) {
        let summable =
            matches!(ty, Type::Int | Type::Amount(_) | Type::Exact(_) | Type::Ratio | Type::Duration | Type::Unknown);
        if !summable {
            self.tell(Code::TypeMismatch, span, format!("{ty} cannot be added up"));
        }
    }
}

/// What to do about a type that does not fit.
fn hint(found: &Type, want: &Type) -> Option<String> {
    match (found, want) {
        (Type::Exact(_), Type::Amount(_)) => Some("round it: round_down(…), round_up(…) or round_half_even(…)".into()),
        (Type::Ratio, Type::Int) => Some("use div(a, b) for a whole number, or round_down(…)".into()),
        (Type::Int, Type::Amount(resource)) => Some(format!("say of what: `1 {resource}`")),
        (of, Type::Option(inner)) if *of == **inner => Some("write some(…)".into()),
        (Type::Option(inner), want) if **inner == *want => Some("it may be none: use or_else(…, …), or `match`".into()),
        (Type::Int, Type::Duration) => Some("say of what: `1d`, `12h`".into()),
        _ => None,
    }
}
