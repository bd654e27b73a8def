//! Blobs: their blocks, who holds and who pins them, and how many blobs have each block.
//!
//! ```text
//! begin -> stage (block by block) -> finish     the blob is here: one synced batch after all its blocks
//!                    '------------> abandon     nothing of it is here; after a crash, `collect_interrupted`
//! ```
//!
//! A block of a blob that is being put is *staged*: it is not counted, and nobody reads it. A block that several blobs have is stored
//! once, and goes with the last of them.
//!
//! Start with [`Blobs`]. Nothing here judges who may put a blob, or how much.

mod index;
mod info;
mod removal;
mod staging;

pub use info::{BlobInfo, Held, Pin, PIN_REASON_BYTES_MAX};
pub use staging::Staging;

pub(crate) use removal::blocks_of;

use crate::{
    blocks::decode,
    layout::{Account, BlobKey},
    ordered_store::{Family, OrderedStore, Reads},
    ChainStore, StorageError,
};
use codec::Decode;
use icn_blob::{block::verify, Blocks, ReadError, Reader};
use icn_dag::{Cid, Did};

/// The blobs of a node.
pub struct Blobs<'a, S: OrderedStore>(pub(crate) &'a ChainStore<S>);

impl<S: OrderedStore> Clone for Blobs<'_, S> {
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

impl<S: OrderedStore> ChainStore<S> {
    /// The blobs.
    pub fn blobs(&self) -> Blobs<'_, S> {
        Blobs(self)
    }
}

/// Blocks as they are on the disk; who reads verifies.
pub(crate) struct Stored<'a, R: ?Sized>(pub(crate) &'a R);

impl<R: Reads + ?Sized> Blocks for Stored<'_, R> {
    type Error = StorageError;

    fn block(&self, cid: &Cid) -> Result<Option<Vec<u8>>, StorageError> {
        self.0.get(Family::BlobBlocks, cid.as_bytes())
    }
}

impl From<ReadError<StorageError>> for StorageError {
    fn from(error: ReadError<StorageError>) -> Self {
        match error {
            ReadError::Blob(error) => error.into(),
            ReadError::Blocks(error) => error,
        }
    }
}

impl<'a, S: OrderedStore> Blobs<'a, S> {
    fn reads(&self) -> &'a S {
        self.0.store()
    }

    fn read<T: Decode>(&self, key: &BlobKey<'_>) -> Result<Option<T>, StorageError> {
        let key = key.to_bytes();
        let Some(bytes) = self.reads().get(Family::BlobIndex, &key)? else { return Ok(None) };
        decode(Family::BlobIndex, &key, &bytes).map(Some)
    }

    /// What is known of a blob; `None` when it is not here, whole.
    ///
    /// # Errors
    /// Those of the store.
    pub fn info(&self, root: &Cid) -> Result<Option<BlobInfo>, StorageError> {
        self.read(&BlobKey::Blob(*root))
    }

    /// Reads a blob that is here; each block is verified each time.
    ///
    /// # Errors
    /// [`StorageError::Blob`] when it is not here, or its root is corrupt.
    pub fn open(&self, root: &Cid) -> Result<Reader<impl Blocks<Error = StorageError> + 'a>, StorageError> {
        if self.info(root)?.is_none() {
            return Err(icn_blob::BlobError::Missing(*root).into());
        }
        Ok(Reader::open(Stored(self.reads()), *root)?)
    }

    /// A block of a blob that is here; `None` when no blob here has it.
    ///
    /// # Errors
    /// [`StorageError::Blob`] when its bytes are not what its name says.
    pub fn block(&self, cid: &Cid) -> Result<Option<Vec<u8>>, StorageError> {
        if self.count(cid)? == 0 {
            return Ok(None);
        }
        let bytes = self.reads().get(Family::BlobBlocks, cid.as_bytes())?;
        let bytes = bytes.ok_or(icn_blob::BlobError::Missing(*cid))?;
        verify(cid, &bytes)?;
        Ok(Some(bytes))
    }

    /// How many blobs here have a block.
    ///
    /// # Errors
    /// Those of the store.
    pub fn count(&self, block: &Cid) -> Result<u32, StorageError> {
        Ok(self.read(&BlobKey::Count(*block))?.unwrap_or(0))
    }

    /// Bytes that count on an account.
    ///
    /// # Errors
    /// Those of the store.
    pub fn used(&self, account: Account<'_>) -> Result<u64, StorageError> {
        Ok(self.read(&BlobKey::Used(account))?.unwrap_or(0))
    }

    /// The blobs here after `after`, by their CIDs, at most `limit`.
    ///
    /// # Errors
    /// Those of the store.
    pub fn list(&self, after: Option<&Cid>, limit: usize) -> Result<Vec<(Cid, BlobInfo)>, StorageError> {
        let from = after.map_or(BlobKey::BLOB_PREFIX.to_vec(), |after| {
            let mut key = BlobKey::Blob(*after).to_bytes();
            key.push(0);
            key
        });
        let mut found = Vec::new();
        for entry in self.reads().iterate(Family::BlobIndex, &from) {
            let (key, value) = entry?;
            let Some(root) = BlobKey::cid_of(&key).filter(|_| key.starts_with(&BlobKey::BLOB_PREFIX)) else { break };
            if found.len() >= limit {
                break;
            }
            found.push((root, decode(Family::BlobIndex, &key, &value)?));
        }
        Ok(found)
    }

    /// Who holds a blob, at most `limit`, in no order that means anything.
    ///
    /// # Errors
    /// Those of the store.
    pub fn holders(&self, root: &Cid, limit: usize) -> Result<Vec<Held>, StorageError> {
        index::under(self.reads(), &BlobKey::held_prefix(root), limit)
    }

    /// Whether an owner holds a blob.
    ///
    /// # Errors
    /// Those of the store.
    pub fn is_held_by(&self, root: &Cid, owner: &Did) -> Result<bool, StorageError> {
        let key = BlobKey::Held { root: *root, owner }.to_bytes();
        Ok(self.reads().get(Family::BlobIndex, &key)?.is_some())
    }

    /// Whether any owner holds a blob.
    ///
    /// # Errors
    /// Those of the store.
    pub fn is_held(&self, root: &Cid) -> Result<bool, StorageError> {
        index::any_under(self.reads(), &BlobKey::held_prefix(root))
    }

    /// Who pins a blob.
    ///
    /// # Errors
    /// Those of the store.
    pub fn pins(&self, root: &Cid) -> Result<Vec<Pin>, StorageError> {
        index::under(self.reads(), &BlobKey::pinned_prefix(root), usize::MAX)
    }
}
