//! The application under the engine, as a state machine: inputs in, effects out. It owns no socket, clock, thread or store; drivers
//! answer its effects, in the node with actors and workers, in the simulator with a queue.
//!
//! Terms: the *head* is the highest decided block; a *candidate* is a block that is proposed for the height after it. [`Chain`] is
//! what lies below: it builds, verifies and commits, and makes durable what must be before an answer leaves.
//!
//! Rules (architecture §6; R1–R8 of the engine):
//! - A block is durable before its verdict or proposal leaves (R1): [`Chain::build`] and [`Chain::verify`] see to it.
//! - `GetValue` has one answer for a height and round, after a restart too (R2).
//! - A height starts when the block before it is committed (R3), and committing twice changes nothing (R4).
//! - What comes with `Finalized` is best effort (R5). Nothing is ever restarted (R6).
//! - `Invalid` is only what every node must find, for ever (R7). Everything else waits.
//! - The next height starts when there is work: see [`Application::has_work`].

mod chain;
mod evidence;
mod input;
mod timeliness;

#[cfg(test)]
mod tests;

pub use chain::{
    BuildJob, Chain, ChainError, CommitJob, DecidedBlock, Head, Origin, Proposed, Sealer, Verdict, VerifyJob,
};
pub use input::{Effect, Input, Surroundings, SyncOutcome, Token, Value};
pub use timeliness::{message_delay, timeliness, Timeliness, MESSAGE_DELAY_MS, PRECISION_MS};

use crate::parts::{split, Assemblies, Init, Outcome, Peer, ProposalPart};
use evidence::EvidencePool;
use icn_primitives::{Moment, Target};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// Longest time for which transactions are taken into a block.
const BUILD_TIME_MAX: Duration = Duration::from_secs(2);

/// A block proposed for the height after the head.
struct Candidate {
    init: Init,
    block: Arc<[u8]>,
    status: Status,
}

/// What is known of a candidate.
enum Status {
    /// It is being executed; these questions wait for the verdict.
    Verifying { waiting: Vec<Token>, received: Moment },
    /// It lists records that are not here: these questions wait for them.
    Unavailable { waiting: Vec<Token>, received: Moment },
    /// It is valid, but its time has not come: these questions wait for it.
    Untimely { waiting: Vec<Token>, received: Moment },
    /// It may be voted for, or not.
    Judged { valid: bool },
}

/// A block of which all parts are here, and the question for it.
struct Completed {
    init: Init,
    block: Arc<[u8]>,
    token: Token,
    received: Moment,
}

/// The state machine.
pub struct Application {
    sealer: Option<Arc<Sealer>>,
    head: Head,
    candidates: BTreeMap<Target, Candidate>,
    /// Blocks of heights that have not begun.
    early: Vec<Completed>,
    assemblies: Assemblies,
    /// The engine waits for a block of this height and round.
    building: Option<(u64, u32, Token)>,
    /// The engine waits for this height to be committed.
    committing: Option<(u64, Token)>,
    /// The engine waits for the next height, the first one of this process included.
    finalized: Option<Token>,
    evidence: EvidencePool,
    /// The round of the height that is being decided.
    round: u32,
    /// Somebody asked for a block, empty or not.
    requested: bool,
    /// A validator proposes a block for this height or the next, or this one was being decided before a restart.
    stirred: bool,
    /// When the last height started, by the chain's time.
    started: Moment,
    /// Proposals found invalid.
    invalid: u64,
}

