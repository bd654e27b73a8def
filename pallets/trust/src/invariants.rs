//! What holds after every block.

use crate::{Asked, Bundles, Config, Current, EpochParameters, Keys, Last, Owners, Pallet, Signers, Unsealed};
use frame_support::ensure;
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
    /// Checks all of it.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        ensure!(EpochParameters::<T>::get().are_in_range(), "trust: a parameter is out of range");
        ensure!(!Asked::<T>::exists(), "trust: a wish for an end outlived its block");
        Self::check_keys()?;
        Self::check_signers()?;
        Self::check_epochs()?;
        Self::check_bundles()
    }

    /// Each key is of one validator.
    fn check_keys() -> Result<(), TryRuntimeError> {
        let matched = Keys::<T>::iter().all(|(validator, key)| Owners::<T>::get(key) == Some(validator));
        ensure!(matched, "trust: a sealing key is not its validator's");
        ensure!(Keys::<T>::iter().count() == Owners::<T>::iter().count(), "trust: a sealing key is nobody's");
        Ok(())
    }

    /// Signers are in order and have power.
    fn check_signers() -> Result<(), TryRuntimeError> {
        let open = Signers::<T>::get().seal_with();
        let closing = Unsealed::<T>::get().map(|closing| closing.signers);
        let sound = [Some(open), closing].into_iter().flatten().all(|signers| signers.check().is_ok());
        ensure!(sound, "trust: signers are out of order, or without power");
        Ok(())
    }

    /// Every epoch before the open one is sealed, but for the last of them, which may be closing.
    fn check_epochs() -> Result<(), TryRuntimeError> {
        let (open, sealed) = (Current::<T>::get(), Last::<T>::get().map(|(epoch, _)| epoch));
        let next = sealed.map_or(0, |epoch| epoch.saturating_add(1));
        match Unsealed::<T>::get() {
            Some(closing) => {
                ensure!(closing.epoch == next, "trust: the epoch that is closing does not follow the sealed one");
                ensure!(open == next.saturating_add(1), "trust: the open epoch does not follow the closing one");
                ensure!(closing.time <= closing.valid_until, "trust: a bundle ends before it begins");
            }
            None => ensure!(open == next, "trust: the open epoch does not follow the sealed one"),
        }
        Ok(())
    }

    /// Bundles follow each other, and the last of them is the one that was sealed last.
    fn check_bundles() -> Result<(), TryRuntimeError> {
        for (epoch, sealed) in Bundles::<T>::iter() {
            ensure!(sealed.bundle.epoch == epoch, "trust: a bundle is of another epoch");
            ensure!(sealed.bundle.cid().ok() == Some(sealed.cid), "trust: a bundle has another name");
            let before = epoch.checked_sub(1).and_then(Bundles::<T>::get);
            let follows = before.is_none_or(|before| {
                sealed.bundle.prev == Some(before.cid)
                    && sealed.bundle.height > before.bundle.height
                    && sealed.bundle.records.size >= before.bundle.records.size
            });
            ensure!(follows, "trust: a bundle does not follow the one before");
        }
        if let Some((epoch, cid)) = Last::<T>::get() {
            let last = Bundles::<T>::get(epoch).map(|sealed| sealed.cid);
            ensure!(last == Some(cid), "trust: the bundle that was sealed last is not kept");
        }
        Ok(())
    }
}
