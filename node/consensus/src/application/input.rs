//! What the application is told, and what it answers.

use super::chain::{BuildJob, CommitJob, Head, Proposed, Verdict, VerifyJob};
use crate::{
    parts::{Peer, ProposalPart},
    Address, BlockRef, Height, IcnContext,
};
use icn_primitives::{tendermint::ValidatorAddress, Commit, DuplicateVote, Moment, Target};
use malachitebft_core_consensus::ProposedValue;
use malachitebft_core_types::{Round, Validity};
use std::{sync::Arc, time::Duration};

/// Names a question, so that its answer can come later.
pub type Token = u64;

/// What the application cannot see by itself, as it is when an input arrives.
#[derive(Clone, Copy, Debug, Default)]
pub struct Surroundings {
    /// The chain's time on this machine, in milliseconds since the Unix epoch.
    pub now: Moment,
    /// Whether a transaction waits for a block.
    pub ready: bool,
    /// The highest head that a peer announced.
    pub peer_head: u64,
}

/// What happened.
#[derive(Debug)]
pub enum Input {
    /// The engine asks where to start.
    ConsensusReady(Token),
    /// A round started; the engine asks for the blocks that are known already.
    StartedRound {
        /// The height.
        height: u64,
        /// The round.
        round: u32,
        /// The question.
        token: Token,
    },
    /// It is this node's turn: the engine asks for a block.
    GetValue {
        /// The height.
        height: u64,
        /// The round.
        round: u32,
        /// How long the engine waits.
        timeout: Duration,
        /// The question.
        token: Token,
    },
    /// A peer sent a part of a proposal; the engine asks for the block, if that completes one.
    Part {
        /// Who published it.
        from: Peer,
        /// The part.
        part: ProposalPart,
        /// The question.
        token: Token,
    },
    /// The engine asks for the parts of a block to be sent again.
    Restream {
        /// The height.
        height: u64,
        /// The block.
        target: Target,
    },
    /// Validators decided.
    Decided {
        /// The height.
        height: u64,
        /// What they decided.
        target: Target,
        /// Who signed.
        commit: Commit,
        /// The engine waits for the block to be committed.
        token: Token,
    },
    /// The height is over; the engine asks for the next one.
    Finalized {
        /// The height.
        height: u64,
        /// Who signed, the late ones too.
        commit: Commit,
        /// Who voted twice.
        evidence: Vec<DuplicateVote>,
        /// The question.
        token: Token,
    },
    /// A peer sent a decided block, whose certificate the engine has checked.
    Synced {
        /// The height.
        height: u64,
        /// Round in which it was decided.
        round: u32,
        /// Who proposed in that round.
        proposer: ValidatorAddress,
        /// SCALE of the block.
        block: Arc<[u8]>,
        /// The question.
        token: Token,
    },
    /// A block was made; `None` when this binary may not make it.
    Built {
        /// The height.
        height: u64,
        /// The round.
        round: u32,
        /// The block.
        made: Option<Proposed>,
    },
    /// A block from parts was executed; `None` when this binary may not.
    Verified {
        /// What its proposer claims.
        claimed: Target,
        /// What was found.
        verdict: Option<Verdict>,
    },
    /// A block of a peer was executed; `None` when this binary may not.
    SyncVerified {
        /// The question that it answers.
        token: Token,
        /// The height.
        height: u64,
        /// Round in which it was decided.
        round: u32,
        /// Who proposed in that round.
        proposer: ValidatorAddress,
        /// What was found.
        verdict: Option<Verdict>,
    },
    /// A decided block is the head.
    Committed(Head),
    /// Somebody asks for a block, empty or not.
    MakeBlock,
    /// Something around changed, or the time came.
    Wake,
    /// A record came that a candidate lists.
    RecordsArrived,
}

/// A block as the engine knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value {
    /// The height.
    pub height: u64,
    /// Round of the proposal.
    pub round: u32,
    /// Round in which it was found valid before.
    pub valid_round: Option<u32>,
    /// Who proposed it.
    pub proposer: ValidatorAddress,
    /// The block.
    pub target: Target,
    /// Whether it may be voted for.
    pub valid: bool,
}

impl From<Value> for ProposedValue<IcnContext> {
    fn from(value: Value) -> Self {
        Self {
            height: Height(value.height),
            round: Round::new(value.round),
            valid_round: Round::from(value.valid_round),
            proposer: Address(value.proposer),
            value: BlockRef(value.target),
            validity: Validity::from_bool(value.valid),
        }
    }
}

/// What becomes of a peer's decided block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncOutcome {
    /// It was executed.
    Verdict(Value),
    /// The peer sent no block.
    PeerFault,
    /// It cannot be judged here and now.
    Transient,
}

/// What the driver has to do.
pub enum Effect {
    /// Answers `ConsensusReady` and `Finalized`: start the height after this head.
    Start(Token, Box<Head>),
    /// Answers `StartedRound`.
    Known(Token, Vec<Value>),
    /// Answers `GetValue`.
    Propose(Token, Value),
    /// Answers `Part`.
    Found(Token, Value),
    /// `Part` or `GetValue` has no answer.
    Nothing(Token),
    /// Answers `Synced`.
    Synced(Token, SyncOutcome),
    /// Answers `Decided`.
    Committed(Token),
    /// Sends these parts to everyone, as one stream.
    Publish(Vec<ProposalPart>),
    /// Runs a job; its result comes back as `Built`.
    Build(BuildJob),
    /// Runs a job; its result comes back as `Verified`.
    Verify(Target, VerifyJob),
    /// Runs a job; its result comes back as `SyncVerified`.
    VerifySynced(Token, VerifyJob),
    /// Runs a job; its result comes back as `Committed`.
    Commit(CommitJob),
    /// Runs a job without a result: a fuller commit of the head.
    Improve(u64, Commit),
    /// Wakes the application at this time of the chain, or earlier.
    WakeAt(Moment),
    /// Tells peers that a height is being decided that they may not have started.
    Stir(u64),
}
