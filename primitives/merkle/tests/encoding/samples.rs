//! A value of each type, over a log of small leaves.

use icn_merkle::{leaf_hash, log, ConsistencyProof, Hash, InclusionProof, Position, Range, TreeHead};
use std::{collections::BTreeMap, sync::LazyLock};

static NODES: LazyLock<BTreeMap<Position, Hash>> = LazyLock::new(|| {
    let leaves: Vec<_> = (0..100u8).map(|number| leaf_hash(&[number])).collect();
    log::append(&mut Range::default(), &leaves).unwrap().into_iter().collect()
});

pub(crate) fn leaf(index: u64) -> Hash {
    NODES[&Position::leaf(index)]
}

pub(crate) fn range(size: u64) -> Range {
    log::range_at(&*NODES, size).unwrap()
}

pub(crate) fn head(size: u64) -> TreeHead {
    range(size).head()
}

pub(crate) fn inclusion(index: u64, size: u64) -> InclusionProof {
    log::prove_inclusion(&*NODES, index, size).unwrap()
}

pub(crate) fn consistency(from: u64, to: u64) -> ConsistencyProof {
    log::prove_consistency(&*NODES, from, to).unwrap()
}
