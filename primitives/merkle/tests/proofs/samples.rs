//! Leaves, logs and heads.

use icn_merkle::{leaf_hash, log, tree, Hash, Position, Range, TreeHead};
use proptest::{prelude::*, sample::Index};
use std::collections::BTreeMap;

/// Leaves that all differ.
pub(crate) fn leaves(count: u64) -> Vec<Vec<u8>> {
    (0..count).map(|number| number.to_be_bytes().to_vec()).collect()
}

/// Their leaf hashes.
pub(crate) fn leaf_hashes(leaves: &[Vec<u8>]) -> Vec<Hash> {
    leaves.iter().map(|leaf| leaf_hash(leaf)).collect()
}

/// The nodes of a log of these leaves.
pub(crate) fn stored(leaves: &[Vec<u8>]) -> BTreeMap<Position, Hash> {
    log::append(&mut Range::default(), &leaf_hashes(leaves)).unwrap().into_iter().collect()
}

/// The head of the tree over the first `size` leaves.
pub(crate) fn head(leaves: &[Vec<u8>], size: u64) -> TreeHead {
    tree::head(&leaves[..size as usize])
}

/// Sizes of trees with a leaf at least: often a power of two or its neighbour.
pub(crate) fn sizes() -> impl Strategy<Value = u64> {
    prop_oneof![
        1..300u64,
        (0..9u32, -1..=1i64).prop_map(|(power, off)| (1i64 << power).saturating_add(off).max(1) as u64)
    ]
}

/// A tree's size and a leaf in it.
pub(crate) fn places() -> impl Strategy<Value = (u64, u64)> {
    (sizes(), any::<Index>()).prop_map(|(size, index)| (index.index(size as usize) as u64, size))
}

/// Two sizes of a log, the older one first.
pub(crate) fn spans() -> impl Strategy<Value = (u64, u64)> {
    places().prop_map(|(index, size)| (index + 1, size))
}
