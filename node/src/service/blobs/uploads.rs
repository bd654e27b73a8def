//! Blobs from clients: a permit first, then the bytes in their order.
//!
//! ```text
//! begin --> put (again and again) --> finish
//!              '--> cancel, or forgotten when nothing came for a while and others need the place
//! ```

use super::{check_room, refusal, Blobs};
use icn_blob::{builder::BuildError, BlobError, Block, Builder, Permit, PermitError};
use icn_dag::{Cid, Did, KeyStatus, Kind, Scope, ScopeKind};
use icn_executor::RecordRules;
use icn_rpc::backend::BlobRefusal;
use icn_storage::{layout::Account, OrderedStore, Staging, StorageError};
use parking_lot::Mutex;
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

/// Uploads at once, of all owners and of one.
const UPLOADS_MAX: usize = 64;
const UPLOADS_OF_OWNER_MAX: usize = 4;

/// An upload for which nothing came for so long gives way to another.
const IDLE_MAX: Duration = Duration::from_secs(60);

/// Bytes of an upload's name.
const NAME_BYTES: usize = 16;

/// The uploads under way, by their names.
#[derive(Default)]
pub(super) struct Uploads(BTreeMap<String, Entry>);

struct Entry {
    owner: Did,
    size: u64,
    touched: Instant,
    upload: Arc<Mutex<Upload>>,
}

/// A blob that is being put.
struct Upload {
    permit: Permit,
    /// `None` once it has ended.
    work: Option<(Builder, Staging)>,
}

impl Uploads {
    /// Bytes that are promised to an owner, and to all.
    fn reserved(&self, owner: &Did) -> (u64, u64) {
        self.0.values().fold((0, 0), |(own, all), entry| {
            let size_of_own = if entry.owner == *owner { entry.size } else { 0 };
            (own + size_of_own, all + entry.size)
        })
    }

    /// Bytes that are promised to all owners.
    pub(super) fn promised(&self) -> u64 {
        self.0.values().map(|entry| entry.size).sum()
    }

    /// Whether there is a place for another upload of an owner.
    fn has_place(&self, owner: &Did) -> bool {
        let of_owner = self.0.values().filter(|entry| entry.owner == *owner).count();
        self.0.len() < UPLOADS_MAX && of_owner < UPLOADS_OF_OWNER_MAX
    }

    fn find(&mut self, name: &str) -> Result<Arc<Mutex<Upload>>, BlobRefusal> {
        let entry = self.0.get_mut(name).ok_or(BlobRefusal::UnknownUpload)?;
        entry.touched = Instant::now();
        Ok(entry.upload.clone())
    }
}

impl<S: OrderedStore> Blobs<S> {
    /// Begins an upload; its name, or `None` when the blob is here already, and the owner holds it now.
    ///
    /// # Errors
    /// When the permit does not count, or there is no room.
    pub fn begin(&self, permit: Permit) -> Result<Option<String>, BlobRefusal> {
        self.check_permit(&permit)?;
        let size = permit.root.size;
        let fetching = *self.fetching.lock();
        let mut uploads = self.uploads.lock();
        if !uploads.has_place(&permit.owner) {
            self.forget_idle(&mut uploads)?;
        }
        let (own, all) = uploads.reserved(&permit.owner);
        let all = all.saturating_add(fetching);
        if self.hold(&permit.root, &permit.owner, own)? {
            return Ok(None);
        }
        // SPEC-BLOB-12: each owner has bytes of its own, which no other spends.
        check_room(size, self.left(Account::Owner(&permit.owner))?.saturating_sub(own))?;
        if size > self.left(Account::All)?.saturating_sub(all) && !self.make_room(Account::All, size, all)? {
            return Err(BlobRefusal::Full { needed: size });
        }
        if !uploads.has_place(&permit.owner) {
            return Err(BlobRefusal::Busy);
        }
        let mut name = [0; NAME_BYTES];
        getrandom::fill(&mut name).map_err(|_| BlobRefusal::Busy)?;
        let name = hex::encode(name);
        let (owner, work) = (permit.owner.clone(), Some((Builder::new(), self.chain.store.blobs().begin())));
        let upload = Arc::new(Mutex::new(Upload { permit, work }));
        uploads.0.insert(name.clone(), Entry { owner, size, touched: Instant::now(), upload });
        Ok(Some(name))
    }

