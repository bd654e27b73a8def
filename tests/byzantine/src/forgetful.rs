//! A signer that forgets what it signed.

use async_trait::async_trait;
use icn_consensus::{
    guard::{Guard, MemoryGuard},
    signing::{Key, Signer},
    IcnContext, Proposal, Vote,
};
use malachitebft_core_types::{SignedMessage, ValidatorProof, VoteExtensionScope};
use malachitebft_signing::Error;
use std::sync::Arc;

/// Signs each thing as if it were the first: the node's own signer with a guard that is empty each time.
pub(crate) struct Forgetful {
    /// The chain.
    pub(crate) chain_id: Arc<str>,
    /// The key.
    pub(crate) key: Arc<dyn Key>,
}

impl Forgetful {
    fn signer(&self) -> Result<Signer, Error> {
        let public = *self.key.public_key().as_bytes();
        let guard =
            Guard::open(&self.chain_id, public, Box::new(MemoryGuard::default())).map_err(Error::from_source)?;
        Ok(Signer::new(self.chain_id.clone(), self.key.clone(), guard))
    }
}

#[async_trait]
impl malachitebft_signing::Signer<IcnContext> for Forgetful {
    async fn sign_vote(&self, vote: Vote) -> Result<SignedMessage<IcnContext, Vote>, Error> {
        self.signer()?.sign_vote(vote).await
    }

    async fn sign_proposal(&self, proposal: Proposal) -> Result<SignedMessage<IcnContext, Proposal>, Error> {
        self.signer()?.sign_proposal(proposal).await
    }

    async fn sign_vote_extension(
        &self,
        scope: VoteExtensionScope<IcnContext>,
        (): (),
    ) -> Result<SignedMessage<IcnContext, ()>, Error> {
        self.signer()?.sign_vote_extension(scope, ()).await
    }

    async fn sign_validator_proof(
        &self,
        public_key: Vec<u8>,
        peer_id: Vec<u8>,
    ) -> Result<ValidatorProof<IcnContext>, Error> {
        self.signer()?.sign_validator_proof(public_key, peer_id).await
    }
}
