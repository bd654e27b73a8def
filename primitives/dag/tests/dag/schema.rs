//! What a payload must be.

use crate::{
    samples::{blob, cid, data, draft, link, map, payload, reference, references, signer},
    world::World,
};
use icn_dag::{validate, Draft, Error, Ipld, Kind, Node, Visibility};

fn judged(draft: Draft) -> Result<(), Error> {
    let world = World::around(&draft);
    validate(Node::sign(draft, &signer(7))?.bytes(), &world, world.now).map(drop)
}

#[test]
fn a_payload_is_a_map() {
    for data in [Ipld::Null, Ipld::List(vec![]), Ipld::String("x".into()), link(cid(1))] {
        for visibility in Visibility::ALL {
            let draft = Draft { payload: payload(data.clone()), visibility: *visibility, ..draft() };
            assert_eq!(judged(draft), Err(Error::BadPayload("payload")));
        }
    }
}

#[test]
fn what_not_everyone_may_see_is_sealed() {
    let commitment = |len| map([("commitment", Ipld::Bytes(vec![1; len]))]);
    let foreign = cid::Cid::new_v1(0x70, cid::multihash::Multihash::<64>::wrap(0x12, &[1; 32]).unwrap());
    let cases = [
        (map([("ct", link(blob(1)))]), Ok(())),
        (map([("ct", link(cid(1)))]), Ok(())),
        (commitment(32), Ok(())),
        (commitment(31), Err("payload.commitment")),
        (commitment(33), Err("payload.commitment")),
        (map([("commitment", Ipld::String("x".repeat(32)))]), Err("payload.commitment")),
        (map([("ct", Ipld::Link(foreign))]), Err("payload.ct")),
        (map([("ct", Ipld::Bytes(vec![1; 36]))]), Err("payload.ct")),
        (map([]), Err("payload")),
        (map([("text", Ipld::String("plain".into()))]), Err("payload")),
        (map([("ct", link(blob(1))), ("note", Ipld::Null)]), Err("payload")),
        (map([("ct", link(blob(1))), ("commitment", Ipld::Bytes(vec![1; 32]))]), Err("payload")),
        (data(), Err("payload")),
    ];
    for (data, expected) in cases {
        for visibility in [Visibility::Members, Visibility::Disclosed] {
            let draft = Draft { payload: payload(data.clone()), visibility, ..draft() };
            assert_eq!(judged(draft), expected.map_err(Error::BadPayload), "{data:?}");
        }
        for visibility in [Visibility::Public, Visibility::Federation] {
            let draft = Draft { payload: payload(data.clone()), visibility, ..draft() };
            assert_eq!(judged(draft), Ok(()), "{data:?}");
        }
    }
}

#[test]
fn votes_and_receipts_name_one_proposal_and_messages_one_thread() {
    let wanted = |kind| match kind {
        Kind::Vote | Kind::ExecutionReceipt => Some(("proposal", "refs.proposal")),
        Kind::Message => Some(("thread", "refs.thread")),
        _ => None,
    };
    for kind in Kind::ALL.iter().filter(|kind| **kind != Kind::Genesis) {
        let with = |refs: &[(&str, u8)]| {
            let refs = references(refs.iter().map(|(rel, number)| reference(rel, cid(*number))));
            judged(Draft { kind: *kind, refs, ..draft() })
        };
        match wanted(*kind) {
            Some((rel, path)) => {
                assert_eq!(with(&[(rel, 1)]), Ok(()), "{kind}");
                assert_eq!(with(&[(rel, 1), ("evidence", 1)]), Ok(()), "{kind}");
                assert_eq!(with(&[]), Err(Error::BadPayload(path)), "{kind}");
                assert_eq!(with(&[("evidence", 1)]), Err(Error::BadPayload(path)), "{kind}");
                assert_eq!(with(&[(rel, 1), (rel, 2)]), Err(Error::BadPayload(path)), "{kind}");
            }
            None => assert_eq!(with(&[]), Ok(()), "{kind}"),
        }
    }
}
