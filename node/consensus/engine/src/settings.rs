//! How the engine is set up on this chain.

use async_trait::async_trait;
use icn_consensus::{application::Sealer, IcnContext};
use malachitebft_app::types::Keypair;
use malachitebft_config::{
    ConsensusConfig, DiscoveryConfig, P2pConfig, ProtocolNames, PubSubProtocol, ValuePayload, ValueSyncConfig,
};
use malachitebft_engine::{network::NetworkRef, wal::WalRef};
use malachitebft_network::Multiaddr;
use std::{error::Error, fmt, path::PathBuf, sync::Arc, time::Duration};

/// Up to this many validators, everyone is connected with everyone and messages are sent to all, unsigned by the transport: half
/// the cost of signed gossip.
const MESH_MAX: usize = 20;

/// Heights ahead whose messages are kept.
const FUTURE_HEIGHTS: usize = 10;

/// Messages kept of each height: two votes and a proposal of each validator, for some rounds.
const MESSAGES_PER_HEIGHT: usize = 2_000;

/// Largest message of gossip, in bytes: a chunk of a block with its proof.
const MESSAGE_BYTES_MAX: u64 = 1024 * 1024;

/// Largest answer to a node that catches up, in bytes: two of the largest blocks with their certificates.
const SYNC_BYTES_MAX: u64 = 10 * 1024 * 1024;

/// How often nodes tell their height.
const STATUS_INTERVAL: Duration = Duration::from_secs(2);

/// What the engine is started with.
pub struct EngineConfig {
    /// Name of the node for people.
    pub moniker: String,
    /// Name of the chain.
    pub chain_id: Arc<str>,
    /// Identity on the network.
    pub keypair: Keypair,
    /// Where to listen.
    pub listen: Multiaddr,
    /// Peers to be connected with, by address and identity.
    pub peers: Vec<Multiaddr>,
    /// Whether connections with others are refused.
    pub persistent_peers_only: bool,
    /// The engine's log.
    pub log: PathBuf,
    /// The validator of this node, if it is one.
    pub validator: Option<ValidatorKey>,
    /// How many validators there are now.
    pub validators: usize,
    /// What stands before the network; nothing does on a node that people run.
    pub intermediary: Option<Arc<dyn Intermediary>>,
}

/// Actors between the engine, its network and its log: whatever the engine sends and logs goes through them. Tests see there what a
/// node says, or make it say something else.
#[async_trait]
pub trait Intermediary: fmt::Debug + Send + Sync {
    /// Starts the actor; the engine speaks to it as if it were `network`.
    ///
    /// # Errors
    /// When it does not start, and so neither does the engine.
    async fn start(
        &self,
        config: &EngineConfig,
        network: NetworkRef<IcnContext>,
    ) -> Result<NetworkRef<IcnContext>, Box<dyn Error + Send + Sync>>;

    /// Starts the actor before the log, if there is to be one; the engine writes to it as if it were `log`.
    ///
    /// # Errors
    /// When it does not start, and so neither does the engine.
    async fn start_log(&self, log: WalRef<IcnContext>) -> Result<WalRef<IcnContext>, Box<dyn Error + Send + Sync>> {
        Ok(log)
    }
}

/// What a validator signs with.
pub struct ValidatorKey {
    /// Signs votes and proposals, behind the guard.
    pub signer: icn_consensus::signing::Signer,
    /// Signs the first part of its blocks.
    pub sealer: Arc<Sealer>,
}

impl EngineConfig {
    /// The engine's own configuration of consensus and network.
    pub(crate) fn consensus(&self) -> ConsensusConfig {
        let protocol = |name: &str| format!("/icn/{}/{name}/1", self.chain_id);
        ConsensusConfig {
            enabled: true,
            p2p: P2pConfig {
                listen_addr: self.listen.clone(),
                persistent_peers: self.peers.clone(),
                persistent_peers_only: self.persistent_peers_only,
                discovery: DiscoveryConfig {
                    // All nodes of a test network have one address.
                    max_connections_per_ip: 64,
                    ip_throttle_duration: Duration::from_secs(1),
                    ..Default::default()
                },
                protocol: match self.validators <= MESH_MAX {
                    true => PubSubProtocol::Broadcast,
                    false => PubSubProtocol::default(),
                },
                pubsub_max_size: bytes(MESSAGE_BYTES_MAX),
                rpc_max_size: bytes(SYNC_BYTES_MAX),
                protocol_names: ProtocolNames {
                    consensus: protocol("consensus"),
                    discovery_kad: protocol("kad"),
                    discovery_regres: protocol("discovery"),
                    sync: protocol("sync"),
                    validator_proof: protocol("validator"),
                },
                ..Default::default()
            },
            value_payload: ValuePayload::ProposalAndParts,
            queue_capacity: FUTURE_HEIGHTS,
            queue_per_height_capacity: MESSAGES_PER_HEIGHT,
        }
    }

    /// The engine's own configuration of catching up.
    pub(crate) fn value_sync(&self) -> ValueSyncConfig {
        ValueSyncConfig {
            enabled: true,
            status_update_interval: STATUS_INTERVAL,
            max_response_size: bytes(SYNC_BYTES_MAX),
            ..Default::default()
        }
    }
}

fn bytes(count: u64) -> bytesize::ByteSize {
    bytesize::ByteSize::b(count)
}
