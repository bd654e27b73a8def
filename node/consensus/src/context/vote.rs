//! A vote.

use super::{Address, BlockRef, Height, IcnContext};
use icn_primitives::{votes::VoteKind, Target};
use malachitebft_core_types::{NilOrVal, Round, SignedExtension, VoteType};

/// A vote of a validator in one of the two steps of a round. Everything in it follows from the state of consensus, so a vote that
/// is made again after a crash equals the one in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    /// Which of the two votes.
    pub kind: VoteKind,
    /// Height voted at.
    pub height: Height,
    /// Round voted in, never nil in a valid vote.
    pub round: Round,
    /// What is voted for.
    pub value: NilOrVal<BlockRef>,
    /// Who votes.
    pub address: Address,
}

impl Vote {
    /// The block voted for.
    pub fn target(&self) -> Option<&Target> {
        match &self.value {
            NilOrVal::Nil => None,
            NilOrVal::Val(BlockRef(target)) => Some(target),
        }
    }
}

/// This chain's name of the engine's kind of vote.
pub fn kind_of(vote_type: VoteType) -> VoteKind {
    match vote_type {
        VoteType::Prevote => VoteKind::Prevote,
        VoteType::Precommit => VoteKind::Precommit,
    }
}

impl malachitebft_core_types::Vote<IcnContext> for Vote {
    fn height(&self) -> Height {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &NilOrVal<BlockRef> {
        &self.value
    }

    fn take_value(self) -> NilOrVal<BlockRef> {
        self.value
    }

    fn vote_type(&self) -> VoteType {
        match self.kind {
            VoteKind::Prevote => VoteType::Prevote,
            VoteKind::Precommit => VoteType::Precommit,
        }
    }

    fn validator_address(&self) -> &Address {
        &self.address
    }

    fn extension(&self) -> Option<&SignedExtension<IcnContext>> {
        None
    }

    fn take_extension(&mut self) -> Option<SignedExtension<IcnContext>> {
        None
    }

    /// Extensions are disabled at every height; there is nothing to keep.
    fn extend(self, _extension: SignedExtension<IcnContext>) -> Self {
        self
    }
}
