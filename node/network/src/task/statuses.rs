//! Statuses: whether a peer is of this chain, where it is, and whether it is still there.

use super::Task;
use crate::{allowance::Load, score::Offence, wire::ChainStatus};
use libp2p::{
    identify,
    request_response::{Event as StatusEvent, Message, OutboundFailure},
    PeerId,
};
use std::{io, time::Instant};

impl Task {
    /// Asks a peer for its status, and tells it ours, if it is still connected.
    pub(super) fn ask_status(&mut self, peer: &PeerId) {
        let status = self.chain_status();
        if self.swarm.is_connected(peer) {
            self.behaviour().status.send_request(peer, status);
        }
    }

    /// Asks all connected peers. One that had time for it but has not settled is disconnected: perhaps it knows us from an
    /// older connection, and does not say again what it takes.
    pub(super) fn exchange_statuses(&mut self) {
        let (now, time) = (Instant::now(), self.limits.status_interval);
        let peers = &self.behaviour().gossip.peers;
        let connected: Vec<_> = peers.connected().map(|(peer, record)| (*peer, record.is_idle(time, now))).collect();
        for (peer, is_idle) in connected {
            if is_idle {
                tracing::info!(%peer, "a peer does not say what it takes and is disconnected");
                self.disconnect(&peer);
            } else {
                self.ask_status(&peer);
            }
        }
    }

    pub(super) fn on_status(&mut self, event: StatusEvent<ChainStatus, ChainStatus>) {
        match event {
            StatusEvent::Message { peer, message: Message::Request { request, channel, .. }, .. } => {
                let load = Load { messages: 1, ..Load::default() };
                self.behaviour().gossip.take(&peer, load, Instant::now());
                if self.hear_status(peer, request) {
                    let status = self.chain_status();
                    // The connection may be gone: then the peer needs no answer.
                    let _ = self.behaviour().status.send_response(channel, status);
                }
            }
            StatusEvent::Message { peer, message: Message::Response { response, .. }, .. } => {
                self.hear_status(peer, response);
            }
            StatusEvent::OutboundFailure { peer, error, .. } => self.on_status_failure(peer, error),
            StatusEvent::InboundFailure { .. } | StatusEvent::ResponseSent { .. } => {}
        }
    }

    pub(super) fn on_identify(&mut self, event: identify::Event) {
        let identify::Event::Received { peer_id, info, .. } = event else { return };
        if info.protocol_version != self.protocols.version {
            return self.ban(peer_id, "it says it is of another chain");
        }
        if let Some(peer) = self.behaviour().gossip.peers.get_mut(&peer_id) {
            peer.set_agent(&info.agent_version);
        }
    }

    fn chain_status(&self) -> ChainStatus {
        ChainStatus { genesis: self.genesis, head: self.head() }
    }

    /// Takes note of a peer's status; whether it is of this chain.
    fn hear_status(&mut self, from: PeerId, status: ChainStatus) -> bool {
        let ChainStatus { genesis, head } = status;
        if genesis != self.genesis {
            self.ban(from, "its chain has another first block");
            return false;
        }
        let connected = self.behaviour().gossip.peers.get_mut(&from).filter(|peer| peer.is_connected());
        let Some(peer) = connected else { return false };
        peer.of_chain = true;
        self.redial.proved_good(&from);
        self.note_head(from, head);
        self.tell_connected(from);
        true
    }

    fn on_status_failure(&mut self, peer: PeerId, error: OutboundFailure) {
        match error {
            OutboundFailure::UnsupportedProtocols => {
                self.ban(peer, "it does not know the protocols of this chain");
            }
            OutboundFailure::Timeout => {
                tracing::info!(%peer, "a peer does not answer and is disconnected");
                self.disconnect(&peer);
            }
            OutboundFailure::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
                tracing::debug!(%peer, %error, "a peer's status cannot be read");
                self.behaviour().gossip.charge(&peer, Offence::Malformed, 1, Instant::now());
                self.disconnect(&peer);
            }
            // The connection is being closed, or is busy and will be asked again.
            OutboundFailure::Io(_) | OutboundFailure::ConnectionClosed | OutboundFailure::DialFailure => {}
        }
    }
}
