//! Nodes at random.

use icn_dag::{
    Cid, Codec, Did, Draft, Ipld, Key, Kind, Node, Parents, Payload, Reference, References, Scope, ScopeKind,
    Visibility,
};
use proptest::{collection::vec, prelude::*, sample::select};

pub(crate) fn cids() -> impl Strategy<Value = Cid> {
    (any::<[u8; 32]>(), select(vec![Codec::Raw, Codec::DagCbor]))
        .prop_map(|(digest, codec)| Cid::from_digest(codec, digest))
}

/// DIDs of persons and organisations.
pub(crate) fn dids() -> impl Strategy<Value = Did> {
    "did:icn:[a-z0-9]{1,10}(-[a-z0-9]{1,10})?:[a-z2-7]{51}[aq]".prop_map(|text| text.parse().unwrap())
}

/// Those of machines, too.
pub(crate) fn any_dids() -> impl Strategy<Value = Did> {
    prop_oneof![4 => dids(), 1 => any::<[u8; 32]>().prop_map(|bytes| Did::of_key(&Key(bytes)))]
}

/// Integers of every length, of all that have an encoding.
fn integers() -> impl Strategy<Value = i128> {
    (any::<u64>(), 0..64u32, any::<bool>()).prop_map(|(bits, shift, is_negative)| {
        let number = i128::from(bits >> shift);
        if is_negative {
            -1 - number
        } else {
            number
        }
    })
}

pub(crate) fn data() -> impl Strategy<Value = Ipld> {
    let leaf = prop_oneof![
        Just(Ipld::Null),
        any::<bool>().prop_map(Ipld::Bool),
        integers().prop_map(Ipld::Integer),
        ".{0,30}".prop_map(Ipld::String),
        vec(any::<u8>(), 0..300).prop_map(Ipld::Bytes),
        cids().prop_map(|cid| Ipld::Link((&cid).into())),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..8).prop_map(Ipld::List),
            proptest::collection::btree_map(".{0,26}", inner, 0..8).prop_map(Ipld::Map),
        ]
    })
}

fn references() -> impl Strategy<Value = References> {
    let one = ("[a-z0-9_]{1,32}", cids()).prop_map(|(rel, cid)| Reference { rel: rel.parse().unwrap(), cid });
    vec(one, 0..5).prop_map(|references| References::sorted(references).unwrap())
}

fn scopes() -> impl Strategy<Value = Scope> {
    (select(ScopeKind::ALL), dids(), any_dids())
        .prop_map(|(kind, id, any)| Scope { kind, id: if kind == ScopeKind::Node { any } else { id } })
}

pub(crate) fn drafts() -> impl Strategy<Value = Draft> {
    let numbers = (any::<u64>(), 0..64u32).prop_map(|(bits, shift)| bits >> shift);
    let ids = (dids(), any_dids(), vec(cids(), 1..5));
    let numbers = (numbers.clone(), numbers.clone(), numbers);
    let words = (select(Kind::ALL), select(Visibility::ALL));
    let rest = (scopes(), references(), data());
    (ids, numbers, words, rest).prop_map(|((dag, issuer, parents), (seq, epoch, time), (kind, visibility), rest)| {
        let (scope, refs, data) = rest;
        let parents = if kind == Kind::Genesis { vec![] } else { parents };
        Draft {
            dag,
            parents: Parents::sorted(parents).unwrap(),
            issuer,
            seq,
            epoch,
            time,
            kind,
            scope,
            visibility,
            refs,
            payload: Payload::new(data).unwrap(),
        }
    })
}

/// Signed nodes and emitted ones.
pub(crate) fn nodes() -> impl Strategy<Value = Node> {
    let signed = (drafts(), any::<u8>()).prop_map(|(draft, number)| Node::sign(draft, &crate::samples::signer(number)));
    let emitted = (drafts(), any::<u32>()).prop_map(|(draft, height)| Node::emit(draft, height));
    prop_oneof![signed, emitted].prop_map(Result::unwrap)
}
