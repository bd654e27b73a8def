//! When anything under a prefix last changed.
//!
//! For prefixes of up to 32 bytes, a pallet or a storage item of it, an index holds the heights of changes; the last of each
//! prefix stays however old it is. Below an item two searches take turns until one of them ends: through the keys that
//! changed under the prefix, and through the blocks that changed the item, latest first. So the work is bounded by
//! the smaller of the two.
//!
//! A change below an item that is older than the history is known only from what it left: the latest of the first
//! [`OLD_KEYS_MAX`] keys under the prefix. The answer stays the same while nothing changes.

use crate::{
    commit::changed_height,
    history::{undecodable, View},
    layout::{
        changed_of, cut, escape, escape_prefix, height_key, optional_of, touched_key, touched_of, undo_key, undo_of,
        TOUCHED_LENGTHS,
    },
    ordered_store::{Cursor, Family, Reads},
    state::changed_at,
    StorageError,
};
use icn_primitives::BlockNumber;
use std::ops::Bound;

/// How many keys are looked at for a change older than the history.
pub const OLD_KEYS_MAX: usize = 1024;

/// Looks for the last change up to the view's height.
pub(crate) struct LastChange<'a, R: ?Sized> {
    pub(crate) view: View<'a, R>,
    pub(crate) oldest: BlockNumber,
}

type Found = Result<Option<BlockNumber>, StorageError>;

impl<R: Reads + ?Sized> LastChange<'_, R> {
    pub(crate) fn under(&self, prefix: &[u8]) -> Found {
        let indexed = TOUCHED_LENGTHS.into_iter().find(|length| prefix.len() <= *length);
        let found = match indexed {
            Some(length) => self.indexed(length, prefix)?,
            None => match self.recent(prefix)? {
                None => self.old(prefix)?,
                recent => recent,
            },
        };
        match found {
            Some(height) if height <= self.oldest && !self.anything_under(prefix)? => Ok(None),
            found => Ok(found),
        }
    }

    fn anything_under(&self, prefix: &[u8]) -> Result<bool, StorageError> {
        match self.view.stored_entries(Bound::Included(prefix)).next() {
            Some(entry) => Ok(entry?.0.starts_with(prefix)),
            None => Ok(false),
        }
    }

    /// The last change of all indexed prefixes that start with this one.
    fn indexed(&self, length: usize, prefix: &[u8]) -> Found {
        let start = [&[length as u8][..], &escape_prefix(prefix)].concat();
        let mut cursor = self.view.reads.cursor(Family::Touched);
        let mut found = cursor.seek(&start)?;
        let mut last = None;
        while let Some((key, _)) = found.filter(|(key, _)| key.starts_with(&start)) {
            let (own, height) = touched_of(&key).ok_or_else(|| undecodable(Family::Touched, &key))?;
            last = last.max(self.touched(cursor.as_mut(), length, &own, height)?);
            if last == Some(self.view.number) {
                break;
            }
            // Height 0 is the last of a prefix.
            found = cursor.seek(&[&touched_key(length, &own, 0)[..], &[0]].concat())?;
        }
        Ok(last)
    }

    /// The last change of an indexed prefix whose newest is `newest`.
    fn touched(&self, cursor: &mut dyn Cursor, length: usize, prefix: &[u8], newest: BlockNumber) -> Found {
        if newest <= self.view.number {
            return Ok(Some(newest));
        }
        let Some((key, _)) = cursor.seek(&touched_key(length, prefix, self.view.number))? else { return Ok(None) };
        let (found, height) = touched_of(&key).ok_or_else(|| undecodable(Family::Touched, &key))?;
        let same = usize::from(key[0]) == length && found == prefix;
        Ok(same.then_some(height))
    }

    /// The last change within the history.
    fn recent(&self, prefix: &[u8]) -> Found {
        let mut keys = ByKey { search: self, cursor: self.view.reads.cursor(Family::Undo), next: None, last: None };
        keys.next = Some(escape_prefix(prefix));
        let mut heights = ByHeight::new(self, prefix);
        loop {
            if let Some(found) = keys.step(prefix)? {
                return Ok(found);
            }
            if let Some(found) = heights.step(prefix)? {
                return Ok(found);
            }
        }
    }

    /// What keys under the prefix tell of changes before the history.
    fn old(&self, prefix: &[u8]) -> Found {
        let mut last = None;
        let latest = self.view.reads.iterate(Family::State, prefix).take(OLD_KEYS_MAX);
        for entry in latest {
            let (key, record) = entry?;
            if !key.starts_with(prefix) {
                break;
            }
            let height = changed_at(record).ok_or_else(|| undecodable(Family::State, &key))?;
            last = last.max(Some(height).filter(|height| *height <= self.view.number));
        }
        let start = escape_prefix(prefix);
        for entry in self.view.reads.iterate(Family::Undo, &start).take(OLD_KEYS_MAX) {
            let (key, record) = entry?;
            if !key.starts_with(&start) {
                break;
            }
            let old = optional_of(record).ok_or_else(|| undecodable(Family::Undo, &key))?;
            let height =
                old.map(|record| changed_at(record).ok_or_else(|| undecodable(Family::Undo, &key))).transpose()?;
            last = last.max(height.filter(|height| *height <= self.view.number));
        }
        Ok(last)
    }
}

