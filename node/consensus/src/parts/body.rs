//! The bytes of a block before they are there.

use icn_primitives::{
    limits::{BLOCK_BYTES_MAX, BLOCK_PART_BYTES},
    PartSetHeader,
};

/// Names the bytes of a block: their parts and their length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Body {
    /// Number and root of the parts.
    pub parts: PartSetHeader,
    /// Bytes of all parts.
    pub length: u32,
}

impl Body {
    /// The name of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self { parts: PartSetHeader::of(bytes), length: u32::try_from(bytes.len()).unwrap_or(u32::MAX) }
    }

    /// Whether so many bytes have so many parts, and a block may be so large.
    pub fn is_sound(&self) -> bool {
        let total = self.length.div_ceil(BLOCK_PART_BYTES as u32);
        (1..=BLOCK_BYTES_MAX).contains(&self.length) && total == self.parts.total
    }

    /// How long part `index` is; `None` when there is no such part.
    pub fn part_length(&self, index: u32) -> Option<usize> {
        let rest = self.length.checked_sub(index.checked_mul(BLOCK_PART_BYTES as u32)?)?;
        (index < self.parts.total && rest > 0).then(|| (rest as usize).min(BLOCK_PART_BYTES))
    }
}
