//! What holds after every block.

use crate::{
    evidence::SUCCESSORS_MAX, ChainParameters, Changes, Config, Current, History, Members, Noted, Pallet, Past,
    Presence, Since, Successors, Times, Tombstones,
};
use frame_support::{ensure, storage::unhashed};
use icn_primitives::{validators::is_sound_key, BlockNumber, ValidatorSet};
use sp_runtime::TryRuntimeError;
use std::collections::BTreeSet;

impl<T: Config> Pallet<T> {
    /// Checks all of it.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        Self::check_parameters()?;
        match Current::<T>::get() {
            Some(current) => {
                Self::check_current(&current)?;
                Self::check_members()?;
                Self::check_history(&current)?;
                Self::check_successors()?;
                Self::check_presence(&current)
            }
            None => Self::check_nobody(),
        }
    }

    fn check_parameters() -> Result<(), TryRuntimeError> {
        ensure!(ChainParameters::<T>::get().are_in_range(), "validators: a parameter is out of range");
        Ok(())
    }

    /// A chain without validators knows nothing of any.
    fn check_nobody() -> Result<(), TryRuntimeError> {
        ensure!(!unhashed::exists(&Current::<T>::hashed_key()), "validators: the current set cannot be read");
        let nothing = Members::<T>::iter_keys().next().is_none()
            && History::<T>::iter_keys().next().is_none()
            && Presence::<T>::get().is_empty();
        ensure!(nothing, "validators: something is kept of a chain without validators");
        Ok(())
    }

    /// All keys can be trusted, and a tombstoned validator is there only while it is alone. Nothing of a block outlives
    /// it.
    fn check_current(current: &ValidatorSet) -> Result<(), TryRuntimeError> {
        ensure!(current.is_sound(), "validators: the current set is not sound");
        let sound = current.validators().iter().all(|validator| is_sound_key(&validator.key));
        ensure!(sound, "validators: a key is not sound");
        let tombstoned = |set: &ValidatorSet| {
            set.validators().iter().any(|validator| Tombstones::<T>::contains_key(validator.address()))
        };
        let planned = Self::planned().map_err(|_| "validators: the changes make no set")?;
        let alone = planned.validators().len() == 1;
        ensure!(alone || !tombstoned(&planned), "validators: a validator is tombstoned");
        let is_change = |(key, power): (&_, &u64)| current.by_key(key).map_or(0, |validator| validator.power) != *power;
        ensure!(Changes::<T>::get().iter().all(is_change), "validators: a change changes nothing");
        Ok(())
    }

    /// Members are the validators with what this block changes, and their peer ids differ.
    fn check_members() -> Result<(), TryRuntimeError> {
        let planned = Self::planned().map_err(|_| "validators: the changes make no set")?;
        let validators: BTreeSet<_> = planned.validators().iter().map(|validator| validator.key).collect();
        let members: Vec<_> = Members::<T>::iter().collect();
        let keys: BTreeSet<_> = members.iter().map(|(key, _)| *key).collect();
        ensure!(keys == validators, "validators: the members are not the validators");
        let known: Vec<_> = members.into_iter().map(|(_, member)| member.peer_id).filter(|id| !id.is_empty()).collect();
        let differ = known.iter().collect::<BTreeSet<_>>().len() == known.len();
        ensure!(differ, "validators: two members have one peer id");
        Ok(())
    }

    /// Sets of the past follow each other without a gap, each differs from the next, and the current one follows the
    /// last.
    fn check_history(current: &ValidatorSet) -> Result<(), TryRuntimeError> {
        let (height, since) = (Self::height(), Since::<T>::get());
        ensure!((1..=height.saturating_add(1)).contains(&since), "validators: the current set begins elsewhere");
        let past: Vec<(BlockNumber, Past)> =
            History::<T>::iter().map(|(last, past)| (BlockNumber::from_be_bytes(last), past)).collect();
        let nexts = past.iter().skip(1).map(|(_, past)| (past.first, &past.set)).chain([(since, current)]);
        for ((last, past), (next_first, next)) in past.iter().zip(nexts) {
            ensure!(past.first <= *last, "validators: a set of the past ends before it begins");
            ensure!(last.saturating_add(1) == next_first, "validators: the history has a gap");
            ensure!(!past.set.has_same_powers(next), "validators: the history has a set twice");
            ensure!(past.set == past.set.without_priorities(), "validators: a set of the past has priorities");
        }
        let from = past.first().map_or(since, |(_, past)| past.first);
        // The next block has the commit of this one.
        ensure!(from <= height.max(1), "validators: the history is too short");
        let marks = Times::<T>::get();
        let in_order = marks.marks().is_sorted_by(|one, next| one.height < next.height && one.time < next.time);
        ensure!(in_order, "validators: the times are not in order");
        ensure!(marks.marks().last().is_none_or(|last| last.height <= height), "validators: a time is of the future");
        Ok(())
    }

    /// A rotated key signed when it was rotated, is no member, and leads to another key; they are few.
    fn check_successors() -> Result<(), TryRuntimeError> {
        let successors: Vec<_> = Successors::<T>::iter().collect();
        ensure!(successors.len() == Successors::<T>::count() as usize, "validators: the count of successors is wrong");
        ensure!(successors.len() <= SUCCESSORS_MAX as usize, "validators: too many successors");
        for (key, successor) in successors {
            ensure!(!Members::<T>::contains_key(key), "validators: a rotated key is a member");
            let set = Self::set_at(successor.height);
            let signed = set.is_some_and(|set| set.by_key(&key).is_some());
            ensure!(signed, "validators: a rotated key did not sign");
            ensure!(!Self::leads_back(&key), "validators: a rotated key leads to itself");
        }
        Ok(())
    }

    fn leads_back(key: &crate::Key) -> bool {
        let successor = |key: &crate::Key| Successors::<T>::get(key).map(|successor| successor.key);
        std::iter::successors(successor(key), successor).take(SUCCESSORS_MAX as usize).any(|next| next == *key)
    }

    /// Presence is of validators only. Between blocks none has told its record.
    fn check_presence(current: &ValidatorSet) -> Result<(), TryRuntimeError> {
        let presence = Presence::<T>::get();
        let of_members = presence.keys().all(|address| current.by_address(address).is_some());
        ensure!(of_members, "validators: the presence of a stranger is kept");
        let sound = presence.values().all(|attendance| attendance.is_sound());
        ensure!(sound, "validators: a presence is not sound");
        ensure!(!Noted::<T>::exists(), "validators: a block has not ended");
        Ok(())
    }
}
