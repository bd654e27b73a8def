//! Weights of `pallet_agenda`. Written by `scripts/bench.sh weights`; do not edit.
//!
//! Measured 2026-11-23 on 2 cores of AMD EPYC, 20 steps, 20 repeats, as optimised as a release. Times are
//! those of the processor over a state in memory; reads and writes of storage are priced by the runtime's `DbWeight`.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// The measured weights.
pub struct WeightInfo<T>(PhantomData<T>);

impl<T: frame_system::Config> pallet_agenda::WeightInfo for WeightInfo<T> {
    /// `l` from 0 to 524288.
    fn schedule(l: u32) -> Weight {
        Weight::from_parts(134_322_752, 0)
            .saturating_add(Weight::from_parts(5_629, 0).saturating_mul(l.into()))
            .saturating_add(T::DbWeight::get().reads_writes(6, 6))
    }

    fn cancel() -> Weight {
        Weight::from_parts(66_729_000, 0).saturating_add(T::DbWeight::get().reads_writes(4, 5))
    }

    fn serve_base() -> Weight {
        Weight::from_parts(28_292_000, 0).saturating_add(T::DbWeight::get().reads_writes(2, 0))
    }

    /// `l` from 0 to 524288.
    fn serve_entry(l: u32) -> Weight {
        Weight::from_parts(75_979_976, 0)
            .saturating_add(Weight::from_parts(239, 0).saturating_mul(l.into()))
            .saturating_add(T::DbWeight::get().reads_writes(6, 5))
    }

    fn dispatch() -> Weight {
        Weight::from_parts(2_253_000, 0).saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }

    fn retry() -> Weight {
        Weight::from_parts(50_435_000, 0).saturating_add(T::DbWeight::get().reads_writes(2, 3))
    }
}
