//! Ballots, and the list of what they may name.

use crate::{
    limits::{at_most, not_zero},
    Counted, OptionId, TallyError, BALLOTS_MAX, MARKS_MAX, VOTES_MAX,
};
use serde::{Deserialize, Serialize};

/// Equal ballots that mark options without an order: approvals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approvals {
    /// How many ballots are like this.
    pub count: u64,
    /// The options, in any order; none is a blank ballot.
    pub options: Vec<OptionId>,
}

/// Equal ballots that give a number to each of some options: points, or votes for and against.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Points {
    /// How many ballots are like this.
    pub count: u64,
    /// Option and number, in any order of the options.
    pub marks: Vec<(OptionId, i64)>,
}

/// Equal ballots that rank options, one at each rank; the others are not ranked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preferences {
    /// How many ballots are like this.
    pub count: u64,
    /// The options, the most preferred first.
    pub order: Vec<OptionId>,
}

/// Equal ballots that rank options, several of them at one rank if need be; the others share the last rank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ranking {
    /// How many ballots are like this.
    pub count: u64,
    /// The options at each rank, the most preferred first.
    pub ranks: Vec<Vec<OptionId>>,
}

/// Ids of options, projects, members or classes, in ascending order. Rules work on their places.
pub(crate) struct Listed(Vec<u64>);

impl Listed {
    /// In any order.
    pub(crate) fn new(ids: impl Iterator<Item = u64>, what: Counted, max: u64) -> Result<Self, TallyError> {
        let mut ids: Vec<u64> = ids.take(max as usize + 1).collect();
        at_most(what, ids.len() as u64, max)?;
        ids.sort_unstable();
        match ids.windows(2).find(|pair| pair.first() == pair.last()) {
            Some(pair) => Err(TallyError::Repeated { id: pair.first().copied().unwrap_or(0) }),
            None => Ok(Self(ids)),
        }
    }

    pub(crate) fn place(&self, id: u64) -> Result<usize, TallyError> {
        self.0.binary_search(&id).map_err(|_| TallyError::Unknown { id })
    }

    pub(crate) fn ids(&self) -> &[u64] {
        &self.0
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

/// Ballots of any kind: how many are alike, and what they mark.
pub(crate) trait Marked {
    fn count(&self) -> u64;
    fn marks(&self) -> impl Iterator<Item = OptionId>;
}

impl Marked for Approvals {
    fn count(&self) -> u64 {
        self.count
    }

    fn marks(&self) -> impl Iterator<Item = OptionId> {
        self.options.iter().copied()
    }
}

impl Marked for Points {
    fn count(&self) -> u64 {
        self.count
    }

    fn marks(&self) -> impl Iterator<Item = OptionId> {
        self.marks.iter().map(|(option, _)| *option)
    }
}

impl Marked for Preferences {
    fn count(&self) -> u64 {
        self.count
    }

    fn marks(&self) -> impl Iterator<Item = OptionId> {
        self.order.iter().copied()
    }
}

impl Marked for Ranking {
    fn count(&self) -> u64 {
        self.count
    }

    fn marks(&self) -> impl Iterator<Item = OptionId> {
        self.ranks.iter().flatten().copied()
    }
}

/// The places that each ballot marks, in the ballot's order, once all of them are known to be in bounds.
pub(crate) fn places<B: Marked>(ballots: &[B], listed: &Listed) -> Result<Vec<Vec<usize>>, TallyError> {
    at_most(Counted::Ballots, ballots.len() as u64, BALLOTS_MAX)?;
    let (mut votes, mut marks) = (0u64, 0u64);
    let mut marked_by = vec![usize::MAX; listed.len()];
    let mut read = |(number, ballot): (usize, &B)| {
        not_zero(Counted::Votes, ballot.count())?;
        votes = votes.saturating_add(ballot.count());
        at_most(Counted::Votes, votes, VOTES_MAX)?;
        let mut places = Vec::new();
        for option in ballot.marks() {
            marks += 1;
            at_most(Counted::Marks, marks, MARKS_MAX)?;
            let place = listed.place(option)?;
            if std::mem::replace(&mut marked_by[place], number) == number {
                return Err(TallyError::MarkedTwice { ballot: number as u64, option });
            }
            places.push(place);
        }
        Ok(places)
    };
    ballots.iter().enumerate().map(&mut read).collect()
}

/// How many ballots there are. They were checked.
pub(crate) fn votes<B: Marked>(ballots: &[B]) -> u64 {
    ballots.iter().map(Marked::count).sum()
}
