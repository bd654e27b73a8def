//! Fractions of any size up to a limit: money of voters and loads, which no decimal holds.

use crate::{TallyError, BITS_MAX};
use num_bigint::BigUint;
use num_integer::Integer as _;
use serde::{de::Error as _, Deserialize, Deserializer, Serialize, Serializer};
use std::{cmp::Ordering, fmt};

#[cfg(test)]
mod tests;

/// Longest text of a fraction: two numbers of [`BITS_MAX`] bits and a slash.
const TEXT_MAX: usize = 2_500;

/// A fraction that is not negative, in lowest terms, of at most [`BITS_MAX`] bits above and below. In text `num/den`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exact(Form);

/// Big only when one of the two does not fit into 128 bits, so that equal fractions have equal forms.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    Small(u128, u128),
    Big(Box<(BigUint, BigUint)>),
}

impl Exact {
    /// Nothing.
    pub const ZERO: Self = Self(Form::Small(0, 1));

    /// `num / den`. `None` when the denominator is zero.
    pub fn new(num: u64, den: u64) -> Option<Self> {
        (den > 0).then(|| Self::small(num.into(), den.into()))
    }

    /// The denominator is not zero.
    fn small(num: u128, den: u128) -> Self {
        let divisor = gcd(num, den);
        Self(Form::Small(num / divisor, den / divisor))
    }

    /// The denominator is not zero.
    fn big(num: BigUint, den: BigUint) -> Result<Self, TallyError> {
        let divisor = num.gcd(&den).max(1u8.into());
        let (num, den) = (num / &divisor, den / &divisor);
        let bits = num.bits().max(den.bits());
        if bits > BITS_MAX {
            return Err(TallyError::TooComplex { bits });
        }
        Ok(Self(match (u128::try_from(&num), u128::try_from(&den)) {
            (Ok(num), Ok(den)) => Form::Small(num, den),
            _ => Form::Big(Box::new((num, den))),
        }))
    }

    fn parts(&self) -> (BigUint, BigUint) {
        match &self.0 {
            Form::Small(num, den) => ((*num).into(), (*den).into()),
            Form::Big(parts) => (**parts).clone(),
        }
    }

    /// In units of `2⁻ᵇⁱᵗˢ`, rounded down. `None` when that needs more than 128 bits.
    pub(crate) fn scaled(&self, bits: u32) -> Option<u128> {
        if let Form::Small(num, den) = &self.0 {
            if num.leading_zeros() >= bits {
                return Some((num << bits) / den);
            }
        }
        let (num, den) = self.parts();
        u128::try_from((num << bits) / den).ok()
    }

    /// The sum.
    pub(crate) fn plus(&self, other: &Self) -> Result<Self, TallyError> {
        if let (Form::Small(a, b), Form::Small(c, d)) = (&self.0, &other.0) {
            if let Some(sum) = small_sum((*a, *b), (*c, *d)) {
                return Ok(sum);
            }
        }
        let ((a, b), (c, d)) = (self.parts(), other.parts());
        Self::big(a * &d + c * &b, b * d)
    }

    /// The difference; nothing when the other is greater.
    pub(crate) fn minus(&self, other: &Self) -> Result<Self, TallyError> {
        if self <= other {
            return Ok(Self::ZERO);
        }
        if let (Form::Small(a, b), Form::Small(c, d)) = (&self.0, &other.0) {
            if let Some(difference) = small_difference((*a, *b), (*c, *d)) {
                return Ok(difference);
            }
        }
        let ((a, b), (c, d)) = (self.parts(), other.parts());
        Self::big(a * &d - c * &b, b * d)
    }

    /// The product with a whole number.
    pub(crate) fn times(&self, factor: u64) -> Result<Self, TallyError> {
        if let Form::Small(num, den) = &self.0 {
            let divisor = gcd(*den, factor.into());
            if let Some(num) = num.checked_mul(u128::from(factor) / divisor) {
                return Ok(Self(match num {
                    0 => Form::Small(0, 1),
                    _ => Form::Small(num, den / divisor),
                }));
            }
        }
        let (num, den) = self.parts();
        Self::big(num * factor, den)
    }

    /// The quotient by a whole number; nothing when that is zero.
    pub(crate) fn over(&self, divisor: u64) -> Result<Self, TallyError> {
        if divisor == 0 {
            return Ok(Self::ZERO);
        }
        if let Form::Small(num, den) = &self.0 {
            let shared = gcd(*num, divisor.into());
            if let Some(den) = den.checked_mul(u128::from(divisor) / shared) {
                return Ok(Self(match num {
                    0 => Form::Small(0, 1),
                    _ => Form::Small(num / shared, den),
                }));
            }
        }
        let (num, den) = self.parts();
        Self::big(num, den * divisor)
    }
}

/// The greatest common divisor, 1 of nothing: in 64 bits where one of the two has no more, which is several times faster.
fn gcd(a: u128, b: u128) -> u128 {
    let (less, more) = (a.min(b), a.max(b));
    match u64::try_from(less) {
        Ok(0) => more.max(1),
        Ok(less) => less.gcd(&((more % u128::from(less)) as u64)).into(),
        Err(_) => less.gcd(&more),
    }
}

/// `None` when it does not fit. Both are in lowest terms, so that nothing but a divisor of both denominators can be shared by
/// the sum and its denominator.
fn small_sum((a, b): (u128, u128), (c, d): (u128, u128)) -> Option<Exact> {
    let divisor = gcd(b, d);
    let sum = a.checked_mul(d / divisor)?.checked_add(c.checked_mul(b / divisor)?)?;
    reduced(sum, b / divisor, d, divisor)
}

/// `None` when it does not fit or is negative. As above.
fn small_difference((a, b): (u128, u128), (c, d): (u128, u128)) -> Option<Exact> {
    let divisor = gcd(b, d);
    let difference = a.checked_mul(d / divisor)?.checked_sub(c.checked_mul(b / divisor)?)?;
    reduced(difference, b / divisor, d, divisor)
}

/// `num / (left · right)` in lowest terms, when all that they share divides `divisor`, which divides `right`.
fn reduced(num: u128, left: u128, right: u128, divisor: u128) -> Option<Exact> {
    let shared = gcd(num, divisor);
    Some(Exact(Form::Small(num / shared, left.checked_mul(right / shared)?)))
}

impl Ord for Exact {
    fn cmp(&self, other: &Self) -> Ordering {
        if let (Form::Small(a, b), Form::Small(c, d)) = (&self.0, &other.0) {
            if b == d {
                return a.cmp(c);
            }
            if let (Some(left), Some(right)) = (a.checked_mul(*d), c.checked_mul(*b)) {
                return left.cmp(&right);
            }
        }
        let ((a, b), (c, d)) = (self.parts(), other.parts());
        (a * d).cmp(&(c * b))
    }
}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<u64> for Exact {
    fn from(whole: u64) -> Self {
        Self(Form::Small(whole.into(), 1))
    }
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Small(num, den) => write!(f, "{num}/{den}"),
            Form::Big(parts) => write!(f, "{}/{}", parts.0, parts.1),
        }
    }
}

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let read = || {
            let (num, den) = text.split_once('/')?;
            let parts: (BigUint, BigUint) = (num.parse().ok()?, den.parse().ok()?);
            let exact = (parts.1.bits() > 0).then(|| Self::big(parts.0, parts.1).ok())??;
            (exact.to_string() == text).then_some(exact)
        };
        let exact = if text.len() <= TEXT_MAX { read() } else { None };
        exact.ok_or_else(|| D::Error::custom("expected a fraction in lowest terms"))
    }
}
