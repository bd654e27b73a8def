//! Schulze's method: the option that no other beats by way of stronger paths.
//!
//! Source: Markus Schulze, "A new monotonic, clone-independent, reversal symmetric, and Condorcet-consistent single-winner
//! election method", Social Choice and Welfare 36 (2011), with the strength of a link by winning votes.

use crate::{
    ballot::{votes, Listed, Places},
    lot::Drawer,
    Count, CountSheet, Counted, OptionId, Ranking, Seed, TallyError, PAIRWISE_OPTIONS_MAX,
};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// Most ballots that are drawn to break ties.
pub const DRAWS_MAX: u64 = 256;

/// Ballots of Schulze's method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schulze {
    /// What can be ranked, the status quo among them if it is one.
    pub options: Vec<OptionId>,
    /// The ballots.
    pub ballots: Vec<Ranking>,
    /// What ties are broken with.
    pub seed: Seed,
}

/// Strength of a link or a path, by winning votes: the more support the stronger, of equals the one with less opposition. No
/// path has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u64, u64)", into = "(u64, u64)")]
pub struct Strength {
    /// Ballots for the weakest link.
    pub support: u64,
    /// Ballots against it.
    pub opposition: u64,
}

impl Ord for Strength {
    fn cmp(&self, other: &Self) -> Ordering {
        self.support.cmp(&other.support).then(other.opposition.cmp(&self.opposition))
    }
}

impl PartialOrd for Strength {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<(u64, u64)> for Strength {
    fn from((support, opposition): (u64, u64)) -> Self {
        Self { support, opposition }
    }
}

impl From<Strength> for (u64, u64) {
    fn from(strength: Strength) -> Self {
        (strength.support, strength.opposition)
    }
}

/// The count. Rows and columns are in ascending order of the ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchulzeSheet {
    /// The options, in ascending order.
    pub options: Vec<OptionId>,
    /// How many ballots prefer the option of the row to that of the column.
    pub pairs: Vec<Vec<u64>>,
    /// Strength of the strongest path from the row to the column.
    pub paths: Vec<Vec<Strength>>,
    /// What ties were broken with.
    pub seed: Seed,
    /// Places of the drawn ballots that told options apart, in the order in which they were drawn.
    pub drawn: Vec<u64>,
    /// The options as these ballots rank them, and the lot those that they do not.
    pub tie_order: Vec<OptionId>,
}

/// What Schulze's method decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchulzeOutcome {
    /// Every option that no other beats, in ascending order.
    pub unbeaten: Vec<OptionId>,
    /// All options: again and again, of those that no other that is left beats, the first in the order of ties. The first of
    /// them is the winner.
    pub order: Vec<OptionId>,
}

impl SchulzeSheet {
    fn strength(&self, from: usize, to: usize) -> Strength {
        self.paths.get(from).and_then(|row| row.get(to)).copied().unwrap_or_default()
    }

    fn is_beaten(&self, place: usize, by: &[usize]) -> bool {
        by.iter().any(|other| self.strength(*other, place) > self.strength(place, *other))
    }
}

impl CountSheet for SchulzeSheet {
    type Outcome = SchulzeOutcome;

    // TAL-21, TAL-22
    fn outcome(&self) -> SchulzeOutcome {
        let in_tie_order = self.tie_order.iter().filter_map(|option| self.options.binary_search(option).ok());
        let mut left: Vec<usize> = in_tie_order.collect();
        let mut unbeaten: Vec<usize> = left.iter().copied().filter(|place| !self.is_beaten(*place, &left)).collect();
        unbeaten.sort_unstable();
        let mut order = Vec::new();
        while let Some(next) = left.iter().position(|place| !self.is_beaten(*place, &left)) {
            order.push(left.remove(next));
        }
        let ids = |places: Vec<usize>| places.iter().filter_map(|place| self.options.get(*place).copied()).collect();
        SchulzeOutcome { unbeaten: ids(unbeaten), order: ids(order) }
    }
}

