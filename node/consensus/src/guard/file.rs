//! The guard's file: 16 KiB, written in place with one sync a record.
//!
//! ```text
//! pair 0: slot, slot   pair 1: slot, slot            each slot at the start of a 4 KiB page, the rest is zeros
//! slot:   "icnguar1" ‖ SCALE(number, record or none) ‖ zeros ‖ SHA-256 of the 480 bytes before       512 bytes
//! ```
//!
//! A record is written into both slots of the pair that does not hold the last one, and synced with one `fdatasync`; the file's size
//! and blocks do not change, so that no metadata has to be written with it: a third of the time that a new file takes, which is
//! synced, renamed and synced again with its folder. The slot with the highest number counts.
//! - A crash during a write can tear both slots of one pair. Their record was not synced, so its signature was not handed out, and the
//!   other pair is whole: the record before it counts.
//! - Damage to any one slot afterwards loses nothing: the record is in its pair's other slot. With a single copy it could not be told
//!   from a torn write, and a signature that was handed out would be forgotten.
//!
//! A file of another size, or without a whole slot, is refused. So a new file is made beside its place, synced, and renamed.

use super::{GuardStore, GuardStoreError, Record};
use codec::{Decode, Encode};
use sha2::{Digest, Sha256};
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// Starts each slot; the last digit is the version of the format.
const MAGIC: &[u8; 8] = b"icnguar1";

/// Bytes of a slot, one sector of any disk.
const SLOT: usize = 512;

/// Bytes of a slot without its hash.
const HASHED: usize = SLOT - 32;

/// Bytes between slots.
const PAGE: usize = 4096;

/// Bytes of a pair of slots.
const PAIR: usize = 2 * PAGE;

/// Bytes of the file.
const FILE: usize = 2 * PAIR;

/// A guard in a file. The file is locked while this is open.
#[derive(Debug)]
pub struct FileGuard {
    path: PathBuf,
    file: File,
    /// Number of the last record, and the pair that holds it.
    last: (u64, usize),
}

impl FileGuard {
    /// Opens a guard's file; makes it when there is none.
    ///
    /// # Errors
    /// When another process has it, or the disk fails.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, GuardStoreError> {
        let path = path.into();
        let failed = |source| GuardStoreError::Io { path: path.clone(), source };
        if !path.try_exists().map_err(failed)? {
            create(&path).map_err(failed)?;
        }
        let file = OpenOptions::new().read(true).write(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { path, file, last: (0, 0) }),
            Err(TryLockError::WouldBlock) => Err(GuardStoreError::InUse { path }),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    fn failed(&self, source: io::Error) -> GuardStoreError {
        GuardStoreError::Io { path: self.path.clone(), source }
    }
}

impl GuardStore for FileGuard {
    fn load(&mut self) -> Result<Option<Record>, GuardStoreError> {
        let damaged = || GuardStoreError::Damaged { path: self.path.clone() };
        let length = self.file.metadata().map_err(|source| self.failed(source))?.len();
        if length != FILE as u64 {
            return Err(damaged());
        }
        let mut bytes = vec![0; FILE];
        self.file.read_exact_at(&mut bytes, 0).map_err(|source| self.failed(source))?;
        let slots = bytes.chunks(PAGE).enumerate();
        let whole = slots.filter_map(|(place, page)| Some((read_slot(&page[..SLOT])?, place / 2)));
        let ((number, record), pair) = whole.max_by_key(|((number, _), _)| *number).ok_or_else(damaged)?;
        self.last = (number, pair);
        Ok(record)
    }

    fn save(&mut self, record: &Record) -> Result<(), GuardStoreError> {
        let (number, pair) = (self.last.0 + 1, 1 - self.last.1);
        let slots = pair_of(number, Some(record))?;
        let written = self.file.write_all_at(&slots, (pair * PAIR) as u64).and_then(|()| self.file.sync_data());
        written.map_err(|source| self.failed(source))?;
        self.last = (number, pair);
        Ok(())
    }
}

/// Makes a file without a record, whole or not at all.
fn create(path: &Path) -> io::Result<()> {
    let beside = path.with_extension("new");
    let empty = pair_of(0, None).map_err(io::Error::other)?;
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(&[&empty[..], &empty[..]].concat())?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// A pair of slots with a record.
fn pair_of(number: u64, record: Option<&Record>) -> Result<Vec<u8>, GuardStoreError> {
    let mut slot = MAGIC.to_vec();
    (number, record).encode_to(&mut slot);
    if slot.len() > HASHED {
        return Err(GuardStoreError::TooLarge { bytes: slot.len() });
    }
    slot.resize(HASHED, 0);
    let hash = Sha256::digest(&slot);
    slot.extend(hash);
    slot.resize(PAGE, 0);
    Ok(slot.repeat(2))
}

/// The record in a slot; `None` when the slot is not whole.
fn read_slot(slot: &[u8]) -> Option<(u64, Option<Record>)> {
    let (hashed, hash) = slot.split_at_checked(HASHED)?;
    if Sha256::digest(hashed)[..] != *hash {
        return None;
    }
    <(u64, Option<Record>)>::decode(&mut hashed.strip_prefix(MAGIC)?).ok()
}
