//! Peers that do what no correct node does.

use crate::{
    node::{config, extrinsic, head, Node},
    stranger::{status, Stranger, HEADS, TRANSACTIONS},
};
use icn_network::{Config, Counters, Limits, PeerId, Rate, Status, Verdict};
use std::time::Duration;
use tokio::select;

fn counters(status: &Status, peer: PeerId) -> Counters {
    status.peers.iter().find(|known| known.peer == peer).map(|known| known.counters).unwrap_or_default()
}

fn score(status: &Status, peer: PeerId) -> u32 {
    status.peers.iter().find(|known| known.peer == peer).map_or(0, |known| known.score)
}

/// A batch of one transaction, whose encoding the node's tests freeze.
fn batch(number: u8) -> Vec<u8> {
    vec![0x0a, 0x02, 0x04, number]
}

/// A node and a stranger that is connected to it.
async fn visited() -> (Node, Stranger) {
    let mut node = Node::start(config(&[])).await;
    let mut stranger = Stranger::new();
    stranger.connect(&node.address()).await;
    let id = stranger.id();
    stranger.while_waiting(node.connected(id)).await;
    (node, stranger)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flooder_is_banned_while_an_honest_peer_is_heard() {
    let limits = Limits {
        messages: Rate { per_second: 50, burst: 100 },
        transactions: Rate { per_second: 100, burst: 1024 },
        ..Limits::default()
    };
    let mut node = Node::start(Config { limits, ..config(&[]) }).await;
    let honest = Node::join(&mut [&mut node]).await;
    let eager = Limits { batch_count: 1, batch_interval: Duration::ZERO, ..Limits::default() };
    let mut flooder = Node::start(Config { limits: eager, ..config(&[&node]) }).await;
    flooder.connected(node.id()).await;

    let (flooder_id, honest_id) = (flooder.id(), honest.id());
    let flood = async {
        for number in 1_000_000.. {
            flooder.network.submit(vec![extrinsic(number)]);
            tokio::task::yield_now().await;
        }
    };
    let listen = async {
        let mut heard = 0;
        for number in 0..20 {
            honest.network.submit(vec![extrinsic(number)]);
            while heard <= number {
                let (from, ticket, extrinsics) = node.batch().await;
                ticket.answer(Verdict::Accept);
                heard += if from == honest_id { extrinsics.len() as u32 } else { 0 };
            }
        }
        node.status("a ban", |status| status.bans == 1).await
    };
    let status = select! {
        () = flood => unreachable!("the flood has no end"),
        status = listen => status,
    };
    assert_eq!(score(&status, flooder_id), 0, "it is gone or without score");
    assert_eq!(score(&status, honest_id), 1000);
    let status = node.status("the disconnection", |status| status.peers.len() == 1).await;
    assert_eq!(status.peers[0].peer, honest_id);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_exceeds_the_allowance_is_neither_reported_nor_relayed() {
    let limits = Limits { bytes: Rate { per_second: 1, burst: 250 }, ..Limits::default() };
    let mut node = Node::start(Config { limits, ..config(&[]) }).await;
    let mut peer = Node::join(&mut [&mut node]).await;
    let mut next = Node::join(&mut [&mut node]).await;
    for number in 0..3 {
        peer.network.submit(vec![extrinsic(number)]);
        let done = |status: &Status| {
            let Counters { messages_in, over_rate, .. } = counters(status, peer.id());
            messages_in + over_rate > u64::from(number)
        };
        node.status("the message", done).await;
    }
    let status = node.network.status().await.unwrap();
    let Counters { messages_in, over_rate, .. } = counters(&status, peer.id());
    assert_eq!((messages_in, over_rate), (2, 1), "a batch of one has 105 bytes");
    assert_eq!(node.accept(2).await, [extrinsic(0), extrinsic(1)]);
    assert_eq!(next.accept(2).await, [extrinsic(0), extrinsic(1)]);
    // The allowance of another peer is its own, and its copy of what was dropped is news.
    next.network.submit(vec![extrinsic(2)]);
    assert_eq!(node.accept(1).await, [extrinsic(2)]);
    assert_eq!(peer.accept(1).await, [extrinsic(2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_message_costs_score_until_the_peer_is_banned() {
    let (mut node, mut stranger) = visited().await;
    let id = stranger.id();
    let no_protobuf = vec![0xff; 100];
    let oversized = batch(1).repeat(1024 * 1024 / 4 + 1);
    let no_extrinsic = vec![0x0a, 0x02, 0x08, 0x01];
    let no_head = vec![0x08, 0x01];
    let mut before = 1000;
    for (count, (topic, data)) in
        [(TRANSACTIONS, no_protobuf), (TRANSACTIONS, oversized), (TRANSACTIONS, no_extrinsic)].into_iter().enumerate()
    {
        stranger.say(topic, data);
        let counted = |status: &Status| counters(status, id).invalid == count as u64 + 1;
        let status = stranger.while_waiting(node.status("an offence", counted)).await;
        assert!(score(&status, id) < before, "it costs");
        before = score(&status, id);
    }
    stranger.say(TRANSACTIONS, batch(7));
    let (from, ..) = stranger.while_waiting(node.batch()).await;
    assert_eq!(from, id, "it is still heard");
    for _ in 0..4 {
        stranger.say(HEADS, no_head.clone());
    }
    stranger.while_waiting(node.disconnected(id)).await;
    assert_eq!(node.network.status().await.unwrap().bans, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_with_too_many_transactions_is_an_offence() {
    let (node, mut stranger) = visited().await;
    let id = stranger.id();
    stranger.say(TRANSACTIONS, batch(1).repeat(1024));
    let passed = |status: &Status| counters(status, id).transactions_in == 1024;
    stranger.while_waiting(node.status("a full batch", passed)).await;
    stranger.say(TRANSACTIONS, batch(1).repeat(1025));
    let counted = |status: &Status| counters(status, id).invalid == 1;
    stranger.while_waiting(node.status("an offence", counted)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_its_author_did_not_sign_is_an_offence() {
    let mut node = Node::start(config(&[])).await;
    let victim = Node::join(&mut [&mut node]).await;
    let mut impersonator = Stranger::impersonator(victim.id());
    let id = impersonator.id();
    impersonator.connect(&node.address()).await;
    impersonator.while_waiting(node.connected(id)).await;
    for number in 0..4 {
        impersonator.say(TRANSACTIONS, batch(number));
    }
    impersonator.while_waiting(node.disconnected(id)).await;
    let status = node.network.status().await.unwrap();
    assert_eq!(score(&status, victim.id()), 1000);
    assert!(node.events.try_recv().is_err(), "nothing of it was reported");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_cannot_be_read_ends_the_connection() {
    let mut node = Node::start(config(&[])).await;
    let mut stranger = Stranger::new();
    stranger.status = vec![0x0a; 1000];
    stranger.connect(&node.address()).await;
    let gone = node.status("the disconnection", |status| status.peers.is_empty());
    stranger.while_waiting(gone).await;
    assert!(node.events.try_recv().is_err(), "no connection was reported");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_status_requests_cost_score() {
    let limits = Limits { messages: Rate { per_second: 1, burst: 20 }, ..Limits::default() };
    let mut node = Node::start(Config { limits, ..config(&[]) }).await;
    let mut stranger = Stranger::new();
    let (id, target) = (stranger.id(), node.id());
    stranger.connect(&node.address()).await;
    stranger.while_waiting(node.connected(id)).await;
    for _ in 0..30 {
        stranger.ask(target, status(1)).await;
    }
    let status = node.network.status().await.unwrap();
    assert!(counters(&status, id).over_rate > 0, "they were more than its allowance");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_another_announced_is_no_head_of_the_peer() {
    let (mut node, mut stranger) = visited().await;
    let mut other = Node::start(config(&[])).await;
    // The stranger relays everything: what another announces goes on to the node.
    stranger.connect(&other.address()).await;
    let id = stranger.id();
    stranger.while_waiting(other.connected(id)).await;
    other.network.announce(77, head(77).hash);
    let counted = |status: &Status| counters(status, id).invalid > 0;
    stranger.while_waiting(node.status("an offence", counted)).await;
    while let Ok(event) = node.events.try_recv() {
        assert!(!format!("{event:?}").contains("77"), "{event:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_takes_nothing_is_disconnected_after_a_while() {
    let limits = Limits { status_interval: Duration::from_millis(200), ..Limits::default() };
    let mut node = Node::start(Config { limits, ..config(&[]) }).await;
    let mut interested = Node::join(&mut [&mut node]).await;
    let mut stranger = Stranger::uninterested();
    stranger.connect(&node.address()).await;
    let alone = node.status("the disconnection", |status| status.peers.len() == 1);
    let status = stranger.while_waiting(alone).await;
    assert_eq!(status.peers[0].peer, interested.id());
    assert_eq!(status.bans, 0, "it is no offence");
    node.network.submit(vec![extrinsic(1)]);
    assert_eq!(interested.accept(1).await, [extrinsic(1)]);
}
