//! A node while it runs: the engine's core, the application, the chain and the pool, as the node's process wires them.
//!
//! What the actors of the real node do with threads and mailboxes happens here in one queue, to be repeated exactly. Everything that
//! leaves is collected in [`Out`]; everything that may be cut short by a crash burns the fuse first.

use crate::{log::Log, message::Message, plant::Plant};
use codec::Decode as _;
use futures::executor::block_on;
use icn_consensus::{
    application::{
        Application, BuildJob, Chain, CommitJob, DecidedBlock, Effect as Effected, Head, Input as Told, Origin, Sealer,
        Surroundings, SyncOutcome, Token, Value, Verdict, VerifyJob,
    },
    commit::{certificate_of, commit_of, duplicate_votes},
    parts::Init,
    signing::{Signer, Verifier},
    Address, BlockRef, Height, IcnContext, Validators, Vote,
};
use icn_engine::Logged;
use icn_mempool::Pool;
use icn_node::service::{blocks::Blocks, chain::NodeChain};
use icn_primitives::{votes::VoteKind, BlockNumber, Extrinsic, Moment, StateView as _, Target, ValidatorSet};
use icn_runtime::Runtime;
use icn_storage::SimulatedDisk;
use malachitebft_core_consensus::{
    gen::{CoResult, Gen},
    handle, ConsensusMsg, Effect, Input, LivenessMsg, LocallyProposedValue, Params, PeerId, ProposedValue,
    Resumable as _, Resume, SignedConsensusMsg, State, ValuePayload,
};
use malachitebft_core_types::{
    ExtendedCommitCertificate, LinearTimeouts, Round, SignedMessage, Timeout, TimeoutKind, ValidatorSet as _, Validity,
    ValueOrigin, ValueResponse, VoteExtensionPolicy, VoteExtensions,
};
use malachitebft_metrics::Metrics;
use malachitebft_signing::VerifierExt as _;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

/// Heights ahead whose messages the engine keeps, and messages of each, as the node sets them.
const FUTURE_HEIGHTS: usize = 10;
const MESSAGES_PER_HEIGHT: usize = 2_000;

/// Messages kept before the first height starts, the engine's own bound.
const EARLY_MAX: usize = 1024;

/// Blocks in one request, and bytes in one answer.
const SYNC_BLOCKS: u64 = 25;
const SYNC_BYTES: usize = 8 * 1024 * 1024;

/// How long an answer is waited for, in microseconds.
const SYNC_PATIENCE: u64 = 3_000_000;

/// The engine measures how long a height takes with the machine's clock. It is told to wait longer than any run, and the
/// simulated clock tells when the wait is over.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// What leaves a process.
#[derive(Debug)]
pub enum Out {
    /// To one node, or to all.
    Send(Option<usize>, Message),
    /// A timeout of the engine, after so many microseconds.
    Timeout(Timeout, u64, u64),
    /// The job at the front of the queue begins.
    Job(JobKind),
    /// Wake the application at this time of the chain.
    Wake(Moment),
    /// A block was committed.
    Committed(u64),
    /// A proposal was found invalid.
    Invalid,
    /// A decided block came from a peer and was taken.
    Synced,
    /// A block in parts is taken, with what its proposer claims.
    Taken(Init),
    /// A vote of a validator arrived that contradicts an earlier one, and is in evidence now.
    Evidence,
}

/// What kind of job begins, for how long it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobKind {
    /// A block is made.
    Build,
    /// A block is executed.
    Verify,
    /// A block is committed.
    Commit,
}

/// Why a process ends.
#[derive(Debug)]
pub enum Stop {
    /// The fuse burned down.
    Crash,
    /// The block up to which it followed is decided.
    CaughtUp,
    /// The disk failed under the chain.
    Disk(String),
    /// The guard, or the engine, refuses to go on.
    Refused(String),
    /// Something happened that never may.
    Broken(String),
}

enum Port {
    Ready,
    Next,
    Known,
    Propose,
    Found,
    Committed(u64),
    Synced(Round, Target),
}

enum Job {
    Build(BuildJob),
    Verify(Target, VerifyJob),
    VerifySynced(Token, VerifyJob),
    Commit(CommitJob),
    Improve(u64, icn_primitives::Commit),
}

/// What waits to be handled in this process.
// Some wait at a time, and not for long.
#[allow(clippy::large_enum_variant)]
enum Local {
    Start(Box<Head>),
    Input(Input<IcnContext>),
}

/// What a process is made of.
pub struct Parts {
    /// Its place.
    pub index: usize,
    /// Name of the chain.
    pub chain_id: Arc<str>,
    /// Its chain.
    pub chain: Arc<NodeChain<SimulatedDisk>>,
    /// The chain under consensus.
    pub blocks: Blocks<SimulatedDisk>,
    /// Its transactions.
    pub pool: Pool,
    /// Signs votes and proposals.
    pub signer: Signer,
    /// Signs claims of blocks.
    pub sealer: Arc<Sealer>,
    /// The block up to which it follows without a vote.
    pub follow_until: Option<u64>,
    /// The mistake that is planted.
    pub plant: Option<Plant>,
}

