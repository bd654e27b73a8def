use super::*;
use proptest::prelude::*;

/// Four groups, nested or apart, with sizes that agree with that: more groups are never fewer people, and nobody knows how many
/// the last one may become.
fn electorates() -> impl Strategy<Value = Electorate> {
    (1u8..16).prop_map(|mask| {
        let groups: BTreeSet<_> = (0..4).filter(|bit| mask >> bit & 1 == 1).map(|bit| format!("group{bit}")).collect();
        let many = groups.len() as u64;
        let sized = !groups.contains("group3");
        Electorate { groups: Rc::new(groups), least: many * 3, most: sized.then_some(many * 5) }
    })
}

fn shares() -> impl Strategy<Value = Ratio> {
    (0i128..7, 1i128..7).prop_map(|(a, b)| crate::number::reduced(a.min(b), b).expect("the denominator is not 0"))
}

fn quorums() -> impl Strategy<Value = Quorum> {
    prop_oneof![shares().prop_map(Quorum::Share), (1i128..12).prop_map(Quorum::Count)]
}

fn thresholds() -> impl Strategy<Value = Threshold> {
    let class = (quorums(), shares());
    prop_oneof![
        Just(Threshold::None),
        (shares(), any::<bool>(), any::<bool>()).prop_map(|(ratio, exceeded, eligible)| {
            // A share of 1 cannot be exceeded.
            Threshold::Share { exceeded: exceeded && ratio != (1, 1), ratio, eligible }
        }),
        Just(Threshold::UNANIMOUS),
        proptest::collection::btree_map("[ab]", class, 1..3).prop_map(Threshold::Classes),
        ("(score|irv)", shares()).prop_map(|(method, ratio)| Threshold::Other { method, ratio }),
    ]
}

fn rules() -> impl Strategy<Value = Rule> {
    (electorates(), quorums(), thresholds(), 0i64..3, 0i64..3, 0i64..3, any::<bool>()).prop_map(
        |(electorate, quorum, threshold, deliberation, voting, timelock, review)| Rule {
            electorate,
            quorum,
            threshold,
            deliberation,
            voting,
            timelock,
            review,
        },
    )
}

/// Whether two quorums ask for the same number.
fn same_quorum(a: &Rule, b: &Rule) -> bool {
    a.quorum == b.quorum || a.quorum.fewest(&a.electorate) == b.quorum.fewest(&b.electorate)
}

proptest! {
    #![proptest_config(ProptestConfig { max_local_rejects: 1_000_000, max_global_rejects: 1_000_000, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn reflexive(rule in rules()) {
        prop_assert!(rule.at_least(&rule));
    }

    #[test]
    fn transitive(a in rules(), b in rules(), c in rules()) {
        for component in Component::ALL {
            // The quorum counts voters: it is compared among electorates of which the stricter holds the other.
            let nested = component != Component::Quorum
                || (a.holds(Component::Electorate, &b) && b.holds(Component::Electorate, &c));
            if nested && a.holds(component, &b) && b.holds(component, &c) {
                prop_assert!(a.holds(component, &c), "{:?}", component);
            }
        }
    }

    #[test]
    fn antisymmetric_in_each_component(a in rules(), b in rules()) {
        let both = |component| a.holds(component, &b) && b.holds(component, &a);
        prop_assert!(!both(Component::Electorate) || a.electorate.groups == b.electorate.groups);
        let one = a.electorate.groups == b.electorate.groups;
        prop_assert!(!(one && both(Component::Quorum)) || same_quorum(&a, &b));
        prop_assert!(!both(Component::Threshold) || a.threshold == b.threshold);
        prop_assert!(!both(Component::Deliberation) || a.deliberation == b.deliberation);
        prop_assert!(!both(Component::Voting) || a.voting == b.voting);
        prop_assert!(!both(Component::Timelock) || a.timelock == b.timelock);
        prop_assert!(!both(Component::Review) || a.review == b.review);
    }

    #[test]
    fn raising_one_setting_never_makes_it_weaker(a in rules(), b in rules(), by in 1i128..5) {
        let share = |(n, d): Ratio| crate::number::reduced((n + by).min(d), d).unwrap();
        let quorum = match a.quorum {
            Quorum::Share(ratio) => Quorum::Share(share(ratio)),
            Quorum::Count(count) => Quorum::Count(count + by),
        };
        let threshold = match a.threshold.clone() {
            Threshold::Share { ratio, exceeded, eligible } => {
                let ratio = share(ratio);
                Threshold::Share { ratio, exceeded: exceeded && ratio != (1, 1), eligible }
            }
            Threshold::Other { method, ratio } => Threshold::Other { method, ratio: share(ratio) },
            Threshold::None => Threshold::UNANIMOUS,
            classes => classes,
        };
        let by = by as i64;
        let raised = [
            Rule { quorum, ..a.clone() },
            Rule { threshold, ..a.clone() },
            Rule { deliberation: a.deliberation + by, ..a.clone() },
            Rule { voting: a.voting + by, ..a.clone() },
            Rule { timelock: a.timelock + by, ..a.clone() },
            Rule { review: true, ..a.clone() },
        ];
        for rule in raised {
            prop_assert!(rule.at_least(&a));
            prop_assert!(!a.at_least(&b) || rule.at_least(&b));
        }
    }
}

#[test]
fn one_half_exceeded_is_less_than_two_thirds_and_more_than_one_half() {
    let share = |ratio, exceeded| Threshold::Share { ratio, exceeded, eligible: false };
    assert!(share((2, 3), false).at_least(&share((1, 2), true)));
    assert!(share((1, 2), true).at_least(&share((1, 2), false)));
    assert!(!share((1, 2), false).at_least(&share((1, 2), true)));
    assert!(Threshold::UNANIMOUS.at_least(&share((99, 100), true)));
    assert!(!Threshold::None.at_least(&share((1, 2), true)));
}

#[test]
fn a_number_does_not_grow_with_the_members() {
    let of = |most| Electorate { groups: Rc::default(), least: 10, most };
    assert!(!Quorum::Count(50).at_least(&of(None), Quorum::Share((1, 2)), &of(None)));
    assert!(Quorum::Count(50).at_least(&of(None), Quorum::Share((1, 2)), &of(Some(100))));
    assert!(Quorum::Share((1, 2)).at_least(&of(None), Quorum::Count(5), &of(None)));
    assert!(!Quorum::Share((1, 2)).at_least(&of(None), Quorum::Count(6), &of(None)));
}
