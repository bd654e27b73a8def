//! A piece of a block.

use super::{proof::root_of, Body};
use bytes::Bytes;
use icn_primitives::Hash;

/// A part of a block's bytes, with the proof that it is one.
#[derive(Clone, PartialEq, Eq)]
pub struct Chunk {
    /// The block's bytes.
    pub body: Body,
    /// Which part, from 0.
    pub index: u32,
    /// Hashes from the part's sibling up to a child of the root.
    pub proof: Vec<Hash>,
    /// The part.
    pub bytes: Bytes,
}

impl Chunk {
    /// Whether its length is that of the part that it claims to be.
    pub fn has_length(&self) -> bool {
        self.body.part_length(self.index) == Some(self.bytes.len())
    }

    /// Whether its proof leads to the root.
    pub fn is_proven(&self) -> bool {
        let parts = &self.body.parts;
        root_of(&self.bytes, self.index, parts.total, &self.proof) == Some(parts.hash)
    }
}

impl std::fmt::Debug for Chunk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { body, index, bytes, .. } = self;
        write!(f, "Chunk({}/{} of {:?}, {} bytes)", index, body.parts.total, body.parts.hash, bytes.len())
    }
}
