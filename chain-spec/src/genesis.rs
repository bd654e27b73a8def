//! Block 0: what follows from a document.

use crate::{check::check_fields, config, consensus_hash, validators::validator_set, ChainSpec, SpecError};
use icn_primitives::{
    block::{record, ConsensusContext, ConsensusRoots},
    tendermint::ValidatorAddress,
    Block, BlockRecord, ConsensusDigest, Hash, Hashing, Header, Moment, Validator, ValidatorSet,
};
use sp_runtime::{traits::Hash as _, Digest, StateVersion};
use std::collections::BTreeMap;

/// A chain's beginning. The state's root is the store's to compute; the rest follows from it.
#[derive(Clone, Debug)]
pub struct Genesis {
    /// The document's id, without the hash that ends the chain id.
    pub id: String,
    /// Time of block 0.
    pub time: Moment,
    /// The state of block 0: storage key → value.
    pub state: BTreeMap<Vec<u8>, Vec<u8>>,
    /// The validators of block 1, in Tendermint's order.
    pub validators: ValidatorSet,
}

/// Derives a chain's beginning from its document, which is checked. The same document gives the same beginning.
///
/// # Errors
/// The first thing that is wrong with the document.
pub fn genesis(spec: &ChainSpec) -> Result<Genesis, SpecError> {
    check_fields(spec)?;
    let validators = validator_set(spec)?;
    let state = icn_runtime::genesis::build_state(&config::configuration(spec)?)?;
    Ok(Genesis { id: spec.id.clone(), time: spec.genesis_time_ms, state, validators })
}

/// The FRAME header of block 0 over a state with this root. Its digest is empty: nobody proposed it.
pub fn genesis_header(root: Hash) -> Header {
    Header {
        parent_hash: Hash::zero(),
        number: 0,
        state_root: root,
        extrinsics_root: Hashing::ordered_trie_root(Vec::new(), StateVersion::V1),
        digest: Digest::default(),
    }
}

impl Genesis {
    /// The chain id in every header: the document's id, `-` and the first 8 hex digits of the genesis hash.
    pub fn chain_id(&self, root: Hash) -> String {
        let hash = genesis_header(root).hash();
        format!("{}-{}", self.id, hex::encode(&hash.as_bytes()[..4]))
    }

    /// What the headers of the chain have in common.
    pub fn context(&self, root: Hash) -> ConsensusContext {
        ConsensusContext { chain_id: self.chain_id(root), consensus_hash: consensus_hash() }
    }

    /// Address of the first in the order of validators.
    pub fn proposer(&self) -> ValidatorAddress {
        self.validators.validators().first().map(Validator::address).unwrap_or_default()
    }

    /// Block 0 as it is stored. Tendermint has no block 0, so its header there is ours alone and nobody signs it: height 0,
    /// no block before, the time of the document, the first validator as proposer, and the hashes of the validators, the
    /// parameters, the state and the FRAME header as in every other block.
    pub fn record(&self, root: Hash) -> BlockRecord {
        let block = Block { header: genesis_header(root), extrinsics: Vec::new() };
        let digest = ConsensusDigest { time: self.time, proposer: self.proposer() };
        let validators = self.validators.hash();
        record(block, &digest, None, &self.context(root), &ConsensusRoots::of_sets(validators, validators))
    }
}
