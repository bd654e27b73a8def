//! Building blocks of transfers, in a process of its own: what one process has built, it has verified, and the cache of
//! signatures would then make their execution look cheaper than it is for a validator.

use crate::{
    accounts::Accounts,
    process::{self, thread_time},
    report::say,
};
use codec::Encode;
use icn_executor::{inherent, Parent};
use icn_primitives::{state::Entry, Block, Changes, Extrinsic, Hash, StateCommitment, StateError, StateView};
use icn_storage::{LatestState, Options, OrderedStore, RocksStore, TreeUpdate};
use icn_tests::chain::{Offered, TestChain};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::{
    fs,
    ops::Bound,
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// Blocks before the measured ones.
pub(crate) const WARM_UP: usize = 2;

/// Builds blocks and says what it took.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct BuildArgs {
    /// Accounts in the state.
    #[arg(long)]
    pub(crate) accounts: u32,
    /// Blocks to build.
    #[arg(long)]
    pub(crate) blocks: u32,
    /// Transactions in a block; fewer when its weight is spent.
    #[arg(long)]
    pub(crate) transactions: u32,
    /// Where the blocks go.
    #[arg(long)]
    pub(crate) output: PathBuf,
}

impl BuildArgs {
    /// The accounts that these blocks need.
    pub(crate) fn accounts(&self) -> Accounts {
        Accounts::new(self.accounts, self.blocks * self.transactions)
    }
}

/// Time spent in one way or another, as a clock and as the thread see it.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Taken {
    /// By the clock.
    pub(crate) wall: Duration,
    /// By the thread that waited.
    pub(crate) cpu: Duration,
}

impl std::ops::AddAssign for Taken {
    fn add_assign(&mut self, other: Self) {
        self.wall += other.wall;
        self.cpu += other.cpu;
    }
}

/// Runs `work`; its result and what it took.
pub(crate) fn timed<R>(work: impl FnOnce() -> R) -> (R, Taken) {
    let (wall, cpu) = (Instant::now(), thread_time());
    let result = work();
    (result, Taken { wall: wall.elapsed(), cpu: thread_time().saturating_sub(cpu) })
}

/// What the measured blocks took.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Built {
    /// Blocks measured.
    pub(crate) blocks: u32,
    /// Transfers in them.
    pub(crate) transactions: u64,
    /// Validating the transactions for the pool, on all cores.
    pub(crate) validate: Taken,
    /// Building, without the root.
    pub(crate) execute: Taken,
    /// Staging the tree.
    pub(crate) root: Taken,
    /// The synced batch.
    pub(crate) commit: Taken,
}

/// Makes the chain in an empty folder.
pub(crate) fn chain(home: &std::path::Path, accounts: &Accounts) -> eyre::Result<TestChain<RocksStore>> {
    Ok(TestChain::create(RocksStore::open(home)?, accounts.genesis(), Options::default()))
}

/// Builds the blocks, writes them to the file and prints [`Built`] as JSON.
///
/// # Errors
/// When a block cannot be built or the file not be written.
pub(crate) fn run(args: &BuildArgs) -> eyre::Result<()> {
    let home = tempfile::tempdir()?;
    let accounts = args.accounts();
    let chain = chain(home.path(), &accounts)?;
    let transfers = accounts.transfers(args.blocks * args.transactions, chain.store.genesis_hash());
    let mut built = Built::default();
    let mut blocks: Vec<Block> = Vec::new();
    let mut rest = &transfers[..];
    while !rest.is_empty() {
        let offered = &rest[..rest.len().min(args.transactions as usize)];
        let taken = next(&chain, offered, &mut blocks, &mut built)?;
        rest = &rest[taken..];
    }
    fs::write(&args.output, blocks.encode())?;
    say(&serde_json::to_string(&built)?);
    Ok(())
}

