//! `icn check`: whether what a stopped node has stored fits together.

use super::{
    chain,
    output::{line, note},
    settings::HomeArgs,
    CliError,
};
use crate::config::{default_home, Home};
use icn_chain_spec::ChainSpec;
use icn_executor::{Executor, ExecutorError};
use icn_primitives::limits::EXECUTION_STACK_BYTES;
use icn_storage::{check::CheckStep, ChainStore, Keep, Options, RocksStore, StorageError};
use std::{io, path::PathBuf, thread};

/// Findings that are printed; one is enough to act.
const FINDINGS_SHOWN: usize = 20;

/// Check the store of a stopped node
///
/// Every block against its headers, the signatures that decided it against the validators, every stored tree against the
/// headers, the latest state and the history against the trees, and the runtime's invariants on the latest state. Nothing is
/// changed. The exit code is 0 when all is sound.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn check                      the home ~/.icn
  icn check --home ~/.icn/dev    the chain of `icn dev`")]
pub struct CheckArgs {
    #[command(flatten)]
    home: HomeArgs,
}

/// Why a store is not sound, or cannot be checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The store cannot be opened or read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// No node ran in the home.
    #[error("{} holds no chain yet; `icn start` begins it", path.display())]
    Empty {
        /// The home.
        path: PathBuf,
    },
    /// The store holds another chain than the home says.
    #[error("the store is of another chain than {}: restore the file that belongs to it", path.display())]
    OtherChain {
        /// The specification of the home.
        path: PathBuf,
    },
    /// Records do not fit together.
    #[error(
        "the store is not sound: {count} records do not fit; restore a backup, or remove the store and sync again"
    )]
    Findings {
        /// How many, at most a thousand.
        count: usize,
    },
    /// The runtime's invariants do not hold.
    #[error("the state after block {number} breaks an invariant of the runtime: {source}")]
    Invariant {
        /// The head.
        number: u32,
        /// Which one.
        source: icn_executor::CallError,
    },
    /// The executor does not start.
    #[error(transparent)]
    Executor(#[from] ExecutorError),
    /// The thread for the check does not start, or died.
    #[error("the check did not run to its end")]
    Thread,
    /// Standard output or error fails.
    #[error("the terminal cannot be used: {0}")]
    Terminal(#[from] io::Error),
}

impl CheckArgs {
    /// Runs the command.
    ///
    /// # Errors
    /// When the store is not sound, in use, or cannot be read.
    pub fn run(&self) -> Result<(), CliError> {
        let home = default_home(self.home.home.as_deref())?;
        let spec = chain::of_home(&home)?;
        let genesis = icn_chain_spec::genesis(&spec)?;
        // The invariants decode calls, which nest.
        let work = move || check(&home, &spec, &genesis);
        let thread = thread::Builder::new().stack_size(EXECUTION_STACK_BYTES).spawn(work)?;
        Ok(thread.join().map_err(|_| CheckError::Thread)??)
    }
}

fn check(home: &Home, spec: &ChainSpec, genesis: &icn_chain_spec::Genesis) -> Result<(), CheckError> {
    let path = home.path().join("db");
    if !path.exists() {
        return Err(CheckError::Empty { path: home.path().into() });
    }
    // Nothing is pruned by opening; what is kept stays kept.
    let options = Options { state_history: Keep::All, block_history: Keep::All };
    let Some(chain) = ChainStore::open(RocksStore::open(path)?, options)? else {
        return Err(CheckError::Empty { path: home.path().into() });
    };
    let other = || CheckError::OtherChain { path: home.chain_spec_path() };
    let first = chain.header(0)?.ok_or_else(other)?;
    let id = chain.tendermint_header(0)?.map(|header| header.chain_id);
    if id != Some(genesis.chain_id(first.state_root)) {
        return Err(other());
    }
    let mut progress = Progress::default();
    let report = chain.check(&mut |step| progress.tell(step))?;
    for finding in report.findings.iter().take(FINDINGS_SHOWN) {
        line(&format!("- {finding}"))?;
    }
    if !report.is_clean() {
        return Err(CheckError::Findings { count: report.findings.len() });
    }
    note("invariants of the runtime")?;
    let head = chain.latest();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let executor = Executor::new(genesis.context(first.state_root), threads)?;
    let number = head.head().number;
    executor.invariants(&*head).map_err(|source| CheckError::Invariant { number, source })?;
    Ok(line(&format!(
        "{name} is sound up to block {number}: {headers} headers, {bodies} bodies, {commits} commits, {entries} entries of \
         state, {nodes} tree nodes, {undo} records of history, {blocks} blocks of blobs",
        name = spec.name,
        headers = report.headers,
        bodies = report.bodies,
        commits = report.commits,
        entries = report.state_entries,
        nodes = report.tree_nodes,
        undo = report.undo_records,
        blocks = report.blob_blocks,
    ))?)
}

/// Tells progress when a stage begins, and each tenth of it where its length is known.
#[derive(Default)]
struct Progress {
    told: Option<(&'static str, u64)>,
}

impl Progress {
    fn tell(&mut self, step: CheckStep) {
        let (stage, done, total) = match step {
            CheckStep::Blocks { done, total } => ("blocks", done, Some(total)),
            CheckStep::Commits { done, total } => ("commits", done, Some(total)),
            CheckStep::Tree { done } => ("trees and state", done, None),
            CheckStep::History { done, total } => ("history", done, Some(total)),
        };
        let part = match total {
            Some(total) => done.saturating_mul(10) / total.max(1),
            None => done / 1_000_000,
        };
        if self.told == Some((stage, part)) {
            return;
        }
        self.told = Some((stage, part));
        let text = match total {
            Some(total) => format!("{stage}: {done} of {total}"),
            None => format!("{stage}: {done}"),
        };
        // A closed terminal must not end a check.
        let _ = note(&text);
    }
}
