//! A snapshot that remembers the values it has read.
//!
//! A block reads most of what it writes, and pool and execution read the same accounts; the tree asks for the old values
//! once more. Since a snapshot never changes, what is remembered is never stale; it goes with the snapshot.

use crate::{
    ordered_store::{Cursor, Family, Reads},
    StorageError,
};
use quick_cache::{sync::Cache, Weighter};
use std::sync::Arc;

/// Memory for what one snapshot remembers, in bytes.
const CACHE_BYTES: u64 = 16 * 1024 * 1024;

/// Records larger than this many bytes are not remembered.
const RECORD_BYTES_MAX: usize = 16 * 1024;

type Record = Option<Arc<[u8]>>;

/// A snapshot, with the `state` records read from it so far.
pub(crate) struct Remembering<R> {
    snapshot: R,
    records: Cache<Box<[u8]>, Record, RecordWeight>,
}

#[derive(Clone)]
struct RecordWeight;

impl Weighter<Box<[u8]>, Record> for RecordWeight {
    fn weight(&self, key: &Box<[u8]>, record: &Record) -> u64 {
        (key.len() + record.as_ref().map_or(0, |record| record.len()) + 96) as u64
    }
}

impl<R: Reads> Remembering<R> {
    pub(crate) fn new(snapshot: R) -> Self {
        Self { snapshot, records: Cache::with_weighter(1024, CACHE_BYTES, RecordWeight) }
    }

    fn remember(&self, key: &[u8], record: Option<&[u8]>) {
        if record.map_or(0, <[u8]>::len) <= RECORD_BYTES_MAX {
            self.records.insert(key.into(), record.map(Into::into));
        }
    }
}

impl<R: Reads> Reads for Remembering<R> {
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        if family != Family::State {
            return self.snapshot.get(family, key);
        }
        if let Some(record) = self.records.get(key) {
            return Ok(record.map(|record| record.to_vec()));
        }
        let record = self.snapshot.get(family, key)?;
        self.remember(key, record.as_deref());
        Ok(record)
    }

    fn get_many(&self, family: Family, keys: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, StorageError> {
        if family != Family::State || self.records.is_empty() {
            return self.snapshot.get_many(family, keys);
        }
        let known: Vec<Option<Record>> = keys.iter().map(|key| self.records.get(*key)).collect();
        let unknown: Vec<&[u8]> =
            keys.iter().zip(&known).filter(|(_, known)| known.is_none()).map(|(key, _)| *key).collect();
        let mut read = self.snapshot.get_many(family, &unknown)?.into_iter();
        let records = known.into_iter().map(|known| match known {
            Some(record) => record.map(|record| record.to_vec()),
            None => read.next().flatten(),
        });
        Ok(records.collect())
    }

    fn cursor(&self, family: Family) -> Box<dyn Cursor + '_> {
        self.snapshot.cursor(family)
    }
}
