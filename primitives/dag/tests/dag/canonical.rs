//! Bytes that are CBOR in another form than dag-cbor's, or none: each planted by hand, alone and inside a node.

use crate::{
    cbor::{bytes, head, link, list, map, tag, text, wide},
    samples,
};
use icn_dag::{
    ipld::{decode, encode, Limits},
    Error, Fault, Ipld, Node,
};
use proptest::prelude::*;

fn fault(block: &[u8]) -> (usize, Fault) {
    match decode(block, &Limits::PAYLOAD) {
        Err(Error::NotCanonical { at, fault }) => (at, fault),
        other => panic!("{}: {other:?}", hex::encode(block)),
    }
}

#[test]
fn each_fault_is_named_with_its_place() {
    let one = || head(0, 1);
    let cid = *samples::cid(1).as_bytes();
    let planted: Vec<(Vec<u8>, usize, Fault)> = vec![
        (vec![], 0, Fault::Truncated),
        (text("abc")[..3].to_vec(), 1, Fault::Truncated),
        (wide(0, 300, 2)[..2].to_vec(), 1, Fault::Truncated),
        (head(4, 2), 1, Fault::Truncated),
        ([one(), one()].concat(), 1, Fault::Trailing),
        (wide(0, 23, 1), 0, Fault::NotMinimal),
        (wide(1, 0xff, 2), 0, Fault::NotMinimal),
        (wide(0, 0xffff, 4), 0, Fault::NotMinimal),
        (wide(1, 0xffff_ffff, 8), 0, Fault::NotMinimal),
        ([wide(2, 1, 1), vec![7]].concat(), 0, Fault::NotMinimal),
        ([wide(3, 1, 2), vec![b'a']].concat(), 0, Fault::NotMinimal),
        ([wide(4, 1, 4), one()].concat(), 0, Fault::NotMinimal),
        ([wide(5, 1, 8), text("a"), one()].concat(), 0, Fault::NotMinimal),
        ([wide(6, 42, 2), bytes(&[&[0], &cid[..]].concat())].concat(), 0, Fault::NotMinimal),
        (vec![0x5f, 0x41, 1, 0xff], 0, Fault::Indefinite),
        (vec![0x7f, 0x61, b'a', 0xff], 0, Fault::Indefinite),
        (vec![0x9f, 1, 0xff], 0, Fault::Indefinite),
        (vec![0xbf, 0x61, b'a', 1, 0xff], 0, Fault::Indefinite),
        (vec![0x81, 0xff], 1, Fault::Indefinite),
        (vec![0x1c], 0, Fault::Reserved),
        (vec![0xfc], 0, Fault::Reserved),
        (vec![0xf9, 0, 0], 0, Fault::Float),
        (vec![0xfa, 0x3f, 0x80, 0, 0], 0, Fault::Float),
        (list(&[one(), vec![0xfb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0]]), 2, Fault::Float),
        // Undefined, a simple value without a name, and false in two bytes.
        (vec![0xf7], 0, Fault::Simple),
        (vec![0xe0], 0, Fault::Simple),
        (vec![0xf8, 20], 0, Fault::Simple),
        (tag(1, one()), 0, Fault::Tag),
        // A big number, which other decoders take for an integer.
        (tag(2, bytes(&[1])), 0, Fault::Tag),
        (tag(42, text("a")), 0, Fault::Link),
        (tag(42, bytes(&[])), 0, Fault::Link),
        (tag(42, bytes(&[0])), 0, Fault::Link),
        (tag(42, bytes(&cid)), 0, Fault::Link),
        (link(&cid[..35]), 0, Fault::Link),
        (link(&[&cid[..], &[0]].concat()), 0, Fault::Link),
        // Version 2, and the codec in two bytes.
        (link(&[&[2], &cid[1..]].concat()), 0, Fault::Link),
        (link(&[&[1, 0xf1, 0], &cid[2..]].concat()), 0, Fault::Link),
        ([head(3, 2), vec![0xc3, 0x28]].concat(), 0, Fault::Text),
        // A surrogate.
        ([head(3, 3), vec![0xed, 0xa0, 0x80]].concat(), 0, Fault::Text),
        ([head(5, 1), one(), one()].concat(), 1, Fault::Key),
        ([head(5, 1), bytes(b"a"), one()].concat(), 1, Fault::Key),
        (map(&[("a", one()), ("a", one())]), 4, Fault::KeyTwice),
        (map(&[("b", one()), ("a", one())]), 4, Fault::KeyOrder),
        // The order of RFC 8949 where it differs from RFC 7049's: bytes before length.
        (map(&[("aa", one()), ("b", one())]), 5, Fault::KeyOrder),
    ];
    for (block, at, expected) in planted {
        assert_eq!(fault(&block), (at, expected), "{}", hex::encode(&block));
    }
}

