//! The weights of epochs.

use frame_support::weights::{constants::RocksDbWeight, Weight};
use icn_trust::bundle::SIGNERS_MAX;

/// What each piece of work costs.
pub trait WeightInfo {
    /// The beginning and the end of a block.
    fn hooks() -> Weight;
    /// The inherent, with so many signers.
    fn seal(signers: u32) -> Weight;
    /// Call `set_key`.
    fn set_key() -> Weight;
    /// Call `remove_key`.
    fn remove_key() -> Weight;
    /// Call `close`.
    fn close() -> Weight;
    /// Call `renew_signers`.
    fn renew_signers() -> Weight;
    /// Call `set_parameters`.
    fn set_parameters() -> Weight;
}

/// For each validator when signers are read or written: its key, and sorting.
const MEMBER: u64 = 3_000_000;

impl WeightInfo for () {
    fn hooks() -> Weight {
        Weight::from_parts(20_000_000, 0).saturating_add(RocksDbWeight::get().reads_writes(6, 5))
    }

    fn seal(signers: u32) -> Weight {
        // Two pairings, and a point to decompress for each signer.
        Weight::from_parts(2_000_000_000, 0)
            .saturating_add(Weight::from_parts(40_000_000, 0).saturating_mul(signers.into()))
            .saturating_add(RocksDbWeight::get().reads_writes(4, 4))
    }

    fn set_key() -> Weight {
        Weight::from_parts(2_000_000_000, 0).saturating_add(RocksDbWeight::get().reads_writes(2, 3))
    }

    fn remove_key() -> Weight {
        Weight::from_parts(20_000_000, 0).saturating_add(RocksDbWeight::get().reads_writes(1, 2))
    }

    fn close() -> Weight {
        // The end of the block writes the signers of the next epoch.
        Self::renew_signers()
    }

    fn renew_signers() -> Weight {
        Weight::from_parts(MEMBER, 0)
            .saturating_mul(SIGNERS_MAX.into())
            .saturating_add(RocksDbWeight::get().reads_writes(3, 4))
    }

    fn set_parameters() -> Weight {
        Weight::from_parts(20_000_000, 0).saturating_add(RocksDbWeight::get().writes(1))
    }
}
