//! Conviction: support that grows while it stays, and must grow the more the larger the share of the pool that is asked for.
//!
//! ```text
//! y(t + 1) = ⌊α · y(t)⌋ + x(t)        α = 2^(−1 / half-life)
//! passes when  y · (1 − α) · (β − r)² ≥ ρ · S,   r = requested / pool < β
//! ```
//!
//! `x` is the stake behind the proposal, `S` all stake there is. Without changes `y` tends to `x / (1 − α)`, so the left side
//! without the square is the share of stake that is convinced. Source: the conviction voting of BlockScience and 1Hive.
//!
//! Everything is an integer: `α` counts in 2⁻⁶⁴, `y` in 2⁻⁴⁸ of a unit of stake, 128 bits wide; every step rounds down. The
//! last comparison is made with whole numbers of any size and rounds nothing.

use crate::{
    limits::{at_most, not_zero},
    Count, CountSheet, Counted, Share, TallyError, MONEY_MAX, ROUNDS_MAX, VOTES_MAX,
};
use num_bigint::BigUint;
use serde::{de::Error as _, Deserialize, Deserializer, Serialize, Serializer};

/// Bits of `y` after the point.
const FRACTION_BITS: u32 = 48;
/// Bits with which powers of α are reckoned.
const POWER_BITS: u32 = 192;

/// For a number of steps, this stake was behind the proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// How many steps.
    pub steps: u64,
    /// Stake during each of them.
    pub stake: u64,
}

/// How conviction decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvictionRule {
    /// Steps after which half of a conviction is left, at least one.
    pub half_life: u64,
    /// β: the share of the pool that no proposal may ask for.
    pub max_share: Share,
    /// ρ: the larger, the more conviction is needed.
    pub weight: Share,
}

/// The stake of a proposal as it was, and what it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conviction {
    /// The rule.
    pub rule: ConvictionRule,
    /// The stake, from the first step on.
    pub periods: Vec<Period>,
    /// All stake there is.
    pub supply: u64,
    /// What is asked for.
    pub requested: u64,
    /// What there is to ask for.
    pub pool: u64,
}

/// A conviction, in 2⁻⁴⁸ of a unit of stake; in text its decimal digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Convinced(pub u128);

impl Serialize for Convinced {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Convinced {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|_| D::Error::custom("expected decimal digits"))
    }
}

/// The end of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodEnd {
    /// The period.
    pub period: Period,
    /// `y` at its end.
    pub convinced: Convinced,
}

/// The count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvictionSheet {
    /// The rule.
    pub rule: ConvictionRule,
    /// α, in 2⁻⁶⁴: the greatest of which the power `half_life` is at most one half.
    pub alpha: u64,
    /// All stake there is.
    pub supply: u64,
    /// What is asked for.
    pub requested: u64,
    /// What there is to ask for.
    pub pool: u64,
    /// The end of each period.
    pub ends: Vec<PeriodEnd>,
}

impl CountSheet for ConvictionSheet {
    /// Whether it passes now.
    type Outcome = bool;

    // TAL-31
    fn outcome(&self) -> bool {
        let big = |number: u64| BigUint::from(number);
        let (beta, rho) = (self.rule.max_share, self.rule.weight);
        let (whole, asked) = (big(beta.num()) * self.pool, big(self.requested) * beta.den());
        if self.pool == 0 || asked >= whole || self.supply == 0 {
            return false;
        }
        let room = whole - asked;
        let convinced = BigUint::from(self.ends.last().map_or(0, |end| end.convinced.0));
        let decay = (big(1) << 64u32) - self.alpha;
        let left = convinced * decay * &room * &room * rho.den();
        let right = (big(rho.num()) * self.supply) << (FRACTION_BITS + 64);
        left >= right * (big(beta.den()) * self.pool).pow(2)
    }
}

/// The greatest α, in 2⁻⁶⁴, of which the power is at most one half; each product is cut to 192 bits. // TAL-29
fn alpha(half_life: u64) -> u64 {
    let half = BigUint::from(1u8) << (POWER_BITS - 1);
    let mut alpha = 0u64;
    for bit in (0..64).rev() {
        let tried = alpha | 1 << bit;
        if power(tried, half_life) <= half {
            alpha = tried;
        }
    }
    alpha
}

/// A power of `base · 2⁻⁶⁴`, in 2⁻¹⁹².
fn power(base: u64, exponent: u64) -> BigUint {
    let mut square = BigUint::from(base) << (POWER_BITS - 64);
    let mut product = BigUint::from(1u8) << POWER_BITS;
    let mut left = exponent;
    while left > 0 {
        if left & 1 == 1 {
            product = (product * &square) >> POWER_BITS;
        }
        square = (&square * &square) >> POWER_BITS;
        left >>= 1;
    }
    product
}

/// `⌊α · y⌋ + x`. It fits: y stays below x / (1 − α), under 2⁴⁰ · 2¹⁸ units, and the product is taken in two halves. // TAL-30
fn step(convinced: u128, alpha: u64, stake: u64) -> u128 {
    let (high, low) = (convinced >> 64, convinced & u128::from(u64::MAX));
    let decayed = high * u128::from(alpha) + ((low * u128::from(alpha)) >> 64);
    decayed + (u128::from(stake) << FRACTION_BITS)
}

impl Conviction {
    fn check(&self) -> Result<(), TallyError> {
        not_zero(Counted::Rounds, self.rule.half_life)?;
        at_most(Counted::Rounds, self.rule.half_life, ROUNDS_MAX)?;
        at_most(Counted::Votes, self.supply, VOTES_MAX)?;
        at_most(Counted::Money, self.requested.max(self.pool), MONEY_MAX)?;
        let steps = self.periods.iter().fold(0u64, |steps, period| steps.saturating_add(period.steps));
        at_most(Counted::Rounds, steps.max(self.periods.len() as u64), ROUNDS_MAX)?;
        let stake = self.periods.iter().map(|period| period.stake).max().unwrap_or(0);
        match stake <= self.supply {
            true => Ok(()),
            false => Err(TallyError::MoreThanEligible { cast: stake, eligible: self.supply }),
        }
    }
}

impl Count for Conviction {
    type Sheet = ConvictionSheet;

    fn count(&self) -> Result<ConvictionSheet, TallyError> {
        self.check()?;
        let alpha = alpha(self.rule.half_life);
        let mut convinced = 0;
        let end = |period: &Period| {
            convinced = (0..period.steps).fold(convinced, |convinced, _| step(convinced, alpha, period.stake));
            PeriodEnd { period: *period, convinced: Convinced(convinced) }
        };
        let ends = self.periods.iter().map(end).collect();
        let Self { rule, supply, requested, pool, .. } = *self;
        Ok(ConvictionSheet { rule, alpha, supply, requested, pool, ends })
    }
}
