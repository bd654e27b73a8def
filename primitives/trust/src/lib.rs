//! What can be proven to others who have only files: that a block is final, what its state holds, and that a signed record is part of
//! a DAG's final history.
//!
//! ```text
//! trusted block ── signatures of its validators ──> block ── ICS-23 ──> log of a DAG ── RFC 6962 ──> record ── Ed25519 ──> issuer
//! trusted bundle ── signers of the next epoch ──> bundle ── RFC 6962 ──> record
//! ```
//!
//! Start with [`claim`] and [`record`]. [`block`] is the light client's step, judged by Tendermint's own verifier; [`bundle`] what the
//! validators of an epoch say at its end, [`seal`] how they sign it with [`bls`], and [`chain`] the step from one bundle to the next.
//! [`state`] is the proof of a value. The formats are specified in `docs/spec/trust.md`.
//!
//! Everything here is a pure function of what it is given, the time included. It asks nobody, and a stranger's file is a proof that
//! holds or an error, never a panic.

#![warn(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::float_arithmetic)]

pub mod block;
pub mod bls;
pub mod bundle;
pub mod bytes;
pub mod chain;
pub mod claim;
pub mod record;
pub mod seal;
pub mod state;

pub use block::{verify_block, verify_from, BlockError, BlockFile, BlockProof, Policy, TrustedHeader};
pub use bundle::{Bundle, Signer, Signers};
pub use bytes::HexBytes;
pub use chain::{verify_chain, BundleError, SealedBundle};
pub use claim::{verify_record, BundledRecord, ClaimError, Final, Path, PathError, Place, Trusted, ValueProof};
pub use record::{ProvenRecord, RecordError, RecordProof};
pub use seal::{Gathering, Partial, PartialError, Seal, SealError};
pub use state::{verify_value, StateError};
