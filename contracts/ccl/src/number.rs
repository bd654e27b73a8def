//! Exact numbers: whole ones of 128 bits and ratios of them. Every result is computed without loss and then must fit.

use std::cmp::Ordering;

/// A ratio: reduced, the denominator positive.
pub type Ratio = (i128, i128);

/// How a fraction is made whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rounding {
    /// To the next whole number below.
    Down,
    /// To the next whole number above.
    Up,
    /// To the nearest; of two equally near the even one.
    HalfEven,
}

/// `numerator / denominator` in lowest terms; `None` when the denominator is 0, or the terms do not fit.
pub fn reduced(numerator: i128, denominator: i128) -> Option<Ratio> {
    if denominator == 0 {
        return None;
    }
    let divisor = gcd(numerator.unsigned_abs(), denominator.unsigned_abs());
    let negative = (numerator < 0) != (denominator < 0) && numerator != 0;
    let top = numerator.unsigned_abs() / divisor;
    let bottom = i128::try_from(denominator.unsigned_abs() / divisor).ok()?;
    Some((signed(negative, top)?, bottom))
}

fn signed(negative: bool, magnitude: u128) -> Option<i128> {
    if negative {
        0i128.checked_sub_unsigned(magnitude)
    } else {
        i128::try_from(magnitude).ok()
    }
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

/// A whole number of 256 bits with its sign: what products of two of 128 bits, and sums of two of those, need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wide {
    negative: bool,
    high: u128,
    low: u128,
}

impl Wide {
    fn product(a: i128, b: i128) -> Self {
        let (high, low) = multiply(a.unsigned_abs(), b.unsigned_abs());
        Self { negative: (a < 0) != (b < 0) && (high, low) != (0, 0), high, low }
    }

    /// Both magnitudes are below 2^255, so that the sum fits.
    fn add(self, other: Self) -> Self {
        if self.negative == other.negative {
            let (low, carry) = self.low.overflowing_add(other.low);
            return Self { low, high: self.high + other.high + u128::from(carry), ..self };
        }
        let (large, small) =
            if (self.high, self.low) >= (other.high, other.low) { (self, other) } else { (other, self) };
        let (low, borrow) = large.low.overflowing_sub(small.low);
        let high = large.high - small.high - u128::from(borrow);
        Self { negative: large.negative && (high, low) != (0, 0), high, low }
    }

    fn negated(self) -> Self {
        Self { negative: !self.negative && (self.high, self.low) != (0, 0), ..self }
    }

    /// `self / divisor` in lowest terms.
    fn over(self, divisor: Self) -> Option<Ratio> {
        let common = wide_gcd((self.high, self.low), (divisor.high, divisor.low));
        let top = wide_divide((self.high, self.low), common).0;
        let bottom = wide_divide((divisor.high, divisor.low), common).0;
        if top.0 != 0 || bottom.0 != 0 || bottom.1 == 0 {
            return None;
        }
        let negative = self.negative != divisor.negative;
        Some((signed(negative && top.1 != 0, top.1)?, i128::try_from(bottom.1).ok()?))
    }

    fn compare(self, other: Self) -> Ordering {
        match (self.negative, other.negative) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => (self.high, self.low).cmp(&(other.high, other.low)),
            (true, true) => (other.high, other.low).cmp(&(self.high, self.low)),
        }
    }
}

fn multiply(a: u128, b: u128) -> (u128, u128) {
    const HALF: u128 = u64::MAX as u128;
    let (a1, a0, b1, b0) = (a >> 64, a & HALF, b >> 64, b & HALF);
    let low = a0 * b0;
    let middle = a1 * b0 + (low >> 64);
    let (middle, carry) = middle.overflowing_add(a0 * b1);
    let high = a1 * b1 + (middle >> 64) + (u128::from(carry) << 64);
    (high, middle << 64 | low & HALF)
}

type Magnitude = (u128, u128);

