//! The engine's log on a disk that loses what was not synced.

use icn_consensus::{guard::Record, IcnContext};
use icn_engine::{codec::Codec, is_entry_of};
use icn_tests::random::Random;
use malachitebft_core_consensus::Input;
use malachitebft_engine::wal::{decode_entry, encode_entry};

/// Entries of one height, as bytes in the engine's own encoding.
#[derive(Debug, Default)]
pub struct Log {
    height: u64,
    entries: Vec<Vec<u8>>,
    synced: usize,
}

impl Log {
    /// The entries of a height; a log of another height is emptied, as the engine does.
    pub fn started(&mut self, height: u64) -> Vec<Input<IcnContext>> {
        if self.height != height {
            self.reset(height);
        }
        self.entries().collect()
    }

    /// Whether it holds what a guard keeps.
    pub fn holds(&self, record: &Record) -> bool {
        self.height == record.position.height && self.entries().any(|entry| is_entry_of(&entry, record))
    }

    /// Is put back from an older copy, or from none.
    pub fn put_back(&mut self, random: &mut Random) {
        self.entries.truncate(random.below(self.entries.len() as u64 + 1) as usize);
        self.synced = self.entries.len();
    }

    fn entries(&self) -> impl Iterator<Item = Input<IcnContext>> + '_ {
        self.entries.iter().map(|bytes| decode_entry(&Codec::default(), &bytes[..]).expect("it was encoded here"))
    }

    /// Empties the log for a height.
    pub fn reset(&mut self, height: u64) {
        *self = Self { height, entries: Vec::new(), synced: 0 };
    }

    /// Appends an entry, which a crash may lose. One of another height is ignored.
    pub fn append(&mut self, height: u64, entry: Input<IcnContext>) {
        if height != self.height {
            return;
        }
        let mut bytes = Vec::new();
        encode_entry(entry, &Codec::default(), &mut bytes).expect("the engine logs what its log takes");
        self.entries.push(bytes);
    }

    /// Makes all entries durable.
    pub fn sync(&mut self) {
        self.synced = self.entries.len();
    }

    /// Whether a crash loses nothing.
    pub fn is_synced(&self) -> bool {
        self.synced == self.entries.len()
    }

    /// Cuts the power; how many entries are lost.
    pub fn crash(&mut self, random: &mut Random) -> usize {
        let unsynced = self.entries.len() - self.synced;
        let kept = random.below(unsynced as u64 + 1) as usize;
        self.entries.truncate(self.synced + kept);
        self.synced = self.entries.len();
        unsynced - kept
    }
}
