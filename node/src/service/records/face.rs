//! The records as the RPC sees them.

use super::{PutError, Records};
use icn_dag::{Cid, Did, Key, Moment};
use icn_merkle::Range;
use icn_rpc::backend::{
    BlockRef, FoundRecord, NextRecord, ReadError, RecordError, RecordProof, RecordQuery, RecordQueryKey,
};
use icn_runtime::Runtime;
use icn_storage::{records::LogReadError, OrderedStore, Query, QueryKey, StorageError};
use prost::Message as _;
use std::sync::Arc;
use tokio::sync::broadcast;

/// The records behind the RPC's trait.
pub struct RecordsFace<S: OrderedStore>(pub Arc<Records<S>>);

impl From<PutError> for RecordError {
    fn from(error: PutError) -> Self {
        match error {
            PutError::Record(error) => Self::Refused(error.code(), error.to_string()),
            error @ PutError::UnknownDag(_) => Self::Refused("unknown_dag", error.to_string()),
            PutError::Full => Self::Full,
            PutError::Read(error) => Self::Read(error),
        }
    }
}

fn storage(error: LogReadError) -> StorageError {
    match error {
        LogReadError::Read(error) => error,
        // The index says which places there are.
        error => StorageError::BrokenLog { reason: error.to_string() },
    }
}

impl<S: OrderedStore> icn_rpc::backend::Records for RecordsFace<S> {
    fn put(&self, bytes: &[u8]) -> Result<Cid, RecordError> {
        Ok(self.0.put(bytes)?)
    }

    fn get(&self, cid: &Cid) -> Result<Option<FoundRecord>, ReadError> {
        let (chain, store) = (&self.0.chain, self.0.chain.store.records());
        let Some(bytes) = chain.read(store.get(cid))? else { return Ok(None) };
        let place = chain.read(store.anchored(cid))?.map(|anchored| (anchored.height, anchored.place));
        Ok(Some(FoundRecord { bytes, place }))
    }

    fn next(&self, dag: &Did, issuer: &Did, key: &Key) -> Result<NextRecord, RecordError> {
        let super::NextRecord { seq, epoch, time, parents } = self.0.next(dag, issuer, key)?;
        Ok(NextRecord { seq, epoch, time, parents })
    }

    fn tips(&self, dag: &Did, limit: usize) -> Result<Vec<Cid>, ReadError> {
        self.0.chain.read(self.0.chain.store.records().tips(dag, limit))
    }

    fn children(&self, parent: &Cid, limit: usize) -> Result<Vec<Cid>, ReadError> {
        self.0.chain.read(self.0.chain.store.records().children(parent, limit))
    }

    fn query(&self, query: &RecordQuery) -> Result<Vec<(Moment, Cid)>, ReadError> {
        let key = match query.key.clone() {
            RecordQueryKey::Dag(dag) => QueryKey::Dag(dag),
            RecordQueryKey::Kind(dag, kind) => QueryKey::Kind(dag, kind),
            RecordQueryKey::Issuer(issuer) => QueryKey::Issuer(issuer),
            RecordQueryKey::Scope(scope) => QueryKey::Scope(scope),
        };
        let query = Query { key, times: query.times.clone(), after: query.after, limit: query.limit };
        self.0.chain.read(self.0.chain.store.records().query(&query))
    }

    fn prove(&self, cid: &Cid) -> Result<Option<RecordProof>, ReadError> {
        let (chain, store) = (&self.0.chain, self.0.chain.store.records());
        let latest = chain.store.latest();
        let head = latest.head();
        let Some(anchored) = chain.read(store.anchored(cid))?.filter(|anchored| anchored.height <= head.number) else {
            return Ok(None);
        };
        let key = pallet_dag::Logs::<Runtime>::hashed_key_for(&anchored.dag);
        let proof = chain.read(chain.store.prove(&key, head.number))?;
        let log = proof.value.unwrap_or_default();
        let range: Range = codec::Decode::decode(&mut &log[..]).unwrap_or_default();
        let inclusion = store.prove_inclusion(&anchored.dag, anchored.place, range.size());
        let inclusion = chain.read(inclusion.map_err(storage))?;
        Ok(Some(RecordProof {
            block: BlockRef { hash: head.hash, number: head.number },
            root: proof.root,
            record: chain.read(store.get(cid))?,
            inclusion,
            log_key: key,
            log,
            log_proof: proof.proof.encode_to_vec(),
        }))
    }

    fn evidence(&self, dag: &Did, key: &Key) -> Result<Option<Vec<u8>>, ReadError> {
        let evidence = self.0.chain.read(self.0.chain.store.records().evidence(dag, key))?;
        Ok(evidence.map(|evidence| codec::Encode::encode(&evidence)))
    }

    fn taken(&self) -> broadcast::Receiver<Cid> {
        self.0.named.subscribe()
    }
}
