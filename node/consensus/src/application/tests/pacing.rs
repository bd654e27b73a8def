//! When heights start.

use super::*;

/// A node whose engine waits for height 7.
fn waiting(head: Head) -> Node {
    let mut node = Node::over(head);
    let told = node.tell(Input::ConsensusReady(1));
    assert!(!told.iter().any(|told| matches!(told, Told::Start(..))), "there is no work");
    node
}

#[test]
fn without_work_nothing_starts() {
    let mut node = waiting(head(6));
    assert!(node.application.is_idle());
    assert_eq!(node.tell(Input::Wake), []);
    node.around.peer_head = 6;
    node.around.now += 1_000_000;
    assert_eq!(node.tell(Input::Wake), [], "no peer is ahead");
}

#[test]
fn each_kind_of_work_starts_the_height() {
    let ready = |node: &mut Node| {
        node.around.ready = true;
        node.tell(Input::Wake)
    };
    let ahead = |node: &mut Node| {
        node.around.peer_head = 7;
        node.tell(Input::Wake)
    };
    let asked = |node: &mut Node| node.tell(Input::MakeBlock);
    let works: [fn(&mut Node) -> Vec<Told>; 3] = [ready, ahead, asked];
    for work in works {
        let mut node = waiting(head(6));
        assert_eq!(work(&mut node), [Told::Start(1, 6)]);
        assert!(!node.application.is_idle());
        assert_eq!(node.tell(Input::Wake), [], "it starts once");
    }
}

#[test]
fn a_call_starts_the_height_when_it_is_due() {
    let mut node = Node::over(Head { due: Some(NOW + 10), ..head(6) });
    assert_eq!(node.tell(Input::ConsensusReady(1)), [Told::WakeAt(NOW + 10)]);
    node.around.now = NOW + 9;
    assert_eq!(node.tell(Input::Wake), [Told::WakeAt(NOW + 10)]);
    node.around.now = NOW + 10;
    assert_eq!(node.tell(Input::Wake), [Told::Start(1, 6)]);
}

#[test]
fn evidence_starts_the_height() {
    let mut node = Node::over(head(6));
    let ended = Input::Finalized { height: 6, commit: commit(0), evidence: vec![evidence(0)], token: 1 };
    assert_eq!(node.tell(ended), [Told::Improve(6, commit(0)), Told::Start(1, 6)]);
}

#[test]
fn a_block_for_the_height_starts_it() {
    let mut node = waiting(head(6));
    let theirs = proposal(7, 1);
    assert_eq!(node.give(&theirs, 2), [Told::Verify(theirs.0.target, theirs.0, theirs.1), Told::Start(1, 6)]);
}

/// The others have decided this one: the engine is to hear that, and asks for it.
#[test]
fn a_block_for_the_height_after_starts_this_one() {
    let mut node = waiting(head(6));
    assert_eq!(node.give(&proposal(8, 1), 2), [Told::Start(1, 6)]);
}

#[test]
fn a_part_that_is_refused_starts_nothing() {
    let mut node = waiting(head(6));
    let (init, block) = proposal(7, 1);
    assert_eq!(node.give(&(Init { signature: [7; 64], ..init }, block), 2), [Told::Nothing(2)]);
}

#[test]
fn a_height_that_was_being_decided_starts_again_after_a_restart() {
    let mut node = Node::restarted(head(6), vec![made(7, 0, 1)]);
    assert_eq!(node.tell(Input::ConsensusReady(1)), [Told::Start(1, 6)]);
}

#[test]
fn nothing_starts_where_another_binary_makes_the_next_block() {
    let halted = Head { halted: true, due: Some(NOW), ..head(6) };
    let mut node = Node::restarted(halted, vec![made(7, 0, 1)]);
    node.around = Surroundings { now: NOW, ready: true, peer_head: 9 };
    let ended = Input::Finalized { height: 6, commit: commit(0), evidence: vec![evidence(0)], token: 1 };
    assert_eq!(node.tell(ended), [Told::Improve(6, commit(0))]);
    assert_eq!(node.tell(Input::MakeBlock), []);
    assert_eq!(node.tell(Input::Wake), []);
}

/// A node that has started height 7 now and is to wait a second before the next.
fn paced() -> Node {
    let slow = |height| Head { minimum_interval: Duration::from_secs(1), ..head(height) };
    let mut node = waiting(slow(6));
    node.around.ready = true;
    assert_eq!(node.tell(Input::Wake), [Told::Start(1, 6)]);
    node.around.now = NOW + 300;
    node.tell(decided(7, samples::target(1), 2));
    node.tell(Input::Committed(slow(7)));
    node
}

#[test]
fn heights_start_an_interval_apart() {
    let mut node = paced();
    assert_eq!(node.tell(finalized(7, 3)), [Told::Improve(7, commit(1)), Told::WakeAt(NOW + 1_000)]);
    node.around.now = NOW + 999;
    assert_eq!(node.tell(Input::Wake), [Told::WakeAt(NOW + 1_000)]);
    node.around.now = NOW + 1_000;
    assert_eq!(node.tell(Input::Wake), [Told::Start(3, 7)]);
}

#[test]
fn a_block_that_is_asked_for_by_name_does_not_wait_for_the_interval() {
    let mut node = paced();
    node.tell(finalized(7, 3));
    assert_eq!(node.tell(Input::MakeBlock), [Told::Start(3, 7)]);
}

#[test]
fn a_block_that_another_proposes_does_not_wait_for_the_interval() {
    let mut node = paced();
    node.tell(finalized(7, 3));
    let told = node.give(&proposal(8, 1), 4);
    assert!(matches!(told[..], [Told::Verify(..), Told::Start(3, 7)]), "{told:?}");
}

#[test]
fn one_block_fulfils_a_wish_whoever_makes_it() {
    let mut node = Node::with_sealer(head(6), None, Vec::new());
    node.tell(Input::ConsensusReady(1));
    assert_eq!(node.tell(Input::MakeBlock), [Told::Start(1, 6)]);
    node.commit(samples::target(1));
    assert_eq!(node.tell(finalized(7, 2)), [Told::Improve(7, commit(1))]);
    assert!(node.application.is_idle());
}
