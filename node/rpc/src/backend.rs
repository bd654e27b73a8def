//! What the RPC asks of the node. The binary implements these traits; this crate knows no store, pool or executor.
//!
//! Everything here may block on the disk or execute runtime code, so handlers call it on the bounded worker pool, never on
//! the server's own threads.

mod blobs;

pub use blobs::{BlobCollection, BlobDetails, BlobFetch, BlobPin, BlobRefusal, BlobSummary, Blobs};

use codec::Encode;
use icn_dag::{Cid, Did, Epoch, Key, Kind, ReadProof, ReadProofError, SignedHeader};
use icn_merkle::InclusionProof;
use icn_primitives::{
    BlockNumber, BlockRecord, Changes, Commit, DuplicateVote, Extrinsic, Hash, Header, Moment, PartSetHeader,
    StateError, StateView, SubmitError, TendermintHeader, TransactionStatus, ValidatorSet,
};
use icn_trust::SealedBundle;
use std::{net::IpAddr, ops::RangeInclusive, sync::Arc, time::Duration};
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

/// Who asks for a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reader {
    /// Whether the question comes from this machine.
    pub local: bool,
    /// Who it is, when it says so.
    pub proof: Option<ReadProof>,
}

/// What a reader is shown of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// All of it: its bytes.
    Record(Vec<u8>),
    /// All but the payload, which is not for this reader.
    Header(Box<SignedHeader>),
}

/// A record that is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundRecord {
    /// As much of it as the reader may see.
    pub shown: Shown,
    /// The block that made it final, and its place in the log of its DAG; `None` while it waits.
    pub place: Option<(BlockNumber, u64)>,
}

/// How far a walk along parents or children goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WalkBounds {
    /// Records, at most.
    pub count: usize,
    /// Steps, at most.
    pub depth: u32,
}

/// What a walk comes to: names and fewest steps, the nearest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordWalk {
    /// The records.
    pub records: Vec<(Cid, u32)>,
    /// Whether these are all.
    pub complete: bool,
}

/// How records are related.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related<T> {
    /// What was found.
    pub found: T,
    /// Whether everything was looked at that had to be.
    pub complete: bool,
}

/// How this node does with records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordsStatus {
    /// The federation's epoch.
    pub epoch: Epoch,
    /// For how many epochs records are kept; `None` for ever.
    pub keep_epochs: Option<u64>,
    /// Records that wait to be final.
    pub waiting: u64,
    /// Final records of the epochs that are kept that are not here and are being asked for.
    pub missing: u64,
    /// Those of them that peers have and do not give to this node.
    pub withheld: u64,
}

/// What a writer's next record of a DAG is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextRecord {
    /// Its number.
    pub seq: u64,
    /// Its epoch.
    pub epoch: Epoch,
    /// The chain's time here, in milliseconds.
    pub time: Moment,
    /// The records that nothing follows yet.
    pub parents: Vec<Cid>,
}

/// Whose records are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordQueryKey {
    /// Those of a DAG.
    Dag(Did),
    /// Those of an issuer, in all DAGs.
    Issuer(Did),
    /// Those of a kind in a DAG.
    Kind(Did, Kind),
    /// Those that speak for somebody.
    Scope(Did),
    /// Those that refer to a record or blob.
    Referring(Cid),
}

/// Which records are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordQuery {
    /// Whose.
    pub key: RecordQueryKey,
    /// Of which times.
    pub times: RangeInclusive<Moment>,
    /// Where the answer before ended.
    pub after: Option<(Moment, Cid)>,
    /// How many.
    pub limit: usize,
}

/// The proof that a record is final, in a block's state.
#[derive(Clone, Debug)]
pub struct RecordProof {
    /// The block.
    pub block: BlockRef,
    /// `app_hash` of its Tendermint header.
    pub root: Hash,
    /// The record, if it is here and for this reader.
    pub record: Option<Vec<u8>>,
    /// The record's place in the log.
    pub inclusion: InclusionProof,
    /// The storage key of the log.
    pub log_key: Vec<u8>,
    /// SCALE of the log's `Range`.
    pub log: Vec<u8>,
    /// Protobuf of the ICS-23 proof that the state has the log under its key.
    pub log_proof: Vec<u8>,
}

