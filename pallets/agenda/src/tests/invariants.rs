use crate::{mock::*, Entries, EntryOf, NextId, Place, Queue, Retry};
use frame_support::{storage::unhashed, traits::QueryPreimage};

/// Breaks a sound state and expects the named check to see it.
fn caught(words: &str, break_state: impl FnOnce()) {
    run_unchecked(|| {
        schedule(5_000, Some(Retry { times: 1, period: 1 }), record(1));
        schedule(6_000, None, record_large(2));
        assert_eq!(Agenda::do_try_state(), Ok(()));
        break_state();
        let error: &str = Agenda::do_try_state().expect_err("the state is broken").into();
        assert!(error.contains(words), "{error}");
    });
}

fn change(id: u64, change: impl FnOnce(&mut EntryOf<Test>)) {
    Entries::<Test>::mutate(id, |entry| change(entry.as_mut().expect("the entry exists")));
}

#[test]
fn a_wrong_counter_is_caught() {
    let counter = frame_support::storage::storage_prefix(b"Agenda", b"CounterForEntries");
    caught("counter", || unhashed::put(&counter, &7u32));
}

#[test]
fn too_many_entries_are_caught() {
    caught("more entries", || {
        let entry = Entries::<Test>::get(0).expect("the entry exists");
        (2..=u64::from(ENTRIES_MAX)).for_each(|id| Agenda::insert(id, entry.clone()));
    });
}

#[test]
fn a_place_without_an_entry_is_caught() {
    caught("differ in number", || Queue::<Test>::insert(Place::new(7_000, 9), ()));
}

#[test]
fn an_entry_at_another_place_is_caught() {
    caught("has no place", || change(0, |entry| entry.due = 5_001));
}

#[test]
fn an_id_that_was_not_given_is_caught() {
    caught("not given", || NextId::<Test>::put(1));
}

#[test]
fn a_retry_out_of_range_is_caught() {
    for (times, period) in [(RETRIES_MAX + 1, 1), (1, 0), (0, 0)] {
        caught("out of range", || change(0, |entry| entry.retry = Some(Retry { times, period })));
    }
}

#[test]
fn a_preimage_that_is_not_requested_is_caught() {
    caught("not requested", || {
        let entry = Entries::<Test>::get(1).expect("the entry exists");
        Preimage::drop(&entry.call);
    });
}
