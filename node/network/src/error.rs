//! Why the network does not start.

use libp2p::{noise, Multiaddr, TransportError};
use std::{io, time::Duration};

/// Why the network does not start. Nothing runs afterwards.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The chain id cannot be part of a protocol's name.
    #[error("the chain id {chain_id:?} is empty, longer than 64 bytes, or has characters other than letters, digits, '-', '_' and '.'")]
    ChainId {
        /// As given.
        chain_id: String,
    },
    /// The node's key cannot secure connections.
    #[error("the node key cannot secure connections: {0}")]
    Key(#[from] noise::Error),
    /// Gossip cannot be set up.
    #[error("gossip cannot be set up: {0}")]
    Gossip(&'static str),
    /// The parameters of gossip contradict each other.
    #[error("gossip cannot be set up: {0}")]
    GossipConfig(#[from] libp2p::gossipsub::ConfigBuilderError),
    /// A topic cannot be subscribed to.
    #[error("gossip cannot be set up: {0}")]
    Topic(#[from] libp2p::gossipsub::SubscriptionError),
    /// The address is not one to listen on, or is taken.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: Multiaddr,
        /// What the operating system says.
        source: TransportError<io::Error>,
    },
    /// The listener ended at once.
    #[error("cannot go on listening on {address}: {source:?}")]
    ListenerClosed {
        /// The address.
        address: Multiaddr,
        /// What the operating system says.
        source: Option<io::Error>,
    },
    /// No interface has the address.
    #[error("no interface listens on {address} after {patience:?}")]
    NoInterface {
        /// The address.
        address: Multiaddr,
        /// How long it was tried.
        patience: Duration,
    },
}
