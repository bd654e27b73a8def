//! The handle of a running network.

use crate::{
    blobs::{BlobsOrder, BlockId, FetchedBlocks},
    config::Config,
    error::NetworkError,
    event::Event,
    head::Head,
    peer_address::PeerAddress,
    records::{FoundRecords, RecordId, RecordsOrder},
    seals::SealsOrder,
    status::Status,
    task::Task,
};
use icn_primitives::{Extrinsic, Hash};
use libp2p::{Multiaddr, PeerId};
use std::sync::{
    atomic::{AtomicU64, Ordering},
    Arc,
};
use tokio::{
    sync::{mpsc, oneshot, watch, Mutex},
    task::JoinHandle,
};

/// Requests for a status that wait.
const STATUS_REQUESTS: usize = 16;

/// Orders about records that wait; more are dropped.
const RECORDS_ORDERS: usize = 1024;

/// Orders about signatures that wait; more are dropped.
const SEALS_ORDERS: usize = 256;
/// Orders about blobs that wait; more are dropped.
const BLOBS_ORDERS: usize = 256;

/// Accusations that wait for the task.
const ACCUSATIONS: usize = 64;

/// Room in the channel of events that batches of transactions leave to other events.
pub(crate) const EVENTS_RESERVED: usize = 256;

/// A running network. Clones are handles of the same one; it stops when the last of them is dropped, or by [`Self::stop`].
#[derive(Clone, Debug)]
pub struct Network(Arc<Handle>);

#[derive(Debug)]
struct Handle {
    peer: PeerId,
    listening: Multiaddr,
    submissions: mpsc::Sender<Vec<Extrinsic>>,
    dropped: Arc<AtomicU64>,
    head: watch::Sender<Head>,
    peers: watch::Sender<Vec<PeerAddress>>,
    requests: mpsc::Sender<oneshot::Sender<Status>>,
    records: mpsc::Sender<RecordsOrder>,
    seals: mpsc::Sender<SealsOrder>,
    blobs: mpsc::Sender<BlobsOrder>,
    accused: mpsc::Sender<PeerId>,
    stop: watch::Sender<bool>,
    task: Mutex<Option<JoinHandle<()>>>,
}

/// Where the task hears from the handles.
#[derive(Debug)]
pub(crate) struct Inputs {
    pub(crate) submissions: mpsc::Receiver<Vec<Extrinsic>>,
    /// Transactions that were dropped before they were published.
    pub(crate) dropped: Arc<AtomicU64>,
    pub(crate) head: watch::Receiver<Head>,
    pub(crate) peers: watch::Receiver<Vec<PeerAddress>>,
    pub(crate) requests: mpsc::Receiver<oneshot::Sender<Status>>,
    pub(crate) records: mpsc::Receiver<RecordsOrder>,
    pub(crate) seals: mpsc::Receiver<SealsOrder>,
    pub(crate) blobs: mpsc::Receiver<BlobsOrder>,
    /// Peers that said what no correct peer says.
    pub(crate) accused: mpsc::Receiver<PeerId>,
    pub(crate) stop: watch::Receiver<bool>,
}

/// Starts the network: one task that owns all sockets, on the Tokio runtime of the caller. It listens already.
///
/// # Errors
/// See [`NetworkError`]. Nothing runs afterwards.
pub async fn start(config: Config) -> Result<(Network, mpsc::Receiver<Event>), NetworkError> {
    let (submissions, submissions_in) = mpsc::channel(config.limits.submissions.max(1));
    let (requests, requests_in) = mpsc::channel(STATUS_REQUESTS);
    let (records, records_in) = mpsc::channel(RECORDS_ORDERS);
    let (seals, seals_in) = mpsc::channel(SEALS_ORDERS);
    let (blobs, blobs_in) = mpsc::channel(BLOBS_ORDERS);
    let (accused, accused_in) = mpsc::channel(ACCUSATIONS);
    let (head, head_in) = watch::channel(config.head);
    let (peers, mut peers_in) = watch::channel(config.peers.clone());
    let (stop, stop_in) = watch::channel(false);
    let (events, events_out) = mpsc::channel(config.limits.unanswered + EVENTS_RESERVED);
    let dropped = Arc::new(AtomicU64::new(0));
    peers_in.mark_changed();
    let inputs = Inputs {
        submissions: submissions_in,
        dropped: dropped.clone(),
        head: head_in,
        peers: peers_in,
        requests: requests_in,
        records: records_in,
        seals: seals_in,
        blobs: blobs_in,
        accused: accused_in,
        stop: stop_in,
    };
    let peer = config.keypair.public().to_peer_id();
    let mut task = Task::new(&config, inputs, events)?;
    let listening = task.listen(config.listen).await?;
    tracing::info!(%peer, address = %listening, "the network listens");
    let task = Mutex::new(Some(tokio::spawn(task.run())));
    let handle = Handle {
        peer,
        listening,
        submissions,
        dropped,
        head,
        peers,
        requests,
        records,
        seals,
        blobs,
        accused,
        stop,
        task,
    };
    Ok((Network(Arc::new(handle)), events_out))
}

