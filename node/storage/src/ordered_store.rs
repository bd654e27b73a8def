//! An ordered, durable key-value store: what the chain asks of a disk.
//!
//! Keys live in [`Family`]s, each ordered by bytes. A [`Batch`] is written whole or not at all; once `write` with
//! `sync` has answered, it survives any crash. Two implementations pass one conformance suite (`tests/conformance.rs`):
//! [`crate::RocksStore`] and [`crate::SimulatedDisk`].

use crate::StorageError;

/// An independent ordered space of keys. What is stored in each is described in [`crate::layout`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Family {
    /// Format, head and bounds of history.
    Meta,
    /// Both headers of each block, kept for ever.
    Headers,
    /// Extrinsics of each block.
    Bodies,
    /// Height of a block by either hash.
    Numbers,
    /// Runtimes by the first height they made.
    Runtimes,
    /// Commits of decided blocks.
    Commits,
    /// Validator sets by the first height that they sign.
    Validators,
    /// Blocks that are proposed and not decided.
    Undecided,
    /// The latest state.
    State,
    /// `System.Events` by height.
    Events,
    /// Old values by key and height.
    Undo,
    /// Keys that changed, by height.
    Changed,
    /// Heights at which something under a pallet or item prefix changed.
    Touched,
    /// Tree nodes by version and path.
    Nodes,
    /// Tree nodes that a version replaced.
    Stale,
    /// Signed records.
    Records,
    /// What leads to them, and what of them is final.
    RecordIndex,
    /// Blocks of blobs: chunks and inner nodes.
    BlobBlocks,
    /// What blobs there are, for whom, and which blocks they have.
    BlobIndex,
}

impl Family {
    /// How many there are.
    pub const COUNT: usize = 19;

    /// All of them, in the order of their discriminants.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Meta,
        Self::Headers,
        Self::Bodies,
        Self::Numbers,
        Self::Runtimes,
        Self::Commits,
        Self::Validators,
        Self::Undecided,
        Self::State,
        Self::Events,
        Self::Undo,
        Self::Changed,
        Self::Touched,
        Self::Nodes,
        Self::Stale,
        Self::Records,
        Self::RecordIndex,
        Self::BlobBlocks,
        Self::BlobIndex,
    ];

    /// Its name on disk.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Headers => "headers",
            Self::Bodies => "bodies",
            Self::Numbers => "numbers",
            Self::Runtimes => "runtimes",
            Self::Commits => "commits",
            Self::Validators => "validators",
            Self::Undecided => "undecided",
            Self::State => "state",
            Self::Events => "events",
            Self::Undo => "undo",
            Self::Changed => "changed",
            Self::Touched => "touched",
            Self::Nodes => "nodes",
            Self::Stale => "stale",
            Self::Records => "records",
            Self::RecordIndex => "record index",
            Self::BlobBlocks => "blob blocks",
            Self::BlobIndex => "blob index",
        }
    }
}

/// One change of a batch: family, key, and the value or `None` to delete.
pub type Operation<'a> = (Family, &'a [u8], Option<&'a [u8]>);

/// Changes that are made together. A later change of a key wins over an earlier one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// All keys and values, one after the other.
    bytes: Vec<u8>,
    operations: Vec<Lengths>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Lengths {
    family: Family,
    key: usize,
    value: Option<usize>,
}

