//! Nodes of the state tree: their hashes and their bytes.
//!
//! The tree is that of `jmt` 0.12 over SHA-256: a binary tree over the bits of `SHA-256(key)`, in which a subtree with one
//! leaf is that leaf and a subtree without leaves is a placeholder. Four levels make one stored node. `tests/jmt.rs`
//! compares roots and proofs with that crate.

use icn_primitives::limits::TREE_VALUE_BYTES_MAX;
use sha2::{Digest, Sha256};

/// A SHA-256 hash.
pub type TreeHash = [u8; 32];

/// Hash of a subtree without leaves.
pub const PLACEHOLDER: TreeHash = *b"SPARSE_MERKLE_PLACEHOLDER_HASH__";

/// In front of what is hashed for a leaf.
const LEAF_PREFIX: &[u8] = b"JMT::LeafNode";

/// In front of the two children's hashes.
pub(crate) const INTERNAL_PREFIX: &[u8] = b"JMT::IntrnalNode";

/// Nodes with at least this many children keep the hashes between them and their children in memory.
const INNER_CHILDREN_MIN: u32 = 6;

/// What stands in the tree for a value: `00 ‖ value`, or `01 ‖ SHA-256(value)` when the value is longer than
/// [`TREE_VALUE_BYTES_MAX`]. It is never empty, as ICS-23 demands.
pub fn leaf_value(value: &[u8]) -> Vec<u8> {
    if value.len() > TREE_VALUE_BYTES_MAX {
        return [&[1][..], &Sha256::digest(value)].concat();
    }
    [&[0][..], value].concat()
}

/// Hash of [`leaf_value`].
pub(crate) fn value_hash(value: &[u8]) -> TreeHash {
    let mut hasher = Sha256::new();
    if value.len() > TREE_VALUE_BYTES_MAX {
        hasher.update([1]);
        hasher.update(Sha256::digest(value));
    } else {
        hasher.update([0]);
        hasher.update(value);
    }
    hasher.finalize().into()
}

/// Where a key stands in the tree.
pub(crate) fn key_hash(key: &[u8]) -> TreeHash {
    Sha256::digest(key).into()
}

pub(crate) fn leaf_hash(key_hash: &TreeHash, value_hash: &TreeHash) -> TreeHash {
    let mut bytes = [0; LEAF_PREFIX.len() + 64];
    bytes[..LEAF_PREFIX.len()].copy_from_slice(LEAF_PREFIX);
    bytes[LEAF_PREFIX.len()..LEAF_PREFIX.len() + 32].copy_from_slice(key_hash);
    bytes[LEAF_PREFIX.len() + 32..].copy_from_slice(value_hash);
    Sha256::digest(bytes).into()
}

fn internal_hash(left: &TreeHash, right: &TreeHash) -> TreeHash {
    let mut bytes = [0; INTERNAL_PREFIX.len() + 64];
    bytes[..INTERNAL_PREFIX.len()].copy_from_slice(INTERNAL_PREFIX);
    bytes[INTERNAL_PREFIX.len()..INTERNAL_PREFIX.len() + 32].copy_from_slice(left);
    bytes[INTERNAL_PREFIX.len() + 32..].copy_from_slice(right);
    Sha256::digest(bytes).into()
}

/// Nibble of a key hash at a depth; 0 past its end.
pub(crate) fn nibble_at(hash: &TreeHash, depth: usize) -> u8 {
    let byte = hash.get(depth / 2).copied().unwrap_or(0);
    if depth.is_multiple_of(2) {
        byte >> 4
    } else {
        byte & 0xf
    }
}

/// The nibbles from the root to a node.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Path {
    length: u8,
    /// Two nibbles a byte; zero past `length`.
    nibbles: TreeHash,
}

impl Path {
    pub(crate) const ROOT: Self = Self { length: 0, nibbles: [0; 32] };

    /// The path of a child; the same path when it is already as long as a key hash, which no honest tree reaches.
    pub(crate) fn child(mut self, nibble: u8) -> Self {
        if let Some(byte) = self.nibbles.get_mut(usize::from(self.length) / 2) {
            *byte |= if self.length.is_multiple_of(2) { nibble << 4 } else { nibble & 0xf };
            self.length += 1;
        }
        self
    }

