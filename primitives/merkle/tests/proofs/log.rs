//! Logs: proofs for every size there ever was, and none for one that there never was.

use crate::samples::{head, leaves, spans, stored};
use icn_merkle::{
    leaf_hash, log, tree, ConsistencyError, Hash, InclusionError, LogError, Nodes, Position, Range, RangeError,
};
use proptest::prelude::*;

/// Every size up to here is tried with every other.
const ALL: u64 = 34;

#[test]
fn every_leaf_is_proven_at_every_size() {
    let leaves = leaves(ALL);
    let nodes = stored(&leaves);
    for size in 1..=ALL {
        let (tree, head) = (&leaves[..size as usize], head(&leaves, size));
        assert_eq!(log::range_at(&nodes, size).unwrap().head(), head);
        for index in 0..size {
            let proof = log::prove_inclusion(&nodes, index, size).unwrap();
            assert_eq!(proof.verify(&leaf_hash(&leaves[index as usize]), &head), Ok(()));
            assert_eq!(Ok(proof), tree::prove_inclusion(tree, index));
        }
    }
}

#[test]
fn every_two_sizes_are_consistent() {
    let leaves = leaves(ALL);
    let nodes = stored(&leaves);
    for to in 1..=ALL {
        for from in 1..=to {
            let proof = log::prove_consistency(&nodes, from, to).unwrap();
            assert_eq!(proof.verify(&head(&leaves, from), &head(&leaves, to)), Ok(()));
            assert_eq!(Ok(proof), tree::prove_consistency(&leaves[..to as usize], from));
        }
    }
}

proptest! {
    #[test]
    fn nothing_is_proven_beyond_the_end((length, size) in spans(), index: u64) {
        let nodes = stored(&leaves(length));
        prop_assert!(log::range_at(&nodes, length).is_ok());
        prop_assume!(length < size);
        let is_missing = |error| matches!(error, LogError::Missing(position) if !nodes.contains_key(&position));
        prop_assert!(is_missing(log::range_at(&nodes, size).unwrap_err()));
        prop_assert!(is_missing(log::prove_inclusion(&nodes, index % size, size).unwrap_err()));
        prop_assert!(is_missing(log::prove_consistency(&nodes, 1 + index % size, size).unwrap_err()));
    }

    #[test]
    fn a_range_continues_from_any_size((from, to) in spans()) {
        let leaves = leaves(to);
        let nodes = stored(&leaves);
        let mut range = log::range_at(&nodes, from).unwrap();
        let added: Vec<_> = leaves[from as usize..].iter().map(|leaf| leaf_hash(leaf)).collect();
        for (position, hash) in log::append(&mut range, &added).unwrap() {
            prop_assert_eq!(nodes[&position], hash);
        }
        prop_assert_eq!(range, log::range_at(&nodes, to).unwrap());
    }
}

#[test]
fn what_no_log_has_is_not_proven() {
    let nodes = stored(&leaves(7));
    let inclusion = |index, size| log::prove_inclusion(&nodes, index, size).unwrap_err();
    let consistency = |from, to| log::prove_consistency(&nodes, from, to).unwrap_err();
    assert_eq!(inclusion(0, 0), InclusionError::NoSuchLeaf { index: 0, size: 0 }.into());
    assert_eq!(inclusion(5, 5), InclusionError::NoSuchLeaf { index: 5, size: 5 }.into());
    assert_eq!(inclusion(u64::MAX, u64::MAX), InclusionError::NoSuchLeaf { index: u64::MAX, size: u64::MAX }.into());
    assert_eq!(consistency(0, 5), ConsistencyError::FromEmpty.into());
    assert_eq!(consistency(0, 0), ConsistencyError::FromEmpty.into());
    assert_eq!(consistency(5, 4), ConsistencyError::Backwards { from: 5, to: 4 }.into());
    assert_eq!(consistency(8, 8), LogError::Missing(Position { level: 3, index: 0 }));
    assert_eq!(inclusion(7, 8), LogError::Missing(Position { level: 0, index: 7 }));
    assert_eq!(inclusion(7, 8).to_string(), "node 7 of level 0 is missing");
}

#[test]
fn a_tree_proves_as_much_as_a_log() {
    let leaves = leaves(3);
    let none: [Vec<u8>; 0] = [];
    assert_eq!(tree::prove_inclusion(&none, 0), Err(InclusionError::NoSuchLeaf { index: 0, size: 0 }));
    assert_eq!(tree::prove_inclusion(&leaves, 3), Err(InclusionError::NoSuchLeaf { index: 3, size: 3 }));
    assert_eq!(tree::prove_consistency(&leaves, 0), Err(ConsistencyError::FromEmpty));
    assert_eq!(tree::prove_consistency(&leaves, u64::MAX), Err(ConsistencyError::Backwards { from: u64::MAX, to: 3 }));
}

/// A store that cannot be read.
struct Broken;

impl Nodes for Broken {
    type Error = RangeError;

    fn get(&self, _: Position) -> Result<Option<Hash>, RangeError> {
        Err(RangeError::Peaks { size: 1, peaks: 0 })
    }
}

#[test]
fn an_unreadable_store_is_no_missing_node() {
    let broken = LogError::Read(RangeError::Peaks { size: 1, peaks: 0 });
    assert_eq!(log::range_at(&Broken, 1), Err(broken.clone()));
    assert_eq!(log::prove_inclusion(&Broken, 0, 1), Err(broken.clone()));
    assert_eq!(log::prove_consistency(&Broken, 1, 2), Err(broken.clone()));
    assert_eq!(log::range_at(&Broken, 0), Ok(Range::default()));
    assert!(std::error::Error::source(&broken).is_some());
}