impl Application {
    /// The application over `head`. `sealer` is there when this node has a validator's key; `known` is what was durable for the
    /// height after the head.
    pub fn new(chain_id: Arc<str>, head: Head, sealer: Option<Arc<Sealer>>, known: Vec<Proposed>) -> Self {
        let stirred = !known.is_empty();
        let candidates = known.into_iter().map(|proposed| {
            let Proposed { init, block, valid } = proposed;
            // When a kept block came is not known any more; whether its time has come, the clock says.
            let status =
                if valid { Status::Untimely { waiting: Vec::new(), received: 0 } } else { Status::Judged { valid } };
            (init.target, Candidate { init, block, status })
        });
        let mut assemblies = Assemblies::new(chain_id);
        assemblies.start_height(head.height + 1, &head.validators);
        Self {
            sealer,
            candidates: candidates.collect(),
            head,
            early: Vec::new(),
            assemblies,
            building: None,
            committing: None,
            finalized: None,
            evidence: EvidencePool::default(),
            round: 0,
            requested: false,
            stirred,
            started: 0,
            invalid: 0,
        }
    }

    /// The highest decided block.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// How many proposals were found invalid.
    pub fn invalid_proposals(&self) -> u64 {
        self.invalid
    }

    /// Whether the engine waits for the next height, for want of work.
    pub fn is_idle(&self) -> bool {
        self.finalized.is_some() && self.committing.is_none()
    }

    /// Whether there is a reason to start the next height: a transaction, a due call, evidence, somebody's wish, or a peer that is
    /// ahead. There is none when another binary makes the next block.
    pub fn has_work(&self, around: &Surroundings) -> bool {
        let due = self.head.due.is_some_and(|due| due <= around.now);
        let ahead = around.peer_head > self.head.height;
        let work = around.ready || self.requested || self.stirred || due || ahead || !self.evidence.is_empty();
        work && !self.head.halted
    }

    /// When the next height may start. Blocks that are asked for by name, or that others propose, do not wait.
    fn start_from(&self) -> Moment {
        let pause = self.head.minimum_interval.as_millis().try_into().unwrap_or(Moment::MAX);
        if self.requested || self.stirred {
            0
        } else {
            self.started.saturating_add(pause)
        }
    }

    /// Drops evidence that does not hold on the head any more.
    pub fn retain_evidence(&mut self, holds: impl FnMut(&icn_primitives::DuplicateVote) -> bool) {
        self.evidence.retain(holds);
    }

    /// Handles an input; what follows from it.
    pub fn handle(&mut self, input: Input, around: &Surroundings) -> Vec<Effect> {
        let mut effects = Vec::new();
        match input {
            Input::ConsensusReady(token) => self.finalized = Some(token),
            Input::StartedRound { height, round, token } => {
                self.started_round(height, round, token, around, &mut effects);
            }
            Input::GetValue { height, round, timeout, token } => {
                self.get_value((height, round), timeout, token, around, &mut effects);
            }
            Input::Part { from, part, token } => self.part(from, part, token, around, &mut effects),
            Input::Restream { height, target } => self.restream(height, target, &mut effects),
            Input::Decided { height, target, commit, token } => {
                self.decided(CommitJob { height, target, commit }, token, &mut effects);
            }
            Input::Finalized { height, commit, evidence, token } => {
                evidence.into_iter().for_each(|evidence| self.evidence.add(evidence));
                effects.push(Effect::Improve(height, commit));
                self.finalized = Some(token);
            }
            Input::Synced { height, round, proposer, block, token } => {
                self.synced(VerifyJob { height, origin: Origin::Sync { round, proposer }, block }, token, &mut effects);
            }
            Input::Built { height, round, made } => self.built((height, round), made, &mut effects),
            Input::Verified { claimed, verdict } => self.verified(claimed, verdict, around, &mut effects),
            Input::SyncVerified { token, height, round, proposer, verdict } => {
                let value = |target, valid| Value { height, round, valid_round: None, proposer, target, valid };
                let outcome = match verdict {
                    Some(Verdict::Valid(target)) => SyncOutcome::Verdict(value(target, true)),
                    // A certified block that this node finds invalid: this binary differs from the others'.
                    Some(Verdict::Invalid { reason }) => {
                        tracing::error!(height, %reason, "a decided block is invalid here: is this the right version?");
                        SyncOutcome::Transient
                    }
                    Some(Verdict::Undecodable) => SyncOutcome::PeerFault,
                    Some(Verdict::Unavailable(_)) | None => SyncOutcome::Transient,
                };
                effects.push(Effect::Synced(token, outcome));
            }
            Input::Committed(head) => self.committed(head, around, &mut effects),
            Input::MakeBlock => self.requested = true,
            Input::Wake => self.judge_untimely(around, &mut effects),
            Input::RecordsArrived => self.verify_again(&mut effects),
        }
        self.start_next(around, &mut effects);
        effects
    }

