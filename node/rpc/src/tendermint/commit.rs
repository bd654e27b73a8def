//! `commit`: a header and the signatures that decided it.

use super::{
    broken, found,
    header::{id_of, BlockIdJson, HeaderJson},
    heights::named_or_latest,
    wire::{Base64, Quoted, Timestamp, UpperHex},
    Asked,
};
use crate::{arguments::Arguments, error::Error};
use icn_primitives::{votes::SignatureBytes, Commit, Target, Validator, ValidatorSet};
use serde::Serialize;

/// `block_id_flag` of a validator that is absent from a commit.
const ABSENT: u8 = 1;

/// `block_id_flag` of a validator that signed the block.
const SIGNED: u8 = 2;

/// The answer to `commit`.
#[derive(Clone, Debug, Serialize)]
pub(super) struct CommitAnswer {
    signed_header: SignedHeaderJson,
    canonical: bool,
}

#[derive(Clone, Debug, Serialize)]
struct SignedHeaderJson {
    header: HeaderJson,
    commit: CommitJson,
}

/// A commit.
#[derive(Clone, Debug, Serialize)]
pub(super) struct CommitJson {
    height: Quoted<u64>,
    round: u32,
    block_id: BlockIdJson,
    signatures: Vec<CommitSigJson>,
}

/// What a commit says of one validator.
#[derive(Clone, Debug, Serialize)]
struct CommitSigJson {
    block_id_flag: u8,
    validator_address: UpperHex,
    timestamp: Timestamp,
    signature: Option<Base64>,
}

impl CommitJson {
    /// The commit of the block of `height` that is voted for as `target`. The time that is signed is the block's.
    pub(super) fn new(height: u64, target: &Target, commit: &Commit, set: &ValidatorSet) -> Result<Self, Error> {
        let validators = set.validators();
        if commit.signatures.len() != validators.len() {
            return Err(broken(height, "its commit has not one entry for each validator"));
        }
        let time = Timestamp::of(target.time);
        let entry = |(validator, signature): (&Validator, &Option<SignatureBytes>)| match signature {
            None => CommitSigJson::absent(),
            Some(signature) => CommitSigJson {
                block_id_flag: SIGNED,
                validator_address: UpperHex::of(validator.address()),
                timestamp: time.clone(),
                signature: Some(Base64::of(signature)),
            },
        };
        let signatures = validators.iter().zip(&commit.signatures).map(entry).collect();
        Ok(Self { height: Quoted(height), round: commit.round, block_id: (&target.id).into(), signatures })
    }

    /// What stands where block 1 would show the commit of block 0.
    pub(super) fn none() -> Self {
        Self { height: Quoted(0), round: 0, block_id: BlockIdJson::default(), signatures: Vec::new() }
    }
}

impl CommitSigJson {
    fn absent() -> Self {
        Self {
            block_id_flag: ABSENT,
            validator_address: UpperHex::default(),
            timestamp: Timestamp::none(),
            signature: None,
        }
    }
}

pub(super) fn commit(asked: Asked<'_>, mut arguments: Arguments) -> Result<CommitAnswer, Error> {
    let chain = asked.tendermint;
    let height = named_or_latest(chain.heights(), &mut arguments)?;
    let (header, parts) = found("header", height, chain.header(height))?;
    let known = found("commit", height, chain.commit(height))?;
    let set = found("validator set", height, chain.validators(height))?;
    let target = Target { id: id_of(&header, parts)?, time: header.time };
    let commit = CommitJson::new(height.into(), &target, &known.commit, &set)?;
    let signed_header = SignedHeaderJson { header: (&header).into(), commit };
    Ok(CommitAnswer { signed_header, canonical: known.canonical })
}
