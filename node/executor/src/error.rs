//! What can go wrong, sorted by who must act on it.

use icn_primitives::{BlockNumber, Moment, StateError};
use pallet_upgrade::VersionError;
use sp_runtime::transaction_validity::TransactionValidityError;

/// Why no block came out.
#[derive(Debug, thiserror::Error)]
pub enum ExecutorError {
    /// The state cannot be read or committed to. It says nothing about the block: stop the process.
    #[error(transparent)]
    State(#[from] StateError),
    /// Every correct node finds this block invalid, for ever.
    #[error("the block is invalid: {0}")]
    Invalid(#[from] InvalidBlock),
    /// The chain agreed that another binary makes this block: the operator installs that release.
    #[error(transparent)]
    Version(#[from] VersionError<BlockNumber>),
    /// A panic while a block was begun or finished, where no transaction is to blame.
    #[error("the runtime panicked while {stage}: {message}")]
    Panicked {
        /// What it was doing.
        stage: &'static str,
        /// What the panic said, with its place.
        message: String,
    },
    /// The state names no validators for a height: the chain was begun without any.
    #[error("the state names no validators for block {number}: begin the chain from a chain spec with validators")]
    NoValidators {
        /// The height.
        number: BlockNumber,
    },
    /// A header field is out of Tendermint's range.
    #[error("the Tendermint header is out of range: {0}")]
    Header(#[source] tendermint::Error),
    /// The threads that check signatures did not start.
    #[error("cannot start the threads that check signatures: {0}")]
    Threads(#[source] rayon::ThreadPoolBuildError),
}

/// Why a block is invalid for every node.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBlock {
    /// Its encoding is larger than a block may be.
    #[error("it has {bytes} bytes, more than a block may have")]
    TooLarge {
        /// Its size in bytes.
        bytes: usize,
    },
    /// It does not follow its parent.
    #[error("its number or parent hash is not that of the next block")]
    NotNext,
    /// The consensus digest is missing, repeated or malformed.
    #[error("its consensus digest is missing, repeated or malformed")]
    Digest,
    /// Its time is not after its parent's, or past the year 9999.
    #[error("its time {time} is not after its parent's {parent}, or out of range")]
    Time {
        /// Time of the block.
        time: Moment,
        /// Time of its parent.
        parent: Moment,
    },
    /// The inherents are missing, repeated, malformed or say another time.
    #[error("its inherents are missing, repeated, malformed or say another time than its digest")]
    Inherent,
    /// Whoever proposes it is no validator.
    #[error("its proposer is not a validator")]
    Proposer,
    /// The commit in it does not prove that its parent was decided.
    #[error("its commit of the block before is wrong: {reason}")]
    Commit {
        /// What is wrong.
        reason: String,
    },
    /// Evidence in it does not hold.
    #[error("its evidence {index} does not hold: {reason}")]
    Evidence {
        /// Its place in the block.
        index: usize,
        /// What is wrong.
        reason: String,
    },
    /// An extrinsic cannot be decoded, is not signed, or its calls nest too deep.
    #[error("extrinsic {index} is malformed: {reason}")]
    Extrinsic {
        /// Its place in the block.
        index: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// A transaction cannot be applied.
    #[error("extrinsic {index} cannot be applied: {error:?}")]
    Transaction {
        /// Its place in the block.
        index: usize,
        /// Why.
        error: TransactionValidityError,
    },
    /// The runtime panicked on it.
    #[error("the runtime panicked on extrinsic {index:?}: {message}")]
    Panicked {
        /// The extrinsic; `None` while the block was begun or finished.
        index: Option<usize>,
        /// What the panic said.
        message: String,
    },
    /// It touches `:code`.
    #[error("it changes :code")]
    Code,
    /// Execution gives another header than the block has.
    #[error("its {0} is not what execution gives")]
    HeaderMismatch(&'static str),
}

impl ExecutorError {
    /// Whether it is about what is in the block, and not about the state or this binary.
    pub(crate) fn blames_block(&self) -> bool {
        matches!(self, Self::Invalid(_) | Self::Panicked { .. })
    }

    /// The error of a stop where no extrinsic is to blame.
    pub(crate) fn of(stopped: crate::session::Stopped, stage: &'static str) -> Self {
        match stopped {
            crate::session::Stopped::State(failure) => Self::State(failure),
            crate::session::Stopped::Panicked(message) => Self::Panicked { stage, message },
        }
    }
}
