//! What becomes of a transaction after it is submitted, in the words of Substrate's pool.

use crate::{AccountId, Hash, Nonce};
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionPriority, UnknownTransaction};

/// A step in a transaction's life. The last four and [`Self::Finalized`] end it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransactionStatus {
    /// It waits for an earlier nonce of its sender.
    Future,
    /// It can enter the next block.
    Ready,
    /// It is in a block; blocks are final when they are seen, so `Finalized` follows at once.
    InBlock {
        /// The block.
        block: Hash,
        /// Its place among the block's extrinsics.
        index: u32,
    },
    /// It is in a final block.
    Finalized {
        /// The block.
        block: Hash,
        /// Its place among the block's extrinsics.
        index: u32,
    },
    /// Another transaction of the same sender and nonce took its place.
    Usurped {
        /// The other transaction.
        by: Hash,
    },
    /// The pool was full and others pay more, or its time in the pool ran out.
    Dropped,
    /// The state changed and it can no longer be applied, or it broke the runtime.
    Invalid,
}

/// What the runtime says of a valid transaction, with what the pool needs to order it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidTransaction {
    /// Who signed it.
    pub sender: AccountId,
    /// The sender's nonce in it.
    pub nonce: Nonce,
    /// The sender's next nonce in the state it was validated against; never above `nonce`.
    pub nonce_next: Nonce,
    /// Higher goes first: the runtime's priority, which grows with the tip.
    pub priority: TransactionPriority,
    /// For how many blocks it stays valid, at most.
    pub longevity: u64,
}

/// Why a transaction does not enter the pool. The words and codes on the wire are the RPC's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// The bytes are no extrinsic: undecodable, oversized or too deeply nested. The sender must build it anew.
    #[error("extrinsic has invalid format: {0}")]
    BadFormat(String),
    /// The runtime refuses it.
    #[error("invalid transaction: {0:?}")]
    Invalid(InvalidTransaction),
    /// The runtime cannot tell.
    #[error("unknown transaction: {0:?}")]
    Unknown(UnknownTransaction),
    /// It broke the runtime a short while ago, or was invalid; it may be tried again later.
    #[error("transaction is temporarily banned")]
    TemporarilyBanned,
    /// The pool has it already.
    #[error("transaction is already in the pool: {0:?}")]
    AlreadyImported(Hash),
    /// A transaction of the same sender and nonce pays as much or more. Raise the tip.
    #[error("priority is too low: {new} does not exceed {old}")]
    TooLowPriority {
        /// Priority of the one in the pool.
        old: TransactionPriority,
        /// Priority of the one submitted.
        new: TransactionPriority,
    },
    /// The pool, or the sender's share of it, is full of transactions that pay as much or more. Try again later.
    #[error("the pool is full")]
    ImmediatelyDropped,
    /// The node is stopping.
    #[error("the node is stopping")]
    Stopping,
}
