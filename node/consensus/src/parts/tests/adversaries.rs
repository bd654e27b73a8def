//! Parts that are wrong, each refused for its reason and counted.

use super::*;
use crate::samples::{address, block, proposed, proposer, set, sign, signed};
use bytes::Bytes;
use icn_primitives::{limits::BLOCK_PART_BYTES, Hash, ValidatorSet};

const LENGTH: usize = 2 * BLOCK_PART_BYTES + 5;

fn four() -> (ValidatorSet, u8) {
    let set = set(&[1, 1, 1, 1]);
    let n = proposer(&set, 0, 4);
    (set, n)
}

/// A validator whose turn it is not in round 0.
fn out_of_turn(set: &ValidatorSet) -> u8 {
    let n = proposer(set, 0, 4);
    (1..5).find(|other| *other != n).expect("there are others")
}

#[test]
fn a_flooder_before_the_init_fills_no_memory() {
    let (set, n) = four();
    let mut assemblies = at(7, &set);
    let (init, chunks) = proposed(n, 7, 0, None, &block(1, LENGTH));
    for _ in 0..100 {
        for chunk in &chunks {
            assert_eq!(refused(give(&mut assemblies, chunk.clone())), Some(Refusal::Unannounced));
        }
    }
    assert_eq!(assemblies.bytes(), 0);
    let counts = assemblies.peers().of(&[1]);
    assert_eq!((counts.refused, counts.faults), (300, 0));
    assert_eq!(assemblies.peers().total(Refusal::Unannounced), 300);
    assert!(complete(give_all(&mut assemblies, &init, &chunks)).is_some());
}

#[test]
fn a_withholder_costs_no_more_than_its_block() {
    let (set, n) = four();
    let mut assemblies = at(7, &set);
    let (init, chunks) = proposed(n, 7, 0, None, &block(1, LENGTH));
    assert_eq!(give(&mut assemblies, init), Outcome::Stored);
    for _ in 0..3 {
        let outcomes = chunks[..2].iter().map(|chunk| give(&mut assemblies, chunk.clone()));
        assert!(outcomes.collect::<Vec<_>>().iter().all(|outcome| complete(outcome.clone()).is_none()));
    }
    assert_eq!(assemblies.bytes(), LENGTH as u64);
    // What is missing can come later, from anybody.
    assert!(complete(assemblies.receive(vec![2], chunks[2].clone().into())).is_some());
}

#[test]
fn an_impersonator_opens_nothing() {
    let (set, n) = four();
    let mut assemblies = at(7, &set);
    let (init, _) = proposed(n, 7, 0, None, &block(1, LENGTH));
    let other = out_of_turn(&set);
    let wrong = [
        (Init { signature: [0; 64], ..init.clone() }, Refusal::Signature),
        (signed(other, init.clone()), Refusal::Signature),
        (Init { signature: sign(n, b"another message").to_bytes(), ..init.clone() }, Refusal::Signature),
        (Init { round: 4, ..init.clone() }, Refusal::Signature),
        (Init { target: crate::samples::target(9), length: 5, ..init.clone() }, Refusal::Signature),
        (signed(9, Init { proposer: address(9).0, ..init.clone() }), Refusal::Stranger),
        (signed(other, Init { proposer: address(other).0, ..init.clone() }), Refusal::Turn),
    ];
    for (init, reason) in wrong {
        assert_eq!(refused(give(&mut assemblies, init.clone())), Some(reason), "{init:?}");
    }
    assert_eq!(assemblies.bytes(), 0);
    let counts = assemblies.peers().of(&[1]);
    assert_eq!((counts.refused, counts.faults), (7, 6));
}

#[test]
fn an_init_for_another_chain_opens_nothing() {
    let (set, n) = four();
    let mut assemblies = Assemblies::new("another-chain".into());
    assemblies.start_height(7, &set);
    let (init, _) = proposed(n, 7, 0, None, &block(1, LENGTH));
    assert_eq!(refused(give(&mut assemblies, init)), Some(Refusal::Signature));
}

