//! For whom a node speaks.

use crate::{did::Did, words::ScopeKind};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// The body in whose name a node is made: its issuer needs a role there that may make nodes of this kind.
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
pub struct Scope {
    /// What it is.
    pub kind: ScopeKind,
    /// Which one. Only a machine of the network may be a `did:key`.
    pub id: Did,
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind, self.id)
    }
}
