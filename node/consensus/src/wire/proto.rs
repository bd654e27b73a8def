//! The messages of package `icn.consensus.v1`, field by field. What they may hold is checked where they become values.

use bytes::Bytes;
use prost::{Enumeration, Message, Oneof};

/// `enum VoteKind`
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum VoteKind {
    /// None.
    Unspecified = 0,
    /// The block is valid.
    Prevote = 1,
    /// Enough validators find it valid.
    Precommit = 2,
}

/// A block by its Tendermint name, with its time.
#[derive(Clone, PartialEq, Message)]
pub struct Target {
    /// Hash of the Tendermint header.
    #[prost(bytes = "vec", tag = "1")]
    pub hash: Vec<u8>,
    /// Number of parts.
    #[prost(uint32, tag = "2")]
    pub part_total: u32,
    /// Root of the parts.
    #[prost(bytes = "vec", tag = "3")]
    pub part_hash: Vec<u8>,
    /// Milliseconds since the Unix epoch.
    #[prost(uint64, tag = "4")]
    pub time: u64,
}

/// A vote with its signature.
#[derive(Clone, PartialEq, Message)]
pub struct SignedVote {
    /// Which of the two votes.
    #[prost(enumeration = "VoteKind", tag = "1")]
    pub kind: i32,
    /// Height voted at.
    #[prost(uint64, tag = "2")]
    pub height: u64,
    /// Round voted in.
    #[prost(uint32, tag = "3")]
    pub round: u32,
    /// What is voted for; missing in a vote for nothing.
    #[prost(message, optional, tag = "4")]
    pub target: Option<Target>,
    /// Who votes.
    #[prost(bytes = "vec", tag = "5")]
    pub address: Vec<u8>,
    /// Signature over the `CanonicalVote`.
    #[prost(bytes = "vec", tag = "6")]
    pub signature: Vec<u8>,
}

/// A proposal with its signature.
#[derive(Clone, PartialEq, Message)]
pub struct SignedProposal {
    /// Height of the block.
    #[prost(uint64, tag = "1")]
    pub height: u64,
    /// Round of the proposal.
    #[prost(uint32, tag = "2")]
    pub round: u32,
    /// Round of the polka; missing when the block is proposed for the first time.
    #[prost(uint32, optional, tag = "3")]
    pub pol_round: Option<u32>,
    /// The block.
    #[prost(message, optional, tag = "4")]
    pub target: Option<Target>,
    /// Who proposes.
    #[prost(bytes = "vec", tag = "5")]
    pub address: Vec<u8>,
    /// Signature over the `CanonicalProposal`.
    #[prost(bytes = "vec", tag = "6")]
    pub signature: Vec<u8>,
}

/// A message of consensus.
#[derive(Clone, PartialEq, Message)]
pub struct ConsensusMessage {
    /// One of them.
    #[prost(oneof = "consensus_message::Sum", tags = "1, 2")]
    pub sum: Option<consensus_message::Sum>,
}

/// Kinds of [`ConsensusMessage`].
pub mod consensus_message {
    use super::*;

    /// One of them.
    #[derive(Clone, PartialEq, Oneof)]
    pub enum Sum {
        /// A vote.
        #[prost(message, tag = "1")]
        Vote(SignedVote),
        /// A proposal.
        #[prost(message, tag = "2")]
        Proposal(SignedProposal),
    }
}

/// A signature of a certificate whose votes are all the same.
#[derive(Clone, PartialEq, Message)]
pub struct CertificateVote {
    /// Who votes.
    #[prost(bytes = "vec", tag = "1")]
    pub address: Vec<u8>,
    /// Signature over the `CanonicalVote`.
    #[prost(bytes = "vec", tag = "2")]
    pub signature: Vec<u8>,
}

/// Prevotes of more than two thirds for a block, or precommits: the field that holds it says which.
#[derive(Clone, PartialEq, Message)]
pub struct Certificate {
    /// Height of the votes.
    #[prost(uint64, tag = "1")]
    pub height: u64,
    /// Round of the votes.
    #[prost(uint32, tag = "2")]
    pub round: u32,
    /// The block.
    #[prost(message, optional, tag = "3")]
    pub target: Option<Target>,
    /// The votes.
    #[prost(message, repeated, tag = "4")]
    pub votes: Vec<CertificateVote>,
}

