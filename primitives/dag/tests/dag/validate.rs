//! The rules of a node, one by one.

use crate::{
    samples::{self, cid, did, draft, genesis, key, node, references, signer},
    world::World,
};
use icn_dag::{limits::TIME_AHEAD_MAX, validate, Did, Draft, Error, Kind, Node, Parents, Proof, Scope, ScopeKind};

/// Signs a draft with key 7 and judges it.
fn judged(draft: Draft, world: &World) -> Result<Node, Error> {
    validate(Node::sign(draft, &signer(7))?.bytes(), world, world.now)
}

#[test]
fn a_node_that_keeps_the_rules_is_valid() {
    assert_eq!(judged(draft(), &World::around(&draft())), Ok(node()));
    let first = Node::sign(genesis(), &signer(7)).unwrap();
    assert_eq!(judged(genesis(), &World::around(&genesis())), Ok(first));
}

#[test]
fn a_node_that_is_known_is_a_duplicate() {
    let mut world = World::around(&draft());
    world.known.insert(node().cid());
    assert_eq!(judged(draft(), &world), Err(Error::Duplicate(node().cid())));
}

#[test]
fn a_node_whose_number_is_taken_by_itself_is_a_duplicate() {
    let mut world = World::around(&draft());
    world.last.insert((did('c'), did('p'), Some(key(7))), (3, node().cid()));
    assert_eq!(judged(draft(), &world), Err(Error::Duplicate(node().cid())));
}

#[test]
fn every_parent_is_known() {
    for parent in draft().parents.iter() {
        let mut world = World::around(&draft());
        world.parents.remove(parent);
        assert_eq!(judged(draft(), &world), Err(Error::UnknownParent(*parent)));
    }
}

#[test]
fn only_a_link_has_parents_in_other_dags() {
    let foreign = cid(2);
    for kind in Kind::ALL.iter().filter(|kind| **kind != Kind::Genesis) {
        let draft = Draft {
            kind: *kind,
            refs: references(["proposal", "thread"].map(|rel| samples::reference(rel, cid(5)))),
            ..draft()
        };
        let mut world = World::around(&draft);
        world.parents.get_mut(&foreign).unwrap().dag = did('x');
        let expected = if *kind == Kind::Link { Ok(()) } else { Err(Error::CycleOrForeignParent(foreign)) };
        assert_eq!(judged(draft, &world).map(drop), expected, "{kind}");
    }
}

#[test]
fn a_link_has_a_parent_in_its_own_dag() {
    let draft = Draft { kind: Kind::Link, ..draft() };
    let mut world = World::around(&draft);
    world.parents.values_mut().for_each(|parent| parent.dag = did('x'));
    let first = draft.parents[0];
    assert_eq!(judged(draft, &world), Err(Error::CycleOrForeignParent(first)));
}

#[test]
fn numbers_follow_each_other_from_zero() {
    let with = |last: Option<u64>, seq: u64| {
        let draft = Draft { seq, ..draft() };
        let mut world = World::around(&draft);
        world.last.clear();
        if let Some(last) = last {
            world.last.insert((did('c'), did('p'), Some(key(7))), (last, cid(200)));
        }
        judged(draft, &world).map(drop)
    };
    assert_eq!(with(None, 0), Ok(()));
    assert_eq!(with(None, 1), Err(Error::BadSequence { want: 0, got: 1 }));
    assert_eq!(with(Some(0), 1), Ok(()));
    assert_eq!(with(Some(3), 5), Err(Error::BadSequence { want: 4, got: 5 }));
    assert_eq!(with(Some(3), 2), Err(Error::BadSequence { want: 4, got: 2 }));
    assert_eq!(with(Some(u64::MAX - 1), u64::MAX), Ok(()));
    // Nothing follows the last number.
    assert_eq!(with(Some(u64::MAX), 0), Err(Error::BadSequence { want: u64::MAX, got: 0 }));
    assert!(matches!(with(Some(3), 3), Err(Error::Equivocation(other, _)) if other == cid(200)));
    assert!(matches!(with(Some(u64::MAX), u64::MAX), Err(Error::Equivocation(..))));
}

#[test]
fn each_dag_issuer_and_key_has_its_own_numbers() {
    let series =
        [(did('x'), did('p'), Some(key(7))), (did('c'), did('x'), Some(key(7))), (did('c'), did('p'), Some(key(8)))];
    let mut world = World::around(&draft());
    for other in series {
        world.last.insert(other, (100, cid(201)));
    }
    world.last.insert((did('c'), did('p'), None), (100, cid(201)));
    assert_eq!(judged(draft(), &world), Ok(node()));
}

#[test]
fn an_epoch_is_between_its_parents_and_the_present_one() {
    let mut world = World::around(&draft());
    world.parents.get_mut(&cid(1)).unwrap().epoch = 39;
    world.parents.get_mut(&cid(2)).unwrap().epoch = 40;
    world.now.epoch = 42;
    world.keys.insert(did('p'), [(key(7), (0, 100))].into());
    for (epoch, is_good) in
        [(0, false), (39, false), (40, true), (41, true), (42, true), (43, false), (u64::MAX, false)]
    {
        let expected = if is_good { Ok(()) } else { Err(Error::BadEpoch { min: 40, max: 42, got: epoch }) };
        assert_eq!(judged(Draft { epoch, ..draft() }, &world).map(drop), expected);
    }
}

