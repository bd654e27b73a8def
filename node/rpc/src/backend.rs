//! What the RPC asks of the node. The binary implements these traits; this crate knows no store, pool or executor.
//!
//! Everything here may block on the disk or execute runtime code, so handlers call it on the bounded worker pool, never on
//! the server's own threads.

use icn_primitives::{
    BlockNumber, Changes, Extrinsic, Hash, Header, Moment, StateError, StateView, SubmitError, TransactionStatus,
};
use std::sync::Arc;
use tokio::sync::{broadcast, mpsc};

/// What does not change while the node runs.
#[derive(Clone, Debug)]
pub struct ChainInfo {
    /// Name of the chain for people, `system_chain`.
    pub name: String,
    /// `Development`, `Local` or `Live`.
    pub chain_type: String,
    /// Hash of block 0.
    pub genesis_hash: Hash,
    /// `system_properties`: `ss58Format`, `tokenDecimals`, `tokenSymbol`.
    pub properties: serde_json::Map<String, serde_json::Value>,
    /// Name of the program, `system_name`.
    pub node_name: String,
    /// Version of the program, `system_version`.
    pub node_version: String,
    /// Identity on the network, `system_localPeerId`; a node without network has its own name of 0 peers.
    pub peer_id: String,
}

/// A block by hash and height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockRef {
    /// Hash of the FRAME header.
    pub hash: Hash,
    /// Height.
    pub number: BlockNumber,
}

/// A block that was decided. Blocks are final when they are decided: new, best and finalized are one event.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The block.
    pub block: BlockRef,
    /// Its FRAME header.
    pub header: Header,
    /// What it wrote.
    pub changes: Arc<Changes>,
    /// The runtime, when this block is the first whose state a new one made.
    pub new_runtime: Option<RuntimeVersion>,
}

/// `state_getRuntimeVersion`, typed.
pub type RuntimeVersion = sp_version::RuntimeVersion;

/// Why something cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// No such block; the client should ask for another.
    #[error("unknown block {0:?}")]
    UnknownBlock(Hash),
    /// The block is known, its state or body is no longer kept; an archive node has it.
    #[error("block {number} is older than the history this node keeps, which starts at {oldest}")]
    Pruned {
        /// Height asked for.
        number: BlockNumber,
        /// Oldest height kept.
        oldest: BlockNumber,
    },
    /// The store failed; the operator must look.
    #[error(transparent)]
    State(#[from] StateError),
}

/// Why a runtime call gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The block's state cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The runtime has no such method.
    #[error("the runtime has no method {0}")]
    UnknownMethod(String),
    /// The block was made by another runtime than the one this node runs.
    #[error("block {number} was made by spec version {block_spec}; this node runs {node_spec} and can call only that")]
    OtherRuntime {
        /// Height of the block.
        number: BlockNumber,
        /// The block's spec version.
        block_spec: u32,
        /// This node's spec version.
        node_spec: u32,
    },
    /// The arguments do not decode, or the call failed on them.
    #[error("the call of {method} failed: {reason}")]
    Failed {
        /// The method.
        method: String,
        /// What the runtime said.
        reason: String,
    },
}

/// An ICS-23 proof that a key has a value, or none, under a root.
#[derive(Clone, Debug)]
pub struct StateProof {
    /// The block whose state is proven.
    pub block: BlockRef,
    /// `app_hash` of the block's Tendermint header, `stateRoot` of its FRAME header.
    pub root: Hash,
    /// The value; `None` when absence is proven.
    pub value: Option<Vec<u8>>,
    /// What stands in the tree: `0x00 ‖ value`, or `0x01 ‖ sha256(value)` for values of more than 1 KiB.
    pub leaf: Option<Vec<u8>>,
    /// Protobuf of `cosmos.ics23.v1.CommitmentProof`.
    pub proof: Vec<u8>,
}

/// Reading the chain.
pub trait Chain: Send + Sync + 'static {
    /// What does not change while the node runs.
    fn info(&self) -> &ChainInfo;

    /// The highest decided block.
    fn head(&self) -> BlockRef;

    /// The header of a block, by its FRAME hash or its Tendermint hash. Headers are kept for ever.
    fn header(&self, hash: Hash) -> Result<Option<Header>, ReadError>;

    /// The extrinsics of a block; `Pruned` when only its header is kept.
    fn body(&self, hash: Hash) -> Result<Option<Vec<Extrinsic>>, ReadError>;

    /// The FRAME hash of the block at a height.
    fn hash_at(&self, number: BlockNumber) -> Result<Option<Hash>, ReadError>;

    /// The state after a block.
    fn state(&self, hash: Hash) -> Result<Arc<dyn StateView>, ReadError>;

    /// Calls a runtime API on the state after a block. At a block of an older spec version only its version and metadata
    /// are answered.
    fn call(&self, hash: Hash, method: &str, arguments: &[u8]) -> Result<Vec<u8>, CallError>;

    /// The version of the runtime that made the state after a block.
    fn runtime_version(&self, hash: Hash) -> Result<RuntimeVersion, ReadError>;

    /// The last height, not above the block's, at which anything under `prefix` changed; `None` when nothing is there and
    /// nothing was within the history kept.
    fn last_change_under(&self, hash: Hash, prefix: &[u8]) -> Result<Option<BlockNumber>, ReadError>;

    /// Proves a key's value or absence.
    fn prove(&self, hash: Hash, key: &[u8]) -> Result<StateProof, ReadError>;

    /// Every block decided from now on, in order. A receiver that lags is told so and must drop its subscription.
    fn decided(&self) -> broadcast::Receiver<Arc<Decided>>;
}

/// The transaction pool.
pub trait Transactions: Send + Sync + 'static {
    /// Checks a transaction and puts it into the pool; its hash. Blocks while the runtime validates it.
    fn submit(&self, extrinsic: Extrinsic) -> Result<Hash, SubmitError>;

    /// As [`Self::submit`], and reports what becomes of it. The channel is closed after the last status; it holds a whole
    /// life, so that the pool never waits for a reader.
    fn submit_and_watch(&self, extrinsic: Extrinsic)
        -> Result<mpsc::UnboundedReceiver<TransactionStatus>, SubmitError>;

    /// Everything that waits, ready first.
    fn pending(&self) -> Vec<Extrinsic>;

    /// Drops a transaction from the pool; whether it was there.
    fn remove(&self, hash: Hash) -> bool;

    /// The nonce an account's next transaction should have, given those that wait.
    fn next_nonce(&self, account: &icn_primitives::AccountId) -> Result<icn_primitives::Nonce, CallError>;
}

/// Making blocks and time by hand, on Development chains.
pub trait Development: Send + Sync + 'static {
    /// Makes a block now from what is ready, empty or not. Returns when it is decided.
    fn new_block(&self) -> Result<BlockRef, DevelopmentError>;

    /// Moves the chain's clock forward and makes a block at the new time.
    fn advance_time(&self, by: Moment) -> Result<BlockRef, DevelopmentError>;
}

/// Why a block was not made by hand.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DevelopmentError {
    /// The chain's clock cannot go that far.
    #[error("time can advance by at most {max} ms at once")]
    TooFar {
        /// The most that is allowed, in milliseconds.
        max: Moment,
    },
    /// The chain halted before an agreed upgrade.
    #[error("the chain halted for the upgrade at height {height}: install the new binary")]
    Halted {
        /// Height of the upgrade.
        height: BlockNumber,
    },
    /// The node is stopping.
    #[error("the node is stopping")]
    Stopping,
}
