//! Why the guard does not let something be signed.

use super::Position;
use std::{io, path::PathBuf};

/// Why the guard's record cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum GuardStoreError {
    /// Another process signs with this guard. The operator stops it.
    #[error("the guard {} is in use by another process: stop that process", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file is not one that a guard wrote, or not whole. Whoever removes it must know that nothing was signed after what the
    /// store of blocks holds.
    #[error(
        "the guard {} is damaged: keep this validator stopped until the chain is two blocks past all that it may have signed, \
         then remove the file",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// The disk failed. The operator checks the disk and its permissions.
    #[error("the disk that holds the guard {} failed: check the disk and the permissions of the folder", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the disk said.
        #[source]
        source: io::Error,
    },
    /// The record is larger than a record can be.
    #[error("a record of {bytes} bytes does not fit into the guard")]
    TooLarge {
        /// Its bytes.
        bytes: usize,
    },
}

/// Why the guard does not let something be signed.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    /// What was signed last was for another chain. The operator gives each chain its own key and home.
    #[error("the guard is that of chain {guarded}, not {chain_id}: use a home and a key of their own for each chain")]
    OtherChain {
        /// The guard's chain.
        guarded: String,
        /// The node's.
        chain_id: String,
    },
    /// What was signed last was signed by another key. The operator moves the old guard away when the key was rotated.
    #[error(
        "the guard is that of key {}, not {}: restore that key, or move the guard away if the key was rotated",
        hex::encode(guarded),
        hex::encode(key)
    )]
    OtherKey {
        /// The guard's key.
        guarded: [u8; 32],
        /// The node's.
        key: [u8; 32],
    },
    /// Something later was signed already. It ends when the chain is past that.
    #[error("asked to sign the {asked}, but the {last} was signed already: is another node using this key?")]
    Regression {
        /// What was to be signed.
        asked: Position,
        /// What was signed.
        last: Position,
    },
    /// Something else was signed for this step. Signing would be an offence.
    #[error("asked to sign a second {position} that contradicts the first: is another node using this key?")]
    DoubleSign {
        /// The step.
        position: Position,
    },
    /// A write failed before, so it is unknown what is on disk. The node starts again.
    #[error("the guard could not be written before: check the disk, then start again")]
    Failed,
    /// The record cannot be read or kept.
    #[error(transparent)]
    Store(#[from] GuardStoreError),
}
