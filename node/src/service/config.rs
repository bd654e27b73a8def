//! What a node is started with.

use icn_chain_spec::ChainSpec;
use icn_storage::Keep;
use std::{path::PathBuf, time::Duration};

/// What a node is started with, all layers of configuration applied.
#[derive(Clone, Debug)]
pub struct NodeConfig {
    /// Folder of the node; the store is in `db` under it. Made if it is missing.
    pub home: PathBuf,
    /// Whether the home is removed when the node stops.
    pub temporary: bool,
    /// The chain.
    pub chain: ChainSpec,
    /// The JSON-RPC server.
    pub rpc: icn_rpc::ServerConfig,
    /// What one client of it may use.
    pub rpc_limits: icn_rpc::Limits,
    /// When blocks are made.
    pub block_production: BlockProduction,
    /// Shortest time between two blocks that nobody asked for by name. Wallets sign for some tens of blocks, so a chain that
    /// makes them faster than people click expires their transactions.
    pub minimum_interval: Duration,
    /// States that can be read and proven.
    pub state_history: Keep,
    /// Blocks whose extrinsics are kept.
    pub block_history: Keep,
    /// Spec version under which a Development chain rehearses an upgrade; `None` runs this binary's own.
    pub rehearse: Option<u32>,
}

/// When a single process makes blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockProduction {
    /// When a transaction is ready, a call of the agenda is due, or a client asks for it.
    OnDemand,
    /// Every so often, with or without transactions.
    Interval(Duration),
}
