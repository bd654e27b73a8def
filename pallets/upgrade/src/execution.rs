//! Making a plan and carrying it out.

use crate::{version, Agreed, AgreedVersion, Config, Error, Event, History, Pallet, Planned, Upgrade, VersionError};
use frame_support::{ensure, traits::Get};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{traits::Saturating, DispatchResult};

impl<T: Config> Pallet<T> {
    /// The first block that a binary of the present version must not make, and the spec version of the one that makes it.
    pub fn halts_at() -> Option<(BlockNumberFor<T>, u32)> {
        Planned::<T>::get().map(|plan| (plan.height, plan.spec_version))
    }

    /// Whether this binary makes block `height`, judged in the state after its parent.
    ///
    /// # Errors
    /// When another binary must make it.
    pub fn ensure_version(height: BlockNumberFor<T>) -> Result<(), VersionError<BlockNumberFor<T>>> {
        version::check(height, Self::agreed_version(), Self::halts_at(), T::Version::get().spec_version)
    }

    /// The spec version of the runtime that made the state.
    pub fn agreed_version() -> u32 {
        AgreedVersion::<T>::get().spec_version
    }

    pub(crate) fn do_plan(plan: Upgrade<BlockNumberFor<T>>) -> DispatchResult {
        let Upgrade { height, spec_version, .. } = plan;
        let notice_ends = frame_system::Pallet::<T>::block_number().saturating_add(T::MinimumNotice::get());
        ensure!(!Planned::<T>::exists(), Error::<T>::AlreadyPlanned);
        ensure!(spec_version > Self::agreed_version(), Error::<T>::VersionNotHigher);
        ensure!(height > notice_ends, Error::<T>::NoticeTooShort);
        Planned::<T>::put(plan);
        Self::deposit_event(Event::Planned { height, spec_version });
        Ok(())
    }

    pub(crate) fn do_cancel() -> DispatchResult {
        let plan = Planned::<T>::take().ok_or(Error::<T>::NotPlanned)?;
        Self::deposit_event(Event::Canceled { height: plan.height, spec_version: plan.spec_version });
        Ok(())
    }

    /// Makes the planned version the agreed one. When `height` or the version of this binary is not the planned one, nothing
    /// changes, and the block is refused since its `:code` does not name the binary that made it.
    pub(crate) fn carry_out(height: BlockNumberFor<T>) {
        let running = T::Version::get().spec_version;
        if Self::ensure_version(height).is_err() {
            return;
        }
        let Some(plan) = Planned::<T>::get().filter(|plan| plan.height == height) else { return };
        Planned::<T>::kill();
        AgreedVersion::<T>::put(Agreed { spec_version: running, since: height });
        Self::write_code();
        Self::remember(plan);
        Self::deposit_event(Event::Upgraded { height, spec_version: running });
    }

    /// Whether the plan was carried out in this block.
    pub(crate) fn upgraded_at(height: BlockNumberFor<T>) -> bool {
        AgreedVersion::<T>::get().since == height
    }

    fn remember(upgrade: Upgrade<BlockNumberFor<T>>) {
        History::<T>::mutate(|history| {
            if history.is_full() {
                history.remove(0);
            }
            // There is room for one: HistoryMax is at least 1.
            let _ = history.try_push(upgrade);
        });
    }
}
