//! The money of voters under the method of equal shares.

use super::{
    accounts::{Accounts, Quotient, ESTIMATE_BITS},
    ballots::Supporters,
};
use crate::{Exact, TallyError};
use num_bigint::BigUint;

/// What is known of a payment without its exact fraction.
pub(super) enum Estimate {
    /// It is not below the first and not above the second, in 2⁻³⁰ units.
    Between(u128, u128),
    /// All supporters together have too little.
    TooLittle,
    /// The exact fraction has to tell.
    Unknown,
}

/// What each group of voters has left, and the order of these amounts: amounts are compared when somebody pays, and not again
/// for each project.
pub(super) struct Purse<'a> {
    accounts: Accounts<'a>,
    /// How many groups hold each amount.
    groups: Vec<usize>,
    /// The amounts that are held, in ascending order.
    order: Vec<usize>,
}

impl<'a> Purse<'a> {
    /// Everybody has the same.
    pub(super) fn new(supporters: &'a Supporters, num: u128, den: u64) -> Self {
        let groups = vec![supporters.sizes.len()];
        Self { accounts: Accounts::new(supporters, num, den), groups, order: vec![0] }
    }

    pub(super) fn look_at(&mut self, place: usize) {
        self.accounts.look_at(place);
    }

    /// Amounts that supporters of the project hold, in ascending order, and how many hold each.
    fn held(&self) -> impl Iterator<Item = (usize, u64)> + '_ {
        self.order.iter().map(|amount| (*amount, self.accounts.holders(*amount))).filter(|(_, holders)| *holders > 0)
    }

    /// About what the richer supporters of the project that is looked at pay.
    pub(super) fn estimate(&self, place: usize, cost: u64) -> Estimate {
        self.try_estimate(self.accounts.supporters.votes[place], cost).unwrap_or(Estimate::Unknown)
    }

    /// `None` when a number does not fit or the intervals do not tell.
    fn try_estimate(&self, votes: u64, cost: u64) -> Option<Estimate> {
        let (mut least, mut most) = (u128::from(cost) << ESTIMATE_BITS, u128::from(cost) << ESTIMATE_BITS);
        let mut payers = u128::from(votes);
        for (amount, holders) in self.held() {
            let (low, holders) = (self.accounts.estimate(amount)?, u128::from(holders));
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

    /// What the richer supporters of the project that is looked at pay, when those who have less pay all they have. `None`
    /// when all of them together have too little.
    pub(super) fn payment(&self, place: usize, cost: u64) -> Option<Quotient> {
        let (mut need, mut payers) = (self.accounts.cost(cost), self.accounts.supporters.votes[place]);
        for (amount, holders) in self.held() {
            let money = self.accounts.num(amount);
            if need <= money * payers {
                return Some(Quotient { num: need, divisor: payers });
            }
            need -= money * holders;
            payers -= holders;
        }
        None
    }

    /// The supporters of a project pay. Returns the payment as a numerator, and the factors of its denominator.
    pub(super) fn pay(&mut self, place: usize, payment: Quotient) -> Result<(BigUint, usize), TallyError> {
        let payment = self.accounts.admit(payment)?;
        let supporters = self.accounts.supporters;
        let mut after = vec![None; self.accounts.amounts()];
        for group in &supporters.groups[place] {
            let before = *self.accounts.held_mut(*group);
            let left = match after[before] {
                Some(left) => left,
                None => self.left(before, &payment),
            };
            after[before] = Some(left);
            *self.accounts.held_mut(*group) = left;
            self.groups[before] -= 1;
            self.groups[left] += 1;
        }
        self.order.retain(|amount| self.groups[*amount] > 0);
        Ok((payment, self.accounts.factors()))
    }

    /// What is left of an amount after a payment, in its place in the order.
    fn left(&mut self, before: usize, payment: &BigUint) -> usize {
        let before = self.accounts.num(before);
        let left = if before > payment { before - payment } else { BigUint::default() };
        match self.order.binary_search_by(|amount| self.accounts.num(*amount).cmp(&left)) {
            Ok(found) => self.order[found],
            Err(place) => {
                let amount = self.accounts.open(left);
                self.order.insert(place, amount);
                self.groups.push(0);
                amount
            }
        }
    }

    /// What a numerator was when the denominator had so many factors.
    pub(super) fn exact(&self, num: BigUint, factors: usize) -> Result<Exact, TallyError> {
        self.accounts.exact(num, factors)
    }
}
