//! What the RPC asks of blobs.

use super::ReadError;
use icn_blob::{Permit, PermitError};
use icn_dag::{Cid, Did, Moment};
use std::ops::Range;

/// A blob that is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobSummary {
    /// Its name.
    pub root: Cid,
    /// Its bytes.
    pub size: u64,
    /// When it came.
    pub put: Moment,
    /// Since when it was seen that nothing needs it; `None` while something does.
    pub idle_since: Option<Moment>,
}

/// Somebody's word that a blob is to stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobPin {
    /// For whom; `None` for the operator.
    pub owner: Option<Did>,
    /// Until when; `None` for as long as it is not taken away.
    pub until: Option<Moment>,
    /// Why, for people.
    pub reason: String,
}

/// All that is known of a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobDetails {
    /// The blob.
    pub summary: BlobSummary,
    /// Who is charged for it.
    pub owners: Vec<Did>,
    /// Who pins it.
    pub pins: Vec<BlobPin>,
    /// Some of the records that link to it.
    pub records: Vec<Cid>,
}

/// How far a blob is that is to be fetched from other nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlobFetch {
    /// It is here.
    Here {
        /// Its bytes.
        size: u64,
    },
    /// It is on its way.
    Fetching {
        /// Its bytes, once they are known.
        size: Option<u64>,
        /// Bytes that came.
        fetched: u64,
    },
}

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlobCollection {
    /// Blobs that were removed.
    pub removed: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Blobs that are kept.
    pub kept: u64,
}

/// Why a blob is not taken, given or kept.
#[derive(Debug, thiserror::Error)]
pub enum BlobRefusal {
    /// The blob is not here.
    #[error("{0} is not here: icn_blobFetch fetches it from other nodes")]
    NotFound(Cid),
    /// Stored bytes are not what their name says, or bytes that were put are not those of the permit.
    #[error("{0}")]
    Corrupt(icn_blob::BlobError),
    /// More bytes than a blob, or this one, may have.
    #[error("{bytes} bytes are more than {max}")]
    TooLarge {
        /// How many there are.
        bytes: u64,
        /// How many there may be.
        max: u64,
    },
    /// The name is that of other data than a blob.
    #[error("{0}")]
    NotCanonical(icn_blob::BlobError),
    /// The range does not lie in the blob.
    #[error("{0}")]
    BadRange(icn_blob::BlobError),
    /// The permit does not count.
    #[error(transparent)]
    Permit(PermitError),
    /// The state gives the key no right to write for the owner.
    #[error("the key does not write {dag} for {owner}: the owner of the DAG lists it by `icn dag writers`")]
    NotAuthorised {
        /// Which DAG was named.
        dag: Did,
        /// For whom.
        owner: Did,
    },
    /// The owner has no room left.
    #[error("{needed} bytes are needed and {left} are left")]
    QuotaExceeded {
        /// Bytes that are needed.
        needed: u64,
        /// Bytes that are left.
        left: u64,
    },
    /// The node has no room left.
    #[error("{needed} bytes are needed")]
    Full {
        /// Bytes that are needed.
        needed: u64,
    },
    /// No peer has it.
    #[error("{0}")]
    NoProvider(Cid),
    /// Peers that may have it do not answer.
    #[error("{0}")]
    Timeout(Cid),
    /// There is no such upload.
    #[error("there is no such upload")]
    UnknownUpload,
    /// The bytes do not go on where those before ended.
    #[error("the next byte is {expected}")]
    Offset {
        /// Where they go on.
        expected: u64,
    },
    /// Too much is under way.
    #[error("too much is under way")]
    Busy,
    /// The chain or the store cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// The blobs.
pub trait Blobs: Send + Sync + 'static {
    /// Whether whoever reaches this server is the node's operator: who may pin, unpin and collect.
    fn is_for_operator(&self) -> bool;

    /// Begins to put a blob; the upload's name, or `None` when the blob is here already and the owner holds it now.
    fn begin(&self, permit: Permit) -> Result<Option<String>, BlobRefusal>;

    /// Takes the next bytes; how many are here now.
    fn put(&self, upload: &str, offset: u64, bytes: &[u8]) -> Result<u64, BlobRefusal>;

    /// Ends an upload; the name of the blob, which is durable.
    fn finish(&self, upload: &str) -> Result<Cid, BlobRefusal>;

    /// Forgets an upload; whether it was there.
    fn cancel(&self, upload: &str) -> Result<bool, BlobRefusal>;

    /// Bytes of a blob that is here, verified; with the blob's size.
    fn read(&self, root: &Cid, range: Range<u64>) -> Result<Vec<u8>, BlobRefusal>;

    /// What is known of a blob; `None` when it is not here.
    fn info(&self, root: &Cid) -> Result<Option<BlobDetails>, BlobRefusal>;

    /// Sees to it that a blob that is not here is fetched from other nodes; how far that is. A fetch that failed is told once, and begun
    /// anew when it is asked for again.
    fn fetch(&self, root: &Cid) -> Result<BlobFetch, BlobRefusal>;

    /// The blobs here after `after`, by name, at most `limit`.
    fn list(&self, after: Option<&Cid>, limit: usize) -> Result<Vec<BlobSummary>, BlobRefusal>;

    /// Pins a blob that is here.
    fn pin(&self, root: &Cid, pin: BlobPin) -> Result<(), BlobRefusal>;

    /// Takes a pin away; whether it was there.
    fn unpin(&self, root: &Cid, owner: Option<&Did>) -> Result<bool, BlobRefusal>;

    /// Removes what nothing has needed for the grace period.
    fn collect(&self) -> Result<BlobCollection, BlobRefusal>;
}
