//! States for reading: the head's, which also stages the next block, and older ones.

use crate::{
    history::View,
    layout::{state_of, EVENTS_KEY},
    ordered_store::{Family, OrderedStore, Reads},
    tree::{Before, NodeCache, Nodes, Stage, TreeUpdate, Write},
    value_cache::Remembering,
    Head, StorageError,
};
use icn_primitives::{state::Entry, BlockNumber, Changes, Hash, StateCommitment, StateError, StateView};
use std::{ops::Bound, sync::Arc};

/// The state after the block that was the head when this was made. It stays as it is while later blocks are committed, and
/// keeps what they overwrite on the disk, so it should not be held for ever.
pub struct LatestState<S: OrderedStore> {
    pub(crate) snapshot: Remembering<S::Snapshot>,
    pub(crate) head: Arc<Head>,
    pub(crate) cache: Arc<NodeCache>,
}

impl<S: OrderedStore> LatestState<S> {
    pub(crate) fn new(store: &S, head: Arc<Head>, cache: Arc<NodeCache>) -> Result<Self, StorageError> {
        Ok(Self { snapshot: Remembering::new(store.snapshot()?), head, cache })
    }

    /// The block whose state this is.
    pub fn head(&self) -> &Arc<Head> {
        &self.head
    }

    pub(crate) fn view(&self, number: BlockNumber) -> View<'_, Remembering<S::Snapshot>> {
        View { reads: &self.snapshot, head: self.head.number, number }
    }

    pub(crate) fn nodes(&self, remember: bool) -> Nodes<'_, Remembering<S::Snapshot>> {
        Nodes { reads: &self.snapshot, cache: &self.cache, remember }
    }

    /// As [`StateCommitment::stage`], with this crate's errors.
    ///
    /// # Errors
    /// When the store fails, or a key is empty.
    pub fn stage_update(&self, changes: &Changes) -> Result<TreeUpdate, StorageError> {
        if changes.contains_key(&[][..]) {
            return Err(StorageError::EmptyKey);
        }
        let keys: Vec<&[u8]> = changes.keys().map(Vec::as_slice).collect();
        let records = self.snapshot.get_many(Family::State, &keys)?;
        let mut before = Vec::with_capacity(keys.len());
        let mut writes = Vec::with_capacity(keys.len());
        for ((key, value), record) in changes.iter().zip(records) {
            let known = key.as_slice() != EVENTS_KEY;
            if known && same(record.as_deref(), value.as_deref()) {
                before.push(Before::Same);
                continue;
            }
            writes.push(Write::new(key, value.as_deref(), known.then_some(record.is_some())));
            before.push(Before::Record(record));
        }
        let version = self.head.number + 1;
        let (root, nodes, stale) = Stage::run(self.nodes(true), Some(self.head.number), version, writes)?;
        Ok(TreeUpdate { base: self.head.hash, version, root, nodes, stale, before })
    }
}

/// Whether a `state` record holds just this value.
fn same(record: Option<&[u8]>, value: Option<&[u8]>) -> bool {
    record.map(|record| record.get(4..).unwrap_or_default()) == value
}

impl<S: OrderedStore> StateView for LatestState<S> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        Ok(self.view(self.head.number).get(key)?)
    }

    fn entries<'a>(&'a self, from: Bound<&[u8]>) -> Box<dyn Iterator<Item = Result<Entry, StateError>> + 'a> {
        Box::new(self.view(self.head.number).entries(from))
    }
}

impl<S: OrderedStore> StateCommitment for LatestState<S> {
    type Update = TreeUpdate;

    fn stage(&self, changes: &Changes) -> Result<(Hash, TreeUpdate), StateError> {
        let update = self.stage_update(changes)?;
        Ok((update.root(), update))
    }
}

/// The state after an older block, seen from the head of its time: later pruning does not reach it.
pub(crate) struct PastState<S: OrderedStore> {
    pub(crate) latest: Arc<LatestState<S>>,
    pub(crate) number: BlockNumber,
}

impl<S: OrderedStore> StateView for PastState<S> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        Ok(self.latest.view(self.number).get(key)?)
    }

    fn entries<'a>(&'a self, from: Bound<&[u8]>) -> Box<dyn Iterator<Item = Result<Entry, StateError>> + 'a> {
        Box::new(self.latest.view(self.number).entries(from))
    }
}

/// Height of the last change in a `state` record.
pub(crate) fn changed_at(record: Vec<u8>) -> Option<BlockNumber> {
    state_of(record).map(|(height, _)| height)
}
