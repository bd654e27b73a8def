//! Conviction: by hand, and against the recurrence in numbers of any size.

use crate::samples::{outcome, share};
use icn_tally::{Conviction, ConvictionRule, Count, Period, TallyError};
use num_bigint::BigUint;
use proptest::{collection::vec, prelude::*};

fn conviction(half_life: u64, periods: &[(u64, u64)], requested: u64) -> Conviction {
    let rule = ConvictionRule { half_life, max_share: share(1, 2), weight: share(1, 50) };
    let periods = periods.iter().map(|(steps, stake)| Period { steps: *steps, stake: *stake }).collect();
    Conviction { rule, periods, supply: 1_000, requested, pool: 1_000 }
}

fn convinced(conviction: &Conviction) -> u128 {
    conviction.count().unwrap().ends.last().unwrap().convinced.0
}

#[test]
fn a_half_life_of_one_halves_each_step() {
    let sheet = conviction(1, &[(1, 8), (1, 8), (2, 0)], 0).count().unwrap();
    assert_eq!(sheet.alpha, 1 << 63);
    let ends: Vec<u128> = sheet.ends.iter().map(|end| end.convinced.0 >> 48).collect();
    assert_eq!(ends, [8, 12, 3]);
}

#[test]
fn after_the_half_life_half_is_left() {
    for half_life in [1, 2, 7, 168, 5_000, 131_072 / 2] {
        let start = convinced(&conviction(half_life, &[(1, 1_000)], 0));
        let later = convinced(&conviction(half_life, &[(1, 1_000), (half_life, 0)], 0));
        assert!(2 * later <= start && start - 2 * later < 1 << 20, "{half_life}: {start} {later}");
    }
}

#[test]
fn alpha_is_the_greatest_whose_power_is_at_most_one_half() {
    for half_life in 1..40u32 {
        let alpha = BigUint::from(conviction(half_life.into(), &[], 0).count().unwrap().alpha);
        let half = BigUint::from(1u8) << (64 * half_life - 1);
        assert!(alpha.pow(half_life) <= half && (alpha + 1u8).pow(half_life) > half, "{half_life}");
    }
}

#[test]
fn with_all_stake_for_long_the_threshold_decides() {
    // In the limit y · (1 − α) is the stake: 1000 ≥ 20 / (1/2 − r)², so r may be at most 1/2 − √(1/50) = 0.35857….
    let passes = |requested, stake| outcome(&conviction(10, &[(2_000, stake)], requested));
    assert!(passes(358, 1_000) && !passes(359, 1_000));
    // 80 of 1000 are enough for nothing: 20 / (1/4) = 80, and rounding keeps below.
    assert!(passes(0, 81) && !passes(0, 79));
}

#[test]
fn nothing_convinces_of_the_share_that_nobody_may_ask_for() {
    for requested in [500, 501, 1_000, 5_000] {
        assert!(!outcome(&conviction(10, &[(100_000, 1_000)], requested)));
    }
    let nothing = Conviction { pool: 0, ..conviction(10, &[(100, 1_000)], 0) };
    assert!(!outcome(&nothing));
    assert!(!outcome(&Conviction { supply: 0, periods: vec![], ..nothing }));
}

#[test]
fn stake_is_bounded_by_the_supply_and_steps_by_their_limit() {
    let refused = conviction(1, &[(1, 1_001)], 0).count();
    assert_eq!(refused, Err(TallyError::MoreThanEligible { cast: 1_001, eligible: 1_000 }));
    assert!(conviction(0, &[], 0).count().is_err());
    assert!(conviction(1, &[(u64::MAX, 1), (u64::MAX, 1)], 0).count().is_err());
}

#[test]
fn the_largest_inputs_fit() {
    let largest = Conviction {
        supply: icn_tally::VOTES_MAX,
        pool: icn_tally::MONEY_MAX,
        ..conviction(icn_tally::ROUNDS_MAX, &[(icn_tally::ROUNDS_MAX, icn_tally::VOTES_MAX)], icn_tally::MONEY_MAX / 3)
    };
    assert!(largest.count().is_ok());
}

proptest! {
    #[test]
    fn every_step_is_the_recurrence(half_life in 1..200u64, periods in vec((0..20u64, 0..=1_000u64), 1..6)) {
        let conviction = conviction(half_life, &periods, 0);
        let sheet = conviction.count().unwrap();
        let mut slow = BigUint::from(0u8);
        for (steps, stake) in periods {
            for _ in 0..steps {
                slow = ((slow * sheet.alpha) >> 64u32) + (BigUint::from(stake) << 48u32);
            }
        }
        prop_assert_eq!(BigUint::from(convinced(&conviction)), slow);
    }
}
