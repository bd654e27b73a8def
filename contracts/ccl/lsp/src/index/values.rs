//! Second pass: expressions and calls.

use super::{language, Builder, Space, Symbol, SymbolKind};
use icn_ccl::{
    ast::{Arg, Expr, ExprKind, Ident},
    program::{builtin::Param, Builtin, Failure},
    types::Type,
};
use std::collections::BTreeMap;

impl Builder<'_> {
    pub(super) fn value(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Amount { unit, .. } => self.global(unit),
            ExprKind::Name(name) => self.name(name),
            ExprKind::List(items) => items.iter().for_each(|item| self.value(item)),
            ExprKind::Map(entries) => entries.iter().for_each(|(key, value)| {
                self.value(key);
                self.value(value);
            }),
            ExprKind::Record(path, fields) => {
                let owner = self.type_path(&path.parts);
                for (name, value) in fields {
                    if let Some(owner) = &owner {
                        self.field_of(&Type::Named(owner.clone()), name);
                    }
                    self.value(value);
                }
            }
            ExprKind::Binary(_, left, right) => {
                self.value(left);
                self.value(right);
            }
            ExprKind::Unary(_, of) => self.value(of),
            ExprKind::Call(callee, args) => self.call(callee, args),
            ExprKind::Field(of, name) => self.field(of, name),
            ExprKind::Index(of, index) => {
                self.value(of);
                self.value(index);
            }
            ExprKind::If(condition, then, otherwise) => {
                self.value(condition);
                self.value(then);
                self.value(otherwise);
            }
            ExprKind::Except(value, exceptions) => {
                self.value(value);
                for (value, condition) in exceptions {
                    self.value(value);
                    self.value(condition);
                }
            }
            ExprKind::Walk(walk) => {
                self.value(&walk.source);
                self.scopes.push((expr.span, BTreeMap::new()));
                self.bind(&walk.name);
                walk.filter.iter().for_each(|filter| self.value(filter));
                walk.body.iter().for_each(|body| self.value(body));
                self.scopes.pop();
            }
            ExprKind::Bool(_)
            | ExprKind::None
            | ExprKind::Int(_)
            | ExprKind::Decimal(_)
            | ExprKind::Percent(_)
            | ExprKind::Duration(_)
            | ExprKind::Text(_)
            | ExprKind::Tagged(..)
            | ExprKind::Missing => {}
        }
    }

    fn name(&mut self, name: &Ident) {
        if let Some(symbol) = self.local(&name.text) {
            return self.occurs(name.span, symbol);
        }
        if let Some(builtin @ (Builtin::Now | Builtin::Caller)) = Builtin::of(&name.text) {
            return self.builtin(builtin, name);
        }
        match self.global_symbol(&name.text) {
            Some(symbol) => self.occurs(name.span, symbol),
            // A function given by its name.
            None => self.use_of(Space::Function, name),
        }
    }

    fn builtin(&mut self, builtin: Builtin, name: &Ident) {
        let symbol = self.elsewhere(Space::Language, &format!("builtin {}", builtin.word()), || {
            Symbol::elsewhere(builtin.word(), SymbolKind::Builtin(builtin), builtin.signature(), builtin.doc())
        });
        self.occurs(name.span, symbol);
    }

    pub(super) fn language_function(&mut self, name: &Ident) {
        let Some((word, detail, docs)) = language::FUNCTIONS.iter().find(|(word, _, _)| *word == name.text) else {
            return;
        };
        let symbol = self.elsewhere(Space::Language, &format!("function {word}"), || {
            Symbol::elsewhere(word, SymbolKind::Language, *detail, *docs)
        });
        self.occurs(name.span, symbol);
    }

    /// `Phase.Vote`, `pb.Category.green`, `record.field`.
    fn field(&mut self, of: &Expr, name: &Ident) {
        if let Some(owner) = self.enum_path(of) {
            self.variant_of(&owner, name);
            return;
        }
        self.value(of);
        if let Some(ty) = self.type_of(of.span).cloned() {
            self.field_of(&ty, name);
        }
    }

    /// The enum that a path names, with its occurrences.
    fn enum_path(&mut self, of: &Expr) -> Option<String> {
        let path = of.as_path()?;
        if let [only] = path.as_slice() {
            if self.local(&only.text).is_some() {
                return None;
            }
        }
        let joined = path.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join(".");
        self.program.types.variants(&Type::Named(joined))?;
        let parts: Vec<_> = path.into_iter().cloned().collect();
        self.type_path(&parts)
    }

    fn field_of(&mut self, ty: &Type, name: &Ident) {
        let Some(fields) = self.program.types.fields(ty) else { return };
        let Some(field) = fields.into_iter().find(|field| field.name == name.text) else { return };
        let owner = match ty {
            Type::Named(owner) => owner.clone(),
            other => other.to_string(),
        };
        self.member_of(&owner, name, SymbolKind::Field, format!("{}: {}", field.name, field.ty));
    }

    // Calls.

    fn call(&mut self, callee: &Expr, args: &[Arg]) {
        match &callee.kind {
            ExprKind::Name(name) => self.named_call(name, args),
            ExprKind::Field(of, name) => self.qualified_call(of, name, args),
            _ => {
                self.value(callee);
                self.arguments("", args);
            }
        }
    }

    fn named_call(&mut self, name: &Ident, args: &[Arg]) {
        match name.text.as_str() {
            "some" | "all" | "any" | "count" | "sum" | "list" | "map" | "filter" => {
                self.language_function(name);
                return self.arguments("", args);
            }
            "schedule" | "propose" => {
                self.language_function(name);
                return args.iter().for_each(|arg| self.later(&arg.value));
            }
            _ => {}
        }
        if self.test && self.test_call(name, args) {
            return;
        }
        if self.find(Space::Function, &name.text).is_some() {
            self.use_of(Space::Function, name);
            return self.arguments(&format!("fn {}", name.text), args);
        }
        match Builtin::of(&name.text) {
            Some(builtin) => self.builtin_call(builtin, name, args),
            None => self.arguments("", args),
        }
    }

    /// What is written in tests only; whether it is such a call.
    fn test_call(&mut self, name: &Ident, args: &[Arg]) -> bool {
        match (name.text.as_str(), args) {
            ("expect_error", [call, error]) => {
                self.language_function(name);
                self.value(&call.value);
                self.expected(&error.value);
            }
            (word, _) if icn_ccl::sema::TEST_FUNCTIONS.contains(&word) => {
                self.language_function(name);
                self.arguments("", args);
            }
            _ => return self.proposal_call(name, args),
        }
        true
    }

    fn proposal_call(&mut self, name: &Ident, args: &[Arg]) -> bool {
        let proposal = self.find(Space::Value, &name.text).filter(|symbol| {
            let kind = self.symbols.get(*symbol).map(|symbol| symbol.kind);
            kind == Some(SymbolKind::Decl(icn_ccl::schema::Kind::Proposal))
        });
        if let Some(symbol) = proposal {
            self.occurs(name.span, symbol);
            self.arguments(&format!("proposal {}", name.text), args);
        }
        proposal.is_some()
    }

    /// The error that a test expects.
    fn expected(&mut self, error: &Expr) {
        let Some(path) = error.as_path() else { return self.value(error) };
        let parts: Vec<_> = path.into_iter().cloned().collect();
        let path = icn_ccl::ast::Path { parts, span: error.span };
        self.signature(Space::Error, &path);
        let name = path.text();
        if self.find(Space::Error, &name).is_none() && Failure::of(&name).is_some() {
            let symbol = self.elsewhere(Space::Language, &format!("failure {name}"), || {
                Symbol::elsewhere(&name, SymbolKind::Word, name.clone(), "A failure that the language has.")
            });
            self.occurs(error.span, symbol);
        }
    }

    /// A call that is made later: of an action or a proposal of this document.
    fn later(&mut self, call: &Expr) {
        let ExprKind::Call(callee, args) = &call.kind else { return self.value(call) };
        let ExprKind::Name(name) = &callee.kind else { return self.value(call) };
        if self.find(Space::Function, &name.text).is_some() {
            self.use_of(Space::Function, name);
            self.arguments(&format!("fn {}", name.text), args);
        } else if !self.proposal_call(name, args) {
            self.value(call);
        }
    }

    /// `module.f(…)`, `Enum.Variant(…)`, `xs.len()`.
    fn qualified_call(&mut self, of: &Expr, name: &Ident, args: &[Arg]) {
        if let Some(owner) = self.enum_path(of) {
            self.variant_of(&owner, name);
            return self.arguments("", args);
        }
        if let ExprKind::Name(module) = &of.kind {
            if self.local(&module.text).is_none() && self.find(Space::Module, &module.text).is_some() {
                self.use_of(Space::Module, module);
                self.imported_function(module, name);
                return self.arguments("", args);
            }
        }
        self.value(of);
        match Builtin::of(&name.text) {
            Some(builtin) => {
                self.builtin(builtin, name);
                self.builtin_args(builtin, 1, args);
            }
            None => self.arguments("", args),
        }
    }

    fn imported_function(&mut self, module: &Ident, name: &Ident) {
        let full = format!("{}.{}", module.text, name.text);
        let function = self.program.functions.iter().find(|function| !function.own && function.name == full);
        if let Some(function) = function {
            let params: Vec<_> = function.params.iter().map(|param| format!("{}: {}", param.name, param.ty)).collect();
            let gives = if function.result == Type::Unit { String::new() } else { format!(" -> {}", function.result) };
            let level = function.level();
            let detail = format!("{} {full}({}){gives}", level.word(), params.join(", "));
            let docs = function.docs.clone();
            let symbol = self.elsewhere(Space::Function, &full, || {
                let mut symbol = Symbol::elsewhere(&name.text, SymbolKind::Function(level), detail, docs);
                symbol.of = module.text.clone();
                symbol
            });
            self.occurs(name.span, symbol);
        } else if let Some(builtin) = Builtin::of(&name.text) {
            self.builtin(builtin, name);
        }
    }

    fn builtin_call(&mut self, builtin: Builtin, name: &Ident, args: &[Arg]) {
        self.builtin(builtin, name);
        self.builtin_args(builtin, 0, args);
    }

    /// Arguments of a function of the language, of which the first `skip` stand before the dot.
    fn builtin_args(&mut self, builtin: Builtin, skip: usize, args: &[Arg]) {
        let params = builtin.params();
        for (at, arg) in args.iter().enumerate() {
            let param = match &arg.name {
                Some(name) => params.iter().find(|(param, _)| *param == name.text),
                None => params.get(at + skip),
            };
            match (param.map(|(_, param)| *param), &arg.value.kind) {
                // Names of declarations and constants, whatever locals there are.
                (Some(Param::Name(_) | Param::Credential | Param::Constant), ExprKind::Name(name)) => self.global(name),
                (Some(Param::Function), ExprKind::Name(name)) => self.use_of(Space::Function, name),
                _ => self.value(&arg.value),
            }
        }
    }

    /// Arguments of something that the document declares; names of parameters are found by their owner.
    pub(super) fn arguments(&mut self, owner: &str, args: &[Arg]) {
        for arg in args {
            if let Some(name) = &arg.name {
                if let Some(symbol) = self.find(Space::Member, &format!("{owner}.{}", name.text)) {
                    self.occurs(name.span, symbol);
                }
            }
            self.value(&arg.value);
        }
    }
}
