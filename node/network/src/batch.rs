//! What the node submitted and has not published yet.

use crate::limits::Limits;
use icn_primitives::Extrinsic;
use std::time::{Duration, Instant};

/// Transactions that go out together. What comes after a pause goes at once; under load a batch fills until it is full, or
/// until the interval since the last one is over.
#[derive(Debug)]
pub(crate) struct Batch {
    count_max: usize,
    bytes_max: usize,
    interval: Duration,
    extrinsics: Vec<Extrinsic>,
    bytes: usize,
    sent: Option<Instant>,
    due: Option<Instant>,
}

impl Batch {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            count_max: limits.batch_count,
            bytes_max: limits.batch_bytes,
            interval: limits.batch_interval,
            extrinsics: Vec::new(),
            bytes: 0,
            sent: None,
            due: None,
        }
    }

    /// Adds a transaction; the batch before it when both together are too much.
    pub(crate) fn push(&mut self, extrinsic: Extrinsic, now: Instant) -> Option<Vec<Extrinsic>> {
        let bytes = extrinsic.bytes().len();
        let is_full = self.extrinsics.len() >= self.count_max || self.bytes + bytes > self.bytes_max;
        let full = (is_full && !self.extrinsics.is_empty()).then(|| self.take(now));
        if self.extrinsics.is_empty() {
            self.due = Some(self.sent.map_or(now, |sent| now.max(sent + self.interval)));
        }
        self.extrinsics.push(extrinsic);
        self.bytes += bytes;
        full
    }

    /// When the batch goes out; `None` while it is empty.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Takes the batch to publish it.
    pub(crate) fn take(&mut self, now: Instant) -> Vec<Extrinsic> {
        (self.sent, self.due, self.bytes) = (Some(now), None, 0);
        std::mem::take(&mut self.extrinsics)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_millis(5);

    fn batch() -> Batch {
        Batch::new(&Limits { batch_count: 3, batch_bytes: 100, batch_interval: INTERVAL, ..Limits::default() })
    }

    fn extrinsic(bytes: usize) -> Extrinsic {
        Extrinsic::from_encoded(vec![0; bytes])
    }

    fn sizes(batch: Vec<Extrinsic>) -> Vec<usize> {
        batch.iter().map(|extrinsic| extrinsic.bytes().len()).collect()
    }

    #[test]
    fn the_first_after_a_pause_goes_at_once_and_the_next_waits_for_more() {
        let start = Instant::now();
        let mut batch = batch();
        assert_eq!(batch.due(), None);
        assert_eq!(batch.push(extrinsic(1), start), None);
        assert_eq!(batch.due(), Some(start));
        assert_eq!(sizes(batch.take(start)), [1]);
        assert_eq!(batch.due(), None);
        batch.push(extrinsic(2), start + INTERVAL / 5);
        batch.push(extrinsic(3), start + INTERVAL / 2);
        assert_eq!(batch.due(), Some(start + INTERVAL));
        assert_eq!(sizes(batch.take(start + INTERVAL)), [2, 3]);
        let later = start + 10 * INTERVAL;
        batch.push(extrinsic(4), later);
        assert_eq!(batch.due(), Some(later));
    }

    #[test]
    fn a_batch_is_full_by_count() {
        let now = Instant::now();
        let mut batch = batch();
        for bytes in 1..=3 {
            assert_eq!(batch.push(extrinsic(bytes), now), None);
        }
        assert_eq!(batch.push(extrinsic(4), now).map(sizes), Some(vec![1, 2, 3]));
        assert_eq!(batch.due(), Some(now + INTERVAL));
        assert_eq!(sizes(batch.take(now)), [4]);
    }

    #[test]
    fn a_batch_is_full_by_bytes_and_a_large_transaction_goes_alone() {
        let now = Instant::now();
        let mut batch = batch();
        batch.push(extrinsic(60), now);
        assert_eq!(batch.push(extrinsic(41), now).map(sizes), Some(vec![60]));
        assert_eq!(batch.push(extrinsic(500), now).map(sizes), Some(vec![41]));
        assert_eq!(batch.push(extrinsic(1), now).map(sizes), Some(vec![500]));
        assert_eq!(sizes(batch.take(now)), [1]);
    }
}
