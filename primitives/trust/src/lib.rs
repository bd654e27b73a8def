//! What can be proven to others who have only files: that a block is final, what its state holds, and that a signed record is part of
//! a DAG's final history.
//!
//! ```text
//! trusted block ── signatures of its validators ──> block ── ICS-23 ──> log of a DAG ── RFC 6962 ──> record ── Ed25519 ──> issuer
//! ```
//!
//! Start with [`record`]; [`block`] is the light client's step, judged by Tendermint's own verifier, and [`state`] the proof of a value.
//! The formats are specified in `docs/spec/trust.md`.
//!
//! Everything here is a pure function of what it is given, the time included. It asks nobody, and a stranger's file is a proof that
//! holds or an error, never a panic.

#![warn(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::float_arithmetic)]

pub mod block;
pub mod bytes;
pub mod record;
pub mod state;

pub use block::{verify_block, BlockError, BlockProof, Policy};
pub use bytes::HexBytes;
pub use record::{ProvenRecord, RecordError, RecordProof};
pub use state::{verify_value, StateError};
