//! What is known of each peer.

use crate::{
    allowance::{Allowance, Load},
    head::Head,
    limits::Limits,
    score::{Offence, Score},
    status::{Counters, Direction, PeerStatus},
};
use libp2p::{swarm::ConnectionId, Multiaddr, PeerId};
use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};

/// Peers that are gone and have not made good yet, at most.
const GONE_MAX: usize = 1024;

/// How long what a peer did is held against it after it is gone, at most.
const GONE_TIME: Duration = Duration::from_secs(5 * 60);

const AGENT_CHARS_MAX: usize = 64;

/// The connected peers, and those that are gone but used their allowance or lost score: coming back is no way to be forgiven.
#[derive(Debug)]
pub(crate) struct Peers {
    limits: Limits,
    peers: HashMap<PeerId, Peer>,
    /// Peers that went, and when; they may have come back.
    gone: VecDeque<(PeerId, Instant)>,
}

/// One peer.
#[derive(Debug)]
pub(crate) struct Peer {
    connections: Vec<Connection>,
    /// When it connected, or went.
    since: Instant,
    allowance: Allowance,
    score: Score,
    /// Whether it had no score left since it connected: nothing of it is looked at any more.
    condemned: bool,
    /// What it calls itself.
    agent: String,
    /// Whether it said that it is of this chain.
    pub(crate) of_chain: bool,
    /// Its head, once it told it.
    pub(crate) head: Option<Head>,
    /// Whether it takes transactions, and heads.
    pub(crate) takes: [bool; 2],
    /// Batches of it that the node has not answered.
    pub(crate) unanswered: Unanswered,
    pub(crate) counters: Counters,
}

#[derive(Debug)]
struct Connection {
    id: ConnectionId,
    address: Multiaddr,
    direction: Direction,
}

/// Batches that the node has not answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unanswered {
    pub(crate) count: usize,
    pub(crate) bytes: usize,
}

impl Unanswered {
    /// Whether there is room for another batch in one part of so many.
    pub(crate) fn has_room(self, bytes: usize, limits: &Limits, parts: usize) -> bool {
        let parts = parts.max(1);
        self.count < limits.unanswered / parts && self.bytes + bytes <= limits.unanswered_bytes / parts
    }

    pub(crate) fn add(&mut self, bytes: usize) {
        self.count += 1;
        self.bytes += bytes;
    }

    pub(crate) fn subtract(&mut self, bytes: usize) {
        self.count = self.count.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}

impl Peer {
    fn new(limits: &Limits, now: Instant) -> Self {
        Self {
            connections: Vec::new(),
            since: now,
            allowance: Allowance::new(limits, now),
            score: Score::new(now),
            condemned: false,
            agent: String::new(),
            of_chain: false,
            head: None,
            takes: [false; 2],
            unanswered: Unanswered::default(),
            counters: Counters::default(),
        }
    }

    pub(crate) fn is_connected(&self) -> bool {
        !self.connections.is_empty()
    }

    /// Whether it is connected, of this chain, and takes whatever is gossiped.
    pub(crate) fn is_settled(&self) -> bool {
        self.is_connected() && self.of_chain && self.takes == [true; 2]
    }

    /// Whether it has been connected for so long.
    pub(crate) fn has_been_connected(&self, time: Duration, now: Instant) -> bool {
        self.is_connected() && now.saturating_duration_since(self.since) >= time
    }

    /// Whether it has been connected for so long, and has not settled.
    pub(crate) fn is_idle(&self, time: Duration, now: Instant) -> bool {
        !self.is_settled() && self.has_been_connected(time, now)
    }

    /// Notes what it calls itself: its first printable characters.
    pub(crate) fn set_agent(&mut self, agent: &str) {
        let printable = agent.chars().filter(|character| character.is_ascii_graphic() || *character == ' ');
        self.agent = printable.take(AGENT_CHARS_MAX).collect();
    }

