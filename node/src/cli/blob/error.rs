//! What goes wrong with blobs, and what mends it.

use crate::cli::{client::ClientError, dag::DagError};
use icn_dag::Cid;
use std::{io, path::PathBuf};
use subxt::rpcs::UserError;

/// Why a command about blobs failed.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The node.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The signer cannot be used.
    #[error(transparent)]
    Signer(#[from] DagError),
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Standard input cannot be read, or kept until its name is known.
    #[error("standard input cannot be read: {0}")]
    Input(#[source] io::Error),
    /// The data is no blob.
    #[error("{0}: cut it into several blobs")]
    TooLarge(icn_blob::BlobError),
    /// The node says no.
    #[error("{reason}{hint}")]
    Refused {
        /// The node's words.
        reason: String,
        /// What to do about it; may be empty.
        hint: &'static str,
    },
    /// The node gave other bytes than those of the name.
    #[error("the node at {url} gave other bytes than those of {cid}: ask another node with --url")]
    OtherBytes {
        /// The node.
        url: String,
        /// The name.
        cid: Cid,
    },
    /// The node does not have the blob.
    #[error("the node does not have {0}: `icn blob get` fetches it from other nodes")]
    Unknown(Cid),
    /// A range that ends before it begins.
    #[error("the range {start}..{end} ends before it begins")]
    Range {
        /// First byte.
        start: u64,
        /// The byte after the last.
        end: u64,
    },
    /// A blob did not come in time.
    #[error("{cid} is not fetched after {seconds} s: ask again, the node may still be at it, or give it longer with --wait-max")]
    Waited {
        /// Its name.
        cid: Cid,
        /// How long was waited.
        seconds: u64,
    },
    /// Nothing can be printed.
    #[error(transparent)]
    Terminal(#[from] io::Error),
}

/// What a client can do about some of the node's errors.
fn hint(code: i32) -> &'static str {
    match code {
        -32601 => ": the operator of the node allows it with `operator = true` under [rpc] in icn.toml, on a port that nobody else reaches",
        5021 | 5030 => ": check the CID, or ask a node that has it with --url",
        5022 => ": put it again, or ask another node with --url",
        5028 => ": remove the need for other blobs of this owner, or ask the operator to raise `owner_quota_mib` under [blobs]",
        5029 => ": ask another node with --url, or the operator to raise `total_mib` or `fetched_mib` under [blobs]",
        5034 => ": try again in a minute",
        _ => "",
    }
}

impl From<UserError> for BlobError {
    fn from(refusal: UserError) -> Self {
        Self::Refused { reason: refusal.message, hint: hint(refusal.code) }
    }
}
