//! The state that benchmarks run on: in memory, with what they read and write counted.

use icn_primitives::{Hash, Hashing};
use icn_runtime::genesis::State;
use sp_core::storage::{ChildInfo, StateVersion, TrackedStorageKey};
use sp_runtime::traits::Hash as _;
use sp_state_machine::{
    backend::{Backend, BackendTransaction, IterArgs, StorageIterator},
    ChildStorageCollection, DefaultError, StateMachineStats, StorageCollection, StorageKey, StorageValue, UsageInfo,
};
use sp_trie::MerkleValue;
use std::{
    cell::RefCell,
    collections::BTreeSet,
    ops::Bound::{Excluded, Included, Unbounded},
};

/// Large enough for the allocator to merge what was freed, too small for pages of its own.
const TIDYING_BYTES: usize = 100_000;

/// Enough for all that the largest setup frees.
const TIDYING: usize = 64;

/// A state that can be put back to what it was.
#[derive(Debug)]
pub(crate) struct BenchState {
    genesis: State,
    state: RefCell<State>,
    counts: RefCell<Counts>,
    whitelist: RefCell<Vec<TrackedStorageKey>>,
}

/// Keys touched since the counts were reset, each once, and how often one was touched again.
#[derive(Debug, Default)]
struct Counts {
    read: BTreeSet<Vec<u8>>,
    written: BTreeSet<Vec<u8>>,
    read_again: u32,
    written_again: u32,
}

impl BenchState {
    /// A state that starts with these entries.
    pub(crate) fn new(genesis: State) -> Self {
        let state = RefCell::new(genesis.clone());
        Self { genesis, state, counts: RefCell::default(), whitelist: RefCell::default() }
    }

    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.count_read(key);
        self.state.borrow().get(key).cloned()
    }

    /// What is free of charge is touched by every block or every transaction anyway.
    fn is_free(&self, key: &[u8]) -> bool {
        self.whitelist.borrow().iter().any(|tracked| tracked.key == key)
    }

    fn count_read(&self, key: &[u8]) {
        if self.is_free(key) {
            return;
        }
        let mut counts = self.counts.borrow_mut();
        // A key that was written is at hand.
        if counts.written.contains(key) || !counts.read.insert(key.to_vec()) {
            counts.read_again += 1;
        }
    }

    fn count_write(&self, key: &[u8]) {
        if self.is_free(key) {
            return;
        }
        let mut counts = self.counts.borrow_mut();
        if !counts.written.insert(key.to_vec()) {
            counts.written_again += 1;
        }
    }

    fn next_key(&self, key: &[u8]) -> Option<Vec<u8>> {
        let state = self.state.borrow();
        let next = state.range::<[u8], _>((Excluded(key), Unbounded)).next().map(|(key, _)| key.clone());
        drop(state);
        if let Some(next) = &next {
            self.count_read(next);
        }
        next
    }
}

impl Backend<Hashing> for BenchState {
    type Error = DefaultError;
    type TrieBackendStorage = BackendTransaction<Hashing>;
    type RawIter = Entries;

    fn storage(&self, key: &[u8]) -> Result<Option<StorageValue>, Self::Error> {
        Ok(self.get(key))
    }

    fn storage_hash(&self, key: &[u8]) -> Result<Option<Hash>, Self::Error> {
        Ok(self.get(key).map(|value| Hashing::hash(&value)))
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
        Ok(self.next_key(key))
    }

    fn next_child_storage_key(&self, _: &ChildInfo, _: &[u8]) -> Result<Option<StorageKey>, Self::Error> {
        Ok(None)
    }

