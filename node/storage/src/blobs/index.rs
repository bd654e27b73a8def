//! Changes of the index: holders, pins and what is charged to whom.

use super::{BlobInfo, Blobs, Held, Pin};
use crate::{
    blocks::decode,
    layout::{Account, BlobKey},
    ordered_store::{Batch, Family, OrderedStore, Reads},
    StorageError,
};
use codec::{Decode, Encode};
use icn_dag::{Cid, Did, Moment};

/// The values under the keys that start with `prefix`, at most `limit`.
pub(super) fn under<T: Decode>(reads: &impl Reads, prefix: &[u8], limit: usize) -> Result<Vec<T>, StorageError> {
    let mut found = Vec::new();
    for entry in reads.iterate(Family::BlobIndex, prefix).take(limit) {
        let (key, value) = entry?;
        if !key.starts_with(prefix) {
            break;
        }
        found.push(decode(Family::BlobIndex, &key, &value)?);
    }
    Ok(found)
}

/// Whether a key starts with `prefix`.
pub(super) fn any_under(reads: &impl Reads, prefix: &[u8]) -> Result<bool, StorageError> {
    let first = reads.iterate(Family::BlobIndex, prefix).next().transpose()?;
    Ok(first.is_some_and(|(key, _)| key.starts_with(prefix)))
}

/// Somebody puts a blob that is here: what nothing needed until now has its grace period once more.
pub(super) fn put_wanted_again(batch: &mut Batch, root: &Cid, info: BlobInfo, now: Moment) {
    put_info(batch, root, &BlobInfo { idle_since: info.idle_since.map(|_| now), ..info });
}

pub(super) fn put_info(batch: &mut Batch, root: &Cid, info: &BlobInfo) {
    batch.put(Family::BlobIndex, BlobKey::Blob(*root).to_bytes(), info.encode());
}

impl<S: OrderedStore> Blobs<'_, S> {
    /// Adds to an account, or takes from it.
    pub(super) fn charge(
        &self,
        batch: &mut Batch,
        account: Account<'_>,
        change: impl FnOnce(u64) -> u64,
    ) -> Result<(), StorageError> {
        let key = BlobKey::Used(account);
        match change(self.used(account)?) {
            0 => batch.delete(Family::BlobIndex, key.to_bytes()),
            used => batch.put(Family::BlobIndex, key.to_bytes(), used.encode()),
        }
        Ok(())
    }

    /// Charges an owner for a blob that is here, if it does not hold it yet; whether it does now for the first time. The blob has its whole
    /// grace period again.
    ///
    /// # Errors
    /// [`StorageError::Blob`] when the blob is not here. After an error of the store the process must end.
    pub fn hold(&self, root: &Cid, owner: &Did, now: Moment) -> Result<bool, StorageError> {
        let _still = self.0.blobs.lock();
        let info = self.info(root)?.ok_or(icn_blob::BlobError::Missing(*root))?;
        let mut batch = Batch::new();
        let news = self.put_holder(&mut batch, root, info.size, owner, now, false)?;
        put_wanted_again(&mut batch, root, info, now);
        self.0.store().write(&batch, true)?;
        Ok(news)
    }

    /// Adds a holder of a blob. Unless the blob is news, it may have been nobody's.
    pub(super) fn put_holder(
        &self,
        batch: &mut Batch,
        root: &Cid,
        size: u64,
        owner: &Did,
        now: Moment,
        news: bool,
    ) -> Result<bool, StorageError> {
        let key = BlobKey::Held { root: *root, owner }.to_bytes();
        if self.reads().get(Family::BlobIndex, &key)?.is_some() {
            return Ok(false);
        }
        if !news && !any_under(self.reads(), &BlobKey::held_prefix(root))? {
            self.charge(batch, Account::Nobody, |used| used.saturating_sub(size))?;
        }
        batch.put(Family::BlobIndex, key, Held { owner: owner.clone(), since: now }.encode());
        self.charge(batch, Account::Owner(owner), |used| used.saturating_add(size))?;
        Ok(true)
    }

    /// Pins a blob that is here, in place of an older pin of the same owner.
    ///
    /// # Errors
    /// [`StorageError::Blob`] when the blob is not here. After an error of the store the process must end.
    pub fn pin(&self, root: &Cid, pin: &Pin) -> Result<(), StorageError> {
        let _still = self.0.blobs.lock();
        let mut info = self.info(root)?.ok_or(icn_blob::BlobError::Missing(*root))?;
        let mut batch = Batch::new();
        let key = BlobKey::Pinned { root: *root, owner: pin.owner.as_ref() };
        batch.put(Family::BlobIndex, key.to_bytes(), pin.encode());
        info.idle_since = None;
        put_info(&mut batch, root, &info);
        self.0.store().write(&batch, true)
    }

    /// Takes a pin away; whether it was there. A blob that nothing else pins is idle from now on, as far as the index knows.
    ///
    /// # Errors
    /// After an error of the store the process must end.
    pub fn unpin(&self, root: &Cid, owner: Option<&Did>, now: Moment) -> Result<bool, StorageError> {
        let _still = self.0.blobs.lock();
        let key = BlobKey::Pinned { root: *root, owner }.to_bytes();
        if self.reads().get(Family::BlobIndex, &key)?.is_none() {
            return Ok(false);
        }
        let mut batch = Batch::new();
        batch.delete(Family::BlobIndex, key);
        let others = self.pins(root)?.iter().any(|pin| pin.owner.as_ref() != owner && pin.holds(now));
        if let Some(mut info) = self.info(root)?.filter(|_| !others) {
            info.idle_since = Some(now);
            put_info(&mut batch, root, &info);
        }
        self.0.store().write(&batch, true)?;
        Ok(true)
    }

    /// Notes since when nothing needs a blob, or that something does. A crash may lose the note.
    ///
    /// # Errors
    /// After an error of the store the process must end.
    pub fn note_idle(&self, root: &Cid, idle_since: Option<Moment>) -> Result<(), StorageError> {
        let _still = self.0.blobs.lock();
        let Some(info) = self.info(root)? else { return Ok(()) };
        let mut batch = Batch::new();
        put_info(&mut batch, root, &BlobInfo { idle_since, ..info });
        self.0.store().write(&batch, false)
    }
}
