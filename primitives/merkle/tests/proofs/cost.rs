//! Reads and writes grow with the digits of the size, not with the size.

use icn_merkle::{leaf_hash, log, node_hash, Hash, Nodes, Position, Range};
use proptest::prelude::*;
use std::{cell::Cell, convert::Infallible};

const MILLION: u64 = 1_000_000;

/// A log of any length whose leaves are all the same, so that the nodes of a level are too. It counts how often it is read.
pub(crate) struct Uniform {
    size: u64,
    levels: [Hash; 64],
    reads: Cell<u64>,
}

impl Uniform {
    /// The data of each leaf.
    pub(crate) const LEAF: [u8; 4] = *b"leaf";

    pub(crate) fn of(size: u64) -> Self {
        let mut levels = [leaf_hash(&Self::LEAF); 64];
        for level in 1..levels.len() {
            levels[level] = node_hash(&levels[level - 1], &levels[level - 1]);
        }
        Self { size, levels, reads: Cell::new(0) }
    }

    /// What something gives, and how many reads it takes.
    fn count<T>(&self, act: impl FnOnce(&Self) -> T) -> (T, u64) {
        self.reads.set(0);
        let result = act(self);
        (result, self.reads.get())
    }
}

impl Nodes for Uniform {
    type Error = Infallible;

    fn get(&self, position: Position) -> Result<Option<Hash>, Infallible> {
        self.reads.set(self.reads.get() + 1);
        let is_there = position.index < self.size >> position.level;
        Ok(is_there.then(|| self.levels[usize::from(position.level)]))
    }
}

/// Proves a leaf and a past size, checks the proofs and counts the reads.
fn assert_cheap(nodes: &Uniform, index: u64, from: u64, to: u64) {
    let digits = u64::from(to.ilog2()) + 1;
    let (range, reads) = nodes.count(|nodes| log::range_at(nodes, to).unwrap());
    assert_eq!(reads, u64::from(to.count_ones()));
    let (proof, reads) = nodes.count(|nodes| log::prove_inclusion(nodes, index, to).unwrap());
    assert!(reads <= 2 * digits, "{reads} reads for leaf {index} of {to}");
    assert_eq!(proof.verify(&leaf_hash(&Uniform::LEAF), &range.head()), Ok(()));
    let (proof, reads) = nodes.count(|nodes| log::prove_consistency(nodes, from, to).unwrap());
    assert!(reads <= 2 * digits, "{reads} reads from {from} to {to}");
    assert_eq!(proof.verify(&log::range_at(nodes, from).unwrap().head(), &range.head()), Ok(()));
}

proptest! {
    #[test]
    fn a_proof_in_a_million_leaves_reads_forty_nodes_at_most(index in 0..MILLION, from in 1..=MILLION) {
        assert_cheap(&Uniform::of(MILLION), index, from, MILLION);
        assert_cheap(&Uniform::of(MILLION), index % from, 1 + index % from, from);
    }

    #[test]
    fn a_proof_in_a_log_of_any_size_reads_two_nodes_a_digit(size in 1..=u64::MAX, shift in 0..64u32, index: u64, from: u64) {
        let size = (size >> shift).max(1);
        assert_cheap(&Uniform::of(u64::MAX), index % size, 1 + from % size, size);
    }
}

#[test]
fn the_largest_log_proves_its_first_and_its_last() {
    let nodes = Uniform::of(u64::MAX);
    for index in [0, 1, u64::MAX / 2, u64::MAX - 2, u64::MAX - 1] {
        for from in [1, 2, 3, 1 << 63, (1 << 63) + 1, u64::MAX - 1, u64::MAX] {
            assert_cheap(&nodes, index, from, u64::MAX);
        }
    }
}

#[test]
fn a_million_leaves_are_appended_with_two_writes_each_and_no_reads() {
    // Nothing is read: all that appending has is the range.
    let (mut range, mut written, leaf) = (Range::default(), 0, leaf_hash(&Uniform::LEAF));
    for size in 1..=MILLION {
        let nodes = log::append(&mut range, &[leaf]).unwrap();
        assert_eq!(nodes.len() as u32, 1 + size.trailing_zeros());
        assert!(range.peaks().len() <= 20);
        written += nodes.len() as u64;
    }
    assert_eq!(written, 2 * MILLION - u64::from(MILLION.count_ones()));
    assert_eq!(range, log::range_at(&Uniform::of(MILLION), MILLION).unwrap());
    let mut batched = Range::default();
    batched.append_batch(&vec![leaf; MILLION as usize]).unwrap();
    assert_eq!(batched, range);
}
