//! Budgets once more, voter by voter, with plain fractions and nothing clever, for every rule and with categories.

use crate::samples::{approvals, outcome};
use icn_tally::{BudgetRule, BudgetVote, Category, Completion, Count, Exact, Price, Project, COMPLETION_GREEDY};
use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::{collection::vec, prelude::*};
use std::collections::BTreeMap;

type Q = BigRational;

fn q(number: u64) -> Q {
    Q::from(BigInt::from(number))
}

/// A fraction as sheets tell it.
fn exact(fraction: &Q) -> Exact {
    serde_json::from_value(format!("{}/{}", fraction.numer(), fraction.denom()).into()).unwrap()
}

/// The vote as it goes on.
#[derive(Clone)]
struct Slow {
    voters: Vec<Vec<u64>>,
    open: Vec<Project>,
    money: u64,
    room: BTreeMap<u64, u64>,
    bought: Vec<u64>,
    prices: Vec<Price>,
}

impl Slow {
    fn new(vote: &BudgetVote) -> Self {
        let voters =
            vote.ballots.iter().flat_map(|ballot| vec![ballot.options.clone(); ballot.count as usize]).collect();
        let room = vote.categories.iter().map(|category| (category.id, category.ceiling)).collect();
        Self { voters, open: vote.projects.clone(), money: vote.budget, room, bought: Vec::new(), prices: Vec::new() }
    }

    fn supporters(&self, project: &Project) -> Vec<usize> {
        (0..self.voters.len()).filter(|voter| self.voters[*voter].contains(&project.id)).collect()
    }

    fn has_room(&self, project: &Project) -> bool {
        project.category.is_none_or(|category| project.cost <= self.room[&category])
    }

    /// Supported projects within all bounds.
    fn fitting(&self) -> Vec<Project> {
        let fits = |one: &&Project| one.cost <= self.money && self.has_room(one) && !self.supporters(one).is_empty();
        self.open.iter().filter(fits).copied().collect()
    }

    fn buy(&mut self, project: &Project, price: Price) {
        self.open.retain(|other| other.id != project.id);
        self.money = self.money.saturating_sub(project.cost);
        if let Some(category) = project.category {
            *self.room.get_mut(&category).unwrap() -= project.cost;
        }
        self.bought.push(project.id);
        self.prices.push(price);
    }

    fn greedy(&mut self, worth: impl Fn(&Self, &Project) -> Q) {
        loop {
            let fitting = self.fitting();
            let key = |one: &&Project| (-worth(self, one), one.cost, one.id);
            let Some(best) = fitting.iter().min_by_key(key) else { return };
            let votes = self.supporters(best).len() as u64;
            self.buy(best, Price::Votes(votes));
        }
    }

    fn by_votes(&mut self) {
        self.greedy(|slow, one| q(slow.supporters(one).len() as u64));
    }

    /// The least payment that is enough, over every guess of who pays all that is left.
    fn payment(supporters: &[usize], money: &[Q], cost: u64) -> Option<Q> {
        let guesses = 0..1usize << supporters.len();
        let pays = |guess: usize| {
            let is_poor = |place: &usize| guess >> place & 1 == 1;
            let (poor, rich): (Vec<usize>, Vec<usize>) = (0..supporters.len()).partition(is_poor);
            let need = q(cost) - poor.iter().map(|place| money[supporters[*place]].clone()).sum::<Q>();
            (!rich.is_empty()).then(|| need / q(rich.len() as u64))
        };
        let is_enough = |payment: &Q| {
            *payment >= q(0)
                && supporters.iter().map(|voter| money[*voter].clone().min(payment.clone())).sum::<Q>() == q(cost)
        };
        guesses.filter_map(pays).filter(is_enough).min()
    }

    fn shares(&mut self, endowment: Q) {
        let mut money = vec![endowment; self.voters.len()];
        let fitting = self.fitting();
        self.open.retain(|one| fitting.iter().any(|other| other.id == one.id));
        loop {
            let candidates = self.open.iter().filter(|one| self.has_room(one)).filter_map(|one| {
                let payment = Self::payment(&self.supporters(one), &money, one.cost)?;
                Some((payment.clone() / q(one.cost), one.cost, one.id, payment, *one))
            });
            let Some((rate, _, _, payment, project)) = candidates.min_by_key(|one| (one.0.clone(), one.1, one.2))
            else {
                return;
            };
            for voter in self.supporters(&project) {
                money[voter] = (money[voter].clone() - &payment).max(q(0));
            }
            self.buy(&project, Price::Share { rate: exact(&rate), payment: exact(&payment) });
        }
    }

    fn equal_shares(&mut self, completion: Completion) {
        if self.voters.is_empty() {
            return;
        }
        let (pot, before, mut endowment) = (self.money, self.clone(), q(self.money) / q(self.voters.len() as u64));
        let cost = |slow: &Self| {
            before.open.iter().filter(|one| slow.bought.contains(&one.id)).map(|one| one.cost).sum::<u64>()
        };
        let mut kept = before.clone();
        kept.shares(endowment.clone());
        // Far more than any raise can change.
        for _ in 0..completion.raise.map_or(0, |_| 100) {
            if kept.bought.len() == before.fitting().len() {
                break;
            }
            endowment += q(completion.raise.unwrap());
            let mut raised = before.clone();
            raised.shares(endowment.clone());
            if cost(&raised) > pot {
                break;
            }
            kept = raised;
        }
        for (id, price) in kept.bought.into_iter().zip(kept.prices) {
            let project = *before.open.iter().find(|one| one.id == id).unwrap();
            self.buy(&project, price);
        }
        if completion.greedy {
            self.by_votes();
        }
    }

