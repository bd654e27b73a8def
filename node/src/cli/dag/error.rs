//! What goes wrong with records.

use crate::cli::client::{signer::SignerError, ClientError};
use std::{io, path::PathBuf};

/// Why a command about records failed.
#[derive(Debug, thiserror::Error)]
pub enum DagError {
    /// The node.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The signer cannot be used.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// What was asked for is no record.
    #[error("the record is refused: {0}")]
    Record(#[from] icn_dag::Error),
    /// Records are signed with Ed25519.
    #[error("records are signed with Ed25519 keys, and this one is none: make one with `icn keys new account --scheme ed25519`")]
    NotEd25519,
    /// A payload is no data that records hold.
    #[error("the payload: {0}")]
    Payload(String),
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file holds something else.
    #[error("{} is no {what}: {source}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What it should be.
        what: &'static str,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// A file is too large.
    #[error("{} has more than {max} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// How many there may be.
        max: u64,
    },
    /// The node does not have the record.
    #[error("the node does not have the record {0}")]
    Unknown(String),
    /// The payload is not for who asks.
    #[error("the payload of {0} is not for everybody: read it with --reader, as a key that may write the DAG")]
    Withheld(String),
    /// Nobody signed two records for one place, as far as the node knows.
    #[error("the node has no proof that this key signed two records for one place in {0}")]
    NoEvidence(String),
    /// A file is no proof of equivocation.
    #[error("{} is no proof that a key signed two records for one place: {reason}", path.display())]
    NotEvidence {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The record is not final.
    #[error("the record {0} is not final: wait for the next block, and try again")]
    NotFinal(String),
    /// The node has only the anchor of a record.
    #[error("the node knows that {0} is final and does not show the record itself: give it with --record FILE, read as a writer with --reader, or ask another node")]
    NotHere(String),
    /// A record did not become final in time.
    #[error("the record {cid} is not final after {seconds} s; it waits at the node: see `icn dag get {cid}`")]
    Waited {
        /// Its name.
        cid: String,
        /// How long was waited.
        seconds: u64,
    },
    /// An archive cannot be read or written.
    #[error("{}: {source}", path.display())]
    Archive {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: super::CarError,
    },
    /// A node refuses some records of an archive.
    #[error("the node refuses {refused} records of the archive; the first are listed above")]
    Import {
        /// How many.
        refused: u64,
    },
    /// A proof does not hold.
    #[error("the proof does not hold: {0}")]
    Proof(#[from] icn_trust::RecordError),
    /// A proof by bundles, or by a block, does not hold.
    #[error("the proof does not hold: {0}")]
    Claim(#[from] icn_trust::ClaimError),
    /// Bundles do not lead from the trusted one.
    #[error("the bundles do not hold: {0}")]
    Bundles(#[from] icn_trust::BundleError),
    /// A proof is by something else than what is trusted.
    #[error("the proof is by a {path}, and what is trusted is a {trusted}: trust a {path}, or ask for the proof by a {trusted} (--by)")]
    OtherTrust {
        /// What the proof is by.
        path: &'static str,
        /// What is trusted.
        trusted: &'static str,
    },
    /// The node has no such bundle.
    #[error("the node has no bundle of {}: see `icn trust show`", epoch.map_or("any epoch".into(), |epoch| format!("epoch {epoch}")))]
    NoBundle {
        /// The epoch.
        epoch: Option<u64>,
    },
    /// The record is in no sealed bundle yet.
    #[error(
        "the record {0} is in no sealed epoch yet: wait for its end (`icn trust show`), or prove it with --by block"
    )]
    NotSealed(String),
    /// The state has no such value.
    #[error("the state after block {height} has no value under this key")]
    NoValue {
        /// The block.
        height: u32,
    },
    /// A block is followed from a known one.
    #[error(
        "a block is followed from one that is known of the peer: give that with --from FILE (`icn trust block HEIGHT`)"
    )]
    NoKnownBlock,
    /// A file has no bundles in it.
    #[error("there are no bundles in the file")]
    NoBundles,
    /// The chain does not follow the federation.
    #[error("{peer} is no peer of this chain: whoever may, runs `icn federation peer add {peer} --trusted FILE`")]
    NoPeer {
        /// The federation.
        peer: String,
    },
    /// The peer is frozen.
    #[error("{peer} is frozen: see `icn federation peer list`; whoever may, thaws it with `icn federation peer thaw`")]
    Frozen {
        /// The federation.
        peer: String,
    },
    /// Nothing can be printed.
    #[error(transparent)]
    Terminal(#[from] io::Error),
}
