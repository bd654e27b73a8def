//! Weights of `pallet_upgrade`. Written by `scripts/bench.sh weights`; do not edit.
//!
//! Measured 2026-11-23 on 2 cores of AMD EPYC, 20 steps, 20 repeats, as optimised as a release. Times are
//! those of the processor over a state in memory; reads and writes of storage are priced by the runtime's `DbWeight`.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// The measured weights.
pub struct WeightInfo<T>(PhantomData<T>);

impl<T: frame_system::Config> pallet_upgrade::WeightInfo for WeightInfo<T> {
    fn plan() -> Weight {
        Weight::from_parts(2_343_000, 0).saturating_add(T::DbWeight::get().reads_writes(2, 1))
    }

    fn cancel() -> Weight {
        Weight::from_parts(2_153_000, 0).saturating_add(T::DbWeight::get().reads_writes(1, 1))
    }

    fn hooks() -> Weight {
        Weight::from_parts(3_695_000, 0).saturating_add(T::DbWeight::get().reads_writes(4, 3))
    }

    fn upgrade() -> Weight {
        Weight::from_parts(8_332_000, 0).saturating_add(T::DbWeight::get().reads_writes(3, 4))
    }
}
