use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::traits::BadOrigin;

#[test]
fn a_canceled_call_does_not_run() {
    run(|| {
        let id = schedule(5_000, None, record(1));
        assert_ok!(Agenda::cancel(RuntimeOrigin::root(), id));
        assert!(events().contains(&Event::Canceled { id }));
        assert_eq!(next_due(), None);
        block_at(5_000);
        assert!(log().is_empty());
    });
}

#[test]
fn what_is_not_on_the_agenda_cannot_be_canceled() {
    run(|| {
        let id = schedule(5_000, None, record(1));
        assert_noop!(Agenda::cancel(RuntimeOrigin::root(), id + 1), Error::<Test>::NotFound);
        block_at(5_000);
        assert_noop!(Agenda::cancel(RuntimeOrigin::root(), id), Error::<Test>::NotFound);
    });
}

#[test]
fn only_the_privileged_cancel() {
    run(|| {
        assert_ok!(Agenda::schedule(RuntimeOrigin::signed(1), 5_000, None, Box::new(record(1))));
        assert_noop!(Agenda::cancel(RuntimeOrigin::signed(2), 0), BadOrigin);
        assert_noop!(Agenda::cancel(RuntimeOrigin::signed(3), 0), BadOrigin);
        assert_ok!(Agenda::cancel(RuntimeOrigin::signed(1), 0));
    });
}

#[test]
fn another_pallet_cancels_whoever_scheduled() {
    run(|| {
        assert_ok!(Agenda::schedule(RuntimeOrigin::signed(1), 5_000, None, Box::new(record(1))));
        assert_ok!(<Agenda as crate::Agenda>::cancel(0));
        assert_noop!(<Agenda as crate::Agenda>::cancel(0), Error::<Test>::NotFound);
    });
}

#[test]
fn a_call_can_cancel_another_of_the_same_time_but_not_itself() {
    run(|| {
        let cancel = |id| RuntimeCall::Agenda(crate::Call::cancel { id });
        schedule(5_000, None, cancel(1));
        schedule(5_000, None, record(1));
        schedule(5_000, None, cancel(2));
        schedule(5_000, None, record(3));
        block_at(5_000);
        assert_eq!(log(), [3]);
        let not_found = failed(Error::<Test>::NotFound);
        assert!(events().contains(&Event::Dispatched { id: 2, result: not_found }));
    });
}