/// Quotient and remainder, bit by bit; the divisor is not 0.
fn wide_divide(of: Magnitude, by: Magnitude) -> (Magnitude, Magnitude) {
    if of.0 == 0 && by.0 == 0 {
        return ((0, of.1 / by.1.max(1)), (0, of.1 % by.1.max(1)));
    }
    let (mut quotient, mut rest) = ((0u128, 0u128), (0u128, 0u128));
    for bit in (0..256u32).rev() {
        let next = if bit >= 128 { of.0 >> (bit - 128) & 1 } else { of.1 >> bit & 1 };
        // Divisors are below 2^255, so the rest is as well before it is doubled.
        rest = (rest.0 << 1 | rest.1 >> 127, rest.1 << 1 | next);
        if rest >= by {
            let (low, borrow) = rest.1.overflowing_sub(by.1);
            rest = (rest.0 - by.0 - u128::from(borrow), low);
            if bit >= 128 {
                quotient.0 |= 1 << (bit - 128);
            } else {
                quotient.1 |= 1 << bit;
            }
        }
    }
    (quotient, rest)
}

fn wide_gcd(mut a: Magnitude, mut b: Magnitude) -> Magnitude {
    while b != (0, 0) {
        (a, b) = (b, wide_divide(a, b).1);
    }
    a.max((0, 1))
}

/// `a + b`; `None` when it does not fit.
pub fn add(a: Ratio, b: Ratio) -> Option<Ratio> {
    Wide::product(a.0, b.1).add(Wide::product(b.0, a.1)).over(Wide::product(a.1, b.1))
}

/// `a - b`; `None` when it does not fit.
pub fn subtract(a: Ratio, b: Ratio) -> Option<Ratio> {
    Wide::product(a.0, b.1).add(Wide::product(b.0, a.1).negated()).over(Wide::product(a.1, b.1))
}

/// `a · b`; `None` when it does not fit.
pub fn times(a: Ratio, b: Ratio) -> Option<Ratio> {
    Wide::product(a.0, b.0).over(Wide::product(a.1, b.1))
}

/// `a / b`; `None` when it does not fit, or `b` is 0.
pub fn divide(a: Ratio, b: Ratio) -> Option<Ratio> {
    if b.0 == 0 {
        return None;
    }
    let (top, bottom) = (Wide::product(a.0, b.1), Wide::product(a.1, b.0));
    top.over(bottom)
}

/// Which is greater.
pub fn compare(a: Ratio, b: Ratio) -> Ordering {
    Wide::product(a.0, b.1).compare(Wide::product(b.0, a.1))
}

/// The greatest whole number whose `b`-fold is not above `a`; `None` when `b` is 0 or it does not fit.
pub fn floor_div(a: i128, b: i128) -> Option<i128> {
    let quotient = a.checked_div(b)?;
    let exact = quotient.checked_mul(b)? == a;
    if exact || (a < 0) == (b < 0) {
        Some(quotient)
    } else {
        quotient.checked_sub(1)
    }
}

/// What is left of `a` in steps of `b`: `0 ≤ r < |b|`; `None` when `b` is 0.
pub fn euclid_mod(a: i128, b: i128) -> Option<i128> {
    match b {
        0 => None,
        -1 => Some(0),
        _ => Some(a.rem_euclid(b)),
    }
}

/// A span of time so many times, in milliseconds; `None` when it does not fit.
pub fn millis_times(millis: i64, times: i128) -> Option<i64> {
    i128::from(millis).checked_mul(times).and_then(|product| i64::try_from(product).ok())
}

/// `total · part / whole` rounded down, and what is left over of `whole`; `None` when one of them is negative, `whole` is 0, or
/// the result does not fit.
pub fn share(total: i128, part: i128, whole: i128) -> Option<(i128, i128)> {
    if total < 0 || part < 0 || whole <= 0 {
        return None;
    }
    let (quotient, rest) = wide_divide(multiply(total.unsigned_abs(), part.unsigned_abs()), (0, whole.unsigned_abs()));
    let fits = |(high, low): Magnitude| if high == 0 { i128::try_from(low).ok() } else { None };
    Some((fits(quotient)?, fits(rest)?))
}

