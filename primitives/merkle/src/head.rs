//! Tree heads: what a proof is checked against.

use crate::{text, Hash};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// Size and root of a tree, as somebody vouches for them. A root alone does not say how many leaves are under it, and then
/// one path proves several places.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    TypeInfo,
    MaxEncodedLen,
    Serialize,
    Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct TreeHead {
    /// Number of leaves.
    pub size: u64,
    /// RFC 6962 root; in text 64 hex digits after `0x`.
    #[serde(serialize_with = "text::write_hash", deserialize_with = "text::read_hash")]
    pub root: Hash,
}
