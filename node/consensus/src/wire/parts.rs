//! Parts of proposals.

use super::{
    field::{address, hash, height, parts, pol_round, present, proto_target, round_number, signature_bytes, target},
    proto::{self, proposal_part::Sum},
    Wire, WireError,
};
use crate::parts::{Body, Chunk, Init, ProposalPart, PROOF_HASHES_MAX};
use icn_primitives::{limits::BLOCK_PART_BYTES, Hash};

/// Most bytes of a part beside its piece of the block.
const OVERHEAD: usize = 512;

impl Wire for Init {
    const KIND: &'static str = "first part";
    const BYTES_MAX: usize = OVERHEAD;
    type Proto = proto::Init;

    fn to_proto(&self) -> Result<Self::Proto, WireError> {
        checked(self)?;
        Ok(proto::Init {
            height: height(self.height)?,
            round: round_number(self.round)?,
            pol_round: pol_round(self.pol_round, self.round)?,
            proposer: self.proposer.to_vec(),
            target: Some(proto_target(&self.target)?),
            length: self.length,
            signature: self.signature.to_vec(),
        })
    }

    fn from_proto(proto: Self::Proto) -> Result<Self, WireError> {
        let init = Self {
            height: height(proto.height)?,
            round: round_number(proto.round)?,
            pol_round: pol_round(proto.pol_round, proto.round)?,
            proposer: address(&proto.proposer)?.0,
            target: target(present("target", proto.target)?)?,
            length: proto.length,
            signature: signature_bytes(&proto.signature)?,
        };
        checked(&init)?;
        Ok(init)
    }
}

fn checked(init: &Init) -> Result<(), WireError> {
    if init.is_sound() {
        Ok(())
    } else {
        Err(WireError::Unsound)
    }
}

impl Wire for Chunk {
    const KIND: &'static str = "chunk";
    const BYTES_MAX: usize = BLOCK_PART_BYTES + OVERHEAD;
    type Proto = proto::Chunk;

    fn to_proto(&self) -> Result<Self::Proto, WireError> {
        checked_chunk(self)?;
        Ok(proto::Chunk {
            part_total: self.body.parts.total,
            part_hash: self.body.parts.hash.0.to_vec(),
            length: self.body.length,
            index: self.index,
            proof: self.proof.iter().map(|hash| hash.0.to_vec()).collect(),
            bytes: self.bytes.clone(),
        })
    }

    fn from_proto(proto: Self::Proto) -> Result<Self, WireError> {
        let body = Body { parts: parts(proto.part_total, &proto.part_hash)?, length: proto.length };
        if proto.proof.len() > PROOF_HASHES_MAX {
            return Err(WireError::Count { field: "hashes", count: proto.proof.len() });
        }
        let proof = proto.proof.iter().map(|bytes| hash("proof", bytes)).collect::<Result<Vec<Hash>, _>>()?;
        let chunk = Self { body, index: proto.index, proof, bytes: proto.bytes };
        checked_chunk(&chunk)?;
        Ok(chunk)
    }
}

/// The proof is checked where the root is known to be announced; what is cheap is checked here.
fn checked_chunk(chunk: &Chunk) -> Result<(), WireError> {
    if !chunk.body.is_sound() {
        return Err(WireError::Bounds { field: "length", value: chunk.body.length.into() });
    }
    if !chunk.has_length() {
        return Err(WireError::Length { field: "chunk", bytes: chunk.bytes.len() });
    }
    if chunk.proof.len() > PROOF_HASHES_MAX {
        return Err(WireError::Count { field: "hashes", count: chunk.proof.len() });
    }
    Ok(())
}

impl Wire for ProposalPart {
    const KIND: &'static str = "proposal part";
    const BYTES_MAX: usize = BLOCK_PART_BYTES + 2 * OVERHEAD + 16;
    type Proto = proto::ProposalPart;

    fn to_proto(&self) -> Result<Self::Proto, WireError> {
        let sum = match self {
            Self::Init(init) => Sum::Init(init.to_proto()?),
            Self::Chunk(chunk) => Sum::Chunk(chunk.to_proto()?),
            Self::Piece(init, chunk) => {
                Sum::Piece(proto::Piece { init: Some(init.to_proto()?), chunk: Some(chunk.to_proto()?) })
            }
        };
        Ok(proto::ProposalPart { sum: Some(sum) })
    }

    fn from_proto(proto: Self::Proto) -> Result<Self, WireError> {
        match present("part", proto.sum)? {
            Sum::Init(init) => Wire::from_proto(init).map(Self::Init),
            Sum::Chunk(chunk) => Wire::from_proto(chunk).map(Self::Chunk),
            Sum::Piece(piece) => {
                let init = Wire::from_proto(present("init", piece.init)?)?;
                Ok(Self::Piece(init, Wire::from_proto(present("chunk", piece.chunk)?)?))
            }
        }
    }
}
