//! Joining, leaving, powers and rotation.

use crate::{
    difference,
    evidence::SUCCESSORS_MAX,
    pallet::CHANGES_MAX,
    types::{is_moniker, is_peer_id},
    Changes, Config, Current, Error, Event, Key, Member, Members, Pallet, PeerId, Successor, Successors, Tombstones,
};
use frame_support::{ensure, traits::ConstU32, BoundedBTreeMap};
use icn_primitives::{
    validators::{address_of, is_sound_key, SetError},
    ValidatorSet,
};
use sp_runtime::DispatchResult;

/// A change that was checked and is not yet made.
pub(crate) struct Plan {
    changes: BoundedBTreeMap<Key, u64, ConstU32<CHANGES_MAX>>,
    before: ValidatorSet,
    after: ValidatorSet,
}

impl<T: Config> Pallet<T> {
    pub(crate) fn do_join(key: Key, power: u64, member: Member) -> DispatchResult {
        ensure!(power > 0, Error::<T>::NoPower);
        Self::ensure_usable(&key)?;
        ensure!(is_moniker(&member.moniker), Error::<T>::MonikerNotText);
        Self::ensure_free(&member.peer_id, None)?;
        let offender = Self::kept_offender();
        let mut wanted = vec![(key, power)];
        wanted.extend(offender.map(|key| (key, 0)));
        let plan = Self::plan(&wanted)?;
        Members::<T>::insert(key, member);
        Self::deposit_event(Event::Joined { key, power });
        if let Some(key) = offender {
            Members::<T>::remove(key);
            Self::deposit_event(Event::Left { key });
        }
        Self::carry_out(plan);
        Ok(())
    }

    pub(crate) fn do_leave(key: Key) -> DispatchResult {
        ensure!(Members::<T>::contains_key(key), Error::<T>::NotMember);
        let plan = Self::plan(&[(key, 0)])?;
        Self::remove(key, plan);
        Ok(())
    }

    /// Removes a validator as planned.
    pub(crate) fn remove(key: Key, plan: Plan) {
        Members::<T>::remove(key);
        Self::deposit_event(Event::Left { key });
        Self::carry_out(plan);
    }

    pub(crate) fn do_set_power(key: Key, power: u64) -> DispatchResult {
        ensure!(power > 0, Error::<T>::NoPower);
        ensure!(Members::<T>::contains_key(key), Error::<T>::NotMember);
        let plan = Self::plan(&[(key, power)])?;
        let from = plan.before.by_key(&key).map_or(0, |validator| validator.power);
        Self::deposit_event(Event::PowerChanged { key, from, to: power });
        Self::carry_out(plan);
        Ok(())
    }

    // VAL-12, VAL-13
    pub(crate) fn do_rotate(old_key: Key, new_key: Key, peer_id: PeerId) -> DispatchResult {
        let member = Members::<T>::get(old_key).ok_or(Error::<T>::NotMember)?;
        let signs = Current::<T>::get().is_some_and(|set| set.by_key(&old_key).is_some());
        ensure!(signs, Error::<T>::NotSigningYet);
        ensure!(Successors::<T>::count() < SUCCESSORS_MAX, Error::<T>::TooManyRotations);
        Self::ensure_usable(&new_key)?;
        Self::ensure_free(&peer_id, Some(&old_key))?;
        let power = Self::planned()?.by_key(&old_key).map_or(0, |validator| validator.power);
        let plan = Self::plan(&[(old_key, 0), (new_key, power)])?;
        Members::<T>::remove(old_key);
        Members::<T>::insert(new_key, Member { peer_id, ..member });
        Successors::<T>::insert(old_key, Successor { key: new_key, height: Self::height() });
        Self::deposit_event(Event::Rotated { from: old_key, to: new_key });
        Self::carry_out(plan);
        Ok(())
    }

    /// The set of the next height with all that this block has changed so far.
    pub(crate) fn planned() -> Result<ValidatorSet, Error<T>> {
        let current = Current::<T>::get().ok_or(Error::<T>::NoValidators)?;
        updated(&current, &Changes::<T>::get())
    }

    /// Checks that the set stays one when these keys get these powers, on top of what the block has changed so far.
    /// Writes nothing.
    pub(crate) fn plan(wanted: &[(Key, u64)]) -> Result<Plan, Error<T>> {
        let current = Current::<T>::get().ok_or(Error::<T>::NoValidators)?;
        let mut changes = Changes::<T>::get();
        let before = updated(&current, &changes)?;
        for (key, power) in wanted {
            let is_as_before = current.by_key(key).map_or(0, |validator| validator.power) == *power;
            if is_as_before {
                changes.remove(key);
            } else {
                changes.try_insert(*key, *power).map_err(|_| Error::<T>::TooManyValidators)?;
            }
        }
        let after = updated(&current, &changes)?;
        Ok(Plan { changes, before, after })
    }

    // VAL-14
    /// Makes a change, and says what it means for the chain.
    fn carry_out(plan: Plan) {
        let Plan { changes, before, after } = plan;
        Changes::<T>::put(changes);
        let total = after.total_power();
        if difference::is_large(&before, &after) {
            Self::deposit_event(Event::LargeChange { moved: difference::moved_power(&before, &after), total });
        }
        if difference::loses_tolerance(&before, &after) {
            let most = after.validators().first().map_or(0, |validator| validator.power);
            Self::deposit_event(Event::FaultToleranceLost { most, total });
        }
    }

    // VAL-20
    /// The only validator, when it was convicted and kept.
    fn kept_offender() -> Option<Key> {
        match Self::planned().ok()?.validators() {
            [only] if Tombstones::<T>::contains_key(only.address()) => Some(only.key),
            _ => None,
        }
    }

    // VAL-10
    /// Whether a key may become a validator's.
    fn ensure_usable(key: &Key) -> Result<(), Error<T>> {
        ensure!(is_sound_key(key), Error::<T>::UnsoundKey);
        ensure!(!Members::<T>::contains_key(key), Error::<T>::AlreadyMember);
        ensure!(!Tombstones::<T>::contains_key(address_of(key)), Error::<T>::KeyTombstoned);
        ensure!(!Successors::<T>::contains_key(key), Error::<T>::KeyRotated);
        Ok(())
    }

    // VAL-11
    /// Whether a peer id is well-formed and no other validator's than that of `own`.
    fn ensure_free(peer_id: &PeerId, own: Option<&Key>) -> Result<(), Error<T>> {
        ensure!(is_peer_id(peer_id), Error::<T>::PeerIdMalformed);
        let is_others = |(key, member): (Key, Member)| Some(&key) != own && member.peer_id == *peer_id;
        ensure!(peer_id.is_empty() || !Members::<T>::iter().any(is_others), Error::<T>::PeerIdTaken);
        Ok(())
    }
}

fn updated<T: Config>(
    set: &ValidatorSet,
    changes: &BoundedBTreeMap<Key, u64, ConstU32<CHANGES_MAX>>,
) -> Result<ValidatorSet, Error<T>> {
    let changes: Vec<_> = changes.iter().map(|(key, power)| (*key, *power)).collect();
    set.updated(&changes).map_err(|error| match error {
        SetError::Empty => Error::LastValidator,
        SetError::TooMany => Error::TooManyValidators,
        SetError::NoPower => Error::NoPower,
        SetError::TooMuchPower => Error::TooMuchPower,
        SetError::Duplicate => Error::AlreadyMember,
    })
}
