//! What is on the wire: protobuf, bounded before it is decoded, in one encoding only.
//!
//! A message that has unknown fields, fields in another order or integers longer than needed is refused: what is accepted
//! encodes as itself. Another format is another version in the protocol's name.

pub(crate) mod blobs;
mod chain_status;
mod head;
pub(crate) mod records;
pub(crate) mod seals;
pub(crate) mod transactions;

#[cfg(test)]
mod tests;

pub(crate) use blobs::{BlobsAnswer, BlobsRequest};
pub(crate) use chain_status::{ChainStatus, CHAIN_STATUS_BYTES_MAX};
pub(crate) use records::{RecordsAnswer, RecordsRequest};
pub(crate) use seals::Seals;

use icn_primitives::Hash;

/// Why bytes are no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WireError {
    /// There are too many of them.
    #[error("{bytes} bytes are more than the {max} that a message may have")]
    Oversized {
        /// How many there are.
        bytes: usize,
        /// How many there may be.
        max: usize,
    },
    /// They are not the encoding of a message.
    #[error("the bytes are not the encoding of a message")]
    Malformed,
    /// A batch without transactions.
    #[error("the batch is empty")]
    Empty,
    /// More transactions than a batch may have.
    #[error("the batch has more than {max} transactions")]
    TooMany {
        /// How many there may be.
        max: usize,
    },
    /// A transaction of no bytes, or of too many.
    #[error("a transaction has {bytes} bytes")]
    ExtrinsicSize {
        /// How many it has.
        bytes: usize,
    },
    /// The bytes of a transaction are not those of one extrinsic.
    #[error("a transaction is not one whole extrinsic")]
    Extrinsic,
}

fn check_size(bytes: &[u8], max: usize) -> Result<(), WireError> {
    if bytes.len() > max {
        return Err(WireError::Oversized { bytes: bytes.len(), max });
    }
    Ok(())
}

/// Decodes a small message that must encode as the same bytes.
fn decode_exact<M: prost::Message + Default>(bytes: &[u8], max: usize) -> Result<M, WireError> {
    check_size(bytes, max)?;
    let message = M::decode(bytes).map_err(|_| WireError::Malformed)?;
    if message.encode_to_vec() != bytes {
        return Err(WireError::Malformed);
    }
    Ok(message)
}

fn hash(bytes: &[u8]) -> Result<Hash, WireError> {
    <[u8; 32]>::try_from(bytes).map(Hash::from).map_err(|_| WireError::Malformed)
}
