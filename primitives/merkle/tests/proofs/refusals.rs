//! Proofs that were changed are refused, each for its reason.

use crate::samples::{head, leaves, places, spans, stored};
use codec::{DecodeAll, Encode};
use icn_merkle::{leaf_hash, log, tree, ConsistencyError, ConsistencyProof, InclusionError, InclusionProof, TreeHead};
use proptest::prelude::*;

/// The encoding of a value with each bit in turn flipped.
fn flips(value: &impl Encode) -> impl Iterator<Item = Vec<u8>> {
    let bytes = value.encode();
    (0..bytes.len() * 8).map(move |bit| {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    })
}

/// Values that differ from one in a bit, as far as they decode.
fn flipped<T: Encode + DecodeAll>(value: &T) -> impl Iterator<Item = T> {
    flips(value).filter_map(|bytes| T::decode_all(&mut &bytes[..]).ok())
}

proptest! {
    #[test]
    fn no_bit_of_an_inclusion_proof_can_be_flipped((index, size) in places()) {
        let leaves = leaves(size);
        let proof = log::prove_inclusion(&stored(&leaves), index, size).unwrap();
        let (leaf, head) = (leaf_hash(&leaves[index as usize]), head(&leaves, size));
        prop_assert_eq!(proof.verify(&leaf, &head), Ok(()));
        prop_assert!(flipped(&proof).all(|other| other.verify(&leaf, &head).is_err()));
        prop_assert!(flipped(&head).all(|other| proof.verify(&leaf, &other).is_err()));
        prop_assert!(flipped(&leaf).all(|other| proof.verify(&other, &head) == Err(InclusionError::OtherRoot)));
    }

    #[test]
    fn no_bit_of_a_consistency_proof_can_be_flipped((from, to) in spans()) {
        let leaves = leaves(to);
        let proof = log::prove_consistency(&stored(&leaves), from, to).unwrap();
        let (from, to) = (head(&leaves, from), head(&leaves, to));
        prop_assert_eq!(proof.verify(&from, &to), Ok(()));
        prop_assert!(flipped(&proof).all(|other| other.verify(&from, &to).is_err()));
        prop_assert!(flipped(&from).all(|other| proof.verify(&other, &to).is_err()));
        prop_assert!(flipped(&to).all(|other| proof.verify(&from, &other).is_err()));
    }

    #[test]
    fn a_leaf_is_proven_at_its_own_place_only((index, size) in places(), other: u64) {
        let leaves = leaves(size);
        let proof = tree::prove_inclusion(&leaves, index).unwrap();
        let (leaf, head) = (leaf_hash(&leaves[index as usize]), head(&leaves, size));
        for other in [other % size, other] {
            let verdict = InclusionProof { index: other, ..proof.clone() }.verify(&leaf, &head);
            prop_assert_eq!(verdict.is_ok(), other == index);
            let verdict = InclusionProof { size: other, ..proof.clone() }.verify(&leaf, &head);
            prop_assert_eq!(verdict.is_ok(), other == size);
        }
    }

    #[test]
    fn a_path_of_another_length_is_refused((index, size) in places(), (from, to) in spans(), hash: [u8; 32]) {
        let leaves = leaves(size.max(to));
        let (leaf, nodes) = (leaf_hash(&leaves[index as usize]), stored(&leaves));
        let mut proof = log::prove_inclusion(&nodes, index, size).unwrap();
        let (head, heads) = (head(&leaves, size), [head(&leaves, from), head(&leaves, to)]);
        let expected = proof.path.len();
        proof.path.push(hash);
        let length = |actual| Err(InclusionError::PathLength { expected, actual });
        prop_assert_eq!(proof.verify(&leaf, &head), length(expected + 1));
        if expected > 0 {
            proof.path.truncate(expected - 1);
            prop_assert_eq!(proof.verify(&leaf, &head), length(expected - 1));
        }
        let mut proof = log::prove_consistency(&nodes, from, to).unwrap();
        let expected = proof.path.len();
        proof.path.push(hash);
        let length = |actual| Err(ConsistencyError::PathLength { expected, actual });
        prop_assert_eq!(proof.verify(&heads[0], &heads[1]), length(expected + 1));
        if expected > 0 {
            proof.path.truncate(expected - 1);
            prop_assert_eq!(proof.verify(&heads[0], &heads[1]), length(expected - 1));
        }
    }

    #[test]
    fn a_log_whose_past_was_changed_is_not_consistent((from, to) in spans(), changed: u64) {
        let (mut leaves, changed) = (leaves(to), changed % from);
        let old = head(&leaves, from);
        leaves[changed as usize].push(1);
        let proof = tree::prove_consistency(&leaves, from).unwrap();
        let verdict = proof.verify(&old, &head(&leaves, to));
        let expected = [ConsistencyError::OtherFromRoot, ConsistencyError::OtherToRoot];
        prop_assert!(expected.contains(&verdict.unwrap_err()));
    }
}

