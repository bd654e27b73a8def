//! Stored formats. A change of one needs a migration and a new storage version.

use crate::{mock::*, Entries, Entry, NextId, Place, Queue, Retry};
use codec::{Decode, Encode};
use frame_support::{
    storage::{storage_prefix, unhashed},
    traits::Bounded,
};
use frame_system::RawOrigin;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn an_entry_keeps_its_format() {
    let inline = |bytes: Vec<u8>| Bounded::Inline(bytes.try_into().expect("at most 128 bytes"));
    let origin = OriginCaller::system(RawOrigin::Root);
    let entry: crate::EntryOf<Test> =
        Entry { due: 0x0102, call: inline(vec![0xaa, 0xbb]), origin, retry: Some(Retry { times: 3, period: 0x0405 }) };
    assert_eq!(hex(&entry.encode()), "02010000000000000108aabb000001030000000504000000000000");
    assert_eq!(crate::EntryOf::<Test>::decode(&mut &entry.encode()[..]), Ok(entry));
}

#[test]
fn keys_keep_their_format() {
    assert_eq!(NextId::<Test>::hashed_key(), storage_prefix(b"Agenda", b"NextId"));
    let entry = [&storage_prefix(b"Agenda", b"Entries")[..], &sp_io::hashing::twox_64(&7u64.encode()), &7u64.encode()];
    assert_eq!(Entries::<Test>::hashed_key_for(7), entry.concat());
    let place = [&storage_prefix(b"Agenda", b"Queue")[..], &5u64.to_be_bytes(), &7u64.to_be_bytes()];
    assert_eq!(Queue::<Test>::hashed_key_for(Place::new(5, 7)), place.concat());
}

#[test]
fn an_entry_that_is_none_of_this_runtime_is_dropped() {
    run(|| {
        let id = schedule(5_000, None, record(1));
        schedule(5_000, None, record(2));
        unhashed::put_raw(&Entries::<Test>::hashed_key_for(id), &[1, 2, 3]);
        block_at(5_000);
        assert_eq!(log(), [2]);
        assert!(events().contains(&crate::Event::CallUnavailable { id }));
    });
}
