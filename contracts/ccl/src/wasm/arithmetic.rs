//! Numbers of 128 bits and moments in code: functions that every module with such numbers has.

use super::Places;
use crate::abi::{Import, Operation};
use wasm_encoder::{BlockType, Function, Instruction as I, ValType};

/// A function that code shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Shared {
    /// Sum of two wide numbers; fails with Overflow.
    AddWide,
    /// Difference of two wide numbers; fails with Overflow.
    SubtractWide,
    /// -1, 0 or 1.
    CompareWide,
    /// Sum of two moments or spans; fails with Overflow.
    AddMillis,
    /// Difference of two moments or spans; fails with Overflow.
    SubtractMillis,
}

const I64: ValType = ValType::I64;

impl Shared {
    pub(super) fn signature(self) -> (&'static [ValType], &'static [ValType]) {
        match self {
            Self::AddWide | Self::SubtractWide => (&[I64; 4], &[I64; 2]),
            Self::CompareWide => (&[I64; 4], &[ValType::I32]),
            Self::AddMillis | Self::SubtractMillis => (&[I64; 2], &[I64]),
        }
    }

    /// What it imports.
    pub(super) fn needs(self) -> &'static [Import] {
        match self {
            Self::CompareWide => &[],
            _ => &[Import::Operation(Operation::Stop)],
        }
    }

    pub(super) fn code(self, places: &Places) -> Function {
        let stop = places.imports.get(&Import::Operation(Operation::Stop)).copied().unwrap_or(0);
        let overflow = [I::If(BlockType::Empty), I::I32Const(0), I::Call(stop), I::Unreachable, I::End];
        let (locals, body): (Vec<(u32, ValType)>, Vec<I<'_>>) = match self {
            // a = (0, 1), b = (2, 3); low 4, high 5.
            Self::AddWide => {
                let mut body = vec![
                    I::LocalGet(0),
                    I::LocalGet(2),
                    I::I64Add,
                    I::LocalTee(4),
                    I::LocalGet(0),
                    I::I64LtU,
                    I::I64ExtendI32U,
                    I::LocalGet(1),
                    I::LocalGet(3),
                    I::I64Add,
                    I::I64Add,
                    I::LocalSet(5),
                    // Overflow: both have one sign and the sum has the other.
                    I::LocalGet(1),
                    I::LocalGet(5),
                    I::I64Xor,
                    I::LocalGet(3),
                    I::LocalGet(5),
                    I::I64Xor,
                    I::I64And,
                    I::I64Const(0),
                    I::I64LtS,
                ];
                body.extend(overflow);
                body.extend([I::LocalGet(4), I::LocalGet(5), I::End]);
                (vec![(2, I64)], body)
            }
            Self::SubtractWide => {
                let mut body = vec![
                    I::LocalGet(0),
                    I::LocalGet(2),
                    I::I64Sub,
                    I::LocalSet(4),
                    I::LocalGet(1),
                    I::LocalGet(3),
                    I::I64Sub,
                    I::LocalGet(0),
                    I::LocalGet(2),
                    I::I64LtU,
                    I::I64ExtendI32U,
                    I::I64Sub,
                    I::LocalSet(5),
                    // Overflow: the two have different signs and the difference has not that of the first.
                    I::LocalGet(1),
                    I::LocalGet(3),
                    I::I64Xor,
                    I::LocalGet(1),
                    I::LocalGet(5),
                    I::I64Xor,
                    I::I64And,
                    I::I64Const(0),
                    I::I64LtS,
                ];
                body.extend(overflow);
                body.extend([I::LocalGet(4), I::LocalGet(5), I::End]);
                (vec![(2, I64)], body)
            }
            // The upper halves decide with their sign; if they are equal, the lower ones without.
            Self::CompareWide => {
                let body = vec![
                    I::LocalGet(1),
                    I::LocalGet(3),
                    I::I64Eq,
                    I::If(BlockType::Result(ValType::I32)),
                    I::LocalGet(0),
                    I::LocalGet(2),
                    I::I64GtU,
                    I::LocalGet(0),
                    I::LocalGet(2),
                    I::I64LtU,
                    I::I32Sub,
                    I::Else,
                    I::LocalGet(1),
                    I::LocalGet(3),
                    I::I64GtS,
                    I::LocalGet(1),
                    I::LocalGet(3),
                    I::I64LtS,
                    I::I32Sub,
                    I::End,
                    I::End,
                ];
                (Vec::new(), body)
            }
            Self::AddMillis => {
                let mut body = vec![
                    I::LocalGet(0),
                    I::LocalGet(1),
                    I::I64Add,
                    I::LocalSet(2),
                    I::LocalGet(0),
                    I::LocalGet(2),
                    I::I64Xor,
                    I::LocalGet(1),
                    I::LocalGet(2),
                    I::I64Xor,
                    I::I64And,
                    I::I64Const(0),
                    I::I64LtS,
                ];
                body.extend(overflow);
                body.extend([I::LocalGet(2), I::End]);
                (vec![(1, I64)], body)
            }
            Self::SubtractMillis => {
                let mut body = vec![
                    I::LocalGet(0),
                    I::LocalGet(1),
                    I::I64Sub,
                    I::LocalSet(2),
                    I::LocalGet(0),
                    I::LocalGet(1),
                    I::I64Xor,
                    I::LocalGet(0),
                    I::LocalGet(2),
                    I::I64Xor,
                    I::I64And,
                    I::I64Const(0),
                    I::I64LtS,
                ];
                body.extend(overflow);
                body.extend([I::LocalGet(2), I::End]);
                (vec![(1, I64)], body)
            }
        };
        let mut function = Function::new(locals);
        for instruction in &body {
            function.instruction(instruction);
        }
        function
    }
}
