//! From a decision to the next height.

use super::*;
use crate::samples::key_bytes;

#[test]
fn a_decision_is_committed_and_then_answered() {
    let mut node = Node::new();
    let target = samples::target(1);
    assert_eq!(node.tell(decided(7, target, 1)), [Told::Commit(CommitJob { height: 7, target, commit: commit(0) })]);
    assert_eq!(node.tell(Input::Wake), []);
    assert_eq!(node.tell(Input::Committed(head(7))), [Told::Committed(1)]);
    assert_eq!(node.application.head(), &head(7));
}

#[test]
fn a_decision_that_was_committed_before_a_restart_is_answered_at_once() {
    let mut node = Node::over(head(7));
    for height in [7, 6] {
        assert_eq!(node.tell(decided(height, samples::target(1), height)), [Told::Committed(height)]);
    }
}

#[test]
fn the_next_height_starts_after_the_commit_and_not_with_the_end_of_the_last() {
    let mut node = Node::new();
    node.around.ready = true;
    node.tell(decided(7, samples::target(1), 1));
    assert_eq!(node.tell(finalized(7, 2)), [Told::Improve(7, commit(1))]);
    assert!(!node.application.is_idle());
    assert_eq!(node.tell(Input::Wake), []);
    assert_eq!(node.tell(Input::Committed(head(7))), [Told::Committed(1), Told::Start(2, 7)]);
}

#[test]
fn the_end_of_a_height_improves_its_commit_and_starts_the_next() {
    let mut node = Node::new();
    node.commit(samples::target(1));
    node.around.ready = true;
    assert_eq!(node.tell(finalized(7, 2)), [Told::Improve(7, commit(1)), Told::Start(2, 7)]);
}

#[test]
fn questions_about_candidates_that_were_not_decided_end_without_an_answer() {
    let mut node = Node::new();
    let (verifying, early) = (proposal(7, 1), proposal_at(7, 2, NOW + 60_000));
    node.give(&verifying, 1);
    node.give(&early, 2);
    node.verified(early.0.target, Verdict::Valid(early.0.target));
    let told = node.commit(samples::target(1));
    assert_eq!(told.len(), 3);
    assert!([Told::Committed(900), Told::Nothing(1), Told::Nothing(2)].iter().all(|one| told.contains(one)));
    assert_eq!(node.verified(verifying.0.target, Verdict::Valid(verifying.0.target)), []);
    assert_eq!(node.tell(Input::StartedRound { height: 8, round: 0, token: 3 }), [Told::Known(3, vec![])]);
}

#[test]
fn a_block_of_the_next_height_is_verified_when_that_begins() {
    let mut node = Node::new();
    let next = proposal(8, 1);
    assert_eq!(node.give(&next, 1), []);
    let told = node.commit(samples::target(1));
    assert_eq!(told, [Told::Committed(900), Told::Verify(next.0.target, next.0.clone(), next.1)]);
    assert_eq!(node.tell(finalized(7, 2)), [Told::Improve(7, commit(1)), Told::Start(2, 7)], "there is work");
}

#[test]
fn a_block_of_a_validator_that_left_is_dropped() {
    let mut node = Node::new();
    let next = proposal(8, 1);
    node.give(&next, 1);
    node.tell(decided(7, samples::target(1), 2));
    let after = validators(7).updated(&[(key_bytes(other(8).1), 0)]).expect("three are left");
    let told = node.tell(Input::Committed(Head { validators: after, ..head(7) }));
    assert_eq!(told, [Told::Committed(2), Told::Nothing(1)]);
    assert_eq!(node.tell(finalized(7, 3)), [Told::Improve(7, commit(1))], "there is no work");
}

#[test]
fn a_block_that_comes_while_its_height_is_committed_is_dropped_after() {
    let mut node = Node::new();
    node.tell(decided(7, samples::target(1), 1));
    assert_eq!(node.give(&proposal(7, 1), 2), []);
    assert_eq!(node.tell(Input::Committed(head(7))), [Told::Committed(1), Told::Nothing(2)]);
}

#[test]
fn the_time_at_which_an_early_block_came_counts() {
    let mut node = Node::new();
    let next = proposal(8, 1);
    node.give(&next, 1);
    node.around.now = NOW + 60_000;
    node.commit(samples::target(1));
    let told = node.verified(next.0.target, Verdict::Valid(next.0.target));
    assert_eq!(told, [Told::Found(1, value(&next.0, true))], "it was timely when it came");
}
