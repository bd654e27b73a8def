//! Every bound, by a message that breaks it. A field beyond its bound would panic somewhere behind the decoder, or fill memory.

use super::*;
use crate::{
    parts::{Chunk, Init, ProposalPart},
    samples::{self, address, key_bytes, peer, target, vote},
    Height, IcnContext, Proposal, Vote,
};
use icn_primitives::{
    limits::{BLOCK_BYTES_MAX, BLOCK_PART_BYTES, TIME_MAX},
    validators::VALIDATORS_MAX,
    votes::VoteKind,
};
use malachitebft_core_consensus::{LivenessMsg, ProposedValue, SignedConsensusMsg};
use malachitebft_core_types::{
    CommitCertificate, CommitSignature, PolkaCertificate, PolkaSignature, Round, RoundCertificate,
    RoundCertificateType, RoundSignature, SignedProposal, SignedVote, ValidatorProof, Validity, VoteType,
};
use malachitebft_signing_ed25519::Signature;

type SomeVote = SignedVote<IcnContext>;
type SomeProposal = SignedProposal<IcnContext>;
type Polka = PolkaCertificate<IcnContext>;
type Commit = CommitCertificate<IcnContext>;
type Rounds = RoundCertificate<IcnContext>;

fn vote_proto() -> proto::SignedVote {
    vote(1, VoteKind::Prevote, 5, 2, Some(target(3))).to_proto().expect("it is in bounds")
}

fn proposal_proto() -> proto::SignedProposal {
    samples::proposal(1, 5, 2, Some(1), target(3)).to_proto().expect("it is in bounds")
}

/// A target with one field changed.
fn with_target(change: impl FnOnce(&mut proto::Target)) -> proto::SignedVote {
    let mut proto = vote_proto();
    change(proto.target.as_mut().expect("it is a vote for a block"));
    proto
}

#[test]
fn a_height_that_no_block_has_is_refused() {
    for height in [u64::from(u32::MAX) + 1, i64::MAX as u64 + 1, u64::MAX] {
        let bounds = WireError::Bounds { field: "height", value: height };
        assert_eq!(refusal::<SomeVote>(&proto::SignedVote { height, ..vote_proto() }), bounds);
        assert_eq!(refusal::<SomeProposal>(&proto::SignedProposal { height, ..proposal_proto() }), bounds);
    }
}

#[test]
fn a_round_beyond_tendermints_is_refused() {
    for round in [i32::MAX as u32 + 1, u32::MAX] {
        let bounds = WireError::Bounds { field: "round", value: round.into() };
        assert_eq!(refusal::<SomeVote>(&proto::SignedVote { round, ..vote_proto() }), bounds);
        assert_eq!(refusal::<SomeProposal>(&proto::SignedProposal { round, ..proposal_proto() }), bounds);
    }
    // A negative number is ten bytes of varint, which a careless decoder cuts to a round of 32 bits.
    let negative = [&[0x18][..], &[0xff; 9], &[0x01]].concat();
    let bytes = [&encode(&vote(1, VoteKind::Prevote, 5, 0, None)).expect("it is in bounds")[..], &negative].concat();
    assert!(decode::<SomeVote>(bytes.into()).is_err());
}

#[test]
fn a_polka_is_before_the_round() {
    for pol_round in [2, 3, i32::MAX as u32, u32::MAX] {
        let bounds = WireError::Bounds { field: "pol_round", value: pol_round.into() };
        let proposal = proto::SignedProposal { pol_round: Some(pol_round), ..proposal_proto() };
        assert_eq!(refusal::<SomeProposal>(&proposal), bounds);
    }
    let none = proto::SignedProposal { pol_round: None, ..proposal_proto() };
    assert!(decode::<SomeProposal>(raw(&none)).expect("it may be missing").pol_round.is_nil());
}

#[test]
fn a_time_after_the_year_9999_is_refused() {
    for time in [TIME_MAX + 1, i64::MAX as u64, u64::MAX] {
        let refusal = refusal::<SomeVote>(&with_target(|target| target.time = time));
        assert_eq!(refusal, WireError::Bounds { field: "time", value: time });
    }
    decode::<SomeVote>(raw(&with_target(|target| target.time = TIME_MAX))).expect("it is the last moment");
}

#[test]
fn a_block_without_parts_or_with_too_many_is_refused() {
    for part_total in [0, 17, u32::MAX] {
        let refusal = refusal::<SomeVote>(&with_target(|target| target.part_total = part_total));
        assert_eq!(refusal, WireError::Bounds { field: "part_total", value: part_total.into() });
    }
}

