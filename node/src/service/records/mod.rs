//! Signed records on this node: taken from clients and peers, kept, listed in blocks, and asked for when a block lists what is not here.
//!
//! A record is taken when all its rules hold on the head's state and on what waits already; it is durable when [`Records::put`]
//! returns, and *waits* until a block lists it. A proposer lists what waits ([`Records::select`]); a validator votes for a block only when
//! it holds every record that the block lists, and each entry is its record's ([`Records::availability`]). What a block lists and is not
//! here is *wanted*: asked of peers, and kept if it is signed, whatever waits here.
//!
//! `exchange` carries records between nodes; this module knows no socket.

pub mod access;
mod availability;
pub mod backfill;
pub mod exchange;
mod face;
mod view;
mod waiting;

pub use availability::Availability;
pub use face::RecordsFace;

use super::{chain::NodeChain, error::StopError};
use icn_dag::{
    validate::{check_alone, check_with},
    Cid, Did, Error, Key, Node, Now, SignedHeader,
};
use icn_engine::Around;
use icn_executor::RecordRules;
use icn_primitives::Moment;
use icn_rpc::backend::ReadError;
use icn_storage::{OrderedStore, Standing, StorageError};
use parking_lot::Mutex;
use std::{
    collections::BTreeSet,
    sync::{
        atomic::{AtomicU64, Ordering},
        Arc,
    },
};
use tokio::sync::{broadcast, watch};
use view::HeadView;
use waiting::Waiting;

/// How many records a subscriber may lag behind before it misses some.
const TAKEN_BUFFER: usize = 4096;

/// Why a record is not taken.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// It breaks a rule.
    #[error(transparent)]
    Record(#[from] Error),
    /// There is no such DAG.
    #[error("there is no DAG {0}: its owner makes it with `icn dag create`")]
    UnknownDag(Did),
    /// Too many records wait.
    #[error("too many records wait to be final, here or of this issuer; try again after the next blocks")]
    Full,
    /// The head's state cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// A record that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Its name.
    pub cid: Cid,
    /// Who sent it; `None` for a client.
    pub from: Option<icn_network::PeerId>,
}

/// What comes next of a DAG, issuer and key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextRecord {
    /// The number.
    pub seq: u64,
    /// The epoch.
    pub epoch: u64,
    /// The chain's time here.
    pub time: Moment,
    /// What it may follow: the DAG's tips.
    pub parents: Vec<Cid>,
}

/// Tells the chain's time on this machine, in milliseconds.
pub type Clock = Box<dyn Fn() -> Moment + Send + Sync>;

/// The records of this node.
pub struct Records<S: OrderedStore> {
    chain: Arc<NodeChain<S>>,
    around: Arc<Around>,
    clock: Clock,
    waiting: Mutex<Waiting>,
    /// What blocks list that are proposed, and is not here.
    wanted: watch::Sender<BTreeSet<Cid>>,
    /// What was kept because a proposed block lists it, and does not wait here.
    listed: Mutex<Vec<Arc<Node>>>,
    /// How many were stored, and how many of them are durable for sure: whoever syncs does so for all.
    written: AtomicU64,
    synced: Mutex<u64>,
    taken: broadcast::Sender<Taken>,
    /// The same, for clients.
    named: broadcast::Sender<Cid>,
}

impl<S: OrderedStore> Records<S> {
    /// The records of a chain; those that waited before a restart wait again, as far as they still may. How many wait is told
    /// `around`.
    ///
    /// # Errors
    /// When the store or the state cannot be read.
    pub fn new(chain: Arc<NodeChain<S>>, around: Arc<Around>, clock: Clock) -> Result<Self, StopError> {
        let (wanted, taken) = (watch::channel(BTreeSet::new()).0, broadcast::channel(TAKEN_BUFFER).0);
        let named = broadcast::channel(TAKEN_BUFFER).0;
        let (waiting, listed, synced) = (Mutex::default(), Mutex::default(), Mutex::default());
        let written = AtomicU64::default();
        let records = Self { chain, around, clock, waiting, wanted, listed, written, synced, taken, named };
        let store = records.chain.store.records();
        let read = |cids: Vec<Cid>| -> Result<Vec<Arc<Node>>, StorageError> {
            let mut nodes = Vec::new();
            for cid in cids {
                let bytes = store.get(&cid)?;
                nodes.extend(bytes.and_then(|bytes| Node::decode(&bytes).ok()).map(Arc::new));
            }
            Ok(nodes)
        };
        // What a block lists that is being decided is durable already; it is forgotten with the others.
        records.listed.lock().extend(read(store.proposed()?)?);
        let mut nodes = read(store.waiting()?)?;
        // Whatever a record follows has a lesser or equal time.
        nodes.sort_by_key(|node| (node.header().time, node.header().seq));
        let waiting = records.retained(nodes)?;
        records.count(&waiting);
        *records.waiting.lock() = waiting;
        Ok(records)
    }

