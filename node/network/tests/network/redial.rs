//! Peers that go and come back.

use crate::{
    node::{config, extrinsic, head, Node},
    stranger::Stranger,
};
use icn_network::Config;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_known_peer_that_restarts_is_dialled_again() {
    let plan = config(&[]);
    let bob = Node::start(plan.clone()).await;
    let mut alice = Node::start(config(&[&bob])).await;
    alice.connected(bob.id()).await;
    let (id, address) = (bob.id(), bob.network.listen_address());
    bob.network.stop().await;
    alice.disconnected(id).await;
    let mut bob = Node::start(Config { listen: address, head: head(3), ..plan }).await;
    assert_eq!(bob.id(), id);
    alice.connected(id).await;
    bob.connected(alice.id()).await;
    alice.network.submit(vec![extrinsic(1)]);
    assert_eq!(bob.accept(1).await, [extrinsic(1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_peer_that_starts_late_is_found() {
    // A port that is free once this node is gone.
    let plan = config(&[]);
    let early = Node::start(plan.clone()).await;
    let address = early.address();
    early.network.stop().await;
    let mut alice = Node::start(Config { peers: vec![address.clone()], ..config(&[]) }).await;
    let late = Node::start(Config { listen: address.address, ..plan }).await;
    alice.connected(late.id()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_enters_the_list_is_dialled() {
    let mut alice = Node::start(config(&[])).await;
    let mut bob = Node::start(config(&[])).await;
    alice.network.set_peers(vec![bob.address()]);
    alice.connected(bob.id()).await;
    bob.connected(alice.id()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_forgot_its_connection_begins_anew() {
    let mut node = Node::start(config(&[])).await;
    let mut stranger = Stranger::new();
    stranger.connect(&node.address()).await;
    let id = stranger.id();
    stranger.while_waiting(node.connected(id)).await;
    let old = node.status("an old connection", |status| status.peers[0].connected > Duration::from_secs(5));
    stranger.while_waiting(old).await;
    stranger.connect_again(&node.address());
    stranger.while_waiting(node.disconnected(id)).await;
    stranger.disconnected(node.id()).await;
    // It hears again what the node takes, and the node what it takes.
    stranger.connect(&node.address()).await;
    stranger.while_waiting(node.connected(id)).await;
}