impl Batch {
    /// A batch that changes nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets the changes and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.operations.clear();
    }

    /// Bytes of all keys and values.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Puts a value under a key.
    pub fn put(&mut self, family: Family, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        self.put_parts(family, key, &[value.as_ref()]);
    }

    /// Puts a value that is in parts under a key.
    pub fn put_parts(&mut self, family: Family, key: impl AsRef<[u8]>, value: &[&[u8]]) {
        let key = key.as_ref();
        self.bytes.extend_from_slice(key);
        value.iter().for_each(|part| self.bytes.extend_from_slice(part));
        let length = value.iter().map(|part| part.len()).sum();
        self.operations.push(Lengths { family, key: key.len(), value: Some(length) });
    }

    /// Deletes a key, there or not.
    pub fn delete(&mut self, family: Family, key: impl AsRef<[u8]>) {
        let key = key.as_ref();
        self.bytes.extend_from_slice(key);
        self.operations.push(Lengths { family, key: key.len(), value: None });
    }

    /// The changes in the order in which they were added.
    pub fn operations(&self) -> impl Iterator<Item = Operation<'_>> {
        let mut rest = self.bytes.as_slice();
        self.operations.iter().map(move |lengths| {
            let (key, after) = rest.split_at(lengths.key);
            let (value, after) = after.split_at(lengths.value.unwrap_or(0));
            rest = after;
            (lengths.family, key, lengths.value.map(|_| value))
        })
    }
}

/// One key and its value.
pub type KeyValue = (Vec<u8>, Vec<u8>);

/// A place among the keys of a family. It sees the family as it was when the cursor was made.
pub trait Cursor {
    /// Goes to the first key at or after `key`.
    fn seek(&mut self, key: &[u8]) -> Result<Option<KeyValue>, StorageError>;

    /// Goes to the last key at or before `key`.
    fn seek_back(&mut self, key: &[u8]) -> Result<Option<KeyValue>, StorageError>;

    /// Goes to the key after the one it is at; `None` past the last, or before any seek.
    fn next(&mut self) -> Result<Option<KeyValue>, StorageError>;
}

/// Reading from a store or from a snapshot of it.
pub trait Reads: Send + Sync {
    /// The value under a key.
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError>;

    /// The values under keys that are given in their order; cheaper than one at a time.
    fn get_many(&self, family: Family, keys: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, StorageError> {
        keys.iter().map(|key| self.get(family, key)).collect()
    }

    /// A cursor over a family.
    fn cursor(&self, family: Family) -> Box<dyn Cursor + '_>;

    /// The keys from `from` on, in order, with their values.
    fn iterate(&self, family: Family, from: &[u8]) -> Entries<'_> {
        Entries { cursor: self.cursor(family), start: Some(from.to_vec()), done: false }
    }

    /// The last key at or before `key`, with its value.
    fn last_at(&self, family: Family, key: &[u8]) -> Result<Option<KeyValue>, StorageError> {
        self.cursor(family).seek_back(key)
    }
}

/// Keys and values of a family in order. It ends at the first error.
pub struct Entries<'a> {
    cursor: Box<dyn Cursor + 'a>,
    start: Option<Vec<u8>>,
    done: bool,
}

impl Iterator for Entries<'_> {
    type Item = Result<KeyValue, StorageError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let found = match self.start.take() {
            Some(start) => self.cursor.seek(&start),
            None => self.cursor.next(),
        };
        self.done = !matches!(found, Ok(Some(_)));
        found.transpose()
    }
}

/// A store: reads, atomic writes and snapshots.
pub trait OrderedStore: Reads + 'static {
    /// The store as it was at one moment. It keeps what it sees alive, so it should not outlive its use by long.
    type Snapshot: Reads + 'static;

    /// Writes a batch whole or not at all. With `sync` it is durable when this returns; without, a crash may lose it, and
    /// then every batch written after it.
    ///
    /// # Errors
    /// After an error nobody knows whether the batch is stored; the store answers [`StorageError::Poisoned`] from then on.
    fn write(&self, batch: &Batch, sync: bool) -> Result<(), StorageError>;

    /// Makes durable all that is written when this is called.
    ///
    /// # Errors
    /// As [`Self::write`].
    fn sync(&self) -> Result<(), StorageError>;

    /// The store as it is now.
    ///
    /// # Errors
    /// When the store is poisoned.
    fn snapshot(&self) -> Result<Self::Snapshot, StorageError>;
}
