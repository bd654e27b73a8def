//! Builds, executes and validates blocks over a state view, and calls the runtime for clients.
//!
//! A runtime that runs natively could take the node down with it; this crate is the boundary that prevents it (architecture
//! §7, ADR 1). Start with [`session`]: every entry into runtime code goes through [`session::Session::enter`], which gives
//! it a stack, catches its panics and restores the overlay. [`build`] and [`execute`] are the two ways to a block's state,
//! [`validate`] serves the pool, [`call`] serves clients.
//!
//! A state that cannot be read is never a verdict about a block: it is [`ExecutorError::State`], and whoever gets it stops
//! the process. This crate stores nothing.

pub mod backend;
pub mod build;
pub mod call;
pub mod consensus;
pub mod decode;
pub mod epochs;
pub mod error;
pub mod execute;
pub mod inherent;
pub mod panics;
pub mod records;
pub mod session;
pub mod upgrade;
pub mod validate;
pub mod verify;

pub use build::{BuildLimits, Built, Refusal, TransactionSource};
pub use call::CallError;
pub use consensus::Consensus;
pub use error::{ExecutorError, InvalidBlock};
pub use execute::Executed;
pub use inherent::Inherents;
pub use pallet_dag::EntryList;
pub use records::RecordRules;

use icn_primitives::{block::ConsensusContext, tendermint::BlockId, BlockNumber, BlockRecord, Hash, Moment};

/// The block on which another is built.
#[derive(Clone, Debug)]
pub struct Parent {
    /// Hash of its FRAME header.
    pub hash: Hash,
    /// Its height.
    pub number: BlockNumber,
    /// Its time.
    pub time: Moment,
    /// Its name in the Tendermint chain; `None` for genesis.
    pub id: Option<BlockId>,
}

impl Parent {
    /// The parent that `record` is.
    ///
    /// # Errors
    /// When its Tendermint header is out of range, which no stored record's is.
    pub fn of(record: &BlockRecord) -> Result<Self, ExecutorError> {
        Ok(Self {
            hash: record.hash(),
            number: record.block.header.number,
            time: record.time(),
            id: record.id().map_err(ExecutorError::Header)?,
        })
    }
}

/// Executes blocks of one chain.
pub struct Executor {
    context: ConsensusContext,
    verifiers: verify::Verifiers,
}

impl Executor {
    /// An executor for the chain of `context`, with `threads` threads that check signatures.
    ///
    /// # Errors
    /// When the threads cannot be started.
    pub fn new(context: ConsensusContext, threads: usize) -> Result<Self, ExecutorError> {
        panics::install();
        Ok(Self { context, verifiers: verify::Verifiers::new(threads)? })
    }

    /// What the Tendermint headers of this chain have in common.
    pub fn context(&self) -> &ConsensusContext {
        &self.context
    }
}
