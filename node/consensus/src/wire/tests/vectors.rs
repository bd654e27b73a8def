//! Frozen encodings: one of each kind. Who changes one changes the protocol, and with it the name of the package.

mod frozen;

use super::*;
use crate::{
    parts::{Chunk, Init, ProposalPart},
    samples::{self, address, key_bytes, peer, sign, target, value},
    BlockRef, Height, IcnContext,
};
use icn_primitives::votes::VoteKind;
use malachitebft_core_consensus::{LivenessMsg, ProposedValue, SignedConsensusMsg};
use malachitebft_core_types::{
    CommitCertificate, CommitSignature, PolkaCertificate, PolkaSignature, Round, RoundCertificate,
    RoundCertificateType, RoundSignature, SignedProposal, SignedVote, ValidatorProof, Validity, VoteType,
};

pub(super) fn vote() -> SignedVote<IcnContext> {
    samples::vote(1, VoteKind::Prevote, 258, 3, Some(target(0x11)))
}

pub(super) fn nil_vote() -> SignedVote<IcnContext> {
    samples::vote(2, VoteKind::Precommit, 258, 0, None)
}

pub(super) fn proposal() -> SignedProposal<IcnContext> {
    samples::proposal(1, 258, 3, Some(0), target(0x11))
}

pub(super) fn verdict() -> ProposedValue<IcnContext> {
    ProposedValue {
        height: Height(258),
        round: Round::new(3),
        valid_round: Round::Nil,
        proposer: address(1),
        value: BlockRef(target(0x11)),
        validity: Validity::Valid,
    }
}

pub(super) fn polka() -> PolkaCertificate<IcnContext> {
    let vote = |n| samples::vote(n, VoteKind::Prevote, 258, 3, Some(target(0x11)));
    PolkaCertificate {
        height: Height(258),
        round: Round::new(3),
        value_id: BlockRef(target(0x11)),
        polka_signatures: [2, 1].map(|n| PolkaSignature::new(address(n), vote(n).signature)).to_vec(),
    }
}

pub(super) fn commit() -> CommitCertificate<IcnContext> {
    let vote = |n| samples::vote(n, VoteKind::Precommit, 258, 3, Some(target(0x11)));
    CommitCertificate {
        height: Height(258),
        round: Round::new(3),
        value_id: BlockRef(target(0x11)),
        commit_signatures: [1, 2, 3].map(|n| CommitSignature::new(address(n), vote(n).signature)).to_vec(),
    }
}

pub(super) fn rounds() -> RoundCertificate<IcnContext> {
    let prevote = samples::vote(1, VoteKind::Prevote, 258, 3, Some(target(0x11)));
    let precommit = samples::vote(2, VoteKind::Precommit, 258, 3, None);
    let votes = [
        RoundSignature::new(VoteType::Prevote, value(Some(target(0x11))), address(1), prevote.signature),
        RoundSignature::new(VoteType::Precommit, value(None), address(2), precommit.signature),
    ];
    RoundCertificate {
        height: Height(258),
        round: Round::new(3),
        cert_type: RoundCertificateType::Skip,
        round_signatures: votes.to_vec(),
    }
}

pub(super) fn init() -> Init {
    samples::proposed(1, 258, 3, Some(0), &samples::block(1, 600_000)).0
}

/// The third chunk of three, which is short.
pub(super) fn chunk() -> Chunk {
    let block = samples::block(1, 2 * icn_primitives::limits::BLOCK_PART_BYTES + 5);
    samples::proposed(1, 258, 3, Some(0), &block).1[2].clone()
}

pub(super) fn stream(part: Option<ProposalPart>) -> StreamPart {
    StreamPart { stream_id: vec![1, 2, 3].into(), sequence: 4, part }
}

pub(super) fn proof() -> ValidatorProof<IcnContext> {
    let (key, peer_id) = (key_bytes(1).to_vec(), peer(1).to_bytes());
    let signature = sign(1, &ValidatorProof::<IcnContext>::signing_bytes(&key, &peer_id));
    ValidatorProof::new(key, peer_id, signature)
}

pub(super) fn status() -> SyncStatus {
    SyncStatus { peer_id: peer(1), tip_height: Height(258), min_height: Height(1) }
}

pub(super) fn range() -> HeightRange {
    HeightRange { start: Height(258), end: Height(262) }
}

pub(super) fn answer() -> SyncValues {
    let block = DecidedBlock { block: vec![1, 2, 3].into(), certificate: commit() };
    SyncValues { start_height: Height(258), blocks: vec![block] }
}

fn is_frozen<T: Wire + PartialEq + std::fmt::Debug>(value: &T, frozen: &str) {
    assert_eq!(hex::encode(encode(value).expect("it is in bounds")), frozen);
    let bytes = hex::decode(frozen).expect("it is hex");
    assert_eq!(&decode::<T>(bytes.into()).expect("it is canonical"), value);
}

#[test]
fn votes_are_frozen() {
    is_frozen(&vote(), frozen::VOTE);
}

#[test]
fn votes_for_nothing_are_frozen() {
    is_frozen(&nil_vote(), frozen::NIL_VOTE);
}

#[test]
fn proposals_are_frozen() {
    is_frozen(&proposal(), frozen::PROPOSAL);
}

#[test]
fn consensus_messages_are_frozen() {
    is_frozen(&SignedConsensusMsg::Proposal(proposal()), frozen::MESSAGE);
}

#[test]
fn verdicts_are_frozen() {
    is_frozen(&verdict(), frozen::VERDICT);
}

#[test]
fn polka_certificates_are_frozen() {
    is_frozen(&polka(), frozen::POLKA);
}

#[test]
fn commit_certificates_are_frozen() {
    is_frozen(&commit(), frozen::COMMIT);
}

#[test]
fn round_certificates_are_frozen() {
    is_frozen(&rounds(), frozen::ROUNDS);
}

#[test]
fn liveness_messages_are_frozen() {
    is_frozen(&LivenessMsg::SkipRoundCertificate(rounds()), frozen::LIVENESS);
}

#[test]
fn first_parts_are_frozen() {
    is_frozen(&ProposalPart::Init(init()), frozen::INIT);
}

#[test]
fn chunks_are_frozen() {
    is_frozen(&ProposalPart::Chunk(chunk()), frozen::CHUNK);
}

#[test]
fn stream_messages_are_frozen() {
    is_frozen(&stream(Some(ProposalPart::Chunk(chunk()))), frozen::STREAM);
}

#[test]
fn ends_of_streams_are_frozen() {
    is_frozen(&stream(None), frozen::END);
}

#[test]
fn validator_proofs_are_frozen() {
    is_frozen(&proof(), frozen::PROOF);
}

#[test]
fn statuses_are_frozen() {
    is_frozen(&status(), frozen::STATUS);
}

#[test]
fn questions_are_frozen() {
    is_frozen(&range(), frozen::RANGE);
}

#[test]
fn answers_are_frozen() {
    is_frozen(&answer(), frozen::ANSWER);
}
