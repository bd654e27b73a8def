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
    /// Nothing can be printed.
    #[error(transparent)]
    Terminal(#[from] io::Error),
}
