//! Proofs about the logs of DAGs.

use super::Records;
use crate::{
    layout::RecordKey,
    ordered_store::{Family, OrderedStore},
    StorageError,
};
use icn_dag::Did;
use icn_merkle::{log, log::Nodes, ConsistencyProof, Hash, InclusionProof, LogError, Position};

/// Why a log cannot be read.
pub type LogReadError = LogError<StorageError>;

/// The nodes of one DAG's log.
pub struct LogNodes<'a, S: OrderedStore> {
    store: &'a S,
    dag: &'a Did,
}

impl<S: OrderedStore> Nodes for LogNodes<'_, S> {
    type Error = StorageError;

    fn get(&self, position: Position) -> Result<Option<Hash>, StorageError> {
        node_at(self.store, RecordKey::LogNode { dag: self.dag, position }.to_bytes())
    }
}

/// The nodes of the log of all records.
struct AllNodes<'a, S: OrderedStore>(&'a S);

impl<S: OrderedStore> Nodes for AllNodes<'_, S> {
    type Error = StorageError;

    fn get(&self, position: Position) -> Result<Option<Hash>, StorageError> {
        node_at(self.0, RecordKey::AllNode(position).to_bytes())
    }
}

fn node_at(store: &impl OrderedStore, key: Vec<u8>) -> Result<Option<Hash>, StorageError> {
    let Some(bytes) = store.get(Family::RecordIndex, &key)? else { return Ok(None) };
    let undecodable = |_| StorageError::Undecodable { family: Family::RecordIndex, key };
    bytes.try_into().map(Some).map_err(undecodable)
}

impl<S: OrderedStore> Records<'_, S> {
    /// The proof that the record at a place is in the log of a DAG as it was when it had `size` records.
    ///
    /// # Errors
    /// See [`LogError`].
    pub fn prove_inclusion(&self, dag: &Did, place: u64, size: u64) -> Result<InclusionProof, LogReadError> {
        log::prove_inclusion(&LogNodes { store: self.0.store(), dag }, place, size)
    }

    /// The proof that the log of a DAG, when it had `to` records, continued what it was when it had `from`.
    ///
    /// # Errors
    /// See [`LogError`].
    pub fn prove_consistency(&self, dag: &Did, from: u64, to: u64) -> Result<ConsistencyProof, LogReadError> {
        log::prove_consistency(&LogNodes { store: self.0.store(), dag }, from, to)
    }

    /// The proof that a record is in the log of all records as it was when it had `size` of them, by its place there.
    ///
    /// # Errors
    /// See [`LogError`].
    pub fn prove_inclusion_in_all(&self, place: u64, size: u64) -> Result<InclusionProof, LogReadError> {
        log::prove_inclusion(&AllNodes(self.0.store()), place, size)
    }

    /// The proof that the log of all records, when it had `to` of them, continued what it was when it had `from`.
    ///
    /// # Errors
    /// See [`LogError`].
    pub fn prove_consistency_of_all(&self, from: u64, to: u64) -> Result<ConsistencyProof, LogReadError> {
        log::prove_consistency(&AllNodes(self.0.store()), from, to)
    }
}
