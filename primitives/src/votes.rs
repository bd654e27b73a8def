//! Votes of validators: what they sign, the commit that follows from them, and the proof that somebody signed two.
//!
//! Sign bytes are Tendermint's `CanonicalVote`, so that stock light clients verify commits. The time that is signed is
//! the time of the block voted for, and the epoch in a vote for nothing: every node rebuilds the same bytes (ADR 2).

use crate::{
    tendermint::{merkle_root, stock_id, stock_time, BlockId, ValidatorAddress},
    validators::{Validator, ValidatorSet, VALIDATORS_MAX},
    BlockNumber, Hash, Hashing, Moment,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use prost::Message;
use quick_cache::sync::Cache;
use scale_info::TypeInfo;
use sp_core::{bounded::BoundedVec, ConstU32};
use sp_runtime::traits::Hash as _;
use std::sync::LazyLock;
use tendermint::{account, block, chain, vote, Signature, Time};

/// Most evidence in a block.
pub const EVIDENCE_MAX: u32 = 8;

/// Bytes of an Ed25519 signature.
pub type SignatureBytes = [u8; 64];

/// The two votes of a round.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    TypeInfo,
    MaxEncodedLen,
)]
pub enum VoteKind {
    /// The block is valid.
    Prevote,
    /// Enough validators find it valid.
    Precommit,
}

/// What is voted for: a block by its Tendermint name, with its time, which is signed too. It is the engine's value.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    TypeInfo,
    MaxEncodedLen,
)]
pub struct Target {
    /// The block.
    pub id: BlockId,
    /// Its time.
    pub time: Moment,
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", hex::encode(&self.id.hash.0[..4]))
    }
}

/// Why something cannot be signed or verified: it is out of Tendermint's range.
#[derive(Debug, thiserror::Error)]
#[error("out of Tendermint's range: {0}")]
pub struct OutOfRange(#[from] pub tendermint::Error);

/// The bytes that a validator signs to vote.
///
/// # Errors
/// When the chain id, height, round or time is out of Tendermint's range.
pub fn vote_sign_bytes(
    chain_id: &str,
    kind: VoteKind,
    height: u64,
    round: u32,
    target: Option<&Target>,
) -> Result<Vec<u8>, OutOfRange> {
    let vote = stock_vote(kind, height, round, target, [0; 20], None)?;
    Ok(vote.into_signable_vec(chain::Id::try_from(chain_id.to_owned())?))
}

/// A vote as the stock crate's type.
fn stock_vote(
    kind: VoteKind,
    height: u64,
    round: u32,
    target: Option<&Target>,
    address: ValidatorAddress,
    signature: Option<Signature>,
) -> Result<vote::Vote, OutOfRange> {
    let time = target.map_or(Ok(Time::unix_epoch()), |target| stock_time(target.time))?;
    Ok(vote::Vote {
        vote_type: match kind {
            VoteKind::Prevote => vote::Type::Prevote,
            VoteKind::Precommit => vote::Type::Precommit,
        },
        height: block::Height::try_from(height)?,
        round: block::Round::try_from(round)?,
        block_id: target.map(|target| stock_id(&target.id)).transpose()?,
        timestamp: Some(time),
        validator_address: account::Id::new(address),
        validator_index: vote::ValidatorIndex::try_from(0u32)?,
        signature,
        extension: Vec::new(),
        extension_signature: None,
    })
}

/// How many verified signatures are remembered: those of some heights of the largest set.
const VERIFIED_MAX: usize = 4096;

/// Signatures found valid, under `blake2_256(key ‖ signature ‖ message)`. A precommit is checked when it arrives, in the certificate
/// of its height, in the fuller one, and in the commit of the next block.
static VERIFIED: LazyLock<Cache<Hash, ()>> = LazyLock::new(|| Cache::new(VERIFIED_MAX));

/// Whether an Ed25519 signature is good, as the engine and light clients check it (ZIP 215). Good ones are remembered.
pub fn is_signed_by(key: &[u8; 32], message: &[u8], signature: &SignatureBytes) -> bool {
    let name = Hashing::hash(&[&key[..], signature, message].concat());
    if VERIFIED.get(&name).is_some() {
        return true;
    }
    let Ok(key) = ed25519_consensus::VerificationKey::try_from(*key) else { return false };
    let valid = key.verify(&ed25519_consensus::Signature::from(*signature), message).is_ok();
    if valid {
        VERIFIED.insert(name, ());
    }
    valid
}

/// The precommits that decided a block, as the next block carries them.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Commit {
    /// The round in which it was decided.
    pub round: u32,
    /// A signature for each validator of the block's set, in the order of the set; `None` for who is absent.
    pub signatures: BoundedVec<Option<SignatureBytes>, ConstU32<VALIDATORS_MAX>>,
}

