//! [`OrderedStore`] in memory, over a disk that crashes and fails as its seed says.
//!
//! Batches are records of a log. A crash cuts the log at a random byte after the last sync: batches that lie wholly before
//! the cut are there afterwards, the one that is torn and all after it are not. A write that fails leaves its record at the
//! end of the log, so that a crash may or may not bring it back, as on a real disk.

use crate::{
    ordered_store::{Batch, Cursor, Family, KeyValue, OrderedStore, Reads},
    StorageError,
};
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, VecDeque},
    io,
    ops::Bound,
    path::PathBuf,
    sync::Arc,
};

/// A simulated disk with one store on it. Clones are the same disk.
#[derive(Clone)]
pub struct SimulatedDisk {
    disk: Arc<Mutex<Disk>>,
    /// How many crashes came before this handle; it is dead after the next.
    boot: u64,
}

struct Disk {
    random: Random,
    boot: u64,
    poisoned: bool,
    /// Reads, writes and cursor steps so far.
    operations: u64,
    /// The operation that fails, and how.
    fault: Option<(u64, Fault)>,
    /// Number of the last batch.
    sequence: u64,
    /// Number of the last batch that a crash cannot lose.
    synced: u64,
    /// Batches after `synced`: number and bytes.
    unsynced: Vec<(u64, u64)>,
    /// A batch whose write failed: its record may be in the log.
    failed: Option<Batch>,
    families: [BTreeMap<Vec<u8>, Versions>; Family::COUNT],
    /// Deleted keys that a snapshot or a crash may still bring back, oldest first.
    deleted: VecDeque<(u64, Family, Vec<u8>)>,
    /// Sequence numbers that snapshots look at, with how many do.
    snapshots: BTreeMap<u64, usize>,
}

/// The values of a key by the batch that wrote them, oldest first.
type Versions = Vec<(u64, Option<Arc<[u8]>>)>;

/// How an operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The device reports an error.
    Io,
    /// The disk is full.
    NoSpace,
}

/// SplitMix64: a small generator with a fixed stream for each seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u64
    }
}

impl SimulatedDisk {
    /// An empty disk. Everything random about it follows from `seed`.
    pub fn new(seed: u64) -> Self {
        let disk = Disk {
            random: Random(seed),
            boot: 0,
            poisoned: false,
            operations: 0,
            fault: None,
            sequence: 0,
            synced: 0,
            unsynced: Vec::new(),
            failed: None,
            families: Default::default(),
            deleted: VecDeque::new(),
            snapshots: BTreeMap::new(),
        };
        Self { disk: Arc::new(Mutex::new(disk)), boot: 0 }
    }

    /// Cuts the power and starts again: the disk as it is found. Every older handle and snapshot is dead.
    pub fn crash(&self) -> Self {
        let mut disk = self.disk.lock();
        disk.crash();
        Self { disk: self.disk.clone(), boot: disk.boot }
    }

    /// Ends the process in good order and starts again: nothing is lost. Every older handle and snapshot is dead.
    pub fn restart(&self) -> Self {
        let mut disk = self.disk.lock();
        disk.failed = None;
        disk.boot();
        Self { disk: self.disk.clone(), boot: disk.boot }
    }

    /// Makes the operation after `operations` more fail; 0 is the next. Reads, writes and cursor steps count.
    pub fn fail_after(&self, operations: u64, fault: Fault) {
        let mut disk = self.disk.lock();
        disk.fault = Some((disk.operations + operations, fault));
    }

    /// Whether a value is there and no crash can take it away.
    pub fn is_durable(&self, family: Family, key: &[u8]) -> bool {
        let disk = self.disk.lock();
        let versions = disk.families[family as usize].get(key);
        versions.is_some_and(|versions| Disk::visible(versions, disk.synced).is_some())
    }

    /// Flips one bit of a stored value, as a failing disk does; whether the key was there and its value not empty.
    pub fn flip_bit(&self, family: Family, key: &[u8], bit: usize) -> bool {
        let mut disk = self.disk.lock();
        let Some((_, Some(value))) = disk.families[family as usize].get_mut(key).and_then(|values| values.last_mut())
        else {
            return false;
        };
        let mut bytes = value.to_vec();
        let bits = bytes.len() * 8;
        if bits == 0 {
            return false;
        }
        bytes[bit % bits / 8] ^= 1 << (bit % 8);
        *value = bytes.into();
        true
    }

    /// Reads, writes and cursor steps so far, for choosing where to fail.
    pub fn operations(&self) -> u64 {
        self.disk.lock().operations
    }

    /// Every key and value there is, in order: two disks that hold the same answer the same.
    pub fn contents(&self) -> Vec<(Family, Vec<u8>, Vec<u8>)> {
        let disk = self.disk.lock();
        let all = Family::ALL.into_iter().flat_map(|family| {
            disk.families[family as usize].iter().filter_map(move |(key, values)| {
                let value = values.last().and_then(|(_, value)| value.as_ref())?;
                Some((family, key.clone(), value.to_vec()))
            })
        });
        all.collect()
    }
}