#[test]
fn a_time_is_between_its_parents_and_30_seconds_ahead() {
    let mut world = World::around(&draft());
    let (early, late, now) = (1_000, 2_000, 100_000);
    world.parents.get_mut(&cid(1)).unwrap().time = late;
    world.parents.get_mut(&cid(2)).unwrap().time = early;
    world.now.time = now;
    let max = now + 30_000;
    for (time, is_good) in
        [(0, false), (late - 1, false), (late, true), (max, true), (max + 1, false), (u64::MAX, false)]
    {
        let expected = if is_good { Ok(()) } else { Err(Error::BadTime { min: late, max, got: time }) };
        assert_eq!(judged(Draft { time, ..draft() }, &world).map(drop), expected);
    }
    assert_eq!(TIME_AHEAD_MAX, 30_000);
    world.now.time = u64::MAX;
    assert_eq!(judged(Draft { time: u64::MAX, ..draft() }, &world).map(drop), Ok(()));
}

#[test]
fn a_key_is_the_issuers_at_the_nodes_epoch() {
    let world = World::around(&draft());
    let with = |keys: &[(Did, icn_dag::Key, (u64, u64))]| {
        let mut world = world.clone();
        world.keys.clear();
        for (issuer, key, epochs) in keys {
            world.keys.entry(issuer.clone()).or_default().insert(*key, *epochs);
        }
        judged(draft(), &world).map(drop)
    };
    assert_eq!(with(&[(did('p'), key(7), (0, 41))]), Ok(()));
    assert_eq!(with(&[(did('p'), key(7), (0, 40))]), Err(Error::KeyRevoked(key(7))));
    assert_eq!(with(&[(did('p'), key(7), (42, 50))]), Err(Error::KeyRevoked(key(7))));
    assert_eq!(with(&[(did('p'), key(8), (0, 41))]), Err(Error::UnknownKey(key(7))));
    assert_eq!(with(&[(did('x'), key(7), (0, 41))]), Err(Error::UnknownIssuer(did('p'))));
}

#[test]
fn a_did_key_signs_with_itself_only() {
    let machine = Did::of_key(&key(7));
    let own = Draft { issuer: machine.clone(), scope: Scope { kind: ScopeKind::Node, id: machine.clone() }, ..draft() };
    assert!(judged(own.clone(), &World::around(&own)).is_ok());
    // The state cannot give it another key.
    let other = Draft { issuer: Did::of_key(&key(8)), ..own };
    assert_eq!(judged(other.clone(), &World::around(&other)), Err(Error::UnknownKey(key(7))));
}

#[test]
fn a_wrong_signature_is_refused() {
    let world = World::around(&draft());
    for sig in [[0; 64], signer(7).sign(b"something else").to_bytes()] {
        let node = Node::with_proof(draft(), Proof::Signed { key: key(7), sig }).unwrap();
        assert_eq!(validate(node.bytes(), &world, world.now), Err(Error::BadSignature));
    }
}

#[test]
fn rights_are_for_one_dag_issuer_scope_and_kind() {
    let unauthorised = Err(Error::Unauthorised { scope: draft().scope, kind: Kind::Vote });
    let right = (did('c'), did('p'), draft().scope, Kind::Vote);
    let others = [
        (did('x'), did('p'), draft().scope, Kind::Vote),
        (did('c'), did('x'), draft().scope, Kind::Vote),
        (did('c'), did('p'), Scope { kind: ScopeKind::Community, ..draft().scope }, Kind::Vote),
        (did('c'), did('p'), Scope { id: did('x'), ..draft().scope }, Kind::Vote),
        (did('c'), did('p'), draft().scope, Kind::Tally),
    ];
    let mut world = World::around(&draft());
    assert_eq!(world.rights, [right].into());
    for other in others {
        world.rights = [other].into();
        assert_eq!(judged(draft(), &world), unauthorised);
    }
}

#[test]
fn a_node_without_signature_is_valid_when_its_block_emitted_it() {
    let node = samples::emitted();
    let mut world = World::around(&draft());
    let refused = Err(Error::NotEmitted { height: samples::HEIGHT });
    assert_eq!(validate(node.bytes(), &world, world.now), refused);
    world.emitted.insert((samples::HEIGHT + 1, node.cid()));
    world.emitted.insert((samples::HEIGHT, samples::node().cid()));
    assert_eq!(validate(node.bytes(), &world, world.now), refused);
    world.emitted.insert((samples::HEIGHT, node.cid()));
    // Neither keys nor roles: the block has made sure of the right.
    (world.keys, world.rights) = Default::default();
    assert_eq!(validate(node.bytes(), &world, world.now), Ok(node));
}

#[test]
fn emitted_nodes_have_numbers_and_times_too() {
    let emitted = |draft: Draft| {
        let node = Node::emit(draft, samples::HEIGHT).unwrap();
        let mut world = World::around(&samples::draft());
        world.emitted.insert((samples::HEIGHT, node.cid()));
        validate(node.bytes(), &world, world.now).map(drop)
    };
    assert_eq!(emitted(draft()), Ok(()));
    assert_eq!(emitted(Draft { seq: 9, ..draft() }), Err(Error::BadSequence { want: 3, got: 9 }));
    assert_eq!(emitted(Draft { time: 0, ..draft() }).unwrap_err().code(), "bad_time");
    assert_eq!(
        emitted(Draft { parents: Parents::sorted([cid(9)]).unwrap(), ..draft() }),
        Err(Error::UnknownParent(cid(9)))
    );
    assert_eq!(emitted(Draft { refs: references([]), ..draft() }), Err(Error::BadPayload("refs.proposal")));
}
