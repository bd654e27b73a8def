//! Catching up: who has what, questions for decided blocks, and the answers.

use super::{
    decode, encode,
    field::{height, height_of},
    proto, Wire, WireError,
};
use crate::{Height, IcnContext};
use bytes::{Buf, Bytes};
use icn_primitives::limits::BLOCK_BYTES_MAX;
use malachitebft_core_consensus::PeerId;
use malachitebft_core_types::CommitCertificate;
use prost::encoding::{decode_key, skip_field, DecodeContext};

/// Most heights in a question, and most blocks in an answer.
pub const SYNC_HEIGHTS_MAX: u64 = 128;

/// What a peer has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncStatus {
    /// The peer.
    pub peer_id: PeerId,
    /// Its highest decided block, 0 before the first.
    pub tip_height: Height,
    /// The lowest that it can send.
    pub min_height: Height,
}

/// Heights that are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeightRange {
    /// The first.
    pub start: Height,
    /// The last.
    pub end: Height,
}

/// A decided block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecidedBlock {
    /// SCALE of the block.
    pub block: Bytes,
    /// Precommits for it.
    pub certificate: CommitCertificate<IcnContext>,
}

/// Decided blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncValues {
    /// Height of the first.
    pub start_height: Height,
    /// The blocks, one height after the other; none when there are none.
    pub blocks: Vec<DecidedBlock>,
}

impl Wire for SyncStatus {
    const KIND: &'static str = "status";
    const BYTES_MAX: usize = 128;
    type Proto = proto::SyncStatus;

    fn to_proto(&self) -> Result<Self::Proto, WireError> {
        Ok(proto::SyncStatus {
            peer_id: self.peer_id.to_bytes(),
            tip_height: height_of(self.tip_height)?,
            min_height: height_of(self.min_height)?,
        })
    }

    fn from_proto(proto: Self::Proto) -> Result<Self, WireError> {
        Ok(Self {
            peer_id: PeerId::from_bytes(&proto.peer_id).map_err(|_| WireError::PeerId)?,
            tip_height: Height(height(proto.tip_height)?),
            min_height: Height(height(proto.min_height)?),
        })
    }
}

impl Wire for HeightRange {
    const KIND: &'static str = "question for blocks";
    const BYTES_MAX: usize = 32;
    type Proto = proto::SyncRequest;

    fn to_proto(&self) -> Result<Self::Proto, WireError> {
        let (start, end) = (height_of(self.start)?, height_of(self.end)?);
        match end.checked_sub(start) {
            None => Err(WireError::Order { height: end }),
            Some(more) if more >= SYNC_HEIGHTS_MAX => Err(WireError::Bounds { field: "heights", value: more + 1 }),
            Some(_) => Ok(proto::SyncRequest { start, end }),
        }
    }

    fn from_proto(proto: Self::Proto) -> Result<Self, WireError> {
        let range = Self { start: Height(proto.start), end: Height(proto.end) };
        range.to_proto()?;
        Ok(range)
    }
}

impl Wire for DecidedBlock {
    const KIND: &'static str = "decided block";
    const BYTES_MAX: usize = BLOCK_BYTES_MAX as usize + CommitCertificate::<IcnContext>::BYTES_MAX + 16;
    type Proto = proto::DecidedBlock;

    fn to_proto(&self) -> Result<Self::Proto, WireError> {
        Ok(proto::DecidedBlock { block: checked(&self.block)?, certificate: encode(&self.certificate)? })
    }

    fn from_proto(proto: Self::Proto) -> Result<Self, WireError> {
        Ok(Self { block: checked(&proto.block)?, certificate: decode(proto.certificate)? })
    }
}

fn checked(block: &Bytes) -> Result<Bytes, WireError> {
    if !(1..=BLOCK_BYTES_MAX as usize).contains(&block.len()) {
        return Err(WireError::Length { field: "block", bytes: block.len() });
    }
    Ok(block.clone())
}

impl Wire for SyncValues {
    const KIND: &'static str = "answer with blocks";
    /// The engine's bound, `max_response_size`.
    const BYTES_MAX: usize = 10 * 1024 * 1024;
    type Proto = proto::SyncResponse;

    /// An empty entry takes two bytes here and many in memory, so entries are counted before they are decoded.
    fn precheck(mut bytes: &[u8]) -> Result<(), WireError> {
        let mut count = 0;
        while bytes.has_remaining() {
            let (tag, wire_type) = decode_key(&mut bytes)?;
            skip_field(wire_type, tag, &mut bytes, DecodeContext::default())?;
            count += 1;
        }
        // Beside the blocks there is their first height.
        if count > SYNC_HEIGHTS_MAX as usize + 1 {
            return Err(WireError::Count { field: "blocks", count });
        }
        Ok(())
    }

    fn to_proto(&self) -> Result<Self::Proto, WireError> {
        checked_heights(self)?;
        let blocks = self.blocks.iter().map(encode).collect::<Result<_, _>>()?;
        Ok(proto::SyncResponse { start_height: height_of(self.start_height)?, blocks })
    }

    fn from_proto(proto: Self::Proto) -> Result<Self, WireError> {
        let blocks = proto.blocks.into_iter().map(decode).collect::<Result<_, _>>()?;
        let values = Self { start_height: Height(height(proto.start_height)?), blocks };
        checked_heights(&values)?;
        Ok(values)
    }
}

fn checked_heights(values: &SyncValues) -> Result<(), WireError> {
    let count = values.blocks.len();
    if count as u64 > SYNC_HEIGHTS_MAX {
        return Err(WireError::Count { field: "blocks", count });
    }
    let heights = values.blocks.iter().map(|block| block.certificate.height.0);
    match heights.zip(values.start_height.0..).find(|(height, expected)| height != expected) {
        Some((height, _)) => Err(WireError::Order { height }),
        None => Ok(()),
    }
}
