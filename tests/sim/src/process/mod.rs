//! A node while it runs: the engine's core, the application, the chain and the pool, as the node's process wires them.
//!
//! What the actors of the real node do with threads and mailboxes happens here in one queue, to be repeated exactly. Everything that
//! leaves is collected in [`Out`]; everything that may be cut short by a crash burns the fuse first.

mod application;
mod engine;
mod peers;

use crate::{log::Log, message::Message, plant::Plant};
use codec::Decode as _;
use icn_consensus::{
    application::{
        Application, BuildJob, Chain as _, CommitJob, DecidedBlock, Head, Input as Told, Proposed, Sealer,
        Surroundings, Token, VerifyJob,
    },
    parts::Init,
    signing::{Signer, Verifier},
    Address, Height, IcnContext, Validators, Vote,
};
use icn_dag::Cid;
use icn_engine::Logged;
use icn_mempool::Pool;
use icn_node::service::{
    blocks::Blocks,
    chain::NodeChain,
    records::Records,
    seals::{Seals, Taken},
};
use icn_primitives::{BlockNumber, Moment, StateView as _, Target, ValidatorSet};
use icn_runtime::Runtime;
use icn_storage::SimulatedDisk;
use malachitebft_core_consensus::{
    gen::{CoResult, Gen},
    handle, Input, Params, PeerId, Resume, State, ValuePayload,
};
use malachitebft_core_types::{LinearTimeouts, Round, Timeout, ValidatorSet as _, VoteExtensionPolicy};
use malachitebft_metrics::Metrics;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{
        atomic::{AtomicU64, Ordering},
        Arc,
    },
    time::Duration,
};

/// Heights ahead whose messages the engine keeps, and messages of each, as the node sets them.
const FUTURE_HEIGHTS: usize = 10;
const MESSAGES_PER_HEIGHT: usize = 2_000;

/// Messages kept before the first height starts, the engine's own bound.
const EARLY_MAX: usize = 1024;

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
    /// A proposal lists records that are not here.
    Unavailable,
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
    /// Its signed records.
    pub records: Arc<Records<SimulatedDisk>>,
    /// Its seals.
    pub seals: Arc<Seals<SimulatedDisk>>,
    /// The chain's time, as the records see it.
    pub clock: Arc<AtomicU64>,
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
    /// The records that were asked for.
    records_asked: BTreeSet<Cid>,
    /// Signatures of bundles that are to be told.
    seals_told: tokio::sync::broadcast::Receiver<Taken>,
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
        let seals_told = parts.seals.told();
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
            records_asked: BTreeSet::new(),
            seals_told,
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
        self.shell.parts.clock.store(around.now, Ordering::Relaxed);
        self.shell.around = Surroundings { peer_head: self.shell.around.peer_head.max(around.peer_head), ..around };
        first(&mut self.shell)?;
        while let Some(local) = self.shell.local.pop_front() {
            match local {
                Local::Input(input) => self.feed(input)?,
                Local::Start(head) => self.start_height(&head)?,
            }
        }
        self.shell.ask_for_records();
        self.shell.tell_seals();
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
            let seals = shell.parts.seals.partials();
            if !seals.is_empty() {
                shell.send(Message::Seals(seals));
            }
            // What did not come is asked for again.
            shell.records_asked.clear();
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
    pub fn second_block(&self, height: u64, round: u32, time: Moment) -> Option<Proposed> {
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
}

/// A node's name on the network.
pub fn peer_id(index: usize) -> PeerId {
    // The protobuf of an Ed25519 key, as it is: its first two bytes are type and length of the key.
    let mut bytes = vec![0, 36, 8, 1, 18, 32];
    bytes.extend([index as u8; 32]);
    PeerId::from_bytes(&bytes).expect("it is a multihash")
}
