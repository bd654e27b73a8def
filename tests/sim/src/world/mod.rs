//! The network: time, messages, weather, and what is done to the nodes.

mod people;
mod scribes;
mod seals;
mod weather;

use crate::{
    adversary::{Adversary, Kind},
    judge::{Judge, Verdict},
    message::Message,
    node::{Beginning, Node},
    notary::{Finding, Notary},
    process::{JobKind, Out, Process, Stop},
    report::{Counts, Options, Report, Violation},
};
use icn_consensus::application::{Surroundings, PRECISION_MS};
use icn_primitives::ValidatorSet;
use icn_runtime::version::simulate;
use icn_storage::Fault;
use icn_tests::{account::Account, random::Random};
use malachitebft_core_types::Timeout;
use people::document;
use scribes::Scribes;
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Time between two of a node's looks around, in microseconds.
const TICK: u64 = 2_000_000;

/// How long a healed network may take to decide as many blocks, in microseconds.
const HEALED_FOR: u64 = 300_000_000;
const HEALED_BLOCKS: u64 = 4;

/// The chain's time, after block 0, when a run begins, and how far a node's clock may be off, in milliseconds.
const CLOCK_START: u64 = 10_000;
const SKEW_MAX: u64 = 200;

/// Accounts that send transactions; the first is the one that may do everything.
const ACCOUNTS: u32 = 6;

enum Event {
    Start(usize),
    Deliver { from: usize, to: usize, message: Arc<Message> },
    Timeout { node: usize, boot: u64, timeout: Timeout, number: u64 },
    Job { node: usize, boot: u64 },
    Wake { node: usize, boot: u64 },
    Tick { node: usize, boot: u64 },
    Install(usize),
    Weather,
    Traffic,
    Scribe,
    Operator,
    Fault,
}

/// How the network is.
struct Weather {
    delay: (u64, u64),
    lost: u64,
    doubled: u64,
    /// To which part each node belongs.
    parts: Vec<u8>,
    /// Faults in a thousand chances.
    faults: u64,
    /// Whether blocks are asked for all the time.
    busy: bool,
}

/// A run.
pub struct World {
    seed: u64,
    options: Options,
    random: Random,
    now: u64,
    sequence: u64,
    events: BTreeMap<(u64, u64), Event>,
    nodes: Vec<Node>,
    adversaries: BTreeMap<usize, Adversary>,
    beginning: Beginning,
    weather: Weather,
    judge: Judge,
    notary: Notary,
    counts: Counts,
    trace: Sha256,
    accounts: Vec<Account>,
    /// Nodes whose log was lost, which count as faulty from then on.
    faulty: BTreeSet<usize>,
    set: ValidatorSet,
    healed: bool,
    scribes: Scribes,
}

impl World {
    /// The beginning of the run with a seed.
    pub fn new(seed: u64, options: Options) -> Self {
        let mut random = Random::new(seed ^ 0x1c4e_5eed);
        let validators = *random.pick(&[4, 4, 4, 4, 4, 4, 3, 5, 7]);
        let spares = random.below(2) as usize;
        let validators = if options.adversaries.is_some() { validators.max(4) } else { validators };
        let most = (validators - 1) / 3;
        let bad = random.below(most as u64 + 1) as usize;
        let bad = if options.adversaries.is_some() { most } else { bad };
        let accounts: Vec<_> = (0..ACCOUNTS).map(Account::repeatable).collect();
        let beginning = Beginning::new(&document(validators, &accounts));
        let mut nodes = Vec::new();
        let mut adversaries = BTreeMap::new();
        for index in 0..validators + spares {
            let honest = index >= bad;
            let skew = random.below(2 * SKEW_MAX + 1) as i64 - SKEW_MAX as i64;
            let node = Node::new(index, honest, skew, random.any(), options.plant);
            if !honest {
                let any = *random.pick(&Kind::ALL);
                let kind = options.adversaries.unwrap_or(any);
                adversaries.insert(index, Adversary::new(kind, node.key().clone()));
            }
            nodes.push(node);
        }
        let (judge, set) = (Judge::new(&beginning.context.chain_id), beginning.validators().clone());
        let parts = vec![0; nodes.len()];
        let weather = Weather { delay: (1_000, 20_000), lost: 0, doubled: 0, parts, faults: 0, busy: true };
        let counts = Counts { seeds: 1, adversaries: adversaries.len() as u64, ..Counts::default() };
        let mut world = Self {
            seed,
            options,
            random,
            now: 0,
            sequence: 0,
            events: BTreeMap::new(),
            nodes,
            adversaries,
            beginning,
            weather,
            judge,
            notary: Notary::default(),
            counts,
            trace: Sha256::new(),
            accounts,
            faulty: BTreeSet::new(),
            set,
            healed: false,
            scribes: Scribes::default(),
        };
        for index in 0..world.nodes.len() {
            let at = world.random.below(500_000);
            world.after(at, Event::Start(index));
        }
        world.after(5_000_000, Event::Weather);
        world.after(500_000, Event::Traffic);
        world.after(700_000, Event::Scribe);
        world.after(8_000_000, Event::Operator);
        world.after(1_000_000, Event::Fault);
        world
    }

