//! What of this validator's messages is in the engine's log.
//!
//! The engine does not log what it signs while it replays its log: it would come to the same again. But the guard refuses to sign an
//! earlier step again, as it must, and a validator that crashed twice in a height would be refused at every start. So what is about to
//! leave and is not logged is logged first: the engine finds it there and does not sign it again.

use icn_consensus::{guard::Step, Address, IcnContext};
use malachitebft_core_consensus::{Input, SignedConsensusMsg};
use std::{collections::BTreeSet, io, path::Path};

/// Steps of one height in which a validator's message is in the log.
#[derive(Debug)]
pub struct Logged {
    own: Address,
    height: u64,
    steps: BTreeSet<(i64, Step)>,
}

impl Logged {
    /// Nothing is logged of a validator.
    pub fn new(own: Address) -> Self {
        Self { own, height: 0, steps: BTreeSet::new() }
    }

    /// The log starts a height with these entries.
    pub fn started<'a>(&mut self, height: u64, entries: impl IntoIterator<Item = &'a Input<IcnContext>>) {
        self.height = height;
        self.steps.clear();
        entries.into_iter().for_each(|entry| self.appended(entry));
    }

    /// An entry is appended.
    pub fn appended(&mut self, entry: &Input<IcnContext>) {
        let message = match entry {
            Input::Vote(vote) => SignedConsensusMsg::Vote(vote.clone()),
            Input::Proposal(proposal) => SignedConsensusMsg::Proposal(proposal.clone()),
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

/// The height of which the log at `path` has entries; `None` when it has none, or is missing. For looking before the engine opens it.
///
/// # Errors
/// When the log cannot be read, is damaged, or is another process's.
pub fn logged_height(path: &Path) -> io::Result<Option<u64>> {
    if !path.try_exists()? {
        return Ok(None);
    }
    let log = malachitebft_wal::Log::open(path)?;
    Ok((!log.is_empty()).then(|| log.sequence()))
}
