//! The ready transactions in the order in which a block takes them.

use crate::pooled::{Pooled, Worth};
use icn_primitives::Hash;
use std::{
    collections::{BinaryHeap, HashMap},
    sync::Arc,
};

/// A snapshot of the ready transactions: dearest first across senders, each sender's in the order of their nonces.
#[derive(Debug)]
pub struct Ready {
    /// Each sender's transactions that were not yielded, last first.
    senders: Vec<Vec<Arc<Pooled>>>,
    /// The first of each sender's, with the sender's place in `senders`.
    heads: BinaryHeap<(Worth, usize)>,
    /// The senders of what was yielded.
    yielded: HashMap<Hash, usize>,
}

impl Ready {
    /// Takes each sender's transactions, last first.
    pub(crate) fn new(senders: Vec<Vec<Arc<Pooled>>>) -> Self {
        let heads = senders.iter().enumerate().filter_map(|(i, queue)| Some((queue.last()?.worth(), i))).collect();
        Self { senders, heads, yielded: HashMap::new() }
    }

    /// Leaves out what remains of the sender of a transaction that was yielded: its nonces have a gap now.
    pub fn skip_sender(&mut self, hash: Hash) {
        if let Some(sender) = self.yielded.get(&hash) {
            self.senders[*sender].clear();
        }
    }
}

impl Iterator for Ready {
    type Item = Arc<Pooled>;

    fn next(&mut self) -> Option<Arc<Pooled>> {
        loop {
            let (_, sender) = self.heads.pop()?;
            // Nothing is left of a sender that was skipped.
            let Some(pooled) = self.senders[sender].pop() else { continue };
            if let Some(next) = self.senders[sender].last() {
                self.heads.push((next.worth(), sender));
            }
            self.yielded.insert(pooled.hash, sender);
            return Some(pooled);
        }
    }
}
