//! Trusting a peer, and going on from there.

use crate::{
    BlockStep, Blocks, Bundles, Config, Encoded, Error, Event, Forks, Pallet, Peer, Peers, Points, Reason, Receipts,
    TrustedPoint, BLOCKS_KEPT, BUNDLES_KEPT, BUNDLES_PER_CALL, FORGOTTEN_PER_CALL, PEERS_MAX,
};
use codec::{Decode, DecodeLimit as _};
use frame_support::{
    ensure,
    traits::{Get, Time},
};
use icn_dag::Did;
use icn_primitives::Moment;
use icn_trust::{
    block::{read_set, BlockFile},
    verify_from, BlockError, BlockProof, Bundle, BundleError, Policy, SealError, SealedBundle, TrustedHeader,
};
use sp_runtime::{DispatchResult, SaturatedConversion};
use std::time::Duration;

/// How deep what is brought may be nested.
const DEPTH_MAX: u32 = 16;

/// Reads SCALE of something, and nothing after it.
pub(crate) fn read<T: Config, D: Decode>(bytes: &[u8]) -> Result<D, Error<T>> {
    D::decode_all_with_depth_limit(DEPTH_MAX, &mut &bytes[..]).map_err(|_| Error::<T>::Malformed)
}

/// What a bundle that does not hold is refused with.
pub(crate) fn bundle_error<T>(error: &BundleError) -> Error<T> {
    match error {
        BundleError::Malformed(_) => Error::Malformed,
        BundleError::OtherFederation => Error::OtherFederation,
        BundleError::BadEpoch { .. } | BundleError::Fork(_) => Error::BadEpoch,
        BundleError::BrokenChain => Error::BrokenChain,
        BundleError::NotLater => Error::NotLater,
        BundleError::Expired => Error::Expired,
        BundleError::NotYetValid => Error::NotYetValid,
        BundleError::InconsistentRoot(_) | BundleError::NoConsistency => Error::InconsistentRoot,
        BundleError::Seal(SealError::UnknownSigner(_)) => Error::UnknownSigner,
        BundleError::Seal(SealError::DuplicateSigner(_)) => Error::DuplicateSigner,
        BundleError::Seal(SealError::QuorumNotMet { .. }) => Error::QuorumNotMet,
        BundleError::Seal(SealError::BadSignature) => Error::BadSignature,
    }
}

fn block_error<T>(error: &BlockError) -> Error<T> {
    match error {
        BlockError::OtherChain { .. } => Error::OtherFederation,
        BlockError::Older { .. } | BlockError::Fork { .. } => Error::NotLater,
        BlockError::Expired => Error::Expired,
        BlockError::TooLittleTrust => Error::TooLittleTrust,
        BlockError::TooManyValidators
        | BlockError::TooMuchPower
        | BlockError::OtherValidators
        | BlockError::Invalid(_) => Error::BadBlock,
    }
}

/// A point of a peer's history that may be trusted.
enum Beginning {
    Bundle(Box<Bundle>),
    Block(TrustedHeader),
}

impl<T: Config> Pallet<T> {
    pub(crate) fn height() -> u32 {
        frame_system::Pallet::<T>::block_number().saturated_into()
    }

    /// A peer that is not frozen.
    pub(crate) fn active(did: &Did) -> Result<Peer, Error<T>> {
        let peer = Peers::<T>::get(did).ok_or(Error::<T>::UnknownPeer)?;
        ensure!(peer.frozen.is_none(), Error::<T>::PeerFrozen);
        Ok(peer)
    }

    // SPEC-FED-2
    pub(crate) fn do_trust(did: Did, point: &Encoded) -> DispatchResult {
        ensure!(T::Own::get().as_ref() != Some(&did), Error::<T>::OwnFederation);
        let peer = match Peers::<T>::get(&did) {
            Some(peer) => peer,
            None => {
                ensure!(Peers::<T>::iter_keys().count() < PEERS_MAX as usize, Error::<T>::TooManyPeers);
                Peer { epoch: None, block: None, blocks_kept: 0, receipts: 0, frozen: None }
            }
        };
        ensure!(peer.frozen.is_none(), Error::<T>::PeerFrozen);
        let begin = Self::beginning(&did, point)?;
        Self::begin_at(did, peer, begin);
        Ok(())
    }

