//! Goes through all that is stored, offline, and lists what does not fit together.
//!
//! - `blocks`: each header follows the one before by both hashes, each body hashes to its header, each hash leads to its
//!   block, and nothing is stored above the head or below the history.
//! - `decided`: each height's validators are those that the headers name, each commit kept is signed by more than two thirds of
//!   their power, and what is proposed is for the block after the head.
//! - `tree`: each node's children are there with the hashes that it names, in every version kept; the head's leaves and the
//!   latest state are the same entries; each root is its header's; each node is in the head's tree or was replaced within the
//!   history.
//! - `past`: each changed key's old value is that of the tree before; each leaf that a version wrote or replaced is of a key
//!   that it changed, or has only moved; the index of changes is complete.
//!
//! - `records`: each signed record has the name under which it is stored and is where the index leads, and each DAG's log is that of
//!   its final records.
//! - `blobs`: each block of a blob has the bytes of its name, each blob its blocks, and what is counted and charged is what there is.
//!
//! What is found is listed, never a panic; only a disk that fails is an error.

mod blobs;
mod blocks;
mod decided;
mod past;
mod records;
mod tree;

use crate::{
    ordered_store::{Family, OrderedStore, Reads},
    state::LatestState,
    tree::NodeCache,
    value_cache::Remembering,
    ChainStore, StorageError,
};
use icn_primitives::{votes::CommitError, BlockNumber, Hash};

/// Most findings that are listed; a store with as many is lost anyway.
pub const FINDINGS_MAX: usize = 1000;

/// Progress is told after this many records.
const STEP_RECORDS: u64 = 1024;

/// Where the check is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckStep {
    /// This many blocks are checked, of this many.
    Blocks {
        /// Checked.
        done: u64,
        /// There are.
        total: u64,
    },
    /// The signatures of this many blocks are checked, of this many.
    Commits {
        /// Checked.
        done: u64,
        /// There are.
        total: u64,
    },
    /// This many tree nodes and state entries are checked.
    Tree {
        /// Checked.
        done: u64,
    },
    /// This many heights of history are checked, of this many.
    History {
        /// Checked.
        done: u64,
        /// There are.
        total: u64,
    },
}

/// Something that does not fit. Restore a backup, or remove the store and sync again.
#[derive(Debug, thiserror::Error)]
pub enum Finding {
    /// A record is missing or does not decode.
    #[error(transparent)]
    Record(StorageError),
    /// A block does not name the one before it.
    #[error("block {number} does not follow block {}", number - 1)]
    BrokenLink {
        /// Height of the block.
        number: BlockNumber,
    },
    /// A block's headers name different content, or another height.
    #[error("the headers of block {number} do not agree")]
    HeadersDisagree {
        /// Height of the block.
        number: BlockNumber,
    },
    /// A block's hash does not lead to it.
    #[error("the hash {hash:?} does not lead to block {number}")]
    HashNotIndexed {
        /// Height of the block.
        number: BlockNumber,
        /// One of its hashes.
        hash: Hash,
    },
    /// A hash is indexed that is no block's.
    #[error("the hash {hash:?} leads to block {number}, which has another")]
    ForeignHash {
        /// Height it leads to.
        number: BlockNumber,
        /// The hash.
        hash: Hash,
    },
    /// The extrinsics are not those of the header.
    #[error("the extrinsics of block {number} are not those of its header")]
    BodyDiffers {
        /// Height of the block.
        number: BlockNumber,
    },
    /// The validators of a height are not those that the headers name.
    #[error("the validators of block {number} are not those that the headers name")]
    ValidatorsDiffer {
        /// Height of the block.
        number: BlockNumber,
    },
    /// A commit does not show that its block was decided.
    #[error("the commit of block {number} does not decide it: {reason}")]
    CommitInvalid {
        /// Height of the block.
        number: BlockNumber,
        /// What is wrong with it.
        #[source]
        reason: CommitError,
    },
    /// A record is outside of what is kept: above the head, below the history, or of nothing that is there.
    #[error("a record of {} under 0x{} is left over", family.name(), hex::encode(key))]
    LeftOver {
        /// Where it is stored.
        family: Family,
        /// Its key.
        key: Vec<u8>,
    },
    /// The root of a stored tree is not the one in the header.
    #[error("the tree of block {number} has root {found:?}, its header says {expected:?}")]
    RootDiffers {
        /// Height of the block.
        number: BlockNumber,
        /// Root in the header.
        expected: Hash,
        /// Root of the tree.
        found: Hash,
    },
    /// A tree node does not have the hash that its parent says.
    #[error("the tree node 0x{} has another hash than its parent says", hex::encode(key))]
    NodeDiffers {
        /// Key of the node.
        key: Vec<u8>,
    },
    /// A value is not the one in the tree.
    #[error("the value of 0x{} in the state after block {number} is not the one in the tree", hex::encode(key))]
    ValueDiffers {
        /// Storage key.
        key: Vec<u8>,
        /// Height of the state.
        number: BlockNumber,
    },
    /// The height of a value's last change is not that of the block that wrote it.
    #[error("the height stored for 0x{} is not block {number}, which wrote it", hex::encode(key))]
    HeightDiffers {
        /// Storage key.
        key: Vec<u8>,
        /// Height of the block.
        number: BlockNumber,
    },
    /// A version of the tree changed a key that the block did not.
    #[error("the tree of block {number} changed 0x{}, the block did not", hex::encode(key))]
    UntoldChange {
        /// Storage key.
        key: Vec<u8>,
        /// Height of the block.
        number: BlockNumber,
    },
    /// The log of a DAG lacks a record, or has them in another order than blocks.
    #[error("the log of {dag} is broken at place {place}")]
    LogBroken {
        /// The DAG.
        dag: icn_dag::Did,
        /// The first place that does not fit.
        place: u64,
    },
    /// A block of a blob is missing or corrupt. Put the blob again, or remove it and fetch it from a node that has it.
    #[error(transparent)]
    Blob(icn_blob::BlobError),
    /// The index of changes lacks a height.
    #[error("the change at block {number} under 0x{} is not indexed", hex::encode(prefix))]
    ChangeNotIndexed {
        /// The indexed prefix.
        prefix: Vec<u8>,
        /// Height of the block.
        number: BlockNumber,
    },
}

