//! A peer that is no node: it joins the swarm of transactions and says what it likes.

use crate::client::{Node, PATIENCE};
use icn_network::{Config, Event, Head, Keypair, Limits, Network, PeerAddress};
use jsonrpsee::{core::client::ClientT as _, rpc_params};
use serde_json::Value;
use std::path::Path;
use tokio::sync::mpsc::Receiver;

/// Joins a node, whose home is given, and returns when they are connected.
pub async fn join(node: &Node, home: &Path) -> (Network, Receiver<Event>) {
    let status: Value = node.client.request("status", rpc_params![]).await.expect("answered");
    let peer: String = node.client.request("system_localPeerId", rpc_params![]).await.expect("answered");
    let config = std::fs::read_to_string(home.join("icn.toml")).expect("testnet init wrote it");
    let port = config.split("/tcp/").nth(1).expect("it listens");
    let port: u16 = port.chars().take_while(char::is_ascii_digit).collect::<String>().parse().expect("a port");
    let known = PeerAddress {
        peer: peer.parse().expect("a peer"),
        address: format!("/ip4/127.0.0.1/tcp/{}", port + 1).parse().expect("an address"),
    };
    let (network, mut events) = icn_network::start(Config {
        chain_id: status["node_info"]["network"].as_str().expect("a name").into(),
        genesis: node.genesis(),
        head: Head { height: 0, hash: node.genesis() },
        listen: "/ip4/127.0.0.1/tcp/0".parse().expect("an address"),
        keypair: Keypair::generate_ed25519(),
        agent: "icn/stranger".into(),
        peers: vec![known],
        persistent_peers_only: false,
        limits: Limits::default(),
    })
    .await
    .expect("it starts");
    wait(&mut events, |event| matches!(event, Event::PeerConnected { .. }).then_some(())).await;
    (network, events)
}

/// Waits for an event, and forgets those before it.
pub async fn wait<T>(events: &mut Receiver<Event>, mut wanted: impl FnMut(Event) -> Option<T>) -> T {
    let waiting = async {
        loop {
            if let Some(found) = wanted(events.recv().await.expect("the network runs")) {
                return found;
            }
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("it happens in time")
}
