//! Sealing epochs on this node: its signature, those of others as they come, and the seal for the next block.
//!
//! An epoch that a decided block closed waits for its seal. This node signs its bundle, when it has a key of one of its signers, and
//! never signs two bundles of one epoch: what it signs is durable before anybody hears of it. Signatures of others are checked before
//! they are kept and told on. Once they are of more than two thirds of the power, a proposer finds the seal here ([`Seals::select`]).
//!
//! This module knows no socket: what is to be told is in [`Seals::told`].

use super::{chain::NodeChain, error::StopError, ConsensusKey, Identity};
use codec::{DecodeAll as _, Encode as _};
use icn_dag::Epoch;
use icn_engine::Around;
use icn_executor::ExecutorError;
use icn_network::PeerId;
use icn_primitives::{Changes, Header, StateView};
use icn_runtime::Runtime;
use icn_storage::OrderedStore;
use icn_trust::{bls::SecretKey, bundle::message, Gathering, Partial, PartialError, Seal};
use parking_lot::Mutex;
use std::sync::{atomic::Ordering, Arc};
use tokio::sync::broadcast;

/// How many signatures may wait to be told.
const TOLD_BUFFER: usize = 2048;

/// How many sealed epochs a subscriber may lag behind.
const SEALED_BUFFER: usize = 64;

/// Why a signature of a peer is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TakeError {
    /// The bytes are none.
    #[error("the bytes are no signature of a bundle")]
    Malformed,
    /// No epoch waits for its seal here.
    #[error("no epoch waits for its seal")]
    NothingCloses,
    /// It does not fit.
    #[error(transparent)]
    Partial(#[from] PartialError),
}

impl TakeError {
    /// Whether no correct peer sends this, whatever its state: the others come of being ahead or behind.
    pub const fn is_forgery(&self) -> bool {
        matches!(self, Self::Malformed | Self::Partial(PartialError::BadSignature))
    }
}

/// A signature that was taken.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    /// It.
    pub partial: Partial,
    /// Who sent it; `None` when this node signed.
    pub from: Option<PeerId>,
}

/// The epoch that waits for its seal.
struct Open {
    /// The header of the block that closed it.
    header: Header,
    gathering: Gathering,
}

/// The seals of this node.
pub struct Seals<S: OrderedStore> {
    chain: Arc<NodeChain<S>>,
    around: Arc<Around>,
    key: Option<SecretKey>,
    open: Mutex<Option<Open>>,
    told: broadcast::Sender<Taken>,
    /// Epochs as they are sealed.
    sealed: broadcast::Sender<Epoch>,
}

/// The sealing key that belongs to a node's keys: derived from the seed of its validator, or from that of the node itself when the
/// validator's key is in another program, which signs votes only.
pub fn sealing_key(identity: &Identity) -> Option<SecretKey> {
    match identity.validator.as_ref()? {
        ConsensusKey::Seed(seed) => SecretKey::derive(seed),
        ConsensusKey::Remote(_) => {
            let node = identity.keypair.clone().try_into_ed25519().ok()?;
            let mut seed = zeroize::Zeroizing::new([0; 32]);
            seed.copy_from_slice(node.secret().as_ref());
            SecretKey::derive(&seed)
        }
    }
}

impl<S: OrderedStore> Seals<S> {
    /// The seals of a chain, signed with a key; whether a seal waits for a block is told `around`.
    ///
    /// # Errors
    /// When the store or the state cannot be read.
    pub fn new(chain: Arc<NodeChain<S>>, around: Arc<Around>, key: Option<SecretKey>) -> Result<Self, StopError> {
        let seals = Self {
            chain,
            around,
            key,
            open: Mutex::default(),
            told: broadcast::channel(TOLD_BUFFER).0,
            sealed: broadcast::channel(SEALED_BUFFER).0,
        };
        seals.refresh()?;
        Ok(seals)
    }

    /// Signatures as they are taken.
    pub fn told(&self) -> broadcast::Receiver<Taken> {
        self.told.subscribe()
    }

    /// Epochs as they are sealed.
    pub fn sealed(&self) -> broadcast::Receiver<Epoch> {
        self.sealed.subscribe()
    }

    /// A block was decided, with these changes of the state.
    ///
    /// # Errors
    /// When the store or the state cannot be read, or the store not be written.
    pub fn on_block(&self, changes: &Changes) -> Result<(), StopError> {
        let key = pallet_trust::Unsealed::<Runtime>::hashed_key();
        match changes.contains_key(&key[..]) {
            true => self.refresh(),
            false => Ok(()),
        }
    }

