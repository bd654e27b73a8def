//! [`OrderedStore`] over RocksDB.
//!
//! All families share one block cache and one write-buffer manager, so that an idle node stays small whatever the number
//! of families.

use crate::{
    ordered_store::{Batch, Cursor, Family, KeyValue, OrderedStore, Reads},
    StorageError,
};
use rocksdb::{
    BlockBasedIndexType, BlockBasedOptions, Cache, ColumnFamily, ColumnFamilyDescriptor, DBCompressionType,
    DBRawIterator, DBRecoveryMode, DataBlockIndexType, FlushOptions, Options, ReadOptions, Snapshot, WriteBatch,
    WriteBufferManager, WriteOptions, DB, DEFAULT_COLUMN_FAMILY_NAME,
};
use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc,
    },
};

/// Size of a family's memtable, in bytes.
const MEMTABLE_BYTES: usize = 8 * 1024 * 1024;

/// Size of the memtable of a family to which each block adds little, in bytes.
const SMALL_MEMTABLE_BYTES: usize = 1024 * 1024;

/// Size of all memtables together, in bytes; the fullest is flushed beyond it.
const MEMTABLES_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Size of the block cache of all families, index and filter blocks included, in bytes.
const BLOCK_CACHE_BYTES: usize = 64 * 1024 * 1024;

/// Values of blobs that are longer than this, in bytes, are written once beside the tables, which then are small to merge.
const BLOB_FILE_VALUE_BYTES: u64 = 4 * 1024;

/// Files kept open; each costs its table reader, whose blocks are in the block cache.
const OPEN_FILES_MAX: i32 = 512;

/// Write-ahead logs are dropped once the families in them are flushed; above this many bytes that is forced.
const WAL_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// A folder with a RocksDB. Clones share it; the folder is free again when the last clone and snapshot are dropped.
#[derive(Clone)]
pub struct RocksStore {
    shared: Arc<Shared>,
}

struct Shared {
    db: DB,
    path: PathBuf,
    poisoned: AtomicBool,
}

impl RocksStore {
    /// Opens the store in a folder, and makes both when they are missing.
    ///
    /// # Errors
    /// [`StorageError::HomeInUse`], [`StorageError::Corruption`], [`StorageError::NoSpace`] or [`StorageError::Io`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StorageError> {
        let path = path.as_ref().to_path_buf();
        std::fs::create_dir_all(&path).map_err(|error| io_error(&path, error))?;
        let cache = Cache::new_hyper_clock_cache(BLOCK_CACHE_BYTES, 0);
        let families =
            Family::ALL.map(|family| ColumnFamilyDescriptor::new(family.name(), family_options(family, &cache)));
        // RocksDB opens all families or none; whether this version reads a store is said by its format.
        let unknown = unknown_families(&path).into_iter();
        let unknown = unknown.map(|name| ColumnFamilyDescriptor::new(name, Options::default()));
        let db = DB::open_cf_descriptors(&database_options(), &path, families.into_iter().chain(unknown))
            .map_err(|error| database_error(&path, &error))?;
        Ok(Self { shared: Arc::new(Shared { db, path, poisoned: AtomicBool::new(false) }) })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// Bytes that the memtables and the block cache hold now.
    pub fn memory_bytes(&self) -> u64 {
        let property = |family, name: &str| {
            let found = self.shared.db.property_int_value_cf(self.shared.family(family), name);
            found.ok().flatten().unwrap_or(0)
        };
        let memtables: u64 =
            Family::ALL.into_iter().map(|family| property(family, "rocksdb.cur-size-all-mem-tables")).sum();
        // The cache is one for all families.
        memtables + property(Family::State, "rocksdb.block-cache-usage")
    }
}

fn database_options() -> Options {
    let mut options = Options::default();
    options.create_if_missing(true);
    options.create_missing_column_families(true);
    options.set_paranoid_checks(true);
    options.set_write_buffer_manager(&WriteBufferManager::new_write_buffer_manager(MEMTABLES_BYTES_MAX, false));
    options.set_max_open_files(OPEN_FILES_MAX);
    options.set_max_total_wal_size(WAL_BYTES_MAX);
    options.set_keep_log_file_num(2);
    options.set_max_background_jobs(2);
    options.set_bytes_per_sync(1024 * 1024);
    // Decided blocks must not vanish in silence: a log that is damaged before its end, or missing, is an error. Only a record
    // that a crash tore off at the end is dropped; its write had not returned.
    options.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
    options.set_track_and_verify_wals_in_manifest(true);
    options
}

