//! Inputs that make no sense: there is a sheet or an error, and never a panic. Overflows would panic in this profile.

use crate::samples::{approving, ranked, SEED};
use icn_tally::*;
use proptest::{collection::vec, prelude::*};

/// Small numbers that meet each other, and the largest.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 0..5u64, 1 => Just(u64::MAX), 1 => Just(1 << 40), 1 => any::<u64>()]
}

fn seats() -> impl Strategy<Value = u64> {
    prop_oneof![0..4u64, number()]
}

fn numbers(most: usize) -> impl Strategy<Value = Vec<u64>> {
    vec(number(), 0..most)
}

fn any_share() -> impl Strategy<Value = Share> {
    (number(), number()).prop_map(|(num, den)| Share::new(num, den).unwrap_or(Share::HALF))
}

proptest! {
    #[test]
    fn rankings_of_anything(
        options in numbers(6), ballots in vec((number(), numbers(5)), 0..5), seats in seats(), seed: [u8; 32]
    ) {
        let seed = Seed(seed);
        let orders: Vec<Preferences> = ballots.iter().map(|(count, order)| ranked(*count, order)).collect();
        let _ = Runoff { options: options.clone(), ballots: orders.clone(), seed }.count();
        let _ = Stv { options: options.clone(), ballots: orders.clone(), seats, seed }.count();
        let _ = Borda { options: options.clone(), ballots: orders, seats }.count();
        let tied = ballots.into_iter().map(|(count, order)| Ranking { count, ranks: vec![order, vec![]] }).collect();
        let _ = Schulze { options, ballots: tied, seed }.count();
    }

    #[test]
    fn points_of_anything(
        options in numbers(6), ballots in vec((number(), vec((number(), any::<i64>()), 0..4)), 0..4), seats in seats(),
        max in number(), threshold in any_share()
    ) {
        let points: Vec<Points> = ballots.iter().map(|(count, marks)| Points { count: *count, marks: marks.clone() }).collect();
        let _ = Score { options: options.clone(), ballots: points.clone(), seats, points_max: max }.count();
        let _ = Quadratic { options: options.clone(), ballots: points.clone(), seats, credits: max }.count();
        let _ = Quadratic { options: options.clone(), ballots: points, seats, credits: CREDITS_MAX }.count();
        let approvals = ballots.iter().map(|(count, marks)| {
            Approvals { count: *count, options: marks.iter().map(|(option, _)| *option).collect() }
        });
        let _ = Approval { options, ballots: approvals.collect(), seats, threshold }.count();
    }

    #[test]
    fn polls_of_anything(
        counts in vec(number(), 4), count in number(), share in any_share(), member in number(), earlier: u32
    ) {
        let votes = Votes { yes: counts[0], no: counts[1], abstain: counts[2], eligible: counts[3] };
        for quorum in [Quorum::Count(count), Quorum::Share(share)] {
            for threshold in [Threshold::Majority(share), Threshold::Supermajority(share), Threshold::Unanimous] {
                for of in [Base::OfCast, Base::OfEligible] {
                    let rule = MotionRule { quorum, threshold, of, abstain: Abstention::CountsQuorum };
                    let _ = Motion { votes, rule }.count();
                    let classes = vec![ClassVotes { class: member, votes, rule }];
                    let _ = ClassMotion { classes, required: Some(vec![count]) }.count();
                }
            }
            let objection = Objection { paramount: true, reason: true, alternative: true, earlier };
            let voices = vec![Voice { member, delegated: false, position: Position::Object(objection) }];
            let objections = ObjectionRule { alternative_required: true, max_per_period: Some(0) };
            let rule = ConsentRule::Consensus(quorum, share);
            let _ = Consent { voices, eligible: counts[3], rule, objections }.count();
        }
    }

    #[test]
    fn budgets_of_anything(
        budget in number(), projects in vec((number(), number(), number()), 0..5), ballots in vec((number(), numbers(4)), 0..4),
        categories in vec((number(), number(), number()), 0..3), raise in number(), greedy: bool
    ) {
        let project = |(id, cost, category): &(u64, u64, u64)| {
            Project { id: *id, cost: *cost, category: (category % 2 == 0).then_some(*category) }
        };
        let category = |(id, floor, ceiling): &(u64, u64, u64)| Category { id: *id, floor: *floor, ceiling: *ceiling };
        // Raises of a few units of the largest budgets end at their limit, which takes too long for a test.
        let raise = if budget > 1_000 { None } else { Some(raise) };
        for rule in [
            BudgetRule::GreedyVotes, BudgetRule::GreedyCost, BudgetRule::Phragmen,
            BudgetRule::EqualShares(Completion { raise, greedy }),
        ] {
            let vote = BudgetVote {
                budget,
                projects: projects.iter().map(project).collect(),
                categories: categories.iter().map(category).collect(),
                ballots: ballots.iter().map(|(count, options)| approving(*count, options)).collect(),
                rule,
            };
            if let Ok(sheet) = vote.count() {
                prop_assert!(sheet.spent() <= budget);
            }
        }
    }

    #[test]
    fn convictions_and_delegations_of_anything(
        half_life in number(), periods in vec((0..100u64, number()), 0..3), sums in vec(number(), 3), max_share in any_share(),
        members in numbers(5), voted in numbers(4), pairs in vec((number(), number(), number()), 0..5), depth in number()
    ) {
        let rule = ConvictionRule { half_life, max_share, weight: max_share };
        let periods = periods.into_iter().map(|(steps, stake)| Period { steps, stake }).collect();
        let _ = Conviction { rule, periods, supply: sums[0], requested: sums[1], pool: sums[2] }.count();
        let delegation = |(from, to, area): (u64, u64, u64)| {
            Delegation { from, to, area: (area < 3).then_some(area), since: area, until: Some(to) }
        };
        let rule = DelegationRule { area: 1, depth, max_in: sums[0] };
        let delegations = pairs.into_iter().map(delegation).collect();
        let _ = Delegated { members, voted, delegations, rule, closed: sums[1] }.count();
    }
}

