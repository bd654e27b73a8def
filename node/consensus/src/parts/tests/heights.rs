//! What becomes of proposals when a height ends.

use super::*;
use crate::samples::{address, block, proposed, proposer, set, signed};

#[test]
fn parts_of_other_heights_are_refused() {
    let set = set(&[1, 1, 1]);
    let mut assemblies = Assemblies::new(CHAIN.into());
    let of = |height| proposed(proposer(&set, 0, 3), height, 0, None, &block(height as u8, 10));
    assert_eq!(refused(give(&mut assemblies, of(1).0)), Some(Refusal::Height));
    assemblies.start_height(7, &set);
    for height in [0, 6, 9, u64::from(u32::MAX)] {
        assert_eq!(refused(give(&mut assemblies, of(height).0)), Some(Refusal::Height));
    }
    let (init, chunks) = of(7);
    assert_eq!(give(&mut assemblies, init.clone()), Outcome::Stored);
    assemblies.start_height(8, &set);
    assert_eq!(refused(give(&mut assemblies, init)), Some(Refusal::Height));
    assert_eq!(refused(give(&mut assemblies, chunks[0].clone())), Some(Refusal::Unannounced));
    assert_eq!(assemblies.bytes(), 0);
}

#[test]
fn a_block_of_the_next_height_is_taken_and_checked_again_when_that_begins() {
    let set = set(&[1, 1, 1]);
    let next = set.next();
    let mut assemblies = at(7, &set);
    let (init, chunks) = proposed(proposer(&next, 0, 3), 8, 0, None, &block(1, 10));
    assert!(complete(give_all(&mut assemblies, &init, &chunks)).is_some());
    assert!(!assemblies.accepts(&init), "its height has not begun");
    assemblies.start_height(8, &next);
    assert!(assemblies.accepts(&init));
    assert_eq!(give(&mut assemblies, chunks[0].clone()), Outcome::Duplicate);
    assert_eq!(assemblies.bytes(), 10);
}

#[test]
fn a_block_of_the_next_height_can_come_half_before_and_half_after_it_begins() {
    let set = set(&[1, 1, 1]);
    let next = set.next();
    let mut assemblies = at(7, &set);
    let block = block(1, 600_000);
    let (init, chunks) = proposed(proposer(&next, 0, 3), 8, 0, None, &block);
    assert_eq!(give(&mut assemblies, init.clone()), Outcome::Stored);
    assert_eq!(give(&mut assemblies, chunks[0].clone()), Outcome::Stored);
    assemblies.start_height(8, &next);
    assert_eq!(give(&mut assemblies, chunks[1].clone()), Outcome::Stored);
    let outcome = give(&mut assemblies, chunks[2].clone());
    assert_eq!(outcome, Outcome::Complete { init, block });
}

#[test]
fn who_is_no_validator_of_the_next_height_or_not_in_turn_is_found_when_it_begins() {
    let before = set(&[1, 1, 1, 1]);
    let mut assemblies = at(7, &before);
    let expected = proposer(&before.next(), 0, 4);
    let other = (1..5).find(|n| *n != expected).expect("there are others");
    let (in_turn, _) = proposed(expected, 8, 0, None, &block(1, 10));
    let (out_of_turn, chunks) = proposed(other, 8, 0, None, &block(2, 10));
    let (stranger, _) = proposed(9, 8, 0, None, &block(3, 10));
    // Turns of the next height are not known yet, and validators that join at it neither.
    assert_eq!(give(&mut assemblies, in_turn.clone()), Outcome::Stored);
    assert!(complete(give_all(&mut assemblies, &out_of_turn, &chunks)).is_some());
    assert_eq!(refused(give(&mut assemblies, stranger)), Some(Refusal::Stranger));

    let after = before.next().updated(&[(crate::samples::key_bytes(expected), 0)]).expect("three are left");
    let turn = proposer(&after, 0, 4);
    assemblies.start_height(8, &after);
    assert!(!assemblies.accepts(&in_turn));
    assert_eq!(assemblies.accepts(&out_of_turn), turn == other);
    assert_eq!(assemblies.bytes(), if turn == other { 10 } else { 0 });
    assert_eq!(refused(give(&mut assemblies, in_turn)), Some(Refusal::Stranger));
}

#[test]
fn a_validator_that_joins_proposes_at_its_first_height() {
    let before = set(&[1]);
    let after =
        before.updated(&[(crate::samples::key_bytes(1), 0), (crate::samples::key_bytes(2), 1)]).expect("one is left");
    let mut assemblies = at(7, &before);
    let (init, chunks) = proposed(2, 8, 0, None, &block(1, 10));
    assert_eq!(refused(give(&mut assemblies, init.clone())), Some(Refusal::Stranger));
    assemblies.start_height(8, &after);
    assert!(complete(give_all(&mut assemblies, &init, &chunks)).is_some());
}

#[test]
fn heights_can_be_skipped() {
    let set = set(&[1, 1, 1]);
    let mut assemblies = at(7, &set);
    let (init, _) = proposed(proposer(&set, 0, 3), 8, 0, None, &block(1, 10));
    assert_eq!(give(&mut assemblies, init), Outcome::Stored);
    assemblies.start_height(20, &set);
    assert_eq!(assemblies.bytes(), 0);
    let (init, chunks) = proposed(proposer(&set, 0, 3), 20, 0, None, &block(1, 10));
    assert!(complete(give_all(&mut assemblies, &init, &chunks)).is_some());
}

#[test]
fn only_an_init_of_the_current_height_is_accepted() {
    let set = set(&[1, 1, 1]);
    let mut assemblies = at(7, &set);
    let n = proposer(&set, 0, 3);
    let (init, _) = proposed(n, 7, 0, None, &block(1, 10));
    assert!(assemblies.accepts(&init));
    assert!(!assemblies.accepts(&signed(n, Init { height: 8, ..init.clone() })));
    assert!(!assemblies.accepts(&Init { length: init.length + 1, ..init.clone() }));
    assert!(!assemblies.accepts(&Init { proposer: address(9).0, ..init }));
}
