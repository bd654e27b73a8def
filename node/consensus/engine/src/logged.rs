//! What of this validator's messages and rounds is in the engine's log.
//!
//! A replay must come to the round and step that the validator was in, and sign nothing before it: the guard refuses an earlier step,
//! as it must, and a validator whose log leads it there is refused at every start. Two things are missing from the engine's own log:
//!
//! - What it signs while it replays: it would come to it again. But after a second crash the guard is ahead of it. So what is about to
//!   leave and is not logged is logged first; the engine finds it there and does not sign it again.
//! - Why it entered a round, when a commit certificate of its sync led it there. So the timeouts that lead from round to round are
//!   logged when a round starts, whatever started it: going on without a vote is always allowed.

use crate::codec::Codec;
use icn_consensus::{
    guard::{Record, Step},
    signing::{proposal_sign_bytes, vote_sign_bytes},
    Address, IcnContext,
};
use malachitebft_core_consensus::{Input, SignedConsensusMsg};
use malachitebft_core_types::{Round, Timeout, TimeoutKind};
use malachitebft_engine::wal::log_entries;
use std::{collections::BTreeSet, io, path::Path};

/// Steps of one height in which a validator's message is in the log, and rounds that it leads through.
#[derive(Debug)]
pub struct Logged {
    own: Address,
    height: u64,
    steps: BTreeSet<(i64, Step)>,
    /// Rounds that the log leads out of, by a timeout.
    left: BTreeSet<u32>,
}

impl Logged {
    /// Nothing is logged of a validator.
    pub fn new(own: Address) -> Self {
        Self { own, height: 0, steps: BTreeSet::new(), left: BTreeSet::new() }
    }

    /// The log starts a height with these entries.
    pub fn started<'a>(&mut self, height: u64, entries: impl IntoIterator<Item = &'a Input<IcnContext>>) {
        self.height = height;
        self.steps.clear();
        self.left.clear();
        entries.into_iter().for_each(|entry| self.appended(entry));
    }

    /// An entry is appended.
    pub fn appended(&mut self, entry: &Input<IcnContext>) {
        let message = match entry {
            Input::Vote(vote) => SignedConsensusMsg::Vote(vote.clone()),
            Input::Proposal(proposal) => SignedConsensusMsg::Proposal(proposal.clone()),
            Input::TimeoutElapsed(Timeout { kind: TimeoutKind::Precommit, round }) => {
                self.left.extend(round.as_u32());
                return;
            }
            _ => return,
        };
        if let Some(step) = self.step(&message) {
            self.steps.insert(step);
        }
    }

    /// What has to be logged before a message leaves; `None` when it is logged, or another validator's.
    pub fn missing(&self, message: &SignedConsensusMsg<IcnContext>) -> Option<Input<IcnContext>> {
        self.step(message).filter(|step| !self.steps.contains(step)).map(|_| match message {
            SignedConsensusMsg::Vote(vote) => Input::Vote(vote.clone()),
            SignedConsensusMsg::Proposal(proposal) => Input::Proposal(proposal.clone()),
        })
    }

    /// What has to be logged before a round of the height starts, so that a replay comes to it.
    pub fn missing_before(&self, height: u64, round: u32) -> Vec<Input<IcnContext>> {
        let rounds = if height == self.height { 0..round } else { 0..0 };
        let missing = rounds.filter(|round| !self.left.contains(round));
        missing.map(|round| Input::TimeoutElapsed(Timeout::precommit(Round::new(round)))).collect()
    }

    /// The step of a message of this validator and height.
    fn step(&self, message: &SignedConsensusMsg<IcnContext>) -> Option<(i64, Step)> {
        let (address, step) = match message {
            SignedConsensusMsg::Vote(vote) => (vote.address, vote.kind.into()),
            SignedConsensusMsg::Proposal(proposal) => (proposal.address, Step::Propose),
        };
        let ours = address == self.own && message.height().0 == self.height;
        ours.then(|| (message.round().as_i64(), step))
    }
}

/// Whether the log at `path` holds what a guard keeps, for looking before the engine opens it. A log that is missing holds nothing.
///
/// # Errors
/// When the log cannot be read, is damaged, or is another process's.
pub fn log_holds(path: &Path, record: &Record) -> io::Result<bool> {
    if !path.try_exists()? {
        return Ok(false);
    }
    let mut log = malachitebft_wal::Log::open(path)?;
    if log.sequence() != record.position.height || log.is_empty() {
        return Ok(false);
    }
    let codec = Codec::default();
    for entry in log_entries(&mut log, &codec).map_err(io::Error::other)? {
        if is_entry_of(&entry?, record) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether an entry of the log is what a guard keeps.
pub fn is_entry_of(entry: &Input<IcnContext>, record: &Record) -> bool {
    let (bytes, signature) = match entry {
        Input::Vote(vote) => (vote_sign_bytes(&record.chain_id, vote), &vote.signature),
        Input::Proposal(proposal) => (proposal_sign_bytes(&record.chain_id, proposal), &proposal.signature),
        _ => return false,
    };
    bytes.is_ok_and(|bytes| bytes == record.sign_bytes) && signature.to_bytes() == record.signature
}

#[cfg(test)]
mod tests;
