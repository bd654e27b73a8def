//! The money of voters under the method of equal shares.

use super::ballots::Supporters;
use crate::{Exact, TallyError};

/// What each group of voters has. Few amounts differ, so that groups hold places in a sorted list of amounts, and whoever
/// compares two of them compares places.
pub(super) struct Purse<'a> {
    supporters: &'a Supporters,
    /// Different amounts, in ascending order.
    amounts: Vec<Exact>,
    /// Place of the amount that each voter of a group has.
    held: Vec<usize>,
    /// How many voters hold each amount, for one project at a time.
    holders: Vec<u64>,
}

impl<'a> Purse<'a> {
    /// Everybody has the same.
    pub(super) fn new(supporters: &'a Supporters, endowment: Exact) -> Self {
        Self { supporters, amounts: vec![endowment], held: vec![0; supporters.sizes.len()], holders: Vec::new() }
    }

    /// What the richer supporters of a project pay, when those who have less pay all they have. `None` when all of them
    /// together have too little.
    pub(super) fn payment(&mut self, place: usize, cost: u64) -> Result<Option<Exact>, TallyError> {
        self.holders.clear();
        self.holders.resize(self.amounts.len(), 0);
        for group in &self.supporters.groups[place] {
            self.holders[self.held[*group]] += self.supporters.sizes[*group];
        }
        let (mut need, mut payers) = (Exact::from(cost), self.supporters.votes[place]);
        for (amount, holders) in self.amounts.iter().zip(&self.holders).filter(|(_, holders)| **holders > 0) {
            if need <= amount.times(payers)? {
                return need.over(payers).map(Some);
            }
            need = need.minus(&amount.times(*holders)?)?;
            payers -= holders;
        }
        Ok(None)
    }

    /// The supporters of a project pay.
    pub(super) fn pay(&mut self, place: usize, payment: &Exact) -> Result<(), TallyError> {
        // Odd keys are amounts after payment.
        let mut keys: Vec<usize> = self.held.iter().map(|amount| 2 * amount).collect();
        self.supporters.groups[place].iter().for_each(|group| keys[*group] += 1);
        let mut used = vec![false; 2 * self.amounts.len()];
        keys.iter().for_each(|key| used[*key] = true);
        let mut amounts = Vec::new();
        for key in (0..used.len()).filter(|key| used[*key]) {
            let before = &self.amounts[key / 2];
            amounts.push((if key % 2 == 1 { before.minus(payment)? } else { before.clone() }, key));
        }
        amounts.sort();
        let mut places = vec![0; used.len()];
        self.amounts.clear();
        for (amount, key) in amounts {
            if self.amounts.last() != Some(&amount) {
                self.amounts.push(amount);
            }
            places[key] = self.amounts.len() - 1;
        }
        self.held = keys.iter().map(|key| places[*key]).collect();
        Ok(())
    }
}
