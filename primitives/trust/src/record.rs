//! That a signed record is part of a DAG's final history.

use crate::{
    block::{verify_block, BlockError, BlockProof, Policy},
    bytes::HexBytes,
    state::{verify_value, StateError},
};
use codec::{DecodeAll as _, Encode as _};
use icn_dag::{validate::check_final, Did, Node};
use icn_merkle::{leaf_hash, InclusionError, InclusionProof, Range};
use serde::{Deserialize, Serialize};
use sp_crypto_hashing::{blake2_128, twox_128};
use tendermint::Time;

/// Version of the format. 1: the first.
pub const VERSION: u8 = 1;

/// Largest proof in a file, in bytes: a record as hex, and the signatures of many validators.
pub const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// A record with all that shows it to be final, from a block that is trusted on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordProof {
    /// [`VERSION`].
    pub version: u8,
    /// The record.
    pub record: HexBytes,
    /// Its place in the log of its DAG.
    pub inclusion: InclusionProof,
    /// SCALE of the log's [`Range`], as it is in the state after the block.
    pub log: HexBytes,
    /// Protobuf of the ICS-23 proof that the state has the log under the DAG's key.
    pub log_proof: HexBytes,
    /// The block.
    pub block: BlockProof,
}

/// Why a record is not shown to be final.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The proof is of another version.
    #[error("proofs of version {0} are unknown; this program reads version {VERSION}")]
    Version(u8),
    /// The bytes are no signed record.
    #[error("the record: {0}")]
    Record(#[from] icn_dag::Error),
    /// The block is not shown to be final.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// The state does not hold the log.
    #[error(transparent)]
    State(#[from] StateError),
    /// The log does not decode.
    #[error("the log is malformed")]
    Log,
    /// The log does not hold the record.
    #[error("the log does not hold the record: {0}")]
    Inclusion(#[from] InclusionError),
}

/// A record that is shown to be final.
#[derive(Clone, Debug, PartialEq)]
pub struct ProvenRecord {
    /// The record.
    pub node: Node,
    /// The chain.
    pub chain_id: String,
    /// The height of the block whose state shows it; it became final there or before.
    pub height: u64,
    /// That block's time.
    pub time: Time,
    /// Its place in the log of its DAG, from 0.
    pub place: u64,
}

/// The storage key of a DAG's log: `twox128("Dag") ‖ twox128("Logs") ‖ blake2_128(SCALE(DID)) ‖ SCALE(DID)`.
pub fn log_key(dag: &Did) -> Vec<u8> {
    let dag = dag.encode();
    [&twox_128(b"Dag")[..], &twox_128(b"Logs"), &blake2_128(&dag), &dag].concat()
}

impl RecordProof {
    /// Shows that the record is signed, and part of the final history of its DAG.
    ///
    /// # Errors
    /// See [`RecordError`].
    pub fn verify(&self, trusted: &BlockProof, policy: Policy, now: Time) -> Result<ProvenRecord, RecordError> {
        if self.version != VERSION {
            return Err(RecordError::Version(self.version));
        }
        let node = Node::decode(&self.record.0)?;
        check_final(&node)?;
        verify_block(trusted, &self.block, policy, now)?;
        let header = &self.block.signed_header.header;
        verify_value(header.app_hash.as_bytes(), &log_key(&node.header().dag), &self.log.0, &self.log_proof.0)?;
        let log = Range::decode_all(&mut &self.log.0[..]).map_err(|_| RecordError::Log)?;
        self.inclusion.verify(&leaf_hash(node.cid().as_bytes()), &log.head())?;
        Ok(ProvenRecord {
            node,
            chain_id: header.chain_id.to_string(),
            height: header.height.value(),
            time: header.time,
            place: self.inclusion.index,
        })
    }
}
