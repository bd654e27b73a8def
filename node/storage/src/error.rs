//! What can go wrong with a store, and who can mend it.

use crate::ordered_store::Family;
use icn_primitives::{BlockNumber, Hash, StateError};
use std::{io, path::PathBuf};

/// Why the store did not answer or did not write.
///
/// A read that fails is an error, never a verdict about a block. After a failed write every operation answers
/// [`StorageError::Poisoned`]: what is on disk is in doubt until the store is opened again.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// Another process holds the store. The operator stops it or names another home.
    #[error("the home {} is in use by another process: stop that process, or choose another home", path.display())]
    HomeInUse {
        /// Folder of the store.
        path: PathBuf,
    },
    /// The disk is full. The operator frees space and starts again.
    #[error("no space is left on the disk that holds {}: free some space and start again", path.display())]
    NoSpace {
        /// Folder of the store.
        path: PathBuf,
        /// What the disk said.
        #[source]
        source: io::Error,
    },
    /// The store's files are damaged. The operator restores a backup or syncs anew.
    #[error("the store in {} is corrupted: restore a backup, or remove it and sync again", path.display())]
    Corruption {
        /// Folder of the store.
        path: PathBuf,
        /// What is damaged.
        #[source]
        source: io::Error,
    },
    /// The disk failed. The operator checks the disk and its permissions.
    #[error("the disk that holds {} failed: check the disk and the permissions of the folder", path.display())]
    Io {
        /// Folder of the store.
        path: PathBuf,
        /// What the disk said.
        #[source]
        source: io::Error,
    },
    /// An earlier write failed, so what is stored is in doubt. The process must end and open the store again.
    #[error("an earlier write to the store failed: restart the node")]
    Poisoned,
    /// A chain is already stored here.
    #[error("the store already holds a chain: choose an empty home, or remove this one")]
    NotEmpty,
    /// The store was written by a newer version of the node.
    #[error("the store has format {found} and this version reads formats up to {known}: install a newer version")]
    NewerFormat {
        /// Format of the store.
        found: u32,
        /// Newest format this version reads.
        known: u32,
    },
    /// The store was written before the first release, in a format that is not read any more.
    #[error("the store has format {found} and this version reads format {known}: stores of unreleased versions cannot be read, so remove it, and begin the chain again or sync")]
    OlderFormat {
        /// Format of the store.
        found: u32,
        /// Oldest format this version reads.
        known: u32,
    },
    /// What the store says of its head does not fit together.
    #[error(
        "the head of the store, block {number}, is corrupted: restore a backup, or remove the store and sync again"
    )]
    CorruptedHead {
        /// Height of the head, 0 when not even that can be read.
        number: BlockNumber,
    },
    /// A stored record does not decode.
    #[error("a record of {} under 0x{} is corrupted: restore a backup, or remove the store and sync again", family.name(), hex::encode(key))]
    Undecodable {
        /// Where it is stored.
        family: Family,
        /// Its key.
        key: Vec<u8>,
    },
    /// A record that must be there is not.
    #[error("a record of {} under 0x{} is missing: restore a backup, or remove the store and sync again", family.name(), hex::encode(key))]
    Missing {
        /// Where it should be.
        family: Family,
        /// Its key.
        key: Vec<u8>,
    },
    /// No block has this height yet.
    #[error("block {number} is unknown; the highest is {head}")]
    UnknownHeight {
        /// Height asked for.
        number: BlockNumber,
        /// Height of the head.
        head: BlockNumber,
    },
    /// The state or body at this height is no longer kept. A node with a longer history has it.
    #[error("block {number} is older than the history this node keeps, which starts at {oldest}")]
    Pruned {
        /// Height asked for.
        number: BlockNumber,
        /// Oldest height kept.
        oldest: BlockNumber,
    },
    /// The block does not follow the head. The caller offers the head's child.
    #[error("block {number} with parent {parent:?} does not follow the head, block {head} with hash {head_hash:?}")]
    NotChild {
        /// Height of the block.
        number: BlockNumber,
        /// Parent it names.
        parent: Hash,
        /// Height of the head.
        head: BlockNumber,
        /// Hash of the head.
        head_hash: Hash,
    },
    /// The block's two headers do not name the same height, state or content.
    #[error("the two headers of block {number} do not agree")]
    HeadersDisagree {
        /// Height of the block.
        number: BlockNumber,
    },
    /// The header names other validators than those that sign at its height.
    #[error("the header of block {number} names other validators than those that sign it")]
    ForeignValidators {
        /// Height of the block.
        number: BlockNumber,
    },
    /// The validators of the next block are missing, are not those that the header names, or are given without a change.
    #[error("the validators given for the block after block {number} are not those that its header names")]
    NextValidators {
        /// Height of the block.
        number: BlockNumber,
    },
    /// A commit has not one entry for each validator.
    #[error("the commit of block {number} has {given} entries for {validators} validators")]
    CommitLength {
        /// Height of the block.
        number: BlockNumber,
        /// Entries.
        given: usize,
        /// Validators that sign at this height.
        validators: usize,
    },
    /// A proposed block is not for the height that is decided next. The caller drops it.
    #[error("block {number} is not the one to decide next; the head is block {head}")]
    NotNext {
        /// Height of the proposed block.
        number: BlockNumber,
        /// Height of the head.
        head: BlockNumber,
    },
    /// A field of the Tendermint header is out of range.
    #[error("the Tendermint header of block {number} has a field out of range")]
    TendermintHeader {
        /// Height of the block.
        number: BlockNumber,
        /// Which one.
        #[source]
        source: Box<tendermint::Error>,
    },
    /// The header names another state than the one staged.
    #[error("the header of block {number} names the state root {expected:?}; the state given has {found:?}")]
    StateRoot {
        /// Height of the block.
        number: BlockNumber,
        /// Root in the header.
        expected: Hash,
        /// Root of the state.
        found: Hash,
    },
    /// The tree update was staged on another block, or for other changes. The caller stages the changes on the head.
    #[error("the tree update of block {number} was staged on another state or for other changes")]
    ForeignUpdate {
        /// Height of the block.
        number: BlockNumber,
    },
    /// The log of a DAG does not hold what the index says. Restore a backup, or remove the store and sync again.
    #[error("the log of a DAG is broken: {reason}")]
    BrokenLog {
        /// What is missing.
        reason: String,
    },
    /// A DAG's log has as many records as can be counted.
    #[error("the log of {dag} is full")]
    LogFull {
        /// The DAG.
        dag: icn_dag::Did,
    },
    /// A blob is not here, or not as it should be. The blob is refused; the rest of the store is sound.
    #[error(transparent)]
    Blob(#[from] icn_blob::BlobError),
    /// A storage key is empty; the tree cannot prove such a key.
    #[error("a storage key must have at least one byte")]
    EmptyKey,
    /// Nothing is in the state, so that no proof of absence exists.
    #[error("the state at block {number} is empty and proves nothing")]
    EmptyState {
        /// Height of the block.
        number: BlockNumber,
    },
}

impl From<StorageError> for StateError {
    fn from(error: StorageError) -> Self {
        Self(Box::new(error))
    }
}
