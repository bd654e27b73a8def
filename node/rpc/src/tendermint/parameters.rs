//! `consensus_params`: the limits that all validators agree on.

use super::{header::APP_PROTOCOL, heights::named_or_next, wire::Quoted, Asked};
use crate::{arguments::Arguments, backend::ConsensusParameters, error::Error};
use codec::MaxEncodedLen;
use icn_primitives::{votes::EVIDENCE_MAX, BlockNumber, DuplicateVote};
use serde::Serialize;

/// The answer to `consensus_params`.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ParametersAnswer {
    block_height: Quoted<BlockNumber>,
    consensus_params: ParametersJson,
}

/// Consensus parameters.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ParametersJson {
    block: BlockJson,
    evidence: EvidenceJson,
    validator: ValidatorJson,
    version: VersionJson,
    abci: AbciJson,
}

#[derive(Clone, Debug, Serialize)]
struct BlockJson {
    max_bytes: Quoted<u64>,
    max_gas: Quoted<u64>,
}

#[derive(Clone, Debug, Serialize)]
struct EvidenceJson {
    max_age_num_blocks: Quoted<u64>,
    /// Nanoseconds.
    max_age_duration: Quoted<u128>,
    max_bytes: Quoted<u64>,
}

#[derive(Clone, Debug, Serialize)]
struct ValidatorJson {
    pub_key_types: [&'static str; 1],
}

#[derive(Clone, Debug, Serialize)]
struct VersionJson {
    app: Quoted<u64>,
}

#[derive(Clone, Debug, Serialize)]
struct AbciJson {
    /// 0: votes have no extensions.
    vote_extensions_enable_height: Quoted<u64>,
}

impl From<ConsensusParameters> for ParametersJson {
    fn from(parameters: ConsensusParameters) -> Self {
        Self {
            block: BlockJson {
                max_bytes: Quoted(parameters.block_bytes_max),
                max_gas: Quoted(parameters.block_gas_max),
            },
            evidence: EvidenceJson {
                max_age_num_blocks: Quoted(parameters.evidence_age_blocks_max),
                max_age_duration: Quoted(parameters.evidence_age_max.as_nanos()),
                max_bytes: Quoted(u64::from(EVIDENCE_MAX) * DuplicateVote::max_encoded_len() as u64),
            },
            validator: ValidatorJson { pub_key_types: ["ed25519"] },
            version: VersionJson { app: Quoted(APP_PROTOCOL) },
            abci: AbciJson { vote_extensions_enable_height: Quoted(0) },
        }
    }
}

pub(super) fn consensus_params(asked: Asked<'_>, mut arguments: Arguments) -> Result<ParametersAnswer, Error> {
    let chain = asked.tendermint;
    let height = named_or_next(chain.heights(), &mut arguments)?;
    let consensus_params = super::found("parameters", height, chain.parameters(height).map(Some))?.into();
    Ok(ParametersAnswer { block_height: Quoted(height), consensus_params })
}
