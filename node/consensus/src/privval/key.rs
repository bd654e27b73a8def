//! The key of a remote signer.

use super::{
    connection::Connection,
    listener::Listener,
    message::Sum,
    request::{refusal, request_of, signature_of},
    PrivvalAddress, RemoteError,
};
use crate::{
    signing::{Key, KeyError},
    Address,
};
use icn_primitives::votes::SignatureBytes;
use malachitebft_signing_ed25519::{PublicKey, Signature};
use parking_lot::{Condvar, Mutex};
use std::{
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};
use tendermint_proto::v0_38::{
    crypto::public_key,
    privval::{PingRequest, PubKeyRequest},
};

/// How often a signer that is not needed is asked whether it is there. Signers close connections that are silent for longer.
const PING_INTERVAL: Duration = Duration::from_secs(2);

/// How long a node waits at its start for a signer to connect. Signers try again every second or so.
const PATIENCE_AT_START: Duration = Duration::from_secs(60);

/// How a remote signer is reached.
#[derive(Clone)]
pub struct RemoteConfig {
    /// Where it connects to.
    pub address: PrivvalAddress,
    /// Name of the chain.
    pub chain_id: String,
    /// Seed of the key with which this node encrypts connections over TCP. It is not the validator's.
    pub own_seed: [u8; 32],
    /// The key with which the signer encrypts them, over TCP. Without it, anybody who reaches the address is asked to sign; nobody
    /// but the signer can, but the signer may find its place taken.
    pub signer: Option<[u8; 32]>,
    /// How long a signature may take, with waiting for a signer that is not connected.
    pub patience: Duration,
    /// How long the first signer may take to connect; [`PATIENCE_AT_START`] unless a test says otherwise.
    pub(super) patience_at_start: Duration,
}

impl RemoteConfig {
    /// A signer that connects to `address` and signs for a chain. `own_seed` is that of the key with which this node encrypts
    /// connections over TCP, not the validator's.
    pub fn new(address: PrivvalAddress, chain_id: String, own_seed: [u8; 32], patience: Duration) -> Self {
        Self { address, chain_id, own_seed, signer: None, patience, patience_at_start: PATIENCE_AT_START }
    }
}

/// A validator's key that a remote signer holds.
pub struct RemoteKey {
    inner: Arc<Inner>,
    public: PublicKey,
    address: Address,
    pinger: Option<JoinHandle<()>>,
}

struct Inner {
    listener: Listener,
    connection: Mutex<Option<Connection>>,
    patience: Duration,
    closed: Mutex<bool>,
    closing: Condvar,
}

impl RemoteKey {
    /// Waits for the signer and asks for its key.
    ///
    /// # Errors
    /// When no signer comes, or it does not answer.
    pub fn open(config: RemoteConfig) -> Result<Self, RemoteError> {
        let own = ed25519_consensus::SigningKey::from(config.own_seed);
        let inner = Arc::new(Inner {
            listener: Listener::start(&config.address, own, config.signer)?,
            connection: Mutex::new(None),
            patience: config.patience,
            closed: Mutex::new(false),
            closing: Condvar::new(),
        });
        tracing::info!(address = %inner.listener.address(), "waiting for the remote signer");
        let question = Sum::PubKeyRequest(PubKeyRequest { chain_id: config.chain_id });
        let answer = inner.ask_within(config.patience_at_start, &question)?;
        let public = public_key(answer)?;
        let here = inner.clone();
        let pinger = thread::Builder::new().name("privval-ping".into()).spawn(move || here.keep_alive())?;
        Ok(Self { address: Address::of(&public), inner, public, pinger: Some(pinger) })
    }

    fn request(&self, message: &[u8]) -> Result<SignatureBytes, RemoteError> {
        let question = request_of(message, self.address)?;
        let signature = signature_of(&question, self.inner.ask(&question)?)?;
        let good = self.public.verify(message, &Signature::from_bytes(signature)).is_ok();
        good.then_some(signature).ok_or(RemoteError::Signature)
    }
}

fn public_key(answer: Option<Sum>) -> Result<PublicKey, RemoteError> {
    let Some(Sum::PubKeyResponse(answer)) = answer else { return Err(RemoteError::Unexpected) };
    refusal(answer.error)?;
    match answer.pub_key.and_then(|key| key.sum) {
        Some(public_key::Sum::Ed25519(bytes)) => {
            let bytes = <[u8; 32]>::try_from(bytes).map_err(|_| RemoteError::Key)?;
            PublicKey::from_bytes(bytes).map_err(|_| RemoteError::Key)
        }
        _ => Err(RemoteError::Key),
    }
}

impl Inner {
    /// Asks the signer that is connected, or the next one, until one answers or patience is at its end.
    fn ask(&self, question: &Sum) -> Result<Option<Sum>, RemoteError> {
        self.ask_within(self.patience, question)
    }

    fn ask_within(&self, patience: Duration, question: &Sum) -> Result<Option<Sum>, RemoteError> {
        let deadline = Instant::now() + patience;
        let mut held = self.connection.lock();
        loop {
            let next = held.take().or_else(|| self.listener.next(deadline));
            let mut connection = next.ok_or(RemoteError::Absent)?;
            match connection.ask(question) {
                Ok(answer) => {
                    *held = Some(connection);
                    return Ok(answer);
                }
                // The signer connects again by itself.
                Err(error) if error.is_of_connection() && Instant::now() < deadline => {
                    tracing::warn!(%error, "the remote signer is asked again");
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Pings the signer until the key is dropped.
    fn keep_alive(&self) {
        let mut closed = self.closed.lock();
        while !*closed {
            let waited = self.closing.wait_for(&mut closed, PING_INTERVAL);
            if waited.timed_out() && !*closed {
                self.ping();
            }
        }
    }

    /// Pings a connection that is not in use, and lets it go when nobody answers.
    fn ping(&self) {
        let Some(mut held) = self.connection.try_lock() else { return };
        let Some(mut connection) = held.take() else { return };
        match connection.ask(&Sum::PingRequest(PingRequest {})) {
            Ok(_) => *held = Some(connection),
            Err(error) => tracing::warn!(%error, "the remote signer does not answer"),
        }
    }
}

impl Key for RemoteKey {
    fn public_key(&self) -> PublicKey {
        self.public
    }

    fn sign(&self, message: &[u8]) -> Result<SignatureBytes, KeyError> {
        self.request(message).map_err(|error| KeyError(Box::new(error)))
    }
}

impl Drop for RemoteKey {
    fn drop(&mut self) {
        *self.inner.closed.lock() = true;
        self.inner.closing.notify_all();
        if let Some(pinger) = self.pinger.take() {
            // It never panics while it holds something that is needed later.
            let _ = pinger.join();
        }
    }
}
