//! A guard in memory, for simulations and tests.

use super::{GuardStore, GuardStoreError, Record};
use parking_lot::Mutex;
use std::sync::Arc;

/// Keeps the last record in memory. Clones share it, so that it outlives a guard as a file does.
#[derive(Clone, Debug, Default)]
pub struct MemoryGuard(Arc<Mutex<Option<Record>>>);

impl MemoryGuard {
    /// The last record.
    pub fn record(&self) -> Option<Record> {
        self.0.lock().clone()
    }
}

impl GuardStore for MemoryGuard {
    fn load(&mut self) -> Result<Option<Record>, GuardStoreError> {
        Ok(self.record())
    }

    fn save(&mut self, record: &Record) -> Result<(), GuardStoreError> {
        *self.0.lock() = Some(record.clone());
        Ok(())
    }
}
