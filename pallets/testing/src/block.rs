//! Blocks, made in the order of `frame_executive`.

use crate::Clock;
use frame_support::{
    traits::{Get, OnFinalize, OnIdle, OnInitialize, OnPoll, OnRuntimeUpgrade, TryState, TryStateSelect},
    weights::{Weight, WeightMeter},
};
use frame_system::{
    pallet_prelude::{BlockNumberFor, HeaderFor},
    Config, LastRuntimeUpgrade, LastRuntimeUpgradeInfo, Pallet as System,
};
use sp_runtime::traits::{Header, One};

/// Makes the block after the current one: upgrade where the version changed, hooks, the time, polling, `transactions`, hooks
/// again. Returns its header. The events of the block stay readable until the next one.
pub fn make_block<T, Pallets>(time: u64, transactions: impl FnOnce()) -> HeaderFor<T>
where
    T: Config,
    Pallets: OnRuntimeUpgrade
        + OnInitialize<BlockNumberFor<T>>
        + OnPoll<BlockNumberFor<T>>
        + OnIdle<BlockNumberFor<T>>
        + OnFinalize<BlockNumberFor<T>>,
{
    System::<T>::reset_events();
    upgrade::<T, Pallets>();
    let number = System::<T>::block_number() + One::one();
    System::<T>::initialize(&number, &System::<T>::parent_hash(), &Default::default());
    Pallets::on_initialize(number);
    System::<T>::note_finished_initialize();
    Clock::set(time);
    System::<T>::note_inherents_applied();
    let mut meter = WeightMeter::with_limit(remaining_weight::<T>());
    Pallets::on_poll(number, &mut meter);
    transactions();
    System::<T>::note_finished_extrinsics();
    Pallets::on_idle(number, remaining_weight::<T>());
    Pallets::on_finalize(number);
    let header = System::<T>::finalize();
    debug_assert_eq!(*header.number(), number);
    header
}

/// Checks the invariants of all pallets.
///
/// # Panics
/// When one does not hold.
pub fn check<T: Config, Pallets: TryState<BlockNumberFor<T>>>() {
    if let Err(error) = Pallets::try_state(System::<T>::block_number(), TryStateSelect::All) {
        panic!("an invariant does not hold: {error:?}");
    }
}

fn upgrade<T: Config, Pallets: OnRuntimeUpgrade>() {
    let current = T::Version::get();
    if LastRuntimeUpgrade::<T>::get().is_none_or(|last| last.was_upgraded(&current)) {
        Pallets::on_runtime_upgrade();
        LastRuntimeUpgrade::<T>::put(LastRuntimeUpgradeInfo::from(current));
    }
}

fn remaining_weight<T: Config>() -> Weight {
    T::BlockWeights::get().max_block.saturating_sub(System::<T>::block_weight().total())
}
