//! Merkle trees of RFC 6962 over SHA-256: roots, append-only logs, and proofs about them.
//!
//! A *leaf hash* is `H(0x00 ‖ data)`, the hash of an inner node `H(0x01 ‖ left ‖ right)`, and the root of nothing is the hash
//! of nothing. A *perfect* subtree has 2^level leaves; the *peaks* of a tree are the roots of the perfect subtrees that its
//! size falls into, one for each 1 in its binary digits. A *tree head* is a size and a root: what is signed and anchored, and
//! what every proof is checked against.
//!
//! [`tree`] works on a list that is at hand. [`Range`] is a log of which only the peaks are kept, small enough for the state
//! of a chain. [`log`] makes proofs about such a log, for any size it ever had, from a store of the nodes that it wrote. All
//! three have the same roots and the same proofs: start with [`InclusionProof`] and [`ConsistencyProof`].
//!
//! This crate never does I/O. Whatever a stranger sends is a proof that holds or an error, never a panic.

mod consistency;
mod hash;
mod head;
mod inclusion;
pub mod log;
mod position;
mod range;
mod scale;
mod text;
pub mod tree;

pub use consistency::{ConsistencyError, ConsistencyProof, CONSISTENCY_HASHES_MAX};
pub use hash::{leaf_hash, node_hash, Hash, EMPTY_ROOT};
pub use head::TreeHead;
pub use inclusion::{InclusionError, InclusionProof, INCLUSION_HASHES_MAX};
pub use log::{LogError, Nodes};
pub use position::Position;
pub use range::{Range, RangeError, PEAKS_MAX};
