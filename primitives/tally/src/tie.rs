//! Ties of counts in rounds: earlier rounds decide, then a lot that was drawn before the count.

use crate::{ballot::Listed, OptionId, Seed};
use serde::{Deserialize, Serialize};

/// What decided a tie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decider {
    /// The latest earlier round in which they differed, counted from 0; of several, the one that left a single option.
    Round(u64),
    /// The lot.
    Lot,
}

/// A tie and how it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tie {
    /// Who had as many, in ascending order.
    pub between: Vec<OptionId>,
    /// Who was taken, to be elected, excluded or transferred.
    pub taken: OptionId,
    /// What decided.
    pub by: Decider,
}

/// Whom a choice is to take.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// The one with most, and of equals the first in the lot.
    Highest,
    /// The one with least, and of equals the last in the lot.
    Lowest,
}

/// Votes at the end of each round, by place, and the lot.
pub(crate) struct History {
    rounds: Vec<Vec<u64>>,
    lot: Vec<OptionId>,
    lot_places: Vec<usize>,
}

impl History {
    /// Before the first round.
    pub(crate) fn new(listed: &Listed, seed: &Seed) -> Self {
        let lot = seed.shuffled(listed.ids());
        let mut lot_places = vec![0; listed.len()];
        for (turn, option) in lot.iter().enumerate() {
            if let Ok(place) = listed.place(*option) {
                lot_places[place] = turn;
            }
        }
        Self { rounds: Vec::new(), lot, lot_places }
    }

    /// The options in the order of the lot.
    pub(crate) fn lot(&self) -> &[OptionId] {
        &self.lot
    }

    /// A round is over.
    pub(crate) fn note(&mut self, votes: &[u64]) {
        self.rounds.push(votes.to_vec());
    }

    /// Takes one of the places by the votes of the last round, and tells of the tie if there was one.
    pub(crate) fn take(&self, of: &[usize], taken: Taken, listed: &Listed) -> Option<(usize, Option<Tie>)> {
        let (last, earlier) = self.rounds.split_last()?;
        let mut tied = extreme(of, last, taken);
        let between: Vec<OptionId> = tied.iter().map(|place| listed.ids()[*place]).collect();
        let tie = |place: usize, by| Some(Tie { between: between.clone(), taken: listed.ids()[place], by });
        if let [only] = tied[..] {
            return Some((only, None));
        }
        for (round, votes) in earlier.iter().enumerate().rev() {
            tied = extreme(&tied, votes, taken);
            if let [only] = tied[..] {
                return Some((only, tie(only, Decider::Round(round as u64))));
            }
        }
        let turn = |place: &usize| self.lot_places[*place];
        let drawn = match taken {
            Taken::Highest => tied.iter().copied().min_by_key(turn)?,
            Taken::Lowest => tied.iter().copied().max_by_key(turn)?,
        };
        Some((drawn, tie(drawn, Decider::Lot)))
    }

    /// All of the places, the highest first, and the ties among them.
    pub(crate) fn descending(&self, of: &[usize], listed: &Listed) -> (Vec<usize>, Vec<Tie>) {
        let (mut left, mut order, mut ties) = (of.to_vec(), Vec::new(), Vec::new());
        while let Some((place, tie)) = self.take(&left, Taken::Highest, listed) {
            left.retain(|other| *other != place);
            order.push(place);
            ties.extend(tie);
        }
        (order, ties)
    }
}

/// Those with the most or the least.
fn extreme(of: &[usize], votes: &[u64], taken: Taken) -> Vec<usize> {
    let all = of.iter().map(|place| votes[*place]);
    let best = match taken {
        Taken::Highest => all.max(),
        Taken::Lowest => all.min(),
    };
    of.iter().copied().filter(|place| Some(votes[*place]) == best).collect()
}
