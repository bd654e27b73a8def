//! Who may connect.

use crate::{bans::Bans, limits::Limits};
use libp2p::{multiaddr::Protocol, swarm::ConnectionId, Multiaddr, PeerId};
use std::{
    collections::{HashMap, HashSet},
    net::{IpAddr, Ipv6Addr},
    time::Instant,
};

/// Why a connection is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The peer is banned.
    #[error("the peer is banned")]
    Banned,
    /// Only known peers may connect.
    #[error("the peer is not known")]
    Unknown,
    /// The peer has as many connections as a peer may have.
    #[error("the peer is connected already")]
    Connected,
    /// All places of strangers are taken.
    #[error("there are too many connections")]
    Full,
    /// The address has as many connections as an address may have.
    #[error("there are too many connections from its address")]
    Address,
    /// Too many connections are being established.
    #[error("too many connections are being established")]
    Pending,
}

/// The connections that there are, and the rules for another one.
#[derive(Debug)]
pub(crate) struct Admission {
    limits: Limits,
    known: HashSet<PeerId>,
    known_only: bool,
    bans: Bans,
    connections: HashMap<ConnectionId, Connection>,
}

#[derive(Debug)]
struct Connection {
    origin: Option<Origin>,
    /// `None` until it has proved its key.
    peer: Option<PeerId>,
}

/// Whose an address is: an IPv4 address or an IPv6 /64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Origin(IpAddr);

impl Origin {
    /// The origin of a remote address; `None` when it has no IP address, or a loopback one.
    fn of(address: &Multiaddr) -> Option<Self> {
        let ip = address.iter().find_map(|part| match part {
            Protocol::Ip4(ip) => Some(IpAddr::V4(ip)),
            Protocol::Ip6(ip) => Some(IpAddr::V6(ip).to_canonical()),
            _ => None,
        })?;
        let network = match ip {
            IpAddr::V4(ip) => IpAddr::V4(ip),
            IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from((u128::from(ip) >> 64) << 64)),
        };
        (!ip.is_loopback()).then_some(Self(network))
    }
}

impl Admission {
    pub(crate) fn new(limits: Limits, known_only: bool) -> Self {
        let bans = Bans::new(limits.bans, limits.ban_time);
        Self { limits, known: HashSet::new(), known_only, bans, connections: HashMap::new() }
    }

    /// Replaces the known peers.
    pub(crate) fn set_known(&mut self, known: HashSet<PeerId>) {
        self.known = known;
    }

    pub(crate) fn is_known(&self, peer: &PeerId) -> bool {
        self.known.contains(peer)
    }

    /// Whether a peer may be connected at all.
    pub(crate) fn check_peer(&self, peer: &PeerId, now: Instant) -> Result<(), Refusal> {
        if self.ban_end(peer, now).is_some() {
            return Err(Refusal::Banned);
        }
        if self.known_only && !self.is_known(peer) {
            return Err(Refusal::Unknown);
        }
        Ok(())
    }

    /// A connection comes in; its peer has not proved its key.
    pub(crate) fn begin(&mut self, id: ConnectionId, remote: &Multiaddr) -> Result<(), Refusal> {
        let origin = Origin::of(remote);
        let pending = || self.connections.values().filter(|connection| connection.peer.is_none());
        if pending().count() >= self.limits.connections_pending {
            return Err(Refusal::Pending);
        }
        if self.is_crowded(origin, pending()) {
            return Err(Refusal::Address);
        }
        self.connections.insert(id, Connection { origin, peer: None });
        Ok(())
    }

    /// A connection, in or out, has proved its key.
    pub(crate) fn establish(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        remote: &Multiaddr,
        now: Instant,
    ) -> Result<(), Refusal> {
        self.connections.remove(&id);
        self.check_peer(&peer, now)?;
        let origin = Origin::of(remote);
        let of_peer = self.connections.values().filter(|connection| connection.peer == Some(peer));
        if of_peer.count() >= self.limits.connections_per_peer {
            return Err(Refusal::Connected);
        }
        if !self.is_known(&peer) {
            if self.strangers().count() >= self.limits.connections {
                return Err(Refusal::Full);
            }
            if self.is_crowded(origin, self.strangers()) {
                return Err(Refusal::Address);
            }
        }
        self.connections.insert(id, Connection { origin, peer: Some(peer) });
        Ok(())
    }

    /// A connection is gone, or did not come about.
    pub(crate) fn end(&mut self, id: ConnectionId) {
        self.connections.remove(&id);
    }

    /// Bans a peer; until when.
    pub(crate) fn ban(&mut self, peer: PeerId, now: Instant) -> Instant {
        self.bans.insert(peer, now)
    }

    /// When a peer's ban ends; `None` when it is not banned.
    pub(crate) fn ban_end(&self, peer: &PeerId, now: Instant) -> Option<Instant> {
        self.bans.end(peer, now)
    }

    /// How many peers are banned.
    pub(crate) fn bans(&mut self, now: Instant) -> usize {
        self.bans.lift(now)
    }

    fn strangers(&self) -> impl Iterator<Item = &Connection> {
        self.connections.values().filter(|connection| connection.peer.is_some_and(|peer| !self.is_known(&peer)))
    }

    fn is_crowded<'a>(&self, origin: Option<Origin>, connections: impl Iterator<Item = &'a Connection>) -> bool {
        origin.is_some()
            && connections.filter(|connection| connection.origin == origin).count() >= self.limits.connections_per_ip
    }
}

#[cfg(test)]
mod tests;
