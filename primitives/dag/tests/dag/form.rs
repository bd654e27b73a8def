//! Nodes as they are encoded: they read back, have the names that the specification gives them, and whatever is not of this
//! form is refused.

use crate::{
    random,
    samples::{self, blob, cid, did, draft, emitted, genesis, key, link, map, node, signer},
};
use icn_dag::{
    header::Author,
    ipld::{decode, encode, Limits},
    Cid, Codec, Did, Draft, Error, Ipld, Kind, Node, Parents, Proof, Scope, ScopeKind,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn fields(node: &Node) -> BTreeMap<String, Ipld> {
    match decode(node.bytes(), &Limits::NODE) {
        Ok(Ipld::Map(fields)) => fields,
        other => panic!("{other:?}"),
    }
}

fn written(fields: BTreeMap<String, Ipld>) -> Vec<u8> {
    encode(&Ipld::Map(fields), &Limits::NODE).unwrap()
}

/// The sample with one field changed, added or, when there is no value, removed.
fn changed(node: &Node, field: &str, value: impl Into<Option<Ipld>>) -> Result<Node, Error> {
    let mut fields = fields(node);
    match value.into() {
        Some(value) => fields.insert(field.into(), value),
        None => fields.remove(field),
    };
    Node::decode(&written(fields))
}

#[test]
fn a_signed_node_has_these_fields() {
    let draft = draft();
    let node = node();
    let Proof::Signed { key, sig } = node.proof() else { panic!("signed") };
    let text = |text: &str| Ipld::String(text.into());
    let reference = |rel: &str, cid: Cid| map([("cid", link(cid)), ("rel", text(rel))]);
    let expected = map([
        ("v", Ipld::Integer(1)),
        ("dag", text(did('c').as_str())),
        ("key", Ipld::Bytes(key.0.to_vec())),
        ("seq", Ipld::Integer(3)),
        ("sig", Ipld::Bytes(sig.to_vec())),
        ("kind", text("vote")),
        ("refs", Ipld::List(vec![reference("evidence", blob(6)), reference("proposal", cid(5))])),
        ("time", Ipld::Integer(1_767_225_600_123)),
        ("epoch", Ipld::Integer(41)),
        ("scope", map([("id", text(did('s').as_str())), ("kind", text("cooperative"))])),
        ("issuer", text(did('p').as_str())),
        ("parents", Ipld::List(draft.parents.iter().map(|cid| link(*cid)).collect())),
        ("payload", samples::data()),
        ("visibility", text("public")),
    ]);
    assert_eq!(decode(node.bytes(), &Limits::NODE), Ok(expected));
}

/// The encoding and the names once more from their definition, without this crate's encoder.
#[test]
fn names_are_those_of_their_definition() {
    let node = node();
    let mut header = fields(&node);
    let signature = header.remove("sig").unwrap();
    let payload = header.remove("payload").unwrap();
    let stock = |data: &Ipld| {
        let block = serde_ipld_dagcbor::to_vec(data).unwrap();
        Cid::of(Codec::DagCbor, &block)
    };
    header.insert("payload".into(), link(stock(&payload)));
    assert_eq!(node.signing_cid(), stock(&Ipld::Map(header)));
    assert_eq!(node.cid(), Cid::of(Codec::DagCbor, node.bytes()));
    assert_ne!(node.cid(), node.signing_cid());
    let message = [b"icn/dag/1", &node.signing_cid().as_bytes()[..]].concat();
    assert_eq!(signature, Ipld::Bytes(signer(7).sign(&message).to_bytes().to_vec()));
}

#[test]
fn an_emitted_node_has_a_height_and_no_key_and_signature() {
    let emitted = emitted();
    let mut expected = fields(&node());
    expected.remove("key");
    expected.remove("sig");
    expected.insert("height".into(), Ipld::Integer(samples::HEIGHT.into()));
    assert_eq!(fields(&emitted), expected);
    assert_eq!(emitted.proof(), &Proof::Emitted { height: samples::HEIGHT });
    assert_eq!(emitted.header().author, Author::Block(samples::HEIGHT));
    assert_eq!(emitted.verify(), Err(Error::BadSignature));
}

#[test]
fn a_signature_from_elsewhere_makes_the_same_node() {
    let draft = draft();
    let signing_cid = draft.header(Author::Key(key(7))).signing_cid();
    let sig = signer(7).sign(&icn_dag::key::signing_message(&signing_cid)).to_bytes();
    assert_eq!(Node::with_proof(draft, Proof::Signed { key: key(7), sig }), Ok(node()));
}

#[test]
fn the_header_is_the_node_without_payload_and_signature() {
    let node = node();
    assert_eq!(node.header(), &draft().header(Author::Key(key(7))));
    assert_eq!(node.header().payload, node.payload().cid());
    let mut expected = fields(&node);
    expected.remove("sig");
    expected.insert("payload".into(), link(node.payload().cid()));
    assert_eq!(decode(&node.header().to_bytes(), &Limits::NODE), Ok(Ipld::Map(expected)));
    // It is no node.
    assert_eq!(Node::decode(&node.header().to_bytes()).unwrap_err(), Error::Malformed { field: "sig" });
}

#[test]
fn a_field_that_is_missing_is_named() {
    for node in [node(), emitted()] {
        for field in fields(&node).keys() {
            let error = changed(&node, field, None).unwrap_err();
            let named = if matches!(&field[..], "key" | "height") { "sig" } else { field };
            assert!(matches!(error, Error::Malformed { field } if field == named), "{field}: {error}");
        }
    }
}

#[test]
fn a_field_of_another_type_is_named() {
    for node in [node(), emitted()] {
        for (field, value) in fields(&node) {
            let others = [
                Ipld::Null,
                Ipld::Bool(true),
                Ipld::Integer(-1),
                Ipld::Integer(1 << 63),
                Ipld::String("x".into()),
                Ipld::Bytes(vec![1; 33]),
                Ipld::List(vec![Ipld::Null]),
                map([("x", Ipld::Null)]),
                link(cid(1)),
            ];
            for other in others {
                // Any number is a number, and any data is a payload.
                let is_number = matches!((&value, &other), (Ipld::Integer(_), Ipld::Integer(1..))) && field != "height";
                if is_number || field == "payload" {
                    continue;
                }
                match changed(&node, &field, other.clone()).unwrap_err() {
                    Error::Malformed { field: named } => {
                        assert!(named.starts_with(&field), "{field} {named} {other:?}")
                    }
                    error => panic!("{field} {other:?}: {error}"),
                }
            }
        }
    }
}

#[test]
fn numbers_have_64_bits_and_a_height_has_32() {
    for number in [0, u64::MAX] {
        for field in ["seq", "epoch", "time"] {
            assert!(changed(&node(), field, Ipld::Integer(number.into())).is_ok());
        }
    }
    assert!(changed(&emitted(), "height", Ipld::Integer(u32::MAX.into())).is_ok());
    let error = changed(&emitted(), "height", Ipld::Integer(1 << 32)).unwrap_err();
    assert_eq!(error, Error::Malformed { field: "height" });
}

#[test]
fn a_field_that_nodes_do_not_have_is_refused() {
    assert_eq!(changed(&node(), "prev", Ipld::Null), Err(Error::UnknownField));
    let scope = |key| {
        map([("kind", Ipld::String("node".into())), ("id", Ipld::String(did('s').to_string())), (key, Ipld::Null)])
    };
    assert_eq!(changed(&node(), "scope", scope("parent")), Err(Error::UnknownField));
    let reference = map([("rel", Ipld::String("x".into())), ("cid", link(cid(1))), ("note", Ipld::Null)]);
    assert_eq!(changed(&node(), "refs", Ipld::List(vec![reference])), Err(Error::UnknownField));
}

#[test]
fn another_version_is_refused_before_its_fields() {
    let mut fields = fields(&node());
    fields.insert("v".into(), Ipld::Integer(2));
    fields.remove("dag");
    assert_eq!(Node::decode(&written(fields)), Err(Error::UnknownVersion(2)));
    assert_eq!(changed(&node(), "v", Ipld::Integer(0)), Err(Error::UnknownVersion(0)));
}

#[test]
fn a_node_is_either_signed_or_emitted() {
    let sig = fields(&node()).remove("sig").unwrap();
    let refused = Err(Error::Malformed { field: "sig" });
    assert_eq!(changed(&emitted(), "sig", sig), refused);
    assert_eq!(changed(&emitted(), "key", Ipld::Bytes(vec![1; 32])), refused);
    assert_eq!(changed(&node(), "height", Ipld::Integer(1)), refused);
    assert_eq!(changed(&node(), "sig", Ipld::Bytes(vec![1; 63])), refused);
    assert_eq!(changed(&node(), "key", Ipld::Bytes(vec![1; 31])), Err(Error::Malformed { field: "key" }));
}

#[test]
fn parents_and_references_ascend_and_are_there_once() {
    let mut cids = [cid(1), cid(2), blob(3)];
    cids.sort_unstable();
    let links = |places: &[usize]| Ipld::List(places.iter().map(|place| link(cids[*place])).collect());
    assert!(changed(&node(), "parents", links(&[0, 1, 2])).is_ok());
    for places in [&[1, 0][..], &[0, 0], &[0, 2, 1]] {
        assert_eq!(changed(&node(), "parents", links(places)), Err(Error::Malformed { field: "parents" }));
    }
    let reference = |rel: &str, place: usize| map([("rel", Ipld::String(rel.into())), ("cid", link(cids[place]))]);
    let refs = |list: &[(&str, usize)]| Ipld::List(list.iter().map(|(rel, place)| reference(rel, *place)).collect());
    assert!(changed(&node(), "refs", refs(&[("a", 1), ("a", 2), ("b", 0)])).is_ok());
    for list in [[("b", 0), ("a", 1)], [("a", 1), ("a", 0)], [("a", 0), ("a", 0)]] {
        assert_eq!(changed(&node(), "refs", refs(&list)), Err(Error::Malformed { field: "refs" }));
    }
}

#[test]
fn links_of_other_kinds_are_for_payloads_only() {
    let hash = cid::multihash::Multihash::<64>::wrap(0x12, &[1; 32]).unwrap();
    let foreign = Ipld::Link(cid::Cid::new_v1(0x70, hash));
    let refused = changed(&node(), "parents", Ipld::List(vec![foreign.clone()]));
    assert_eq!(refused, Err(Error::Malformed { field: "parents" }));
    let reference = map([("rel", Ipld::String("x".into())), ("cid", foreign.clone())]);
    assert_eq!(changed(&node(), "refs", Ipld::List(vec![reference])), Err(Error::Malformed { field: "refs.cid" }));
    assert!(changed(&node(), "payload", map([("file", foreign)])).is_ok());
}

/// What decoding refuses, making refuses too.
fn refused(draft: Draft, field: &'static str) {
    assert_eq!(Node::sign(draft.clone(), &signer(7)), Err(Error::Malformed { field }));
    assert_eq!(Node::emit(draft.clone(), 1), Err(Error::Malformed { field }));
    let sound = Node::sign(samples::draft(), &signer(7)).unwrap();
    let header = draft.header(Author::Key(key(7)));
    let Ok(Ipld::Map(mut fields)) = decode(&header.to_bytes(), &Limits::NODE) else { panic!("a map") };
    fields.insert("sig".into(), self::fields(&sound).remove("sig").unwrap());
    fields.insert("payload".into(), draft.payload.data().clone());
    assert_eq!(Node::decode(&written(fields)), Err(Error::Malformed { field }));
}

#[test]
fn only_the_first_node_of_a_dag_has_no_parents() {
    refused(Draft { parents: Parents::default(), ..draft() }, "parents");
    refused(Draft { parents: Parents::sorted([cid(1)]).unwrap(), ..genesis() }, "parents");
    assert!(Node::sign(genesis(), &signer(7)).is_ok());
}

#[test]
fn only_machines_issuers_and_their_scopes_are_keys() {
    let machine = Did::of_key(&key(7));
    refused(Draft { dag: machine.clone(), ..draft() }, "dag");
    for kind in ScopeKind::ALL {
        let draft = Draft { scope: Scope { kind: *kind, id: machine.clone() }, issuer: machine.clone(), ..draft() };
        if *kind == ScopeKind::Node {
            assert!(Node::sign(draft, &signer(7)).is_ok());
        } else {
            refused(draft, "scope.id");
        }
    }
}

#[test]
fn a_block_that_is_no_map_is_no_node() {
    for data in [Ipld::Null, Ipld::List(vec![]), Ipld::Integer(1), link(cid(1))] {
        let block = encode(&data, &Limits::NODE).unwrap();
        assert_eq!(Node::decode(&block), Err(Error::Malformed { field: "v" }));
    }
    let bare = encode(&map([("kind", Ipld::String(Kind::Vote.to_string()))]), &Limits::NODE).unwrap();
    assert_eq!(Node::decode(&bare), Err(Error::Malformed { field: "v" }));
}

proptest! {
    #[test]
    fn nodes_read_back(node in random::nodes()) {
        let back = Node::decode(node.bytes()).unwrap();
        prop_assert_eq!(&back, &node);
        let is_signed = matches!(node.proof(), Proof::Signed { .. });
        prop_assert_eq!(back.verify().is_ok(), is_signed);
    }

    #[test]
    fn data_reads_back(data in random::data()) {
        let block = encode(&data, &Limits::PAYLOAD).unwrap();
        prop_assert_eq!(decode(&block, &Limits::PAYLOAD), Ok(data));
    }
}
