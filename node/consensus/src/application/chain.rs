//! What the application asks of the chain below it: jobs that take time, which a driver runs one after the other.

use crate::{parts::Init, signing::KeyError};
use icn_primitives::{
    tendermint::ValidatorAddress, votes::EvidenceList, Commit, DuplicateVote, Moment, Target, ValidatorSet,
};
use malachitebft_core_types::LinearTimeouts;
use std::{error::Error, fmt, ops::RangeInclusive, sync::Arc, time::Duration};

/// The highest decided block, with what the next height needs of its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its height, 0 at genesis.
    pub height: u64,
    /// Its time.
    pub time: Moment,
    /// What was voted for; `None` at genesis.
    pub target: Option<Target>,
    /// The validators of the next height.
    pub validators: ValidatorSet,
    /// Steps of the next height.
    pub timeouts: LinearTimeouts,
    /// Shortest time of a height, in which late votes are collected; `None` where nobody votes late.
    pub target_time: Option<Duration>,
    /// Shortest time between the starts of two heights, unless a block is asked for by name.
    pub minimum_interval: Duration,
    /// Whether the next block is another binary's, because an upgrade was agreed on.
    pub halted: bool,
    /// When a call of the agenda is due.
    pub due: Option<Moment>,
}

/// Makes a block for a height.
#[derive(Clone)]
pub struct BuildJob {
    /// The height.
    pub height: u64,
    /// The round.
    pub round: u32,
    /// The block's time.
    pub time: Moment,
    /// For how long transactions may be taken.
    pub budget: Duration,
    /// What may go into the block, if it holds.
    pub evidence: EvidenceList,
    /// Signs what was made.
    pub sealer: Arc<Sealer>,
}

/// Says who proposes a block, once it is made.
pub struct Sealer {
    /// The proposer.
    pub address: ValidatorAddress,
    /// Name of the chain.
    pub chain_id: Arc<str>,
    /// The proposer's key.
    pub key: Arc<dyn crate::signing::Key>,
}

/// A block that was made or received, durable.
#[derive(Clone, Debug)]
pub struct Proposed {
    /// Its first part.
    pub init: Init,
    /// SCALE of the block.
    pub block: Arc<[u8]>,
    /// Whether it may be voted for.
    pub valid: bool,
}

/// Where a block came from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// From a proposer, in parts.
    Parts(Init),
    /// From a peer, with a certificate that the engine has checked.
    Sync {
        /// Round in which it was decided.
        round: u32,
        /// Who proposed in that round.
        proposer: ValidatorAddress,
    },
}

/// Executes a block that somebody else made.
#[derive(Clone, Debug)]
pub struct VerifyJob {
    /// The height.
    pub height: u64,
    /// Where it came from.
    pub origin: Origin,
    /// SCALE of the block.
    pub block: Arc<[u8]>,
}

/// What every node must find of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It follows the head, and its headers are what execution gives. It is durable.
    Valid(Target),
    /// It is valid as far as the state says, but lists records that are not here: nobody may vote for it before they are.
    Unavailable(Target),
    /// Every correct node finds it invalid, for ever.
    Invalid {
        /// Why.
        reason: String,
    },
    /// It is no block at all: whoever sent it is to blame.
    Undecodable,
}

/// Makes a decided block the head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitJob {
    /// The height.
    pub height: u64,
    /// What was decided.
    pub target: Target,
    /// Who signed for it.
    pub commit: Commit,
}

/// A decided block for a peer that catches up.
#[derive(Clone, Debug)]
pub struct DecidedBlock {
    /// Its height.
    pub height: u64,
    /// What was voted for.
    pub target: Target,
    /// SCALE of the block.
    pub block: Vec<u8>,
    /// Who signed for it.
    pub commit: Commit,
    /// The validators of its height.
    pub validators: ValidatorSet,
}

/// The chain cannot go on. No verdict follows from it: whoever gets it stops the process.
#[derive(Debug)]
pub struct ChainError(pub Box<dyn Error + Send + Sync>);

impl fmt::Display for ChainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for ChainError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

/// The chain under consensus: executor and store, or what stands for them.
pub trait Chain: Send + Sync + 'static {
    /// The highest decided block.
    ///
    /// # Errors
    /// When the chain cannot go on.
    fn head(&self) -> Result<Head, ChainError>;

    /// Makes a block on the head, and makes it durable with its signature before it returns. `None` when this binary may not make
    /// the next block, because another one was agreed on.
    ///
    /// # Errors
    /// When the chain cannot go on.
    fn build(&self, job: &BuildJob) -> Result<Option<Proposed>, ChainError>;

    /// Executes a block on the head, and makes it durable with the verdict before it returns, unless it is undecodable. `None` when
    /// this binary may not execute it.
    ///
    /// # Errors
    /// When the chain cannot go on.
    fn verify(&self, job: &VerifyJob) -> Result<Option<Verdict>, ChainError>;

    /// Makes a block that was built or verified the head, durably: block, state and commit in one write. Committing the head
    /// again changes nothing.
    ///
    /// # Errors
    /// When the chain cannot go on.
    fn commit(&self, job: &CommitJob) -> Result<Head, ChainError>;

    /// Replaces the head's commit by one with more signatures. It may be lost in a crash.
    ///
    /// # Errors
    /// When the chain cannot go on.
    fn improve_commit(&self, height: u64, commit: Commit) -> Result<(), ChainError>;

    /// The blocks for the next height that were made durable before.
    ///
    /// # Errors
    /// When the chain cannot go on.
    fn undecided(&self) -> Result<Vec<Proposed>, ChainError>;

    /// Whether evidence still holds on the head.
    ///
    /// # Errors
    /// When the chain cannot go on.
    fn accepts_evidence(&self, evidence: &DuplicateVote) -> Result<bool, ChainError>;

    /// The lowest height of which blocks can be served.
    fn oldest(&self) -> u64;

    /// Decided blocks of a range, from its start without a gap, as many as there are and as fit into `bytes_max`.
    ///
    /// # Errors
    /// When the chain cannot go on.
    fn decided(&self, heights: RangeInclusive<u64>, bytes_max: usize) -> Result<Vec<DecidedBlock>, ChainError>;
}

impl Sealer {
    /// The first part of a proposal for `target`, whose block has `length` bytes.
    ///
    /// # Errors
    /// When the key does not sign.
    pub fn seal(
        &self,
        (height, round): (u64, u32),
        pol_round: Option<u32>,
        target: Target,
        length: u32,
    ) -> Result<Init, KeyError> {
        let mut init = Init { height, round, pol_round, proposer: self.address, target, length, signature: [0; 64] };
        let message = init.sign_bytes(&self.chain_id);
        init.signature = self.key.sign(&message)?;
        Ok(init)
    }
}
