//! Peers that are not let in for a while.

use libp2p::PeerId;
use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};

/// Banned peers, at most as many as the limit; the oldest ban gives way to a new one.
#[derive(Debug)]
pub(crate) struct Bans {
    max: usize,
    time: Duration,
    ends: HashMap<PeerId, Instant>,
    /// The keys of `ends`, soonest end first: all bans last equally long.
    order: VecDeque<PeerId>,
}

impl Bans {
    pub(crate) fn new(max: usize, time: Duration) -> Self {
        Self { max, time, ends: HashMap::new(), order: VecDeque::new() }
    }

    /// When a peer's ban ends; `None` when it is not banned.
    pub(crate) fn end(&self, peer: &PeerId, now: Instant) -> Option<Instant> {
        self.ends.get(peer).copied().filter(|end| now < *end)
    }

    /// Bans a peer from now on; a ban that stands keeps its end. The end.
    pub(crate) fn insert(&mut self, peer: PeerId, now: Instant) -> Instant {
        self.lift(now);
        let end = now + self.time;
        if let Some(end) = self.ends.get(&peer) {
            return *end;
        }
        if self.order.len() >= self.max {
            self.pop();
        }
        if self.max > 0 {
            self.ends.insert(peer, end);
            self.order.push_back(peer);
        }
        end
    }

    /// Forgets the bans that are over, and says how many are left.
    pub(crate) fn lift(&mut self, now: Instant) -> usize {
        while self.order.front().and_then(|peer| self.ends.get(peer)).is_some_and(|end| *end <= now) {
            self.pop();
        }
        self.order.len()
    }

    fn pop(&mut self) {
        if let Some(peer) = self.order.pop_front() {
            self.ends.remove(&peer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_ban_ends() {
        let start = Instant::now();
        let mut bans = Bans::new(10, MINUTE);
        let peer = PeerId::random();
        bans.insert(peer, start);
        assert_eq!(bans.end(&peer, start), Some(start + MINUTE));
        assert_eq!(bans.end(&peer, start + MINUTE - Duration::from_nanos(1)), Some(start + MINUTE));
        assert_eq!(bans.end(&peer, start + MINUTE), None);
        assert_eq!(bans.lift(start + MINUTE), 0);
    }

    #[test]
    fn a_ban_that_stands_keeps_its_end() {
        let start = Instant::now();
        let mut bans = Bans::new(10, MINUTE);
        let peer = PeerId::random();
        let end = bans.insert(peer, start);
        assert_eq!(bans.insert(peer, start + MINUTE / 2), end);
        assert_eq!(bans.insert(peer, start + MINUTE), start + 2 * MINUTE, "a new one, the old one is over");
    }

    #[test]
    fn the_oldest_gives_way_when_the_list_is_full() {
        let start = Instant::now();
        let mut bans = Bans::new(2, MINUTE);
        let peers: Vec<_> = (0..3).map(|_| PeerId::random()).collect();
        for peer in &peers {
            bans.insert(*peer, start);
        }
        let banned = peers.iter().map(|peer| bans.end(peer, start).is_some());
        assert_eq!(banned.collect::<Vec<_>>(), [false, true, true]);
        assert_eq!(bans.ends.len(), 2);
    }

    #[test]
    fn a_list_of_no_length_bans_nobody() {
        let start = Instant::now();
        let mut bans = Bans::new(0, MINUTE);
        let peer = PeerId::random();
        bans.insert(peer, start);
        assert_eq!(bans.end(&peer, start), None);
        assert!(bans.ends.is_empty());
    }
}
