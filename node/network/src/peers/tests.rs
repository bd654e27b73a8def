//! Records of peers that come and go.

use super::*;
use crate::bucket::Rate;

fn id(number: usize) -> ConnectionId {
    ConnectionId::new_unchecked(number)
}

fn address() -> Multiaddr {
    "/ip4/127.0.0.1/tcp/1".parse().unwrap()
}

fn limits() -> Limits {
    Limits { messages: Rate { per_second: 1, burst: 10 }, ..Limits::default() }
}

/// Records of one connected peer.
fn connected(now: Instant) -> (Peers, PeerId) {
    let (mut peers, peer) = (Peers::new(limits()), PeerId::random());
    peers.connect(peer, id(1), address(), Direction::Inbound, now);
    (peers, peer)
}

fn messages(messages: u64) -> Load {
    Load { messages, ..Load::default() }
}

#[test]
fn a_peer_that_did_nothing_is_forgotten_when_it_goes() {
    let now = Instant::now();
    let (mut peers, peer) = connected(now);
    peers.disconnect(peer, id(1), now);
    assert!(peers.get(&peer).is_none());
    assert!(peers.gone.is_empty());
}

#[test]
fn coming_back_restores_neither_allowance_nor_score() {
    let now = Instant::now();
    let (mut peers, peer) = connected(now);
    assert!(peers.take(&peer, messages(10), now));
    peers.charge(&peer, Offence::Malformed, 3, now);
    peers.disconnect(peer, id(1), now);
    assert!(peers.statuses(|_| false, now).is_empty(), "only connected peers are listed");
    peers.connect(peer, id(1), address(), Direction::Outbound, now);
    assert!(!peers.take(&peer, messages(1), now));
    peers.charge(&peer, Offence::Malformed, 1, now);
    assert!(peers.condemn_exhausted(&peer, now) && !peers.condemn_exhausted(&peer, now), "told once");
    let [status] = &peers.statuses(|_| true, now)[..] else { panic!("one peer is connected") };
    assert_eq!((status.score, status.direction, status.is_known), (0, Direction::Outbound, true));
    assert_eq!((status.counters.over_rate, status.counters.invalid), (1, 1), "counted since it came back");
}

#[test]
fn a_peer_is_gone_when_its_last_connection_is() {
    let now = Instant::now();
    let (mut peers, peer) = connected(now);
    peers.connect(peer, id(2), address(), Direction::Outbound, now);
    peers.disconnect(peer, id(1), now);
    assert_eq!(peers.connected().count(), 1);
    peers.disconnect(peer, id(2), now);
    assert_eq!(peers.connected().count(), 0);
}

#[test]
fn what_is_held_against_those_who_went_is_bounded() {
    let now = Instant::now();
    let mut peers = Peers::new(limits());
    for _ in 0..2 * GONE_MAX {
        let peer = PeerId::random();
        peers.connect(peer, id(1), address(), Direction::Inbound, now);
        peers.charge(&peer, Offence::Malformed, 1, now);
        peers.disconnect(peer, id(1), now);
    }
    assert_eq!((peers.peers.len(), peers.gone.len()), (GONE_MAX, GONE_MAX));
    let (later, peer) = (now + GONE_TIME, PeerId::random());
    peers.connect(peer, id(1), address(), Direction::Inbound, later);
    peers.disconnect(peer, id(1), later);
    assert_eq!((peers.peers.len(), peers.gone.len()), (0, 0));
}

#[test]
fn one_that_comes_and_goes_often_is_remembered_once() {
    let mut now = Instant::now();
    let (mut peers, peer) = connected(now);
    peers.charge(&peer, Offence::Malformed, 1, now);
    for _ in 0..3 * GONE_MAX {
        now += Duration::from_nanos(1);
        peers.disconnect(peer, id(1), now);
        peers.connect(peer, id(1), address(), Direction::Inbound, now);
    }
    assert_eq!((peers.peers.len(), peers.gone.len()), (1, 1));
    assert_eq!(peers.statuses(|_| false, now)[0].score, 750);
}

#[test]
fn a_peer_settles_when_it_said_which_chain_it_is_of_and_takes_everything() {
    let now = Instant::now();
    let (mut peers, peer) = connected(now);
    let (time, later) = (Duration::from_secs(1), now + Duration::from_secs(1));
    let record = peers.get_mut(&peer).unwrap();
    record.of_chain = true;
    record.takes = [true, false];
    assert!(!record.is_settled() && record.is_idle(time, later) && !record.is_idle(time, now));
    record.takes = [true, true];
    assert!(record.is_settled() && !record.is_idle(time, later));
    peers.disconnect(peer, id(1), later);
    peers.connect(peer, id(2), address(), Direction::Inbound, later);
    assert!(!peers.get(&peer).unwrap().is_settled(), "it says it again when it comes again");
}

#[test]
fn an_agent_is_cut_to_what_can_be_printed() {
    let now = Instant::now();
    let (mut peers, peer) = connected(now);
    let record = peers.get_mut(&peer).unwrap();
    record.set_agent(&format!("icn/0.1.0 (alice)\n\u{1b}[31m{}", "x".repeat(100)));
    assert_eq!(record.agent.len(), AGENT_CHARS_MAX);
    assert!(record.agent.starts_with("icn/0.1.0 (alice)[31mxxx"));
}

#[test]
fn a_peer_has_its_part_of_the_unanswered() {
    let limits = Limits { unanswered: 8, unanswered_bytes: 800, ..limits() };
    let mut unanswered = Unanswered::default();
    unanswered.add(150);
    assert!(unanswered.has_room(50, &limits, 4));
    assert!(!unanswered.has_room(51, &limits, 4));
    unanswered.add(0);
    assert!(!unanswered.has_room(0, &limits, 4), "two of two");
    assert!(unanswered.has_room(650, &limits, 1));
    unanswered.subtract(150);
    assert_eq!(unanswered, Unanswered { count: 1, bytes: 0 });
}

#[test]
fn a_condemned_peer_stays_so_until_it_connects_again() {
    let now = Instant::now();
    let (mut peers, peer) = connected(now);
    assert!(!peers.condemn_exhausted(&peer, now));
    peers.charge(&peer, Offence::Malformed, 4, now);
    assert!(peers.condemn_exhausted(&peer, now));
    let later = now + Duration::from_secs(60);
    assert!(peers.is_condemned(&peer), "though its score is {}", peers.statuses(|_| false, later)[0].score);
    peers.disconnect(peer, id(1), later);
    peers.connect(peer, id(2), address(), Direction::Inbound, later);
    assert!(!peers.is_condemned(&peer));
}
