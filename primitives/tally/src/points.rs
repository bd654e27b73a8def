//! Rules that add up: approval, score, quadratic and Borda. Options are ranked by what they get.

use crate::{
    ballot::{votes, Listed, Marked, Places},
    limits::{at_most, not_zero},
    Approvals, Count, CountSheet, Counted, OptionId, Points, Preferences, Share, TallyError, CREDITS_MAX, OPTIONS_MAX,
    POINTS_MAX,
};
use serde::{Deserialize, Serialize};
use std::cmp::{Ordering, Reverse};

/// What one option got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// Which option.
    pub option: OptionId,
    /// Approvals, points, votes, or half points of Borda.
    pub total: i64,
    /// Sum of the squares of what each ballot gave, for score only. Of two options with one total, the greater sum of
    /// squares is the greater variance.
    pub squares: u64,
    /// What the one before it in the ranking got is the same: it is behind for its id only.
    pub tied: bool,
}

/// What makes a winner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bar {
    /// How many win, at most.
    pub seats: u64,
    /// A total below this does not win.
    pub total_min: i64,
}

/// The options, the first one first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PointsSheet {
    /// How many ballots were cast, blank ones too.
    pub cast: u64,
    /// What makes a winner.
    pub bar: Bar,
    /// Every option.
    pub standings: Vec<Standing>,
}

impl CountSheet for PointsSheet {
    /// The winners, the first one first.
    type Outcome = Vec<OptionId>;

    fn outcome(&self) -> Vec<OptionId> {
        let seats = usize::try_from(self.bar.seats).unwrap_or(usize::MAX);
        let winning = self.standings.iter().filter(|standing| standing.total >= self.bar.total_min);
        winning.take(seats).map(|standing| standing.option).collect()
    }
}

/// Approval: an option gets one from each ballot that marks it, and wins with a share of the ballots cast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// What can be marked.
    pub options: Vec<OptionId>,
    /// The ballots.
    pub ballots: Vec<Approvals>,
    /// How many win, at most.
    pub seats: u64,
    /// Share of the ballots cast that a winner has at least. An option that nobody marked never wins.
    pub threshold: Share,
}

/// Score: an option gets the points that ballots give it, of two with one sum the one with less variance is first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    /// What can be scored.
    pub options: Vec<OptionId>,
    /// The ballots. What one does not mark gets 0 from it.
    pub ballots: Vec<Points>,
    /// How many win, at most.
    pub seats: u64,
    /// Most points of a mark, 1 to [`POINTS_MAX`]; the least is 0.
    pub points_max: u64,
}

/// Quadratic: so many votes for or against an option cost their square.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quadratic {
    /// What can be voted on.
    pub options: Vec<OptionId>,
    /// The ballots: votes, for options or, when negative, against them.
    pub ballots: Vec<Points>,
    /// How many win, at most.
    pub seats: u64,
    /// What the squares of a ballot's votes add up to at most.
    pub credits: u64,
}

/// Borda: of n options a ballot gives n − 1 points to the first, one less to each next, and those that it does not rank share
/// the rest equally.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Borda {
    /// What can be ranked.
    pub options: Vec<OptionId>,
    /// The ballots.
    pub ballots: Vec<Preferences>,
    /// How many win, at most.
    pub seats: u64,
}

/// Totals and squares of all options, by place.
type Totals = Vec<(i64, u64)>;

/// Ranks the options: greatest total, then least squares, then lowest id.
fn rank(listed: &Listed, totals: &Totals) -> Vec<Standing> {
    let of = |(option, (total, squares)): (&OptionId, &(i64, u64))| Standing {
        option: *option,
        total: *total,
        squares: *squares,
        tied: false,
    };
    let mut standings: Vec<Standing> = listed.ids().iter().zip(totals).map(of).collect();
    standings.sort_by_key(|standing| (Reverse(standing.total), standing.squares, standing.option));
    let mut before = None;
    for standing in &mut standings {
        let got = Some((standing.total, standing.squares));
        standing.tied = std::mem::replace(&mut before, got) == got;
    }
    standings
}

fn sheet<B: Marked>(ballots: &[B], listed: &Listed, totals: &Totals, bar: Bar) -> Result<PointsSheet, TallyError> {
    not_zero(Counted::Seats, bar.seats)?;
    Ok(PointsSheet { cast: votes(ballots), bar, standings: rank(listed, totals) })
}

impl Count for Approval {
    type Sheet = PointsSheet;