#[test]
fn an_inclusion_proof_is_refused_for_its_reason() {
    let leaves = leaves(5);
    let (leaf, good) = (leaf_hash(&leaves[2]), tree::prove_inclusion(&leaves, 2).unwrap());
    let head = head(&leaves, 5);
    let verdict = |proof: InclusionProof, head| proof.verify(&leaf, &head).unwrap_err();
    let index = |index| InclusionProof { index, ..good.clone() };
    assert_eq!(verdict(index(5), head), InclusionError::NoSuchLeaf { index: 5, size: 5 });
    assert_eq!(verdict(index(u64::MAX), head), InclusionError::NoSuchLeaf { index: u64::MAX, size: 5 });
    assert_eq!(verdict(index(4), head), InclusionError::PathLength { expected: 1, actual: 3 });
    assert_eq!(verdict(index(3), head), InclusionError::OtherRoot);
    assert_eq!(verdict(good.clone(), TreeHead { size: 6, ..head }), InclusionError::OtherSize { proof: 5, head: 6 });
    assert_eq!(verdict(good.clone(), TreeHead { root: [0; 32], ..head }), InclusionError::OtherRoot);
    let nothing = InclusionProof { index: 0, size: 0, path: vec![] };
    assert_eq!(verdict(nothing, tree::head(&leaves[..0])), InclusionError::NoSuchLeaf { index: 0, size: 0 });
}

#[test]
fn a_consistency_proof_is_refused_for_its_reason() {
    let leaves = leaves(7);
    let heads: Vec<_> = (0..=7).map(|size| head(&leaves, size)).collect();
    let good = tree::prove_consistency(&leaves, 3).unwrap();
    let other = |head: TreeHead| TreeHead { root: [0; 32], ..head };
    let verdict = |from, to, from_head, to_head| {
        ConsistencyProof { from, to, path: good.path.clone() }.verify(&from_head, &to_head)
    };
    assert_eq!(verdict(3, 7, heads[3], heads[7]), Ok(()));
    assert_eq!(verdict(3, 7, heads[4], heads[7]), Err(ConsistencyError::OtherFrom { proof: 3, head: 4 }));
    assert_eq!(verdict(3, 7, heads[3], heads[6]), Err(ConsistencyError::OtherTo { proof: 7, head: 6 }));
    assert_eq!(verdict(0, 7, heads[0], heads[7]), Err(ConsistencyError::FromEmpty));
    assert_eq!(verdict(7, 3, heads[7], heads[3]), Err(ConsistencyError::Backwards { from: 7, to: 3 }));
    assert_eq!(verdict(4, 7, heads[4], heads[7]), Err(ConsistencyError::PathLength { expected: 1, actual: 4 }));
    assert_eq!(verdict(7, 7, heads[7], heads[7]), Err(ConsistencyError::PathLength { expected: 0, actual: 4 }));
    assert_eq!(verdict(3, 7, other(heads[3]), heads[7]), Err(ConsistencyError::OtherFromRoot));
    assert_eq!(verdict(3, 7, heads[3], other(heads[7])), Err(ConsistencyError::OtherToRoot));
}

#[test]
fn equal_sizes_are_consistent_when_the_roots_are_equal() {
    let (leaves, proof) = (leaves(5), ConsistencyProof { from: 5, to: 5, path: vec![] });
    let head = head(&leaves, 5);
    assert_eq!(proof.verify(&head, &head), Ok(()));
    let other = TreeHead { root: [0; 32], ..head };
    assert_eq!(proof.verify(&head, &other), Err(ConsistencyError::OtherToRoot));
    assert_eq!(proof.verify(&other, &head), Err(ConsistencyError::OtherToRoot));
}

/// The last leaf of three has the path and the root of the second of two, if the first of the two is an inner node.
#[test]
fn without_the_size_a_root_does_not_say_which_leaf_it_is() {
    let leaves = leaves(3);
    let (leaf, head) = (leaf_hash(&leaves[2]), head(&leaves, 3));
    let honest = tree::prove_inclusion(&leaves, 2).unwrap();
    let forged = InclusionProof { index: 1, size: 2, path: honest.path.clone() };
    assert_eq!(honest.root(&leaf), forged.root(&leaf));
    assert_eq!(honest.verify(&leaf, &head), Ok(()));
    assert_eq!(forged.verify(&leaf, &head), Err(InclusionError::OtherSize { proof: 2, head: 3 }));
}

#[test]
fn an_inner_node_is_no_leaf() {
    let leaves = leaves(4);
    let pair = [leaf_hash(&leaves[0]), leaf_hash(&leaves[1])].concat();
    let proof = InclusionProof { index: 0, size: 2, path: vec![tree::root(&leaves[2..])] };
    let head = TreeHead { size: 2, root: tree::root(&leaves) };
    assert_eq!(proof.verify(&leaf_hash(&pair), &head), Err(InclusionError::OtherRoot));
}
