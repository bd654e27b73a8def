//! The state after a block, latest or older.
//!
//! The latest state is stored flat, each value with the height of its last change. An older state is the latest with the
//! values put back that later blocks overwrote: of a key's undo records, the first above the height asked for holds its
//! value then. `System.Events` is stored by height.

use crate::{
    layout::{escape, escape_prefix, height_key, optional_of, state_of, undo_key, undo_of, EVENTS_KEY},
    ordered_store::{Cursor, Family, KeyValue, Reads},
    StorageError,
};
use icn_primitives::{state::Entry, BlockNumber, StateError};
use std::ops::Bound;

/// The state after block `number`, in a store whose head is `head`.
pub(crate) struct View<'a, R: ?Sized> {
    pub(crate) reads: &'a R,
    pub(crate) head: BlockNumber,
    pub(crate) number: BlockNumber,
}

pub(crate) fn undecodable(family: Family, key: &[u8]) -> StorageError {
    StorageError::Undecodable { family, key: key.to_vec() }
}

impl<R: ?Sized> Clone for View<'_, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R: ?Sized> Copy for View<'_, R> {}

impl<'a, R: Reads + ?Sized> View<'a, R> {
    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        if key == EVENTS_KEY {
            return self.events();
        }
        match self.record(key)? {
            Some(record) if self.number == self.head => Ok(Some(decode_state(key, record)?.1)),
            None if self.number == self.head => Ok(None),
            Some(record) => match decode_state(key, record)? {
                (height, value) if height <= self.number => Ok(Some(value)),
                _ => self.undone(key, true),
            },
            None => self.undone(key, false),
        }
    }

    fn record(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        self.reads.get(Family::State, key)
    }

    /// The value as it was before the first change above the height. Where no change is known, a key that is there must not
    /// have changed since.
    fn undone(&self, key: &[u8], changed: bool) -> Result<Option<Vec<u8>>, StorageError> {
        let from = undo_key(key, self.number + 1);
        let found = self.reads.cursor(Family::Undo).seek(&from)?;
        match found {
            Some((found, record)) if found.starts_with(&escape(key)) => old_value(&found, record),
            _ if changed => Err(StorageError::Missing { family: Family::Undo, key: from }),
            _ => Ok(None),
        }
    }

    pub(crate) fn events(&self) -> Result<Option<Vec<u8>>, StorageError> {
        match self.reads.last_at(Family::Events, &height_key(self.number))? {
            Some((key, record)) => optional_of(record).ok_or_else(|| undecodable(Family::Events, &key)),
            None => Ok(None),
        }
    }

    /// As [`Self::stored_entries`], with the errors of a state view.
    pub(crate) fn entries(self, from: Bound<&[u8]>) -> impl Iterator<Item = Result<Entry, StateError>> + 'a {
        self.stored_entries(from).map(|entry| entry.map_err(StateError::from))
    }

    /// The entries from `from` on, in the order of their keys. They end at the first error.
    pub(crate) fn stored_entries(self, from: Bound<&[u8]>) -> WithEvents<'a, R> {
        let start = match from {
            Bound::Unbounded => Vec::new(),
            Bound::Included(key) => key.to_vec(),
            // The next key after `key` is `key` and a zero byte.
            Bound::Excluded(key) => [key, &[0]].concat(),
        };
        let events = start.as_slice() <= &EVENTS_KEY[..];
        let entries: Box<dyn Iterator<Item = Result<Entry, StorageError>> + 'a> = if self.number == self.head {
            let state = self.reads.iterate(Family::State, &start);
            Box::new(state.map(|item| {
                let (key, record) = item?;
                let (_, value) = decode_state(&key, record)?;
                Ok((key, value))
            }))
        } else {
            Box::new(PastEntries::new(self, start))
        };
        WithEvents { view: self, entries, waiting: None, events, failed: false }
    }
}

fn decode_state(key: &[u8], record: Vec<u8>) -> Result<(BlockNumber, Vec<u8>), StorageError> {
    state_of(record).ok_or_else(|| undecodable(Family::State, key))
}

/// The value in an undo record.
fn old_value(key: &[u8], record: Vec<u8>) -> Result<Option<Vec<u8>>, StorageError> {
    let old = optional_of(record).ok_or_else(|| undecodable(Family::Undo, key))?;
    old.map(|record| state_of(record).map(|(_, value)| value).ok_or_else(|| undecodable(Family::Undo, key))).transpose()
}

/// Puts `System.Events` in its place among the others. Its value is large, so it is read only when its turn comes.
pub(crate) struct WithEvents<'a, R: ?Sized> {
    view: View<'a, R>,
    entries: Box<dyn Iterator<Item = Result<Entry, StorageError>> + 'a>,
    /// The entry after `System.Events`, where that came first.
    waiting: Option<Entry>,
    /// Whether its turn is still to come.
    events: bool,
    failed: bool,
}

