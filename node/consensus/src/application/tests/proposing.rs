//! This node's turn.

use super::*;

#[test]
fn a_block_is_built_for_the_height_and_round_that_are_asked_for() {
    let mut node = Node::new();
    let told = node.get_value(7, 2, 1);
    let (budget, evidence) = (Duration::from_millis(125), EvidenceList::default());
    assert_eq!(told, [Told::Build { at: (7, 2), time: NOW, budget, evidence }]);
}

#[test]
fn a_block_is_later_than_its_parent_and_is_built_for_two_seconds_at_most() {
    let mut node = Node::over(Head { time: NOW + 5, ..head(6) });
    let told = node.tell(Input::GetValue { height: 7, round: 0, timeout: Duration::from_secs(60), token: 1 });
    let (budget, evidence) = (Duration::from_secs(2), EvidenceList::default());
    assert_eq!(told, [Told::Build { at: (7, 0), time: NOW + 6, budget, evidence }]);
}

#[test]
fn evidence_that_waits_goes_into_the_block_each_offence_once_and_eight_at_most() {
    let mut node = Node::new();
    let evidence: Vec<_> = (0..10).chain(0..3).map(evidence).collect();
    node.tell(Input::Finalized { height: 6, commit: commit(0), evidence: evidence.clone(), token: 1 });
    let told = node.get_value(7, 0, 2);
    let [Told::Build { evidence: taken, .. }] = &told[..] else { panic!("{told:?}") };
    assert_eq!(taken[..], evidence[..8]);
    node.application.retain_evidence(|evidence| evidence.round >= 9);
    let told = node.get_value(7, 1, 3);
    let [Told::Nothing(2), Told::Build { evidence: taken, .. }] = &told[..] else { panic!("{told:?}") };
    assert_eq!(taken[..], evidence[9..10]);
}

#[test]
fn a_block_is_proposed_and_then_published_when_it_is_built_and_not_before() {
    let mut node = Node::new();
    assert!(matches!(node.get_value(7, 0, 1)[..], [Told::Build { .. }]));
    assert_eq!(node.tell(Input::Wake), []);
    let long = block(1, 600_000);
    let init = proposed(ME, 7, 0, None, &long).0;
    let built = Proposed { init: init.clone(), block: long.clone(), valid: true };
    let told = node.tell(Input::Built { height: 7, round: 0, made: Some(built) });
    assert_eq!(told, [Told::Propose(1, value(&init, true)), Told::Publish(pieces(&init, &long))]);
    assert_eq!(pieces(&init, &long).len(), 3);
}

#[test]
fn who_asks_again_gets_the_same_block() {
    let mut node = Node::new();
    node.get_value(7, 0, 1);
    let Proposed { init, block, .. } = made(7, 0, 1);
    node.tell(Input::Built { height: 7, round: 0, made: Some(made(7, 0, 1)) });
    for token in 2..4 {
        let told = node.get_value(7, 0, token);
        assert_eq!(told, [Told::Propose(token, value(&init, true)), Told::Publish(pieces(&init, &block))]);
    }
    assert!(matches!(node.get_value(7, 1, 4)[..], [Told::Build { at: (7, 1), .. }]), "another round has another block");
}

#[test]
fn who_asks_again_while_a_block_is_built_gets_that_block() {
    let mut node = Node::new();
    node.get_value(7, 0, 1);
    assert_eq!(node.get_value(7, 0, 2), [Told::Nothing(1)], "nothing else is built");
    let told = node.tell(Input::Built { height: 7, round: 0, made: Some(made(7, 0, 1)) });
    assert_eq!(told[0], Told::Propose(2, value(&made(7, 0, 1).init, true)));
}

#[test]
fn after_a_restart_the_answer_is_the_same() {
    let (own, theirs) = (made(7, 0, 1), proposal(7, 2));
    let Proposed { init, block, .. } = own.clone();
    let theirs = Proposed { init: theirs.0, block: theirs.1, valid: true };
    let mut node = Node::restarted(head(6), vec![theirs, own, made(7, 1, 3)]);
    let told = node.get_value(7, 0, 1);
    assert_eq!(told, [Told::Propose(1, value(&init, true)), Told::Publish(pieces(&init, &block))]);
}

#[test]
fn a_late_block_of_another_round_is_ignored() {
    let mut node = Node::new();
    node.get_value(7, 0, 1);
    assert!(matches!(node.get_value(7, 1, 2)[..], [Told::Nothing(1), Told::Build { at: (7, 1), .. }]));
    assert_eq!(node.tell(Input::Built { height: 7, round: 0, made: Some(made(7, 0, 1)) }), []);
    let told = node.tell(Input::Built { height: 7, round: 1, made: Some(made(7, 1, 2)) });
    assert_eq!(told[0], Told::Propose(2, value(&made(7, 1, 2).init, true)));
    assert_eq!(node.tell(Input::Built { height: 7, round: 1, made: Some(made(7, 1, 3)) }), [], "it was answered");
}

#[test]
fn a_block_that_is_built_when_its_height_is_over_is_ignored() {
    let mut node = Node::new();
    node.get_value(7, 0, 1);
    assert!(node.commit(samples::target(1)).contains(&Told::Nothing(1)));
    assert_eq!(node.tell(Input::Built { height: 7, round: 0, made: Some(made(7, 0, 1)) }), []);
}

#[test]
fn where_this_binary_may_not_build_nothing_is_proposed() {
    let mut node = Node::new();
    node.get_value(7, 0, 1);
    assert_eq!(node.tell(Input::Built { height: 7, round: 0, made: None }), [Told::Nothing(1)]);
}

#[test]
fn nothing_is_built_without_a_key_or_for_another_height() {
    let mut observer = Node::with_sealer(head(6), None, Vec::new());
    assert_eq!(observer.get_value(7, 0, 1), [Told::Nothing(1)]);
    let mut node = Node::new();
    assert_eq!(node.get_value(6, 0, 2), [Told::Nothing(2)]);
    assert_eq!(node.get_value(8, 0, 3), [Told::Nothing(3)]);
}

#[test]
fn a_restream_publishes_the_same_parts() {
    let mut node = Node::new();
    let theirs = proposal(7, 1);
    node.give(&theirs, 1);
    node.verified(theirs.0.target, Verdict::Valid(theirs.0.target));
    let target = theirs.0.target;
    assert_eq!(node.tell(Input::Restream { height: 7, target }), [Told::Publish(pieces(&theirs.0, &theirs.1))]);
    assert_eq!(node.tell(Input::Restream { height: 8, target }), []);
    assert_eq!(node.tell(Input::Restream { height: 7, target: samples::target(1) }), []);
}
