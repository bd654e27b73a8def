//! Three nodes in a row: what reaches the last one is what the middle one accepted.

use crate::node::{config, extrinsic, Node};
use icn_network::{Event, Verdict};

/// Alice and Carol, who only know Bob.
async fn row() -> [Node; 3] {
    let mut bob = Node::start(config(&[])).await;
    let alice = Node::join(&mut [&mut bob]).await;
    let carol = Node::join(&mut [&mut bob]).await;
    [alice, bob, carol]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_relayed_once_it_is_accepted() {
    let [alice, mut bob, mut carol] = row().await;
    let batch: Vec<_> = (0..5).map(extrinsic).collect();
    alice.network.submit(batch.clone());
    let (from, ticket, extrinsics) = bob.batch().await;
    assert_eq!((from, &extrinsics), (alice.id(), &batch));
    ticket.answer(Verdict::Accept);
    let (from, _, extrinsics) = carol.batch().await;
    assert_eq!((from, extrinsics), (bob.id(), batch));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_was_rejected_ignored_or_forgotten_is_not_relayed() {
    let [alice, mut bob, mut carol] = row().await;
    alice.network.submit(vec![extrinsic(1)]);
    bob.answer(Verdict::Reject).await;
    alice.network.submit(vec![extrinsic(2)]);
    bob.answer(Verdict::Ignore).await;
    alice.network.submit(vec![extrinsic(3)]);
    drop(bob.batch().await);
    alice.network.submit(vec![extrinsic(4)]);
    bob.answer(Verdict::Accept).await;
    assert_eq!(carol.accept(1).await, [extrinsic(4)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_rejected_batch_costs_score_and_many_of_them_are_the_end() {
    let [alice, mut bob, carol] = row().await;
    alice.network.submit(vec![extrinsic(0)]);
    bob.answer(Verdict::Ignore).await;
    let status = bob.status("the answer", |status| status.unanswered == 0).await;
    assert!(status.peers.iter().all(|peer| peer.score == 1000));
    let mut rejected = 0;
    alice.network.submit(vec![extrinsic(1)]);
    let reject = |event| match event {
        Event::Transactions { ticket, .. } => {
            ticket.answer(Verdict::Reject);
            rejected += 1;
            alice.network.submit(vec![extrinsic(1 + rejected)]);
            None
        }
        Event::PeerDisconnected { peer } => Some(peer),
        _ => None,
    };
    assert_eq!(bob.event("the end", reject).await, alice.id());
    assert!((20..40).contains(&rejected), "{rejected} batches were rejected");
    let status = bob.network.status().await.unwrap();
    assert_eq!((status.bans, status.peers.len()), (1, 1));
    assert_eq!((status.peers[0].peer, status.peers[0].score), (carol.id(), 1000));
}
