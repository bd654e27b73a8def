//! The sets of the next height and of the past, and what the end of a block does to them.

use crate::{
    timeline::Mark, ChainParameters, Changes, Config, Current, Event, History, Key, MemberInfo, Members, Noted, Pallet,
    Parameters, Past, Presence, Since, Successors, Times,
};
use frame_support::{defensive, traits::Time};
use icn_primitives::{tendermint::ValidatorAddress, BlockNumber, Moment, Validator, ValidatorSet};
use sp_runtime::SaturatedConversion;

/// Sets of the past that a block forgets at most; it adds one at most.
pub(crate) const PRUNED_PER_BLOCK: usize = 2;

impl<T: Config> Pallet<T> {
    /// The height of this block; between blocks, of the last one.
    pub(crate) fn height() -> BlockNumber {
        frame_system::Pallet::<T>::block_number().saturated_into()
    }

    /// The validators of the next block, with their priorities before its turn; inside a block, those of the block.
    /// `None` on a chain without validators.
    pub fn current() -> Option<ValidatorSet> {
        Current::<T>::get()
    }

    /// The validators that sign `height`, without priorities. `None` when nobody does (genesis, a chain without
    /// validators), when it is past the next height, or when evidence of it would be too old.
    pub fn set_at(height: BlockNumber) -> Option<ValidatorSet> {
        if height >= Since::<T>::get() {
            let is_known = height <= Self::height().saturating_add(1);
            return Current::<T>::get().filter(|_| is_known).map(|set| set.without_priorities());
        }
        let before = History::<T>::hashed_key_for(height.checked_sub(1)?.to_be_bytes());
        let (_, past) = History::<T>::iter_from(before).next()?;
        (past.first <= height).then_some(past.set)
    }

    /// The validators of the next block with what is known of each, in the order of the set.
    pub fn members() -> Vec<MemberInfo> {
        let validators = Current::<T>::get().map(|set| set.validators().to_vec()).unwrap_or_default();
        validators.iter().map(Self::member_info).collect()
    }

    fn member_info(validator: &Validator) -> MemberInfo {
        let member = Members::<T>::get(validator.key).unwrap_or_default();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let address = validator.address();
        MemberInfo {
            key: validator.key,
            address,
            power: validator.power,
            moniker: text(&member.moniker),
            peer_id: text(&member.peer_id),
            missed: Self::missed(&address),
        }
    }

    /// The parameters of consensus.
    pub fn parameters() -> Parameters {
        ChainParameters::<T>::get()
    }

    /// Blocks that a validator did not sign, of the last 128 it was to sign; 0 for who is none.
    pub fn missed(address: &ValidatorAddress) -> u32 {
        Presence::<T>::get().get(address).map_or(0, |attendance| attendance.missed())
    }

    // VAL-21
    /// Whether evidence of `height` is too old in a block of height `now` and time `time`.
    pub(crate) fn is_too_old(height: BlockNumber, now: BlockNumber, time: Moment) -> bool {
        let parameters = Self::parameters();
        // The times are read only when they matter.
        let blocks = now.saturating_sub(height);
        parameters.are_exceeded_by(blocks, u64::MAX) && {
            let age = Times::<T>::get().age(height, time, parameters.evidence_max_age_ms);
            parameters.are_exceeded_by(blocks, age)
        }
    }

    // VAL-8
    /// Ends a block: the changes take effect, and what nobody can ask for any more is forgotten.
    pub(crate) fn close_block() {
        Noted::<T>::kill();
        let changes: Vec<(Key, u64)> = Changes::<T>::take().into_iter().collect();
        let Some(before) = Current::<T>::get() else { return };
        let (height, time) = (Self::height(), T::Time::now());
        let turned = before.next();
        let after = turned.updated(&changes).unwrap_or_else(|error| {
            defensive!("a change was not checked when it was made", error);
            turned
        });
        if !after.has_same_powers(&before) {
            Self::remember(height, before, &after);
        }
        Current::<T>::put(after);
        Self::mark_time(height, time);
        Self::prune(height, time);
    }

    /// Keeps the set that signs up to this `height`, and forgets the presence of who leaves.
    fn remember(height: BlockNumber, before: ValidatorSet, after: &ValidatorSet) {
        let past = Past { first: Since::<T>::get(), set: before.without_priorities() };
        History::<T>::insert(height.to_be_bytes(), past);
        let first = height.saturating_add(1);
        Since::<T>::put(first);
        Presence::<T>::mutate(|presence| presence.retain(|address, _| after.by_address(address).is_some()));
        Self::deposit_event(Event::SetChanged {
            first,
            validators: after.validators().len() as u32,
            total: after.total_power(),
        });
    }

    fn mark_time(height: BlockNumber, time: Moment) {
        let mut times = Times::<T>::get();
        if times.note(Mark { height, time }, Self::parameters().evidence_max_age_ms) {
            Times::<T>::put(times);
        }
    }

    // VAL-22
    /// Forgets the oldest sets once evidence of their last height is too old, and with them the keys that were rotated
    /// there. The set of this block stays: it is no block old.
    fn prune(height: BlockNumber, time: Moment) {
        // A look at the oldest is spared while the chain is young.
        if height <= Self::parameters().evidence_max_age_blocks {
            return;
        }
        for (key, past) in History::<T>::iter().take(PRUNED_PER_BLOCK).collect::<Vec<_>>() {
            let last = BlockNumber::from_be_bytes(key);
            if !Self::is_too_old(last, height, time) {
                return;
            }
            Self::forget(last, &past.set);
        }
    }

    /// Forgets the set that signed up to a height, and the keys in it that were rotated there.
    pub(crate) fn forget(last: BlockNumber, set: &ValidatorSet) {
        History::<T>::remove(last.to_be_bytes());
        if Successors::<T>::count() == 0 {
            return;
        }
        for Validator { key, .. } in set.validators() {
            if Successors::<T>::get(key).is_some_and(|successor| successor.height == last) {
                Successors::<T>::remove(key);
            }
        }
    }
}