    /// Whether a permit counts, by its own words and by the head's state.
    // SPEC-BLOB-11
    fn check_permit(&self, permit: &Permit) -> Result<(), BlobRefusal> {
        permit.check(&self.chain.store.genesis_hash().0, self.now()).map_err(|error| match error {
            PermitError::Blob(error) => refusal(error),
            error => BlobRefusal::Permit(error),
        })?;
        let (dag, owner) = (&permit.dag, &permit.owner);
        let latest = self.chain.store.latest();
        let rules = RecordRules::of(&*latest);
        let scope = Scope { kind: ScopeKind::Cooperative, id: dag.clone() };
        let may = rules.has_dag(dag)
            && rules.key(dag, owner, &permit.key, rules.epoch()) == KeyStatus::Valid
            && rules.may_write(dag, owner, &scope, Kind::BlobPin);
        rules.finish().map_err(|error| self.chain.executor_error(error))?;
        may.then_some(()).ok_or_else(|| BlobRefusal::NotAuthorised { dag: dag.clone(), owner: owner.clone() })
    }

    /// Takes the next bytes of an upload; how many are here now. Bytes that are here already are not taken again, so that a client whose
    /// answer was lost can go on.
    ///
    /// # Errors
    /// When there is no such upload, it goes on elsewhere, or the bytes are more than the permit says.
    pub fn put(&self, name: &str, offset: u64, bytes: &[u8]) -> Result<u64, BlobRefusal> {
        let upload = self.uploads.lock().find(name)?;
        // Two calls for one upload have no order.
        let mut upload = upload.try_lock().ok_or(BlobRefusal::Busy)?;
        let max = upload.permit.root.size;
        let Some((builder, staging)) = &mut upload.work else { return Err(BlobRefusal::UnknownUpload) };
        if offset != builder.size() {
            return Err(BlobRefusal::Offset { expected: builder.size() });
        }
        let total = offset.saturating_add(bytes.len() as u64);
        if total > max {
            return Err(BlobRefusal::TooLarge { bytes: total, max });
        }
        let blobs = self.chain.store.blobs();
        let pushed = builder.push(bytes, &mut |block: Block| blobs.stage(staging, &block));
        self.built(pushed)?;
        Ok(total)
    }

    /// Ends an upload: the blob is durable when this returns.
    ///
    /// # Errors
    /// When there is no such upload, or its bytes are not those of the permit: then nothing is left of it.
    pub fn finish(&self, name: &str) -> Result<Cid, BlobRefusal> {
        let upload = self.uploads.lock().find(name)?;
        let mut upload = upload.try_lock().ok_or(BlobRefusal::Busy)?;
        let Some((builder, mut staging)) = upload.work.take() else { return Err(BlobRefusal::UnknownUpload) };
        let blobs = self.chain.store.blobs();
        let built = builder.finish(&mut |block: Block| blobs.stage(&mut staging, &block));
        let root = self.built(built)?;
        let Permit { root: permitted, owner, .. } = &upload.permit;
        let result = if root == *permitted {
            let _needs = self.needs.lock();
            self.chain.read(blobs.finish(&staging, &root, Some(owner), self.now()))?;
            Ok(root.cid)
        } else {
            self.chain.read(blobs.abandon(&staging))?;
            Err(BlobRefusal::Corrupt(BlobError::CorruptBlob(permitted.cid)))
        };
        // Its bytes are reserved until they are counted.
        self.uploads.lock().0.remove(name);
        result
    }

    /// Forgets an upload; whether it was there.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn cancel(&self, name: &str) -> Result<bool, BlobRefusal> {
        let entry = self.uploads.lock().0.remove(name);
        let Some(entry) = entry else { return Ok(false) };
        self.abandon(&entry)?;
        Ok(true)
    }

    /// Forgets the uploads for which nothing came for a while.
    fn forget_idle(&self, uploads: &mut Uploads) -> Result<(), BlobRefusal> {
        let is_idle = |entry: &Entry| entry.touched.elapsed() > IDLE_MAX && entry.upload.try_lock().is_some();
        let idle: Vec<String> =
            uploads.0.iter().filter(|(_, entry)| is_idle(entry)).map(|(name, _)| name.clone()).collect();
        for entry in idle.iter().filter_map(|name| uploads.0.remove(name)) {
            self.abandon(&entry)?;
        }
        Ok(())
    }

    fn abandon(&self, entry: &Entry) -> Result<(), BlobRefusal> {
        let work = entry.upload.lock().work.take();
        match work {
            Some((_, staging)) => Ok(self.chain.read(self.chain.store.blobs().abandon(&staging))?),
            None => Ok(()),
        }
    }

    fn built<T>(&self, result: Result<T, BuildError<StorageError>>) -> Result<T, BlobRefusal> {
        result.map_err(|error| match error {
            BuildError::Blob(error) => refusal(error),
            BuildError::Sink(error) => match self.chain.read::<T>(Err(error)) {
                Err(error) => error.into(),
                Ok(_) => BlobRefusal::Busy,
            },
        })
    }
}
