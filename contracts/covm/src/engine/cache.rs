//! Compiled modules, as many as fit; what was used longest ago goes first.

use super::Compiled;
use crate::{CodeHash, METERING_VERSION};
use std::{collections::BTreeMap, sync::Arc};

/// What machine code depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    code: CodeHash,
    engine: &'static str,
    metering: u32,
}

impl Key {
    pub(super) fn new(code: CodeHash) -> Self {
        Self { code, engine: super::ENGINE_VERSION, metering: METERING_VERSION }
    }
}

pub(super) struct Cache {
    entries: BTreeMap<Key, (u64, Arc<Compiled>)>,
    /// The keys by when they were used.
    uses: BTreeMap<u64, Key>,
    clock: u64,
    bytes: usize,
    bytes_max: usize,
}

impl Cache {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { entries: BTreeMap::new(), uses: BTreeMap::new(), clock: 0, bytes: 0, bytes_max }
    }

    pub(super) fn get(&mut self, key: Key) -> Option<Arc<Compiled>> {
        let (used, compiled) = self.entries.get_mut(&key)?;
        self.clock += 1;
        self.uses.remove(used);
        self.uses.insert(self.clock, key);
        *used = self.clock;
        Some(Arc::clone(compiled))
    }

    /// Keeps a module, and lets go of others until all fit. One that alone is too large is kept alone.
    pub(super) fn put(&mut self, key: Key, compiled: Arc<Compiled>) {
        if self.get(key).is_some() {
            return;
        }
        self.clock += 1;
        self.bytes += compiled.bytes();
        self.uses.insert(self.clock, key);
        self.entries.insert(key, (self.clock, compiled));
        while self.bytes > self.bytes_max && self.entries.len() > 1 {
            let (_, oldest) = self.uses.pop_first().expect("each entry has a use");
            let (_, gone) = self.entries.remove(&oldest).expect("each use has an entry");
            self.bytes -= gone.bytes();
        }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}
