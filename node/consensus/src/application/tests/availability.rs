//! Proposals that list records which are not here.

use super::*;

#[test]
fn nothing_is_said_of_a_block_before_its_records_are_here() {
    let mut node = Node::new();
    let (init, block) = proposal(7, 1);
    let given = node.give(&(init.clone(), block.clone()), 1);
    assert!(matches!(&given[..], [Told::Verify(target, ..)] if *target == init.target), "{given:?}");
    assert_eq!(node.verified(init.target, Verdict::Unavailable(init.target)), []);
    // Who asks again waits too, whatever else happens.
    let pol_round = Some(init.round);
    let again = samples::signed(2, Init { round: init.round + 5, pol_round, proposer: address(2).0, ..init.clone() });
    assert_eq!(node.give(&(again.clone(), block.clone()), 2), []);
    assert_eq!(node.tell(Input::Wake), []);

    let again = node.tell(Input::RecordsArrived);
    assert!(matches!(&again[..], [Told::Verify(target, ..)] if *target == init.target), "{again:?}");
    // One more is missing.
    assert_eq!(node.verified(init.target, Verdict::Unavailable(init.target)), []);
    node.tell(Input::RecordsArrived);
    let found = node.verified(init.target, Verdict::Valid(init.target));
    assert!(matches!(&found[..], [Told::Found(1, _), Told::Found(2, _)]), "{found:?}");
    assert_eq!(node.tell(Input::RecordsArrived), []);
}

#[test]
fn a_block_with_other_records_than_it_claims_to_be_is_invalid() {
    let mut node = Node::new();
    let (init, block) = proposal(7, 1);
    node.give(&(init.clone(), block), 1);
    let found = node.verified(init.target, Verdict::Unavailable(samples::target(9)));
    assert_eq!(found, [Told::Found(1, value(&init, false))]);
    assert_eq!(node.application.invalid_proposals(), 1);
}

#[test]
fn the_next_height_starts_without_the_answer() {
    let mut node = Node::new();
    let (init, block) = proposal(7, 1);
    node.give(&(init.clone(), block), 1);
    node.verified(init.target, Verdict::Unavailable(init.target));
    node.tell(decided(7, samples::target(7), 900));
    assert_eq!(node.tell(Input::RecordsArrived), []);
    let told = node.tell(Input::Committed(head(7)));
    assert!(told.contains(&Told::Nothing(1)), "{told:?}");
    assert_eq!(node.tell(Input::RecordsArrived), []);
}