    /// Records as they are taken.
    pub fn taken(&self) -> broadcast::Receiver<Taken> {
        self.taken.subscribe()
    }

    /// What is wanted of peers.
    pub fn wanted(&self) -> watch::Receiver<BTreeSet<Cid>> {
        self.wanted.subscribe()
    }

    /// The records that wait, in the order in which they were taken.
    pub fn waiting(&self) -> Vec<Cid> {
        self.waiting.lock().in_order().map(|node| node.cid()).collect()
    }

    /// Takes a record that a client gives. When this returns it is durable, and waits for a block, or was final and lacked its bytes.
    ///
    /// # Errors
    /// See [`PutError`].
    pub fn put(&self, bytes: &[u8]) -> Result<Cid, PutError> {
        let result = match self.accept(bytes) {
            Err(PutError::Record(Error::Duplicate(cid))) if self.fill(bytes)? => {
                return self.make_durable().map(|()| cid)
            }
            result => result,
        };
        // Also for who is told that it is here already: another may be putting it right now.
        self.make_durable()?;
        let cid = result?;
        self.announce(cid, None);
        Ok(cid)
    }

    /// Takes records that a peer sends, in their order. Those that a proposed block lists are kept if they are signed and of that name,
    /// whatever waits here: the state has judged, or will judge, their entries. All are durable when this returns.
    pub fn take(&self, list: &[Vec<u8>], from: Option<icn_network::PeerId>) -> Vec<Result<(), PutError>> {
        let take = |bytes: &Vec<u8>| match self.keep_wanted(bytes) {
            Ok(Some(node)) => Ok((None, Some(node))),
            _ => self.accept(bytes).map(|cid| (Some(cid), None)),
        };
        let results: Vec<_> = list.iter().map(take).collect();
        if let Err(error) = self.make_durable() {
            return vec![Err(error)];
        }
        let tell = |(waits, wanted): (Option<Cid>, Option<Node>)| {
            waits.into_iter().for_each(|cid| self.announce(cid, from));
            wanted.into_iter().for_each(|node| self.arrived(node));
        };
        results.into_iter().map(|result| result.map(tell)).collect()
    }

    /// Judges a record, and lets it wait. It is not durable yet.
    fn accept(&self, bytes: &[u8]) -> Result<Cid, PutError> {
        let node = Node::decode(bytes)?;
        // Its signature takes the longest, and needs nothing of what others change meanwhile.
        let known = self.waiting.lock().get(&node.cid()).is_some();
        let verified = if known { Ok(()) } else { node.verify() };
        let mut waiting = self.waiting.lock();
        if let Err(error) = self.judge(&node, &waiting, verified) {
            drop(waiting);
            return Err(self.refused(&node, error));
        }
        if !waiting.has_room(&node) {
            return Err(PutError::Full);
        }
        let cid = node.cid();
        self.store(&node, Standing::Waits)?;
        waiting.insert(Arc::new(node));
        Ok(cid)
    }

    /// Tells of a record that waits and is durable.
    fn announce(&self, cid: Cid, from: Option<icn_network::PeerId>) {
        self.count(&self.waiting.lock());
        self.wanted.send_if_modified(|wanted| wanted.remove(&cid));
        // Nobody may listen.
        let _ = self.taken.send(Taken { cid, from });
        let _ = self.named.send(cid);
    }

