//! Lots: what decides where the ballots do not, drawn from a seed that everybody can have.
//!
//! The stream is ChaCha20 (20 rounds, counter and nonce zero) under the seed as its key, read as little-endian words of 64
//! bits. A number below `n` is the next word `w < ⌊2⁶⁴ / n⌋ · n`, taken modulo `n`; words that are not below that are
//! dropped. A list is shuffled by Fisher and Yates from its front: for `i = 0, 1, …`, entry `i` changes places with entry
//! `i + draw(len − i)`.

use rand_chacha::{
    rand_core::{RngCore as _, SeedableRng as _},
    ChaCha20Rng,
};
use serde::{de::Error as _, Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// What a lot is drawn from; in text 64 hex digits after `0x`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub [u8; 32]);

impl Seed {
    /// The seed of one poll: `SHA-256("icn/tally/seed/1" ‖ beacon ‖ poll)`, so that two polls of one beacon differ.
    pub fn of_poll(beacon: &[u8; 32], poll: &[u8]) -> Self {
        let hash = Sha256::new().chain_update(b"icn/tally/seed/1").chain_update(beacon).chain_update(poll);
        Self(hash.finalize().into())
    }

    /// The ids, shuffled from their ascending order.
    pub(crate) fn shuffled(&self, ids: &[u64]) -> Vec<u64> {
        let mut lot = ids.to_vec();
        lot.sort_unstable();
        let len = lot.len();
        Drawer::new(self).shuffle(&mut lot, len);
        lot
    }
}

impl Serialize for Seed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&text(&self.0))
    }
}

impl<'de> Deserialize<'de> for Seed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut seed = [0; 32];
        let digits = text.strip_prefix("0x").ok_or_else(|| D::Error::custom("0x prefix is missing"))?;
        hex::decode_to_slice(digits, &mut seed).map_err(|_| D::Error::custom("expected 64 hex digits after 0x"))?;
        Ok(Self(seed))
    }
}

/// Hex digits after `0x`.
pub(crate) fn text(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

/// Draws numbers, one after another.
pub(crate) struct Drawer(ChaCha20Rng);

impl Drawer {
    pub(crate) fn new(seed: &Seed) -> Self {
        Self(ChaCha20Rng::from_seed(seed.0))
    }

    /// A number below `bound`, each as likely as any other; 0 when there is none.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        if bound <= 1 {
            return 0;
        }
        let span = 1u128 << 64;
        let accepted = span - span % u128::from(bound);
        loop {
            let word = self.0.next_u64();
            if u128::from(word) < accepted {
                return word % bound;
            }
        }
    }

    /// Shuffles the first `count` places of the list, and tells from which place each was filled.
    pub(crate) fn shuffle<T>(&mut self, list: &mut [T], count: usize) -> Vec<u64> {
        let mut places = Vec::new();
        for place in 0..count.min(list.len()) {
            let drawn = self.below((list.len() - place) as u64);
            list.swap(place, place + drawn as usize);
            places.push(place as u64 + drawn);
        }
        places
    }
}
