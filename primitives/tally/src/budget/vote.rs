//! A vote on a budget, and its count.

use super::{ballots::Supporters, greedy, phragmen, pot::Pot, shares};
use crate::{
    ballot::{votes, Listed, Places},
    limits::{at_most, not_zero},
    Approvals, CategoryId, Count, CountSheet, Counted, Exact, ProjectId, TallyError, CLASSES_MAX, MONEY_MAX,
    OPTIONS_MAX, ROUNDS_MAX,
};
use serde::{Deserialize, Serialize};

/// What can be funded, whole or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Project {
    /// Its id; of projects that nothing else tells apart, the cheapest is first, and then the lowest id.
    pub id: ProjectId,
    /// What it costs, 1 to [`MONEY_MAX`].
    pub cost: u64,
    /// Its category, if it has one.
    pub category: Option<CategoryId>,
}

/// Bounds of a category.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Its id.
    pub id: CategoryId,
    /// So much is set aside for it before anything else is bought; what its projects leave of that goes to all.
    pub floor: u64,
    /// No more is spent on it.
    pub ceiling: u64,
}

/// What follows after the method of equal shares, which leaves money over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Completion {
    /// The endowment of each voter is raised by so many units, again and again, while what is bought stays within the
    /// budget, and the last time counts.
    pub raise: Option<u64>,
    /// What is left over buys what has the most votes and still fits.
    pub greedy: bool,
}

/// Nothing follows.
pub const COMPLETION_NONE: Completion = Completion { raise: None, greedy: false };
/// By votes.
pub const COMPLETION_GREEDY: Completion = Completion { raise: None, greedy: true };
/// Endowments raised by 1.
pub const COMPLETION_ADD1: Completion = Completion { raise: Some(1), greedy: false };
/// Endowments raised by 1, then by votes.
pub const COMPLETION_ADD1U: Completion = Completion { raise: Some(1), greedy: true };

/// How projects are chosen. What nobody approves is never funded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BudgetRule {
    /// The most votes first; what does not fit is left out.
    GreedyVotes,
    /// The most votes for each unit of cost first; what does not fit is left out.
    GreedyCost,
    /// The method of equal shares, with the cost of a project as what it is worth to who approves it.
    EqualShares(Completion),
    /// Phragmén's sequential method.
    Phragmen,
}

/// A vote on a budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetVote {
    /// What there is to spend.
    pub budget: u64,
    /// What it can be spent on.
    pub projects: Vec<Project>,
    /// Bounds of categories.
    pub categories: Vec<Category>,
    /// The ballots. Blank ones have a share of the budget, too.
    pub ballots: Vec<Approvals>,
    /// The rule.
    pub rule: BudgetRule,
}

/// Why a project was bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Price {
    /// So many approve it.
    Votes(u64),
    /// Supporters pay `payment` each, or all they have left; for each unit of cost that is `rate`, the least of all projects.
    Share {
        /// ρ: what the richer supporters pay for each unit of what the project is worth to them.
        rate: Exact,
        /// What they pay.
        payment: Exact,
    },
    /// So much each voter had earned when the supporters had the money.
    Load(Exact),
}

/// A project that was bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Purchase {
    /// Which.
    pub project: ProjectId,
    /// What it costs.
    pub cost: u64,
    /// Why it.
    pub price: Price,
    /// Others that were as good: they cost more, or have a higher id. In ascending order.
    pub tied: Vec<ProjectId>,
}

/// What a phase did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// By votes.
    GreedyVotes,
    /// By votes for each unit of cost.
    GreedyCost,
    /// By equal shares.
    EqualShares {
        /// What each voter had at first.
        endowment: Exact,
        /// How often endowments had been raised.
        raises: u64,
    },
    /// By Phragmén.
    Phragmen,
}

/// Purchases by one rule from one pot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// The category whose floor it is; `None` is all projects.
    pub category: Option<CategoryId>,
    /// What there was to spend.
    pub pot: u64,
    /// What was done.
    pub step: Step,
    /// What was bought, in this order.
    pub purchases: Vec<Purchase>,
}

/// The count of a vote on a budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BudgetSheet {
    /// What there was to spend.
    pub budget: u64,
    /// By which rule.
    pub rule: BudgetRule,
    /// How many voted, blank ballots included.
    pub voters: u64,
    /// All phases: floors of categories in ascending order of their ids, then everything else.
    pub phases: Vec<Phase>,
}

