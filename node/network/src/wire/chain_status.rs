//! What two peers tell each other of their chains.

use super::{decode_exact, hash, WireError};
use crate::head::Head;
use icn_primitives::Hash;
use prost::Message as _;

/// Largest encoding: three tags, two hashes with their lengths, and a height.
pub(crate) const CHAIN_STATUS_BYTES_MAX: usize = 3 + 2 * 33 + 10;

/// The chain of a node, and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ChainStatus {
    /// Hash of the first block.
    pub(crate) genesis: Hash,
    /// The last block.
    pub(crate) head: Head,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Encoded {
    #[prost(bytes = "vec", tag = "1")]
    genesis: Vec<u8>,
    #[prost(uint64, tag = "2")]
    height: u64,
    #[prost(bytes = "vec", tag = "3")]
    hash: Vec<u8>,
}

impl ChainStatus {
    /// `{1: genesis, 2: height, 3: hash}`.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let Self { genesis, head } = self;
        let encoded =
            Encoded { genesis: genesis.as_bytes().to_vec(), height: head.height, hash: head.hash.as_bytes().to_vec() };
        encoded.encode_to_vec()
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        let encoded: Encoded = decode_exact(bytes, CHAIN_STATUS_BYTES_MAX)?;
        let head = Head { height: encoded.height, hash: hash(&encoded.hash)? };
        Ok(Self { genesis: hash(&encoded.genesis)?, head })
    }
}