/// Why a commit does not prove that a block was decided.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// It has not one entry for each validator.
    #[error("the commit has {given} entries for {validators} validators")]
    Length {
        /// Entries.
        given: usize,
        /// Validators of the set.
        validators: usize,
    },
    /// A signature is not the validator's over this block.
    #[error("the signature of validator {index} is wrong")]
    Signature {
        /// Its place in the set.
        index: usize,
    },
    /// Two thirds of the power or less signed.
    #[error("validators with {signed} of {total} power signed, which is not more than two thirds")]
    Power {
        /// Power that signed.
        signed: u64,
        /// All of it.
        total: u64,
    },
    /// The block cannot be signed for.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
}

impl Commit {
    /// Checks that validators with more than two thirds of `set`'s power signed `target` at `height`, and that no
    /// signature is wrong.
    ///
    /// # Errors
    /// See [`CommitError`].
    pub fn verify(&self, chain_id: &str, height: u64, target: &Target, set: &ValidatorSet) -> Result<(), CommitError> {
        let validators = set.validators();
        if self.signatures.len() != validators.len() {
            return Err(CommitError::Length { given: self.signatures.len(), validators: validators.len() });
        }
        let signed = self.power(set);
        if !set.is_quorum(signed) {
            return Err(CommitError::Power { signed, total: set.total_power() });
        }
        let message = vote_sign_bytes(chain_id, VoteKind::Precommit, height, self.round, Some(target))?;
        let wrong = |(_, (validator, signature)): &(usize, (&Validator, &Option<SignatureBytes>))| {
            signature.as_ref().is_some_and(|signature| !is_signed_by(&validator.key, &message, signature))
        };
        match validators.iter().zip(&self.signatures).enumerate().find(wrong) {
            Some((index, _)) => Err(CommitError::Signature { index }),
            None => Ok(()),
        }
    }

    /// Power of those who signed.
    pub fn power(&self, set: &ValidatorSet) -> u64 {
        let entries = set.validators().iter().zip(&self.signatures);
        entries.filter(|(_, signature)| signature.is_some()).map(|(validator, _)| validator.power).sum()
    }

    /// The commit as the stock crate's type.
    ///
    /// # Errors
    /// When the height, round or time is out of Tendermint's range.
    pub fn to_stock(&self, height: u64, target: &Target, set: &ValidatorSet) -> Result<block::Commit, OutOfRange> {
        Ok(block::Commit {
            height: block::Height::try_from(height)?,
            round: block::Round::try_from(self.round)?,
            block_id: stock_id(&target.id)?,
            signatures: self.stock_signatures(target.time, set)?,
        })
    }

    fn stock_signatures(&self, time: Moment, set: &ValidatorSet) -> Result<Vec<block::CommitSig>, OutOfRange> {
        let timestamp = stock_time(time)?;
        let entry = |(validator, signature): (&Validator, &Option<SignatureBytes>)| match signature {
            None => Ok(block::CommitSig::BlockIdFlagAbsent),
            Some(signature) => Ok(block::CommitSig::BlockIdFlagCommit {
                validator_address: account::Id::new(validator.address()),
                timestamp,
                signature: Some(Signature::try_from(&signature[..])?),
            }),
        };
        set.validators().iter().zip(&self.signatures).map(entry).collect()
    }

    /// `last_commit_hash` of the next block's Tendermint header: the root of the `CommitSig`s, CometBFT's
    /// `Commit.Hash`.
    ///
    /// # Errors
    /// When the time is out of Tendermint's range.
    pub fn hash(&self, time: Moment, set: &ValidatorSet) -> Result<Hash, OutOfRange> {
        let leaf = |entry| tendermint_proto::v0_38::types::CommitSig::from(entry).encode_to_vec();
        let leaves: Vec<_> = self.stock_signatures(time, set)?.into_iter().map(leaf).collect();
        Ok(merkle_root(&leaves))
    }
}

