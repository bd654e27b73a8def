//! The chain in memory as Tendermint's clients see it: with no block that anyone signed. `tests/tendermint` has a real one.

use icn_primitives::{BlockNumber, BlockRecord, DuplicateVote, Hash, PartSetHeader, TendermintHeader, ValidatorSet};
use icn_rpc::backend::{
    ConsensusParameters, GenesisDocument, Heights, KnownCommit, ReadError, Tendermint, TendermintNode, TendermintPeer,
};
use std::time::Duration;

/// A chain before its first block.
pub(crate) struct Unbegun(GenesisDocument);

impl Default for Unbegun {
    fn default() -> Self {
        let (validators, app_state) = (Vec::new(), serde_json::json!({}));
        Self(GenesisDocument { time: 0, validators, app_hash: Hash::zero(), app_state })
    }
}

impl Tendermint for Unbegun {
    fn chain_id(&self) -> &str {
        "unbegun-00000000"
    }

    fn heights(&self) -> Heights {
        Heights { oldest: 0, latest: 0 }
    }

    fn header(&self, _: BlockNumber) -> Result<Option<(TendermintHeader, PartSetHeader)>, ReadError> {
        Ok(None)
    }

    fn block(&self, _: BlockNumber) -> Result<Option<BlockRecord>, ReadError> {
        Ok(None)
    }

    fn commit(&self, _: BlockNumber) -> Result<Option<KnownCommit>, ReadError> {
        Ok(None)
    }

    fn evidence(&self, _: BlockNumber) -> Result<Vec<DuplicateVote>, ReadError> {
        Ok(Vec::new())
    }

    fn validators(&self, _: BlockNumber) -> Result<Option<ValidatorSet>, ReadError> {
        Ok(None)
    }

    fn parameters(&self, _: BlockNumber) -> Result<ConsensusParameters, ReadError> {
        Ok(ConsensusParameters {
            block_bytes_max: 0,
            block_gas_max: 0,
            evidence_age_blocks_max: 0,
            evidence_age_max: Duration::ZERO,
        })
    }

    fn node(&self) -> TendermintNode {
        TendermintNode {
            network_key: [0; 32],
            consensus_key: [0; 32],
            moniker: String::new(),
            listen_address: String::new(),
            rpc_address: String::new(),
            catching_up: false,
        }
    }

    fn peers(&self) -> Vec<TendermintPeer> {
        Vec::new()
    }

    fn genesis(&self) -> &GenesisDocument {
        &self.0
    }
}
