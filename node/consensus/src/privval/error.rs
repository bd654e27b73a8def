//! Why a remote signer does not sign.

use super::PrivvalAddress;
use std::{error::Error, io};

/// Why a remote signer does not sign.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The node cannot listen. The operator frees the address or names another.
    #[error("cannot wait for the remote signer at {address}: {source}")]
    Listen {
        /// The address.
        address: PrivvalAddress,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// No signer is connected. The operator starts it.
    #[error("no remote signer is connected: start it, and let it connect to the address that this node waits at")]
    Absent,
    /// The connection broke.
    #[error("the connection with the remote signer broke: {0}")]
    Io(#[from] io::Error),
    /// The signer's side of the encryption is wrong, or it is not the signer that is expected.
    #[error("the remote signer does not prove who it is: {0}")]
    Handshake(#[source] Box<dyn Error + Send + Sync>),
    /// A message is not of the protocol.
    #[error("the remote signer does not speak this protocol: {0}")]
    Protocol(#[from] prost::DecodeError),
    /// A message is too large.
    #[error("the remote signer sent a message of {bytes} bytes")]
    TooLarge {
        /// Its bytes.
        bytes: u64,
    },
    /// The answer is to another question.
    #[error("the remote signer answered another question: is it one that signs no raw bytes (CometBFT's privval 2)?")]
    Unexpected,
    /// The signer refuses: it signed something else, or does not know the chain.
    #[error("the remote signer refuses, with code {code}: {description}")]
    Refused {
        /// Its code.
        code: i32,
        /// Its words.
        description: String,
    },
    /// The signature is not for what was asked. The signer has another key, or signed something else before.
    #[error("the remote signer's signature is not for what it was asked to sign: did it sign something else before?")]
    Signature,
    /// The key is no Ed25519 key.
    #[error("the remote signer's key is no Ed25519 key")]
    Key,
    /// The bytes are no message that validators sign.
    #[error("bytes that a remote signer cannot be asked to sign")]
    Bytes,
}

impl RemoteError {
    /// Whether another connection may do better.
    pub(super) fn is_of_connection(&self) -> bool {
        matches!(self, Self::Io(_) | Self::Protocol(_) | Self::TooLarge { .. })
    }
}
