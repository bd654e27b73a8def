//! Any message that can be on the wire.

use crate::{
    parts::{split, Chunk, Init, ProposalPart},
    samples::{key_bytes, peer},
    wire::{DecidedBlock, HeightRange, StreamPart, SyncStatus, SyncValues, SYNC_HEIGHTS_MAX},
    Address, BlockRef, Height, IcnContext, Proposal, Vote,
};
use icn_primitives::{
    limits::{BLOCK_BYTES_MAX, BLOCK_PART_BYTES, TIME_MAX},
    tendermint::BlockId,
    votes::VoteKind,
    Hash, PartSetHeader, Target,
};
use malachitebft_core_consensus::{LivenessMsg, ProposedValue, SignedConsensusMsg};
use malachitebft_core_types::{
    CommitCertificate, CommitSignature, NilOrVal, PolkaCertificate, PolkaSignature, Round, RoundCertificate,
    RoundCertificateType, RoundSignature, SignedMessage, SignedProposal, SignedVote, ValidatorProof, Validity,
    VoteType,
};
use malachitebft_signing_ed25519::Signature;
use proptest::{array::uniform32, collection::vec, option, prelude::*};
use std::collections::BTreeMap;

pub(super) fn target() -> impl Strategy<Value = Target> {
    (uniform32(any::<u8>()), 1u32..=16, uniform32(any::<u8>()), 0..=TIME_MAX).prop_map(|(hash, total, parts, time)| {
        let parts = PartSetHeader { total, hash: Hash::from(parts) };
        Target { id: BlockId { hash: Hash::from(hash), parts }, time }
    })
}

fn value() -> impl Strategy<Value = NilOrVal<BlockRef>> {
    option::of(target()).prop_map(|target| target.map_or(NilOrVal::Nil, |target| NilOrVal::Val(BlockRef(target))))
}

fn height() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(1), Just(u64::from(u32::MAX)), 0..=u64::from(u32::MAX)]
}

/// A round, and the round of a polka before it.
fn rounds() -> impl Strategy<Value = (u32, Option<u32>)> {
    let round = prop_oneof![Just(0), 0..5u32, Just(i32::MAX as u32)];
    (round, any::<Option<u32>>())
        .prop_map(|(round, earlier)| (round, earlier.filter(|_| round > 0).map(|earlier| earlier % round.max(1))))
}

fn address() -> impl Strategy<Value = Address> {
    any::<[u8; 20]>().prop_map(Address)
}

fn signature() -> impl Strategy<Value = Signature> {
    vec(any::<u8>(), 64).prop_map(|bytes| Signature::from_bytes(bytes.try_into().expect("64 bytes")))
}

fn kind() -> impl Strategy<Value = VoteKind> {
    prop_oneof![Just(VoteKind::Prevote), Just(VoteKind::Precommit)]
}

pub(super) fn vote() -> impl Strategy<Value = SignedVote<IcnContext>> {
    (kind(), height(), rounds(), value(), address(), signature()).prop_map(
        |(kind, height, (round, _), value, address, signature)| {
            let vote = Vote { kind, height: Height(height), round: Round::new(round), value, address };
            SignedMessage::new(vote, signature)
        },
    )
}

pub(super) fn proposal() -> impl Strategy<Value = SignedProposal<IcnContext>> {
    (height(), rounds(), target(), address(), signature()).prop_map(
        |(height, (round, pol_round), target, address, signature)| {
            let (round, pol_round) = (Round::new(round), pol_round.into());
            let proposal = Proposal { height: Height(height), round, value: BlockRef(target), pol_round, address };
            SignedMessage::new(proposal, signature)
        },
    )
}

pub(super) fn message() -> impl Strategy<Value = SignedConsensusMsg<IcnContext>> {
    prop_oneof![vote().prop_map(SignedConsensusMsg::Vote), proposal().prop_map(SignedConsensusMsg::Proposal),]
}

pub(super) fn proposed_value() -> impl Strategy<Value = ProposedValue<IcnContext>> {
    (height(), rounds(), address(), target(), any::<bool>()).prop_map(
        |(height, (round, valid_round), proposer, target, valid)| ProposedValue {
            height: Height(height),
            round: Round::new(round),
            valid_round: valid_round.into(),
            proposer,
            value: BlockRef(target),
            validity: Validity::from_bool(valid),
        },
    )
}

/// Signatures by address.
fn signatures() -> impl Strategy<Value = BTreeMap<Address, Signature>> {
    proptest::collection::btree_map(address(), signature(), 1..6)
}

pub(super) fn polka() -> impl Strategy<Value = PolkaCertificate<IcnContext>> {
    (height(), rounds(), target(), signatures()).prop_map(|(height, (round, _), target, signatures)| {
        let votes = signatures.into_iter().rev().map(|(address, signature)| PolkaSignature::new(address, signature));
        PolkaCertificate {
            height: Height(height),
            round: Round::new(round),
            value_id: BlockRef(target),
            polka_signatures: votes.collect(),
        }
    })
}

