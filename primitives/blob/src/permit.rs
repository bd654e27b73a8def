//! What an owner signs so that a node keeps a blob on its account (SPEC-BLOB-10).

use crate::{error::BlobError, limits::PERMIT_LIFE_MAX, shape, Root};
use icn_dag::{Did, Key, Moment, SignatureBytes, SigningKey};

/// What the signed message begins with.
const TAG: &[u8] = b"icn/blob/1";

/// An owner's word that a blob is to be kept on its account. Whether the key signs for the owner, the state knows: it is asked about
/// `dag`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    /// Name and size of the blob.
    pub root: Root,
    /// Who is charged for its bytes.
    pub owner: Did,
    /// A DAG that `key` writes for `owner`.
    pub dag: Did,
    /// The key that signs.
    pub key: Key,
    /// Until when the permit may be used, milliseconds since the Unix epoch.
    pub expiry: Moment,
    /// Ed25519 over [`Permit::message`].
    pub signature: SignatureBytes,
}

/// Why a permit does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PermitError {
    /// It is for no blob.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// Its time is over. The owner signs another.
    #[error("the permit ended at {expiry}, and it is {now}: sign another")]
    Expired {
        /// When it ended.
        expiry: Moment,
        /// What time it is.
        now: Moment,
    },
    /// It ends too late. The owner signs another.
    #[error("the permit ends at {expiry}, which is more than {max} ms from now: sign one that ends earlier")]
    TooLong {
        /// When it ends.
        expiry: Moment,
        /// How far ahead it may end.
        max: u64,
    },
    /// The signature is not the key's over these fields and this chain.
    #[error("the signature of the permit is not that of its key over this blob, owner, time and chain")]
    BadSignature,
}

impl Permit {
    /// What is signed: the tag, the hash of the chain's first block, CID, size and expiry (8 bytes each, big-endian), and the owner.
    pub fn message(genesis: &[u8; 32], root: &Root, expiry: Moment, owner: &Did) -> Vec<u8> {
        let mut message = Vec::with_capacity(TAG.len() + 32 + 36 + 16 + owner.as_str().len());
        message.extend_from_slice(TAG);
        message.extend_from_slice(genesis);
        message.extend_from_slice(root.cid.as_bytes());
        message.extend_from_slice(&root.size.to_be_bytes());
        message.extend_from_slice(&expiry.to_be_bytes());
        message.extend_from_slice(owner.as_str().as_bytes());
        message
    }

    /// Signs one.
    pub fn sign(genesis: &[u8; 32], root: Root, (owner, dag): (Did, Did), expiry: Moment, key: &SigningKey) -> Self {
        let signature = key.sign(&Self::message(genesis, &root, expiry, &owner)).to_bytes();
        Self { root, owner, dag, key: Key::of(key), expiry, signature }
    }

    /// Whether it counts at a time; whether the key signs for the owner is not asked here.
    ///
    /// # Errors
    /// See [`PermitError`].
    pub fn check(&self, genesis: &[u8; 32], now: Moment) -> Result<(), PermitError> {
        shape::check_size(self.root.size)?;
        let (expiry, max) = (self.expiry, PERMIT_LIFE_MAX);
        if expiry <= now {
            return Err(PermitError::Expired { expiry, now });
        }
        if expiry.saturating_sub(now) > max {
            return Err(PermitError::TooLong { expiry, max });
        }
        // Anybody signs for a point of small order.
        if !self.key.is_sound() {
            return Err(PermitError::BadSignature);
        }
        let message = Self::message(genesis, &self.root, expiry, &self.owner);
        let key = ed25519_consensus::VerificationKey::try_from(self.key.0).map_err(|_| PermitError::BadSignature)?;
        let signature = ed25519_consensus::Signature::from(self.signature);
        key.verify(&signature, &message).map_err(|_| PermitError::BadSignature)
    }
}