    /// Where a peer is trusted, checked.
    fn beginning(did: &Did, point: &Encoded) -> Result<Beginning, Error<T>> {
        match read::<T, _>(point)? {
            TrustedPoint::Bundle(sealed) => {
                let bundle = sound_bundle::<T>(&sealed)?;
                ensure!(bundle.federation == *did, Error::<T>::OtherFederation);
                ensure!(T::Time::now() <= bundle.valid_until, Error::<T>::Expired);
                Ok(Beginning::Bundle(Box::new(bundle)))
            }
            TrustedPoint::Block(file) => {
                let header = TrustedHeader::of(&block::<T>(file)?).ok_or(Error::<T>::Malformed)?;
                ensure!(Self::is_fresh(&header), Error::<T>::Expired);
                Ok(Beginning::Block(header))
            }
        }
    }

    /// Goes on from a point that is trusted; what is kept of its kind is forgotten.
    fn begin_at(did: Did, mut peer: Peer, begin: Beginning) {
        let height = match begin {
            Beginning::Bundle(bundle) => {
                Self::forget_bundles(&did);
                peer.epoch = Some(bundle.epoch);
                let height = bundle.height.into();
                Bundles::<T>::insert(&did, bundle.epoch, *bundle);
                height
            }
            Beginning::Block(header) => {
                Self::forget_blocks(&did);
                let height = header.height;
                (peer.block, peer.blocks_kept) = (Some(height), 1);
                Blocks::<T>::insert(&did, height, header);
                height
            }
        };
        Peers::<T>::insert(&did, peer);
        Self::deposit_event(Event::Trusted { peer: did, height });
    }

    /// Whether a block is within the trusting period.
    pub(crate) fn is_fresh(header: &TrustedHeader) -> bool {
        let time = Moment::try_from(header.time.0).unwrap_or(0).saturating_mul(1000);
        T::Time::now() <= time.saturating_add(T::TrustingPeriod::get())
    }

    // SPEC-FED-3
    pub(crate) fn do_follow_bundles(did: Did, bundles: &Encoded) -> DispatchResult {
        let mut peer = Self::active(&did)?;
        let bundles: Vec<SealedBundle> = read::<T, _>(bundles)?;
        ensure!(bundles.len() <= BUNDLES_PER_CALL, Error::<T>::Malformed);
        let epoch = peer.epoch.ok_or(Error::<T>::NotTrusted)?;
        let mut last = Bundles::<T>::get(&did, epoch).ok_or(Error::<T>::NotTrusted)?;
        let now = T::Time::now();
        let mut followed = Vec::with_capacity(bundles.len());
        for sealed in bundles {
            sound_bundle::<T>(&sealed)?;
            sealed.verify(&last, now).map_err(|error| bundle_error::<T>(&error))?;
            last = sealed.bundle;
            followed.push(last.clone());
        }
        ensure!(!followed.is_empty(), Error::<T>::Nothing);
        for bundle in followed {
            if let Some(old) = bundle.epoch.checked_sub(BUNDLES_KEPT) {
                Bundles::<T>::remove(&did, old);
            }
            Bundles::<T>::insert(&did, bundle.epoch, bundle);
        }
        peer.epoch = Some(last.epoch);
        Peers::<T>::insert(&did, peer);
        Self::deposit_event(Event::Followed { peer: did, height: last.height.into() });
        Ok(())
    }

    // SPEC-FED-4
    pub(crate) fn do_follow_block(did: Did, step: &Encoded) -> DispatchResult {
        let mut peer = Self::active(&did)?;
        let last = peer.block.ok_or(Error::<T>::NotTrusted)?;
        let step: BlockStep = read::<T, _>(step)?;
        ensure!(step.from == last, Error::<T>::NotLater);
        let header = Self::verified(&did, step)?;
        ensure!(header.height > last, Error::<T>::NotLater);
        let height = header.height;
        Blocks::<T>::insert(&did, height, header);
        peer.block = Some(height);
        match peer.blocks_kept < BLOCKS_KEPT {
            true => peer.blocks_kept = peer.blocks_kept.saturating_add(1),
            false => {
                let oldest = Blocks::<T>::iter_key_prefix(&did).min();
                oldest.into_iter().for_each(|oldest| Blocks::<T>::remove(&did, oldest));
            }
        }
        Peers::<T>::insert(&did, peer);
        Self::deposit_event(Event::Followed { peer: did, height });
        Ok(())
    }