    /// Lets everything happen, then heals the network and sees whether it gets on.
    ///
    /// # Errors
    /// What happened that never may.
    pub fn run(mut self) -> Result<Report, Violation> {
        let mut result = self.wild();
        if result.is_ok() {
            result = self.heal();
        }
        if result.is_ok() {
            result = self.check_stores();
        }
        match result {
            Ok(()) => Ok(Report { counts: self.counts, trace: self.trace.finalize().into() }),
            Err(words) => Err(Violation { seed: self.seed, step: self.counts.steps, words }),
        }
    }

    fn wild(&mut self) -> Result<(), String> {
        while self.counts.steps < self.options.steps {
            self.step()?;
        }
        Ok(())
    }

    /// Everyone runs, everyone hears everyone: blocks must be decided by all.
    fn heal(&mut self) -> Result<(), String> {
        self.healed = true;
        self.weather = Weather {
            delay: (1_000, 20_000),
            lost: 0,
            doubled: 0,
            parts: vec![0; self.nodes.len()],
            faults: 0,
            busy: true,
        };
        for node in &mut self.nodes {
            if let Some(process) = &mut node.process {
                process.shell_mut().set_fuse(None);
            }
            node.disk().fail_after(u64::MAX / 2, Fault::Io);
        }
        let (goal, end) = (self.judge.height() + HEALED_BLOCKS, self.now + HEALED_FOR);
        // An epoch that waits for signatures which honest nodes can make gets them.
        let honest = self.nodes.iter().filter(|node| node.honest).filter_map(Node::sealing_key);
        let waits = self.notary.can_be_sealed_by(&honest.collect::<Vec<_>>());
        let seals = self.notary.sealed + u64::from(waits);
        loop {
            let behind = |node: &&Node| {
                node.honest
                    && node.process.as_ref().is_none_or(|process| process.shell().application().head().height < goal)
            };
            let sealed = self.notary.sealed >= seals;
            let Some(behind) = self.nodes.iter().find(behind).map(|node| node.index).or((!sealed).then_some(0)) else {
                return Ok(());
            };
            if self.now > end {
                let place = |node: &Node| match &node.process {
                    Some(process) => format!("{}: {}", node.index, process.shell().place()),
                    None => format!("{}: down", node.index),
                };
                let places: Vec<_> = self.nodes.iter().map(place).collect();
                return Err(format!(
                    "no liveness: node {behind} is not at block {goal}, or no epoch is sealed, after healing; {}",
                    places.join("; ")
                ));
            }
            self.step()?;
        }
    }

    /// Every store has the blocks that were decided, and is whole, as `icn check` finds it.
    fn check_stores(&mut self) -> Result<(), String> {
        // One of them for each run: it takes as long as the run.
        let checked = self.random.below(self.nodes.len() as u64) as usize;
        for node in &mut self.nodes {
            node.crash(&mut self.random);
            if !node.honest {
                continue;
            }
            let store = node.open(&self.beginning).map_err(|error| error.to_string())?;
            if node.index == checked {
                let report = store.check(&mut |_| {}).map_err(|error| error.to_string())?;
                if !report.is_clean() {
                    return Err(format!("the store of node {} is not whole: {report:?}", node.index));
                }
            }
            scribes::check_logs(&store).map_err(|words| format!("node {}: {words}", node.index))?;
            for (height, decided) in self.judge.decided().range(..=u64::from(store.head().number)) {
                let hash = store.hash_at(*height as u32).map_err(|error| error.to_string())?;
                if hash != Some(decided.hash) {
                    return Err(format!("node {} has another block {height}: {hash:?}", node.index));
                }
            }
        }
        Ok(())
    }

    fn after(&mut self, delay: u64, event: Event) {
        self.sequence += 1;
        self.events.insert((self.now + delay, self.sequence), event);
    }

    fn note(&mut self, what: u8, node: usize, more: u64) {
        self.trace.update([what, node as u8]);
        self.trace.update(self.now.to_le_bytes());
        self.trace.update(more.to_le_bytes());
    }