/// Why a record is not taken, or nothing is said of one.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// It breaks a rule; the code of the rule, and words.
    #[error("{1}")]
    Refused(&'static str, String),
    /// Too many records wait.
    #[error("too many records wait to be final, here or of this issuer; try again after the next blocks")]
    Full,
    /// The chain cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Why a record is not read.
#[derive(Debug, thiserror::Error)]
pub enum RecordReadError {
    /// The reader is not who it says it is.
    #[error("the proof of who reads does not hold: {0}")]
    Proof(#[from] ReadProofError),
    /// The reader is, and has no right to the record.
    #[error("this key may not write the DAG, so the record's payload is not for it")]
    NotAWriter,
    /// The chain cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// The signed records.
pub trait Records: Send + Sync + 'static {
    /// Takes a record; its name. It is durable when this returns, and waits to be final.
    fn put(&self, bytes: &[u8]) -> Result<Cid, RecordError>;

    /// A record that is here, as far as the reader may see it.
    fn get(&self, cid: &Cid, reader: &Reader) -> Result<Option<FoundRecord>, RecordReadError>;

    /// What a writer's next record of a DAG is to say.
    fn next(&self, dag: &Did, issuer: &Did, key: &Key) -> Result<NextRecord, RecordError>;

    /// The records of a DAG that nothing follows, at most `limit`.
    fn tips(&self, dag: &Did, limit: usize) -> Result<Vec<Cid>, ReadError>;

    /// The records that name `parent` among their parents, at most `limit`.
    fn children(&self, parent: &Cid, limit: usize) -> Result<Vec<Cid>, ReadError>;

    /// What a record follows, and so on; `None` when it is not known.
    fn ancestors(&self, of: &Cid, bounds: WalkBounds) -> Result<Option<RecordWalk>, ReadError>;

    /// What follows a record, and so on; `None` when it is not known.
    fn descendants(&self, of: &Cid, bounds: WalkBounds) -> Result<Option<RecordWalk>, ReadError>;

    /// A shortest way from one record to another along parents, or along children. At most `looked_at` records are looked at.
    fn path(&self, from: &Cid, to: &Cid, looked_at: usize) -> Result<Related<Option<Vec<Cid>>>, ReadError>;

    /// The lowest common ancestors of two records, by name. At most `looked_at` records are looked at.
    fn common_ancestors(&self, one: &Cid, other: &Cid, looked_at: usize) -> Result<Related<Vec<Cid>>, ReadError>;

    /// Final records of a DAG by their places in its log, each after its parents, from a place on.
    fn order(&self, dag: &Did, from: u64, limit: usize) -> Result<Vec<(u64, Cid)>, ReadError>;

    /// The records that a query finds, by time and name.
    fn query(&self, query: &RecordQuery) -> Result<Vec<(Moment, Cid)>, ReadError>;

    /// Proves in the head's state that a record is final; `None` when it is not.
    fn prove(&self, cid: &Cid, reader: &Reader) -> Result<Option<RecordProof>, RecordReadError>;

    /// SCALE of the proof that a key signed two records for one place in a DAG, if there is one here.
    fn evidence(&self, dag: &Did, key: &Key) -> Result<Option<Vec<u8>>, ReadError>;

    /// How this node does with records.
    fn status(&self) -> Result<RecordsStatus, ReadError>;

    /// Every record that this node takes from now on.
    fn taken(&self) -> broadcast::Receiver<Cid>;
}

/// Where the epochs are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpochView {
    /// The federation; `None` when the name of the network is none.
    pub federation: Option<Did>,
    /// Hash of block 0.
    pub genesis: Hash,
    /// The open epoch.
    pub epoch: Epoch,
    /// Its first block; `None` before the first.
    pub first: Option<BlockNumber>,
    /// When it ends, as time goes; `None` while the epoch before is not sealed.
    pub ends_at: Option<Moment>,
    /// Validators when it began, and how many of them have a sealing key.
    pub signers: (u32, u32),
    /// Their power, and that of those with a key.
    pub power: (u64, u64),
    /// The epoch that is closed and not sealed.
    pub closing: Option<ClosingView>,
    /// The epoch that was sealed last, and its bundle.
    pub sealed: Option<(Epoch, Cid)>,
}

/// An epoch that is closed and not sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosingView {
    /// The epoch.
    pub epoch: Epoch,
    /// Its last block.
    pub height: BlockNumber,
    /// That block's time.
    pub time: Moment,
    /// The power of those whose signatures are here.
    pub signed: u128,
    /// The power that is needed.
    pub needed: u128,
    /// Whether it waits for longer than it should.
    pub overdue: bool,
}

