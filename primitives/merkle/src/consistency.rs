//! Proofs that a tree is the beginning of another: the consistency proofs of RFC 6962, section 2.1.2.

use crate::{
    hash::node_hash,
    position::{Position, Sibling, Side},
    scale, text, Hash, TreeHead,
};
use codec::{Decode, DecodeWithMemTracking, Encode, Input, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// Most hashes in the path of a consistency proof: a node of the older tree, and the way from a leaf to the root of a tree of
/// 2^64 - 1 leaves.
pub const CONSISTENCY_HASHES_MAX: usize = 65;

/// Why a consistency proof proves nothing. Only whoever made the proof can mend it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConsistencyError {
    /// The older tree has no leaves: every tree continues it, and a proof says nothing about the newer root.
    #[error("a tree without leaves is the beginning of every other: there is nothing to prove")]
    FromEmpty,
    /// The older tree is larger than the newer one.
    #[error("a tree of {to} leaves does not continue one of {from}")]
    Backwards {
        /// Size of the older tree.
        from: u64,
        /// Size of the newer tree.
        to: u64,
    },
    /// The proof begins at another size than the older tree has.
    #[error("the proof begins at {proof} leaves, the older head has {head}")]
    OtherFrom {
        /// Size in the proof.
        proof: u64,
        /// Size in the older tree head.
        head: u64,
    },
    /// The proof ends at another size than the newer tree has.
    #[error("the proof ends at {proof} leaves, the newer head has {head}")]
    OtherTo {
        /// Size in the proof.
        proof: u64,
        /// Size in the newer tree head.
        head: u64,
    },
    /// The path is shorter or longer than one between these sizes.
    #[error("the path has {actual} hashes instead of {expected}")]
    PathLength {
        /// How many hashes there must be.
        expected: usize,
        /// How many there are.
        actual: usize,
    },
    /// The path does not lead to the older tree's root.
    #[error("the path gives another root of the older tree")]
    OtherFromRoot,
    /// The path does not lead to the newer tree's root: it is of another tree, or leaves of the older one were changed.
    #[error("the path gives another root of the newer tree")]
    OtherToRoot,
}

/// A proof that the first `from` leaves of a tree of `to` leaves are those of an older tree.
#[derive(Clone, Debug, PartialEq, Eq, Encode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsistencyProof {
    /// Number of leaves in the older tree, above 0.
    pub from: u64,
    /// Number of leaves in the newer tree, at least as many.
    pub to: u64,
    /// The last peak of the older tree, unless that is its root, and the siblings on the way from there to the root of the
    /// newer one; nothing when the sizes are equal; at most [`CONSISTENCY_HASHES_MAX`].
    #[serde(
        serialize_with = "text::write_hashes",
        deserialize_with = "text::read_hashes::<CONSISTENCY_HASHES_MAX, _>"
    )]
    pub path: Vec<Hash>,
}

impl ConsistencyProof {
    /// Checks that the tree with the head `to` continues the one with the head `from`.
    ///
    /// # Errors
    /// See [`ConsistencyError`].
    pub fn verify(&self, from: &TreeHead, to: &TreeHead) -> Result<(), ConsistencyError> {
        if self.from != from.size {
            return Err(ConsistencyError::OtherFrom { proof: self.from, head: from.size });
        }
        if self.to != to.size {
            return Err(ConsistencyError::OtherTo { proof: self.to, head: to.size });
        }
        let (from_root, to_root) = self.roots(&from.root)?;
        if from_root != from.root {
            return Err(ConsistencyError::OtherFromRoot);
        }
        if to_root != to.root {
            return Err(ConsistencyError::OtherToRoot);
        }
        Ok(())
    }

    /// The roots of both trees that the path gives. The older one is taken as given where the path does not hold it.
    fn roots(&self, from_root: &Hash) -> Result<(Hash, Hash), ConsistencyError> {
        let way = Way::between(self.from, self.to)?;
        if self.path.len() != way.hashes() {
            return Err(ConsistencyError::PathLength { expected: way.hashes(), actual: self.path.len() });
        }
        let (start, path) = match self.path.split_first() {
            Some((start, path)) if way.is_start_told => (start, path),
            _ => (from_root, &self.path[..]),
        };
        let way = way.siblings.iter().zip(path);
        Ok(way.fold((*start, *start), |(from, to), (sibling, other)| match sibling.side {
            // What is on the left of the older tree's last peak is in both trees, what is on its right only in the newer one.
            Side::Left => (node_hash(other, &from), node_hash(other, &to)),
            Side::Right => (from, node_hash(&to, other)),
        }))
    }
}

/// The way from the last peak of the older tree up to the root of the newer one.
pub(crate) struct Way {
    /// The last peak of the older tree.
    pub(crate) start: Position,
    /// Whether the path begins with its hash: not when it is the older tree's root, which the verifier has.
    pub(crate) is_start_told: bool,
    /// The siblings whose hashes follow.
    pub(crate) siblings: Vec<Sibling>,
}

impl Way {
    pub(crate) fn between(from: u64, to: u64) -> Result<Self, ConsistencyError> {
        let start = Position::last_peak(from).ok_or(ConsistencyError::FromEmpty)?;
        if from > to {
            return Err(ConsistencyError::Backwards { from, to });
        }
        if from == to {
            return Ok(Self { start, is_start_told: false, siblings: Vec::new() });
        }
        Ok(Self { start, is_start_told: !from.is_power_of_two(), siblings: start.siblings(to) })
    }

    pub(crate) fn hashes(&self) -> usize {
        usize::from(self.is_start_told) + self.siblings.len()
    }
}

impl Decode for ConsistencyProof {
    fn decode<I: Input>(input: &mut I) -> Result<Self, codec::Error> {
        let (from, to) = Decode::decode(input)?;
        let path = scale::read_hashes(input, |count| count <= CONSISTENCY_HASHES_MAX)?;
        Ok(Self { from, to, path })
    }
}

impl MaxEncodedLen for ConsistencyProof {
    fn max_encoded_len() -> usize {
        <(u64, u64)>::max_encoded_len() + scale::hashes_len_max(CONSISTENCY_HASHES_MAX)
    }
}
