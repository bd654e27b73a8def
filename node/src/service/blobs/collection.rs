//! Which blobs something needs, and removing the others.

use super::Blobs;
use icn_dag::{Cid, Moment};
use icn_rpc::backend::{BlobCollection, BlobRefusal, ReadError};
use icn_storage::{layout::Account, OrderedStore, StorageError};

/// Blobs that are looked at together.
const PAGE: usize = 256;

impl<S: OrderedStore> Blobs<S> {
    /// Removes the blobs that nothing has needed for the grace period, and notes since when nothing needs the others.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    // SPEC-BLOB-14
    pub fn collect(&self) -> Result<BlobCollection, BlobRefusal> {
        let (mut collection, mut after) = (BlobCollection::default(), None);
        loop {
            let page = self.chain.read(self.chain.store.blobs().list(after.as_ref(), PAGE))?;
            let Some((last, _)) = page.last() else { break };
            after = Some(*last);
            for (root, info) in page {
                if self.collect_one(&root)? {
                    collection.removed += 1;
                    collection.bytes += info.size;
                } else {
                    collection.kept += 1;
                }
            }
        }
        if collection.removed > 0 {
            tracing::info!(
                removed = collection.removed,
                bytes = collection.bytes,
                "blobs that nothing needs are removed"
            );
        }
        Ok(collection)
    }

    /// Removes a blob if nothing has needed it for the grace period; whether it is gone.
    fn collect_one(&self, root: &Cid) -> Result<bool, ReadError> {
        let _needs = self.needs.lock();
        let now = self.now();
        let store = self.chain.store.blobs();
        let Some(info) = self.chain.read(store.info(root))? else { return Ok(false) };
        if self.is_needed(root, now)? {
            if info.idle_since.is_some() {
                self.chain.read(store.note_idle(root, None))?;
            }
            return Ok(false);
        }
        let Some(since) = info.idle_since else {
            self.chain.read(store.note_idle(root, Some(now)))?;
            return match self.settings.grace_ms {
                0 => self.remove(root),
                _ => Ok(false),
            };
        };
        if now.saturating_sub(since) < self.settings.grace_ms {
            return Ok(false);
        }
        self.remove(root)
    }

    /// Removes a blob; whether that could be done.
    fn remove(&self, root: &Cid) -> Result<bool, ReadError> {
        match self.chain.store.blobs().remove(root) {
            Err(StorageError::Blob(error)) => {
                tracing::error!(%root, %error, "a blob cannot be removed, because it is corrupt: put it again");
                Ok(false)
            }
            removed => self.chain.read(removed),
        }
    }

    /// Whether a pin holds, or a record links to it.
    // SPEC-BLOB-13
    fn is_needed(&self, root: &Cid, now: Moment) -> Result<bool, ReadError> {
        let pins = self.chain.read(self.chain.store.blobs().pins(root))?;
        if pins.iter().any(|pin| pin.holds(now)) {
            return Ok(true);
        }
        Ok(!self.chain.read(self.chain.store.records().linking_to(root, 1))?.is_empty())
    }

    /// Removes fetched blobs that nothing needs, the oldest first, until an account has room for so many bytes beside those that are
    /// `reserved`; whether it has.
    pub(super) fn make_room(&self, account: Account<'_>, bytes: u64, reserved: u64) -> Result<bool, ReadError> {
        let has_room = || Ok::<_, ReadError>(self.left(account)?.saturating_sub(reserved) >= bytes);
        if has_room()? {
            return Ok(true);
        }
        let (mut fetched, mut after) = (Vec::new(), None);
        loop {
            let page = self.chain.read(self.chain.store.blobs().list(after.as_ref(), PAGE))?;
            let Some((last, _)) = page.last() else { break };
            after = Some(*last);
            for (root, info) in page {
                if !self.chain.read(self.chain.store.blobs().is_held(&root))? {
                    fetched.push((info.put, root));
                }
            }
        }
        fetched.sort_unstable();
        for (_, root) in fetched {
            let _needs = self.needs.lock();
            let is_nobodys = !self.chain.read(self.chain.store.blobs().is_held(&root))?;
            if is_nobodys && !self.is_needed(&root, self.now())? && self.remove(&root)? && has_room()? {
                return Ok(true);
            }
        }
        has_room()
    }
}