    #[allow(clippy::print_stderr)]
    fn say(&self, words: impl FnOnce() -> String) {
        if self.options.verbose {
            eprintln!("{:>10.3} {}", self.now as f64 / 1e6, words());
        }
    }

    /// The chain's time by a node's clock.
    fn clock(&self, node: usize) -> u64 {
        let milliseconds = self.beginning.time() + CLOCK_START + self.now / 1000;
        milliseconds.saturating_add_signed(self.nodes[node].skew)
    }

    fn around(&self, node: usize) -> Surroundings {
        let process = self.nodes[node].process.as_ref();
        let waiting = process.is_some_and(|process| {
            let parts = process.shell().parts();
            parts.pool.ready().next().is_some() || !parts.records.waiting().is_empty() || parts.seals.is_complete()
        });
        Surroundings { now: self.clock(node), ready: waiting || self.weather.busy, peer_head: 0 }
    }

    fn step(&mut self) -> Result<(), String> {
        let Some(((time, _), event)) = self.events.pop_first() else { return Err("nothing happens any more".into()) };
        self.now = time;
        self.counts.steps += 1;
        match event {
            Event::Start(node) => self.start(node),
            Event::Deliver { from, to, message } => {
                if let Some(adversary) = self.adversaries.get_mut(&to) {
                    adversary.hear(&message);
                }
                self.note(1, to, from as u64);
                self.say(|| format!("{from} → {to}: {message}"));
                self.act(to, |process, now, around| process.receive(now, around, from, Message::clone(&message)))
            }
            Event::Timeout { node, boot, timeout, number } => {
                self.note(2, node, number);
                self.of_boot(node, boot, |process, now, around| process.timeout(now, around, timeout, number))
            }
            Event::Job { node, boot } => {
                self.note(3, node, boot);
                self.of_boot(node, boot, |process, now, around| process.job(now, around))
            }
            Event::Wake { node, boot } => {
                if self.nodes[node].wake != Some((boot, self.now)) {
                    // It is to wake earlier.
                    return Ok(());
                }
                self.nodes[node].wake = None;
                self.note(4, node, boot);
                self.of_boot(node, boot, |process, now, around| process.wake(now, around))
            }
            Event::Tick { node, boot } => {
                self.note(5, node, boot);
                if self.nodes[node].boot == boot {
                    self.after(TICK, Event::Tick { node, boot });
                }
                self.of_boot(node, boot, |process, now, around| process.tick(now, around))
            }
            Event::Install(node) => {
                self.installed(node);
                Ok(())
            }
            Event::Weather => self.change_weather(),
            Event::Traffic => self.traffic(),
            Event::Scribe => self.write(),
            Event::Operator => self.operate(),
            Event::Fault => self.fault(),
        }
    }

    fn of_boot(
        &mut self,
        node: usize,
        boot: u64,
        act: impl FnOnce(&mut Process, u64, Surroundings) -> Result<(), Stop>,
    ) -> Result<(), String> {
        if self.nodes[node].boot != boot {
            return Ok(());
        }
        self.act(node, act)
    }

    /// Lets a node do something, then carries out what leaves it.
    fn act(
        &mut self,
        node: usize,
        act: impl FnOnce(&mut Process, u64, Surroundings) -> Result<(), Stop>,
    ) -> Result<(), String> {
        let (now, around) = (self.now, self.around(node));
        let spec_version = self.nodes[node].spec_version;
        let Some(process) = &mut self.nodes[node].process else { return Ok(()) };
        let result = simulate(spec_version, || act(process, now, around));
        let out = process.take_out();
        simulate(spec_version, || self.carry_out(node, out))?;
        self.install(node);
        match result {
            Err(stop) if self.nodes[node].process.is_some() => self.stopped(node, stop),
            _ => Ok(()),
        }
    }

    /// Installs the binary that the chain agreed on where the chain waits for it.
    fn install(&mut self, node: usize) {
        let Some(process) = &self.nodes[node].process else { return };
        let head = process.shell().application().head();
        if !head.halted || self.nodes[node].installing {
            return;
        }
        let Some(due) = process.shell().due_version().filter(|due| *due != self.nodes[node].spec_version) else {
            return;
        };
        self.nodes[node].next_version = due;
        self.nodes[node].installing = true;
        let delay = self.random.between(100_000, 6_000_000);
        self.after(delay, Event::Install(node));
    }