/// Families that a newer version has made; none where no store is, or none can be read.
fn unknown_families(path: &Path) -> Vec<String> {
    let known =
        |name: &String| Family::ALL.iter().any(|family| family.name() == name) || name == DEFAULT_COLUMN_FAMILY_NAME;
    let mut names = DB::list_cf(&Options::default(), path).unwrap_or_default();
    names.retain(|name| !known(name));
    names
}

fn family_options(family: Family, cache: &Cache) -> Options {
    let mut table = BlockBasedOptions::default();
    table.set_block_cache(cache);
    table.set_cache_index_and_filter_blocks(true);
    table.set_pin_l0_filter_and_index_blocks_in_cache(true);
    table.set_index_type(BlockBasedIndexType::BinarySearch);
    table.set_bloom_filter(10.0, false);
    table.set_format_version(5);
    table.set_data_block_index_type(DataBlockIndexType::BinaryAndHash);
    // Point lookups read one block each; a smaller block is less to read and decompress.
    let point_lookups = matches!(family, Family::State | Family::Nodes | Family::Numbers | Family::RecordIndex);
    table.set_block_size(if point_lookups { 4 * 1024 } else { 16 * 1024 });
    let mut options = Options::default();
    options.set_block_based_table_factory(&table);
    let small = matches!(family, Family::Commits | Family::Validators);
    options.set_write_buffer_size(if small { SMALL_MEMTABLE_BYTES } else { MEMTABLE_BYTES });
    options.set_max_write_buffer_number(3);
    options.set_arena_block_size(if small { 32 * 1024 } else { 256 * 1024 });
    options.set_level_compaction_dynamic_level_bytes(true);
    options.set_target_file_size_base(32 * 1024 * 1024);
    if family == Family::BlobBlocks {
        options.set_enable_blob_files(true);
        options.set_min_blob_size(BLOB_FILE_VALUE_BYTES);
        options.set_enable_blob_gc(true);
    }
    // Tree nodes are hashes, which do not compress; large data mostly is compressed already.
    let compressible = !matches!(family, Family::Nodes | Family::Numbers | Family::BlobBlocks);
    options.set_compression_type(if compressible { DBCompressionType::Lz4 } else { DBCompressionType::None });
    options
}

/// What RocksDB's words mean; it tells lock and full disk apart only in them.
fn database_error(path: &Path, error: &rocksdb::Error) -> StorageError {
    let (path, text) = (path.to_path_buf(), error.to_string());
    let source = io::Error::other(text.clone());
    match error.kind() {
        _ if text.contains("lock hold by") || text.contains("While lock file") => StorageError::HomeInUse { path },
        _ if text.contains("No space left on device") => StorageError::NoSpace { path, source },
        rocksdb::ErrorKind::Corruption => StorageError::Corruption { path, source },
        // A file that the manifest names is not there, or a name is that of no store.
        rocksdb::ErrorKind::InvalidArgument | rocksdb::ErrorKind::NotFound => StorageError::Corruption { path, source },
        rocksdb::ErrorKind::IOError if text.contains("No such file or directory") => {
            StorageError::Corruption { path, source }
        }
        _ => StorageError::Io { path, source },
    }
}

fn io_error(path: &Path, source: io::Error) -> StorageError {
    let path = path.to_path_buf();
    match source.kind() {
        io::ErrorKind::StorageFull => StorageError::NoSpace { path, source },
        _ => StorageError::Io { path, source },
    }
}

impl Drop for Shared {
    /// Moves what is in the log into tables, whose files the manifest names: of a store that was closed in good order no file
    /// can go missing or lose its end unseen.
    fn drop(&mut self) {
        if self.poisoned.load(Ordering::Acquire) {
            return;
        }
        let families: Vec<_> = Family::ALL.into_iter().map(|family| self.family(family)).collect();
        // Should it fail, the log still has it all.
        let _ = self.db.flush_cfs_opt(&families, &FlushOptions::default());
    }
}

impl Shared {
    fn family(&self, family: Family) -> &ColumnFamily {
        self.db.cf_handle(family.name()).expect("every family is made when the store is opened")
    }

    /// Nobody knows what is stored from now on.
    fn poison(&self, error: &rocksdb::Error) -> StorageError {
        self.poisoned.store(true, Ordering::Release);
        self.error(error)
    }

    fn error(&self, error: &rocksdb::Error) -> StorageError {
        database_error(&self.path, error)
    }

    fn check(&self) -> Result<(), StorageError> {
        if self.poisoned.load(Ordering::Acquire) {
            return Err(StorageError::Poisoned);
        }
        Ok(())
    }

    fn get(&self, family: Family, key: &[u8], options: &ReadOptions) -> Result<Option<Vec<u8>>, StorageError> {
        self.check()?;
        self.db.get_cf_opt(self.family(family), key, options).map_err(|error| self.error(&error))
    }

