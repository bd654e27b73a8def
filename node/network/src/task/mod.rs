//! The task that owns the swarm.

mod blobs;
mod connections;
mod gossip;
mod records;
mod seals;
mod statuses;
mod tasks;

use crate::{
    batch::Batch,
    behaviour::Behaviour,
    blobs::{BlobsSending, FetchedBlocks},
    config::Config,
    error::NetworkError,
    event::Event,
    head::Head,
    limits::Limits,
    network::{Inputs, EVENTS_RESERVED},
    peers::Unanswered,
    protocols::Protocols,
    records::{FoundRecords, Sending},
    redial::Redial,
    status::Status,
    ticket::Report,
    transport,
};
use futures::StreamExt as _;
use icn_primitives::Hash;
use libp2p::{
    request_response::OutboundRequestId,
    swarm::{self, SwarmEvent},
    Multiaddr, PeerId, Swarm,
};
use std::{
    collections::{HashMap, HashSet},
    future::pending,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};
use tasks::Tasks;
use tokio::{
    select,
    sync::{mpsc, oneshot},
    time::{interval_at, sleep_until, timeout, MissedTickBehavior},
};

/// A connection is closed by a rule of ours, not for being quiet.
const IDLE_TIME: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Streams of one connection whose protocol is being agreed on.
const STREAMS_NEGOTIATING: usize = 16;

/// The shortest time between two exchanges of statuses.
const STATUS_INTERVAL_MIN: Duration = Duration::from_millis(100);

/// How long an interface may take to tell its address.
const LISTEN_PATIENCE: Duration = Duration::from_secs(10);

/// What the network is made of. [`Self::run`] drives it.
pub(crate) struct Task {
    swarm: Swarm<Behaviour>,
    tasks: Tasks,
    inputs: Inputs,
    events: mpsc::Sender<Event>,
    events_dropped: u64,
    reports: mpsc::UnboundedReceiver<Report>,
    /// Where tickets report.
    report_to: mpsc::UnboundedSender<Report>,
    protocols: Protocols,
    genesis: Hash,
    limits: Limits,
    persistent_peers_only: bool,
    redial: Redial,
    batch: Batch,
    unanswered: Unanswered,
    /// Peers of this chain that the node was told of.
    told: HashSet<PeerId>,
    connections_refused: u64,
    /// Questions for records, and who waits for the answers.
    fetches: HashMap<OutboundRequestId, oneshot::Sender<FoundRecords>>,
    /// How many peers are being told of records.
    tellings: usize,
    /// Messages of signatures that are under way.
    seal_tellings: usize,
    /// Answers about records, and where the node puts them.
    answers: mpsc::UnboundedReceiver<Sending>,
    answer_to: mpsc::UnboundedSender<Sending>,
    /// Questions for blocks of blobs, and who waits for the answers.
    blob_fetches: HashMap<OutboundRequestId, oneshot::Sender<FetchedBlocks>>,
    /// Answers about blobs, where the node puts them, and how many it owes.
    blob_answers: mpsc::UnboundedReceiver<BlobsSending>,
    blob_answer_to: mpsc::UnboundedSender<BlobsSending>,
    blob_answers_due: usize,
}

impl Task {
    pub(crate) fn new(config: &Config, inputs: Inputs, events: mpsc::Sender<Event>) -> Result<Self, NetworkError> {
        let protocols = Protocols::new(&config.chain_id)?;
        let tasks = Tasks::default();
        let executor = tasks.clone();
        let swarm_config = swarm::Config::with_executor(move |task| executor.start(task))
            .with_idle_connection_timeout(IDLE_TIME)
            .with_max_negotiating_inbound_streams(STREAMS_NEGOTIATING);
        let swarm = Swarm::new(
            transport::build(&config.keypair)?,
            Behaviour::new(config, &protocols)?,
            config.keypair.public().to_peer_id(),
            swarm_config,
        );
        let (report_to, reports) = mpsc::unbounded_channel();
        let (answer_to, answers) = mpsc::unbounded_channel();
        let (blob_answer_to, blob_answers) = mpsc::unbounded_channel();
        let mut limits = config.limits.clone();
        limits.status_interval = limits.status_interval.max(STATUS_INTERVAL_MIN);
        Ok(Self {
            swarm,
            tasks,
            inputs,
            events,
            events_dropped: 0,
            reports,
            report_to,
            protocols,
            genesis: config.genesis,
            limits,
            persistent_peers_only: config.persistent_peers_only,
            redial: Redial::new(config.limits.dials),
            batch: Batch::new(&config.limits),
            unanswered: Unanswered::default(),
            told: HashSet::new(),
            connections_refused: 0,
            fetches: HashMap::new(),
            tellings: 0,
            seal_tellings: 0,
            answers,
            answer_to,
            blob_fetches: HashMap::new(),
            blob_answers,
            blob_answer_to,
            blob_answers_due: 0,
        })
    }

