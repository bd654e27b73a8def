//! The state tree: reading its nodes, and staging the next version.
//!
//! A version of the tree is a block's height; its root is always stored under that version. A batch of changes is applied
//! in one walk, so that each node is hashed once. Leaves are read only where a new key meets one, or where one moves up
//! because its neighbours are gone: an existing key's leaf is known to be its own.

use crate::{
    node::{
        key_hash, leaf_hash, nibble_at, value_hash, Child, Children, Internal, Node, NodeKey, Path, TreeHash,
        PLACEHOLDER,
    },
    ordered_store::{Family, Reads},
    StorageError,
};
use quick_cache::{sync::Cache, Weighter};
use std::sync::Arc;

/// Memory for decoded nodes, in bytes: all internal nodes of some hundred thousand keys.
const CACHE_BYTES: u64 = 64 * 1024 * 1024;

/// Decoded internal nodes of the newest version, by path. A node is used only where its version is the one asked for, so
/// that readers of older versions are never given a newer node.
pub(crate) struct NodeCache(Cache<Path, (u32, Arc<Internal>), NodeWeight>);

#[derive(Clone)]
struct NodeWeight;

impl Weighter<Path, (u32, Arc<Internal>)> for NodeWeight {
    fn weight(&self, _: &Path, (_, node): &(u32, Arc<Internal>)) -> u64 {
        node.memory_bytes()
    }
}

impl NodeCache {
    pub(crate) fn new() -> Self {
        Self(Cache::with_weighter((CACHE_BYTES / 512) as usize, CACHE_BYTES, NodeWeight))
    }

    fn get(&self, key: &NodeKey) -> Option<Arc<Internal>> {
        self.0.get(&key.path).filter(|(version, _)| *version == key.version).map(|(_, node)| node)
    }

    /// Remembers the nodes of a version once it is stored.
    pub(crate) fn extend(&self, update: &TreeUpdate) {
        for (key, node) in &update.nodes {
            if let Node::Internal(node) = node {
                self.0.insert(key.path, (key.version, node.clone()));
            }
        }
    }
}

/// The nodes of a store.
pub(crate) struct Nodes<'a, R: ?Sized> {
    pub(crate) reads: &'a R,
    pub(crate) cache: &'a NodeCache,
    /// Whether what is read is remembered; reading old versions leaves the cache to the newest.
    pub(crate) remember: bool,
}

impl<R: Reads + ?Sized> Nodes<'_, R> {
    /// A node that must be there.
    pub(crate) fn node(&self, key: &NodeKey) -> Result<Node, StorageError> {
        if let Some(node) = self.cache.get(key) {
            return Ok(Node::Internal(node));
        }
        let encoded = key.encode();
        let Some(bytes) = self.reads.get(Family::Nodes, &encoded)? else {
            return Err(StorageError::Missing { family: Family::Nodes, key: encoded.to_vec() });
        };
        let node =
            Node::decode(&bytes).ok_or(StorageError::Undecodable { family: Family::Nodes, key: encoded.to_vec() })?;
        if let (true, Node::Internal(node)) = (self.remember, &node) {
            self.cache.0.insert(key.path, (key.version, node.clone()));
        }
        Ok(node)
    }

    /// A node that its parent calls internal.
    pub(crate) fn internal(&self, key: &NodeKey) -> Result<Arc<Internal>, StorageError> {
        match self.node(key)? {
            Node::Internal(node) => Ok(node),
            _ => Err(StorageError::Undecodable { family: Family::Nodes, key: key.encode().to_vec() }),
        }
    }

    /// The value hash of a key in a version of the tree.
    pub(crate) fn find(&self, version: u32, key: &[u8]) -> Result<Option<TreeHash>, StorageError> {
        let target = key_hash(key);
        let mut at = NodeKey::root(version);
        loop {
            match self.node(&at)? {
                Node::Null => return Ok(None),
                Node::Leaf { key: own, value_hash } => return Ok((own == key).then_some(value_hash)),
                Node::Internal(node) => match node.child(nibble_at(&target, at.path.depth())) {
                    Some(child) => at = NodeKey { version: child.version, path: at.path.child(child.nibble) },
                    None => return Ok(None),
                },
            }
        }
    }

    /// A leaf that its parent calls one: key and value hash.
    pub(crate) fn leaf(&self, key: &NodeKey) -> Result<(Vec<u8>, TreeHash), StorageError> {
        match self.node(key)? {
            Node::Leaf { key, value_hash } => Ok((key, value_hash)),
            _ => Err(StorageError::Undecodable { family: Family::Nodes, key: key.encode().to_vec() }),
        }
    }
}