#[test]
fn keys_are_in_order_of_length_first() {
    let block = map(&[("", head(0, 0)), ("b", head(0, 1)), ("aa", head(0, 2)), ("ab", head(0, 3))]);
    let data = decode(&block, &Limits::PAYLOAD).unwrap();
    assert_eq!(encode(&data, &Limits::PAYLOAD).unwrap(), block);
}

#[test]
fn what_has_no_encoding_is_no_payload() {
    for data in [Ipld::Float(1.0), Ipld::Integer(1 << 64), Ipld::Integer(-(1 << 64) - 1)] {
        let error = icn_dag::Payload::new(Ipld::List(vec![data.clone()])).unwrap_err();
        assert_eq!(error.code(), "not_canonical", "{data:?}");
    }
}

/// The entries of the sample, in order.
fn entries() -> Vec<(String, Vec<u8>)> {
    let Ok(Ipld::Map(fields)) = decode(samples::node().bytes(), &Limits::NODE) else { panic!("a map") };
    let mut entries: Vec<_> =
        fields.into_iter().map(|(key, value)| (key, encode(&value, &Limits::NODE).unwrap())).collect();
    entries.sort_by_key(|(key, _)| (key.len(), key.clone()));
    entries
}

fn written(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    map(&entries.iter().map(|(key, value)| (&key[..], value.clone())).collect::<Vec<_>>())
}

fn refusal(block: &[u8]) -> Fault {
    match Node::decode(block) {
        Err(Error::NotCanonical { fault, .. }) => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_node_by_hand_is_the_node() {
    assert_eq!(written(&entries()), samples::node().bytes());
}

#[test]
fn a_node_with_fields_in_another_order_is_refused() {
    for place in 1..entries().len() {
        let mut entries = entries();
        entries.swap(place - 1, place);
        assert_eq!(refusal(&written(&entries)), Fault::KeyOrder, "{place}");
    }
}

#[test]
fn a_node_with_a_field_twice_is_refused() {
    for place in 0..entries().len() {
        let mut entries = entries();
        entries.insert(place, entries[place].clone());
        assert_eq!(refusal(&written(&entries)), Fault::KeyTwice, "{place}");
    }
}

#[test]
fn a_node_with_a_longer_number_is_refused() {
    for (field, value) in [("v", 1u64), ("seq", 3), ("epoch", 41)] {
        for width in [1, 2, 4, 8] {
            if field == "epoch" && width == 1 {
                continue; // That is its form.
            }
            let mut entries = entries();
            entries.iter_mut().find(|(key, _)| key == field).unwrap().1 = wide(0, value, width);
            assert_eq!(refusal(&written(&entries)), Fault::NotMinimal, "{field} in {width} bytes");
        }
    }
}

#[test]
fn a_node_of_indefinite_length_is_refused() {
    let node = samples::node();
    let open = [&[0xbf], &node.bytes()[1..], &[0xff]].concat();
    assert_eq!(refusal(&open), Fault::Indefinite);
}

#[test]
fn a_part_of_a_node_and_more_than_one_are_refused() {
    let node = samples::node();
    for len in 0..node.bytes().len() {
        assert_eq!(refusal(&node.bytes()[..len]), Fault::Truncated, "{len} bytes");
    }
    assert_eq!(refusal(&[node.bytes(), &[0]].concat()), Fault::Trailing);
    assert_eq!(refusal(&[node.bytes(), node.bytes()].concat()), Fault::Trailing);
}

proptest! {
    /// Whatever is accepted encodes to itself, so that no two blocks decode to one value.
    #[test]
    fn accepted_bytes_encode_to_themselves(block in proptest::collection::vec(any::<u8>(), 0..12)) {
        if let Ok(data) = decode(&block, &Limits::PAYLOAD) {
            prop_assert_eq!(encode(&data, &Limits::PAYLOAD).unwrap(), block);
        }
    }
}
