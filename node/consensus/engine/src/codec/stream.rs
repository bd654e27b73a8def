//! Messages of a stream of parts.

use super::Codec;
use bytes::Bytes;
use icn_consensus::{
    wire::{self, StreamPart, WireError},
    ProposalPart,
};
use malachitebft_engine::util::streaming::{StreamContent, StreamId, StreamMessage};

impl malachitebft_codec::Codec<StreamMessage<ProposalPart>> for Codec {
    type Error = WireError;

    fn decode(&self, bytes: Bytes) -> Result<StreamMessage<ProposalPart>, WireError> {
        let StreamPart { stream_id, sequence, part } = wire::decode(bytes)?;
        let content = part.map_or(StreamContent::Fin, StreamContent::Data);
        Ok(StreamMessage::new(StreamId::new(stream_id), sequence, content))
    }

    fn encode(&self, message: &StreamMessage<ProposalPart>) -> Result<Bytes, WireError> {
        let (stream_id, sequence) = (message.stream_id.to_bytes(), message.sequence);
        wire::encode(&StreamPart { stream_id, sequence, part: message.content.as_data().cloned() })
    }
}