/// `enum RoundCertificateKind`
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum RoundCertificateKind {
    /// None.
    Unspecified = 0,
    /// More than a third are in this round.
    Skip = 1,
    /// More than two thirds precommitted something in this round.
    Precommit = 2,
}

/// A vote of a round certificate.
#[derive(Clone, PartialEq, Message)]
pub struct RoundVote {
    /// Which of the two votes.
    #[prost(enumeration = "VoteKind", tag = "1")]
    pub kind: i32,
    /// What is voted for; missing in a vote for nothing.
    #[prost(message, optional, tag = "2")]
    pub target: Option<Target>,
    /// Who votes.
    #[prost(bytes = "vec", tag = "3")]
    pub address: Vec<u8>,
    /// Signature over the `CanonicalVote`.
    #[prost(bytes = "vec", tag = "4")]
    pub signature: Vec<u8>,
}

/// Why a round may be entered.
#[derive(Clone, PartialEq, Message)]
pub struct RoundCertificate {
    /// Height of the votes.
    #[prost(uint64, tag = "1")]
    pub height: u64,
    /// Round of the votes.
    #[prost(uint32, tag = "2")]
    pub round: u32,
    /// What they prove.
    #[prost(enumeration = "RoundCertificateKind", tag = "3")]
    pub kind: i32,
    /// The votes.
    #[prost(message, repeated, tag = "4")]
    pub votes: Vec<RoundVote>,
}

/// A message that is sent again while a round does not end.
#[derive(Clone, PartialEq, Message)]
pub struct LivenessMessage {
    /// One of them.
    #[prost(oneof = "liveness_message::Sum", tags = "1, 2, 3")]
    pub sum: Option<liveness_message::Sum>,
}

/// Kinds of [`LivenessMessage`].
pub mod liveness_message {
    use super::*;

    /// One of them.
    #[derive(Clone, PartialEq, Oneof)]
    pub enum Sum {
        /// A vote.
        #[prost(message, tag = "1")]
        Vote(SignedVote),
        /// Prevotes for a block.
        #[prost(message, tag = "2")]
        Polka(Certificate),
        /// Why a round may be entered.
        #[prost(message, tag = "3")]
        Round(RoundCertificate),
    }
}

/// What the application found of a proposed block; in the log only.
#[derive(Clone, PartialEq, Message)]
pub struct ProposedValue {
    /// Height of the block.
    #[prost(uint64, tag = "1")]
    pub height: u64,
    /// Round of the proposal.
    #[prost(uint32, tag = "2")]
    pub round: u32,
    /// Round of the polka; missing when the block is proposed for the first time.
    #[prost(uint32, optional, tag = "3")]
    pub valid_round: Option<u32>,
    /// Who proposes.
    #[prost(bytes = "vec", tag = "4")]
    pub proposer: Vec<u8>,
    /// The block.
    #[prost(message, optional, tag = "5")]
    pub target: Option<Target>,
    /// Whether it is valid.
    #[prost(bool, tag = "6")]
    pub valid: bool,
}

/// The first part of a proposal.
#[derive(Clone, PartialEq, Message)]
pub struct Init {
    /// Height of the block.
    #[prost(uint64, tag = "1")]
    pub height: u64,
    /// Round of the proposal.
    #[prost(uint32, tag = "2")]
    pub round: u32,
    /// Round of the polka; missing when the block is proposed for the first time.
    #[prost(uint32, optional, tag = "3")]
    pub pol_round: Option<u32>,
    /// Who proposes.
    #[prost(bytes = "vec", tag = "4")]
    pub proposer: Vec<u8>,
    /// The block.
    #[prost(message, optional, tag = "5")]
    pub target: Option<Target>,
    /// Bytes of the block.
    #[prost(uint32, tag = "6")]
    pub length: u32,
    /// Signature over the tagged bytes of `parts::Init::sign_bytes`.
    #[prost(bytes = "vec", tag = "7")]
    pub signature: Vec<u8>,
}

