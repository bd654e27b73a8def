//! Blobs on this node: taken from clients who show a permit, fetched from other nodes, kept while something needs them.
//!
//! A blob is needed while it is pinned, or a record that waits or is final links to it. What nothing has needed for the grace period is
//! removed by [`Blobs::collect`]. An owner is charged for each blob it put, whoever else holds it; what was fetched is charged to nobody, and
//! has a bound of its own.
//!
//! `uploads` takes blobs from clients, `exchange` carries them between nodes, `collection` removes them; this module knows no socket.

mod collection;
pub mod exchange;
mod face;
mod settings;
mod uploads;

pub use face::BlobsFace;
pub use settings::BlobSettings;

use super::{chain::NodeChain, error::StopError, records::Clock};
use icn_blob::{BlobError, Root};
use icn_dag::{Cid, Did, Moment};
use icn_rpc::backend::{BlobRefusal, ReadError};
use icn_storage::{layout::Account, OrderedStore, StorageError};
use parking_lot::Mutex;
use std::{ops::Range, sync::Arc};
use uploads::Uploads;

/// The blobs of this node.
pub struct Blobs<S: OrderedStore> {
    chain: Arc<NodeChain<S>>,
    clock: Clock,
    settings: BlobSettings,
    uploads: Mutex<Uploads>,
    /// Bytes of what is being fetched.
    fetching: Mutex<u64>,
    /// Held while it is decided whether something needs a blob, and while something begins to.
    needs: Mutex<()>,
}

impl<S: OrderedStore> Blobs<S> {
    /// The blobs of a chain. What was being put before a restart is forgotten.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn new(chain: Arc<NodeChain<S>>, clock: Clock, settings: BlobSettings) -> Result<Self, StopError> {
        let interrupted = chain.store.blobs().collect_interrupted()?;
        if interrupted > 0 {
            tracing::info!(blocks = interrupted, "uploads that a restart interrupted are forgotten");
        }
        let (uploads, fetching, needs) = (Mutex::default(), Mutex::default(), Mutex::default());
        Ok(Self { chain, clock, settings, uploads, fetching, needs })
    }

    /// The chain's time here.
    fn now(&self) -> Moment {
        (self.clock)()
    }

    /// Bytes of a blob that is here, verified.
    ///
    /// # Errors
    /// [`BlobRefusal::NotFound`], [`BlobRefusal::BadRange`], [`BlobRefusal::Corrupt`].
    pub fn read(&self, root: &Cid, range: Range<u64>) -> Result<Vec<u8>, BlobRefusal> {
        let reader = self.stored(root, self.chain.store.blobs().open(root))?;
        self.stored(root, reader.bytes(range).map_err(StorageError::from))
    }

    /// Blocks of blobs that are here, as many as `bytes_max` has room for; corrupt ones are as if they were not.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn blocks(&self, cids: &[Cid], bytes_max: usize) -> Result<Vec<Vec<u8>>, ReadError> {
        let (mut found, mut bytes) = (Vec::new(), 0);
        for cid in cids {
            match self.chain.store.blobs().block(cid) {
                Ok(None) => {}
                Ok(Some(block)) => {
                    bytes += block.len();
                    if bytes > bytes_max {
                        break;
                    }
                    found.push(block);
                }
                Err(StorageError::Blob(error)) => tracing::error!(%error, "a stored blob is corrupt: put it again"),
                Err(error) => return self.chain.read(Err(error)),
            }
        }
        Ok(found)
    }

    /// What the store says of a blob: one that is not as it should be is no reason to stop.
    fn stored<T>(&self, root: &Cid, result: Result<T, StorageError>) -> Result<T, BlobRefusal> {
        match result {
            Err(StorageError::Blob(BlobError::Missing(cid))) if cid == *root => Err(BlobRefusal::NotFound(cid)),
            Err(StorageError::Blob(error)) => {
                let refusal = refusal(error);
                if let BlobRefusal::Corrupt(error) = &refusal {
                    tracing::error!(%root, %error, "a stored blob is corrupt: put it again");
                }
                Err(refusal)
            }
            result => Ok(self.chain.read(result)?),
        }
    }

    /// Bytes that an account has left of its own, apart from what is being put.
    fn left(&self, account: Account<'_>) -> Result<u64, ReadError> {
        let max = match account {
            Account::All => self.settings.total_bytes,
            Account::Nobody => self.settings.fetched_bytes,
            Account::Owner(_) => self.settings.owner_bytes,
        };
        Ok(max.saturating_sub(self.chain.read(self.chain.store.blobs().used(account))?))
    }

    /// Makes an owner hold a blob that is here, if it has room for it; whether it is here.
    fn hold(&self, Root { cid: root, size }: &Root, owner: &Did, reserved: u64) -> Result<bool, BlobRefusal> {
        let _needs = self.needs.lock();
        let store = self.chain.store.blobs();
        let Some(info) = self.chain.read(store.info(root))? else { return Ok(false) };
        if info.size != *size {
            // An owner is not charged for another size than it signed.
            return Err(BlobRefusal::Corrupt(BlobError::CorruptBlob(*root)));
        }
        if !self.chain.read(store.is_held_by(root, owner))? {
            check_room(info.size, self.left(Account::Owner(owner))?.saturating_sub(reserved))?;
        }
        self.stored(root, store.hold(root, owner, self.now()))?;
        Ok(true)
    }
}

/// Whether bytes fit into what an owner has left.
fn check_room(needed: u64, left: u64) -> Result<(), BlobRefusal> {
    (needed <= left).then_some(()).ok_or(BlobRefusal::QuotaExceeded { needed, left })
}

/// What is wrong with a blob, as clients are told.
fn refusal(error: BlobError) -> BlobRefusal {
    match error {
        BlobError::TooLarge { bytes, max } => BlobRefusal::TooLarge { bytes, max },
        BlobError::NotCanonical { .. } => BlobRefusal::NotCanonical(error),
        BlobError::BadRange { .. } => BlobRefusal::BadRange(error),
        // A block that should be here is not.
        BlobError::CorruptBlob(_) | BlobError::Missing(_) => BlobRefusal::Corrupt(error),
    }
}
