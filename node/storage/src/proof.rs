//! ICS-23 proofs that a key has a value, or none, under a root.
//!
//! They verify with the stock `ics23` crate and [`spec`]. A proof of absence is two proofs of existence, of the keys next
//! to the absent one in the order of their hashes.

use crate::{
    node::{key_hash, leaf_value, nibble_at, Internal, Node, NodeKey, TreeHash, INTERNAL_PREFIX},
    ordered_store::{Family, Reads},
    tree::Nodes,
    StorageError,
};
use icn_primitives::Hash;
use ics23::{commitment_proof, CommitmentProof, ExistenceProof, HashOp, InnerOp, NonExistenceProof};

/// A key's value in the state after a block, with its proof.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    /// Root of the state: `app_hash` of the block's Tendermint header.
    pub root: Hash,
    /// The value; `None` when absence is proven.
    pub value: Option<Vec<u8>>,
    /// What stands in the tree for the value, see [`leaf_value`].
    pub leaf: Option<Vec<u8>>,
    /// The proof.
    pub proof: CommitmentProof,
}

/// The shape of this chain's proofs, for `ics23::verify_membership` and `ics23::verify_non_membership`.
pub fn spec() -> ics23::ProofSpec {
    jmt::ics23_spec()
}

/// The way from the root towards a key.
struct Walk {
    /// Hashes beside the way, from the root down, with whether the way goes right there.
    siblings: Vec<(bool, TreeHash)>,
    /// The leaf at its end: key and value hash.
    leaf: Option<Vec<u8>>,
    /// Nearest subtree that lies wholly before the key, and whether it is a leaf.
    left: Option<(NodeKey, bool)>,
    /// Nearest subtree that lies wholly after it.
    right: Option<(NodeKey, bool)>,
}

/// Makes proofs from one version of the tree.
pub(crate) struct Prover<'a, R: ?Sized, V> {
    pub(crate) nodes: Nodes<'a, R>,
    pub(crate) version: u32,
    /// Reads a key's value in the state of that version.
    pub(crate) value: V,
}

