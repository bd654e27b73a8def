//! Delegation: by hand, and against votes that are handed on step by step.

use crate::samples::outcome;
use icn_tally::{Count, Delegated, Delegation, DelegationRule, Fate, TallyError};
use proptest::{collection::vec, prelude::*};
use std::collections::BTreeMap;

fn to(from: u64, to: u64) -> Delegation {
    Delegation { from, to, area: None, since: from, until: None }
}

fn poll(members: u64, voted: &[u64], delegations: &[Delegation]) -> Delegated {
    let rule = DelegationRule { area: 1, depth: 8, max_in: 5 };
    let (voted, delegations) = (voted.to_vec(), delegations.to_vec());
    Delegated { members: (0..members).collect(), voted, delegations, rule, closed: 100 }
}

fn fates(poll: &Delegated) -> Vec<Fate> {
    poll.count().unwrap().votes.into_iter().map(|vote| vote.fate).collect()
}

fn weights(poll: &Delegated) -> Vec<(u64, u64)> {
    outcome(poll).into_iter().collect()
}

#[test]
fn a_vote_is_carried_along_the_chain() {
    let poll = poll(4, &[3], &[to(0, 1), to(1, 2), to(2, 3)]);
    assert_eq!(weights(&poll), [(3, 4)]);
    assert_eq!(fates(&poll)[0], Fate::Carried(vec![1, 2, 3]));
}

#[test]
fn who_votes_is_not_carried() {
    let poll = poll(4, &[1, 3], &[to(0, 1), to(1, 2), to(2, 3)]);
    assert_eq!(weights(&poll), [(1, 2), (3, 2)]);
}

#[test]
fn members_of_a_cycle_are_not_cast_unless_one_of_them_votes() {
    let ring = [to(0, 1), to(1, 2), to(2, 0), to(3, 0)];
    assert_eq!(weights(&poll(4, &[], &ring)), []);
    assert!(fates(&poll(4, &[], &ring)).iter().all(|fate| matches!(fate, Fate::Cycle(_))));
    assert_eq!(weights(&poll(4, &[2], &ring)), [(2, 4)]);
    assert_eq!(weights(&poll(1, &[], &[to(0, 0)])), []);
}

#[test]
fn a_chain_may_not_be_longer_than_its_depth() {
    let mut poll = poll(4, &[3], &[to(0, 1), to(1, 2), to(2, 3)]);
    poll.rule.depth = 2;
    assert_eq!(fates(&poll)[..2], [Fate::TooLong, Fate::Carried(vec![2, 3])]);
    poll.rule.depth = 0;
    assert_eq!(weights(&poll), [(3, 1)]);
}

#[test]
fn a_delegate_holds_the_oldest_delegations() {
    let mut poll = poll(4, &[0], &[Delegation { since: 9, ..to(1, 0) }, Delegation { since: 8, ..to(2, 0) }, to(3, 0)]);
    poll.rule.max_in = 2;
    assert_eq!(fates(&poll), [Fate::Voted, Fate::DelegateFull(0), Fate::Carried(vec![0]), Fate::Carried(vec![0])]);
    poll.voted.push(3);
    assert_eq!(weights(&poll), [(0, 3), (3, 1)], "who voted takes no place");
}

#[test]
fn the_area_of_the_poll_goes_before_every_area() {
    let here = Delegation { area: Some(1), ..to(0, 1) };
    let elsewhere = Delegation { area: Some(2), ..to(0, 2) };
    assert_eq!(weights(&poll(4, &[1, 2, 3], &[elsewhere, to(0, 3), here])), [(1, 2), (2, 1), (3, 1)]);
    assert_eq!(weights(&poll(4, &[1, 2, 3], &[elsewhere, to(0, 3)])), [(1, 1), (2, 1), (3, 2)]);
    assert_eq!(weights(&poll(4, &[1, 2, 3], &[elsewhere])), [(1, 1), (2, 1), (3, 1)]);
}

#[test]
fn a_delegation_ends_when_it_says() {
    let until = |until| weights(&poll(2, &[1], &[Delegation { until: Some(until), ..to(0, 1) }]));
    assert_eq!(until(101), [(1, 2)]);
    assert_eq!(until(100), [(1, 1)], "at that time it does not count any more");
    let expired = Delegation { area: Some(1), until: Some(1), ..to(0, 1) };
    assert_eq!(weights(&poll(3, &[1, 2], &[expired, to(0, 2)])), [(1, 1), (2, 2)]);
}

#[test]
fn nobody_delegates_twice_in_an_area_or_to_a_stranger() {
    assert_eq!(poll(3, &[], &[to(0, 1), to(0, 2)]).count(), Err(TallyError::Repeated { id: 0 }));
    assert_eq!(poll(3, &[], &[to(0, 9)]).count(), Err(TallyError::Unknown { id: 9 }));
    assert_eq!(poll(3, &[1, 1], &[]).count(), Err(TallyError::Repeated { id: 1 }));
}

/// Every vote that was not cast by its member is handed on once in a turn, as many turns as a chain may be long.
fn slow(poll: &Delegated) -> BTreeMap<u64, u64> {
    let counts = |one: &&Delegation| one.until.is_none_or(|until| until > poll.closed);
    let chosen = |member: u64| {
        let own = |area| poll.delegations.iter().filter(counts).find(|one| one.from == member && one.area == area);
        own(Some(poll.rule.area)).or_else(|| own(None)).filter(|_| !poll.voted.contains(&member))
    };
    let held = |one: &Delegation| {
        let rivals = poll.members.iter().filter_map(|member| chosen(*member)).filter(|other| other.to == one.to);
        rivals.filter(|other| (other.since, other.from) < (one.since, one.from)).count() < poll.rule.max_in as usize
    };
    let mut weights = BTreeMap::new();
    for member in &poll.members {
        let mut at = *member;
        for _ in 0..poll.rule.depth {
            at = chosen(at).filter(|one| held(one)).map_or(at, |one| one.to);
        }
        if poll.voted.contains(&at) {
            *weights.entry(at).or_insert(0) += 1;
        }
    }
    weights
}

fn delegations() -> impl Strategy<Value = Vec<Delegation>> {
    let one = (
        0..8u64,
        0..8u64,
        prop_oneof![Just(None), (1..3u64).prop_map(Some)],
        0..4u64,
        prop_oneof![Just(None), (98..103u64).prop_map(Some)],
    );
    vec(one.prop_map(|(from, to, area, since, until)| Delegation { from, to, area, since, until }), 0..16).prop_map(
        |mut all| {
            all.sort_by_key(|one| (one.from, one.area));
            all.dedup_by_key(|one| (one.from, one.area));
            all
        },
    )
}

proptest! {
    #[test]
    fn votes_go_where_they_go_step_by_step(
        delegations in delegations(), voted in vec(any::<bool>(), 8), depth in 0..6u64, max_in in 0..4u64
    ) {
        let voted: Vec<u64> = (0..8).filter(|member| voted[*member as usize]).collect();
        let mut poll = poll(8, &voted, &delegations);
        (poll.rule.depth, poll.rule.max_in) = (depth, max_in);
        prop_assert_eq!(outcome(&poll), slow(&poll));
    }
}
