//! Parts, roots and proofs.

use super::*;
use crate::parts::proof::{prove, root_of};
use crate::samples::block;
use icn_primitives::{
    limits::{BLOCK_BYTES_MAX, BLOCK_PART_BYTES},
    tendermint::merkle_root,
    Hash, PartSetHeader,
};
use proptest::prelude::*;

const LENGTHS: [usize; 8] = [
    1,
    BLOCK_PART_BYTES - 1,
    BLOCK_PART_BYTES,
    BLOCK_PART_BYTES + 1,
    3 * BLOCK_PART_BYTES,
    5 * BLOCK_PART_BYTES + 7,
    BLOCK_BYTES_MAX as usize - 1,
    BLOCK_BYTES_MAX as usize,
];

#[test]
fn the_parts_of_a_block_are_those_of_its_part_set_header() {
    for length in LENGTHS {
        let block = block(1, length);
        let (body, chunks) = split(&block);
        assert_eq!(body, Body::of(&block));
        assert_eq!(body.parts, PartSetHeader::of(&block));
        assert!(body.is_sound());
        assert_eq!(chunks.len(), body.parts.total as usize);
        for (index, chunk) in chunks.iter().enumerate() {
            assert_eq!(chunk.index as usize, index);
            assert!(chunk.has_length() && chunk.is_proven(), "part {index} of {length} bytes");
            assert!(chunk.proof.len() <= PROOF_HASHES_MAX);
        }
        let together: Vec<u8> = chunks.iter().flat_map(|chunk| chunk.bytes.to_vec()).collect();
        assert_eq!(together, *block);
    }
}

#[test]
fn no_body_is_sound_that_no_block_has() {
    let parts = |total| PartSetHeader { total, hash: Hash::zero() };
    let sound = |total, length| Body { parts: parts(total), length }.is_sound();
    assert!(sound(16, BLOCK_BYTES_MAX));
    assert!(!sound(17, BLOCK_BYTES_MAX + 1));
    assert!(!sound(16, BLOCK_BYTES_MAX - BLOCK_PART_BYTES as u32));
    assert!(!sound(0, 0) && !sound(1, 0) && !sound(0, 1));
    assert!(!sound(2, BLOCK_PART_BYTES as u32) && sound(1, BLOCK_PART_BYTES as u32));
    assert!(!sound(u32::MAX, u32::MAX) && !sound(16, u32::MAX));
}

#[test]
fn part_lengths_add_up_to_the_block() {
    for length in LENGTHS {
        let body = Body::of(&block(1, length));
        let lengths = (0..body.parts.total).map(|index| body.part_length(index).expect("there is such a part"));
        assert_eq!(lengths.sum::<usize>(), length);
        assert_eq!(body.part_length(body.parts.total), None);
        assert_eq!(body.part_length(u32::MAX), None);
    }
}

#[test]
fn an_empty_block_has_no_parts() {
    let (body, chunks) = split(&[]);
    assert!(chunks.is_empty() && !body.is_sound());
}

proptest! {
    #[test]
    fn a_proof_holds_for_its_leaf_and_place_only(
        leaves in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..4), 1..40),
        other in any::<u32>(),
    ) {
        let slices: Vec<&[u8]> = leaves.iter().map(Vec::as_slice).collect();
        let total = slices.len() as u32;
        let (root, proofs) = prove(&slices);
        prop_assert_eq!(root, merkle_root(&slices));
        for (index, (leaf, proof)) in (0u32..).zip(slices.iter().zip(&proofs)) {
            prop_assert_eq!(root_of(leaf, index, total, proof), Some(root));
            let mut changed = leaf.to_vec();
            changed.push(0);
            prop_assert_ne!(root_of(&changed, index, total, proof), Some(root));
            let elsewhere = other % total;
            let same = slices[elsewhere as usize] == *leaf;
            prop_assert!(elsewhere == index || same || root_of(leaf, elsewhere, total, proof) != Some(root));
            let longer = [&proof[..], &[root]].concat();
            prop_assert_eq!(root_of(leaf, index, total, &longer), None);
            if let Some((_, shorter)) = proof.split_last() {
                prop_assert_eq!(root_of(leaf, index, total, shorter), None);
            }
        }
        prop_assert_eq!(root_of(b"", total, total, &[]), None);
    }
}

#[test]
fn an_inner_node_is_no_leaf() {
    // With two leaves, the bytes under an inner node of four leaves would be a leaf of the same hash, but for the prefix.
    let leaves: [&[u8]; 4] = [b"a", b"b", b"c", b"d"];
    let (root, proofs) = prove(&leaves);
    let (left, right) = (prove(&leaves[..2]).0, proofs[0][1]);
    let (first, second) = (prove(&leaves[..1]).0, prove(&leaves[1..2]).0);
    assert_ne!(left, right);
    let forged = [first.0, second.0].concat();
    assert_ne!(root_of(&forged, 0, 2, &[right]), Some(root));
}