    /// Whether there is nothing to remember of it.
    fn is_forgettable(&self, now: Instant) -> bool {
        !self.is_connected() && self.unanswered.count == 0 && self.score.is_clean(now) && self.allowance.is_whole(now)
    }
}

impl Peers {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, peers: HashMap::new(), gone: VecDeque::new() }
    }

    /// A connection is there.
    pub(crate) fn connect(
        &mut self,
        peer: PeerId,
        id: ConnectionId,
        address: Multiaddr,
        direction: Direction,
        now: Instant,
    ) {
        let record = self.peers.entry(peer).or_insert_with(|| Peer::new(&self.limits, now));
        if !record.is_connected() {
            (record.since, record.condemned, record.counters) = (now, false, Counters::default());
            (record.of_chain, record.head, record.takes) = (false, None, [false; 2]);
        }
        record.connections.push(Connection { id, address, direction });
    }

    /// A connection is gone.
    pub(crate) fn disconnect(&mut self, peer: PeerId, id: ConnectionId, now: Instant) {
        let Some(record) = self.peers.get_mut(&peer) else { return };
        record.connections.retain(|connection| connection.id != id);
        if !record.is_connected() {
            record.since = now;
            self.gone.push_back((peer, now));
        }
        self.forget(now);
    }

    pub(crate) fn get(&self, peer: &PeerId) -> Option<&Peer> {
        self.peers.get(peer)
    }

    pub(crate) fn get_mut(&mut self, peer: &PeerId) -> Option<&mut Peer> {
        self.peers.get_mut(peer)
    }

    /// Takes a load from a peer's allowance. What does not fit costs it score.
    pub(crate) fn take(&mut self, peer: &PeerId, load: Load, now: Instant) -> bool {
        let Some(record) = self.peers.get_mut(peer) else { return false };
        let taken = record.allowance.take(load, now);
        if !taken {
            record.counters.over_rate += load.messages;
            record.score.charge(Offence::OverRate, load.messages, now);
        }
        taken
    }

    /// Takes bytes of blobs that a peer is sent. That it asked for too many costs it nothing.
    pub(crate) fn take_blob_bytes(&mut self, peer: &PeerId, bytes: u64, now: Instant) -> bool {
        self.peers.get_mut(peer).is_some_and(|record| record.allowance.take_blob_bytes(bytes, now))
    }

    /// Charges a peer with offences.
    pub(crate) fn charge(&mut self, peer: &PeerId, offence: Offence, times: u64, now: Instant) {
        let Some(record) = self.peers.get_mut(peer) else { return };
        match offence {
            Offence::Malformed | Offence::Oversized | Offence::Forged => record.counters.invalid += times,
            Offence::Rejected => record.counters.rejected += times,
            Offence::OverRate => record.counters.over_rate += times,
        }
        record.score.charge(offence, times, now);
    }

    /// Condemns a peer that has no score left; whether it was not before.
    pub(crate) fn condemn_exhausted(&mut self, peer: &PeerId, now: Instant) -> bool {
        let exhausted = |record: &&mut Peer| !record.condemned && record.score.is_exhausted(now);
        self.peers.get_mut(peer).filter(exhausted).map(|record| record.condemned = true).is_some()
    }

    /// Whether a peer had no score left.
    pub(crate) fn is_condemned(&self, peer: &PeerId) -> bool {
        self.peers.get(peer).is_some_and(|record| record.condemned)
    }

    /// The connected peers.
    pub(crate) fn connected(&self) -> impl Iterator<Item = (&PeerId, &Peer)> {
        self.peers.iter().filter(|(_, record)| record.is_connected())
    }

    /// Snapshots of the connected peers, in the order of their ids.
    pub(crate) fn statuses(&self, is_known: impl Fn(&PeerId) -> bool, now: Instant) -> Vec<PeerStatus> {
        let snapshot = |(peer, record): (&PeerId, &Peer)| {
            let direction = record.connections.first()?.direction;
            Some(PeerStatus {
                peer: *peer,
                addresses: record.connections.iter().map(|connection| connection.address.clone()).collect(),
                direction,
                is_known: is_known(peer),
                connected: now.saturating_duration_since(record.since),
                agent: record.agent.clone(),
                head: record.head,
                score: record.score.left(now),
                counters: record.counters,
            })
        };
        let mut statuses: Vec<_> = self.peers.iter().filter_map(snapshot).collect();
        statuses.sort_by_key(|status| status.peer);
        statuses
    }

    /// Forgets those who went long ago, and the first of those who went if they are too many.
    fn forget(&mut self, now: Instant) {
        while let Some((peer, went)) = self.gone.front().copied() {
            let record = self.peers.get(&peer).filter(|record| !record.is_connected() && record.since == went);
            let expires = self.gone.len() > GONE_MAX || now.saturating_duration_since(went) >= GONE_TIME;
            match record {
                Some(record) if !expires && !record.is_forgettable(now) => return,
                Some(_) => {
                    self.peers.remove(&peer);
                }
                // It came back, and perhaps went again: a later entry stands for it.
                None => {}
            }
            self.gone.pop_front();
        }
    }
}

#[cfg(test)]
mod tests;