/// One key's change.
pub(crate) struct Write<'a> {
    key: &'a [u8],
    key_hash: TreeHash,
    /// The new leaf's value hash; `None` removes it.
    value_hash: Option<TreeHash>,
    /// Whether the key is in the tree, where that is known.
    exists: Option<bool>,
}

impl<'a> Write<'a> {
    pub(crate) fn new(key: &'a [u8], value: Option<&[u8]>, exists: Option<bool>) -> Self {
        Self { key, key_hash: key_hash(key), value_hash: value.map(value_hash), exists }
    }
}

/// What a block's changes make of the tree. It is only good for the block after the one it was staged on.
pub struct TreeUpdate {
    /// Hash of the block it was staged on.
    pub(crate) base: icn_primitives::Hash,
    pub(crate) version: u32,
    pub(crate) root: TreeHash,
    pub(crate) nodes: Vec<(NodeKey, Node)>,
    pub(crate) stale: Vec<NodeKey>,
    /// The `state` records of the changed keys as they were, in the order of the keys.
    pub(crate) before: Vec<Before>,
}

/// What is known of a changed key before the change.
pub(crate) enum Before {
    /// It had this value already: nothing changes.
    Same,
    /// Its `state` record; `None` when it was absent, or is kept elsewhere.
    Record(Option<Vec<u8>>),
}

impl TreeUpdate {
    /// Root of the tree after the changes.
    pub fn root(&self) -> icn_primitives::Hash {
        self.root.into()
    }

    /// How many tree nodes it writes.
    pub fn nodes_written(&self) -> usize {
        self.nodes.len()
    }
}

/// A leaf on its way to its place, which is known only when its neighbours are.
struct Floating {
    key: Vec<u8>,
    key_hash: TreeHash,
    value_hash: TreeHash,
    hash: TreeHash,
}

impl Floating {
    fn new(key: Vec<u8>, key_hash: TreeHash, value_hash: TreeHash) -> Self {
        Self { hash: leaf_hash(&key_hash, &value_hash), key, key_hash, value_hash }
    }
}

/// What a subtree became.
enum Outcome {
    Unchanged,
    Empty,
    Leaf(Floating),
    Internal(Arc<Internal>),
}

/// Stages one version.
pub(crate) struct Stage<'a, R: ?Sized> {
    nodes: Nodes<'a, R>,
    version: u32,
    written: Vec<(NodeKey, Node)>,
    stale: Vec<NodeKey>,
}

/// Root, nodes to write and nodes they replace.
pub(crate) type Staged = (TreeHash, Vec<(NodeKey, Node)>, Vec<NodeKey>);

impl<'a, R: Reads + ?Sized> Stage<'a, R> {
    /// Applies the writes to the tree of `base`, or to the empty tree.
    pub(crate) fn run(
        nodes: Nodes<'a, R>,
        base: Option<u32>,
        version: u32,
        mut writes: Vec<Write<'_>>,
    ) -> Result<Staged, StorageError> {
        writes.sort_unstable_by_key(|write| write.key_hash);
        let mut stage = Self { nodes, version, written: Vec::with_capacity(writes.len() * 2), stale: Vec::new() };
        let root = stage.root(base, &writes)?;
        // In the order of their keys, which is the order on disk.
        stage.written.sort_unstable_by_key(|(key, _)| key.path);
        Ok((root, stage.written, stage.stale))
    }

