//! Who may open proposals at a height.

use icn_primitives::{tendermint::ValidatorAddress, ValidatorSet};
use std::collections::BTreeMap;

/// How many rounds keep their proposer.
const TURNS_KEPT: usize = 64;

/// The validators of a height as far as proposals need them.
#[derive(Clone, Debug)]
pub(super) struct Roster {
    set: ValidatorSet,
    keys: BTreeMap<ValidatorAddress, [u8; 32]>,
    turns: BTreeMap<u32, ValidatorAddress>,
}

impl Roster {
    pub(super) fn new(set: ValidatorSet) -> Self {
        let keys = set.validators().iter().map(|validator| (validator.address(), validator.key)).collect();
        Self { set, keys, turns: BTreeMap::new() }
    }

    /// This set's next one, when nothing but the turn changes.
    pub(super) fn next(&self) -> Self {
        Self::new(self.set.next())
    }

    pub(super) fn key(&self, address: &ValidatorAddress) -> Option<&[u8; 32]> {
        self.keys.get(address)
    }

    pub(super) fn is_turn(&mut self, address: &ValidatorAddress, round: u32) -> bool {
        if let Some(proposer) = self.turns.get(&round) {
            return proposer == address;
        }
        let proposer = self.set.proposer(round).address();
        if self.turns.len() >= TURNS_KEPT {
            self.turns.pop_first();
        }
        self.turns.insert(round, proposer);
        proposer == *address
    }
}