impl Network {
    /// Gossips transactions that the node's pool took. Never blocks: when too many wait they are dropped and counted.
    pub fn submit(&self, extrinsics: Vec<Extrinsic>) {
        if let Err(error) = self.0.submissions.try_send(extrinsics) {
            let extrinsics = error.into_inner();
            self.0.dropped.fetch_add(extrinsics.len() as u64, Ordering::Relaxed);
        }
    }

    /// Tells all peers but one of records that the node has taken. Never blocks: when too much waits they are not told.
    pub fn tell_records(&self, ids: Vec<RecordId>, except: Option<PeerId>) {
        if !ids.is_empty() {
            let _ = self.0.records.try_send(RecordsOrder::Tell { ids, except });
        }
    }

    /// Asks a peer for at most 64 records: those that it has and gives, as many as fit into one answer, in the order of the ids. `None` when it
    /// does not answer, or too many questions are under way.
    pub async fn fetch_records(&self, peer: PeerId, ids: Vec<RecordId>) -> Option<FoundRecords> {
        let (found, fetched) = oneshot::channel();
        self.0.records.try_send(RecordsOrder::Fetch { peer, ids, found }).ok()?;
        fetched.await.ok()
    }

    /// Tells signatures of a trust bundle to all peers but one, or to one only. Never blocks: when too much waits they are not told.
    pub fn tell_seals(&self, seals: Vec<Vec<u8>>, to: Option<PeerId>, except: Option<PeerId>) {
        if !seals.is_empty() {
            let _ = self.0.seals.try_send(SealsOrder { seals, to, except });
        }
    }

    /// Asks a peer for at most 16 blocks of blobs. `None` when it does not answer, or too many questions are under way.
    pub async fn fetch_blocks(&self, peer: PeerId, ids: Vec<BlockId>) -> Option<FetchedBlocks> {
        let (blocks, fetched) = oneshot::channel();
        self.0.blobs.try_send(BlobsOrder::Fetch { peer, ids, blocks }).ok()?;
        fetched.await.ok()
    }

    /// A peer sent what no correct peer sends: other blocks than it was asked for, or a forged signature. It loses score.
    pub fn accuse(&self, peer: PeerId) {
        // Whoever has so much to say will say it again.
        let _ = self.0.accused.try_send(peer);
    }

    /// Tells the peers the node's head. When heads follow each other faster than they can be told, the last one is.
    pub fn announce(&self, height: u64, hash: Hash) {
        self.0.head.send_replace(Head { height, hash });
    }

    /// Replaces the list of known peers. The node itself may be in it.
    pub fn set_peers(&self, peers: Vec<PeerAddress>) {
        self.0.peers.send_replace(peers);
    }

    /// A snapshot of the network; `None` when it has stopped.
    pub async fn status(&self) -> Option<Status> {
        let (answer, status) = oneshot::channel();
        self.0.requests.send(answer).await.ok()?;
        status.await.ok()
    }

    /// Where the node listens: the address it was started with, with the port that was found free.
    pub fn listen_address(&self) -> Multiaddr {
        self.0.listening.clone()
    }

    /// The node's id.
    pub fn peer_id(&self) -> PeerId {
        self.0.peer
    }

    /// [`Self::listen_address`] and [`Self::peer_id`], as another node would know this one.
    pub fn peer_address(&self) -> PeerAddress {
        PeerAddress { peer: self.0.peer, address: self.0.listening.clone() }
    }

    /// Stops the network and waits until every connection is closed and every task has ended.
    pub async fn stop(self) {
        self.0.stop.send_replace(true);
        // Whoever else stops it waits here.
        let mut task = self.0.task.lock().await;
        if let Some(task) = task.take() {
            if task.await.is_err_and(|error| error.is_panic()) {
                tracing::error!("the network's task panicked");
            }
        }
    }
}
