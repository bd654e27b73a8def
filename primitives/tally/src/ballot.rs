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
pub(crate) struct Listed {
    ids: Vec<u64>,
    /// The place of each number from the first id on, when the ids are close enough together; `usize::MAX` is none.
    table: Vec<usize>,
}

impl Listed {
    /// In any order.
    pub(crate) fn new(ids: impl Iterator<Item = u64>, what: Counted, max: u64) -> Result<Self, TallyError> {
        let mut ids: Vec<u64> = ids.take(max as usize + 1).collect();
        at_most(what, ids.len() as u64, max)?;
        ids.sort_unstable();
        match ids.windows(2).find(|pair| pair.first() == pair.last()) {
            Some(pair) => Err(TallyError::Repeated { id: pair.first().copied().unwrap_or(0) }),
            None => Ok(Self { table: table(&ids), ids }),
        }
    }

    pub(crate) fn place(&self, id: u64) -> Result<usize, TallyError> {
        let place = match self.table.is_empty() {
            true => self.ids.binary_search(&id).ok(),
            false => {
                self.offset(id).and_then(|offset| self.table.get(offset)).copied().filter(|place| *place < usize::MAX)
            }
        };
        place.ok_or(TallyError::Unknown { id })
    }

    /// How far the id is from the first.
    fn offset(&self, id: u64) -> Option<usize> {
        usize::try_from(id.checked_sub(*self.ids.first()?)?).ok()
    }

    pub(crate) fn ids(&self) -> &[u64] {
        &self.ids
    }

    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }
}

/// Places by number, when that takes few times more memory than the ids.
fn table(ids: &[u64]) -> Vec<usize> {
    let (Some(first), Some(last)) = (ids.first(), ids.last()) else { return Vec::new() };
    if last - first >= 8 * ids.len() as u64 {
        return Vec::new();
    }
    let mut table = vec![usize::MAX; (last - first) as usize + 1];
    ids.iter().enumerate().for_each(|(place, id)| table[(id - first) as usize] = place);
    table
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

/// The places that each ballot marks, in the ballot's order.
pub(crate) struct Places {
    marks: Vec<usize>,
    /// Where the marks of each ballot end.
    ends: Vec<usize>,
}

impl Places {
    /// Once all ballots are known to be in bounds.
    pub(crate) fn new<B: Marked>(ballots: &[B], listed: &Listed) -> Result<Self, TallyError> {
        at_most(Counted::Ballots, ballots.len() as u64, BALLOTS_MAX)?;
        let (mut votes, mut marks, mut ends) = (0u64, Vec::new(), Vec::with_capacity(ballots.len()));
        let mut marked_by = vec![usize::MAX; listed.len()];
        for (number, ballot) in ballots.iter().enumerate() {
            not_zero(Counted::Votes, ballot.count())?;
            votes = votes.saturating_add(ballot.count());
            at_most(Counted::Votes, votes, VOTES_MAX)?;
            for option in ballot.marks() {
                let place = listed.place(option)?;
                if std::mem::replace(&mut marked_by[place], number) == number {
                    return Err(TallyError::MarkedTwice { ballot: number as u64, option });
                }
                marks.push(place);
                at_most(Counted::Marks, marks.len() as u64, MARKS_MAX)?;
            }
            ends.push(marks.len());
        }
        Ok(Self { marks, ends })
    }

    /// Those of one ballot.
    pub(crate) fn of(&self, ballot: usize) -> &[usize] {
        let start = if ballot == 0 { 0 } else { self.ends[ballot - 1] };
        &self.marks[start..self.ends[ballot]]
    }

    /// Those of all ballots.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[usize]> {
        (0..self.ends.len()).map(|ballot| self.of(ballot))
    }

    /// Whether no ballot marks anything.
    pub(crate) fn are_none(&self) -> bool {
        self.marks.is_empty()
    }
}

/// How many ballots there are. They were checked.
pub(crate) fn votes<B: Marked>(ballots: &[B]) -> u64 {
    ballots.iter().map(Marked::count).sum()
}
