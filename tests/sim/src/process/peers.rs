//! What comes from peers, and catching up with them, as the node and the engine's sync do it.

use super::{peer_id, Local, Out, Port, Shell, Stop};
use crate::{
    forgery::content,
    message::Message,
    plant::{altered, signed_anyway, Plant},
};
use codec::Encode as _;
use icn_consensus::{
    application::{Chain as _, DecidedBlock, Input as Told},
    commit::certificate_of,
    IcnContext, Vote,
};
use icn_dag::Cid;
use icn_primitives::Extrinsic;
use malachitebft_core_consensus::{Input, LivenessMsg, SignedConsensusMsg};
use malachitebft_core_types::{ExtendedCommitCertificate, SignedMessage, ValueResponse, VoteExtensions};

/// Blocks in one request, and bytes in one answer.
const SYNC_BLOCKS: u64 = 25;
const SYNC_BYTES: usize = 8 * 1024 * 1024;

/// How long an answer is waited for, in microseconds.
const SYNC_PATIENCE: u64 = 3_000_000;

/// Transactions that are sent again when a height does not get on.
const RESENT_MAX: usize = 64;

impl Shell {
    pub(super) fn deciding(&self) -> Option<u64> {
        let above = self.height > self.application.head().height;
        (above && !self.application.is_idle()).then_some(self.height)
    }

    pub(super) fn stir(&mut self, height: u64) {
        self.send(Message::Head(height));
        let waiting: Vec<_> = self.parts.pool.ready().take(RESENT_MAX).map(|pooled| pooled.extrinsic.clone()).collect();
        if !waiting.is_empty() {
            self.send(Message::Transactions(waiting));
        }
        let waiting = self.parts.records.waiting();
        let records = self.parts.records.read_many(&waiting[..waiting.len().min(RESENT_MAX)]).unwrap_or_default();
        if !records.is_empty() {
            self.send(Message::Records(records));
        }
    }

    /// Asks all for records that a proposed block lists and that are not here.
    pub(super) fn ask_for_records(&mut self) {
        let wanted = self.parts.records.wanted().borrow().clone();
        let missing: Vec<Cid> = wanted.difference(&self.records_asked).copied().collect();
        if !missing.is_empty() {
            self.records_asked.extend(&missing);
            self.send(Message::Wanted(missing));
        }
    }

    /// Tells all the signatures of bundles that were made or taken here.
    pub(super) fn tell_seals(&mut self) {
        let mut seals = Vec::new();
        while let Ok(taken) = self.seals_told.try_recv() {
            seals.push(taken.partial.encode());
        }
        if !seals.is_empty() {
            self.send(Message::Seals(seals));
        }
    }

    /// Takes records, those that a block lists whatever waits here.
    fn take_records(&mut self, records: Vec<Vec<u8>>) -> Result<(), Stop> {
        let place = |shell: &Self| (shell.parts.records.wanted().borrow().len(), shell.parts.records.waiting().len());
        let (wanted, waiting) = place(self);
        // A disk that fails stops the node at its next step.
        drop(self.parts.records.take(&records, None));
        let (arrived, taken) = (place(self).0 < wanted, place(self).1 > waiting);
        if arrived {
            self.tell(Told::RecordsArrived)?;
        }
        if taken {
            self.around.ready = true;
            self.tell(Told::Wake)?;
        }
        Ok(())
    }

    pub(super) fn receive(&mut self, from: usize, message: Message) -> Result<(), Stop> {
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
                    Some(Plant::UnsignedPart) => signed_anyway(part, &self.parts.chain_id),
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
                    self.contents.extend(taken.iter().filter_map(content));
                }
                if !taken.is_empty() {
                    self.around.ready = true;
                    return self.tell(Told::Wake);
                }
            }
            Message::Records(records) => return self.take_records(records),
            Message::Seals(seals) => {
                let complete = self.parts.seals.is_complete();
                for seal in seals {
                    // Most are here already.
                    let _ = self.parts.seals.take(&seal, None);
                }
                if !complete && self.parts.seals.is_complete() {
                    self.around.ready = true;
                    return self.tell(Told::Wake);
                }
            }
            Message::Wanted(cids) => {
                let records = self.parts.records.read_many(&cids).unwrap_or_default();
                if !records.is_empty() {
                    self.out.push(Out::Send(Some(from), Message::Records(records)));
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

    pub(super) fn receive_vote(&mut self, vote: SignedMessage<IcnContext, Vote>) {
        let vote = altered(
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
    pub(super) fn ask_for_blocks(&mut self) {
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
    pub(super) fn use_fetched(&mut self) {
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
}
