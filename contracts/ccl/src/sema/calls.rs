//! Types of calls.

use super::{Global, Resolver};
use crate::{
    ast::{self, Arg, Ident, Level},
    diagnostic::{Code, Diagnostic, Span},
    nearest::nearest,
    program::{builtin::Gives, builtin::Param, Builtin, Expr, ExprKind, Role, Walk},
    schema::Kind,
    types::{FieldDef, Type},
    value::Value,
};

/// What the parameters of one call of a built-in function were found to be.
#[derive(Default)]
struct Found {
    t: Option<Type>,
    key: Option<Type>,
    value: Option<Type>,
    resource: Option<String>,
    fraction: Option<Type>,
    constant: Option<Type>,
    joined: Option<Type>,
    claims: Option<String>,
}

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
    fn apply(&mut self, function: &ast::Expr, value: Expr) -> Expr {
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
    fn argument_order(&mut self, what: &str, names: &[&str], args: &[Arg], span: Span) -> Option<Vec<usize>> {
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

    fn with_lets(lets: Vec<(usize, Expr)>, made: Expr) -> Expr {
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

    /// A built-in function without parameters, by its name alone.
    pub(super) fn builtin_value(&mut self, builtin: Builtin, span: Span) -> Expr {
        self.builtin(builtin, &[], None, span)
    }

    pub(super) fn builtin(&mut self, builtin: Builtin, args: &[Arg], want: Option<&Type>, span: Span) -> Expr {
        let what = format!("`{}`", builtin.word());
        self.need(builtin.level(), span, &what);
        let names: Vec<_> = builtin.params().iter().map(|(name, _)| *name).collect();
        let Some(order) = self.argument_order(&what, &names, args, span) else {
            return Self::unknown_expr(span);
        };
        let mut found = Found::default();
        let mut values: Vec<Option<Expr>> = vec![None; names.len()];
        // What a parameter is may follow from those before it, in whatever order the values are written.
        let mut by_place: Vec<_> = order.iter().copied().zip(args).collect();
        by_place.sort_by_key(|(at, _)| *at);
        for (at, arg) in by_place {
            let Some((_, param)) = builtin.params().get(at) else { continue };
            let value = self.builtin_arg(builtin, *param, arg, want, &mut found);
            if let Some(place) = values.get_mut(at) {
                *place = Some(value);
            }
        }
        let lets = if order.is_sorted() { Vec::new() } else { self.as_written(builtin, &order, &mut values) };
        let args: Vec<_> = values.into_iter().map(|value| value.unwrap_or_else(|| Self::unknown_expr(span))).collect();
        self.check_resource(builtin, &args, span);
        let ty = self.gives(builtin, &found);
        if let (Builtin::SetOf, Type::Set(of)) = (builtin, &ty) {
            if !of.is_key(&self.program.types) {
                self.tell(Code::TypeMismatch, span, format!("`{of}` cannot be an element of a set"));
            }
        }
        if builtin == Builtin::SortBy {
            return Self::with_lets(lets, self.sorted_by(args, ty, span));
        }
        Self::with_lets(lets, Expr { kind: ExprKind::Builtin(builtin, args), ty, span })
    }

    /// Puts values that are written in another order than the parameters into locals, in the order in which they are written.
    fn as_written(&mut self, builtin: Builtin, order: &[usize], values: &mut [Option<Expr>]) -> Vec<(usize, Expr)> {
        let mut lets = Vec::new();
        for at in order {
            // A function stays a name.
            let function = matches!(builtin.params().get(*at), Some((_, Param::Function)));
            let Some(value) = values.get_mut(*at).and_then(Option::as_mut) else { continue };
            if !function && !matches!(value.kind, ExprKind::Value(_)) {
                let local = self.new_local(value.ty.clone());
                let name = Expr { kind: ExprKind::Local(local), ..value.clone() };
                lets.push((local, std::mem::replace(value, name)));
            }
        }
        lets
    }

    /// The budget that is funded, and what it is funded with, are of one resource.
    fn check_resource(&mut self, builtin: Builtin, args: &[Expr], span: Span) {
        if builtin != Builtin::Fund {
            return;
        }
        let budget = args.first().and_then(|arg| match &arg.kind {
            ExprKind::Value(Value::Text(name)) => self.resource_of_budget(name),
            _ => None,
        });
        let given = args.get(2).map(|arg| arg.ty.clone());
        if let (Some(budget), Some(Type::Amount(given))) = (budget, given) {
            if budget != given {
                self.mismatch(&Type::Amount(given), &Type::Amount(budget), span);
            }
        }
    }

    /// The resource of a budget, read from how it is written, as settings are read later.
    fn resource_of_budget(&self, name: &str) -> Option<String> {
        self.budget_resources.get(name).cloned()
    }

    fn builtin_arg(
        &mut self,
        builtin: Builtin,
        param: Param,
        arg: &Arg,
        want: Option<&Type>,
        found: &mut Found,
    ) -> Expr {
        let value = &arg.value;
        match param {
            Param::Bool => self.expect(value, &Type::Bool),
            Param::Int => self.expect(value, &Type::Int),
            Param::Ratio => self.expect(value, &Type::Ratio),
            Param::Text => self.expect(value, &Type::Text),
            Param::Bytes => self.expect(value, &Type::Bytes),
            Param::Time => self.expect(value, &Type::Time),
            Param::Duration => self.expect(value, &Type::Duration),
            Param::Did => self.expect(value, &Type::Did),
            Param::Cid => self.expect(value, &Type::Cid),
            Param::Account => self.expect(value, &Type::Account),
            Param::Proposal => self.expect(value, &Type::Proposal),
            Param::Amount => {
                let value = self.expr(value, None);
                match &value.ty {
                    Type::Amount(resource) => {
                        found.resource.get_or_insert_with(|| resource.clone());
                        value
                    }
                    _ => self.want(value, "Amount<…>"),
                }
            }
            Param::Fraction => {
                let value = self.expr(value, None);
                match value.ty.clone() {
                    Type::Exact(resource) => found.fraction = Some(Type::Amount(resource)),
                    Type::Ratio => found.fraction = Some(Type::Int),
                    _ => return self.want(value, "an exact fraction: Exact<…> or Ratio"),
                }
                value
            }
            Param::Any => {
                let value = self.expr(value, None);
                if value.ty.is_storable() {
                    value
                } else {
                    self.want(value, "a value")
                }
            }
            Param::T => {
                let want = found.t.clone();
                let value = match &want {
                    Some(ty) => self.expect(value, ty),
                    None => self.expr(value, None),
                };
                found.t.get_or_insert_with(|| value.ty.clone());
                value
            }
            Param::ListOfT | Param::Numbers => self.collection_arg(value, want, found, param),
            Param::SetOfT => {
                let value = self.expr(value, want);
                match value.ty.clone() {
                    Type::Set(of) => found.t = Some(*of),
                    _ => return self.want(value, "Set<…>"),
                }
                value
            }
            Param::OptionOfT => {
                let value = self.expr(value, None);
                match value.ty.clone() {
                    Type::Option(of) => found.t = Some(*of),
                    _ => return self.want(value, "Option<…>"),
                }
                value
            }
            Param::Texts => self.expect(value, &Type::list(Type::Text)),
            Param::Lists => {
                let value = self.expr(value, None);
                match value.ty.clone() {
                    Type::List(of) if matches!(*of, Type::List(_)) => found.joined = Some(*of),
                    _ => return self.want(value, "List<List<…>>"),
                }
                value
            }
            Param::Map => {
                let value = self.expr(value, None);
                match value.ty.clone() {
                    Type::Map(key, of) => (found.key, found.value) = (Some(*key), Some(*of)),
                    _ => return self.want(value, "Map<…>"),
                }
                value
            }
            Param::Key => {
                let key = found.key.clone().unwrap_or(Type::Unknown);
                self.expect(value, &key)
            }
            Param::Collection => {
                let value = self.expr(value, None);
                match value.ty {
                    Type::List(_) | Type::Set(_) | Type::Map(..) | Type::Text | Type::Unknown => value,
                    _ => self.want(value, "a list, set, map or text"),
                }
            }
            Param::Weights => {
                let value = self.expr(value, None);
                match value.ty.clone() {
                    Type::Map(key, of) if matches!(*of, Type::Int | Type::Amount(_)) => found.key = Some(*key),
                    _ => return self.want(value, "Map<…, Int> or Map<…, Amount<…>>"),
                }
                value
            }
            Param::Name(kinds) => self.declared_arg(value, kinds, found),
            Param::NameOrValue(kind) => {
                let ty = match kind {
                    Kind::Role => Type::Role,
                    Kind::Class => Type::Class,
                    Kind::Body => Type::Body,
                    _ => Type::Process,
                };
                self.expect(value, &ty)
            }
            Param::Claims => self.claims(value, found),
            Param::Credential => {
                let value = self.declared_arg(value, &[Kind::Credential], found);
                if let ExprKind::Value(Value::Text(name)) = &value.kind {
                    found.claims = Some(name.clone());
                }
                value
            }
            Param::Projects => self.projects(value, found),
            Param::Ballots => self.expect(value, &Type::map(Type::Did, Type::set(Type::Int))),
            Param::Constant => self.constant_arg(value, found),
            Param::OfConstant => {
                let ty = found.constant.clone().unwrap_or(Type::Unknown);
                self.expect(value, &ty)
            }
            Param::Function => self.sort_key(builtin, value, found),
        }
    }

    /// Says that something else is wanted.
    fn want(&mut self, value: Expr, want: &str) -> Expr {
        if value.ty != Type::Unknown {
            self.tell(Code::TypeMismatch, value.span, format!("this is {}, where {want} is needed", value.ty));
        }
        Expr { ty: Type::Unknown, ..value }
    }

    fn collection_arg(&mut self, value: &ast::Expr, want: Option<&Type>, found: &mut Found, param: Param) -> Expr {
        let want = match want {
            Some(Type::Set(of)) => Some(Type::List(of.clone())),
            Some(list @ Type::List(_)) => Some(list.clone()),
            _ => None,
        };
        let value = self.expr(value, want.as_ref());
        match value.ty.clone() {
            Type::List(of) => {
                let number = matches!(
                    *of,
                    Type::Int
                        | Type::Amount(_)
                        | Type::Exact(_)
                        | Type::Ratio
                        | Type::Time
                        | Type::Duration
                        | Type::Unknown
                );
                if param == Param::Numbers && !number {
                    self.tell(Code::TypeMismatch, value.span, format!("{of} has no greater and smaller"));
                }
                found.t = Some(*of);
            }
            Type::Unknown => {}
            _ => return self.want(value, "List<…>"),
        }
        value
    }

    /// The name of a declaration of one of these kinds.
    fn declared_arg(&mut self, value: &ast::Expr, kinds: &[Kind], found: &mut Found) -> Expr {
        let span = value.span;
        let words = kinds.iter().map(|kind| kind.word()).collect::<Vec<_>>().join(" or ");
        let ast::ExprKind::Name(name) = &value.kind else {
            self.tell(Code::TypeMismatch, span, format!("the name of a {words} stands here"));
            return Self::unknown_expr(span);
        };
        match self.decl_kind(&name.text) {
            Some(kind) if kinds.contains(&kind) => {
                match kind {
                    Kind::Resource => found.resource = Some(name.text.clone()),
                    Kind::Budget => found.resource = self.resource_of_budget(&name.text),
                    _ => {}
                }
                let text = match kinds {
                    // Names of several kinds say which they are.
                    [_] => name.text.clone(),
                    _ => format!("{}:{}", kind.word(), name.text),
                };
                Expr { kind: ExprKind::Value(Value::Text(text)), ty: Type::Text, span }
            }
            Some(kind) => {
                let message = format!("`{}` is a {}, where a {words} is needed", name.text, kind.word());
                self.tell(Code::TypeMismatch, span, message);
                Self::unknown_expr(span)
            }
            None => {
                let known = self.names_of(kinds);
                self.unknown(&words, name, known);
                Self::unknown_expr(span)
            }
        }
    }

    /// `WorkerCard { … }`: the claims of a credential of the document.
    fn claims(&mut self, value: &ast::Expr, found: &mut Found) -> Expr {
        let value = self.expr(value, None);
        match &value.ty {
            Type::Named(name) if self.decl_kind(name) == Some(Kind::Credential) => {
                found.claims = Some(name.clone());
                value
            }
            _ => self.want(value, "the claims of a credential, as `Card { … }`"),
        }
    }

    /// Projects that a budget may pay for, by number.
    fn projects(&mut self, value: &ast::Expr, found: &mut Found) -> Expr {
        let value = self.expr(value, None);
        let resource = found.resource.clone();
        let fields = match &value.ty {
            Type::Map(key, of) if **key == Type::Int => self.program.types.fields(of),
            _ => None,
        };
        let cost = fields.as_ref().and_then(|fields| fields.iter().find(|field| field.name == "cost"));
        match (cost.map(|cost| &cost.ty), resource) {
            (Some(Type::Amount(of)), Some(resource)) if *of == resource => value,
            (Some(Type::Amount(of)), Some(resource)) => {
                let (of, resource) = (of.clone(), resource);
                self.mismatch(&Type::Amount(of), &Type::Amount(resource), value.span);
                value
            }
            _ => self.want(value, "a map of records with a `cost`"),
        }
    }

    fn constant_arg(&mut self, value: &ast::Expr, found: &mut Found) -> Expr {
        let span = value.span;
        let ast::ExprKind::Name(name) = &value.kind else {
            self.tell(Code::TypeMismatch, span, "the name of a constant stands here");
            return Self::unknown_expr(span);
        };
        let constant = match self.globals.get(&name.text) {
            Some(Global::Const(index)) => self.program.consts.get(*index),
            _ => None,
        };
        match constant {
            Some(constant) if constant.settable => {
                self.program.notes.used.insert(name.text.clone());
                found.constant = Some(constant.ty.clone());
                Expr { kind: ExprKind::Value(Value::Text(name.text.clone())), ty: Type::Text, span }
            }
            Some(constant) => {
                let error = Diagnostic::new(Code::TypeMismatch, span, format!("`{}` does not change", name.text));
                let declared = constant.span;
                self.error(error.label(declared, "mark it `@param` to let it be changed"));
                Self::unknown_expr(span)
            }
            None => {
                let known: Vec<_> = self.program.consts.iter().map(|constant| constant.name.clone()).collect();
                let near = nearest(&name.text, known.iter().map(String::as_str)).map(String::from);
                let known = near.into_iter().collect();
                self.unknown("constant", name, known);
                Self::unknown_expr(span)
            }
        }
    }

    /// The list by the list of its keys.
    fn sorted_by(&mut self, args: Vec<Expr>, ty: Type, span: Span) -> Expr {
        let Ok([list, key]) = <[Expr; 2]>::try_from(args) else { return Self::unknown_expr(span) };
        let ExprKind::Let(lets, body) = key.kind else { return Self::unknown_expr(span) };
        let Some((local, _)) = lets.into_iter().next() else { return Self::unknown_expr(span) };
        let whole = self.new_local(list.ty.clone());
        let name = Expr { kind: ExprKind::Local(whole), ty: list.ty.clone(), span };
        let keys = Type::list(body.ty.clone());
        let walk = Walk { kind: ast::WalkKind::List, local, source: name.clone(), filter: None, body: Some(*body) };
        let keys = Expr { kind: ExprKind::Walk(Box::new(walk)), ty: keys, span };
        let sorted = Expr { kind: ExprKind::Builtin(Builtin::SortBy, vec![name, keys]), ty: ty.clone(), span };
        Expr { kind: ExprKind::Let(vec![(whole, list)], Box::new(sorted)), ty, span }
    }

    /// What a function gives for an element: the value of a `let` whose local stands for it.
    fn sort_key(&mut self, _: Builtin, value: &ast::Expr, found: &mut Found) -> Expr {
        let element = found.t.clone().unwrap_or(Type::Unknown);
        let local = self.new_local(element.clone());
        let each = Expr { kind: ExprKind::Local(local), ty: element, span: value.span };
        let body = self.apply(value, each);
        if !matches!(body.ty, Type::Int | Type::Amount(_) | Type::Ratio | Type::Time | Type::Duration | Type::Unknown) {
            self.tell(Code::TypeMismatch, value.span, format!("{} has no greater and smaller", body.ty));
        }
        let (ty, span) = (body.ty.clone(), body.span);
        Expr { kind: ExprKind::Let(vec![(local, Self::unknown_expr(span))], Box::new(body)), ty, span }
    }

    fn gives(&self, builtin: Builtin, found: &Found) -> Type {
        let t = || found.t.clone().unwrap_or(Type::Unknown);
        let amount = || found.resource.as_ref().map_or(Type::Unknown, |resource| Type::amount(resource));
        match builtin.gives() {
            Gives::Unit => Type::Unit,
            Gives::Bool => Type::Bool,
            Gives::Int => Type::Int,
            Gives::Ratio => Type::Ratio,
            Gives::Text => Type::Text,
            Gives::Bytes => Type::Bytes,
            Gives::Time => Type::Time,
            Gives::Did => Type::Did,
            Gives::Cid => Type::Cid,
            Gives::Amount => amount(),
            Gives::T => t(),
            Gives::ListOfT => Type::list(t()),
            Gives::SetOfT => Type::set(t()),
            Gives::OptionOfT => Type::option(t()),
            Gives::Keys => Type::list(found.key.clone().unwrap_or(Type::Unknown)),
            Gives::Values => Type::list(found.value.clone().unwrap_or(Type::Unknown)),
            Gives::OptionOfValue => Type::option(found.value.clone().unwrap_or(Type::Unknown)),
            Gives::Joined => found.joined.clone().unwrap_or(Type::Unknown),
            Gives::Rounded => found.fraction.clone().unwrap_or(Type::Unknown),
            Gives::Split => Type::map(found.key.clone().unwrap_or(Type::Unknown), amount()),
            Gives::Member => Type::Named("Member".into()),
            Gives::OptionOfClass => Type::option(Type::Class),
            Gives::SetOfDid => Type::set(Type::Did),
            Gives::ListOfInt => Type::list(Type::Int),
            Gives::AmountsByDid => Type::map(Type::Did, amount()),
            Gives::BudgetStatus => found.resource.clone().map_or(Type::Unknown, Type::BudgetStatus),
            Gives::Tally => Type::Named("Tally".into()),
            Gives::OfConstant => found.constant.clone().unwrap_or(Type::Unknown),
            Gives::OptionOfClaims => found.claims.clone().map_or(Type::Unknown, |name| Type::option(Type::Named(name))),
        }
    }
}