    /// Stores a record that is wanted; `None` when it is not. It is not durable yet.
    fn keep_wanted(&self, bytes: &[u8]) -> Result<Option<Node>, PutError> {
        let node = Node::decode(bytes)?;
        if !self.wanted.borrow().contains(&node.cid()) {
            return Ok(None);
        }
        check_alone(&node)?;
        self.store(&node, Standing::Listed)?;
        Ok(Some(node))
    }

    /// A record that was wanted is durable.
    fn arrived(&self, node: Node) {
        let cid = node.cid();
        self.listed.lock().push(Arc::new(node));
        self.wanted.send_if_modified(|wanted| wanted.remove(&cid));
    }

    /// Stores the bytes of a record that is final already; whether they were missing. They are not durable yet.
    fn fill(&self, bytes: &[u8]) -> Result<bool, PutError> {
        let node = Node::decode(bytes)?;
        let store = self.chain.store.records();
        let missing =
            self.chain.read(store.anchored(&node.cid()))?.is_some() && !self.chain.read(store.has(&node.cid()))?;
        if missing {
            self.store(&node, Standing::Final)?;
        }
        Ok(missing)
    }

    /// Stores those of some records that are final and not here, and were asked for; the names of all of these that are here now. They are
    /// durable when this returns.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn fill_many(&self, list: &[Vec<u8>], asked: &BTreeSet<Cid>) -> Result<BTreeSet<Cid>, PutError> {
        let mut here = BTreeSet::new();
        for bytes in list {
            // A peer may send anything.
            let cid = Cid::of(icn_dag::Codec::DagCbor, bytes);
            if asked.contains(&cid) && (self.fill(bytes)? || self.chain.read(self.chain.store.records().has(&cid))?) {
                here.insert(cid);
            }
        }
        self.make_durable()?;
        Ok(here)
    }

    /// Stores a record, which is not durable yet.
    fn store(&self, node: &Node, standing: Standing) -> Result<(), ReadError> {
        self.chain.read(self.chain.store.records().put(node, standing))?;
        self.written.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    /// Makes durable all that is stored. Whoever comes while another syncs may find it done.
    fn make_durable(&self) -> Result<(), PutError> {
        let stored = self.written.load(Ordering::SeqCst);
        let mut synced = self.synced.lock();
        if *synced < stored {
            let stored = self.written.load(Ordering::SeqCst);
            self.chain.read(self.chain.store.records().sync())?;
            *synced = stored;
        }
        Ok(())
    }

    /// The bytes of those records that are here.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn read_many(&self, cids: &[Cid]) -> Result<Vec<Vec<u8>>, ReadError> {
        let store = self.chain.store.records();
        let found = cids.iter().filter_map(|cid| store.get(cid).transpose()).collect();
        self.chain.read(found)
    }

    /// Those records that are not here.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn lacking(&self, mut cids: Vec<Cid>) -> Result<Vec<Cid>, ReadError> {
        let store = self.chain.store.records();
        let mut failure = Ok(());
        cids.retain(|cid| match store.has(cid) {
            Ok(here) => !here,
            Err(error) => {
                failure = Err(error);
                false
            }
        });
        self.chain.read(failure)?;
        Ok(cids)
    }

    /// Judges a record on the head's state and what waits.
    fn judge(&self, node: &Node, waiting: &Waiting, verified: Result<(), Error>) -> Result<(), PutError> {
        let latest = self.chain.store.latest();
        let rules = RecordRules::of(&*latest);
        let view = HeadView::new(&rules, self.chain.store.records(), waiting, node);
        let now = Now { time: (self.clock)(), epoch: rules.epoch() };
        let known = rules.has_dag(&node.header().dag);
        let judged = check_with(node, &view, now, || verified);
        self.chain.read(view.finish())?;
        rules.finish().map_err(|error| self.chain.executor_error(error))?;
        if !known {
            return Err(PutError::UnknownDag(node.header().dag.clone()));
        }
        Ok(judged?)
    }

    /// Keeps the evidence of two records for one place.
    fn refused(&self, node: &Node, error: PutError) -> PutError {
        if let PutError::Record(Error::Equivocation(other, _)) = &error {
            if let Err(error) = self.chain.read(self.keep_evidence(other, node)) {
                return error.into();
            }
        }
        error
    }

    fn keep_evidence(&self, other: &Cid, node: &Node) -> Result<(), StorageError> {
        let store = self.chain.store.records();
        let other = store.get(other)?.and_then(|bytes| Node::decode(&bytes).ok());
        let headers = other.as_ref().and_then(SignedHeader::of).zip(SignedHeader::of(node));
        let evidence = headers.and_then(|(one, other)| icn_dag::Equivocation::new(one, other).ok());
        match evidence {
            Some(evidence) => {
                let [first, _] = evidence.headers();
                tracing::warn!(dag = %first.dag, seq = first.seq, "a key signed two records for one place");
                store.put_evidence(&evidence)
            }
            None => Ok(()),
        }
    }

    fn count(&self, waiting: &Waiting) {
        self.around.records.store(waiting.len() as u64, Ordering::Relaxed);
    }

    /// What a writer's next record of a DAG is to say.
    ///
    /// # Errors
    /// When the state cannot be read, or there is no such DAG.
    pub fn next(&self, dag: &Did, issuer: &Did, key: &Key) -> Result<NextRecord, PutError> {
        let latest = self.chain.store.latest();
        let rules = RecordRules::of(&*latest);
        let waiting = self.waiting.lock();
        let last = waiting.last(dag, issuer, key).or_else(|| rules.last(dag, issuer, key));
        let (known, epoch) = (rules.has_dag(dag), rules.epoch());
        rules.finish().map_err(|error| self.chain.executor_error(error))?;
        if !known {
            return Err(PutError::UnknownDag(dag.clone()));
        }
        let parents = self.chain.read(self.chain.store.records().tips(dag, icn_dag::limits::PARENTS_MAX as usize))?;
        let seq = last.map_or(0, |(seq, _)| seq.saturating_add(1));
        let mut time = (self.clock)();
        for parent in &parents {
            // Another's clock may be ahead.
            let anchored = self.chain.read(self.chain.store.records().anchored(parent))?;
            let waits = waiting.get(parent).map(|node| node.header().time);
            time = time.max(waits.or(anchored.map(|anchored| anchored.time)).unwrap_or(0));
        }
        Ok(NextRecord { seq, epoch, time, parents })
    }

    /// A block was committed: what it made final waits no more, and what may not be any more is forgotten.
    ///
    /// # Errors
    /// When the store or the state cannot be read.
    pub fn on_block(&self, anchored: &[Cid], touched: bool) -> Result<(), StopError> {
        self.wanted.send_if_modified(|wanted| !std::mem::take(wanted).is_empty());
        let listed = std::mem::take(&mut *self.listed.lock());
        let mut waiting = self.waiting.lock();
        let undecided = listed.iter().map(|node| &**node).filter(|node| waiting.get(&node.cid()).is_none());
        self.chain.store.records().forget(undecided)?;
        if anchored.is_empty() && !touched {
            return Ok(());
        }
        let nodes = waiting.take();
        *waiting = self.retained(nodes)?;
        self.count(&waiting);
        Ok(())
    }

    /// Those records that still may become final; the others are forgotten.
    fn retained(&self, nodes: Vec<Arc<Node>>) -> Result<Waiting, StopError> {
        let latest = self.chain.store.latest();
        let (rules, store) = (RecordRules::of(&*latest), self.chain.store.records());
        let (mut kept, mut rest) = (Waiting::default(), nodes);
        // What is read from the disk has no order: whatever lacks something is judged again after the others.
        let lost = loop {
            let (before, mut lost) = (rest.len(), Vec::new());
            for node in rest {
                if store.anchored(&node.cid())?.is_some() {
                    continue;
                }
                let view = HeadView::new(&rules, self.chain.store.records(), &kept, &node);
                let judged = view.still_holds(&node);
                view.finish()?;
                match judged {
                    Ok(()) => kept.insert(node),
                    Err(error) => lost.push((node, error)),
                }
            }
            if lost.len() == before || lost.is_empty() {
                break lost;
            }
            rest = lost.into_iter().map(|(node, _)| node).collect();
        };
        rules.finish()?;
        for (node, error) in &lost {
            tracing::info!(cid = %node.cid(), %error, "a record that waited can not become final any more");
            if let Error::Equivocation(other, _) = error {
                self.keep_evidence(other, node)?;
            }
        }
        store.forget(lost.iter().map(|(node, _)| &**node))?;
        Ok(kept)
    }
}
