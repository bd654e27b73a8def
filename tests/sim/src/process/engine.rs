//! What the engine's core asks, as the engine's actors and ours before its log and network do it.

use super::{Out, Port, Shell, Stop};
use crate::{message::Message, plant::Plant};
use futures::executor::block_on;
use icn_consensus::{
    application::{Chain as _, Input as Told},
    commit::{commit_of, duplicate_votes},
    Height, IcnContext,
};
use icn_primitives::votes::VoteKind;
use malachitebft_core_consensus::{ConsensusMsg, Effect, LivenessMsg, Resumable as _, Resume, SignedConsensusMsg};
use malachitebft_core_types::{SignedMessage, Timeout, TimeoutKind};
use malachitebft_signing::VerifierExt as _;
use std::time::Duration;

impl Shell {
    pub(super) fn sync_log(&mut self) {
        if !self.recovering && self.is_validator && self.parts.plant != Some(Plant::NoSync) {
            self.log.sync();
        }
    }

    /// Does what the engine's core asks, as the engine's consensus actor does.
    pub(super) fn effect(&mut self, effect: Effect<IcnContext>) -> Result<Resume<IcnContext>, Stop> {
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
    pub(super) fn log_round(&mut self, height: Height) -> Result<(), Stop> {
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
    pub(super) fn log_missing(&mut self, message: &SignedConsensusMsg<IcnContext>) -> Result<(), Stop> {
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
    pub(super) fn keep(&mut self, message: &SignedConsensusMsg<IcnContext>) -> Result<(), Stop> {
        self.parts.signer.keep(message).map_err(|error| Stop::Refused(error.to_string()))
    }

    /// The log and the block that a message is about are durable before it leaves.
    pub(super) fn check_durable(&self, message: &SignedConsensusMsg<IcnContext>) -> Result<(), Stop> {
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

    pub(super) fn schedule(&mut self, timeout: Timeout) {
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
