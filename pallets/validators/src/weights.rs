//! The weights of validators. Measured ones are in the runtime; `()` is for tests and is deliberately round.

use frame_support::weights::{constants::RocksDbWeight, Weight};
use icn_primitives::ConsensusRecord;

/// What each piece of work costs.
pub trait WeightInfo {
    /// A record without evidence whose commit has `signatures` entries.
    fn record(signatures: u32) -> Weight;
    /// Each piece of evidence in it.
    fn evidence() -> Weight;
    /// Call `join`.
    fn join() -> Weight;
    /// Call `leave`.
    fn leave() -> Weight;
    /// Call `set_power`.
    fn set_power() -> Weight;
    /// Call `rotate`, without forgetting it in the end.
    fn rotate() -> Weight;
    /// Call `set_parameters`.
    fn set_parameters() -> Weight;
    /// The end of a block in which the set changes and sets are forgotten.
    fn hooks() -> Weight;
}

/// Call `consensus`.
pub fn consensus<W: WeightInfo>(record: &ConsensusRecord) -> Weight {
    let signatures = record.commit.as_ref().map_or(0, |commit| commit.signatures.len() as u32);
    W::record(signatures).saturating_add(W::evidence().saturating_mul(record.evidence.len() as u64))
}

impl WeightInfo for () {
    fn record(signatures: u32) -> Weight {
        Weight::from_parts(30_000_000, 0)
            .saturating_add(Weight::from_parts(2_000_000, 0).saturating_mul(signatures.into()))
            .saturating_add(RocksDbWeight::get().reads_writes(6, 2))
    }

    fn evidence() -> Weight {
        Weight::from_parts(500_000_000, 0).saturating_add(RocksDbWeight::get().reads_writes(12, 5))
    }

    fn join() -> Weight {
        Weight::from_parts(1_000_000_000, 0).saturating_add(RocksDbWeight::get().reads_writes(160, 4))
    }

    fn leave() -> Weight {
        Weight::from_parts(500_000_000, 0).saturating_add(RocksDbWeight::get().reads_writes(4, 3))
    }

    fn set_power() -> Weight {
        Weight::from_parts(500_000_000, 0).saturating_add(RocksDbWeight::get().reads_writes(4, 2))
    }

    fn rotate() -> Weight {
        Weight::from_parts(1_000_000_000, 0).saturating_add(RocksDbWeight::get().reads_writes(160, 6))
    }

    fn set_parameters() -> Weight {
        Weight::from_parts(10_000_000, 0).saturating_add(RocksDbWeight::get().writes(2))
    }

    fn hooks() -> Weight {
        Weight::from_parts(1_000_000_000, 0).saturating_add(RocksDbWeight::get().reads_writes(310, 10))
    }
}
