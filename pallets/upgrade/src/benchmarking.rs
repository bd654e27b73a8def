//! What the work of upgrades costs.

use crate::{Call, Config, History, Info, Pallet, Planned, Upgrade, INFO_BYTES_MAX};
use frame_benchmarking::v2::*;
use frame_support::traits::{EnsureOrigin, Get, Hooks};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::traits::{Bounded, One};

fn info() -> Info {
    Info::truncate_from(vec![7; INFO_BYTES_MAX as usize])
}

fn plan<T: Config>(height: BlockNumberFor<T>, spec_version: u32) -> Upgrade<BlockNumberFor<T>> {
    Upgrade { height, spec_version, info: info() }
}

fn origin<T: Config>() -> Result<T::RuntimeOrigin, BenchmarkError> {
    T::UpgradeOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)
}

/// As many past upgrades as are remembered, which is the most that is read and written.
fn fill_history<T: Config>() {
    let past = vec![plan::<T>(0u32.into(), 0); T::HistoryMax::get() as usize];
    History::<T>::put(frame_support::BoundedVec::truncate_from(past));
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn plan() -> Result<(), BenchmarkError> {
        let origin = origin::<T>()?;
        let version = Pallet::<T>::agreed_version().saturating_add(1);
        let height = BlockNumberFor::<T>::max_value();
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, height, version, info());
        assert!(Planned::<T>::exists());
        Ok(())
    }

    #[benchmark]
    fn cancel() -> Result<(), BenchmarkError> {
        let origin = origin::<T>()?;
        Planned::<T>::put(super::plan::<T>(BlockNumberFor::<T>::max_value(), u32::MAX));
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin);
        assert!(!Planned::<T>::exists());
        Ok(())
    }

    #[benchmark]
    fn hooks() {
        fill_history::<T>();
        // The worst case: all that root can have changed is put back.
        frame_support::storage::unhashed::kill(icn_primitives::code::CODE_KEY);
        frame_system::Pallet::<T>::do_authorize_upgrade(Default::default(), false);
        let now = frame_system::Pallet::<T>::block_number();
        #[block]
        {
            Pallet::<T>::on_initialize(now);
            Pallet::<T>::on_finalize(now);
        }
        assert!(frame_support::storage::unhashed::exists(icn_primitives::code::CODE_KEY));
    }

    #[benchmark]
    fn upgrade() {
        fill_history::<T>();
        // The harness starts at block 1, whatever the state says.
        frame_system::Pallet::<T>::set_block_number(One::one());
        let height = frame_system::Pallet::<T>::block_number() + One::one();
        Planned::<T>::put(super::plan::<T>(height, T::Version::get().spec_version));
        #[block]
        {
            Pallet::<T>::on_runtime_upgrade();
        }
        assert!(!Planned::<T>::exists());
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::externalities(), crate::mock::Test);
}
