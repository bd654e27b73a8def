use crate::{mock::*, Changes, Current, History, Since};
use frame_support::BoundedBTreeMap;
use icn_primitives::ValidatorSet;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn kept() -> usize {
    History::<Test>::iter_keys().count()
}

fn members(set: &ValidatorSet) -> Vec<(crate::Key, u64)> {
    set.validators().iter().map(|validator| (validator.key, validator.power)).collect()
}

#[test]
fn a_set_is_kept_when_it_changes_and_only_then() {
    run(|| {
        run_to(5);
        assert_eq!((kept(), Since::<Test>::get()), (0, 1));
        block_with(|| set_power(1, 11));
        assert_eq!((kept(), Since::<Test>::get()), (1, 7));
        run_to(10);
        assert_eq!((kept(), Since::<Test>::get()), (1, 7));
    });
}

#[test]
fn the_set_of_a_height_is_the_one_that_signed_it() {
    run(|| {
        block_with(|| join(9, 10));
        run_to(4);
        block_with(|| leave(0));
        let sizes: Vec<_> =
            (0..=7).map(|height| Validators::set_at(height).map(|set| set.validators().len())).collect();
        let (four, five) = (Some(4), Some(5));
        // 6 is the next height, and 7 nobody can know.
        assert_eq!(sizes, [None, four, four, five, five, five, four, None]);
        assert_eq!(Validators::set_at(6), Some(current().without_priorities()));
    });
}

#[test]
fn the_proposer_turns_with_each_block() {
    run(|| {
        let mut proposers = Vec::new();
        for _ in 0..8 {
            proposers.push(current().proposer(0).key);
            let next = current().next();
            block();
            assert_eq!(current(), next);
        }
        assert_eq!(proposers[..4], proposers[4..]);
        proposers.sort_unstable();
        proposers.dedup();
        assert_eq!(proposers.len(), 4);
    });
}

#[test]
fn a_set_is_forgotten_when_evidence_of_it_is_too_old() {
    run(|| {
        block_with(|| set_power(1, 11));
        block_with(|| set_power(1, 12));
        assert_eq!(kept(), 2);
        // Old by blocks only.
        run_to(AGE_BLOCKS + 20);
        assert_eq!(kept(), 2);
        assert!(Validators::set_at(1).is_some());
        block_at(now() + 2 * AGE_MS, record(), || {});
        assert_eq!(kept(), 0);
        assert_eq!((Validators::set_at(2), Validators::set_at(3)), (None, None));
        assert!(Validators::set_at(4).is_some());
    });
}

#[test]
fn a_set_that_is_old_by_time_only_is_kept() {
    run(|| {
        block_with(|| set_power(1, 11));
        block_at(now() + 100 * AGE_MS, record(), || {});
        run_to(2 + AGE_BLOCKS);
        assert_eq!(kept(), 1);
        block();
        assert_eq!(kept(), 0);
    });
}

#[test]
fn a_block_forgets_few() {
    run(|| {
        for power in 11..31 {
            block_with(|| set_power(1, power));
        }
        run_to(2 * AGE_BLOCKS + 10);
        assert_eq!(kept(), 20);
        block_at(now() + 2 * AGE_MS, record(), || {});
        assert_eq!(kept(), 18);
        run_to(height() + 9);
        assert_eq!(kept(), 0);
    });
}

#[test]
fn the_set_of_the_last_block_is_never_forgotten() {
    let parameters = crate::Parameters { evidence_max_age_blocks: 1, evidence_max_age_ms: 1_000, ..Default::default() };
    begin(ValidatorsConfig { parameters, ..genesis(&[10; 4]) }).execute_with(|| {
        now();
        block();
        for power in 11..20 {
            block_at(now() + 1_000_000, record(), || set_power(1, power));
            let signed = Validators::set_at(height()).expect("the commit of this block is to come");
            assert_eq!(signed.total_power() + 1, current().total_power());
            assert!(kept() <= 2);
        }
    });
}

#[test]
fn a_change_that_was_not_checked_is_dropped() {
    run_unchecked(|| {
        let before = current();
        // Only a fault of this pallet could do so.
        let nobody: BTreeMap<_, _> = before.validators().iter().map(|validator| (validator.key, 0)).collect();
        let changes = BoundedBTreeMap::try_from(nobody).expect("four");
        pallet_testing::make_block::<Test, AllPalletsWithSystem>(now() + 10, || Changes::<Test>::put(changes));
        assert_eq!(Current::<Test>::get(), Some(before.next()));
    });
}

/// What may happen in a block.
#[derive(Clone, Debug)]
enum Deed {
    Nothing,
    Joins(u16, u64),
    Leaves(u16),
    GetsPower(u16, u64),
    Rotates(u16, u16),
    Offends(u16),
}

fn deeds() -> impl Strategy<Value = Vec<(u64, Vec<Deed>)>> {
    let number = 0..12u16;
    let deed = prop_oneof![
        2 => Just(Deed::Nothing),
        2 => (number.clone(), 1..20u64).prop_map(|(number, power)| Deed::Joins(number, power)),
        2 => number.clone().prop_map(Deed::Leaves),
        2 => (number.clone(), 1..20u64).prop_map(|(number, power)| Deed::GetsPower(number, power)),
        2 => (number.clone(), number.clone()).prop_map(|(from, to)| Deed::Rotates(from, to)),
        1 => number.prop_map(Deed::Offends),
    ];
    let gap = prop_oneof![6 => 1..100u64, 1 => 1_000..10_000u64];
    proptest::collection::vec((gap, proptest::collection::vec(deed, 0..4)), 1..80)
}

fn do_deed(deed: &Deed) {
    let root = RuntimeOrigin::root;
    // Those that are refused change nothing, which the invariants see.
    let _ = match deed {
        Deed::Joins(number, power) => Validators::join(root(), key(*number), *power, Default::default(), moniker(0)),
        Deed::Leaves(number) => Validators::leave(root(), key(*number)),
        Deed::GetsPower(number, power) => Validators::set_power(root(), key(*number), *power),
        Deed::Rotates(from, to) => Validators::rotate(root(), key(*from), key(*to), Default::default()),
        Deed::Nothing | Deed::Offends(_) => Ok(()),
    };
}

fn accused(deeds: &[Deed], next: u32, time: u64) -> Vec<icn_primitives::DuplicateVote> {
    let offenders = deeds.iter().filter_map(|deed| match deed {
        Deed::Offends(number) => Some(*number),
        _ => None,
    });
    let candidates: Vec<_> = offenders
        .flat_map(|number| {
            [next.saturating_sub(1), next.saturating_sub(AGE_BLOCKS)].map(|height| evidence(number, height))
        })
        .collect();
    Validators::select_evidence(&candidates, next, time).to_vec()
}

proptest! {
    #[test]
    fn each_height_keeps_its_set_and_the_invariants_hold(blocks in deeds()) {
        begin(genesis(&[10; 4])).execute_with(|| {
            now();
            let mut signed = vec![members(&current())];
            for (gap, deeds) in blocks {
                let time = now().max(1_000) + gap;
                let accused = accused(&deeds, height() + 1, time);
                block_at(time, accusing(&accused), || deeds.iter().for_each(do_deed));
                signed.push(members(&current()));
                let first = height().saturating_sub(AGE_BLOCKS).max(1);
                for known in first..=height() + 1 {
                    let set = Validators::set_at(known).expect("it is not old");
                    assert_eq!(members(&set), signed[known as usize - 1], "height {known}");
                }
                assert_eq!(Validators::set_at(height() + 2), None);
            }
        });
    }
}
