//! Validators, votes and blocks for tests.

use crate::{
    parts::{split, Chunk, Init},
    signing::{Key, LocalKey, Verifier},
    Address, BlockRef, Height, IcnContext, Proposal, Validators, Vote,
};
use icn_primitives::{tendermint::BlockId, votes::VoteKind, Hash, PartSetHeader, Target, ValidatorSet};
use malachitebft_core_consensus::PeerId;
use malachitebft_core_types::{NilOrVal, Round, SignedMessage, SignedProposal, SignedVote};
use malachitebft_signing_ed25519::Signature;
use std::sync::Arc;

/// The chain of all tests.
pub(crate) const CHAIN: &str = "icn-test-00c0ffee";

/// The key of validator `n`.
pub(crate) fn key(n: u8) -> LocalKey {
    LocalKey::from_seed([n; 32])
}

pub(crate) fn key_bytes(n: u8) -> [u8; 32] {
    *key(n).public_key().as_bytes()
}

pub(crate) fn address(n: u8) -> Address {
    Address::of(&key(n).public_key())
}

/// Validators 1, 2, … with these powers.
pub(crate) fn set(powers: &[u64]) -> ValidatorSet {
    let members = powers.iter().zip(1u8..).map(|(power, n)| (key_bytes(n), *power));
    ValidatorSet::new(members).expect("the powers are in range")
}

pub(crate) fn validators(powers: &[u64]) -> Validators {
    Validators::new(set(powers)).expect("the keys are keys")
}

/// The number of whose turn it is among validators 1 to `count`.
pub(crate) fn proposer(set: &ValidatorSet, round: u32, count: u8) -> u8 {
    let key = set.proposer(round).key;
    (1..=count).find(|n| key_bytes(*n) == key).expect("the proposer is in the set")
}

/// A block that nobody made.
pub(crate) fn target(n: u8) -> Target {
    let parts = PartSetHeader { total: 1, hash: Hash::repeat_byte(n ^ 0x80) };
    Target { id: BlockId { hash: Hash::repeat_byte(n), parts }, time: 1_700_000_000_123 + u64::from(n) }
}

pub(crate) fn value(target: Option<Target>) -> NilOrVal<BlockRef> {
    target.map_or(NilOrVal::Nil, |target| NilOrVal::Val(BlockRef(target)))
}

pub(crate) fn vote(n: u8, kind: VoteKind, height: u64, round: u32, target: Option<Target>) -> SignedVote<IcnContext> {
    let (height, round, address) = (Height(height), Round::new(round), address(n));
    let vote = Vote { kind, height, round, value: value(target), address };
    let message = crate::signing::vote_sign_bytes(CHAIN, &vote).expect("the vote can be signed");
    SignedMessage::new(vote, sign(n, &message))
}

pub(crate) fn proposal(
    n: u8,
    height: u64,
    round: u32,
    pol_round: Option<u32>,
    target: Target,
) -> SignedProposal<IcnContext> {
    let (round, pol_round) = (Round::new(round), Round::from(pol_round));
    let proposal = Proposal { height: Height(height), round, value: BlockRef(target), pol_round, address: address(n) };
    let message = crate::signing::proposal_sign_bytes(CHAIN, &proposal).expect("the proposal can be signed");
    SignedMessage::new(proposal, sign(n, &message))
}

pub(crate) fn sign(n: u8, message: &[u8]) -> Signature {
    Signature::from_bytes(key(n).sign(message).expect("a local key signs"))
}

pub(crate) fn verifier() -> Verifier {
    Verifier::new(CHAIN)
}

/// `length` bytes that differ by `n`.
pub(crate) fn block(n: u8, length: usize) -> Arc<[u8]> {
    (0..length).map(|place| (place / 7) as u8 ^ n).collect()
}

/// The first part of a proposal of `block` by validator `n`, and the chunks.
pub(crate) fn proposed(n: u8, height: u64, round: u32, pol_round: Option<u32>, block: &[u8]) -> (Init, Vec<Chunk>) {
    let (body, chunks) = split(block);
    let id = BlockId { hash: Hash::repeat_byte(n), parts: body.parts };
    let (proposer, target) = (address(n).0, Target { id, time: 1_700_000_000_000 });
    let init = Init { height, round, pol_round, proposer, target, length: body.length, signature: [0; 64] };
    (signed(n, init), chunks)
}

/// The same, signed by validator `n`.
pub(crate) fn signed(n: u8, init: Init) -> Init {
    let signature = sign(n, &init.sign_bytes(CHAIN)).to_bytes();
    Init { signature, ..init }
}

/// A peer of the network: the identity multihash of an Ed25519 key, as libp2p names it.
pub(crate) fn peer(n: u8) -> PeerId {
    let key = [&[0x08, 0x01, 0x12, 0x20][..], &[n; 32]].concat();
    PeerId::from_bytes(&[&[0x00, 0x24][..], &key].concat()).expect("it is a multihash")
}
