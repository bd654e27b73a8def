//! What pallets store: SCALE reads back, is bounded, and holds nothing that the types forbid.

use crate::{
    random,
    samples::{blob, cid, did, key, reference},
};
use codec::{Compact, Decode, DecodeAll, Encode, MaxEncodedLen};
use icn_dag::{
    AnchorEntry, Author, Cid, Did, Equivocation, Header, Key, Parents, Reference, References, Rel, Scope, SignedHeader,
};
use proptest::prelude::*;
use std::fmt::Debug;

fn reads_back<T: Encode + DecodeAll + MaxEncodedLen + PartialEq + Debug>(value: &T) {
    let encoded = value.encode();
    assert!(encoded.len() <= T::max_encoded_len(), "{value:?}");
    assert_eq!(T::decode_all(&mut &encoded[..]).as_ref(), Ok(value));
}

proptest! {
    #[test]
    fn headers_and_entries_read_back(node in random::nodes(), prev in proptest::option::of(random::cids())) {
        reads_back(node.header());
        reads_back(&node.header().scope);
        if let (Some(entry), Some(signed)) = (AnchorEntry::of(&node, prev), SignedHeader::of(&node)) {
            reads_back(&entry);
            reads_back(&signed);
        }
    }
}

#[test]
fn ids_have_these_encodings() {
    assert_eq!(cid(1).encode(), cid(1).as_bytes());
    assert_eq!(blob(1).encode()[..4], [0x01, 0x55, 0x12, 0x20]);
    assert_eq!(did('a').encode(), did('a').as_str().encode());
    assert_eq!(key(7).encode(), key(7).0);
    assert_eq!(Author::Key(key(7)).encode(), [&[0], &key(7).0[..]].concat());
    assert_eq!(Author::Block(258).encode(), [1, 2, 1, 0, 0]);
}

/// The bounds that pallets reckon with.
#[test]
fn sizes_are_bounded() {
    let sizes = [
        Cid::max_encoded_len(),
        Did::max_encoded_len(),
        Rel::max_encoded_len(),
        Key::max_encoded_len(),
        Scope::max_encoded_len(),
        Parents::max_encoded_len(),
        References::max_encoded_len(),
        AnchorEntry::max_encoded_len(),
        Header::max_encoded_len(),
        Equivocation::max_encoded_len(),
    ];
    assert_eq!(sizes, [36, 98, 33, 32, 99, 577, 2209, 1002, 3176, 6480]);
}

#[test]
fn text_is_bounded_before_it_is_read() {
    // Longer than the bound, and nothing follows.
    for len in [97u32, u32::MAX] {
        let error = Did::decode(&mut &Compact(len).encode()[..]).unwrap_err();
        assert!(error.to_string().contains("too long"), "{error}");
    }
    assert!(Did::decode(&mut &Compact(96u32).encode()[..]).is_err());
    assert!(Did::decode(&mut &"did:web:x".encode()[..]).is_err());
    assert!(Did::decode(&mut &vec![0xc3u8, 0x28].encode()[..]).is_err());
    assert!(Rel::decode(&mut &"no spaces".encode()[..]).is_err());
}

#[test]
fn a_cid_of_another_kind_does_not_decode() {
    for (place, byte) in [(0, 2), (1, 0x70), (2, 0x1e), (3, 0x14)] {
        let mut bytes = cid(1).encode();
        bytes[place] = byte;
        assert!(Cid::decode(&mut &bytes[..]).is_err(), "{place}");
    }
}

#[test]
fn lists_that_do_not_ascend_do_not_decode() {
    let mut cids: Vec<Cid> = (0..17).map(cid).collect();
    cids.sort_unstable();
    assert!(Parents::decode(&mut &cids[..16].encode()[..]).is_ok());
    assert!(Parents::decode(&mut &cids.encode()[..]).is_err());
    cids.swap(0, 1);
    assert!(Parents::decode(&mut &cids[..16].encode()[..]).is_err());
    let twice: Vec<Reference> = vec![reference("a", cid(1)); 2];
    assert!(References::decode(&mut &twice.encode()[..]).is_err());
}

#[test]
fn sorting_takes_what_is_there_twice_once() {
    let parents = Parents::sorted([cid(1), cid(2), cid(1)]).unwrap();
    assert_eq!(parents.len(), 2);
    assert_eq!(Parents::new(parents.to_vec()), Ok(parents));
}
