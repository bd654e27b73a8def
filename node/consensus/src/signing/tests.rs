//! Tests of signatures.

use super::*;
use crate::{
    guard::{Guard, GuardError, MemoryGuard, Position, Step},
    samples::{address, key, key_bytes, peer, proposal, sign, target, value, verifier, vote, CHAIN},
    BlockRef, Height, IcnContext, Proposal, Vote,
};
use futures::executor::block_on;
use icn_primitives::votes::VoteKind;
use malachitebft_core_consensus::SignedConsensusMsg;
use malachitebft_core_types::{Round, SignedMessage, ValidatorProof};
use malachitebft_signing::{Signer as _, Verifier as _};
use std::sync::Arc;

fn signer(n: u8) -> (Signer, MemoryGuard) {
    let memory = MemoryGuard::default();
    let guard = Guard::open(CHAIN, key_bytes(n), Box::new(memory.clone())).expect("it is empty");
    (Signer::new(CHAIN, Arc::new(key(n)), guard), memory)
}

fn plain_vote(n: u8, kind: VoteKind, height: u64, round: u32, block: Option<u8>) -> Vote {
    let value = value(block.map(target));
    Vote { kind, height: Height(height), round: Round::new(round), value, address: address(n) }
}

fn plain_proposal(n: u8, height: u64, round: u32, block: u8) -> Proposal {
    let (round, value) = (Round::new(round), BlockRef(target(block)));
    Proposal { height: Height(height), round, value, pol_round: Round::Nil, address: address(n) }
}

#[test]
fn what_the_signer_signs_the_verifier_accepts_and_for_nothing_else() {
    let (signer, _) = signer(1);
    let (verifier, public) = (verifier(), signer.public_key());
    let proposal = block_on(signer.sign_proposal(plain_proposal(1, 3, 0, 7))).expect("it is signed");
    let vote = block_on(signer.sign_vote(plain_vote(1, VoteKind::Prevote, 3, 0, Some(7)))).expect("it is signed");
    assert!(verifier.is_proposal_signed(&proposal, &proposal.signature, &public));
    assert!(verifier.is_vote_signed(&vote, &vote.signature, &public));

    assert!(!Verifier::new("another-chain").is_vote_signed(&vote, &vote.signature, &public));
    assert!(!verifier.is_vote_signed(&vote, &vote.signature, &key(2).public_key()));
    let mut later = target(7);
    later.time += 1;
    let changed = [
        Vote { kind: VoteKind::Precommit, ..vote.message.clone() },
        Vote { height: Height(4), ..vote.message.clone() },
        Vote { round: Round::new(1), ..vote.message.clone() },
        Vote { value: value(None), ..vote.message.clone() },
        Vote { value: value(Some(later)), ..vote.message.clone() },
    ];
    for vote_like in changed {
        assert!(!verifier.is_vote_signed(&vote_like, &vote.signature, &public), "{vote_like:?}");
    }
    let re_proposal = Proposal { pol_round: Round::new(0), round: Round::new(1), ..proposal.message.clone() };
    assert!(!verifier.is_proposal_signed(&re_proposal, &proposal.signature, &public));
}

#[test]
fn the_sign_bytes_of_proposals_are_those_of_cometbft() {
    // `ProposalSignBytes` of CometBFT over the same fields, written out by hand.
    let signed = proposal(1, 5, 2, Some(1), target(3));
    let bytes = proposal_sign_bytes(CHAIN, &signed).expect("they exist");
    let block_id = [&[0x0a, 32][..], &[3; 32], &[0x12, 36, 0x08, 1, 0x12, 32], &[0x83; 32]].concat();
    let time = target(3).time;
    let mut timestamp = vec![0x08];
    prost::encoding::encode_varint(time / 1000, &mut timestamp);
    timestamp.push(0x10);
    prost::encoding::encode_varint(time % 1000 * 1_000_000, &mut timestamp);
    let message = [
        &[0x08, 32][..],
        &[0x11, 5, 0, 0, 0, 0, 0, 0, 0],
        &[0x19, 2, 0, 0, 0, 0, 0, 0, 0],
        &[0x20, 1],
        &[0x2a, block_id.len() as u8],
        &block_id,
        &[0x32, timestamp.len() as u8],
        &timestamp,
        &[0x3a, CHAIN.len() as u8],
        CHAIN.as_bytes(),
    ]
    .concat();
    let mut expected = Vec::new();
    prost::encoding::encode_varint(message.len() as u64, &mut expected);
    expected.extend(message);
    assert_eq!(bytes, expected);
}