#[test]
fn an_init_that_contradicts_itself_opens_nothing_whoever_signs_it() {
    let (set, n) = four();
    let mut assemblies = at(7, &set);
    let (init, _) = proposed(n, 7, 0, None, &block(1, LENGTH));
    let mut no_parts = init.target;
    no_parts.id.parts.total = 0;
    let unsound = [
        Init { length: 0, ..init.clone() },
        Init { length: u32::MAX, ..init.clone() },
        Init { length: init.length + BLOCK_PART_BYTES as u32, ..init.clone() },
        Init { target: no_parts, ..init.clone() },
        Init { pol_round: Some(0), ..init.clone() },
        Init { pol_round: Some(u32::MAX), ..init.clone() },
    ];
    for init in unsound {
        assert_eq!(refused(give(&mut assemblies, signed(n, init.clone()))), Some(Refusal::Unsound), "{init:?}");
    }
}

#[test]
fn a_wrong_chunk_is_refused_and_the_right_one_still_taken() {
    let (set, n) = four();
    let mut assemblies = at(7, &set);
    let (init, chunks) = proposed(n, 7, 0, None, &block(1, LENGTH));
    assert_eq!(give(&mut assemblies, init), Outcome::Stored);
    let chunk = |place: usize| chunks[place].clone();
    let mut garbled = chunk(0).bytes.to_vec();
    garbled[1000] ^= 1;
    let mut proof = chunk(0).proof;
    proof[0].0[0] ^= 1;
    let wrong = [
        (Chunk { bytes: garbled.into(), ..chunk(0) }, Refusal::Proof),
        (Chunk { proof, ..chunk(0) }, Refusal::Proof),
        (Chunk { proof: Vec::new(), ..chunk(0) }, Refusal::Proof),
        (Chunk { proof: vec![Hash::zero(); 100], ..chunk(0) }, Refusal::Proof),
        (Chunk { index: 1, ..chunk(0) }, Refusal::Proof),
        (Chunk { index: 2, ..chunk(0) }, Refusal::Length),
        (Chunk { index: 3, ..chunk(0) }, Refusal::Length),
        (Chunk { index: u32::MAX, ..chunk(0) }, Refusal::Length),
        (Chunk { index: 0, ..chunk(2) }, Refusal::Length),
        (Chunk { bytes: chunk(0).bytes.slice(1..), ..chunk(0) }, Refusal::Length),
        (Chunk { bytes: Bytes::new(), ..chunk(0) }, Refusal::Length),
        (Chunk { bytes: [&chunk(2).bytes[..], &[0]].concat().into(), ..chunk(2) }, Refusal::Length),
        (Chunk { body: Body { length: 5, ..chunk(0).body }, ..chunk(0) }, Refusal::Unannounced),
    ];
    for (chunk, reason) in wrong {
        assert_eq!(refused(give(&mut assemblies, chunk.clone())), Some(reason), "{chunk:?}");
    }
    assert_eq!(assemblies.peers().of(&[1]).faults, 12);
    assert_eq!(give(&mut assemblies, chunk(0)), Outcome::Stored);
    assert_eq!(give(&mut assemblies, chunk(2)), Outcome::Stored);
    assert!(complete(give(&mut assemblies, chunk(1))).is_some());
}

#[test]
fn an_equivocator_gets_two_values_into_a_round_and_no_third() {
    let (set, n) = four();
    let mut assemblies = at(7, &set);
    let blocks = [block(1, 10), block(2, 10), block(3, 10)];
    let proposals = blocks.each_ref().map(|block| proposed(n, 7, 0, None, block));
    for (init, chunks) in &proposals[..2] {
        assert!(complete(give_all(&mut assemblies, init, chunks)).is_some());
    }
    assert_eq!(refused(give(&mut assemblies, proposals[2].0.clone())), Some(Refusal::Values));
    // The next round is another validator's, and open.
    let next = proposer(&set, 1, 4);
    let (init, chunks) = proposed(next, 7, 1, None, &blocks[2]);
    assert!(complete(give_all(&mut assemblies, &init, &chunks)).is_some());
}

