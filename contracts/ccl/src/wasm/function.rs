//! One function of a module: its locals and its instructions.

use super::{arithmetic::Shared, pool::Pool, Places, Repr};
use crate::{
    abi::{Import, Operation},
    limits,
    program::{self, Program},
    types::Type,
};
use std::collections::BTreeMap;
use wasm_encoder::{Function, Instruction, ValType};

/// An instruction; where what it calls stands in the module is known at the end.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Plain(Instruction<'static>),
    Import(Import),
    Shared(Shared),
    /// A function of the document.
    Own(u32),
}

/// A function without the places of what it calls.
pub(super) struct Written {
    pub(super) params: Vec<ValType>,
    pub(super) results: Vec<ValType>,
    locals: Vec<ValType>,
    ops: Vec<Op>,
}

impl Written {
    /// How large it is, by the rules of modules.
    pub(super) fn size(&self, bytes: usize, all: &[Self]) -> Size {
        use Instruction as I;
        let mut size = Size { words: self.params.len(), locals: self.locals.len(), bytes, ..Size::default() };
        let mut depth = 0usize;
        for op in &self.ops {
            size.instructions += 1 + op.passed(all);
            match op {
                Op::Plain(I::Block(_) | I::Loop(_) | I::If(_)) => depth += 1,
                Op::Plain(I::End) => depth = depth.saturating_sub(1),
                _ => {}
            }
            size.nesting = size.nesting.max(depth);
            let branch = matches!(op, Op::Plain(I::Loop(_) | I::If(_) | I::Else | I::Br(_) | I::BrIf(_) | I::Return));
            size.branches += usize::from(branch);
        }
        size
    }

    pub(super) fn finish(&self, places: &Places) -> Function {
        let mut function = Function::new_with_locals_types(self.locals.iter().copied());
        for op in &self.ops {
            let place = |at: Option<&u32>| Instruction::Call(at.copied().unwrap_or(u32::MAX));
            match op {
                Op::Plain(instruction) => function.instruction(instruction),
                Op::Import(import) => function.instruction(&place(places.imports.get(import))),
                Op::Shared(shared) => function.instruction(&place(places.shared.get(shared))),
                Op::Own(at) => function.instruction(&Instruction::Call(places.first + at)),
            };
        }
        function
    }
}

impl Op {
    /// Values that a call passes and gets back.
    fn passed(&self, all: &[Written]) -> usize {
        match self {
            Self::Plain(_) => 0,
            Self::Import(import) => import.params().len() + import.results().len(),
            Self::Shared(shared) => {
                let (params, results) = shared.signature();
                params.len() + results.len()
            }
            Self::Own(at) => {
                let called = usize::try_from(*at).ok().and_then(|at| all.get(at));
                called.map_or(0, |called| called.params.len() + called.results.len())
            }
        }
    }
}

/// How large a function of a module is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Size {
    words: usize,
    locals: usize,
    nesting: usize,
    bytes: usize,
    pub(super) instructions: usize,
    pub(super) branches: usize,
}

impl Size {
    /// What to do if it is larger than the rules of modules allow.
    pub(super) fn exceeds(self) -> Option<&'static str> {
        if self.words > limits::FUNCTION_WORDS_MAX {
            return Some("it takes too many values: put some of them into a record");
        }
        if self.nesting > limits::FUNCTION_NESTING_MAX {
            return Some(
                "its conditions and loops are nested too deeply: move some of them into functions of their own",
            );
        }
        let too_much = self.locals > limits::FUNCTION_LOCALS_MAX
            || self.instructions > limits::FUNCTION_INSTRUCTIONS_MAX
            || self.branches > limits::FUNCTION_BRANCHES_MAX
            || self.bytes > limits::FUNCTION_BYTES_MAX;
        too_much.then_some("it does too much: move parts of it into functions of their own")
    }
}

/// A value in locals of the module.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) first: u32,
    pub(super) repr: Repr,
}

/// What `return` does.
#[derive(Clone, Debug)]
pub(super) enum Ending {
    /// It leaves the value to the caller.
    Values,
    /// It gives the value to the host.
    Host(Type),
}

pub(super) struct FunctionWriter<'a> {
    pub(super) program: &'a Program,
    pub(super) pool: &'a mut Pool,
    pub(super) callable: &'a BTreeMap<usize, u32>,
    /// Numbers of entries.
    pub(super) entries: &'a BTreeMap<usize, u32>,
    /// Whether the host is told of each line.
    pub(super) trace: bool,
    pub(super) ending: Ending,
    /// Whether lines of the function are lines of the document.
    pub(super) own: bool,
    params: u32,
    locals: Vec<ValType>,
    /// Slots of the program's locals.
    slots: Vec<Slot>,
    /// Slots that the statement being written has taken.
    taken: Vec<Slot>,
    /// Slots that no statement needs any more.
    free: Vec<Slot>,
    ops: Vec<Op>,
}

impl<'a> FunctionWriter<'a> {
    pub(super) fn new(
        program: &'a Program,
        pool: &'a mut Pool,
        callable: &'a BTreeMap<usize, u32>,
        entries: &'a BTreeMap<usize, u32>,
        trace: bool,
    ) -> Self {
        Self {
            program,
            pool,
            callable,
            entries,
            trace,
            ending: Ending::Values,
            own: true,
            params: 0,
            locals: Vec::new(),
            slots: Vec::new(),
            taken: Vec::new(),
            free: Vec::new(),
            ops: Vec::new(),
        }
    }

