//! Known peers, and when to dial each of them.

use crate::{backoff::Backoff, peer_address::PeerAddress};
use libp2p::{Multiaddr, PeerId};
use std::{collections::HashMap, time::Instant};

/// What a known peer is doing.
///
/// ```text
/// Waiting(due) --due--> Dialling --connected--> Connected
///      ^                   |                        |
///      +------failed-------+--------lost------------+
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting(Instant),
    Dialling,
    Connected,
}

#[derive(Debug)]
struct Target {
    addresses: Vec<Multiaddr>,
    backoff: Backoff,
    state: State,
}

/// The known peers. Each is kept connected: it is dialled when it is not, after waits that grow until a connection has proved
/// good.
#[derive(Debug)]
pub(crate) struct Redial {
    dials_max: usize,
    targets: HashMap<PeerId, Target>,
    next: Option<Instant>,
}

impl Redial {
    pub(crate) fn new(dials_max: usize) -> Self {
        Self { dials_max, targets: HashMap::new(), next: None }
    }

    /// Replaces the known peers. What is known of those that stay is kept; new ones are dialled at once, unless they are
    /// connected already.
    pub(crate) fn set(&mut self, peers: &[PeerAddress], is_connected: impl Fn(&PeerId) -> bool, now: Instant) {
        let mut old = std::mem::take(&mut self.targets);
        for PeerAddress { peer, address } in peers {
            let target = self.targets.entry(*peer).or_insert_with(|| {
                let state = if is_connected(peer) { State::Connected } else { State::Waiting(now) };
                let known = old.remove(peer);
                known.map_or_else(
                    || Target { addresses: Vec::new(), backoff: Backoff::default(), state },
                    |known| Target { addresses: Vec::new(), ..known },
                )
            });
            if !target.addresses.contains(address) {
                target.addresses.push(address.clone());
            }
        }
        self.plan();
    }

    /// A connection to a peer is there.
    pub(crate) fn connected(&mut self, peer: &PeerId) {
        self.change(peer, |target| target.state = State::Connected);
    }

    /// A connected peer is of this chain: when it is lost, it is dialled soon.
    pub(crate) fn proved_good(&mut self, peer: &PeerId) {
        self.change(peer, |target| target.backoff.reset());
    }

    /// The last connection to a peer is lost, or a dial failed.
    pub(crate) fn lost(&mut self, peer: &PeerId, now: Instant) {
        self.change(peer, |target| target.state = State::Waiting(now + target.backoff.next()));
    }

    /// A banned peer is not to be dialled before some time.
    pub(crate) fn postpone(&mut self, peer: &PeerId, until: Instant) {
        self.change(peer, |target| target.state = State::Waiting(until));
    }

    /// The peers to dial now, with their addresses. They count as being dialled.
    pub(crate) fn due(&mut self, now: Instant) -> Vec<(PeerId, Vec<Multiaddr>)> {
        let room = self.dials_max.saturating_sub(self.dialling());
        let is_due = |target: &Target| matches!(target.state, State::Waiting(due) if due <= now);
        let mut dials = Vec::new();
        for (peer, target) in self.targets.iter_mut().filter(|(_, target)| is_due(target)).take(room) {
            target.state = State::Dialling;
            dials.push((*peer, target.addresses.clone()));
        }
        self.plan();
        dials
    }

