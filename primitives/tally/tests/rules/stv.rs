//! Single transferable vote: count sheets made by hand, and what every sheet has.

use crate::samples::{options, outcome, preferences, ranked, SEED};
use icn_tally::{Action, Count, CountSheet, Decider, Stv, StvSheet, VOTE};
use proptest::prelude::*;

fn stv(seats: u64, options: &[u64], ballots: Vec<icn_tally::Preferences>) -> Stv {
    Stv { options: options.to_vec(), ballots, seats, seed: SEED }
}

/// Votes of each candidate at the end of each stage.
fn votes(sheet: &StvSheet) -> Vec<Vec<u64>> {
    sheet.stages.iter().map(|stage| stage.votes.iter().map(|credit| credit.votes).collect()).collect()
}

#[test]
fn two_surpluses_go_one_after_the_other_past_who_is_elected() {
    // Quota ⌊60 / 4⌋ + 1 = 16. 12 / 28 = 0.42857 and 10 / 26 = 0.38461, cut to five decimals.
    let ballots =
        vec![ranked(28, &[1, 2, 3]), ranked(26, &[2, 1, 3]), ranked(3, &[3]), ranked(2, &[4]), ranked(1, &[5])];
    let sheet = stv(3, &[1, 2, 3, 4, 5], ballots).count().unwrap();
    assert_eq!((sheet.valid, sheet.quota), (60, 16));
    assert_eq!(
        votes(&sheet),
        [
            [2_800_000, 2_600_000, 300_000, 200_000, 100_000],
            [1_600_000, 2_600_000, 300_000 + 28 * 42_857, 200_000, 100_000],
            [1_600_000, 1_600_000, 300_000 + 28 * 42_857 + 26 * 38_461, 200_000, 100_000],
        ]
    );
    assert_eq!(sheet.stages[1].action, Action::Surplus { of: 1, surplus: 1_200_000 });
    assert_eq!(sheet.stages[2].not_transferred, (1_200_000 - 28 * 42_857) + (1_000_000 - 26 * 38_461));
    assert_eq!(sheet.outcome(), [1, 2, 3]);
}

#[test]
fn papers_that_came_at_less_than_one_are_transferred_at_less_still() {
    // Quota ⌊100 / 3⌋ + 1 = 34. 1 has 60: 26 / 60 = 0.43333 a paper, so 2 has 20 + 60 · 0.43333 = 45.99980. Of its surplus
    // 11.99980 an own paper takes ⌊11.99980 · 1 / 45.99980⌋ = 0.26086, one of 1's ⌊11.99980 · 0.43333 / 45.99980⌋ = 0.11304.
    let ballots = vec![ranked(60, &[1, 2, 3]), ranked(20, &[2, 4]), ranked(12, &[3]), ranked(8, &[4])];
    let sheet = stv(2, &[1, 2, 3, 4], ballots).count().unwrap();
    assert_eq!(sheet.quota, 34);
    assert_eq!(sheet.outcome(), [1, 2]);
    assert_eq!(votes(&sheet)[1], [3_400_000, 4_599_980, 1_200_000, 800_000]);
    let ballots =
        vec![ranked(60, &[1, 2, 3]), ranked(20, &[2, 4]), ranked(12, &[3]), ranked(8, &[4]), ranked(20, &[5])];
    let sheet = stv(3, &[1, 2, 3, 4, 5], ballots).count().unwrap();
    // Quota 31. 29 / 60 = 0.48333; 2 has 20 + 28.99980; surplus 17.99980: own papers 0.36734, those of 1 0.17754.
    assert_eq!(sheet.quota, 31);
    assert_eq!(votes(&sheet)[2][2..4], [1_200_000 + 60 * 17_754, 800_000 + 20 * 36_734]);
}

#[test]
fn the_last_who_continue_are_elected_without_the_quota() {
    let ballots = vec![ranked(5, &[1]), ranked(2, &[2]), ranked(1, &[3])];
    let sheet = stv(2, &[1, 2, 3], ballots).count().unwrap();
    assert_eq!(sheet.outcome(), [1, 2]);
    let last = sheet.stages.last().unwrap();
    assert_eq!(last.action, Action::Exclusion { of: 3 });
}

#[test]
fn exclusions_in_a_tie_go_by_the_stage_before_and_then_by_lot() {
    // 3 is excluded first; then 2 and 4 have two each, and 4 had one at first.
    let ballots = vec![ranked(5, &[1]), ranked(3, &[5]), ranked(2, &[2]), ranked(1, &[4]), ranked(1, &[3, 4])];
    let sheet = stv(1, &[1, 2, 3, 4, 5], ballots).count().unwrap();
    let ties: Vec<_> = sheet.stages.iter().flat_map(|stage| &stage.ties).collect();
    assert_eq!((ties[0].between.clone(), ties[0].by), (vec![3, 4], Decider::Lot));
    if sheet.stages[1].action == (Action::Exclusion { of: 3 }) {
        assert_eq!((ties[1].between.clone(), ties[1].taken, ties[1].by), (vec![2, 4], 4, Decider::Round(0)));
    }
}

#[test]
fn more_seats_than_candidates_elect_all_of_them() {
    assert_eq!(outcome(&stv(5, &[1, 2], vec![ranked(1, &[2]), ranked(9, &[1])])), [1, 2]);
    assert_eq!(outcome(&stv(1, &[1, 2], vec![ranked(4, &[])])), [0; 0]);
    assert_eq!(outcome(&stv(1, &[], vec![])), [0; 0]);
}

proptest! {
    #[test]
    fn every_stage_accounts_for_every_vote_and_all_seats_are_filled(
        seats in 1..5u64,
        (options, ballots) in options(7).prop_flat_map(|options| (Just(options.clone()), preferences(options, 14)))
    ) {
        let valid: u64 = ballots.iter().filter(|ballot| !ballot.order.is_empty()).map(|ballot| ballot.count).sum();
        let sheet = stv(seats, &options, ballots).count().unwrap();
        prop_assert_eq!(sheet.quota, valid / (seats + 1) + 1);
        for stage in &sheet.stages {
            let held: u64 = stage.votes.iter().map(|credit| credit.votes).sum();
            prop_assert_eq!(held + stage.not_transferred, valid * VOTE);
        }
        let mut elected = sheet.outcome();
        prop_assert_eq!(elected.len() as u64, if valid == 0 { 0 } else { seats.min(options.len() as u64) });
        elected.sort_unstable();
        elected.dedup();
        prop_assert_eq!(elected.len(), sheet.outcome().len());
    }

    #[test]
    fn a_solid_coalition_gets_its_quotas(
        rest in preferences(vec![1, 2, 3, 4, 5, 6], 5), own in 1..40u64
    ) {
        // All who are in it rank 1, 2 and 3 before everybody else.
        let mut ballots = rest;
        ballots.push(ranked(own, &[1, 2, 3]));
        ballots.push(ranked(own, &[3, 1, 2, 6]));
        let sheet = stv(3, &[1, 2, 3, 4, 5, 6], ballots).count().unwrap();
        let due = (2 * own / sheet.quota).min(3);
        let got = sheet.outcome().iter().filter(|option| **option <= 3).count() as u64;
        // Remainders of divisions, at most a hundredth of a vote here, are nobody's.
        let is_close = (2 * own) % sheet.quota == 0;
        prop_assert!(got >= due || (is_close && got + 1 >= due), "{} of {}", got, due);
    }
}
