//! The pool's face: submitting, reading, removing.

use crate::{
    bans::Bans,
    limits::Limits,
    pooled::Pooled,
    queue::{Class, Load},
    queues::Queues,
    ready::Ready,
    validate::Validate,
    watchers::Watchers,
};
use icn_primitives::{
    limits::EXTRINSIC_BYTES_MAX, AccountId, BlockNumber, Extrinsic, Hash, Nonce, StateError, SubmitError,
    TransactionStatus, ValidTransaction,
};
use parking_lot::{Mutex, MutexGuard};
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidityError};
use std::{
    collections::{HashMap, VecDeque},
    sync::{
        atomic::{AtomicU64, Ordering},
        Arc,
    },
    time::Instant,
};
use tokio::sync::{
    mpsc::{unbounded_channel, UnboundedReceiver, UnboundedSender},
    watch,
};

/// How many of those that left without a block are remembered, with what they would have used up: a block that was being
/// built when they left may hold them.
const DEPARTED_MAX: usize = 4096;

/// The pool of transactions. Clones are the same pool.
#[derive(Clone)]
pub struct Pool(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) validator: Arc<dyn Validate>,
    pub(crate) limits: Limits,
    inner: Mutex<Inner>,
    /// Number of the newest call of [`Pool::revalidate`]; it supersedes older ones.
    pub(crate) revalidation: AtomicU64,
}

/// What the lock guards.
pub(crate) struct Inner {
    pub(crate) queues: Queues,
    pub(crate) bans: Bans,
    pub(crate) watchers: Watchers,
    /// Transactions found stale before the block that may hold them was announced: they are out of the queues, and the next
    /// block tells what became of them.
    pub(crate) suspects: HashMap<Hash, Arc<Pooled>>,
    pub(crate) departed: Departed,
    /// Counts blocks: what was validated in another generation has to be checked for its nonce.
    pub(crate) generation: u64,
    /// Height of the last block; `None` until the first is announced.
    pub(crate) number: Option<BlockNumber>,
    arrivals: u64,
    pub(crate) ready: watch::Sender<usize>,
    pub(crate) stopped: bool,
}

/// Senders and nonces of transactions that left the pool without a block, the latest ones.
#[derive(Debug, Default)]
pub(crate) struct Departed {
    slots: HashMap<Hash, (AccountId, Nonce)>,
    order: VecDeque<Hash>,
}

impl Departed {
    pub(crate) fn get(&self, hash: &Hash) -> Option<&(AccountId, Nonce)> {
        self.slots.get(hash)
    }

    fn insert(&mut self, pooled: &Pooled) {
        if self.slots.insert(pooled.hash, (pooled.sender.clone(), pooled.nonce)).is_none() {
            self.order.push_back(pooled.hash);
        }
        if self.order.len() > DEPARTED_MAX {
            self.order.pop_front().and_then(|oldest| self.slots.remove(&oldest));
        }
    }
}

/// How full the pool is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Transactions that can enter the next block.
    pub ready: Load,
    /// Transactions that wait for an earlier nonce.
    pub future: Load,
    /// Senders with transactions in the pool.
    pub senders: usize,
    /// Banned transactions.
    pub bans: usize,
    /// Transactions whose submitters wait for news.
    pub watched: usize,
}

impl Pool {
    /// An empty pool. Call [`Self::on_block`] with the latest block before the first submission: until then the pool does
    /// not know when transactions expire.
    pub fn new(validator: Arc<dyn Validate>, limits: Limits) -> Self {
        let inner = Inner {
            queues: Queues::new(&limits),
            bans: Bans::new(limits.bans, limits.ban_blocks, limits.ban_time),
            watchers: Watchers::default(),
            suspects: HashMap::new(),
            departed: Departed::default(),
            generation: 0,
            number: None,
            arrivals: 0,
            ready: watch::Sender::new(0),
            stopped: false,
        };
        Self(Arc::new(Shared { validator, limits, inner: Mutex::new(inner), revalidation: AtomicU64::new(0) }))
    }

    /// Checks a transaction and puts it into the pool; its hash. Blocks while the runtime validates it, and may be called
    /// from many threads.
    ///
    /// # Errors
    /// Why it does not enter the pool.
    pub fn submit(&self, extrinsic: Extrinsic) -> Result<Hash, SubmitError> {
        self.admit(extrinsic, None)
    }

