//! Certificates, and the messages that carry them.

use super::{
    field::{
        address, each_once, height, height_of, kind, present, proto_kind, proto_target, proto_value, round_number,
        round_of, signature, target, value,
    },
    proto::{self, liveness_message::Sum},
    Wire, WireError,
};
use crate::{context::kind_of, Address, BlockRef, Height, IcnContext};
use icn_primitives::votes::VoteKind;
use malachitebft_core_consensus::LivenessMsg;
use malachitebft_core_types::{
    CommitCertificate, CommitSignature, PolkaCertificate, PolkaSignature, Round, RoundCertificate,
    RoundCertificateType, RoundSignature, VoteType,
};
use malachitebft_signing_ed25519::Signature;

/// Most bytes of a certificate with a vote of each of the most validators that there can be.
const CERTIFICATE_BYTES_MAX: usize = 32 * 1024;

/// What polka and commit certificates have in common.
struct Votes {
    height: Height,
    round: Round,
    value: BlockRef,
    signatures: Vec<(Address, Signature)>,
}

impl Votes {
    fn into_proto(self) -> Result<proto::Certificate, WireError> {
        each_once(self.signatures.iter().map(|(address, _)| address))?;
        let vote = |(address, signature): &(Address, Signature)| proto::CertificateVote {
            address: address.0.to_vec(),
            signature: signature.to_bytes().to_vec(),
        };
        Ok(proto::Certificate {
            height: height_of(self.height)?,
            round: round_of(self.round)?,
            target: Some(proto_target(&self.value.0)?),
            votes: self.signatures.iter().map(vote).collect(),
        })
    }

    fn from_proto(proto: proto::Certificate) -> Result<Self, WireError> {
        let vote = |vote: &proto::CertificateVote| Ok((address(&vote.address)?, signature(&vote.signature)?));
        let signatures = proto.votes.iter().map(vote).collect::<Result<Vec<_>, WireError>>()?;
        each_once(signatures.iter().map(|(address, _)| address))?;
        Ok(Self {
            height: Height(height(proto.height)?),
            round: Round::new(round_number(proto.round)?),
            value: BlockRef(target(present("target", proto.target)?)?),
            signatures,
        })
    }
}

impl Wire for PolkaCertificate<IcnContext> {
    const KIND: &'static str = "polka certificate";
    const BYTES_MAX: usize = CERTIFICATE_BYTES_MAX;
    type Proto = proto::Certificate;

    fn to_proto(&self) -> Result<Self::Proto, WireError> {
        let signatures = self.polka_signatures.iter().map(|vote| (vote.address, vote.signature)).collect();
        Votes { height: self.height, round: self.round, value: self.value_id, signatures }.into_proto()
    }

    fn from_proto(proto: Self::Proto) -> Result<Self, WireError> {
        let Votes { height, round, value, signatures } = Votes::from_proto(proto)?;
        let vote = |(address, signature)| PolkaSignature::new(address, signature);
        Ok(Self { height, round, value_id: value, polka_signatures: signatures.into_iter().map(vote).collect() })
    }
}

impl Wire for CommitCertificate<IcnContext> {
    const KIND: &'static str = "commit certificate";
    const BYTES_MAX: usize = CERTIFICATE_BYTES_MAX;
    type Proto = proto::Certificate;

    fn to_proto(&self) -> Result<Self::Proto, WireError> {
        let signatures = self.commit_signatures.iter().map(|vote| (vote.address, vote.signature)).collect();
        Votes { height: self.height, round: self.round, value: self.value_id, signatures }.into_proto()
    }

    fn from_proto(proto: Self::Proto) -> Result<Self, WireError> {
        let Votes { height, round, value, signatures } = Votes::from_proto(proto)?;
        let vote = |(address, signature)| CommitSignature::new(address, signature);
        Ok(Self { height, round, value_id: value, commit_signatures: signatures.into_iter().map(vote).collect() })
    }
}

impl Wire for RoundCertificate<IcnContext> {
    const KIND: &'static str = "round certificate";
    const BYTES_MAX: usize = CERTIFICATE_BYTES_MAX;
    type Proto = proto::RoundCertificate;

    fn to_proto(&self) -> Result<Self::Proto, WireError> {
        each_once(self.round_signatures.iter().map(|vote| &vote.address))?;
        let vote = |vote: &RoundSignature<IcnContext>| {
            Ok(proto::RoundVote {
                kind: proto_kind(kind_of(vote.vote_type)),
                target: proto_value(&vote.value_id)?,
                address: vote.address.0.to_vec(),
                signature: vote.signature.to_bytes().to_vec(),
            })
        };
        let kind = match self.cert_type {
            RoundCertificateType::Skip => proto::RoundCertificateKind::Skip,
            RoundCertificateType::Precommit => proto::RoundCertificateKind::Precommit,
        };
        Ok(proto::RoundCertificate {
            height: height_of(self.height)?,
            round: round_of(self.round)?,
            kind: kind.into(),
            votes: self.round_signatures.iter().map(vote).collect::<Result<_, WireError>>()?,
        })
    }

    fn from_proto(proto: Self::Proto) -> Result<Self, WireError> {
        let vote = |vote: proto::RoundVote| {
            let vote_type = match kind(vote.kind)? {
                VoteKind::Prevote => VoteType::Prevote,
                VoteKind::Precommit => VoteType::Precommit,
            };
            let (value, address, signature) =
                (value(vote.target)?, address(&vote.address)?, signature(&vote.signature)?);
            Ok(RoundSignature::new(vote_type, value, address, signature))
        };
        let round_signatures = proto.votes.into_iter().map(vote).collect::<Result<Vec<_>, WireError>>()?;
        each_once(round_signatures.iter().map(|vote| &vote.address))?;
        let cert_type = match proto::RoundCertificateKind::try_from(proto.kind) {
            Ok(proto::RoundCertificateKind::Skip) => RoundCertificateType::Skip,
            Ok(proto::RoundCertificateKind::Precommit) => RoundCertificateType::Precommit,
            _ => return Err(WireError::Kind { field: "certificate", value: proto.kind }),
        };
        let (height, round) = (Height(height(proto.height)?), Round::new(round_number(proto.round)?));
        Ok(Self { height, round, cert_type, round_signatures })
    }
}

impl Wire for LivenessMsg<IcnContext> {
    const KIND: &'static str = "liveness message";
    const BYTES_MAX: usize = CERTIFICATE_BYTES_MAX + 4;
    type Proto = proto::LivenessMessage;

    fn to_proto(&self) -> Result<Self::Proto, WireError> {
        let sum = match self {
            Self::Vote(vote) => Sum::Vote(vote.to_proto()?),
            Self::PolkaCertificate(certificate) => Sum::Polka(certificate.to_proto()?),
            Self::SkipRoundCertificate(certificate) => Sum::Round(certificate.to_proto()?),
        };
        Ok(proto::LivenessMessage { sum: Some(sum) })
    }

    fn from_proto(proto: Self::Proto) -> Result<Self, WireError> {
        match present("message", proto.sum)? {
            Sum::Vote(vote) => Wire::from_proto(vote).map(Self::Vote),
            Sum::Polka(certificate) => Wire::from_proto(certificate).map(Self::PolkaCertificate),
            Sum::Round(certificate) => Wire::from_proto(certificate).map(Self::SkipRoundCertificate),
        }
    }
}
