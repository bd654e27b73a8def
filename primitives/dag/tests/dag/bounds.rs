//! Everything is bounded, and the bounds are checked before anything is decoded.

use crate::{
    cbor::{head, list, map},
    samples::{self, cid, reference, signer},
};
use icn_dag::{
    ipld::{decode, Limits},
    limits::{
        DEPTH_MAX, DID_BYTES_MAX, HEADER_BYTES_MAX, HEADER_ITEMS_MAX, ITEMS_MAX, NODE_BYTES_MAX, PARENTS_MAX,
        PAYLOAD_BYTES_MAX, REFS_MAX,
    },
    Cid, Did, Draft, Error, Ipld, Kind, Limit, Node, Parents, Payload, References, Scope, ScopeKind, Visibility,
};

/// Lists inside each other.
fn nested(depth: usize) -> Ipld {
    (1..depth).fold(Ipld::List(vec![]), |inner, _| Ipld::List(vec![inner]))
}

/// A list that has so many items, itself counted.
fn wide(items: usize) -> Ipld {
    Ipld::List(vec![Ipld::Null; items - 1])
}

/// A payload that encodes to so many bytes: a map with one field of bytes.
fn long(len: usize) -> Ipld {
    // Heads of the map, of the key and of the bytes, and the key.
    samples::map([("b", Ipld::Bytes(vec![7; len - 1 - 2 - 5]))])
}

/// The specification says these numbers.
#[test]
fn the_bounds_are_as_ever() {
    assert_eq!(Limits::PAYLOAD, Limits { bytes: 262_144, depth: 32, items: 16_384 });
    assert_eq!(Limits::NODE, Limits { bytes: 266_240, depth: 33, items: 16_640 });
    assert_eq!((PARENTS_MAX, REFS_MAX, DID_BYTES_MAX), (16, 32, 96));
}

#[test]
fn a_payload_has_at_most_256_kib() {
    let largest = Payload::new(long(PAYLOAD_BYTES_MAX)).unwrap();
    let node = Node::sign(Draft { payload: largest, ..samples::draft() }, &signer(7)).unwrap();
    assert_eq!(Node::decode(node.bytes()).as_ref(), Ok(&node));
    assert_eq!(Payload::new(long(PAYLOAD_BYTES_MAX + 1)), Err(Error::TooLarge(Limit::Bytes)));
}

#[test]
fn a_payload_is_at_most_32_deep() {
    let deepest = Payload::new(nested(DEPTH_MAX)).unwrap();
    let node = Node::sign(Draft { payload: deepest, ..samples::draft() }, &signer(7)).unwrap();
    assert_eq!(Node::decode(node.bytes()).as_ref(), Ok(&node));
    assert_eq!(Payload::new(nested(DEPTH_MAX + 1)), Err(Error::TooLarge(Limit::Depth)));
}

#[test]
fn a_payload_has_at_most_16_ki_items() {
    let widest = Payload::new(wide(ITEMS_MAX)).unwrap();
    let node = Node::sign(Draft { payload: widest, ..samples::draft() }, &signer(7)).unwrap();
    assert_eq!(Node::decode(node.bytes()).as_ref(), Ok(&node));
    assert_eq!(Payload::new(wide(ITEMS_MAX + 1)), Err(Error::TooLarge(Limit::Items)));
}

/// The bound of the whole node leaves room for a small header beside a payload that is too large by itself.
#[test]
fn a_payload_that_only_fits_into_the_nodes_bounds_is_refused() {
    for (data, limit) in [(long(PAYLOAD_BYTES_MAX + 1), Limit::Bytes), (wide(ITEMS_MAX + 1), Limit::Items)] {
        let Ok(Ipld::Map(mut fields)) = decode(samples::node().bytes(), &Limits::NODE) else { panic!("a map") };
        fields.insert("payload".into(), data);
        let block = icn_dag::ipld::encode(&Ipld::Map(fields), &Limits::NODE).unwrap();
        assert_eq!(Node::decode(&block), Err(Error::TooLarge(limit)));
    }
}

#[test]
fn bytes_beyond_the_bound_are_not_looked_at() {
    // Not even CBOR.
    assert_eq!(Node::decode(&vec![0xff; NODE_BYTES_MAX + 1]), Err(Error::TooLarge(Limit::Bytes)));
    assert_eq!(Node::decode(&vec![0xff; NODE_BYTES_MAX]).unwrap_err().code(), "not_canonical");
}

#[test]
fn hostile_depth_ends_at_the_bound() {
    for opening in [&[0x81][..], &[0xa1, 0x61, b'a'], &[0xd8, 42]] {
        let block = opening.repeat(NODE_BYTES_MAX / opening.len());
        let error = Node::decode(&block).unwrap_err();
        assert!(matches!(error, Error::TooLarge(Limit::Depth) | Error::NotCanonical { at: 0, .. }), "{error}");
    }
}

