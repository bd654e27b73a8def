//! Roots and proofs over a list of leaves, written as RFC 6962 defines them.
//!
//! `leaves` are the leaves' data. Each function hashes the whole list: for a log that grows, see [`crate::log`].

use crate::{
    consistency::Way, hash::node_hash, inclusion, leaf_hash, ConsistencyError, ConsistencyProof, Hash, InclusionError,
    InclusionProof, TreeHead, EMPTY_ROOT,
};

/// The root over a list: `MTH` of RFC 6962, section 2.1.
pub fn root(leaves: &[impl AsRef<[u8]>]) -> Hash {
    root_of(&leaf_hashes(leaves))
}

/// Size and root of a list.
pub fn head(leaves: &[impl AsRef<[u8]>]) -> TreeHead {
    TreeHead { size: leaves.len() as u64, root: root(leaves) }
}

/// The proof of a leaf: `PATH` of RFC 6962, section 2.1.1.
///
/// # Errors
/// [`InclusionError::NoSuchLeaf`].
pub fn prove_inclusion(leaves: &[impl AsRef<[u8]>], index: u64) -> Result<InclusionProof, InclusionError> {
    let size = leaves.len() as u64;
    let mut path = Vec::with_capacity(inclusion::siblings(index, size)?.len());
    // The index fits: it is below a length.
    add_path(index as usize, &leaf_hashes(leaves), &mut path);
    Ok(InclusionProof { index, size, path })
}

/// The proof that a list continues its first `from` leaves: `PROOF` of RFC 6962, section 2.1.2.
///
/// # Errors
/// [`ConsistencyError::FromEmpty`] and [`ConsistencyError::Backwards`].
pub fn prove_consistency(leaves: &[impl AsRef<[u8]>], from: u64) -> Result<ConsistencyProof, ConsistencyError> {
    let to = leaves.len() as u64;
    let mut path = Vec::with_capacity(Way::between(from, to)?.hashes());
    add_subproof(from as usize, &leaf_hashes(leaves), true, &mut path);
    Ok(ConsistencyProof { from, to, path })
}

fn leaf_hashes(leaves: &[impl AsRef<[u8]>]) -> Vec<Hash> {
    leaves.iter().map(|leaf| leaf_hash(leaf.as_ref())).collect()
}

fn root_of(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => EMPTY_ROOT,
        [hash] => *hash,
        _ => {
            let (left, right) = halves(hashes);
            node_hash(&root_of(left), &root_of(right))
        }
    }
}

/// Adds the siblings of a leaf, the lowest first.
fn add_path(index: usize, hashes: &[Hash], path: &mut Vec<Hash>) {
    if hashes.len() < 2 {
        return;
    }
    let (left, right) = halves(hashes);
    if index < left.len() {
        add_path(index, left, path);
        path.push(root_of(right));
    } else {
        add_path(index - left.len(), right, path);
        path.push(root_of(left));
    }
}

/// Adds what leads from the first `from` of these leaves to their root. `is_whole` says that those are the whole older tree,
/// whose root the verifier has.
fn add_subproof(from: usize, hashes: &[Hash], is_whole: bool, path: &mut Vec<Hash>) {
    if from == hashes.len() {
        path.extend((!is_whole).then(|| root_of(hashes)));
        return;
    }
    let (left, right) = halves(hashes);
    if from <= left.len() {
        add_subproof(from, left, is_whole, path);
        path.push(root_of(right));
    } else {
        add_subproof(from - left.len(), right, false, path);
        path.push(root_of(left));
    }
}

/// Two or more leaves, cut after the largest power of two that is below their number.
fn halves(hashes: &[Hash]) -> (&[Hash], &[Hash]) {
    hashes.split_at(hashes.len().next_power_of_two() / 2)
}
