//! How a block travels: in chunks, each with a proof that it belongs to the block and with the claim that the proposer signed, since
//! messages overtake each other.
//!
//! An [`Init`] claims a block for a height and round; a [`Chunk`] is [`BLOCK_PART_BYTES`](icn_primitives::limits::BLOCK_PART_BYTES)
//! of the block's bytes, the last one what is left, with an RFC 6962 inclusion proof to the root in the block's part-set header.
//!
//! ```text
//! proposer                                            everyone else
//! split(block) ─▶ (body, chunks)                      Assemblies
//! Init { height, round, pol_round, target, length } ─▶ signed by a member, whose turn it is unless pol_round is set?
//! Chunk { body, index, proof, bytes }               ─▶ Init known? length right? proof right?  ─▶ kept
//!                                                      all there ─▶ (init, block)
//! ```
//!
//! No byte is kept before a valid `Init` names the body it belongs to. Start with [`Assemblies`]; what a peer may make it keep is
//! bounded there.

mod assemblies;
mod assembly;
mod body;
mod chunk;
mod init;
mod open;
mod peers;
mod proof;
mod refusal;
mod roster;
mod split;

#[cfg(test)]
mod tests;

pub use assemblies::{Assemblies, Outcome, BYTES_MAX, NEXT_BYTES_MAX, OPEN_MAX, ROUNDS_AHEAD, VALUES_MAX};
pub use assembly::{Added, Assembly};
pub use body::Body;
pub use chunk::Chunk;
pub use init::Init;
pub use peers::{Counts, Peer, Peers, PEERS_MAX};
pub use proof::PROOF_HASHES_MAX;
pub use refusal::Refusal;
pub use split::split;

use crate::IcnContext;

/// A part of a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProposalPart {
    /// What the others are parts of.
    Init(Init),
    /// A piece of the block.
    Chunk(Chunk),
    /// Both: messages of gossip do not keep their order, and a piece that comes before its claim is lost.
    Piece(Init, Chunk),
}

impl malachitebft_core_types::ProposalPart<IcnContext> for ProposalPart {
    fn is_first(&self) -> bool {
        matches!(self, Self::Init(_)) || matches!(self, Self::Piece(_, chunk) if chunk.index == 0)
    }

    fn is_last(&self) -> bool {
        matches!(self, Self::Chunk(chunk) | Self::Piece(_, chunk) if chunk.index.checked_add(1) == Some(chunk.body.parts.total))
    }
}