/// What the check saw.
#[derive(Debug, Default)]
pub struct CheckReport {
    /// What does not fit, at most [`FINDINGS_MAX`].
    pub findings: Vec<Finding>,
    /// Headers checked.
    pub headers: u64,
    /// Bodies checked.
    pub bodies: u64,
    /// Commits whose signatures were checked.
    pub commits: u64,
    /// Entries of the latest state.
    pub state_entries: u64,
    /// Tree nodes of all versions kept.
    pub tree_nodes: u64,
    /// Undo records.
    pub undo_records: u64,
    /// Blocks of blobs.
    pub blob_blocks: u64,
}

impl CheckReport {
    /// Whether everything fits.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }
}

/// A check under way.
struct Check<'a, S: OrderedStore> {
    latest: &'a LatestState<S>,
    oldest_state: BlockNumber,
    oldest_body: BlockNumber,
    /// Only for walks through the tree, so that what is checked comes from the disk.
    cache: NodeCache,
    report: CheckReport,
    progress: &'a mut dyn FnMut(CheckStep),
}

impl<S: OrderedStore> ChainStore<S> {
    /// Checks all that is stored. It reads the disk several times over, so it is for a stopped node.
    ///
    /// # Errors
    /// When the disk fails; what does not fit together is in the report.
    pub fn check(&self, progress: &mut dyn FnMut(CheckStep)) -> Result<CheckReport, StorageError> {
        let latest = self.unremembered()?;
        let mut check = Check {
            latest: &latest,
            oldest_state: self.oldest_state(),
            oldest_body: self.oldest_body(),
            cache: NodeCache::new(),
            report: CheckReport::default(),
            progress,
        };
        check.blocks()?;
        check.decided()?;
        check.tree()?;
        check.past()?;
        check.records()?;
        check.blobs()?;
        Ok(check.report)
    }
}

impl<S: OrderedStore> Check<'_, S> {
    fn reads(&self) -> &Remembering<S::Snapshot> {
        &self.latest.snapshot
    }

    fn head(&self) -> BlockNumber {
        self.latest.head.number
    }

    fn find(&mut self, finding: Finding) {
        if self.report.findings.len() < FINDINGS_MAX {
            self.report.findings.push(finding);
        }
    }

    /// Turns a damaged or missing record into a finding.
    fn note<T>(&mut self, result: Result<T, StorageError>) -> Result<Option<T>, StorageError> {
        match result {
            Ok(found) => Ok(Some(found)),
            Err(error @ (StorageError::Missing { .. } | StorageError::Undecodable { .. })) => {
                self.find(Finding::Record(error));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn left_over(&mut self, family: Family, key: &[u8]) {
        self.find(Finding::LeftOver { family, key: key.to_vec() });
    }

    /// Calls `each` with every record of a family.
    fn scan(
        &mut self,
        family: Family,
        mut each: impl FnMut(&mut Self, Vec<u8>, Vec<u8>) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        let latest = self.latest;
        for record in latest.snapshot.iterate(family, &[]) {
            let (key, value) = record?;
            each(self, key, value)?;
        }
        Ok(())
    }
}
