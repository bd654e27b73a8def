//! The bytes under the signatures of votes and proposals.

use crate::{Proposal, Vote};
use icn_primitives::{votes, votes::OutOfRange, Target};
use tendermint::{block, chain, proposal::Type, Time};

/// Why something cannot be signed, so that no signature of it is good either.
#[derive(Debug, thiserror::Error)]
pub enum SignBytesError {
    /// It is in no round.
    #[error("a vote or proposal without a round")]
    NilRound,
    /// A field is beyond what Tendermint's messages hold.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
}

impl From<tendermint::Error> for SignBytesError {
    fn from(error: tendermint::Error) -> Self {
        Self::OutOfRange(error.into())
    }
}

/// The bytes that a validator signs to vote: Tendermint's `CanonicalVote`.
///
/// # Errors
/// See [`SignBytesError`].
pub fn vote_sign_bytes(chain_id: &str, vote: &Vote) -> Result<Vec<u8>, SignBytesError> {
    let round = vote.round.as_u32().ok_or(SignBytesError::NilRound)?;
    Ok(votes::vote_sign_bytes(chain_id, vote.kind, vote.height.0, round, vote.target())?)
}

/// The bytes that a validator signs to propose: Tendermint's `CanonicalProposal`.
///
/// # Errors
/// See [`SignBytesError`].
pub fn proposal_sign_bytes(chain_id: &str, proposal: &Proposal) -> Result<Vec<u8>, SignBytesError> {
    let round = proposal.round.as_u32().ok_or(SignBytesError::NilRound)?;
    let target = &proposal.value.0;
    let stock = tendermint::Proposal {
        msg_type: Type::Proposal,
        height: block::Height::try_from(proposal.height.0)?,
        round: block::Round::try_from(round)?,
        pol_round: proposal.pol_round.as_u32().map(block::Round::try_from).transpose()?,
        block_id: Some(stock_id(target)?),
        timestamp: Some(stock_time(target)?),
        signature: None,
    };
    Ok(stock.into_signable_vec(chain::Id::try_from(chain_id.to_owned())?))
}

fn stock_id(target: &Target) -> Result<block::Id, tendermint::Error> {
    let (hash, parts) = (target.id.hash, target.id.parts);
    let part_set_header = block::parts::Header::new(parts.total, tendermint::Hash::Sha256(parts.hash.0))?;
    Ok(block::Id { hash: tendermint::Hash::Sha256(hash.0), part_set_header })
}

fn stock_time(target: &Target) -> Result<Time, tendermint::Error> {
    let seconds = i64::try_from(target.time / 1000).unwrap_or(i64::MAX);
    Time::from_unix_timestamp(seconds, (target.time % 1000) as u32 * 1_000_000)
}
