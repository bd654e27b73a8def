//! Signing for the engine.

use super::{proposal_sign_bytes, vote_sign_bytes, Key, KeyError, SignBytesError};
use crate::{
    guard::{Guard, GuardError, Position, Step},
    Address, Height, IcnContext, Proposal, Vote,
};
use async_trait::async_trait;
use malachitebft_core_consensus::SignedConsensusMsg;
use malachitebft_core_types::{Round, SignedMessage, ValidatorProof, VoteExtensionScope};
use malachitebft_signing::Error;
use malachitebft_signing_ed25519::{PublicKey, Signature};
use parking_lot::Mutex;
use std::sync::Arc;

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The vote or proposal is of another validator, or the proof of another key.
    #[error("asked to sign for {address}, but the key is that of {own}")]
    NotOurs {
        /// Whose it is.
        address: Address,
        /// Whose the key is.
        own: Address,
    },
    /// Vote extensions are disabled.
    #[error("asked to sign a vote extension; they are disabled")]
    Extension,
    /// It cannot be signed.
    #[error(transparent)]
    Bytes(#[from] SignBytesError),
    /// It would contradict what was signed before, or the guard's disk failed.
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// The key is out of reach.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Signs votes and proposals with a validator's key, behind the guard. Clones share key and guard.
///
/// It signs on the thread that asks, one thing at a time. What it signs may be sent when [`Self::keep`] has let it through.
#[derive(Clone)]
pub struct Signer(Arc<Inner>);

struct Inner {
    chain_id: Arc<str>,
    key: Arc<dyn Key>,
    address: Address,
    guard: Mutex<Guard>,
}

impl Signer {
    /// A signer for one chain; `guard` is that of the key.
    pub fn new(chain_id: impl Into<Arc<str>>, key: Arc<dyn Key>, guard: Guard) -> Self {
        let address = Address::of(&key.public_key());
        Self(Arc::new(Inner { chain_id: chain_id.into(), key, address, guard: Mutex::new(guard) }))
    }

    /// Address of the key.
    pub fn address(&self) -> Address {
        self.0.address
    }

    /// The public key.
    pub fn public_key(&self) -> PublicKey {
        self.0.key.public_key()
    }

    /// What was signed last; `None` when nothing was.
    pub fn position(&self) -> Option<Position> {
        self.0.guard.lock().position()
    }

    /// The signature of a vote.
    ///
    /// # Errors
    /// See [`SignError`].
    pub fn vote_signature(&self, vote: &Vote) -> Result<Signature, SignError> {
        self.check_ours(vote.address)?;
        let message = vote_sign_bytes(&self.0.chain_id, vote)?;
        self.guarded(vote.height, vote.round, vote.kind.into(), &message)
    }

    /// The signature of a proposal.
    ///
    /// # Errors
    /// See [`SignError`].
    pub fn proposal_signature(&self, proposal: &Proposal) -> Result<Signature, SignError> {
        self.check_ours(proposal.address)?;
        let message = proposal_sign_bytes(&self.0.chain_id, proposal)?;
        self.guarded(proposal.height, proposal.round, Step::Propose, &message)
    }

    /// Makes durable that a vote or proposal of this validator may have left, before it does. Others' messages pass.
    ///
    /// # Errors
    /// See [`SignError`]: it must not be sent then.
    pub fn keep(&self, message: &SignedConsensusMsg<IcnContext>) -> Result<(), SignError> {
        let chain_id = &self.0.chain_id;
        let (address, height, round, step, bytes) = match message {
            SignedConsensusMsg::Vote(vote) => {
                (vote.address, vote.height, vote.round, vote.kind.into(), vote_sign_bytes(chain_id, vote)?)
            }
            SignedConsensusMsg::Proposal(proposal) => {
                let bytes = proposal_sign_bytes(chain_id, proposal)?;
                (proposal.address, proposal.height, proposal.round, Step::Propose, bytes)
            }
        };
        if address != self.0.address {
            return Ok(());
        }
        let round = round.as_u32().ok_or(SignBytesError::NilRound)?;
        let position = Position { height: height.0, round, step };
        Ok(self.0.guard.lock().keep(position, &bytes, message.signature().to_bytes())?)
    }

    /// The proof that a peer of the network holds this key. It is no step of consensus, so the guard does not see it.
    ///
    /// # Errors
    /// See [`SignError`].
    pub fn proof(&self, peer_id: Vec<u8>) -> Result<ValidatorProof<IcnContext>, SignError> {
        let key = self.public_key().as_bytes().to_vec();
        let signature = self.0.key.sign(&ValidatorProof::<IcnContext>::signing_bytes(&key, &peer_id))?;
        Ok(ValidatorProof::new(key, peer_id, Signature::from_bytes(signature)))
    }

    fn check_ours(&self, address: Address) -> Result<(), SignError> {
        let own = self.0.address;
        if address == own {
            Ok(())
        } else {
            Err(SignError::NotOurs { address, own })
        }
    }

    fn guarded(&self, height: Height, round: Round, step: Step, message: &[u8]) -> Result<Signature, SignError> {
        let round = round.as_u32().ok_or(SignBytesError::NilRound)?;
        let position = Position { height: height.0, round, step };
        let sign = |message: &[u8]| Ok::<_, SignError>(self.0.key.sign(message)?);
        let signature = self.0.guard.lock().sign(position, message, sign)?;
        Ok(Signature::from_bytes(signature))
    }
}

#[async_trait]
impl malachitebft_signing::Signer<IcnContext> for Signer {
    async fn sign_vote(&self, vote: Vote) -> Result<SignedMessage<IcnContext, Vote>, Error> {
        let signature = self.vote_signature(&vote).map_err(Error::from_source)?;
        Ok(SignedMessage::new(vote, signature))
    }

    async fn sign_proposal(&self, proposal: Proposal) -> Result<SignedMessage<IcnContext, Proposal>, Error> {
        let signature = self.proposal_signature(&proposal).map_err(Error::from_source)?;
        Ok(SignedMessage::new(proposal, signature))
    }

    async fn sign_vote_extension(
        &self,
        _scope: VoteExtensionScope<IcnContext>,
        _extension: (),
    ) -> Result<SignedMessage<IcnContext, ()>, Error> {
        Err(Error::from_source(SignError::Extension))
    }

    async fn sign_validator_proof(
        &self,
        public_key: Vec<u8>,
        peer_id: Vec<u8>,
    ) -> Result<ValidatorProof<IcnContext>, Error> {
        if public_key != self.public_key().as_bytes() {
            let whose = PublicKey::from_bytes(public_key.try_into().unwrap_or_default());
            let address = whose.map_or(Address([0; 20]), |key| Address::of(&key));
            return Err(Error::from_source(SignError::NotOurs { address, own: self.address() }));
        }
        self.proof(peer_id).map_err(Error::from_source)
    }
}
