//! Motions: yes or no, by majority, supermajority or unanimity.

use crate::{limits::at_most, Count, CountSheet, Counted, Quorum, Share, TallyError, VOTES_MAX};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// Votes on a motion. Weights are already in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Votes {
    /// For it.
    pub yes: u64,
    /// Against it.
    pub no: u64,
    /// Neither.
    pub abstain: u64,
    /// All that could have been cast, by the snapshot of voters.
    pub eligible: u64,
}

/// What an abstention does. It never counts for a threshold of what was cast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Abstention {
    /// It counts for the quorum.
    #[default]
    CountsQuorum,
    /// It counts for nothing.
    Ignored,
}

/// What a threshold is a share of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Base {
    /// Yes and no.
    #[default]
    OfCast,
    /// Everybody who is eligible.
    OfEligible,
}

/// How much must be in favour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Threshold {
    /// More than this share.
    Majority(Share),
    /// At least this share.
    Supermajority(Share),
    /// Nobody against, and as many in favour as the quorum asks for, or one; of the eligible: everybody in favour.
    Unanimous,
}

/// How a motion is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MotionRule {
    /// Who must take part.
    pub quorum: Quorum,
    /// What must be in favour.
    pub threshold: Threshold,
    /// Of what that is a share.
    pub of: Base,
    /// What an abstention does.
    pub abstain: Abstention,
}

/// Votes on a motion and the rule that decides it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Motion {
    /// The votes.
    pub votes: Votes,
    /// The rule.
    pub rule: MotionRule,
}

/// The count of a motion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MotionSheet {
    /// What was counted.
    pub votes: Votes,
    /// By which rule.
    pub rule: MotionRule,
    /// What counted for the quorum.
    pub cast: u64,
    /// What the threshold was a share of; zero means not passed.
    pub whole: u64,
    /// Whether enough took part.
    pub quorum_reached: bool,
    /// Whether enough were in favour.
    pub threshold_reached: bool,
}

impl CountSheet for MotionSheet {
    /// Whether it passed.
    type Outcome = bool;

    fn outcome(&self) -> bool {
        self.quorum_reached && self.threshold_reached
    }
}

impl Votes {
    /// All of them, when they are not more than could be cast.
    fn check(&self) -> Result<(), TallyError> {
        at_most(Counted::Votes, self.eligible, VOTES_MAX)?;
        let cast = self.yes.saturating_add(self.no).saturating_add(self.abstain);
        match cast <= self.eligible {
            true => Ok(()),
            false => Err(TallyError::MoreThanEligible { cast, eligible: self.eligible }),
        }
    }
}

impl MotionRule {
    /// What counts for the quorum. // TAL-1
    fn cast(&self, votes: &Votes) -> u64 {
        votes.yes + votes.no + if self.abstain == Abstention::CountsQuorum { votes.abstain } else { 0 }
    }

    fn whole(&self, votes: &Votes) -> u64 {
        match self.of {
            Base::OfCast => votes.yes + votes.no,
            Base::OfEligible => votes.eligible,
        }
    }

    // TAL-3, TAL-4, TAL-5
    fn is_reached(&self, votes: &Votes) -> bool {
        let whole = self.whole(votes);
        match (self.threshold, self.of) {
            (Threshold::Majority(share), _) => share.compare(votes.yes, whole).is_some_and(Ordering::is_gt),
            (Threshold::Supermajority(share), _) => share.compare(votes.yes, whole).is_some_and(Ordering::is_ge),
            (Threshold::Unanimous, Base::OfEligible) => whole > 0 && votes.yes == whole,
            (Threshold::Unanimous, Base::OfCast) => {
                votes.no == 0 && votes.yes >= self.quorum.least(votes.eligible).max(1)
            }
        }
    }
}

impl Count for Motion {
    type Sheet = MotionSheet;

    fn count(&self) -> Result<MotionSheet, TallyError> {
        let Self { votes, rule } = *self;
        votes.check()?;
        rule.quorum.check()?;
        let cast = rule.cast(&votes);
        Ok(MotionSheet {
            votes,
            rule,
            cast,
            whole: rule.whole(&votes),
            quorum_reached: rule.quorum.is_reached(cast, votes.eligible),
            threshold_reached: rule.is_reached(&votes),
        })
    }
}
