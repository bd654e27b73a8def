//! Types of calls.

use super::Resolver;
use crate::{
    ast::{self, Arg, Ident, Level},
    diagnostic::{Code, Diagnostic, Span},
    program::{Builtin, Expr, ExprKind, Role, Walk},
    types::{FieldDef, Type},
};

impl Resolver<'_> {
    pub(super) fn call(&mut self, callee: &ast::Expr, args: &[Arg], want: Option<&Type>, span: Span) -> Expr {
        if let ast::ExprKind::Field(of, name) = &callee.kind {
            if let Some(found) = self.qualified_call(callee, name, args, span) {
                return found;
            }
            // `xs.len()` is `len(xs)`.
            let method = Builtin::of(&name.text).filter(|builtin| builtin.level() == Level::Pure);
            let Some(builtin) = method else {
                let known = Builtin::ALL.iter().map(|builtin| builtin.word().to_string()).collect();
                self.unknown("function", name, known);
                return Self::unknown_expr(span);
            };
            let first = Arg { name: None, value: (**of).clone() };
            let all: Vec<_> = std::iter::once(first).chain(args.iter().cloned()).collect();
            return self.builtin(builtin, &all, want, span);
        }
        let ast::ExprKind::Name(name) = &callee.kind else {
            self.tell(Code::TypeMismatch, callee.span, "this is no function");
            return Self::unknown_expr(span);
        };
        self.named_call(name, args, want, span)
    }

    fn named_call(&mut self, name: &Ident, args: &[Arg], want: Option<&Type>, span: Span) -> Expr {
        match name.text.as_str() {
            "some" => return self.some(args, want, span),
            "propose" if self.body.test => return self.proposed(args, span),
            "schedule" | "propose" => return self.later(name, args, span),
            "all" | "any" | "count" | "sum" | "list" | "map" | "filter" => return self.sugar(name, args, want, span),
            _ => {}
        }
        let full = format!("{}{}", self.prefix, name.text);
        // What the document itself calls so comes first.
        if self.body.test && !self.functions.contains_key(&full) {
            if let Some(found) = self.test_call(name, args, span) {
                return found;
            }
        }
        if let Some(index) = self.functions.get(&full).copied() {
            return self.function_call(index, args, span);
        }
        if let Some(builtin) = Builtin::of(&name.text) {
            return self.builtin(builtin, args, want, span);
        }
        let mut known: Vec<_> = self.functions.keys().cloned().collect();
        known.extend(Builtin::ALL.iter().map(|builtin| builtin.word().to_string()));
        self.unknown("function", name, known);
        args.iter().for_each(|arg| drop(self.expr(&arg.value, Some(&Type::Unknown))));
        Self::unknown_expr(span)
    }

    /// `module.f(…)`, `Enum.Variant(…)`, if it is one.
    fn qualified_call(&mut self, callee: &ast::Expr, name: &Ident, args: &[Arg], span: Span) -> Option<Expr> {
        let path = callee.as_path()?;
        let (_, first) = path.split_last()?;
        let joined = first.iter().map(|ident| ident.text.as_str()).collect::<Vec<_>>().join(".");
        if first.len() == 1 && self.local(&joined).is_some() {
            return None;
        }
        let full = format!("{}{joined}", self.prefix);
        for ty in [&joined, &full] {
            if self.program.types.variants(&Type::Named(ty.clone())).is_some() {
                return Some(self.variant(&Type::Named(ty.clone()), name, args, span));
            }
        }
        if !self.aliases.contains_key(&full) {
            return None;
        }
        self.program.notes.used.insert(full.clone());
        let function = format!("{full}.{}", name.text);
        if let Some(index) = self.functions.get(&function).copied() {
            return Some(self.function_call(index, args, span));
        }
        if let Some(builtin) = self.core_function(&full, &name.text) {
            return Some(self.builtin(builtin, args, None, span));
        }
        let prefix = format!("{full}.");
        let known = self.functions.keys().filter_map(|name| name.strip_prefix(&prefix)).map(String::from).collect();
        self.unknown(&format!("function of `{joined}` called"), name, known);
        Some(Self::unknown_expr(span))
    }

    /// A function of the language that an imported core module offers.
    fn core_function(&self, alias: &str, name: &str) -> Option<Builtin> {
        let import = self.program.imports.iter().find(|import| import.alias == alias)?;
        let module = import.name.split('@').next().unwrap_or_default();
        let (_, offered) = crate::program::builtin::CORE.iter().find(|(core, _)| *core == module)?;
        offered.iter().copied().find(|builtin| builtin.word() == name)
    }

    fn some(&mut self, args: &[Arg], want: Option<&Type>, span: Span) -> Expr {
        let of = match want {
            Some(Type::Option(of)) => Some((**of).clone()),
            _ => None,
        };
        let [arg] = args else {
            self.tell(Code::TypeMismatch, span, "`some` takes one value");
            return Self::unknown_expr(span);
        };
        let value = match &of {
            Some(of) => self.expect(&arg.value, of),
            None => self.expr(&arg.value, None),
        };
        let ty = Type::option(value.ty.clone());
        Expr { kind: ExprKind::Some(Box::new(value)), ty, span }
    }

    /// `all(xs, f)` is `all(x in xs : f(x))`; `sum(xs)` is `sum(x in xs : x)`.
    fn sugar(&mut self, name: &Ident, args: &[Arg], want: Option<&Type>, span: Span) -> Expr {
        let kind = match name.text.as_str() {
            "all" => ast::WalkKind::All,
            "any" => ast::WalkKind::Any,
            "count" => ast::WalkKind::Count,
            "sum" => ast::WalkKind::Sum,
            "map" => ast::WalkKind::List,
            _ => ast::WalkKind::List,
        };
        let (source, function) = match args {
            [source] => (source, None),
            [source, function] => (source, Some(function)),
            _ => {
                let help = format!("write `{}(x in xs : …)`", name.text);
                self.error(Diagnostic::new(Code::Syntax, span, "this walk has no collection").help(help));
                return Self::unknown_expr(span);
            }
        };
        // Only what is filtered is of the type that the result is.
        let source = self.expr(&source.value, want.filter(|_| name.text == "filter"));
        let element = self.element_of(&source);
        let local = self.new_local(element.clone());
        let each = Expr { kind: ExprKind::Local(local), ty: element.clone(), span };
        let applied = function.map(|function| self.apply(&function.value, each.clone()));
        let filters = matches!(name.text.as_str(), "count" | "filter");
        let (filter, body) = match (applied, filters) {
            (Some(applied), true) => {
                let filter = self.coerce(applied, &Type::Bool);
                (Some(filter), (name.text == "filter").then(|| each.clone()))
            }
            (Some(applied), false) => (None, Some(applied)),
            (None, _) => (None, (name.text != "count").then(|| each.clone())),
        };
        let body_type = body.as_ref().map_or(Type::Unknown, |body| body.ty.clone());
        let ty = match kind {
            ast::WalkKind::All | ast::WalkKind::Any => {
                if body_type != Type::Bool && body_type != Type::Unknown {
                    self.mismatch(&body_type, &Type::Bool, span);
                }
                Type::Bool
            }
            ast::WalkKind::Count => Type::Int,
            ast::WalkKind::Sum => {
                self.check_summable(&body_type, span);
                body_type
            }
            ast::WalkKind::List | ast::WalkKind::Map => Type::list(body_type),
        };
        Expr { kind: ExprKind::Walk(Box::new(Walk { kind, local, source, filter, body })), ty, span }
    }

    /// A function given by name, called with a value.
    pub(super) fn apply(&mut self, function: &ast::Expr, value: Expr) -> Expr {
        let span = function.span;
        let Some(path) = function.as_path() else {
            self.tell(Code::TypeMismatch, span, "the name of a `fn` or `view` stands here");
            return Self::unknown_expr(span);
        };
        let name = path.iter().map(|ident| ident.text.as_str()).collect::<Vec<_>>().join(".");
        if let [alias, _] = path.as_slice() {
            self.program.notes.used.insert(format!("{}{}", self.prefix, alias.text));
        }
        let Some(index) = self.functions.get(&format!("{}{name}", self.prefix)).copied() else {
            let known = self.functions.keys().cloned().collect();
            if let Some(last) = path.last() {
                self.unknown("function", last, known);
            }
            return Self::unknown_expr(span);
        };
        let Some(called) = self.program.functions.get(index) else { return Self::unknown_expr(span) };
        let (params, result, level) = (called.params.clone(), called.result.clone(), called.level());
        let [param] = params.as_slice() else {
            self.tell(Code::TypeMismatch, span, format!("`{name}` does not take exactly one value"));
            return Self::unknown_expr(span);
        };
        self.need(level, span, &format!("`{name}`"));
        self.body.calls.push((index, span));
        let value = self.coerce(Expr { span, ..value }, &param.ty);
        Expr { kind: ExprKind::Call(index, vec![value]), ty: result, span }
    }

    /// Arguments in the order of the parameters. Named ones that are written in another order are computed as written.
    pub(super) fn arguments(
        &mut self,
        what: &str,
        params: &[FieldDef],
        args: &[Arg],
        span: Span,
    ) -> (Vec<(usize, Expr)>, Vec<Expr>) {
        let names: Vec<_> = params.iter().map(|param| param.name.as_str()).collect();
        let Some(order) = self.argument_order(what, &names, args, span) else {
            args.iter().for_each(|arg| drop(self.expr(&arg.value, Some(&Type::Unknown))));
            return (Vec::new(), params.iter().map(|_| Self::unknown_expr(span)).collect());
        };
        let mut values: Vec<Option<Expr>> = vec![None; params.len()];
        let mut lets = Vec::new();
        let sorted = order.is_sorted();
        for (arg, at) in args.iter().zip(&order) {
            let ty = params.get(*at).map_or(Type::Unknown, |param| param.ty.clone());
            let mut value = self.expect(&arg.value, &ty);
            if !sorted {
                let local = self.new_local(value.ty.clone());
                let name = Expr { kind: ExprKind::Local(local), ..value.clone() };
                lets.push((local, std::mem::replace(&mut value, name)));
            }
            if let Some(place) = values.get_mut(*at) {
                *place = Some(value);
            }
        }
        (lets, values.into_iter().map(|value| value.unwrap_or_else(|| Self::unknown_expr(span))).collect())
    }

    /// For each argument the number of its parameter.
    pub(super) fn argument_order(
        &mut self,
        what: &str,
        names: &[&str],
        args: &[Arg],
        span: Span,
    ) -> Option<Vec<usize>> {
        let mut order = Vec::new();
        let mut named = false;
        for (index, arg) in args.iter().enumerate() {
            let at = match &arg.name {
                None if named => {
                    self.tell(Code::Syntax, arg.value.span, "a value without a name stands after one with a name");
                    return None;
                }
                None => index,
                Some(name) => {
                    named = true;
                    match names.iter().position(|param| *param == name.text) {
                        Some(at) => at,
                        None => {
                            let known = names.iter().map(|name| (*name).to_string()).collect();
                            self.unknown(&format!("parameter of {what} called"), name, known);
                            return None;
                        }
                    }
                }
            };
            if order.contains(&at) {
                self.tell(Code::DuplicateKey, arg.value.span, format!("`{}` is given twice", names.get(at)?));
                return None;
            }
            order.push(at);
        }
        if order.len() != names.len() || order.iter().any(|at| *at >= names.len()) {
            let message = format!("{what} takes {} values, not {}", names.len(), args.len());
            self.error(Diagnostic::new(Code::TypeMismatch, span, message).help(format!("({})", names.join(", "))));
            return None;
        }
        Some(order)
    }

    pub(super) fn with_lets(lets: Vec<(usize, Expr)>, made: Expr) -> Expr {
        if lets.is_empty() {
            return made;
        }
        let (ty, span) = (made.ty.clone(), made.span);
        Expr { kind: ExprKind::Let(lets, Box::new(made)), ty, span }
    }

    fn function_call(&mut self, index: usize, args: &[Arg], span: Span) -> Expr {
        let Some(function) = self.program.functions.get(index) else { return Self::unknown_expr(span) };
        let (name, params, result) = (function.name.clone(), function.params.clone(), function.result.clone());
        let (level, role) = (function.level(), function.role.clone());
        if role == Role::Action {
            if self.body.test {
                let (lets, args) = self.arguments(&format!("`{name}`"), &params, args, span);
                return Self::with_lets(
                    lets,
                    Expr {
                        kind: ExprKind::Act { function: index, args, caller: None, proposed: false },
                        ty: result,
                        span,
                    },
                );
            }
            let help = "move what both do into an `fn` or `view`, or use schedule(…)";
            let message = format!("`{name}` is an action; actions do not call each other");
            self.error(Diagnostic::new(Code::EffectLevel, span, message).help(help));
            return Self::unknown_expr(span);
        }
        self.need(level, span, &format!("`{name}`"));
        self.body.calls.push((index, span));
        let (lets, args) = self.arguments(&format!("`{name}`"), &params, args, span);
        Self::with_lets(lets, Expr { kind: ExprKind::Call(index, args), ty: result, span })
    }

    /// `schedule(at, action(…))`, `propose(Proposal(…))`.
    fn later(&mut self, name: &Ident, args: &[Arg], span: Span) -> Expr {
        self.need(Level::Action, span, &format!("`{}`", name.text));
        let schedule = name.text == "schedule";
        let (at, call) = match (schedule, args) {
            (true, [at, call]) => (Some(Box::new(self.expect(&at.value, &Type::Time))), call),
            (false, [call]) => (None, call),
            _ => {
                let want = if schedule { "schedule(time, action(…))" } else { "propose(Proposal(…))" };
                self.tell(Code::Syntax, span, format!("this is written `{want}`"));
                return Self::unknown_expr(span);
            }
        };
        let target = self.target(&call.value, |role| match role {
            Role::Action => schedule,
            Role::Effect(_) => !schedule,
            _ => false,
        });
        let Some((function, args)) = target else { return Self::unknown_expr(span) };
        Expr { kind: ExprKind::Later { at, function, args }, ty: Type::Unit, span }
    }

    /// The function and arguments of a call that is not made here.
    pub(super) fn target(&mut self, call: &ast::Expr, is: impl Fn(&Role) -> bool) -> Option<(usize, Vec<Expr>)> {
        let (ast::ExprKind::Call(callee, args), span) = (&call.kind, call.span) else {
            self.tell(Code::Syntax, call.span, "a call stands here, as `pay(1)`");
            return None;
        };
        let ast::ExprKind::Name(name) = &callee.kind else {
            self.tell(Code::Syntax, callee.span, "the name of an action or proposal of this document stands here");
            return None;
        };
        let functions = self.program.functions.iter().enumerate();
        let found = functions.filter(|(_, function)| is(&function.role)).find(|(_, function)| match &function.role {
            Role::Effect(proposal) => *proposal == name.text,
            _ => function.name == name.text,
        });
        let Some((index, function)) = found else {
            let known = self.program.functions.iter().filter(|function| is(&function.role)).map(|function| {
                match &function.role {
                    Role::Effect(proposal) => proposal.clone(),
                    _ => function.name.clone(),
                }
            });
            let known = known.collect();
            self.unknown("action or proposal", name, known);
            return None;
        };
        let params = function.params.clone();
        let (lets, args) = self.arguments(&format!("`{}`", name.text), &params, args, span);
        if !lets.is_empty() {
            self.tell(Code::Syntax, span, "write these values in the order of the parameters");
        }
        Some((index, args))
    }
}
