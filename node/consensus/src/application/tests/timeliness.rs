//! Blocks before and after their time.

use super::*;

#[test]
fn an_early_block_waits_for_its_time() {
    let mut node = Node::new();
    let early = proposal_at(7, 1, NOW + PRECISION_MS + 1);
    let target = early.0.target;
    node.give(&early, 1);
    assert_eq!(node.verified(target, Verdict::Valid(target)), [Told::WakeAt(NOW + 1)]);
    assert_eq!(node.tell(Input::Wake), [Told::WakeAt(NOW + 1)], "it is not yet time");
    node.around.now = NOW + 1;
    assert_eq!(node.tell(Input::Wake), [Told::Found(1, value(&early.0, true))]);
    assert_eq!(node.tell(Input::Wake), []);
}

#[test]
fn an_early_block_whose_time_comes_while_it_is_executed_is_answered_at_once() {
    let mut node = Node::new();
    let early = proposal_at(7, 1, NOW + 2_000);
    node.give(&early, 1);
    node.around.now = NOW + 1_500;
    assert_eq!(node.verified(early.0.target, Verdict::Valid(early.0.target)), [Told::Found(1, value(&early.0, true))]);
}

#[test]
fn a_slow_execution_makes_no_block_late() {
    let mut node = Node::new();
    let theirs = proposal(7, 1);
    node.give(&theirs, 1);
    node.around.now = NOW + 3_600_000;
    assert_eq!(
        node.verified(theirs.0.target, Verdict::Valid(theirs.0.target)),
        [Told::Found(1, value(&theirs.0, true))]
    );
}

#[test]
fn a_late_block_is_judged_in_a_round_in_which_proposals_may_travel_so_long() {
    let mut node = Node::new();
    let late = proposal_at(7, 1, NOW - PRECISION_MS - message_delay(2));
    let target = late.0.target;
    node.give(&late, 1);
    assert_eq!(node.verified(target, Verdict::Valid(target)), []);
    let started = |round, token| Input::StartedRound { height: 7, round, token };
    assert_eq!(node.tell(started(1, 2)), [Told::Known(2, Vec::new()), Told::Stir(7)]);
    let valid = value(&late.0, true);
    assert_eq!(node.tell(started(2, 3)), [Told::Found(1, valid), Told::Known(3, vec![valid]), Told::Stir(7)]);
    // It stays so.
    assert_eq!(node.tell(started(3, 4)), [Told::Known(4, vec![valid]), Told::Stir(7)]);
}

#[test]
fn a_late_block_is_not_judged_in_its_round() {
    let mut node = Node::new();
    let late = proposal_at(7, 1, NOW - PRECISION_MS - MESSAGE_DELAY_MS - 1);
    let target = late.0.target;
    node.give(&late, 1);
    assert_eq!(node.verified(target, Verdict::Valid(target)), []);
    node.around.now = NOW + 100_000;
    assert_eq!(node.tell(Input::Wake), []);
    // The others found it timely.
    assert_eq!(node.tell(decided(7, target, 2)), [Told::Commit(CommitJob { height: 7, target, commit: commit(0) })]);
    assert_eq!(node.tell(Input::Committed(head(7))), [Told::Committed(2), Told::Nothing(1)]);
}

#[test]
fn what_is_invalid_is_so_at_any_time() {
    let mut node = Node::new();
    let early = proposal_at(7, 1, NOW + 60_000);
    node.give(&early, 1);
    assert_eq!(node.verified(early.0.target, invalid()), [Told::Found(1, value(&early.0, false))]);
}

#[test]
fn two_early_blocks_are_answered_each_at_its_time() {
    let mut node = Node::new();
    let (first, second) = (proposal_at(7, 1, NOW + 1_500), proposal_at(7, 2, NOW + 2_500));
    for (early, token) in [(&first, 1), (&second, 2)] {
        node.give(early, token);
        node.verified(early.0.target, Verdict::Valid(early.0.target));
    }
    node.around.now = NOW + 1_000;
    let told = node.tell(Input::Wake);
    assert!(told.contains(&Told::Found(1, value(&first.0, true))) && told.contains(&Told::WakeAt(NOW + 2_000)));
    assert_eq!(told.len(), 2);
    node.around.now = NOW + 2_000;
    assert_eq!(node.tell(Input::Wake), [Told::Found(2, value(&second.0, true))]);
}

/// Otherwise a proposer that lies about the time would have its block as soon as enough validators were restarted.
#[test]
fn a_kept_block_of_a_later_time_waits_for_it_after_a_restart() {
    let (init, block) = proposal_at(7, 1, NOW + 60_000);
    let kept = Proposed { init: init.clone(), block, valid: true };
    let late = Proposed { init: proposal_at(7, 2, NOW - 60_000).0, ..made(7, 0, 2) };
    let mut node = Node::restarted(head(6), vec![kept, late.clone()]);
    let started = node.tell(Input::StartedRound { height: 7, round: 0, token: 1 });
    // When the other came is not known any more: it may have been in time.
    assert_eq!(started, [Told::WakeAt(NOW + 59_500), Told::Known(1, vec![value(&late.init, true)])]);
    node.around.now = NOW + 59_499;
    assert_eq!(node.tell(Input::Wake), [Told::WakeAt(NOW + 59_500)]);
    node.around.now = NOW + 59_500;
    assert_eq!(node.tell(Input::Wake), []);
    let again = node.tell(Input::StartedRound { height: 7, round: 1, token: 2 });
    let Some(Told::Known(2, known)) = again.first() else { panic!("{again:?}") };
    assert!(known.contains(&value(&init, true)), "{known:?}");
}
