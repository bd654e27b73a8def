//! Messages of the protocol, and how they are framed.

use super::RemoteError;
use prost::{encoding::decode_varint, Message as _};
use std::io::{Read, Write};
use tendermint_proto::v0_38::privval::{
    PingRequest, PingResponse, PubKeyRequest, PubKeyResponse, RemoteSignerError, SignProposalRequest, SignVoteRequest,
    SignedProposalResponse, SignedVoteResponse,
};

/// Most bytes of a message, CometBFT's bound.
pub const MESSAGE_BYTES_MAX: u64 = 10 * 1024;

/// Most bytes of the length before a message of such a size.
const LENGTH_BYTES_MAX: usize = 2;

/// Bytes to be signed as they are.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct SignBytesRequest {
    /// The bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub(super) value: Vec<u8>,
}

/// Bytes that were signed.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct SignBytesResponse {
    /// The signature.
    #[prost(bytes = "vec", tag = "1")]
    pub(super) signature: Vec<u8>,
    /// Why there is none.
    #[prost(message, optional, tag = "2")]
    pub(super) error: Option<RemoteSignerError>,
}

/// A message in either direction.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Message {
    /// One of them.
    #[prost(oneof = "Sum", tags = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10")]
    pub(super) sum: Option<Sum>,
}

/// Kinds of [`Message`].
#[derive(Clone, PartialEq, prost::Oneof)]
pub(super) enum Sum {
    /// Asks for the key.
    #[prost(message, tag = "1")]
    PubKeyRequest(PubKeyRequest),
    /// The key.
    #[prost(message, tag = "2")]
    PubKeyResponse(PubKeyResponse),
    /// Asks for a vote.
    #[prost(message, tag = "3")]
    SignVoteRequest(SignVoteRequest),
    /// The vote, signed.
    #[prost(message, tag = "4")]
    SignedVoteResponse(SignedVoteResponse),
    /// Asks for a proposal.
    #[prost(message, tag = "5")]
    SignProposalRequest(SignProposalRequest),
    /// The proposal, signed.
    #[prost(message, tag = "6")]
    SignedProposalResponse(SignedProposalResponse),
    /// Asks whether the signer is there.
    #[prost(message, tag = "7")]
    PingRequest(PingRequest),
    /// It is.
    #[prost(message, tag = "8")]
    PingResponse(PingResponse),
    /// Asks for the signature of bytes.
    #[prost(message, tag = "9")]
    SignBytesRequest(SignBytesRequest),
    /// The signature.
    #[prost(message, tag = "10")]
    SignBytesResponse(SignBytesResponse),
}

/// Writes a message with its length before it.
pub(super) fn write(link: &mut impl Write, sum: Sum) -> Result<(), RemoteError> {
    link.write_all(&Message { sum: Some(sum) }.encode_length_delimited_to_vec())?;
    Ok(link.flush()?)
}

/// Reads a message; `None` when it is of a kind that is not known.
pub(super) fn read(link: &mut impl Read) -> Result<Option<Sum>, RemoteError> {
    let mut length = Vec::new();
    loop {
        let mut byte = [0];
        link.read_exact(&mut byte)?;
        length.push(byte[0]);
        if byte[0] & 0x80 == 0 || length.len() > LENGTH_BYTES_MAX {
            break;
        }
    }
    let bytes = decode_varint(&mut &length[..]).unwrap_or(u64::MAX);
    if bytes > MESSAGE_BYTES_MAX {
        return Err(RemoteError::TooLarge { bytes });
    }
    let mut message = vec![0; bytes as usize];
    link.read_exact(&mut message)?;
    Ok(Message::decode(&message[..])?.sum)
}
