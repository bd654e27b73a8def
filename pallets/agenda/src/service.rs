//! Running what is due.
//!
//! Once a block, after the inherents have told the time and before the first transaction:
//!
//! ```text
//! meter = min(what the block has left, MaximumWeight)
//! while the first entry is due:
//!     no room to read it       -> stop, it is first in the next block
//!     no call to be read       -> drop it: CallUnavailable
//!     heavier than MaximumWeight -> drop it: PermanentlyOverweight
//!     no room to run it        -> stop, it is first in the next block
//!     run it in its own storage layer: Dispatched
//!     failed, retries left     -> put it back at now + period: RetryScheduled
//!     failed, retries used up  -> RetriesExhausted
//! ```
//!
//! An entry is taken off before its call runs, and what a call schedules is due later than now, so the loop ends. Transactions
//! cannot starve it: it comes first.

use crate::{limits, preimages, Config, Entries, EntryId, EntryOf, Event, Pallet, Place, Retry, WeightInfo};
use core::ops::ControlFlow;
use frame_support::{
    dispatch::{extract_actual_weight, GetDispatchInfo},
    storage::with_storage_layer,
    traits::{Get, QueryPreimage, Time},
    weights::{Weight, WeightMeter},
};
use frame_system::Phase;
use icn_primitives::Moment;
use sp_runtime::{traits::Dispatchable, DispatchResult};

/// `System.ExecutionPhase`: what events are said to belong to.
#[frame_support::storage_alias]
type ExecutionPhase<T: frame_system::Config> = StorageValue<frame_system::Pallet<T>, Phase>;

impl<T: Config> Pallet<T> {
    /// Runs what is due, within `meter` and this pallet's share of the block.
    pub(crate) fn serve(meter: &mut WeightMeter) {
        let mut share = WeightMeter::with_limit(meter.remaining().min(T::MaximumWeight::get()));
        if share.try_consume(T::WeightInfo::serve_base()).is_ok() {
            let now = T::Time::now();
            if Self::front_due(now).is_some() {
                as_initialization::<T>(|| Self::serve_until(now, &mut share));
            }
        }
        meter.consume(share.consumed());
    }

    fn serve_until(now: Moment, meter: &mut WeightMeter) {
        while let Some(place) = Self::front_due(now) {
            if Self::serve_one(place, now, meter).is_break() {
                break;
            }
        }
    }

    fn front_due(now: Moment) -> Option<Place> {
        Self::front().filter(|place| place.due() <= now)
    }

    /// Serves the first entry; breaks when the block has no room for it.
    fn serve_one(place: Place, now: Moment, meter: &mut WeightMeter) -> ControlFlow<()> {
        let id = place.id();
        let Some(entry) = Entries::<T>::get(id) else {
            // The origin that scheduled it is none of this runtime's any more. Its place would block all others.
            Self::remove(place);
            Self::deposit_event(Event::CallUnavailable { id });
            return ControlFlow::Continue(());
        };
        let reading = T::WeightInfo::serve_entry(entry.call.lookup_len().unwrap_or(0));
        if !Self::fits_share(reading) {
            return Self::give_up(place, &entry, Event::PermanentlyOverweight { id });
        }
        if meter.try_consume(reading).is_err() {
            return ControlFlow::Break(());
        }
        let Some(call) = preimages::read::<T>(&entry.call) else {
            return Self::give_up(place, &entry, Event::CallUnavailable { id });
        };
        let running = Self::dispatch_cost().saturating_add(call.get_dispatch_info().call_weight);
        if !Self::fits_share(reading.saturating_add(running)) {
            return Self::give_up(place, &entry, Event::PermanentlyOverweight { id });
        }
        if !meter.can_consume(running) {
            return ControlFlow::Break(());
        }
        Self::remove(place);
        Self::run(id, call, entry, now, meter);
        ControlFlow::Continue(())
    }

    /// Runs the call of an entry that was taken off.
    pub(crate) fn run(
        id: EntryId,
        call: <T as Config>::RuntimeCall,
        entry: EntryOf<T>,
        now: Moment,
        meter: &mut WeightMeter,
    ) {
        let (used, result) = Self::dispatch(call, entry.origin.clone());
        meter.consume(used);
        Self::conclude(id, entry, result, now, meter);
    }

    /// Runs a call as the one who scheduled it. A failed call changes nothing.
    fn dispatch(call: <T as Config>::RuntimeCall, caller: T::PalletsOrigin) -> (Weight, DispatchResult) {
        let info = call.get_dispatch_info();
        let origin = <T as Config>::RuntimeOrigin::from(caller);
        let result = with_storage_layer(|| call.dispatch(origin));
        let used = T::WeightInfo::dispatch().saturating_add(extract_actual_weight(&result, &info));
        (used, result.map(|_| ()).map_err(|failure| failure.error))
    }

    /// Says what came of a call, and puts it back when it failed and may be tried again.
    fn conclude(id: EntryId, entry: EntryOf<T>, result: DispatchResult, now: Moment, meter: &mut WeightMeter) {
        let retry = entry.retry.filter(|_| result.is_err());
        Self::deposit_event(Event::Dispatched { id, result });
        let Some(retry) = retry else { return T::Preimages::drop(&entry.call) };
        match limits::retry_after_failure(retry) {
            Some(left) => {
                meter.consume(T::WeightInfo::retry());
                Self::put_back(id, entry, left, now);
            }
            None => {
                T::Preimages::drop(&entry.call);
                Self::deposit_event(Event::RetriesExhausted { id });
            }
        }
    }

    /// There is room: the entry was taken off, and a failed call has added none.
    pub(crate) fn put_back(id: EntryId, entry: EntryOf<T>, retry: Retry, now: Moment) {
        // A time past the end of time never comes; such an entry can be canceled.
        let due = now.saturating_add(retry.period);
        Self::insert(id, EntryOf::<T> { due, retry: Some(retry), ..entry });
        Self::deposit_event(Event::RetryScheduled { id, due, left: retry.times });
    }

    fn give_up(place: Place, entry: &EntryOf<T>, why: Event<T>) -> ControlFlow<()> {
        Self::remove(place);
        T::Preimages::drop(&entry.call);
        Self::deposit_event(why);
        ControlFlow::Continue(())
    }

    fn fits_share(cost: Weight) -> bool {
        limits::fits_share(cost, T::WeightInfo::serve_base(), T::MaximumWeight::get())
    }
}

/// Attributes events to the beginning of the block. Polling happens while the first transaction is the current extrinsic, and
/// wallets would take the events of the agenda for those of that transaction.
fn as_initialization<T: Config>(work: impl FnOnce()) {
    let phase = ExecutionPhase::<T>::get();
    ExecutionPhase::<T>::put(Phase::Initialization);
    work();
    ExecutionPhase::<T>::set(phase);
}
