//! Budgets by hand: each rule, ties, completions, categories.

use crate::samples::{approving, outcome, project};
use icn_tally::{
    Approvals, BudgetRule, BudgetSheet, BudgetVote, Category, Completion, Count, Exact, Price, Project, Step,
    TallyError, COMPLETION_ADD1, COMPLETION_ADD1U, COMPLETION_GREEDY, COMPLETION_NONE,
};

/// Four voters with 3 of 12 each.
fn vote(rule: BudgetRule) -> BudgetVote {
    let ballots = vec![approving(2, &[1]), approving(1, &[1, 2]), approving(1, &[2, 3])];
    let projects = vec![project(1, 6), project(2, 3), project(3, 4), project(4, 1)];
    BudgetVote { budget: 12, projects, categories: vec![], ballots, rule }
}

fn shares(completion: Completion) -> BudgetRule {
    BudgetRule::EqualShares(completion)
}

fn exact(num: u64, den: u64) -> Exact {
    Exact::new(num, den).unwrap()
}

fn prices(sheet: &BudgetSheet) -> Vec<(u64, Price)> {
    sheet.purchases().map(|purchase| (purchase.project, purchase.price.clone())).collect()
}

#[test]
fn equal_shares_buys_where_supporters_pay_least_for_what_they_get() {
    // Three pay 2 for the first: a third of a unit for each unit of cost. Then the third has 1 left and pays all of it for
    // the second, of which the fourth pays 2. The third project would need 4 of one voter.
    let sheet = vote(shares(COMPLETION_NONE)).count().unwrap();
    let first = Price::Share { rate: exact(1, 3), payment: exact(2, 1) };
    let second = Price::Share { rate: exact(2, 3), payment: exact(2, 1) };
    assert_eq!(prices(&sheet), [(1, first), (2, second)]);
    assert_eq!((sheet.spent(), sheet.voters), (9, 4));
    assert_eq!(sheet.phases[0].step, Step::EqualShares { endowment: exact(3, 1), raises: 0 });
}

#[test]
fn endowments_are_raised_while_the_budget_allows() {
    // With 6 each the fourth voter would pay the third project, 13 in all.
    let sheet = vote(shares(COMPLETION_ADD1)).count().unwrap();
    assert_eq!(sheet.phases[0].step, Step::EqualShares { endowment: exact(5, 1), raises: 2 });
    assert_eq!(outcome(&vote(shares(COMPLETION_ADD1))), [1, 2]);
    let richer = BudgetVote { budget: 13, ..vote(shares(COMPLETION_ADD1)) };
    assert_eq!(outcome(&richer), [1, 2, 3], "3.25 and three raises");
}

#[test]
fn what_is_left_buys_by_votes_but_nothing_that_nobody_approves() {
    let fits =
        |rule| BudgetVote { projects: vec![project(1, 6), project(2, 3), project(3, 3), project(4, 1)], ..vote(rule) };
    assert_eq!(outcome(&fits(shares(COMPLETION_NONE))), [1, 2]);
    let sheet = fits(shares(COMPLETION_GREEDY)).count().unwrap();
    assert_eq!(prices(&sheet)[2..], [(3, Price::Votes(1))]);
    assert_eq!(sheet.phases[1].pot, 3);
    assert_eq!(outcome(&fits(shares(COMPLETION_ADD1U))), [1, 2, 3]);
}

#[test]
fn phragmen_buys_as_soon_as_supporters_have_the_money() {
    // 3 / 2, then (6 + 3 / 2) / 3, and the third at 4 + 3 / 2 would be more than the budget.
    let sheet = vote(BudgetRule::Phragmen).count().unwrap();
    assert_eq!(prices(&sheet), [(2, Price::Load(exact(3, 2))), (1, Price::Load(exact(5, 2)))]);
}

#[test]
fn phragmen_ends_when_one_of_the_next_is_too_dear() {
    let vote = BudgetVote {
        budget: 4,
        projects: vec![project(1, 1), project(2, 2), project(3, 2)],
        ballots: vec![approving(1, &[1]), approving(1, &[2]), approving(1, &[3]), approving(1, &[3])],
        ..vote(BudgetRule::Phragmen)
    };
    // 1 and 3 at load 1; then only 2, at load 2, which is 5 in all.
    assert_eq!(outcome(&vote), [1, 3]);
}

#[test]
fn greedy_rules_leave_out_what_does_not_fit() {
    let vote = |rule| BudgetVote {
        budget: 7,
        projects: vec![project(1, 6), project(2, 4), project(3, 2), project(4, 1)],
        ballots: vec![approving(3, &[1]), approving(2, &[2, 3]), approving(1, &[4])],
        ..vote(rule)
    };
    assert_eq!(outcome(&vote(BudgetRule::GreedyVotes)), [1, 4]);
    // 1/2, 1/2, 1 and 1 votes for each unit; of equals the cheaper.
    assert_eq!(outcome(&vote(BudgetRule::GreedyCost)), [4, 3, 2]);
}

#[test]
fn ties_go_to_the_cheaper_then_to_the_lower_id_and_the_sheet_says_so() {
    for rule in [BudgetRule::GreedyVotes, shares(COMPLETION_NONE), BudgetRule::Phragmen] {
        let projects = vec![project(9, 2), project(5, 2), project(7, 2)];
        let sheet = BudgetVote { projects, ballots: vec![approving(3, &[5, 7, 9])], ..vote(rule) }.count().unwrap();
        let told: Vec<(u64, Vec<u64>)> = sheet.purchases().map(|one| (one.project, one.tied.clone())).collect();
        assert_eq!(told, [(5, vec![7, 9]), (7, vec![9]), (9, vec![])], "{rule:?}");
    }
    let projects = vec![project(1, 4), project(2, 2)];
    let sheet = BudgetVote { projects, ballots: vec![approving(1, &[1, 2])], ..vote(shares(COMPLETION_NONE)) };
    assert_eq!(outcome(&sheet), [2, 1], "one rate, and the second is cheaper");
}

