//! Messages of a stream of parts.

use super::{proto, Wire, WireError};
use crate::ProposalPart;
use bytes::Bytes;

/// Most bytes of the name of a stream.
pub const STREAM_ID_BYTES_MAX: usize = 32;

/// A message of a stream of parts, as the engine sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamPart {
    /// Names the stream among those of its publisher.
    pub stream_id: Bytes,
    /// Place in the stream, from 0.
    pub sequence: u64,
    /// The part; `None` at the end of the stream.
    pub part: Option<ProposalPart>,
}

impl Wire for StreamPart {
    const KIND: &'static str = "stream message";
    const BYTES_MAX: usize = ProposalPart::BYTES_MAX + 64;
    type Proto = proto::StreamMessage;

    fn to_proto(&self) -> Result<Self::Proto, WireError> {
        let (stream_id, part) = (checked(&self.stream_id)?, self.part.as_ref().map(Wire::to_proto).transpose()?);
        Ok(proto::StreamMessage { stream_id, sequence: self.sequence, part })
    }

    fn from_proto(proto: Self::Proto) -> Result<Self, WireError> {
        let (stream_id, part) = (checked(&proto.stream_id)?, proto.part.map(Wire::from_proto).transpose()?);
        Ok(Self { stream_id, sequence: proto.sequence, part })
    }
}

fn checked(stream_id: &Bytes) -> Result<Bytes, WireError> {
    if stream_id.len() > STREAM_ID_BYTES_MAX {
        return Err(WireError::Length { field: "stream_id", bytes: stream_id.len() });
    }
    Ok(stream_id.clone())
}