#[test]
fn what_is_too_large_is_refused_before_it_is_counted() {
    let many: Vec<u64> = (0..=OPTIONS_MAX).collect();
    let too_many = |what, count, max| Err(TallyError::TooMany { what, count, max });
    let refused = Borda { options: many.clone(), ballots: vec![], seats: 1 }.count().map(|_| ());
    assert_eq!(refused, too_many(Counted::Options, OPTIONS_MAX + 1, OPTIONS_MAX));
    let refused = Runoff { options: many.clone(), ballots: vec![], seed: SEED }.count().map(|_| ());
    assert_eq!(refused, too_many(Counted::Options, CANDIDATES_MAX + 1, CANDIDATES_MAX));
    let pairwise = many.iter().copied().take(PAIRWISE_OPTIONS_MAX as usize + 1).collect();
    let refused = Schulze { options: pairwise, ballots: vec![], seed: SEED }.count().map(|_| ());
    assert_eq!(refused, too_many(Counted::Options, PAIRWISE_OPTIONS_MAX + 1, PAIRWISE_OPTIONS_MAX));
    let votes = vec![ranked(VOTES_MAX, &[1]), ranked(1, &[1])];
    let refused = Runoff { options: vec![1], ballots: votes, seed: SEED }.count().map(|_| ());
    assert_eq!(refused, too_many(Counted::Votes, VOTES_MAX + 1, VOTES_MAX));
    let most = Stv { options: vec![1, 2], ballots: vec![ranked(VOTES_MAX, &[1, 2])], seats: 1, seed: SEED };
    assert_eq!(most.count().unwrap().outcome(), [1]);
}

#[test]
fn ballots_name_what_is_there_and_once() {
    let count = |order: &[u64]| Runoff { options: vec![1, 2], ballots: vec![ranked(1, order)], seed: SEED }.count();
    assert_eq!(count(&[1, 3]), Err(TallyError::Unknown { id: 3 }));
    assert_eq!(count(&[1, 2, 1]), Err(TallyError::MarkedTwice { ballot: 0, option: 1 }));
    let none = Runoff { options: vec![1], ballots: vec![ranked(0, &[1])], seed: SEED }.count();
    assert_eq!(none, Err(TallyError::Zero { what: Counted::Votes }));
    let twice = Runoff { options: vec![1, 1], ballots: vec![], seed: SEED }.count();
    assert_eq!(twice, Err(TallyError::Repeated { id: 1 }));
}
