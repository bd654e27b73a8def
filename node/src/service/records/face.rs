//! The records as the RPC sees them.

use super::{backfill::Retention, PutError, Records};
use icn_dag::{Cid, Did, Key, Moment};
use icn_merkle::Range;
use icn_rpc::backend::{
    BlockRef, FoundRecord, NextRecord, ReadError, Reader, RecordError, RecordProof, RecordQuery, RecordQueryKey,
    RecordReadError, RecordWalk, RecordsStatus, Related, Shown, WalkBounds,
};
use icn_runtime::Runtime;
use icn_storage::{
    records::{Bounds, LogReadError, Walk},
    OrderedStore, Query, QueryKey, StorageError,
};
use prost::Message as _;
use std::sync::{atomic::Ordering, Arc};
use tokio::sync::broadcast;

/// The records behind the RPC's trait.
pub struct RecordsFace<S: OrderedStore> {
    /// The records.
    pub records: Arc<Records<S>>,
    /// How long they are kept.
    pub retention: Arc<Retention>,
}

/// Missing records that one call counts.
const COUNTED_MAX: usize = 10_000;

/// Which way a walk goes.
type Way<S> = fn(&icn_storage::Records<'_, S>, &Cid, Bounds) -> Result<Walk, StorageError>;

impl<S: OrderedStore> RecordsFace<S> {
    fn walk(&self, from: &Cid, bounds: WalkBounds, way: Way<S>) -> Result<Option<RecordWalk>, ReadError> {
        let (chain, store) = (&self.records.chain, self.records.chain.store.records());
        if !chain.read(store.is_known(from))? {
            return Ok(None);
        }
        let walk = chain.read(way(&store, from, Bounds { count: bounds.count, depth: bounds.depth }))?;
        let records = walk.reached.into_iter().map(|one| (one.cid, one.depth)).collect();
        Ok(Some(RecordWalk { records, complete: walk.complete }))
    }
}

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
        Ok(self.records.put(bytes)?)
    }

    fn get(&self, cid: &Cid, reader: &Reader) -> Result<Option<FoundRecord>, RecordReadError> {
        let (chain, store) = (&self.records.chain, self.records.chain.store.records());
        let Some(bytes) = chain.read(store.get(cid))? else { return Ok(None) };
        let Some(shown) = self.records.show(cid, bytes, reader)? else { return Ok(None) };
        let place = chain.read(store.anchored(cid))?.map(|anchored| (anchored.height, anchored.place));
        Ok(Some(FoundRecord { shown, place }))
    }

    fn next(&self, dag: &Did, issuer: &Did, key: &Key) -> Result<NextRecord, RecordError> {
        let super::NextRecord { seq, epoch, time, parents } = self.records.next(dag, issuer, key)?;
        Ok(NextRecord { seq, epoch, time, parents })
    }

    fn tips(&self, dag: &Did, limit: usize) -> Result<Vec<Cid>, ReadError> {
        self.records.chain.read(self.records.chain.store.records().tips(dag, limit))
    }

    fn children(&self, parent: &Cid, limit: usize) -> Result<Vec<Cid>, ReadError> {
        self.records.chain.read(self.records.chain.store.records().children(parent, limit))
    }

    fn ancestors(&self, of: &Cid, bounds: WalkBounds) -> Result<Option<RecordWalk>, ReadError> {
        self.walk(of, bounds, |store, of, bounds| store.ancestors(of, bounds))
    }

    fn descendants(&self, of: &Cid, bounds: WalkBounds) -> Result<Option<RecordWalk>, ReadError> {
        self.walk(of, bounds, |store, of, bounds| store.descendants(of, bounds))
    }

    fn path(&self, from: &Cid, to: &Cid, looked_at: usize) -> Result<Related<Option<Vec<Cid>>>, ReadError> {
        let path = self.records.chain.read(self.records.chain.store.records().path(from, to, looked_at))?;
        Ok(Related { found: path.records, complete: path.complete })
    }

    fn common_ancestors(&self, one: &Cid, other: &Cid, looked_at: usize) -> Result<Related<Vec<Cid>>, ReadError> {
        let store = self.records.chain.store.records();
        let common = self.records.chain.read(store.common_ancestors(one, other, looked_at))?;
        Ok(Related { found: common.lowest, complete: common.complete })
    }

    fn order(&self, dag: &Did, from: u64, limit: usize) -> Result<Vec<(u64, Cid)>, ReadError> {
        self.records.chain.read(self.records.chain.store.records().order(dag, from, limit))
    }

    fn status(&self) -> Result<RecordsStatus, ReadError> {
        let epoch = self.records.epoch()?;
        let store = self.records.chain.store.records();
        let counted = store.count_lacking(self.retention.oldest(epoch), COUNTED_MAX);
        let counted = self.records.chain.read(counted)? as u64;
        // More were counted by the search.
        let all = self.retention.missing.load(Ordering::Relaxed);
        let missing = if counted < COUNTED_MAX as u64 { counted } else { counted.max(all) };
        Ok(RecordsStatus {
            epoch,
            keep_epochs: self.retention.keep_epochs.map(std::num::NonZeroU64::get),
            waiting: self.records.waiting.lock().len() as u64,
            missing,
            withheld: self.retention.withheld.load(Ordering::Relaxed),
        })
    }

    fn query(&self, query: &RecordQuery) -> Result<Vec<(Moment, Cid)>, ReadError> {
        let key = match query.key.clone() {
            RecordQueryKey::Dag(dag) => QueryKey::Dag(dag),
            RecordQueryKey::Kind(dag, kind) => QueryKey::Kind(dag, kind),
            RecordQueryKey::Issuer(issuer) => QueryKey::Issuer(issuer),
            RecordQueryKey::Scope(scope) => QueryKey::Scope(scope),
            RecordQueryKey::Referring(cid) => QueryKey::Referring(cid),
        };
        let query = Query { key, times: query.times.clone(), after: query.after, limit: query.limit };
        self.records.chain.read(self.records.chain.store.records().query(&query))
    }

    fn prove(&self, cid: &Cid, reader: &Reader) -> Result<Option<RecordProof>, RecordReadError> {
        let (chain, store) = (&self.records.chain, self.records.chain.store.records());
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
        let shown = match chain.read(store.get(cid))? {
            Some(bytes) => self.records.show(cid, bytes, reader)?,
            None => None,
        };
        Ok(Some(RecordProof {
            block: BlockRef { hash: head.hash, number: head.number },
            root: proof.root,
            record: shown.and_then(|shown| match shown {
                Shown::Record(bytes) => Some(bytes),
                Shown::Header(_) => None,
            }),
            inclusion,
            log_key: key,
            log,
            log_proof: proof.proof.encode_to_vec(),
        }))
    }

    fn evidence(&self, dag: &Did, key: &Key) -> Result<Option<Vec<u8>>, ReadError> {
        let evidence = self.records.chain.read(self.records.chain.store.records().evidence(dag, key))?;
        Ok(evidence.map(|evidence| codec::Encode::encode(&evidence)))
    }

    fn taken(&self) -> broadcast::Receiver<Cid> {
        self.records.named.subscribe()
    }
}
