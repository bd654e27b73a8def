//! Checks the tree in every version kept, and the latest state against it.

use super::{Check, CheckStep, Finding, STEP_RECORDS};
use crate::{
    blocks::Blocks,
    history::undecodable,
    layout::{height_key, stale_of, state_of},
    node::{key_hash, value_hash, Internal, Node, NodeKey, TreeHash},
    ordered_store::{Family, OrderedStore, Reads},
    StorageError,
};
use icn_primitives::{BlockNumber, Hash};
use std::collections::HashSet;

impl<S: OrderedStore> Check<'_, S> {
    pub(super) fn tree(&mut self) -> Result<(), StorageError> {
        let mut expected = self.replaced()?;
        self.walk(&mut expected)?;
        self.nodes(&expected)?;
        for number in self.oldest_state..=self.head() {
            self.root(number)?;
        }
        self.entries()
    }

    /// The nodes that a version within the history replaced.
    fn replaced(&mut self) -> Result<HashSet<NodeKey>, StorageError> {
        let (mut replaced, oldest, head) = (HashSet::new(), self.oldest_state, self.head());
        self.heights(Family::Stale, oldest + 1, head)?;
        self.scan(Family::Stale, |check, key, record| {
            let nodes: Option<Vec<NodeKey>> =
                stale_of(&record).and_then(|nodes| nodes.into_iter().map(NodeKey::decode).collect());
            match nodes {
                Some(nodes) => replaced.extend(nodes),
                None => check.find(Finding::Record(undecodable(Family::Stale, &key))),
            }
            Ok(())
        })?;
        for key in &replaced {
            let node = self.stored(key);
            self.note(node)?;
        }
        Ok(replaced)
    }

    /// Reads a node from the disk, past any cache.
    fn stored(&self, key: &NodeKey) -> Result<Node, StorageError> {
        let encoded = key.encode();
        match self.reads().get(Family::Nodes, &encoded)? {
            Some(bytes) => Node::decode(&bytes).ok_or_else(|| undecodable(Family::Nodes, &encoded)),
            None => Err(StorageError::Missing { family: Family::Nodes, key: encoded.to_vec() }),
        }
    }

    /// Walks the head's tree and compares its leaves with the state.
    fn walk(&mut self, expected: &mut HashSet<NodeKey>) -> Result<(), StorageError> {
        let mut ahead = vec![NodeKey::root(self.head())];
        let mut leaves = 0_u64;
        while let Some(key) = ahead.pop() {
            if !expected.insert(key) {
                self.find(Finding::LeftOver { family: Family::Stale, key: key.encode().to_vec() });
            }
            let node = self.stored(&key);
            match self.note(node)? {
                Some(Node::Internal(node)) => ahead.extend(children(&key, &node)),
                Some(Node::Leaf { key: own, value_hash }) => {
                    leaves += 1;
                    self.leaf(&key, &own, &value_hash)?;
                }
                Some(Node::Null) | None => {}
            }
        }
        self.report.state_entries = leaves;
        Ok(())
    }

    fn leaf(&mut self, place: &NodeKey, key: &[u8], hash: &TreeHash) -> Result<(), StorageError> {
        let number = self.head();
        let value = self.latest.view(number).get(key);
        let value = self.note(value)?.flatten();
        if !place.path.holds(&key_hash(key)) || value.map(|value| value_hash(&value)) != Some(*hash) {
            self.find(Finding::ValueDiffers { key: key.to_vec(), number });
        }
        Ok(())
    }

    /// Checks every stored node: it belongs to a version kept, and its children are there with the hashes that it names.
    fn nodes(&mut self, expected: &HashSet<NodeKey>) -> Result<(), StorageError> {
        self.scan(Family::Nodes, |check, encoded, bytes| {
            check.report.tree_nodes += 1;
            if check.report.tree_nodes % STEP_RECORDS == 0 {
                (check.progress)(CheckStep::Tree { done: check.report.tree_nodes });
            }
            let (Some(key), Some(node)) = (NodeKey::decode(&encoded), Node::decode(&bytes)) else {
                check.find(Finding::Record(undecodable(Family::Nodes, &encoded)));
                return Ok(());
            };
            if !expected.contains(&key) {
                check.left_over(Family::Nodes, &encoded);
            }
            match node {
                Node::Internal(node) => check.children(&key, &node),
                _ => Ok(()),
            }
        })?;
        (self.progress)(CheckStep::Tree { done: self.report.tree_nodes });
        Ok(())
    }

    fn children(&mut self, key: &NodeKey, node: &Internal) -> Result<(), StorageError> {
        for (place, child) in children(key, node).zip(node.children()) {
            let stored = self.stored(&place);
            let Some(stored) = self.note(stored)? else { continue };
            let leaf = matches!(stored, Node::Leaf { .. });
            if stored.hash() != child.hash || leaf != child.leaf {
                self.find(Finding::NodeDiffers { key: place.encode().to_vec() });
            }
        }
        Ok(())
    }

    fn root(&mut self, number: BlockNumber) -> Result<(), StorageError> {
        let root = self.stored(&NodeKey::root(number));
        let headers = Blocks(self.reads()).headers(number);
        let (Some(root), Some(Some(headers))) = (self.note(root)?, self.note(headers)?) else { return Ok(()) };
        let (expected, found) = (headers.frame.state_root, Hash::from(root.hash()));
        if expected != found {
            self.find(Finding::RootDiffers { number, expected, found });
        }
        Ok(())
    }

    /// Every entry of the state must have its leaf. Each leaf has its entry, so where the numbers are equal none is missing.
    fn entries(&mut self) -> Result<(), StorageError> {
        let number = self.head();
        let mut entries = 0;
        let events = self.latest.view(number).events();
        entries += u64::from(self.note(events)?.flatten().is_some());
        self.scan(Family::State, |check, key, record| {
            entries += 1;
            match state_of(record) {
                Some((height, _)) if height <= number => return check.written(&key, height),
                Some(_) => check.left_over(Family::State, &key),
                None => check.find(Finding::Record(undecodable(Family::State, &key))),
            }
            Ok(())
        })?;
        if entries != self.report.state_entries {
            self.scan(Family::State, |check, key, _| check.has_leaf(number, &key))?;
        }
        Ok(())
    }

    fn has_leaf(&mut self, number: BlockNumber, key: &[u8]) -> Result<(), StorageError> {
        let leaf = self.leaf_at(number, key);
        if self.note(leaf)?.flatten().is_none() {
            self.find(Finding::ValueDiffers { key: key.to_vec(), number });
        }
        Ok(())
    }

    /// The value hash of a key in the tree of a version.
    pub(super) fn leaf_at(&self, version: BlockNumber, key: &[u8]) -> Result<Option<TreeHash>, StorageError> {
        let nodes = crate::tree::Nodes { reads: self.reads(), cache: &self.cache, remember: true };
        nodes.find(version, key)
    }

    /// The stored leaves among some nodes: key and value hash.
    pub(super) fn leaves<'a>(
        &mut self,
        nodes: impl Iterator<Item = &'a [u8]>,
    ) -> Result<Vec<(Vec<u8>, TreeHash)>, StorageError> {
        let mut leaves = Vec::new();
        for bytes in nodes {
            let node = NodeKey::decode(bytes)
                .ok_or_else(|| undecodable(Family::Nodes, bytes))
                .and_then(|key| self.stored(&key));
            if let Some(Node::Leaf { key, value_hash }) = self.note(node)? {
                leaves.push((key, value_hash));
            }
        }
        Ok(leaves)
    }

    /// The leaves that a version wrote.
    pub(super) fn written_leaves(&mut self, version: BlockNumber) -> Result<Vec<(Vec<u8>, TreeHash)>, StorageError> {
        let prefix = height_key(version);
        let mut keys = Vec::new();
        for record in self.reads().iterate(Family::Nodes, &prefix) {
            let (key, _) = record?;
            if !key.starts_with(&prefix) {
                break;
            }
            keys.push(key);
        }
        self.leaves(keys.iter().map(Vec::as_slice))
    }
}

fn children<'a>(key: &'a NodeKey, node: &'a Internal) -> impl Iterator<Item = NodeKey> + 'a {
    node.children().iter().map(|child| NodeKey { version: child.version, path: key.path.child(child.nibble) })
}
