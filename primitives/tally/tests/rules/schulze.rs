//! Schulze's method: the example of its paper, and against all paths.

use crate::samples::{options, outcome, SEED};
use icn_tally::{Count, CountSheet, Ranking, Schulze, Seed, Strength};
use proptest::{collection::vec, prelude::*, sample::subsequence};

fn strict(count: u64, order: &str) -> Ranking {
    Ranking { count, ranks: order.bytes().map(|letter| vec![u64::from(letter)]).collect() }
}

fn schulze(options: &[u64], ballots: Vec<Ranking>) -> Schulze {
    Schulze { options: options.to_vec(), ballots, seed: SEED }
}

#[test]
fn the_example_with_45_voters() {
    let ballots = [
        (5, "ACBED"),
        (5, "ADECB"),
        (8, "BEDAC"),
        (3, "CABED"),
        (7, "CAEBD"),
        (2, "CBADE"),
        (7, "DCEBA"),
        (8, "EBADC"),
    ];
    let options: Vec<u64> = "ABCDE".bytes().map(u64::from).collect();
    let election = schulze(&options, ballots.map(|(count, order)| strict(count, order)).to_vec());
    let sheet = election.count().unwrap();
    let pairs =
        [[0, 20, 26, 30, 22], [25, 0, 16, 33, 18], [19, 29, 0, 17, 24], [15, 12, 28, 0, 14], [23, 27, 21, 31, 0]];
    assert_eq!(sheet.pairs, pairs);
    let paths =
        [[0, 28, 28, 30, 24], [25, 0, 28, 33, 24], [25, 29, 0, 29, 24], [25, 28, 28, 0, 24], [25, 28, 28, 31, 0]];
    let support = |row: &Vec<Strength>| row.iter().map(|strength| strength.support).collect::<Vec<u64>>();
    assert_eq!(sheet.paths.iter().map(support).collect::<Vec<_>>(), paths);
    assert_eq!(sheet.outcome().unbeaten, [u64::from(b'E')]);
    assert_eq!(sheet.outcome().order, "EACBD".bytes().map(u64::from).collect::<Vec<u64>>());
}

#[test]
fn ties_go_by_a_drawn_ballot() {
    let ballots = vec![strict(1, "AB"), strict(1, "BA")];
    let options = [u64::from(b'A'), u64::from(b'B')];
    let won = |seed: u8| {
        let election = Schulze { seed: Seed([seed; 32]), ..schulze(&options, ballots.clone()) };
        let sheet = election.count().unwrap();
        let drawn = ballots[sheet.drawn[0] as usize].ranks[0][0];
        assert_eq!(sheet.outcome().unbeaten, options);
        assert_eq!(sheet.outcome().order[0], drawn);
        drawn
    };
    let winners: Vec<u64> = (0..20).map(won).collect();
    assert!(winners.contains(&options[0]) && winners.contains(&options[1]));
}

#[test]
fn without_ballots_the_lot_orders_all() {
    let outcome = outcome(&schulze(&[4, 2, 9], vec![]));
    assert_eq!(outcome.unbeaten, [2, 4, 9]);
    assert_eq!(outcome.order.len(), 3);
}

/// The strongest of all paths, each of which is walked.
fn strongest(sheet: &icn_tally::SchulzeSheet, from: usize, to: usize, past: &mut Vec<usize>) -> Strength {
    let link = |a: usize, b: usize| {
        let strength = Strength { support: sheet.pairs[a][b], opposition: sheet.pairs[b][a] };
        if strength.support > strength.opposition {
            strength
        } else {
            Strength::default()
        }
    };
    let mut best = link(from, to);
    past.push(from);
    for by in 0..sheet.options.len() {
        if by != to && !past.contains(&by) {
            best = best.max(link(from, by).min(strongest(sheet, by, to, past)));
        }
    }
    past.pop();
    best
}

fn rankings(options: Vec<u64>) -> impl Strategy<Value = Vec<Ranking>> {
    let len = options.len();
    let order = subsequence(options, 0..=len).prop_shuffle();
    let ballot = (1..4u64, order, vec(1..3usize, len)).prop_map(|(count, mut order, widths)| {
        let mut ranks = Vec::new();
        for width in widths {
            let rest = order.split_off(width.min(order.len()));
            ranks.push(std::mem::replace(&mut order, rest));
        }
        Ranking { count, ranks }
    });
    vec(ballot, 0..8)
}

proptest! {
    #[test]
    fn paths_are_the_strongest_of_all(
        (options, ballots) in options(5).prop_flat_map(|options| (Just(options.clone()), rankings(options)))
    ) {
        let sheet = schulze(&options, ballots.clone()).count().unwrap();
        let rank = |ballot: &Ranking, option| ballot.ranks.iter().position(|tied| tied.contains(option)).unwrap_or(usize::MAX);
        for (from, a) in options.iter().enumerate() {
            for (to, b) in options.iter().enumerate().filter(|(to, _)| *to != from) {
                let prefer: u64 = ballots.iter().filter(|ballot| rank(ballot, a) < rank(ballot, b)).map(|ballot| ballot.count).sum();
                prop_assert_eq!(sheet.pairs[from][to], prefer);
                prop_assert_eq!(sheet.paths[from][to], strongest(&sheet, from, to, &mut Vec::new()));
            }
        }
    }

    #[test]
    fn who_beats_all_others_wins(
        (options, ballots) in options(5).prop_flat_map(|options| (Just(options.clone()), rankings(options)))
    ) {
        let sheet = schulze(&options, ballots).count().unwrap();
        let beats_all = |a: &usize| (0..options.len()).all(|b| b == *a || sheet.pairs[*a][b] > sheet.pairs[b][*a]);
        if let Some(winner) = (0..options.len()).find(beats_all) {
            prop_assert_eq!(sheet.outcome().unbeaten, [options[winner]]);
        }
        let outcome = sheet.outcome();
        prop_assert!(outcome.unbeaten.contains(&outcome.order[0]));
        let mut order = outcome.order;
        order.sort_unstable();
        prop_assert_eq!(order, options);
    }
}