#[test]
fn hashes_addresses_and_signatures_have_their_lengths() {
    for bytes in [0, 1, 19, 21, 31, 33, 63, 65, 100] {
        let zeros = || vec![0; bytes];
        let hash = refusal::<SomeVote>(&with_target(|target| target.hash = zeros()));
        assert_eq!(hash, WireError::Length { field: "hash", bytes });
        let part_hash = refusal::<SomeVote>(&with_target(|target| target.part_hash = zeros()));
        assert_eq!(part_hash, WireError::Length { field: "part_hash", bytes });
        let address = refusal::<SomeVote>(&proto::SignedVote { address: zeros(), ..vote_proto() });
        assert_eq!(address, WireError::Length { field: "address", bytes });
        let signature = refusal::<SomeVote>(&proto::SignedVote { signature: zeros(), ..vote_proto() });
        assert_eq!(signature, WireError::Length { field: "signature", bytes });
    }
}

#[test]
fn kinds_are_known_ones() {
    for kind in [-1, 0, 3, 32, i32::MAX] {
        let unknown = WireError::Kind { field: "vote", value: kind };
        assert_eq!(refusal::<SomeVote>(&proto::SignedVote { kind, ..vote_proto() }), unknown);
        let mut rounds = rounds(3).to_proto().expect("it is in bounds");
        rounds.votes[1].kind = kind;
        assert_eq!(refusal::<Rounds>(&rounds), unknown);
        if kind != 0 {
            rounds.votes[1].kind = 1;
        }
        rounds.kind = kind;
        rounds.votes[1].kind = 1;
        assert_eq!(refusal::<Rounds>(&rounds), WireError::Kind { field: "certificate", value: kind });
    }
}

#[test]
fn what_must_be_there_is_there() {
    let proposal = proto::SignedProposal { target: None, ..proposal_proto() };
    assert_eq!(refusal::<SomeProposal>(&proposal), WireError::Missing("target"));
    assert_eq!(refusal::<SignedConsensusMsg<IcnContext>>(&Default::default()), WireError::Missing("message"));
    assert_eq!(refusal::<LivenessMsg<IcnContext>>(&Default::default()), WireError::Missing("message"));
    assert_eq!(refusal::<ProposalPart>(&Default::default()), WireError::Missing("part"));
    let mut polka = polka(3).to_proto().expect("it is in bounds");
    polka.target = None;
    assert_eq!(refusal::<Polka>(&polka), WireError::Missing("target"));
}

/// Validator `n` of many: an address and a signature that need no key.
fn voter(n: u32) -> (crate::Address, Signature) {
    let mut address = [0xaa; 20];
    address[..4].copy_from_slice(&n.to_be_bytes());
    (crate::Address(address), Signature::from_bytes([n as u8; 64]))
}

fn polka(count: u32) -> Polka {
    let votes = (0..count).map(voter).map(|(address, signature)| PolkaSignature::new(address, signature));
    Polka {
        height: Height(u32::MAX.into()),
        round: Round::new(i32::MAX as u32),
        value_id: crate::BlockRef(icn_primitives::Target { time: TIME_MAX, ..target(1) }),
        polka_signatures: votes.collect(),
    }
}

fn commit(count: u32) -> Commit {
    let votes = (0..count).map(voter).map(|(address, signature)| CommitSignature::new(address, signature));
    let Polka { height, round, value_id, .. } = polka(1);
    Commit { height, round, value_id, commit_signatures: votes.collect() }
}

fn rounds(count: u32) -> Rounds {
    let Polka { height, round, value_id, .. } = polka(1);
    let value = malachitebft_core_types::NilOrVal::Val(value_id);
    let vote = |(address, signature)| RoundSignature::new(VoteType::Precommit, value, address, signature);
    let round_signatures = (0..count).map(voter).map(vote).collect();
    Rounds { height, round, cert_type: RoundCertificateType::Skip, round_signatures }
}

#[test]
fn a_certificate_has_a_vote_of_every_validator_at_most_and_of_one_at_least() {
    let most = VALIDATORS_MAX;
    assert_eq!(decode::<Polka>(encode(&polka(most)).expect("it fits")), Ok(polka(most)));
    assert_eq!(decode::<Commit>(encode(&commit(most)).expect("it fits")), Ok(commit(most)));
    assert_eq!(decode::<Rounds>(encode(&rounds(most)).expect("it fits")), Ok(rounds(most)));
    let largest = LivenessMsg::SkipRoundCertificate(rounds(most));
    assert_eq!(decode(encode(&largest).expect("it fits")), Ok(largest));
    for count in [0, most + 1] {
        let error = WireError::Count { field: "votes", count: count as usize };
        assert_eq!(encode(&polka(count)), Err(error.clone()));
        assert_eq!(encode(&commit(count)), Err(error.clone()));
        assert_eq!(encode(&rounds(count)), Err(error.clone()));
        let mut proto = polka(1).to_proto().expect("it is in bounds");
        proto.votes = vec![proto.votes[0].clone(); count as usize];
        assert_eq!(refusal::<Polka>(&proto), error);
    }
}

