//! Phragmén's sequential method for budgets.
//!
//! Every voter earns money at one rate, without end. As soon as those who approve a project together have what it costs, it
//! is bought, and they begin again with nothing. The first purchase that would be more than the budget ends it. Source:
//! Maaike Los, Zoé Christoff and Davide Grossi, "Proportional Budget Allocations: Towards a Systematization" (2022).

use super::{ballots::Supporters, pot::Pot, Phase, Price, Step};
use crate::{Exact, TallyError};

/// A project and the least load it can have: loads never fall.
struct Candidate {
    place: usize,
    load: Exact,
}

/// What voters had earned when they last bought something.
struct Loads {
    /// Loads of all purchases, and nothing.
    amounts: Vec<Exact>,
    /// Place of the amount of each group.
    held: Vec<usize>,
}

impl Loads {
    /// What every voter will have earned when the supporters have the money.
    fn of(&self, place: usize, cost: u64, supporters: &Supporters) -> Result<Exact, TallyError> {
        let mut holders = vec![0u64; self.amounts.len()];
        for group in &supporters.groups[place] {
            holders[self.held[*group]] += supporters.sizes[*group];
        }
        let mut sum = Exact::from(cost);
        for (amount, holders) in self.amounts.iter().zip(holders).filter(|(_, holders)| *holders > 0) {
            sum = sum.plus(&amount.times(holders)?)?;
        }
        sum.over(supporters.votes[place])
    }

    fn pay(&mut self, place: usize, load: &Exact, supporters: &Supporters) {
        self.amounts.push(load.clone());
        supporters.groups[place].iter().for_each(|group| self.held[*group] = self.amounts.len() - 1);
    }
}

/// The projects with the least load, and that load.
fn next(
    candidates: &mut [Candidate],
    pot: &Pot,
    loads: &Loads,
    supporters: &Supporters,
) -> Result<Option<(Exact, Vec<usize>)>, TallyError> {
    candidates.sort_by(|left, right| left.load.cmp(&right.load));
    let mut best: Option<(Exact, Vec<usize>)> = None;
    for candidate in candidates.iter_mut() {
        if best.as_ref().is_some_and(|(load, _)| candidate.load > *load) {
            break;
        }
        candidate.load = loads.of(candidate.place, pot.project(candidate.place).cost, supporters)?;
        match &mut best {
            Some((load, _)) if candidate.load > *load => {}
            Some((load, tied)) if candidate.load == *load => tied.push(candidate.place),
            _ => best = Some((candidate.load.clone(), vec![candidate.place])),
        }
    }
    Ok(best)
}

/// Buys until one of the projects that would be next costs more than is left. // TAL-37
pub(super) fn phragmen(pot: &mut Pot, supporters: &Supporters) -> Result<Phase, TallyError> {
    let money = pot.money;
    let mut loads = Loads { amounts: vec![Exact::ZERO], held: vec![0; supporters.sizes.len()] };
    let fitting = pot.fitting().into_iter().filter(|place| supporters.votes[*place] > 0);
    let mut candidates: Vec<Candidate> = fitting.map(|place| Candidate { place, load: Exact::ZERO }).collect();
    let mut purchases = Vec::new();
    loop {
        candidates.retain(|candidate| pot.has_room(candidate.place));
        let Some((load, tied)) = next(&mut candidates, pot, &loads, supporters)? else { break };
        if tied.iter().any(|place| !pot.fits(*place)) {
            break;
        }
        let Some((place, purchase)) = pot.purchase(&tied, Price::Load(load.clone())) else { break };
        loads.pay(place, &load, supporters);
        purchases.push(purchase);
    }
    Ok(Pot::phase(money, Step::Phragmen, purchases))
}
