//! What nodes send each other.

use icn_consensus::{application::DecidedBlock, IcnContext, ProposalPart, Vote};
use icn_dag::Cid;
use icn_primitives::Extrinsic;
use malachitebft_core_consensus::{LivenessMsg, SignedConsensusMsg};
use std::{fmt, ops::RangeInclusive};

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
    /// Signed records.
    Records(Vec<Vec<u8>>),
    /// Asks for records.
    Wanted(Vec<Cid>),
    /// Signatures of the bundle of an epoch.
    Seals(Vec<Vec<u8>>),
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let vote = |f: &mut fmt::Formatter<'_>, vote: &Vote| {
            let Vote { kind, height, round, address, .. } = vote;
            let value = vote.target().map_or("nothing".to_owned(), |target| target.to_string());
            write!(f, "{kind:?} {height}/{round} of {address} for {value}")
        };
        match self {
            Self::Consensus(SignedConsensusMsg::Vote(signed)) => vote(f, signed),
            Self::Consensus(SignedConsensusMsg::Proposal(proposal)) => {
                write!(
                    f,
                    "proposal {}/{} pol {}: {}",
                    proposal.height, proposal.round, proposal.pol_round, proposal.value
                )
            }
            Self::Liveness(LivenessMsg::Vote(signed)) => {
                f.write_str("again ")?;
                vote(f, signed)
            }
            Self::Liveness(LivenessMsg::PolkaCertificate(polka)) => write!(f, "polka {}/{}", polka.height, polka.round),
            Self::Liveness(LivenessMsg::SkipRoundCertificate(round)) => {
                write!(f, "round certificate {}/{}", round.height, round.round)
            }
            Self::Part(ProposalPart::Piece(init, _)) => {
                write!(f, "part {}/{}: {}", init.height, init.round, init.target)
            }
            Self::Part(_) => f.write_str("part"),
            Self::Status(tip) => write!(f, "status {tip}"),
            Self::Request(range) => write!(f, "asks for {range:?}"),
            Self::Blocks(blocks) => write!(f, "{} blocks", blocks.len()),
            Self::Transactions(transactions) => write!(f, "{} transactions", transactions.len()),
            Self::Head(height) => write!(f, "head {height}"),
            Self::Records(records) => write!(f, "{} records", records.len()),
            Self::Seals(seals) => write!(f, "{} signatures of a bundle", seals.len()),
            Self::Wanted(wanted) => write!(f, "wants {} records", wanted.len()),
        }
    }
}