pub(super) fn commit_certificate() -> impl Strategy<Value = CommitCertificate<IcnContext>> {
    polka().prop_map(|polka| {
        let votes = polka.polka_signatures.into_iter().map(|vote| CommitSignature::new(vote.address, vote.signature));
        CommitCertificate {
            height: polka.height,
            round: polka.round,
            value_id: polka.value_id,
            commit_signatures: votes.collect(),
        }
    })
}

pub(super) fn round_certificate() -> impl Strategy<Value = RoundCertificate<IcnContext>> {
    let vote = || (any::<bool>(), value(), address(), signature());
    (height(), rounds(), any::<bool>(), vec(vote(), 1..6)).prop_map(|(height, (round, _), skip, mut votes)| {
        votes.sort_by_key(|(_, _, address, _)| *address);
        votes.dedup_by_key(|(_, _, address, _)| *address);
        let signature = |(prevote, value, address, signature)| {
            let vote_type = if prevote { VoteType::Prevote } else { VoteType::Precommit };
            RoundSignature::new(vote_type, value, address, signature)
        };
        RoundCertificate {
            height: Height(height),
            round: Round::new(round),
            cert_type: if skip { RoundCertificateType::Skip } else { RoundCertificateType::Precommit },
            round_signatures: votes.into_iter().map(signature).collect(),
        }
    })
}

pub(super) fn liveness() -> impl Strategy<Value = LivenessMsg<IcnContext>> {
    prop_oneof![
        vote().prop_map(LivenessMsg::Vote),
        polka().prop_map(LivenessMsg::PolkaCertificate),
        round_certificate().prop_map(LivenessMsg::SkipRoundCertificate),
    ]
}

pub(super) fn init() -> impl Strategy<Value = Init> {
    let length = prop_oneof![Just(1), Just(BLOCK_BYTES_MAX), 1..=BLOCK_BYTES_MAX];
    (height(), rounds(), address(), target(), length, signature()).prop_map(
        |(height, (round, pol_round), proposer, mut target, length, signature)| {
            target.id.parts.total = length.div_ceil(BLOCK_PART_BYTES as u32);
            let (proposer, signature) = (proposer.0, signature.to_bytes());
            Init { height, round, pol_round, proposer, target, length, signature }
        },
    )
}

pub(super) fn chunk() -> impl Strategy<Value = Chunk> {
    (vec(any::<u8>(), 1..400), any::<bool>(), any::<prop::sample::Index>()).prop_map(|(bytes, long, index)| {
        // A few bytes, or a block of several parts that repeats them.
        let block = if long { bytes.repeat(2_000) } else { bytes };
        let (_, chunks) = split(&block);
        index.get(&chunks).clone()
    })
}

pub(super) fn part() -> impl Strategy<Value = ProposalPart> {
    prop_oneof![init().prop_map(ProposalPart::Init), chunk().prop_map(ProposalPart::Chunk)]
}

pub(super) fn stream_part() -> impl Strategy<Value = StreamPart> {
    (vec(any::<u8>(), 0..=32), any::<u64>(), option::of(part())).prop_map(|(stream_id, sequence, part)| {
        let stream_id = stream_id.into();
        StreamPart { stream_id, sequence, part }
    })
}

pub(super) fn proof() -> impl Strategy<Value = ValidatorProof<IcnContext>> {
    (1..=9u8, any::<u8>(), signature()).prop_map(|(n, peer_number, signature)| {
        ValidatorProof::new(key_bytes(n).to_vec(), peer(peer_number).to_bytes(), signature)
    })
}

pub(super) fn status() -> impl Strategy<Value = SyncStatus> {
    (any::<u8>(), height(), height()).prop_map(|(n, tip, min)| SyncStatus {
        peer_id: peer(n),
        tip_height: Height(tip),
        min_height: Height(min),
    })
}

pub(super) fn range() -> impl Strategy<Value = HeightRange> {
    (0..=u64::from(u32::MAX) - SYNC_HEIGHTS_MAX, 0..SYNC_HEIGHTS_MAX)
        .prop_map(|(start, more)| HeightRange { start: Height(start), end: Height(start + more) })
}

pub(super) fn sync_values() -> impl Strategy<Value = SyncValues> {
    let block = || (vec(any::<u8>(), 1..50), commit_certificate());
    (0..1000u64, vec(block(), 0..4)).prop_map(|(start, blocks)| {
        let decided = |(height, (block, certificate)): (u64, (Vec<u8>, CommitCertificate<IcnContext>))| DecidedBlock {
            block: block.into(),
            certificate: CommitCertificate { height: Height(height), ..certificate },
        };
        SyncValues { start_height: Height(start), blocks: (start..).zip(blocks).map(decided).collect() }
    })
}
