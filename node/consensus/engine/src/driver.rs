//! Drives the application: the engine's questions become its inputs, its effects become answers, jobs and messages.

use crate::{
    host::Question,
    jobs::{Done, Job, Jobs},
    StopReason,
};
use icn_consensus::{
    application::{Application, Chain, DecidedBlock, Effect, Head, Input, Surroundings, SyncOutcome, Token},
    commit::{certificate_of, commit_of, duplicate_votes},
    BlockRef, Height, IcnContext, ProposalPart, Validators,
};
use malachitebft_core_consensus::MisbehaviorEvidence;
use malachitebft_core_types::{CommitCertificate, ExtendedCommitCertificate, HeightParams, Round, VoteExtensions};
use malachitebft_engine::{
    host::{HostMsg, LocallyProposedValue, Next, ProposedValue, SyncedValueOutcome},
    network::{NetworkMsg, NetworkRef},
    util::streaming::{StreamContent, StreamId, StreamMessage},
};
use malachitebft_sync::RawDecidedValue;
use ractor::RpcReplyPort;
use std::{
    collections::BTreeMap,
    ops::RangeInclusive,
    sync::{
        atomic::{AtomicU64, Ordering},
        Arc,
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio::sync::{mpsc, oneshot, watch};

/// How long a node that starts waits for peers before it begins: a proposal that nobody hears costs a round.
const PEERS_PATIENCE: Duration = Duration::from_secs(1);

/// Most bytes of blocks in one answer to a peer that catches up.
const SYNC_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Longest sleep.
const SLEEP_MAX: Duration = Duration::from_secs(3600);

/// What others ask of the driver.
pub(crate) enum Command {
    /// Make a block now; answered when the next block is committed, with `None` when another binary makes it.
    MakeBlock(oneshot::Sender<Option<Head>>),
    /// Something around changed.
    Wake,
    /// A record came that a candidate lists.
    RecordsArrived,
    /// Finish.
    Stop(oneshot::Sender<()>),
}

/// What is around the node, kept up to date by whoever knows.
#[derive(Debug, Default)]
pub struct Around {
    /// Transactions that wait for a block.
    pub ready: AtomicU64,
    /// Records that wait to be final.
    pub records: AtomicU64,
    /// Seals of an epoch that wait for a block.
    pub seals: AtomicU64,
    /// The highest head that a peer announced.
    pub peer_head: AtomicU64,
    /// Connections to peers.
    pub peers: AtomicU64,
    /// How far the chain's clock is ahead of this machine's, in milliseconds; above 0 on Development chains only.
    pub clock_ahead: AtomicU64,
}

impl Around {
    /// The chain's time, in milliseconds since the Unix epoch.
    pub fn now(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let machine = u64::try_from(since.as_millis()).unwrap_or(u64::MAX / 2);
        machine.saturating_add(self.clock_ahead.load(Ordering::Relaxed))
    }

    fn surroundings(&self) -> Surroundings {
        Surroundings {
            now: self.now(),
            ready: [&self.ready, &self.records, &self.seals].iter().any(|waiting| waiting.load(Ordering::Relaxed) > 0),
            peer_head: self.peer_head.load(Ordering::Relaxed),
        }
    }
}

/// Where an answer goes.
enum Port {
    Ready(RpcReplyPort<(Height, HeightParams<IcnContext>)>),
    Known(RpcReplyPort<Vec<ProposedValue<IcnContext>>>),
    Propose(RpcReplyPort<LocallyProposedValue<IcnContext>>),
    Found(RpcReplyPort<ProposedValue<IcnContext>>),
    Committed(RpcReplyPort<()>),
    Next(RpcReplyPort<Next<IcnContext>>),
    Synced(RpcReplyPort<SyncedValueOutcome<IcnContext>>),
}

/// The driver's state.
pub(crate) struct Driver {
    pub(crate) application: Application,
    pub(crate) chain: Arc<dyn Chain>,
    pub(crate) jobs: Jobs,
    pub(crate) network: NetworkRef<IcnContext>,
    pub(crate) around: Arc<Around>,
    /// Whether other validators are needed to decide.
    pub(crate) alone: bool,
    pub(crate) stir: mpsc::UnboundedSender<u64>,
    pub(crate) status: watch::Sender<Progress>,
    ports: BTreeMap<Token, Port>,
    next_token: Token,
    streams: u64,
    /// Who waits for the block that comes next.
    made: Vec<oneshot::Sender<Option<Head>>>,
    /// Who waits for the block after the one in the making.
    asked: Vec<oneshot::Sender<Option<Head>>>,
    wake_at: Option<u64>,
    /// The start that waits for peers.
    start: Option<(Token, Head, Instant)>,
    /// The validators of the height that the engine decides.
    validators: Option<Validators>,
}

/// Where consensus is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The height being decided; 0 before the first.
    pub height: u64,
    /// The round.
    pub round: u32,
    /// Whether there is nothing to do.
    pub idle: bool,
    /// Proposals found invalid since the start.
    pub invalid_proposals: u64,
}

/// What the driver is made of, before it runs.
pub(crate) struct Parts {
    pub(crate) application: Application,
    pub(crate) chain: Arc<dyn Chain>,
    pub(crate) jobs: Jobs,
    pub(crate) network: NetworkRef<IcnContext>,
    pub(crate) around: Arc<Around>,
    pub(crate) alone: bool,
    pub(crate) stir: mpsc::UnboundedSender<u64>,
    pub(crate) status: watch::Sender<Progress>,
}

impl Driver {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { application, chain, jobs, network, around, alone, stir, status } = parts;
        Self {
            application,
            chain,
            jobs,
            network,
            around,
            alone,
            stir,
            status,
            ports: BTreeMap::new(),
            next_token: 0,
            streams: 0,
            made: Vec::new(),
            asked: Vec::new(),
            wake_at: None,
            start: None,
            validators: None,
        }
    }

    /// Runs until it is told to stop, or the chain cannot go on.
    pub(crate) async fn run(
        mut self,
        mut questions: mpsc::UnboundedReceiver<Question>,
        mut done: mpsc::UnboundedReceiver<Done>,
        mut commands: mpsc::Receiver<Command>,
    ) -> Result<(), StopReason> {
        loop {
            let sleep = self.sleep();
            let stopped = tokio::select! {
                question = questions.recv() => match question {
                    Some(question) => { self.ask(question); None }
                    None => return Err(StopReason::Engine),
                },
                result = done.recv() => match result {
                    Some(Ok(input)) => { self.input(input); None }
                    Some(Err(error)) => return Err(StopReason::Chain(error)),
                    None => return Err(StopReason::Engine),
                },
                command = commands.recv() => match command {
                    Some(Command::MakeBlock(reply)) => { self.make_block(reply); None }
                    Some(Command::Wake) => { self.input(Input::Wake); None }
                    Some(Command::RecordsArrived) => { self.input(Input::RecordsArrived); None }
                    Some(Command::Stop(reply)) => Some(Some(reply)),
                    None => Some(None),
                },
                () = tokio::time::sleep(sleep) => { self.wake_at = None; self.input(Input::Wake); None }
            };
            self.make_next();
            self.start_with_peers();
            if let Some(reply) = stopped {
                let thread = self.jobs.finish();
                let _ = tokio::task::spawn_blocking(move || thread.join()).await;
                // Whoever asked may be gone.
                let _ = reply.map(|reply| reply.send(()));
                return Ok(());
            }
        }
    }

    fn make_block(&mut self, reply: oneshot::Sender<Option<Head>>) {
        if self.application.head().halted {
            // Whoever asked may be gone.
            let _ = reply.send(None);
            return;
        }
        if !self.application.is_idle() {
            // The block in the making was begun before anybody asked.
            self.asked.push(reply);
            return;
        }
        self.made.push(reply);
        self.input(Input::MakeBlock);
    }

    /// Turns to those who asked for a block while another was in the making.
    fn make_next(&mut self) {
        if self.application.is_idle() && !self.asked.is_empty() {
            std::mem::take(&mut self.asked).into_iter().for_each(|reply| self.make_block(reply));
        }
    }

    fn sleep(&self) -> Duration {
        let until = |at: u64| Duration::from_millis(at.saturating_sub(self.around.now()));
        let wake = self.wake_at.map_or(SLEEP_MAX, until).min(SLEEP_MAX);
        match self.start {
            Some((_, _, at)) => wake.min(at.saturating_duration_since(Instant::now())),
            None => wake,
        }
    }

    /// Keeps where an answer goes.
    fn token(&mut self, port: Port) -> Token {
        self.next_token += 1;
        self.ports.insert(self.next_token, port);
        self.next_token
    }

    /// Turns a question of the engine into an input.
    fn ask(&mut self, question: Question) {
        match question {
            HostMsg::ConsensusReady { reply_to } => {
                let token = self.token(Port::Ready(reply_to));
                self.input(Input::ConsensusReady(token));
            }
            HostMsg::StartedRound { height, round, reply_to, .. } => {
                let token = self.token(Port::Known(reply_to));
                let round = round.as_u32().unwrap_or(0);
                self.input(Input::StartedRound { height: height.0, round, token });
                self.tell(height.0, round);
            }
            HostMsg::GetValue { height, round, timeout, reply_to } => {
                let token = self.token(Port::Propose(reply_to));
                let round = round.as_u32().unwrap_or(0);
                self.input(Input::GetValue { height: height.0, round, timeout, token });
            }
            HostMsg::ReceivedProposalPart { from, published_by, part, reply_to } => {
                let StreamContent::Data(part) = part.content else { return };
                let token = self.token(Port::Found(reply_to));
                self.input(Input::Part { from: published_by.unwrap_or(from).to_bytes(), part, token });
            }
            HostMsg::RestreamValue { height, value_id, .. } => {
                self.input(Input::Restream { height: height.0, target: value_id.0 });
            }
            HostMsg::Decided { certificate, reply_to, .. } => {
                let token = self.token(Port::Committed(reply_to));
                let (height, target) = (certificate.height.0, certificate.value_id.0);
                let Some(commit) = self.validators.as_ref().map(|set| commit_of(&certificate, set.set())) else {
                    return;
                };
                self.input(Input::Decided { height, target, commit, token });
            }
            HostMsg::Finalized { certificate, evidence, reply_to, .. } => {
                let token = self.token(Port::Next(reply_to));
                self.finalized(&certificate, &evidence, token);
            }
            HostMsg::GetHistoryMinHeight { reply_to } => {
                // The height is a bound that may be out of date as soon as it is told.
                let _ = reply_to.send(Height(self.chain.oldest().max(1)));
            }
            HostMsg::GetDecidedValues { range, reply_to } => self.serve(range, reply_to),
            HostMsg::ProcessSyncedValue { height, round, proposer, value_bytes, reply_to } => {
                let token = self.token(Port::Synced(reply_to));
                self.input(Input::Synced {
                    height: height.0,
                    round: round.as_u32().unwrap_or(0),
                    proposer: proposer.0,
                    block: value_bytes.as_ref().into(),
                    token,
                });
            }
            // Vote extensions are off.
            HostMsg::ExtendVote { reply_to, .. } => drop(reply_to.send(None)),
            HostMsg::VerifyVoteExtensions { reply_to, .. } => drop(reply_to.send(Vec::new())),
        }
    }

    /// The height is over.
    fn finalized(
        &mut self,
        certificate: &CommitCertificate<IcnContext>,
        evidence: &MisbehaviorEvidence<IcnContext>,
        token: Token,
    ) {
        let Some(validators) = &self.validators else { return };
        self.input(Input::Finalized {
            height: certificate.height.0,
            commit: commit_of(certificate, validators.set()),
            evidence: duplicate_votes(evidence),
            token,
        });
    }

    /// Reads decided blocks for a peer, away from the driver.
    fn serve(&self, heights: RangeInclusive<Height>, reply: RpcReplyPort<Vec<RawDecidedValue<IcnContext>>>) {
        let chain = self.chain.clone();
        let heights = heights.start().0..=heights.end().0;
        tokio::task::spawn_blocking(move || {
            let blocks = chain.decided(heights, SYNC_BYTES_MAX).unwrap_or_else(|error| {
                tracing::error!(%error, "decided blocks cannot be read for a peer");
                Vec::new()
            });
            // The peer may be gone.
            let _ = reply.send(blocks.into_iter().map(decided_value).collect());
        });
    }

    /// Hands an input to the application and does what follows.
    fn input(&mut self, input: Input) {
        if matches!(input, Input::Committed(_)) {
            let chain = &self.chain;
            self.application.retain_evidence(|evidence| {
                chain.accepts_evidence(evidence).unwrap_or_else(|error| {
                    // The next job on the chain fails too, and stops the node.
                    tracing::error!(%error, "evidence cannot be judged");
                    false
                })
            });
        }
        let effects = self.application.handle(input, &self.around.surroundings());
        for effect in effects {
            self.effect(effect);
        }
        let (idle, invalid_proposals) = (self.application.is_idle(), self.application.invalid_proposals());
        self.status.send_if_modified(|progress| {
            let before = *progress;
            (progress.idle, progress.invalid_proposals) = (idle, invalid_proposals);
            before != *progress
        });
    }

    fn tell(&self, height: u64, round: u32) {
        self.status.send_modify(|progress| (progress.height, progress.round) = (height, round));
    }

    fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::Start(token, head) => self.start(token, *head),
            Effect::Known(token, values) => {
                if let Some(Port::Known(port)) = self.ports.remove(&token) {
                    answer(port, values.into_iter().map(Into::into).collect());
                }
            }
            Effect::Propose(token, value) => {
                if let Some(Port::Propose(port)) = self.ports.remove(&token) {
                    let round = Round::new(value.round);
                    answer(port, LocallyProposedValue::new(Height(value.height), round, BlockRef(value.target)));
                }
            }
            Effect::Found(token, value) => {
                if let Some(Port::Found(port)) = self.ports.remove(&token) {
                    answer(port, value.into());
                }
            }
            Effect::Nothing(token) => drop(self.ports.remove(&token)),
            Effect::Synced(token, outcome) => {
                if let Some(Port::Synced(port)) = self.ports.remove(&token) {
                    answer(port, synced(outcome));
                }
            }
            Effect::Committed(token) => {
                if let Some(Port::Committed(port)) = self.ports.remove(&token) {
                    answer(port, ());
                }
                let head = self.application.head();
                // Whoever asked may be gone.
                self.made.drain(..).for_each(|made| drop(made.send(Some(head.clone()))));
            }
            Effect::Publish(parts) => self.publish(parts),
            Effect::Build(job) => self.jobs.add(Job::Build(job)),
            Effect::Verify(claimed, job) => self.jobs.add(Job::Verify(claimed, job)),
            Effect::VerifySynced(token, job) => self.jobs.add(Job::VerifySynced(token, job)),
            Effect::Commit(job) => self.jobs.add(Job::Commit(job)),
            Effect::Improve(height, commit) => self.jobs.add(Job::Improve(height, commit)),
            Effect::WakeAt(time) => self.wake_at = Some(self.wake_at.map_or(time, |at| at.min(time))),
            // Nobody listens on a node without network.
            Effect::Stir(height) => drop(self.stir.send(height)),
        }
    }

    /// Starts a height; the first one of this process when there are peers, or nobody came.
    fn start(&mut self, token: Token, head: Head) {
        if matches!(self.ports.get(&token), Some(Port::Ready(_))) && !self.alone {
            self.start = Some((token, head, Instant::now() + PEERS_PATIENCE));
        } else {
            self.begin(token, &head);
        }
    }

    fn start_with_peers(&mut self) {
        let waited = |at: &Instant| *at <= Instant::now() || self.around.peers.load(Ordering::Relaxed) > 0;
        if let Some((token, head, _)) = self.start.take_if(|(_, _, at)| waited(at)) {
            self.begin(token, &head);
        }
    }

    fn begin(&mut self, token: Token, head: &Head) {
        let validators = match Validators::new(head.validators.clone()) {
            Ok(validators) => validators,
            Err(error) => {
                // The state admits only sound sets and keys; without validators nothing can start.
                tracing::error!(%error, height = head.height + 1, "no height can start");
                return;
            }
        };
        self.validators = Some(validators.clone());
        let params = HeightParams::new(validators, head.timeouts, head.target_time);
        let height = Height(head.height + 1);
        match self.ports.remove(&token) {
            Some(Port::Ready(port)) => answer(port, (height, params)),
            Some(Port::Next(port)) => answer(port, Next::Start(height, params)),
            _ => {}
        }
    }

    /// Sends parts to everyone as one stream.
    fn publish(&mut self, parts: Vec<ProposalPart>) {
        self.streams += 1;
        let id = StreamId::new(self.streams.to_be_bytes().to_vec().into());
        for (sequence, part) in (0..).zip(parts) {
            let message = StreamMessage::new(id.clone(), sequence, StreamContent::Data(part));
            // The engine is stopping when its network is gone.
            let _ = self.network.cast(NetworkMsg::PublishProposalPart(message));
        }
    }
}

/// Answers the engine, which may be stopping.
fn answer<T>(port: RpcReplyPort<T>, value: T) {
    let _ = port.send(value);
}

fn synced(outcome: SyncOutcome) -> SyncedValueOutcome<IcnContext> {
    match outcome {
        SyncOutcome::Verdict(value) => SyncedValueOutcome::Verdict(value.into()),
        SyncOutcome::PeerFault => SyncedValueOutcome::PeerFault,
        SyncOutcome::Transient => SyncedValueOutcome::LocalTransientError,
    }
}

/// A decided block as it travels.
fn decided_value(decided: DecidedBlock) -> RawDecidedValue<IcnContext> {
    let DecidedBlock { height, target, block, commit, validators } = decided;
    let certificate = certificate_of(height, &target, &commit, &validators);
    let extensions = VoteExtensions::default();
    let certificate = ExtendedCommitCertificate::from_commit_certificate_and_extensions(certificate, extensions);
    RawDecidedValue::new(block.into(), certificate)
}
