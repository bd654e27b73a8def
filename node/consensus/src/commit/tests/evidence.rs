//! Evidence from two votes.

use super::*;
use malachitebft_core_types::SignedMessage;

fn pair(first: Option<Target>, second: Option<Target>) -> DoubleVote<IcnContext> {
    (vote(2, VoteKind::Precommit, 9, 1, first), vote(2, VoteKind::Precommit, 9, 1, second))
}

#[test]
fn votes_that_contradict_each_other_are_evidence_in_either_order() {
    let set = set(&[1, 1, 1]);
    for (first, second) in [(Some(target(1)), Some(target(2))), (None, Some(target(1)))] {
        let evidence = duplicate_vote(&pair(first, second)).expect("they contradict");
        assert_eq!(duplicate_vote(&pair(second, first)), Some(evidence.clone()));
        evidence.verify(CHAIN, &set).expect("it is evidence");
        assert_eq!(evidence.offence(), (address(2).0, 9, 1, VoteKind::Precommit));
        evidence.verify("another-chain", &set).expect_err("it is of this chain");
    }
}

#[test]
fn blocks_that_differ_in_time_or_parts_only_contradict_each_other() {
    let mut later = target(1);
    later.time += 1;
    let mut others = target(1);
    others.id.parts.total += 1;
    for other in [later, others] {
        let evidence = duplicate_vote(&pair(Some(target(1)), Some(other))).expect("they contradict");
        evidence.verify(CHAIN, &set(&[1, 1, 1])).expect("it is evidence");
    }
}

#[test]
fn votes_of_two_steps_or_validators_or_for_the_same_are_none() {
    let one = vote(2, VoteKind::Precommit, 9, 1, Some(target(1)));
    let others = [
        vote(2, VoteKind::Precommit, 9, 1, Some(target(1))),
        vote(3, VoteKind::Precommit, 9, 1, Some(target(2))),
        vote(2, VoteKind::Prevote, 9, 1, Some(target(2))),
        vote(2, VoteKind::Precommit, 8, 1, Some(target(2))),
        vote(2, VoteKind::Precommit, 9, 2, Some(target(2))),
    ];
    for other in others {
        assert_eq!(duplicate_vote(&(one.clone(), other)), None);
    }
    let beyond = |target| {
        let vote = vote(2, VoteKind::Precommit, 9, 1, Some(target));
        SignedMessage::new(Vote { height: Height(1 << 40), ..vote.message }, vote.signature)
    };
    assert_eq!(duplicate_vote(&(beyond(target(1)), beyond(target(2)))), None);
}

#[test]
fn the_evidence_of_a_height_is_what_the_engine_kept() {
    let mut evidence = MisbehaviorEvidence::<IcnContext> { proposals: Default::default(), votes: Default::default() };
    let (one, other) = pair(Some(target(1)), None);
    evidence.votes.add(one, other);
    for round in 0..5 {
        let vote = |target| vote(3, VoteKind::Prevote, 9, round, target);
        evidence.votes.add(vote(None), vote(Some(target(4))));
    }
    let found = duplicate_votes(&evidence);
    let of = |n: u8| found.iter().filter(|evidence| evidence.address == address(n).0).count();
    assert_eq!((of(2), of(3), found.len()), (1, 3, 4));
    for evidence in &found {
        evidence.verify(CHAIN, &set(&[1, 1, 1])).expect("it is evidence");
    }
}
