//! The chain under consensus: blocks built from the pool, executed and committed over the store.

use super::{
    chain::NodeChain,
    error::StopError,
    records::{Availability, Records},
    seals::Seals,
};
use codec::Encode;
use crossbeam_channel::Sender;
use icn_consensus::{
    application::{BuildJob, Chain, ChainError, CommitJob, DecidedBlock, Head, Origin, Proposed, Verdict, VerifyJob},
    parts::Init,
};
use icn_dag::AnchorEntry;
use icn_engine::Around;
use icn_executor::{BuildLimits, Executed, ExecutorError, Inherents, Parent, Refusal, TransactionSource};
use icn_mempool::{Pool, Ready};
use icn_primitives::{
    Block, BlockNumber, BlockRecord, Changes, Commit, ConsensusDigest, ConsensusRecord, DuplicateVote, Extrinsic, Hash,
    Moment, Target, ValidatorSet,
};
use icn_rpc::backend::{BlockRef, Decided};
use icn_runtime::current_version;
use icn_storage::{LatestState, OrderedStore, RuntimeRecord, StorageError, TreeUpdate, Undecided};
use malachitebft_core_types::LinearTimeouts;
use parking_lot::Mutex;
use std::{
    collections::BTreeMap,
    ops::RangeInclusive,
    sync::{atomic::Ordering, Arc},
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// What the state's keys of records start with: `twox128("Dag")`.
const DAG_PREFIX: [u8; 16] =
    [0x5d, 0x1a, 0x1d, 0x38, 0xfd, 0xa1, 0x18, 0x19, 0x1b, 0xa0, 0xf9, 0x26, 0xa6, 0x3d, 0x65, 0xdb];

/// A block for the next height, executed.
struct Staged {
    record: BlockRecord,
    changes: Changes,
    update: TreeUpdate,
    new_validators: Option<ValidatorSet>,
}

/// The chain under consensus.
pub struct Blocks<S: OrderedStore> {
    chain: Arc<NodeChain<S>>,
    pool: Pool,
    records: Arc<Records<S>>,
    seals: Arc<Seals<S>>,
    /// Asks for the pool to be revalidated; holds one message.
    revalidate: Sender<()>,
    /// Blocks for the next height that were executed in this process.
    staged: Mutex<BTreeMap<Target, Staged>>,
    /// The head, for whoever follows it.
    heads: watch::Sender<BlockRef>,
    /// Shortest time between two blocks, in place of the chain's parameter.
    interval: Option<Duration>,
    around: Arc<Around>,
}

/// A failure under consensus, which ends the process.
fn fatal(error: impl Into<StopError>) -> ChainError {
    ChainError(Box::new(error.into()))
}

impl<S: OrderedStore> Blocks<S> {
    /// Over a chain and the pool that feeds it. `interval` stands in place of the chain's shortest interval, where a chain is one's
    /// own.
    pub fn new(
        chain: Arc<NodeChain<S>>,
        pool: Pool,
        records: Arc<Records<S>>,
        seals: Arc<Seals<S>>,
        revalidate: Sender<()>,
        interval: Option<Duration>,
        around: Arc<Around>,
    ) -> Self {
        let head = chain.store.head();
        let heads = watch::channel(BlockRef { hash: head.hash, number: head.number }).0;
        Self { chain, pool, records, seals, revalidate, staged: Mutex::default(), heads, interval, around }
    }

    /// The head, as it changes.
    pub fn heads(&self) -> watch::Receiver<BlockRef> {
        self.heads.subscribe()
    }

    /// This height as a block's number; heights of the engine are wider.
    fn number(height: u64) -> Option<BlockNumber> {
        BlockNumber::try_from(height).ok()
    }

    fn parent(&self) -> Result<Parent, ChainError> {
        Parent::of(&self.chain.store.head().record).map_err(fatal)
    }

    /// What this node knows of consensus for the block after the head.
    fn record(&self, evidence: &[DuplicateVote], time: Moment) -> Result<ConsensusRecord, ChainError> {
        let latest = self.chain.store.latest();
        let number = latest.head().number;
        let commit = self.chain.store.commit_of(number).map_err(fatal)?;
        let next = (number.saturating_add(1), time);
        let evidence = self.chain.executor.select_evidence(&latest, evidence, next).map_err(fatal)?;
        Ok(ConsensusRecord { commit, evidence })
    }

    /// Executes a block on the head.
    fn execute(&self, block: Block) -> Result<Executed<TreeUpdate>, ExecutorError> {
        let latest = self.chain.store.latest();
        let parent = Parent::of(&latest.head().record)?;
        self.chain.executor.execute(&parent, &latest, block)
    }

    /// Executes a block on the head, unless it was executed before: what it is voted for as.
    fn execute_once(&self, origin: &Origin, block: Block) -> Result<Target, ExecutorError> {
        match origin {
            // Its parts are those of the target, so it is that block.
            Origin::Parts(init) if self.staged.lock().contains_key(&init.target) => Ok(init.target),
            _ => {
                let executed = self.execute(block)?;
                let target = executed.record.target().map_err(ExecutorError::Header)?;
                let target = target.ok_or(ExecutorError::NoValidators { number: 0 })?;
                self.stage(target, executed);
                Ok(target)
            }
        }
    }

    /// Whether the records that a block lists are here. Blocks that others have decided are not asked.
    fn available(&self, origin: &Origin, anchors: &[AnchorEntry]) -> Result<Availability, ChainError> {
        match origin {
            Origin::Parts(_) => self.records.availability(anchors).map_err(fatal),
            Origin::Sync { .. } => Ok(Availability::Complete),
        }
    }

    /// Whether the records that a kept block lists are here.
    fn holds_records_of(&self, kept: &Undecided) -> Result<bool, ChainError> {
        let Ok(block) = Block::from_bytes(&kept.block) else { return Ok(true) };
        let listed = icn_executor::inherent::anchors(&block.extrinsics);
        let records = self.chain.store.records();
        for entry in &listed {
            if !records.has(&entry.cid).map_err(fatal)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// When there is something to do without anybody's transaction: a call of the agenda, the end of an epoch, or the first block of this binary's
    /// runtime, before which wallets can sign nothing.
    fn due(&self, latest: &LatestState<S>) -> Result<Option<Moment>, ChainError> {
        if self.new_runtime(latest.head().number).map_err(fatal)?.is_some() {
            return Ok(Some(0));
        }
        let executor = &self.chain.executor;
        let dues = [executor.agenda_due(latest).map_err(fatal)?, executor.epoch_ends_at(latest).map_err(fatal)?];
        Ok(dues.into_iter().flatten().min())
    }

    /// Makes a block durable before anything is said about it.
    fn keep(&self, height: u64, undecided: &Undecided) -> Result<(), ChainError> {
        let Some(number) = Self::number(height) else { return Ok(()) };
        self.chain.store.put_undecided(number, undecided).map_err(fatal)
    }

    fn stage(&self, target: Target, executed: Executed<TreeUpdate>) {
        let Executed { record, changes, update, new_validators } = executed;
        self.staged.lock().insert(target, Staged { record, changes, update, new_validators });
    }

    /// What a decided block does: as it was executed in this process, or executed again after a restart.
    fn staged(&self, height: u64, target: &Target) -> Result<Staged, ChainError> {
        if let Some(staged) = self.staged.lock().remove(target) {
            return Ok(staged);
        }
        let number = Self::number(height).unwrap_or(BlockNumber::MAX);
        let kept = self.chain.store.undecided(number).map_err(fatal)?;
        let body =
            kept.into_iter().find(|kept| kept.target == *target).ok_or_else(|| fatal(StopError::NoBody { number }))?;
        let block = Block::from_bytes(&body.block).map_err(|_| fatal(StopError::NoBody { number }))?;
        let Executed { record, changes, update, new_validators } = self.execute(block).map_err(fatal)?;
        Ok(Staged { record, changes, update, new_validators })
    }

    /// This binary's runtime, when the block after `parent` is its first.
    fn new_runtime(&self, parent: BlockNumber) -> Result<Option<RuntimeRecord>, StorageError> {
        let recorded = self.chain.store.runtime_at(parent)?;
        Ok((recorded.spec_version != current_version().spec_version).then(runtime_record))
    }

    fn announce(&self, decided: Decided, extrinsics: &[Extrinsic]) {
        let block = decided.block;
        // Subscribers come and go; having none is no error.
        let _ = self.chain.decided.send(Arc::new(decided));
        self.pool.on_block(block.hash, block.number, extrinsics);
        // Before the engine asks for the next height: what was just included is no reason to start it.
        self.around.ready.store(*self.pool.wait_ready().borrow() as u64, Ordering::Relaxed);
        // One request that waits covers this block too.
        let _ = self.revalidate.try_send(());
        self.heads.send_replace(block);
    }
}

impl<S: OrderedStore> Chain for Blocks<S> {
    fn head(&self) -> Result<Head, ChainError> {
        let latest = self.chain.store.latest();
        let head = latest.head();
        let consensus = self.chain.executor.consensus(&latest, head.number).map_err(fatal)?;
        let timeouts = &consensus.parameters.timeouts_ms;
        let ms = |ms: u32| Duration::from_millis(ms.into());
        let interval = self.interval.unwrap_or_else(|| ms(consensus.parameters.minimum_interval_ms));
        // A validator that is alone waits for nobody's votes.
        let voters = consensus.validators.validators().len() > 1;
        Ok(Head {
            height: head.number.into(),
            time: head.record.time(),
            target: head.record.target().map_err(|error| fatal(ExecutorError::Header(error)))?,
            validators: consensus.validators,
            timeouts: LinearTimeouts {
                propose: ms(timeouts.propose),
                propose_delta: ms(timeouts.propose_delta),
                prevote: ms(timeouts.prevote),
                prevote_delta: ms(timeouts.prevote_delta),
                precommit: ms(timeouts.precommit),
                precommit_delta: ms(timeouts.precommit_delta),
                rebroadcast: ms(timeouts.rebroadcast),
                ..LinearTimeouts::default()
            },
            target_time: voters.then_some(interval).filter(|interval| !interval.is_zero()),
            minimum_interval: if voters { Duration::ZERO } else { interval },
            halted: !self.chain.executor.may_make(&latest, head.number + 1).map_err(fatal)?,
            due: self.due(&latest)?,
        })
    }

    fn build(&self, job: &BuildJob) -> Result<Option<Proposed>, ChainError> {
        let parent = self.parent()?;
        if u64::from(parent.number) + 1 != job.height {
            return Ok(None);
        }
        let digest = ConsensusDigest { time: job.time, proposer: job.sealer.address };
        let latest = self.chain.store.latest();
        let anchors = self.records.select(&*latest, job.time).map_err(fatal)?;
        let seal = self.seals.select(&*latest).map_err(fatal)?;
        let inherents = Inherents { digest, record: self.record(&job.evidence, job.time)?, anchors, seal };
        let mut source = PoolSource { ready: self.pool.ready(), pool: &self.pool };
        let limits = BuildLimits { deadline: Some(Instant::now() + job.budget), transactions_max: None };
        let built = match self.chain.executor.build(&parent, &latest, &inherents, &mut source, limits) {
            Err(ExecutorError::Version(error)) => {
                tracing::error!("{error}");
                return Ok(None);
            }
            built => built.map_err(fatal)?,
        };
        let target = target_of(&built.record)?;
        let block = built.record.block.encode();
        let init = match job.sealer.seal((job.height, job.round), None, target, block.len() as u32) {
            Ok(init) => init,
            // A remote signer may be away, or sign votes only. Another proposes then.
            Err(error) => {
                tracing::error!(%error, height = job.height, "this validator cannot propose");
                return Ok(None);
            }
        };
        self.keep(job.height, &undecided(&init, block.clone(), true))?;
        let (record, changes, update, new_validators) =
            (built.record, built.changes, built.update, built.new_validators);
        self.stage(target, Executed { record, changes, update, new_validators });
        Ok(Some(Proposed { init, block: block.into(), valid: true }))
    }

    fn verify(&self, job: &VerifyJob) -> Result<Option<Verdict>, ChainError> {
        let Some(block) = Block::from_bytes(&job.block).ok().filter(|block| block.encode()[..] == job.block[..]) else {
            return Ok(Some(Verdict::Undecodable));
        };
        let anchors = icn_executor::inherent::anchors(&block.extrinsics);
        let (valid, verdict) = match self.execute_once(&job.origin, block) {
            Ok(target) => match self.available(&job.origin, &anchors)? {
                Availability::Complete => (Some(target), Verdict::Valid(target)),
                Availability::Missing => return Ok(Some(Verdict::Unavailable(target))),
                Availability::Wrong(reason) => (None, Verdict::Invalid { reason }),
            },
            Err(ExecutorError::Invalid(reason)) => (None, Verdict::Invalid { reason: reason.to_string() }),
            Err(ExecutorError::Version(error)) => {
                tracing::error!("{error}");
                return Ok(None);
            }
            Err(error) => return Err(fatal(error)),
        };
        let kept = match (&job.origin, valid) {
            (Origin::Parts(init), valid) => Some(undecided(init, job.block.to_vec(), valid == Some(init.target))),
            (Origin::Sync { round, proposer }, Some(target)) => Some(Undecided {
                target,
                round: *round,
                proposer: *proposer,
                pol_round: None,
                signature: [0; 64],
                valid: true,
                block: job.block.to_vec(),
            }),
            (Origin::Sync { .. }, None) => None,
        };
        if let Some(kept) = kept {
            self.keep(job.height, &kept)?;
        }
        Ok(Some(verdict))
    }

    fn commit(&self, job: &CommitJob) -> Result<Head, ChainError> {
        let parent = self.chain.store.head().number;
        if job.height <= u64::from(parent) {
            return self.head();
        }
        let Staged { record, changes, update, new_validators } = self.staged(job.height, &job.target)?;
        let runtime = self.new_runtime(parent).map_err(fatal)?;
        let new_runtime = runtime.as_ref().map(|_| current_version());
        let changes = Arc::new(changes);
        let header = record.block.header.clone();
        let anchors = icn_executor::inherent::anchors(&record.block.extrinsics).into_inner();
        let anchored: Vec<_> = anchors.iter().map(|entry| entry.cid).collect();
        let emitted = icn_executor::records::emitted(&changes).ok_or_else(|| fatal(StopError::Emitted))?;
        let decided = icn_storage::Decided {
            record,
            changes: changes.clone(),
            update,
            runtime,
            commit: job.commit.clone(),
            new_validators,
            anchors,
            emitted,
        };
        let head = self.chain.store.commit(decided).map_err(fatal)?;
        self.staged.lock().clear();
        let touched = changes.keys().any(|key| key.starts_with(&DAG_PREFIX));
        self.records.on_block(&anchored, touched).map_err(fatal)?;
        self.seals.on_block(&changes).map_err(fatal)?;
        let block = BlockRef { hash: head.hash, number: head.number };
        tracing::info!(
            number = block.number,
            hash = ?block.hash,
            round = job.commit.round,
            transactions = icn_executor::inherent::transactions(&head.record.block.extrinsics),
            records = anchored.len(),
            "block decided"
        );
        self.announce(Decided { block, header, changes, new_runtime }, &head.record.block.extrinsics);
        self.head()
    }

    fn improve_commit(&self, height: u64, commit: Commit) -> Result<(), ChainError> {
        let Some(number) = Self::number(height) else { return Ok(()) };
        self.chain.store.improve_commit(number, commit).map(drop).map_err(fatal)
    }

    fn undecided(&self) -> Result<Vec<Proposed>, ChainError> {
        let number = self.chain.store.head().number + 1;
        let mut kept = self.chain.store.undecided(number).map_err(fatal)?;
        // One that came decided was executed, and its records were asked of nobody: it comes again, and no vote is cast for it.
        let mut failure = Ok(());
        kept.retain(|kept| {
            self.holds_records_of(kept).unwrap_or_else(|error| {
                failure = Err(error);
                false
            })
        });
        failure?;
        let proposed = |kept: Undecided| Proposed {
            init: Init {
                height: number.into(),
                round: kept.round,
                pol_round: kept.pol_round,
                proposer: kept.proposer,
                target: kept.target,
                length: kept.block.len() as u32,
                signature: kept.signature,
            },
            block: kept.block.into(),
            valid: kept.valid,
        };
        Ok(kept.into_iter().map(proposed).collect())
    }

    fn accepts_evidence(&self, evidence: &DuplicateVote) -> Result<bool, ChainError> {
        self.chain.executor.accepts_evidence(&self.chain.store.latest(), evidence).map_err(fatal)
    }

    fn oldest(&self) -> u64 {
        self.chain.store.oldest_body().into()
    }

    fn decided(&self, heights: RangeInclusive<u64>, bytes_max: usize) -> Result<Vec<DecidedBlock>, ChainError> {
        let store = &self.chain.store;
        let last = (*heights.end()).min(store.head().number.into());
        let mut blocks = Vec::new();
        let mut bytes = 0;
        for height in *heights.start()..=last {
            let Some(number) = Self::number(height).filter(|number| *number > 0) else { break };
            let record = match store.record(number) {
                // It left the history meanwhile.
                Err(StorageError::Pruned { .. }) | Ok(None) => break,
                record => record.map_err(fatal)?,
            };
            let (commit, validators) =
                (store.commit_of(number).map_err(fatal)?, store.validators_at(number).map_err(fatal)?);
            let (Some(record), Some(commit), Some(validators)) = (record, commit, validators) else { break };
            let block = record.block.encode();
            bytes += block.len();
            if bytes > bytes_max && !blocks.is_empty() {
                break;
            }
            blocks.push(DecidedBlock { height, target: target_of(&record)?, block, commit, validators });
        }
        Ok(blocks)
    }
}

/// What is voted for in a block after genesis.
fn target_of(record: &BlockRecord) -> Result<Target, ChainError> {
    let target = record.target().map_err(|error| fatal(ExecutorError::Header(error)))?;
    target.ok_or_else(|| fatal(StopError::NoBody { number: 0 }))
}

fn undecided(init: &Init, block: Vec<u8>, valid: bool) -> Undecided {
    Undecided {
        target: init.target,
        round: init.round,
        proposer: init.proposer,
        pol_round: init.pol_round,
        signature: init.signature,
        valid,
        block,
    }
}

/// What is kept of this binary's runtime.
pub(super) fn runtime_record() -> RuntimeRecord {
    let (spec_version, version, metadata) = icn_runtime::genesis::runtime_record_parts();
    RuntimeRecord { spec_version, version, metadata }
}

/// The pool's ready transactions as a block's.
struct PoolSource<'a> {
    ready: Ready,
    pool: &'a Pool,
}

impl TransactionSource for PoolSource<'_> {
    fn next(&mut self) -> Option<(Hash, Extrinsic)> {
        self.ready.next().map(|pooled| (pooled.hash, pooled.extrinsic.clone()))
    }

    fn refused(&mut self, hash: Hash, refusal: Refusal) {
        self.ready.skip_sender(hash);
        match refusal {
            Refusal::NoRoom => {}
            Refusal::Invalid(error) => self.pool.drop_invalid(hash, error),
            Refusal::Broke { reason } => {
                tracing::warn!(?hash, %reason, "a transaction broke the runtime: dropped and banned");
                self.pool.ban(hash);
            }
        }
    }
}