#[test]
fn no_two_kinds_of_sign_bytes_can_be_the_same() {
    let (init, _) = crate::samples::proposed(1, 1, 0, None, b"block");
    let starts = [
        vote_sign_bytes(CHAIN, &vote(1, VoteKind::Prevote, 1, 0, None)).expect("they exist"),
        vote_sign_bytes(CHAIN, &vote(1, VoteKind::Precommit, 1, 0, Some(target(1)))).expect("they exist"),
        proposal_sign_bytes(CHAIN, &proposal(1, 1, 0, None, target(1))).expect("they exist"),
    ];
    for (bytes, kind) in starts.iter().zip([1, 2, 32]) {
        let mut rest = &bytes[..];
        let length = prost::encoding::decode_varint(&mut rest).expect("a length");
        assert_eq!(length, rest.len() as u64);
        assert_eq!(rest[..2], [0x08, kind]);
    }
    assert_eq!(init.sign_bytes(CHAIN)[..11], *b"\0icn/init/1");
    // 80 bytes of which the first is `o`, no field of a vote.
    assert_eq!(ValidatorProof::<IcnContext>::signing_bytes(&[1; 32], &[2; 38])[..3], *b"PoV");
}

#[test]
fn what_cannot_be_signed_has_no_good_signature() {
    let verifier = verifier();
    let good = vote(1, VoteKind::Prevote, 1, 0, Some(target(1)));
    let public = key(1).public_key();
    let mut no_parts = target(1);
    no_parts.id.parts.total = 0;
    let mut no_time = target(1);
    no_time.time = u64::MAX;
    let votes = [
        Vote { round: Round::Nil, ..good.message.clone() },
        Vote { round: Round::new(u32::MAX), ..good.message.clone() },
        Vote { height: Height(u64::MAX), ..good.message.clone() },
        Vote { value: value(Some(no_parts)), ..good.message.clone() },
        Vote { value: value(Some(no_time)), ..good.message.clone() },
    ];
    for vote in votes {
        assert!(vote_sign_bytes(CHAIN, &vote).is_err(), "{vote:?}");
        assert!(!verifier.is_vote_signed(&vote, &good.signature, &public));
    }
    let good = proposal(1, 1, 0, None, target(1));
    let beyond = Proposal { pol_round: Round::new(u32::MAX), ..good.message.clone() };
    assert!(!verifier.is_proposal_signed(&beyond, &good.signature, &public));
    assert!(proposal_sign_bytes("", &good).is_err());
}

#[test]
fn a_step_is_signed_once_and_again_with_the_same_signature() {
    let (signer, memory) = signer(1);
    let vote = plain_vote(1, VoteKind::Prevote, 2, 1, Some(1));
    let first = signer.vote_signature(&vote).expect("it is signed");
    assert_eq!(signer.vote_signature(&vote).expect("it is the same"), first);
    let position = Position { height: 2, round: 1, step: Step::Prevote };
    assert_eq!(signer.position(), Some(position));
    assert_eq!(memory.record(), None, "nothing leaves before it is kept");
    let message = SignedConsensusMsg::Vote(SignedMessage::new(vote.clone(), first));
    signer.keep(&message).expect("it may leave");
    assert_eq!(memory.record().expect("it is kept").signature, first.to_bytes());

    let other = plain_vote(1, VoteKind::Prevote, 2, 1, None);
    let refused = signer.vote_signature(&other).expect_err("it contradicts");
    assert!(matches!(refused, SignError::Guard(GuardError::DoubleSign { .. })), "{refused}");
    let earlier = plain_proposal(1, 2, 1, 1);
    let refused = signer.proposal_signature(&earlier).expect_err("the step is over");
    assert!(matches!(refused, SignError::Guard(GuardError::Regression { .. })), "{refused}");
    signer.vote_signature(&plain_vote(1, VoteKind::Precommit, 2, 1, Some(1))).expect("the next step is signed");
    signer.proposal_signature(&plain_proposal(1, 2, 2, 2)).expect("the next round is signed");
    signer.vote_signature(&plain_vote(1, VoteKind::Prevote, 3, 0, None)).expect("the next height is signed");
}

