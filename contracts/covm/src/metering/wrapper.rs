//! The function through which a host function is called: it charges the base cost and makes all values 64 bits wide.

use super::{count, raw, val_type, Plan};
use crate::interface::{Function as HostFunction, ValueType};
use wasm_encoder::{BlockType, Function, Instruction};

/// The function for the import with this index.
pub(super) fn wrapper(plan: &Plan, import: u32, host: &HostFunction) -> Function {
    let params = count(host.params.len());
    let mut function = Function::new(host.results.iter().map(|&result| (1, val_type(result))));
    let mut put = |instructions: &[Instruction<'_>]| {
        function.raw(raw(instructions).iter().copied());
    };
    // A base cost fits: it is far below what a run can have.
    let fuel = i64::try_from(host.fuel).unwrap_or(i64::MAX);
    put(&[
        Instruction::GlobalGet(plan.fuel),
        Instruction::I64Const(fuel),
        Instruction::I64Sub,
        Instruction::GlobalSet(plan.fuel),
        Instruction::GlobalGet(plan.fuel),
        Instruction::I64Const(0),
        Instruction::I64LtS,
        Instruction::If(BlockType::Empty),
        Instruction::Unreachable,
        Instruction::End,
    ]);
    for (local, param) in (0..params).zip(host.params) {
        put(&[Instruction::LocalGet(local)]);
        if *param == ValueType::I32 {
            put(&[Instruction::I64ExtendI32U]);
        }
    }
    put(&[Instruction::Call(import)]);
    for (local, result) in (params..).zip(host.results).collect::<Vec<_>>().into_iter().rev() {
        if *result == ValueType::I32 {
            put(&[Instruction::I32WrapI64]);
        }
        put(&[Instruction::LocalSet(local)]);
    }
    for (local, _) in (params..).zip(host.results) {
        put(&[Instruction::LocalGet(local)]);
    }
    put(&[Instruction::End]);
    function
}
