//! Making the index of a store that was written without parts of it.

use super::index::put_index;
use crate::{
    blocks::decode,
    layout::RecordKey,
    ordered_store::{Batch, Family, OrderedStore, Reads},
    records::Anchored,
    StorageError,
};
use icn_dag::{Cid, Node};
use std::collections::BTreeMap;

/// Bytes of the changes that are written together.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// Indexes the records that are here and wait or are final, and says which final ones are here. It may be done again. Nothing is durable
/// until something is written durably.
pub(crate) fn index_anew<S: OrderedStore>(store: &S) -> Result<(), StorageError> {
    let seen = store.snapshot()?;
    let mut batch = Batch::new();
    for entry in seen.iterate(Family::Records, &[]) {
        // What is no record is found by the check.
        let Some(node) = Node::decode(&entry?.1).ok() else { continue };
        let has = |key: RecordKey<'_>| Ok::<_, StorageError>(seen.get(Family::RecordIndex, &key.to_bytes())?.is_some());
        if has(RecordKey::Waiting(node.cid()))? || has(RecordKey::Anchored(node.cid()))? {
            put_index(&seen, &mut batch, (&node).into(), &BTreeMap::new())?;
        }
        write_large(store, &mut batch)?;
    }
    for entry in seen.iterate(Family::RecordIndex, &RecordKey::ANCHORED_PREFIX) {
        let (key, value) = entry?;
        if !key.starts_with(&RecordKey::ANCHORED_PREFIX) {
            break;
        }
        let Anchored { epoch, .. } = decode(Family::RecordIndex, &key, &value)?;
        let Some(cid): Option<Cid> = RecordKey::cid_at_end(&key) else { continue };
        let by_epoch = match seen.get(Family::Records, cid.as_bytes())? {
            Some(_) => RecordKey::Kept { epoch, cid },
            None => RecordKey::Lacking { epoch, cid },
        };
        batch.put(Family::RecordIndex, by_epoch.to_bytes(), []);
        write_large(store, &mut batch)?;
    }
    store.write(&batch, false)
}

fn write_large<S: OrderedStore>(store: &S, batch: &mut Batch) -> Result<(), StorageError> {
    if batch.size() < BATCH_BYTES {
        return Ok(());
    }
    store.write(batch, false)?;
    batch.clear();
    Ok(())
}