/// A node while it runs.
pub struct Process {
    engine: Option<State<IcnContext>>,
    shell: Shell,
}

/// Everything but the engine's core, which is borrowed while it runs.
pub struct Shell {
    parts: Parts,
    application: Application,
    context: IcnContext,
    verifier: Verifier,
    metrics: Metrics,
    log: Log,
    logged: Logged,
    recovering: bool,
    is_validator: bool,
    timeouts: LinearTimeouts,
    timers: Vec<(Timeout, u64)>,
    timer_number: u64,
    started: u64,
    target_time: Option<Duration>,
    validators: Option<Validators>,
    previous_set: Option<ValidatorSet>,
    ports: BTreeMap<Token, Port>,
    token: Token,
    jobs: VecDeque<Job>,
    local: VecDeque<Local>,
    early: Vec<Input<IcnContext>>,
    known_votes: Vec<Vote>,
    /// Transactions that were valid, without their signatures.
    contents: BTreeSet<Vec<u8>>,
    tips: BTreeMap<usize, u64>,
    fetched: BTreeMap<u64, (usize, DecidedBlock)>,
    /// Until when the answer to a request is waited for.
    asked: Option<u64>,
    /// The fetched block that the engine has, and until when it may take.
    used: Option<(u64, u64)>,
    around: Surroundings,
    now: u64,
    round: u32,
    height: u64,
    /// The height that was being decided at the last tick.
    stuck: u64,
    fuse: Option<u64>,
    out: Vec<Out>,
    build_offset: i64,
}

impl Process {
    /// Starts a process over its chain and log, which it takes when it starts. Nothing has happened yet.
    pub fn new(parts: Parts, log: &mut Log) -> Result<Self, Stop> {
        let chain_error = |error: icn_consensus::application::ChainError| Stop::Disk(error.to_string());
        let head = parts.blocks.head().map_err(chain_error)?;
        let known = parts.blocks.undecided().map_err(chain_error)?;
        let logged = Logged::new(Address(parts.sealer.address));
        let sealer = Some(parts.sealer.clone()).filter(|_| parts.follow_until.is_none());
        let application = Application::new(parts.chain_id.clone(), head, sealer, known);
        let shell = Shell {
            context: IcnContext::new(parts.chain_id.clone()),
            verifier: Verifier::new(parts.chain_id.clone()),
            parts,
            application,
            metrics: Metrics::new(),
            log: std::mem::take(log),
            logged,
            recovering: false,
            is_validator: false,
            timeouts: LinearTimeouts::default(),
            timers: Vec::new(),
            timer_number: 0,
            started: 0,
            target_time: None,
            validators: None,
            previous_set: None,
            ports: BTreeMap::new(),
            token: 0,
            jobs: VecDeque::new(),
            local: VecDeque::new(),
            early: Vec::new(),
            known_votes: Vec::new(),
            contents: BTreeSet::new(),
            tips: BTreeMap::new(),
            fetched: BTreeMap::new(),
            asked: None,
            used: None,
            around: Surroundings::default(),
            now: 0,
            round: 0,
            height: 0,
            stuck: 0,
            fuse: None,
            out: Vec::new(),
            build_offset: 0,
        };
        Ok(Self { engine: None, shell })
    }

    /// The shell, for whoever looks in.
    pub fn shell(&self) -> &Shell {
        &self.shell
    }

    /// The shell, for whoever meddles.
    pub fn shell_mut(&mut self) -> &mut Shell {
        &mut self.shell
    }

    /// Ends the process; what is left is the log.
    pub fn end(self) -> Log {
        self.shell.log
    }

    /// What left since the last call.
    pub fn take_out(&mut self) -> Vec<Out> {
        std::mem::take(&mut self.shell.out)
    }

    /// Does something at a time, then all that follows from it.
    fn step(
        &mut self,
        now: u64,
        around: Surroundings,
        first: impl FnOnce(&mut Shell) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        self.shell.now = now;
        self.shell.around = Surroundings { peer_head: self.shell.around.peer_head.max(around.peer_head), ..around };
        first(&mut self.shell)?;
        while let Some(local) = self.shell.local.pop_front() {
            match local {
                Local::Input(input) => self.feed(input)?,
                Local::Start(head) => self.start_height(&head)?,
            }
        }
        Ok(())
    }

    /// The engine is ready: it asks where to start.
    pub fn ready(&mut self, now: u64, around: Surroundings) -> Result<(), Stop> {
        self.step(now, around, |shell| {
            let token = shell.port(Port::Ready);
            shell.tell(Told::ConsensusReady(token))
        })
    }

