//! Checks the history: old values against the older trees, and the indexes of changes.

use super::{Check, CheckStep, Finding, STEP_RECORDS};
use crate::{
    commit::prefixes,
    history::undecodable,
    layout::{
        changed_of, escape, height_key, optional_of, stale_of, state_of, touched_key, touched_of, undo_key, undo_of,
        EVENTS_KEY,
    },
    node::{value_hash, TreeHash},
    ordered_store::{Family, OrderedStore, Reads},
    state::changed_at,
    StorageError,
};
use icn_primitives::BlockNumber;

impl<S: OrderedStore> Check<'_, S> {
    pub(super) fn past(&mut self) -> Result<(), StorageError> {
        let (oldest, head) = (self.oldest_state, self.head());
        let total = u64::from(head - oldest.min(head));
        let mut told = 0;
        for number in (oldest..head).map(|number| number + 1) {
            told += self.height(number)?;
            let done = u64::from(number - oldest);
            if done % STEP_RECORDS == 0 || done == total {
                (self.progress)(CheckStep::History { done, total });
            }
        }
        self.heights(Family::Changed, oldest + 1, head)?;
        self.heights(Family::Events, 0, head)?;
        self.undo_records(told)?;
        self.touched()
    }

    /// Checks what a block changed; the number of undo records it has.
    fn height(&mut self, number: BlockNumber) -> Result<u64, StorageError> {
        let key = height_key(number);
        let missing = || StorageError::Missing { family: Family::Changed, key: key.to_vec() };
        let record = self.reads().get(Family::Changed, &key)?.ok_or_else(missing);
        let keys = record.and_then(|record| changed_of(&record).ok_or_else(|| undecodable(Family::Changed, &key)));
        let Some(keys) = self.note(keys)? else { return Ok(0) };
        for key in &keys {
            let old = self.old_value_hash(key, number);
            let leaf = self.leaf_at(number - 1, key);
            let (Some(old), Some(leaf)) = (self.note(old)?, self.note(leaf)?) else { continue };
            if old != leaf {
                self.find(Finding::ValueDiffers { key: key.clone(), number: number - 1 });
            }
            self.succession(key, number)?;
        }
        self.moved(number, &keys)?;
        self.indexed(number, &keys)?;
        Ok(keys.iter().filter(|key| key.as_slice() != EVENTS_KEY).count() as u64)
    }

    /// What a block wrote must be there with its height, in the next undo record or in the latest state.
    fn succession(&mut self, key: &[u8], number: BlockNumber) -> Result<(), StorageError> {
        if key == EVENTS_KEY {
            return Ok(());
        }
        let next = self.reads().cursor(Family::Undo).seek(&undo_key(key, number + 1))?;
        let record = match next.filter(|(undo, _)| undo.starts_with(&escape(key))) {
            Some((_, record)) => optional_of(record).flatten(),
            None => self.reads().get(Family::State, key)?,
        };
        if record.and_then(changed_at).is_some_and(|height| height != number) {
            self.find(Finding::HeightDiffers { key: key.to_vec(), number });
        }
        Ok(())
    }

    /// The value hash of a key before a block that changed it.
    fn old_value_hash(&mut self, key: &[u8], number: BlockNumber) -> Result<Option<TreeHash>, StorageError> {
        if key == EVENTS_KEY {
            let events = self.latest.view(number - 1).events()?;
            return Ok(events.map(|value| value_hash(&value)));
        }
        let undo = undo_key(key, number);
        let Some(record) = self.reads().get(Family::Undo, &undo)? else {
            return Err(StorageError::Missing { family: Family::Undo, key: undo });
        };
        let old = optional_of(record).ok_or_else(|| undecodable(Family::Undo, &undo))?;
        let old = old.map(|record| state_of(record).ok_or_else(|| undecodable(Family::Undo, &undo))).transpose()?;
        if let Some((height, _)) = &old {
            self.written(key, *height)?;
        }
        Ok(old.map(|(_, value)| value_hash(&value)))
    }

    /// A record of a change within the history must have the undo record of that change.
    pub(super) fn written(&mut self, key: &[u8], height: BlockNumber) -> Result<(), StorageError> {
        if height > self.oldest_state && self.reads().get(Family::Undo, &undo_key(key, height))?.is_none() {
            self.find(Finding::HeightDiffers { key: key.to_vec(), number: height });
        }
        Ok(())
    }

    /// A leaf that the version wrote or replaced without its key being changed must be there before and after.
    fn moved(&mut self, number: BlockNumber, keys: &[Vec<u8>]) -> Result<(), StorageError> {
        let stale = self.reads().get(Family::Stale, &height_key(number))?.unwrap_or_default();
        let mut leaves = self.written_leaves(number)?;
        leaves.extend(self.leaves(stale_of(&stale).unwrap_or_default().into_iter())?);
        for (key, hash) in leaves {
            if keys.binary_search(&key).is_ok() {
                continue;
            }
            let (before, after) = (self.leaf_at(number - 1, &key), self.leaf_at(number, &key));
            let (Some(before), Some(after)) = (self.note(before)?, self.note(after)?) else { continue };
            if before != Some(hash) || after != Some(hash) {
                self.find(Finding::UntoldChange { key, number });
            }
        }
        Ok(())
    }

    fn indexed(&mut self, number: BlockNumber, keys: &[Vec<u8>]) -> Result<(), StorageError> {
        for (length, prefix) in prefixes(keys.iter().map(Vec::as_slice)) {
            if self.reads().get(Family::Touched, &touched_key(length, prefix, number))?.is_none() {
                self.find(Finding::ChangeNotIndexed { prefix: prefix.to_vec(), number });
            }
        }
        Ok(())
    }

    /// Every undo record must be of a change within the history. Each change has its record, so where the numbers are equal
    /// none is left over.
    fn undo_records(&mut self, told: u64) -> Result<(), StorageError> {
        let kept = self.oldest_state + 1..=self.head();
        self.scan(Family::Undo, |check, key, _| {
            check.report.undo_records += 1;
            match undo_of(&key) {
                Some((_, height)) if kept.contains(&height) => {}
                Some(_) => check.left_over(Family::Undo, &key),
                None => check.find(Finding::Record(undecodable(Family::Undo, &key))),
            }
            Ok(())
        })?;
        if self.report.undo_records > told {
            self.scan(Family::Undo, |check, key, _| check.told(&key))?;
        }
        Ok(())
    }

    fn told(&mut self, undo: &[u8]) -> Result<(), StorageError> {
        let Some((key, height)) = undo_of(undo) else { return Ok(()) };
        let record = self.reads().get(Family::Changed, &height_key(height))?.unwrap_or_default();
        let told = changed_of(&record).is_some_and(|keys| keys.binary_search(&key).is_ok());
        if !told {
            self.left_over(Family::Undo, undo);
        }
        Ok(())
    }

    fn touched(&mut self) -> Result<(), StorageError> {
        let head = self.head();
        self.scan(Family::Touched, |check, key, _| {
            match touched_of(&key) {
                Some((_, height)) if height <= head => {}
                Some(_) => check.left_over(Family::Touched, &key),
                None => check.find(Finding::Record(undecodable(Family::Touched, &key))),
            }
            Ok(())
        })
    }
}