    pub(crate) fn depth(&self) -> usize {
        self.length.into()
    }

    /// Whether a key hash is under this path.
    pub(crate) fn holds(&self, hash: &TreeHash) -> bool {
        (0..self.depth()).all(|depth| nibble_at(hash, depth) == nibble_at(&self.nibbles, depth))
    }
}

/// Names a stored node: the version that made it, which is the block's height, and its path.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct NodeKey {
    pub(crate) version: u32,
    pub(crate) path: Path,
}

impl NodeKey {
    pub(crate) fn root(version: u32) -> Self {
        Self { version, path: Path::ROOT }
    }

    pub(crate) fn encode(&self) -> EncodedKey {
        let mut bytes = [0; 37];
        bytes[..4].copy_from_slice(&self.version.to_be_bytes());
        bytes[4] = self.path.length;
        bytes[5..].copy_from_slice(&self.path.nibbles);
        EncodedKey { length: 5 + self.path.depth().div_ceil(2), bytes }
    }

    pub(crate) fn decode(key: &[u8]) -> Option<Self> {
        let version = u32::from_be_bytes(key.get(..4)?.try_into().ok()?);
        let (&length, path) = key.get(4..)?.split_first()?;
        if length > 64 || path.len() != usize::from(length).div_ceil(2) {
            return None;
        }
        let mut nibbles = [0; 32];
        nibbles[..path.len()].copy_from_slice(path);
        Some(Self { version, path: Path { length, nibbles } })
    }
}

/// A node's key in bytes: version, number of nibbles, and the nibbles.
pub(crate) struct EncodedKey {
    length: usize,
    bytes: [u8; 37],
}

impl std::ops::Deref for EncodedKey {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl AsRef<[u8]> for EncodedKey {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

/// A child of an internal node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Child {
    pub(crate) nibble: u8,
    pub(crate) leaf: bool,
    /// The version that made it.
    pub(crate) version: u32,
    pub(crate) hash: TreeHash,
}

/// Children of a node that is being made, in the order of their nibbles.
pub(crate) struct Children {
    children: [Child; 16],
    length: usize,
}

impl Children {
    const NONE: Child = Child { nibble: 0, leaf: false, version: 0, hash: PLACEHOLDER };

    pub(crate) fn new() -> Self {
        Self { children: [Self::NONE; 16], length: 0 }
    }

    /// Adds a child; there are never more than nibbles.
    pub(crate) fn push(&mut self, child: Child) {
        if let Some(free) = self.children.get_mut(self.length) {
            *free = child;
            self.length += 1;
        }
    }

    pub(crate) fn as_slice(&self) -> &[Child] {
        &self.children[..self.length]
    }
}

impl FromIterator<Child> for Children {
    fn from_iter<I: IntoIterator<Item = Child>>(children: I) -> Self {
        let mut made = Self::new();
        children.into_iter().for_each(|child| made.push(child));
        made
    }
}

/// Four levels of the tree: up to 16 children. It has at least two leaves below it.
#[derive(Clone, Debug)]
pub(crate) struct Internal {
    /// Which nibbles have a child.
    exists: u16,
    /// Which nibbles have a child that is a leaf.
    leaves: u16,
    children: Box<[Child]>,
    /// Hashes of the subtrees 1 (the whole) to 15, numbered as a heap; empty in small nodes. 0 is unused.
    inner: Box<[TreeHash]>,
    hash: TreeHash,
}

impl PartialEq for Internal {
    fn eq(&self, other: &Self) -> bool {
        self.children == other.children
    }
}

/// The nibbles below a subtree of an internal node: 1 is the whole, 16 to 31 are single nibbles.
fn range(subtree: usize) -> u16 {
    let level = subtree.ilog2();
    let width = 16 >> level;
    let start = (subtree - (1 << level)) * width;
    (((1_u32 << width) - 1) as u16) << start
}

impl Internal {
    /// A node of these children, in the order of their nibbles. Where the node is a new version of an older one, hashes
    /// over children that are not in `changed` are taken from it.
    pub(crate) fn new(children: &[Child], older: Option<(&Self, u16)>) -> Self {
        let bits = |wanted: fn(&Child) -> bool| {
            children.iter().filter(|child| wanted(child)).fold(0, |bits, child| bits | 1 << child.nibble)
        };
        let (exists, leaves) = (bits(|_| true), bits(|child| child.leaf));
        let mut node = Self { exists, leaves, children: children.into(), inner: Box::default(), hash: PLACEHOLDER };
        if u16::count_ones(node.exists) >= INNER_CHILDREN_MIN {
            let older = older.filter(|(older, _)| !older.inner.is_empty());
            let mut inner = [PLACEHOLDER; 16];
            for subtree in (1..16).rev() {
                inner[subtree] = match older {
                    Some((older, changed)) if changed & range(subtree) == 0 => older.inner[subtree],
                    _ => node.combine(subtree, |below| node.shortcut(below).unwrap_or_else(|| inner[below])),
                };
            }
            node.hash = inner[1];
            node.inner = Box::new(inner);
        } else {
            node.hash = node.computed(1);
        }
        node
    }

