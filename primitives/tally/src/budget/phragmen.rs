//! Phragmén's sequential method for budgets.
//!
//! Every voter earns money at one rate, without end. As soon as those who approve a project together have what it costs, it
//! is bought, and they begin again with nothing. The first purchase that would be more than the budget ends it. Source:
//! Maaike Los, Zoé Christoff and Davide Grossi, "Proportional Budget Allocations: Towards a Systematization" (2022).
//!
//! The *load* of a voter is what every voter had earned when this one last bought something; the load of a project is what
//! every voter will have earned when it can be bought: its cost and the loads of its supporters, divided by their number.

use super::{
    accounts::{Accounts, Quotient, ESTIMATE_BITS},
    ballots::Supporters,
    pot::Pot,
    Phase, Price, Step,
};
use crate::TallyError;
use std::cmp::Ordering;

/// A project and an estimate that its load is not below: loads never fall.
struct Candidate {
    place: usize,
    load_min: u128,
}

/// The projects with the least load.
struct Next {
    load: Quotient,
    tied: Vec<usize>,
}

/// What the load of the project that is looked at is not below, in 2⁻³⁰ units; it is less than two of them more. `None` when a
/// number does not fit.
fn estimate(accounts: &Accounts<'_>, cost: u64, votes: u64) -> Option<u128> {
    let mut sum = u128::from(cost) << ESTIMATE_BITS;
    for amount in (0..accounts.amounts()).filter(|amount| accounts.holders(*amount) > 0) {
        let load = accounts.estimate(amount)?.checked_mul(accounts.holders(amount).into())?;
        sum = sum.checked_add(load)?;
    }
    sum.checked_div(votes.into())
}

/// The load of the project that is looked at.
fn load(accounts: &Accounts<'_>, cost: u64, votes: u64) -> Quotient {
    let held = (0..accounts.amounts()).filter(|amount| accounts.holders(*amount) > 0);
    let num = held.fold(accounts.cost(cost), |sum, amount| sum + accounts.num(amount) * accounts.holders(amount));
    Quotient { num, divisor: votes }
}

/// The projects with the least load, among those that no estimate shows to be behind another.
fn next(candidates: &mut [Candidate], pot: &Pot, accounts: &mut Accounts<'_>) -> Option<Next> {
    candidates.sort_by_key(|candidate| candidate.load_min);
    let votes = &accounts.supporters.votes;
    let (mut load_max, mut near) = (u128::MAX, 0);
    for candidate in candidates.iter_mut() {
        if candidate.load_min > load_max {
            break;
        }
        accounts.look_at(candidate.place);
        let cost = pot.project(candidate.place).cost;
        if let Some(load_min) = estimate(accounts, cost, votes[candidate.place]) {
            candidate.load_min = candidate.load_min.max(load_min);
            load_max = load_max.min(candidate.load_min.saturating_add(2));
        }
        near += 1;
    }
    let mut next: Option<Next> = None;
    for candidate in candidates.iter().take(near).filter(|candidate| candidate.load_min <= load_max) {
        accounts.look_at(candidate.place);
        let load = load(accounts, pot.project(candidate.place).cost, votes[candidate.place]);
        let order = next.as_ref().map(|next| (&load.num * next.load.divisor).cmp(&(&next.load.num * load.divisor)));
        match (&mut next, order) {
            (Some(_), Some(Ordering::Greater)) => {}
            (Some(next), Some(Ordering::Equal)) => next.tied.push(candidate.place),
            (next, _) => *next = Some(Next { load, tied: vec![candidate.place] }),
        }
    }
    next
}

/// Buys until one of the projects that would be next costs more than is left. // TAL-37
pub(super) fn phragmen(pot: &mut Pot, supporters: &Supporters) -> Result<Phase, TallyError> {
    let money = pot.money;
    let mut accounts = Accounts::new(supporters, 0, 1);
    let fitting = pot.fitting().into_iter().filter(|place| supporters.votes[*place] > 0);
    let mut candidates: Vec<Candidate> = fitting.map(|place| Candidate { place, load_min: 0 }).collect();
    let mut purchases = Vec::new();
    loop {
        candidates.retain(|candidate| pot.has_room(candidate.place));
        let Some(next) = next(&mut candidates, pot, &mut accounts) else { break };
        if next.tied.iter().any(|place| !pot.fits(*place)) {
            break;
        }
        let load = accounts.admit(next.load)?;
        let price = Price::Load(accounts.exact(load.clone(), accounts.factors())?);
        let Some((place, purchase)) = pot.purchase(&next.tied, price) else { break };
        let amount = accounts.open(load);
        supporters.groups[place].iter().for_each(|group| *accounts.held_mut(*group) = amount);
        purchases.push(purchase);
    }
    Ok(Pot::phase(money, Step::Phragmen, purchases))
}
