//! Single transferable vote as Scotland counts it: Droop quota, weighted inclusive Gregory, five decimals.
//!
//! Source: the Scottish Local Government Elections Order 2007 (SSI 2007/42), schedule 1, rules 45 to 52.

use crate::{
    ballot::{Listed, Places},
    limits::not_zero,
    runoff::Credit,
    tie::{History, Taken},
    Count, CountSheet, Counted, OptionId, Preferences, Seed, TallyError, Tie, CANDIDATES_MAX,
};
use serde::{Deserialize, Serialize};

/// Votes are counted in hundred-thousandths.
pub const VOTE: u64 = 100_000;

/// Ballots of a single transferable vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stv {
    /// Who stands.
    pub options: Vec<OptionId>,
    /// The ballots. Those that rank nobody are not valid.
    pub ballots: Vec<Preferences>,
    /// How many are to be elected, at least one.
    pub seats: u64,
    /// What the lot is drawn from.
    pub seed: Seed,
}

/// What a stage does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// First preferences are counted.
    First,
    /// A surplus is transferred.
    Surplus {
        /// Whose.
        of: OptionId,
        /// How much, in hundred-thousandths of a vote.
        surplus: u64,
    },
    /// Somebody is excluded, and all of its papers are transferred.
    Exclusion {
        /// Who.
        of: OptionId,
    },
}

/// What somebody gets in a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// Who gets it.
    pub to: OptionId,
    /// How many papers.
    pub papers: u64,
    /// What they are worth, in hundred-thousandths of a vote.
    pub votes: u64,
}

/// One stage of the count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// What is done.
    pub action: Action,
    /// What of it goes to whom, in ascending order of the ids.
    pub transfers: Vec<Transfer>,
    /// What everybody has at its end, in ascending order of the ids. Who was elected and has no surplus left has the quota.
    pub votes: Vec<Credit>,
    /// What nobody has at its end, in hundred-thousandths: papers with no further preference, and remainders of divisions.
    pub not_transferred: u64,
    /// Who is elected at its end, the first one first.
    pub elected: Vec<OptionId>,
    /// Ties of this stage.
    pub ties: Vec<Tie>,
}

/// The count sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StvSheet {
    /// How many were to be elected.
    pub seats: u64,
    /// Ballots that rank somebody.
    pub valid: u64,
    /// Votes that are enough, whole ones: `⌊valid / (seats + 1)⌋ + 1`.
    pub quota: u64,
    /// What the lot was drawn from.
    pub seed: Seed,
    /// The lot: of those that nothing else tells apart, the first in it is elected or transferred first, the last excluded.
    pub lot: Vec<OptionId>,
    /// All stages; none when no ballot is valid.
    pub stages: Vec<Stage>,
}

impl CountSheet for StvSheet {
    /// Who was elected, in the order of their election.
    type Outcome = Vec<OptionId>;

    fn outcome(&self) -> Vec<OptionId> {
        self.stages.iter().flat_map(|stage| &stage.elected).copied().collect()
    }
}

/// A parcel of equal papers at one value.
#[derive(Clone, Copy)]
struct Parcel {
    ballot: usize,
    /// The rank at which it stands.
    rank: usize,
    /// What each paper is worth, in hundred-thousandths.
    value: u64,
}

/// Where a candidate stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Continuing,
    /// Elected, and a surplus is still to be transferred.
    Waiting,
    Settled,
}

/// The count as it goes on.
struct Counting<'a> {
    ballots: &'a [Preferences],
    listed: &'a Listed,
    places: Places,
    piles: Vec<Vec<Parcel>>,
    votes: Vec<u64>,
    standing: Vec<Standing>,
    not_transferred: u64,
    quota: u64,
    vacancies: u64,
    history: History,
    stages: Vec<Stage>,
}

