//! Why bytes are not a blob.

use icn_dag::Cid;

/// Why something is not a blob, or not a part of one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// A block does not hash to its name. Whoever gave it is wrong, or the disk is: ask another.
    #[error("the block {0} is corrupt: its bytes do not hash to its name")]
    CorruptBlob(Cid),
    /// More bytes than a blob may have. The caller cuts its data into several blobs.
    #[error("{bytes} bytes are more than the {max} that a blob may have")]
    TooLarge {
        /// How many there are, or would be.
        bytes: u64,
        /// How many there may be.
        max: u64,
    },
    /// The block has its name, and is no part of the one tree for these bytes. Whoever made it has to make it anew.
    #[error("the block {cid} is not part of a blob: {fault}")]
    NotCanonical {
        /// The block.
        cid: Cid,
        /// What is wrong with it.
        fault: Fault,
    },
    /// A block is not there.
    #[error("the block {0} is missing")]
    Missing(Cid),
    /// A range that does not lie in the blob, or runs backwards.
    #[error("bytes {start} to {end} are not a range of a blob of {size} bytes")]
    BadRange {
        /// First byte.
        start: u64,
        /// The byte after the last.
        end: u64,
        /// Bytes of the blob.
        size: u64,
    },
}

/// What is wrong with a block of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is not dag-cbor in its one form, or is too large.
    #[error("it is not canonical dag-cbor within bounds")]
    Form,
    /// It is other data than `{blob, parts}`.
    #[error("it has other fields than an inner node")]
    Fields,
    /// It is of a version that is not known here.
    #[error("it has an unknown version")]
    Version,
    /// Its parts have other lengths than the tree for these bytes has there, or are too many or too few.
    #[error("its parts have other lengths than they have in the tree of the blob")]
    Lengths,
    /// A part is a chunk where an inner node belongs, or the other way round.
    #[error("a part of it is of the wrong kind")]
    Kind,
    /// The block has another length than its parent says.
    #[error("it has another length than its parent says")]
    Length,
}
