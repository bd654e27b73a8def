//! Instant runoff: the last is eliminated, and its ballots go to the next on them, until one has more than half.

use crate::{
    ballot::{Listed, Places},
    tie::{History, Taken},
    Count, CountSheet, Counted, OptionId, Preferences, Seed, TallyError, Tie, CANDIDATES_MAX,
};
use serde::{Deserialize, Serialize};

/// Ballots of an instant runoff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runoff {
    /// Who stands.
    pub options: Vec<OptionId>,
    /// The ballots.
    pub ballots: Vec<Preferences>,
    /// What the lot is drawn from.
    pub seed: Seed,
}

/// What an option has in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credit {
    /// Which option.
    pub option: OptionId,
    /// Its votes: whole ones in a runoff, hundred-thousandths in a single transferable vote.
    pub votes: u64,
}

/// One round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Round {
    /// Those that are left, in ascending order of their ids.
    pub votes: Vec<Credit>,
    /// Ballots on which nobody is left.
    pub exhausted: u64,
    /// Who is eliminated; nobody in the last round.
    pub eliminated: Option<OptionId>,
    /// The tie in which that was decided.
    pub tie: Option<Tie>,
}

/// All rounds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunoffSheet {
    /// What the lot was drawn from.
    pub seed: Seed,
    /// The lot: of those that nothing else tells apart, the last in it is eliminated.
    pub lot: Vec<OptionId>,
    /// The rounds; none when there is no ballot that ranks somebody.
    pub rounds: Vec<Round>,
}

impl CountSheet for RunoffSheet {
    /// Who won; nobody when nobody was ranked.
    type Outcome = Option<OptionId>;

    fn outcome(&self) -> Option<OptionId> {
        let last = self.rounds.last()?;
        last.votes.iter().max_by_key(|credit| credit.votes).map(|credit| credit.option)
    }
}

/// The count as it goes on.
struct Counting<'a> {
    ballots: &'a [Preferences],
    places: Places,
    /// For each place the ballots that it has, and how far down each of them it stands.
    piles: Vec<Vec<(usize, usize)>>,
    votes: Vec<u64>,
    left: Vec<usize>,
    exhausted: u64,
}

impl Counting<'_> {
    /// Gives a ballot to the first who is left at or after a rank.
    fn give(&mut self, ballot: usize, from: usize) {
        let order = self.places.of(ballot);
        let next = (from..order.len()).find(|rank| self.left.binary_search(&order[*rank]).is_ok());
        match next {
            Some(rank) => {
                self.votes[order[rank]] += self.ballots[ballot].count;
                self.piles[order[rank]].push((ballot, rank));
            }
            None => self.exhausted += self.ballots[ballot].count,
        }
    }

    fn eliminate(&mut self, place: usize) {
        self.left.retain(|other| *other != place);
        self.votes[place] = 0;
        for (ballot, rank) in std::mem::take(&mut self.piles[place]) {
            self.give(ballot, rank + 1);
        }
    }

    fn is_over(&self) -> bool {
        let active: u64 = self.votes.iter().sum();
        self.left.len() <= 1 || self.votes.iter().any(|votes| *votes > active / 2)
    }
}

impl Count for Runoff {
    type Sheet = RunoffSheet;

    // TAL-13
    fn count(&self) -> Result<RunoffSheet, TallyError> {
        let listed = Listed::new(self.options.iter().copied(), Counted::Options, CANDIDATES_MAX)?;
        let places = Places::new(&self.ballots, &listed)?;
        let mut history = History::new(&listed, &self.seed);
        let mut sheet = RunoffSheet { seed: self.seed, lot: history.lot().to_vec(), rounds: Vec::new() };
        if places.are_none() {
            return Ok(sheet);
        }
        let (piles, votes) = (vec![Vec::new(); listed.len()], vec![0; listed.len()]);
        let left = (0..listed.len()).collect();
        let mut counting = Counting { ballots: &self.ballots, places, piles, votes, left, exhausted: 0 };
        (0..self.ballots.len()).for_each(|ballot| counting.give(ballot, 0));
        loop {
            history.note(&counting.votes);
            let credit = |place: &usize| Credit { option: listed.ids()[*place], votes: counting.votes[*place] };
            let votes = counting.left.iter().map(credit).collect();
            let mut round = Round { votes, exhausted: counting.exhausted, eliminated: None, tie: None };
            let lowest = history.take(&counting.left, Taken::Lowest, &listed).filter(|_| !counting.is_over());
            let Some((place, tie)) = lowest else {
                sheet.rounds.push(round);
                return Ok(sheet);
            };
            (round.eliminated, round.tie) = (Some(listed.ids()[place]), tie);
            sheet.rounds.push(round);
            counting.eliminate(place);
        }
    }
}
