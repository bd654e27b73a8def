//! `ct-merkle`, another implementation of RFC 6962, makes the same roots and proofs, and accepts and refuses the same.

use crate::{
    cost::Uniform,
    samples::{head, leaves, places, spans, stored},
};
use ct_merkle::{mem_backed_tree::MemoryBackedTree, RootHash};
use ct_merkle_sha2::Sha256;
use icn_merkle::{leaf_hash, log, tree, ConsistencyProof, Hash, InclusionProof, TreeHead};
use proptest::{prelude::*, sample::Index};

type StockInclusion = ct_merkle::InclusionProof<Sha256>;
type StockConsistency = ct_merkle::ConsistencyProof<Sha256>;

/// Sizes up to here can be told to the other implementation.
const SIZE_MAX: u64 = 1 << 62;

fn stock_tree(leaves: &[Vec<u8>]) -> MemoryBackedTree<Sha256, Vec<u8>> {
    let mut tree = MemoryBackedTree::new();
    leaves.iter().for_each(|leaf| tree.push(leaf.clone()));
    tree
}

fn stock_head(head: &TreeHead) -> RootHash<Sha256> {
    RootHash::new(head.root.into(), head.size)
}

fn hashes(bytes: &[u8]) -> Vec<Hash> {
    bytes.chunks(32).map(|chunk| chunk.try_into().unwrap()).collect()
}

/// What the other implementation says of our inclusion proof.
fn stock_accepts_inclusion(leaf: &Vec<u8>, proof: &InclusionProof, head: &TreeHead) -> bool {
    let stock = StockInclusion::try_from_bytes(proof.path.concat()).unwrap();
    stock_head(head).verify_inclusion(leaf, proof.index, &stock).is_ok()
}

/// What it says of our consistency proof.
fn stock_accepts_consistency(proof: &ConsistencyProof, from: &TreeHead, to: &TreeHead) -> bool {
    let stock = StockConsistency::try_from_bytes(proof.path.concat()).unwrap();
    stock_head(to).verify_consistency(&stock_head(from), &stock).is_ok()
}

/// What is done to a path: a bit flipped, a hash left out, doubled, swapped with its neighbour, added, or nothing.
fn spoil(path: &mut Vec<Hash>, deed: u8, place: Index) {
    if path.is_empty() || deed == 5 {
        path.extend((deed % 2 == 1).then_some([7; 32]));
        return;
    }
    let place = place.index(path.len());
    match deed {
        0 => path[place][place % 32] ^= 1,
        1 => drop(path.remove(place)),
        2 => path.insert(place, path[place]),
        3 => path.swap(place, 0),
        _ => (),
    }
}

/// A number or one near it.
fn near(number: u64) -> impl Strategy<Value = u64> {
    prop_oneof![Just(number), number.saturating_sub(2)..number + 3, 0..SIZE_MAX]
}

proptest! {
    #[test]
    fn roots_and_inclusion_proofs_are_the_same((index, size) in places()) {
        let leaves = leaves(size);
        let stock = stock_tree(&leaves);
        let head = head(&leaves, size);
        prop_assert_eq!(stock.root(), stock_head(&head));
        let (leaf, theirs) = (&leaves[index as usize], stock.prove_inclusion(index as usize));
        let ours = log::prove_inclusion(&stored(&leaves), index, size).unwrap();
        prop_assert_eq!(ours.path.concat(), theirs.as_bytes());
        prop_assert!(stock_accepts_inclusion(leaf, &ours, &head));
        let theirs = InclusionProof { index, size, path: hashes(theirs.as_bytes()) };
        prop_assert_eq!(theirs.verify(&leaf_hash(leaf), &head), Ok(()));
    }

    #[test]
    fn consistency_proofs_are_the_same((from, to) in spans()) {
        let leaves = leaves(to);
        let (old, new) = (head(&leaves, from), head(&leaves, to));
        let theirs = stock_tree(&leaves).prove_consistency((to - from) as usize);
        let ours = log::prove_consistency(&stored(&leaves), from, to).unwrap();
        prop_assert_eq!(ours.path.concat(), theirs.as_bytes());
        prop_assert!(stock_accepts_consistency(&ours, &old, &new));
        let theirs = ConsistencyProof { from, to, path: hashes(theirs.as_bytes()) };
        prop_assert_eq!(theirs.verify(&old, &new), Ok(()));
    }

    #[test]
    fn the_same_inclusion_proofs_are_refused(
        (proof, leaf, root) in places().prop_flat_map(|(index, size)| {
            let leaves = leaves(size);
            let proof = tree::prove_inclusion(&leaves, index).unwrap();
            let (leaf, root) = (leaves[index as usize].clone(), tree::root(&leaves));
            (near(index), near(size)).prop_map(move |(index, size)| {
                (InclusionProof { index, size, path: proof.path.clone() }, leaf.clone(), root)
            })
        }),
        deed in 0..6u8,
        place: Index,
    ) {
        let mut proof = proof;
        spoil(&mut proof.path, deed, place);
        let head = TreeHead { size: proof.size, root };
        let verdict = proof.verify(&leaf_hash(&leaf), &head);
        prop_assert_eq!(verdict.is_ok(), stock_accepts_inclusion(&leaf, &proof, &head), "{:?}", verdict);
    }

    #[test]
    fn the_same_consistency_proofs_are_refused(
        (proof, roots) in spans().prop_flat_map(|(from, to)| {
            let leaves = leaves(to);
            let proof = tree::prove_consistency(&leaves, from).unwrap();
            let roots = (head(&leaves, from).root, head(&leaves, to).root);
            (near(from), near(to)).prop_map(move |(from, to)| {
                (ConsistencyProof { from, to, path: proof.path.clone() }, roots)
            })
        }),
        deed in 0..6u8,
        place: Index,
    ) {
        let mut proof = proof;
        spoil(&mut proof.path, deed, place);
        let (from, to) = (TreeHead { size: proof.from, root: roots.0 }, TreeHead { size: proof.to, root: roots.1 });
        let verdict = proof.verify(&from, &to);
        prop_assert_eq!(verdict.is_ok(), stock_accepts_consistency(&proof, &from, &to), "{:?}", verdict);
    }

    #[test]
    fn proofs_of_logs_of_any_size_are_accepted(
        (first, size) in (1..=SIZE_MAX, 0..62u32).prop_map(|(size, shift)| (size, (size >> shift).max(1))),
        index: u64,
    ) {
        let nodes = Uniform::of(size.max(first));
        let (index, head) = (index % size, log::range_at(&nodes, size).unwrap().head());
        let proof = log::prove_inclusion(&nodes, index, size).unwrap();
        prop_assert_eq!(proof.path.len(), ct_merkle::indices_for_inclusion_proof(size, index).len());
        prop_assert!(stock_accepts_inclusion(&Uniform::LEAF.to_vec(), &proof, &head));
        let (from, to) = (size.min(first), size.max(first));
        let heads = [from, to].map(|size| log::range_at(&nodes, size).unwrap().head());
        let proof = log::prove_consistency(&nodes, from, to).unwrap();
        prop_assert_eq!(proof.path.len(), ct_merkle::indices_for_consistency_proof(from, to - from).len());
        prop_assert!(stock_accepts_consistency(&proof, &heads[0], &heads[1]));
    }
}
