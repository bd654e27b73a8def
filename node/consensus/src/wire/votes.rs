//! Votes, proposals and verdicts.

use super::{
    field::{
        address, height, height_of, kind, pol_round, present, proto_kind, proto_target, proto_value, round_number,
        round_of, signature, target, value,
    },
    proto::{self, consensus_message::Sum},
    Wire, WireError,
};
use crate::{BlockRef, Height, IcnContext, Proposal, Vote};
use malachitebft_core_consensus::{ProposedValue, SignedConsensusMsg};
use malachitebft_core_types::{Round, SignedMessage, SignedProposal, SignedVote, Validity};

impl Wire for SignedVote<IcnContext> {
    const KIND: &'static str = "vote";
    const BYTES_MAX: usize = 256;
    type Proto = proto::SignedVote;

    fn to_proto(&self) -> Result<Self::Proto, WireError> {
        let Vote { kind, height, round, value, address } = &self.message;
        Ok(proto::SignedVote {
            kind: proto_kind(*kind),
            height: height_of(*height)?,
            round: round_of(*round)?,
            target: proto_value(value)?,
            address: address.0.to_vec(),
            signature: self.signature.to_bytes().to_vec(),
        })
    }

    fn from_proto(proto: Self::Proto) -> Result<Self, WireError> {
        let vote = Vote {
            kind: kind(proto.kind)?,
            height: Height(height(proto.height)?),
            round: Round::new(round_number(proto.round)?),
            value: value(proto.target)?,
            address: address(&proto.address)?,
        };
        Ok(SignedMessage::new(vote, signature(&proto.signature)?))
    }
}

impl Wire for SignedProposal<IcnContext> {
    const KIND: &'static str = "proposal";
    const BYTES_MAX: usize = 256;
    type Proto = proto::SignedProposal;

    fn to_proto(&self) -> Result<Self::Proto, WireError> {
        let Proposal { height, round, value, pol_round, address } = &self.message;
        let round = round_of(*round)?;
        Ok(proto::SignedProposal {
            height: height_of(*height)?,
            round,
            pol_round: self::pol_round(pol_round.as_u32(), round)?,
            target: Some(proto_target(&value.0)?),
            address: address.0.to_vec(),
            signature: self.signature.to_bytes().to_vec(),
        })
    }

    fn from_proto(proto: Self::Proto) -> Result<Self, WireError> {
        let round = round_number(proto.round)?;
        let proposal = Proposal {
            height: Height(height(proto.height)?),
            round: Round::new(round),
            value: BlockRef(target(present("target", proto.target)?)?),
            pol_round: pol_round(proto.pol_round, round)?.into(),
            address: address(&proto.address)?,
        };
        Ok(SignedMessage::new(proposal, signature(&proto.signature)?))
    }
}

impl Wire for SignedConsensusMsg<IcnContext> {
    const KIND: &'static str = "consensus message";
    const BYTES_MAX: usize = 260;
    type Proto = proto::ConsensusMessage;

    fn to_proto(&self) -> Result<Self::Proto, WireError> {
        let sum = match self {
            Self::Vote(vote) => Sum::Vote(vote.to_proto()?),
            Self::Proposal(proposal) => Sum::Proposal(proposal.to_proto()?),
        };
        Ok(proto::ConsensusMessage { sum: Some(sum) })
    }

    fn from_proto(proto: Self::Proto) -> Result<Self, WireError> {
        match present("message", proto.sum)? {
            Sum::Vote(vote) => Wire::from_proto(vote).map(Self::Vote),
            Sum::Proposal(proposal) => Wire::from_proto(proposal).map(Self::Proposal),
        }
    }
}

impl Wire for ProposedValue<IcnContext> {
    const KIND: &'static str = "verdict";
    const BYTES_MAX: usize = 192;
    type Proto = proto::ProposedValue;

    fn to_proto(&self) -> Result<Self::Proto, WireError> {
        let round = round_of(self.round)?;
        Ok(proto::ProposedValue {
            height: height_of(self.height)?,
            round,
            valid_round: pol_round(self.valid_round.as_u32(), round)?,
            proposer: self.proposer.0.to_vec(),
            target: Some(proto_target(&self.value.0)?),
            valid: self.validity.is_valid(),
        })
    }

    fn from_proto(proto: Self::Proto) -> Result<Self, WireError> {
        let round = round_number(proto.round)?;
        Ok(Self {
            height: Height(height(proto.height)?),
            round: Round::new(round),
            valid_round: pol_round(proto.valid_round, round)?.into(),
            proposer: address(&proto.proposer)?,
            value: BlockRef(target(present("target", proto.target)?)?),
            validity: Validity::from_bool(proto.valid),
        })
    }
}
