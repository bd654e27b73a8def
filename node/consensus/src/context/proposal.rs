//! A proposal.

use super::{Address, BlockRef, Height, IcnContext};
use malachitebft_core_types::Round;

/// What a validator proposes in a round whose turn it has. The block itself travels in [`crate::parts`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Height of the block.
    pub height: Height,
    /// Round of the proposal, never nil in a valid one.
    pub round: Round,
    /// The block.
    pub value: BlockRef,
    /// The earlier round in which more than two thirds prevoted the block; nil when it is proposed for the first time.
    pub pol_round: Round,
    /// Who proposes.
    pub address: Address,
}

impl malachitebft_core_types::Proposal<IcnContext> for Proposal {
    fn height(&self) -> Height {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &BlockRef {
        &self.value
    }

    fn take_value(self) -> BlockRef {
        self.value
    }

    fn pol_round(&self) -> Round {
        self.pol_round
    }

    fn validator_address(&self) -> &Address {
        &self.address
    }
}
