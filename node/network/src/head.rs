//! The last block of a node.

use icn_primitives::Hash;

/// A decided block, as its node announces it. What a peer says is a claim: nothing here proves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its height.
    pub height: u64,
    /// Its hash.
    pub hash: Hash,
}
