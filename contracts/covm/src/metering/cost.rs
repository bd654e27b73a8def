//! What instructions cost. One unit of fuel is about a tenth of a nanosecond on a processor of 2025, which does several simple
//! instructions in the time of one; what it has to wait for costs more. `benches/metering` prints how long a unit takes.

use crate::module::Shape;
use wasmparser::{FunctionBody, Operator};

/// What every run costs before its first instruction.
pub const START_FUEL: u64 = 100_000;

/// What a page of memory costs, at the start and when memory grows.
pub const PAGE_FUEL: u64 = 100_000;

/// What a place of a table, or an element that is copied into one, costs.
pub const ELEMENT_FUEL: u64 = 10;

/// What a byte of data at the start, or a byte of memory that is copied or filled, costs.
pub const BYTE_FUEL: u64 = 1;

/// Slots of the smallest frame.
pub const FRAME_SLOTS: u32 = 32;

/// So many instructions of a function are one more slot of its frame, and so many values that its calls pass: the more there
/// are, the more can wait at once.
pub const FRAME_OPERATORS_PER_SLOT: u32 = 8;

/// What entering a function costs beside its instructions.
const ENTRY: u64 = 2;

/// Locals are zeroed when a function is entered; so many cost one unit.
const LOCALS_PER_FUEL: u64 = 4;

/// What an instruction costs, a call also by the values that it passes. The length of `memory.copy` and its like, and the pages of `memory.grow`, come on top.
pub(crate) fn operator(shape: &Shape, operator: &Operator<'_>) -> u64 {
    use Operator as O;
    match operator {
        O::Nop | O::Block { .. } | O::Loop { .. } | O::Else | O::End | O::Drop | O::Unreachable => 0,
        O::I32DivS | O::I32DivU | O::I32RemS | O::I32RemU => 8,
        O::I64DivS | O::I64DivU | O::I64RemS | O::I64RemU => 16,
        O::I32Load { .. }
        | O::I32Load8S { .. }
        | O::I32Load8U { .. }
        | O::I32Load16S { .. }
        | O::I32Load16U { .. }
        | O::I64Load { .. }
        | O::I64Load8S { .. }
        | O::I64Load8U { .. }
        | O::I64Load16S { .. }
        | O::I64Load16U { .. }
        | O::I64Load32S { .. }
        | O::I64Load32U { .. }
        | O::I32Store { .. }
        | O::I32Store8 { .. }
        | O::I32Store16 { .. }
        | O::I64Store { .. }
        | O::I64Store8 { .. }
        | O::I64Store16 { .. }
        | O::I64Store32 { .. } => 4,
        O::BrTable { .. } => 4,
        O::Call { .. } => 8 + u64::from(shape.passed(operator)),
        O::CallIndirect { .. } => 16 + u64::from(shape.passed(operator)),
        O::MemorySize { .. } => 8,
        O::MemoryGrow { .. } => 1_000,
        O::MemoryCopy { .. } | O::MemoryFill { .. } | O::MemoryInit { .. } => 200,
        O::TableCopy { .. } | O::TableInit { .. } | O::DataDrop { .. } | O::ElemDrop { .. } => 200,
        _ => 1,
    }
}

/// What entering a function with so many locals costs.
pub(crate) fn entry(locals: u32) -> u64 {
    ENTRY + u64::from(locals) / LOCALS_PER_FUEL
}

/// Slots of a frame.
pub(crate) fn slots(params: u32, locals: u32, weight: u32) -> u32 {
    FRAME_SLOTS + params + locals + weight / FRAME_OPERATORS_PER_SLOT
}

/// The number of locals that a function declares.
pub(crate) fn locals(body: &FunctionBody<'_>) -> wasmparser::Result<u32> {
    body.get_locals_reader()?.into_iter().try_fold(0, |sum, local| Ok(sum + local?.0))
}
