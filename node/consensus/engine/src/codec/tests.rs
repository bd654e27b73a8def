//! The engine's types survive the wire. What the wire refuses is tested where it is defined, in `icn-consensus`.

use super::*;
use icn_consensus::{
    parts::{split, Init},
    Address, BlockRef, Height,
};
use icn_primitives::{tendermint::BlockId, Hash, Target};
use malachitebft_codec::{Codec as Encoding, HasEncodedLen};
use malachitebft_core_types::{
    CommitCertificate, CommitSignature, ExtendedCommitCertificate, NilOrVal, Round, SignedMessage, VoteExtensions,
};
use malachitebft_engine::{
    consensus::ConsensusCodec,
    sync::SyncCodec,
    util::streaming::{StreamContent, StreamId, StreamMessage},
    wal::WalCodec,
};
use malachitebft_sync::{PeerId, RawDecidedValue, Request, Response, Status, ValueRequest, ValueResponse};

const CODEC: Codec = Codec {};

type Signature = malachitebft_core_types::Signature<IcnContext>;

fn signature(n: u8) -> Signature {
    Signature::from_bytes([n; 64])
}

fn peer() -> PeerId {
    PeerId::from_bytes(&[&[0x12, 0x20][..], &[7; 32]].concat()).expect("it is a name")
}

fn is_itself<T>(message: &T)
where
    Codec: Encoding<T>,
    T: PartialEq + std::fmt::Debug,
{
    let bytes = CODEC.encode(message).expect("it is in bounds");
    assert_eq!(&CODEC.decode(bytes.clone()).expect("it was encoded"), message);
    let longer = [&bytes[..], &[0]].concat();
    assert!(<Codec as Encoding<T>>::decode(&CODEC, longer.into()).is_err());
}

fn certificate(height: u64) -> ExtendedCommitCertificate<IcnContext> {
    let target = Target { id: BlockId { hash: Hash::zero(), parts: split(b"block").0.parts }, time: 5 };
    let votes = [3, 1, 2].map(|n| CommitSignature::new(Address([n; 20]), signature(n)));
    let certificate = CommitCertificate {
        height: Height(height),
        round: Round::new(1),
        value_id: BlockRef(target),
        commit_signatures: votes.to_vec(),
    };
    ExtendedCommitCertificate::from_commit_certificate_and_extensions(certificate, VoteExtensions::default())
}

fn response(heights: std::ops::Range<u64>) -> Response<IcnContext> {
    let value = |height| RawDecidedValue::new(vec![height as u8; 9].into(), certificate(height));
    let values = heights.clone().map(value).collect();
    Response::ValueResponse(ValueResponse::new(Height(heights.start), values))
}

#[test]
fn it_is_the_codec_of_consensus_sync_and_log() {
    fn needs<C: ConsensusCodec<IcnContext> + SyncCodec<IcnContext> + WalCodec<IcnContext> + Clone>(_: C) {}
    needs(CODEC);
}

#[test]
fn messages_of_a_stream_are_themselves() {
    let (body, chunks) = split(b"block");
    let target = Target { id: BlockId { hash: Hash::zero(), parts: body.parts }, time: 5 };
    let (pol_round, proposer, signature) = (None, [1; 20], [2; 64]);
    let init = Init { height: 1, round: 0, pol_round, proposer, target, length: body.length, signature };
    let parts = [ProposalPart::Init(init), ProposalPart::Chunk(chunks[0].clone())];
    for part in &parts {
        is_itself(part);
    }
    let contents = parts.map(StreamContent::Data).into_iter().chain([StreamContent::Fin]);
    for (sequence, content) in (0..).zip(contents) {
        is_itself(&StreamMessage::new(StreamId::new(vec![1, 2].into()), sequence, content));
    }
}

#[test]
fn statuses_questions_and_answers_are_themselves() {
    is_itself(&Status::<IcnContext> { peer_id: peer(), tip_height: Height(9), history_min_height: Height(1) });
    is_itself(&Request::<IcnContext>::ValueRequest(ValueRequest::new(Height(3)..=Height(7))));
    is_itself(&response(3..3));
    is_itself(&response(3..6));
}

#[test]
fn the_length_of_an_answer_is_that_of_its_encoding() {
    let whole = response(3..6);
    let length = CODEC.encoded_len(&whole).expect("it is in bounds");
    assert_eq!(CODEC.encode(&whole).expect("it is in bounds").len(), length);
    // The engine adds up the lengths of single blocks to stay within its bound.
    let single = (3..6).map(|height| CODEC.encoded_len(&response(height..height + 1)).expect("it is in bounds"));
    assert!(length <= single.sum());
}

#[test]
fn an_answer_with_a_vote_extension_is_not_sent() {
    let mut certificate = certificate(3);
    certificate.commit_signatures[1].extension = Some(SignedMessage::new((), signature(1)));
    let values = vec![RawDecidedValue::new(vec![1].into(), certificate)];
    let response = Response::<IcnContext>::ValueResponse(ValueResponse::new(Height(3), values));
    assert_eq!(CODEC.encode(&response), Err(WireError::Extension));
}

#[test]
fn entries_of_the_log_are_read_as_they_were_written() {
    use icn_consensus::Vote;
    use icn_primitives::votes::VoteKind;
    use malachitebft_core_consensus::Input;
    use malachitebft_core_types::{PolkaSignature, Timeout, Validity, ValueOrigin};
    use malachitebft_engine::wal::{decode_entry, encode_entry};

    let ExtendedCommitCertificate { height, round, value_id, .. } = certificate(4);
    let (kind, value, address) = (VoteKind::Prevote, NilOrVal::Val(value_id), Address([1; 20]));
    let vote = SignedMessage::new(Vote { kind, height, round, value, address }, signature(1));
    let polka_signatures = vec![PolkaSignature::new(address, signature(1))];
    let verdict = ProposedValue {
        height,
        round,
        valid_round: Round::Nil,
        proposer: address,
        value: value_id,
        validity: Validity::Invalid,
    };
    let entries = [
        Input::<IcnContext>::Vote(vote),
        Input::ProposedValue(verdict, ValueOrigin::Consensus),
        Input::PolkaCertificate(PolkaCertificate { height, round, value_id, polka_signatures }),
        Input::TimeoutElapsed(Timeout::prevote(round)),
    ];
    for entry in entries {
        let mut bytes = Vec::new();
        encode_entry(entry.clone(), &CODEC, &mut bytes).expect("it is written");
        let read = decode_entry::<IcnContext, _, _>(&CODEC, &bytes[..]).expect("it is read");
        assert_eq!(format!("{read:?}"), format!("{entry:?}"));
    }
}
