//! What a node is started with.

use super::blobs::BlobSettings;
use icn_chain_spec::ChainSpec;
use icn_consensus::privval::PrivvalAddress;
use icn_engine::Intermediary;
use icn_network::{Keypair, Multiaddr, PeerAddress, PeerAddressError};
use icn_storage::Keep;
use libp2p::multiaddr::Protocol;
use std::{num::NonZeroU64, path::PathBuf, sync::Arc, time::Duration};
use zeroize::Zeroizing;

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
    /// Who the node is.
    pub identity: Identity,
    /// Its place on the network.
    pub network: NetworkConfig,
    /// When blocks are made on a Development chain beside those that something asks for.
    pub block_production: BlockProduction,
    /// Shortest time between two blocks of a Development chain that nobody asked for by name. Wallets sign for some tens of blocks,
    /// so a chain that makes them faster than people click expires their transactions. Other chains agree on theirs.
    pub minimum_interval: Duration,
    /// States that can be read and proven.
    pub state_history: Keep,
    /// Blocks whose extrinsics are kept.
    pub block_history: Keep,
    /// The epochs whose signed records are kept, the present one counted; `None` for all.
    pub keep_epochs: Option<NonZeroU64>,
    /// How many blobs are kept, and for how long.
    pub blobs: BlobSettings,
    /// Spec version under which a Development chain rehearses an upgrade; `None` runs this binary's own.
    pub rehearse: Option<u32>,
    /// What stands between consensus and its network, in tests.
    pub intermediary: Option<Arc<dyn Intermediary>>,
}

/// The keys by which others know a node.
#[derive(Clone)]
pub struct Identity {
    /// Identity on the network.
    pub keypair: Keypair,
    /// The Ed25519 key that signs votes; `None` on a node that only follows.
    pub validator: Option<ConsensusKey>,
}

/// Where the key is that signs votes.
#[derive(Clone)]
pub enum ConsensusKey {
    /// Here: its seed.
    Seed(Zeroizing<[u8; 32]>),
    /// In another program.
    Remote(RemoteSigner),
}

/// A program that signs, over CometBFT's `privval` protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteSigner {
    /// Where it connects to.
    pub address: PrivvalAddress,
    /// The key by which it proves who it is; over TCP only.
    pub key: Option<[u8; 32]>,
    /// How long a signature may take.
    pub patience: Duration,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity({})", self.keypair.public().to_peer_id())
    }
}

/// A node's place on the network.
#[derive(Clone, Debug)]
pub struct NetworkConfig {
    /// Name of the node for people.
    pub moniker: String,
    /// Where consensus listens.
    pub listen: Multiaddr,
    /// Where transactions and head announcements are exchanged: the next port.
    pub listen_transactions: Multiaddr,
    /// Nodes to stay connected with.
    pub peers: Vec<Peer>,
    /// Whether connections with others are refused.
    pub persistent_peers_only: bool,
}

/// A node to stay connected with.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Where its consensus listens, with its identity.
    pub engine: Multiaddr,
    /// Where it exchanges transactions, with its identity.
    pub transactions: PeerAddress,
}

/// Why a text is no peer.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// It is no address with an identity.
    #[error(transparent)]
    Address(#[from] PeerAddressError),
    /// It names no TCP port, or the last one, after which there is none for transactions.
    #[error("{0} names no TCP port below 65535; write it as in /ip4/192.0.2.1/tcp/26656/p2p/12D3KooW…")]
    Port(Multiaddr),
}

impl std::str::FromStr for Peer {
    type Err = PeerError;

    /// Reads the address of a node's consensus with its identity; its transactions are at the next port.
    fn from_str(text: &str) -> Result<Self, PeerError> {
        let PeerAddress { peer, address } = text.parse()?;
        let next = next_port(&address).ok_or_else(|| PeerError::Port(address.clone()))?;
        Ok(Self { engine: address.with(Protocol::P2p(peer)), transactions: PeerAddress { peer, address: next } })
    }
}

/// The address with the next port; port 0 stays, for any that is free. `None` when there is none.
pub fn next_port(address: &Multiaddr) -> Option<Multiaddr> {
    let mut found = false;
    let with_next = |protocol| match protocol {
        Protocol::Tcp(0) => {
            found = true;
            Some(Protocol::Tcp(0))
        }
        Protocol::Tcp(port) => {
            found = true;
            port.checked_add(1).map(Protocol::Tcp)
        }
        other => Some(other),
    };
    let next = address.iter().map(with_next).collect::<Option<Multiaddr>>();
    next.filter(|_| found)
}

/// When a single process makes blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockProduction {
    /// When a transaction is ready, a call of the agenda is due, or a client asks for it.
    OnDemand,
    /// Every so often, with or without transactions.
    Interval(Duration),
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: &str = "12D3KooWGK4RzvNeioS9aXdzmYXU3mgDrRPjQd8SVyXCkHNxLbWN";

    #[test]
    fn transactions_are_at_the_port_after_that_of_consensus() {
        let peer: Peer = format!("/ip4/192.0.2.1/tcp/26656/p2p/{PEER}").parse().unwrap();
        assert_eq!(peer.engine.to_string(), format!("/ip4/192.0.2.1/tcp/26656/p2p/{PEER}"));
        assert_eq!(peer.transactions.address.to_string(), "/ip4/192.0.2.1/tcp/26657");
        assert_eq!(peer.transactions.peer.to_string(), PEER);
    }

    #[test]
    fn a_peer_without_identity_or_port_is_refused_with_words() {
        for text in ["", "/ip4/192.0.2.1/tcp/26656", "/ip4/192.0.2.1", "192.0.2.1:26656"] {
            assert!(text.parse::<Peer>().is_err(), "{text}");
        }
        let refused = format!("/ip4/192.0.2.1/tcp/65535/p2p/{PEER}").parse::<Peer>().unwrap_err();
        assert!(refused.to_string().contains("below 65535"), "{refused}");
    }
}