    fn installed(&mut self, node: usize) {
        let installed = &mut self.nodes[node];
        (installed.spec_version, installed.installing) = (installed.next_version, false);
        installed.end();
        self.counts.upgrades += 1;
        self.note(9, node, self.nodes[node].spec_version.into());
        self.say(|| format!("node {node} is of version {}", self.nodes[node].spec_version));
        self.after(200_000, Event::Start(node));
    }

    fn stopped(&mut self, node: usize, stop: Stop) -> Result<(), String> {
        self.say(|| format!("node {node} stops: {stop:?}"));
        match stop {
            Stop::Broken(words) if self.nodes[node].honest => return Err(format!("node {node}: {words}")),
            Stop::CaughtUp => {
                self.counts.caught_up += 1;
                self.nodes[node].end();
                self.after(100_000, Event::Start(node));
                return Ok(());
            }
            Stop::Crash | Stop::Broken(_) => {}
            Stop::Disk(words) if self.nodes[node].honest && !self.nodes[node].disk_fails => {
                return Err(format!("node {node} cannot go on: {words}"))
            }
            Stop::Disk(_) => {}
            Stop::Refused(_) => self.counts.refusals += 1,
        }
        self.cut_power(node);
        Ok(())
    }

    fn cut_power(&mut self, node: usize) {
        self.note(6, node, self.nodes[node].boot);
        self.say(|| format!("node {node} loses power"));
        let unsynced = self.nodes[node].crash(&mut self.random);
        self.counts.crashes += 1;
        self.counts.torn += u64::from(unsynced > 0);
        let delay = match self.random.below(4) {
            0 => self.random.between(1_000, 100_000),
            1 | 2 => self.random.between(100_000, 3_000_000),
            _ => self.random.between(1_000_000, 20_000_000),
        };
        self.after(delay, Event::Start(node));
    }

    fn start(&mut self, node: usize) -> Result<(), String> {
        if self.nodes[node].process.is_some() {
            return Ok(());
        }
        let (starting, beginning) = (&mut self.nodes[node], &self.beginning);
        if let Err(stop) = simulate(starting.spec_version, || starting.start(beginning)) {
            return self.stopped(node, stop);
        }
        let boot = self.nodes[node].boot;
        self.note(7, node, boot);
        self.say(|| format!("node {node} starts"));
        self.after(self.now % 7 * 100_000 + 50_000, Event::Tick { node, boot });
        self.act(node, |process, now, around| process.ready(now, around))
    }

    fn carry_out(&mut self, node: usize, out: Vec<Out>) -> Result<(), String> {
        let boot = self.nodes[node].boot;
        for out in out {
            if self.nodes[node].process.is_none() {
                return Ok(());
            }
            match out {
                Out::Send(to, message) => self.send(node, to, message)?,
                Out::Timeout(timeout, number, delay) => {
                    self.after(delay, Event::Timeout { node, boot, timeout, number });
                }
                Out::Job(kind) => {
                    let most = match kind {
                        JobKind::Build => 8_000,
                        JobKind::Verify => 6_000,
                        JobKind::Commit => 4_000,
                    };
                    let slow = if self.random.permille(5) { self.random.below(900_000) } else { 0 };
                    let delay = self.random.between(200, most) + slow;
                    if let Some(adversary) = self.adversaries.get(&node) {
                        let offset = adversary.offset(&mut self.random);
                        if let Some(process) = &mut self.nodes[node].process {
                            process.shell_mut().set_build_offset(offset);
                        }
                    }
                    self.after(delay, Event::Job { node, boot });
                }
                Out::Wake(at) => {
                    let delay = at.saturating_sub(self.clock(node)).min(60_000) * 1000;
                    // Like the node's driver, it remembers the earliest only.
                    let wake = (boot, self.now + delay);
                    let earlier = self.nodes[node].wake.is_some_and(|(of, at)| of == boot && at <= wake.1);
                    if !earlier {
                        self.nodes[node].wake = Some(wake);
                        self.after(delay, Event::Wake { node, boot });
                    }
                }
                Out::Committed(height) => self.committed(node, height)?,
                Out::Synced => self.counts.syncs += 1,
                Out::Unavailable if self.nodes[node].honest => self.counts.unavailable += 1,
                Out::Unavailable => {}
                Out::Invalid if self.nodes[node].honest => self.counts.invalid += 1,
                Out::Invalid => {}
                Out::Evidence if self.nodes[node].honest => self.counts.equivocations += 1,
                Out::Evidence => {}
                Out::Taken(init) => {
                    let honest = |proposer| self.nodes.iter().any(|node| node.honest && node.address() == proposer);
                    if self.nodes[node].honest && honest(init.proposer) {
                        self.judge.taken(&init).map_err(|words| format!("node {node}: {words}"))?;
                    }
                }
            }
        }
        Ok(())
    }

