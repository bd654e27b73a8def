//! Heads: announced, and told when a connection begins.

use crate::node::{banned, config, genesis, head, Node};
use icn_network::Config;
use icn_primitives::Hash;

#[tokio::test(flavor = "multi_thread")]
async fn a_new_peer_learns_the_head_without_an_announcement() {
    let mut alice = Node::start(Config { head: head(42), ..config(&[]) }).await;
    let mut bob = Node::start(Config { head: head(40), ..config(&[&alice]) }).await;
    assert_eq!(bob.head().await, (alice.id(), head(42)));
    assert_eq!(alice.head().await, (bob.id(), head(40)));
    let status = alice.network.status().await.unwrap();
    assert_eq!(status.peers[0].head, Some(head(40)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_comes_late_learns_what_was_announced_before() {
    let alice = Node::start(config(&[])).await;
    alice.network.announce(7, head(7).hash);
    let mut bob = Node::start(config(&[&alice])).await;
    assert_eq!(bob.head().await, (alice.id(), head(7)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_announced_head_reaches_the_peers() {
    let mut alice = Node::start(config(&[])).await;
    let mut bob = Node::join(&mut [&mut alice]).await;
    for height in [1, 2, 5] {
        alice.network.announce(height, head(height).hash);
        assert_eq!(bob.head().await, (alice.id(), head(height)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_is_not_relayed() {
    let mut bob = Node::start(config(&[])).await;
    let alice = Node::join(&mut [&mut bob]).await;
    let mut carol = Node::join(&mut [&mut bob]).await;
    alice.network.announce(7, head(7).hash);
    assert_eq!(bob.head().await, (alice.id(), head(7)));
    bob.network.announce(8, head(8).hash);
    assert_eq!(carol.head().await, (bob.id(), head(8)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_far_behind_is_recorded_but_not_reported() {
    let mut ahead = Node::start(Config { head: head(5000), ..config(&[]) }).await;
    let behind = Node::join(&mut [&mut ahead]).await;
    behind.network.announce(10, head(10).hash);
    ahead.status("the head", |status| status.peers[0].head == Some(head(10))).await;
    behind.network.announce(4990, head(4990).hash);
    assert_eq!(ahead.head().await, (behind.id(), head(4990)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_of_the_same_name_and_another_genesis_is_banned() {
    let other = Config { genesis: Hash::repeat_byte(1), ..config(&[]) };
    assert_ne!(other.genesis, genesis());
    let mut other = Node::start(other).await;
    let mut node = Node::start(config(&[&other])).await;
    banned(&node, &other).await;
    assert!(node.events.try_recv().is_err() && other.events.try_recv().is_err(), "no connection was reported");
}
