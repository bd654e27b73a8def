//! Signatures, checked once for all nodes: most of a run's time would go into checking the same ones again.

use async_trait::async_trait;
use icn_consensus::{
    signing::{proposal_sign_bytes, vote_sign_bytes, SignBytesError, Verifier},
    IcnContext, Proposal, Vote,
};
use malachitebft_core_types::{ValidatorProof, VoteExtensionScope};
use malachitebft_signing::{Error, VerificationResult};
use malachitebft_signing_ed25519::{PublicKey, Signature};
use parking_lot::Mutex;
use std::{collections::BTreeMap, sync::Arc};

/// Signatures that are remembered.
const REMEMBERED: usize = 4096;

/// What was signed, by whom, with which signature.
type Checked = (Vec<u8>, [u8; 32], [u8; 64]);

/// The node's verifier, with a memory that the nodes share.
#[derive(Clone)]
pub struct SharedVerifier {
    chain_id: Arc<str>,
    verifier: Verifier,
    known: Arc<Mutex<BTreeMap<Checked, bool>>>,
}

impl SharedVerifier {
    /// Checks signatures of the chain with a name.
    pub fn new(chain_id: &str) -> Self {
        let chain_id: Arc<str> = chain_id.into();
        Self { verifier: Verifier::new(chain_id.clone()), chain_id, known: Arc::default() }
    }

    fn known(
        &self,
        message: Result<Vec<u8>, SignBytesError>,
        key: &PublicKey,
        signature: &Signature,
        check: impl FnOnce() -> bool,
    ) -> bool {
        let Ok(message) = message else { return check() };
        let checked = (message, *key.as_bytes(), signature.to_bytes());
        let mut known = self.known.lock();
        if let Some(valid) = known.get(&checked) {
            return *valid;
        }
        let valid = check();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(checked, valid);
        valid
    }

    /// Whether `key` signed a vote.
    pub fn is_vote_signed(&self, vote: &Vote, signature: &Signature, key: &PublicKey) -> bool {
        let message = vote_sign_bytes(&self.chain_id, vote);
        self.known(message, key, signature, || self.verifier.is_vote_signed(vote, signature, key))
    }

    /// Whether `key` signed a proposal.
    pub fn is_proposal_signed(&self, proposal: &Proposal, signature: &Signature, key: &PublicKey) -> bool {
        let message = proposal_sign_bytes(&self.chain_id, proposal);
        self.known(message, key, signature, || self.verifier.is_proposal_signed(proposal, signature, key))
    }
}

#[async_trait]
impl malachitebft_signing::Verifier<IcnContext> for SharedVerifier {
    async fn verify_signed_vote(
        &self,
        vote: &Vote,
        signature: &Signature,
        key: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        Ok(VerificationResult::from_bool(self.is_vote_signed(vote, signature, key)))
    }

    async fn verify_signed_proposal(
        &self,
        proposal: &Proposal,
        signature: &Signature,
        key: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        Ok(VerificationResult::from_bool(self.is_proposal_signed(proposal, signature, key)))
    }

    async fn verify_signed_vote_extension(
        &self,
        scope: &VoteExtensionScope<IcnContext>,
        extension: &(),
        signature: &Signature,
        key: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        self.verifier.verify_signed_vote_extension(scope, extension, signature, key).await
    }

    async fn verify_validator_proof(&self, proof: &ValidatorProof<IcnContext>) -> Result<VerificationResult, Error> {
        self.verifier.verify_validator_proof(proof).await
    }
}
