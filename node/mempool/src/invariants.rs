//! What always holds of the pool between two calls.

use crate::{
    pool::Inner,
    queue::{Class, Load, Queue},
    queues::Queues,
    Pool,
};
use icn_primitives::{AccountId, Hash};
use std::collections::BTreeSet;

/// What does not hold. Each one is a defect of the pool.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvariantError {
    /// A sender without transactions, or with a stale one.
    #[error("the queue of {0} is empty or begins below the nonce in the state")]
    Stale(AccountId),
    /// A transaction in the queue of another sender, or under another nonce.
    #[error("a transaction in the queue of {0} is misplaced")]
    Misplaced(AccountId),
    /// The ready run of a sender ends elsewhere than at the first gap, or its counts are wrong.
    #[error("the ready run of {0} is miscounted")]
    Run(AccountId),
    /// A section's counts are not the sum of its queues'.
    #[error("the totals are {held:?}, the queues hold {summed:?}")]
    Totals {
        /// What is held.
        held: Load,
        /// What the queues hold.
        summed: Load,
    },
    /// The index of the last transactions is wrong.
    #[error("the index of the last transactions is not that of the queues")]
    Tails,
    /// The index by hash is wrong.
    #[error("the index by hash is not that of the queues")]
    Hashes,
    /// The index by expiry is wrong.
    #[error("the index by expiry is not that of the queues")]
    Expiry,
    /// A section, a sender or the bans are above their limit.
    #[error("{0:?} is above the limit {1:?}")]
    Bound(Load, Load),
    /// Bans and their order differ.
    #[error("the bans are not those in their order")]
    Bans,
    /// A transaction is watched that is not in the pool.
    #[error("{0:?} is watched and not in the pool")]
    Watched(Hash),
    /// A stale transaction is in a queue too.
    #[error("{0:?} is out of the queues and in one")]
    Suspect(Hash),
    /// The announced number of ready transactions is wrong.
    #[error("{announced} ready transactions are announced, there are {held}")]
    Announced {
        /// What is announced.
        announced: usize,
        /// What there is.
        held: usize,
    },
}

impl Pool {
    /// Checks everything that always holds. It recounts the whole pool under its lock: for tests and for the operator's
    /// check, not for a loaded node.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn invariants(&self) -> Result<(), InvariantError> {
        self.lock().invariants()
    }
}

fn ensure(holds: bool, error: impl FnOnce() -> InvariantError) -> Result<(), InvariantError> {
    if holds {
        Ok(())
    } else {
        Err(error())
    }
}

fn within(load: Load, limit: Load) -> Result<(), InvariantError> {
    ensure(load.fits(limit), || InvariantError::Bound(load, limit))
}

impl Inner {
    pub(crate) fn invariants(&self) -> Result<(), InvariantError> {
        self.queues.invariants()?;
        let bans: BTreeSet<_> = self.bans.order.iter().collect();
        ensure(bans.len() == self.bans.len() && bans.len() == self.bans.order.len(), || InvariantError::Bans)?;
        within(Load { count: self.bans.len(), bytes: 0 }, Load { count: self.bans.max, bytes: 0 })?;
        for hash in self.suspects.keys() {
            ensure(self.queues.get(hash).is_none(), || InvariantError::Suspect(*hash))?;
        }
        for hash in self.watchers.watched.keys() {
            let held = self.queues.get(hash).is_some() || self.suspects.contains_key(hash);
            ensure(held, || InvariantError::Watched(*hash))?;
        }
        let (announced, held) = (*self.ready.borrow(), self.queues.ready.load.count);
        ensure(announced == held, || InvariantError::Announced { announced, held })
    }
}

impl Queues {
    pub(crate) fn invariants(&self) -> Result<(), InvariantError> {
        for (sender, queue) in &self.senders {
            queue.invariants(sender)?;
            within(queue.load(), self.per_sender)?;
        }
        self.section_invariants(Class::Ready)?;
        self.section_invariants(Class::Future)?;
        let all = || self.senders.values().flat_map(|queue| queue.transactions.values());
        let hashes: BTreeSet<_> = all().map(|pooled| pooled.hash).collect();
        let indexed = self.hashes.keys().copied().collect();
        let count: usize = self.senders.values().map(|queue| queue.transactions.len()).sum();
        ensure(hashes == indexed && hashes.len() == count, || InvariantError::Hashes)?;
        let expiry: BTreeSet<_> = all().map(|pooled| (pooled.valid_till, pooled.hash)).collect();
        ensure(expiry == self.expiry, || InvariantError::Expiry)
    }

    fn section_invariants(&self, class: Class) -> Result<(), InvariantError> {
        let section = self.section(class);
        let mut summed = Load::default();
        let mut tails = BTreeSet::new();
        for (sender, queue) in &self.senders {
            summed += if class == Class::Ready { queue.ready } else { queue.future };
            tails.extend(queue.tail(class).map(|tail| (tail.worth(), sender.clone())));
        }
        ensure(summed == section.load, || InvariantError::Totals { held: section.load, summed })?;
        ensure(tails == section.tails, || InvariantError::Tails)?;
        within(section.load, section.limit)
    }
}

impl Queue {
    fn invariants(&self, sender: &AccountId) -> Result<(), InvariantError> {
        let first = self.transactions.keys().next();
        ensure(first.is_some_and(|first| *first >= self.next), || InvariantError::Stale(sender.clone()))?;
        let placed = |(nonce, pooled): (&u32, &std::sync::Arc<crate::Pooled>)| {
            pooled.nonce == *nonce && pooled.sender == *sender
        };
        ensure(self.transactions.iter().all(placed), || InvariantError::Misplaced(sender.clone()))?;
        let (mut end, mut ready, mut future) = (u64::from(self.next), Load::default(), Load::default());
        for (nonce, pooled) in &self.transactions {
            if u64::from(*nonce) == end {
                end += 1;
                ready += Load::of(pooled);
            } else {
                future += Load::of(pooled);
            }
        }
        let counted = end == self.ready_end && ready == self.ready && future == self.future;
        ensure(counted, || InvariantError::Run(sender.clone()))
    }
}
