//! How much the pool holds.

use icn_primitives::BlockNumber;
use std::time::Duration;

/// Bounds of the pool. Bytes are those of the encoded extrinsics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Ready transactions.
    pub ready_count: usize,
    /// Bytes of the ready transactions.
    pub ready_bytes: usize,
    /// Transactions that wait for an earlier nonce.
    pub future_count: usize,
    /// Bytes of the transactions that wait for an earlier nonce.
    pub future_bytes: usize,
    /// Transactions of one sender, ready and future.
    pub per_sender_count: usize,
    /// Bytes of one sender's transactions, ready and future.
    pub per_sender_bytes: usize,
    /// Banned transactions; the oldest ban gives way.
    pub bans: usize,
    /// A ban ends after so many blocks, or after [`Self::ban_time`] if that is sooner.
    pub ban_blocks: BlockNumber,
    /// A ban ends after this time, or after [`Self::ban_blocks`] if that is sooner.
    pub ban_time: Duration,
    /// Transactions that one call of [`crate::Pool::revalidate`] looks at; those not looked at for longest go first.
    pub revalidated_count: usize,
    /// Threads of one call of [`crate::Pool::revalidate`], at least 1.
    pub revalidation_threads: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            ready_count: 8192,
            ready_bytes: 40 * 1024 * 1024,
            future_count: 1024,
            future_bytes: 8 * 1024 * 1024,
            per_sender_count: 512,
            per_sender_bytes: 4 * 1024 * 1024,
            bans: 4096,
            ban_blocks: 1024,
            ban_time: Duration::from_secs(30 * 60),
            revalidated_count: 1024,
            revalidation_threads: 2,
        }
    }
}
