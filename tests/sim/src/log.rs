//! The engine's log on a disk that loses what was not synced.

use icn_consensus::IcnContext;
use icn_engine::codec::Codec;
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

    /// The height of which it has entries.
    pub fn height(&self) -> Option<u64> {
        (!self.entries.is_empty()).then_some(self.height)
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
