//! Checking the pool against the latest state, in the background.

use crate::{pool::Inner, pooled::Pooled, queue::Queue, Pool};
use icn_primitives::{limits::EXECUTION_STACK_BYTES, AccountId, Nonce, SubmitError, TransactionStatus};
use std::{
    sync::{
        atomic::{AtomicUsize, Ordering},
        Arc,
    },
    thread,
};

/// One sender's transactions, in the order of their nonces.
struct Slice {
    sender: AccountId,
    transactions: Vec<Arc<Pooled>>,
}

/// What the runtime says of a slice.
struct Findings {
    generation: u64,
    next: Nonce,
    refused: Vec<(Arc<Pooled>, SubmitError)>,
}

impl Pool {
    /// Validates pooled transactions against the latest state, those not looked at for longest first, on threads of its own,
    /// and blocks until it is done. Each call looks at no more than `revalidated_count` of the limits, so that the work of a
    /// block has a bound; a newer call, or stopping, ends an older one.
    ///
    /// Call it after [`Self::on_block`], off the thread that executes blocks.
    pub fn revalidate(&self) {
        let call = self.0.revalidation.fetch_add(1, Ordering::Relaxed) + 1;
        let slices = self.lock().slices(self.0.limits.revalidated_count);
        if slices.is_empty() {
            return;
        }
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some(slice) = slices.get(next.fetch_add(1, Ordering::Relaxed)) {
                if self.is_superseded(call) || !self.check(slice, call) {
                    return;
                }
            }
        };
        thread::scope(|scope| {
            for _ in 0..self.0.limits.revalidation_threads.clamp(1, slices.len()) {
                let thread = thread::Builder::new().name("revalidate".into()).stack_size(EXECUTION_STACK_BYTES);
                if let Err(error) = thread.spawn_scoped(scope, work) {
                    tracing::warn!(%error, "a thread that revalidates transactions cannot be started");
                }
            }
        });
    }

    fn is_superseded(&self, call: u64) -> bool {
        self.0.revalidation.load(Ordering::Relaxed) != call
    }

    /// Validates one slice and applies what was found; whether to go on.
    fn check(&self, slice: &Slice, call: u64) -> bool {
        let generation = self.lock().generation;
        let mut refused = Vec::new();
        for pooled in &slice.transactions {
            if self.is_superseded(call) {
                return false;
            }
            match self.0.validator.validate(&pooled.extrinsic) {
                Ok(_) => pooled.checked.store(generation, Ordering::Relaxed),
                Err(SubmitError::Stopping) => return false,
                Err(error) => refused.push((pooled.clone(), error)),
            }
        }
        // Read last: what a block took meanwhile is stale, not invalid.
        let next = match self.0.validator.nonce(&slice.sender) {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(%error, "revalidation stops: a nonce cannot be read");
                return false;
            }
        };
        self.lock().apply(&slice.sender, Findings { generation, next, refused })
    }
}

impl Inner {
    /// The transactions not looked at for longest, at most `max` and at least one sender's, whole senders at a time. Those
    /// validated since the last block are left out.
    fn slices(&self, max: usize) -> Vec<Slice> {
        let due = |pooled: &&Arc<Pooled>| pooled.checked() < self.generation;
        let oldest = |queue: &Queue| queue.transactions.values().filter(due).map(|pooled| pooled.checked()).min();
        let mut senders: Vec<_> =
            self.queues.senders.iter().filter_map(|(sender, queue)| Some((oldest(queue)?, sender, queue))).collect();
        senders.sort_unstable_by_key(|(oldest, sender, _)| (*oldest, *sender));
        let mut slices = Vec::new();
        let mut count = 0;
        for (_, sender, queue) in senders {
            if count >= max {
                break;
            }
            let transactions: Vec<_> = queue.transactions.values().filter(due).cloned().collect();
            count += transactions.len();
            slices.push(Slice { sender: sender.clone(), transactions });
        }
        slices
    }

    /// Takes out what was refused, and waits for the next block to tell about what is stale. Findings of an earlier
    /// generation say nothing of this one: then it is time to stop.
    fn apply(&mut self, sender: &AccountId, findings: Findings) -> bool {
        if self.stopped || findings.generation != self.generation {
            return false;
        }
        self.suspect_below(sender, findings.next);
        for (pooled, error) in findings.refused {
            if self.queues.get(&pooled.hash).is_none() {
                continue;
            }
            if !matches!(error, SubmitError::Unknown(_)) {
                self.ban(pooled.hash);
            }
            self.queues.take(&pooled.hash, TransactionStatus::Invalid);
        }
        self.publish();
        true
    }
}
