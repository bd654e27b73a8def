//! Transactions between nodes that know each other.

use crate::node::{config, extrinsic, padded, Node};
use icn_network::{Direction, Limits, Verdict};
use icn_primitives::{limits::EXTRINSIC_BYTES_MAX, Extrinsic};
use std::collections::HashSet;

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_exchange_transactions() {
    let mut alice = Node::start(config(&[])).await;
    let mut bob = Node::join(&mut [&mut alice]).await;
    let [first, second, third] = [1, 2, 3].map(extrinsic);
    alice.network.submit(vec![first.clone(), second.clone()]);
    let (from, ticket, extrinsics) = bob.batch().await;
    assert_eq!((from, extrinsics), (alice.id(), vec![first, second]));
    ticket.answer(Verdict::Accept);
    bob.network.submit(vec![third.clone()]);
    assert_eq!(alice.accept(1).await, [third]);
}

#[tokio::test(flavor = "multi_thread")]
async fn four_nodes_each_receive_what_any_of_them_submits() {
    let mut nodes: Vec<Node> = Vec::new();
    for _ in 0..4 {
        let node = Node::join(&mut nodes.iter_mut().collect::<Vec<_>>()).await;
        nodes.push(node);
    }
    for (index, node) in (0..).zip(&nodes) {
        for number in 0..10 {
            node.network.submit(vec![extrinsic(100 * index + number)]);
        }
    }
    for (index, node) in (0..).zip(&mut nodes) {
        let received: HashSet<_> = node.accept(30).await.iter().map(Extrinsic::hash).collect();
        let others = (0..4).filter(|other| *other != index);
        let expected = others.flat_map(|other| (0..10).map(move |number| extrinsic(100 * other + number).hash()));
        assert_eq!(received, expected.collect());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_submitted_in_a_rush_travels_in_few_messages() {
    let mut alice = Node::start(config(&[])).await;
    let mut bob = Node::join(&mut [&mut alice]).await;
    let submitted: Vec<_> = (0..1000).map(extrinsic).collect();
    for chunk in submitted.chunks(2) {
        alice.network.submit(chunk.to_vec());
    }
    assert_eq!(bob.accept(1000).await, submitted);
    let status = bob.network.status().await.unwrap();
    let counters = status.peers[0].counters;
    assert_eq!(counters.transactions_in, 1000);
    assert!(counters.messages_in < 100, "{} messages", counters.messages_in);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_transaction_travels() {
    let mut alice = Node::start(config(&[])).await;
    let mut bob = Node::join(&mut [&mut alice]).await;
    let largest = padded(1, EXTRINSIC_BYTES_MAX as usize - 4);
    assert_eq!(largest.bytes().len(), EXTRINSIC_BYTES_MAX as usize);
    let too_large = Extrinsic::from_encoded(vec![0; EXTRINSIC_BYTES_MAX as usize + 1]);
    alice.network.submit(vec![extrinsic(0), too_large, largest.clone()]);
    assert_eq!(bob.accept(2).await, [extrinsic(0), largest]);
    assert_eq!(alice.network.status().await.unwrap().transactions_dropped, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_can_take_is_dropped_and_counted() {
    let alone = Node::start(config(&[])).await;
    alone.network.submit((0..5).map(extrinsic).collect());
    alone.status("the count of the dropped", |status| status.transactions_dropped == 5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_tells_who_is_connected_and_what_came() {
    let mut alice = Node::start(config(&[])).await;
    let mut bob = Node::start({
        let agent = "icn/9.9.9 (bob)".into();
        icn_network::Config { agent, ..config(&[&alice]) }
    })
    .await;
    alice.connected(bob.id()).await;
    bob.connected(alice.id()).await;
    bob.network.submit(vec![extrinsic(1), extrinsic(2)]);
    alice.accept(2).await;
    let status = alice.status("the agent", |status| !status.peers[0].agent.is_empty()).await;
    assert_eq!((status.peer, status.bans), (alice.id(), 0));
    assert_eq!(status.listening, [alice.network.listen_address()]);
    let [peer] = &status.peers[..] else { panic!("bob is connected") };
    assert_eq!((peer.peer, peer.direction, peer.is_known), (bob.id(), Direction::Inbound, false));
    assert_eq!((peer.agent.as_str(), peer.score), ("icn/9.9.9 (bob)", 1000));
    assert_eq!((peer.counters.transactions_in, peer.counters.invalid, peer.counters.over_rate), (2, 0, 0));
    let status = bob.network.status().await.unwrap();
    let [peer] = &status.peers[..] else { panic!("alice is connected") };
    assert_eq!((peer.peer, peer.direction, peer.is_known), (alice.id(), Direction::Outbound, true));
    assert_eq!(peer.addresses.len(), 1);
    assert_eq!(peer.counters.messages_out, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_does_not_answer_holds_no_more_than_its_limit() {
    let limits = Limits { unanswered: 2, unanswered_peers: 1, ..Limits::default() };
    let mut slow = Node::start(icn_network::Config { limits, ..config(&[]) }).await;
    let peer = Node::join(&mut [&mut slow]).await;
    let mut held = Vec::new();
    for number in 0..2 {
        peer.network.submit(vec![extrinsic(number)]);
        held.push(slow.batch().await);
    }
    for number in 2..5 {
        peer.network.submit(vec![extrinsic(number)]);
        let shed = u64::from(number) - 1;
        slow.status("a batch is shed", |status| status.peers[0].counters.shed == shed).await;
    }
    assert_eq!(slow.network.status().await.unwrap().unanswered, 2);
    drop(held);
    slow.status("forgotten tickets", |status| status.unanswered == 0).await;
    peer.network.submit(vec![extrinsic(9)]);
    assert_eq!(slow.accept(1).await, [extrinsic(9)]);
    let status = slow.status("the last answer", |status| status.unanswered == 0).await;
    assert_eq!(status.peers[0].score, 1000, "being ignored is no fault");
}
