//! A mountain range: an append-only log of which only the peaks are kept.

use crate::{
    hash::{bag, node_hash},
    scale, Hash, Position, TreeHead,
};
use codec::{Decode, DecodeWithMemTracking, Encode, Input, MaxEncodedLen};
use scale_info::TypeInfo;

/// Most peaks of a range: the binary digits of its size.
pub const PEAKS_MAX: usize = 64;

/// Why leaves cannot be appended, or hashes are no range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// The log would have more leaves than can be counted.
    #[error("a log of {size} leaves has no room for {leaves} more")]
    Full {
        /// Number of leaves.
        size: u64,
        /// How many were to be appended.
        leaves: usize,
    },
    /// The number of peaks is not the number of ones in the size's binary digits.
    #[error("a log of {size} leaves does not have {peaks} peaks")]
    Peaks {
        /// Number of leaves.
        size: u64,
        /// Number of peaks.
        peaks: usize,
    },
}

/// A log of which the size and the peaks are kept: enough to append to it and to know its root.
///
/// ```text
///          a
///       /     \
///      .       .       b
///     / \     / \     / \
///    0   1   2   3   4   5   6
/// ```
///
/// Seven leaves, 0b111, have three peaks: a over four, b over two, and the last leaf. Joined from the right, they give
/// H(1 ‖ a ‖ H(1 ‖ b ‖ 6)), which is RFC 6962's root over the seven.
///
/// It encodes as the size and a list of hashes, as many as the size has ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, DecodeWithMemTracking, TypeInfo)]
pub struct Range {
    size: u64,
    peaks: Vec<Hash>,
}

impl Range {
    /// A range of which size and peaks are known.
    ///
    /// # Errors
    /// [`RangeError::Peaks`].
    pub fn new(size: u64, peaks: Vec<Hash>) -> Result<Self, RangeError> {
        if !has_peaks(size, peaks.len()) {
            return Err(RangeError::Peaks { size, peaks: peaks.len() });
        }
        Ok(Self { size, peaks })
    }

    /// A range of which the peaks were counted by [`Position::peaks`].
    pub(crate) fn of_peaks(size: u64, peaks: Vec<Hash>) -> Self {
        Self { size, peaks }
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Roots of the perfect subtrees, the leftmost and largest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// RFC 6962 root over all leaves.
    pub fn root(&self) -> Hash {
        bag(&self.peaks)
    }

    /// Size and root.
    pub fn head(&self) -> TreeHead {
        TreeHead { size: self.size, root: self.root() }
    }

    /// Appends a leaf, of which the leaf hash is given.
    ///
    /// # Errors
    /// [`RangeError::Full`].
    pub fn append(&mut self, leaf: Hash) -> Result<(), RangeError> {
        self.append_batch(&[leaf])
    }

    /// Appends leaves in order, of which the leaf hashes are given; all of them or none.
    ///
    /// # Errors
    /// [`RangeError::Full`].
    pub fn append_batch(&mut self, leaves: &[Hash]) -> Result<(), RangeError> {
        self.append_noting(leaves, |_, _| ())
    }

    /// Appends leaves and notes every perfect subtree that they complete, each after those within it.
    pub(crate) fn append_noting(
        &mut self,
        leaves: &[Hash],
        mut note: impl FnMut(Position, Hash),
    ) -> Result<(), RangeError> {
        let full = RangeError::Full { size: self.size, leaves: leaves.len() };
        self.size.checked_add(leaves.len() as u64).ok_or(full)?;
        leaves.iter().for_each(|leaf| self.push(*leaf, &mut note));
        Ok(())
    }

    /// The leaf joins the last peaks as one is added to the binary digits of the size: each trailing 1 is carried.
    fn push(&mut self, leaf: Hash, note: &mut impl FnMut(Position, Hash)) {
        let (mut position, mut hash) = (Position::leaf(self.size), leaf);
        note(position, hash);
        let kept = self.peaks.len().saturating_sub(self.size.trailing_ones() as usize);
        for left in self.peaks.drain(kept..).rev() {
            (position, hash) = (position.parent(), node_hash(&left, &hash));
            note(position, hash);
        }
        self.peaks.push(hash);
        self.size += 1;
    }
}

fn has_peaks(size: u64, peaks: usize) -> bool {
    size.count_ones() as usize == peaks
}

impl Decode for Range {
    fn decode<I: Input>(input: &mut I) -> Result<Self, codec::Error> {
        let size = u64::decode(input)?;
        let peaks = scale::read_hashes(input, |count| has_peaks(size, count))?;
        Ok(Self { size, peaks })
    }
}

impl MaxEncodedLen for Range {
    fn max_encoded_len() -> usize {
        u64::max_encoded_len() + scale::hashes_len_max(PEAKS_MAX)
    }
}
