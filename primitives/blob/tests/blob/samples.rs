//! Bytes, and blobs of them in memory.

use icn_blob::{Block, Blocks, Builder, Root};
use icn_dag::Cid;
use std::{collections::BTreeMap, convert::Infallible};

/// Blocks by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Memory(pub(crate) BTreeMap<Cid, Vec<u8>>);

impl Blocks for &Memory {
    type Error = Infallible;

    fn block(&self, cid: &Cid) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.0.get(cid).cloned())
    }
}

/// Bytes that follow from a seed, no chunk of which is like another.
pub(crate) fn noise(seed: u64, size: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(size);
    bytes
}

/// The blob of some bytes, given in pieces.
pub(crate) fn build<'p>(pieces: impl IntoIterator<Item = &'p [u8]>) -> (Root, Memory) {
    let mut memory = Memory::default();
    let mut builder = Builder::new();
    let mut sink = |block: Block| {
        memory.0.insert(block.cid(), block.into_bytes());
        Ok::<_, Infallible>(())
    };
    for piece in pieces {
        builder.push(piece, &mut sink).unwrap();
    }
    let root = builder.finish(&mut sink).unwrap();
    (root, memory)
}