/// A piece of a block.
#[derive(Clone, PartialEq, Message)]
pub struct Chunk {
    /// Number of parts.
    #[prost(uint32, tag = "1")]
    pub part_total: u32,
    /// Root of the parts.
    #[prost(bytes = "vec", tag = "2")]
    pub part_hash: Vec<u8>,
    /// Bytes of the block.
    #[prost(uint32, tag = "3")]
    pub length: u32,
    /// Which part, from 0.
    #[prost(uint32, tag = "4")]
    pub index: u32,
    /// Hashes from the part's sibling up to a child of the root.
    #[prost(bytes = "vec", repeated, tag = "5")]
    pub proof: Vec<Vec<u8>>,
    /// The part.
    #[prost(bytes = "bytes", tag = "6")]
    pub bytes: Bytes,
}

/// A piece of a block with the claim that it belongs to.
#[derive(Clone, PartialEq, Message)]
pub struct Piece {
    /// The claim.
    #[prost(message, optional, tag = "1")]
    pub init: Option<Init>,
    /// The piece.
    #[prost(message, optional, tag = "2")]
    pub chunk: Option<Chunk>,
}

/// A part of a proposal.
#[derive(Clone, PartialEq, Message)]
pub struct ProposalPart {
    /// One of them.
    #[prost(oneof = "proposal_part::Sum", tags = "1, 2, 3")]
    pub sum: Option<proposal_part::Sum>,
}

/// Kinds of [`ProposalPart`].
pub mod proposal_part {
    use super::*;

    /// One of them.
    #[derive(Clone, PartialEq, Oneof)]
    pub enum Sum {
        /// What the others are parts of.
        #[prost(message, tag = "1")]
        Init(Init),
        /// A piece of the block.
        #[prost(message, tag = "2")]
        Chunk(Chunk),
        /// Both.
        #[prost(message, tag = "3")]
        Piece(Piece),
    }
}

/// A message of a stream of parts.
#[derive(Clone, PartialEq, Message)]
pub struct StreamMessage {
    /// Names the stream among those of its publisher.
    #[prost(bytes = "bytes", tag = "1")]
    pub stream_id: Bytes,
    /// Place in the stream, from 0.
    #[prost(uint64, tag = "2")]
    pub sequence: u64,
    /// The part; missing at the end of the stream.
    #[prost(message, optional, tag = "3")]
    pub part: Option<ProposalPart>,
}

/// Proof that a peer of the network is a validator.
#[derive(Clone, PartialEq, Message)]
pub struct ValidatorProof {
    /// The validator's key.
    #[prost(bytes = "vec", tag = "1")]
    pub key: Vec<u8>,
    /// The peer.
    #[prost(bytes = "vec", tag = "2")]
    pub peer_id: Vec<u8>,
    /// Signature of the key over both.
    #[prost(bytes = "vec", tag = "3")]
    pub signature: Vec<u8>,
}

/// What a peer has.
#[derive(Clone, PartialEq, Message)]
pub struct SyncStatus {
    /// The peer.
    #[prost(bytes = "vec", tag = "1")]
    pub peer_id: Vec<u8>,
    /// Its highest decided block.
    #[prost(uint64, tag = "2")]
    pub tip_height: u64,
    /// The lowest that it can send.
    #[prost(uint64, tag = "3")]
    pub min_height: u64,
}

/// A question for decided blocks.
#[derive(Clone, PartialEq, Message)]
pub struct SyncRequest {
    /// The first height.
    #[prost(uint64, tag = "1")]
    pub start: u64,
    /// The last height.
    #[prost(uint64, tag = "2")]
    pub end: u64,
}

/// A decided block.
#[derive(Clone, PartialEq, Message)]
pub struct DecidedBlock {
    /// SCALE of the block.
    #[prost(bytes = "bytes", tag = "1")]
    pub block: Bytes,
    /// A [`Certificate`], which is decoded after its length is checked. On the wire that is the same as a message.
    #[prost(bytes = "bytes", tag = "2")]
    pub certificate: Bytes,
}

/// Decided blocks.
#[derive(Clone, PartialEq, Message)]
pub struct SyncResponse {
    /// Height of the first.
    #[prost(uint64, tag = "1")]
    pub start_height: u64,
    /// [`DecidedBlock`]s, one height after the other; each is decoded after its length is checked.
    #[prost(bytes = "bytes", repeated, tag = "2")]
    pub blocks: Vec<Bytes>,
}