#[test]
fn a_validator_is_in_a_certificate_once() {
    let twice = WireError::Twice { address: voter(0).0 };
    let mut proto = polka(2).to_proto().expect("it is in bounds");
    proto.votes[1].address = proto.votes[0].address.clone();
    assert_eq!(refusal::<Polka>(&proto), twice);
    assert_eq!(refusal::<Commit>(&proto), twice);
    let mut proto = rounds(2).to_proto().expect("it is in bounds");
    proto.votes[1].address = proto.votes[0].address.clone();
    assert_eq!(refusal::<Rounds>(&proto), twice);
}

#[test]
fn bytes_beyond_the_bound_of_a_kind_are_not_decoded() {
    fn too_large<T: Wire + std::fmt::Debug + PartialEq>() {
        let (bytes, bytes_max) = (T::BYTES_MAX + 1, T::BYTES_MAX);
        let error = WireError::TooLarge { kind: T::KIND, bytes, bytes_max };
        assert_eq!(decode::<T>(vec![0x0a; bytes].into()), Err(error));
    }
    too_large::<SomeVote>();
    too_large::<SomeProposal>();
    too_large::<SignedConsensusMsg<IcnContext>>();
    too_large::<ProposedValue<IcnContext>>();
    too_large::<Polka>();
    too_large::<Commit>();
    too_large::<Rounds>();
    too_large::<LivenessMsg<IcnContext>>();
    too_large::<Init>();
    too_large::<Chunk>();
    too_large::<ProposalPart>();
    too_large::<StreamPart>();
    too_large::<ValidatorProof<IcnContext>>();
    too_large::<SyncStatus>();
    too_large::<HeightRange>();
    too_large::<DecidedBlock>();
    too_large::<SyncValues>();
}

#[test]
fn the_largest_of_each_kind_fits() {
    let largest = icn_primitives::Target { time: TIME_MAX, ..target(1) };
    let (height, round) = (u64::from(u32::MAX), i32::MAX as u32);
    let mut many_parts = largest;
    many_parts.id.parts.total = 16;
    let vote = vote(1, VoteKind::Precommit, height, round, Some(many_parts));
    let proposal = samples::proposal(1, height, round, Some(round - 1), many_parts);
    encode(&vote).expect("it fits");
    encode(&proposal).expect("it fits");
    encode(&SignedConsensusMsg::Vote(vote)).expect("it fits");
    encode(&SignedConsensusMsg::Proposal(proposal)).expect("it fits");
    encode(&ProposedValue::<IcnContext> {
        height: Height(height),
        round: Round::new(round),
        valid_round: Round::new(round - 1),
        proposer: address(1),
        value: crate::BlockRef(many_parts),
        validity: Validity::Valid,
    })
    .expect("it fits");
    let block = samples::block(1, BLOCK_BYTES_MAX as usize);
    let (init, chunks) = samples::proposed(1, height, round, Some(round - 1), &block);
    let stream = |part| StreamPart { stream_id: vec![9; STREAM_ID_BYTES_MAX].into(), sequence: u64::MAX, part };
    encode(&init).expect("it fits");
    encode(&stream(Some(init.into()))).expect("it fits");
    encode(&chunks[15]).expect("it fits");
    encode(&stream(Some(chunks[15].clone().into()))).expect("it fits");
    let certificate = Commit { height: Height(7), ..commit(VALIDATORS_MAX) };
    let decided = DecidedBlock { block: block.to_vec().into(), certificate };
    encode(&decided).expect("it fits");
    // Two of the largest blocks and their certificates fit into an answer.
    let next =
        DecidedBlock { certificate: Commit { height: Height(8), ..decided.certificate.clone() }, ..decided.clone() };
    encode(&SyncValues { start_height: Height(7), blocks: vec![decided, next] }).expect("it fits");
}

