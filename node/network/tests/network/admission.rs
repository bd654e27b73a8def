//! Who is let in.

use crate::node::{banned, config, extrinsic, Node};
use icn_network::{Config, Keypair, Limits, PeerAddress, PeerId};

fn peers(node: &icn_network::Status) -> Vec<PeerId> {
    node.peers.iter().map(|peer| peer.peer).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_of_another_chain_is_not_connected() {
    let mut other = Node::start(Config { chain_id: "other-00000000".into(), ..config(&[]) }).await;
    let mut node = Node::start(config(&[&other])).await;
    banned(&node, &other).await;
    assert!(node.events.try_recv().is_err() && other.events.try_recv().is_err(), "no connection was reported");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_refused_where_only_known_peers_may_connect() {
    let known_key = Keypair::generate_ed25519();
    let somewhere = PeerAddress {
        peer: known_key.public().to_peer_id(),
        // Nobody listens there: the known peer comes by itself.
        address: "/ip4/127.0.0.1/tcp/1".parse().unwrap(),
    };
    let sheltered = Config { persistent_peers_only: true, peers: vec![somewhere.clone()], ..config(&[]) };
    let mut sheltered = Node::start(sheltered).await;
    let mut stranger = Node::start(config(&[&sheltered])).await;
    let mut known = Node::start(Config { keypair: known_key, ..config(&[&sheltered]) }).await;
    known.connected(sheltered.id()).await;
    let status = sheltered.status("a refusal", |status| status.connections_refused > 0).await;
    assert_eq!(peers(&status), [known.id()]);
    assert!(stranger.events.try_recv().is_err(), "no connection was reported");

    // It becomes a validator.
    sheltered.network.set_peers(vec![somewhere, stranger.address()]);
    stranger.connected(sheltered.id()).await;
    sheltered.connected(stranger.id()).await;
    stranger.network.submit(vec![extrinsic(1)]);
    assert_eq!(sheltered.accept(1).await, [extrinsic(1)]);

    // And ceases to be one, as does the other.
    sheltered.network.set_peers(Vec::new());
    known.disconnected(sheltered.id()).await;
    stranger.disconnected(sheltered.id()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_have_so_many_places_and_no_more() {
    let limits = Limits { connections: 1, ..Limits::default() };
    let mut popular = Node::start(Config { limits, ..config(&[]) }).await;
    let first = Node::join(&mut [&mut popular]).await;
    let mut second = Node::start(config(&[&popular])).await;
    let status = popular.status("a refusal", |status| status.connections_refused > 0).await;
    assert_eq!(peers(&status), [first.id()]);
    popular.network.set_peers(vec![second.address()]);
    second.connected(popular.id()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_connection_begins_when_the_process_has_too_much_memory() {
    let limits = Limits { process_bytes: 1, ..Limits::default() };
    let full = Node::start(Config { limits, ..config(&[]) }).await;
    let mut peer = Node::start(config(&[&full])).await;
    full.status("a refusal", |status| status.connections_refused > 0 && status.peers.is_empty()).await;
    assert!(peer.events.try_recv().is_err(), "no connection was reported");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_known_peers_may_hold_the_node_itself() {
    let node = Node::start(config(&[])).await;
    let mut other = Node::start(config(&[])).await;
    node.network.set_peers(vec![node.address(), other.address()]);
    other.connected(node.id()).await;
    let status = node.network.status().await.unwrap();
    assert_eq!(peers(&status), [other.id()]);
}
