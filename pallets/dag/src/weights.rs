//! The weights of anchors.

use frame_support::weights::{constants::RocksDbWeight, Weight};

/// What each piece of work costs.
pub trait WeightInfo {
    /// The inherent, with so many entries.
    fn anchor(entries: u32) -> Weight;
    /// Call `create`, with so many writers.
    fn create(writers: u32) -> Weight;
    /// Call `set_writers`, with so many writers.
    fn set_writers(writers: u32) -> Weight;
    /// Call `set_owner`.
    fn set_owner() -> Weight;
    /// Call `report_equivocation`.
    fn report_equivocation() -> Weight;
}

impl WeightInfo for () {
    fn anchor(entries: u32) -> Weight {
        let entry = Weight::from_parts(60_000_000, 0).saturating_add(RocksDbWeight::get().reads_writes(5, 2));
        Weight::from_parts(10_000_000, 0)
            .saturating_add(RocksDbWeight::get().reads_writes(1, 1))
            .saturating_add(entry.saturating_mul(entries.into()))
    }

    fn create(writers: u32) -> Weight {
        // A key is checked by decompressing its point.
        Weight::from_parts(30_000_000, 0)
            .saturating_add(Weight::from_parts(15_000_000, 0).saturating_mul(writers.into()))
            .saturating_add(RocksDbWeight::get().reads_writes(3, 2))
    }

    fn set_writers(writers: u32) -> Weight {
        Self::create(writers)
    }

    fn set_owner() -> Weight {
        Weight::from_parts(20_000_000, 0).saturating_add(RocksDbWeight::get().reads_writes(1, 1))
    }

    fn report_equivocation() -> Weight {
        // Two signatures.
        Weight::from_parts(250_000_000, 0).saturating_add(RocksDbWeight::get().reads_writes(3, 1))
    }
}