    /// A function that others call: arguments and result are on the stack.
    pub(super) fn callable(&mut self, function: &program::Function) -> Written {
        let params: Vec<ValType> =
            function.params.iter().flat_map(|param| Repr::of(&param.ty).types().iter().copied()).collect();
        self.own = function.own;
        let mut at = 0;
        for (index, ty) in function.locals.iter().enumerate() {
            let repr = Repr::of(ty);
            if index < function.params.len() {
                self.slots.push(Slot { first: at, repr });
                at += super::number(repr.types().len());
                self.params = at;
            } else {
                let slot = self.local_slot(repr);
                self.slots.push(slot);
            }
        }
        self.statements(&function.body);
        let results = Repr::of(&function.result).types().to_vec();
        if !results.is_empty() {
            // Every way through it has returned.
            self.op(Instruction::Unreachable);
        }
        self.written(params, results)
    }

    /// What is called from outside: arguments and result are the host's.
    pub(super) fn entry(&mut self, function: &program::Function, inner: Option<u32>) -> Written {
        self.own = function.own;
        self.ending = Ending::Host(function.result.clone());
        for ty in &function.locals {
            let slot = self.local_slot(Repr::of(ty));
            self.slots.push(slot);
        }
        for (index, param) in function.params.iter().enumerate() {
            self.op(Instruction::I32Const(index as i32));
            self.call(Operation::Arg);
            self.unbox(&param.ty);
            self.set_local(index);
        }
        match inner {
            Some(inner) => {
                (0..function.params.len()).for_each(|index| self.get_local(index));
                self.ops.push(Op::Own(inner));
                self.give(&function.result.clone());
            }
            None => self.statements(&function.body),
        }
        self.written(Vec::new(), Vec::new())
    }

    fn written(&mut self, params: Vec<ValType>, results: Vec<ValType>) -> Written {
        self.op(Instruction::End);
        self.free.clear();
        Written { params, results, locals: std::mem::take(&mut self.locals), ops: std::mem::take(&mut self.ops) }
    }

    /// Gives the value on the stack to the host.
    pub(super) fn give(&mut self, ty: &Type) {
        if Repr::of(ty) != Repr::Unit {
            self.boxed(ty);
            self.call(Operation::Result);
        }
    }

    // Instructions.

    pub(super) fn op(&mut self, instruction: Instruction<'static>) {
        self.ops.push(Op::Plain(instruction));
    }

    pub(super) fn call(&mut self, operation: Operation) {
        self.import(Import::Operation(operation));
    }

    pub(super) fn import(&mut self, import: Import) {
        self.pool.use_import(import);
        self.ops.push(Op::Import(import));
    }

    pub(super) fn shared(&mut self, shared: Shared) {
        self.pool.use_shared(shared);
        self.ops.push(Op::Shared(shared));
    }

    pub(super) fn own(&mut self, function: usize) {
        let at = self.callable.get(&function).copied().unwrap_or(u32::MAX);
        self.ops.push(Op::Own(at));
    }

    // Locals.

    /// A place for a value until the statement ends. It is set before it is read: another statement may have used it.
    pub(super) fn slot(&mut self, repr: Repr) -> Slot {
        let slot = match self.free.iter().rposition(|slot| slot.repr.types() == repr.types()) {
            Some(at) => Slot { repr, ..self.free.swap_remove(at) },
            None => self.local_slot(repr),
        };
        self.taken.push(slot);
        slot
    }

    /// A place for a value that stays its own.
    fn local_slot(&mut self, repr: Repr) -> Slot {
        let first = self.params + super::number(self.locals.len());
        self.locals.extend(repr.types());
        Slot { first, repr }
    }

    /// Writes a statement; the slots that it takes are free afterwards.
    pub(super) fn within(&mut self, statement: impl FnOnce(&mut Self)) {
        let before = self.taken.len();
        statement(self);
        self.free.extend(self.taken.drain(before..));
    }

    fn of_local(&self, index: usize) -> Slot {
        // Locals of a resolved function are numbered from 0.
        self.slots.get(index).copied().unwrap_or(Slot { first: u32::MAX, repr: Repr::Unit })
    }

    pub(super) fn get(&mut self, slot: Slot) {
        for at in 0..super::number(slot.repr.types().len()) {
            self.op(Instruction::LocalGet(slot.first + at));
        }
    }

    /// Takes the value from the stack.
    pub(super) fn set(&mut self, slot: Slot) {
        for at in (0..super::number(slot.repr.types().len())).rev() {
            self.op(Instruction::LocalSet(slot.first + at));
        }
    }

    pub(super) fn get_local(&mut self, index: usize) {
        self.get(self.of_local(index));
    }

    pub(super) fn set_local(&mut self, index: usize) {
        self.set(self.of_local(index));
    }

    // Between stack and host.

    /// Makes a handle of the value on the stack.
    pub(super) fn boxed(&mut self, ty: &Type) {
        match Repr::of(ty) {
            Repr::Wide => self.call(Operation::Int),
            Repr::Millis => self.call(Operation::Millis),
            Repr::Flag => self.call(Operation::Bool),
            Repr::Handle | Repr::Unit => {}
        }
    }

    /// Makes a value of the handle on the stack.
    pub(super) fn unbox(&mut self, ty: &Type) {
        match Repr::of(ty) {
            Repr::Wide => self.call(Operation::IntOf),
            Repr::Millis => self.call(Operation::MillisOf),
            Repr::Flag => self.call(Operation::BoolOf),
            Repr::Handle | Repr::Unit => {}
        }
    }
}
