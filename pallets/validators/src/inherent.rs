//! The consensus record: what a block says of the one before it.
//!
//! There is a commit exactly when somebody signs the height before: from block 2 on, on a chain with validators. It has
//! an entry for each validator of that height, in the order of its set. The executor has verified that the signatures
//! are good and make a quorum; here they only say who was present.
//!
//! Evidence is judged one by one, so each address is there at most once. A record with anything wrong in it makes the
//! block invalid, whatever else it says: the block's maker picks evidence with [`Pallet::select_evidence`].

use crate::{Attendance, Config, Current, Error, Noted, Pallet, Presence};
use frame_support::{ensure, traits::Time, BoundedBTreeMap};
use icn_primitives::{tendermint::ValidatorAddress, Commit, ConsensusRecord, ValidatorSet};
use sp_runtime::DispatchResult;
use std::collections::{BTreeMap, BTreeSet};

impl<T: Config> Pallet<T> {
    // VAL-15
    pub(crate) fn note_record(record: &ConsensusRecord) -> DispatchResult {
        ensure!(!Noted::<T>::exists(), Error::<T>::AlreadyNoted);
        Noted::<T>::put(());
        let (height, time) = (Self::height(), T::Time::now());
        match (&record.commit, height.checked_sub(1).and_then(Self::set_at)) {
            (None, None) => {}
            (Some(commit), Some(set)) => Self::note_presence(commit, &set)?,
            (None, Some(_)) => return Err(Error::<T>::CommitMissing.into()),
            (Some(_), None) => return Err(Error::<T>::CommitUnexpected.into()),
        }
        for evidence in &record.evidence {
            let offender = Self::offender(evidence, height, time)?;
            Self::convict(evidence, offender)?;
        }
        Ok(())
    }

    // VAL-17
    /// Notes who of `set` signed, as far as they are validators still.
    fn note_presence(commit: &Commit, set: &ValidatorSet) -> Result<(), Error<T>> {
        ensure!(commit.signatures.len() == set.validators().len(), Error::<T>::CommitLength);
        let current = Current::<T>::get().ok_or(Error::<T>::NoValidators)?;
        let stay: BTreeSet<_> = current.validators().iter().map(|validator| validator.key).collect();
        let before = Presence::<T>::get();
        let entries = set.validators().iter().zip(&commit.signatures);
        let presence: BTreeMap<ValidatorAddress, Attendance> = entries
            .filter(|(validator, _)| stay.contains(&validator.key))
            .map(|(validator, signature)| {
                let address = validator.address();
                let attendance = before.get(&address).copied().unwrap_or_default();
                (address, attendance.after(signature.is_some()))
            })
            .collect();
        // There are not more addresses than validators.
        Presence::<T>::put(BoundedBTreeMap::try_from(presence).map_err(|()| Error::<T>::TooManyValidators)?);
        Ok(())
    }
}
