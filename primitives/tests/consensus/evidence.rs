use crate::{
    protobuf::root,
    samples::{key, set, sign, signer, target, CHAIN},
};
use codec::{Decode, Encode};
use icn_primitives::{
    tendermint::ValidatorAddress,
    validators::address_of,
    votes::{evidence_hash, vote_sign_bytes, EvidenceError, SignedTarget, VoteKind, EVIDENCE_MAX},
    ConsensusRecord, DuplicateVote, Target,
};
use tendermint::evidence::Evidence;

const HEIGHT: u32 = 70_000;

fn signed(number: u16, kind: VoteKind, target: Option<Target>) -> SignedTarget {
    let message = vote_sign_bytes(CHAIN, kind, HEIGHT.into(), 2, target.as_ref()).unwrap();
    SignedTarget { target, signature: sign(&signer(number), &message) }
}

fn address(number: u16) -> ValidatorAddress {
    address_of(&key(number))
}

fn evidence(kind: VoteKind, first: Option<Target>, second: Option<Target>) -> DuplicateVote {
    let (first, second) = (signed(1, kind, first), signed(1, kind, second));
    DuplicateVote { address: address(1), height: HEIGHT, round: 2, kind, first, second }
}

#[test]
fn two_votes_in_one_step_are_evidence() {
    let set = set(&[1, 2, 3]);
    for kind in [VoteKind::Prevote, VoteKind::Precommit] {
        assert!(evidence(kind, Some(target(1)), Some(target(2))).verify(CHAIN, &set).is_ok());
        // A vote for nothing contradicts one for a block.
        assert!(evidence(kind, None, Some(target(2))).verify(CHAIN, &set).is_ok());
        // So does one for the same block at another time.
        let later = Target { time: target(1).time + 1, ..target(1) };
        assert!(evidence(kind, Some(target(1)), Some(later)).verify(CHAIN, &set).is_ok());
    }
}

#[test]
fn votes_for_the_same_or_out_of_order_are_no_evidence() {
    let set = set(&[1, 2, 3]);
    let pairs =
        [(Some(target(1)), Some(target(1))), (Some(target(2)), Some(target(1))), (None, None), (Some(target(1)), None)];
    for (first, second) in pairs {
        let error = evidence(VoteKind::Prevote, first, second).verify(CHAIN, &set).unwrap_err();
        assert!(matches!(error, EvidenceError::NoContradiction), "{error}");
    }
}

#[test]
fn evidence_is_for_its_chain_validator_and_step() {
    let set = set(&[1, 2, 3]);
    let good = evidence(VoteKind::Precommit, Some(target(1)), Some(target(2)));
    assert!(good.verify(CHAIN, &set).is_ok());
    assert!(matches!(good.verify("test-01234568", &set), Err(EvidenceError::Signature)));
    assert!(matches!(good.verify("", &set), Err(EvidenceError::OutOfRange(_))));
    let others = [
        DuplicateVote { address: address(2), ..good.clone() },
        DuplicateVote { height: HEIGHT + 1, ..good.clone() },
        DuplicateVote { round: 3, ..good.clone() },
        DuplicateVote { kind: VoteKind::Prevote, ..good.clone() },
        DuplicateVote { first: SignedTarget { target: None, ..good.first }, ..good.clone() },
        DuplicateVote { second: SignedTarget { target: Some(target(3)), ..good.second }, ..good.clone() },
        DuplicateVote { second: SignedTarget { signature: good.first.signature, ..good.second }, ..good.clone() },
    ];
    for other in others {
        assert!(matches!(other.verify(CHAIN, &set), Err(EvidenceError::Signature)), "{other:?}");
    }
    let stranger = DuplicateVote { address: address(9), ..good };
    assert!(matches!(stranger.verify(CHAIN, &set), Err(EvidenceError::Stranger { height: HEIGHT })));
}

