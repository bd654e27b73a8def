//! The block maker of a single-process chain: one thread that builds, commits and announces blocks.

use super::{chain::NodeChain, config::BlockProduction, error::StopError};
use crossbeam_channel::{after, never, select, Receiver, Sender};
use icn_executor::{BuildLimits, ExecutorError, Parent, Refusal, TransactionSource};
use icn_mempool::{Pool, Ready};
use icn_primitives::{block::ConsensusDigest, limits::TIME_MAX, tendermint::ValidatorAddress, Extrinsic, Hash, Moment};
use icn_rpc::backend::{BlockRef, Chain, Decided, Development, DevelopmentError};
use icn_runtime::current_version;
use icn_storage::{OrderedStore, RuntimeRecord, StorageError};
use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// The furthest a Development chain's clock moves at once: ten years, in milliseconds.
pub const ADVANCE_MAX: Moment = 10 * 365 * 24 * 60 * 60 * 1000;

/// How long transactions are taken into a block.
const BUILD_TIME: Duration = Duration::from_secs(2);

/// The longest sleep before the agenda is looked at again.
const SLEEP_MAX: Duration = Duration::from_secs(3600);

/// How soon a block follows one that had no room for all, when blocks have no minimum interval.
const RETRY: Duration = Duration::from_millis(100);

/// What the block maker is asked.
pub enum Command {
    /// Make a block now, `advance` milliseconds further.
    Make {
        /// How far the clock moves first.
        advance: Moment,
        /// Where the answer goes.
        reply: Sender<Result<BlockRef, DevelopmentError>>,
    },
    /// Finish.
    Stop,
}

/// Asks the block maker for clients.
pub struct AuthorHandle(pub Sender<Command>);

impl Development for AuthorHandle {
    fn new_block(&self) -> Result<BlockRef, DevelopmentError> {
        self.make(0)
    }

    fn advance_time(&self, by: Moment) -> Result<BlockRef, DevelopmentError> {
        if by > ADVANCE_MAX {
            return Err(DevelopmentError::TooFar { max: ADVANCE_MAX });
        }
        self.make(by)
    }
}

impl AuthorHandle {
    fn make(&self, advance: Moment) -> Result<BlockRef, DevelopmentError> {
        let (reply, answer) = crossbeam_channel::bounded(1);
        self.0.send(Command::Make { advance, reply }).map_err(|_| DevelopmentError::Stopping)?;
        answer.recv().map_err(|_| DevelopmentError::Stopping)?
    }
}

/// The block maker.
pub struct Author<S: OrderedStore> {
    pub(super) chain: Arc<NodeChain<S>>,
    pub(super) pool: Pool,
    pub(super) proposer: ValidatorAddress,
    pub(super) production: BlockProduction,
    /// Shortest time between two blocks that nobody asked for.
    pub(super) minimum_interval: Duration,
    /// When the last block was made.
    pub(super) last_made: Option<Instant>,
    /// Whether transactions were left over that had no room in the last block.
    pub(super) left_over: bool,
    pub(super) commands: Receiver<Command>,
    /// A message whenever a transaction became ready.
    pub(super) ready: Receiver<()>,
    /// Asks for the pool to be revalidated; holds one message.
    pub(super) revalidate: Sender<()>,
    /// How far the chain's clock is ahead of this machine's.
    pub(super) clock_ahead: Moment,
    /// Whether it was said that the chain waits for another binary.
    pub(super) halted: bool,
}

/// Why the block maker woke up.
enum Wake {
    Command(Command),
    Work,
    Closed,
}

impl<S: OrderedStore> Author<S> {
    /// Makes blocks until told to stop, or until none can be made any more.
    pub fn run(mut self) {
        self.clock_ahead = self.chain.store.head().record.time().saturating_sub(machine_time());
        let mut made = self.upgrade();
        loop {
            if let Err(reason) = made {
                return self.chain.stop.stop(reason);
            }
            made = match self.wait() {
                Wake::Closed | Wake::Command(Command::Stop) => return,
                Wake::Work => self.make().map(|_| ()),
                Wake::Command(Command::Make { advance, reply }) => self.answer(advance, reply),
            };
        }
    }

    /// Makes the first block of this binary's runtime, if the chain waits for it: wallets can sign nothing before.
    fn upgrade(&mut self) -> Result<(), StopError> {
        if self.new_runtime(self.chain.store.head().number)?.is_some() {
            self.make()?;
        }
        Ok(())
    }

    fn answer(&mut self, advance: Moment, reply: Sender<Result<BlockRef, DevelopmentError>>) -> Result<(), StopError> {
        let now = self.time_after(self.chain.store.head().record.time());
        let max = TIME_MAX.saturating_sub(ADVANCE_MAX).saturating_sub(now);
        if advance > max {
            // Whoever asked may be gone.
            let _ = reply.send(Err(DevelopmentError::TooFar { max }));
            return Ok(());
        }
        self.clock_ahead += advance;
        let made = self.make()?;
        let height = self.chain.store.head().number + 1;
        // Whoever asked may be gone.
        let _ = reply.send(made.ok_or(DevelopmentError::Halted { height }));
        Ok(())
    }

    /// Waits for something to do.
    fn wait(&self) -> Wake {
        loop {
            let (ready, timer) = self.wakers();
            select! {
                recv(self.commands) -> command => return command.map_or(Wake::Closed, Wake::Command),
                recv(ready) -> woken => return woken.map_or(Wake::Closed, |()| Wake::Work),
                recv(timer) -> _ => if self.has_work() { return Wake::Work },
            }
        }
    }

