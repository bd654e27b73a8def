//! RFC 6962 inclusion proofs of parts, as CometBFT computes them (`crypto/merkle/proof.go`).

use icn_primitives::{
    limits::{BLOCK_BYTES_MAX, BLOCK_PART_BYTES},
    Hash,
};
use tendermint::{crypto::default::Sha256, merkle::MerkleHash};

/// Most hashes in a proof: the depth of the tree over the parts of the largest block.
pub const PROOF_HASHES_MAX: usize = (BLOCK_BYTES_MAX / BLOCK_PART_BYTES as u32).ilog2() as usize;

const _: () = assert!((BLOCK_BYTES_MAX as usize / BLOCK_PART_BYTES).is_power_of_two());

/// The root of some leaves, and the proof of each.
pub(super) fn prove(leaves: &[&[u8]]) -> (Hash, Vec<Vec<Hash>>) {
    let hashes: Vec<Hash> = leaves.iter().map(|leaf| Sha256::default().leaf_hash(leaf).into()).collect();
    let mut proofs = vec![Vec::new(); leaves.len()];
    let root = climb(&hashes, &mut proofs);
    (root, proofs)
}

/// The root over `hashes`; each leaf's proof gets the siblings on its way up.
fn climb(hashes: &[Hash], proofs: &mut [Vec<Hash>]) -> Hash {
    match hashes {
        [] => Sha256::default().empty_hash().into(),
        [hash] => *hash,
        _ => {
            let middle = split_point(hashes.len());
            let (left_proofs, right_proofs) = proofs.split_at_mut(middle);
            let left = climb(&hashes[..middle], left_proofs);
            let right = climb(&hashes[middle..], right_proofs);
            left_proofs.iter_mut().for_each(|proof| proof.push(right));
            right_proofs.iter_mut().for_each(|proof| proof.push(left));
            inner(left, right)
        }
    }
}

/// The root that a leaf and its proof give; `None` when the proof has not the length for this place in a tree of this size.
pub(super) fn root_of(leaf: &[u8], index: u32, total: u32, proof: &[Hash]) -> Option<Hash> {
    if index >= total {
        return None;
    }
    // The turns from the root down: where the leaf's half is on the left, and where it ends.
    let (mut index, mut total) = (index as usize, total as usize);
    let mut is_left = Vec::new();
    while total > 1 {
        let middle = split_point(total);
        is_left.push(index < middle);
        (index, total) = if index < middle { (index, middle) } else { (index - middle, total - middle) };
    }
    if proof.len() != is_left.len() {
        return None;
    }
    let leaf: Hash = Sha256::default().leaf_hash(leaf).into();
    let up = is_left.iter().rev().zip(proof);
    Some(up.fold(leaf, |hash, (is_left, sibling)| if *is_left { inner(hash, *sibling) } else { inner(*sibling, hash) }))
}

fn inner(left: Hash, right: Hash) -> Hash {
    Sha256::default().inner_hash(left.0, right.0).into()
}

/// The largest power of two below `total`, which is at least 2.
fn split_point(total: usize) -> usize {
    total.next_power_of_two() / 2
}