/// A ratio made whole.
pub fn round(ratio: Ratio, rounding: Rounding) -> Option<i128> {
    let (numerator, denominator) = ratio;
    let below = floor_div(numerator, denominator)?;
    // The denominator is positive. `below · denominator` might not fit.
    let rest = numerator.checked_rem_euclid(denominator)?;
    let up = match rounding {
        Rounding::Down => false,
        Rounding::Up => rest > 0,
        // Compared without doubling, which might not fit.
        Rounding::HalfEven => match rest.cmp(&(denominator - rest)) {
            Ordering::Greater => true,
            Ordering::Equal => below % 2 != 0,
            Ordering::Less => false,
        },
    };
    below.checked_add(up.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ratios_compute_in_full_before_they_must_fit() {
        let big = i128::MAX;
        assert_eq!(times((big, 3), (3, big)), Some((1, 1)));
        assert_eq!(add((1, big), (-1, big)), Some((0, 1)));
        assert_eq!(add((big, 1), (1, 1)), None);
        assert_eq!(divide((1, 2), (0, 1)), None);
        assert_eq!(divide((i128::MIN, 1), (i128::MIN, 1)), Some((1, 1)));
        assert_eq!(reduced(i128::MIN, -1), None);
        assert_eq!(reduced(i128::MIN, i128::MIN), Some((1, 1)));
        assert_eq!(reduced(6, -4), Some((-3, 2)));
        assert_eq!(compare((big, big - 1), (big - 1, big - 2)), Ordering::Less);
    }

    #[test]
    fn rounding_and_floors() {
        assert_eq!(round((5, 2), Rounding::HalfEven), Some(2));
        assert_eq!(round((7, 2), Rounding::HalfEven), Some(4));
        assert_eq!(round((-5, 2), Rounding::HalfEven), Some(-2));
        assert_eq!(round((-5, 2), Rounding::Down), Some(-3));
        assert_eq!(round((-5, 2), Rounding::Up), Some(-2));
        assert_eq!(floor_div(-7, 2), Some(-4));
        assert_eq!(floor_div(7, -2), Some(-4));
        assert_eq!(floor_div(i128::MIN, -1), None);
        assert_eq!(euclid_mod(-7, -2), Some(1));
        assert_eq!(round((i128::MIN, 3), Rounding::Down), Some(i128::MIN / 3 - 1));
        assert_eq!(share(i128::MAX, 3, 7), Some((i128::MAX / 7 * 3, 3)));
        assert_eq!(millis_times(0, i128::MAX), Some(0));
        assert_eq!(euclid_mod(i128::MIN, -1), Some(0));
    }

    proptest! {
        #[test]
        fn small_ratios_agree_with_machine_numbers(a in -1000i128..1000, b in 1i128..1000, c in -1000i128..1000, d in 1i128..1000) {
            let (x, y) = (reduced(a, b).unwrap(), reduced(c, d).unwrap());
            prop_assert_eq!(add(x, y), reduced(a * d + c * b, b * d));
            prop_assert_eq!(subtract(x, y), reduced(a * d - c * b, b * d));
            prop_assert_eq!(times(x, y), reduced(a * c, b * d));
            prop_assert_eq!(divide(x, y), if c == 0 { None } else { reduced(a * d, b * c) });
            prop_assert_eq!(compare(x, y), (a * d).cmp(&(c * b)));
        }

        #[test]
        fn what_is_multiplied_is_divided_again(a in any::<i128>(), b in any::<i128>(), c in any::<i128>()) {
            prop_assume!(a != 0 && b != 0 && c != 0);
            if let (Some(x), Some(y)) = (reduced(a, b), reduced(c, b)) {
                if let Some(product) = times(x, y) {
                    prop_assert_eq!(divide(product, y), Some(x));
                }
                if let Some(sum) = add(x, y) {
                    prop_assert_eq!(subtract(sum, y), Some(x));
                }
            }
        }
    }
}
