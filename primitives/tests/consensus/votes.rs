use crate::{
    protobuf::canonical_vote,
    samples::{key, sign, signer, target, targets, CHAIN},
};
use icn_primitives::{
    votes::{is_signed_by, vote_sign_bytes, VoteKind},
    Target,
};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn kinds() -> impl Strategy<Value = VoteKind> {
    prop_oneof![Just(VoteKind::Prevote), Just(VoteKind::Precommit)]
}

proptest! {
    #[test]
    fn sign_bytes_are_tendermints_canonical_vote(
        chain in "[a-z]{1,20}-[0-9a-f]{8}",
        kind in kinds(),
        height in 0..=i64::MAX as u64,
        round in 0..=i32::MAX as u32,
        target in proptest::option::of(targets()),
    ) {
        let number = if kind == VoteKind::Prevote { 1 } else { 2 };
        let expected = canonical_vote(&chain, number, height, round, target.as_ref());
        prop_assert_eq!(vote_sign_bytes(&chain, kind, height, round, target.as_ref()).unwrap(), expected);
    }
}

/// CometBFT's `TestVoteSignBytesTestVectors` has these bytes with another time.
#[test]
fn a_vote_for_nothing_has_known_bytes() {
    let bytes = vote_sign_bytes("test_chain_id", VoteKind::Precommit, 1, 1, None).unwrap();
    assert_eq!(hex::encode(bytes), "2508021101000000000000001901000000000000002a00320d746573745f636861696e5f6964");
}

#[test]
fn every_part_of_a_vote_is_signed() {
    let target = target(1);
    let mut others = [target; 4];
    others[0].id.hash.0[0] ^= 1;
    others[1].id.parts.total += 1;
    others[2].id.parts.hash.0[0] ^= 1;
    others[3].time += 1;
    let bytes = |chain, kind, height, round, target: Option<&Target>| {
        vote_sign_bytes(chain, kind, height, round, target).unwrap()
    };
    let mut all = vec![
        bytes(CHAIN, VoteKind::Precommit, 5, 2, Some(&target)),
        bytes("test-01234568", VoteKind::Precommit, 5, 2, Some(&target)),
        bytes(CHAIN, VoteKind::Prevote, 5, 2, Some(&target)),
        bytes(CHAIN, VoteKind::Precommit, 6, 2, Some(&target)),
        bytes(CHAIN, VoteKind::Precommit, 5, 3, Some(&target)),
        bytes(CHAIN, VoteKind::Precommit, 5, 2, None),
    ];
    all.extend(others.iter().map(|other| bytes(CHAIN, VoteKind::Precommit, 5, 2, Some(other))));
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
}

#[test]
fn what_tendermint_cannot_say_cannot_be_signed() {
    let (good, long) = (target(1), "x".repeat(51));
    let late = Target { time: 253_402_300_800_000, ..good };
    let signs = |chain, height, round, target| vote_sign_bytes(chain, VoteKind::Prevote, height, round, target).is_ok();
    assert!(signs(CHAIN, i64::MAX as u64, i32::MAX as u32, Some(&good)));
    assert!(!signs("", 1, 0, None));
    assert!(!signs(&long, 1, 0, None));
    assert!(!signs(CHAIN, i64::MAX as u64 + 1, 0, None));
    assert!(!signs(CHAIN, 1, i32::MAX as u32 + 1, None));
    assert!(!signs(CHAIN, 1, 0, Some(&late)));
}

#[test]
fn a_signature_is_good_for_its_key_and_message_only() {
    let signature = sign(&signer(1), b"message");
    assert!(is_signed_by(&key(1), b"message", &signature));
    assert!(!is_signed_by(&key(2), b"message", &signature));
    assert!(!is_signed_by(&key(1), b"massage", &signature));
    assert!(!is_signed_by(&key(1), b"message", &[0; 64]));
    let mut point = [0xff; 32];
    point[31] = 0x7f;
    assert!(!is_signed_by(&point, b"message", &signature));
}
