//! What is stored and sent: chunks and inner nodes by their names.

use crate::{error::BlobError, limits::BLOCK_BYTES_MAX};
use icn_dag::{Cid, Codec};

/// A chunk or an inner node, with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    cid: Cid,
    bytes: Vec<u8>,
}

impl Block {
    /// A chunk of some bytes.
    pub(crate) fn chunk(bytes: Vec<u8>) -> Self {
        Self { cid: Cid::of(Codec::Raw, &bytes), bytes }
    }

    /// An inner node, encoded.
    pub(crate) fn inner(bytes: Vec<u8>) -> Self {
        Self { cid: Cid::of(Codec::DagCbor, &bytes), bytes }
    }

    /// Bytes that somebody gives as the block of this name.
    ///
    /// # Errors
    /// [`BlobError::CorruptBlob`] when they do not hash to it, or are more than any block has.
    // SPEC-BLOB-8
    pub fn verified(cid: Cid, bytes: Vec<u8>) -> Result<Self, BlobError> {
        verify(&cid, &bytes)?;
        Ok(Self { cid, bytes })
    }

    /// Its name.
    pub fn cid(&self) -> Cid {
        self.cid
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Whether bytes are the block of a name.
///
/// # Errors
/// [`BlobError::CorruptBlob`] when they are not.
pub fn verify(cid: &Cid, bytes: &[u8]) -> Result<(), BlobError> {
    if bytes.len() <= BLOCK_BYTES_MAX && Cid::of(cid.codec(), bytes) == *cid {
        return Ok(());
    }
    Err(BlobError::CorruptBlob(*cid))
}
