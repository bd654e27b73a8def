//! What freezes a peer.

use crate::{
    following::{bundle_error, read, sound_bundle},
    Blocks, Bundles, Config, Encoded, Error, Fork, ForkRecord, Forks, Pallet, Reason,
};
use frame_support::{ensure, traits::Time, BoundedVec};
use icn_dag::Did;
use icn_trust::SealedBundle;
use sp_runtime::DispatchResult;

impl<T: Config> Pallet<T> {
    // SPEC-FED-7
    pub(crate) fn do_report_fork(did: Did, other: Encoded) -> DispatchResult {
        Self::active(&did)?;
        let (reason, followed) = match read::<T, _>(&other)? {
            Fork::Bundle(sealed) => Self::other_bundle(&did, &sealed)?,
            Fork::Block(step) => {
                let found = Self::verified(&did, step)?;
                let kept = Blocks::<T>::get(&did, found.height).ok_or(Error::<T>::UnknownPoint)?;
                ensure!(kept.hash != found.hash, Error::<T>::NoFork);
                (Reason::TwoBlocks { height: found.height }, kept.hash.to_vec())
            }
        };
        let followed = BoundedVec::truncate_from(followed);
        Forks::<T>::insert(&did, ForkRecord { height: Self::height(), followed, other });
        Self::set_frozen(did, reason)
    }

    /// A sealed bundle of an epoch whose bundle is kept, and is another one.
    fn other_bundle(did: &Did, sealed: &SealedBundle) -> Result<(Reason, Vec<u8>), Error<T>> {
        let bundle = sound_bundle::<T>(sealed)?;
        let epoch = bundle.epoch;
        let kept = Bundles::<T>::get(did, epoch).ok_or(Error::<T>::UnknownPoint)?;
        ensure!(kept != bundle, Error::<T>::NoFork);
        let before = epoch.checked_sub(1).and_then(|before| Bundles::<T>::get(did, before));
        let before = before.ok_or(Error::<T>::UnknownPoint)?;
        sealed.verify(&before, T::Time::now()).map_err(|error| bundle_error::<T>(&error))?;
        let cid = kept.cid().map_err(|_| Error::<T>::Malformed)?;
        Ok((Reason::TwoBundles { epoch }, cid.as_bytes().to_vec()))
    }
}