#[test]
fn offences_are_told_apart_by_who_when_and_which() {
    let base = evidence(VoteKind::Prevote, Some(target(1)), Some(target(2)));
    let same = evidence(VoteKind::Prevote, None, Some(target(3)));
    assert_eq!(base.offence(), same.offence());
    let others = [
        DuplicateVote { address: address(2), ..base.clone() },
        DuplicateVote { height: 1, ..base.clone() },
        DuplicateVote { round: 3, ..base.clone() },
        DuplicateVote { kind: VoteKind::Precommit, ..base.clone() },
    ];
    assert!(others.iter().all(|other| other.offence() != base.offence()));
}

#[test]
fn the_stock_crate_has_the_same_votes_and_powers() {
    let set = set(&[1, 2, 3]);
    let ours = evidence(VoteKind::Precommit, None, Some(target(2)));
    let Evidence::DuplicateVote(stock) = ours.to_stock(&set, 1_767_225_600_123).unwrap() else {
        panic!("another kind")
    };
    assert_eq!((stock.total_voting_power.value(), stock.validator_power.value()), (6, 2));
    assert_eq!(stock.timestamp.unix_timestamp_nanos(), 1_767_225_600_123_000_000);
    let (a, b) = stock.votes();
    for (vote, ours) in [(a, &ours.first), (b, &ours.second)] {
        assert_eq!(vote.validator_address.as_bytes(), address(1));
        assert_eq!(vote.signature.as_ref().unwrap().as_bytes(), ours.signature);
        let bytes = vote_sign_bytes(CHAIN, VoteKind::Precommit, HEIGHT.into(), 2, ours.target.as_ref()).unwrap();
        assert_eq!(vote.clone().into_signable_vec(CHAIN.parse().unwrap()), bytes);
    }
    assert!(ours.to_stock(&set, u64::MAX).is_err());
}

#[test]
fn the_hash_commits_to_the_evidence_and_its_order() {
    let one = evidence(VoteKind::Prevote, Some(target(1)), Some(target(2)));
    let two = evidence(VoteKind::Precommit, Some(target(1)), Some(target(2)));
    let both = [one.clone(), two.clone()];
    assert_eq!(evidence_hash(&both).as_bytes(), root(&[one.encode(), two.encode()]));
    assert_ne!(evidence_hash(&both), evidence_hash(&[two, one]));
    assert_eq!(evidence_hash(&[]).as_bytes(), root(&[]));
}

#[test]
fn a_record_keeps_its_format() {
    let vote = |target, byte| SignedTarget { target, signature: [byte; 64] };
    let one = DuplicateVote {
        address: *b"address-of-20-bytes!",
        height: 0x0102,
        round: 3,
        kind: VoteKind::Precommit,
        first: vote(None, 4),
        second: vote(Some(target(5)), 6),
    };
    let target = [&[5; 32][..], &[1, 0, 0, 0], &[0xfa; 32], &target(5).time.to_le_bytes()].concat();
    let evidence =
        [b"address-of-20-bytes!", &[2, 1, 0, 0, 3, 0, 0, 0, 1, 0][..], &[4; 64], &[1], &target, &[6; 64]].concat();
    let record = ConsensusRecord { commit: None, evidence: vec![one].try_into().unwrap() };
    assert_eq!(record.encode(), [&[0, 4][..], &evidence].concat());
    assert_eq!(ConsensusRecord::decode(&mut &record.encode()[..]).unwrap(), record);
}

#[test]
fn a_record_holds_bounded_evidence() {
    let one = evidence(VoteKind::Prevote, Some(target(1)), Some(target(2)));
    let bytes = |count: usize| (None::<()>, vec![one.clone(); count]).encode();
    assert!(ConsensusRecord::decode(&mut &bytes(EVIDENCE_MAX as usize)[..]).is_ok());
    assert!(ConsensusRecord::decode(&mut &bytes(EVIDENCE_MAX as usize + 1)[..]).is_err());
}