    /// As [`Self::submit`], and reports what becomes of it: each status once. The channel is closed after the last one, or
    /// when the pool stops.
    ///
    /// # Errors
    /// As [`Self::submit`].
    pub fn submit_and_watch(&self, extrinsic: Extrinsic) -> Result<UnboundedReceiver<TransactionStatus>, SubmitError> {
        let (sender, receiver) = unbounded_channel();
        self.admit(extrinsic, Some(sender))?;
        Ok(receiver)
    }

    /// Everything that waits: the ready in the order in which a block takes them, then the future by sender and nonce.
    pub fn pending(&self) -> Vec<Extrinsic> {
        let (ready, future) = {
            let inner = self.lock();
            (inner.queues.ready(), inner.queues.future())
        };
        ready.map(|pooled| pooled.extrinsic.clone()).chain(future).collect()
    }

    /// Drops a transaction; whether it was there. It may be submitted again.
    pub fn remove(&self, hash: Hash) -> bool {
        self.take(hash, TransactionStatus::Dropped)
    }

    /// The nonce an account's next transaction should have, given those that wait.
    ///
    /// # Errors
    /// When the store fails.
    pub fn next_nonce(&self, account: &AccountId) -> Result<Nonce, StateError> {
        let mut next = self.0.validator.nonce(account)?;
        let inner = self.lock();
        if let Some(queue) = inner.queues.senders.get(account) {
            while queue.transactions.contains_key(&next) && next < Nonce::MAX {
                next += 1;
            }
        }
        Ok(next)
    }

    /// A snapshot of the ready transactions in the order in which a block takes them.
    pub fn ready(&self) -> Ready {
        self.lock().queues.ready()
    }

    /// The number of ready transactions: told when it changes, and after each block that took some.
    pub fn wait_ready(&self) -> watch::Receiver<usize> {
        self.lock().ready.subscribe()
    }

    /// The transaction broke the runtime: it is dropped and may not come back for a while.
    pub fn ban(&self, hash: Hash) {
        self.lock().ban(hash);
        self.take(hash, TransactionStatus::Invalid);
    }

    /// The transaction was refused when a block was built. It stays when the block was merely full; it may not come back for
    /// a while when it was refused for more than its nonce. A stale one leaves the queues at once, and the next block tells
    /// whether it was included or is invalid; one whose nonce is not due waits.
    pub fn drop_invalid(&self, hash: Hash, error: TransactionValidityError) {
        use InvalidTransaction::{ExhaustsResources, Future, Stale};
        match error {
            TransactionValidityError::Invalid(ExhaustsResources) => {}
            TransactionValidityError::Invalid(Stale) => self.lock().suspect(hash),
            TransactionValidityError::Invalid(Future) => self.refresh(hash),
            TransactionValidityError::Unknown(_) => {
                self.take(hash, TransactionStatus::Invalid);
            }
            TransactionValidityError::Invalid(_) => self.ban(hash),
        }
    }

    /// How full the pool is.
    pub fn status(&self) -> Status {
        let inner = self.lock();
        Status {
            ready: inner.queues.section(Class::Ready).load,
            future: inner.queues.section(Class::Future).load,
            senders: inner.queues.senders.len(),
            bans: inner.bans.len(),
            watched: inner.watchers.watched.len(),
        }
    }

    /// Lets nothing in any more, ends revalidation and closes the channels of those who watch.
    pub fn stop(&self) {
        self.0.revalidation.fetch_add(1, Ordering::Relaxed);
        let mut inner = self.lock();
        inner.stopped = true;
        inner.watchers = Watchers::default();
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.inner.lock()
    }

    /// Reads the nonce of a transaction's sender anew: a sender that ceased to exist starts at the first one again.
    fn refresh(&self, hash: Hash) {
        let Some(sender) = self.lock().queues.get(&hash).map(|pooled| pooled.sender.clone()) else { return };
        match self.0.validator.nonce(&sender) {
            Ok(next) => {
                let mut inner = self.lock();
                inner.suspect_below(&sender, next);
                inner.publish();
            }
            Err(error) => tracing::error!(%error, %sender, "a sender's nonce cannot be read"),
        }
    }

    fn take(&self, hash: Hash, status: TransactionStatus) -> bool {
        let mut inner = self.lock();
        let taken = inner.queues.take(&hash, status).is_some();
        inner.publish();
        taken
    }

