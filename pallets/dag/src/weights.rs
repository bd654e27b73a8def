//! The weights of anchors.

use crate::WRITERS_MAX;
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
            .saturating_add(RocksDbWeight::get().reads_writes(2, 2))
            .saturating_add(entry.saturating_mul(entries.into()))
    }

    fn create(writers: u32) -> Weight {
        // A key is checked by decompressing its point.
        Weight::from_parts(30_000_000, 0)
            .saturating_add(Weight::from_parts(15_000_000, 0).saturating_mul(writers.into()))
            .saturating_add(RocksDbWeight::get().reads_writes(3, 2u64.saturating_add(writers.into())))
    }

    fn set_writers(writers: u32) -> Weight {
        // All that were there are removed.
        let removed = RocksDbWeight::get().reads_writes(WRITERS_MAX.into(), WRITERS_MAX.into());
        Self::create(writers).saturating_add(removed)
    }

    fn set_owner() -> Weight {
        Weight::from_parts(20_000_000, 0).saturating_add(RocksDbWeight::get().reads_writes(1, 1))
    }

    fn report_equivocation() -> Weight {
        // Two signatures.
        Weight::from_parts(250_000_000, 0).saturating_add(RocksDbWeight::get().reads_writes(3, 1))
    }
}