#[test]
fn what_others_signed_may_be_sent_and_is_not_kept() {
    let (signer, memory) = signer(1);
    signer.keep(&SignedConsensusMsg::Vote(vote(2, VoteKind::Prevote, 1, 0, None))).expect("it is not ours");
    signer.keep(&SignedConsensusMsg::Proposal(proposal(2, 1, 0, None, target(1)))).expect("it is not ours");
    assert_eq!(memory.record(), None);
    signer.keep(&SignedConsensusMsg::Proposal(proposal(1, 1, 0, None, target(1)))).expect("it is the first");
    let position = Position { height: 1, round: 0, step: Step::Propose };
    assert_eq!(memory.record().expect("it is kept").position, position);
}

#[test]
fn a_signer_signs_for_nobody_else() {
    let (signer, memory) = signer(1);
    let foreign = plain_vote(2, VoteKind::Prevote, 1, 0, None);
    assert!(matches!(signer.vote_signature(&foreign), Err(SignError::NotOurs { .. })));
    assert!(matches!(signer.proposal_signature(&plain_proposal(2, 1, 0, 1)), Err(SignError::NotOurs { .. })));
    assert!(block_on(signer.sign_validator_proof(key_bytes(2).to_vec(), peer(1).to_bytes())).is_err());
    assert!(block_on(signer.sign_validator_proof(Vec::new(), peer(1).to_bytes())).is_err());
    assert_eq!(memory.record(), None);
}

#[test]
fn the_proof_of_a_validator_holds_for_its_peer_only() {
    let (signer, _) = signer(1);
    let key = signer.public_key().as_bytes().to_vec();
    let proof = block_on(signer.sign_validator_proof(key, peer(1).to_bytes())).expect("it is signed");
    assert!(block_on(verifier().verify_validator_proof(&proof)).expect("it is checked").is_valid());
    let stolen = ValidatorProof { peer_id: peer(2).to_bytes(), ..proof.clone() };
    assert!(!verifier().is_proof_signed(&stolen));
    let claimed = ValidatorProof { public_key: key_bytes(2).to_vec(), ..proof.clone() };
    assert!(!verifier().is_proof_signed(&claimed));
    let garbage = ValidatorProof { public_key: vec![7; 5], ..proof };
    assert!(!verifier().is_proof_signed(&garbage));
}

#[test]
fn extensions_are_neither_signed_nor_accepted() {
    use malachitebft_core_types::VoteExtensionScope;
    let (signer, _) = signer(1);
    let scope = || VoteExtensionScope::new(Height(1), Round::new(0), BlockRef(target(1)), address(1));
    assert!(block_on(signer.sign_vote_extension(scope(), ())).is_err());
    let public = key(1).public_key();
    let signature = sign(1, b"anything");
    let checked = block_on(verifier().verify_signed_vote_extension(&scope(), &(), &signature, &public));
    assert!(checked.expect("it is checked").is_invalid());
}

#[test]
fn a_key_does_not_show_its_secret() {
    let secret = hex::encode([9; 32]);
    assert!(!format!("{:?}", LocalKey::from_seed([9; 32])).contains(&secret));
}