fn in_category(id: u64, cost: u64, category: u64) -> Project {
    Project { category: Some(category), ..project(id, cost) }
}

fn category(id: u64, floor: u64, ceiling: u64) -> Category {
    Category { id, floor, ceiling }
}

/// Nine voters for 1 to 3 in the first category, one for 4 in the second.
fn unequal(rule: BudgetRule, categories: Vec<Category>) -> BudgetVote {
    let projects = vec![in_category(1, 3, 1), in_category(2, 3, 1), in_category(3, 3, 1), in_category(4, 3, 2)];
    let ballots = vec![approving(9, &[1, 2, 3]), approving(1, &[4])];
    BudgetVote { budget: 10, projects, categories, ballots, rule }
}

#[test]
fn floors_are_filled_first_and_ceilings_are_kept() {
    for rule in [BudgetRule::GreedyVotes, BudgetRule::GreedyCost, shares(COMPLETION_GREEDY), BudgetRule::Phragmen] {
        let open = vec![category(1, 0, 10), category(2, 0, 10)];
        assert_eq!(outcome(&unequal(rule, open)), [1, 2, 3], "{rule:?}");
        let floor = vec![category(1, 0, 10), category(2, 4, 10)];
        let sheet = unequal(rule, floor.clone()).count().unwrap();
        assert_eq!(sheet.phases[0].category, Some(2));
        assert_eq!(outcome(&unequal(rule, floor)), [4, 1, 2], "{rule:?}");
        let ceiling = vec![category(1, 0, 5), category(2, 0, 10)];
        let mut bought = outcome(&unequal(rule, ceiling));
        bought.sort_unstable();
        let second = rule != BudgetRule::GreedyVotes || bought.contains(&4);
        assert!(second && bought[0] == 1 && !bought.contains(&2), "{rule:?}: {bought:?}");
    }
}

#[test]
fn a_floor_that_buys_nothing_goes_to_all() {
    let floor = vec![category(1, 0, 10), category(2, 2, 10)];
    let sheet = unequal(BudgetRule::GreedyVotes, floor).count().unwrap();
    assert_eq!(sheet.phases.iter().map(|phase| phase.pot).collect::<Vec<_>>(), [2, 10]);
    assert_eq!(sheet.spent(), 9);
}

#[test]
fn without_ballots_nothing_is_funded() {
    for rule in [BudgetRule::GreedyVotes, BudgetRule::GreedyCost, shares(COMPLETION_ADD1U), BudgetRule::Phragmen] {
        assert_eq!(outcome(&BudgetVote { ballots: vec![], ..vote(rule) }), [0; 0]);
        assert_eq!(outcome(&BudgetVote { ballots: vec![approving(5, &[])], ..vote(rule) }), [0; 0]);
        assert_eq!(outcome(&BudgetVote { budget: 0, ..vote(rule) }), [0; 0]);
    }
}

#[test]
fn projects_and_categories_make_sense_or_are_refused() {
    let with = |projects, categories| {
        BudgetVote { projects, categories, ballots: vec![], ..vote(BudgetRule::Phragmen) }.count()
    };
    assert!(with(vec![project(1, 0)], vec![]).is_err(), "it costs nothing");
    assert_eq!(with(vec![project(1, 1), project(1, 2)], vec![]), Err(TallyError::Repeated { id: 1 }));
    assert_eq!(with(vec![in_category(1, 1, 8)], vec![]), Err(TallyError::Unknown { id: 8 }));
    assert_eq!(with(vec![], vec![category(1, 3, 2)]), Err(TallyError::Bounds { floor: 3, ceiling: 2 }));
    let floors = vec![category(1, 7, 9), category(2, 6, 9)];
    assert_eq!(with(vec![], floors), Err(TallyError::Bounds { floor: 13, ceiling: 12 }));
    let never = Completion { raise: Some(0), greedy: false };
    assert!(vote(shares(never)).count().is_err());
}

#[test]
fn an_endowment_is_not_raised_without_end() {
    // One voter of a million pays alone, a unit at a time.
    let large = BudgetVote {
        budget: 1 << 40,
        projects: vec![project(1, 1 << 40)],
        ballots: vec![approving(1, &[1]), approving(1 << 20, &[])],
        ..vote(shares(COMPLETION_ADD1))
    };
    assert!(matches!(large.count(), Err(TallyError::TooMany { .. })));
}

#[test]
fn fractions_of_any_size_are_exact_up_to_the_limit() {
    // Every project has another large number of supporters, so that denominators grow by about 35 bits with each purchase.
    let count = |projects: u64| {
        let group =
            |first: u64| Approvals { count: (1 << 30) + 2 * first * first + 1, options: (first..projects).collect() };
        let ballots = (0..projects).map(group).collect();
        let projects = (0..projects).map(|id| project(id, 1_000)).collect();
        BudgetVote { budget: 1_000_000_000, projects, categories: vec![], ballots, rule: BudgetRule::Phragmen }.count()
    };
    assert_eq!(count(40).unwrap().purchases().count(), 40);
    assert!(matches!(count(200), Err(TallyError::TooComplex { .. })));
}
