//! Blocks of others.

use super::*;
use crate::parts::ProposalPart::Piece;

#[test]
fn a_block_is_verified_once_its_parts_are_there() {
    let mut node = Node::new();
    let (round, n) = other(7);
    let long = block(1, 600_000);
    let init = proposed(n, 7, round, None, &long).0;
    let parts = pieces(&init, &long);
    let mut give = |place: usize, token| node.tell(Input::Part { from: vec![9], part: parts[place].clone(), token });
    assert_eq!(give(2, 1), [Told::Nothing(1)]);
    assert_eq!(give(0, 2), [Told::Nothing(2)]);
    assert_eq!(give(1, 3), [Told::Verify(init.target, init.clone(), long.clone())]);
    assert_eq!(give(1, 4), [Told::Nothing(4)], "it is there already");
    let told = node.verified(init.target, Verdict::Valid(init.target));
    assert_eq!(told, [Told::Found(3, value(&init, true))]);
}

#[test]
fn a_part_that_is_refused_has_no_answer() {
    let mut node = Node::new();
    let (init, block) = proposal(7, 1);
    let forged = Init { length: init.length, signature: [7; 64], ..init };
    assert_eq!(node.give(&(forged, block), 1), [Told::Nothing(1)]);
}

#[test]
fn a_second_stream_of_a_value_waits_for_the_same_verdict() {
    let mut node = Node::new();
    let first = proposal(7, 1);
    // Proposed again after a polka, by whoever has the turn.
    let again = samples::signed(
        2,
        Init { round: first.0.round + 5, pol_round: Some(first.0.round), proposer: address(2).0, ..first.0.clone() },
    );
    assert!(matches!(node.give(&first, 1)[..], [Told::Verify(..)]));
    assert_eq!(node.give(&(again.clone(), first.1.clone()), 2), []);
    let told = node.verified(first.0.target, Verdict::Valid(first.0.target));
    assert_eq!(told, [Told::Found(1, value(&first.0, true)), Told::Found(2, value(&first.0, true))]);
    // A third one finds the verdict there.
    let third = samples::signed(3, Init { round: first.0.round + 6, proposer: address(3).0, ..again });
    assert_eq!(node.give(&(third.clone(), first.1), 3), [Told::Found(3, value(&third, true))]);
}

#[test]
fn what_is_no_valid_block_is_told_as_invalid() {
    let verdicts = |target: Target| {
        let another = Target { time: target.time + 1, ..target };
        [invalid(), Verdict::Undecodable, Verdict::Valid(another), Verdict::Valid(samples::target(1))]
    };
    for place in 0..4 {
        let mut node = Node::new();
        let theirs = proposal(7, 1);
        let target = theirs.0.target;
        node.give(&theirs, 1);
        assert_eq!(node.verified(target, verdicts(target)[place].clone()), [Told::Found(1, value(&theirs.0, false))]);
        assert_eq!(node.application.invalid_proposals(), 1);
        assert_eq!(node.verified(target, Verdict::Valid(target)), [], "a verdict stays");
    }
}

#[test]
fn where_this_binary_may_not_judge_there_is_no_answer_and_another_copy_is_judged_again() {
    let mut node = Node::new();
    let first = proposal(7, 1);
    let target = first.0.target;
    node.give(&first, 1);
    assert_eq!(node.tell(Input::Verified { claimed: target, verdict: None }), [Told::Nothing(1)]);
    let pol_round = Some(first.0.round);
    let again = samples::signed(2, Init { round: first.0.round + 1, pol_round, proposer: address(2).0, ..first.0 });
    let told = node.give(&(again.clone(), first.1.clone()), 2);
    assert_eq!(told, [Told::Verify(target, again, first.1)]);
}

#[test]
fn verdicts_of_unknown_blocks_are_ignored() {
    let mut node = Node::new();
    assert_eq!(node.verified(samples::target(1), Verdict::Valid(samples::target(1))), []);
}

#[test]
fn a_round_starts_with_the_candidates_that_are_judged() {
    let (known, theirs) = (made(7, 0, 1), proposal(7, 2));
    let bad = Proposed { valid: false, ..made(7, 3, 5) };
    let mut node = Node::restarted(head(6), vec![known.clone(), bad.clone()]);
    node.give(&theirs, 1);
    let early = proposal_at(7, 3, NOW + 60_000);
    node.give(&early, 2);
    node.verified(early.0.target, Verdict::Valid(early.0.target));
    let ask = |node: &mut Node, height, round, token| {
        let told = node.tell(Input::StartedRound { height, round, token });
        // The early one is looked at again, and waits on.
        let mut told = told.into_iter().filter(|told| *told != Told::WakeAt(NOW + 60_000 - PRECISION_MS));
        let Some(Told::Known(answered, mut values)) = told.next() else { panic!("it is answered") };
        assert_eq!(answered, token);
        values.sort_by_key(|value| value.target);
        (values, told.collect::<Vec<_>>())
    };
    let mut expected = vec![value(&known.init, true), value(&bad.init, false)];
    expected.sort_by_key(|value| value.target);
    assert_eq!(ask(&mut node, 7, 0, 3), (expected.clone(), vec![]));
    assert_eq!(ask(&mut node, 7, 1, 4), (expected.clone(), vec![Told::Stir(7)]), "others may not have started");
    assert_eq!(ask(&mut node, 8, 0, 5), (vec![], vec![]));
    node.verified(theirs.0.target, invalid());
    expected.push(value(&theirs.0, false));
    expected.sort_by_key(|value| value.target);
    assert_eq!(ask(&mut node, 7, 0, 6), (expected, vec![]));
}

#[test]
fn a_piece_out_of_a_stream_needs_no_first_part() {
    let mut node = Node::new();
    let (init, block) = proposal(7, 1);
    let chunk = split(&block).1.remove(0);
    let told = node.tell(Input::Part { from: vec![1], part: Piece(init.clone(), chunk), token: 1 });
    assert_eq!(told, [Told::Verify(init.target, init, block)]);
}
