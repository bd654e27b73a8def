//! The vectors of Certificate Transparency's reference implementation: eight leaves, their nodes, roots and proofs.

use crate::samples::{leaf_hashes, stored};
use icn_merkle::{leaf_hash, log, tree, ConsistencyProof, Hash, InclusionProof, Position, Range, TreeHead, EMPTY_ROOT};

const LEAVES: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

/// The roots over none, the first, the first two and so on.
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

/// The perfect subtrees, by level.
const NODES: [&[&str]; 4] = [
    &[
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
        "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "4271a26be0d8a84f0bd54c8c302e7cb3a3b5d1fa6780a40bcce2873477dab658",
        "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
        "46f6ffadd3d06a09ff3c5860d2755c8b9819db7df44251788c7d8e3180de8eb1",
    ],
    &[
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    ],
    &[
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    &["5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"],
];

/// Two numbers, and a path by level and number of its nodes.
type Vector = (u64, u64, &'static [(usize, usize)]);

/// Index and size.
const INCLUSIONS: [Vector; 7] = [
    (0, 1, &[]),
    (0, 2, &[(0, 1)]),
    (1, 2, &[(0, 0)]),
    (2, 3, &[(1, 0)]),
    (1, 5, &[(0, 0), (1, 1), (0, 4)]),
    (0, 8, &[(0, 1), (1, 1), (2, 1)]),
    (5, 8, &[(0, 4), (1, 3), (2, 0)]),
];

/// Older and newer size.
const CONSISTENCIES: [Vector; 5] = [
    (1, 1, &[]),
    (1, 8, &[(0, 1), (1, 1), (2, 1)]),
    (6, 8, &[(1, 2), (1, 3), (2, 0)]),
    (2, 5, &[(1, 1), (0, 4)]),
    (6, 7, &[(1, 2), (0, 6), (2, 0)]),
];

fn leaves() -> Vec<Vec<u8>> {
    LEAVES.iter().map(|leaf| hex::decode(leaf).unwrap()).collect()
}

fn hash(digits: &str) -> Hash {
    hex::decode(digits).unwrap().try_into().unwrap()
}

fn path(nodes: &[(usize, usize)]) -> Vec<Hash> {
    nodes.iter().map(|(level, index)| hash(NODES[*level][*index])).collect()
}

fn head(size: u64) -> TreeHead {
    TreeHead { size, root: hash(ROOTS[size as usize]) }
}

#[test]
fn roots_are_those_of_the_reference() {
    let leaves = leaves();
    assert_eq!(hash(ROOTS[0]), EMPTY_ROOT);
    let mut range = Range::default();
    for size in 0..=8 {
        assert_eq!(tree::head(&leaves[..size]), head(size as u64));
        assert_eq!(range.head(), head(size as u64));
        if let Some(leaf) = leaves.get(size) {
            range.append(leaf_hash(leaf)).unwrap();
        }
    }
}

#[test]
fn nodes_are_those_of_the_reference() {
    let stored = stored(&leaves());
    assert_eq!(stored.len(), NODES.iter().map(|level| level.len()).sum::<usize>());
    for (level, nodes) in (0..).zip(NODES) {
        for (index, node) in (0..).zip(nodes) {
            assert_eq!(stored[&Position { level, index }], hash(node));
        }
    }
    let hashes: Vec<_> = NODES[0].iter().map(|node| hash(node)).collect();
    assert_eq!(leaf_hashes(&leaves()), hashes);
}

#[test]
fn peaks_are_those_of_the_reference() {
    let nodes = stored(&leaves());
    let peaks = |size| log::range_at(&nodes, size).unwrap().peaks().to_vec();
    assert_eq!(peaks(0), path(&[]));
    assert_eq!(peaks(3), path(&[(1, 0), (0, 2)]));
    assert_eq!(peaks(6), path(&[(2, 0), (1, 2)]));
    assert_eq!(peaks(7), path(&[(2, 0), (1, 2), (0, 6)]));
    assert_eq!(peaks(8), path(&[(3, 0)]));
}

#[test]
fn inclusion_proofs_are_those_of_the_reference() {
    let (leaves, nodes) = (leaves(), stored(&leaves()));
    for (index, size, vector) in INCLUSIONS {
        let proof = InclusionProof { index, size, path: path(vector) };
        assert_eq!(proof.verify(&leaf_hash(&leaves[index as usize]), &head(size)), Ok(()));
        assert_eq!(tree::prove_inclusion(&leaves[..size as usize], index).as_ref(), Ok(&proof));
        assert_eq!(log::prove_inclusion(&nodes, index, size), Ok(proof));
    }
}

#[test]
fn consistency_proofs_are_those_of_the_reference() {
    let (leaves, nodes) = (leaves(), stored(&leaves()));
    for (from, to, vector) in CONSISTENCIES {
        let proof = ConsistencyProof { from, to, path: path(vector) };
        assert_eq!(proof.verify(&head(from), &head(to)), Ok(()));
        assert_eq!(tree::prove_consistency(&leaves[..to as usize], from).as_ref(), Ok(&proof));
        assert_eq!(log::prove_consistency(&nodes, from, to), Ok(proof));
    }
}

/// RFC 6962, section 2.1.3, names the nodes of these proofs in a tree of seven leaves.
#[test]
fn the_example_of_the_rfc_holds() {
    let leaves = leaves();
    let seven = &leaves[..7];
    let inclusion = |index| tree::prove_inclusion(seven, index).unwrap().path;
    let consistency = |from| tree::prove_consistency(seven, from).unwrap().path;
    let (b, c, d, e, f, j) = ((0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (0, 6));
    let (g, h, i, k) = ((1, 0), (1, 1), (1, 2), (2, 0));
    let l = tree::root(&leaves[4..7]);
    assert_eq!(inclusion(0), [path(&[b, h]), vec![l]].concat());
    assert_eq!(inclusion(3), [path(&[c, g]), vec![l]].concat());
    assert_eq!(inclusion(4), path(&[f, j, k]));
    assert_eq!(inclusion(6), path(&[i, k]));
    assert_eq!(consistency(3), [path(&[c, d, g]), vec![l]].concat());
    assert_eq!(consistency(4), [l]);
    assert_eq!(consistency(6), path(&[i, j, k]));
    assert_eq!(inclusion(5), path(&[e, j, k]));
}
