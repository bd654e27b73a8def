//! Blocks of blobs are asked for and sent; who sends other ones, or asks too much, is treated as it deserves.

use crate::node::{banned, config, soon, Node};
use icn_network::{BlobsReply, BlockId, Config, Event, FetchedBlocks, Limits, Rate};

const MIB: u64 = 1024 * 1024;

fn id(number: u8) -> BlockId {
    [number; 36]
}

/// The next question for blocks.
async fn wanted(node: &mut Node) -> (Vec<BlockId>, BlobsReply) {
    let pick = |event| match event {
        Event::BlobsWanted { ids, reply, .. } => Some((ids, reply)),
        _ => None,
    };
    node.event("a question", pick).await
}

fn asked(node: &Node, of: &Node, ids: Vec<BlockId>) -> tokio::task::JoinHandle<Option<FetchedBlocks>> {
    let (network, peer) = (node.network.clone(), of.id());
    tokio::spawn(async move { network.fetch_blocks(peer, ids).await })
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_are_sent_as_far_as_they_fit() {
    let mut alice = Node::start(config(&[])).await;
    let bob = Node::join(&mut [&mut alice]).await;
    let question = asked(&bob, &alice, vec![id(1), id(2), id(3)]);
    let (ids, reply) = wanted(&mut alice).await;
    assert_eq!(ids, [id(1), id(2), id(3)]);
    reply.send(vec![vec![1; 256 * 1024], Vec::new(), vec![3]]);
    let answer = soon("an answer", question).await.unwrap().unwrap();
    assert!(!answer.busy);
    assert_eq!(answer.blocks.iter().map(Vec::len).collect::<Vec<_>>(), [256 * 1024, 0, 1]);
    let question = asked(&bob, &alice, vec![id(1); 5]);
    wanted(&mut alice).await.1.send(vec![vec![1; 256 * 1024]; 5]);
    assert_eq!(soon("an answer", question).await.unwrap().unwrap().blocks.len(), 4);
    // Who does not look does not know what is here.
    let question = asked(&bob, &alice, vec![id(4)]);
    drop(wanted(&mut alice).await);
    assert_eq!(soon("an answer", question).await.unwrap(), Some(FetchedBlocks { blocks: Vec::new(), busy: true }));
    // More than a question may be about is not asked.
    assert_eq!(soon("no question", asked(&bob, &alice, vec![id(1); 17])).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_more_than_its_share_is_told_to_come_later_and_loses_nothing() {
    let limits = Limits { blob_bytes: Rate { per_second: 100, burst: MIB }, ..Limits::default() };
    let mut alice = Node::start(Config { limits, ..config(&[]) }).await;
    let bob = Node::join(&mut [&mut alice]).await;
    let question = asked(&bob, &alice, vec![id(1); 4]);
    wanted(&mut alice).await.1.send(vec![vec![1]]);
    soon("an answer", question).await.unwrap().unwrap();
    let answer = soon("an answer", asked(&bob, &alice, vec![id(1)])).await.unwrap().unwrap();
    assert_eq!(answer, FetchedBlocks { blocks: Vec::new(), busy: true });
    let status = alice.network.status().await.unwrap();
    assert_eq!(status.peers[0].score, 1000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_holds_no_more_questions_than_its_limit() {
    let limits = Limits { blob_answers: 2, ..Limits::default() };
    let mut alice = Node::start(Config { limits, ..config(&[]) }).await;
    let bob = Node::join(&mut [&mut alice]).await;
    let questions = [asked(&bob, &alice, vec![id(1)]), asked(&bob, &alice, vec![id(2)])];
    let held = [wanted(&mut alice).await, wanted(&mut alice).await];
    assert!(soon("an answer", asked(&bob, &alice, vec![id(3)])).await.unwrap().unwrap().busy);
    held.into_iter().for_each(|(_, reply)| reply.send(vec![vec![7]]));
    for question in questions {
        assert_eq!(soon("an answer", question).await.unwrap().unwrap().blocks, [vec![7]]);
    }
    let question = asked(&bob, &alice, vec![id(4)]);
    wanted(&mut alice).await.1.send(vec![vec![8]]);
    assert_eq!(soon("an answer", question).await.unwrap().unwrap().blocks, [vec![8]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_sends_false_blocks_again_and_again_is_banned() {
    let mut alice = Node::start(config(&[])).await;
    let bob = Node::join(&mut [&mut alice]).await;
    bob.network.accuse(alice.id());
    let status = bob.status("a lost score", |status| status.peers[0].counters.invalid == 1).await;
    assert!(status.peers[0].score < 1000);
    (0..3).for_each(|_| bob.network.accuse(alice.id()));
    banned(&bob, &alice).await;
    // Nobody is asked who is not connected.
    assert_eq!(soon("no question", asked(&bob, &alice, vec![id(1)])).await.unwrap(), None);
}
