//! Records between nodes: each node tells its peers what it has taken, and asks them for what it lacks.

use super::{access::Trusted, backfill::Retention, PutError, Records, Taken};
use icn_dag::{Cid, Codec, Error};
use icn_engine::Handle;
use icn_network::{Network, PeerId, RecordId, RecordsReply};
use icn_rpc::Workers;
use icn_storage::OrderedStore;
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::{broadcast::error::RecvError, mpsc},
    task::JoinHandle,
};

/// Records that are told or asked for at once.
const IDS_MAX: usize = 64;

/// What a peer tells while this node still asks for what it told before; more is dropped. It tells again.
const TOLD_MAX: usize = 256;

/// How many records are asked for, one after the other, because one follows another that is not here.
const PARENTS_DEPTH_MAX: usize = 256;

/// How long a peer may take to answer when a block waits for what it is asked for.
const ANSWER_MAX: Duration = Duration::from_millis(500);

/// How long to wait before all peers are asked once more for what a block lists.
const WANT_AGAIN: Duration = Duration::from_millis(100);

/// Carries records between the node and its peers.
pub struct Exchange<S: OrderedStore> {
    pub(super) records: Arc<Records<S>>,
    pub(super) network: Network,
    pub(super) workers: Workers,
    pub(super) peers: Mutex<BTreeMap<PeerId, Connected>>,
    /// Who is given what is for members.
    trusted: Arc<Trusted>,
    pub(super) retention: Arc<Retention>,
    /// Asks for what proposed blocks list.
    asking: Mutex<Option<JoinHandle<()>>>,
}

/// A peer that is connected: what it tells is dealt with in its order.
pub(super) struct Connected {
    told: mpsc::Sender<Vec<RecordId>>,
    task: JoinHandle<()>,
}

/// The network's name of a record.
pub(super) fn id(cid: &Cid) -> RecordId {
    *cid.as_bytes()
}

impl<S: OrderedStore> Exchange<S> {
    /// Between these; peers that are trusted are given what is for members.
    pub fn new(
        records: Arc<Records<S>>,
        network: Network,
        workers: Workers,
        trusted: Trusted,
        retention: Arc<Retention>,
    ) -> Arc<Self> {
        let (peers, trusted, asking) = (Mutex::default(), Arc::new(trusted), Mutex::default());
        Arc::new(Self { records, network, workers, peers, trusted, retention, asking })
    }

