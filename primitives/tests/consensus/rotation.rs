//! Whose turn it is, against a model of CometBFT's `types/validator_set.go` with integers that neither overflow nor
//! clip.

use crate::samples::{key, power, set};
use icn_primitives::{validators::address_of, Validator, ValidatorSet};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
struct Member {
    address: [u8; 20],
    power: i128,
    priority: i128,
}

/// CometBFT's `ValidatorSet`, by key.
#[derive(Clone, Debug, Default)]
struct Model(BTreeMap<[u8; 32], Member>);

impl Model {
    fn total(&self) -> i128 {
        self.0.values().map(|member| member.power).sum()
    }

    /// `RescalePriorities(2 * total)`.
    fn rescale(&mut self) {
        let highest = self.0.values().map(|member| member.priority).max().unwrap();
        let lowest = self.0.values().map(|member| member.priority).min().unwrap();
        let (difference, most) = (highest - lowest, 2 * self.total());
        if difference > most {
            let ratio = (difference + most - 1) / most;
            self.0.values_mut().for_each(|member| member.priority /= ratio);
        }
    }

    /// `shiftByAvgProposerPriority`: the average is rounded down, as `big.Int.Div` does.
    fn shift(&mut self) {
        let sum: i128 = self.0.values().map(|member| member.priority).sum();
        let count = self.0.len() as i128;
        let average = sum.div_euclid(count);
        self.0.values_mut().for_each(|member| member.priority -= average);
    }

    /// `IncrementProposerPriority(times)`; the proposer is the one of the last.
    fn increment(&mut self, times: u32) -> [u8; 32] {
        self.rescale();
        self.shift();
        let mut proposer = [0; 32];
        for _ in 0..times {
            self.0.values_mut().for_each(|member| member.priority += member.power);
            let mut best: Option<(&[u8; 32], &Member)> = None;
            for (key, member) in &self.0 {
                let wins = best.is_none_or(|(_, best)| {
                    member.priority > best.priority || member.priority == best.priority && member.address < best.address
                });
                if wins {
                    best = Some((key, member));
                }
            }
            proposer = *best.unwrap().0;
            let total = self.total();
            self.0.get_mut(&proposer).unwrap().priority -= total;
        }
        proposer
    }

    /// `UpdateWithChangeSet`; `None` where it errs.
    fn update(&mut self, changes: &BTreeMap<[u8; 32], u64>) -> Option<()> {
        let removed: Vec<_> = changes.iter().filter(|(_, power)| **power == 0).map(|(key, _)| *key).collect();
        let updates: Vec<_> = changes.iter().filter(|(_, power)| **power > 0).collect();
        if removed.iter().any(|key| !self.0.contains_key(key)) {
            return None;
        }
        let joins = updates.iter().filter(|(key, _)| !self.0.contains_key(*key)).count();
        if joins == 0 && removed.len() == self.0.len() {
            return None;
        }
        let removed_power: i128 = removed.iter().map(|key| self.0[key].power).sum();
        let mut after = self.total() - removed_power;
        for (key, power) in &updates {
            after += i128::from(**power) - self.0.get(*key).map_or(0, |member| member.power);
        }
        if after > i128::from(i64::MAX / 8) {
            return None;
        }
        let before_removals = after + removed_power;
        for (key, power) in updates {
            let power = i128::from(*power);
            let fresh =
                Member { address: address_of(key), power, priority: -(before_removals + (before_removals >> 3)) };
            self.0.entry(*key).and_modify(|member| member.power = power).or_insert(fresh);
        }
        for key in removed {
            self.0.remove(&key);
        }
        self.rescale();
        self.shift();
        Some(())
    }

    fn new(members: &BTreeMap<[u8; 32], u64>) -> Self {
        let mut model = Self::default();
        model.update(members).unwrap();
        model
    }

    fn agrees(&self, set: &ValidatorSet) -> bool {
        set.validators().len() == self.0.len()
            && set.validators().iter().all(|validator| {
                self.0.get(&validator.key).is_some_and(|member| {
                    (member.power, member.priority) == (validator.power.into(), validator.priority.into())
                })
            })
    }
}

/// Keys with powers; of a few keys, so that changes meet members.
fn members(power: impl Strategy<Value = u64>, most: usize) -> impl Strategy<Value = BTreeMap<[u8; 32], u64>> {
    proptest::collection::btree_map((0..20u16).prop_map(key), power, 1..=most)
}

/// What happens at a height.
#[derive(Clone, Debug)]
enum Step {
    /// Nothing but a turn, so many times.
    Turns(u8),
    /// A turn and a change.
    Change(BTreeMap<[u8; 32], u64>),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let changed = prop_oneof![1 => Just(0), 3 => power()];
    let step = prop_oneof![(1..30u8).prop_map(Step::Turns), members(changed, 4).prop_map(Step::Change)];
    proptest::collection::vec(step, 1..12)
}

fn pairs(changes: &BTreeMap<[u8; 32], u64>) -> Vec<([u8; 32], u64)> {
    changes.iter().map(|(key, power)| (*key, *power)).collect()
}

fn sum(set: &ValidatorSet) -> i128 {
    set.validators().iter().map(|validator| i128::from(validator.priority)).sum()
}

