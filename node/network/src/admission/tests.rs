//! The rules, without sockets.

use super::*;
use std::time::Duration;

/// An [`Admission`] whose connections are numbered.
struct Gate {
    admission: Admission,
    now: Instant,
    next: usize,
}

impl Gate {
    fn new(known_only: bool, known: &[PeerId]) -> Self {
        let limits = Limits {
            connections: 3,
            connections_per_peer: 2,
            connections_pending: 4,
            connections_per_ip: 2,
            ban_time: Duration::from_secs(60),
            ..Limits::default()
        };
        let mut admission = Admission::new(limits, known_only);
        admission.set_known(known.iter().copied().collect());
        Self { admission, now: Instant::now(), next: 0 }
    }

    fn begin(&mut self, remote: &str) -> Result<ConnectionId, Refusal> {
        self.next += 1;
        let id = ConnectionId::new_unchecked(self.next);
        self.admission.begin(id, &parsed(remote)).map(|()| id)
    }

    fn connect(&mut self, peer: PeerId, remote: &str) -> Result<ConnectionId, Refusal> {
        let id = self.begin(remote)?;
        self.admission.establish(id, peer, &parsed(remote), self.now).map(|()| id)
    }
}

fn parsed(remote: &str) -> Multiaddr {
    remote.parse().unwrap()
}

/// One address of its own for each number.
fn remote(number: u8) -> String {
    format!("/ip4/192.0.2.{number}/tcp/4000")
}

#[test]
fn strangers_share_a_number_of_places_and_known_peers_need_none() {
    let known = PeerId::random();
    let mut gate = Gate::new(false, &[known]);
    let ids: Vec<_> = (0..3).map(|n| gate.connect(PeerId::random(), &remote(n)).unwrap()).collect();
    assert_eq!(gate.connect(PeerId::random(), &remote(3)), Err(Refusal::Full));
    gate.connect(known, &remote(4)).unwrap();
    gate.admission.end(ids[0]);
    gate.connect(PeerId::random(), &remote(5)).unwrap();
    assert_eq!(gate.connect(PeerId::random(), &remote(6)), Err(Refusal::Full));
}

#[test]
fn a_peer_may_have_two_connections() {
    let peer = PeerId::random();
    let mut gate = Gate::new(false, &[peer]);
    let first = gate.connect(peer, &remote(1)).unwrap();
    gate.connect(peer, &remote(2)).unwrap();
    assert_eq!(gate.connect(peer, &remote(3)), Err(Refusal::Connected));
    gate.admission.end(first);
    gate.connect(peer, &remote(3)).unwrap();
}

#[test]
fn only_known_peers_pass_where_only_they_may() {
    let known = PeerId::random();
    let mut gate = Gate::new(true, &[known]);
    assert_eq!(gate.connect(PeerId::random(), &remote(1)), Err(Refusal::Unknown));
    gate.connect(known, &remote(1)).unwrap();
    gate.admission.set_known(HashSet::new());
    assert_eq!(gate.connect(known, &remote(1)), Err(Refusal::Unknown), "it is known no more");
}

#[test]
fn a_banned_peer_is_refused_even_if_it_is_known_until_the_ban_ends() {
    let peer = PeerId::random();
    let mut gate = Gate::new(false, &[peer]);
    let end = gate.admission.ban(peer, gate.now);
    assert_eq!(gate.connect(peer, &remote(1)), Err(Refusal::Banned));
    assert_eq!(gate.admission.bans(gate.now), 1);
    gate.now = end;
    gate.connect(peer, &remote(1)).unwrap();
    assert_eq!(gate.admission.bans(gate.now), 0);
}

#[test]
fn an_address_has_a_share_of_the_places() {
    let mut gate = Gate::new(false, &[]);
    for _ in 0..2 {
        gate.connect(PeerId::random(), &remote(1)).unwrap();
    }
    assert_eq!(gate.connect(PeerId::random(), &remote(1)), Err(Refusal::Address));
    gate.connect(PeerId::random(), &remote(2)).unwrap();
}

#[test]
fn an_ipv6_network_counts_as_one_address() {
    let mut gate = Gate::new(false, &[]);
    gate.connect(PeerId::random(), "/ip6/2001:db8:0:1::1/tcp/1").unwrap();
    gate.connect(PeerId::random(), "/ip6/2001:db8:0:1:ffff::2/tcp/1").unwrap();
    assert_eq!(gate.connect(PeerId::random(), "/ip6/2001:db8:0:1::3/tcp/1"), Err(Refusal::Address));
    gate.connect(PeerId::random(), "/ip6/2001:db8:0:2::1/tcp/1").unwrap();
}

#[test]
fn a_known_peer_is_let_in_beside_strangers_of_its_address() {
    let known = PeerId::random();
    let mut gate = Gate::new(false, &[known]);
    for _ in 0..2 {
        gate.connect(PeerId::random(), &remote(1)).unwrap();
    }
    gate.connect(known, &remote(1)).unwrap();
}

#[test]
fn connections_without_a_key_are_few_and_few_from_one_address() {
    let mut gate = Gate::new(false, &[]);
    let first = gate.begin(&remote(1)).unwrap();
    gate.begin(&remote(1)).unwrap();
    assert_eq!(gate.begin(&remote(1)), Err(Refusal::Address));
    gate.begin(&remote(2)).unwrap();
    gate.begin(&remote(2)).unwrap();
    assert_eq!(gate.begin(&remote(3)), Err(Refusal::Pending));
    gate.admission.end(first);
    gate.begin(&remote(3)).unwrap();
}

#[test]
fn loopback_has_no_share() {
    let mut gate = Gate::new(false, &[]);
    for _ in 0..3 {
        gate.connect(PeerId::random(), "/ip4/127.0.0.1/tcp/1").unwrap();
    }
    assert_eq!(gate.connect(PeerId::random(), "/ip4/127.0.0.1/tcp/1"), Err(Refusal::Full));
    assert_eq!(gate.connect(PeerId::random(), "/ip6/::1/tcp/1"), Err(Refusal::Full));
}

#[test]
fn what_is_refused_leaves_nothing_behind() {
    let mut gate = Gate::new(true, &[]);
    for _ in 0..100 {
        assert_eq!(gate.connect(PeerId::random(), &remote(1)), Err(Refusal::Unknown));
    }
    assert!(gate.admission.connections.is_empty());
}
