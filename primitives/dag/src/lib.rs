//! DAG nodes: signed records of organisations and persons, as they are encoded, signed, checked and anchored.
//!
//! A *node* belongs to the *DAG* of one organisation or person, names its *parents* in it, and is signed by a key of its
//! *issuer*, or *emitted* by a block without a signature. It has two names: the *signing CID*, of what is signed, and the
//! *CID*, of the whole node. An *anchor entry* is what a block says of a node.
//!
//! Start with [`node`], then [`validate`](mod@validate): the rules in their order, as a function over what a [`View`] knows.
//! The format is specified in `docs/spec/dag.md`; code that implements a rule carries its number.
//!
//! This crate does no I/O, reads no clock, knows no pallet, and does not panic on any bytes: everything is bounded before
//! it is decoded.

#![warn(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::float_arithmetic)]

pub mod anchor;
pub mod ascending;
pub mod cid;
pub mod did;
pub mod emit;
pub mod equivocation;
pub mod error;
pub mod header;
pub mod ipld;
pub mod key;
pub mod limits;
pub mod node;
pub mod payload;
pub mod read;
pub mod reference;
pub mod scope;
pub mod validate;
pub mod words;

mod cbor;
pub mod fields;
mod schema;
mod sequence;
mod text;

pub use self::{
    anchor::AnchorEntry,
    ascending::Ascending,
    cid::{Cid, Codec},
    did::Did,
    emit::Emit,
    equivocation::{Equivocation, SignedHeader},
    error::{Error, Fault, Limit},
    header::{Author, Header, Parents, References},
    key::{Key, SignatureBytes},
    node::{Draft, Node, Proof},
    payload::Payload,
    read::{Audience, ReadProof, ReadProofError},
    reference::{Reference, Rel},
    scope::Scope,
    validate::{validate, KeyStatus, Now, ParentInfo, View},
    words::{Kind, ScopeKind, Visibility},
};
pub use ed25519_consensus::SigningKey;
pub use ipld_core::ipld::Ipld;

/// Milliseconds since the Unix epoch.
pub type Moment = u64;

/// Number of a trust bundle: an epoch of the federation.
pub type Epoch = u64;

/// Height of a block.
pub type BlockNumber = u32;