    fn committed(&mut self, node: usize, height: u64) -> Result<(), String> {
        if !self.nodes[node].honest {
            return Ok(());
        }
        let honest: BTreeSet<_> = self.nodes.iter().filter(|node| node.honest).map(Node::address).collect();
        let Some(process) = &self.nodes[node].process else { return Ok(()) };
        let shell = process.shell();
        let first = match self.judge.committed(height, shell, &honest) {
            Ok(first) => first,
            Err(Verdict::Disk(error)) => return self.stopped(node, Stop::Disk(error.to_string())),
            Err(Verdict::Never(words)) => return Err(format!("node {node}: {words}")),
        };
        match self.notary.committed(shell, self.judge.decided()) {
            Ok(()) => {}
            Err(Finding::Disk(words)) => return self.stopped(node, Stop::Disk(words)),
            Err(Finding::Never(words)) => return Err(format!("node {node}, block {height}: {words}")),
        }
        self.counts.sealed = self.notary.sealed;
        self.counts.signers_renewed = self.notary.renewed;
        self.counts.signers_changed = self.notary.changed;
        let Some(decided) = first else { return Ok(()) };
        let (time, known) = (shell.application().head().time, self.beginning.time() + CLOCK_START + self.now / 1000);
        if time > known + SKEW_MAX + PRECISION_MS {
            return Err(format!("block {height} is decided {} ms before its time", time - known));
        }
        let head = shell.parts().chain.store().head();
        let set = shell.application().head().validators.clone();
        let listed = icn_executor::inherent::anchors(&head.record.block.extrinsics);
        let signed = icn_executor::inherent::transactions(&head.record.block.extrinsics);
        self.counts.transactions += signed as u64;
        self.counts.records += listed.len() as u64;
        self.counts.heights += 1;
        self.counts.late_rounds += u64::from(decided.round > 0);
        self.counts.round_max = self.counts.round_max.max(decided.round.into());
        self.trace.update(decided.hash);
        let powers =
            |set: &ValidatorSet| -> Vec<_> { set.validators().iter().map(|one| (one.key, one.power)).collect() };
        if powers(&set) != powers(&self.set) {
            self.counts.set_changes += 1;
            let gone = self.adversaries.keys().map(|bad| self.nodes[*bad].address());
            let was = |address| self.set.validators().iter().any(|one| one.address() == address);
            let is = |address| set.validators().iter().any(|one| one.address() == address);
            // The operator never removes an adversary.
            self.counts.tombstoned += gone.filter(|address| was(*address) && !is(*address)).count() as u64;
        }
        self.set = set;
        self.say(|| format!("block {height} in round {} by node {node}", decided.round));
        Ok(())
    }

    fn send(&mut self, from: usize, to: Option<usize>, message: Message) -> Result<(), String> {
        if self.nodes[from].honest {
            match &message {
                Message::Consensus(message) => {
                    self.judge.sent(message)?;
                    self.holds_what_it_votes_for(from, message)?;
                }
                Message::Part(part) => self.judge.published(part),
                Message::Seals(seals) => return self.send_seals(from, seals.clone()),
                _ => {}
            }
            self.transmit(from, to, message);
            return Ok(());
        }
        let nodes = self.nodes.len();
        if let Message::Seals(seals) = message {
            self.send_bad_seals(from, seals);
            return Ok(());
        }
        if matches!(message, Message::Records(_)) {
            // What it lists nobody else gets to see.
            return Ok(());
        }
        let Some(adversary) = self.adversaries.get_mut(&from) else { return Ok(()) };
        let Some(process) = &self.nodes[from].process else { return Ok(()) };
        for (to, message) in adversary.send(to, message, process.shell(), nodes, &mut self.random) {
            self.transmit(from, to, message);
        }
        Ok(())
    }

    fn transmit(&mut self, from: usize, to: Option<usize>, message: Message) {
        let message = Arc::new(message);
        let others = match to {
            Some(to) => to..to + 1,
            None => 0..self.nodes.len(),
        };
        for to in others.filter(|to| *to != from) {
            if self.weather.parts[from] != self.weather.parts[to] || self.random.permille(self.weather.lost) {
                self.counts.lost += 1;
                continue;
            }
            let copies = 1 + u64::from(self.random.permille(self.weather.doubled));
            self.counts.doubled += copies - 1;
            for _ in 0..copies {
                let delay = self.random.between(self.weather.delay.0, self.weather.delay.1);
                self.after(delay, Event::Deliver { from, to, message: message.clone() });
            }
        }
    }
}
