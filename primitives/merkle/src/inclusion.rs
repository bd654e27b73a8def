//! Proofs that a leaf is in a tree: the audit paths of RFC 6962, section 2.1.1.

use crate::{
    hash::node_hash,
    position::{Position, Sibling, Side},
    scale, text, Hash, TreeHead,
};
use codec::{Decode, DecodeWithMemTracking, Encode, Input, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// Most hashes in the path of an inclusion proof: the depth of a tree of 2^64 - 1 leaves.
pub const INCLUSION_HASHES_MAX: usize = 64;

/// Why an inclusion proof proves nothing. Only whoever made the proof can mend it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InclusionError {
    /// The tree has fewer leaves.
    #[error("a tree of {size} leaves has no leaf {index}")]
    NoSuchLeaf {
        /// The leaf's number, from 0.
        index: u64,
        /// Number of leaves.
        size: u64,
    },
    /// The proof is about a tree of another size, even if the root is the same.
    #[error("the proof is about a tree of {proof} leaves, the head of one of {head}")]
    OtherSize {
        /// Size in the proof.
        proof: u64,
        /// Size in the tree head.
        head: u64,
    },
    /// The path is shorter or longer than the one from this leaf to the root.
    #[error("the path has {actual} hashes instead of {expected}")]
    PathLength {
        /// How many hashes there must be.
        expected: usize,
        /// How many there are.
        actual: usize,
    },
    /// Another leaf stands there, or the tree is another one.
    #[error("leaf and path give another root")]
    OtherRoot,
}

/// A proof that a leaf is the one of this index in a tree of this size.
#[derive(Clone, Debug, PartialEq, Eq, Encode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InclusionProof {
    /// Number of the leaf, from 0.
    pub index: u64,
    /// Number of leaves in the tree.
    pub size: u64,
    /// The siblings on the way from the leaf to the root, the leaf's first; at most [`INCLUSION_HASHES_MAX`].
    #[serde(serialize_with = "text::write_hashes", deserialize_with = "text::read_hashes::<INCLUSION_HASHES_MAX, _>")]
    pub path: Vec<Hash>,
}

impl InclusionProof {
    /// The root that a leaf with this leaf hash and the path give. It is worth no more than the size in the proof: whoever
    /// has a tree head calls [`Self::verify`].
    ///
    /// # Errors
    /// [`InclusionError::NoSuchLeaf`] and [`InclusionError::PathLength`].
    pub fn root(&self, leaf: &Hash) -> Result<Hash, InclusionError> {
        let siblings = siblings(self.index, self.size)?;
        if self.path.len() != siblings.len() {
            return Err(InclusionError::PathLength { expected: siblings.len(), actual: self.path.len() });
        }
        let way = siblings.iter().zip(&self.path);
        Ok(way.fold(*leaf, |hash, (sibling, other)| match sibling.side {
            Side::Left => node_hash(other, &hash),
            Side::Right => node_hash(&hash, other),
        }))
    }

    /// Checks that the tree with this head has a leaf with this leaf hash at [`Self::index`].
    ///
    /// # Errors
    /// See [`InclusionError`].
    pub fn verify(&self, leaf: &Hash, head: &TreeHead) -> Result<(), InclusionError> {
        if self.size != head.size {
            return Err(InclusionError::OtherSize { proof: self.size, head: head.size });
        }
        if self.root(leaf)? != head.root {
            return Err(InclusionError::OtherRoot);
        }
        Ok(())
    }
}

/// The siblings whose hashes are the path of a leaf.
pub(crate) fn siblings(index: u64, size: u64) -> Result<Vec<Sibling>, InclusionError> {
    if index >= size {
        return Err(InclusionError::NoSuchLeaf { index, size });
    }
    Ok(Position::leaf(index).siblings(size))
}

impl Decode for InclusionProof {
    fn decode<I: Input>(input: &mut I) -> Result<Self, codec::Error> {
        let (index, size) = Decode::decode(input)?;
        let path = scale::read_hashes(input, |count| count <= INCLUSION_HASHES_MAX)?;
        Ok(Self { index, size, path })
    }
}

impl MaxEncodedLen for InclusionProof {
    fn max_encoded_len() -> usize {
        <(u64, u64)>::max_encoded_len() + scale::hashes_len_max(INCLUSION_HASHES_MAX)
    }
}
