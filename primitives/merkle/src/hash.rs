//! The three hashes of RFC 6962, section 2.1.

use sha2::{Digest, Sha256};

/// An output of SHA-256.
pub type Hash = [u8; 32];

/// The root of a tree without leaves: SHA-256 of nothing.
pub const EMPTY_ROOT: Hash = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41,
    0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

/// What is hashed before a leaf's data, so that no leaf can pass for an inner node.
const LEAF: [u8; 1] = [0];

/// What is hashed before the children of an inner node.
const NODE: [u8; 1] = [1];

/// The hash of a leaf with this data.
pub fn leaf_hash(data: &[u8]) -> Hash {
    Sha256::new_with_prefix(LEAF).chain_update(data).finalize().into()
}

/// The hash of an inner node with these children.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new_with_prefix(NODE).chain_update(left).chain_update(right).finalize().into()
}

/// The root over the roots of neighbouring subtrees, each of which is larger than all that follow it together.
pub(crate) fn bag(peaks: &[Hash]) -> Hash {
    let joined = peaks.iter().rev().copied().reduce(|right, left| node_hash(&left, &right));
    joined.unwrap_or(EMPTY_ROOT)
}
