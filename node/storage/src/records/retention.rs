//! Which final records are here, by epoch: what is old may go, and what is lacking can be asked for.

use super::{links::link_keys, Records};
use crate::{
    history::undecodable,
    layout::RecordKey,
    ordered_store::{Family, OrderedStore, Reads},
    StorageError,
};
use icn_dag::{Cid, Epoch, Node};
use std::ops::Bound;

impl<S: OrderedStore> Records<'_, S> {
    /// Removes the bytes of final records that are here and of epochs before `before`, at most `limit`, the oldest first; how many were
    /// removed. That they are final, what they follow and where they are listed stays; the blobs that they name are no longer needed for them.
    ///
    /// # Errors
    /// After an error of the store the process must end.
    pub fn prune(&self, before: Epoch, limit: usize) -> Result<usize, StorageError> {
        let mut batch = self.0.committing.lock();
        batch.clear();
        let mut count = 0;
        for entry in by_epoch(self.reads(), &RecordKey::KEPT_PREFIX, Bound::Unbounded).take(limit) {
            let (epoch, cid) = entry?;
            if epoch >= before {
                break;
            }
            // A blob is no longer needed for a record that is not here.
            let node = self.get(&cid)?.and_then(|bytes| Node::decode(&bytes).ok());
            let node = node.ok_or_else(|| undecodable(Family::Records, cid.as_bytes()))?;
            link_keys(&node).for_each(|key| batch.delete(Family::RecordIndex, key));
            batch.delete(Family::Records, cid.as_bytes());
            batch.delete(Family::RecordIndex, RecordKey::Kept { epoch, cid }.to_bytes());
            count += 1;
        }
        if count > 0 {
            self.0.store().write(&batch, false)?;
        }
        Ok(count)
    }

    /// Final records that are not here, of the epoch `from` and later, by epoch and CID, behind `after`, at most `limit`.
    ///
    /// # Errors
    /// Those of the store.
    pub fn lacking(
        &self,
        from: Epoch,
        after: Option<(Epoch, Cid)>,
        limit: usize,
    ) -> Result<Vec<(Epoch, Cid)>, StorageError> {
        let start = match after.filter(|(epoch, _)| *epoch >= from) {
            Some((epoch, cid)) => Bound::Excluded(RecordKey::Lacking { epoch, cid }.to_bytes()),
            None => Bound::Included([&RecordKey::LACKING_PREFIX[..], &from.to_be_bytes()].concat()),
        };
        by_epoch(self.reads(), &RecordKey::LACKING_PREFIX, start).take(limit).collect()
    }

    /// How many final records of the epoch `from` and later are not here, counted up to `max`.
    ///
    /// # Errors
    /// Those of the store.
    pub fn count_lacking(&self, from: Epoch, max: usize) -> Result<usize, StorageError> {
        let start = Bound::Included([&RecordKey::LACKING_PREFIX[..], &from.to_be_bytes()].concat());
        by_epoch(self.reads(), &RecordKey::LACKING_PREFIX, start)
            .take(max)
            .try_fold(0, |count, entry| entry.map(|_| count + 1))
    }
}

fn by_epoch<'a>(
    reads: &'a (impl Reads + ?Sized),
    prefix: &'a [u8],
    start: Bound<Vec<u8>>,
) -> impl Iterator<Item = Result<(Epoch, Cid), StorageError>> + 'a {
    let (from, excluded) = match start {
        Bound::Unbounded => (prefix.to_vec(), None),
        Bound::Included(key) => (key, None),
        Bound::Excluded(key) => (key.clone(), Some(key)),
    };
    let keys = reads.iterate(Family::RecordIndex, &from).map(|entry| entry.map(|(key, _)| key));
    keys.take_while(move |key| key.as_ref().map_or(true, |key| key.starts_with(prefix)))
        .filter(move |key| key.as_ref().map_or(true, |key| Some(key) != excluded.as_ref()))
        .filter_map(|key| key.map(|key| RecordKey::by_epoch_of(&key)).transpose())
}
