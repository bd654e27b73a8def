//! What holds after every block.

use crate::{AgreedVersion, Config, History, Pallet, Planned};
use frame_support::{ensure, storage::unhashed};
use frame_system::LastRuntimeUpgrade;
use icn_primitives::code::CODE_KEY;
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
    /// Checks all of it.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        Self::check_code()?;
        Self::check_version()?;
        Self::check_plan()?;
        Self::check_history()
    }

    /// `:code` names the version the chain has agreed on.
    fn check_code() -> Result<(), TryRuntimeError> {
        let code = unhashed::get_raw(CODE_KEY);
        ensure!(code == Some(Self::code(Self::agreed_version())), "upgrade: `:code` is not the agreed version's");
        Ok(())
    }

    /// The executive knows of the same upgrades as this pallet.
    fn check_version() -> Result<(), TryRuntimeError> {
        let agreed = Self::agreed_version();
        let executed = LastRuntimeUpgrade::<T>::get().is_none_or(|last| last.spec_version.0 == agreed);
        ensure!(executed, "upgrade: the agreed version is not that of the last runtime upgrade");
        Ok(())
    }

    /// A plan is for a later block and a later version.
    fn check_plan() -> Result<(), TryRuntimeError> {
        let Some(plan) = Planned::<T>::get() else { return Ok(()) };
        ensure!(plan.height > frame_system::Pallet::<T>::block_number(), "upgrade: the height of the plan has passed");
        ensure!(plan.spec_version > Self::agreed_version(), "upgrade: the plan does not raise the version");
        Ok(())
    }

    /// Upgrades follow each other in height and version, and lead to the agreed one.
    fn check_history() -> Result<(), TryRuntimeError> {
        let history = History::<T>::get();
        let ascending = history.windows(2).all(|pair| match pair {
            [a, b] => a.height < b.height && a.spec_version < b.spec_version,
            _ => false,
        });
        ensure!(ascending, "upgrade: the history is not in order");
        let agreed = AgreedVersion::<T>::get();
        let agreed =
            history.last().is_none_or(|last| (last.spec_version, last.height) == (agreed.spec_version, agreed.since));
        ensure!(agreed, "upgrade: the last upgrade did not lead to the agreed version");
        Ok(())
    }
}