    /// Tells peers what is taken and asks them for what is wanted, until the node stops.
    pub async fn run(self: Arc<Self>, engine: Handle) {
        let (mut taken, mut wanted) = (self.records.taken(), self.records.wanted());
        loop {
            tokio::select! {
                one = taken.recv() => match one {
                    Ok(one) => {
                        engine.wake();
                        self.tell(one, &mut taken);
                    }
                    Err(RecvError::Lagged(_)) => self.tell_all(None),
                    Err(RecvError::Closed) => return,
                },
                changed = wanted.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let missing = !wanted.borrow_and_update().is_empty();
                    engine.records_arrived().await;
                    if missing {
                        self.ask();
                    }
                }
            }
        }
    }

    /// Sees to it that peers are asked for what is wanted.
    fn ask(self: &Arc<Self>) {
        let mut asking = self.asking.lock();
        if asking.as_ref().is_none_or(JoinHandle::is_finished) {
            *asking = Some(tokio::spawn(self.clone().ask_for_wanted()));
        }
    }

    /// Ends what was started: nothing uses the chain any more once the work that is under way is done.
    pub fn stop(&self) {
        self.asking.lock().take().iter().for_each(JoinHandle::abort);
        std::mem::take(&mut *self.peers.lock()).into_values().for_each(|peer| peer.task.abort());
    }

    /// Tells of a record, and of those that were taken right after it from the same peer.
    fn tell(&self, first: Taken, taken: &mut tokio::sync::broadcast::Receiver<Taken>) {
        let (mut from, mut ids) = (first.from, vec![id(&first.cid)]);
        while let Ok(Taken { cid, from: next }) = taken.try_recv() {
            if next != from || ids.len() >= IDS_MAX {
                self.network.tell_records(std::mem::take(&mut ids), from);
                from = next;
            }
            ids.push(id(&cid));
        }
        self.network.tell_records(ids, from);
    }

    /// Tells all that waits.
    pub fn tell_all(&self, except: Option<PeerId>) {
        let waiting: Vec<RecordId> = self.records.waiting().iter().map(id).collect();
        for ids in waiting.chunks(IDS_MAX) {
            self.network.tell_records(ids.to_vec(), except);
        }
    }

    /// A peer is there.
    pub fn connected(self: &Arc<Self>, peer: PeerId) {
        let (told, mut tellings) = mpsc::channel::<Vec<RecordId>>(TOLD_MAX);
        let here = self.clone();
        let task = tokio::spawn(async move {
            while let Some(ids) = tellings.recv().await {
                here.take_from(peer, ids).await;
            }
        });
        if let Some(before) = self.peers.lock().insert(peer, Connected { told, task }) {
            before.task.abort();
        }
    }

    /// A peer is gone.
    pub fn disconnected(&self, peer: &PeerId) {
        if let Some(connected) = self.peers.lock().remove(peer) {
            connected.task.abort();
        }
    }

    /// A peer says that it has records.
    pub fn told(&self, from: &PeerId, ids: Vec<RecordId>) {
        if let Some(connected) = self.peers.lock().get(from) {
            // What is dropped is told again when a height does not get on.
            let _ = connected.told.try_send(ids);
        }
    }

    /// A peer wants records.
    pub fn wanted(self: &Arc<Self>, from: PeerId, ids: Vec<RecordId>, reply: RecordsReply) {
        let here = self.clone();
        tokio::spawn(async move {
            let (records, trusted) = (here.records.clone(), here.trusted.clone());
            let read = move || records.give(&from, &trusted, &cids(&ids));
            if let Ok(Ok(found)) = here.workers.run(read).await {
                reply.send(found);
            }
        });
    }

    /// Asks a peer for what it has told and is not here.
    async fn take_from(&self, peer: PeerId, ids: Vec<RecordId>) {
        let records = self.records.clone();
        let lacking = move || records.lacking(cids(&ids));
        let Ok(Ok(mut rest)) = self.workers.run(lacking).await else { return };
        while !rest.is_empty() {
            let Some(found) = self.network.fetch_records(peer, rest.iter().map(id).collect()).await else { return };
            let got = found.records;
            // What did not fit into the answer is asked for again; what is withheld is not.
            let names: BTreeSet<Cid> = got.iter().map(|bytes| Cid::of(Codec::DagCbor, bytes)).collect();
            let before = rest.len();
            rest.retain(|cid| !names.contains(cid));
            if rest.len() == before {
                return;
            }
            rest.retain(|cid| !found.withheld.iter().any(|one| one.starts_with(cid.as_bytes())));
            let records = self.records.clone();
            let take = move || {
                let results = records.take(&got, Some(peer));
                got.into_iter().zip(results).collect::<Vec<_>>()
            };
            let Ok(taken) = self.workers.run(take).await else { return };
            for (bytes, result) in taken {
                match result {
                    Ok(()) | Err(PutError::Record(Error::Duplicate(_))) => {}
                    Err(PutError::Record(Error::UnknownParent(_))) => self.take(peer, bytes).await,
                    Err(error) => tracing::debug!(%peer, %error, "a record is not taken"),
                }
            }
        }
    }

    /// Takes a record that a peer sent, with those that it follows.
    async fn take(&self, peer: PeerId, bytes: Vec<u8>) {
        let mut stack = vec![bytes];
        let mut asked = BTreeSet::new();
        while let Some(bytes) = stack.pop() {
            let (records, copy) = (self.records.clone(), bytes.clone());
            let take = move || records.take(&[copy], Some(peer)).pop().unwrap_or(Ok(()));
            match self.workers.run(take).await {
                Ok(Err(PutError::Record(Error::UnknownParent(parent)))) => {
                    if asked.len() >= PARENTS_DEPTH_MAX || !asked.insert(parent) {
                        return;
                    }
                    let got = self.network.fetch_records(peer, vec![id(&parent)]).await.unwrap_or_default();
                    let Some(parent) = got.records.into_iter().next() else { return };
                    stack.push(bytes);
                    stack.push(parent);
                }
                Ok(Err(PutError::Record(Error::Duplicate(_)))) | Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::debug!(%peer, %error, "a record is not taken"),
                Err(_) => return,
            }
        }
    }

    /// Asks all peers for what proposed blocks list, until it is here or no block needs it any more.
    async fn ask_for_wanted(self: Arc<Self>) {
        loop {
            let peers: Vec<PeerId> = self.peers.lock().keys().copied().collect();
            let before = self.records.wanted().borrow().len();
            for peer in peers {
                let wanted: Vec<RecordId> = self.records.wanted().borrow().iter().map(id).collect();
                // All of it, or what nobody has would hide the rest.
                for ids in wanted.chunks(IDS_MAX) {
                    if !self.ask_peer(peer, ids).await {
                        return;
                    }
                }
            }
            match self.records.wanted().borrow().len() {
                0 => return,
                // Some came: go on at once.
                left if left < before => continue,
                _ => {}
            }
            tokio::time::sleep(WANT_AGAIN).await;
        }
    }

    /// Asks a peer for those of these that are wanted still; whether the node runs.
    async fn ask_peer(&self, peer: PeerId, ids: &[RecordId]) -> bool {
        let ids: Vec<RecordId> = {
            let wanted = self.records.wanted();
            let wanted = wanted.borrow();
            cids(ids).iter().filter(|cid| wanted.contains(cid)).map(id).collect()
        };
        if ids.is_empty() {
            return true;
        }
        // Whoever does not answer holds nobody up.
        let answer = tokio::time::timeout(ANSWER_MAX, self.network.fetch_records(peer, ids)).await;
        let got = answer.ok().flatten().unwrap_or_default().records;
        if got.is_empty() {
            return true;
        }
        let records = self.records.clone();
        let Ok(results) = self.workers.run(move || records.take(&got, Some(peer))).await else { return false };
        for error in results.into_iter().filter_map(Result::err) {
            tracing::debug!(%peer, %error, "a record that is wanted is not taken");
        }
        true
    }
}

fn cids(ids: &[RecordId]) -> Vec<Cid> {
    ids.iter().filter_map(|id| Cid::try_from(&id[..]).ok()).collect()
}
