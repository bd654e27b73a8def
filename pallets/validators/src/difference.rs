//! What a change of the set means for those who follow the chain and for those who must keep it going.

use icn_primitives::ValidatorSet;

/// Power that moves from `before` to `after`: what is taken or what is given, whichever is more.
pub fn moved_power(before: &ValidatorSet, after: &ValidatorSet) -> u64 {
    gained(before, after).max(gained(after, before))
}

/// Power that validators have in `after` and did not have in `before`.
fn gained(before: &ValidatorSet, after: &ValidatorSet) -> u64 {
    let had = |key| before.by_key(key).map_or(0, |validator| validator.power);
    // A set's powers are far below the type's bound, together.
    after.validators().iter().map(|validator| validator.power.saturating_sub(had(&validator.key))).sum()
}

/// Whether more than a third of the power moves: a light client that knows `before` does not trust `after` without the
/// blocks between, and one validator that joins with so much can stop the chain.
pub fn is_large(before: &ValidatorSet, after: &ValidatorSet) -> bool {
    let total = before.total_power().max(after.total_power());
    u128::from(moved_power(before, after)) * 3 > total.into()
}

/// Whether the rest decides blocks without any one validator.
pub fn survives_loss(set: &ValidatorSet) -> bool {
    let most = set.validators().first().map_or(0, |validator| validator.power);
    u128::from(most) * 3 < set.total_power().into()
}

/// Whether a change leaves a set that cannot do without one of its validators, where it could before or somebody has
/// left.
pub fn loses_tolerance(before: &ValidatorSet, after: &ValidatorSet) -> bool {
    let fewer = after.validators().len() < before.validators().len();
    !survives_loss(after) && (fewer || survives_loss(before))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set(powers: &[(u8, u64)]) -> ValidatorSet {
        ValidatorSet::new(powers.iter().map(|(key, power)| ([*key; 32], *power))).expect("a set")
    }

    #[test]
    fn what_is_taken_and_what_is_given_counts_once() {
        let before = set(&[(1, 5), (2, 5)]);
        assert_eq!(moved_power(&before, &before.next()), 0);
        assert_eq!(moved_power(&before, &set(&[(1, 5), (2, 5), (3, 4)])), 4);
        assert_eq!(moved_power(&before, &set(&[(1, 5)])), 5);
        assert_eq!(moved_power(&before, &set(&[(1, 5), (3, 5)])), 5, "a rotation");
        assert_eq!(moved_power(&before, &set(&[(1, 9), (2, 3)])), 4);
    }

    #[test]
    fn more_than_a_third_is_large() {
        assert!(!is_large(&set(&[(1, 2)]), &set(&[(1, 2), (2, 1)])), "one of three");
        assert!(is_large(&set(&[(1, 1), (2, 1)]), &set(&[(1, 1), (2, 1), (3, 2)])), "two of four");
        assert!(!is_large(&set(&[(1, 1), (2, 1), (3, 1)]), &set(&[(1, 1), (2, 1)])), "one of three");
        assert!(is_large(&set(&[(1, 1), (2, 1)]), &set(&[(1, 1)])), "one of two");
    }

    #[test]
    fn four_equals_survive_a_loss_and_three_do_not() {
        assert!(survives_loss(&set(&[(1, 1), (2, 1), (3, 1), (4, 1)])));
        assert!(!survives_loss(&set(&[(1, 1), (2, 1), (3, 1)])));
        assert!(!survives_loss(&set(&[(1, 2), (2, 1), (3, 1), (4, 1)])));
    }

    #[test]
    fn tolerance_is_lost_where_it_was_or_when_somebody_leaves() {
        let (four, three) = (set(&[(1, 1), (2, 1), (3, 1), (4, 1)]), set(&[(1, 1), (2, 1), (3, 1)]));
        assert!(loses_tolerance(&four, &three));
        assert!(loses_tolerance(&three, &set(&[(1, 1), (2, 1)])));
        assert!(loses_tolerance(&four, &set(&[(1, 9), (2, 1), (3, 1), (4, 1)])));
        assert!(!loses_tolerance(&three, &four));
        assert!(!loses_tolerance(&three, &set(&[(1, 1), (2, 1), (3, 2)])));
    }

    proptest! {
        #[test]
        fn who_survives_a_loss_has_a_quorum_without_anyone(powers in proptest::collection::vec(1..30u64, 1..9)) {
            let powers: Vec<_> = powers.into_iter().zip(1u8..).map(|(power, key)| (key, power)).collect();
            let set = set(&powers);
            let total = set.total_power();
            let without_anyone = set.validators().iter().all(|validator| set.is_quorum(total - validator.power));
            prop_assert_eq!(survives_loss(&set), without_anyone);
        }
    }
}
