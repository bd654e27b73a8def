//! The blobs as the RPC sees them.

use super::{exchange::Exchange, Blobs};
use icn_blob::Permit;
use icn_dag::{Cid, Did};
use icn_rpc::backend::{BlobCollection, BlobDetails, BlobFetch, BlobPin, BlobRefusal, BlobSummary};
use icn_storage::{BlobInfo, OrderedStore, Pin};
use std::{ops::Range, sync::Arc};

/// Records and owners that are named with a blob, at most.
const RECORDS_NAMED_MAX: usize = 16;
const OWNERS_NAMED_MAX: usize = 100;

/// The blobs behind the RPC's trait.
pub struct BlobsFace<S: OrderedStore> {
    /// The blobs here.
    pub blobs: Arc<Blobs<S>>,
    /// Those of other nodes.
    pub exchange: Arc<Exchange<S>>,
}

fn summary(root: Cid, info: &BlobInfo) -> BlobSummary {
    BlobSummary { root, size: info.size, put: info.put, idle_since: info.idle_since }
}

impl<S: OrderedStore> icn_rpc::backend::Blobs for BlobsFace<S> {
    fn is_for_operator(&self) -> bool {
        self.blobs.settings.for_operator
    }

    fn begin(&self, permit: Permit) -> Result<Option<String>, BlobRefusal> {
        self.blobs.begin(permit)
    }

    fn put(&self, upload: &str, offset: u64, bytes: &[u8]) -> Result<u64, BlobRefusal> {
        self.blobs.put(upload, offset, bytes)
    }

    fn finish(&self, upload: &str) -> Result<Cid, BlobRefusal> {
        self.blobs.finish(upload)
    }

    fn cancel(&self, upload: &str) -> Result<bool, BlobRefusal> {
        self.blobs.cancel(upload)
    }

    fn read(&self, root: &Cid, range: Range<u64>) -> Result<Vec<u8>, BlobRefusal> {
        self.blobs.read(root, range)
    }

    fn info(&self, root: &Cid) -> Result<Option<BlobDetails>, BlobRefusal> {
        let (chain, store) = (&self.blobs.chain, self.blobs.chain.store.blobs());
        let Some(info) = chain.read(store.info(root))? else { return Ok(None) };
        let pin = |pin: Pin| BlobPin { owner: pin.owner, until: pin.until, reason: pin.reason };
        Ok(Some(BlobDetails {
            summary: summary(*root, &info),
            owners: chain.read(store.holders(root, OWNERS_NAMED_MAX))?.into_iter().map(|held| held.owner).collect(),
            pins: chain.read(store.pins(root))?.into_iter().map(pin).collect(),
            records: chain.read(chain.store.records().linking_to(root, RECORDS_NAMED_MAX))?,
        }))
    }

    fn fetch(&self, root: &Cid) -> Result<BlobFetch, BlobRefusal> {
        if let Some(info) = self.blobs.chain.read(self.blobs.chain.store.blobs().info(root))? {
            return Ok(BlobFetch::Here { size: info.size });
        }
        self.exchange.fetch(root)
    }

    fn list(&self, after: Option<&Cid>, limit: usize) -> Result<Vec<BlobSummary>, BlobRefusal> {
        let listed = self.blobs.chain.read(self.blobs.chain.store.blobs().list(after, limit))?;
        Ok(listed.into_iter().map(|(root, info)| summary(root, &info)).collect())
    }

    fn pin(&self, root: &Cid, pin: BlobPin) -> Result<(), BlobRefusal> {
        let _needs = self.blobs.needs.lock();
        let pin = Pin { owner: pin.owner, until: pin.until, reason: pin.reason };
        self.blobs.stored(root, self.blobs.chain.store.blobs().pin(root, &pin))
    }

    fn unpin(&self, root: &Cid, owner: Option<&Did>) -> Result<bool, BlobRefusal> {
        let _needs = self.blobs.needs.lock();
        self.blobs.stored(root, self.blobs.chain.store.blobs().unpin(root, owner, self.blobs.now()))
    }

    fn collect(&self) -> Result<BlobCollection, BlobRefusal> {
        self.blobs.collect()
    }
}