    /// Starts the next height when the engine waits for it and there is work.
    fn start_next(&mut self, around: &Surroundings, effects: &mut Vec<Effect>) {
        if !self.is_idle() {
            return;
        }
        if !self.has_work(around) {
            effects.extend(self.head.due.filter(|_| !self.head.halted).map(Effect::WakeAt));
            return;
        }
        if self.start_from() > around.now {
            effects.push(Effect::WakeAt(self.start_from()));
            return;
        }
        if let Some(token) = self.finalized.take() {
            self.started = around.now;
            effects.push(Effect::Start(token, Box::new(self.head.clone())));
        }
    }

    /// The height that is being decided.
    fn height(&self) -> u64 {
        self.head.height + 1
    }

    fn started_round(
        &mut self,
        height: u64,
        round: u32,
        token: Token,
        around: &Surroundings,
        effects: &mut Vec<Effect>,
    ) {
        if height == self.height() {
            self.round = round;
            self.assemblies.enter_round(round);
            self.judge_untimely(around, effects);
        }
        let judged = self.candidates.values().filter_map(|candidate| match candidate.status {
            Status::Judged { valid } if height == candidate.init.height => Some(value_of(&candidate.init, valid)),
            _ => None,
        });
        effects.push(Effect::Known(token, judged.collect()));
        if round > 0 {
            // The others may not know that this height has begun.
            effects.push(Effect::Stir(height));
        }
    }

    fn get_value(
        &mut self,
        (height, round): (u64, u32),
        timeout: Duration,
        token: Token,
        around: &Surroundings,
        effects: &mut Vec<Effect>,
    ) {
        let Some(sealer) = self.sealer.clone().filter(|_| height == self.height()) else {
            effects.push(Effect::Nothing(token));
            return;
        };
        let own = self.candidates.values().find(|candidate| {
            let init = &candidate.init;
            (init.height, init.round, init.proposer) == (height, round, sealer.address)
        });
        if let Some(candidate) = own {
            effects.push(Effect::Propose(token, value_of(&candidate.init, true)));
            effects.push(Effect::Publish(parts_of(&candidate.init, &candidate.block)));
            return;
        }
        let before = self.building.replace((height, round, token));
        effects.extend(before.map(|(_, _, token)| Effect::Nothing(token)));
        if before.is_some_and(|before| (before.0, before.1) == (height, round)) {
            // One block for a height and round: the one that is being made answers this question.
            return;
        }
        effects.push(Effect::Build(BuildJob {
            height,
            round,
            time: around.now.max(self.head.time + 1),
            // The others take as long to execute it, and then everybody votes.
            budget: (timeout / 4).min(BUILD_TIME_MAX),
            evidence: self.evidence.first(),
            sealer,
        }));
    }

    fn built(&mut self, at: (u64, u32), made: Option<Proposed>, effects: &mut Vec<Effect>) {
        let Some((_, _, token)) = self.building.take_if(|(height, round, _)| (*height, *round) == at) else {
            return;
        };
        let Some(Proposed { init, block, valid }) = made.filter(|made| (made.init.height, made.init.round) == at)
        else {
            effects.push(Effect::Nothing(token));
            return;
        };
        effects.push(Effect::Propose(token, value_of(&init, valid)));
        effects.push(Effect::Publish(parts_of(&init, &block)));
        self.candidates.insert(init.target, Candidate { init, block, status: Status::Judged { valid } });
    }

