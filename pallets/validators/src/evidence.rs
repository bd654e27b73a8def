//! Judging evidence.
//!
//! Evidence is good when it is of an earlier height, not too old, against a validator of that height, and the address
//! is not tombstoned. That its two votes contradict each other and carry the validator's signatures is for the executor
//! to verify, with [`DuplicateVote::verify`] against [`Pallet::set_at`], before the runtime runs.
//!
//! A conviction reaches the validator that is there now: the key, when it was rotated since, through its successors.
//! All keys of that line are tombstoned, so that the offender comes back only with a new one.

use crate::{Config, Error, Event, Key, Members, Offence, Pallet, Successors, Tombstone, Tombstones};
use frame_support::{ensure, traits::Time};
use icn_primitives::{
    tendermint::ValidatorAddress, validators::address_of, votes::EvidenceList, BlockNumber, DuplicateVote, Moment,
};
use std::collections::BTreeSet;

/// Most rotated keys that are remembered at a time. It bounds the walk from a key to the one that is there now.
pub const SUCCESSORS_MAX: u32 = 512;

impl<T: Config> Pallet<T> {
    /// Whether an address never signs again.
    pub fn is_tombstoned(address: &ValidatorAddress) -> bool {
        Tombstones::<T>::contains_key(address)
    }

    /// Whether evidence would be good in the next block, were its time that of the last one.
    ///
    /// # Errors
    /// [`Error::EvidenceNotPast`], [`Error::EvidenceTooOld`], [`Error::OffenderUnknown`], [`Error::AlreadyTombstoned`].
    pub fn check_evidence(evidence: &DuplicateVote) -> Result<(), Error<T>> {
        Self::offender(evidence, Self::height().saturating_add(1), T::Time::now()).map(|_| ())
    }

    /// The evidence that can stand together in the record of a block of height `height` and time `time`, in the order
    /// given: each is good, and none is against who another convicts already.
    pub fn select_evidence(candidates: &[DuplicateVote], height: BlockNumber, time: Moment) -> EvidenceList {
        let mut selected = EvidenceList::default();
        let mut convicted = BTreeSet::new();
        for evidence in candidates {
            if convicted.contains(&evidence.address) {
                continue;
            }
            let Ok(offender) = Self::offender(evidence, height, time) else { continue };
            if selected.try_push(evidence.clone()).is_err() {
                break;
            }
            convicted.extend(Self::line(offender).iter().map(address_of));
        }
        selected
    }

    // VAL-18
    /// The key of whom evidence is against, when it is good in a block of height `now` and time `time`.
    pub(crate) fn offender(evidence: &DuplicateVote, now: BlockNumber, time: Moment) -> Result<Key, Error<T>> {
        ensure!(evidence.height < now, Error::<T>::EvidenceNotPast);
        ensure!(!Self::is_too_old(evidence.height, now, time), Error::<T>::EvidenceTooOld);
        let set = Self::set_at(evidence.height).ok_or(Error::<T>::OffenderUnknown)?;
        let validator = set.by_address(&evidence.address).ok_or(Error::<T>::OffenderUnknown)?;
        ensure!(!Self::is_tombstoned(&evidence.address), Error::<T>::AlreadyTombstoned);
        Ok(validator.key)
    }

    // VAL-19, VAL-20
    /// Tombstones an offender with all keys that followed, and takes its power unless it is the only one that has any.
    pub(crate) fn convict(evidence: &DuplicateVote, offender: Key) -> Result<(), Error<T>> {
        let line = Self::line(offender);
        for address in line.iter().map(address_of).filter(|address| !Self::is_tombstoned(address)) {
            let offence = Offence::from(evidence);
            Tombstones::<T>::insert(address, Tombstone { height: Self::height(), offence: offence.clone() });
            Self::deposit_event(Event::Tombstoned { address, offence });
        }
        for key in line.into_iter().filter(|key| Members::<T>::contains_key(key)) {
            match Self::plan(&[(key, 0)]) {
                Ok(plan) => Self::remove(key, plan),
                Err(Error::LastValidator) => Self::deposit_event(Event::LastValidatorKept { key }),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// A key and those that took its place, one after the other.
    fn line(key: Key) -> Vec<Key> {
        let successor = |key: &Key| Successors::<T>::get(key).map(|successor| successor.key);
        std::iter::successors(Some(key), successor).take(SUCCESSORS_MAX as usize + 1).collect()
    }
}
