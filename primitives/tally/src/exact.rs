//! Fractions as count sheets tell them: money of voters, rates and loads, which no decimal holds.

use crate::{limits::at_most_bits, TallyError};
use num_bigint::BigUint;
use num_integer::Integer as _;
use serde::{de::Error as _, Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Longest text of a fraction: two numbers of [`crate::BITS_MAX`] bits and a slash.
const TEXT_MAX: usize = 2_500;

/// A fraction that is not negative, in lowest terms, of at most [`crate::BITS_MAX`] bits above and below. In text `num/den`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exact {
    num: BigUint,
    den: BigUint,
}

impl Exact {
    /// `num / den`. `None` when the denominator is zero.
    pub fn new(num: u64, den: u64) -> Option<Self> {
        let divisor = num.gcd(&den).max(1);
        (den > 0).then(|| Self { num: (num / divisor).into(), den: (den / divisor).into() })
    }

    /// A numerator over the product of these denominators, none of which is zero. That takes no greatest common divisor of
    /// large numbers: what a factor does not share with the numerator any more, no later division brings back.
    pub(crate) fn over(mut num: BigUint, factors: impl Iterator<Item = u64>) -> Result<Self, TallyError> {
        let mut den = BigUint::from(1u8);
        for factor in factors {
            let shared = shared(&num, factor);
            if shared > 1 {
                num /= shared;
            }
            den *= factor / shared;
        }
        at_most_bits(num.bits().max(den.bits()))?;
        Ok(Self { num, den })
    }

    /// The quotient by a number that is not zero.
    pub(crate) fn divided(&self, divisor: u64) -> Result<Self, TallyError> {
        let shared = shared(&self.num, divisor);
        let (num, den) = (&self.num / shared, &self.den * (divisor / shared));
        at_most_bits(den.bits())?;
        Ok(Self { num, den })
    }
}

/// Greatest common divisor with a number that is not zero.
pub(crate) fn shared(number: &BigUint, with: u64) -> u64 {
    let remainder = number % with;
    with.gcd(&u64::try_from(remainder).unwrap_or(0))
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.num, self.den)
    }
}

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The fraction of which this is the text.
fn read(text: &str) -> Option<Exact> {
    let (num, den) = text.split_once('/')?;
    let exact = Exact { num: num.parse().ok()?, den: den.parse().ok()? };
    let is_lowest = exact.den.bits() > 0 && exact.num.gcd(&exact.den).bits() == 1;
    let is_bounded = at_most_bits(exact.num.bits().max(exact.den.bits())).is_ok();
    (is_lowest && is_bounded && exact.to_string() == text).then_some(exact)
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let exact = if text.len() <= TEXT_MAX { read(&text) } else { None };
        exact.ok_or_else(|| D::Error::custom("expected a fraction in lowest terms"))
    }
}