    /// A message arrived.
    pub fn receive(&mut self, now: u64, around: Surroundings, from: usize, message: Message) -> Result<(), Stop> {
        self.step(now, around, |shell| shell.receive(from, message))
    }

    /// A timeout of the engine elapsed.
    pub fn timeout(&mut self, now: u64, around: Surroundings, timeout: Timeout, number: u64) -> Result<(), Stop> {
        self.step(now, around, |shell| {
            if let Some(place) = shell.timers.iter().position(|(known, at)| (known, *at) == (&timeout, number)) {
                shell.timers.remove(place);
                shell.local.push_back(Local::Input(Input::TimeoutElapsed(timeout)));
            }
            Ok(())
        })
    }

    /// The job at the front of the queue is done.
    pub fn job(&mut self, now: u64, around: Surroundings) -> Result<(), Stop> {
        self.step(now, around, Shell::run_job)
    }

    /// Something around changed, or the time came.
    pub fn wake(&mut self, now: u64, around: Surroundings) -> Result<(), Stop> {
        self.step(now, around, |shell| shell.tell(Told::Wake))
    }

    /// Tells peers where this node is, as it does every two seconds.
    pub fn tick(&mut self, now: u64, around: Surroundings) -> Result<(), Stop> {
        self.step(now, around, |shell| {
            shell.send(Message::Status(shell.application.head().height));
            let deciding = shell.deciding();
            match deciding {
                Some(height) if shell.stuck == height => shell.stir(height),
                _ => {}
            }
            shell.stuck = deciding.unwrap_or(0);
            shell.use_fetched();
            shell.ask_for_blocks();
            Ok(())
        })
    }

    /// Lets the engine's core handle an input.
    fn feed(&mut self, input: Input<IcnContext>) -> Result<(), Stop> {
        let Self { engine, shell } = self;
        let Some(engine) = engine else {
            if shell.early.len() < EARLY_MAX {
                shell.early.push(input);
            }
            return Ok(());
        };
        // As the engine's own macro does, but a crash in the middle ends it.
        let metrics = shell.metrics.clone();
        let mut core = Gen::new(|co| handle(co, engine, &metrics, input));
        let mut step = core.resume_with(Resume::Start);
        loop {
            match step {
                CoResult::Yielded(effect) => step = core.resume_with(shell.effect(effect)?),
                CoResult::Complete(Ok(())) => return Ok(()),
                CoResult::Complete(Err(error)) => return Err(Stop::Refused(error.to_string())),
            }
        }
    }

    fn start_height(&mut self, head: &Head) -> Result<(), Stop> {
        let height = Height(head.height + 1);
        let set = match (self.shell.parts.plant, &self.shell.previous_set) {
            (Some(Plant::SetOfTheHeightBefore), Some(previous)) => previous.next(),
            _ => head.validators.clone(),
        };
        self.shell.previous_set = Some(head.validators.clone());
        let validators = Validators::new(set).map_err(|error| Stop::Broken(error.to_string()))?;
        let shell = &mut self.shell;
        shell.validators = Some(validators.clone());
        shell.known_votes.clear();
        shell.height = height.0;
        let address = match shell.parts.follow_until {
            Some(_) => Address([0; 20]),
            None => Address(shell.parts.sealer.address),
        };
        if self.engine.is_none() {
            let params = Params {
                address,
                threshold_params: Default::default(),
                value_payload: ValuePayload::ProposalAndParts,
                enabled: true,
            };
            let state = State::new(
                shell.context.clone(),
                height,
                validators.clone(),
                params,
                FUTURE_HEIGHTS,
                MESSAGES_PER_HEIGHT,
            );
            self.engine = Some(state);
        }
        shell.is_validator = validators.get_by_address(&address).is_some();
        let entries = match shell.is_validator {
            true => shell.log.started(height.0),
            false => {
                shell.log.reset(height.0);
                Vec::new()
            }
        };
        shell.logged.started(height.0, &entries);
        (shell.timeouts, shell.target_time, shell.started) = (head.timeouts, head.target_time, shell.now);
        let target_time = head.target_time.map(|_| FOREVER);
        self.feed(Input::StartHeight(height, validators, false, target_time, VoteExtensionPolicy::Disabled))?;
        if !entries.is_empty() {
            self.replay(entries)?;
        }
        let shell = &mut self.shell;
        shell.local.extend(std::mem::take(&mut shell.early).into_iter().map(Local::Input));
        shell.use_fetched();
        Ok(())
    }

    fn replay(&mut self, entries: Vec<Input<IcnContext>>) -> Result<(), Stop> {
        self.shell.recovering = true;
        if let Some(engine) = &mut self.engine {
            engine.record_recovered_own_precommit_extensions(entries.iter());
            engine.index_wal_entries(entries.iter());
        }
        for entry in entries {
            self.feed(entry)?;
        }
        if let Some(engine) = &mut self.engine {
            engine.reset_entries_index();
        }
        self.shell.recovering = false;
        Ok(())
    }
}

