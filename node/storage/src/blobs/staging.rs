//! Putting a blob: its blocks one by one, then the blob.

use super::{
    index::{put_info, put_wanted_again},
    BlobInfo, Blobs,
};
use crate::{
    layout::{Account, BlobKey},
    ordered_store::{Batch, Family, OrderedStore},
    StorageError,
};
use codec::Encode;
use icn_blob::{Block, Root};
use icn_dag::{Cid, Did, Moment};
use std::{collections::BTreeSet, sync::atomic::Ordering};

/// Marks of interrupted puts that are removed at once.
const COLLECTED_AT_ONCE: usize = 4096;

/// A blob that is being put. Dropping it without [`Blobs::abandon`] leaves its blocks until the next start.
#[derive(Debug)]
pub struct Staging {
    id: u64,
    blocks: BTreeSet<Cid>,
}

impl<S: OrderedStore> Blobs<'_, S> {
    /// Begins to put a blob.
    pub fn begin(&self) -> Staging {
        Staging { id: self.0.stagings.fetch_add(1, Ordering::Relaxed), blocks: BTreeSet::new() }
    }

    /// Stores a block. It is not durable yet, and nobody else sees it.
    ///
    /// # Errors
    /// After an error of the store the process must end.
    pub fn stage(&self, staging: &mut Staging, block: &Block) -> Result<(), StorageError> {
        let cid = block.cid();
        if staging.blocks.contains(&cid) {
            return Ok(());
        }
        let _still = self.0.blobs.lock();
        let mut batch = Batch::new();
        // What is there and is wrong is mended.
        if self.reads().get(Family::BlobBlocks, cid.as_bytes())?.as_deref() != Some(block.bytes()) {
            batch.put(Family::BlobBlocks, cid.as_bytes(), block.bytes());
        }
        batch.put(Family::BlobIndex, BlobKey::Staged { block: cid, staging: staging.id }.to_bytes(), []);
        self.0.store().write(&batch, false)?;
        staging.blocks.insert(cid);
        Ok(())
    }

    /// Makes a blob out of what was staged, for an owner, or for nobody when it was fetched. All of it is durable when this returns, and
    /// none of it is here before. Whether it is news that the blob is here; one that was here has its whole grace period again.
    ///
    /// The caller has made sure that the blocks are those of the tree under this root.
    ///
    /// # Errors
    /// After an error of the store the process must end.
    pub fn finish(
        &self,
        staging: &Staging,
        root: &Root,
        owner: Option<&Did>,
        now: Moment,
    ) -> Result<bool, StorageError> {
        let _still = self.0.blobs.lock();
        let mut batch = Batch::new();
        let before = self.info(&root.cid)?;
        let news = before.is_none();
        for block in &staging.blocks {
            batch.delete(Family::BlobIndex, BlobKey::Staged { block: *block, staging: staging.id }.to_bytes());
            if news {
                let count = self.count(block)?.saturating_add(1);
                batch.put(Family::BlobIndex, BlobKey::Count(*block).to_bytes(), count.encode());
            }
        }
        if news {
            put_info(&mut batch, &root.cid, &BlobInfo { size: root.size, put: now, idle_since: Some(now) });
            self.charge(&mut batch, Account::All, |used| used.saturating_add(root.size))?;
        }
        if let Some(info) = before {
            put_wanted_again(&mut batch, &root.cid, info, now);
        }
        match owner {
            Some(owner) => {
                self.put_holder(&mut batch, &root.cid, root.size, owner, now, news)?;
            }
            None if news => self.charge(&mut batch, Account::Nobody, |used| used.saturating_add(root.size))?,
            None => {}
        }
        self.0.store().write(&batch, true)?;
        Ok(news)
    }

    /// Forgets what was staged.
    ///
    /// # Errors
    /// After an error of the store the process must end.
    pub fn abandon(&self, staging: &Staging) -> Result<(), StorageError> {
        let _still = self.0.blobs.lock();
        let marks = staging.blocks.iter().map(|block| (*block, staging.id)).collect();
        self.unstage(&marks)
    }

    /// Forgets all that was staged before a restart: no put survives one. How many blocks had been staged.
    ///
    /// # Errors
    /// After an error of the store the process must end.
    pub fn collect_interrupted(&self) -> Result<u64, StorageError> {
        let _still = self.0.blobs.lock();
        let mut collected = 0;
        loop {
            let marks = self.marks(&BlobKey::STAGED_PREFIX, COLLECTED_AT_ONCE)?;
            if marks.is_empty() {
                return Ok(collected);
            }
            collected += marks.len() as u64;
            self.unstage(&marks)?;
        }
    }

    /// Blocks that belong to what is being put, and to which.
    fn marks(&self, prefix: &[u8], limit: usize) -> Result<BTreeSet<(Cid, u64)>, StorageError> {
        let mut marks = BTreeSet::new();
        for entry in self.reads().iterate(Family::BlobIndex, prefix).take(limit) {
            let (key, _) = entry?;
            if !key.starts_with(prefix) {
                break;
            }
            let staging = key.last_chunk().map(|bytes| u64::from_be_bytes(*bytes));
            let mark = BlobKey::cid_of(&key).zip(staging);
            marks.insert(mark.ok_or(StorageError::Undecodable { family: Family::BlobIndex, key })?);
        }
        Ok(marks)
    }

    /// Removes marks, and the blocks that neither a blob nor another put has.
    fn unstage(&self, marks: &BTreeSet<(Cid, u64)>) -> Result<(), StorageError> {
        let mut batch = Batch::new();
        for (block, staging) in marks {
            batch.delete(Family::BlobIndex, BlobKey::Staged { block: *block, staging: *staging }.to_bytes());
            let others = self.marks(&BlobKey::staged_prefix(block), usize::MAX)?;
            if others.is_subset(marks) && self.count(block)? == 0 {
                batch.delete(Family::BlobBlocks, block.as_bytes());
            }
        }
        self.0.store().write(&batch, false)
    }
}
