//! Keys that sign.

use icn_primitives::votes::SignatureBytes;
use malachitebft_signing_ed25519::{PrivateKey, PublicKey};
use std::{error::Error, fmt};

/// Why a key did not sign. A key on this machine always does; one that is elsewhere may be out of reach.
#[derive(Debug)]
pub struct KeyError(pub Box<dyn Error + Send + Sync>);

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the validator's key did not sign: {}", self.0)
    }
}

impl Error for KeyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}

/// A validator's key, wherever it is.
pub trait Key: Send + Sync {
    /// The public half.
    fn public_key(&self) -> PublicKey;

    /// Signs bytes. It checks nothing: votes and proposals come here through the [`Signer`](super::Signer) only.
    ///
    /// # Errors
    /// When the key is out of reach.
    fn sign(&self, message: &[u8]) -> Result<SignatureBytes, KeyError>;
}

/// A key in the memory of this process.
#[derive(Clone)]
pub struct LocalKey(PrivateKey);

impl LocalKey {
    /// The key with a secret seed.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(PrivateKey::from(seed))
    }
}

/// Shows the public half only.
impl fmt::Debug for LocalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LocalKey({})", hex::encode(self.public_key().as_bytes()))
    }
}

impl Key for LocalKey {
    fn public_key(&self) -> PublicKey {
        self.0.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<SignatureBytes, KeyError> {
        Ok(self.0.sign(message).to_bytes())
    }
}
