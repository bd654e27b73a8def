//! The batch that a decided block becomes, and what leaves the history with it.

use crate::{
    blocks::Blocks,
    history::undecodable,
    layout::{
        changed_of, changed_record, cut, height_key, height_of, stale_of, stale_record, touched_key, touched_of,
        undo_key, undo_key_to, EVENTS_KEY, TOUCHED_LENGTHS,
    },
    node::NodeKey,
    ordered_store::{Batch, Family, Reads},
    tree::{Before, TreeUpdate},
    StorageError,
};
use icn_primitives::{BlockNumber, Changes};
use std::collections::BTreeSet;

/// How much history is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Everything.
    All,
    /// The head and this many blocks before it, at least one.
    Blocks(u32),
    /// The blocks not older than this many milliseconds of chain time before the head, and at least one before it.
    For(u64),
}

/// Most heights that leave the history in one commit, so that a shorter history does not make one commit long.
const PRUNED_HEIGHTS_MAX: u32 = 64;

/// Adds a block's changes of the state to a batch. `update` holds one record for each change.
pub(crate) fn put_state(batch: &mut Batch, height: BlockNumber, changes: &Changes, before: Vec<Before>) {
    let mut changed = Vec::with_capacity(changes.len());
    let mut undo = Vec::with_capacity(128);
    for ((key, value), before) in changes.iter().zip(before) {
        let Before::Record(record) = before else { continue };
        changed.push(key.as_slice());
        if key.as_slice() == EVENTS_KEY {
            put_optional(batch, Family::Events, &height_key(height), value.as_deref());
            continue;
        }
        undo.clear();
        undo_key_to(&mut undo, key, height);
        put_optional(batch, Family::Undo, &undo, record.as_deref());
        match value {
            Some(value) => batch.put_parts(Family::State, key, &[&height_key(height), value]),
            None => batch.delete(Family::State, key),
        }
    }
    put_changed(batch, height, &changed);
}

/// Adds a value that may be absent: `00`, or `01` and the value.
pub(crate) fn put_optional(batch: &mut Batch, family: Family, key: &[u8], value: Option<&[u8]>) {
    match value {
        Some(value) => batch.put_parts(family, key, &[&[1], value]),
        None => batch.put(family, key, [0]),
    }
}

/// Adds what says which keys changed.
pub(crate) fn put_changed(batch: &mut Batch, height: BlockNumber, keys: &[&[u8]]) {
    batch.put(Family::Changed, height_key(height), changed_record(keys.iter().copied()));
    put_touched(batch, height, keys);
}

/// Adds the prefixes under which something changed.
pub(crate) fn put_touched(batch: &mut Batch, height: BlockNumber, keys: &[&[u8]]) {
    for (length, prefix) in prefixes(keys.iter().copied()) {
        batch.put(Family::Touched, touched_key(length, prefix, height), []);
    }
}

/// The indexed prefixes of sorted keys.
pub(crate) fn prefixes<'a>(keys: impl Iterator<Item = &'a [u8]> + Clone) -> impl Iterator<Item = (usize, &'a [u8])> {
    TOUCHED_LENGTHS.into_iter().flat_map(move |length| {
        let mut last = None;
        keys.clone().map(move |key| cut(key, length)).filter_map(move |prefix| {
            let new = last.replace(prefix) != Some(prefix);
            new.then_some((length, prefix))
        })
    })
}

/// Adds the tree's nodes to a batch.
pub(crate) fn put_tree(batch: &mut Batch, update: &TreeUpdate) {
    let mut bytes = Vec::with_capacity(640);
    for (key, node) in &update.nodes {
        bytes.clear();
        node.encode_to(&mut bytes);
        batch.put(Family::Nodes, key.encode(), &bytes);
    }
    if !update.stale.is_empty() {
        let keys: Vec<_> = update.stale.iter().map(NodeKey::encode).collect();
        let record = stale_record(keys.iter().map(AsRef::as_ref));
        batch.put(Family::Stale, height_key(update.version), record);
    }
}

/// Reads a store to find what leaves the history.
pub(crate) struct Pruner<'a, R: ?Sized> {
    pub(crate) reads: &'a R,
    /// Height and time of the block that is being committed.
    pub(crate) head: (BlockNumber, u64),
}