    /// What wakes the block maker without anybody asking by name: ready transactions, and a time.
    fn wakers(&self) -> (Receiver<()>, Receiver<Instant>) {
        match self.production {
            _ if self.halted => (never(), never()),
            BlockProduction::Interval(interval) => (never(), after(self.left_of(interval))),
            BlockProduction::OnDemand => {
                let least = if self.left_over { self.minimum_interval.max(RETRY) } else { self.minimum_interval };
                match self.left_of(least) {
                    Duration::ZERO => (self.ready.clone(), self.agenda_timer()),
                    pause => (never(), after(pause)),
                }
            }
        }
    }

    /// What is left of an interval since the last block.
    fn left_of(&self, interval: Duration) -> Duration {
        self.last_made.map_or(Duration::ZERO, |last| interval.saturating_sub(last.elapsed()))
    }

    /// Fires when the next call of the agenda is due.
    fn agenda_timer(&self) -> Receiver<Instant> {
        let wait = |due: Moment| Duration::from_millis(due.saturating_sub(machine_time() + self.clock_ahead));
        match self.agenda_due() {
            _ if self.left_over => after(Duration::ZERO),
            Some(due) => after(wait(due).min(SLEEP_MAX)),
            None => never(),
        }
    }

    /// Whether a timer that fired was for a block, and not for the end of a pause.
    fn has_work(&self) -> bool {
        let on_demand = self.production == BlockProduction::OnDemand;
        let due = self.agenda_due().is_some_and(|due| due <= machine_time() + self.clock_ahead);
        !on_demand || self.left_over || due || !self.ready.is_empty()
    }

    /// The chain's time now, later than `parent`.
    fn time_after(&self, parent: Moment) -> Moment {
        (machine_time() + self.clock_ahead).max(parent + 1)
    }

    /// When the next call of the agenda is due.
    fn agenda_due(&self) -> Option<Moment> {
        match self.chain.executor.agenda_due(&self.chain.store.latest()) {
            Ok(due) => due,
            Err(error) => {
                self.chain.stop.stop(error.into());
                None
            }
        }
    }

    /// Makes one block; `None` when the chain waits for another binary.
    fn make(&mut self) -> Result<Option<BlockRef>, StopError> {
        while self.ready.try_recv().is_ok() {}
        let latest = self.chain.store.latest();
        let parent = Parent::of(&latest.head().record)?;
        let time = self.time_after(parent.time);
        let mut source = PoolSource { ready: self.pool.ready(), pool: &self.pool, left_over: false };
        let limits = BuildLimits { deadline: Some(Instant::now() + BUILD_TIME), transactions_max: None };
        let digest = ConsensusDigest { time, proposer: self.proposer };
        let built = match self.chain.executor.build(&parent, &latest, digest, &mut source, limits) {
            Err(ExecutorError::Version(error)) => {
                tracing::error!("{error}");
                self.halted = true;
                return Ok(None);
            }
            built => built?,
        };
        self.left_over = source.left_over || source.ready.next().is_some();
        self.last_made = Some(Instant::now());
        let runtime = self.new_runtime(parent.number)?;
        let new_runtime = runtime.as_ref().map(|_| current_version());
        let changes = Arc::new(built.changes);
        let header = built.record.block.header.clone();
        let head = self.chain.store.commit(icn_storage::Decided {
            record: built.record,
            changes: changes.clone(),
            update: built.update,
            runtime,
        })?;
        let block = BlockRef { hash: head.hash, number: head.number };
        tracing::info!(
            number = block.number,
            hash = ?block.hash,
            transactions = head.record.block.extrinsics.len() - 1,
            "block decided"
        );
        self.announce(Decided { block, header, changes, new_runtime }, &head.record.block.extrinsics);
        Ok(Some(block))
    }

    /// This binary's runtime, when the block after `parent` is its first.
    fn new_runtime(&self, parent: u32) -> Result<Option<RuntimeRecord>, StorageError> {
        let recorded = self.chain.store.runtime_at(parent)?;
        Ok((recorded.spec_version != current_version().spec_version).then(runtime_record))
    }

    fn announce(&self, decided: Decided, extrinsics: &[Extrinsic]) {
        let block = decided.block;
        // Subscribers come and go; having none is no error.
        let _ = self.chain.decided.send(Arc::new(decided));
        self.pool.on_block(block.hash, block.number, extrinsics);
        // One request that waits covers this block too.
        let _ = self.revalidate.try_send(());
        debug_assert_eq!(self.chain.head(), block);
    }
}

/// What is kept of this binary's runtime.
pub(super) fn runtime_record() -> RuntimeRecord {
    let (spec_version, version, metadata) = icn_runtime::genesis::runtime_record_parts();
    RuntimeRecord { spec_version, version, metadata }
}

/// This machine's time, in milliseconds since the Unix epoch.
fn machine_time() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_millis().try_into().unwrap_or(Moment::MAX / 2)
}

/// The pool's ready transactions as a block's.
struct PoolSource<'a> {
    ready: Ready,
    pool: &'a Pool,
    /// Whether one had no room.
    left_over: bool,
}

impl TransactionSource for PoolSource<'_> {
    fn next(&mut self) -> Option<(Hash, Extrinsic)> {
        self.ready.next().map(|pooled| (pooled.hash, pooled.extrinsic.clone()))
    }

    fn refused(&mut self, hash: Hash, refusal: Refusal) {
        self.ready.skip_sender(hash);
        match refusal {
            Refusal::NoRoom => self.left_over = true,
            Refusal::Invalid(error) => self.pool.drop_invalid(hash, error),
            Refusal::Broke { reason } => {
                tracing::warn!(?hash, %reason, "a transaction broke the runtime: dropped and banned");
                self.pool.ban(hash);
            }
        }
    }
}
