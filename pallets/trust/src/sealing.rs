//! The bundle of the epoch that is closed, and its seal.
//!
//! The state knows the hash of the block that closed the epoch from the block after it on; that block's header, which whoever asks has,
//! tells the state's root.

use crate::{
    pallet::HeaderOf, Bundles, Closing, Config, Error, Event, Last, Pallet, SealedEpoch, Signers, Unsealed,
    BUNDLES_KEPT,
};
use frame_support::{ensure, traits::Get};
use icn_dag::{Did, Emit as _, Ipld, Kind};
use icn_trust::{
    bundle::{self, Bundle},
    seal::{Seal, SealError},
};
use sp_runtime::{traits::Header as _, DispatchResult, SaturatedConversion};

impl<T: Config> Pallet<T> {
    /// Hash of the header of block 0.
    pub fn genesis() -> [u8; 32] {
        frame_system::Pallet::<T>::block_hash(frame_system::pallet_prelude::BlockNumberFor::<T>::default()).0
    }

    /// The federation whose chain this is. `None` before the first block, which tells the hash of block 0, and when the name of the
    /// network is none.
    pub fn federation() -> Option<Did> {
        if Self::height() == 0 {
            return None;
        }
        bundle::federation(core::str::from_utf8(&T::Network::get()).ok()?, &Self::genesis())
    }

    /// The bundle of the epoch that is closed, from the header of the block that closed it, and who seals it. `None` when no epoch waits
    /// for its seal, or the header is another one.
    // SPEC-TRUST-13
    pub fn closing_bundle(header: &HeaderOf<T>) -> Option<(Bundle, bundle::Signers)> {
        let closing = Unsealed::<T>::get()?;
        let bundle = Self::bundle_of(&closing, header)?;
        Some((bundle, closing.signers))
    }

    fn bundle_of(closing: &Closing, header: &HeaderOf<T>) -> Option<Bundle> {
        let hash = header.hash().0;
        // Right after the block that closed the epoch the state does not know its hash, and who asks has that block.
        let is_closing = closing
            .block
            .map_or_else(|| (*header.number()).saturated_into::<u32>() == closing.height, |block| block == hash);
        if !is_closing {
            return None;
        }
        Some(Bundle {
            federation: Self::federation()?,
            genesis: Self::genesis(),
            epoch: closing.epoch,
            prev: Last::<T>::get().map(|(_, cid)| cid),
            height: closing.height,
            block: hash,
            time: closing.time,
            valid_until: closing.valid_until,
            state_root: header.state_root().0,
            records: closing.records,
            signers: Signers::<T>::get().seal_with(),
        })
    }

    /// Whether the next block may carry a seal with the header of the block that closed the epoch, in the state after a block.
    pub fn accepts_seal(header: &HeaderOf<T>, seal: &Seal) -> bool {
        let Some((bundle, signers)) = Self::closing_bundle(header) else { return false };
        bundle.message().is_ok_and(|message| seal.verify(&signers, &message).is_ok())
    }

    // SPEC-TRUST-16
    pub(crate) fn do_seal(header: &HeaderOf<T>, seal: Seal) -> DispatchResult {
        let closing = Unsealed::<T>::get().ok_or(Error::<T>::NothingCloses)?;
        ensure!(closing.block.is_some(), Error::<T>::NothingCloses);
        let bundle = Self::bundle_of(&closing, header).ok_or(Error::<T>::OtherBlock)?;
        let cid = bundle.cid().map_err(|_| Error::<T>::BadBundle)?;
        let message = bundle::message(&bundle.genesis, &bundle.federation, bundle.epoch, &cid);
        seal.verify(&closing.signers, &message).map_err(|error| match error {
            SealError::UnknownSigner(_) => Error::<T>::UnknownSigner,
            SealError::DuplicateSigner(_) => Error::<T>::DuplicateSigner,
            SealError::QuorumNotMet { .. } => Error::<T>::QuorumNotMet,
            SealError::BadSignature => Error::<T>::BadSignature,
        })?;
        let epoch = bundle.epoch;
        let power = power_of(&seal, &closing.signers);
        let before = epoch.checked_sub(1).and_then(Bundles::<T>::get);
        let records_before = before.map_or(0, |before| before.bundle.records.size);
        Unsealed::<T>::kill();
        Last::<T>::put((epoch, cid));
        Bundles::<T>::insert(epoch, SealedEpoch { bundle, cid, seal, records_before, height: Self::height() });
        if let Some(old) = epoch.checked_sub(BUNDLES_KEPT) {
            Bundles::<T>::remove(old);
        }
        // SPEC-DAG-40
        let said =
            [("epoch".to_owned(), Ipld::Integer(epoch.into())), ("bundle".to_owned(), Ipld::Link((&cid).into()))];
        T::Emit::emit(Kind::TrustBundle, Vec::new(), Ipld::Map(said.into()));
        Self::deposit_event(Event::Sealed { epoch, bundle: cid, power });
        Ok(())
    }
}

/// The power of those that signed; the seal has been verified.
fn power_of(seal: &Seal, signers: &bundle::Signers) -> u64 {
    let powers = seal.signers.iter().filter_map(|place| signers.list.get(usize::from(*place)));
    powers.fold(0, |sum, signer| sum.saturating_add(signer.power))
}
