//! What holds after every block.

use crate::{limits, Config, Entries, EntryId, EntryOf, NextId, Pallet, Place, Queue};
use frame_support::{
    ensure,
    traits::{Get, QueryPreimage},
};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
    /// Checks all of it.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        Self::check_count()?;
        Self::check_places()?;
        Entries::<T>::iter().try_for_each(|(id, entry)| Self::check_entry(id, &entry))
    }

    /// The counter is the number of entries, which is bounded, and each has one place.
    fn check_count() -> Result<(), TryRuntimeError> {
        let entries = Entries::<T>::iter_keys().count();
        ensure!(entries == Entries::<T>::count() as usize, "agenda: the counter is not the number of entries");
        ensure!(entries <= T::EntriesMax::get() as usize, "agenda: more entries than EntriesMax");
        ensure!(entries == Queue::<T>::iter_keys().count(), "agenda: entries and places differ in number");
        Ok(())
    }

    /// The queue is read in order.
    fn check_places() -> Result<(), TryRuntimeError> {
        ensure!(Queue::<T>::iter_keys().is_sorted(), "agenda: the queue is not in order");
        Ok(())
    }

    /// Each entry stands at its place, has an id that was given, a retry within limits and a preimage that will stay.
    fn check_entry(id: EntryId, entry: &EntryOf<T>) -> Result<(), TryRuntimeError> {
        ensure!(Queue::<T>::contains_key(Place::new(entry.due, id)), "agenda: an entry has no place");
        ensure!(id < NextId::<T>::get(), "agenda: an entry has an id that was not given");
        // An entry on its last try has none left.
        let in_range = entry.retry.is_none_or(|retry| {
            retry.times == 0 && retry.period > 0 || limits::retry_in_range(&retry, T::RetriesMax::get())
        });
        ensure!(in_range, "agenda: a retry is out of range");
        let requested = entry.call.lookup_hash().is_none_or(|hash| T::Preimages::is_requested(&hash));
        ensure!(requested, "agenda: the preimage of an entry is not requested");
        Ok(())
    }
}
