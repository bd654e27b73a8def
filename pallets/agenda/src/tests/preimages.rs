use crate::{mock::*, Agenda as _, BoundedCallOf, Event};
use codec::Encode;
use frame_support::{
    assert_ok,
    traits::{Bounded, QueryPreimage, StorePreimage},
};
use frame_system::RawOrigin;
use icn_primitives::limits::DECODE_DEPTH_MAX;

fn have(hash: &sp_core::H256) -> bool {
    <Preimage as QueryPreimage>::len(hash).is_some()
}

fn hash_of(call: &RuntimeCall) -> sp_core::H256 {
    sp_core::H256(sp_io::hashing::blake2_256(&call.encode()))
}

fn schedule_bounded(due: u64, call: BoundedCallOf<Test>) {
    assert_ok!(Agenda::schedule_bounded(due, None, RawOrigin::Root.into(), call));
}

#[test]
fn a_large_call_is_kept_until_it_has_run() {
    run(|| {
        let hash = hash_of(&record_large(1));
        schedule(5_000, None, record_large(1));
        assert!(have(&hash));
        block_at(5_000);
        assert_eq!(log(), [1]);
        assert!(!have(&hash));
    });
}

#[test]
fn two_entries_of_one_call_share_its_preimage() {
    run(|| {
        let hash = hash_of(&record_large(1));
        schedule(5_000, None, record_large(1));
        schedule(6_000, None, record_large(1));
        let id = schedule(7_000, None, record_large(1));
        block_at(5_000);
        assert!(have(&hash));
        assert_ok!(Agenda::cancel(RuntimeOrigin::root(), id));
        assert!(have(&hash));
        block_at(6_000);
        assert_eq!(log(), [1, 1]);
        assert!(!have(&hash));
    });
}

#[test]
fn a_call_stored_by_another_is_left_to_it() {
    run(|| {
        let bound: BoundedCallOf<Test> = Preimage::bound(record_large(1)).expect("the call is small enough");
        schedule_bounded(5_000, bound.clone());
        block_at(5_000);
        assert_eq!(log(), [1]);
        assert!(have(&bound.hash()));
        Preimage::drop(&bound);
        assert!(!have(&bound.hash()));
    });
}

#[test]
fn a_missing_preimage_drops_the_entry() {
    run(|| {
        let hash = hash_of(&record_large(1));
        schedule_bounded(5_000, Bounded::Lookup { hash, len: 510 });
        schedule(5_000, None, record(2));
        block_at(5_000);
        assert_eq!(log(), [2]);
        assert!(events().contains(&Event::CallUnavailable { id: 0 }));
        assert!(!Preimage::is_requested(&hash));
    });
}

#[test]
fn a_preimage_noted_in_time_is_found() {
    run(|| {
        let bytes = record_large(1).encode();
        let (hash, len) = (hash_of(&record_large(1)), bytes.len() as u32);
        schedule_bounded(5_000, Bounded::Lookup { hash, len });
        assert_ok!(Preimage::note_preimage(RuntimeOrigin::signed(5), bytes));
        block_at(5_000);
        assert_eq!(log(), [1]);
    });
}

#[test]
fn bytes_that_are_no_call_drop_the_entry() {
    run(|| {
        let inline = |bytes: Vec<u8>| Bounded::Inline(bytes.try_into().expect("at most 128 bytes"));
        let trailing = [record(1).encode(), vec![0]].concat();
        for bytes in [vec![], vec![255, 255], trailing] {
            schedule_bounded(5_000, inline(bytes));
        }
        block_at(5_000);
        assert!(log().is_empty());
        assert_eq!(events(), [0, 1, 2].map(|id| Event::CallUnavailable { id }));
    });
}

/// `depth` calls inside each other, the innermost included.
fn nested(depth: u32) -> RuntimeCall {
    (1..depth).fold(record(1), |call, _| crate::Call::schedule { due: 1, retry: None, call: Box::new(call) }.into())
}

#[test]
fn a_call_nested_too_deeply_is_not_decoded() {
    run(|| {
        // The innermost call is no container of another.
        for depth in [DECODE_DEPTH_MAX + 1, DECODE_DEPTH_MAX + 2] {
            schedule_bounded(5_000, Preimage::bound(nested(depth)).expect("the call is small enough"));
        }
        block_at(5_000);
        let not_in_future = failed(crate::Error::<Test>::NotInFuture);
        assert_eq!(events(), [Event::Dispatched { id: 0, result: not_in_future }, Event::CallUnavailable { id: 1 }]);
    });
}
