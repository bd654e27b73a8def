//! A function with metering in it.
//!
//! ```text
//! block $stop
//!   the frame's slots are taken, and the first segment is paid
//!   block $body (result ..)
//!     the function's own instructions; `return` is a branch to $body's end
//!   end
//!   fuel and slots go back to the globals
//!   return
//! end
//! the counters go to the globals as they are, one of them below zero
//! unreachable
//! ```

use super::{
    cost, count, raw,
    segments::{self, Segment},
    Error, Plan, BYTE_FUEL, ELEMENT_FUEL, PAGE_FUEL,
};
use crate::module::{FunctionType, Shape};
use wasm_encoder::{reencode::Reencode, BlockType, Function, Instruction, ValType};
use wasmparser::{FunctionBody, Operator};

/// Puts metering into a function of this type.
pub(super) fn meter(
    plan: &mut Plan,
    shape: &Shape,
    function: &FunctionType,
    body: &FunctionBody<'_>,
) -> Result<Function, Error> {
    let params = count(function.params.len());
    let locals = cost::locals(body)?;
    let analysis = segments::analyse(shape, body.get_operators_reader()?.into_iter(), cost::entry(locals))?;
    let mut writer = Writer {
        slots: cost::slots(params, locals, analysis.weight),
        leaf: analysis.leaf,
        fuel: params + locals,
        depth: 0,
        plan,
        function: new_function(body)?,
    };
    writer.enter(analysis.segments.first(), function);
    let mut segments = analysis.segments.iter().peekable();
    for (place, operator) in body.get_operators_reader()?.into_iter().enumerate() {
        if let Some(segment) = segments.next_if(|segment| segment.at == place) {
            if place > 0 {
                writer.pay(segment.fuel, 0);
            }
        }
        writer.operator(operator?)?;
    }
    writer.leave();
    Ok(writer.function)
}

/// A function with its own locals and those that metering needs: fuel, the stack at entry, a length, a number of pages.
fn new_function(body: &FunctionBody<'_>) -> Result<Function, Error> {
    let mut locals = Vec::new();
    for local in body.get_locals_reader()? {
        let (count, value) = local?;
        locals.push((count, if value == wasmparser::ValType::I32 { ValType::I32 } else { ValType::I64 }));
    }
    locals.push((1, ValType::I64));
    locals.push((3, ValType::I32));
    Ok(Function::new(locals))
}

struct Writer<'a> {
    plan: &'a mut Plan,
    function: Function,
    slots: u32,
    leaf: bool,
    /// The index of the local that holds the fuel; the other three follow.
    fuel: u32,
    /// Blocks of the function that are open.
    depth: u32,
}

