//! Reading a state, and committing to the next one, without knowing how it is stored.

use crate::Hash;
use std::{collections::BTreeMap, error::Error, ops::Bound};

/// What a block writes: storage key → new value, or `None` where the key is removed.
pub type Changes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// One entry of a state: raw storage key and value.
pub type Entry = (Vec<u8>, Vec<u8>);

/// The store failed. It is never a statement about a block: whoever gets it while executing stops the process.
#[derive(Debug, thiserror::Error)]
#[error("the state cannot be read: {0}")]
pub struct StateError(#[source] pub Box<dyn Error + Send + Sync>);

/// The state after one block, for reading.
pub trait StateView: Send + Sync {
    /// The value under `key`.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError>;

    /// The entries from `from` on, in the order of their keys (lexicographic in bytes).
    fn entries<'a>(&'a self, from: Bound<&[u8]>) -> Box<dyn Iterator<Item = Result<Entry, StateError>> + 'a>;

    /// The first key after `key`.
    fn next_key(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        let next = self.entries(Bound::Excluded(key)).next().transpose()?;
        Ok(next.map(|(key, _)| key))
    }
}

/// A state that can say what its root will be once some changes are made.
pub trait StateCommitment: StateView {
    /// The tree's part of the commit that makes the changes durable.
    type Update: Send + 'static;

    /// The root after `changes`, and what to store for it. Nothing is written.
    fn stage(&self, changes: &Changes) -> Result<(Hash, Self::Update), StateError>;
}

impl<T: StateView + ?Sized> StateView for std::sync::Arc<T> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        (**self).get(key)
    }

    fn entries<'a>(&'a self, from: Bound<&[u8]>) -> Box<dyn Iterator<Item = Result<Entry, StateError>> + 'a> {
        (**self).entries(from)
    }

    fn next_key(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        (**self).next_key(key)
    }
}

impl<T: StateCommitment + ?Sized> StateCommitment for std::sync::Arc<T> {
    type Update = T::Update;

    fn stage(&self, changes: &Changes) -> Result<(Hash, Self::Update), StateError> {
        (**self).stage(changes)
    }
}
