//! Names of blocks of data (SPEC-DAG-1).

use codec::{Decode, DecodeWithMemTracking, Encode, Input, MaxEncodedLen};
use scale_info::TypeInfo;
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};

/// Bytes of a CID: four of prefix and a digest.
pub const CID_BYTES: usize = 36;

/// How the block is encoded that a CID names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// Bytes as they are: a blob.
    Raw,
    /// Canonical CBOR of the IPLD data model.
    DagCbor,
}

impl Codec {
    /// What the bytes of a CID begin with: version 1, the codec, sha2-256, 32 bytes.
    const fn prefix(self) -> [u8; 4] {
        match self {
            Self::Raw => [0x01, 0x55, 0x12, 0x20],
            Self::DagCbor => [0x01, 0x71, 0x12, 0x20],
        }
    }
}

/// Why something is no CID of this chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a CID of version 1 with sha2-256 and codec dag-cbor or raw, or not in its usual form")]
pub struct InvalidCid;

/// A CID of version 1 with SHA-256 and codec dag-cbor or raw: 36 bytes. In text it is lower-case base32, `bafy…` and
/// `bafk…`; in dag-cbor it is a link; in SCALE, its bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, TypeInfo, MaxEncodedLen)]
pub struct Cid([u8; CID_BYTES]);

impl Cid {
    /// The CID of a block.
    pub fn of(codec: Codec, block: &[u8]) -> Self {
        Self::from_digest(codec, Sha256::digest(block).into())
    }

    /// The CID of the block with a SHA-256.
    pub fn from_digest(codec: Codec, digest: [u8; 32]) -> Self {
        let mut bytes = [0; CID_BYTES];
        let parts = codec.prefix().into_iter().chain(digest);
        bytes.iter_mut().zip(parts).for_each(|(byte, part)| *byte = part);
        Self(bytes)
    }

    /// The codec of the block.
    pub fn codec(&self) -> Codec {
        if self.0.starts_with(&Codec::Raw.prefix()) {
            Codec::Raw
        } else {
            Codec::DagCbor
        }
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; CID_BYTES] {
        &self.0
    }
}

impl TryFrom<&[u8]> for Cid {
    type Error = InvalidCid;

    fn try_from(bytes: &[u8]) -> Result<Self, InvalidCid> {
        let bytes: [u8; CID_BYTES] = bytes.try_into().map_err(|_| InvalidCid)?;
        let is_known = [Codec::Raw, Codec::DagCbor].iter().any(|codec| bytes.starts_with(&codec.prefix()));
        is_known.then_some(Self(bytes)).ok_or(InvalidCid)
    }
}

impl TryFrom<&::cid::Cid> for Cid {
    type Error = InvalidCid;

    fn try_from(cid: &::cid::Cid) -> Result<Self, InvalidCid> {
        Self::try_from(&cid.to_bytes()[..])
    }
}

impl From<&Cid> for ::cid::Cid {
    #[allow(clippy::fallible_impl_from)] // A CID of this chain is one of all CIDs.
    fn from(cid: &Cid) -> Self {
        Self::try_from(&cid.0[..]).expect("36 bytes with a checked prefix are a CID of version 1")
    }
}

impl fmt::Display for Cid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ::cid::Cid::from(self).fmt(f)
    }
}

impl fmt::Debug for Cid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Cid {
    type Err = InvalidCid;

    /// Reads the one form that is written: other bases and paths, which the library takes, are refused.
    fn from_str(text: &str) -> Result<Self, InvalidCid> {
        let digits = text.strip_prefix('b').filter(|digits| digits.len() <= 2 * CID_BYTES).ok_or(InvalidCid)?;
        let bytes = ::cid::multibase::Base::Base32Lower.decode(digits).map_err(|_| InvalidCid)?;
        let cid = Self::try_from(&bytes[..])?;
        (cid.to_string() == text).then_some(cid).ok_or(InvalidCid)
    }
}

impl Decode for Cid {
    fn decode<I: Input>(input: &mut I) -> Result<Self, codec::Error> {
        let bytes = <[u8; CID_BYTES]>::decode(input)?;
        Self::try_from(&bytes[..]).map_err(|_| "not a CID of this chain".into())
    }
}

impl DecodeWithMemTracking for Cid {}

impl serde::Serialize for Cid {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            ::cid::Cid::from(self).serialize(serializer)
        }
    }
}

impl<'de> serde::Deserialize<'de> for Cid {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = <String as serde::Deserialize>::deserialize(deserializer)?;
            text.parse().map_err(serde::de::Error::custom)
        } else {
            let cid = <::cid::Cid as serde::Deserialize>::deserialize(deserializer)?;
            Self::try_from(&cid).map_err(serde::de::Error::custom)
        }
    }
}
