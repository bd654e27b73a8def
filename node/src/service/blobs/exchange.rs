//! Blobs between nodes: blocks are asked of peers by their CIDs, verified, and staged until the blob is whole.
//!
//! A fetch asks some questions at once, each to one peer. A peer that does not have a block is not asked for it again; one that sends
//! something else is accused and not asked at all. When all peers said no, there is no provider.

mod download;

use super::Blobs;
use download::Fetching;
use icn_dag::Cid;
use icn_network::{BlobsReply, BlockId, Network, PeerId};
use icn_rpc::{
    backend::{BlobFetch, BlobRefusal},
    Workers,
};
use icn_storage::OrderedStore;
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{runtime::Handle, task::JoinHandle};

/// Blobs that are fetched at once.
const FETCHES_MAX: usize = 8;

/// Fetches that failed and whose failure nobody asked for yet.
const FAILURES_MAX: usize = 64;

/// Fetches that begin in a second: each is a question to every peer, and peers do not bear any number of them.
const FETCHES_A_SECOND: u32 = 50;

/// Bytes of blocks in one answer.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// How often it is looked for blobs that nothing needs.
const COLLECT_INTERVAL: Duration = Duration::from_secs(10 * 60);

/// Carries blobs between the node and its peers.
pub struct Exchange<S: OrderedStore> {
    blobs: Arc<Blobs<S>>,
    network: Network,
    workers: Workers,
    runtime: Handle,
    peers: Mutex<BTreeSet<PeerId>>,
    fetches: Mutex<BTreeMap<Cid, Fetch>>,
    /// The second that runs, and how many fetches began in it.
    begun: Mutex<(Instant, u32)>,
}

/// A fetch that is under way, or failed.
enum Fetch {
    Running { progress: Arc<Mutex<Progress>>, task: JoinHandle<()> },
    Failed(BlobRefusal),
}

/// How far a fetch is.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    size: Option<u64>,
    fetched: u64,
}

impl<S: OrderedStore> Exchange<S> {
    /// Between these, on the Tokio runtime of the caller.
    pub fn new(blobs: Arc<Blobs<S>>, network: Network, workers: Workers) -> Arc<Self> {
        let (peers, fetches, begun) = (Mutex::default(), Mutex::default(), Mutex::new((Instant::now(), 0)));
        Arc::new(Self { blobs, network, workers, runtime: Handle::current(), peers, fetches, begun })
    }

    /// Removes what nothing needs from time to time, until the node stops.
    pub async fn run(self: Arc<Self>) {
        let mut due = tokio::time::interval(COLLECT_INTERVAL);
        // The first tick is at once.
        due.tick().await;
        loop {
            due.tick().await;
            let blobs = self.blobs.clone();
            if let Ok(Err(error)) = self.workers.run(move || blobs.collect()).await {
                tracing::error!(%error, "blobs that nothing needs cannot be removed");
            }
        }
    }

    /// Ends what was started: nothing uses the chain any more once the work that is under way is done.
    pub fn stop(&self) {
        for fetch in std::mem::take(&mut *self.fetches.lock()).into_values() {
            if let Fetch::Running { task, .. } = fetch {
                task.abort();
            }
        }
    }

    /// A peer is there.
    pub fn connected(&self, peer: PeerId) {
        self.peers.lock().insert(peer);
    }

    /// A peer is gone.
    pub fn disconnected(&self, peer: &PeerId) {
        self.peers.lock().remove(peer);
    }

    /// A peer wants blocks.
    pub fn wanted(self: &Arc<Self>, ids: Vec<BlockId>, reply: BlobsReply) {
        let here = self.clone();
        self.runtime.spawn(async move {
            let blobs = here.blobs.clone();
            let read = move || {
                let cids: Vec<Cid> = ids.iter().filter_map(|id| Cid::try_from(&id[..]).ok()).collect();
                blobs.blocks(&cids, ANSWER_BYTES_MAX)
            };
            // A reply that is dropped says that there is too much to do.
            if let Ok(Ok(found)) = here.workers.run(read).await {
                reply.send(found);
            }
        });
    }

    /// Whether another fetch may begin in this second; then it does.
    fn may_begin(&self) -> bool {
        let mut begun = self.begun.lock();
        if begun.0.elapsed() >= Duration::from_secs(1) {
            *begun = (Instant::now(), 0);
        }
        begun.1 += 1;
        begun.1 <= FETCHES_A_SECOND
    }

    /// Sees to it that a blob is fetched; how far that is.
    ///
    /// # Errors
    /// Why the fetch before failed, once; [`BlobRefusal::Busy`] when too many are under way.
    pub fn fetch(self: &Arc<Self>, root: &Cid) -> Result<BlobFetch, BlobRefusal> {
        let mut fetches = self.fetches.lock();
        match fetches.get(root) {
            Some(Fetch::Running { progress, .. }) => {
                let Progress { size, fetched } = *progress.lock();
                return Ok(BlobFetch::Fetching { size, fetched });
            }
            Some(Fetch::Failed(_)) => {
                if let Some(Fetch::Failed(refusal)) = fetches.remove(root) {
                    return Err(refusal);
                }
            }
            None => {}
        }
        let running = fetches.values().filter(|fetch| matches!(fetch, Fetch::Running { .. })).count();
        if running >= FETCHES_MAX || !self.may_begin() {
            return Err(BlobRefusal::Busy);
        }
        if fetches.len() >= FAILURES_MAX {
            fetches.retain(|_, fetch| matches!(fetch, Fetch::Running { .. }));
        }
        let (here, root, progress) = (self.clone(), *root, Arc::new(Mutex::new(Progress::default())));
        let told = progress.clone();
        let task = self.runtime.spawn(async move {
            let result = Fetching::new(&here, root, told).run().await;
            let mut fetches = here.fetches.lock();
            match result {
                Ok(()) => drop(fetches.remove(&root)),
                Err(refusal) => {
                    tracing::debug!(%root, %refusal, "a blob is not fetched");
                    fetches.insert(root, Fetch::Failed(refusal));
                }
            }
        });
        fetches.insert(root, Fetch::Running { progress, task });
        Ok(BlobFetch::Fetching { size: None, fetched: 0 })
    }
}