#[test]
fn a_liar_about_the_length_hinders_nobody_who_tells_it_right() {
    let (set, n) = four();
    let mut assemblies = at(7, &set);
    let block = block(1, LENGTH);
    let (honest, chunks) = proposed(n, 7, 0, None, &block);
    let lie = signed(n, Init { length: honest.length + 1, ..honest.clone() });
    assert_eq!(give(&mut assemblies, lie), Outcome::Stored);
    assert_eq!(refused(give(&mut assemblies, chunks[0].clone())), Some(Refusal::Unannounced));
    assert!(complete(give_all(&mut assemblies, &honest, &chunks)).is_some());
}

#[test]
fn a_member_out_of_turn_opens_a_proposal_with_the_round_of_a_polka_but_keeps_nobody_out() {
    let (set, n) = four();
    let mut assemblies = at(7, &set);
    assemblies.enter_round(1);
    let next = proposer(&set, 1, 4);
    let other = (1..5).find(|other| ![n, next].contains(other)).expect("there are others");
    for (round, value) in [(1, 11), (1, 12)] {
        let (init, chunks) = proposed(other, 7, round, Some(0), &block(value, 10));
        assert!(complete(give_all(&mut assemblies, &init, &chunks)).is_some());
    }
    let (third, _) = proposed(other, 7, 1, Some(0), &block(13, 10));
    assert_eq!(refused(give(&mut assemblies, third)), Some(Refusal::Values));
    let (init, chunks) = proposed(n, 7, 0, None, &block(1, 10));
    assert!(complete(give_all(&mut assemblies, &init, &chunks)).is_some());
    let (init, chunks) = proposed(next, 7, 1, None, &block(2, 10));
    assert!(complete(give_all(&mut assemblies, &init, &chunks)).is_some());
}

#[test]
fn a_proposal_for_a_distant_round_is_refused_before_its_turn_is_looked_for() {
    let (set, _) = four();
    let mut assemblies = at(7, &set);
    assemblies.enter_round(3);
    for (round, taken) in [(0, true), (3, true), (13, true), (14, false), (i32::MAX as u32, false)] {
        let (init, _) = proposed(proposer(&set, round, 4), 7, round, None, &block(1, 10));
        let outcome = give(&mut assemblies, init);
        assert_eq!(refused(outcome) != Some(Refusal::Round), taken, "round {round}");
    }
}

#[test]
fn a_peer_with_many_names_is_counted_in_bounds_and_does_not_hide_an_offender() {
    let (set, n) = four();
    let mut assemblies = at(7, &set);
    let (init, _) = proposed(n, 7, 0, None, &block(1, LENGTH));
    let forged = Init { signature: [1; 64], ..init };
    for _ in 0..3 {
        assemblies.receive(b"offender".to_vec(), forged.clone().into());
    }
    for name in 0..3_000u32 {
        assemblies.receive(name.to_be_bytes().to_vec(), forged.clone().into());
    }
    assert_eq!(assemblies.peers().iter().count(), PEERS_MAX);
    assert_eq!(assemblies.peers().of(b"offender").faults, 3);
    assert_eq!(assemblies.peers().total(Refusal::Signature), 3_003);
    assert_eq!(assemblies.peers().of(b"nobody"), Counts::default());
}

#[test]
fn reasons_have_their_places_and_names() {
    let names: std::collections::BTreeSet<_> = Refusal::ALL.iter().map(|refusal| refusal.to_string()).collect();
    assert_eq!(names.len(), Refusal::ALL.len());
    for (place, refusal) in Refusal::ALL.into_iter().enumerate() {
        assert_eq!(refusal.place(), place);
    }
}
