//! Count sheets of every rule: they survive JSON, and whoever changes anything in one is found out.

use crate::samples::{approving, project, ranked, share, SEED};
use icn_tally::*;
use serde_json::{json, Value};

/// The value with one leaf or list changed, in every way.
fn changed(value: &Value) -> Vec<Value> {
    match value {
        Value::Bool(bit) => vec![json!(!bit)],
        Value::Number(number) => vec![json!(number.as_i64().unwrap_or(0) ^ 1)],
        Value::String(text) => vec![json!(format!("{text}1")), json!(text.replace(['0', '1'], "2"))],
        Value::Null => vec![json!(0)],
        Value::Array(list) => {
            let mut all = vec![json!(list.iter().skip(1).collect::<Vec<_>>())];
            for (place, inner) in list.iter().enumerate() {
                all.extend(changed(inner).into_iter().map(|inner| {
                    let mut list = list.clone();
                    list[place] = inner;
                    json!(list)
                }));
            }
            all
        }
        Value::Object(fields) => {
            let mut all = Vec::new();
            for (name, inner) in fields {
                all.extend(changed(inner).into_iter().map(|inner| {
                    let mut fields = fields.clone();
                    fields.insert(name.clone(), inner);
                    json!(fields)
                }));
            }
            all
        }
    }
}

/// Checks the sheet of an election, and that none of its changed forms is accepted.
fn checked<C: Count>(count: &C) {
    let sheet = count.count().unwrap();
    let text = json!(sheet);
    let read: C::Sheet = serde_json::from_value(text.clone()).unwrap();
    assert!(read == sheet && count.verify(&read).is_ok());
    let mut tried = 0;
    for wrong in changed(&text).iter().filter(|wrong| **wrong != text) {
        // What is no sheet at all is refused before it is checked.
        if let Ok(wrong) = serde_json::from_value::<C::Sheet>(wrong.clone()) {
            assert!(matches!(count.verify(&wrong), Err(TallyError::Mismatch)));
            wrong.outcome();
            tried += 1;
        }
    }
    assert!(tried > 4, "{tried} of {text}");
}

fn orders() -> Vec<Preferences> {
    vec![ranked(5, &[1, 2, 3]), ranked(3, &[2, 1]), ranked(3, &[3, 2]), ranked(1, &[4, 3]), ranked(1, &[])]
}

const OPTIONS: [u64; 4] = [1, 2, 3, 4];

#[test]
fn sheets_of_polls() {
    let votes = Votes { yes: 3, no: 2, abstain: 1, eligible: 10 };
    let rule = MotionRule {
        quorum: Quorum::Share(Share::HALF),
        threshold: Threshold::Majority(Share::HALF),
        of: Base::OfCast,
        abstain: Abstention::CountsQuorum,
    };
    checked(&Motion { votes, rule });
    let counted =
        MotionRule { quorum: Quorum::Count(3), threshold: Threshold::Unanimous, of: Base::OfEligible, ..rule };
    let classes = vec![ClassVotes { class: 2, votes, rule }, ClassVotes { class: 1, votes, rule: counted }];
    checked(&ClassMotion { classes, required: Some(vec![2]) });
    let objection = Objection { paramount: true, reason: true, alternative: false, earlier: 0 };
    let voices = vec![
        Voice { member: 1, delegated: false, position: Position::Consent },
        Voice { member: 2, delegated: false, position: Position::Object(objection) },
    ];
    let objections = ObjectionRule { alternative_required: false, max_per_period: None };
    let rule = ConsentRule::Consensus(Quorum::Count(1), share(2, 3));
    checked(&Consent { voices, eligible: 3, rule, objections });
    let periods = vec![Period { steps: 3, stake: 5 }, Period { steps: 1, stake: 0 }];
    let rule = ConvictionRule { half_life: 4, max_share: Share::HALF, weight: share(1, 50) };
    checked(&Conviction { rule, periods, supply: 9, requested: 1, pool: 10 });
}

#[test]
fn sheets_of_options() {
    let options = OPTIONS.to_vec();
    let ballots = vec![approving(2, &[1, 2]), approving(1, &[3])];
    checked(&Approval { options: options.clone(), ballots, seats: 2, threshold: Share::HALF });
    let ballots = vec![Points { count: 2, marks: vec![(1, 3), (2, 1)] }];
    checked(&Score { options: options.clone(), ballots: ballots.clone(), seats: 1, points_max: 5 });
    checked(&Quadratic { options: options.clone(), ballots, seats: 1, credits: 10 });
    checked(&Borda { options: options.clone(), ballots: orders(), seats: 1 });
    checked(&Runoff { options: options.clone(), ballots: orders(), seed: SEED });
    let ballots =
        vec![Ranking { count: 2, ranks: vec![vec![1, 2], vec![3]] }, Ranking { count: 2, ranks: vec![vec![3, 4]] }];
    checked(&Schulze { options, ballots, seed: SEED });
}

#[test]
fn sheets_of_persons() {
    checked(&Stv { options: OPTIONS.to_vec(), ballots: orders(), seats: 2, seed: SEED });
    let eligible = ["a", "b", "c"].map(|name| Eligible { name: name.into(), class: 1 }).to_vec();
    checked(&Sortition { eligible, seats: 2, stratified: true, seed: SEED });
    let to = |from, to| Delegation { from, to, area: None, since: 0, until: None };
    let rule = DelegationRule { area: 1, depth: 8, max_in: 5 };
    let delegations = vec![to(1, 2), to(2, 3), to(4, 4)];
    checked(&Delegated { members: vec![1, 2, 3, 4, 5], voted: vec![3], delegations, rule, closed: 1 });
}

#[test]
fn sheets_of_budgets() {
    let rules = [
        BudgetRule::GreedyVotes,
        BudgetRule::GreedyCost,
        BudgetRule::EqualShares(COMPLETION_ADD1U),
        BudgetRule::Phragmen,
    ];
    for rule in rules {
        let ballots = vec![approving(2, &[1, 2]), approving(1, &[3, 2])];
        let projects = vec![Project { category: Some(7), ..project(1, 3) }, project(2, 3), project(3, 5)];
        let categories = vec![Category { id: 7, floor: 3, ceiling: 5 }];
        checked(&BudgetVote { budget: 10, projects, categories, ballots, rule });
    }
}

#[test]
fn a_sheet_of_other_ballots_is_refused() {
    let election = |ballots| Stv { options: OPTIONS.to_vec(), ballots, seats: 2, seed: SEED };
    let sheet = election(orders()).count().unwrap();
    assert_eq!(election(vec![ranked(5, &[1])]).verify(&sheet), Err(TallyError::Mismatch));
    let drawn_otherwise = Stv { seed: Seed([8; 32]), ..election(orders()) };
    assert_eq!(drawn_otherwise.verify(&sheet), Err(TallyError::Mismatch));
}

#[test]
fn seeds_of_two_polls_differ() {
    let beacon = [1; 32];
    assert_ne!(Seed::of_poll(&beacon, b"one"), Seed::of_poll(&beacon, b"two"));
    assert_ne!(Seed::of_poll(&beacon, b"one"), Seed::of_poll(&[2; 32], b"one"));
}
