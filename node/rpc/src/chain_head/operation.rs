//! What a follow's client has asked for and not yet got.
//!
//! ```text
//! started ──▶ reading ──▶ done | inaccessible | error
//!                │  ▲
//!                ▼  │ chainHead_v1_continue
//!              waiting                 (stopOperation, or the end of the follow, ends it anywhere)
//! ```

use crate::error::Error;
use jsonrpsee::{MethodResponseError, MethodResponseFuture};
use parking_lot::Mutex;
use std::{collections::HashMap, future::Future, sync::Arc};
use tokio::{
    sync::{oneshot, OwnedSemaphorePermit, Semaphore},
    task::AbortHandle,
};

/// The operations of one follow.
#[derive(Debug)]
pub(super) struct Operations {
    slots: Arc<Semaphore>,
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    named: u64,
    running: HashMap<String, Running>,
    closed: bool,
}

#[derive(Debug)]
struct Running {
    _slots: Slots,
    task: AbortHandle,
    resume: Option<oneshot::Sender<()>>,
}

/// Slots that an operation holds until it ends.
#[derive(Debug)]
pub(super) struct Slots(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

impl Operations {
    /// None yet, and at most `max` at once.
    pub(super) fn new(max: usize) -> Self {
        Self { slots: Arc::new(Semaphore::new(max)), table: Mutex::default() }
    }

    /// Takes up to `wanted` slots, at least one, and how many it took; `None` when all are taken.
    pub(super) fn take(&self, wanted: usize) -> Option<(Slots, usize)> {
        // Under the lock, so that what is free is still free when it is taken.
        let _table = self.table.lock();
        let count = wanted.min(self.slots.available_permits()).max(1);
        let permit = self.slots.clone().try_acquire_many_owned(u32::try_from(count).ok()?).ok()?;
        Some((Slots(permit), count))
    }

    /// A name for the next operation.
    pub(super) fn next_id(&self) -> String {
        let mut table = self.table.lock();
        table.named += 1;
        table.named.to_string()
    }

    /// Runs the operation `id` once its client was answered.
    pub(super) fn start(
        self: &Arc<Self>,
        id: String,
        slots: Slots,
        answered: MethodResponseFuture,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        let mut table = self.table.lock();
        if table.closed {
            return;
        }
        let (operations, name) = (self.clone(), id.clone());
        let task = tokio::spawn(async move {
            // In a batch the answers go out together and it cannot be known when: then this does not wait.
            if !matches!(answered.await, Err(MethodResponseError::JsonRpcError)) {
                work.await;
            }
            operations.table.lock().running.remove(&name);
        });
        table.running.insert(id, Running { _slots: slots, task: task.abort_handle(), resume: None });
    }

    /// Marks an operation as waiting; what is returned resolves when it is continued.
    pub(super) fn wait(&self, id: &str) -> Option<oneshot::Receiver<()>> {
        let (resume, resumed) = oneshot::channel();
        self.table.lock().running.get_mut(id)?.resume = Some(resume);
        Some(resumed)
    }

    /// Continues an operation that waits. One that does not run is let be.
    ///
    /// # Errors
    /// [`Error::InvalidContinue`] when it runs and does not wait.
    pub(super) fn resume(&self, id: &str) -> Result<(), Error> {
        let mut table = self.table.lock();
        let Some(running) = table.running.get_mut(id) else { return Ok(()) };
        let resume = running.resume.take().ok_or(Error::InvalidContinue)?;
        // An operation that was stopped meanwhile does not listen.
        let _ = resume.send(());
        Ok(())
    }

    /// Stops an operation, if it runs, and frees its slots.
    pub(super) fn stop(&self, id: &str) {
        if let Some(running) = self.table.lock().running.remove(id) {
            running.task.abort();
        }
    }

    /// Stops everything, now and later.
    pub(super) fn close(&self) {
        let mut table = self.table.lock();
        table.closed = true;
        for (_, running) in table.running.drain() {
            running.task.abort();
        }
    }
}
