//! Evidence that a block carries, in CometBFT's JSON of a duplicate vote.
//!
//! A vote for nothing signs the Unix epoch as its time. It is shown with no time instead: stock Rust clients take the epoch for a
//! missing field, and would not read the block.

use super::{
    header::BlockIdJson,
    wire::{Base64, Quoted, Timestamp, UpperHex},
};
use crate::{
    backend::{ReadError, Tendermint},
    error::Error,
};
use icn_primitives::{
    votes::{SignedTarget, VoteKind},
    DuplicateVote, ValidatorSet,
};
use serde::Serialize;

/// Evidence, tagged with its type.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", content = "value")]
pub(super) enum EvidenceJson {
    /// A validator signed two votes of one step.
    #[serde(rename = "tendermint/DuplicateVoteEvidence")]
    DuplicateVote(Box<DuplicateVoteJson>),
}

/// A validator's two votes.
#[derive(Clone, Debug, Serialize)]
pub(super) struct DuplicateVoteJson {
    vote_a: VoteJson,
    vote_b: VoteJson,
    #[serde(rename = "TotalVotingPower")]
    total_voting_power: Quoted<u64>,
    #[serde(rename = "ValidatorPower")]
    validator_power: Quoted<u64>,
    #[serde(rename = "Timestamp")]
    timestamp: Timestamp,
}

#[derive(Clone, Debug, Serialize)]
struct VoteJson {
    r#type: u8,
    height: Quoted<u32>,
    round: u32,
    block_id: BlockIdJson,
    timestamp: Timestamp,
    validator_address: UpperHex,
    validator_index: usize,
    signature: Base64,
    extension: Option<Base64>,
    extension_signature: Option<Base64>,
}

/// Shows evidence with the powers and the time of its height. Where those are no longer kept, powers are 0 and the time is
/// none.
pub(super) fn evidence(chain: &dyn Tendermint, offence: &DuplicateVote) -> Result<EvidenceJson, Error> {
    let set = if_kept(chain.validators(offence.height))?;
    let time = if_kept(chain.header(offence.height))?.map(|(header, _)| header.time);
    let power = set.as_ref().and_then(|set| set.by_address(&offence.address)).map_or(0, |validator| validator.power);
    let index = set.as_ref().map_or(0, |set| place(set, offence));
    Ok(EvidenceJson::DuplicateVote(Box::new(DuplicateVoteJson {
        vote_a: vote(offence, &offence.first, index),
        vote_b: vote(offence, &offence.second, index),
        total_voting_power: Quoted(set.as_ref().map_or(0, ValidatorSet::total_power)),
        validator_power: Quoted(power),
        timestamp: time.map_or_else(Timestamp::none, Timestamp::of),
    })))
}

/// What is read at a height that may be older than what is kept.
fn if_kept<T>(read: Result<Option<T>, ReadError>) -> Result<Option<T>, Error> {
    match read {
        Ok(read) => Ok(read),
        Err(ReadError::Pruned { .. } | ReadError::UnknownBlock(_)) => Ok(None),
        Err(error @ ReadError::State(_)) => Err(error.into()),
    }
}

/// The offender's place in the set.
fn place(set: &ValidatorSet, offence: &DuplicateVote) -> usize {
    set.validators().iter().position(|validator| validator.address() == offence.address).unwrap_or(0)
}

fn vote(offence: &DuplicateVote, vote: &SignedTarget, validator_index: usize) -> VoteJson {
    VoteJson {
        r#type: match offence.kind {
            VoteKind::Prevote => 1,
            VoteKind::Precommit => 2,
        },
        height: Quoted(offence.height),
        round: offence.round,
        block_id: vote.target.as_ref().map(|target| (&target.id).into()).unwrap_or_default(),
        timestamp: vote.target.map_or_else(Timestamp::none, |target| Timestamp::of(target.time)),
        validator_address: UpperHex::of(offence.address),
        validator_index,
        signature: Base64::of(vote.signature),
        extension: None,
        extension_signature: None,
    }
}