impl<R: Reads + ?Sized> WithEvents<'_, R> {
    fn advance(&mut self) -> Result<Option<Entry>, StorageError> {
        if let Some(entry) = self.waiting.take() {
            return Ok(Some(entry));
        }
        let next = self.entries.next().transpose()?;
        let due = self.events && next.as_ref().is_none_or(|(key, _)| key.as_slice() > &EVENTS_KEY[..]);
        if !due {
            return Ok(next);
        }
        self.events = false;
        match self.view.events()? {
            Some(value) => {
                self.waiting = next;
                Ok(Some((EVENTS_KEY.to_vec(), value)))
            }
            None => Ok(next),
        }
    }
}

impl<R: Reads + ?Sized> Iterator for WithEvents<'_, R> {
    type Item = Result<Entry, StorageError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.advance();
        self.failed = next.is_err();
        next.transpose()
    }
}

/// A key that has changed since, with the value it had; `None` where it was absent.
type Old = (Vec<u8>, Option<Vec<u8>>);

/// The entries of an older state: the latest ones that have not changed since, and those that undo records bring back.
struct PastEntries<'a> {
    number: BlockNumber,
    start: Option<Vec<u8>>,
    state: Box<dyn Cursor + 'a>,
    undo: Box<dyn Cursor + 'a>,
    next_state: Option<KeyValue>,
    next_undo: Option<Old>,
    failed: bool,
}

impl<'a> PastEntries<'a> {
    fn new<R: Reads + ?Sized>(view: View<'a, R>, start: Vec<u8>) -> Self {
        Self {
            number: view.number,
            start: Some(start),
            state: view.reads.cursor(Family::State),
            undo: view.reads.cursor(Family::Undo),
            next_state: None,
            next_undo: None,
            failed: false,
        }
    }

    fn advance(&mut self) -> Result<Option<Entry>, StorageError> {
        if let Some(start) = self.start.take() {
            self.next_state = self.state.seek(&start)?;
            // An escaped key without its end comes before all keys from it on.
            let found = self.undo.seek(&escape_prefix(&start))?;
            self.next_undo = self.undone(found)?;
        }
        loop {
            let state_first = match (&self.next_state, &self.next_undo) {
                (None, None) => return Ok(None),
                (Some((state, _)), Some((undo, _))) => state < undo,
                (state, _) => state.is_some(),
            };
            let entry = if state_first { self.take_state()? } else { self.take_undone()? };
            if entry.is_some() {
                return Ok(entry);
            }
        }
    }

    /// The latest record of a key that has not changed since.
    fn take_state(&mut self) -> Result<Option<Entry>, StorageError> {
        let Some((key, record)) = self.next_state.take() else { return Ok(None) };
        self.next_state = self.state.next()?;
        let (height, value) = decode_state(&key, record)?;
        if height > self.number {
            return Err(StorageError::Missing { family: Family::Undo, key: undo_key(&key, height) });
        }
        Ok(Some((key, value)))
    }

    /// The value of a key that has changed since; its latest record, if any, is passed over.
    fn take_undone(&mut self) -> Result<Option<Entry>, StorageError> {
        let Some((key, value)) = self.next_undo.take() else { return Ok(None) };
        if self.next_state.as_ref().is_some_and(|(state, _)| *state == key) {
            self.next_state = self.state.next()?;
        }
        let mut found = self.undo.next()?;
        if found.as_ref().is_some_and(|(found, _)| found.starts_with(&escape(&key))) {
            found = self.undo.seek(&undo_key(&key, BlockNumber::MAX))?;
        }
        self.next_undo = self.undone(found)?;
        Ok(value.map(|value| (key, value)))
    }

    /// The first undo record from `found` on that is the first above the height for its key.
    fn undone(&mut self, found: Option<KeyValue>) -> Result<Option<Old>, StorageError> {
        let mut found = found;
        while let Some((undo, record)) = found {
            let (key, height) = undo_of(&undo).ok_or_else(|| undecodable(Family::Undo, &undo))?;
            if height > self.number {
                return Ok(Some((key, old_value(&undo, record)?)));
            }
            found = self.undo.next()?;
            let same = found
                .as_ref()
                .and_then(|(next, _)| undo_of(next))
                .is_some_and(|(next, at)| next == key && at <= self.number);
            if same {
                found = self.undo.seek(&undo_key(&key, self.number + 1))?;
            }
        }
        Ok(None)
    }
}

impl Iterator for PastEntries<'_> {
    type Item = Result<Entry, StorageError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.advance();
        self.failed = next.is_err();
        next.transpose()
    }
}