    /// Listens; on which address.
    pub(crate) async fn listen(&mut self, address: Multiaddr) -> Result<Multiaddr, NetworkError> {
        self.set_peers();
        self.swarm
            .listen_on(address.clone())
            .map_err(|source| NetworkError::Listen { address: address.clone(), source })?;
        let listening = async {
            loop {
                match self.swarm.select_next_some().await {
                    SwarmEvent::NewListenAddr { address, .. } => return Ok(address),
                    SwarmEvent::ListenerClosed { reason, .. } => return Err(reason.err()),
                    event => self.on_swarm_event(event),
                }
            }
        };
        match timeout(LISTEN_PATIENCE, listening).await {
            Ok(Ok(listening)) => Ok(listening),
            Ok(Err(source)) => Err(NetworkError::ListenerClosed { address, source }),
            Err(_) => Err(NetworkError::NoInterface { address, patience: LISTEN_PATIENCE }),
        }
    }

    /// Runs until it is stopped or all handles are gone. Nothing is left of it afterwards.
    pub(crate) async fn run(mut self) {
        let every = self.limits.status_interval;
        let mut exchange = interval_at(tokio::time::Instant::now() + every, every);
        exchange.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let (batch_due, redial_due) = (self.batch.due(), self.redial.next());
            select! {
                // The handles are gone when their ends of the channels are.
                stopped = self.inputs.stop.changed() => if stopped.is_err() || *self.inputs.stop.borrow() { break },
                submission = self.inputs.submissions.recv() => match submission {
                    Some(extrinsics) => self.submit(extrinsics),
                    None => break,
                },
                changed = self.inputs.head.changed() => if changed.is_ok() { self.announce() } else { break },
                changed = self.inputs.peers.changed() => if changed.is_ok() { self.set_peers() } else { break },
                Some(request) = self.inputs.requests.recv() => {
                    // Whoever asked may be gone.
                    let _ = request.send(self.status());
                }
                Some(report) = self.reports.recv() => self.on_report(report),
                Some(order) = self.inputs.records.recv() => self.on_records_order(order),
                Some(order) = self.inputs.seals.recv() => self.on_seals_order(order),
                Some(order) = self.inputs.blobs.recv() => self.on_blobs_order(order),
                Some(peer) = self.inputs.accused.recv() => self.on_accused(peer),
                Some(sending) = self.blob_answers.recv() => self.on_blobs_sent(sending),
                Some(sending) = self.answers.recv() => self.on_records_sent(sending),
                () = reached(batch_due) => self.publish_due(),
                () = reached(redial_due) => self.dial_due(),
                _ = exchange.tick() => self.exchange_statuses(),
                event = self.swarm.select_next_some() => self.on_swarm_event(event),
            }
        }
        drop(self.swarm);
        self.tasks.stop().await;
        tracing::info!("the network has stopped");
    }

    /// The node's last block.
    fn head(&self) -> Head {
        *self.inputs.head.borrow()
    }

    /// The behaviour that the swarm drives.
    fn behaviour(&mut self) -> &mut Behaviour {
        self.swarm.behaviour_mut()
    }

    /// Tells the node something, if there is room.
    fn tell(&mut self, event: Event) {
        if self.events.try_send(event).is_err() {
            self.events_dropped += 1;
        }
    }

    /// Whether a batch may be told: the last places are for other events.
    fn has_room_for_batch(&self) -> bool {
        self.events.capacity() > EVENTS_RESERVED
    }

    fn status(&mut self) -> Status {
        let now = Instant::now();
        let peer = *self.swarm.local_peer_id();
        let listening = self.swarm.listeners().cloned().collect();
        let behaviour = self.swarm.behaviour_mut();
        Status {
            peer,
            listening,
            peers: behaviour.gossip.peers.statuses(|peer| behaviour.door.0.is_known(peer), now),
            bans: behaviour.door.0.bans(now),
            transactions_dropped: self.inputs.dropped.load(Ordering::Relaxed),
            events_dropped: self.events_dropped,
            connections_refused: self.connections_refused,
            unanswered: self.unanswered.count,
        }
    }
}

/// Waits for a time; for ever, when there is none.
async fn reached(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time.into()).await,
        None => pending().await,
    }
}
