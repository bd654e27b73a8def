//! Cutting a block into parts.

use super::{proof::prove, Body, Chunk};
use bytes::Bytes;
use icn_primitives::{limits::BLOCK_PART_BYTES, PartSetHeader};

/// The parts of a block's bytes, each with its proof.
pub fn split(block: &[u8]) -> (Body, Vec<Chunk>) {
    let pieces: Vec<&[u8]> = block.chunks(BLOCK_PART_BYTES).collect();
    let (hash, proofs) = prove(&pieces);
    let parts = PartSetHeader { total: pieces.len() as u32, hash };
    let body = Body { parts, length: u32::try_from(block.len()).unwrap_or(u32::MAX) };
    let all = Bytes::copy_from_slice(block);
    let chunk = |(index, (piece, proof)): (usize, (&&[u8], Vec<_>))| Chunk {
        body,
        index: index as u32,
        proof,
        bytes: all.slice_ref(&all[index * BLOCK_PART_BYTES..][..piece.len()]),
    };
    (body, pieces.iter().zip(proofs).enumerate().map(chunk).collect())
}
