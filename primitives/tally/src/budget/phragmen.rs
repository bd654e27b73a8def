//! Phragmén's sequential method for budgets.
//!
//! Every voter earns money at one rate, without end. As soon as those who approve a project together have what it costs, it
//! is bought, and they begin again with nothing. The first purchase that would be more than the budget ends it. Source:
//! Maaike Los, Zoé Christoff and Davide Grossi, "Proportional Budget Allocations: Towards a Systematization" (2022).

use super::{ballots::Supporters, pot::Pot, Phase, Price, Step};
use crate::{Exact, TallyError};

/// Bits after the point of an estimate of a load.
const LOAD_BITS: u32 = 30;

/// A project and an estimate that its load is not below: loads never fall.
struct Candidate {
    place: usize,
    load_min: u128,
}

/// The projects with the least load.
struct Next {
    load: Exact,
    tied: Vec<usize>,
}

/// What voters had earned when they last bought something.
struct Loads {
    /// Loads of all purchases, and nothing.
    amounts: Vec<Exact>,
    /// Each of them in 2⁻³⁰ units, rounded down; `None` is too large for an estimate.
    estimates: Vec<Option<u128>>,
    /// Place of the amount of each group.
    held: Vec<usize>,
    /// How many supporters of the project that is looked at hold each amount.
    holders: Vec<u64>,
}

impl Loads {
    /// Looks at a project: who of its supporters holds what.
    fn look_at(&mut self, place: usize, supporters: &Supporters) {
        self.holders.clear();
        self.holders.resize(self.amounts.len(), 0);
        for group in &supporters.groups[place] {
            self.holders[self.held[*group]] += supporters.sizes[*group];
        }
    }

    /// What the load is not below. `None` when a number does not fit.
    fn estimate(&self, cost: u64, votes: u64) -> Option<u128> {
        let mut sum = u128::from(cost) << LOAD_BITS;
        for (estimate, holders) in self.estimates.iter().zip(&self.holders).filter(|(_, holders)| **holders > 0) {
            sum = sum.checked_add((*estimate)?.checked_mul((*holders).into())?)?;
        }
        sum.checked_div(votes.into())
    }

    /// What every voter will have earned when the supporters have the money.
    fn load(&self, cost: u64, votes: u64) -> Result<Exact, TallyError> {
        let mut sum = Exact::from(cost);
        for (amount, holders) in self.amounts.iter().zip(&self.holders).filter(|(_, holders)| **holders > 0) {
            sum = sum.plus(&amount.times(*holders)?)?;
        }
        sum.over(votes)
    }

    fn pay(&mut self, place: usize, load: &Exact, supporters: &Supporters) {
        self.amounts.push(load.clone());
        self.estimates.push(load.scaled(LOAD_BITS));
        supporters.groups[place].iter().for_each(|group| self.held[*group] = self.amounts.len() - 1);
    }
}

/// The projects with the least load, among those that no estimate shows to be behind another.
fn next(
    candidates: &mut [Candidate],
    pot: &Pot,
    loads: &mut Loads,
    supporters: &Supporters,
) -> Result<Option<Next>, TallyError> {
    candidates.sort_by_key(|candidate| candidate.load_min);
    let (mut load_max, mut near) = (u128::MAX, 0);
    for candidate in candidates.iter_mut() {
        if candidate.load_min > load_max {
            break;
        }
        loads.look_at(candidate.place, supporters);
        let (cost, votes) = (pot.project(candidate.place).cost, supporters.votes[candidate.place]);
        if let Some(load_min) = loads.estimate(cost, votes) {
            candidate.load_min = candidate.load_min.max(load_min);
            // Each voter's amount and the quotient were rounded down.
            load_max = load_max.min(candidate.load_min.saturating_add(2));
        }
        near += 1;
    }
    let mut next: Option<Next> = None;
    for candidate in candidates.iter().take(near).filter(|candidate| candidate.load_min <= load_max) {
        loads.look_at(candidate.place, supporters);
        let load = loads.load(pot.project(candidate.place).cost, supporters.votes[candidate.place])?;
        match &mut next {
            Some(next) if load > next.load => {}
            Some(next) if load == next.load => next.tied.push(candidate.place),
            _ => next = Some(Next { load, tied: vec![candidate.place] }),
        }
    }
    Ok(next)
}

/// Buys until one of the projects that would be next costs more than is left. // TAL-37
pub(super) fn phragmen(pot: &mut Pot, supporters: &Supporters) -> Result<Phase, TallyError> {
    let money = pot.money;
    let mut loads = Loads {
        amounts: vec![Exact::ZERO],
        estimates: vec![Some(0)],
        held: vec![0; supporters.sizes.len()],
        holders: Vec::new(),
    };
    let fitting = pot.fitting().into_iter().filter(|place| supporters.votes[*place] > 0);
    let mut candidates: Vec<Candidate> = fitting.map(|place| Candidate { place, load_min: 0 }).collect();
    let mut purchases = Vec::new();
    loop {
        candidates.retain(|candidate| pot.has_room(candidate.place));
        let Some(Next { load, tied, .. }) = next(&mut candidates, pot, &mut loads, supporters)? else { break };
        if tied.iter().any(|place| !pot.fits(*place)) {
            break;
        }
        let Some((place, purchase)) = pot.purchase(&tied, Price::Load(load.clone())) else { break };
        loads.pay(place, &load, supporters);
        purchases.push(purchase);
    }
    Ok(Pot::phase(money, Step::Phragmen, purchases))
}
