//! Elections that tests share.

use icn_tally::{Approvals, Count, CountSheet, Preferences, Project, Seed, Share};
use proptest::{collection::vec, prelude::*, sample::subsequence};

pub(crate) const SEED: Seed = Seed([7; 32]);

pub(crate) fn share(num: u64, den: u64) -> Share {
    Share::new(num, den).unwrap()
}

/// Outcome of an election that can be counted.
pub(crate) fn outcome<C: Count>(count: &C) -> <C::Sheet as CountSheet>::Outcome {
    count.count().unwrap().outcome()
}

pub(crate) fn ranked(count: u64, order: &[u64]) -> Preferences {
    Preferences { count, order: order.to_vec() }
}

pub(crate) fn approving(count: u64, options: &[u64]) -> Approvals {
    Approvals { count, options: options.to_vec() }
}

pub(crate) fn project(id: u64, cost: u64) -> Project {
    Project { id, cost, category: None }
}

/// Options with gaps between their ids.
pub(crate) fn options(most: usize) -> impl Strategy<Value = Vec<u64>> {
    (1..=most).prop_map(|count| (0..count as u64).map(|place| 3 * place + 2).collect())
}

/// Ballots that rank some of the options.
pub(crate) fn preferences(options: Vec<u64>, most: usize) -> impl Strategy<Value = Vec<Preferences>> {
    let len = options.len();
    let order = subsequence(options, 0..=len).prop_shuffle();
    vec((1..5u64, order).prop_map(|(count, order)| Preferences { count, order }), 0..most)
}

/// Ballots that approve some of the options.
pub(crate) fn approvals(options: Vec<u64>, most: usize) -> impl Strategy<Value = Vec<Approvals>> {
    let len = options.len();
    let marked = subsequence(options, 0..=len).prop_shuffle();
    vec((1..4u64, marked).prop_map(|(count, options)| Approvals { count, options }), 0..most)
}