    // TAL-9
    fn count(&self) -> Result<PointsSheet, TallyError> {
        let listed = Listed::new(self.options.iter().copied(), Counted::Options, OPTIONS_MAX)?;
        let places = Places::new(&self.ballots, &listed)?;
        let mut totals: Totals = vec![(0, 0); listed.len()];
        for (ballot, places) in self.ballots.iter().zip(places.iter()) {
            places.iter().for_each(|place| totals[*place].0 += ballot.count as i64);
        }
        let total_min = self.threshold.least_of(votes(&self.ballots)).max(1) as i64;
        sheet(&self.ballots, &listed, &totals, Bar { seats: self.seats, total_min })
    }
}

impl Score {
    fn points(&self, ballot: u64, mark: i64) -> Result<u64, TallyError> {
        let too_many = TallyError::TooManyPoints { ballot, points: mark.unsigned_abs(), max: self.points_max };
        u64::try_from(mark).ok().filter(|points| *points <= self.points_max).ok_or(too_many)
    }
}

impl Count for Score {
    type Sheet = PointsSheet;

    // TAL-10
    fn count(&self) -> Result<PointsSheet, TallyError> {
        not_zero(Counted::Points, self.points_max)?;
        at_most(Counted::Points, self.points_max, POINTS_MAX)?;
        let listed = Listed::new(self.options.iter().copied(), Counted::Options, OPTIONS_MAX)?;
        let places = Places::new(&self.ballots, &listed)?;
        let mut totals: Totals = vec![(0, 0); listed.len()];
        for (number, (ballot, places)) in self.ballots.iter().zip(places.iter()).enumerate() {
            for (place, (_, mark)) in places.iter().zip(&ballot.marks) {
                let points = self.points(number as u64, *mark)?;
                totals[*place].0 += (points * ballot.count) as i64;
                totals[*place].1 += points * points * ballot.count;
            }
        }
        sheet(&self.ballots, &listed, &totals, Bar { seats: self.seats, total_min: 1 })
    }
}

impl Quadratic {
    /// That the ballot is paid for.
    fn check(&self, ballot: u64, marks: &[(OptionId, i64)]) -> Result<(), TallyError> {
        let square = |(_, mark): &(OptionId, i64)| mark.unsigned_abs().saturating_mul(mark.unsigned_abs());
        let points = marks.iter().map(square).fold(0u64, u64::saturating_add);
        match points.cmp(&self.credits) {
            Ordering::Greater => Err(TallyError::TooManyPoints { ballot, points, max: self.credits }),
            _ => Ok(()),
        }
    }
}

impl Count for Quadratic {
    type Sheet = PointsSheet;

    // TAL-11
    fn count(&self) -> Result<PointsSheet, TallyError> {
        at_most(Counted::Credits, self.credits, CREDITS_MAX)?;
        let listed = Listed::new(self.options.iter().copied(), Counted::Options, OPTIONS_MAX)?;
        let places = Places::new(&self.ballots, &listed)?;
        let mut totals: Totals = vec![(0, 0); listed.len()];
        for (number, (ballot, places)) in self.ballots.iter().zip(places.iter()).enumerate() {
            self.check(number as u64, &ballot.marks)?;
            for (place, (_, mark)) in places.iter().zip(&ballot.marks) {
                totals[*place].0 += mark * ballot.count as i64;
            }
        }
        sheet(&self.ballots, &listed, &totals, Bar { seats: self.seats, total_min: 1 })
    }
}

impl Count for Borda {
    type Sheet = PointsSheet;

    // TAL-12. Counted in half points: those that share k − 1, k − 2, … 0 points get (k − 1) / 2 each.
    fn count(&self) -> Result<PointsSheet, TallyError> {
        let listed = Listed::new(self.options.iter().copied(), Counted::Options, OPTIONS_MAX)?;
        let places = Places::new(&self.ballots, &listed)?;
        let mut totals: Totals = vec![(0, 0); listed.len()];
        let mut shared_by_all = 0i64;
        for (ballot, places) in self.ballots.iter().zip(places.iter()) {
            let (count, unranked) = (ballot.count as i64, listed.len() - places.len());
            let shared = unranked.saturating_sub(1) as i64;
            shared_by_all += shared * count;
            for (rank, place) in places.iter().enumerate() {
                totals[*place].0 += (2 * (listed.len() - 1 - rank) as i64 - shared) * count;
            }
        }
        totals.iter_mut().for_each(|(total, _)| *total += shared_by_all);
        sheet(&self.ballots, &listed, &totals, Bar { seats: self.seats, total_min: 1 })
    }
}
