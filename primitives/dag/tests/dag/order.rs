//! The order of the checks: of two faults, the earlier is reported.

use crate::{
    samples::{self, cid, did, key, link, map, references, signer},
    world::World,
};
use icn_dag::{
    ipld::{decode, encode, Limits},
    limits::{NODE_BYTES_MAX, PAYLOAD_BYTES_MAX},
    validate, Draft, Ipld, Node, Proof,
};
use std::collections::BTreeMap;

/// What is judged, before it is one: a fault changes some of it.
struct Case {
    draft: Draft,
    /// Whether the signature is of something else.
    is_forged: bool,
    /// Changes of the encoded node and of its bytes, and of the world that has seen the node.
    in_fields: Vec<fn(&mut BTreeMap<String, Ipld>)>,
    in_bytes: Vec<fn(&mut Vec<u8>)>,
    in_world: Vec<fn(&mut World, &Node)>,
}

impl Case {
    fn code(self) -> &'static str {
        let mut world = World::around(&samples::draft());
        let signed = Node::sign(self.draft.clone(), &signer(7)).unwrap();
        let forged = Proof::Signed { key: key(7), sig: [1; 64] };
        let node = if self.is_forged { Node::with_proof(self.draft, forged).unwrap() } else { signed };
        self.in_world.iter().for_each(|change| change(&mut world, &node));
        let Ok(Ipld::Map(mut fields)) = decode(node.bytes(), &Limits::NODE) else { panic!("a map") };
        self.in_fields.iter().for_each(|change| change(&mut fields));
        let mut bytes = encode(&Ipld::Map(fields), &Limits::NODE).unwrap();
        self.in_bytes.iter().for_each(|change| change(&mut bytes));
        validate(&bytes, &world, world.now).map_or_else(|error| error.code(), |_| "valid")
    }
}

/// The code of a fault and how to plant it.
type Plant = (&'static str, fn(&mut Case));

/// Every fault in the order of the checks. Those of one line exclude each other.
fn faults() -> Vec<Vec<Plant>> {
    vec![
        vec![("too_large", |case| case.in_bytes.push(|bytes| bytes.resize(NODE_BYTES_MAX + 1, 0)))],
        vec![("not_canonical", |case| case.in_bytes.insert(0, |bytes| bytes.push(0)))],
        vec![("unknown_version", |case| {
            case.in_fields.push(|fields| drop(fields.insert("v".into(), Ipld::Integer(2))))
        })],
        vec![("too_large", |case| {
            case.in_fields.push(|fields| {
                let data = map([("b", Ipld::Bytes(vec![0; PAYLOAD_BYTES_MAX]))]);
                fields.insert("payload".into(), data);
            });
        })],
        vec![("malformed", |case| case.in_fields.push(|fields| drop(fields.remove("visibility"))))],
        vec![("unknown_field", |case| case.in_fields.push(|fields| drop(fields.insert("x".into(), Ipld::Null))))],
        vec![("duplicate", |case| case.in_world.push(|world, node| _ = world.known.insert(node.cid())))],
        vec![("unknown_parent", |case| case.in_world.push(|world, _| drop(world.parents.remove(&cid(1)))))],
        vec![("cycle_or_foreign_parent", |case| {
            case.in_world.push(|world, _| world.parents.get_mut(&cid(2)).unwrap().dag = did('x'));
        })],
        vec![
            ("bad_sequence", |case| case.in_world.push(|world, _| world.last.clear())),
            ("equivocation", |case| case.in_world.push(|world, _| world.last.values_mut().for_each(|last| last.0 = 3))),
        ],
        vec![("bad_epoch", |case| case.in_world.push(|world, _| world.now.epoch -= 1))],
        vec![("bad_time", |case| case.in_world.push(|world, _| world.now.time = 0))],
        vec![
            ("unknown_issuer", |case| case.in_world.push(|world, _| world.keys.clear())),
            ("unknown_key", |case| case.in_world.push(|world, _| world.keys.values_mut().for_each(BTreeMap::clear))),
            ("key_revoked", |case| {
                case.in_world.push(|world, _| {
                    world.keys.values_mut().flat_map(BTreeMap::values_mut).for_each(|epochs| epochs.1 = 40);
                });
            }),
        ],
        vec![("bad_signature", |case| case.is_forged = true)],
        vec![("unauthorised", |case| case.in_world.push(|world, _| world.rights.clear()))],
        vec![
            ("bad_payload", |case| case.draft.refs = references([])),
            ("bad_payload", |case| case.draft.payload = samples::payload(link(cid(1)))),
        ],
    ]
}

fn sound() -> Case {
    let none = (vec![], vec![], vec![]);
    Case { draft: samples::draft(), is_forged: false, in_fields: none.0, in_bytes: none.1, in_world: none.2 }
}

#[test]
fn each_fault_alone_is_reported() {
    assert_eq!(sound().code(), "valid");
    for (code, plant) in faults().into_iter().flatten() {
        let mut case = sound();
        plant(&mut case);
        assert_eq!(case.code(), code);
    }
}

#[test]
fn of_two_faults_the_earlier_is_reported() {
    let faults = faults();
    let mut pairs = 0;
    for (place, earlier) in faults.iter().enumerate() {
        for later in &faults[place + 1..] {
            for ((code, plant), (other, plant_other)) in
                earlier.iter().flat_map(|one| later.iter().map(move |two| (one, two)))
            {
                let mut case = sound();
                plant(&mut case);
                plant_other(&mut case);
                assert_eq!(case.code(), *code, "{code} and {other}");
                pairs += 1;
            }
        }
    }
    assert_eq!(pairs, 185);
}

#[test]
fn all_faults_together_are_the_first() {
    let mut case = sound();
    faults().into_iter().for_each(|line| line[0].1(&mut case));
    assert_eq!(case.code(), "too_large");
}
