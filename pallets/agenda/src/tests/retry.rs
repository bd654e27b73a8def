use crate::{mock::*, Error, Event, Retry};
use frame_support::assert_ok;
use pallet_testing::recorder;

fn refused(id: u64) -> Event<Test> {
    Event::Dispatched { id, result: failed(recorder::Error::<Test>::Refused) }
}

#[test]
fn a_failed_call_is_tried_again_at_its_period_until_its_tries_are_used_up() {
    run(|| {
        let id = schedule(5_000, Some(Retry { times: 2, period: 100 }), refuse(1));
        block_at(5_050);
        assert_eq!(events(), [refused(id), Event::RetryScheduled { id, due: 5_150, left: 1 }]);
        block_at(5_149);
        assert!(events().is_empty());
        block_at(5_150);
        assert_eq!(events(), [refused(id), Event::RetryScheduled { id, due: 5_250, left: 0 }]);
        block_at(9_000);
        assert_eq!(events(), [refused(id), Event::RetriesExhausted { id }]);
        assert_eq!(next_due(), None);
    });
}

#[test]
fn a_call_that_succeeds_is_not_tried_again() {
    run(|| {
        let id = schedule(5_000, Some(Retry { times: 3, period: 100 }), record(1));
        block_at(5_000);
        assert_eq!(events(), [Event::Dispatched { id, result: Ok(()) }]);
        assert_eq!(next_due(), None);
    });
}

#[test]
fn a_retry_succeeds_when_the_reason_is_gone() {
    run(|| {
        // Cancels an entry that does not exist yet.
        let cancel = RuntimeCall::Agenda(crate::Call::cancel { id: 1 });
        schedule(5_000, Some(Retry { times: 1, period: 100 }), cancel);
        block_at(5_000);
        let not_found = failed(Error::<Test>::NotFound);
        assert!(events().contains(&Event::Dispatched { id: 0, result: not_found }));
        schedule(9_000, None, record(1));
        block_at(5_100);
        assert!(events().contains(&Event::Dispatched { id: 0, result: Ok(()) }));
        assert_eq!(next_due(), None);
    });
}

#[test]
fn a_full_agenda_has_room_for_its_retries() {
    run(|| {
        for _ in 0..ENTRIES_MAX {
            schedule(5_000, Some(Retry { times: 1, period: 100 }), refuse(1));
        }
        block_at(5_000);
        assert_eq!(crate::Entries::<Test>::count(), ENTRIES_MAX);
        assert_eq!(next_due(), Some(5_100));
    });
}

#[test]
fn an_entry_between_its_tries_can_be_canceled() {
    run(|| {
        let id = schedule(5_000, Some(Retry { times: 1, period: 100 }), refuse(1));
        block_at(5_000);
        assert_ok!(Agenda::cancel(RuntimeOrigin::root(), id));
        assert_eq!(next_due(), None);
    });
}

#[test]
fn a_period_past_the_end_of_time_never_comes() {
    run(|| {
        schedule(5_000, Some(Retry { times: 1, period: u64::MAX }), refuse(1));
        block_at(5_000);
        assert_eq!(next_due(), Some(u64::MAX));
    });
}