    fn root(&mut self, base: Option<u32>, writes: &[Write<'_>]) -> Result<TreeHash, StorageError> {
        let old = base.map(NodeKey::root);
        let node = old.as_ref().map_or(Ok(Node::Null), |key| self.nodes.node(key))?;
        let outcome = match &node {
            Node::Null => self.build(Path::ROOT, None, writes)?,
            Node::Leaf { key, value_hash } => {
                let leaf = Floating::new(key.clone(), key_hash(key), *value_hash);
                self.meet(Path::ROOT, leaf, writes)?
            }
            Node::Internal(node) => self.update(Path::ROOT, node, writes)?,
        };
        // Every version has its own root, changed or not.
        self.stale.extend(old);
        let root = match outcome {
            Outcome::Unchanged => node,
            Outcome::Empty => Node::Null,
            Outcome::Leaf(leaf) => Node::Leaf { key: leaf.key, value_hash: leaf.value_hash },
            Outcome::Internal(node) => Node::Internal(node),
        };
        let hash = root.hash();
        self.written.push((NodeKey::root(self.version), root));
        Ok(hash)
    }

    /// Applies writes to a stored internal node.
    fn update(&mut self, path: Path, node: &Internal, writes: &[Write<'_>]) -> Result<Outcome, StorageError> {
        let mut groups = groups(writes, path.depth()).peekable();
        let mut children = Children::new();
        let mut floating: Option<Floating> = None;
        let mut changed = 0_u16;
        for nibble in 0..16_u8 {
            let old = node.child(nibble);
            let outcome = match groups.next_if(|(group, _)| *group == nibble) {
                Some((_, writes)) => self.child(path.child(nibble), old, writes)?,
                None => Outcome::Unchanged,
            };
            if matches!(outcome, Outcome::Unchanged) {
                old.into_iter().for_each(|old| children.push(*old));
                continue;
            }
            changed |= 1 << nibble;
            if let Some(leaf) = self.place(path, nibble, outcome, &mut children) {
                if let Some(before) = floating.replace(leaf) {
                    self.settle(path, before);
                }
            }
        }
        if changed == 0 {
            return Ok(Outcome::Unchanged);
        }
        self.close(path, &children, floating, Some((node, changed)))
    }

    /// Adds what a child became to its siblings. A leaf is given back: it has no place before it is known not to be alone.
    fn place(&mut self, path: Path, nibble: u8, outcome: Outcome, children: &mut Children) -> Option<Floating> {
        let (leaf, hash) = match &outcome {
            Outcome::Unchanged | Outcome::Empty => return None,
            Outcome::Leaf(leaf) => (true, leaf.hash),
            Outcome::Internal(node) => (false, node.hash()),
        };
        children.push(Child { nibble, leaf, version: self.version, hash });
        match outcome {
            Outcome::Leaf(leaf) => return Some(leaf),
            Outcome::Internal(node) => self.write(path.child(nibble), Node::Internal(node)),
            Outcome::Unchanged | Outcome::Empty => {}
        }
        None
    }

    /// Gives a leaf its place as a child of `path`.
    fn settle(&mut self, path: Path, leaf: Floating) {
        let place = path.child(nibble_at(&leaf.key_hash, path.depth()));
        self.write(place, Node::Leaf { key: leaf.key, value_hash: leaf.value_hash });
    }

    fn write(&mut self, path: Path, node: Node) {
        self.written.push((NodeKey { version: self.version, path }, node));
    }

    /// Makes a node of its children; a leaf that is alone moves up instead.
    fn close(
        &mut self,
        path: Path,
        children: &Children,
        floating: Option<Floating>,
        older: Option<(&Internal, u16)>,
    ) -> Result<Outcome, StorageError> {
        match (children.as_slice(), floating) {
            ([], _) => Ok(Outcome::Empty),
            ([child], Some(leaf)) if child.leaf => Ok(Outcome::Leaf(leaf)),
            ([child], None) if child.leaf => {
                let key = NodeKey { version: child.version, path: path.child(child.nibble) };
                let (leaf, value_hash) = self.nodes.leaf(&key)?;
                self.stale.push(key);
                Ok(Outcome::Leaf(Floating { key_hash: key_hash(&leaf), key: leaf, value_hash, hash: child.hash }))
            }
            (children, floating) => {
                if let Some(leaf) = floating {
                    self.settle(path, leaf);
                }
                Ok(Outcome::Internal(Internal::new(children, older).into()))
            }
        }
    }

    fn child(&mut self, path: Path, old: Option<&Child>, writes: &[Write<'_>]) -> Result<Outcome, StorageError> {
        let Some(old) = old else { return self.build(path, None, writes) };
        let key = NodeKey { version: old.version, path };
        if !old.leaf {
            let node = self.nodes.internal(&key)?;
            let outcome = self.update(path, &node, writes)?;
            if !matches!(outcome, Outcome::Unchanged) {
                self.stale.push(key);
            }
            return Ok(outcome);
        }
        let outcome = match writes {
            // The only leaf under this path is that of a key known to be in the tree.
            [write] if write.exists == Some(true) => match write.value_hash {
                Some(value_hash) => Outcome::Leaf(Floating::new(write.key.to_vec(), write.key_hash, value_hash)),
                None => Outcome::Empty,
            },
            _ => {
                let (leaf, value_hash) = self.nodes.leaf(&key)?;
                let leaf = Floating { key_hash: key_hash(&leaf), key: leaf, value_hash, hash: old.hash };
                self.meet(path, leaf, writes)?
            }
        };
        if !matches!(outcome, Outcome::Unchanged) {
            self.stale.push(key);
        }
        Ok(outcome)
    }

    /// Applies writes where one leaf stands.
    fn meet(&mut self, path: Path, leaf: Floating, writes: &[Write<'_>]) -> Result<Outcome, StorageError> {
        let own = writes.iter().find(|write| write.key_hash == leaf.key_hash);
        if own.is_some() {
            return self.build(path, None, writes);
        }
        if writes.iter().all(|write| write.value_hash.is_none()) {
            return Ok(Outcome::Unchanged);
        }
        self.build(path, Some(leaf), writes)
    }

    /// Builds a subtree where nothing was, of the writes and a leaf from elsewhere that none of them changes.
    fn build(&mut self, path: Path, guest: Option<Floating>, writes: &[Write<'_>]) -> Result<Outcome, StorageError> {
        let mut puts = writes.iter().filter(|write| write.value_hash.is_some());
        match (puts.next(), puts.next(), guest) {
            (None, _, None) => Ok(Outcome::Empty),
            (None, _, Some(guest)) => Ok(Outcome::Leaf(guest)),
            (Some(Write { key, key_hash, value_hash: Some(value_hash), .. }), None, None) => {
                Ok(Outcome::Leaf(Floating::new(key.to_vec(), *key_hash, *value_hash)))
            }
            (_, _, guest) => self.fork(path, guest, writes),
        }
    }

    /// Builds a subtree of two leaves or more.
    fn fork(&mut self, path: Path, mut guest: Option<Floating>, writes: &[Write<'_>]) -> Result<Outcome, StorageError> {
        let guest_nibble = guest.as_ref().map(|guest| nibble_at(&guest.key_hash, path.depth()));
        let mut groups = groups(writes, path.depth()).peekable();
        let mut children = Children::new();
        let mut floating: Option<Floating> = None;
        for nibble in 0..16_u8 {
            let writes = groups.next_if(|(group, _)| *group == nibble).map_or(&[][..], |(_, writes)| writes);
            let guest = if guest_nibble == Some(nibble) { guest.take() } else { None };
            let outcome = self.build(path.child(nibble), guest, writes)?;
            if let Some(leaf) = self.place(path, nibble, outcome, &mut children) {
                if let Some(before) = floating.replace(leaf) {
                    self.settle(path, before);
                }
            }
        }
        self.close(path, &children, floating, None)
    }
}

/// Splits sorted writes by their nibble at a depth.
fn groups<'a, 'b>(writes: &'a [Write<'b>], depth: usize) -> impl Iterator<Item = (u8, &'a [Write<'b>])> {
    let nibble = move |write: &Write<'_>| nibble_at(&write.key_hash, depth);
    writes
        .chunk_by(move |a, b| nibble(a) == nibble(b))
        .filter_map(move |group| group.first().map(|first| (nibble(first), group)))
}

/// Root of the tree that holds these entries.
pub(crate) fn root_of<'a>(entries: impl Iterator<Item = (&'a [u8], &'a [u8])>) -> TreeHash {
    let mut leaves: Vec<(TreeHash, TreeHash)> = entries
        .map(|(key, value)| {
            let key_hash = key_hash(key);
            (key_hash, leaf_hash(&key_hash, &value_hash(value)))
        })
        .collect();
    leaves.sort_unstable();
    subtree_of(&leaves, 0)
}

/// Hash of the node over sorted leaves at a depth in nibbles.
fn subtree_of(leaves: &[(TreeHash, TreeHash)], depth: usize) -> TreeHash {
    match leaves {
        [] => PLACEHOLDER,
        [(_, hash)] => *hash,
        _ => {
            let nibble = |leaf: &(TreeHash, TreeHash)| nibble_at(&leaf.0, depth);
            let children = leaves.chunk_by(|a, b| nibble(a) == nibble(b)).map(|group| Child {
                nibble: nibble(&group[0]),
                leaf: group.len() == 1,
                version: 0,
                hash: subtree_of(group, depth + 1),
            });
            Internal::new(children.collect::<Children>().as_slice(), None).hash()
        }
    }
}
