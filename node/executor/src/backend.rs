//! FRAME's view of a [`StateView`]: the `Backend` under `sp_state_machine::Ext`.
//!
//! It has no child tries and answers them empty. A read that fails is noted, then unwinds to the boundary, which reports
//! the failure and not the panic.

use icn_primitives::{Changes, Hash, Hashing, StateError, StateView};
use sp_core::storage::{ChildInfo, StateVersion};
use sp_runtime::traits::Hash as _;
use sp_state_machine::{
    backend::{Backend, BackendTransaction, IterArgs, StorageIterator},
    DefaultError, StateMachineStats, StorageKey, StorageValue, UsageInfo,
};
use sp_trie::MerkleValue;
use std::{
    cell::{Cell, RefCell},
    fmt,
    ops::Bound,
};

/// How a root is computed: changes → root and what to store for it.
pub(crate) type Stage<'a, U> = &'a dyn Fn(&Changes) -> Result<(Hash, U), StateError>;

/// What the root was computed from, and what to store for it.
pub(crate) struct Staged<U> {
    pub(crate) changes: Changes,
    pub(crate) update: U,
}

/// A state view as FRAME reads it.
pub(crate) struct ViewBackend<'a, U> {
    view: &'a dyn StateView,
    /// `None` where no root may be asked for: in calls and validation.
    stage: Option<Stage<'a, U>>,
    staged: RefCell<Option<Staged<U>>>,
    failure: Cell<Option<StateError>>,
}

impl<'a, U> ViewBackend<'a, U> {
    pub(crate) fn new(view: &'a dyn StateView, stage: Option<Stage<'a, U>>) -> Self {
        Self { view, stage, staged: RefCell::new(None), failure: Cell::new(None) }
    }

    /// The failure of a read, if there was one.
    pub(crate) fn take_failure(&self) -> Option<StateError> {
        self.failure.take()
    }

    /// The last root computed.
    pub(crate) fn into_staged(self) -> Option<Staged<U>> {
        self.staged.into_inner()
    }

    /// Unwinds to the boundary with the failure noted.
    fn check<T>(&self, result: Result<T, StateError>) -> T {
        result.unwrap_or_else(|failure| {
            self.failure.set(Some(failure));
            panic!("the state cannot be read")
        })
    }
}

impl<U> fmt::Debug for ViewBackend<'_, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ViewBackend")
    }
}

impl<'v, U> Backend<Hashing> for ViewBackend<'v, U> {
    type Error = DefaultError;
    type TrieBackendStorage = BackendTransaction<Hashing>;
    type RawIter = Entries<'v, U>;

    fn storage(&self, key: &[u8]) -> Result<Option<StorageValue>, Self::Error> {
        Ok(self.check(self.view.get(key)))
    }

    fn storage_hash(&self, key: &[u8]) -> Result<Option<Hash>, Self::Error> {
        Ok(self.check(self.view.get(key)).map(|value| Hashing::hash(&value)))
    }

    fn exists_storage(&self, key: &[u8]) -> Result<bool, Self::Error> {
        Ok(self.check(self.view.get(key)).is_some())
    }

    fn closest_merkle_value(&self, _: &[u8]) -> Result<Option<MerkleValue<Hash>>, Self::Error> {
        Ok(None)
    }

    fn child_closest_merkle_value(&self, _: &ChildInfo, _: &[u8]) -> Result<Option<MerkleValue<Hash>>, Self::Error> {
        Ok(None)
    }

    fn child_storage(&self, _: &ChildInfo, _: &[u8]) -> Result<Option<StorageValue>, Self::Error> {
        Ok(None)
    }

    fn child_storage_hash(&self, _: &ChildInfo, _: &[u8]) -> Result<Option<Hash>, Self::Error> {
        Ok(None)
    }

    fn next_storage_key(&self, key: &[u8]) -> Result<Option<StorageKey>, Self::Error> {
        Ok(self.check(self.view.next_key(key)))
    }

    fn next_child_storage_key(&self, _: &ChildInfo, _: &[u8]) -> Result<Option<StorageKey>, Self::Error> {
        Ok(None)
    }

    fn storage_root<'a>(
        &self,
        delta: impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)>,
        _: StateVersion,
    ) -> (Hash, BackendTransaction<Hashing>) {
        let stage = self.stage.expect("no root is computed outside of blocks");
        // The tree has no place for an empty key, which root may write: it is in no state.
        let delta = delta.filter(|(key, _)| !key.is_empty());
        let changes: Changes = delta.map(|(key, value)| (key.to_vec(), value.map(<[u8]>::to_vec))).collect();
        let (root, update) = self.check(stage(&changes));
        self.staged.replace(Some(Staged { changes, update }));
        (root, BackendTransaction::default())
    }

    fn child_storage_root<'a>(
        &self,
        _: &ChildInfo,
        _: impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)>,
        _: StateVersion,
    ) -> (Hash, bool, BackendTransaction<Hashing>) {
        (Hash::zero(), true, BackendTransaction::default())
    }

    fn raw_iter(&self, args: IterArgs) -> Result<Self::RawIter, Self::Error> {
        Ok(Entries::new(args))
    }

    fn register_overlay_stats(&self, _: &StateMachineStats) {}

    fn usage_info(&self) -> UsageInfo {
        UsageInfo::empty()
    }
}

/// Iterates over the entries of a view, one look-up at a time.
pub(crate) struct Entries<'a, U> {
    next: Bound<Vec<u8>>,
    prefix: Vec<u8>,
    complete: bool,
    backend: std::marker::PhantomData<fn(&ViewBackend<'a, U>)>,
}

impl<U> Entries<'_, U> {
    fn new(args: IterArgs) -> Self {
        let prefix = args.prefix.unwrap_or_default().to_vec();
        let next = match args.start_at {
            Some(start) if args.start_at_exclusive => Bound::Excluded(start.to_vec()),
            Some(start) => Bound::Included(start.to_vec()),
            None => Bound::Included(prefix.clone()),
        };
        // Child tries are empty.
        Self { next, prefix, complete: args.child_info.is_some(), backend: Default::default() }
    }
}

impl<'a, U> StorageIterator<Hashing> for Entries<'a, U> {
    type Backend = ViewBackend<'a, U>;
    type Error = DefaultError;

    fn next_key(&mut self, backend: &Self::Backend) -> Option<Result<StorageKey, Self::Error>> {
        self.next_pair(backend).map(|pair| pair.map(|(key, _)| key))
    }

    fn next_pair(&mut self, backend: &Self::Backend) -> Option<Result<(StorageKey, StorageValue), Self::Error>> {
        if self.complete {
            return None;
        }
        let from = self.next.as_ref().map(Vec::as_slice);
        let found = backend.check(backend.view.entries(from).next().transpose());
        let Some((key, value)) = found.filter(|(key, _)| key.starts_with(&self.prefix)) else {
            self.complete = true;
            return None;
        };
        self.next = Bound::Excluded(key.clone());
        Some(Ok((key, value)))
    }

    fn was_complete(&self) -> bool {
        self.complete
    }
}
