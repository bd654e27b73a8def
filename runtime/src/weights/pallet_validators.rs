//! Weights of `pallet_validators`. Estimated, not measured: times are several times what the work is believed to take, with 150
//! validators; `scripts/bench.sh weights` writes measured ones over this file.
//!
//! Reads and writes of storage are priced by the runtime's `DbWeight`.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// The estimated weights.
pub struct WeightInfo<T>(PhantomData<T>);

impl<T: frame_system::Config> pallet_validators::WeightInfo for WeightInfo<T> {
    /// `v` from 1 to 150.
    fn record(v: u32) -> Weight {
        Weight::from_parts(30_000_000, 0)
            .saturating_add(Weight::from_parts(5_000_000, 0).saturating_mul(v.into()))
            .saturating_add(T::DbWeight::get().reads_writes(6, 2))
    }

    fn evidence() -> Weight {
        Weight::from_parts(1_500_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(20, 8))
    }

    fn join() -> Weight {
        Weight::from_parts(2_000_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(160, 4))
    }

    fn leave() -> Weight {
        Weight::from_parts(1_000_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(5, 4))
    }

    fn set_power() -> Weight {
        Weight::from_parts(1_000_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(4, 3))
    }

    fn rotate() -> Weight {
        Weight::from_parts(2_000_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(160, 7))
    }

    fn set_parameters() -> Weight {
        Weight::from_parts(10_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(1, 2))
    }

    fn hooks() -> Weight {
        Weight::from_parts(2_000_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(310, 10))
    }
}
