//! Shares of a whole: thresholds and quorums are given as these.

use crate::TallyError;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// A share of a whole, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "(u64, u64)", into = "(u64, u64)")]
pub struct Share {
    num: u64,
    den: u64,
}

impl Share {
    /// One half.
    pub const HALF: Self = Self { num: 1, den: 2 };
    /// The whole.
    pub const WHOLE: Self = Self { num: 1, den: 1 };

    /// `num / den`.
    ///
    /// # Errors
    /// [`TallyError::NoShare`] when the denominator is zero or the share more than 1.
    pub fn new(num: u64, den: u64) -> Result<Self, TallyError> {
        match den > 0 && num <= den {
            true => Ok(Self { num, den }),
            false => Err(TallyError::NoShare { num, den }),
        }
    }

    /// Numerator.
    pub fn num(&self) -> u64 {
        self.num
    }

    /// Denominator, never zero.
    pub fn den(&self) -> u64 {
        self.den
    }

    /// Compares `part / whole` with this share. `None` when the whole is zero.
    pub(crate) fn compare(&self, part: u64, whole: u64) -> Option<Ordering> {
        let (left, right) = (u128::from(part) * u128::from(self.den), u128::from(whole) * u128::from(self.num));
        (whole > 0).then(|| left.cmp(&right))
    }

    /// The least count that is at least this share of the whole.
    pub(crate) fn least_of(&self, whole: u64) -> u64 {
        let least = (u128::from(whole) * u128::from(self.num)).div_ceil(u128::from(self.den));
        u64::try_from(least).unwrap_or(whole)
    }
}

impl TryFrom<(u64, u64)> for Share {
    type Error = TallyError;

    fn try_from((num, den): (u64, u64)) -> Result<Self, TallyError> {
        Self::new(num, den)
    }
}

impl From<Share> for (u64, u64) {
    fn from(share: Share) -> Self {
        (share.num, share.den)
    }
}
