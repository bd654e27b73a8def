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
    /// What was signed last is not known any more, and no other validator decides the block without this one.
    #[error("this chain's only validator has signed for block {guarded}, and its store ends at block {head} without a log of that: they were put back from a copy, or the folder wal was removed. Put back the newest copy of the whole home; if nobody has seen block {guarded}, remove the file guard")]
    SignedUnknown {
        /// Height signed for.
        guarded: u64,
        /// Height of the store.
        head: u32,
    },
    /// The engine's log cannot be read.
    #[error("the log of consensus {path} cannot be read: {source}; is another node using this home?")]
    Log {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: io::Error,
    },
    /// The record of what was signed cannot be used.
    #[error(transparent)]
    Guard(#[from] icn_consensus::guard::GuardError),
    /// The validator's key is in another program, which does not sign.
    #[error(transparent)]
    RemoteSigner(#[from] icn_consensus::privval::RemoteError),
    /// The node's own key is no Ed25519 key, with which connections of a remote signer are encrypted.
    #[error("a remote signer needs a node with an Ed25519 key: make one with `icn keys new node`")]
    NodeKey,
    /// The chain cannot be read.
    #[error(transparent)]
    Chain(icn_consensus::application::ChainError),
    /// The consensus engine does not start.
    #[error(transparent)]
    Engine(#[from] icn_engine::StartError),
    /// The network does not start.
    #[error(transparent)]
    Network(#[from] icn_network::NetworkError),
    /// Only Development chains rehearse upgrades.
    #[error("only Development chains rehearse an upgrade: leave out --rehearse-spec-version")]
    Rehearsal,
    /// The executor does not start.
    #[error(transparent)]
    Executor(#[from] ExecutorError),
    /// The server does not start.
    #[error(transparent)]
    Serve(#[from] icn_rpc::ServeError),
    /// The records that wait cannot be read.
    #[error(transparent)]
    Records(#[from] StopError),
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
    /// A decided block is not there, though it was durable before it was voted for.
    #[error("the body of block {number}, which was decided, is not in the store")]
    NoBody {
        /// Its height.
        number: u32,
    },
    /// A record that a decided block emitted does not decode.
    #[error("a record that a decided block emitted does not decode")]
    Emitted,
    /// Consensus stopped.
    #[error(transparent)]
    Consensus(icn_engine::StopReason),
    /// The blocks for which this validator could not vote are decided. The node starts again, and votes.
    #[error("block {guarded} is decided: this validator votes again when the node starts again")]
    CaughtUp {
        /// The block.
        guarded: u64,
    },
    /// A state could not be read for a client.
    #[error(transparent)]
    State(#[from] icn_primitives::StateError),
}