/// Goes through the keys that changed under a prefix.
struct ByKey<'a, 'b, R: ?Sized> {
    search: &'b LastChange<'a, R>,
    cursor: Box<dyn Cursor + 'b>,
    /// Where the next key is looked for.
    next: Option<Vec<u8>>,
    last: Option<BlockNumber>,
}

impl<R: Reads + ?Sized> ByKey<'_, '_, R> {
    /// Looks at one key. `Some` when the search is over.
    fn step(&mut self, prefix: &[u8]) -> Result<Option<Option<BlockNumber>>, StorageError> {
        let Some(from) = self.next.take() else { return Ok(Some(self.last)) };
        let Some((found, _)) = self.cursor.seek(&from)?.filter(|(key, _)| key.starts_with(&escape_prefix(prefix)))
        else {
            return Ok(Some(self.last));
        };
        let (key, _) = undo_of(&found).ok_or_else(|| undecodable(Family::Undo, &found))?;
        let number = self.search.view.number;
        if let Some((before, _)) = self.cursor.seek_back(&undo_key(&key, number))? {
            if before.starts_with(&escape(&key)) {
                let (_, height) = undo_of(&before).ok_or_else(|| undecodable(Family::Undo, &before))?;
                self.last = self.last.max(Some(height).filter(|height| *height > self.search.oldest));
            }
        }
        if self.last == Some(number) {
            return Ok(Some(self.last));
        }
        self.next = Some([&undo_key(&key, BlockNumber::MAX)[..], &[0]].concat());
        Ok(None)
    }
}

/// Goes through the blocks that changed a prefix's item, latest first.
struct ByHeight<'a, 'b, R: ?Sized> {
    search: &'b LastChange<'a, R>,
    cursor: Box<dyn Cursor + 'b>,
    item: Vec<u8>,
    /// Where the next height is looked for.
    from: Option<Vec<u8>>,
}

/// The longest prefix that is indexed.
const ITEM: usize = TOUCHED_LENGTHS[TOUCHED_LENGTHS.len() - 1];

impl<'a, 'b, R: Reads + ?Sized> ByHeight<'a, 'b, R> {
    fn new(search: &'b LastChange<'a, R>, prefix: &[u8]) -> Self {
        let item = cut(prefix, ITEM).to_vec();
        let from = Some(touched_key(ITEM, &item, search.view.number));
        Self { search, cursor: search.view.reads.cursor(Family::Touched), item, from }
    }

    /// Looks at one block. `Some` when the search is over.
    fn step(&mut self, prefix: &[u8]) -> Result<Option<Option<BlockNumber>>, StorageError> {
        let found = match self.from.take() {
            Some(from) => self.cursor.seek(&from)?,
            None => self.cursor.next()?,
        };
        let Some((key, _)) = found else { return Ok(Some(None)) };
        let (item, height) = touched_of(&key).ok_or_else(|| undecodable(Family::Touched, &key))?;
        let over = usize::from(key[0]) != ITEM || item != self.item || height <= self.search.oldest;
        if over {
            return Ok(Some(None));
        }
        let changed = height_key(height);
        let record = self.search.view.reads.get(Family::Changed, &changed)?;
        let record = record.ok_or(StorageError::Missing { family: Family::Changed, key: changed.to_vec() })?;
        let keys = changed_of(&record).ok_or_else(|| undecodable(Family::Changed, &changed))?;
        let first = keys.partition_point(|key| key.as_slice() < prefix);
        let hit = keys.get(first).is_some_and(|key| key.starts_with(prefix));
        Ok(hit.then_some(Some(changed_height(&changed)?)))
    }
}