impl<R: Reads + ?Sized> Pruner<'_, R> {
    /// The oldest height to keep once the head is committed. It is below the head and not above what one commit may prune.
    pub(crate) fn oldest(&self, keep: Keep, oldest: BlockNumber) -> Result<BlockNumber, StorageError> {
        let (head, time) = self.head;
        let most = head.saturating_sub(1).min(oldest.saturating_add(PRUNED_HEIGHTS_MAX));
        let target = match keep {
            Keep::All => oldest,
            Keep::Blocks(blocks) => head.saturating_sub(blocks),
            Keep::For(age) => {
                let mut target = oldest;
                // A state stands until the next block's time: genesis, whose time is 0, until the first block's.
                while target < most && self.time(target + 1)?.saturating_add(age) < time {
                    target += 1;
                }
                target
            }
        };
        Ok(target.min(most).max(oldest))
    }

    fn time(&self, number: BlockNumber) -> Result<u64, StorageError> {
        Ok(Blocks(self.reads).known_headers(number)?.tendermint.time)
    }

    /// Adds to a batch the removal of what only states below `height` need; `height` becomes the oldest.
    pub(crate) fn prune_state(&self, batch: &mut Batch, height: BlockNumber) -> Result<(), StorageError> {
        let key = height_key(height);
        if let Some(record) = self.reads.get(Family::Changed, &key)? {
            let keys = changed_of(&record).ok_or_else(|| undecodable(Family::Changed, &key))?;
            self.prune_changes(batch, height, &keys)?;
            batch.delete(Family::Changed, key);
        }
        if let Some(record) = self.reads.get(Family::Stale, &key)? {
            let nodes = stale_of(&record).ok_or_else(|| undecodable(Family::Stale, &key))?;
            nodes.into_iter().for_each(|node| batch.delete(Family::Nodes, node));
            batch.delete(Family::Stale, key);
        }
        Ok(())
    }

    fn prune_changes(&self, batch: &mut Batch, height: BlockNumber, keys: &[Vec<u8>]) -> Result<(), StorageError> {
        for key in keys {
            if key.as_slice() == EVENTS_KEY {
                self.prune_events(batch, height)?;
            } else {
                batch.delete(Family::Undo, undo_key(key, height));
            }
        }
        self.prune_touched(batch, height, keys)
    }

    /// `System.Events` changed at `height`, so the record before it is needed no more.
    fn prune_events(&self, batch: &mut Batch, height: BlockNumber) -> Result<(), StorageError> {
        let Some(before) = height.checked_sub(1) else { return Ok(()) };
        if let Some((key, _)) = self.reads.last_at(Family::Events, &height_key(before))? {
            batch.delete(Family::Events, key);
        }
        Ok(())
    }

    /// The last change of a prefix is kept however old; the one before a change that leaves the history is not.
    fn prune_touched(&self, batch: &mut Batch, height: BlockNumber, keys: &[Vec<u8>]) -> Result<(), StorageError> {
        let Some(before) = height.checked_sub(1) else { return Ok(()) };
        let mut cursor = self.reads.cursor(Family::Touched);
        let distinct: BTreeSet<_> = prefixes(keys.iter().map(Vec::as_slice)).collect();
        for (length, prefix) in distinct {
            let from = touched_key(length, prefix, before);
            let Some((key, _)) = cursor.seek(&from)? else { continue };
            let (found, _) = touched_of(&key).ok_or_else(|| undecodable(Family::Touched, &key))?;
            if usize::from(key[0]) == length && found == prefix {
                batch.delete(Family::Touched, key);
            }
        }
        Ok(())
    }

    /// Adds to a batch the removal of the bodies and commits below `oldest`.
    pub(crate) fn prune_bodies(&self, batch: &mut Batch, from: BlockNumber, oldest: BlockNumber) {
        for number in from..oldest {
            batch.delete(Family::Bodies, height_key(number));
            batch.delete(Family::Commits, height_key(number));
        }
    }
}

/// Reads a height from a key of `changed`.
pub(crate) fn changed_height(key: &[u8]) -> Result<BlockNumber, StorageError> {
    height_of(key).ok_or_else(|| undecodable(Family::Changed, key))
}
