//! From bytes to be signed to the question that a signer understands, and from its answer to a signature.

use super::{
    message::{SignBytesRequest, Sum},
    RemoteError,
};
use crate::Address;
use icn_primitives::votes::SignatureBytes;
use tendermint_proto::v0_38::{
    privval::{RemoteSignerError, SignProposalRequest, SignVoteRequest},
    types::{
        BlockId, CanonicalBlockId, CanonicalProposal, CanonicalVote, PartSetHeader, Proposal, SignedMsgType, Vote,
    },
};

/// What the proof that a peer is a validator starts with.
const PROOF: &[u8] = b"PoV";

/// The question for the signature of some bytes. They are read back into the vote or proposal that they are of, since a signer wants
/// to see what it signs; what is neither is asked for as bytes.
pub(super) fn request_of(message: &[u8], address: Address) -> Result<Sum, RemoteError> {
    if message.first() == Some(&0) || message.starts_with(PROOF) {
        return Ok(Sum::SignBytesRequest(SignBytesRequest { value: message.to_vec() }));
    }
    if let Some(vote) = canonical::<CanonicalVote>(message).filter(|vote| vote.r#type != SignedMsgType::Proposal as i32)
    {
        return vote_request(vote, address).ok_or(RemoteError::Bytes);
    }
    canonical(message).and_then(proposal_request).ok_or(RemoteError::Bytes)
}

/// A message with its length before it, if it is nothing else.
fn canonical<T: prost::Message + Default>(message: &[u8]) -> Option<T> {
    let decoded = T::decode_length_delimited(message).ok()?;
    (decoded.encode_length_delimited_to_vec() == message).then_some(decoded)
}

fn vote_request(canonical: CanonicalVote, address: Address) -> Option<Sum> {
    let vote = Vote {
        r#type: canonical.r#type,
        height: canonical.height,
        round: canonical.round.try_into().ok()?,
        block_id: canonical.block_id.map(block_id),
        timestamp: canonical.timestamp,
        validator_address: address.0.to_vec(),
        ..Vote::default()
    };
    Some(Sum::SignVoteRequest(SignVoteRequest { vote: Some(vote), chain_id: canonical.chain_id }))
}

fn proposal_request(canonical: CanonicalProposal) -> Option<Sum> {
    let proposal = Proposal {
        r#type: canonical.r#type,
        height: canonical.height,
        round: canonical.round.try_into().ok()?,
        pol_round: canonical.pol_round.try_into().ok()?,
        block_id: canonical.block_id.map(block_id),
        timestamp: canonical.timestamp,
        signature: Vec::new(),
    };
    Some(Sum::SignProposalRequest(SignProposalRequest { proposal: Some(proposal), chain_id: canonical.chain_id }))
}

fn block_id(canonical: CanonicalBlockId) -> BlockId {
    let parts = |parts: tendermint_proto::v0_38::types::CanonicalPartSetHeader| PartSetHeader {
        total: parts.total,
        hash: parts.hash,
    };
    BlockId { hash: canonical.hash, part_set_header: canonical.part_set_header.map(parts) }
}

/// The signature in an answer to a question of that kind. Whether it is good is not looked at.
pub(super) fn signature_of(request: &Sum, answer: Option<Sum>) -> Result<SignatureBytes, RemoteError> {
    let (error, signature) = match (request, answer) {
        (Sum::SignVoteRequest(_), Some(Sum::SignedVoteResponse(answer))) => {
            (answer.error, answer.vote.unwrap_or_default().signature)
        }
        (Sum::SignProposalRequest(_), Some(Sum::SignedProposalResponse(answer))) => {
            (answer.error, answer.proposal.unwrap_or_default().signature)
        }
        (Sum::SignBytesRequest(_), Some(Sum::SignBytesResponse(answer))) => (answer.error, answer.signature),
        _ => return Err(RemoteError::Unexpected),
    };
    refusal(error)?;
    signature.try_into().map_err(|_| RemoteError::Signature)
}

/// Turns a signer's refusal into an error.
pub(super) fn refusal(error: Option<RemoteSignerError>) -> Result<(), RemoteError> {
    match error {
        None => Ok(()),
        Some(RemoteSignerError { code, description }) => Err(RemoteError::Refused { code, description }),
    }
}