impl Counting<'_> {
    fn with(&self, standing: Standing) -> Vec<usize> {
        (0..self.standing.len()).filter(|place| self.standing[*place] == standing).collect()
    }

    /// Gives parcels to the next continuing candidates on them, from the rank where each of them stands.
    fn give(&mut self, parcels: Vec<Parcel>) -> (Vec<Transfer>, u64) {
        let mut given = vec![(0u64, 0u64); self.standing.len()];
        for parcel in parcels {
            let order = self.places.of(parcel.ballot);
            let count = self.ballots[parcel.ballot].count;
            let is_open = |rank: &usize| self.standing[order[*rank]] == Standing::Continuing;
            let Some(rank) = (parcel.rank..order.len()).find(is_open) else { continue };
            let to = order[rank];
            given[to].0 += count;
            given[to].1 += count * parcel.value;
            self.votes[to] += count * parcel.value;
            self.piles[to].push(Parcel { rank: rank + 1, ..parcel });
        }
        let received = given.iter().zip(self.listed.ids()).filter(|((papers, _), _)| *papers > 0);
        let transfers = received.map(|((papers, votes), to)| Transfer { to: *to, papers: *papers, votes: *votes });
        (transfers.collect(), given.iter().map(|(_, votes)| votes).sum())
    }

    /// Rule 45.
    fn first(&mut self) {
        let all = |ballot| Parcel { ballot, rank: 0, value: VOTE };
        let valid = (0..self.ballots.len()).filter(|ballot| !self.places.of(*ballot).is_empty());
        let (transfers, _) = self.give(valid.map(all).collect());
        self.end(Action::First, transfers, Vec::new());
    }

    /// Rules 48 and 49: the surplus, the largest of those that wait.
    fn transfer(&mut self, place: usize, tie: Option<Tie>) {
        let total = self.votes[place];
        let surplus = total - self.quota;
        let worth = |parcel: Parcel| {
            let value = u128::from(surplus) * u128::from(parcel.value) / u128::from(total);
            Parcel { value: value as u64, ..parcel }
        };
        let parcels = std::mem::take(&mut self.piles[place]).into_iter().map(worth).collect();
        self.standing[place] = Standing::Settled;
        self.votes[place] = self.quota;
        let (transfers, given) = self.give(parcels);
        self.not_transferred += surplus - given;
        let of = self.listed.ids()[place];
        self.end(Action::Surplus { of, surplus }, transfers, tie.into_iter().collect());
    }

    /// Rules 50 and 51.
    fn exclude(&mut self, place: usize, tie: Option<Tie>) {
        let total = std::mem::take(&mut self.votes[place]);
        let parcels = std::mem::take(&mut self.piles[place]);
        self.standing[place] = Standing::Settled;
        let (transfers, given) = self.give(parcels);
        self.not_transferred += total - given;
        self.end(Action::Exclusion { of: self.listed.ids()[place] }, transfers, tie.into_iter().collect());
    }

    /// Ends a stage: who has the quota is elected (rule 47), and all who continue when they are no more than the vacancies
    /// (rule 52).
    fn end(&mut self, action: Action, transfers: Vec<Transfer>, mut ties: Vec<Tie>) {
        self.history.note(&self.votes);
        let mut elected = Vec::new();
        for by_quota in [true, false] {
            let continuing = self.with(Standing::Continuing);
            let reached = |place: &usize| match by_quota {
                true => self.votes[*place] >= self.quota,
                false => continuing.len() as u64 <= self.vacancies,
            };
            let chosen: Vec<usize> = continuing.iter().copied().filter(reached).collect();
            let (order, order_ties) = self.history.descending(&chosen, self.listed);
            ties.extend(order_ties);
            for place in order {
                let has_surplus = self.votes[place] > self.quota;
                self.standing[place] = if has_surplus { Standing::Waiting } else { Standing::Settled };
                self.vacancies = self.vacancies.saturating_sub(1);
                elected.push(self.listed.ids()[place]);
            }
        }
        let credit = |(option, votes): (&OptionId, &u64)| Credit { option: *option, votes: *votes };
        let votes = self.listed.ids().iter().zip(&self.votes).map(credit).collect();
        self.stages.push(Stage { action, transfers, votes, not_transferred: self.not_transferred, elected, ties });
    }

    /// The stages after the first, while there are vacancies and candidates for them.
    fn run(&mut self) {
        while self.vacancies > 0 && self.standing.contains(&Standing::Continuing) {
            let waiting = self.history.take(&self.with(Standing::Waiting), Taken::Highest, self.listed);
            if let Some((place, tie)) = waiting {
                self.transfer(place, tie);
                continue;
            }
            let lowest = self.history.take(&self.with(Standing::Continuing), Taken::Lowest, self.listed);
            let Some((place, tie)) = lowest else { return };
            self.exclude(place, tie);
        }
    }
}

impl Count for Stv {
    type Sheet = StvSheet;

    // TAL-14 to TAL-18
    fn count(&self) -> Result<StvSheet, TallyError> {
        not_zero(Counted::Seats, self.seats)?;
        crate::limits::at_most(Counted::Seats, self.seats, CANDIDATES_MAX)?;
        let listed = Listed::new(self.options.iter().copied(), Counted::Options, CANDIDATES_MAX)?;
        let places = Places::new(&self.ballots, &listed)?;
        let ranking = self.ballots.iter().filter(|ballot| !ballot.order.is_empty());
        let valid: u64 = ranking.map(|ballot| ballot.count).sum();
        let quota = valid / (self.seats + 1) + 1;
        let history = History::new(&listed, &self.seed);
        let lot = history.lot().to_vec();
        let mut counting = Counting {
            ballots: &self.ballots,
            listed: &listed,
            places,
            piles: vec![Vec::new(); listed.len()],
            votes: vec![0; listed.len()],
            standing: vec![Standing::Continuing; listed.len()],
            not_transferred: 0,
            quota: quota * VOTE,
            vacancies: self.seats,
            history,
            stages: Vec::new(),
        };
        if valid > 0 {
            counting.first();
            counting.run();
        }
        let stages = counting.stages;
        Ok(StvSheet { seats: self.seats, valid, quota, seed: self.seed, lot, stages })
    }
}
