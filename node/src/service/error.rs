//! Why a node does not start, or stops by itself.

use icn_executor::ExecutorError;
use icn_primitives::Hash;
use icn_storage::StorageError;
use std::{io, path::PathBuf};

/// Why a node does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The home cannot be made.
    #[error("cannot make the home {path}: {source}; choose another with --home")]
    Home {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StorageError),
    /// The home belongs to another chain.
    #[error("the home {home} holds the chain with genesis {stored:?}, the chain spec describes {specified:?}: choose another home, or the chain spec this home was made with")]
    WrongGenesis {
        /// The folder.
        home: PathBuf,
        /// Genesis hash of the store.
        stored: Hash,
        /// Genesis hash of the chain spec.
        specified: Hash,
    },
    /// The chain spec describes no chain.
    #[error(transparent)]
    Spec(#[from] icn_chain_spec::SpecError),
    /// Only Development chains are made by one process.
    #[error("the chain {name} is not a Development chain: a single process makes no blocks for it, and this version has no consensus")]
    NeedsConsensus {
        /// Name of the chain.
        name: String,
    },
    /// Only Development chains rehearse upgrades.
    #[error("only Development chains rehearse an upgrade: leave out --rehearse-spec-version")]
    Rehearsal,
    /// The executor does not start.
    #[error(transparent)]
    Executor(#[from] ExecutorError),
    /// The server does not start.
    #[error(transparent)]
    Serve(#[from] icn_rpc::ServeError),
    /// A thread does not start.
    #[error("cannot start a thread: {0}")]
    Thread(#[source] io::Error),
}

/// Why a running node stopped by itself. The store is in doubt, or the runtime broke: nothing was written since.
#[derive(Debug, thiserror::Error)]
pub enum StopError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StorageError),
    /// No block can be made.
    #[error(transparent)]
    Executor(#[from] ExecutorError),
    /// A thread of the node ended by a panic, which is logged.
    #[error("the thread {0} panicked: report it with the log")]
    Thread(&'static str),
    /// A state could not be read for a client.
    #[error(transparent)]
    State(#[from] icn_primitives::StateError),
}
