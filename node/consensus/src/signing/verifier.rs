//! Checking signatures.

use super::{proposal_sign_bytes, vote_sign_bytes, SignBytesError};
use crate::{IcnContext, Proposal, Vote};
use async_trait::async_trait;
use icn_primitives::votes::is_signed_by;
use malachitebft_core_types::{ValidatorProof, VoteExtensionScope};
use malachitebft_signing::{Error, VerificationResult};
use malachitebft_signing_ed25519::{PublicKey, Signature};
use std::sync::Arc;

/// Checks the signatures of one chain. What cannot be signed has no good signature; nothing here fails.
#[derive(Clone, Debug)]
pub struct Verifier {
    chain_id: Arc<str>,
}

impl Verifier {
    /// Checks signatures of the chain with a name.
    pub fn new(chain_id: impl Into<Arc<str>>) -> Self {
        Self { chain_id: chain_id.into() }
    }

    /// Whether `key` signed a vote.
    pub fn is_vote_signed(&self, vote: &Vote, signature: &Signature, key: &PublicKey) -> bool {
        is_signed(vote_sign_bytes(&self.chain_id, vote), signature, key)
    }

    /// Whether `key` signed a proposal.
    pub fn is_proposal_signed(&self, proposal: &Proposal, signature: &Signature, key: &PublicKey) -> bool {
        is_signed(proposal_sign_bytes(&self.chain_id, proposal), signature, key)
    }

    /// Whether the key in a proof signed it. A proof holds on every chain.
    pub fn is_proof_signed(&self, proof: &ValidatorProof<IcnContext>) -> bool {
        let key = proof.decoded_public_key();
        key.is_ok_and(|key| is_signed(Ok(proof.preimage()), &proof.signature, &key))
    }
}

fn is_signed(message: Result<Vec<u8>, SignBytesError>, signature: &Signature, key: &PublicKey) -> bool {
    message.is_ok_and(|message| is_signed_by(key.as_bytes(), &message, &signature.to_bytes()))
}

#[async_trait]
impl malachitebft_signing::Verifier<IcnContext> for Verifier {
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

    /// Never: extensions are disabled.
    async fn verify_signed_vote_extension(
        &self,
        _scope: &VoteExtensionScope<IcnContext>,
        _extension: &(),
        _signature: &Signature,
        _key: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        Ok(VerificationResult::Invalid)
    }

    async fn verify_validator_proof(&self, proof: &ValidatorProof<IcnContext>) -> Result<VerificationResult, Error> {
        Ok(VerificationResult::from_bool(self.is_proof_signed(proof)))
    }
}
