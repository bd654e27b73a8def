//! The weights of the agenda. Measured ones are in the runtime; `()` is for tests and is deliberately round.

use frame_support::weights::{constants::RocksDbWeight, Weight};

/// What each piece of work costs.
pub trait WeightInfo {
    /// Call `schedule` or `schedule_after` of a call of `length` bytes.
    fn schedule(length: u32) -> Weight;
    /// Call `cancel`.
    fn cancel() -> Weight;
    /// Looking for the first due entry, once a block.
    fn serve_base() -> Weight;
    /// Reading, decoding and removing an entry, and finding the next; `length` bytes come from a preimage.
    fn serve_entry(length: u32) -> Weight;
    /// Dispatching a call, without the call itself.
    fn dispatch() -> Weight;
    /// Putting a failed entry back.
    fn retry() -> Weight;
}

impl WeightInfo for () {
    fn schedule(length: u32) -> Weight {
        Weight::from_parts(20_000_000, 0)
            .saturating_add(Weight::from_parts(1_500, 0).saturating_mul(length.into()))
            .saturating_add(RocksDbWeight::get().reads_writes(4, 5))
    }

    fn cancel() -> Weight {
        Weight::from_parts(20_000_000, 0).saturating_add(RocksDbWeight::get().reads_writes(3, 5))
    }

    fn serve_base() -> Weight {
        Weight::from_parts(5_000_000, 0).saturating_add(RocksDbWeight::get().reads(2))
    }

    fn serve_entry(length: u32) -> Weight {
        Weight::from_parts(10_000_000, 0)
            .saturating_add(Weight::from_parts(1_500, 0).saturating_mul(length.into()))
            .saturating_add(RocksDbWeight::get().reads_writes(5, 5))
    }

    fn dispatch() -> Weight {
        Weight::from_parts(5_000_000, 0)
    }

    fn retry() -> Weight {
        Weight::from_parts(10_000_000, 0).saturating_add(RocksDbWeight::get().reads_writes(1, 3))
    }
}
