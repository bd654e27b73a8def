//! How old a height is.
//!
//! Evidence is too old by blocks and by time, and the state does not hold the time of each height. It holds *marks*:
//! the height and time of a block every 64th of the evidence's age. The time of a height is known from the last mark
//! before it to within one such step, and is taken to be as late as it can be, so that evidence is not refused before
//! its time.

use codec::{Decode, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use icn_primitives::{BlockNumber, Moment};
use scale_info::TypeInfo;

/// Steps in the evidence's age.
const STEPS: u64 = 64;

/// Room for marks: twice the steps, for when the age has been made longer.
const MARKS_MAX: u32 = 128;

/// A block and its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Mark {
    /// Its height.
    pub height: BlockNumber,
    /// Its time.
    pub time: Moment,
}

/// Marks, oldest first. The oldest is of the first block, or older than evidence may be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Timeline(BoundedVec<Mark, ConstU32<MARKS_MAX>>);

impl Timeline {
    /// The marks, oldest first.
    pub fn marks(&self) -> &[Mark] {
        &self.0
    }

    /// Marks a block when a step has passed since the last mark. `age_max` is how old evidence may be, in milliseconds.
    /// Returns whether it did.
    pub fn note(&mut self, mark: Mark, age_max: u64) -> bool {
        let is_due = self.0.last().is_none_or(|last| mark.time >= last.time.saturating_add(step(age_max)));
        if !is_due {
            return false;
        }
        // A mark is of use until the next one is as old as evidence may be.
        while self.0.get(1).is_some_and(|second| mark.time.saturating_sub(second.time) > age_max) {
            self.0.remove(0);
        }
        if self.0.is_full() {
            let mut keep = false;
            self.0.retain(|_| {
                keep = !keep;
                keep
            });
        }
        self.0.try_push(mark).is_ok()
    }

    /// How old the block of `height` is at `now` at least, in milliseconds.
    pub fn age(&self, height: BlockNumber, now: Moment, age_max: u64) -> u64 {
        let before = self.0.iter().rev().find(|mark| mark.height <= height);
        // A height before all marks is older than the oldest.
        let latest = match (before, self.0.first()) {
            (Some(mark), _) => mark.time.saturating_add(step(age_max)),
            (None, Some(oldest)) => oldest.time,
            (None, None) => now,
        };
        now.saturating_sub(latest)
    }
}

fn step(age_max: u64) -> u64 {
    age_max.div_ceil(STEPS).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The times of blocks 1, 2, …
    fn times() -> impl Strategy<Value = Vec<Moment>> {
        let gap = prop_oneof![20 => 1..50u64, 3 => 1..2_000u64, 1 => 1..200_000u64];
        proptest::collection::vec(gap, 1..400).prop_map(|gaps| {
            let times = gaps.iter().scan(1_000, |time, gap| {
                *time += gap;
                Some(*time)
            });
            times.collect()
        })
    }

    fn timeline(times: &[Moment], age_max: u64) -> Timeline {
        let mut timeline = Timeline::default();
        for (time, height) in times.iter().zip(1..) {
            timeline.note(Mark { height, time: *time }, age_max);
        }
        timeline
    }

    proptest! {
        #[test]
        fn an_age_is_known_to_within_a_step_as_far_as_it_matters(times in times(), age_max in 64..20_000u64) {
            let timeline = timeline(&times, age_max);
            let now = *times.last().unwrap();
            for (time, height) in times.iter().zip(1..) {
                let (known, true_age) = (timeline.age(height, now, age_max), now - time);
                prop_assert!(known <= true_age, "block {height} is {true_age} old and said to be {known}");
                // Beyond the age it is enough to know that.
                let least = true_age.saturating_sub(step(age_max)).min(age_max);
                prop_assert!(known >= least, "block {height} is {true_age} old and said to be {known}");
            }
        }

        #[test]
        fn marks_are_few_and_in_order(times in times(), ages in proptest::collection::vec(1..20_000u64, 1..4)) {
            let mut timeline = Timeline::default();
            for (time, height) in times.iter().zip(1u32..) {
                let age_max = ages[height as usize * ages.len() / (times.len() + 1)];
                timeline.note(Mark { height, time: *time }, age_max);
                prop_assert!(timeline.marks().is_sorted_by(|a, b| a.height < b.height && a.time < b.time));
            }
            let steady = self::timeline(&times, 6_400);
            prop_assert!(steady.marks().len() as u64 <= STEPS + 2);
        }
    }

    #[test]
    fn an_age_that_is_made_longer_thins_the_marks() {
        let mut timeline = Timeline::default();
        for height in 1..=66 {
            assert!(timeline.note(Mark { height, time: height.into() }, 64));
        }
        let time = |height: u32| 66 + u64::from(height - 66) * 100;
        for height in 67..=128 {
            assert!(timeline.note(Mark { height, time: time(height) }, 6_400));
        }
        assert_eq!(timeline.marks().len(), 128);
        assert!(timeline.note(Mark { height: 129, time: time(129) }, 6_400));
        assert_eq!(timeline.marks().len(), 65);
        assert!(timeline.marks().is_sorted_by(|a, b| a.height < b.height));
        assert_eq!(timeline.marks()[0].height, 1);
        assert_eq!(timeline.age(129, time(130), 6_400), 0);
    }

    #[test]
    fn before_the_first_mark_nothing_is_old() {
        assert_eq!(Timeline::default().age(0, 1_000, 64), 0);
    }

    #[test]
    fn a_timeline_keeps_its_format() {
        let mut timeline = Timeline::default();
        timeline.note(Mark { height: 0x0102, time: 0x0304 }, 64);
        assert_eq!(timeline.encode(), [4, 2, 1, 0, 0, 4, 3, 0, 0, 0, 0, 0, 0]);
    }
}