proptest! {
    #[test]
    fn the_rotation_is_cometbfts(first in members(power(), 12), steps in steps(), rounds in 1..40u32) {
        let mut set = ValidatorSet::new(pairs(&first)).unwrap();
        let mut model = Model::new(&first);
        for step in steps {
            let turns = if let Step::Turns(turns) = &step { *turns } else { 1 };
            for _ in 0..turns {
                prop_assert!(model.agrees(&set), "{model:?} {set:?}");
                // CometBFT keeps the set after the turn of its height, and turns a copy for each further round.
                let proposer = model.increment(1);
                prop_assert_eq!(set.proposer(0).key, proposer);
                let mut later = model.clone();
                prop_assert_eq!(set.proposer(rounds).key, later.increment(rounds));
                set = set.next();
            }
            if let Step::Change(changes) = step {
                // Removing who is not there is an error of CometBFT's and none of ours.
                let changes: BTreeMap<_, _> =
                    changes.into_iter().filter(|(key, power)| *power > 0 || model.0.contains_key(key)).collect();
                if changes.is_empty() {
                    continue;
                }
                let mut changed = model.clone();
                let expected = changed.update(&changes);
                let updated = set.updated(&pairs(&changes));
                prop_assert_eq!(updated.is_ok(), expected.is_some(), "{:?}", updated);
                if let Ok(updated) = updated {
                    (set, model) = (updated, changed);
                }
            }
            prop_assert!(model.agrees(&set), "{model:?} {set:?}");
            prop_assert!(set.is_sound());
            prop_assert!((0..set.validators().len() as i128).contains(&sum(&set)), "{set:?}");
        }
    }

    #[test]
    fn each_proposes_exactly_as_often_as_it_has_power(powers in proptest::collection::vec(1..20u64, 1..9)) {
        let begin = set(&powers);
        let mut set = begin.clone();
        let mut turns = BTreeMap::<[u8; 32], u64>::new();
        for _ in 0..begin.total_power() {
            *turns.entry(set.proposer(0).key).or_default() += 1;
            set = set.next();
        }
        for validator in begin.validators() {
            prop_assert_eq!(turns.get(&validator.key), Some(&validator.power));
        }
        prop_assert_eq!(set, begin, "the rotation begins anew");
    }

    #[test]
    fn each_proposes_in_proportion_to_its_power_whatever_came_before(
        first in members(1..50u64, 8), changes in members(1..50u64, 8), before in 0..40u32,
    ) {
        let mut set = ValidatorSet::new(pairs(&first)).unwrap();
        (0..before).for_each(|_| set = set.next());
        set = set.updated(&pairs(&changes)).unwrap();
        let (total, mut turns) = (set.total_power(), BTreeMap::<[u8; 32], u64>::new());
        for _ in 0..total * 10 {
            *turns.entry(set.proposer(0).key).or_default() += 1;
            set = set.next();
        }
        for validator in set.validators() {
            let turns = turns.get(&validator.key).copied().unwrap_or(0);
            prop_assert!(turns.abs_diff(validator.power * 10) <= 5, "{turns} turns with power {}", validator.power);
        }
    }

    #[test]
    fn who_joins_does_not_propose_at_once(
        first in members(1..50u64, 8), joins in members(1..1_000_000u64, 4), before in 0..40u32,
    ) {
        let mut set = ValidatorSet::new(pairs(&first)).unwrap();
        (0..before).for_each(|_| set = set.next());
        let joins: BTreeMap<_, _> = joins.into_iter().filter(|(key, _)| !first.contains_key(key)).collect();
        set = set.updated(&pairs(&joins)).unwrap();
        prop_assert!(!joins.contains_key(&set.proposer(0).key));
    }

    #[test]
    fn leaving_and_joining_again_gains_no_turn(powers in proptest::collection::vec(1..20u64, 2..8), before in 0..40u32) {
        let mut set = set(&powers);
        (0..before).for_each(|_| set = set.next());
        let Validator { key, power, .. } = set.validators()[0];
        let back = set.updated(&[(key, 0)]).unwrap().next().updated(&[(key, power)]).unwrap();
        prop_assert_ne!(back.proposer(0).key, key);
    }
}

#[test]
fn the_only_validator_always_proposes() {
    let mut set = set(&[7]);
    for round in [0, 1, 999, 1_000, 1_001, u32::MAX] {
        assert_eq!(set.proposer(round).key, key(0));
    }
    set = set.next();
    assert_eq!(set.validators()[0].priority, 0);
}

#[test]
fn a_height_in_trouble_has_everyone_propose_at_a_bounded_cost() {
    let powers: Vec<u64> = (0..150).map(|number| if number == 0 { 1 << 40 } else { 1 }).collect();
    let set = set(&powers);
    let first: BTreeSet<_> = (0..10).map(|round| set.proposer(round).key).collect();
    assert_eq!(first.len(), 1, "the mighty one has the first turns");
    let late: BTreeSet<_> = (1_001..1_151).map(|round| set.proposer(round).key).collect();
    assert_eq!(late.len(), 150);
    set.proposer(u32::MAX);
}

/// The 99 turns of CometBFT's `TestProposerSelection1`: `foo` with 1000, `bar` with 300 and `baz` with 330, written
/// `f`, `b`, `z`.
#[test]
fn turns_are_those_of_cometbfts_own_test() {
    let names = BTreeMap::from([(key(0), 'f'), (key(1), 'b'), (key(2), 'z')]);
    let mut set = set(&[1000, 300, 330]);
    let mut turns = String::new();
    for _ in 0..99 {
        turns.push(names[&set.proposer(0).key]);
        set = set.next();
    }
    let expected = "fzfbffzfbffzffbfzffbffzfbffzfbffzffbfzffbfzffbfzff\
                    bfzfffzbfffzfbffzfbffzfbffzfbffzffbfzffbfzffbfzff";
    assert_eq!(turns, expected);
}
