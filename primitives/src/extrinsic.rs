//! An extrinsic as bytes.

use crate::{limits::EXTRINSIC_BYTES_MAX, Hash, Hashing};
use codec::{Compact, CompactLen, Decode, Encode, EncodeLike, Error, Input, Output};
use sp_runtime::traits::Hash as _;
use std::sync::Arc;

/// The exact SCALE encoding of an extrinsic, its compact length prefix included. Clones share the bytes.
///
/// It encodes as itself, so that a list of it is a list of extrinsics. Decoding reads at most [`EXTRINSIC_BYTES_MAX`] bytes
/// and does not look inside.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Extrinsic(Arc<[u8]>);

impl Extrinsic {
    /// Takes the bytes of one whole extrinsic.
    ///
    /// # Errors
    /// When the length prefix is missing, not minimal, larger than the limit or not the length of the rest.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let mut rest = bytes;
        let extrinsic = Self::decode(&mut rest)?;
        if !rest.is_empty() {
            return Err("bytes follow the extrinsic".into());
        }
        Ok(extrinsic)
    }

    /// Wraps the encoding of a typed extrinsic.
    pub fn from_encoded(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }

    /// The encoding, prefix included.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// BLAKE2b-256 of [`Self::bytes`], as every client computes it.
    pub fn hash(&self) -> Hash {
        Hashing::hash(&self.0)
    }
}

impl core::fmt::Debug for Extrinsic {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Extrinsic({:?}, {} bytes)", self.hash(), self.0.len())
    }
}

impl Encode for Extrinsic {
    fn size_hint(&self) -> usize {
        self.0.len()
    }

    fn encode_to<O: Output + ?Sized>(&self, out: &mut O) {
        out.write(&self.0);
    }
}

impl EncodeLike for Extrinsic {}

impl Decode for Extrinsic {
    fn decode<I: Input>(input: &mut I) -> Result<Self, Error> {
        let length = Compact::<u32>::decode(input)?;
        let prefix = Compact::<u32>::compact_len(&length.0);
        let total = (length.0 as usize).saturating_add(prefix);
        if total > EXTRINSIC_BYTES_MAX as usize {
            return Err("extrinsic is larger than 512 KiB".into());
        }
        if input.remaining_len()?.is_some_and(|left| left < length.0 as usize) {
            return Err("extrinsic is shorter than its length prefix says".into());
        }
        let mut bytes = vec![0; total];
        length.encode_to(&mut &mut bytes[..prefix].as_mut());
        input.read(&mut bytes[prefix..])?;
        Ok(Self(bytes.into()))
    }
}
