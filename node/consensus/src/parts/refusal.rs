//! Why a part is not taken.

use std::fmt;

/// Why a part is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// It is for a height that is neither the current nor the next one.
    Height,
    /// The round is too far ahead.
    Round,
    /// Fields contradict each other: the length and the number of parts, or the two rounds.
    Unsound,
    /// The proposer is no validator.
    Stranger,
    /// It is another validator's turn.
    Turn,
    /// The signature is not the proposer's.
    Signature,
    /// The proposer proposes more than [`VALUES_MAX`](super::VALUES_MAX) values in a round, or has newer proposals open.
    Values,
    /// What is kept already uses the memory.
    Memory,
    /// No valid `Init` announced this chunk.
    Unannounced,
    /// There is no part of this number, or it is not as long as this.
    Length,
    /// The proof does not lead to the root.
    Proof,
}

impl Refusal {
    /// All reasons, in the order of [`Self::place`].
    pub const ALL: [Self; 11] = [
        Self::Height,
        Self::Round,
        Self::Unsound,
        Self::Stranger,
        Self::Turn,
        Self::Signature,
        Self::Values,
        Self::Memory,
        Self::Unannounced,
        Self::Length,
        Self::Proof,
    ];

    /// Its place among the reasons.
    pub fn place(self) -> usize {
        self as usize
    }

    /// Whether whoever published it is at fault. The other refusals happen between correct nodes too, when one is ahead.
    pub fn is_fault(self) -> bool {
        match self {
            Self::Unsound | Self::Turn | Self::Signature | Self::Length | Self::Proof => true,
            Self::Height | Self::Round | Self::Stranger | Self::Values | Self::Memory | Self::Unannounced => false,
        }
    }

    /// Its name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Height => "height",
            Self::Round => "round",
            Self::Unsound => "unsound",
            Self::Stranger => "stranger",
            Self::Turn => "turn",
            Self::Signature => "signature",
            Self::Values => "values",
            Self::Memory => "memory",
            Self::Unannounced => "unannounced",
            Self::Length => "length",
            Self::Proof => "proof",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