impl Shell {
    /// The application.
    pub fn application(&self) -> &Application {
        &self.application
    }

    /// What the process is made of.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The version of the binary that makes the block after the head; `None` when it cannot be read.
    pub fn due_version(&self) -> Option<u32> {
        let latest = self.parts.chain.store().latest();
        let next = latest.head().number + 1;
        let planned = latest.get(&pallet_upgrade::Planned::<Runtime>::hashed_key()).ok()?;
        let planned = planned.and_then(|value| pallet_upgrade::Upgrade::<BlockNumber>::decode(&mut &value[..]).ok());
        if let Some(planned) = planned.filter(|planned| planned.height <= next) {
            return Some(planned.spec_version);
        }
        let agreed = latest.get(&pallet_upgrade::AgreedVersion::<Runtime>::hashed_key()).ok()??;
        Some(pallet_upgrade::Agreed::<BlockNumber>::decode(&mut &agreed[..]).ok()?.spec_version)
    }

    /// The height and round that the engine is at.
    pub fn position(&self) -> (u64, u32) {
        (self.height, self.round)
    }

    /// Where the node is, in words.
    pub fn place(&self) -> String {
        let Self { height, round, .. } = self;
        let head = self.application.head();
        let idle = if self.application.is_idle() { ", idle" } else { "" };
        let halted = if head.halted { ", waits for another binary" } else { "" };
        let timers: Vec<_> = self.timers.iter().map(|(timeout, _)| timeout.to_string()).collect();
        format!("head {}, at {height}/{round}{idle}{halted}, {} jobs, timers {timers:?}", head.height, self.jobs.len())
    }

    /// Lets the process crash after so many effects.
    pub fn set_fuse(&mut self, fuse: Option<u64>) {
        self.fuse = fuse;
    }

    /// Makes this node's blocks so many milliseconds late or early.
    pub fn set_build_offset(&mut self, offset: i64) {
        self.build_offset = offset;
    }

    /// A block for a height and round beside the one that was made; of a validator that proposes two.
    pub fn second_block(&self, height: u64, round: u32, time: Moment) -> Option<icn_consensus::application::Proposed> {
        let job = BuildJob {
            height,
            round,
            time,
            budget: Duration::ZERO,
            evidence: Default::default(),
            sealer: self.parts.sealer.clone(),
        };
        self.parts.blocks.build(&job).ok().flatten()
    }

