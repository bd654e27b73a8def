//! Which instructions of a function are paid together.
//!
//! A *segment* is all instructions that run equally often whenever the function is entered, goes through, and neither traps
//! nor is stopped by the host. It begins at the entry of the function, of a loop's round or of a branch of a condition,
//! after a branch, or at the end of a block that was left by a branch to somewhere further out. What comes after a block
//! that nobody leaves that way belongs to the segment before the block: it is reached whenever the block is.
//!
//! So a loop without inner branches pays once a round, and a function without loops and conditions pays once.

use super::cost;
use crate::module::Shape;
use wasmparser::Operator;

/// Where a segment is paid: before the instruction with this number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// The number of the first instruction.
    pub(crate) at: usize,
    /// Units of fuel.
    pub(crate) fuel: u64,
}

/// What is known of a function before it is written again.
#[derive(Debug)]
pub(crate) struct Analysis {
    /// In the order of their first instructions; those that cost nothing are left out.
    pub(crate) segments: Vec<Segment>,
    /// Instructions, and the values that calls pass.
    pub(crate) weight: u32,
    /// Calls nothing.
    pub(crate) leaf: bool,
}

/// A block that is not closed yet.
struct Frame {
    /// The segment that it is in.
    outer: usize,
    /// Is left by a branch to somewhere further out.
    left: bool,
}

/// Cuts a function into segments. `entry` is the cost of entering it.
pub(crate) fn analyse<'a>(
    shape: &Shape,
    operators: impl Iterator<Item = wasmparser::Result<Operator<'a>>>,
    entry: u64,
) -> wasmparser::Result<Analysis> {
    let mut segments = vec![Segment { at: 0, fuel: entry }];
    // The function itself is the outermost block.
    let mut frames = vec![Frame { outer: 0, left: false }];
    let (mut current, mut weight, mut leaf) = (0, 0, true);
    for (place, operator) in operators.enumerate() {
        let operator = operator?;
        weight += 1 + shape.passed(&operator);
        let segment: &mut Segment = segments.get_mut(current).expect("segments are never taken away");
        segment.fuel += cost::operator(shape, &operator);
        let begins = match &operator {
            Operator::Block { .. } => {
                frames.push(Frame { outer: current, left: false });
                false
            }
            Operator::Loop { .. } | Operator::If { .. } => {
                frames.push(Frame { outer: current, left: false });
                true
            }
            Operator::Else => true,
            Operator::End => {
                let frame = frames.pop().expect("validation pairs blocks and ends");
                if !frame.left {
                    current = frame.outer;
                }
                frame.left
            }
            Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => {
                leave(&mut frames, *relative_depth);
                true
            }
            Operator::BrTable { targets } => {
                let mut furthest = targets.default();
                for target in targets.targets() {
                    furthest = furthest.max(target?);
                }
                leave(&mut frames, furthest);
                true
            }
            Operator::Return => {
                leave(&mut frames, u32::MAX);
                true
            }
            Operator::Unreachable => true,
            Operator::Call { .. } | Operator::CallIndirect { .. } => {
                leaf = false;
                false
            }
            _ => false,
        };
        if begins {
            current = segments.len();
            segments.push(Segment { at: place + 1, fuel: 0 });
        }
    }
    segments.retain(|segment| segment.fuel > 0);
    Ok(Analysis { segments, weight, leaf })
}

/// Marks the blocks that a branch to this depth leaves: all that are further in than its target.
fn leave(frames: &mut [Frame], depth: u32) {
    for frame in frames.iter_mut().rev().take(depth as usize) {
        frame.left = true;
    }
}