impl BudgetSheet {
    /// What was spent.
    pub fn spent(&self) -> u64 {
        self.purchases().fold(0, |spent, purchase| spent.saturating_add(purchase.cost))
    }

    /// All purchases, in their order.
    pub fn purchases(&self) -> impl Iterator<Item = &Purchase> {
        self.phases.iter().flat_map(|phase| &phase.purchases)
    }
}

impl CountSheet for BudgetSheet {
    /// What is funded, in the order of the purchases.
    type Outcome = Vec<ProjectId>;

    fn outcome(&self) -> Vec<ProjectId> {
        self.purchases().map(|purchase| purchase.project).collect()
    }
}

impl BudgetVote {
    fn check(&self) -> Result<Listed, TallyError> {
        at_most(Counted::Money, self.budget, MONEY_MAX)?;
        let listed = Listed::new(self.projects.iter().map(|project| project.id), Counted::Options, OPTIONS_MAX)?;
        for project in &self.projects {
            not_zero(Counted::Money, project.cost)?;
            at_most(Counted::Money, project.cost, MONEY_MAX)?;
        }
        if let BudgetRule::EqualShares(Completion { raise: Some(raise), .. }) = self.rule {
            not_zero(Counted::Money, raise)?;
            at_most(Counted::Money, raise, MONEY_MAX)?;
        }
        let categories = Listed::new(self.categories.iter().map(|one| one.id), Counted::Classes, CLASSES_MAX)?;
        for category in self.projects.iter().filter_map(|project| project.category) {
            categories.place(category)?;
        }
        self.check_bounds().map(|()| listed)
    }

    fn check_bounds(&self) -> Result<(), TallyError> {
        let bounds = |floor, ceiling| match floor <= ceiling {
            true => Ok(()),
            false => Err(TallyError::Bounds { floor, ceiling }),
        };
        let floors = self.categories.iter().fold(0u64, |sum, category| sum.saturating_add(category.floor));
        bounds(floors, self.budget)?;
        self.categories.iter().try_for_each(|category| bounds(category.floor, category.ceiling))
    }

    /// The floor of a category. // TAL-36
    fn fill(&self, category: &Category, pot: &mut Pot, supporters: &Supporters) -> Result<Vec<Phase>, TallyError> {
        let mut inner = pot.of_category(category);
        let rule = match self.rule {
            BudgetRule::EqualShares(_) => BudgetRule::EqualShares(COMPLETION_GREEDY),
            rule => rule,
        };
        let mut phases = run(rule, &mut inner, supporters)?;
        if rule == BudgetRule::Phragmen {
            phases.push(greedy::by_votes(&mut inner, supporters));
        }
        for phase in &mut phases {
            phase.category = Some(category.id);
            phase.purchases.iter().for_each(|purchase| pot.take(purchase.project));
        }
        Ok(phases)
    }
}

/// What a rule buys from a pot.
fn run(rule: BudgetRule, pot: &mut Pot, supporters: &Supporters) -> Result<Vec<Phase>, TallyError> {
    Ok(match rule {
        BudgetRule::GreedyVotes => vec![greedy::by_votes(pot, supporters)],
        BudgetRule::GreedyCost => vec![greedy::by_cost(pot, supporters)],
        BudgetRule::Phragmen => vec![phragmen::phragmen(pot, supporters)?],
        BudgetRule::EqualShares(completion) => {
            let mut phases = vec![shares::equal_shares(pot, supporters, completion.raise, ROUNDS_MAX)?];
            if completion.greedy {
                phases.push(greedy::by_votes(pot, supporters));
            }
            phases
        }
    })
}

impl Count for BudgetVote {
    type Sheet = BudgetSheet;

    // TAL-32 to TAL-37
    fn count(&self) -> Result<BudgetSheet, TallyError> {
        let listed = self.check()?;
        let supporters = Supporters::new(&self.ballots, &Places::new(&self.ballots, &listed)?, listed.len());
        let mut pot = Pot::new(self);
        let mut categories = self.categories.clone();
        categories.sort_by_key(|category| category.id);
        let mut phases = Vec::new();
        for category in categories.iter().filter(|category| category.floor > 0) {
            phases.extend(self.fill(category, &mut pot, &supporters)?);
        }
        phases.extend(run(self.rule, &mut pot, &supporters)?);
        Ok(BudgetSheet { budget: self.budget, rule: self.rule, voters: votes(&self.ballots), phases })
    }
}
