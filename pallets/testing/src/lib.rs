//! What the tests of the pallets share: a clock, blocks made as the executive makes them, and a pallet whose calls are seen.
//!
//! Start with [`block::make_block`]. Only tests depend on this crate.

pub mod block;
pub mod clock;
pub mod recorder;

pub use block::{check, make_block};
pub use clock::Clock;
