//! When an epoch ends, and what is frozen then.

use crate::{
    Asked, Closing, Config, Current, EpochParameters, Event, Keys, Member, Pallet, SignerSet, Signers, Since, Started,
    Unsealed, ValidatorPowers,
};
use frame_support::{
    traits::{Get, Time},
    BoundedVec,
};
use icn_primitives::Moment;
use sp_runtime::SaturatedConversion;
use std::collections::BTreeMap;

/// The open epoch.
pub struct CurrentEpoch<T>(core::marker::PhantomData<T>);

impl<T: Config> Get<icn_dag::Epoch> for CurrentEpoch<T> {
    fn get() -> icn_dag::Epoch {
        Current::<T>::get()
    }
}

impl<T: Config> Pallet<T> {
    /// The height of this block; between blocks, of the last one.
    pub(crate) fn height() -> u32 {
        frame_system::Pallet::<T>::block_number().saturated_into()
    }

    /// Notes the hash of the block that closed an epoch, in the block after it.
    // SPEC-TRUST-13
    pub(crate) fn note_parent() {
        if let Some(mut closing) = Unsealed::<T>::get().filter(|closing| closing.block.is_none()) {
            closing.block = Some(frame_system::Pallet::<T>::parent_hash().0);
            Unsealed::<T>::put(closing);
        }
    }

    /// Ends a block: the epoch closes when it is its last one, and it is told when a seal is missing.
    pub(crate) fn end_block() {
        let asked = Asked::<T>::take().is_some();
        let (height, time) = (Self::height(), T::Time::now());
        let Some(since) = Since::<T>::get() else {
            Since::<T>::put(Started { height, time });
            return;
        };
        match Unsealed::<T>::get() {
            Some(closing) => Self::tell_overdue(closing, time),
            None if asked || Self::is_over(since, height, time) || Self::has_moved() => Self::close_epoch(height, time),
            None => {}
        }
    }

    // SPEC-TRUST-11
    /// Whether the open epoch has had its blocks or its time, at the end of a block.
    fn is_over(since: Started, height: u32, time: Moment) -> bool {
        let parameters = EpochParameters::<T>::get();
        height.saturating_sub(since.height) >= parameters.blocks.saturating_sub(1)
            || time.saturating_sub(since.time) >= parameters.duration_ms
    }

    /// Whether a third of the power is not where it was when the epoch began.
    fn has_moved() -> bool {
        let (before, now) = (Signers::<T>::get(), T::Validators::powers());
        let same = before.0.len() == now.len()
            && before
                .0
                .iter()
                .zip(&now)
                .all(|(member, (key, power))| (&member.validator, &member.power) == (key, power));
        if same {
            return false;
        }
        let mut powers: BTreeMap<_, _> = before.0.iter().map(|member| (member.validator, member.power)).collect();
        let total: u128 = powers.values().map(|power| u128::from(*power)).sum();
        let mut moved = 0_u128;
        for (key, power) in now {
            moved = moved.saturating_add(powers.remove(&key).unwrap_or(0).abs_diff(power).into());
        }
        moved = powers.values().fold(moved, |sum, power| sum.saturating_add((*power).into()));
        moved.saturating_mul(3) >= total
    }

    /// The validators of the next block with their sealing keys.
    pub(crate) fn signers_now() -> SignerSet {
        let members = T::Validators::powers().into_iter().map(|(validator, power)| Member {
            validator,
            power,
            key: Keys::<T>::get(validator),
        });
        SignerSet(BoundedVec::truncate_from(members.collect()))
    }

    // SPEC-TRUST-12
    fn close_epoch(height: u32, time: Moment) {
        let epoch = Current::<T>::get();
        let signers = Signers::<T>::get().seal_with();
        let valid_until = time.saturating_add(EpochParameters::<T>::get().validity_ms);
        let records = T::Records::get();
        Unsealed::<T>::put(Closing { epoch, height, block: None, time, valid_until, records, signers, overdue: false });
        Current::<T>::put(epoch.saturating_add(1));
        Since::<T>::put(Started { height: height.saturating_add(1), time });
        Signers::<T>::put(Self::signers_now());
        Self::deposit_event(Event::Closed { epoch, height });
    }

    // SPEC-TRUST-18
    fn tell_overdue(mut closing: Closing, time: Moment) {
        let deadline = closing.time.saturating_add(EpochParameters::<T>::get().deadline_ms);
        if !closing.overdue && time > deadline {
            closing.overdue = true;
            let epoch = closing.epoch;
            Unsealed::<T>::put(closing);
            Self::deposit_event(Event::QuorumMissing { epoch });
        }
    }

    /// When the open epoch ends, as time goes; `None` while the one before is not sealed, or before the first block.
    pub fn ends_at() -> Option<Moment> {
        if Unsealed::<T>::exists() {
            return None;
        }
        Since::<T>::get().map(|since| since.time.saturating_add(EpochParameters::<T>::get().duration_ms))
    }
}
