//! One value of each type, with every field different from its neighbours and from its default.

use icn_dag::{
    Cid, Codec, Did, Draft, Ipld, Key, Kind, Node, Parents, Payload, Reference, References, Scope, ScopeKind,
    SigningKey, Visibility,
};
use std::collections::BTreeMap;

/// The height of the block that emits samples.
pub(crate) const HEIGHT: u32 = 70_000;

/// The key pair of a number.
pub(crate) fn signer(number: u8) -> SigningKey {
    SigningKey::from([number; 32])
}

/// Its public half.
pub(crate) fn key(number: u8) -> Key {
    Key::of(&signer(number))
}

/// The person or organisation of a letter.
pub(crate) fn did(letter: char) -> Did {
    format!("did:icn:test-01234567:{}a", letter.to_string().repeat(51)).parse().unwrap()
}

/// The CID of some node.
pub(crate) fn cid(number: u8) -> Cid {
    Cid::of(Codec::DagCbor, &[number])
}

/// The CID of some blob.
pub(crate) fn blob(number: u8) -> Cid {
    Cid::of(Codec::Raw, &[number])
}

pub(crate) fn link(cid: Cid) -> Ipld {
    Ipld::Link((&cid).into())
}

pub(crate) fn map(entries: impl IntoIterator<Item = (&'static str, Ipld)>) -> Ipld {
    Ipld::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<BTreeMap<_, _>>())
}

pub(crate) fn payload(data: Ipld) -> Payload {
    Payload::new(data).unwrap()
}

pub(crate) fn reference(rel: &str, cid: Cid) -> Reference {
    Reference { rel: rel.parse().unwrap(), cid }
}

pub(crate) fn references(references: impl IntoIterator<Item = Reference>) -> References {
    References::sorted(references).unwrap()
}

/// A payload with data of every kind.
pub(crate) fn data() -> Ipld {
    map([
        ("no", Ipld::Bool(false)),
        ("yes", Ipld::Bool(true)),
        ("none", Ipld::Null),
        ("least", Ipld::Integer(-(1 << 64))),
        ("most", Ipld::Integer((1 << 64) - 1)),
        ("salt", Ipld::Bytes(vec![8; 16])),
        ("note", Ipld::String("sí".into())),
        ("list", Ipld::List(vec![Ipld::Integer(1), map([])])),
        ("blob", link(blob(9))),
    ])
}

/// A vote of person `p` in the DAG of cooperative `c`.
pub(crate) fn draft() -> Draft {
    Draft {
        dag: did('c'),
        parents: Parents::sorted([cid(1), cid(2)]).unwrap(),
        issuer: did('p'),
        seq: 3,
        epoch: 41,
        time: 1_767_225_600_123,
        kind: Kind::Vote,
        scope: Scope { kind: ScopeKind::Cooperative, id: did('s') },
        visibility: Visibility::Public,
        refs: references([reference("proposal", cid(5)), reference("evidence", blob(6))]),
        payload: payload(data()),
    }
}

/// The first node of a DAG.
pub(crate) fn genesis() -> Draft {
    Draft { parents: Parents::default(), kind: Kind::Genesis, refs: References::default(), seq: 0, ..draft() }
}

pub(crate) fn node() -> Node {
    Node::sign(draft(), &signer(7)).unwrap()
}

pub(crate) fn emitted() -> Node {
    Node::emit(draft(), HEIGHT).unwrap()
}