/// One of two votes that contradict each other.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub struct SignedTarget {
    /// What was voted for; `None` is a vote for nothing.
    pub target: Option<Target>,
    /// The validator's signature.
    pub signature: SignatureBytes,
}

/// Proof that a validator voted twice in one step: Tendermint's `DuplicateVoteEvidence`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct DuplicateVote {
    /// Who.
    pub address: ValidatorAddress,
    /// Height of the votes.
    pub height: BlockNumber,
    /// Round of the votes.
    pub round: u32,
    /// Which of the two votes.
    pub kind: VoteKind,
    /// The lesser vote, by what it is for.
    pub first: SignedTarget,
    /// The greater one.
    pub second: SignedTarget,
}

/// Why evidence proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// The votes are for the same, or in the wrong order.
    #[error("the votes do not contradict each other, or are not in order")]
    NoContradiction,
    /// The validator was not in the set of that height.
    #[error("the validator was not in the set of height {height}")]
    Stranger {
        /// Height of the votes.
        height: BlockNumber,
    },
    /// A signature is not the validator's.
    #[error("a signature is not the validator's")]
    Signature,
    /// The votes cannot be signed for.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
}

impl DuplicateVote {
    /// Checks the evidence against the validators of its height.
    ///
    /// # Errors
    /// See [`EvidenceError`].
    pub fn verify(&self, chain_id: &str, set: &ValidatorSet) -> Result<(), EvidenceError> {
        if self.first.target >= self.second.target {
            return Err(EvidenceError::NoContradiction);
        }
        let validator = set.by_address(&self.address).ok_or(EvidenceError::Stranger { height: self.height })?;
        for vote in [&self.first, &self.second] {
            let message = vote_sign_bytes(chain_id, self.kind, self.height.into(), self.round, vote.target.as_ref())?;
            if !is_signed_by(&validator.key, &message, &vote.signature) {
                return Err(EvidenceError::Signature);
            }
        }
        Ok(())
    }

    /// What it is evidence of; the same offence is judged once.
    pub fn offence(&self) -> (ValidatorAddress, BlockNumber, u32, VoteKind) {
        (self.address, self.height, self.round, self.kind)
    }

    /// The evidence as the stock crate's type, with the powers and the time of its height.
    ///
    /// # Errors
    /// When a field is out of Tendermint's range.
    pub fn to_stock(&self, set: &ValidatorSet, time: Moment) -> Result<tendermint::evidence::Evidence, OutOfRange> {
        let vote = |vote: &SignedTarget| {
            let signature = Some(Signature::try_from(&vote.signature[..])?);
            stock_vote(self.kind, self.height.into(), self.round, vote.target.as_ref(), self.address, signature)
        };
        let mut evidence = tendermint::evidence::DuplicateVoteEvidence::new(vote(&self.first)?, vote(&self.second)?)?;
        evidence.total_voting_power = set.total_power().try_into()?;
        evidence.validator_power = set.by_address(&self.address).map_or(0, |validator| validator.power).try_into()?;
        evidence.timestamp = stock_time(time)?;
        Ok(evidence.into())
    }
}

/// Evidence of a block.
pub type EvidenceList = BoundedVec<DuplicateVote, ConstU32<EVIDENCE_MAX>>;

/// `evidence_hash` of a Tendermint header: the RFC 6962 root of the evidence's SCALE encodings. Light clients do not
/// check what is under it; the encoding is the block's own, so that the hash needs no state.
pub fn evidence_hash(evidence: &[DuplicateVote]) -> Hash {
    merkle_root(&evidence.iter().map(Encode::encode).collect::<Vec<_>>())
}

/// What a block says of consensus: the commit of the block before it, and evidence against validators. It is in the
/// block's second inherent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct ConsensusRecord {
    /// The commit of the block before; `None` in block 1, since nobody signs block 0.
    pub commit: Option<Commit>,
    /// Evidence, each offence once.
    pub evidence: EvidenceList,
}
