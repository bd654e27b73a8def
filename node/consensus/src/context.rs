//! What the engine's types are on this chain.
//!
//! The engine's value is a [`BlockRef`]: a block by its Tendermint name, with its time. It is its own identifier, so whoever holds a
//! certificate rebuilds every signed vote from it (ADR 2).

mod address;
mod height;
mod proposal;
mod validators;
mod value;
mod vote;

#[cfg(test)]
mod tests;

pub use address::Address;
pub use height::Height;
pub use proposal::Proposal;
pub use validators::{Validator, Validators, ValidatorsError};
pub use value::BlockRef;
pub use vote::{kind_of, Vote};

use icn_primitives::votes::VoteKind;
use malachitebft_core_types::{Context, LinearTimeouts, NilOrVal, Round};
use malachitebft_signing_ed25519::Ed25519;
use std::sync::Arc;

/// The engine over this chain. Clones share the chain's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IcnContext {
    chain_id: Arc<str>,
}

impl IcnContext {
    /// The context of the chain with a name.
    pub fn new(chain_id: impl Into<Arc<str>>) -> Self {
        Self { chain_id: chain_id.into() }
    }

    /// The chain's name, which every signature covers.
    pub fn chain_id(&self) -> &Arc<str> {
        &self.chain_id
    }
}

impl Context for IcnContext {
    type Address = Address;
    type Height = Height;
    type ProposalPart = crate::ProposalPart;
    type Proposal = Proposal;
    type Validator = Validator;
    type ValidatorSet = Validators;
    type Timeouts = LinearTimeouts;
    type Value = BlockRef;
    type Vote = Vote;
    /// Votes carry no extensions: the policy is never `Required`, and no encoding has a place for them.
    type Extension = ();
    type SigningScheme = Ed25519;

    /// The engine asks for rounds that are defined; a nil one counts as round 0.
    fn select_proposer<'a>(&self, set: &'a Validators, _height: Height, round: Round) -> &'a Validator {
        set.proposer(round.as_u32().unwrap_or(0))
    }

    fn new_proposal(
        &self,
        height: Height,
        round: Round,
        value: BlockRef,
        pol_round: Round,
        address: Address,
    ) -> Proposal {
        Proposal { height, round, value, pol_round, address }
    }

    fn new_prevote(&self, height: Height, round: Round, value: NilOrVal<BlockRef>, address: Address) -> Vote {
        Vote { kind: VoteKind::Prevote, height, round, value, address }
    }

    fn new_precommit(&self, height: Height, round: Round, value: NilOrVal<BlockRef>, address: Address) -> Vote {
        Vote { kind: VoteKind::Precommit, height, round, value, address }
    }
}
