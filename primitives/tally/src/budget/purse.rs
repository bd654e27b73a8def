//! The money of voters under the method of equal shares.

use super::ballots::Supporters;
use crate::{Exact, TallyError};

/// Bits after the point of an estimate of money.
pub(super) const MONEY_BITS: u32 = 30;

/// What is known of a payment without its exact fraction.
pub(super) enum Estimate {
    /// It is not below the first and not above the second, in 2⁻³⁰ units.
    Between(u128, u128),
    /// All supporters together have too little.
    TooLittle,
    /// The exact fraction has to tell.
    Unknown,
}

/// What each group of voters has. Few amounts differ, so that groups hold numbers of amounts, which are kept in their order:
/// fractions are compared when somebody pays, and not again for each project. Estimates tell of most projects that they
/// cannot be next; they are intervals of whole numbers and decide nothing that they do not show.
pub(super) struct Purse<'a> {
    supporters: &'a Supporters,
    /// All amounts there were.
    amounts: Vec<Exact>,
    /// Each of them in 2⁻³⁰ units, rounded down; `None` is too large for an estimate.
    estimates: Vec<Option<u128>>,
    /// How many groups hold each amount.
    groups: Vec<usize>,
    /// The amounts that are held, in ascending order.
    order: Vec<usize>,
    /// The amount that each voter of a group has.
    held: Vec<usize>,
    /// How many supporters of the project that is looked at hold each amount.
    holders: Vec<u64>,
}

impl<'a> Purse<'a> {
    /// Everybody has the same.
    pub(super) fn new(supporters: &'a Supporters, endowment: Exact) -> Self {
        let groups = supporters.sizes.len();
        Self {
            supporters,
            estimates: vec![endowment.scaled(MONEY_BITS)],
            amounts: vec![endowment],
            groups: vec![groups],
            order: vec![0],
            held: vec![0; groups],
            holders: vec![0],
        }
    }

    /// Looks at a project: who of its supporters holds what.
    pub(super) fn look_at(&mut self, place: usize) {
        self.holders.clear();
        self.holders.resize(self.amounts.len(), 0);
        for group in &self.supporters.groups[place] {
            self.holders[self.held[*group]] += self.supporters.sizes[*group];
        }
    }

    /// Amounts that supporters of the project hold, in ascending order.
    fn held_by_supporters(&self) -> impl Iterator<Item = usize> + '_ {
        self.order.iter().copied().filter(|amount| self.holders[*amount] > 0)
    }

    /// About what the richer supporters pay.
    pub(super) fn estimate(&self, place: usize, cost: u64) -> Estimate {
        self.try_estimate(self.supporters.votes[place], cost).unwrap_or(Estimate::Unknown)
    }

    /// `None` when a number does not fit or the intervals do not tell.
    fn try_estimate(&self, votes: u64, cost: u64) -> Option<Estimate> {
        let (mut least, mut most) = (u128::from(cost) << MONEY_BITS, u128::from(cost) << MONEY_BITS);
        let mut payers = u128::from(votes);
        for amount in self.held_by_supporters() {
            let (low, holders) = (self.estimates[amount]?, u128::from(self.holders[amount]));
            let high = low.checked_add(1)?;
            if most <= low.checked_mul(payers)? {
                return Some(Estimate::Between(least / payers, most / payers + 1));
            }
            if least <= high.checked_mul(payers)? {
                return None;
            }
            least = least.saturating_sub(high.checked_mul(holders)?);
            most = most.saturating_sub(low.checked_mul(holders)?);
            payers -= holders;
        }
        Some(Estimate::TooLittle)
    }

    /// What the richer supporters pay, when those who have less pay all they have. `None` when all of them together have too
    /// little.
    pub(super) fn payment(&self, place: usize, cost: u64) -> Result<Option<Exact>, TallyError> {
        let (mut need, mut payers) = (Exact::from(cost), self.supporters.votes[place]);
        for amount in self.held_by_supporters() {
            let (money, holders) = (&self.amounts[amount], self.holders[amount]);
            if need <= money.times(payers)? {
                return need.over(payers).map(Some);
            }
            need = need.minus(&money.times(holders)?)?;
            payers -= holders;
        }
        Ok(None)
    }

    /// The supporters of a project pay.
    pub(super) fn pay(&mut self, place: usize, payment: &Exact) -> Result<(), TallyError> {
        let mut after = vec![None; self.amounts.len()];
        for group in &self.supporters.groups[place] {
            let before = self.held[*group];
            let left = match after[before] {
                Some(left) => left,
                None => self.amount(self.amounts[before].minus(payment)?),
            };
            after[before] = Some(left);
            self.held[*group] = left;
            self.groups[before] -= 1;
            self.groups[left] += 1;
        }
        self.order.retain(|amount| self.groups[*amount] > 0);
        Ok(())
    }

    /// The number of an amount, in its place in the order.
    fn amount(&mut self, money: Exact) -> usize {
        match self.order.binary_search_by(|amount| self.amounts[*amount].cmp(&money)) {
            Ok(found) => self.order[found],
            Err(place) => {
                self.order.insert(place, self.amounts.len());
                self.estimates.push(money.scaled(MONEY_BITS));
                self.amounts.push(money);
                self.groups.push(0);
                self.amounts.len() - 1
            }
        }
    }
}