    /// Money is earned by all and kept by each; the next purchase is the one that can be made first.
    fn phragmen(&mut self) {
        let fitting = self.fitting();
        let mut spent_at = vec![q(0); self.voters.len()];
        let mut left = self.clone();
        left.open.retain(|one| fitting.iter().any(|other| other.id == one.id));
        loop {
            // Supporters have n · t − Σ spent_at at the time t.
            let time = |one: &Project| {
                let supporters = self.supporters(one);
                let paid: Q = supporters.iter().map(|voter| spent_at[*voter].clone()).sum();
                (paid + q(one.cost)) / q(supporters.len() as u64)
            };
            let candidates: Vec<Project> = left.open.iter().filter(|one| left.has_room(one)).copied().collect();
            let Some(next) = candidates.iter().map(time).min() else { return };
            let tied: Vec<&Project> = candidates.iter().filter(|one| time(one) == next).collect();
            if tied.iter().any(|one| one.cost > self.money) {
                return;
            }
            let project = **tied.iter().min_by_key(|one| (one.cost, one.id)).unwrap();
            self.supporters(&project).into_iter().for_each(|voter| spent_at[voter] = next.clone());
            self.buy(&project, Price::Load(exact(&next)));
            left.buy(&project, Price::Load(exact(&next)));
        }
    }

    fn run(&mut self, rule: BudgetRule) {
        match rule {
            BudgetRule::GreedyVotes => self.by_votes(),
            BudgetRule::GreedyCost => self.greedy(|slow, one| q(slow.supporters(one).len() as u64) / q(one.cost)),
            BudgetRule::EqualShares(completion) => self.equal_shares(completion),
            BudgetRule::Phragmen => self.phragmen(),
        }
    }
}

fn slow(vote: &BudgetVote) -> Vec<(u64, Price)> {
    let mut all = Slow::new(vote);
    let mut categories = vote.categories.clone();
    categories.sort_by_key(|category| category.id);
    for category in categories.iter().filter(|category| category.floor > 0) {
        let mut inner = Slow { money: category.floor, ..all.clone() };
        (inner.bought, inner.prices) = (Vec::new(), Vec::new());
        inner.open.retain(|one| one.category == Some(category.id));
        match vote.rule {
            BudgetRule::EqualShares(_) => inner.run(BudgetRule::EqualShares(COMPLETION_GREEDY)),
            rule => inner.run(rule),
        }
        if vote.rule == BudgetRule::Phragmen {
            inner.by_votes();
        }
        for (id, price) in inner.bought.into_iter().zip(inner.prices) {
            let project = *vote.projects.iter().find(|one| one.id == id).unwrap();
            all.buy(&project, price);
        }
    }
    let mut rest = Slow { bought: Vec::new(), prices: Vec::new(), ..all.clone() };
    rest.run(vote.rule);
    all.bought.extend(rest.bought);
    all.prices.extend(rest.prices);
    all.bought.into_iter().zip(all.prices).collect()
}

fn votes() -> impl Strategy<Value = BudgetVote> {
    let rule = prop_oneof![
        Just(BudgetRule::GreedyVotes),
        Just(BudgetRule::GreedyCost),
        Just(BudgetRule::Phragmen),
        (prop_oneof![Just(None), (1..3u64).prop_map(Some)], any::<bool>())
            .prop_map(|(raise, greedy)| BudgetRule::EqualShares(Completion { raise, greedy })),
    ];
    let project = (prop_oneof![1..4u64, 1..12u64], prop_oneof![Just(None), (1..4u64).prop_map(Some)]);
    let bounds = vec((0..6u64, 0..14u64), 3);
    let ballots = approvals((0..6).map(|place| 3 * place + 2).collect(), 4);
    (0..30u64, vec(project, 6), bounds, ballots, rule).prop_map(|(budget, projects, bounds, ballots, rule)| {
        let of = |(place, (cost, category)): (usize, &(u64, Option<u64>))| Project {
            id: 3 * place as u64 + 2,
            cost: *cost,
            category: *category,
        };
        let mut left = budget;
        let bounded = |(place, (floor, more)): (usize, &(u64, u64))| {
            let floor = (*floor).min(left);
            left -= floor;
            Category { id: place as u64 + 1, floor, ceiling: floor + more }
        };
        let categories = bounds.iter().enumerate().map(bounded).collect();
        let projects = projects.iter().enumerate().map(of).collect();
        BudgetVote { budget, projects, categories, ballots, rule }
    })
}

proptest! {
    #[test]
    fn every_rule_funds_what_the_slow_count_funds_at_its_prices(vote in votes()) {
        let sheet = vote.count().unwrap();
        let counted: Vec<(u64, Price)> = sheet.purchases().map(|one| (one.project, one.price.clone())).collect();
        prop_assert_eq!(counted, slow(&vote));
    }

    #[test]
    fn nothing_is_over_its_bounds(vote in votes()) {
        let sheet = vote.count().unwrap();
        prop_assert!(sheet.spent() <= vote.budget);
        for category in &vote.categories {
            let of = |id: u64| vote.projects.iter().find(|one| one.id == id).unwrap();
            let within = sheet.purchases().map(|one| of(one.project)).filter(|one| one.category == Some(category.id));
            prop_assert!(within.map(|one| one.cost).sum::<u64>() <= category.ceiling);
        }
        let mut funded = outcome(&vote);
        funded.sort_unstable();
        funded.dedup();
        prop_assert_eq!(funded.len(), outcome(&vote).len());
    }
}
