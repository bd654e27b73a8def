//! Quorums: how many must take part.

use crate::{limits::not_zero, Counted, Share, TallyError};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// How many must take part for a decision to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quorum {
    /// At least this share of the eligible; of nobody, no share is reached.
    Share(Share),
    /// At least so many, one or more.
    Count(u64),
}

impl Quorum {
    /// That it asks for something that can be asked for.
    pub(crate) fn check(&self) -> Result<(), TallyError> {
        match self {
            Self::Share(_) => Ok(()),
            Self::Count(count) => not_zero(Counted::Members, *count),
        }
    }

    /// Whether so many of so many reach it. // TAL-2
    pub(crate) fn is_reached(&self, cast: u64, eligible: u64) -> bool {
        match self {
            Self::Share(share) => share.compare(cast, eligible).is_some_and(Ordering::is_ge),
            Self::Count(count) => cast >= *count,
        }
    }

    /// The least number that reaches it.
    pub(crate) fn least(&self, eligible: u64) -> u64 {
        match self {
            Self::Share(share) => share.least_of(eligible),
            Self::Count(count) => *count,
        }
    }
}
