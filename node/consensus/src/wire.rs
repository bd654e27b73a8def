//! Messages between nodes, and the entries of the engine's log: package `icn.consensus.v1` of Protocol Buffers, proto3.
//!
//! The fields are in [`proto`]. Every message has one encoding only: fields in order, no unknown ones, no defaults written out; what
//! does not encode to itself again is refused, as are bytes beyond [`Wire::BYTES_MAX`] before anything is decoded. All bounds are
//! checked here, so that nothing behind it has to expect them broken:
//!
//! | field | bound |
//! |---|---|
//! | height | 0 ..= 2^32 − 1 |
//! | round | 0 ..= 2^31 − 1; a round of a polka is before the round, and may be missing |
//! | time | 0 ..= [`TIME_MAX`](icn_primitives::limits::TIME_MAX) |
//! | parts | 1 ..= 16, their hash 32 bytes |
//! | hash, key, address, signature | exactly 32, 32, 20, 64 bytes |
//! | votes of a certificate | 1 ..= [`VALIDATORS_MAX`](icn_primitives::validators::VALIDATORS_MAX), no address twice |
//! | name of a stream | at most [`STREAM_ID_BYTES_MAX`] bytes |
//! | heights asked for | 1 ..= [`SYNC_HEIGHTS_MAX`], in order |
//! | decided blocks in an answer | at most [`SYNC_HEIGHTS_MAX`], one height after the other |
//!
//! Encoding checks the same bounds, so that what a node writes it can read.

mod certificates;
mod error;
mod field;
mod parts;
mod proof;
pub mod proto;
mod stream;
mod sync;
mod votes;

#[cfg(test)]
mod tests;

pub use error::WireError;
pub use stream::{StreamPart, STREAM_ID_BYTES_MAX};
pub use sync::{DecidedBlock, HeightRange, SyncStatus, SyncValues, SYNC_HEIGHTS_MAX};

use bytes::Bytes;
use prost::Message;

/// A type with a place on the wire.
pub trait Wire: Sized {
    /// Its name in errors.
    const KIND: &'static str;
    /// Most bytes of an encoding.
    const BYTES_MAX: usize;
    /// Its message.
    type Proto: Message + Default;

    /// Looks at bytes before they are decoded, for messages that would take much more memory than bytes.
    ///
    /// # Errors
    /// When they would.
    fn precheck(_bytes: &[u8]) -> Result<(), WireError> {
        Ok(())
    }

    /// The message that stands for it.
    ///
    /// # Errors
    /// When a field is out of bounds.
    fn to_proto(&self) -> Result<Self::Proto, WireError>;

    /// Checks a message.
    ///
    /// # Errors
    /// When a field is missing or out of bounds.
    fn from_proto(proto: Self::Proto) -> Result<Self, WireError>;
}

/// The encoding of a message.
///
/// # Errors
/// When a field is out of bounds, or the whole is too large.
pub fn encode<T: Wire>(value: &T) -> Result<Bytes, WireError> {
    let bytes: Bytes = value.to_proto()?.encode_to_vec().into();
    checked_length::<T>(bytes.len())?;
    Ok(bytes)
}

/// Reads a message from a stranger's bytes.
///
/// # Errors
/// See [`WireError`].
pub fn decode<T: Wire>(bytes: Bytes) -> Result<T, WireError> {
    checked_length::<T>(bytes.len())?;
    T::precheck(&bytes)?;
    let value = T::from_proto(T::Proto::decode(bytes.clone())?)?;
    // A second encoding of a message would be a second message to whatever counts or caches them.
    if value.to_proto()?.encode_to_vec() != bytes {
        return Err(WireError::NotCanonical);
    }
    Ok(value)
}

/// How long the encoding of a message is.
///
/// # Errors
/// As [`encode`], but not when the whole is too large.
pub fn encoded_len<T: Wire>(value: &T) -> Result<usize, WireError> {
    Ok(value.to_proto()?.encoded_len())
}

fn checked_length<T: Wire>(bytes: usize) -> Result<(), WireError> {
    if bytes > T::BYTES_MAX {
        return Err(WireError::TooLarge { kind: T::KIND, bytes, bytes_max: T::BYTES_MAX });
    }
    Ok(())
}