    fn part(&mut self, from: Peer, part: ProposalPart, token: Token, around: &Surroundings, effects: &mut Vec<Effect>) {
        match self.assemblies.receive(from, part) {
            Outcome::Complete { init, block } => {
                // For the height after, the others have decided this one.
                self.stirred |= init.height >= self.height();
                self.completed(Completed { init, block, token, received: around.now }, around, effects);
            }
            Outcome::Refused(refusal) => {
                tracing::debug!(?refusal, "a part of a proposal is refused");
                effects.push(Effect::Nothing(token));
            }
            Outcome::Stored | Outcome::Duplicate => effects.push(Effect::Nothing(token)),
        }
    }

    /// A block is complete.
    fn completed(&mut self, completed: Completed, around: &Surroundings, effects: &mut Vec<Effect>) {
        let height = completed.init.height;
        if height == self.height() + 1 || (height == self.height() && self.committing.is_some()) {
            // `Assemblies` bounds how many there can be.
            self.early.push(completed);
            return;
        }
        let Completed { init, block, token, received } = completed;
        if init.height != self.height() {
            effects.push(Effect::Nothing(token));
            return;
        }
        match self.candidates.get_mut(&init.target) {
            None => {
                let job = VerifyJob { height: init.height, origin: Origin::Parts(init.clone()), block: block.clone() };
                effects.push(Effect::Verify(init.target, job));
                let status = Status::Verifying { waiting: vec![token], received };
                self.candidates.insert(init.target, Candidate { init, block, status });
            }
            Some(candidate) => match &mut candidate.status {
                Status::Judged { valid } => effects.push(Effect::Found(token, value_of(&init, *valid))),
                Status::Verifying { waiting, .. } | Status::Unavailable { waiting, .. } => waiting.push(token),
                Status::Untimely { waiting, .. } => {
                    waiting.push(token);
                    self.judge_untimely(around, effects);
                }
            },
        }
    }

    fn verified(
        &mut self,
        claimed: Target,
        verdict: Option<Verdict>,
        around: &Surroundings,
        effects: &mut Vec<Effect>,
    ) {
        let Some(candidate) = self.candidates.get_mut(&claimed) else { return };
        let Status::Verifying { waiting, received } = &mut candidate.status else { return };
        let (waiting, received) = (std::mem::take(waiting), *received);
        let reason = match verdict {
            Some(Verdict::Valid(target)) if target == claimed => {
                candidate.status = Status::Untimely { waiting, received };
                return self.judge_untimely(around, effects);
            }
            Some(Verdict::Unavailable(target)) if target == claimed => {
                candidate.status = Status::Unavailable { waiting, received };
                return;
            }
            Some(Verdict::Valid(target) | Verdict::Unavailable(target)) => format!("it is the block {target}"),
            Some(Verdict::Invalid { reason }) => reason,
            Some(Verdict::Undecodable) => "it does not decode".into(),
            // Another binary judges it.
            None => {
                self.candidates.remove(&claimed);
                effects.extend(waiting.into_iter().map(Effect::Nothing));
                return;
            }
        };
        let Init { height, round, proposer, .. } = candidate.init;
        tracing::warn!(height, round, proposer = %hex::encode_upper(proposer), block = %claimed, %reason, "invalid proposal");
        self.invalid += 1;
        let value = value_of(&candidate.init, false);
        candidate.status = Status::Judged { valid: false };
        effects.extend(waiting.into_iter().map(|token| Effect::Found(token, value)));
    }