    pub(crate) fn hash(&self) -> TreeHash {
        self.hash
    }

    pub(crate) fn children(&self) -> &[Child] {
        &self.children
    }

    pub(crate) fn child(&self, nibble: u8) -> Option<&Child> {
        if self.exists & 1 << nibble == 0 {
            return None;
        }
        let before = self.exists & ((1 << nibble) - 1);
        self.children.get(before.count_ones() as usize)
    }

    /// The hash of a subtree where it is that of a child or of nothing.
    fn shortcut(&self, subtree: usize) -> Option<TreeHash> {
        let below = self.exists & range(subtree);
        match below.count_ones() {
            0 => Some(PLACEHOLDER),
            1 if subtree >= 16 || self.leaves & below != 0 => {
                self.child(below.trailing_zeros() as u8).map(|child| child.hash)
            }
            _ => None,
        }
    }

    fn combine(&self, subtree: usize, hash: impl Fn(usize) -> TreeHash) -> TreeHash {
        self.shortcut(subtree).unwrap_or_else(|| internal_hash(&hash(2 * subtree), &hash(2 * subtree + 1)))
    }

    fn computed(&self, subtree: usize) -> TreeHash {
        self.combine(subtree, |below| self.computed(below))
    }

    /// Hash of a subtree.
    pub(crate) fn subtree_hash(&self, subtree: usize) -> TreeHash {
        match self.inner.get(subtree) {
            Some(hash) => *hash,
            None => self.computed(subtree),
        }
    }

    /// The child that stands alone under a subtree and ends the way down there: a leaf, or the child of the last level.
    pub(crate) fn only_child(&self, subtree: usize) -> Option<&Child> {
        let below = self.exists & range(subtree);
        let alone = below.count_ones() == 1 && (subtree >= 16 || self.leaves & below != 0);
        alone.then(|| self.child(below.trailing_zeros() as u8)).flatten()
    }

    /// Whether nothing is under a subtree.
    pub(crate) fn is_empty(&self, subtree: usize) -> bool {
        self.exists & range(subtree) == 0
    }

    /// Bytes that it takes in memory.
    pub(crate) fn memory_bytes(&self) -> u64 {
        let own = size_of::<Self>() + self.children.len() * size_of::<Child>() + self.inner.len() * 32;
        own as u64 + 96
    }
}

/// What is stored for a node.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    /// The root of an empty tree.
    Null,
    /// A key and the hash of its leaf value. The key is the preimage of its place.
    Leaf { key: Vec<u8>, value_hash: TreeHash },
    /// Four levels.
    Internal(std::sync::Arc<Internal>),
}

