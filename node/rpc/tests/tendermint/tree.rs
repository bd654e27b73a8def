//! States and the tree over them, with proofs that stock `ics23` accepts.

use icn_primitives::{state::Entry, Hash, StateError, StateView};
use jmt::{
    storage::{HasPreimage, LeafNode, Node, NodeKey, TreeReader},
    KeyHash, OwnedValue, Sha256Jmt, Version,
};
use prost::Message;
use sha2::Sha256;
use std::{collections::BTreeMap, ops::Bound, sync::Arc};

/// A state.
#[derive(Clone, Default)]
pub(crate) struct State(BTreeMap<Vec<u8>, Vec<u8>>);

impl StateView for State {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        Ok(self.0.get(key).cloned())
    }

    fn entries<'a>(&'a self, from: Bound<&[u8]>) -> Box<dyn Iterator<Item = Result<Entry, StateError>> + 'a> {
        let range = self.0.range::<[u8], _>((from, Bound::Unbounded));
        Box::new(range.map(|(key, value)| Ok((key.clone(), value.clone()))))
    }
}

/// What the tree holds for a short value.
pub(crate) fn leaf(value: &[u8]) -> Vec<u8> {
    [&[0], value].concat()
}

/// The states after each block, from block 0 on.
#[derive(Default)]
pub(crate) struct Tree {
    states: Vec<Arc<State>>,
    nodes: BTreeMap<NodeKey, Node>,
    values: BTreeMap<(KeyHash, Version), Option<OwnedValue>>,
    keys: BTreeMap<KeyHash, Vec<u8>>,
}

impl Tree {
    /// Writes a block's keys; the root after it.
    pub(crate) fn write(&mut self, writes: &[(&[u8], Vec<u8>)]) -> Hash {
        let mut state = self.states.last().map(|state| State::clone(state)).unwrap_or_default();
        let mut leaves = Vec::new();
        for (key, value) in writes {
            let hash = KeyHash::with::<Sha256>(key);
            self.keys.insert(hash, key.to_vec());
            leaves.push((hash, Some(leaf(value))));
            state.0.insert(key.to_vec(), value.clone());
        }
        let version = self.states.len() as Version;
        let (root, update) = Sha256Jmt::new(&*self).put_value_set(leaves, version).unwrap();
        let nodes = update.node_batch.nodes().iter().map(|(key, node)| (key.clone(), node.clone()));
        self.nodes.extend(nodes);
        let values = update.node_batch.values().iter();
        self.values.extend(values.map(|((version, key), value)| ((*key, *version), value.clone())));
        self.states.push(Arc::new(state));
        root.0.into()
    }

    /// The state after a block.
    pub(crate) fn state(&self, height: usize) -> Arc<State> {
        self.states[height].clone()
    }

    /// A key's value after a block, and the proof of it.
    pub(crate) fn prove(&self, height: usize, key: &[u8]) -> (Option<Vec<u8>>, Vec<u8>) {
        let (leaf, proof) = Sha256Jmt::new(self).get_with_ics23_proof(key.to_vec(), height as Version).unwrap();
        (leaf.map(|leaf| leaf[1..].to_vec()), proof.encode_to_vec())
    }
}

impl TreeReader for Tree {
    fn get_node_option(&self, key: &NodeKey) -> anyhow::Result<Option<Node>> {
        Ok(self.nodes.get(key).cloned())
    }

    fn get_value_option(&self, version: Version, key: KeyHash) -> anyhow::Result<Option<OwnedValue>> {
        let found = self.values.range((key, 0)..=(key, version)).next_back();
        Ok(found.and_then(|(_, value)| value.clone()))
    }

    fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(NodeKey, LeafNode)>> {
        Ok(None)
    }
}

impl HasPreimage for Tree {
    fn preimage(&self, key: KeyHash) -> anyhow::Result<Option<Vec<u8>>> {
        Ok(self.keys.get(&key).cloned())
    }
}
