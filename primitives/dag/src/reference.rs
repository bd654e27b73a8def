//! What a node refers to beside its parents.

use crate::{cid::Cid, limits::REL_BYTES_MAX, text::bounded_text};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// A text that is no relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a relation is 1 to {REL_BYTES_MAX} of a-z, 0-9 and _")]
pub struct InvalidRel;

/// How a node is related to what it refers to: 1 to 32 of `a-z`, `0-9` and `_`. The vocabulary is open.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, TypeInfo)]
pub struct Rel(String);

impl Rel {
    /// From a vote or a receipt to its proposal.
    pub const PROPOSAL: &'static str = "proposal";

    /// From a message to its thread.
    pub const THREAD: &'static str = "thread";

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Rel {
    type Err = InvalidRel;

    fn from_str(text: &str) -> Result<Self, InvalidRel> {
        let is_digit = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let is_rel = !text.is_empty() && text.len() <= REL_BYTES_MAX as usize && text.bytes().all(is_digit);
        is_rel.then(|| Self(text.to_owned())).ok_or(InvalidRel)
    }
}

bounded_text!(Rel, REL_BYTES_MAX);

/// A reference to a node or a blob.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    TypeInfo,
    MaxEncodedLen,
    Serialize,
    Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// How the node is related to it.
    pub rel: Rel,
    /// What is referred to.
    pub cid: Cid,
}