    fn burn(&mut self) -> Result<(), Stop> {
        match &mut self.fuse {
            Some(0) => Err(Stop::Crash),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn send(&mut self, message: Message) {
        self.out.push(Out::Send(None, message));
    }

    fn port(&mut self, port: Port) -> Token {
        self.token += 1;
        self.ports.insert(self.token, port);
        self.token
    }

    fn deciding(&self) -> Option<u64> {
        let above = self.height > self.application.head().height;
        (above && !self.application.is_idle()).then_some(self.height)
    }

    fn stir(&mut self, height: u64) {
        self.send(Message::Head(height));
        let waiting: Vec<_> = self.parts.pool.ready().take(64).map(|pooled| pooled.extrinsic.clone()).collect();
        if !waiting.is_empty() {
            self.send(Message::Transactions(waiting));
        }
    }

    fn receive(&mut self, from: usize, message: Message) -> Result<(), Stop> {
        match message {
            Message::Consensus(SignedConsensusMsg::Vote(vote)) => self.receive_vote(vote),
            Message::Consensus(SignedConsensusMsg::Proposal(proposal)) => {
                self.local.push_back(Local::Input(Input::Proposal(proposal)));
            }
            Message::Liveness(LivenessMsg::Vote(vote)) => self.receive_vote(vote),
            Message::Liveness(LivenessMsg::PolkaCertificate(certificate)) => {
                self.local.push_back(Local::Input(Input::PolkaCertificate(certificate)));
            }
            Message::Liveness(LivenessMsg::SkipRoundCertificate(certificate)) => {
                self.local.push_back(Local::Input(Input::RoundCertificate(certificate)));
            }
            Message::Part(part) => {
                let token = self.port(Port::Found);
                let part = match self.parts.plant {
                    Some(Plant::UnsignedPart) => crate::plant::signed_anyway(part, &self.parts.chain_id),
                    _ => part,
                };
                return self.tell(Told::Part { from: peer_id(from).to_bytes(), part, token });
            }
            Message::Status(tip) => {
                self.tips.insert(from, tip);
                self.ask_for_blocks();
            }
            Message::Request(range) => {
                let blocks = self.parts.blocks.decided(range, SYNC_BYTES).unwrap_or_default();
                if !blocks.is_empty() {
                    self.out.push(Out::Send(Some(from), Message::Blocks(blocks)));
                }
            }
            Message::Blocks(blocks) => {
                self.asked = None;
                let head = self.application.head().height;
                let wanted = blocks.into_iter().filter(|block| block.height > head);
                self.fetched.extend(wanted.map(|block| (block.height, (from, block))));
                self.use_fetched();
            }
            Message::Transactions(transactions) => {
                let valid = |transaction: &Extrinsic| self.parts.pool.submit(transaction.clone()).is_ok();
                let taken: Vec<_> = transactions.into_iter().filter(valid).collect();
                if self.parts.plant == Some(Plant::SignatureByContent) {
                    self.contents.extend(taken.iter().filter_map(crate::forgery::content));
                }
                if !taken.is_empty() {
                    self.around.ready = true;
                    return self.tell(Told::Wake);
                }
            }
            Message::Head(height) => {
                if height > self.around.peer_head {
                    self.around.peer_head = height;
                    return self.tell(Told::Wake);
                }
            }
        }
        Ok(())
    }

    fn receive_vote(&mut self, vote: SignedMessage<IcnContext, Vote>) {
        let vote = crate::plant::altered(
            self.parts.plant,
            vote,
            self.round,
            &mut self.known_votes,
            self.validators.as_ref(),
            &self.parts.chain_id,
        );
        self.local.push_back(Local::Input(Input::Vote(vote)));
    }

    /// Asks a peer that is ahead for what is missing.
    fn ask_for_blocks(&mut self) {
        let head = self.application.head().height;
        if self.asked.is_some_and(|until| until > self.now) {
            return;
        }
        let from = (head + 1..).find(|height| !self.fetched.contains_key(height)).unwrap_or(head + 1);
        let ahead: Vec<usize> = self.tips.iter().filter(|(_, tip)| **tip >= from).map(|(peer, _)| *peer).collect();
        if ahead.is_empty() {
            return;
        }
        let peer = ahead[(self.now / 1000) as usize % ahead.len()];
        let last = self.tips[&peer].min(head + SYNC_BLOCKS);
        if from > last {
            return;
        }
        self.asked = Some(self.now + SYNC_PATIENCE);
        self.out.push(Out::Send(Some(peer), Message::Request(from..=last)));
    }

    /// Hands the engine the fetched block of its height.
    fn use_fetched(&mut self) {
        let height = self.height;
        self.fetched.retain(|fetched, _| *fetched >= height);
        let used = self.used.is_some_and(|(used, until)| used == height && until > self.now);
        if self.application.head().height + 1 != height || used {
            return;
        }
        let Some((peer, block)) = self.fetched.get(&height).cloned() else { return };
        self.used = Some((height, self.now + SYNC_PATIENCE));
        let DecidedBlock { height, target, block, commit, validators } = block;
        let certificate = certificate_of(height, &target, &commit, &validators);
        let certificate =
            ExtendedCommitCertificate::from_commit_certificate_and_extensions(certificate, VoteExtensions::default());
        let response = ValueResponse::new(peer_id(peer), block.into(), certificate);
        self.local.push_back(Local::Input(Input::SyncValueResponse(response)));
    }

    /// Tells the application something, and does what follows.
    fn tell(&mut self, input: Told) -> Result<(), Stop> {
        if matches!(input, Told::Committed(_)) {
            let blocks = &self.parts.blocks;
            self.application.retain_evidence(|evidence| blocks.accepts_evidence(evidence).unwrap_or(false));
        }
        let invalid = self.application.invalid_proposals();
        let effects = self.application.handle(input, &self.around);
        self.out.extend((invalid..self.application.invalid_proposals()).map(|_| Out::Invalid));
        for effect in effects {
            self.burn()?;
            self.effected(effect);
        }
        Ok(())
    }

    fn effected(&mut self, effect: Effected) {
        match effect {
            Effected::Start(token, head) => {
                self.ports.remove(&token);
                self.local.push_back(Local::Start(head));
            }
            Effected::Known(token, values) => {
                self.ports.remove(&token);
                let known = |value| Local::Input(Input::ProposedValue(proposed(value), ValueOrigin::Consensus));
                self.local.extend(values.into_iter().map(known));
            }
            Effected::Propose(token, value) => {
                if self.ports.remove(&token).is_some() {
                    let round = Round::new(value.round);
                    let value = LocallyProposedValue::new(Height(value.height), round, BlockRef(value.target));
                    self.local.push_back(Local::Input(Input::Propose(value)));
                }
            }
            Effected::Found(token, value) => {
                if self.ports.remove(&token).is_some() {
                    let value = Input::ProposedValue(proposed(value), ValueOrigin::Consensus);
                    self.local.push_back(Local::Input(value));
                }
            }
            Effected::Nothing(token) => drop(self.ports.remove(&token)),
            Effected::Synced(token, outcome) => {
                if outcome == SyncOutcome::Transient {
                    // The engine's sync asks again.
                    self.used = None;
                }
                if let (Some(Port::Synced(round, target)), SyncOutcome::Verdict(value)) =
                    (self.ports.remove(&token), outcome)
                {
                    if value.target == target {
                        self.out.push(Out::Synced);
                        let value = ProposedValue { round, ..proposed(value) };
                        self.local.push_back(Local::Input(Input::ProposedValue(value, ValueOrigin::Sync)));
                    }
                }
            }
            Effected::Committed(token) => {
                if let Some(Port::Committed(height)) = self.ports.remove(&token) {
                    self.send(Message::Status(height));
                }
            }
            Effected::Publish(parts) => parts.into_iter().for_each(|part| self.send(Message::Part(part))),
            Effected::Build(job) => self.add_job(Job::Build(job)),
            Effected::Verify(claimed, job) => {
                if let Origin::Parts(init) = &job.origin {
                    self.out.push(Out::Taken(init.clone()));
                }
                self.add_job(Job::Verify(claimed, job));
            }
            Effected::VerifySynced(token, job) => self.add_job(Job::VerifySynced(token, job)),
            Effected::Commit(job) => self.add_job(Job::Commit(job)),
            Effected::Improve(height, commit) => self.add_job(Job::Improve(height, commit)),
            Effected::WakeAt(time) => self.out.push(Out::Wake(time)),
            Effected::Stir(height) => self.stir(height),
        }
    }

    fn add_job(&mut self, job: Job) {
        self.jobs.push_back(job);
        if self.jobs.len() == 1 {
            self.begin_job();
        }
    }

    fn begin_job(&mut self) {
        let kind = match self.jobs.front() {
            Some(Job::Build(_)) => JobKind::Build,
            Some(Job::Verify(..) | Job::VerifySynced(..)) => JobKind::Verify,
            Some(Job::Commit(_) | Job::Improve(..)) => JobKind::Commit,
            None => return,
        };
        self.out.push(Out::Job(kind));
    }

    fn run_job(&mut self) -> Result<(), Stop> {
        let Some(job) = self.jobs.pop_front() else { return Ok(()) };
        self.burn()?;
        let blocks = &self.parts.blocks;
        let done = match job {
            Job::Build(mut job) => {
                // The machine's clock has no part in this.
                job.budget = Duration::from_secs(3600);
                let head = self.application.head().time;
                job.time = job.time.saturating_add_signed(self.build_offset).max(head + 1);
                blocks.build(&job).map(|made| Some(Told::Built { height: job.height, round: job.round, made }))
            }
            Job::Verify(claimed, job) => {
                let verdict = match (self.parts.plant, blocks.verify(&job)) {
                    (Some(Plant::SignatureByContent), Ok(Some(Verdict::Invalid { .. })))
                        if crate::plant::is_known_content(&job.block, &self.contents) =>
                    {
                        Ok(Some(Verdict::Valid(claimed)))
                    }
                    (_, verdict) => verdict,
                };
                verdict.map(|verdict| Some(Told::Verified { claimed, verdict }))
            }
            Job::VerifySynced(token, job) => {
                let Origin::Sync { round, proposer } = job.origin else { return Ok(()) };
                let told = |verdict| Told::SyncVerified { token, height: job.height, round, proposer, verdict };
                blocks.verify(&job).map(|verdict| Some(told(verdict)))
            }
            Job::Commit(job) => blocks.commit(&job).map(|head| Some(Told::Committed(head))),
            Job::Improve(height, commit) => blocks.improve_commit(height, commit).map(|()| None),
        };
        let done = done.map_err(|error| Stop::Disk(error.to_string()))?;
        self.burn()?;
        if let Some(told) = done {
            let committed = match &told {
                Told::Committed(head) => Some(head.height),
                _ => None,
            };
            self.out.extend(committed.map(Out::Committed));
            self.around.ready = self.around.ready && committed.is_none() || self.parts.pool.ready().next().is_some();
            self.tell(told)?;
            if let Some(height) = committed {
                if self.parts.follow_until.is_some_and(|guarded| guarded <= height) {
                    return Err(Stop::CaughtUp);
                }
                self.send(Message::Head(height));
                self.use_fetched();
                self.ask_for_blocks();
            }
        }
        self.begin_job();
        Ok(())
    }

    fn sync_log(&mut self) {
        if !self.recovering && self.is_validator && self.parts.plant != Some(Plant::NoSync) {
            self.log.sync();
        }
    }

    /// Does what the engine's core asks, as the engine's consensus actor does.
    fn effect(&mut self, effect: Effect<IcnContext>) -> Result<Resume<IcnContext>, Stop> {
        self.burn()?;
        Ok(match effect {
            Effect::CancelAllTimeouts(r) => {
                self.timers.clear();
                r.resume_with(())
            }
            Effect::CancelTimeout(timeout, r) => {
                self.timers.retain(|(known, _)| *known != timeout);
                r.resume_with(())
            }
            Effect::ScheduleTimeout(timeout, r) => {
                self.schedule(timeout);
                r.resume_with(())
            }
            Effect::StartRound(height, round, _, _, r) => {
                self.sync_log();
                self.round = round.as_u32().unwrap_or(0);
                self.log_round(height)?;
                let token = self.port(Port::Known);
                self.tell(Told::StartedRound { height: height.0, round: self.round, token })?;
                r.resume_with(())
            }
            Effect::PublishConsensusMsg(message, r) => {
                self.sync_log();
                self.burn()?;
                self.log_missing(&message)?;
                self.keep(&message)?;
                self.check_durable(&message)?;
                self.burn()?;
                self.send(Message::Consensus(message));
                r.resume_with(())
            }
            Effect::PublishLivenessMsg(message, r) => {
                if let LivenessMsg::Vote(vote) = &message {
                    self.keep(&SignedConsensusMsg::Vote(vote.clone()))?;
                }
                self.send(Message::Liveness(message));
                r.resume_with(())
            }
            Effect::RepublishVote(vote, r) => {
                self.keep(&SignedConsensusMsg::Vote(vote.clone()))?;
                self.send(Message::Liveness(LivenessMsg::Vote(vote)));
                r.resume_with(())
            }
            Effect::RepublishRoundCertificate(certificate, r) => {
                self.send(Message::Liveness(LivenessMsg::SkipRoundCertificate(certificate)));
                r.resume_with(())
            }
            Effect::GetValue(height, round, timeout, r) => {
                let token = self.port(Port::Propose);
                let timeout = self.timeouts.duration_for(timeout);
                let round = round.as_u32().unwrap_or(0);
                self.tell(Told::GetValue { height: height.0, round, timeout, token })?;
                r.resume_with(())
            }
            Effect::RestreamProposal(height, _, _, _, value, r) => {
                self.tell(Told::Restream { height: height.0, target: value.0 })?;
                r.resume_with(())
            }
            Effect::CertVerifiedSyncValue(value, proposer, r) => {
                let certificate = &value.certificate;
                let (height, round) = (certificate.height.0, certificate.round);
                let token = self.port(Port::Synced(round, certificate.value_id.0));
                let block = value.value_bytes.as_ref().into();
                let (round, proposer) = (round.as_u32().unwrap_or(0), proposer.0);
                self.tell(Told::Synced { height, round, proposer, block, token })?;
                r.resume_with(())
            }
            Effect::CertRejectedSyncValue(_, height, error, r) => {
                // Honest peers serve what they have committed.
                if let malachitebft_core_consensus::Error::InvalidCommitCertificate(_, error) = error {
                    return Err(Stop::Broken(format!("a served certificate of height {height} is refused: {error}")));
                }
                r.resume_with(())
            }
            Effect::Decide(certificate, _, r) => {
                self.sync_log();
                self.burn()?;
                let (height, target) = (certificate.height.0, certificate.value_id.0);
                let token = self.port(Port::Committed(height));
                let Some(set) = &self.validators else { return Err(Stop::Broken("decided before a start".into())) };
                let commit = commit_of(&certificate, set.set());
                self.tell(Told::Decided { height, target, commit, token })?;
                r.resume_with(())
            }
            Effect::Finalize(certificate, _, evidence, r) => {
                let token = self.port(Port::Next);
                let Some(set) = &self.validators else { return Err(Stop::Broken("finalized before a start".into())) };
                let commit = commit_of(&certificate, set.set());
                let evidence = duplicate_votes(&evidence);
                self.out.extend(evidence.iter().map(|_| Out::Evidence));
                self.tell(Told::Finalized { height: certificate.height.0, commit, evidence, token })?;
                r.resume_with(())
            }
            Effect::SignVote(vote, r) => {
                let signature =
                    self.parts.signer.vote_signature(&vote).map_err(|error| Stop::Refused(error.to_string()))?;
                r.resume_with(SignedMessage::new(vote, signature))
            }
            Effect::SignProposal(proposal, r) => {
                let signature = self.parts.signer.proposal_signature(&proposal);
                let signature = signature.map_err(|error| Stop::Refused(error.to_string()))?;
                r.resume_with(SignedMessage::new(proposal, signature))
            }
            Effect::VerifySignature(message, key, r) => r.resume_with(match &message.message {
                ConsensusMsg::Vote(vote) => self.verifier.is_vote_signed(vote, &message.signature, &key),
                ConsensusMsg::Proposal(proposal) => {
                    self.verifier.is_proposal_signed(proposal, &message.signature, &key)
                }
            }),
            Effect::VerifyCommitCertificate(certificate, set, thresholds, r) => {
                let verified = self.verifier.verify_commit_certificate(&self.context, &certificate, &set, thresholds);
                r.resume_with(block_on(verified))
            }
            Effect::VerifyExtendedCommitCertificate(certificate, set, thresholds, policy, r) => {
                let verified = self.verifier.verify_extended_commit_certificate(
                    &self.context,
                    &certificate,
                    &set,
                    thresholds,
                    policy,
                );
                r.resume_with(block_on(verified))
            }
            Effect::VerifyPolkaCertificate(certificate, set, thresholds, r) => {
                let verified = self.verifier.verify_polka_certificate(&self.context, &certificate, &set, thresholds);
                r.resume_with(block_on(verified))
            }
            Effect::VerifyRoundCertificate(certificate, set, thresholds, r) => {
                let verified = self.verifier.verify_round_certificate(&self.context, &certificate, &set, thresholds);
                r.resume_with(block_on(verified))
            }
            Effect::WalAppend(height, entry, r) => {
                if !self.recovering && self.is_validator {
                    self.logged.appended(&entry);
                    self.log.append(height.0, entry);
                }
                r.resume_with(())
            }
            Effect::ExtendVote(.., r) => r.resume_with(None),
            Effect::VerifyVoteExtension(.., r) => r.resume_with(Ok(())),
        })
    }

    /// Logs that a round starts, as the engine's host does.
    fn log_round(&mut self, height: Height) -> Result<(), Stop> {
        let missing = self.logged.missing_before(height.0, self.round);
        if missing.is_empty() || !self.is_validator {
            return Ok(());
        }
        for entry in missing {
            self.burn()?;
            self.logged.appended(&entry);
            self.log.append(height.0, entry);
        }
        self.burn()?;
        self.log.sync();
        Ok(())
    }

    /// Logs a message that is about to leave, unless it is logged, as the engine's publisher does.
    fn log_missing(&mut self, message: &SignedConsensusMsg<IcnContext>) -> Result<(), Stop> {
        if let Some(entry) = self.logged.missing(message).filter(|_| self.is_validator) {
            self.logged.appended(&entry);
            self.log.append(message.height().0, entry);
            self.burn()?;
            self.log.sync();
            self.burn()?;
        }
        Ok(())
    }

    /// Lets a message of this validator pass the guard.
    fn keep(&mut self, message: &SignedConsensusMsg<IcnContext>) -> Result<(), Stop> {
        self.parts.signer.keep(message).map_err(|error| Stop::Refused(error.to_string()))
    }

    /// The log and the block that a message is about are durable before it leaves.
    fn check_durable(&self, message: &SignedConsensusMsg<IcnContext>) -> Result<(), Stop> {
        let target = match message {
            SignedConsensusMsg::Vote(vote) => vote.target().copied(),
            SignedConsensusMsg::Proposal(proposal) => Some(proposal.value.0),
        };
        if self.is_validator && !self.recovering && !self.log.is_synced() {
            return Err(Stop::Broken("a message leaves before the log is synced".into()));
        }
        // A precommit follows others' prevotes, also for a block that is not here.
        let needs_block = !matches!(message, SignedConsensusMsg::Vote(vote) if vote.kind == VoteKind::Precommit);
        let Some(target) = target.filter(|_| needs_block && message.height().0 == self.application.head().height + 1)
        else {
            return Ok(());
        };
        let kept = self.parts.blocks.undecided().map_err(|error| Stop::Disk(error.to_string()))?;
        if kept.iter().any(|kept| kept.init.target == target && kept.valid) {
            return Ok(());
        }
        Err(Stop::Broken(format!("a message for the block {target} leaves before the block is durable")))
    }

    fn schedule(&mut self, timeout: Timeout) {
        let duration = match timeout.kind {
            TimeoutKind::FinalizeHeight(_) => {
                let since = Duration::from_micros(self.now - self.started);
                self.target_time.unwrap_or_default().saturating_sub(since)
            }
            _ => self.timeouts.duration_for(timeout),
        };
        self.timers.retain(|(known, _)| *known != timeout);
        self.timer_number += 1;
        self.timers.push((timeout, self.timer_number));
        self.out.push(Out::Timeout(timeout, self.timer_number, duration.as_micros() as u64));
    }
}

/// A node's name on the network.
pub fn peer_id(index: usize) -> PeerId {
    // The protobuf of an Ed25519 key, as it is: its first two bytes are type and length of the key.
    let mut bytes = vec![0, 36, 8, 1, 18, 32];
    bytes.extend([index as u8; 32]);
    PeerId::from_bytes(&bytes).expect("it is a multihash")
}

fn proposed(value: Value) -> ProposedValue<IcnContext> {
    ProposedValue {
        height: Height(value.height),
        round: Round::new(value.round),
        valid_round: Round::from(value.valid_round),
        proposer: Address(value.proposer),
        value: BlockRef(value.target),
        validity: Validity::from_bool(value.valid),
    }
}