impl Node {
    /// `00`; or `01 ‖ value hash ‖ key`; or `02 ‖ which nibbles exist ‖ which are leaves ‖ (version ‖ hash)` of each child.
    pub(crate) fn encode_to(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Null => bytes.push(0),
            Self::Leaf { key, value_hash } => {
                bytes.push(1);
                bytes.extend_from_slice(value_hash);
                bytes.extend_from_slice(key);
            }
            Self::Internal(node) => {
                bytes.push(2);
                bytes.extend_from_slice(&node.exists.to_be_bytes());
                bytes.extend_from_slice(&node.leaves.to_be_bytes());
                for child in &node.children {
                    bytes.extend_from_slice(&child.version.to_be_bytes());
                    bytes.extend_from_slice(&child.hash);
                }
            }
        }
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        match bytes.split_first()? {
            (0, []) => Some(Self::Null),
            (1, leaf) => {
                let value_hash = leaf.get(..32)?.try_into().ok()?;
                Some(Self::Leaf { key: leaf[32..].to_vec(), value_hash })
            }
            (2, internal) => Self::decode_internal(internal),
            _ => None,
        }
    }

    fn decode_internal(bytes: &[u8]) -> Option<Self> {
        let exists = u16::from_be_bytes(bytes.get(..2)?.try_into().ok()?);
        let leaves = u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?);
        let children = &bytes[4..];
        if exists == 0 || leaves & !exists != 0 || children.len() != 36 * exists.count_ones() as usize {
            return None;
        }
        let nibbles = (0..16_u8).filter(|nibble| exists & 1 << nibble != 0);
        let children = nibbles.zip(children.chunks_exact(36)).map(|(nibble, child)| {
            let (version, hash) = child.split_at(4);
            Some(Child {
                nibble,
                leaf: leaves & 1 << nibble != 0,
                version: u32::from_be_bytes(version.try_into().ok()?),
                hash: hash.try_into().ok()?,
            })
        });
        Some(Self::Internal(Internal::new(children.collect::<Option<Children>>()?.as_slice(), None).into()))
    }

    pub(crate) fn hash(&self) -> TreeHash {
        match self {
            Self::Null => PLACEHOLDER,
            Self::Leaf { key, value_hash } => leaf_hash(&key_hash(key), value_hash),
            Self::Internal(node) => node.hash(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nodes_are_read_as_they_were_written(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            if let Some(node) = Node::decode(&bytes) {
                let mut written = Vec::new();
                node.encode_to(&mut written);
                prop_assert_eq!(written, bytes);
            }
        }

        #[test]
        fn hashes_taken_from_an_older_node_are_those_computed(
            before in proptest::collection::btree_map(0..16_u8, (any::<bool>(), any::<[u8; 32]>()), 2..16),
            after in proptest::collection::btree_map(0..16_u8, (any::<bool>(), any::<[u8; 32]>()), 2..16),
        ) {
            let child = |(nibble, (leaf, hash)): (&u8, &(bool, TreeHash))| Child {
                nibble: *nibble, leaf: *leaf, version: 1, hash: *hash,
            };
            let children: Children = before.iter().map(child).collect();
            let older = Internal::new(children.as_slice(), None);
            let mut all = before.clone();
            all.extend(after.clone());
            let changed = after.keys().fold(0, |bits, nibble| bits | 1 << nibble);
            let children: Children = all.iter().map(child).collect();
            let node = Internal::new(children.as_slice(), Some((&older, changed)));
            let anew = Internal::new(children.as_slice(), None);
            prop_assert_eq!(node.hash(), anew.hash());
            for subtree in 1..16 {
                prop_assert_eq!(node.subtree_hash(subtree), node.computed(subtree));
            }
        }
    }

    #[test]
    fn keys_of_nodes_are_read_as_they_were_written() {
        let mut path = Path::ROOT;
        for nibble in 0..70_u8 {
            let key = NodeKey { version: 7, path };
            assert!(NodeKey::decode(&key.encode()) == Some(key));
            path = path.child(nibble % 16);
        }
        assert!(NodeKey::decode(&[0, 0, 0, 1, 2]).is_none());
        assert!(NodeKey::decode(&[0, 0, 0, 1, 65]).is_none());
    }
}
