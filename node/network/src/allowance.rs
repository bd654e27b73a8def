//! What one peer may send.

use crate::{
    bucket::{Bucket, Rate},
    limits::Limits,
};
use std::time::Instant;

/// What a message weighs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Load {
    /// Messages, subscriptions and requests.
    pub(crate) messages: u64,
    /// Transactions in them.
    pub(crate) transactions: u64,
    /// Their bytes.
    pub(crate) bytes: u64,
}

/// One peer's buckets.
#[derive(Clone, Debug)]
pub(crate) struct Allowance {
    messages: Bucket,
    transactions: Bucket,
    bytes: Bucket,
    /// What it is sent of blobs.
    blob_bytes: Bucket,
}

impl Allowance {
    /// The whole allowance.
    pub(crate) fn new(limits: &Limits, now: Instant) -> Self {
        let bucket = |rate: Rate| Bucket::new(rate, now);
        Self {
            messages: bucket(limits.messages),
            transactions: bucket(limits.transactions),
            bytes: bucket(limits.bytes),
            blob_bytes: bucket(limits.blob_bytes),
        }
    }

    /// Takes a load, if there is room for all of it.
    pub(crate) fn take(&mut self, load: Load, now: Instant) -> bool {
        let mut parts = [
            (&mut self.messages, load.messages),
            (&mut self.transactions, load.transactions),
            (&mut self.bytes, load.bytes),
        ];
        let has = parts.iter().all(|(bucket, tokens)| bucket.has(*tokens, now));
        if has {
            parts.iter_mut().for_each(|(bucket, tokens)| bucket.drain(*tokens, now));
        }
        has
    }

    /// Takes bytes of blobs, if there is room for all of them.
    pub(crate) fn take_blob_bytes(&mut self, bytes: u64, now: Instant) -> bool {
        let has = self.blob_bytes.has(bytes, now);
        if has {
            self.blob_bytes.drain(bytes, now);
        }
        has
    }

    /// Whether nothing of it is used.
    pub(crate) fn is_whole(&self, now: Instant) -> bool {
        [&self.messages, &self.transactions, &self.bytes, &self.blob_bytes].iter().all(|bucket| bucket.is_full(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_load_passes_whole_or_not_at_all() {
        let start = Instant::now();
        let limits = Limits {
            messages: Rate { per_second: 1, burst: 3 },
            transactions: Rate { per_second: 10, burst: 100 },
            bytes: Rate { per_second: 100, burst: 1000 },
            ..Limits::default()
        };
        let mut allowance = Allowance::new(&limits, start);
        let load = Load { messages: 1, transactions: 60, bytes: 300 };
        assert!(allowance.take(load, start));
        assert!(!allowance.take(load, start), "40 transactions are left");
        assert!(allowance.take(Load { transactions: 40, ..load }, start));
        assert!(!allowance.take(Load { messages: 1, transactions: 0, bytes: 401 }, start));
        assert!(allowance.take(Load { messages: 1, transactions: 0, bytes: 400 }, start));
        assert!(!allowance.take(Load { messages: 1, ..Load::default() }, start), "three messages were taken");
        assert!(!allowance.is_whole(start));
        assert!(allowance.is_whole(start + Duration::from_secs(10)));
    }
}
