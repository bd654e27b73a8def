//! Instant runoff by hand, and what every count of it has.

use crate::samples::{options, outcome, preferences, ranked, SEED};
use icn_tally::{Count, CountSheet, Decider, Runoff, Seed};
use proptest::prelude::*;

fn runoff(options: &[u64], ballots: Vec<icn_tally::Preferences>) -> Runoff {
    Runoff { options: options.to_vec(), ballots, seed: SEED }
}

#[test]
fn runoff_of_four_cities() {
    let ballots = vec![
        ranked(42, &[1, 2, 3, 4]),
        ranked(26, &[2, 3, 4, 1]),
        ranked(15, &[3, 4, 2, 1]),
        ranked(17, &[4, 3, 2, 1]),
    ];
    let sheet = runoff(&[1, 2, 3, 4], ballots).count().unwrap();
    let eliminated: Vec<Option<u64>> = sheet.rounds.iter().map(|round| round.eliminated).collect();
    assert_eq!(eliminated, [Some(3), Some(2), None]);
    assert_eq!(sheet.outcome(), Some(4));
    assert!(sheet.rounds.iter().all(|round| round.tie.is_none()));
}

#[test]
fn a_tie_is_decided_by_the_round_before() {
    // 2 and 3 have three each after 4 is gone; 3 had fewer first preferences.
    let ballots = vec![ranked(6, &[1, 2]), ranked(5, &[5]), ranked(3, &[2]), ranked(2, &[3]), ranked(1, &[4, 3])];
    let sheet = runoff(&[1, 2, 3, 4, 5], ballots).count().unwrap();
    let tie = sheet.rounds[1].tie.clone().unwrap();
    assert_eq!((tie.between, tie.taken, tie.by), (vec![2, 3], 3, Decider::Round(0)));
}

#[test]
fn of_earlier_rounds_the_latest_decides() {
    // 2 and 3 have 4 and 3 at first, 4 and 5 without 5, and 5 and 5 without 4.
    let ballots = vec![
        ranked(7, &[1]),
        ranked(4, &[2]),
        ranked(3, &[3]),
        ranked(1, &[4, 2]),
        ranked(2, &[4, 1]),
        ranked(2, &[5, 3]),
    ];
    let sheet = runoff(&[1, 2, 3, 4, 5], ballots).count().unwrap();
    let tie = sheet.rounds[2].tie.clone().unwrap();
    assert_eq!((tie.between, tie.taken, tie.by), (vec![2, 3], 2, Decider::Round(1)));
}

#[test]
fn a_tie_that_nothing_tells_apart_is_drawn_by_lot() {
    let won = |seed: u8| {
        let runoff = Runoff { seed: Seed([seed; 32]), ..runoff(&[1, 2], vec![ranked(1, &[1]), ranked(1, &[2])]) };
        let sheet = runoff.count().unwrap();
        let tie = sheet.rounds[0].tie.clone().unwrap();
        assert_eq!((tie.taken, tie.by), (sheet.lot[1], Decider::Lot));
        sheet.outcome().unwrap()
    };
    let winners: Vec<u64> = (0..20).map(won).collect();
    assert!(winners.contains(&1) && winners.contains(&2));
}

#[test]
fn nobody_wins_without_ballots() {
    assert_eq!(outcome(&runoff(&[1, 2], vec![])), None);
    assert_eq!(outcome(&runoff(&[1, 2], vec![ranked(3, &[])])), None);
    assert_eq!(outcome(&runoff(&[], vec![])), None);
}

proptest! {
    #[test]
    fn no_ballot_is_lost_and_the_winner_has_more_than_half(
        (options, ballots) in options(6).prop_flat_map(|options| (Just(options.clone()), preferences(options, 10)))
    ) {
        let cast: u64 = ballots.iter().map(|ballot| ballot.count).sum();
        let sheet = runoff(&options, ballots).count().unwrap();
        for round in &sheet.rounds {
            prop_assert_eq!(round.votes.iter().map(|credit| credit.votes).sum::<u64>() + round.exhausted, cast);
        }
        if let Some(last) = sheet.rounds.last() {
            let of = |credit: &&icn_tally::Credit| Some(credit.option) == sheet.outcome();
            let won = last.votes.iter().find(of).unwrap().votes;
            prop_assert!(2 * won > cast - last.exhausted || last.votes.len() == 1);
        }
    }

    #[test]
    fn the_order_of_ballots_does_not_matter(
        (options, ballots, shuffled) in options(5).prop_flat_map(|options| {
            preferences(options.clone(), 8).prop_flat_map(move |ballots| {
                (Just(options.clone()), Just(ballots.clone()), Just(ballots).prop_shuffle())
            })
        })
    ) {
        prop_assert_eq!(runoff(&options, ballots).count(), runoff(&options, shuffled).count());
    }
}
