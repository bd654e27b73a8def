//! The method of equal shares.
//!
//! Every voter gets an equal part of the money. A project is bought by those who approve it; each pays the same, or all
//! that is left, and bought first is the one of which its supporters pay the least for each unit of what it is worth to
//! them. Source: Dominik Peters, Grzegorz Pierczyński and Piotr Skowron, "Proportional Participatory Budgeting with Additive
//! Utilities" (2021); the worth of a project is its cost.

use super::{
    accounts::{Quotient, ESTIMATE_BITS},
    ballots::Supporters,
    pot::Pot,
    purse::{Estimate, Purse},
    Phase, Price, Purchase, Step,
};
use crate::{Counted, Exact, TallyError};
use num_bigint::BigUint;

/// Bits that an estimate of a rate has after the point, besides those of the money.
const RATE_BITS: u32 = 32;

/// A project and an estimate that its rate is not below: rates never fall, because money never grows.
struct Candidate {
    place: usize,
    rate_min: u128,
}

/// The best projects of a round, and what the richer supporters of each pay.
struct Best {
    tied: Vec<(usize, Quotient)>,
}

/// What was bought, before fractions are told in lowest terms.
struct Bought {
    place: usize,
    tied: Vec<usize>,
    payment: BigUint,
    factors: usize,
}

/// Equal shares, completed by raises of the endowment if that is asked for. // TAL-34, TAL-35
pub(super) fn equal_shares(
    pot: &mut Pot,
    supporters: &Supporters,
    raise: Option<u64>,
    raises_max: u64,
) -> Result<Phase, TallyError> {
    let (money, voters) = (pot.money, supporters.voters.max(1));
    let raised =
        |raises: u64| u128::from(money) + u128::from(raises) * u128::from(raise.unwrap_or(0)) * u128::from(voters);
    let supported: Vec<usize> = pot.fitting().into_iter().filter(|place| supporters.votes[*place] > 0).collect();
    // With this everybody can pay everything alone, so that more of it changes nothing.
    let enough = supported.iter().map(|place| u128::from(pot.project(*place).cost)).sum::<u128>() * u128::from(voters);
    let mut raises = 0;
    let (mut purse, mut bought) = buy(pot.clone(), supporters, Purse::new(supporters, raised(0), voters))?;
    while raise.is_some() && raised(raises) < enough && bought.len() < supported.len() {
        let next = buy(pot.clone(), supporters, Purse::new(supporters, raised(raises + 1), voters))?;
        if next.1.iter().map(|one| u128::from(pot.project(one.place).cost)).sum::<u128>() > money.into() {
            break;
        }
        ((purse, bought), raises) = (next, raises + 1);
        if raises > raises_max {
            return Err(TallyError::TooMany { what: Counted::Rounds, count: raises, max: raises_max });
        }
    }
    let purchases = bought.into_iter().map(|one| purchase(pot, &purse, one)).collect::<Result<Vec<_>, _>>()?;
    let endowment = Exact::over(raised(raises).into(), std::iter::once(voters))?;
    Ok(Pot::phase(money, Step::EqualShares { endowment, raises }, purchases.into_iter().flatten().collect()))
}

/// Buys from the pot what was found to be bought.
fn purchase(pot: &mut Pot, purse: &Purse<'_>, one: Bought) -> Result<Option<Purchase>, TallyError> {
    let payment = purse.exact(one.payment, one.factors)?;
    let rate = payment.divided(pot.project(one.place).cost)?;
    Ok(pot.purchase(&one.tied, Price::Share { rate, payment }).map(|(_, purchase)| purchase))
}

/// What voters buy with what is in their purse, whether or not the pot has as much. Projects that the pot could not buy at
/// first are left out.
fn buy<'a>(
    mut pot: Pot,
    supporters: &Supporters,
    mut purse: Purse<'a>,
) -> Result<(Purse<'a>, Vec<Bought>), TallyError> {
    let mut candidates = Vec::new();
    for place in pot.fitting() {
        if let Some(rate_min) = (1u128 << (ESTIMATE_BITS + RATE_BITS)).checked_div(supporters.votes[place].into()) {
            candidates.push(Candidate { place, rate_min });
        }
    }
    let mut bought = Vec::new();
    loop {
        candidates.retain(|candidate| pot.has_room(candidate.place));
        let Some(best) = best(&mut candidates, &pot, &mut purse) else { return Ok((purse, bought)) };
        let tied = best.tied.iter().map(|(place, _)| *place).collect();
        let first = best.tied.into_iter().min_by_key(|(place, _)| pot.rank(*place));
        let Some((place, payment)) = first else { return Ok((purse, bought)) };
        let (payment, factors) = purse.pay(place, payment)?;
        bought.push(Bought { place, tied, payment, factors });
        pot.buy(place);
    }
}

/// The projects with the least rate, among those that no estimate shows to be behind another. Candidates whose supporters have
/// too little are dropped for good.
fn best(candidates: &mut Vec<Candidate>, pot: &Pot, purse: &mut Purse<'_>) -> Option<Best> {
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
        purse.look_at(place);
        match purse.payment(place, pot.project(place).cost) {
            Some(payment) => improve(&mut best, pot, place, payment),
            None => dropped.push(place),
        }
    }
    candidates.retain(|candidate| !dropped.contains(&candidate.place));
    best
}

/// A payment for each unit of the cost, rounded down. `None` when it does not fit.
fn rate(payment: u128, cost: u64) -> Option<u128> {
    payment.checked_mul(1 << RATE_BITS)?.checked_div(cost.into())
}

/// The project is among the best, or alone the best, or neither.
fn improve(best: &mut Option<Best>, pot: &Pot, place: usize, payment: Quotient) {
    let per_unit = |place: usize, payment: &Quotient| u128::from(payment.divisor) * u128::from(pot.project(place).cost);
    let first = best.as_ref().and_then(|best| best.tied.first());
    let order = first.map(|(other, paid)| {
        let (rate, least) = (&payment.num * per_unit(*other, paid), &paid.num * per_unit(place, &payment));
        rate.cmp(&least)
    });
    match (best, order) {
        (Some(_), Some(std::cmp::Ordering::Greater)) => {}
        (Some(best), Some(std::cmp::Ordering::Equal)) => best.tied.push((place, payment)),
        (best, _) => *best = Some(Best { tied: vec![(place, payment)] }),
    }
}
