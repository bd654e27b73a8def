//! The weights of upgrades. Measured ones are in the runtime; `()` is for tests and is deliberately round.

use frame_support::weights::{constants::RocksDbWeight, Weight};

/// What each piece of work costs.
pub trait WeightInfo {
    /// Call `plan`.
    fn plan() -> Weight;
    /// Call `cancel`.
    fn cancel() -> Weight;
    /// The hooks of an ordinary block: looking for an upgrade of this block, and checking `:code`.
    fn hooks() -> Weight;
    /// Carrying out a plan, without the migrations.
    fn upgrade() -> Weight;
}

impl WeightInfo for () {
    fn plan() -> Weight {
        Weight::from_parts(15_000_000, 0).saturating_add(RocksDbWeight::get().reads_writes(1, 1))
    }

    fn cancel() -> Weight {
        Weight::from_parts(10_000_000, 0).saturating_add(RocksDbWeight::get().reads_writes(1, 1))
    }

    fn hooks() -> Weight {
        Weight::from_parts(10_000_000, 0).saturating_add(RocksDbWeight::get().reads_writes(5, 3))
    }

    fn upgrade() -> Weight {
        Weight::from_parts(30_000_000, 0).saturating_add(RocksDbWeight::get().reads_writes(4, 4))
    }
}
