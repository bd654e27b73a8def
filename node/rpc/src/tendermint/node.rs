//! What a node says of itself.

use super::{
    header::{APP_PROTOCOL, BLOCK_PROTOCOL},
    wire::Quoted,
};
use icn_primitives::validators::address_of;
use serde::Serialize;

/// The version of CometBFT whose RPC this is. Clients choose their dialect by it.
const RPC_VERSION: &str = "0.38.0";

/// `node_info` of a node.
#[derive(Clone, Debug, Serialize)]
pub(super) struct NodeInfoJson {
    protocol_version: ProtocolsJson,
    id: String,
    listen_addr: String,
    network: String,
    version: &'static str,
    channels: &'static str,
    moniker: String,
    other: OtherJson,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct ProtocolsJson {
    /// 0: nodes do not speak CometBFT's protocol with each other.
    p2p: Quoted<u64>,
    block: Quoted<u64>,
    app: Quoted<u64>,
}

/// What CometBFT has no field for stands here too; clients skip what they do not know.
#[derive(Clone, Debug, Serialize)]
struct OtherJson {
    tx_index: &'static str,
    rpc_address: String,
    peer_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    node_version: Option<String>,
}

/// What is said of a node.
#[derive(Clone, Debug)]
pub(super) struct NodeWords {
    /// Key of its identity on the network.
    pub(super) network_key: [u8; 32],
    /// How libp2p names it.
    pub(super) peer_id: String,
    /// The chain id.
    pub(super) network: String,
    /// Its name for people.
    pub(super) moniker: String,
    /// Where it listens for nodes.
    pub(super) listen_address: String,
    /// Where it listens for clients.
    pub(super) rpc_address: String,
    /// Version of its program, where it is known.
    pub(super) version: Option<String>,
}

impl From<NodeWords> for NodeInfoJson {
    fn from(words: NodeWords) -> Self {
        Self {
            protocol_version: ProtocolsJson {
                p2p: Quoted(0),
                block: Quoted(BLOCK_PROTOCOL),
                app: Quoted(APP_PROTOCOL),
            },
            // Lower case, unlike other addresses.
            id: hex::encode(address_of(&words.network_key)),
            listen_addr: words.listen_address,
            network: words.network,
            version: RPC_VERSION,
            channels: "",
            moniker: words.moniker,
            other: OtherJson {
                tx_index: "off",
                rpc_address: words.rpc_address,
                peer_id: words.peer_id,
                node_version: words.version,
            },
        }
    }
}