    fn admit(
        &self,
        extrinsic: Extrinsic,
        watcher: Option<UnboundedSender<TransactionStatus>>,
    ) -> Result<Hash, SubmitError> {
        if extrinsic.bytes().len() > EXTRINSIC_BYTES_MAX as usize {
            return Err(SubmitError::BadFormat("extrinsic is larger than 512 KiB".into()));
        }
        let hash = extrinsic.hash();
        let (mut generation, number) = {
            let inner = self.lock();
            inner.check(&hash)?;
            (inner.generation, inner.number)
        };
        let valid = self.0.validator.validate(&extrinsic).inspect_err(|error| {
            if *error == SubmitError::TemporarilyBanned {
                self.lock().ban(hash);
            }
        })?;
        let mut next = valid.nonce_next;
        loop {
            let mut inner = self.lock();
            inner.check(&hash)?;
            if inner.generation == generation {
                return inner.insert(hash, extrinsic, valid, next, number, watcher);
            }
            generation = inner.generation;
            drop(inner);
            next = self.0.validator.nonce(&valid.sender).map_err(|error| {
                tracing::error!(%error, "a submitted transaction's nonce cannot be checked");
                SubmitError::Stopping
            })?;
        }
    }
}

impl Inner {
    /// Refuses what need not be validated.
    fn check(&self, hash: &Hash) -> Result<(), SubmitError> {
        if self.stopped {
            return Err(SubmitError::Stopping);
        }
        if self.bans.contains(hash, self.number.unwrap_or(0), Instant::now()) {
            return Err(SubmitError::TemporarilyBanned);
        }
        if self.queues.get(hash).is_some() || self.suspects.contains_key(hash) {
            return Err(SubmitError::AlreadyImported(*hash));
        }
        Ok(())
    }

    /// Puts in a transaction that was validated at height `number`, with its sender's nonce in this generation.
    fn insert(
        &mut self,
        hash: Hash,
        extrinsic: Extrinsic,
        valid: ValidTransaction,
        next: Nonce,
        number: Option<BlockNumber>,
        watcher: Option<UnboundedSender<TransactionStatus>>,
    ) -> Result<Hash, SubmitError> {
        self.arrivals += 1;
        let pooled = Arc::new(Pooled {
            hash,
            extrinsic,
            sender: valid.sender,
            nonce: valid.nonce,
            priority: valid.priority,
            valid_till: number.map_or(u64::MAX, |number| valid.longevity.saturating_add(number.into())),
            arrival: self.arrivals,
            checked: AtomicU64::new(self.generation),
        });
        self.queues.insert(pooled, next)?;
        if let Some(watcher) = watcher {
            self.watchers.watch(hash, watcher);
        }
        self.publish();
        Ok(hash)
    }

    pub(crate) fn ban(&mut self, hash: Hash) {
        self.bans.insert(hash, self.number.unwrap_or(0), Instant::now());
    }

    /// Takes a stale transaction out of the queues until the next block says whether it holds it.
    fn suspect(&mut self, hash: Hash) {
        let Some(pooled) = self.queues.get(&hash).cloned() else { return };
        // Its own successors stay: for all that is known the nonce before them was used.
        let next = pooled.nonce.saturating_add(1);
        self.suspect_below(&pooled.sender, next);
        self.publish();
    }

    /// Takes what stands below a nonce out of the queues until the next block says what became of it.
    pub(crate) fn suspect_below(&mut self, sender: &AccountId, next: Nonce) {
        let stale = self.queues.settle(sender, &[], next);
        self.suspects.extend(stale.into_iter().map(|pooled| (pooled.hash, pooled)));
    }

    /// Brings both sections within bounds, then tells everyone what happened to the queues.
    pub(crate) fn publish(&mut self) {
        self.queues.shrink();
        for (pooled, status) in self.queues.take_events() {
            if matches!(
                status,
                TransactionStatus::Usurped { .. } | TransactionStatus::Dropped | TransactionStatus::Invalid
            ) {
                self.departed.insert(&pooled);
            }
            self.watchers.report(pooled.hash, status);
        }
        let count = self.queues.ready.load.count;
        self.ready.send_if_modified(|known| std::mem::replace(known, count) != count);
    }
}
