//! The bounds on what is kept.

use super::*;
use crate::samples::{address, proposer, set, signed, target};
use icn_primitives::{limits::BLOCK_BYTES_MAX, PartSetHeader, Target, ValidatorSet};

const COUNT: u8 = 30;

fn many() -> ValidatorSet {
    set(&[1; COUNT as usize])
}

/// A proposal of a block of 4 MiB, of which no chunk ever comes.
fn large(n: u8, height: u64, round: u32, pol_round: Option<u32>, value: u8) -> Init {
    let Target { mut id, time } = target(value);
    id.parts = PartSetHeader { total: 16, ..id.parts };
    let (proposer, target) = (address(n).0, Target { id, time });
    signed(n, Init { height, round, pol_round, proposer, target, length: BLOCK_BYTES_MAX, signature: [0; 64] })
}

#[test]
fn announced_blocks_stay_within_the_bounds_of_both_heights() {
    let set = many();
    let mut assemblies = at(7, &set);
    assemblies.enter_round(1);
    let mut refusals = 0;
    for n in 1..=COUNT {
        for height in [7, 8] {
            for (round, value) in [(1, 1), (1, 2), (2, 3), (3, 4)] {
                let init = large(n, height, round, Some(0), n.wrapping_mul(7) ^ value);
                refusals += u32::from(refused(give(&mut assemblies, init)) == Some(Refusal::Memory));
            }
        }
        assert!(assemblies.bytes() <= BYTES_MAX + NEXT_BYTES_MAX);
    }
    assert!(refusals > 0);
    assert_eq!(assemblies.bytes(), BYTES_MAX + NEXT_BYTES_MAX);
}

#[test]
fn the_proposal_of_the_round_finds_room_however_much_others_have_open() {
    let set = many();
    let mut assemblies = at(7, &set);
    assemblies.enter_round(1);
    let turn = proposer(&set, 1, COUNT);
    for n in (1..=COUNT).filter(|n| *n != turn) {
        give(&mut assemblies, large(n, 7, 1, Some(0), n));
    }
    assert_eq!(assemblies.bytes(), BYTES_MAX);
    assert_eq!(give(&mut assemblies, large(turn, 7, 1, None, 200)), Outcome::Stored);
    assert_eq!(assemblies.bytes(), BYTES_MAX);
    // One more of the others makes nobody leave.
    let late = (1..=COUNT).rev().find(|n| *n != turn).expect("there are others");
    assert_eq!(refused(give(&mut assemblies, large(late, 7, 1, Some(0), 201))), Some(Refusal::Memory));
    assert_eq!(give(&mut assemblies, large(turn, 7, 1, None, 200)), Outcome::Duplicate);
}

#[test]
fn a_proposer_keeps_its_latest_rounds_open() {
    let set = set(&[1]);
    let mut assemblies = at(7, &set);
    let small = |round: u32, value: u8| {
        let (proposer, target) = (address(1).0, target(value));
        signed(1, Init { height: 7, round, pol_round: None, proposer, target, length: 9, signature: [0; 64] })
    };
    for round in 0..10 {
        assert_eq!(give(&mut assemblies, small(round, round as u8)), Outcome::Stored);
    }
    assert_eq!(assemblies.bytes(), 9 * OPEN_MAX as u64);
    assert_eq!(give(&mut assemblies, small(9, 9)), Outcome::Duplicate);
    assert_eq!(refused(give(&mut assemblies, small(0, 0))), Some(Refusal::Values));
}

#[test]
fn what_was_handed_out_makes_room_first() {
    let set = many();
    let mut assemblies = at(7, &set);
    let turn = proposer(&set, 0, COUNT);
    let (init, chunks) =
        crate::samples::proposed(turn, 7, 0, None, &crate::samples::block(1, BLOCK_BYTES_MAX as usize));
    assert!(complete(give_all(&mut assemblies, &init, &chunks)).is_some());
    let others = || (1..=COUNT).filter(|n| *n != turn);
    for n in others().take(16) {
        assert_eq!(give(&mut assemblies, large(n, 7, 1, Some(0), n)), Outcome::Stored);
    }
    assert_eq!(assemblies.bytes(), BYTES_MAX);
    assert_eq!(refused(give(&mut assemblies, chunks[0].clone())), Some(Refusal::Unannounced));
}
