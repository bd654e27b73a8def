//! Code of expressions: it leaves the value on the stack.

use super::{
    arithmetic::Shared,
    function::{FunctionWriter, Slot},
    Repr,
};
use crate::{
    abi::{told, Import, Operation as O, Told},
    ast::WalkKind,
    program::{Arithmetic, Builtin, Compare, Expected, Expr, ExprKind, Failure, TestOp, Walk},
    types::Type,
    value::Value,
};
use wasm_encoder::{BlockType, Instruction as I, ValType};

/// What `stop` fails with.
pub(super) const KEY_MISSING: i32 = 2;

impl FunctionWriter<'_> {
    pub(super) fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Value(value) => self.value(value, &expr.ty),
            ExprKind::Local(index) => self.get_local(*index),
            ExprKind::State(state) => {
                self.op(I::I32Const(*state as i32));
                self.call(O::StateGet);
                self.unbox(&expr.ty);
            }
            ExprKind::If(condition, then, otherwise) => {
                self.expr(condition);
                let slot = self.slot(Repr::of(&expr.ty));
                self.op(I::If(BlockType::Empty));
                self.expr(then);
                self.set(slot);
                self.op(I::Else);
                self.expr(otherwise);
                self.set(slot);
                self.op(I::End);
                self.get(slot);
            }
            ExprKind::And(a, b) => {
                self.expr(a);
                self.op(I::If(BlockType::Result(ValType::I32)));
                self.expr(b);
                self.op(I::Else);
                self.op(I::I32Const(0));
                self.op(I::End);
            }
            ExprKind::Or(a, b) => {
                self.expr(a);
                self.op(I::If(BlockType::Result(ValType::I32)));
                self.op(I::I32Const(1));
                self.op(I::Else);
                self.expr(b);
                self.op(I::End);
            }
            ExprKind::Not(of) => {
                self.expr(of);
                self.op(I::I32Eqz);
            }
            ExprKind::Equal(a, b, negated) => {
                self.equal(a, b);
                if *negated {
                    self.op(I::I32Eqz);
                }
            }
            ExprKind::Compare(compare, a, b) => self.compare(*compare, a, b),
            ExprKind::Arithmetic(operation, a, b) => self.arithmetic(*operation, a, b, &expr.ty),
            ExprKind::Negate(of) => self.negate(of),
            ExprKind::In(element, of) => self.membership(element, of),
            ExprKind::List(items) => {
                self.pushed(items);
                self.op(I::I32Const(items.len() as i32));
                self.call(O::List);
            }
            ExprKind::Map(entries) => {
                let parts: Vec<&Expr> = entries.iter().flat_map(|(key, value)| [key, value]).collect();
                self.pushed_refs(&parts);
                self.op(I::I32Const(entries.len() as i32));
                self.call(O::Map);
            }
            ExprKind::Record(fields) => {
                self.pushed(fields);
                self.op(I::I32Const(fields.len() as i32));
                self.call(O::Record);
            }
            ExprKind::Variant(index, payload) => {
                self.pushed(payload);
                self.op(I::I32Const(*index as i32));
                self.op(I::I32Const(payload.len() as i32));
                self.call(O::Variant);
            }
            ExprKind::Some(of) => {
                self.boxed_expr(of);
                self.call(O::Some);
            }
            ExprKind::Field(of, field) => {
                self.boxed_expr(of);
                self.op(I::I32Const(*field as i32));
                self.call(O::Field);
                self.unbox(&expr.ty);
            }
            ExprKind::At(of, index) => {
                self.boxed_expr(of);
                self.expr(index);
                self.call(O::At);
                self.unbox(&expr.ty);
            }
            ExprKind::Key(of, key) => {
                match state_of(of) {
                    Some(state) => {
                        self.op(I::I32Const(state));
                        self.boxed_expr(key);
                        self.call(O::StateKey);
                    }
                    None => {
                        self.boxed_expr(of);
                        self.boxed_expr(key);
                        self.call(O::Key);
                    }
                }
                self.unbox(&expr.ty);
            }
            ExprKind::Call(function, args) => {
                args.iter().for_each(|arg| self.expr(arg));
                self.own(*function);
            }
            ExprKind::Builtin(builtin, args) => self.builtin(*builtin, args, &expr.ty),
            ExprKind::Walk(walk) => self.walk(walk, &expr.ty),
            ExprKind::Let(lets, then) => {
                for (local, value) in lets {
                    self.expr(value);
                    self.set_local(*local);
                }
                self.expr(then);
            }
            ExprKind::Later { at, function, args } => self.later(at.as_deref(), *function, args),
            ExprKind::Test(op, args) => self.test(*op, args),
            ExprKind::Act { function, args, caller, proposed } => {
                self.target(*function, args, caller.as_deref());
                self.call(if *proposed { O::TestPropose } else { O::TestCall });
                match Repr::of(&expr.ty) {
                    Repr::Unit => self.op(I::Drop),
                    _ => self.unbox(&expr.ty),
                }
            }
            ExprKind::ExpectError { function, args, caller, proposed, error } => {
                self.target(*function, args, caller.as_deref());
                let (kind, code) = match error {
                    Expected::Error(error) => (0, *error as i32),
                    Expected::Failure(failure) => {
                        (1, Failure::ALL.iter().position(|known| known == failure).unwrap_or(0) as i32)
                    }
                };
                self.op(I::I32Const(kind));
                self.op(I::I32Const(code));
                self.op(I::I32Const((*proposed).into()));
                self.call(O::TestFails);
            }
        }
    }

    /// An expression as a handle.
    pub(super) fn boxed_expr(&mut self, expr: &Expr) {
        if let (ExprKind::Value(value), true) = (&expr.kind, Repr::of(&expr.ty) != Repr::Unit) {
            return self.constant(value, &expr.ty);
        }
        self.expr(expr);
        self.boxed(&expr.ty);
    }

    fn constant(&mut self, value: &Value, ty: &Type) {
        let at = self.pool.constant(value, ty);
        self.op(I::I32Const(at as i32));
        self.call(O::Constant);
    }

    fn text_constant(&mut self, text: &str) {
        self.constant(&Value::Text(text.into()), &Type::Text);
    }

    fn value(&mut self, value: &Value, ty: &Type) {
        match (Repr::of(ty), value) {
            (Repr::Unit, _) => {}
            (Repr::Wide, Value::Int(number)) => {
                self.op(I::I64Const(*number as i64));
                self.op(I::I64Const((*number >> 64) as i64));
            }
            (Repr::Millis, Value::Millis(millis)) => self.op(I::I64Const(*millis)),
            (Repr::Flag, Value::Bool(yes)) => self.op(I::I32Const((*yes).into())),
            _ => self.constant(value, ty),
        }
    }

    /// Pushes values onto the host's stack.
    pub(super) fn pushed(&mut self, exprs: &[Expr]) {
        let parts: Vec<&Expr> = exprs.iter().collect();
        self.pushed_refs(&parts);
    }

    fn pushed_refs(&mut self, exprs: &[&Expr]) {
        for expr in exprs {
            self.boxed_expr(expr);
            self.call(O::Push);
        }
    }

    fn equal(&mut self, a: &Expr, b: &Expr) {
        if fraction(&a.ty) != fraction(&b.ty) {
            self.fraction(a);
            self.fraction(b);
            self.call(O::Equal);
            return;
        }
        match Repr::of(&a.ty) {
            Repr::Wide => {
                self.expr(a);
                self.expr(b);
                self.shared(Shared::CompareWide);
                self.op(I::I32Eqz);
            }
            Repr::Millis => {
                self.expr(a);
                self.expr(b);
                self.op(I::I64Eq);
            }
            Repr::Flag => {
                self.expr(a);
                self.expr(b);
                self.op(I::I32Eq);
            }
            Repr::Handle | Repr::Unit => {
                self.boxed_expr(a);
                self.boxed_expr(b);
                self.call(O::Equal);
            }
        }
    }

    fn compare(&mut self, compare: Compare, a: &Expr, b: &Expr) {
        let millis = Repr::of(&a.ty) == Repr::Millis;
        if fraction(&a.ty) || fraction(&b.ty) {
            self.fraction(a);
            self.fraction(b);
            self.call(O::RatioCompare);
        } else {
            self.expr(a);
            self.expr(b);
            if !millis {
                self.shared(Shared::CompareWide);
            }
        }
        if millis {
            self.op(match compare {
                Compare::Less => I::I64LtS,
                Compare::LessEqual => I::I64LeS,
                Compare::Greater => I::I64GtS,
                Compare::GreaterEqual => I::I64GeS,
            });
            return;
        }
        self.op(I::I32Const(0));
        self.op(match compare {
            Compare::Less => I::I32LtS,
            Compare::LessEqual => I::I32LeS,
            Compare::Greater => I::I32GtS,
            Compare::GreaterEqual => I::I32GeS,
        });
    }

    /// A number as a ratio's handle.
    fn fraction(&mut self, expr: &Expr) {
        self.expr(expr);
        if Repr::of(&expr.ty) == Repr::Wide {
            self.op(I::I64Const(1));
            self.op(I::I64Const(0));
            self.call(O::Ratio);
        }
    }

    fn arithmetic(&mut self, operation: Arithmetic, a: &Expr, b: &Expr, ty: &Type) {
        match (Repr::of(&a.ty), Repr::of(&b.ty)) {
            (Repr::Millis, Repr::Millis) => {
                self.expr(a);
                self.expr(b);
                self.shared(if operation == Arithmetic::Add { Shared::AddMillis } else { Shared::SubtractMillis });
            }
            (Repr::Millis, Repr::Wide) => {
                self.expr(a);
                self.expr(b);
                self.call(O::MillisTimes);
            }
            (Repr::Wide, Repr::Millis) => {
                let (first, second) = (self.slot(Repr::Wide), self.slot(Repr::Millis));
                self.expr(a);
                self.set(first);
                self.expr(b);
                self.set(second);
                self.get(second);
                self.get(first);
                self.call(O::MillisTimes);
            }
            (Repr::Wide, Repr::Wide) => {
                self.expr(a);
                self.expr(b);
                self.wide(operation);
            }
            _ if matches!(ty, Type::List(_)) => {
                self.expr(a);
                self.expr(b);
                self.call(O::Append);
            }
            _ => {
                self.fraction(a);
                self.fraction(b);
                self.call(match operation {
                    Arithmetic::Add => O::RatioAdd,
                    Arithmetic::Subtract => O::RatioSubtract,
                    Arithmetic::Multiply => O::RatioTimes,
                    Arithmetic::Divide => O::RatioDivide,
                });
            }
        }
    }

    fn wide(&mut self, operation: Arithmetic) {
        match operation {
            Arithmetic::Add => self.shared(Shared::AddWide),
            Arithmetic::Subtract => self.shared(Shared::SubtractWide),
            Arithmetic::Multiply => self.call(O::IntTimes),
            Arithmetic::Divide => self.call(O::Ratio),
        }
    }

    fn negate(&mut self, of: &Expr) {
        match Repr::of(&of.ty) {
            Repr::Wide => {
                self.op(I::I64Const(0));
                self.op(I::I64Const(0));
                self.expr(of);
                self.shared(Shared::SubtractWide);
            }
            Repr::Millis => {
                self.op(I::I64Const(0));
                self.expr(of);
                self.shared(Shared::SubtractMillis);
            }
            _ => {
                self.constant(&Value::Ratio(0, 1), &Type::Ratio);
                self.expr(of);
                self.call(O::RatioSubtract);
            }
        }
    }

    fn membership(&mut self, element: &Expr, of: &Expr) {
        if let (Some(state), Type::Map(..)) = (state_of(of), &of.ty) {
            let slot = self.slot(Repr::Handle);
            self.boxed_expr(element);
            self.set(slot);
            self.op(I::I32Const(state));
            self.get(slot);
            self.call(O::StateHas);
            return;
        }
        let slot = self.slot(Repr::Handle);
        self.boxed_expr(element);
        self.set(slot);
        self.boxed_expr(of);
        self.get(slot);
        self.call(O::Contains);
    }

    fn builtin(&mut self, builtin: Builtin, args: &[Expr], ty: &Type) {
        let first_state = args
            .first()
            .and_then(state_of)
            .filter(|_| args.first().is_some_and(|first| matches!(first.ty, Type::Map(..))));
        match (builtin, args, first_state) {
            (Builtin::Len, _, Some(state)) => {
                self.op(I::I32Const(state));
                self.call(O::StateLen);
                self.op(I::I64Const(0));
            }
            (Builtin::Keys, _, Some(state)) => {
                self.op(I::I32Const(state));
                self.call(O::StateKeys);
            }
            (Builtin::Get, [_, key], Some(state)) => {
                self.op(I::I32Const(state));
                self.boxed_expr(key);
                self.call(O::StateFind);
            }
            (Builtin::Div | Builtin::Mod, [a, b], _) => {
                self.expr(a);
                self.expr(b);
                self.call(if builtin == Builtin::Div { O::IntDiv } else { O::IntMod });
            }
            (Builtin::RatioOf, [a, b], _) => {
                self.expr(a);
                self.expr(b);
                self.call(O::Ratio);
            }
            (Builtin::Percent, [n], _) => {
                self.expr(n);
                self.op(I::I64Const(100));
                self.op(I::I64Const(0));
                self.call(O::Ratio);
            }
            (Builtin::RoundDown | Builtin::RoundUp | Builtin::RoundHalfEven, [of], _) => {
                self.expr(of);
                self.op(I::I32Const(match builtin {
                    Builtin::RoundDown => 0,
                    Builtin::RoundUp => 1,
                    _ => 2,
                }));
                self.call(O::RatioRound);
            }
            (Builtin::OrElse, [option, otherwise], _) => self.or_else(option, otherwise, ty),
            (Builtin::TextOf, [of], _) => {
                self.boxed_expr(of);
                let number = self.pool.ty(&of.ty);
                self.op(I::I32Const(number as i32));
                self.call(O::TextOf);
            }
            (builtin, args, _) => {
                args.iter().for_each(|arg| self.boxed_expr(arg));
                self.told(builtin, args);
                self.import(Import::Builtin(builtin));
                self.unbox(ty);
            }
        }
    }

    /// What the values do not say.
    fn told(&mut self, builtin: Builtin, args: &[Expr]) {
        let name = match told(builtin) {
            Told::Nothing => return,
            Told::Resource => args.iter().find_map(|arg| match &arg.ty {
                Type::Amount(resource) => Some(resource.clone()),
                _ => None,
            }),
            Told::Credential => args.iter().find_map(|arg| match &arg.ty {
                Type::Named(name) => Some(name.clone()),
                _ => None,
            }),
            Told::Record => args.iter().find_map(|arg| match &arg.ty {
                Type::Map(_, of) => match &**of {
                    Type::Named(name) => Some(name.clone()),
                    _ => None,
                },
                _ => None,
            }),
        };
        self.text_constant(&name.unwrap_or_default());
    }

    /// Both are computed; then one is taken.
    fn or_else(&mut self, option: &Expr, otherwise: &Expr, ty: &Type) {
        let (first, second) = (self.slot(Repr::Handle), self.slot(Repr::of(ty)));
        self.boxed_expr(option);
        self.set(first);
        self.expr(otherwise);
        self.set(second);
        self.get(first);
        self.call(O::HasValue);
        self.op(I::If(BlockType::Empty));
        self.get(first);
        self.call(O::Unwrap);
        self.unbox(ty);
        self.set(second);
        self.op(I::End);
        self.get(second);
    }

    /// Runs `each` for every element of a collection, with the element in the local.
    pub(super) fn each(&mut self, source: &Expr, local: usize, each: impl FnOnce(&mut Self)) {
        let (list, count, at) = (self.slot(Repr::Handle), self.slot(Repr::Handle), self.slot(Repr::Handle));
        match (state_of(source), &source.ty) {
            (Some(state), Type::Map(..)) => {
                self.op(I::I32Const(state));
                self.call(O::StateKeys);
            }
            _ => {
                self.boxed_expr(source);
                self.call(O::Elements);
            }
        }
        self.set(list);
        self.get(list);
        self.call(O::Count);
        self.set(count);
        self.op(I::I32Const(0));
        self.set(at);
        self.op(I::Block(BlockType::Empty));
        self.op(I::Loop(BlockType::Empty));
        self.get(at);
        self.get(count);
        self.op(I::I32GeU);
        self.op(I::BrIf(1));
        self.get(list);
        self.get(at);
        self.call(O::Item);
        self.unbox(&element(&source.ty));
        self.set_local(local);
        self.get(at);
        self.op(I::I32Const(1));
        self.op(I::I32Add);
        self.set(at);
        each(self);
        self.op(I::Br(0));
        self.op(I::End);
        self.op(I::End);
    }

    fn walk(&mut self, walk: &Walk, ty: &Type) {
        let counted = self.slot(Repr::Handle);
        match walk.kind {
            WalkKind::All | WalkKind::Any => {
                let all = walk.kind == WalkKind::All;
                self.op(I::I32Const(all.into()));
                self.set(counted);
                // The walk ends at the first that decides.
                self.op(I::Block(BlockType::Empty));
                self.each(&walk.source, walk.local, |this| {
                    this.filtered(walk, |this| {
                        this.maybe(walk.body.as_ref());
                        if all {
                            this.op(I::I32Eqz);
                        }
                        this.op(I::If(BlockType::Empty));
                        this.op(I::I32Const((!all).into()));
                        this.set(counted);
                        // Out of the `if`, the filter's, the loop and the two blocks.
                        this.op(I::Br(3 + u32::from(walk.filter.is_some())));
                        this.op(I::End);
                    });
                });
                self.op(I::End);
                self.get(counted);
            }
            WalkKind::Count => {
                let total = self.slot(Repr::Millis);
                self.op(I::I64Const(0));
                self.set(total);
                self.each(&walk.source, walk.local, |this| {
                    this.filtered(walk, |this| {
                        this.get(total);
                        this.op(I::I64Const(1));
                        this.op(I::I64Add);
                        this.set(total);
                    });
                });
                self.get(total);
                self.op(I::I64Const(0));
            }
            WalkKind::Sum => self.sum(walk, ty),
            WalkKind::List | WalkKind::Map => {
                self.op(I::I32Const(0));
                self.set(counted);
                let of = walk.body.as_ref().map_or(Type::Unit, |body| body.ty.clone());
                self.each(&walk.source, walk.local, |this| {
                    this.filtered(walk, |this| {
                        if walk.kind == WalkKind::Map {
                            this.get_local(walk.local);
                            this.boxed(&element(&walk.source.ty));
                            this.call(O::Push);
                        }
                        this.maybe(walk.body.as_ref());
                        this.boxed(&of);
                        this.call(O::Push);
                        this.get(counted);
                        this.op(I::I32Const(1));
                        this.op(I::I32Add);
                        this.set(counted);
                    });
                });
                self.get(counted);
                self.call(if walk.kind == WalkKind::Map { O::Map } else { O::List });
            }
        }
    }

    fn maybe(&mut self, expr: Option<&Expr>) {
        if let Some(expr) = expr {
            self.expr(expr);
        }
    }

    fn filtered(&mut self, walk: &Walk, inside: impl FnOnce(&mut Self)) {
        match &walk.filter {
            Some(filter) => {
                self.expr(filter);
                self.op(I::If(BlockType::Empty));
                inside(self);
                self.op(I::End);
            }
            None => inside(self),
        }
    }

    fn sum(&mut self, walk: &Walk, ty: &Type) {
        let total = self.slot(Repr::of(ty));
        match total.repr {
            Repr::Wide => {
                self.op(I::I64Const(0));
                self.op(I::I64Const(0));
            }
            Repr::Millis => self.op(I::I64Const(0)),
            _ => self.constant(&Value::Ratio(0, 1), &Type::Ratio),
        }
        self.set(total);
        self.each(&walk.source, walk.local, |this| {
            this.filtered(walk, |this| {
                this.get(total);
                this.maybe(walk.body.as_ref());
                match total.repr {
                    Repr::Wide => this.shared(Shared::AddWide),
                    Repr::Millis => this.shared(Shared::AddMillis),
                    _ => this.call(O::RatioAdd),
                }
                this.set(total);
            });
        });
        self.get(total);
    }

    fn later(&mut self, at: Option<&Expr>, function: usize, args: &[Expr]) {
        let time = at.map(|at| {
            let slot = self.slot(Repr::Millis);
            self.expr(at);
            self.set(slot);
            slot
        });
        self.pushed(args);
        let entry = self.entries.get(&function).copied().unwrap_or(u32::MAX);
        if let Some(time) = time {
            self.get(time);
        }
        self.op(I::I32Const(entry as i32));
        self.op(I::I32Const(args.len() as i32));
        self.call(if time.is_some() { O::Schedule } else { O::Propose });
    }

    /// Pushes arguments, and puts entry, their number and the caller on the stack.
    fn target(&mut self, function: usize, args: &[Expr], caller: Option<&Expr>) {
        let slot: Option<Slot> = caller.map(|caller| {
            let slot = self.slot(Repr::Handle);
            self.boxed_expr(caller);
            self.set(slot);
            slot
        });
        self.pushed(args);
        let entry = self.entries.get(&function).copied().unwrap_or(u32::MAX);
        self.op(I::I32Const(entry as i32));
        self.op(I::I32Const(args.len() as i32));
        match slot {
            Some(slot) => self.get(slot),
            None => self.op(I::I32Const(0)),
        }
    }

    fn test(&mut self, op: TestOp, args: &[Expr]) {
        args.iter().for_each(|arg| self.boxed_expr(arg));
        if let (TestOp::Give, Some(Type::Amount(resource))) = (op, args.last().map(|arg| arg.ty.clone())) {
            self.text_constant(&resource);
        }
        self.import(Import::Test(op));
    }

    /// Fails with KeyMissing and its like.
    pub(super) fn stop(&mut self, reason: i32) {
        self.op(I::I32Const(reason));
        self.call(O::Stop);
        self.op(I::Unreachable);
    }
}

/// The number of the state, if an expression is one.
pub(super) fn state_of(expr: &Expr) -> Option<i32> {
    match expr.kind {
        ExprKind::State(state) => i32::try_from(state).ok(),
        _ => None,
    }
}

/// What each element of a collection is.
pub(super) fn element(collection: &Type) -> Type {
    match collection {
        Type::List(of) | Type::Set(of) | Type::Map(of, _) => (**of).clone(),
        _ => Type::Unit,
    }
}

/// Whether numbers of a type are held as ratios.
fn fraction(ty: &Type) -> bool {
    matches!(ty, Type::Ratio | Type::Exact(_))
}