impl Disk {
    /// Counts an operation and lets it fail where it must.
    fn operate(&mut self, boot: u64) -> Result<(), StorageError> {
        if self.poisoned || boot != self.boot {
            return Err(StorageError::Poisoned);
        }
        self.operations += 1;
        match self.fault {
            Some((at, fault)) if self.operations > at => {
                self.fault = None;
                Err(fault.error())
            }
            _ => Ok(()),
        }
    }

    fn visible(versions: &Versions, at: u64) -> Option<&Arc<[u8]>> {
        versions.iter().rev().find(|(sequence, _)| *sequence <= at).and_then(|(_, value)| value.as_ref())
    }

    fn write(&mut self, batch: &Batch, sync: bool) {
        self.sequence += 1;
        self.unsynced.push((self.sequence, record_bytes(batch)));
        if sync {
            self.synced = self.sequence;
            self.unsynced.clear();
        }
        let floor = self.snapshots.keys().next().map_or(self.synced, |snapshot| self.synced.min(*snapshot));
        for (family, key, value) in batch.operations() {
            let versions = self.families[family as usize].entry(key.to_vec()).or_default();
            versions.retain(|(sequence, _)| *sequence != self.sequence);
            if value.is_none() {
                self.deleted.push_back((self.sequence, family, key.to_vec()));
            }
            versions.push((self.sequence, value.map(Into::into)));
            forget_before(versions, floor);
        }
        self.bury(floor);
    }

    /// Forgets the deleted keys that nothing can bring back.
    fn bury(&mut self, floor: u64) {
        while self.deleted.front().is_some_and(|(sequence, ..)| *sequence <= floor) {
            let Some((_, family, key)) = self.deleted.pop_front() else { return };
            let family = &mut self.families[family as usize];
            let Some(versions) = family.get_mut(&key) else { continue };
            forget_before(versions, floor);
            if matches!(versions[..], [(_, None)]) {
                family.remove(&key);
            }
        }
    }

    fn crash(&mut self) {
        let failed_bytes = self.failed.as_ref().map_or(0, record_bytes);
        let bytes: u64 = self.unsynced.iter().map(|(_, bytes)| bytes).sum::<u64>() + failed_bytes;
        // Often the disk had written everything; otherwise it stopped anywhere.
        let mut cut = if self.random.below(4) == 0 { bytes } else { self.random.below(bytes + 1) };
        let mut kept = self.synced;
        let mut torn = false;
        for (sequence, bytes) in std::mem::take(&mut self.unsynced) {
            torn |= cut < bytes;
            if torn {
                break;
            }
            cut -= bytes;
            kept = sequence;
        }
        self.rewind(kept);
        match self.failed.take() {
            Some(batch) if !torn && cut >= failed_bytes => self.write(&batch, true),
            _ => {}
        }
        self.synced = self.sequence;
        self.boot();
    }

    fn rewind(&mut self, to: u64) {
        for family in &mut self.families {
            family.retain(|_, versions| {
                versions.retain(|(sequence, _)| *sequence <= to);
                matches!(versions.last(), Some((_, Some(_))))
            });
        }
        self.deleted.clear();
        self.sequence = to;
    }

    fn boot(&mut self) {
        self.boot += 1;
        self.poisoned = false;
        self.fault = None;
        self.snapshots.clear();
    }
}

impl Fault {
    fn error(self) -> StorageError {
        let path = PathBuf::from("simulated disk");
        match self {
            Self::Io => StorageError::Io { path, source: io::Error::other("injected") },
            Self::NoSpace => StorageError::NoSpace { path, source: io::ErrorKind::StorageFull.into() },
        }
    }
}

/// Bytes of a batch's record in the log: a header, and each key and value with their lengths.
fn record_bytes(batch: &Batch) -> u64 {
    let operation = |key: &[u8], value: Option<&[u8]>| 9 + key.len() + value.map_or(0, <[u8]>::len);
    batch.operations().map(|(_, key, value)| operation(key, value) as u64).sum::<u64>() + 12
}

/// Drops the versions that neither a snapshot nor a crash can bring back: all but the last at or before `floor`.
fn forget_before(versions: &mut Versions, floor: u64) {
    let needed = versions.iter().rposition(|(sequence, _)| *sequence <= floor).unwrap_or(0);
    versions.drain(..needed);
}

impl Reads for SimulatedDisk {
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        get(&self.disk, self.boot, family, key, None)
    }

    fn cursor(&self, family: Family) -> Box<dyn Cursor + '_> {
        // The cursor's own snapshot keeps what it sees.
        let snapshot = SimulatedSnapshot::new(&self.disk, self.boot);
        Box::new(SimulatedCursor { snapshot, family, at: None })
    }
}

