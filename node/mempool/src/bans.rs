//! Transactions that are not let in for a while.

use icn_primitives::{BlockNumber, Hash};
use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};

/// Banned transactions, at most as many as the limit; the oldest ban gives way to a new one.
#[derive(Debug)]
pub(crate) struct Bans {
    pub(crate) max: usize,
    blocks: BlockNumber,
    time: Duration,
    ends: HashMap<Hash, End>,
    /// The hashes of `ends`, oldest ban first, so soonest end first.
    pub(crate) order: VecDeque<Hash>,
}

/// When a ban ends: at the height or at the time, whichever comes first.
#[derive(Clone, Copy, Debug)]
struct End {
    number: BlockNumber,
    time: Instant,
}

impl End {
    fn is_over(&self, number: BlockNumber, now: Instant) -> bool {
        number >= self.number || now >= self.time
    }
}

impl Bans {
    pub(crate) fn new(max: usize, blocks: BlockNumber, time: Duration) -> Self {
        Self { max, blocks, time, ends: HashMap::new(), order: VecDeque::new() }
    }

    pub(crate) fn contains(&self, hash: &Hash, number: BlockNumber, now: Instant) -> bool {
        self.ends.get(hash).is_some_and(|end| !end.is_over(number, now))
    }

    /// Bans a transaction from now on; a ban that stands keeps its end.
    pub(crate) fn insert(&mut self, hash: Hash, number: BlockNumber, now: Instant) {
        self.lift(number, now);
        if self.max == 0 || self.ends.contains_key(&hash) {
            return;
        }
        while self.order.len() >= self.max {
            self.pop();
        }
        self.ends.insert(hash, End { number: number.saturating_add(self.blocks), time: now + self.time });
        self.order.push_back(hash);
    }

    /// Forgets the bans that are over.
    pub(crate) fn lift(&mut self, number: BlockNumber, now: Instant) {
        while self.order.front().and_then(|hash| self.ends.get(hash)).is_some_and(|end| end.is_over(number, now)) {
            self.pop();
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    fn pop(&mut self) {
        if let Some(hash) = self.order.pop_front() {
            self.ends.remove(&hash);
        }
    }
}
