//! Code of statements.

use super::{
    arithmetic::Shared,
    expressions::KEY_MISSING,
    function::{Ending, FunctionWriter, Slot},
    Repr,
};
use crate::{
    abi::Operation as O,
    program::{Arithmetic, Expr, Pattern, Place, Root, Step, Stmt, StmtKind},
    types::Type,
    value::Value,
};
use wasm_encoder::{BlockType, Instruction as I, ValType};

impl FunctionWriter<'_> {
    pub(super) fn statements(&mut self, statements: &[Stmt]) {
        statements.iter().for_each(|statement| self.within(|this| this.statement(statement)));
    }

    fn statement(&mut self, statement: &Stmt) {
        if self.trace && self.own {
            self.op(I::I32Const(statement.span.start as i32));
            self.call(O::Line);
        }
        match &statement.kind {
            StmtKind::Let(local, value) => {
                self.expr(value);
                self.set_local(*local);
            }
            StmtKind::Assign(place, operation, value) => self.assign(place, *operation, value),
            StmtKind::Delete(place) => self.delete(place),
            StmtKind::If(condition, then, otherwise) => {
                self.expr(condition);
                self.op(I::If(BlockType::Empty));
                self.statements(then);
                if !otherwise.is_empty() {
                    self.op(I::Else);
                    self.statements(otherwise);
                }
                self.op(I::End);
            }
            StmtKind::For(local, source, body) => self.each(source, *local, |this| this.statements(body)),
            StmtKind::Match(local, of, arms) => self.matching(*local, of, arms),
            StmtKind::Require(condition, error, args) => {
                self.expr(condition);
                self.op(I::I32Eqz);
                self.op(I::If(BlockType::Empty));
                self.pushed(args);
                self.op(I::I32Const(*error as i32));
                self.op(I::I32Const(args.len() as i32));
                self.call(O::Fail);
                self.op(I::Unreachable);
                self.op(I::End);
            }
            StmtKind::Emit(event, args) => {
                self.pushed(args);
                self.op(I::I32Const(*event as i32));
                self.op(I::I32Const(args.len() as i32));
                self.call(O::Emit);
            }
            StmtKind::Return(value) => {
                if let Some(value) = value {
                    self.expr(value);
                    if let Ending::Host(ty) = self.ending.clone() {
                        self.give(&ty);
                    }
                }
                self.op(I::Return);
            }
            StmtKind::Expr(value) => {
                self.expr(value);
                Repr::of(&value.ty).types().iter().for_each(|_| self.op(I::Drop));
            }
        }
    }

    fn matching(&mut self, local: usize, of: &Expr, arms: &[(Pattern, Vec<Stmt>)]) {
        self.expr(of);
        self.set_local(local);
        let value = self.slot(Repr::of(&of.ty));
        self.get_local(local);
        self.set(value);
        self.op(I::Block(BlockType::Empty));
        for (pattern, body) in arms {
            self.pattern(pattern, &of.ty, value);
            self.op(I::If(BlockType::Empty));
            self.statements(body);
            self.op(I::Br(1));
            self.op(I::End);
        }
        // The cases are exactly those there are.
        self.op(I::Unreachable);
        self.op(I::End);
    }

    /// Leaves on the stack whether the value fits; what the pattern names is then in its locals.
    fn pattern(&mut self, pattern: &Pattern, ty: &Type, value: Slot) {
        match pattern {
            Pattern::Any => self.op(I::I32Const(1)),
            Pattern::Bind(local) => {
                self.get(value);
                self.set_local(*local);
                self.op(I::I32Const(1));
            }
            Pattern::Value(Value::Option(None)) => {
                self.get(value);
                self.call(O::HasValue);
                self.op(I::I32Eqz);
            }
            Pattern::Value(constant) => {
                let span = crate::diagnostic::Span::new(0, 0);
                let literal = Expr { kind: crate::program::ExprKind::Value(constant.clone()), ty: ty.clone(), span };
                self.get(value);
                match value.repr {
                    Repr::Wide => {
                        self.expr(&literal);
                        self.shared(Shared::CompareWide);
                        self.op(I::I32Eqz);
                    }
                    Repr::Millis => {
                        self.expr(&literal);
                        self.op(I::I64Eq);
                    }
                    Repr::Flag => {
                        self.expr(&literal);
                        self.op(I::I32Eq);
                    }
                    Repr::Handle | Repr::Unit => {
                        self.expr(&literal);
                        self.call(O::Equal);
                    }
                }
            }
            Pattern::Some(inner) => {
                self.get(value);
                self.call(O::HasValue);
                let of = match ty {
                    Type::Option(of) => (**of).clone(),
                    _ => Type::Unit,
                };
                self.inside(|this| {
                    this.get(value);
                    this.call(O::Unwrap);
                    this.part(inner, &of);
                });
            }
            Pattern::Variant(index, inner) => {
                self.get(value);
                self.call(O::Tag);
                self.op(I::I32Const(*index as i32));
                self.op(I::I32Eq);
                let variants = self.program.types.variants(ty).unwrap_or_default();
                let payload = variants.get(*index as usize).map(|variant| variant.payload.clone()).unwrap_or_default();
                for (at, (inner, of)) in inner.iter().zip(&payload).enumerate() {
                    self.inside(|this| {
                        this.get(value);
                        this.op(I::I32Const(at as i32));
                        this.call(O::Payload);
                        this.part(inner, of);
                    });
                }
            }
        }
    }

    /// The rest of a pattern, if what was looked at fits.
    fn inside(&mut self, rest: impl FnOnce(&mut Self)) {
        self.op(I::If(BlockType::Result(ValType::I32)));
        rest(self);
        self.op(I::Else);
        self.op(I::I32Const(0));
        self.op(I::End);
    }

    /// A pattern of the handle on the stack.
    fn part(&mut self, pattern: &Pattern, ty: &Type) {
        self.unbox(ty);
        let slot = self.slot(Repr::of(ty));
        self.set(slot);
        self.pattern(pattern, ty, slot);
    }

    /// Computes the keys and indexes of a place, in their order.
    fn steps(&mut self, place: &Place) -> Vec<Option<Slot>> {
        let mut slots = Vec::new();
        for step in &place.steps {
            slots.push(match step {
                Step::Field(_) => None,
                Step::Key(key) => {
                    let slot = self.slot(Repr::Handle);
                    self.boxed_expr(key);
                    self.set(slot);
                    Some(slot)
                }
                Step::At(index) => {
                    let slot = self.slot(Repr::Wide);
                    self.expr(index);
                    self.set(slot);
                    Some(slot)
                }
            });
        }
        slots
    }

    fn assign(&mut self, place: &Place, operation: Option<Arithmetic>, value: &Expr) {
        let keys = self.steps(place);
        let ty = place.types.last().cloned().unwrap_or(Type::Unknown);
        let new = self.slot(Repr::of(&ty));
        self.expr(value);
        self.set(new);
        let containers = self.containers(place, &keys);
        if let Some(operation) = operation {
            self.read_last(place, &keys, &containers);
            self.unbox(&ty);
            self.get(new);
            self.combine(operation, &ty);
            self.set(new);
        }
        let boxed = self.slot(Repr::Handle);
        self.get(new);
        if place.steps.is_empty() && matches!(place.root, Root::Local(_)) {
            if let Root::Local(local) = place.root {
                self.set_local(local);
            }
            return;
        }
        self.boxed(&ty);
        self.set(boxed);
        self.write_back(place, &keys, &containers, boxed);
    }

    fn combine(&mut self, operation: Arithmetic, ty: &Type) {
        let add = operation == Arithmetic::Add;
        match Repr::of(ty) {
            Repr::Wide => self.shared(if add { Shared::AddWide } else { Shared::SubtractWide }),
            Repr::Millis => self.shared(if add { Shared::AddMillis } else { Shared::SubtractMillis }),
            _ if matches!(ty, Type::List(_)) => self.call(O::Append),
            _ => self.call(if add { O::RatioAdd } else { O::RatioSubtract }),
        }
    }

    /// Whether the first step goes into a state that is kept entry by entry.
    fn keyed(place: &Place) -> Option<i32> {
        match (place.root, place.steps.first(), place.types.first()) {
            (Root::State(state), Some(Step::Key(_)), Some(Type::Map(..))) => i32::try_from(state).ok(),
            _ => None,
        }
    }

    /// The values that are changed within: each but the last step's own. The first is `None` for a state kept by entries.
    fn containers(&mut self, place: &Place, keys: &[Option<Slot>]) -> Vec<Option<Slot>> {
        let mut containers: Vec<Option<Slot>> = Vec::new();
        if place.steps.is_empty() {
            return containers;
        }
        let keyed = Self::keyed(place);
        if keyed.is_some() {
            containers.push(None);
        } else {
            let slot = self.slot(Repr::Handle);
            self.root(place);
            self.set(slot);
            containers.push(Some(slot));
        }
        for at in 0..place.steps.len().saturating_sub(1) {
            let slot = self.slot(Repr::Handle);
            self.step(place, keys, &containers, at);
            self.set(slot);
            containers.push(Some(slot));
        }
        containers
    }

    /// The root as a handle.
    fn root(&mut self, place: &Place) {
        match place.root {
            Root::Local(local) => {
                self.get_local(local);
                let ty = place.types.first().cloned().unwrap_or(Type::Unknown);
                self.boxed(&ty);
            }
            Root::State(state) => {
                self.op(I::I32Const(state as i32));
                self.call(O::StateGet);
            }
        }
    }

    /// Takes a step from its container, as a handle.
    fn step(&mut self, place: &Place, keys: &[Option<Slot>], containers: &[Option<Slot>], at: usize) {
        let key = keys.get(at).copied().flatten();
        match (containers.get(at).copied().flatten(), place.steps.get(at)) {
            (None, _) => {
                self.op(I::I32Const(Self::keyed(place).unwrap_or_default()));
                self.get_key(key);
                self.call(O::StateKey);
            }
            (Some(container), Some(Step::Field(field))) => {
                self.get(container);
                self.op(I::I32Const(*field as i32));
                self.call(O::Field);
            }
            (Some(container), Some(Step::Key(_))) => {
                self.get(container);
                self.get_key(key);
                self.call(O::Key);
            }
            (Some(container), _) => {
                self.get(container);
                self.get_key(key);
                self.call(O::At);
            }
        }
    }

    fn get_key(&mut self, key: Option<Slot>) {
        if let Some(key) = key {
            self.get(key);
        }
    }

    /// The old value of a place, as a handle.
    fn read_last(&mut self, place: &Place, keys: &[Option<Slot>], containers: &[Option<Slot>]) {
        match place.steps.len().checked_sub(1) {
            Some(last) => self.step(place, keys, containers, last),
            None => self.root(place),
        }
    }

    /// Puts the new value into its container, that into its own, and so on to the root.
    fn write_back(&mut self, place: &Place, keys: &[Option<Slot>], containers: &[Option<Slot>], new: Slot) {
        for at in (0..place.steps.len()).rev() {
            let key = keys.get(at).copied().flatten();
            match (containers.get(at).copied().flatten(), place.steps.get(at)) {
                (None, _) => {
                    self.op(I::I32Const(Self::keyed(place).unwrap_or_default()));
                    self.get_key(key);
                    self.get(new);
                    self.call(O::StatePutKey);
                    return;
                }
                (Some(container), Some(Step::Field(field))) => {
                    self.get(container);
                    self.op(I::I32Const(*field as i32));
                    self.get(new);
                    self.call(O::PutField);
                }
                (Some(container), Some(Step::Key(_))) => {
                    self.get(container);
                    self.get_key(key);
                    self.get(new);
                    self.call(O::PutKey);
                }
                (Some(container), _) => {
                    self.get(container);
                    self.get_key(key);
                    self.get(new);
                    self.call(O::PutAt);
                }
            }
            self.set(new);
        }
        self.put_root(place, new);
    }

    fn put_root(&mut self, place: &Place, new: Slot) {
        match place.root {
            Root::Local(local) => {
                self.get(new);
                let ty = place.types.first().cloned().unwrap_or(Type::Unknown);
                self.unbox(&ty);
                self.set_local(local);
            }
            Root::State(state) => {
                self.op(I::I32Const(state as i32));
                self.get(new);
                self.call(O::StatePut);
            }
        }
    }

    fn delete(&mut self, place: &Place) {
        let keys = self.steps(place);
        let containers = self.containers(place, &keys);
        let Some(last) = place.steps.len().checked_sub(1) else { return self.stop(KEY_MISSING) };
        let key = keys.get(last).copied().flatten();
        let Some(container) = containers.get(last).copied().flatten() else {
            self.op(I::I32Const(Self::keyed(place).unwrap_or_default()));
            self.get_key(key);
            self.call(O::StateDeleteKey);
            return;
        };
        let new = self.slot(Repr::Handle);
        self.get(container);
        self.get_key(key);
        self.call(O::DeleteKey);
        self.set(new);
        let shorter = Place {
            root: place.root,
            steps: place.steps.get(..last).unwrap_or_default().to_vec(),
            types: place.types.get(..=last).unwrap_or_default().to_vec(),
        };
        self.write_back(
            &shorter,
            keys.get(..last).unwrap_or_default(),
            containers.get(..last).unwrap_or_default(),
            new,
        );
    }
}
