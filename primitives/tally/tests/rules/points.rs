//! Approval, score, quadratic and Borda: by hand, and against a count of single ballots.

use crate::samples::{approving, options, outcome, preferences, ranked, share};
use icn_tally::{Approval, Borda, Count, Points, Quadratic, Score, TallyError};
use proptest::{collection::vec, prelude::*, sample::subsequence};
use std::cmp::Reverse;

fn points(count: u64, marks: &[(u64, i64)]) -> Points {
    Points { count, marks: marks.to_vec() }
}

#[test]
fn approval_needs_its_share_of_all_ballots() {
    let ballots = vec![approving(3, &[1, 2]), approving(2, &[2]), approving(4, &[3]), approving(1, &[])];
    let of =
        |threshold, seats| outcome(&Approval { options: vec![3, 1, 2, 4], ballots: ballots.clone(), seats, threshold });
    assert_eq!(of(share(1, 2), 4), [2]);
    assert_eq!(of(share(2, 5), 4), [2, 3]);
    assert_eq!(of(share(0, 1), 4), [2, 3, 1], "an option that nobody approves does not win");
    assert_eq!(of(share(0, 1), 1), [2]);
}

#[test]
fn equal_approvals_go_by_id_and_the_sheet_says_so() {
    let ballots = vec![approving(1, &[9, 4])];
    let sheet = Approval { options: vec![9, 4], ballots, seats: 1, threshold: share(1, 2) }.count().unwrap();
    let told: Vec<(u64, bool)> = sheet.standings.iter().map(|standing| (standing.option, standing.tied)).collect();
    assert_eq!(told, [(4, false), (9, true)]);
}

#[test]
fn of_equal_scores_the_less_disputed_is_first() {
    let ballots = vec![points(1, &[(1, 10), (2, 5), (3, 5)]), points(1, &[(1, 0), (2, 5), (3, 5)])];
    let score = Score { options: vec![1, 2, 3], ballots, seats: 3, points_max: 10 };
    assert_eq!(outcome(&score), [2, 3, 1]);
}

#[test]
fn scores_outside_the_range_are_refused() {
    for mark in [11, -1, i64::MIN, i64::MAX] {
        let score = Score { options: vec![1], ballots: vec![points(1, &[(1, mark)])], seats: 1, points_max: 10 };
        assert!(matches!(score.count(), Err(TallyError::TooManyPoints { ballot: 0, .. })), "{mark}");
    }
}

#[test]
fn quadratic_votes_cost_their_squares() {
    let quadratic = |marks: &[(u64, i64)]| Quadratic {
        options: vec![1, 2],
        ballots: vec![points(2, marks), points(1, &[(2, 9)])],
        seats: 2,
        credits: 100,
    };
    let sheet = quadratic(&[(1, 8), (2, -6)]).count().unwrap();
    let totals: Vec<(u64, i64)> = sheet.standings.iter().map(|standing| (standing.option, standing.total)).collect();
    assert_eq!(totals, [(1, 16), (2, -3)]);
    assert_eq!(outcome(&quadratic(&[(1, 8), (2, -6)])), [1], "more against than for does not win");
    let overspent = TallyError::TooManyPoints { ballot: 0, points: 113, max: 100 };
    assert_eq!(quadratic(&[(1, 8), (2, 7)]).count(), Err(overspent));
}

#[test]
fn borda_of_four_cities() {
    // Memphis 1, Nashville 2, Chattanooga 3, Knoxville 4: the example of many textbooks.
    let ballots = vec![
        ranked(42, &[1, 2, 3, 4]),
        ranked(26, &[2, 3, 4, 1]),
        ranked(15, &[3, 4, 2, 1]),
        ranked(17, &[4, 3, 2, 1]),
    ];
    let sheet = Borda { options: vec![1, 2, 3, 4], ballots, seats: 1 }.count().unwrap();
    let totals: Vec<(u64, i64)> = sheet.standings.iter().map(|standing| (standing.option, standing.total)).collect();
    assert_eq!(totals, [(2, 2 * 194), (3, 2 * 173), (1, 2 * 126), (4, 2 * 107)]);
}

