//! Types of calls of the language's own functions: each parameter says what it takes, and what was found says what is given.

use super::{Global, Resolver};
use crate::{
    ast::{self, Arg},
    diagnostic::{Code, Diagnostic, Span},
    nearest::nearest,
    program::{builtin::Gives, builtin::Param, Builtin, Expr, ExprKind, Walk},
    schema::Kind,
    types::Type,
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
                if param == Param::Numbers && !of.is_ordered() {
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
