//! One block that comes in pieces.

use super::{Body, Chunk, Refusal};
use icn_primitives::limits::BLOCK_PART_BYTES;
use std::sync::Arc;

/// The pieces of a block that are there. They may come in any order, and again.
#[derive(Clone, Debug)]
pub struct Assembly {
    body: Body,
    /// The block, zeros where pieces are missing.
    block: Vec<u8>,
    /// Which pieces are there.
    held: Vec<bool>,
}

/// What became of a chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is kept; others are missing.
    Stored,
    /// It was the last that was missing: this is the block. The assembly is empty afterwards.
    Complete(Arc<[u8]>),
    /// It is there already.
    Duplicate,
}

impl Assembly {
    /// Waits for the bytes that a valid `Init` announced; `None` when no block can have such a body.
    pub fn new(body: Body) -> Option<Self> {
        // The zeros cost no memory before something is written over them.
        let empty =
            || Self { body, block: vec![0; body.length as usize], held: vec![false; body.parts.total as usize] };
        body.is_sound().then(empty)
    }

    /// Checks a chunk and keeps it.
    ///
    /// # Errors
    /// [`Refusal::Unannounced`], [`Refusal::Length`], [`Refusal::Proof`].
    pub fn add(&mut self, chunk: &Chunk) -> Result<Added, Refusal> {
        if chunk.body != self.body {
            return Err(Refusal::Unannounced);
        }
        let place = chunk.index as usize;
        let held = self.held.get_mut(place).ok_or(Refusal::Length)?;
        if *held {
            return Ok(Added::Duplicate);
        }
        if !chunk.has_length() {
            return Err(Refusal::Length);
        }
        if !chunk.is_proven() {
            return Err(Refusal::Proof);
        }
        // The lengths of all parts add up to the block's.
        let start = place * BLOCK_PART_BYTES;
        self.block[start..start + chunk.bytes.len()].copy_from_slice(&chunk.bytes);
        *held = true;
        if self.held.iter().any(|held| !held) {
            return Ok(Added::Stored);
        }
        self.held.clear();
        Ok(Added::Complete(std::mem::take(&mut self.block).into()))
    }
}