    /// When [`Self::due`] has a peer to dial.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.next
    }

    fn change(&mut self, peer: &PeerId, change: impl FnOnce(&mut Target)) {
        if let Some(target) = self.targets.get_mut(peer) {
            change(target);
            self.plan();
        }
    }

    fn plan(&mut self) {
        let waits = |target: &Target| match target.state {
            State::Waiting(due) => Some(due),
            State::Dialling | State::Connected => None,
        };
        let has_room = self.dialling() < self.dials_max;
        self.next = self.targets.values().filter_map(waits).min().filter(|_| has_room);
    }

    fn dialling(&self) -> usize {
        self.targets.values().filter(|target| target.state == State::Dialling).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{slice::from_ref, time::Duration};

    const QUARTER: Duration = Duration::from_millis(250);

    fn address(port: u16) -> PeerAddress {
        PeerAddress { peer: PeerId::random(), address: format!("/ip4/127.0.0.1/tcp/{port}").parse().unwrap() }
    }

    fn peers(dials: &[(PeerId, Vec<Multiaddr>)]) -> Vec<PeerId> {
        dials.iter().map(|(peer, _)| *peer).collect()
    }

    fn nobody(_: &PeerId) -> bool {
        false
    }

    #[test]
    fn a_peer_is_dialled_at_once_and_then_after_growing_waits() {
        let mut now = Instant::now();
        let (mut redial, target) = (Redial::new(4), address(1));
        redial.set(from_ref(&target), nobody, now);
        for wait in [QUARTER, 2 * QUARTER, 4 * QUARTER] {
            assert_eq!(redial.next(), Some(now));
            assert_eq!(redial.due(now), [(target.peer, vec![target.address.clone()])]);
            assert_eq!(redial.next(), None, "it is being dialled");
            redial.lost(&target.peer, now);
            assert_eq!(redial.next(), Some(now + wait));
            assert!(redial.due(now + wait - Duration::from_nanos(1)).is_empty());
            now += wait;
        }
    }

    #[test]
    fn only_a_connection_that_proved_good_resets_the_waits() {
        let now = Instant::now();
        let (mut redial, target) = (Redial::new(4), address(1));
        redial.set(from_ref(&target), nobody, now);
        for wait in [QUARTER, 2 * QUARTER, 4 * QUARTER] {
            redial.connected(&target.peer);
            assert_eq!(redial.next(), None);
            redial.lost(&target.peer, now);
            assert_eq!(redial.next(), Some(now + wait));
        }
        redial.connected(&target.peer);
        redial.proved_good(&target.peer);
        redial.lost(&target.peer, now);
        assert_eq!(redial.next(), Some(now + QUARTER));
    }

    #[test]
    fn few_peers_are_dialled_at_once() {
        let now = Instant::now();
        let mut redial = Redial::new(2);
        let targets: Vec<_> = (1..=5).map(address).collect();
        redial.set(&targets, nobody, now);
        let first = peers(&redial.due(now));
        assert_eq!(first.len(), 2);
        assert_eq!((redial.next(), redial.due(now)), (None, Vec::new()));
        redial.connected(&first[0]);
        assert_eq!(redial.next(), Some(now));
        let second = peers(&redial.due(now));
        assert_eq!(second.len(), 1);
        assert!(!first.contains(&second[0]));
    }

    #[test]
    fn a_new_list_keeps_what_is_known_of_those_that_stay() {
        let now = Instant::now();
        let mut redial = Redial::new(4);
        let [stays, leaves, comes, connected] = [1, 2, 3, 4].map(address);
        redial.set(&[stays.clone(), leaves.clone()], nobody, now);
        redial.due(now);
        redial.lost(&stays.peer, now);
        redial.lost(&leaves.peer, now);
        let moved = PeerAddress { address: "/ip4/127.0.0.1/tcp/9".parse().unwrap(), ..stays.clone() };
        redial.set(&[moved.clone(), comes.clone(), connected.clone()], |peer| *peer == connected.peer, now);
        assert_eq!(peers(&redial.due(now)), [comes.peer]);
        assert_eq!(redial.due(now + QUARTER), [(stays.peer, vec![moved.address])]);
        redial.lost(&leaves.peer, now);
        assert_eq!(redial.next(), None, "nobody cares for a peer that left the list");
    }

    #[test]
    fn a_peer_may_have_several_addresses() {
        let now = Instant::now();
        let mut redial = Redial::new(4);
        let first = address(1);
        let second = PeerAddress { address: "/ip4/127.0.0.1/tcp/2".parse().unwrap(), ..first.clone() };
        redial.set(&[first.clone(), second.clone(), first.clone()], nobody, now);
        assert_eq!(redial.due(now), [(first.peer, vec![first.address, second.address])]);
    }

    #[test]
    fn a_banned_peer_waits_for_its_ban_to_end() {
        let now = Instant::now();
        let (mut redial, target) = (Redial::new(4), address(1));
        redial.set(from_ref(&target), nobody, now);
        redial.postpone(&target.peer, now + Duration::from_secs(300));
        assert_eq!(redial.next(), Some(now + Duration::from_secs(300)));
    }
}