impl Writer<'_> {
    fn put(&mut self, instructions: &[Instruction<'_>]) {
        self.function.raw(raw(instructions).iter().copied());
    }

    fn enter(&mut self, first: Option<&Segment>, function: &FunctionType) {
        let (fuel, stack, plan) = (self.fuel, self.stack_local(), (self.plan.fuel, self.plan.stack()));
        let fuel_cost = first.map_or(0, |segment| segment.fuel);
        self.put(&[
            Instruction::Block(BlockType::Empty),
            Instruction::GlobalGet(plan.1),
            Instruction::I32Const(self.slots_signed()),
            Instruction::I32Sub,
            Instruction::LocalTee(stack),
        ]);
        if !self.leaf {
            self.put(&[Instruction::GlobalSet(plan.1), Instruction::LocalGet(stack)]);
        }
        // Both counters are checked at once: the upper bit of either is the upper bit of both.
        self.put(&[
            Instruction::I64ExtendI32S,
            Instruction::GlobalGet(plan.0),
            Instruction::I64Const(signed(fuel_cost)),
            Instruction::I64Sub,
            Instruction::LocalTee(fuel),
            Instruction::I64Or,
            Instruction::I64Const(0),
            Instruction::I64LtS,
            Instruction::BrIf(0),
            Instruction::Block(self.plan.result_block(&function.results)),
        ]);
    }

    /// After the function's last `end`, which closed `$body`.
    fn leave(&mut self) {
        let (fuel, stack, plan) = (self.fuel, self.stack_local(), (self.plan.fuel, self.plan.stack()));
        self.put(&[Instruction::LocalGet(fuel), Instruction::GlobalSet(plan.0)]);
        if !self.leaf {
            self.put(&[
                Instruction::LocalGet(stack),
                Instruction::I32Const(self.slots_signed()),
                Instruction::I32Add,
                Instruction::GlobalSet(plan.1),
            ]);
        }
        self.put(&[
            Instruction::Return,
            Instruction::End,
            Instruction::LocalGet(fuel),
            Instruction::GlobalSet(plan.0),
            Instruction::LocalGet(stack),
            Instruction::GlobalSet(plan.1),
            Instruction::Unreachable,
            Instruction::End,
        ]);
    }

    fn operator(&mut self, operator: Operator<'_>) -> Result<(), Error> {
        let number = self.number_local();
        match operator {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => self.depth += 1,
            Operator::End => self.depth = self.depth.saturating_sub(1),
            Operator::Return => {
                self.put(&[Instruction::Br(self.depth)]);
                return Ok(());
            }
            Operator::MemoryCopy { .. } | Operator::MemoryFill { .. } | Operator::MemoryInit { .. } => {
                self.put(&[Instruction::LocalTee(number)]);
                self.pay_for(number, BYTE_FUEL, 0);
            }
            Operator::TableCopy { .. } | Operator::TableInit { .. } => {
                self.put(&[Instruction::LocalTee(number)]);
                self.pay_for(number, ELEMENT_FUEL, 0);
            }
            Operator::MemoryGrow { .. } => return self.grow(operator),
            Operator::Call { .. } | Operator::CallIndirect { .. } => return self.call(operator),
            _ => {}
        }
        self.copy(operator)
    }

    /// The instruction as it is, apart from the numbers of functions.
    fn copy(&mut self, operator: Operator<'_>) -> Result<(), Error> {
        let instruction = self.plan.instruction(operator)?;
        self.function.instruction(&instruction);
        Ok(())
    }

    fn call(&mut self, operator: Operator<'_>) -> Result<(), Error> {
        let (fuel, global) = (self.fuel, self.plan.fuel);
        self.put(&[Instruction::LocalGet(fuel), Instruction::GlobalSet(global)]);
        self.copy(operator)?;
        self.put(&[Instruction::GlobalGet(global), Instruction::LocalSet(fuel)]);
        Ok(())
    }

    fn grow(&mut self, operator: Operator<'_>) -> Result<(), Error> {
        let (pages, before) = (self.number_local(), self.number_local() + 1);
        self.put(&[Instruction::LocalTee(pages)]);
        self.copy(operator)?;
        self.put(&[
            Instruction::LocalTee(before),
            Instruction::I32Const(-1),
            Instruction::I32Ne,
            Instruction::If(BlockType::Empty),
        ]);
        self.pay_for(pages, PAGE_FUEL, 1);
        self.put(&[Instruction::End, Instruction::LocalGet(before)]);
        Ok(())
    }

    /// Pays `fuel`, inside of so many blocks of metering's own.
    fn pay(&mut self, fuel: u64, inside: u32) {
        self.put(&[Instruction::LocalGet(self.fuel), Instruction::I64Const(signed(fuel))]);
        self.take(inside);
    }

    /// Pays `price` for each of a number that is in a local.
    fn pay_for(&mut self, number: u32, price: u64, inside: u32) {
        self.put(&[Instruction::LocalGet(self.fuel), Instruction::LocalGet(number), Instruction::I64ExtendI32U]);
        if price != 1 {
            self.put(&[Instruction::I64Const(signed(price)), Instruction::I64Mul]);
        }
        self.take(inside);
    }

    fn take(&mut self, inside: u32) {
        self.put(&[
            Instruction::I64Sub,
            Instruction::LocalTee(self.fuel),
            Instruction::I64Const(0),
            Instruction::I64LtS,
            Instruction::BrIf(self.depth + 1 + inside),
        ]);
    }

    fn stack_local(&self) -> u32 {
        self.fuel + 1
    }

    fn number_local(&self) -> u32 {
        self.fuel + 2
    }

    fn slots_signed(&self) -> i32 {
        i32::try_from(self.slots).expect("the rules bound parameters, locals and instructions")
    }
}

fn signed(fuel: u64) -> i64 {
    i64::try_from(fuel).expect("the rules bound what a function can cost")
}