    /// Follows the state: which epoch waits for its seal, if one does.
    // SPEC-TRUST-14
    fn refresh(&self) -> Result<(), StopError> {
        let mut open = self.open.lock();
        let closing = self.closing()?;
        let same = match (&*open, &closing) {
            (Some(before), Some(now)) => {
                before.gathering.bundle() == now.gathering.bundle()
                    && before.gathering.signers() == now.gathering.signers()
            }
            _ => false,
        };
        if !same {
            if let Some(epoch) = open.as_ref().map(|before| before.gathering.epoch()).filter(|_| closing.is_none()) {
                // Nobody may listen.
                let _ = self.sealed.send(epoch);
            }
            *open = closing;
            if let Some(open) = &mut *open {
                self.sign(&mut open.gathering)?;
            }
        }
        self.count(open.as_ref());
        Ok(())
    }

    /// The epoch that waits for its seal in the head's state.
    fn closing(&self) -> Result<Option<Open>, StopError> {
        let (executor, latest) = (&self.chain.executor, self.chain.store.latest());
        let Some(height) = executor.closed_at(&*latest)? else { return Ok(None) };
        let Some(header) = self.chain.store.header(height)? else { return Ok(None) };
        let Some((bundle, signers)) = executor.closing_bundle(&*latest, &header)? else { return Ok(None) };
        let Ok(cid) = bundle.cid() else { return Ok(None) };
        let message = message(&bundle.genesis, &bundle.federation, bundle.epoch, &cid);
        Ok(Some(Open { header, gathering: Gathering::new(bundle.epoch, cid, message, signers) }))
    }

    /// Signs, when this node is a signer and has not signed another bundle of the epoch.
    // SPEC-TRUST-15
    fn sign(&self, gathering: &mut Gathering) -> Result<(), StopError> {
        let Some(key) = &self.key else { return Ok(()) };
        let public = key.public();
        if gathering.signers().place(&public).is_none() {
            return Ok(());
        }
        let (epoch, bundle) = (gathering.epoch(), gathering.bundle());
        if !self.chain.store.guard_seal(&public.0, epoch, &bundle)? {
            tracing::error!(epoch, %bundle, "this node signed another bundle of this epoch, or of a later one: it does not sign");
            return Ok(());
        }
        let partial = Partial { epoch, bundle, key: public, signature: key.sign(gathering.message()) };
        if gathering.take(&partial).is_ok() {
            // Nobody may listen yet; what is here is told again.
            let _ = self.told.send(Taken { partial, from: None });
        }
        Ok(())
    }

    /// Tells how many seals wait for a block.
    fn count(&self, open: Option<&Open>) {
        let waits = open.is_some_and(|open| open.gathering.signers().is_quorum(open.gathering.power()));
        self.around.seals.store(waits.into(), Ordering::Relaxed);
    }

    /// Takes a signature of a peer; whether the seal is complete now.
    ///
    /// # Errors
    /// See [`TakeError`].
    pub fn take(&self, bytes: &[u8], from: Option<PeerId>) -> Result<bool, TakeError> {
        let partial = Partial::decode_all(&mut &bytes[..]).map_err(|_| TakeError::Malformed)?;
        let mut open = self.open.lock();
        let gathering = &mut open.as_mut().ok_or(TakeError::NothingCloses)?.gathering;
        gathering.take(&partial)?;
        let complete = gathering.signers().is_quorum(gathering.power());
        self.count(open.as_ref());
        let _ = self.told.send(Taken { partial, from });
        Ok(complete)
    }

    /// The signatures that are here, as bytes.
    pub fn partials(&self) -> Vec<Vec<u8>> {
        let open = self.open.lock();
        open.iter().flat_map(|open| open.gathering.partials()).map(|partial| partial.encode()).collect()
    }

    /// Whether more than two thirds of the power have signed.
    pub fn is_complete(&self) -> bool {
        self.around.seals.load(Ordering::Relaxed) > 0
    }

    /// The power of those that have signed, by what is here; `None` when no epoch waits for its seal.
    pub fn power(&self) -> Option<u128> {
        self.open.lock().as_ref().map(|open| open.gathering.power())
    }

    /// The seal that the block after a state may carry, with the header of the block that closed the epoch.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn select(&self, view: &dyn StateView) -> Result<Option<(Header, Seal)>, ExecutorError> {
        let selected = {
            let open = self.open.lock();
            open.as_ref().and_then(|open| Some((open.header.clone(), open.gathering.seal()?)))
        };
        match selected {
            Some((header, seal)) if self.chain.executor.accepts_seal(view, &header, &seal)? => Ok(Some((header, seal))),
            _ => Ok(None),
        }
    }
}