/// Builds and commits the next block; how many of the offered it took.
fn next(
    chain: &TestChain<RocksStore>,
    offered: &[Extrinsic],
    blocks: &mut Vec<Block>,
    built: &mut Built,
) -> eyre::Result<usize> {
    let (state, parent) = (chain.state(), chain.parent());
    let (valid, validate) = timed(|| validate(chain, &parent, offered));
    valid?;
    let view = Timed::new(&state);
    let mut source = Offered::new(offered.iter().cloned());
    let inherents = chain.inherents();
    let (made, mut execute) =
        timed(|| chain.executor.build(&parent, &view, &inherents, &mut source, Default::default()));
    let made = made?;
    execute.subtract(view.taken());
    let taken = made.record.block.extrinsics.len() - inherent::COUNT;
    eyre::ensure!(taken > 0, "no transaction entered the block: {:?}", source.refused.first());
    blocks.push(made.record.block.clone());
    let root = view.taken();
    let decided = chain.decide(made);
    let (head, commit) = timed(|| chain.store.commit(decided));
    head?;
    if blocks.len() > WARM_UP {
        built.blocks += 1;
        built.transactions += taken as u64;
        built.validate += validate;
        built.execute += execute;
        built.root += root;
        built.commit += commit;
    }
    Ok(taken)
}

fn validate(chain: &TestChain<RocksStore>, parent: &Parent, offered: &[Extrinsic]) -> eyre::Result<()> {
    let state = chain.state();
    offered.par_iter().with_min_len(32).try_for_each(|extrinsic| {
        let verdict = chain.executor.validate(&state, parent.hash, extrinsic)?;
        verdict.map(|_| ()).map_err(|error| eyre::eyre!("a transfer is not valid: {error}"))
    })
}

impl Taken {
    /// Takes another time out of this one.
    pub(crate) fn subtract(&mut self, other: Self) {
        self.wall = self.wall.saturating_sub(other.wall);
        self.cpu = self.cpu.saturating_sub(other.cpu);
    }
}

/// A state that notes how long its root takes.
pub(crate) struct Timed<'a, S: OrderedStore> {
    state: &'a LatestState<S>,
    wall: AtomicU64,
    cpu: AtomicU64,
}

impl<'a, S: OrderedStore> Timed<'a, S> {
    /// Notes the root's time of this state.
    pub(crate) fn new(state: &'a LatestState<S>) -> Self {
        Self { state, wall: AtomicU64::new(0), cpu: AtomicU64::new(0) }
    }

    /// What the root took.
    pub(crate) fn taken(&self) -> Taken {
        let duration = |nanoseconds: &AtomicU64| Duration::from_nanos(nanoseconds.load(Ordering::Relaxed));
        Taken { wall: duration(&self.wall), cpu: duration(&self.cpu) }
    }
}

impl<S: OrderedStore> StateView for Timed<'_, S> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        self.state.get(key)
    }

    fn entries<'a>(&'a self, from: Bound<&[u8]>) -> Box<dyn Iterator<Item = Result<Entry, StateError>> + 'a> {
        self.state.entries(from)
    }
}

impl<S: OrderedStore> StateCommitment for Timed<'_, S> {
    type Update = TreeUpdate;

    fn stage(&self, changes: &Changes) -> Result<(Hash, TreeUpdate), StateError> {
        let (staged, taken) = timed(|| self.state.stage(changes));
        self.wall.fetch_add(nanoseconds(taken.wall), Ordering::Relaxed);
        self.cpu.fetch_add(nanoseconds(taken.cpu), Ordering::Relaxed);
        staged
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    duration.as_nanos().try_into().unwrap_or(u64::MAX)
}

/// Threads for what is done in parallel, with stacks that fit nested calls: as many as there are cores.
///
/// # Errors
/// When the threads cannot be started.
pub(crate) fn start_threads() -> eyre::Result<()> {
    let stack = icn_primitives::limits::EXECUTION_STACK_BYTES;
    Ok(rayon::ThreadPoolBuilder::new().num_threads(process::cores()).stack_size(stack).build_global()?)
}