#[test]
fn what_could_not_be_read_is_not_written() {
    let good = vote(1, VoteKind::Prevote, 5, 2, Some(target(3)));
    let with = |change: &dyn Fn(&mut Vote)| {
        let mut vote = good.clone();
        change(&mut vote.message);
        encode(&vote)
    };
    assert_eq!(with(&|vote| vote.round = Round::Nil), Err(WireError::NilRound("round")));
    assert!(matches!(with(&|vote| vote.round = Round::new(u32::MAX)), Err(WireError::Bounds { .. })));
    assert!(matches!(with(&|vote| vote.height = Height(u64::MAX)), Err(WireError::Bounds { .. })));
    let mut no_parts = target(3);
    no_parts.id.parts.total = 0;
    assert!(matches!(with(&|vote| vote.value = samples::value(Some(no_parts))), Err(WireError::Bounds { .. })));
    let late = icn_primitives::Target { time: u64::MAX, ..target(3) };
    assert!(matches!(with(&|vote| vote.value = samples::value(Some(late))), Err(WireError::Bounds { .. })));
    let mut proposal = samples::proposal(1, 5, 2, Some(1), target(3));
    proposal.message = Proposal { pol_round: Round::new(2), ..proposal.message };
    assert!(matches!(encode(&proposal), Err(WireError::Bounds { .. })));
}

#[test]
fn there_is_one_encoding_of_a_message() {
    let bytes = encode(&vote(1, VoteKind::Prevote, 5, 0, None)).expect("it is in bounds");
    let others = [
        // A default that is written out: round 0.
        [&bytes[..], &[0x18, 0]].concat(),
        // A field twice, the last of which counts.
        [&[0x10, 4], &bytes[..]].concat(),
        // A number with more bytes than it needs: height 5.
        [&bytes[..2], &[0x10, 0x85, 0x00], &bytes[4..]].concat(),
        // A field that nobody knows.
        [&bytes[..], &[0x78, 1]].concat(),
        // Another order.
        [&bytes[2..], &bytes[..2]].concat(),
    ];
    assert_eq!(bytes[..4], [0x08, 1, 0x10, 5]);
    for other in others {
        assert_eq!(decode::<SomeVote>(other.clone().into()), Err(WireError::NotCanonical), "{}", hex::encode(other));
    }
}

#[test]
fn a_first_part_that_contradicts_itself_is_refused() {
    let (init, _) = samples::proposed(1, 5, 2, Some(1), &samples::block(1, BLOCK_PART_BYTES + 1));
    let good = init.to_proto().expect("it is in bounds");
    for length in [0, 1, BLOCK_PART_BYTES as u32, BLOCK_BYTES_MAX + 1, u32::MAX] {
        assert_eq!(refusal::<Init>(&proto::Init { length, ..good.clone() }), WireError::Unsound, "{length} bytes");
    }
    let late = proto::Init { pol_round: Some(2), ..good };
    assert!(matches!(refusal::<Init>(&late), WireError::Bounds { field: "pol_round", .. }));
}

#[test]
fn a_chunk_has_the_length_of_its_place_and_a_proof_of_the_depth_of_the_tree() {
    let (_, chunks) = samples::proposed(1, 5, 2, None, &samples::block(1, BLOCK_PART_BYTES + 1));
    let good = chunks[1].to_proto().expect("it is in bounds");
    for (index, length) in [(0, 1), (2, 1), (u32::MAX, 1), (1, 0), (1, 2), (1, BLOCK_PART_BYTES)] {
        let wrong = proto::Chunk { index, bytes: vec![0; length].into(), ..good.clone() };
        assert!(matches!(refusal::<Chunk>(&wrong), WireError::Length { field: "chunk", .. }), "{index}: {length}");
    }
    let body = proto::Chunk { length: 5, ..good.clone() };
    assert!(matches!(refusal::<Chunk>(&body), WireError::Bounds { field: "length", value: 5 }));
    let long = proto::Chunk { proof: vec![vec![0; 32]; 5], ..good.clone() };
    assert_eq!(refusal::<Chunk>(&long), WireError::Count { field: "hashes", count: 5 });
    let short = proto::Chunk { proof: vec![vec![0; 31]], ..good };
    assert_eq!(refusal::<Chunk>(&short), WireError::Length { field: "proof", bytes: 31 });
}

#[test]
fn the_name_of_a_stream_is_short() {
    let stream_id = vec![0; STREAM_ID_BYTES_MAX + 1].into();
    let proto = proto::StreamMessage { stream_id, sequence: 0, part: None };
    let bytes = STREAM_ID_BYTES_MAX + 1;
    assert_eq!(refusal::<StreamPart>(&proto), WireError::Length { field: "stream_id", bytes });
}

