//! What groups of voters have or have paid, exactly, and who of a project's supporters has how much.

use super::ballots::Supporters;
use crate::{exact::shared, limits::at_most_bits, Exact, TallyError};
use num_bigint::BigUint;

/// Bits after the point of an estimate.
pub(super) const ESTIMATE_BITS: u32 = 30;

/// A quotient of the common denominator: `num / (den · divisor)`.
pub(super) struct Quotient {
    pub(super) num: BigUint,
    /// Not zero.
    pub(super) divisor: u64,
}

/// Amounts with one denominator, and the amount that each voter of a group has. Few amounts differ, so that groups hold
/// numbers of amounts.
///
/// The denominator grows with each purchase by what the amount paid needs, and then all amounts are multiplied: sums and
/// comparisons are those of whole numbers. Estimates tell of most projects that they cannot be next; they are whole numbers
/// that are known to be too small, by less than one.
pub(super) struct Accounts<'a> {
    pub(super) supporters: &'a Supporters,
    /// The common denominator is the product of these.
    factors: Vec<u64>,
    den: BigUint,
    /// Numerators of all amounts that there were.
    nums: Vec<BigUint>,
    /// Each amount in 2⁻³⁰ units, rounded down; `None` is too large for an estimate.
    estimates: Vec<Option<u128>>,
    /// The amount of each group.
    held: Vec<usize>,
    /// How many supporters of the project that is looked at hold each amount.
    holders: Vec<u64>,
}

impl<'a> Accounts<'a> {
    /// Everybody has the same; the denominator is not zero.
    pub(super) fn new(supporters: &'a Supporters, num: u128, den: u64) -> Self {
        let mut accounts = Self {
            supporters,
            factors: vec![den],
            den: den.into(),
            nums: Vec::new(),
            estimates: Vec::new(),
            held: vec![0; supporters.sizes.len()],
            holders: Vec::new(),
        };
        accounts.open(num.into());
        accounts
    }

    /// Begins a new amount, which nobody holds yet.
    pub(super) fn open(&mut self, num: BigUint) -> usize {
        self.estimates.push(((&num << ESTIMATE_BITS) / &self.den).try_into().ok());
        self.nums.push(num);
        self.nums.len() - 1
    }

    /// Looks at a project: who of its supporters holds what.
    pub(super) fn look_at(&mut self, place: usize) {
        self.holders.clear();
        self.holders.resize(self.nums.len(), 0);
        for group in &self.supporters.groups[place] {
            self.holders[self.held[*group]] += self.supporters.sizes[*group];
        }
    }

    /// How many supporters of the project that is looked at hold the amount.
    pub(super) fn holders(&self, amount: usize) -> u64 {
        self.holders[amount]
    }

    pub(super) fn amounts(&self) -> usize {
        self.nums.len()
    }

    pub(super) fn num(&self, amount: usize) -> &BigUint {
        &self.nums[amount]
    }

    pub(super) fn estimate(&self, amount: usize) -> Option<u128> {
        self.estimates[amount]
    }

    /// A cost as a numerator.
    pub(super) fn cost(&self, cost: u64) -> BigUint {
        &self.den * cost
    }

    /// Who holds what, to be changed.
    pub(super) fn held_mut(&mut self, group: usize) -> &mut usize {
        &mut self.held[group]
    }

    /// The numerator of a quotient, for which the denominator grows as far as it must.
    pub(super) fn admit(&mut self, quotient: Quotient) -> Result<BigUint, TallyError> {
        let shared = shared(&quotient.num, quotient.divisor);
        let factor = quotient.divisor / shared;
        if factor > 1 {
            self.den *= factor;
            at_most_bits(self.den.bits())?;
            self.factors.push(factor);
            self.nums.iter_mut().for_each(|num| *num *= factor);
        }
        Ok(quotient.num / shared)
    }

    /// Factors of the common denominator as it is now.
    pub(super) fn factors(&self) -> usize {
        self.factors.len()
    }

    /// What a numerator was when the denominator had so many factors.
    pub(super) fn exact(&self, num: BigUint, factors: usize) -> Result<Exact, TallyError> {
        Exact::over(num, self.factors.iter().copied().take(factors))
    }
}
