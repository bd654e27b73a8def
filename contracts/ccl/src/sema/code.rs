//! The code of a document: its functions, what proposals require and do, handlers, invariants and tests.

use super::{attributes::has, statements::returns, Resolver};
use crate::{
    ast::{self, ItemKind, Level},
    diagnostic::{Code, Diagnostic, Span},
    program::{Function, InForce, Role, StmtKind},
    schema::ANYONE,
    syntax,
    types::{FieldDef, Type},
};
use std::collections::{BTreeMap, BTreeSet};

/// Events of the kernel that a document may react to.
pub const KERNEL_EVENTS: [(&str, &[(&str, Type)]); 7] = [
    ("MemberAdmitted", &[("who", Type::Did), ("class", Type::Class)]),
    ("MemberRemoved", &[("who", Type::Did)]),
    ("RoleGranted", &[("who", Type::Did), ("role", Type::Role)]),
    ("RoleRevoked", &[("who", Type::Did), ("role", Type::Role)]),
    ("ProposalPassed", &[("proposal", Type::Proposal)]),
    ("ProposalRejected", &[("proposal", Type::Proposal)]),
    ("TermEnded", &[("who", Type::Did), ("role", Type::Role)]),
];

/// A function and where its body is read from.
pub(super) struct Pending<'t> {
    function: usize,
    code: Source<'t>,
    fields: &'t [ast::Field],
}

