//! Entries and their order: what changes one changes the other.

use crate::{limits, preimages, BoundedCallOf, Config, Entries, EntryId, EntryOf, Error, NextId, Pallet, Place, Queue};
use crate::{Event, Retry, WeightInfo};
use frame_support::{
    dispatch::GetDispatchInfo,
    ensure,
    traits::{Get, PrivilegeCmp, QueryPreimage, Time},
    weights::Weight,
};
use icn_primitives::Moment;
use sp_runtime::{traits::BadOrigin, DispatchError, DispatchResult};

impl<T: Config> Pallet<T> {
    /// Schedules a call that is not stored yet.
    pub(crate) fn do_schedule(
        due: Moment,
        retry: Option<Retry>,
        origin: T::PalletsOrigin,
        call: <T as Config>::RuntimeCall,
    ) -> Result<EntryId, DispatchError> {
        Self::ensure_room(due, retry)?;
        let cost = Self::entry_cost(preimages::length_outside::<T>(&call))
            .saturating_add(call.get_dispatch_info().call_weight);
        let share = T::MaximumWeight::get();
        ensure!(limits::fits_share(cost, T::WeightInfo::serve_base(), share), Error::<T>::CallTooHeavy);
        let call = preimages::bound::<T>(&call)?;
        Ok(Self::add(EntryOf::<T> { due, call, origin, retry }))
    }

    /// Schedules a call that is stored already, requesting its preimage.
    pub(crate) fn do_schedule_bounded(
        due: Moment,
        retry: Option<Retry>,
        origin: T::PalletsOrigin,
        call: BoundedCallOf<T>,
    ) -> Result<EntryId, DispatchError> {
        Self::ensure_room(due, retry)?;
        let cost = Self::entry_cost(call.lookup_len().unwrap_or(0));
        let share = T::MaximumWeight::get();
        ensure!(limits::fits_share(cost, T::WeightInfo::serve_base(), share), Error::<T>::CallTooHeavy);
        T::Preimages::hold(&call);
        Ok(Self::add(EntryOf::<T> { due, call, origin, retry }))
    }

    /// Takes an entry off the agenda; `by` must be as privileged as who scheduled it.
    pub(crate) fn do_cancel(by: Option<&T::PalletsOrigin>, id: EntryId) -> DispatchResult {
        let entry = Entries::<T>::get(id).ok_or(Error::<T>::NotFound)?;
        if let Some(by) = by {
            let privilege = T::OriginPrivilegeCmp::cmp_privilege(by, &entry.origin);
            ensure!(privilege.is_some_and(|ordering| ordering.is_ge()), BadOrigin);
        }
        Self::remove(Place::new(entry.due, id));
        T::Preimages::drop(&entry.call);
        Self::deposit_event(Event::Canceled { id });
        Ok(())
    }

    /// The first place in the queue.
    pub(crate) fn front() -> Option<Place> {
        Queue::<T>::iter_keys().next()
    }

    /// Takes an entry and its place away. Its preimage is left alone.
    pub(crate) fn remove(place: Place) {
        Queue::<T>::remove(place);
        Entries::<T>::remove(place.id());
    }

    /// Puts an entry under a place of its own.
    pub(crate) fn insert(id: EntryId, entry: EntryOf<T>) {
        Queue::<T>::insert(Place::new(entry.due, id), ());
        Entries::<T>::insert(id, entry);
    }

    /// The most that serving an entry costs besides its call, when `length` bytes come from a preimage.
    pub(crate) fn entry_cost(length: u32) -> Weight {
        T::WeightInfo::serve_entry(length).saturating_add(Self::dispatch_cost())
    }

    /// What dispatching a call costs besides the call.
    pub(crate) fn dispatch_cost() -> Weight {
        T::WeightInfo::dispatch().saturating_add(T::WeightInfo::retry())
    }

    fn ensure_room(due: Moment, retry: Option<Retry>) -> DispatchResult {
        ensure!(due > T::Time::now(), Error::<T>::NotInFuture);
        let in_range = retry.is_none_or(|retry| limits::retry_in_range(&retry, T::RetriesMax::get()));
        ensure!(in_range, Error::<T>::RetryOutOfRange);
        ensure!(Entries::<T>::count() < T::EntriesMax::get(), Error::<T>::AgendaFull);
        Ok(())
    }

    fn add(entry: EntryOf<T>) -> EntryId {
        let id = NextId::<T>::get();
        // Ids last for 2^64 entries.
        NextId::<T>::put(id.saturating_add(1));
        let due = entry.due;
        Self::insert(id, entry);
        Self::deposit_event(Event::Scheduled { id, due });
        id
    }
}
