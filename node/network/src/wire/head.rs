//! An announced head.

use super::{decode_exact, hash, WireError};
use crate::head::Head;
use prost::Message as _;

/// Largest encoding: two tags, a height, a length and a hash.
const BYTES_MAX: usize = 1 + 10 + 1 + 1 + 32;

#[derive(Clone, PartialEq, prost::Message)]
struct Announcement {
    #[prost(uint64, tag = "1")]
    height: u64,
    #[prost(bytes = "vec", tag = "2")]
    hash: Vec<u8>,
}

impl Head {
    /// `{1: height, 2: hash}`.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        Announcement { height: self.height, hash: self.hash.as_bytes().to_vec() }.encode_to_vec()
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        let Announcement { height, hash: block } = decode_exact(bytes, BYTES_MAX)?;
        Ok(Self { height, hash: hash(&block)? })
    }
}
