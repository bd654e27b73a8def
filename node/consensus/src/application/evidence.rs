//! Evidence that waits for a block.

use icn_primitives::{
    votes::{EvidenceList, EVIDENCE_MAX},
    DuplicateVote,
};

/// Most evidence that waits; an attacker with many keys cannot fill the memory.
const WAITING_MAX: usize = 64;

/// Evidence that waits, each offence once, oldest first.
#[derive(Default)]
pub(super) struct EvidencePool(Vec<DuplicateVote>);

impl EvidencePool {
    /// Adds evidence of an offence that is not known yet.
    pub(super) fn add(&mut self, evidence: DuplicateVote) {
        let known = self.0.iter().any(|known| known.offence() == evidence.offence());
        if !known && self.0.len() < WAITING_MAX {
            self.0.push(evidence);
        }
    }

    /// Drops what does not hold any more.
    pub(super) fn retain(&mut self, holds: impl FnMut(&DuplicateVote) -> bool) {
        self.0.retain(holds);
    }

    /// Whether something waits.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What goes into the next block.
    pub(super) fn first(&self) -> EvidenceList {
        let first: Vec<_> = self.0.iter().take(EVIDENCE_MAX as usize).cloned().collect();
        first.try_into().unwrap_or_default()
    }
}
