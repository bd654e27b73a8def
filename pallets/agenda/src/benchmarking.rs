//! What the work of the agenda costs.

use crate::{Agenda as _, BoundedCallOf, Call, Config, Entries, EntryId, EntryOf, Event, Pallet, Place, Retry};
use codec::Encode;
use frame_benchmarking::v2::*;
use frame_support::{
    traits::{Bounded, BoundedInline, EnsureOrigin, Get, QueryPreimage, StorePreimage, Time},
    weights::WeightMeter,
};
use frame_system::RawOrigin;
use icn_primitives::Moment;

/// Largest call that is measured, in bytes: a whole extrinsic.
const CALL_BYTES_MAX: u32 = icn_primitives::limits::EXTRINSIC_BYTES_MAX;

/// A call that does nothing, of about `bytes`.
fn remark<T: Config>(bytes: u32) -> <T as Config>::RuntimeCall {
    frame_system::Call::remark { remark: vec![7; bytes as usize] }.into()
}

/// A call that fails: these bytes are no storage that a signed origin may set.
fn refused<T: Config>() -> <T as Config>::RuntimeCall {
    frame_system::Call::set_heap_pages { pages: 1 }.into()
}

fn later<T: Config>() -> Moment {
    T::Time::now().saturating_add(1_000)
}

/// Fills the agenda but for one entry.
fn fill<T: Config>() -> Result<(), BenchmarkError> {
    for _ in 1..T::EntriesMax::get() {
        schedule::<T>(remark::<T>(1))?;
    }
    // A block does not start with the events of ten thousand calls, and adding one to them takes long.
    frame_system::Pallet::<T>::reset_events();
    Ok(())
}

fn schedule<T: Config>(call: <T as Config>::RuntimeCall) -> Result<EntryId, BenchmarkError> {
    let origin = RawOrigin::Root.into();
    Ok(<Pallet<T> as crate::Agenda>::schedule(later::<T>(), None, origin, call)?)
}

/// Puts an entry on the agenda that is due already.
fn due<T: Config>(call: BoundedCallOf<T>, retry: Option<Retry>, origin: T::PalletsOrigin) -> (EntryId, Place) {
    let due = T::Time::now();
    let id = EntryId::MAX;
    Pallet::<T>::insert(id, EntryOf::<T> { due, call, origin, retry });
    (id, Place::new(due, id))
}

fn caller<T: Config>() -> T::PalletsOrigin {
    RawOrigin::Signed(account("scheduler", 0, 0)).into()
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn schedule(l: Linear<0, CALL_BYTES_MAX>) -> Result<(), BenchmarkError> {
        fill::<T>()?;
        let call = Box::new(remark::<T>(l));
        let origin = T::ScheduleOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;
        let due = later::<T>();
        let again = Some(Retry { times: 1, period: 1 });
        #[extrinsic_call]
        _(origin as <T as frame_system::Config>::RuntimeOrigin, due, again, call);
        assert_eq!(Entries::<T>::count(), T::EntriesMax::get());
        Ok(())
    }

    #[benchmark]
    fn cancel() -> Result<(), BenchmarkError> {
        fill::<T>()?;
        // A call of this size has a preimage to let go of.
        let id = super::schedule::<T>(remark::<T>(1_024))?;
        #[block]
        {
            Pallet::<T>::do_cancel(Some(&RawOrigin::Root.into()), id)?;
        }
        assert!(!Entries::<T>::contains_key(id));
        Ok(())
    }

    #[benchmark]
    fn serve_base() -> Result<(), BenchmarkError> {
        fill::<T>()?;
        let mut meter = WeightMeter::new();
        #[block]
        {
            Pallet::<T>::serve(&mut meter);
        }
        assert_eq!(Entries::<T>::count(), T::EntriesMax::get() - 1);
        Ok(())
    }

    #[benchmark]
    fn serve_entry(l: Linear<0, CALL_BYTES_MAX>) -> Result<(), BenchmarkError> {
        fill::<T>()?;
        let call = T::Preimages::bound(remark::<T>(l))?;
        let (id, place) = due::<T>(call, None, RawOrigin::Root.into());
        #[block]
        {
            // Everything but the dispatch: reading, decoding, removing, finding the next.
            let entry = Entries::<T>::get(id).ok_or(BenchmarkError::Stop("the entry exists"))?;
            crate::preimages::read::<T>(&entry.call).ok_or(BenchmarkError::Stop("the call exists"))?;
            Pallet::<T>::remove(place);
            T::Preimages::drop(&entry.call);
            Pallet::<T>::next_due();
        }
        assert!(!Entries::<T>::contains_key(id));
        Ok(())
    }

    #[benchmark]
    fn dispatch() -> Result<(), BenchmarkError> {
        let call = remark::<T>(1);
        let bytes = BoundedInline::truncate_from(call.encode());
        let entry =
            EntryOf::<T> { due: T::Time::now(), call: Bounded::Inline(bytes), origin: caller::<T>(), retry: None };
        let mut meter = WeightMeter::new();
        #[block]
        {
            Pallet::<T>::run(0, call, entry, T::Time::now(), &mut meter);
        }
        frame_system::Pallet::<T>::assert_last_event(Event::<T>::Dispatched { id: 0, result: Ok(()) }.into());
        Ok(())
    }

    #[benchmark]
    fn retry() -> Result<(), BenchmarkError> {
        fill::<T>()?;
        let now = T::Time::now();
        let call = T::Preimages::bound(refused::<T>())?;
        let again = Retry { times: 1, period: 1 };
        let entry = EntryOf::<T> { due: now, call, origin: caller::<T>(), retry: Some(again) };
        #[block]
        {
            Pallet::<T>::put_back(EntryId::MAX, entry, Retry { times: 0, ..again }, now);
        }
        assert!(Entries::<T>::contains_key(EntryId::MAX));
        Ok(())
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::externalities(), crate::mock::Test);
}
