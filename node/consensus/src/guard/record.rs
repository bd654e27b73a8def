//! What was signed last.

use codec::{Decode, Encode};
use icn_primitives::votes::{SignatureBytes, VoteKind};
use std::fmt;

/// Most bytes of a chain's name that a record holds, above Tendermint's bound of 50.
pub const CHAIN_ID_BYTES_MAX: usize = 64;

/// Most sign bytes that a record holds, above those of any vote or proposal.
pub const SIGN_BYTES_MAX: usize = 256;

/// The steps of a round in which something is signed, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Step {
    /// The proposal.
    Propose,
    /// The first vote.
    Prevote,
    /// The second vote.
    Precommit,
}

impl From<VoteKind> for Step {
    fn from(kind: VoteKind) -> Self {
        match kind {
            VoteKind::Prevote => Self::Prevote,
            VoteKind::Precommit => Self::Precommit,
        }
    }
}

/// A step of consensus: heights first, then rounds, then steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct Position {
    /// Height.
    pub height: u64,
    /// Round.
    pub round: u32,
    /// Step of the round.
    pub step: Step,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = match self.step {
            Step::Propose => "proposal",
            Step::Prevote => "prevote",
            Step::Precommit => "precommit",
        };
        write!(f, "{step} of height {} round {}", self.height, self.round)
    }
}

/// What was signed last.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Record {
    /// The chain.
    pub chain_id: String,
    /// The key that signed.
    pub key: [u8; 32],
    /// The step.
    pub position: Position,
    /// What was signed.
    pub sign_bytes: Vec<u8>,
    /// The signature.
    pub signature: SignatureBytes,
}
