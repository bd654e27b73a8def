//! The blocks that a follow keeps in reach.

use crate::error::Error;
use icn_primitives::Hash;
use std::collections::HashSet;

/// The pinned blocks of one follow, at most `max` of them.
#[derive(Debug)]
pub(super) struct Pins {
    pinned: HashSet<Hash>,
    max: usize,
}

impl Pins {
    /// No blocks yet.
    pub(super) fn new(max: usize) -> Self {
        Self { pinned: HashSet::new(), max }
    }

    /// Pins a block; `false` when there are as many as may be.
    #[must_use]
    pub(super) fn pin(&mut self, block: Hash) -> bool {
        if self.pinned.len() >= self.max {
            return false;
        }
        self.pinned.insert(block);
        true
    }

    /// Whether the block is pinned.
    pub(super) fn contains(&self, block: &Hash) -> bool {
        self.pinned.contains(block)
    }

    /// Unpins all of `blocks`, or none.
    ///
    /// # Errors
    /// [`Error::DuplicateHashes`] when one is named twice, [`Error::UnpinnedBlock`] when one is not pinned.
    pub(super) fn unpin(&mut self, blocks: &[Hash]) -> Result<(), Error> {
        let mut seen = HashSet::with_capacity(blocks.len().min(self.max));
        for block in blocks {
            if !seen.insert(block) {
                return Err(Error::DuplicateHashes);
            }
        }
        if !blocks.iter().all(|block| self.contains(block)) {
            return Err(Error::UnpinnedBlock);
        }
        for block in blocks {
            self.pinned.remove(block);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unpinning_is_all_or_nothing() {
        let [a, b, c] = [1, 2, 3].map(Hash::repeat_byte);
        let mut pins = Pins::new(2);
        assert!(pins.pin(a) && pins.pin(b));
        assert!(!pins.pin(c));
        assert!(matches!(pins.unpin(&[a, a]), Err(Error::DuplicateHashes)));
        assert!(matches!(pins.unpin(&[a, c]), Err(Error::UnpinnedBlock)));
        assert!(pins.contains(&a) && pins.contains(&b));
        pins.unpin(&[a]).unwrap();
        assert!(!pins.contains(&a) && pins.pin(c));
    }
}