    fn get_many(
        &self,
        family: Family,
        keys: &[&[u8]],
        options: &ReadOptions,
    ) -> Result<Vec<Option<Vec<u8>>>, StorageError> {
        self.check()?;
        let found = self.db.batched_multi_get_cf_opt(self.family(family), keys.iter().copied(), true, options);
        found
            .into_iter()
            .map(|value| value.map(|value| value.map(|value| value.to_vec())).map_err(|error| self.error(&error)))
            .collect()
    }

    fn cursor(&self, family: Family, options: ReadOptions) -> Box<dyn Cursor + '_> {
        Box::new(RocksCursor { iterator: self.db.raw_iterator_cf_opt(self.family(family), options), shared: self })
    }
}

impl Reads for RocksStore {
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        self.shared.get(family, key, &ReadOptions::default())
    }

    fn get_many(&self, family: Family, keys: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, StorageError> {
        self.shared.get_many(family, keys, &ReadOptions::default())
    }

    fn cursor(&self, family: Family) -> Box<dyn Cursor + '_> {
        self.shared.cursor(family, ReadOptions::default())
    }
}

impl OrderedStore for RocksStore {
    type Snapshot = RocksSnapshot;

    fn write(&self, batch: &Batch, sync: bool) -> Result<(), StorageError> {
        self.shared.check()?;
        let mut writes = WriteBatch::with_capacity_bytes(batch.size() + 16 * batch.operations().count());
        let families = Family::ALL.map(|family| self.shared.family(family));
        for (family, key, value) in batch.operations() {
            match value {
                Some(value) => writes.put_cf(families[family as usize], key, value),
                None => writes.delete_cf(families[family as usize], key),
            }
        }
        let mut options = WriteOptions::default();
        options.set_sync(sync);
        options.set_memtable_insert_hint_per_batch(true);
        self.shared.db.write_opt(writes, &options).map_err(|error| self.shared.poison(&error))
    }

    fn sync(&self) -> Result<(), StorageError> {
        self.shared.check()?;
        self.shared.db.flush_wal(true).map_err(|error| self.shared.poison(&error))
    }

    fn snapshot(&self) -> Result<RocksSnapshot, StorageError> {
        self.shared.check()?;
        Ok(RocksSnapshot::new(self.shared.clone()))
    }
}

/// The store as it was when the snapshot was made.
pub struct RocksSnapshot {
    /// Borrows from `shared`, and is dropped before it, since fields are dropped in order.
    snapshot: Snapshot<'static>,
    shared: Arc<Shared>,
}

impl RocksSnapshot {
    #[allow(unsafe_code)]
    fn new(shared: Arc<Shared>) -> Self {
        let snapshot = shared.db.snapshot();
        // SAFETY: the snapshot borrows the database inside the `Arc`, which does not move and which this value keeps alive
        // for longer than the snapshot; the snapshot never leaves this value.
        let snapshot = unsafe { std::mem::transmute::<Snapshot<'_>, Snapshot<'static>>(snapshot) };
        Self { snapshot, shared }
    }

    fn options(&self) -> ReadOptions {
        let mut options = ReadOptions::default();
        options.set_snapshot(&self.snapshot);
        options
    }
}

impl Reads for RocksSnapshot {
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        self.shared.get(family, key, &self.options())
    }

    fn get_many(&self, family: Family, keys: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, StorageError> {
        self.shared.get_many(family, keys, &self.options())
    }

    fn cursor(&self, family: Family) -> Box<dyn Cursor + '_> {
        self.shared.cursor(family, self.options())
    }
}

struct RocksCursor<'a> {
    iterator: DBRawIterator<'a>,
    shared: &'a Shared,
}

impl RocksCursor<'_> {
    fn here(&self) -> Result<Option<KeyValue>, StorageError> {
        self.shared.check()?;
        match self.iterator.item() {
            Some((key, value)) => Ok(Some((key.to_vec(), value.to_vec()))),
            None => self.iterator.status().map(|()| None).map_err(|error| self.shared.error(&error)),
        }
    }
}

impl Cursor for RocksCursor<'_> {
    fn seek(&mut self, key: &[u8]) -> Result<Option<KeyValue>, StorageError> {
        self.iterator.seek(key);
        self.here()
    }

    fn seek_back(&mut self, key: &[u8]) -> Result<Option<KeyValue>, StorageError> {
        self.iterator.seek_for_prev(key);
        self.here()
    }

    fn next(&mut self) -> Result<Option<KeyValue>, StorageError> {
        if self.iterator.valid() {
            self.iterator.next();
        }
        self.here()
    }
}