impl OrderedStore for SimulatedDisk {
    type Snapshot = SimulatedSnapshot;

    fn write(&self, batch: &Batch, sync: bool) -> Result<(), StorageError> {
        let mut disk = self.disk.lock();
        if let Err(error) = disk.operate(self.boot) {
            if boot_is_current(&disk, self.boot) && !disk.poisoned {
                disk.poisoned = true;
                disk.failed = Some(batch.clone());
            }
            return Err(error);
        }
        disk.write(batch, sync);
        Ok(())
    }

    fn sync(&self) -> Result<(), StorageError> {
        let mut disk = self.disk.lock();
        if let Err(error) = disk.operate(self.boot) {
            disk.poisoned |= boot_is_current(&disk, self.boot);
            return Err(error);
        }
        disk.synced = disk.sequence;
        disk.unsynced.clear();
        Ok(())
    }

    fn snapshot(&self) -> Result<SimulatedSnapshot, StorageError> {
        let disk = self.disk.lock();
        if disk.poisoned || !boot_is_current(&disk, self.boot) {
            return Err(StorageError::Poisoned);
        }
        drop(disk);
        Ok(SimulatedSnapshot::new(&self.disk, self.boot))
    }
}

fn boot_is_current(disk: &Disk, boot: u64) -> bool {
    disk.boot == boot
}

fn get(
    disk: &Mutex<Disk>,
    boot: u64,
    family: Family,
    key: &[u8],
    at: Option<u64>,
) -> Result<Option<Vec<u8>>, StorageError> {
    let mut disk = disk.lock();
    disk.operate(boot)?;
    let at = at.unwrap_or(disk.sequence);
    let versions = disk.families[family as usize].get(key);
    Ok(versions.and_then(|versions| Disk::visible(versions, at)).map(|value| value.to_vec()))
}

/// The disk as it was when the snapshot was made.
pub struct SimulatedSnapshot {
    disk: Arc<Mutex<Disk>>,
    boot: u64,
    at: u64,
}

impl SimulatedSnapshot {
    fn new(disk: &Arc<Mutex<Disk>>, boot: u64) -> Self {
        let mut locked = disk.lock();
        let at = locked.sequence;
        if boot_is_current(&locked, boot) {
            *locked.snapshots.entry(at).or_default() += 1;
        }
        Self { disk: disk.clone(), boot, at }
    }
}

impl Drop for SimulatedSnapshot {
    fn drop(&mut self) {
        let mut disk = self.disk.lock();
        if !boot_is_current(&disk, self.boot) {
            return;
        }
        if let Some(count) = disk.snapshots.get_mut(&self.at) {
            *count -= 1;
            if *count == 0 {
                disk.snapshots.remove(&self.at);
            }
        }
    }
}

impl Reads for SimulatedSnapshot {
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        get(&self.disk, self.boot, family, key, Some(self.at))
    }

    fn cursor(&self, family: Family) -> Box<dyn Cursor + '_> {
        let mut disk = self.disk.lock();
        if boot_is_current(&disk, self.boot) {
            *disk.snapshots.entry(self.at).or_default() += 1;
        }
        let snapshot = Self { disk: self.disk.clone(), boot: self.boot, at: self.at };
        drop(disk);
        Box::new(SimulatedCursor { snapshot, family, at: None })
    }
}

struct SimulatedCursor {
    snapshot: SimulatedSnapshot,
    family: Family,
    at: Option<Vec<u8>>,
}

impl SimulatedCursor {
    fn find(&mut self, from: Bound<&[u8]>, to: Bound<&[u8]>, back: bool) -> Result<Option<KeyValue>, StorageError> {
        let mut disk = self.snapshot.disk.lock();
        disk.operate(self.snapshot.boot)?;
        let range = disk.families[self.family as usize].range::<[u8], _>((from, to));
        let seen = |(key, versions): (&Vec<u8>, &Versions)| {
            Disk::visible(versions, self.snapshot.at).map(|value| (key.clone(), value.to_vec()))
        };
        let found = if back { range.rev().find_map(seen) } else { { range }.find_map(seen) };
        drop(disk);
        self.at = found.as_ref().map(|(key, _)| key.clone());
        Ok(found)
    }
}

impl Cursor for SimulatedCursor {
    fn seek(&mut self, key: &[u8]) -> Result<Option<KeyValue>, StorageError> {
        self.find(Bound::Included(key), Bound::Unbounded, false)
    }

    fn seek_back(&mut self, key: &[u8]) -> Result<Option<KeyValue>, StorageError> {
        self.find(Bound::Unbounded, Bound::Included(key), true)
    }

    fn next(&mut self) -> Result<Option<KeyValue>, StorageError> {
        match self.at.take() {
            Some(key) => self.find(Bound::Excluded(&key), Bound::Unbounded, false),
            None => Ok(None),
        }
    }
}