pub(super) enum Source<'t> {
    Block(&'t ast::Block),
    Expr(&'t ast::Expr),
}

impl Resolver<'_> {
    pub(super) fn functions<'t>(&mut self, file: &'t ast::File) -> Vec<Pending<'t>> {
        let mut pending = Vec::new();
        for (at, item) in file.items.iter().enumerate() {
            let ItemKind::Func(function) = &item.kind else { continue };
            let params = self.fields(&function.params);
            let result = function.result.as_ref().map_or(Type::Unit, |ty| self.type_ref(ty));
            let role = match function.level {
                Level::Pure => Role::Fn,
                Level::View => Role::View,
                Level::Action => Role::Action,
            };
            let full = format!("{}{}", self.prefix, function.name.text);
            let reserved = syntax::words::WALKS.contains(&function.name.text.as_str())
                || crate::program::Builtin::of(&function.name.text).is_some()
                || ["some", "schedule", "propose", "filter"].contains(&function.name.text.as_str());
            if reserved || self.functions.contains_key(&full) {
                let message = match reserved {
                    true => format!("`{}` is a function of the language", function.name.text),
                    false => format!("there is a function `{}` already", function.name.text),
                };
                self.error(
                    Diagnostic::new(Code::DuplicateKey, function.name.span, message).help("choose another name"),
                );
            }
            if role == Role::Action && function.requires.is_none() {
                let message = format!("the action `{}` does not say who may call it", function.name.text);
                let help = "write after the parameters: `requires permission`, or `requires anyone`";
                self.error(Diagnostic::new(Code::MissingKey, function.name.span, message).help(help));
            }
            if let (true, Some(permission)) = (role != Role::Action, &function.requires) {
                self.tell(Code::EffectLevel, permission.span, "only an action requires a permission");
            }
            let stored = |ty: &Type| ty.is_storable() || *ty == Type::Unit;
            if role != Role::Fn && !(params.iter().all(|param| stored(&param.ty)) && stored(&result)) {
                self.tell(
                    Code::TypeMismatch,
                    function.name.span,
                    "an exact fraction is neither passed in nor returned",
                );
            }
            let named = (full.clone(), function.name.span);
            let index = self.push_function(role, named, (at, item), params, result);
            self.functions.entry(full).or_insert(index);
            if let Some(permission) = &function.requires {
                self.program.notes.requires.insert(index, permission.span);
                if let Some(action) = self.program.functions.get_mut(index) {
                    action.requires = Some(permission.text.clone()).filter(|permission| permission != ANYONE);
                }
            }
            if has(item, "migrate") {
                self.program.notes.migrations.insert(index);
            }
            pending.push(Pending { function: index, code: Source::Block(&function.body), fields: &function.params });
        }
        pending
    }

    /// A piece of code without its body; its number.
    fn push_function(
        &mut self,
        role: Role,
        (name, name_span): (String, Span),
        (at, item): (usize, &ast::Item),
        params: Vec<FieldDef>,
        result: Type,
    ) -> usize {
        let in_force = match role {
            Role::Action | Role::Effect(_) => self.in_force(item),
            _ => InForce::default(),
        };
        self.program.functions.push(Function {
            role,
            name,
            docs: item.docs.clone(),
            params,
            result,
            requires: None,
            locals: Vec::new(),
            body: Vec::new(),
            fuel_max: None,
            signed: has(item, "signed"),
            in_force,
            article: if self.import.is_none() { at + 1 } else { 0 },
            span: item.span,
            name_span,
            own: self.import.is_none(),
        });
        self.program.functions.len() - 1
    }

    /// Conditions and effects of proposals, handlers, invariants and tests.
    pub(super) fn hidden_functions<'t>(&mut self, file: &'t ast::File) -> Vec<Pending<'t>> {
        static NOTHING: std::sync::LazyLock<ast::Block> =
            std::sync::LazyLock::new(|| ast::Block { statements: Vec::new(), span: Span::new(0, 0) });
        let mut pending = Vec::new();
        for (at, item) in file.items.iter().enumerate() {
            match &item.kind {
                ItemKind::Decl(decl) if decl.kind.text == "proposal" => {
                    let params = self.fields(&decl.params);
                    let condition =
                        decl.settings.iter().find_map(|setting| match (&setting.value, setting.key.text.as_str()) {
                            (ast::SettingValue::Expr(expr), "requires") => Some(expr),
                            _ => None,
                        });
                    let name = decl.name.text.clone();
                    if let Some(condition) = condition {
                        let role = Role::Condition(name.clone());
                        let named = (name.clone(), decl.name.span);
                        let index = self.push_function(role, named, (at, item), params.clone(), Type::Bool);
                        if let Some(function) = self.program.functions.get_mut(index) {
                            function.span = condition.span;
                        }
                        pending.push(Pending { function: index, code: Source::Expr(condition), fields: &decl.params });
                    }
                    let body = decl.effect.as_ref().unwrap_or(&NOTHING);
                    let role = Role::Effect(name.clone());
                    let index = self.push_function(role, (name, decl.name.span), (at, item), params, Type::Unit);
                    pending.push(Pending { function: index, code: Source::Block(body), fields: &decl.params });
                }
                ItemKind::Decl(decl) => {
                    if let Some(effect) = &decl.effect {
                        self.tell(
                            Code::UnknownKey,
                            effect.span,
                            format!("a {} has no effect; a proposal has", decl.kind.text),
                        );
                    }
                }
                ItemKind::Handler(handler) => {
                    let params = self.fields(&handler.params);
                    self.check_handler(handler, &params);
                    let name = handler.event.text();
                    let named = (name.clone(), handler.event.span);
                    let index = self.push_function(Role::Handler(name), named, (at, item), params, Type::Unit);
                    pending.push(Pending {
                        function: index,
                        code: Source::Block(&handler.body),
                        fields: &handler.params,
                    });
                }
                ItemKind::Invariant(invariant) => {
                    let name = invariant.name.text.clone();
                    if self.program.function(&Role::Invariant, &name).is_some() {
                        self.tell(
                            Code::DuplicateKey,
                            invariant.name.span,
                            format!("there is an invariant `{name}` already"),
                        );
                    }
                    let named = (name, invariant.name.span);
                    let index = self.push_function(Role::Invariant, named, (at, item), Vec::new(), Type::Bool);
                    let fuel = self.max_of(item);
                    if let Some(function) = self.program.functions.get_mut(index) {
                        function.fuel_max = fuel;
                    }
                    pending.push(Pending { function: index, code: Source::Expr(&invariant.condition), fields: &[] });
                }
                ItemKind::Test(test) => {
                    let title = (self.quoted(&test.title), test.title.span);
                    let index = self.push_function(Role::Test, title, (at, item), Vec::new(), Type::Unit);
                    pending.push(Pending { function: index, code: Source::Block(&test.body), fields: &[] });
                }
                _ => {}
            }
        }
        pending
    }

    fn check_handler(&mut self, handler: &ast::Handler, params: &[FieldDef]) {
        let name = handler.event.text();
        let Some((_, want)) = KERNEL_EVENTS.iter().find(|(event, _)| *event == name) else {
            let known = KERNEL_EVENTS.iter().map(|(event, _)| (*event).to_string()).collect();
            if let Some(last) = handler.event.parts.last() {
                self.unknown("event of the kernel called", last, known);
            }
            return;
        };
        if !params.iter().map(|param| &param.ty).eq(want.iter().map(|(_, ty)| ty)) {
            let want: Vec<_> = want.iter().map(|(name, ty)| format!("{name}: {ty}")).collect();
            self.tell(Code::TypeMismatch, handler.event.span, format!("this event is {name}({})", want.join(", ")));
        }
    }

    pub(super) fn bodies(&mut self, pending: Vec<Pending<'_>>) -> BTreeMap<usize, Vec<(usize, Span)>> {
        let mut calls = BTreeMap::new();
        for Pending { function: index, code, fields } in pending {
            let Some(function) = self.program.functions.get(index) else { continue };
            let (level, params, result) = (function.level(), function.params.clone(), function.result.clone());
            let (test, name_span, name) = (function.role == Role::Test, function.name_span, function.name.clone());
            self.begin(level, &params, fields, result.clone(), test);
            let body = match code {
                Source::Block(block) => self.block(block),
                Source::Expr(expr) => {
                    let value = self.expect(expr, &Type::Bool);
                    vec![crate::program::Stmt { span: value.span, kind: StmtKind::Return(Some(value)) }]
                }
            };
            if result != Type::Unit && result != Type::Unknown && !returns(&body) {
                let message = format!("`{name}` gives {result}, and does not on every way through it");
                self.error(
                    Diagnostic::new(Code::MissingReturn, name_span, message).help("end each way with `return …;`"),
                );
            }
            let (locals, called) = self.end();
            calls.insert(index, called);
            if let Some(function) = self.program.functions.get_mut(index) {
                (function.locals, function.body) = (locals, body);
            }
        }
        calls
    }

    /// Functions that call each other in a circle.
    pub(super) fn cycles(&mut self, calls: &BTreeMap<usize, Vec<(usize, Span)>>) {
        let mut done = BTreeSet::new();
        for start in calls.keys() {
            let mut path = Vec::new();
            self.follow(*start, calls, &mut path, &mut done);
        }
    }

    fn follow(
        &mut self,
        start: usize,
        calls: &BTreeMap<usize, Vec<(usize, Span)>>,
        path: &mut Vec<usize>,
        done: &mut BTreeSet<usize>,
    ) {
        // (function, next call of it to look at), without recursion: chains may be long.
        let mut stack = vec![(start, 0)];
        while let Some((function, next)) = stack.pop() {
            if next == 0 {
                if done.contains(&function) {
                    continue;
                }
                path.push(function);
            }
            match calls.get(&function).and_then(|called| called.get(next)) {
                Some((called, span)) => {
                    stack.push((function, next + 1));
                    if let Some(at) = path.iter().position(|on_path| on_path == called) {
                        let circle = path.get(at..).unwrap_or_default().iter().chain([called]);
                        let names: Vec<_> = circle
                            .filter_map(|index| self.program.functions.get(*index))
                            .map(|function| function.name.clone())
                            .collect();
                        let help = "a rule must come to an end: walk a collection with `for` instead";
                        let message = format!("these call each other in a circle: {}", names.join(" → "));
                        self.error(Diagnostic::new(Code::CyclicCall, *span, message).help(help));
                    } else {
                        stack.push((*called, 0));
                    }
                }
                None => {
                    path.pop();
                    done.insert(function);
                }
            }
        }
    }
}
