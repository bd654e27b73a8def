//! What a node's network is started with.

use crate::{head::Head, limits::Limits, peer_address::PeerAddress};
use icn_primitives::Hash;
use libp2p::{identity::Keypair, Multiaddr};

/// Which chain, which node, and whom it knows.
#[derive(Clone, Debug)]
pub struct Config {
    /// Name of the chain, as in `dev-1a2b3c4d`: letters, digits, `-`, `_` and `.`, at most 64.
    pub chain_id: String,
    /// Hash of the chain's first block.
    pub genesis: Hash,
    /// The node's last block.
    pub head: Head,
    /// Where to listen: an IP address and a TCP port, 0 for any free one.
    pub listen: Multiaddr,
    /// The node's key; peers know the node by it.
    pub keypair: Keypair,
    /// What the node calls itself to its peers, as in `icn/0.1.0 (alice)`.
    pub agent: String,
    /// Nodes that are kept connected. They need not obey the limits on strangers.
    pub peers: Vec<PeerAddress>,
    /// Whether nobody else may connect: for validators behind sentries.
    pub persistent_peers_only: bool,
    /// What peers may use.
    pub limits: Limits,
}