    /// Verifies again the candidates that lacked records: some have come. While one is committed, the others are not needed.
    fn verify_again(&mut self, effects: &mut Vec<Effect>) {
        if self.committing.is_some() {
            return;
        }
        for (target, candidate) in &mut self.candidates {
            let Status::Unavailable { waiting, received } = &mut candidate.status else { continue };
            candidate.status = Status::Verifying { waiting: std::mem::take(waiting), received: *received };
            let Candidate { init, block, .. } = candidate;
            let origin = Origin::Parts(init.clone());
            effects.push(Effect::Verify(*target, VerifyJob { height: init.height, origin, block: block.clone() }));
        }
    }

    /// Answers for the valid candidates whose time has come.
    fn judge_untimely(&mut self, around: &Surroundings, effects: &mut Vec<Effect>) {
        for candidate in self.candidates.values_mut() {
            let Status::Untimely { waiting, received } = &mut candidate.status else { continue };
            let judged = match timeliness(candidate.init.target.time, *received, self.round) {
                Timeliness::Timely => true,
                Timeliness::Early(from) if from <= around.now => true,
                Timeliness::Early(from) => {
                    effects.push(Effect::WakeAt(from));
                    false
                }
                Timeliness::Late => false,
            };
            if judged {
                let value = value_of(&candidate.init, true);
                effects.extend(std::mem::take(waiting).into_iter().map(|token| Effect::Found(token, value)));
                candidate.status = Status::Judged { valid: true };
            }
        }
    }

    fn restream(&mut self, height: u64, target: Target, effects: &mut Vec<Effect>) {
        let candidate = self.candidates.get(&target).filter(|_| height == self.height());
        effects.extend(candidate.map(|candidate| Effect::Publish(parts_of(&candidate.init, &candidate.block))));
    }

    fn decided(&mut self, job: CommitJob, token: Token, effects: &mut Vec<Effect>) {
        if job.height <= self.head.height {
            // It was committed before a crash.
            effects.push(Effect::Committed(token));
            return;
        }
        self.committing = Some((job.height, token));
        effects.push(Effect::Commit(job));
    }

    fn committed(&mut self, head: Head, around: &Surroundings, effects: &mut Vec<Effect>) {
        if let Some((_, token)) = self.committing.take_if(|(height, _)| *height <= head.height) {
            effects.push(Effect::Committed(token));
        }
        self.head = head;
        let unanswered = std::mem::take(&mut self.candidates).into_values();
        effects.extend(unanswered.flat_map(|candidate| candidate.status.into_waiting()).map(Effect::Nothing));
        effects.extend(self.building.take().map(|(_, _, token)| Effect::Nothing(token)));
        (self.requested, self.stirred, self.round) = (false, false, 0);
        self.assemblies.start_height(self.height(), &self.head.validators);
        for mut early in std::mem::take(&mut self.early) {
            // The validators of this height are known only now.
            if early.init.height != self.height() || self.assemblies.accepts(&early.init) {
                self.stirred |= early.init.height == self.height();
                early.received = early.received.min(around.now);
                self.completed(early, around, effects);
            } else {
                effects.push(Effect::Nothing(early.token));
            }
        }
    }

    fn synced(&mut self, job: VerifyJob, token: Token, effects: &mut Vec<Effect>) {
        if job.height == self.height() && self.committing.is_none() {
            effects.push(Effect::VerifySynced(token, job));
        } else {
            effects.push(Effect::Synced(token, SyncOutcome::Transient));
        }
    }
}

impl Status {
    fn into_waiting(self) -> Vec<Token> {
        match self {
            Self::Verifying { waiting, .. } | Self::Unavailable { waiting, .. } | Self::Untimely { waiting, .. } => {
                waiting
            }
            Self::Judged { .. } => Vec::new(),
        }
    }
}

fn value_of(init: &Init, valid: bool) -> Value {
    let Init { height, round, pol_round, proposer, target, .. } = *init;
    Value { height, round, valid_round: pol_round, proposer, target, valid }
}

fn parts_of(init: &Init, block: &[u8]) -> Vec<ProposalPart> {
    split(block).1.into_iter().map(|chunk| ProposalPart::Piece(init.clone(), chunk)).collect()
}