impl<R, V> Prover<'_, R, V>
where
    R: Reads + ?Sized,
    V: Fn(&[u8]) -> Result<Option<Vec<u8>>, StorageError>,
{
    pub(crate) fn prove(&self, key: &[u8]) -> Result<Proof, StorageError> {
        if key.is_empty() {
            return Err(StorageError::EmptyKey);
        }
        let root = self.nodes.node(&NodeKey::root(self.version))?.hash().into();
        let target = key_hash(key);
        let walk = self.walk(&target)?;
        if walk.leaf.as_deref() == Some(key) {
            let value = self.value_of(key)?;
            let proof = existence(key, &value, &walk);
            let proof = CommitmentProof { proof: Some(commitment_proof::Proof::Exist(proof)) };
            return Ok(Proof { root, leaf: Some(leaf_value(&value)), value: Some(value), proof });
        }
        let (left, right) = self.neighbours(&target, walk)?;
        if left.is_none() && right.is_none() {
            return Err(StorageError::EmptyState { number: self.version });
        }
        let proof = NonExistenceProof { key: key.to_vec(), left, right };
        let proof = CommitmentProof { proof: Some(commitment_proof::Proof::Nonexist(proof)) };
        Ok(Proof { root, value: None, leaf: None, proof })
    }

    fn value_of(&self, key: &[u8]) -> Result<Vec<u8>, StorageError> {
        (self.value)(key)?.ok_or_else(|| StorageError::Missing { family: Family::State, key: key.to_vec() })
    }

    fn walk(&self, target: &TreeHash) -> Result<Walk, StorageError> {
        let mut walk = Walk { siblings: Vec::new(), leaf: None, left: None, right: None };
        let mut key = NodeKey::root(self.version);
        loop {
            let node = match self.nodes.node(&key)? {
                Node::Null => return Ok(walk),
                Node::Leaf { key, .. } => {
                    walk.leaf = Some(key);
                    return Ok(walk);
                }
                Node::Internal(node) => node,
            };
            match walk.step(&key, &node, nibble_at(target, key.path.depth())) {
                Some(child) => key = child,
                None => return Ok(walk),
            }
        }
    }

    fn neighbours(
        &self,
        target: &TreeHash,
        walk: Walk,
    ) -> Result<(Option<ExistenceProof>, Option<ExistenceProof>), StorageError> {
        let mut left = walk.left.map(|subtree| self.extreme(subtree, true)).transpose()?;
        let mut right = walk.right.map(|subtree| self.extreme(subtree, false)).transpose()?;
        if let Some(leaf) = walk.leaf {
            let side = if key_hash(&leaf) < *target { &mut left } else { &mut right };
            *side = Some(leaf);
        }
        let prove = |key: Option<Vec<u8>>| key.map(|key| self.existence_of(&key)).transpose();
        Ok((prove(left)?, prove(right)?))
    }

    /// The key of the last or first leaf of a subtree.
    fn extreme(&self, (mut key, mut leaf): (NodeKey, bool), last: bool) -> Result<Vec<u8>, StorageError> {
        while !leaf {
            let node = self.nodes.internal(&key)?;
            let child = if last { node.children().last() } else { node.children().first() };
            let Some(child) = child else {
                return Err(StorageError::Undecodable { family: Family::Nodes, key: key.encode().to_vec() });
            };
            leaf = child.leaf;
            key = NodeKey { version: child.version, path: key.path.child(child.nibble) };
        }
        Ok(self.nodes.leaf(&key)?.0)
    }

    fn existence_of(&self, key: &[u8]) -> Result<ExistenceProof, StorageError> {
        let walk = self.walk(&key_hash(key))?;
        Ok(existence(key, &self.value_of(key)?, &walk))
    }
}

impl Walk {
    /// Goes through one stored node; the child in which the way goes on.
    fn step(&mut self, key: &NodeKey, node: &Internal, nibble: u8) -> Option<NodeKey> {
        let place = |child: &crate::node::Child| NodeKey { version: child.version, path: key.path.child(child.nibble) };
        let before = node.children().iter().rev().find(|child| child.nibble < nibble);
        let after = node.children().iter().find(|child| child.nibble > nibble);
        self.left = before.map(|child| (place(child), child.leaf)).or(self.left.take());
        self.right = after.map(|child| (place(child), child.leaf)).or(self.right.take());
        let mut subtree = 1;
        for level in (0..4).rev() {
            if node.is_empty(subtree) {
                return None;
            }
            if let Some(child) = node.only_child(subtree) {
                return self.end_at(child, nibble, place(child));
            }
            let right = nibble >> level & 1 == 1;
            let way = 2 * subtree + usize::from(right);
            self.siblings.push((right, node.subtree_hash(way ^ 1)));
            subtree = way;
        }
        node.child(nibble).map(place)
    }

    /// The way ends at a leaf. One beside the way has been counted as a neighbour already.
    fn end_at(&self, child: &crate::node::Child, nibble: u8, place: NodeKey) -> Option<NodeKey> {
        (child.nibble == nibble).then_some(place)
    }
}

fn existence(key: &[u8], value: &[u8], walk: &Walk) -> ExistenceProof {
    let path = walk.siblings.iter().rev().map(|(right, sibling)| {
        let (prefix, suffix) = match right {
            true => ([INTERNAL_PREFIX, sibling].concat(), Vec::new()),
            false => (INTERNAL_PREFIX.to_vec(), sibling.to_vec()),
        };
        InnerOp { hash: HashOp::Sha256.into(), prefix, suffix }
    });
    ExistenceProof { key: key.to_vec(), value: leaf_value(value), leaf: spec().leaf_spec, path: path.collect() }
}