#[test]
fn peers_have_names_that_peers_can_have() {
    let proof = ValidatorProof::<IcnContext>::new(key_bytes(1).to_vec(), peer(1).to_bytes(), voter(1).1);
    let good = proof.to_proto().expect("it is in bounds");
    let longer = [&peer(1).to_bytes()[..], &[0]].concat();
    let hashed = [&[0x12, 0x20][..], &[1; 32]].concat();
    let other = proto::ValidatorProof { peer_id: hashed, ..good.clone() };
    decode::<ValidatorProof<IcnContext>>(raw(&other)).expect("peers with large keys are named by a hash");
    for peer_id in [vec![], vec![0; 60], vec![0x12, 0x20, 1], vec![0x13; 34], longer] {
        let wrong = proto::ValidatorProof { peer_id: peer_id.clone(), ..good.clone() };
        assert_eq!(refusal::<ValidatorProof<IcnContext>>(&wrong), WireError::PeerId);
        let status = proto::SyncStatus { peer_id, tip_height: 1, min_height: 1 };
        assert_eq!(refusal::<SyncStatus>(&status), WireError::PeerId);
    }
    for bytes in [0, 31, 33] {
        let wrong = proto::ValidatorProof { key: vec![1; bytes], ..good.clone() };
        assert_eq!(refusal::<ValidatorProof<IcnContext>>(&wrong), WireError::Length { field: "key", bytes });
    }
}

#[test]
fn questions_are_for_some_heights_and_not_for_too_many() {
    let refused = |start, end| refusal::<HeightRange>(&proto::SyncRequest { start, end });
    assert_eq!(refused(2, 1), WireError::Order { height: 1 });
    assert_eq!(refused(1, SYNC_HEIGHTS_MAX + 1), WireError::Bounds { field: "heights", value: SYNC_HEIGHTS_MAX + 1 });
    assert!(matches!(refused(1, u64::MAX), WireError::Bounds { field: "height", .. }));
    assert!(matches!(refused(u64::MAX, u64::MAX), WireError::Bounds { field: "height", .. }));
    decode::<HeightRange>(raw(&proto::SyncRequest { start: 1, end: SYNC_HEIGHTS_MAX })).expect("it is the most");
}

fn decided(height: u64) -> DecidedBlock {
    let certificate = Commit { height: Height(height), ..commit(1) };
    DecidedBlock { block: vec![1, 2, 3].into(), certificate }
}

#[test]
fn blocks_of_an_answer_follow_each_other() {
    let values = |heights: &[u64]| SyncValues {
        start_height: Height(4),
        blocks: heights.iter().map(|height| decided(*height)).collect(),
    };
    encode(&values(&[])).expect("there may be none");
    encode(&values(&[4, 5, 6])).expect("they follow each other");
    for (heights, height) in [(&[5][..], 5), (&[4, 4], 4), (&[4, 6], 6), (&[4, 5, 4], 4)] {
        assert_eq!(encode(&values(heights)), Err(WireError::Order { height }));
        let blocks = heights.iter().map(|height| encode(&decided(*height)).expect("it is in bounds")).collect();
        let proto = proto::SyncResponse { start_height: 4, blocks };
        assert_eq!(refusal::<SyncValues>(&proto), WireError::Order { height });
    }
}

#[test]
fn an_answer_of_many_empty_blocks_is_refused_before_they_fill_memory() {
    // Two bytes each.
    let bytes = vec![[0x12, 0x00]; SyncValues::BYTES_MAX / 2].concat();
    assert!(matches!(decode::<SyncValues>(bytes.into()), Err(WireError::Count { field: "blocks", .. })));
    // One block with a certificate of many empty votes.
    let certificate = vec![[0x22, 0x00]; 2_000_000].concat();
    let block = proto::DecidedBlock { block: vec![1].into(), certificate: certificate.into() };
    let proto = proto::SyncResponse { start_height: 1, blocks: vec![raw(&block)] };
    assert!(matches!(refusal::<SyncValues>(&proto), WireError::TooLarge { kind: "commit certificate", .. }));
}

#[test]
fn a_decided_block_is_as_large_as_a_block() {
    let certificate = encode(&commit(1)).expect("it is in bounds");
    for bytes in [0, BLOCK_BYTES_MAX as usize + 1] {
        let proto = proto::DecidedBlock { block: vec![0; bytes].into(), certificate: certificate.clone() };
        assert_eq!(refusal::<DecidedBlock>(&proto), WireError::Length { field: "block", bytes });
    }
}