    /// The root is part of a block's cost and not of a call's; what a write adds to it is in `DbWeight`.
    fn storage_root<'a>(
        &self,
        _: impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)>,
        _: StateVersion,
    ) -> (Hash, BackendTransaction<Hashing>) {
        (Hash::zero(), BackendTransaction::default())
    }

    fn child_storage_root<'a>(
        &self,
        _: &ChildInfo,
        _: impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)>,
        _: StateVersion,
    ) -> (Hash, bool, BackendTransaction<Hashing>) {
        (Hash::zero(), true, BackendTransaction::default())
    }

    fn raw_iter(&self, args: IterArgs<'_>) -> Result<Self::RawIter, Self::Error> {
        Ok(Entries::new(&self.state.borrow(), &args))
    }

    fn register_overlay_stats(&self, _: &StateMachineStats) {}

    fn usage_info(&self) -> UsageInfo {
        UsageInfo::empty()
    }

    fn wipe(&self) -> Result<(), Self::Error> {
        self.state.replace(self.genesis.clone());
        self.counts.take();
        Ok(())
    }

    fn commit(
        &self,
        _: Hash,
        _: BackendTransaction<Hashing>,
        changes: StorageCollection,
        _: ChildStorageCollection,
    ) -> Result<(), Self::Error> {
        for (key, value) in changes {
            self.count_write(&key);
            let mut state = self.state.borrow_mut();
            match value {
                Some(value) => state.insert(key, value),
                None => state.remove(&key),
            };
        }
        Ok(())
    }

    fn read_write_count(&self) -> (u32, u32, u32, u32) {
        let counts = self.counts.borrow();
        let count = |keys: &BTreeSet<Vec<u8>>| u32::try_from(keys.len()).unwrap_or(u32::MAX);
        (count(&counts.read), counts.read_again, count(&counts.written), counts.written_again)
    }

    /// Called right before the time is taken.
    fn reset_read_write_count(&self) {
        self.counts.take();
        // Large allocations have the allocator tidy up after the setup, some thousand pieces each, so that the benchmark does
        // not pay for it.
        let large: Vec<_> = (0..TIDYING).map(|_| Vec::<u8>::with_capacity(TIDYING_BYTES)).collect();
        drop(std::hint::black_box(large));
    }

    fn get_whitelist(&self) -> Vec<TrackedStorageKey> {
        self.whitelist.borrow().clone()
    }

    fn set_whitelist(&self, whitelist: Vec<TrackedStorageKey>) {
        self.whitelist.replace(whitelist);
    }

    fn proof_size(&self) -> Option<u32> {
        None
    }

    fn get_read_and_written_keys(&self) -> Vec<(Vec<u8>, u32, u32, bool)> {
        Vec::new()
    }
}

/// Entries of a state as they were when the iteration began.
pub(crate) struct Entries(std::vec::IntoIter<(Vec<u8>, Vec<u8>)>);

impl Entries {
    fn new(state: &State, args: &IterArgs<'_>) -> Self {
        let prefix = args.prefix.unwrap_or_default();
        let from = match args.start_at {
            Some(start) if args.start_at_exclusive => Excluded(start),
            Some(start) => Included(start),
            None => Included(prefix),
        };
        let entries = state.range::<[u8], _>((from, Unbounded)).take_while(|(key, _)| key.starts_with(prefix));
        // Child tries are empty.
        let entries = entries.filter(|_| args.child_info.is_none()).map(|(key, value)| (key.clone(), value.clone()));
        Self(entries.collect::<Vec<_>>().into_iter())
    }
}

impl StorageIterator<Hashing> for Entries {
    type Backend = BenchState;
    type Error = DefaultError;

    fn next_key(&mut self, backend: &BenchState) -> Option<Result<StorageKey, Self::Error>> {
        self.next_pair(backend).map(|pair| pair.map(|(key, _)| key))
    }

    fn next_pair(&mut self, backend: &BenchState) -> Option<Result<(StorageKey, StorageValue), Self::Error>> {
        let entry = self.0.next()?;
        backend.count_read(&entry.0);
        Some(Ok(entry))
    }

    fn was_complete(&self) -> bool {
        self.0.as_slice().is_empty()
    }
}