#[test]
fn hostile_width_ends_at_the_bound() {
    let block = list(&vec![head(7, 22); NODE_BYTES_MAX - 5]);
    assert_eq!(Node::decode(&block), Err(Error::TooLarge(Limit::Items)));
}

#[test]
fn claimed_lengths_cost_nothing() {
    for major in 2..=5 {
        for len in [1 << 20, u64::from(u32::MAX), i64::MAX as u64, u64::MAX] {
            assert_eq!(Node::decode(&head(major, len)).unwrap_err().code(), "not_canonical");
        }
    }
}

fn too_many(field: &str, items: Vec<Vec<u8>>) -> Error {
    let Ok(Ipld::Map(fields)) = decode(samples::node().bytes(), &Limits::NODE) else { panic!("a map") };
    let mut entries: Vec<_> =
        fields.iter().map(|(key, value)| (&key[..], icn_dag::ipld::encode(value, &Limits::NODE).unwrap())).collect();
    entries.iter_mut().find(|(key, _)| *key == field).unwrap().1 = list(&items);
    entries.sort_by_key(|(key, _)| (key.len(), *key));
    Node::decode(&map(&entries)).unwrap_err()
}

#[test]
fn a_node_has_at_most_16_parents() {
    let mut cids: Vec<Cid> = (0..=PARENTS_MAX as u8).map(cid).collect();
    cids.sort_unstable();
    assert!(Parents::new(cids[1..].to_vec()).is_ok());
    assert!(Parents::new(cids.clone()).is_err());
    let links = cids.iter().map(|cid| crate::cbor::link(cid.as_bytes())).collect();
    assert_eq!(too_many("parents", links), Error::TooLarge(Limit::Parents));
}

#[test]
fn a_node_has_at_most_32_references() {
    let mut cids: Vec<Cid> = (0..=REFS_MAX as u8).map(cid).collect();
    cids.sort_unstable();
    let refs = cids.iter().map(|cid| reference("evidence", *cid));
    assert!(References::sorted(refs.clone().skip(1)).is_ok());
    assert!(References::sorted(refs).is_err());
    let item = |cid: &Cid| map(&[("cid", crate::cbor::link(cid.as_bytes())), ("rel", crate::cbor::text("evidence"))]);
    assert_eq!(too_many("refs", cids.iter().map(item).collect()), Error::TooLarge(Limit::References));
}

/// The largest node: the largest payload, and every field of the header as long as it may be.
#[test]
fn the_largest_header_fits_beside_the_largest_payload() {
    let longest: Did = format!("did:icn:{}:{}a", "n".repeat(32), "a".repeat(51)).parse().unwrap();
    let draft = Draft {
        dag: longest.clone(),
        parents: Parents::sorted((0..PARENTS_MAX as u8).map(cid)).unwrap(),
        issuer: longest.clone(),
        seq: u64::MAX,
        epoch: u64::MAX,
        time: u64::MAX,
        kind: Kind::ExecutionReceipt,
        scope: Scope { kind: ScopeKind::WorkingGroup, id: longest },
        visibility: Visibility::Federation,
        refs: References::sorted((0..REFS_MAX as u8).map(|n| reference(&"r".repeat(32), cid(n)))).unwrap(),
        payload: Payload::new(long(PAYLOAD_BYTES_MAX)).unwrap(),
    };
    let node = Node::sign(draft, &signer(7)).unwrap();
    let header = node.bytes().len() - PAYLOAD_BYTES_MAX;
    assert!(header <= HEADER_BYTES_MAX, "{header}");
    assert_eq!(Node::decode(node.bytes()).as_ref(), Ok(&node));
    assert_eq!(longest_kind(), Kind::ExecutionReceipt.as_str().len());
    // The map, names and values, the scope's, parents, and five items a reference.
    assert!(1 + 2 * 14 + 4 + PARENTS_MAX as usize + 5 * REFS_MAX as usize <= HEADER_ITEMS_MAX);
}

fn longest_kind() -> usize {
    Kind::ALL.iter().map(|kind| kind.as_str().len()).max().unwrap()
}

#[test]
fn a_node_of_the_most_items_fits() {
    let draft = Draft {
        parents: Parents::sorted((0..PARENTS_MAX as u8).map(cid)).unwrap(),
        refs: References::sorted((0..REFS_MAX as u8).map(|n| reference("r", cid(n)))).unwrap(),
        payload: Payload::new(wide(ITEMS_MAX)).unwrap(),
        ..samples::draft()
    };
    let node = Node::sign(draft, &signer(7)).unwrap();
    assert_eq!(Node::decode(node.bytes()).as_ref(), Ok(&node));
}
