use crate::{mock::*, Entries, Error, Event, Retry};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::{traits::BadOrigin, DispatchError};

fn boxed(value: u32) -> Box<RuntimeCall> {
    Box::new(record(value))
}

#[test]
fn a_call_runs_in_the_first_block_of_its_time() {
    run(|| {
        assert_ok!(Agenda::schedule(RuntimeOrigin::root(), 5_000, None, boxed(1)));
        assert_eq!(events(), [Event::Scheduled { id: 0, due: 5_000 }]);
        block_at(4_999);
        assert!(log().is_empty());
        block_at(5_000);
        assert_eq!(log(), [1]);
        assert_eq!(events(), [Event::Dispatched { id: 0, result: Ok(()) }]);
        block_at(6_000);
        assert_eq!(log(), [1]);
    });
}

#[test]
fn a_call_that_no_block_met_runs_in_the_next_one() {
    run(|| {
        schedule(5_000, None, record(1));
        block_at(1_000_000);
        assert_eq!(log(), [1]);
    });
}

#[test]
fn a_delay_counts_from_the_time_of_the_block() {
    run(|| {
        assert_ok!(Agenda::schedule_after(RuntimeOrigin::signed(1), 500, None, boxed(1)));
        assert_eq!(next_due(), Some(1_500));
        assert_ok!(Agenda::schedule_after(RuntimeOrigin::signed(1), u64::MAX, None, boxed(2)));
        assert_eq!(Entries::<Test>::get(1).map(|entry| entry.due), Some(u64::MAX));
    });
}

#[test]
fn a_stranger_cannot_schedule() {
    run(|| {
        assert_noop!(Agenda::schedule(RuntimeOrigin::signed(3), 5_000, None, boxed(1)), BadOrigin);
        assert_noop!(Agenda::schedule_after(RuntimeOrigin::none(), 500, None, boxed(1)), BadOrigin);
    });
}

#[test]
fn the_past_and_the_present_are_refused() {
    run(|| {
        for due in [0, 999, 1_000] {
            let refused = Agenda::schedule(RuntimeOrigin::root(), due, None, boxed(1));
            assert_noop!(refused, Error::<Test>::NotInFuture);
        }
        assert_noop!(Agenda::schedule_after(RuntimeOrigin::root(), 0, None, boxed(1)), Error::<Test>::NotInFuture);
    });
}

#[test]
fn retries_out_of_range_are_refused() {
    run(|| {
        for (times, period) in [(0, 1), (RETRIES_MAX + 1, 1), (1, 0)] {
            let refused = Agenda::schedule(RuntimeOrigin::root(), 5_000, Some(Retry { times, period }), boxed(1));
            assert_noop!(refused, Error::<Test>::RetryOutOfRange);
        }
    });
}

#[test]
fn a_full_agenda_takes_no_more() {
    run(|| {
        for value in 0..ENTRIES_MAX {
            schedule(5_000, None, record(value));
        }
        assert_noop!(Agenda::schedule(RuntimeOrigin::root(), 5_000, None, boxed(1)), Error::<Test>::AgendaFull);
        block_at(5_000);
        assert_ok!(Agenda::schedule(RuntimeOrigin::root(), 6_000, None, boxed(1)));
    });
}

#[test]
fn a_call_heavier_than_the_share_is_refused() {
    run(|| {
        let call = Box::new(record_heavy(1, SHARE));
        assert_noop!(Agenda::schedule(RuntimeOrigin::root(), 5_000, None, call), Error::<Test>::CallTooHeavy);
    });
}

#[test]
fn a_call_larger_than_a_preimage_is_refused() {
    run(|| {
        MaximumWeight::set(frame_support::weights::Weight::MAX);
        let call = pallet_testing::recorder::Call::record { value: 1, ref_time: 1, padding: vec![0; 5 * 1024 * 1024] };
        let refused = Agenda::schedule(RuntimeOrigin::root(), 5_000, None, Box::new(call.into()));
        assert_noop!(refused, Error::<Test>::CallTooLarge);
    });
}

#[test]
fn a_call_runs_as_the_origin_that_scheduled_it() {
    run(|| {
        let as_root = || Box::new(pallet_testing::recorder::Call::record_as_root { value: 9 }.into());
        assert_ok!(Agenda::schedule(RuntimeOrigin::signed(1), 5_000, None, as_root()));
        assert_ok!(Agenda::schedule(RuntimeOrigin::root(), 5_000, None, as_root()));
        block_at(5_000);
        assert_eq!(log(), [9]);
        let bad_origin = Err(DispatchError::BadOrigin);
        assert_eq!(
            events(),
            [Event::Dispatched { id: 0, result: bad_origin }, Event::Dispatched { id: 1, result: Ok(()) }]
        );
    });
}

#[test]
fn the_next_due_time_is_the_earliest() {
    run(|| {
        assert_eq!(next_due(), None);
        schedule(70_000, None, record(1));
        // 65 536 in little-endian bytes sorts after 70 000 would.
        schedule(65_791, None, record(2));
        assert_eq!(next_due(), Some(65_791));
        block_at(66_000);
        assert_eq!(next_due(), Some(70_000));
    });
}