/// That a record is in the log of all records, as a sealed bundle names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundledProof {
    /// The epoch of the bundle.
    pub epoch: Epoch,
    /// The record; `None` when it is not here.
    pub record: Option<Vec<u8>>,
    /// Its place.
    pub inclusion: InclusionProof,
}

/// The epochs of the chain and their bundles.
pub trait Epochs: Send + Sync + 'static {
    /// Where the epochs are, in the head's state.
    fn status(&self) -> Result<EpochView, ReadError>;

    /// The sealed bundle of an epoch; `None` when the head's state keeps none.
    fn bundle(&self, epoch: Epoch) -> Result<Option<SealedBundle>, ReadError>;

    /// Proves that a record is in the log that the bundle of an epoch names; `None` when there is no such bundle, or the record is not
    /// in its log.
    fn prove(&self, cid: &Cid, epoch: Epoch) -> Result<Option<BundledProof>, ReadError>;

    /// The epochs that are sealed from now on.
    fn sealed(&self) -> broadcast::Receiver<Epoch>;
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

/// Heights that can be shown to Tendermint's clients. While the chain is at block 0 both are 0: Tendermint has no block 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heights {
    /// The lowest height, at least 1, at which the block and what it carries, its commit and its validators are still kept;
    /// unless it is 1, also the header, the commit and the validators of the height before it, which its last commit shows.
    pub oldest: BlockNumber,
    /// The highest decided block.
    pub latest: BlockNumber,
}

/// A block without what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockSummary {
    /// The Tendermint header.
    pub header: TendermintHeader,
    /// The parts in which the block travels.
    pub parts: PartSetHeader,
    /// Bytes of the block: the SCALE encoding that the parts hold.
    pub bytes: u64,
    /// Number of extrinsics, inherents included.
    pub extrinsics: u64,
}

/// A commit and whether everyone has the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownCommit {
    /// An entry for each validator of the height's set, in the order of the set.
    pub commit: Commit,
    /// Whether it is the one that the next block carries; what a node has seen of the head's commit differs from node to node.
    pub canonical: bool,
}

/// The parameters that Tendermint calls the consensus parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsensusParameters {
    /// Most bytes of a block, as `consensus_hash` has it.
    pub block_bytes_max: u64,
    /// Most gas of a block, as `consensus_hash` has it: its reference time in picoseconds.
    pub block_gas_max: u64,
    /// Blocks after which evidence is too old.
    pub evidence_age_blocks_max: u64,
    /// Time after which evidence is too old.
    pub evidence_age_max: Duration,
}

/// This node as Tendermint's clients see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TendermintNode {
    /// Ed25519 key of its identity on the network; Tendermint names a node by the address of this key.
    pub network_key: [u8; 32],
    /// Ed25519 key with which it signs votes; a node that never signs says `network_key`.
    pub consensus_key: [u8; 32],
    /// Its name for people.
    pub moniker: String,
    /// Where it listens for other nodes: `tcp://address:port`, or nothing.
    pub listen_address: String,
    /// Where it listens for clients: `tcp://address:port`.
    pub rpc_address: String,
    /// Whether it is still fetching blocks that others have decided.
    pub catching_up: bool,
}

