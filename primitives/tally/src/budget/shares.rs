//! The method of equal shares.
//!
//! Every voter gets an equal part of the money. A project is bought by those who approve it; each pays the same, or all
//! that is left, and bought first is the one of which its supporters pay the least for each unit of what it is worth to
//! them. Source: Dominik Peters, Grzegorz Pierczyński and Piotr Skowron, "Proportional Participatory Budgeting with Additive
//! Utilities" (2021); the worth of a project is its cost.

use super::{
    ballots::Supporters,
    pot::Pot,
    purse::{Estimate, Purse, MONEY_BITS},
    Phase, Price, Purchase, Step,
};
use crate::{Counted, Exact, TallyError};

/// Bits that an estimate of a rate has after the point, besides those of the money.
const RATE_BITS: u32 = 32;

/// A project and an estimate that its rate is not below: rates never fall, because money never grows.
struct Candidate {
    place: usize,
    rate_min: u128,
}

/// The best projects of a round, and what the richer supporters of each pay.
struct Best {
    rate: Exact,
    tied: Vec<(usize, Exact)>,
}

/// Equal shares, completed by raises of the endowment if that is asked for. // TAL-34, TAL-35
pub(super) fn equal_shares(
    pot: &mut Pot,
    supporters: &Supporters,
    raise: Option<u64>,
    raises_max: u64,
) -> Result<Phase, TallyError> {
    let money = pot.money;
    let base = Exact::from(money).over(supporters.voters)?;
    let (mut endowment, mut raises) = (base, 0);
    let mut kept = buy(pot.clone(), supporters, &endowment)?;
    if let Some(raise) = raise {
        let enough = enough(pot, supporters)?;
        while endowment < enough && kept.len() < supported(pot, supporters) {
            let raised = endowment.plus(&Exact::from(raise))?;
            let purchases = buy(pot.clone(), supporters, &raised)?;
            if cost(&purchases) > money {
                break;
            }
            (endowment, kept, raises) = (raised, purchases, raises + 1);
            if raises > raises_max {
                return Err(TallyError::TooMany { what: Counted::Rounds, count: raises, max: raises_max });
            }
        }
    }
    kept.iter().for_each(|purchase| pot.take(purchase.project));
    Ok(Pot::phase(money, Step::EqualShares { endowment, raises }, kept))
}

fn cost(purchases: &[Purchase]) -> u64 {
    purchases.iter().fold(0, |sum, purchase| sum.saturating_add(purchase.cost))
}

/// How many projects can be bought at all.
fn supported(pot: &Pot, supporters: &Supporters) -> usize {
    pot.fitting().iter().filter(|place| supporters.votes[**place] > 0).count()
}

/// An endowment with which everybody can pay everything alone, so that more of it changes nothing.
fn enough(pot: &Pot, supporters: &Supporters) -> Result<Exact, TallyError> {
    let costs = pot.fitting().into_iter().filter(|place| supporters.votes[*place] > 0);
    costs.map(|place| Exact::from(pot.project(place).cost)).try_fold(Exact::ZERO, |sum, cost| sum.plus(&cost))
}

/// What voters with this endowment buy, whether or not the pot has as much. Projects that the pot could not buy at first are
/// left out.
fn buy(mut pot: Pot, supporters: &Supporters, endowment: &Exact) -> Result<Vec<Purchase>, TallyError> {
    let mut purse = Purse::new(supporters, endowment.clone());
    let mut candidates = Vec::new();
    for place in pot.fitting() {
        if let Some(rate_min) = (1u128 << (MONEY_BITS + RATE_BITS)).checked_div(supporters.votes[place].into()) {
            candidates.push(Candidate { place, rate_min });
        }
    }
    let mut purchases = Vec::new();
    loop {
        candidates.retain(|candidate| pot.has_room(candidate.place));
        let Some(best) = best(&mut candidates, &pot, &mut purse)? else { return Ok(purchases) };
        let tied: Vec<usize> = best.tied.iter().map(|(place, _)| *place).collect();
        let first = best.tied.into_iter().min_by_key(|(place, _)| pot.rank(*place));
        let Some((place, payment)) = first else { return Ok(purchases) };
        purse.pay(place, &payment)?;
        let bought = pot.purchase(&tied, Price::Share { rate: best.rate, payment });
        purchases.extend(bought.map(|(_, purchase)| purchase));
        candidates.retain(|candidate| candidate.place != place);
    }
}

/// The projects with the least rate, among those that no estimate shows to be behind another. Candidates whose supporters have
/// too little are dropped for good.
fn best(candidates: &mut Vec<Candidate>, pot: &Pot, purse: &mut Purse<'_>) -> Result<Option<Best>, TallyError> {
    candidates.sort_by_key(|candidate| candidate.rate_min);
    let (mut rate_max, mut near, mut dropped) = (u128::MAX, Vec::new(), Vec::new());
    for candidate in candidates.iter_mut() {
        if candidate.rate_min > rate_max {
            break;
        }
        let (place, cost) = (candidate.place, pot.project(candidate.place).cost);
        purse.look_at(place);
        match purse.estimate(place, cost) {
            Estimate::TooLittle => dropped.push(place),
            Estimate::Unknown => near.push((candidate.rate_min, place)),
            Estimate::Between(least, most) => {
                candidate.rate_min = candidate.rate_min.max(rate(least, cost).unwrap_or(0));
                rate_max = rate_max.min(rate(most, cost).map_or(u128::MAX, |most| most.saturating_add(1)));
                near.push((candidate.rate_min, place));
            }
        }
    }
    let mut best: Option<Best> = None;
    for (_, place) in near.into_iter().filter(|(rate_min, _)| *rate_min <= rate_max) {
        let cost = pot.project(place).cost;
        purse.look_at(place);
        match purse.payment(place, cost)? {
            Some(payment) => improve(&mut best, place, payment.over(cost)?, payment),
            None => dropped.push(place),
        }
    }
    candidates.retain(|candidate| !dropped.contains(&candidate.place));
    Ok(best)
}

/// A payment for each unit of the cost, rounded down. `None` when it does not fit.
fn rate(payment: u128, cost: u64) -> Option<u128> {
    payment.checked_mul(1 << RATE_BITS)?.checked_div(cost.into())
}

/// The project is among the best, or alone the best, or neither.
fn improve(best: &mut Option<Best>, place: usize, rate: Exact, payment: Exact) {
    match best {
        Some(best) if rate > best.rate => {}
        Some(best) if rate == best.rate => best.tied.push((place, payment)),
        _ => *best = Some(Best { rate, tied: vec![(place, payment)] }),
    }
}
