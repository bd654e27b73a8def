//! What nodes send each other.

use icn_consensus::{application::DecidedBlock, IcnContext, ProposalPart};
use icn_primitives::Extrinsic;
use malachitebft_core_consensus::{LivenessMsg, SignedConsensusMsg};
use std::ops::RangeInclusive;

/// A message.
#[derive(Clone, Debug)]
pub enum Message {
    /// A vote or a proposal.
    Consensus(SignedConsensusMsg<IcnContext>),
    /// A vote or certificate that is sent again.
    Liveness(LivenessMsg<IcnContext>),
    /// A part of a block.
    Part(ProposalPart),
    /// The sender's head, in the engine's sync protocol.
    Status(u64),
    /// Asks for decided blocks.
    Request(RangeInclusive<u64>),
    /// Decided blocks, one height after the other.
    Blocks(Vec<DecidedBlock>),
    /// Transactions.
    Transactions(Vec<Extrinsic>),
    /// The sender's head, or the height it decides.
    Head(u64),
}
