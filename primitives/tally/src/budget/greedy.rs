//! Greedy rules: project after project by one number, and what does not fit is left out.

use super::{ballots::Supporters, pot::Pot, Phase, Price, Step};
use std::cmp::Ordering;

/// The most votes first. // TAL-33
pub(super) fn by_votes(pot: &mut Pot, supporters: &Supporters) -> Phase {
    let compare = |left: usize, right: usize, _: &Pot| supporters.votes[right].cmp(&supporters.votes[left]);
    greedy(pot, supporters, Step::GreedyVotes, compare)
}

/// The most votes for each unit of cost first. // TAL-33
pub(super) fn by_cost(pot: &mut Pot, supporters: &Supporters) -> Phase {
    let compare = |left: usize, right: usize, pot: &Pot| {
        let votes = |place: usize| u128::from(supporters.votes[place]);
        let cost = |place: usize| u128::from(pot.project(place).cost);
        (votes(right) * cost(left)).cmp(&(votes(left) * cost(right)))
    };
    greedy(pot, supporters, Step::GreedyCost, compare)
}

/// Compares two projects; the lesser one is bought first.
fn greedy(
    pot: &mut Pot,
    supporters: &Supporters,
    step: Step,
    compare: impl Fn(usize, usize, &Pot) -> Ordering,
) -> Phase {
    let money = pot.money;
    let mut order = pot.fitting();
    order.retain(|place| supporters.votes[*place] > 0);
    order.sort_by(|left, right| compare(*left, *right, pot));
    let mut purchases = Vec::new();
    for (turn, place) in order.iter().enumerate() {
        if !pot.fits(*place) {
            continue;
        }
        let equals = order[turn..].iter().take_while(|other| compare(*place, **other, pot).is_eq());
        let tied: Vec<usize> = equals.copied().filter(|other| pot.fits(*other)).collect();
        let bought = pot.purchase(&tied, Price::Votes(supporters.votes[*place]));
        purchases.extend(bought.map(|(_, purchase)| purchase));
    }
    Pot::phase(money, step, purchases)
}
