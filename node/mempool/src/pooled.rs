//! A transaction in the pool.

use icn_primitives::{AccountId, Extrinsic, Hash, Nonce};
use sp_runtime::transaction_validity::TransactionPriority;
use std::{
    cmp::Reverse,
    sync::atomic::{AtomicU64, Ordering},
};

/// A valid transaction that waits for a block.
#[derive(Debug)]
pub struct Pooled {
    /// Hash of the extrinsic.
    pub hash: Hash,
    /// The transaction.
    pub extrinsic: Extrinsic,
    /// Who signed it.
    pub sender: AccountId,
    /// The sender's nonce in it.
    pub nonce: Nonce,
    /// Higher goes first.
    pub priority: TransactionPriority,
    /// Height of the last block that can hold it.
    pub valid_till: u64,
    /// Position in the order of arrival; the earlier goes first among equals.
    pub(crate) arrival: u64,
    /// The pool's generation in which it was last found valid.
    pub(crate) checked: AtomicU64,
}

/// How dear a transaction is to the pool: cheapest first, among equals the youngest.
pub(crate) type Worth = (TransactionPriority, Reverse<u64>);

impl Pooled {
    /// Length of the extrinsic.
    pub fn bytes(&self) -> usize {
        self.extrinsic.bytes().len()
    }

    pub(crate) fn worth(&self) -> Worth {
        (self.priority, Reverse(self.arrival))
    }

    pub(crate) fn checked(&self) -> u64 {
        self.checked.load(Ordering::Relaxed)
    }
}
