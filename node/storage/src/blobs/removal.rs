//! Removing a blob, and the blocks that no other has.

use super::{index::any_under, Blobs, Stored};
use crate::{
    layout::{Account, BlobKey},
    ordered_store::{Batch, Family, OrderedStore, Reads},
    StorageError,
};
use codec::Encode;
use icn_blob::{shape, Inner};
use icn_dag::Cid;
use std::collections::BTreeSet;

/// The blocks of a blob, each once: what its inner nodes say.
///
/// # Errors
/// [`StorageError::Blob`] when an inner node is missing or corrupt.
pub(crate) fn blocks_of(reads: &(impl Reads + ?Sized), root: &Cid, size: u64) -> Result<BTreeSet<Cid>, StorageError> {
    let mut found = BTreeSet::from([*root]);
    let mut rest = vec![(*root, size, shape::height(size))];
    while let Some((cid, length, height)) = rest.pop() {
        if height == 0 {
            continue;
        }
        let bytes = icn_blob::Blocks::block(&Stored(reads), &cid)?.ok_or(icn_blob::BlobError::Missing(cid))?;
        for part in Inner::below(&cid, &bytes, length, height)?.parts() {
            if found.insert(part.cid) {
                rest.push((part.cid, part.length, height - 1));
            }
        }
    }
    Ok(found)
}

impl<S: OrderedStore> Blobs<'_, S> {
    /// Removes a blob with its pins, and frees what it was charged; whether it was here.
    ///
    /// # Errors
    /// [`StorageError::Blob`] when an inner node is corrupt: then nobody knows which blocks it has, and it stays. After an error of the
    /// store the process must end.
    pub fn remove(&self, root: &Cid) -> Result<bool, StorageError> {
        let _still = self.0.blobs.lock();
        let Some(info) = self.info(root)? else { return Ok(false) };
        let mut batch = Batch::new();
        for block in blocks_of(self.reads(), root, info.size)? {
            let key = BlobKey::Count(block).to_bytes();
            let left = self.count(&block)?.saturating_sub(1);
            if left > 0 {
                batch.put(Family::BlobIndex, key, left.encode());
                continue;
            }
            batch.delete(Family::BlobIndex, key);
            if !any_under(self.reads(), &BlobKey::staged_prefix(&block))? {
                batch.delete(Family::BlobBlocks, block.as_bytes());
            }
        }
        let holders = self.holders(root, usize::MAX)?;
        if holders.is_empty() {
            self.charge(&mut batch, Account::Nobody, |used| used.saturating_sub(info.size))?;
        }
        for held in &holders {
            batch.delete(Family::BlobIndex, BlobKey::Held { root: *root, owner: &held.owner }.to_bytes());
            self.charge(&mut batch, Account::Owner(&held.owner), |used| used.saturating_sub(info.size))?;
        }
        for pin in self.pins(root)? {
            batch.delete(Family::BlobIndex, BlobKey::Pinned { root: *root, owner: pin.owner.as_ref() }.to_bytes());
        }
        self.charge(&mut batch, Account::All, |used| used.saturating_sub(info.size))?;
        batch.delete(Family::BlobIndex, BlobKey::Blob(*root).to_bytes());
        self.0.store().write(&batch, true)?;
        Ok(true)
    }
}
