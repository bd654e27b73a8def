//! Blocks that arrive as they should, in any order.

use super::*;
use crate::samples::{block, proposed, proposer, set};
use icn_primitives::limits::BLOCK_PART_BYTES;
use malachitebft_core_types::ProposalPart as _;
use proptest::prelude::*;

#[test]
fn a_block_is_handed_out_with_its_init_when_its_last_chunk_is_there() {
    let set = set(&[1, 1, 1]);
    let n = proposer(&set, 0, 3);
    let block = block(1, 2 * BLOCK_PART_BYTES + 5);
    let (init, chunks) = proposed(n, 7, 0, None, &block);
    let mut assemblies = at(7, &set);
    assert_eq!(give(&mut assemblies, init.clone()), Outcome::Stored);
    assert_eq!(give(&mut assemblies, chunks[0].clone()), Outcome::Stored);
    assert_eq!(give(&mut assemblies, chunks[1].clone()), Outcome::Stored);
    let (told, whole) = complete(give(&mut assemblies, chunks[2].clone())).expect("it is complete");
    assert_eq!((told, whole), (init.clone(), block));
    assert_eq!(give(&mut assemblies, chunks[1].clone()), Outcome::Duplicate);
    assert_eq!(give(&mut assemblies, init), Outcome::Duplicate);
    let counts = assemblies.peers().of(&[1]);
    assert_eq!((counts.taken, counts.duplicate, counts.refused), (4, 2, 0));
}

#[test]
fn the_engine_knows_first_and_last_parts() {
    let (init, chunks) = proposed(1, 1, 0, None, &block(1, BLOCK_PART_BYTES + 1));
    let parts: Vec<ProposalPart> = [init.into()].into_iter().chain(chunks.into_iter().map(Into::into)).collect();
    let firsts: Vec<_> = parts.iter().map(|part| part.is_first()).collect();
    let lasts: Vec<_> = parts.iter().map(|part| part.is_last()).collect();
    assert_eq!(firsts, [true, false, false]);
    assert_eq!(lasts, [false, false, true]);
}

#[test]
fn a_whole_block_is_handed_out_again_for_another_round() {
    let set = set(&[1, 1, 1, 1]);
    let block = block(1, 10);
    let mut assemblies = at(7, &set);
    let (first, chunks) = proposed(proposer(&set, 0, 4), 7, 0, None, &block);
    assert!(complete(give_all(&mut assemblies, &first, &chunks)).is_some());
    let again = Init { round: 1, pol_round: Some(0), ..first };
    let n = proposer(&set, 1, 4);
    let again = crate::samples::signed(n, Init { proposer: crate::samples::address(n).0, ..again });
    let (init, whole) = complete(give(&mut assemblies, again.clone())).expect("the block is there");
    assert_eq!((init, whole), (again, block));
}

#[test]
fn proposals_of_one_block_are_handed_out_one_after_the_other() {
    let set = set(&[1, 1, 1, 1]);
    let block = block(1, 10);
    let mut assemblies = at(7, &set);
    let (in_turn, chunks) = proposed(proposer(&set, 0, 4), 7, 0, None, &block);
    // A claim by somebody else that the same bytes are another block.
    let liar = (1..5).find(|n| crate::samples::address(*n).0 != in_turn.proposer).expect("there are others");
    let (lie, _) = proposed(liar, 7, 1, Some(0), &block);
    assert_ne!(lie.target, in_turn.target);
    assert_eq!(give(&mut assemblies, lie.clone()), Outcome::Stored);
    assert_eq!(give(&mut assemblies, in_turn.clone()), Outcome::Stored);
    assert_eq!(complete(give(&mut assemblies, chunks[0].clone())).expect("it is complete").0, in_turn);
    assert_eq!(complete(give(&mut assemblies, chunks[0].clone())).expect("it is complete").0, lie);
    assert_eq!(give(&mut assemblies, chunks[0].clone()), Outcome::Duplicate);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn chunks_may_come_in_any_order_and_again(
        length in 1usize..5 * BLOCK_PART_BYTES,
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        shuffled in Just((0..5usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let set = set(&[1, 1, 1]);
        let block = block(2, length);
        let (init, chunks) = proposed(proposer(&set, 0, 3), 1, 0, None, &block);
        let mut assemblies = at(1, &set);
        prop_assert_eq!(give(&mut assemblies, init.clone()), Outcome::Stored);
        let some = order.iter().map(|index| index.index(chunks.len()));
        let all = shuffled.into_iter().filter(|index| *index < chunks.len());
        let mut held = std::collections::BTreeSet::new();
        let mut told = 0;
        for index in some.chain(all) {
            let outcome = give(&mut assemblies, chunks[index].clone());
            if !held.insert(index) {
                prop_assert_eq!(outcome, Outcome::Duplicate);
            } else if held.len() == chunks.len() {
                prop_assert_eq!(outcome, Outcome::Complete { init: init.clone(), block: block.clone() });
                told += 1;
            } else {
                prop_assert_eq!(outcome, Outcome::Stored);
            }
        }
        prop_assert_eq!(told, 1);
    }
}