    /// A block that is final by one that is kept.
    pub(crate) fn verified(did: &Did, step: BlockStep) -> Result<TrustedHeader, Error<T>> {
        let BlockStep { from, block, next_validators } = step;
        let trusted = Blocks::<T>::get(did, from).ok_or(Error::<T>::UnknownPoint)?;
        let block = self::block::<T>(block)?;
        let next = read_set(&next_validators).map_err(|_| Error::<T>::Malformed)?;
        let policy = Policy { trusting_period: Duration::from_millis(T::TrustingPeriod::get()) };
        let seconds = i64::try_from(T::Time::now() / 1000).map_err(|_| Error::<T>::Malformed)?;
        let now = tendermint::Time::from_unix_timestamp(seconds, 0).map_err(|_| Error::<T>::Malformed)?;
        verify_from(&trusted, &next, &block, policy, now).map_err(|error| block_error::<T>(&error))?;
        TrustedHeader::of(&block).ok_or(Error::<T>::Malformed)
    }

    // SPEC-FED-8
    pub(crate) fn do_thaw(did: Did, point: &Encoded) -> DispatchResult {
        let mut peer = Peers::<T>::get(&did).ok_or(Error::<T>::UnknownPeer)?;
        ensure!(peer.frozen.is_some(), Error::<T>::NotFrozen);
        let begin = Self::beginning(&did, point)?;
        Self::forget_bundles(&did);
        Self::forget_blocks(&did);
        Forks::<T>::remove(&did);
        (peer.epoch, peer.block, peer.blocks_kept, peer.frozen) = (None, None, 0, None);
        Self::deposit_event(Event::Thawed { peer: did.clone() });
        Self::begin_at(did, peer, begin);
        Ok(())
    }

    pub(crate) fn set_frozen(did: Did, reason: Reason) -> DispatchResult {
        let mut peer = Self::active(&did)?;
        peer.frozen = Some(reason.clone());
        Peers::<T>::insert(&did, peer);
        Self::deposit_event(Event::Frozen { peer: did, reason });
        Ok(())
    }

    pub(crate) fn do_forget(did: Did) -> DispatchResult {
        let mut peer = Peers::<T>::get(&did).ok_or(Error::<T>::UnknownPeer)?;
        let items: Vec<_> = Receipts::<T>::iter_key_prefix(&did).take(FORGOTTEN_PER_CALL as usize).collect();
        items.iter().for_each(|item| Receipts::<T>::remove(&did, item));
        peer.receipts = peer.receipts.saturating_sub(items.len() as u64);
        if peer.receipts > 0 {
            // Nothing more is accepted meanwhile.
            if peer.frozen.is_none() {
                peer.frozen = Some(Reason::ByGovernance { height: Self::height() });
            }
            Peers::<T>::insert(&did, peer);
            return Ok(());
        }
        Self::forget_bundles(&did);
        Self::forget_blocks(&did);
        Forks::<T>::remove(&did);
        Peers::<T>::remove(&did);
        Self::deposit_event(Event::Forgotten { peer: did });
        Ok(())
    }

    fn forget_bundles(did: &Did) {
        let epochs: Vec<_> = Bundles::<T>::iter_key_prefix(did).collect();
        epochs.into_iter().for_each(|epoch| Bundles::<T>::remove(did, epoch));
    }

    fn forget_blocks(did: &Did) {
        let heights: Vec<_> = Blocks::<T>::iter_key_prefix(did).collect();
        heights.into_iter().for_each(|height| Blocks::<T>::remove(did, height));
    }

    /// The points of a peer that are kept, by height.
    pub(crate) fn points(did: &Did) -> Points {
        let blocks = Blocks::<T>::iter_key_prefix(did).map(|height| (height, crate::KeptPoint::Block));
        let bundles = Bundles::<T>::iter_prefix(did)
            .map(|(epoch, bundle)| (u64::from(bundle.height), crate::KeptPoint::Bundle(epoch)));
        let mut points: Points = blocks.chain(bundles).collect();
        points.sort_by_key(|(height, _)| *height);
        points
    }
}

/// A bundle as it would be read from its canonical bytes: what comes as SCALE was checked by nobody.
pub(crate) fn sound_bundle<T>(sealed: &SealedBundle) -> Result<Bundle, Error<T>> {
    let bytes = sealed.bundle.encode_cbor().map_err(|_| Error::Malformed)?;
    Bundle::decode_cbor(&bytes).map_err(|_| Error::Malformed)
}

fn block<T>(file: BlockFile) -> Result<BlockProof, Error<T>> {
    BlockProof::try_from(file).map_err(|_| Error::Malformed)
}
