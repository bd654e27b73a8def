//! The first part of a proposal.

use super::Body;
use codec::Encode;
use icn_primitives::{
    tendermint::ValidatorAddress,
    votes::{is_signed_by, SignatureBytes},
    Target,
};

/// What the sign bytes of an [`Init`] start with. The zero byte keeps them apart from votes and proposals, which start with their
/// length (architecture §12).
const TAG: &[u8] = b"\0icn/init/1";

/// A proposer's claim that a block of so many bytes is what it proposes in a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Init {
    /// Height of the block.
    pub height: u64,
    /// Round of the proposal.
    pub round: u32,
    /// The earlier round in which more than two thirds prevoted the block; `None` when it is proposed for the first time.
    pub pol_round: Option<u32>,
    /// Who proposes.
    pub proposer: ValidatorAddress,
    /// The block.
    pub target: Target,
    /// Bytes of the block.
    pub length: u32,
    /// The proposer's signature over [`Self::sign_bytes`].
    pub signature: SignatureBytes,
}

impl Init {
    /// What the proposer signs: the tag, then SCALE of chain, height, round, round of the polka, target and length. The address
    /// is not in it: it follows from the key.
    pub fn sign_bytes(&self, chain_id: &str) -> Vec<u8> {
        let mut bytes = TAG.to_vec();
        (chain_id, self.height, self.round, self.pol_round, self.target, self.length).encode_to(&mut bytes);
        bytes
    }

    /// Whether `key` signed it for the chain.
    pub fn is_signed_by(&self, chain_id: &str, key: &[u8; 32]) -> bool {
        is_signed_by(key, &self.sign_bytes(chain_id), &self.signature)
    }

    /// The bytes that it announces.
    pub fn body(&self) -> Body {
        Body { parts: self.target.id.parts, length: self.length }
    }

    /// Whether its fields can hold together: the length and the number of parts, the two rounds.
    pub fn is_sound(&self) -> bool {
        self.body().is_sound() && self.pol_round.is_none_or(|pol_round| pol_round < self.round)
    }
}
