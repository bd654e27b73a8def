//! Connections: who is dialled, who came and who went.

use super::Task;
use crate::{behaviour::BehaviourEvent, event::Event, peers::Peer};
use libp2p::{
    swarm::{
        dial_opts::{DialOpts, PeerCondition},
        DialError, ListenError, SwarmEvent,
    },
    PeerId,
};
use std::{
    collections::HashSet,
    fmt::Display,
    time::{Duration, Instant},
};

/// How far apart the connections of two peers that dial each other come about.
const SIMULTANEOUS_TIME: Duration = Duration::from_secs(5);

impl Task {
    pub(super) fn on_swarm_event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(BehaviourEvent::Gossip(event)) => self.on_gossip(event),
            SwarmEvent::Behaviour(BehaviourEvent::Status(event)) => self.on_status(event),
            SwarmEvent::Behaviour(BehaviourEvent::Records(event)) => self.on_records(event),
            SwarmEvent::Behaviour(BehaviourEvent::Seals(event)) => self.on_seals(event),
            SwarmEvent::Behaviour(BehaviourEvent::Blobs(event)) => self.on_blobs(event),
            SwarmEvent::Behaviour(BehaviourEvent::Identify(event)) => self.on_identify(event),
            SwarmEvent::ConnectionEstablished { peer_id, num_established, .. } => {
                self.redial.connected(&peer_id);
                if num_established.get() == 1 {
                    self.ask_status(&peer_id);
                } else {
                    self.on_another_connection(&peer_id);
                }
            }
            SwarmEvent::ConnectionClosed { peer_id, num_established: 0, .. } => self.on_lost(peer_id),
            SwarmEvent::OutgoingConnectionError { peer_id: Some(peer), error, .. } => self.on_dial_failed(peer, &error),
            SwarmEvent::IncomingConnectionError { error, peer_id, .. } => {
                self.connections_refused += u64::from(matches!(error, ListenError::Denied { .. }));
                tracing::debug!(peer = ?peer_id, %error, "a connection did not come about");
            }
            SwarmEvent::ListenerClosed { reason, .. } => {
                tracing::error!(?reason, "the network listens no more");
            }
            SwarmEvent::ListenerError { error, .. } => tracing::warn!(%error, "a connection cannot be taken"),
            _ => {}
        }
    }

    /// Takes note of a new list of known peers.
    pub(super) fn set_peers(&mut self) {
        let own = *self.swarm.local_peer_id();
        let mut peers = self.inputs.peers.borrow_and_update().clone();
        peers.retain(|address| address.peer != own);
        if peers.len() > self.limits.known_peers {
            tracing::warn!(known = peers.len(), kept = self.limits.known_peers, "the list of known peers is cut");
            peers.truncate(self.limits.known_peers);
        }
        let known: HashSet<_> = peers.iter().map(|address| address.peer).collect();
        self.redial.set(&peers, |peer| self.swarm.is_connected(peer), Instant::now());
        if self.persistent_peers_only {
            let strangers: Vec<_> =
                self.swarm.connected_peers().filter(|peer| !known.contains(*peer)).copied().collect();
            strangers.iter().for_each(|peer| self.disconnect(peer));
        }
        self.behaviour().door.0.set_known(known);
    }

    /// Dials the peers whose time has come.
    pub(super) fn dial_due(&mut self) {
        for (peer, addresses) in self.redial.due(Instant::now()) {
            // A port of its own: two nodes that dial each other from where they listen would meet in one connection.
            let dial = DialOpts::peer_id(peer)
                .condition(PeerCondition::DisconnectedAndNotDialing)
                .addresses(addresses)
                .allocate_new_port()
                .build();
            if let Err(error) = self.swarm.dial(dial) {
                self.on_dial_failed(peer, &error);
            }
        }
    }

    /// Disconnects a peer and does not let it come back for a while.
    pub(super) fn ban(&mut self, peer: PeerId, reason: impl Display) {
        let now = Instant::now();
        let rules = &mut self.behaviour().door.0;
        if rules.ban_end(&peer, now).is_none() {
            let until = rules.ban(peer, now);
            let seconds = until.saturating_duration_since(now).as_secs();
            tracing::info!(%peer, seconds, "a peer is banned: {reason}");
        }
        self.disconnect(&peer);
        self.dial_later(&peer);
    }

    pub(super) fn disconnect(&mut self, peer: &PeerId) {
        // It may be gone already.
        let _ = self.swarm.disconnect_peer_id(*peer);
    }

    /// Tells the node of a peer once it has settled.
    pub(super) fn tell_connected(&mut self, peer: PeerId) {
        let is_settled = self.swarm.behaviour().gossip.peers.get(&peer).is_some_and(Peer::is_settled);
        if is_settled && self.told.insert(peer) {
            tracing::info!(%peer, "a peer is connected");
            self.tell(Event::PeerConnected { peer });
        }
    }

    /// A connected peer has connected again. When both dialled at the same time, both connections are good. Otherwise it lost
    /// the older one, and what was said on it: both begin anew.
    fn on_another_connection(&mut self, peer: &PeerId) {
        let is_old = |record: &Peer| record.has_been_connected(SIMULTANEOUS_TIME, Instant::now());
        if self.swarm.behaviour().gossip.peers.get(peer).is_some_and(is_old) {
            tracing::info!(%peer, "a peer connects again though it is connected, and is disconnected");
            self.disconnect(peer);
        }
    }

    /// The last connection to a peer is closed.
    fn on_lost(&mut self, peer: PeerId) {
        self.dial_later(&peer);
        if self.told.remove(&peer) {
            tracing::info!(%peer, "a peer is connected no more");
            self.tell(Event::PeerDisconnected { peer });
        }
    }

    fn on_dial_failed(&mut self, peer: PeerId, error: &DialError) {
        if let DialError::WrongPeerId { obtained, address } = error {
            tracing::warn!(%peer, %obtained, %address, "another node answers where a known peer should be");
        }
        self.connections_refused += u64::from(matches!(error, DialError::Denied { .. }));
        tracing::debug!(%peer, %error, "a dial failed");
        if self.swarm.is_connected(&peer) {
            self.redial.connected(&peer);
        } else {
            self.dial_later(&peer);
        }
    }

    /// Has a known peer dialled again, after its ban if it is banned.
    fn dial_later(&mut self, peer: &PeerId) {
        let now = Instant::now();
        match self.behaviour().door.0.ban_end(peer, now) {
            Some(until) => self.redial.postpone(peer, until),
            None => self.redial.lost(peer, now),
        }
    }
}
