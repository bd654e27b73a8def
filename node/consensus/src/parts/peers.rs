//! What each peer's parts came to.

use super::Refusal;
use std::collections::BTreeMap;

/// Names a peer.
pub type Peer = Vec<u8>;

/// Most peers whose parts are counted. Names of peers cost nothing; beyond this, who has least to answer for is forgotten.
pub const PEERS_MAX: usize = 1024;

/// What a peer's parts came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Parts that were kept.
    pub taken: u64,
    /// Parts that were there already.
    pub duplicate: u64,
    /// Parts that were refused, for any reason.
    pub refused: u64,
    /// Of those, the ones that no correct node publishes.
    pub faults: u64,
}

/// Counts of parts, by peer and by reason.
#[derive(Clone, Debug, Default)]
pub struct Peers {
    peers: BTreeMap<Peer, Counts>,
    refused: [u64; Refusal::ALL.len()],
}

impl Peers {
    pub(super) fn taken(&mut self, peer: &Peer) {
        self.counts(peer).taken += 1;
    }

    pub(super) fn duplicate(&mut self, peer: &Peer) {
        self.counts(peer).duplicate += 1;
    }

    pub(super) fn refused(&mut self, peer: &Peer, refusal: Refusal) {
        self.refused[refusal.place()] += 1;
        let counts = self.counts(peer);
        counts.refused += 1;
        counts.faults += u64::from(refusal.is_fault());
    }

    fn counts(&mut self, peer: &Peer) -> &mut Counts {
        if self.peers.len() >= PEERS_MAX && !self.peers.contains_key(peer) {
            let least = self.peers.iter().min_by_key(|(_, counts)| (counts.faults, counts.refused, counts.taken));
            let least = least.map(|(peer, _)| peer.clone());
            least.map(|peer| self.peers.remove(&peer));
        }
        self.peers.entry(peer.clone()).or_default()
    }

    /// What a peer's parts came to, since it was first seen.
    pub fn of(&self, peer: &[u8]) -> Counts {
        self.peers.get(peer).copied().unwrap_or_default()
    }

    /// All peers that are counted.
    pub fn iter(&self) -> impl Iterator<Item = (&Peer, &Counts)> {
        self.peers.iter()
    }

    /// How many parts were refused for a reason, by all peers together.
    pub fn total(&self, refusal: Refusal) -> u64 {
        self.refused[refusal.place()]
    }
}
