//! The node among its peers: transactions come and go, heads are announced, and the engine is told what is around it.

use super::{
    blobs::exchange::Exchange as BlobExchange,
    chain::NodeChain,
    records::exchange::Exchange,
    seals::{Seals, Taken},
};
use codec::Encode as _;
use icn_engine::{Around, Handle, Progress};
use icn_mempool::Pool;
use icn_network::{Event, Head, Network, PeerId, Ticket, Verdict};
use icn_primitives::{Extrinsic, Hash, SubmitError};
use icn_rpc::{backend::BlockRef, Workers};
use icn_storage::OrderedStore;
use std::{
    sync::{atomic::Ordering, Arc},
    time::Duration,
};
use tokio::sync::{broadcast::error::RecvError, mpsc, watch};

/// How often a height that does not get on is told to peers: they may not know of it, or have been away.
const STIR_INTERVAL: Duration = Duration::from_secs(2);

/// Ready transactions that are sent again when a height does not get on.
const RESENT_MAX: usize = 1024;

/// What a node knows of its peers and does for them.
pub struct Peers<S: OrderedStore> {
    /// The chain.
    pub chain: Arc<NodeChain<S>>,
    /// Its transactions.
    pub pool: Pool,
    /// Its records.
    pub exchange: Arc<Exchange<S>>,
    /// Its seals.
    pub seals: Arc<Seals<S>>,
    /// Its blobs.
    pub blobs: Arc<BlobExchange<S>>,
    /// The swarm.
    pub network: Network,
    /// The engine.
    pub engine: Handle,
    /// Where consensus is.
    pub progress: watch::Receiver<Progress>,
    /// Where transactions are checked.
    pub workers: Workers,
}

impl<S: OrderedStore> Peers<S> {
    /// Runs until the network or the engine ends.
    pub async fn run(
        self,
        mut events: mpsc::Receiver<Event>,
        mut heads: watch::Receiver<BlockRef>,
        mut stir: mpsc::UnboundedReceiver<u64>,
    ) {
        let (mut ready, mut sealed) = (self.pool.wait_ready(), self.seals.told());
        let mut stuck = tokio::time::interval(STIR_INTERVAL);
        let mut before = 0;
        loop {
            tokio::select! {
                event = events.recv() => match event {
                    Some(event) => self.event(event),
                    None => return,
                },
                changed = ready.changed() => match changed {
                    Ok(()) => self.ready(*ready.borrow_and_update()),
                    Err(_) => return,
                },
                changed = heads.changed() => match changed {
                    Ok(()) => {
                        let BlockRef { hash, number } = *heads.borrow_and_update();
                        self.network.announce(number.into(), hash);
                    }
                    Err(_) => return,
                },
                _ = stuck.tick() => {
                    let height = self.deciding();
                    if let Some(height) = height.filter(|height| *height == before) {
                        self.stir(height);
                    }
                    before = height.unwrap_or(0);
                    // Some may have missed them.
                    self.network.tell_seals(self.seals.partials(), None, None);
                }
                taken = sealed.recv() => match taken {
                    Ok(Taken { partial, from }) => {
                        self.network.tell_seals(vec![partial.encode()], None, from);
                        self.engine.wake();
                    }
                    // They are told again.
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                },
                height = stir.recv() => match height {
                    Some(height) => self.stir(height),
                    None => return,
                },
            }
        }
    }

    /// The height that is being decided, if there is one.
    fn deciding(&self) -> Option<u64> {
        let progress = *self.progress.borrow();
        let above = progress.height > u64::from(self.chain.store.head().number);
        (above && !progress.idle).then_some(progress.height)
    }

    fn around(&self) -> &Around {
        self.engine.around()
    }

    fn ready(&self, count: usize) {
        self.around().ready.store(count as u64, Ordering::Relaxed);
        self.engine.wake();
    }

    fn event(&self, event: Event) {
        match event {
            Event::Transactions { ticket, extrinsics, .. } => self.check(ticket, extrinsics),
            Event::Head { head, .. } => self.head(head),
            Event::RecordsTold { from, ids } => self.exchange.told(&from, ids),
            Event::SealsTold { from, seals } => self.take_seals(from, seals),
            Event::RecordsWanted { from, ids, reply } => self.exchange.wanted(from, ids, reply),
            Event::BlobsWanted { ids, reply, .. } => self.blobs.wanted(ids, reply),
            Event::PeerConnected { peer } => {
                self.blobs.connected(peer);
                self.exchange.connected(peer);
                self.around().peers.fetch_add(1, Ordering::Relaxed);
                self.engine.wake();
                // It has heard nothing yet.
                self.resend();
                self.network.tell_seals(self.seals.partials(), Some(peer), None);
                self.deciding().into_iter().for_each(|height| self.network.announce(height, Hash::zero()));
            }
            Event::PeerDisconnected { peer } => {
                self.exchange.disconnected(&peer);
                self.blobs.disconnected(&peer);
                self.around().peers.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }

    /// A peer says how far it is.
    fn head(&self, head: Head) {
        let before = self.around().peer_head.fetch_max(head.height, Ordering::Relaxed);
        if head.height > before {
            self.engine.wake();
        }
    }

    /// Puts a batch into the pool; it is relayed when something in it was news.
    fn check(&self, ticket: Ticket, transactions: Vec<Extrinsic>) {
        let (pool, workers) = (self.pool.clone(), self.workers.clone());
        tokio::spawn(async move {
            let work = move || {
                let verdicts: Vec<_> = transactions.into_iter().map(|transaction| pool.submit(transaction)).collect();
                ticket.answer(verdict(&verdicts));
            };
            // A node that is too busy to check a batch does not relay it.
            let _ = workers.run(work).await;
        });
    }

    /// Takes signatures of a bundle; those that are news are told on.
    fn take_seals(&self, from: PeerId, signatures: Vec<Vec<u8>>) {
        let (seals, workers, network) = (self.seals.clone(), self.workers.clone(), self.network.clone());
        tokio::spawn(async move {
            let work = move || {
                for signature in signatures {
                    let Err(error) = seals.take(&signature, Some(from)) else { continue };
                    tracing::debug!(%from, %error, "a signature of a bundle is not taken");
                    if error.is_forgery() {
                        // Nobody tells on what it has not checked, and what follows is not worth a pairing.
                        return network.accuse(from);
                    }
                }
            };
            // What a node is too busy to check is told again.
            let _ = workers.run(work).await;
        });
    }

    /// A height does not get on: the others may not know of it, nor of the transactions for it.
    fn stir(&self, height: u64) {
        self.network.announce(height, Hash::zero());
        self.resend();
    }

    /// Sends what waits for a block, as far as it is ready.
    fn resend(&self) {
        let waiting: Vec<_> = self.pool.ready().take(RESENT_MAX).map(|pooled| pooled.extrinsic.clone()).collect();
        if !waiting.is_empty() {
            self.network.submit(waiting);
        }
        self.exchange.tell_all(None);
    }
}

/// What becomes of a batch: relayed when something entered the pool, ignored when nothing was news, and held against the peer
/// when something in it can never be valid.
fn verdict(submitted: &[Result<Hash, SubmitError>]) -> Verdict {
    let malformed = |result: &Result<Hash, SubmitError>| matches!(result, Err(SubmitError::BadFormat(_)));
    if submitted.iter().any(malformed) {
        return Verdict::Reject;
    }
    match submitted.iter().any(Result::is_ok) {
        true => Verdict::Accept,
        false => Verdict::Ignore,
    }
}