/// A node that this one is connected with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TendermintPeer {
    /// Ed25519 key of its identity on the network.
    pub network_key: [u8; 32],
    /// How libp2p names it.
    pub peer_id: String,
    /// Its name for people; empty when it is not known.
    pub moniker: String,
    /// Where it listens for other nodes: `tcp://address:port`, or nothing when it is not known.
    pub listen_address: String,
    /// Where its connection comes from.
    pub remote_ip: IpAddr,
    /// Whether this node made the connection.
    pub outbound: bool,
    /// When the connection was made.
    pub since: Moment,
    /// How long ago that was.
    pub connected: Duration,
}

/// A validator of the chain's first block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenesisValidator {
    /// Its name for people; empty when it has none.
    pub name: String,
    /// Its Ed25519 key.
    pub key: [u8; 32],
    /// Its power.
    pub power: u64,
}

/// How the chain began.
#[derive(Clone, Debug, PartialEq)]
pub struct GenesisDocument {
    /// Time of block 0.
    pub time: Moment,
    /// Who signs block 1.
    pub validators: Vec<GenesisValidator>,
    /// Root of the state of block 0.
    pub app_hash: Hash,
    /// What the chain's own document says of that state, an object; it may be a summary, and empty.
    pub app_state: serde_json::Value,
}

/// The chain as Tendermint's clients see it. A height that [`Self::heights`] names, from the oldest to the latest, is always
/// answered; `None` is for a height that has just been pruned or was never there.
///
/// The latest height of [`Self::heights`] may be lower than [`Chain::head`] for a moment, never higher.
pub trait Tendermint: Send + Sync + 'static {
    /// The chain id of every Tendermint header.
    fn chain_id(&self) -> &str;

    /// What is kept. Answers from memory.
    fn heights(&self) -> Heights;

    /// The Tendermint header of a block, and the parts in which it travels.
    fn header(&self, height: BlockNumber) -> Result<Option<(TendermintHeader, PartSetHeader)>, ReadError>;

    /// A block as it is stored.
    fn block(&self, height: BlockNumber) -> Result<Option<BlockRecord>, ReadError>;

    /// A block without what is in it. A store that knows a block's size without reading it answers better than this does.
    fn summary(&self, height: BlockNumber) -> Result<Option<BlockSummary>, ReadError> {
        let summary = |record: BlockRecord| BlockSummary {
            bytes: record.block.encoded_size() as u64,
            extrinsics: record.block.extrinsics.len() as u64,
            header: record.tendermint,
            parts: record.parts,
        };
        Ok(self.block(height)?.map(summary))
    }

    /// The commit **of** a block, which validators of its own height signed: the one that the block after it carries, or, at the
    /// head, the fullest that this node has seen.
    fn commit(&self, height: BlockNumber) -> Result<Option<KnownCommit>, ReadError>;

    /// The evidence that a block carries.
    fn evidence(&self, height: BlockNumber) -> Result<Vec<DuplicateVote>, ReadError>;

    /// The validators that sign a height, with the priorities before its turn. The height after the latest is answered too: its
    /// set follows from the latest block, and clients check `next_validators_hash` with it.
    fn validators(&self, height: BlockNumber) -> Result<Option<ValidatorSet>, ReadError>;

    /// The parameters that hold at a height, the one after the latest included.
    fn parameters(&self, height: BlockNumber) -> Result<ConsensusParameters, ReadError>;

    /// The parameters with which the chain began. This answers while height 1 is kept; who prunes must answer always, from the
    /// chain's own document.
    fn genesis_parameters(&self) -> Result<ConsensusParameters, ReadError> {
        self.parameters(1)
    }

    /// This node.
    fn node(&self) -> TendermintNode;

    /// The nodes it is connected with.
    fn peers(&self) -> Vec<TendermintPeer>;

    /// How the chain began.
    fn genesis(&self) -> &GenesisDocument;
}