impl Schulze {
    /// The rank of every option on each ballot; those that are not ranked share the last.
    fn ranks(&self, ballot: usize, places: &[usize], options: usize) -> Vec<usize> {
        let ranking = &self.ballots[ballot];
        let mut ranks = vec![usize::MAX; options];
        let of_marks = ranking.ranks.iter().enumerate().flat_map(|(rank, tied)| tied.iter().map(move |_| rank));
        places.iter().zip(of_marks).for_each(|(place, rank)| ranks[*place] = rank);
        ranks
    }

    // TAL-19
    fn pairs(&self, places: &Places, options: usize) -> Vec<Vec<u64>> {
        let mut pairs = vec![vec![0u64; options]; options];
        for (ballot, places) in places.iter().enumerate() {
            let ranks = self.ranks(ballot, places, options);
            for place in places {
                let row = pairs[*place].iter_mut().zip(&ranks);
                let behind = row.filter(|(_, rank)| **rank > ranks[*place]);
                behind.for_each(|(pair, _)| *pair += self.ballots[ballot].count);
            }
        }
        pairs
    }

    /// Draws ballots, each as likely as any other, until their ranks tell all options apart; the lot tells the rest. // TAL-22
    fn tie_order(&self, places: &Places, listed: &Listed) -> (Vec<u64>, Vec<OptionId>) {
        let ends: Vec<u64> = self
            .ballots
            .iter()
            .scan(0, |end, ballot| {
                *end += ballot.count;
                Some(*end)
            })
            .collect();
        let mut drawer = Drawer::new(&self.seed);
        let mut lot = listed.ids().to_vec();
        let len = lot.len();
        drawer.shuffle(&mut lot, len);
        let mut groups: Vec<Vec<usize>> = vec![lot.iter().filter_map(|id| listed.place(*id).ok()).collect()];
        let mut drawn = Vec::new();
        for _ in 0..DRAWS_MAX {
            if self.ballots.is_empty() || groups.len() == len {
                break;
            }
            let vote = drawer.below(votes(&self.ballots));
            let ballot = ends.partition_point(|end| *end <= vote);
            let finer = split(&groups, &self.ranks(ballot, places.of(ballot), len));
            if finer.len() > groups.len() {
                drawn.push(ballot as u64);
            }
            groups = finer;
        }
        (drawn, groups.iter().flatten().map(|place| listed.ids()[*place]).collect())
    }
}

/// Each group in groups of one rank, which keep the order that they had.
fn split(groups: &[Vec<usize>], ranks: &[usize]) -> Vec<Vec<usize>> {
    let mut finer = Vec::new();
    for group in groups {
        let mut group = group.clone();
        group.sort_by_key(|place| ranks[*place]);
        finer.extend(group.chunk_by(|left, right| ranks[*left] == ranks[*right]).map(<[usize]>::to_vec));
    }
    finer
}

/// The widest paths, by Floyd and Warshall. // TAL-20
fn widest(pairs: &[Vec<u64>]) -> Vec<Vec<Strength>> {
    let options = pairs.len();
    let link = |from: usize, to: usize| {
        let strength = Strength { support: pairs[from][to], opposition: pairs[to][from] };
        if strength.support > strength.opposition {
            strength
        } else {
            Strength::default()
        }
    };
    let mut paths: Vec<Vec<Strength>> =
        (0..options).map(|from| (0..options).map(|to| link(from, to)).collect()).collect();
    for by in 0..options {
        let onward = paths[by].clone();
        for from in (0..options).filter(|from| *from != by) {
            let reach = paths[from][by];
            for (to, path) in paths[from].iter_mut().enumerate() {
                if to != from {
                    *path = (*path).max(reach.min(onward[to]));
                }
            }
        }
    }
    paths
}

impl Count for Schulze {
    type Sheet = SchulzeSheet;

    fn count(&self) -> Result<SchulzeSheet, TallyError> {
        let listed = Listed::new(self.options.iter().copied(), Counted::Options, PAIRWISE_OPTIONS_MAX)?;
        let places = Places::new(&self.ballots, &listed)?;
        let pairs = self.pairs(&places, listed.len());
        let paths = widest(&pairs);
        let (drawn, tie_order) = self.tie_order(&places, &listed);
        Ok(SchulzeSheet { options: listed.ids().to_vec(), pairs, paths, seed: self.seed, drawn, tie_order })
    }
}