#[test]
fn what_borda_does_not_rank_shares_the_rest() {
    let sheet = Borda { options: vec![1, 2, 3, 4], ballots: vec![ranked(1, &[4])], seats: 1 }.count().unwrap();
    let totals: Vec<(u64, i64)> = sheet.standings.iter().map(|standing| (standing.option, standing.total)).collect();
    assert_eq!(totals, [(4, 6), (1, 2), (2, 2), (3, 2)]);
}

/// Single ballots, each with a number for every option.
fn single(ballots: &[Points], options: &[u64]) -> Vec<Vec<i64>> {
    let of =
        |ballot: &Points, option: &u64| ballot.marks.iter().find(|(marked, _)| marked == option).map_or(0, |(_, n)| *n);
    let row = |ballot: &Points| options.iter().map(|option| of(ballot, option)).collect::<Vec<i64>>();
    ballots.iter().flat_map(|ballot| vec![row(ballot); ballot.count as usize]).collect()
}

fn marks(options: Vec<u64>, range: std::ops::Range<i64>) -> impl Strategy<Value = Vec<Points>> {
    let len = options.len();
    let marks = subsequence(options, 0..=len).prop_shuffle();
    let ballot = (1..4u64, marks, vec(range, len))
        .prop_map(|(count, marked, numbers)| Points { count, marks: marked.into_iter().zip(numbers).collect() });
    vec(ballot, 0..8)
}

proptest! {
    #[test]
    fn score_is_the_order_by_sum_variance_and_id(
        (options, ballots) in options(5).prop_flat_map(|options| (Just(options.clone()), marks(options, 0..4)))
    ) {
        let rows = single(&ballots, &options);
        let column = |place: usize| -> Vec<i64> { rows.iter().map(|row| row[place]).collect() };
        // n times the sum of squared differences of all pairs is n² times the variance, up to a factor.
        let spread = |numbers: &[i64]| -> i64 { numbers.iter().flat_map(|a| numbers.iter().map(move |b| (a - b).pow(2))).sum() };
        let mut order: Vec<usize> = (0..options.len()).collect();
        order.sort_by_key(|place| (Reverse(column(*place).iter().sum::<i64>()), spread(&column(*place)), options[*place]));
        let sheet = Score { options: options.clone(), ballots, seats: 1, points_max: 3 }.count().unwrap();
        let counted: Vec<u64> = sheet.standings.iter().map(|standing| standing.option).collect();
        prop_assert_eq!(counted, order.iter().map(|place| options[*place]).collect::<Vec<u64>>());
    }

    #[test]
    fn quadratic_totals_are_sums_of_single_ballots(
        (options, ballots) in options(5).prop_flat_map(|options| (Just(options.clone()), marks(options, -3..4)))
    ) {
        let rows = single(&ballots, &options);
        let sheet = Quadratic { options: options.clone(), ballots, seats: 1, credits: 50 }.count().unwrap();
        for standing in sheet.standings {
            let place = options.iter().position(|option| *option == standing.option).unwrap();
            prop_assert_eq!(standing.total, rows.iter().map(|row| row[place]).sum::<i64>());
        }
    }

    #[test]
    fn borda_is_a_point_for_each_option_that_is_behind_and_half_of_one_for_each_beside(
        (options, ballots) in options(6).prop_flat_map(|options| (Just(options.clone()), preferences(options, 8)))
    ) {
        let sheet = Borda { options: options.clone(), ballots: ballots.clone(), seats: 1 }.count().unwrap();
        for standing in sheet.standings {
            let mut total = 0;
            for ballot in &ballots {
                let rank = |option: &u64| ballot.order.iter().position(|ranked| ranked == option).unwrap_or(usize::MAX);
                for other in options.iter().filter(|other| **other != standing.option) {
                    let got = match rank(&standing.option).cmp(&rank(other)) {
                        std::cmp::Ordering::Less => 2,
                        std::cmp::Ordering::Equal => 1,
                        std::cmp::Ordering::Greater => 0,
                    };
                    total += got * ballot.count as i64;
                }
            }
            prop_assert_eq!(standing.total, total);
        }
    }
}
