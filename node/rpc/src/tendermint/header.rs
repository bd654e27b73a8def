//! Headers and the names of blocks.

use super::{
    broken,
    wire::{Quoted, Timestamp, UpperHex},
};
use crate::error::Error;
use icn_primitives::{tendermint::BlockId, PartSetHeader, TendermintHeader};
use serde::Serialize;

/// CometBFT's version of the block protocol, in every header.
pub(super) const BLOCK_PROTOCOL: u64 = 11;

/// Version of the application as light clients see it, in every header.
pub(super) const APP_PROTOCOL: u64 = 1;

/// `version` of a header.
#[derive(Clone, Copy, Debug, Serialize)]
struct VersionJson {
    block: Quoted<u64>,
    app: Quoted<u64>,
}

/// A header.
#[derive(Clone, Debug, Serialize)]
pub(super) struct HeaderJson {
    version: VersionJson,
    chain_id: String,
    height: Quoted<u64>,
    time: Timestamp,
    last_block_id: BlockIdJson,
    last_commit_hash: UpperHex,
    data_hash: UpperHex,
    validators_hash: UpperHex,
    next_validators_hash: UpperHex,
    consensus_hash: UpperHex,
    app_hash: UpperHex,
    last_results_hash: UpperHex,
    evidence_hash: UpperHex,
    proposer_address: UpperHex,
}

impl From<&TendermintHeader> for HeaderJson {
    fn from(header: &TendermintHeader) -> Self {
        Self {
            version: VersionJson { block: Quoted(BLOCK_PROTOCOL), app: Quoted(APP_PROTOCOL) },
            chain_id: header.chain_id.clone(),
            height: Quoted(header.height),
            time: Timestamp::of(header.time),
            last_block_id: header.last_block_id.as_ref().map(BlockIdJson::from).unwrap_or_default(),
            last_commit_hash: UpperHex::of(header.last_commit_hash),
            data_hash: UpperHex::of(header.data_hash),
            validators_hash: UpperHex::of(header.validators_hash),
            next_validators_hash: UpperHex::of(header.next_validators_hash),
            consensus_hash: UpperHex::of(header.consensus_hash),
            app_hash: UpperHex::of(header.app_hash),
            last_results_hash: UpperHex::of(header.last_results_hash),
            evidence_hash: UpperHex::of(header.evidence_hash),
            proposer_address: UpperHex::of(header.proposer),
        }
    }
}

/// The name of a block; the default stands for none.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct BlockIdJson {
    hash: UpperHex,
    parts: PartsJson,
}

#[derive(Clone, Debug, Default, Serialize)]
struct PartsJson {
    total: u32,
    hash: UpperHex,
}

impl From<&BlockId> for BlockIdJson {
    fn from(id: &BlockId) -> Self {
        let parts = PartsJson { total: id.parts.total, hash: UpperHex::of(id.parts.hash) };
        Self { hash: UpperHex::of(id.hash), parts }
    }
}

/// How a block is named.
pub(super) fn id_of(header: &TendermintHeader, parts: PartSetHeader) -> Result<BlockId, Error> {
    let hash = header.hash().map_err(|error| broken(header.height, error))?;
    Ok(BlockId { hash, parts })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_those_that_are_hashed() {
        let header = TendermintHeader {
            chain_id: "test-00000000".into(),
            height: 1,
            time: 0,
            last_block_id: None,
            last_commit_hash: Default::default(),
            data_hash: Default::default(),
            validators_hash: Default::default(),
            next_validators_hash: Default::default(),
            consensus_hash: Default::default(),
            app_hash: Default::default(),
            last_results_hash: Default::default(),
            evidence_hash: Default::default(),
            proposer: [0; 20],
        };
        let version = header.to_stock().unwrap().version;
        assert_eq!((version.block, version.app), (BLOCK_PROTOCOL, APP_PROTOCOL));
    }
}
