//! The application and the jobs on its chain, as the engine's driver and its thread carry them out.

use super::{Job, JobKind, Local, Out, Port, Shell, Stop};
use crate::{
    message::Message,
    plant::{is_known_content, seal_too_early, Plant},
};
use icn_consensus::{
    application::{Chain as _, Effect, Input as Told, Origin, SyncOutcome, Value, Verdict},
    BlockRef, Height,
};
use malachitebft_core_consensus::{Input, LocallyProposedValue, ProposedValue};
use malachitebft_core_types::{Round, ValueOrigin};
use std::time::Duration;

impl Shell {
    /// Tells the application something, and does what follows.
    pub(super) fn tell(&mut self, input: Told) -> Result<(), Stop> {
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

    pub(super) fn effected(&mut self, effect: Effect) {
        match effect {
            Effect::Start(token, head) => {
                self.ports.remove(&token);
                self.local.push_back(Local::Start(head));
            }
            Effect::Known(token, values) => {
                self.ports.remove(&token);
                let known = |value: Value| Local::Input(Input::ProposedValue(value.into(), ValueOrigin::Consensus));
                self.local.extend(values.into_iter().map(known));
            }
            Effect::Propose(token, value) => {
                if self.ports.remove(&token).is_some() {
                    let round = Round::new(value.round);
                    let value = LocallyProposedValue::new(Height(value.height), round, BlockRef(value.target));
                    self.local.push_back(Local::Input(Input::Propose(value)));
                }
            }
            Effect::Found(token, value) => {
                if self.ports.remove(&token).is_some() {
                    let value = Input::ProposedValue(value.into(), ValueOrigin::Consensus);
                    self.local.push_back(Local::Input(value));
                }
            }
            Effect::Nothing(token) => drop(self.ports.remove(&token)),
            Effect::Synced(token, outcome) => {
                if outcome == SyncOutcome::Transient {
                    // The engine's sync asks again.
                    self.used = None;
                }
                if let (Some(Port::Synced(round, target)), SyncOutcome::Verdict(value)) =
                    (self.ports.remove(&token), outcome)
                {
                    if value.target == target {
                        self.out.push(Out::Synced);
                        let value = ProposedValue { round, ..value.into() };
                        self.local.push_back(Local::Input(Input::ProposedValue(value, ValueOrigin::Sync)));
                    }
                }
            }
            Effect::Committed(token) => {
                if let Some(Port::Committed(height)) = self.ports.remove(&token) {
                    self.send(Message::Status(height));
                }
            }
            Effect::Publish(parts) => parts.into_iter().for_each(|part| self.send(Message::Part(part))),
            Effect::Build(job) => self.add_job(Job::Build(job)),
            Effect::Verify(claimed, job) => {
                if let Origin::Parts(init) = &job.origin {
                    self.out.push(Out::Taken(init.clone()));
                }
                self.add_job(Job::Verify(claimed, job));
            }
            Effect::VerifySynced(token, job) => self.add_job(Job::VerifySynced(token, job)),
            Effect::Commit(job) => self.add_job(Job::Commit(job)),
            Effect::Improve(height, commit) => self.add_job(Job::Improve(height, commit)),
            Effect::WakeAt(time) => self.out.push(Out::Wake(time)),
            Effect::Stir(height) => self.stir(height),
        }
    }

    pub(super) fn add_job(&mut self, job: Job) {
        self.jobs.push_back(job);
        if self.jobs.len() == 1 {
            self.begin_job();
        }
    }

    pub(super) fn begin_job(&mut self) {
        let kind = match self.jobs.front() {
            Some(Job::Build(_)) => JobKind::Build,
            Some(Job::Verify(..) | Job::VerifySynced(..)) => JobKind::Verify,
            Some(Job::Commit(_) | Job::Improve(..)) => JobKind::Commit,
            None => return,
        };
        self.out.push(Out::Job(kind));
    }

    pub(super) fn run_job(&mut self) -> Result<(), Stop> {
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
                    (Some(Plant::NoAvailability), Ok(Some(Verdict::Unavailable(target)))) => {
                        Ok(Some(Verdict::Valid(target)))
                    }
                    (Some(Plant::SignatureByContent), Ok(Some(Verdict::Invalid { .. })))
                        if is_known_content(&job.block, &self.contents) =>
                    {
                        Ok(Some(Verdict::Valid(claimed)))
                    }
                    (_, verdict) => verdict,
                };
                if let (Some(Plant::SealBeforeFinality), Ok(Some(Verdict::Valid(_)))) = (self.parts.plant, &verdict) {
                    self.out.extend(seal_too_early(&self.parts, &job.block).map(|seal| Out::Send(None, seal)));
                }
                if let Ok(Some(Verdict::Unavailable(_))) = verdict {
                    self.out.push(Out::Unavailable);
                }
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
            let work = self.parts.pool.ready().next().is_some()
                || !self.parts.records.waiting().is_empty()
                || self.parts.seals.is_complete();
            self.around.ready = self.around.ready && committed.is_none() || work;
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
}
