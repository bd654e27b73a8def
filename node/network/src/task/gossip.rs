//! Batches and heads, in and out.

use super::Task;
use crate::{
    event::Event,
    gossip::GossipEvent,
    head::Head,
    score::Offence,
    ticket::{Report, Ticket, Verdict},
    wire::transactions,
};
use icn_primitives::{limits::EXTRINSIC_BYTES_MAX, Extrinsic};
use libp2p::{
    gossipsub::{self, IdentTopic, MessageAcceptance, MessageId, PublishError},
    PeerId,
};
use std::{sync::atomic::Ordering, time::Instant};

impl Task {
    /// Collects transactions, and publishes what is full.
    pub(super) fn submit(&mut self, extrinsics: Vec<Extrinsic>) {
        let now = Instant::now();
        for extrinsic in extrinsics {
            if extrinsic.bytes().len() > EXTRINSIC_BYTES_MAX as usize {
                self.count_dropped(1);
            } else if let Some(full) = self.batch.push(extrinsic, now) {
                self.publish_batch(&full);
            }
        }
    }

    /// Publishes what has waited long enough.
    pub(super) fn publish_due(&mut self) {
        let batch = self.batch.take(Instant::now());
        self.publish_batch(&batch);
    }

    /// Tells the peers the node's head.
    pub(super) fn announce(&mut self) {
        let head = *self.inputs.head.borrow_and_update();
        let topic = self.protocols.heads.clone();
        self.publish(&topic, head.to_bytes());
    }

    pub(super) fn on_gossip(&mut self, event: GossipEvent) {
        match event {
            GossipEvent::Exhausted(peer, offence) => self.ban(peer, offence),
            GossipEvent::Gossipsub(gossipsub::Event::Message { propagation_source, message_id, message }) => {
                if self.behaviour().gossip.is_transactions(&message) {
                    self.on_batch(propagation_source, message_id, message.data);
                } else {
                    self.on_announcement(propagation_source, message_id, &message.data);
                }
            }
            GossipEvent::Gossipsub(gossipsub::Event::Subscribed { peer_id, topic }) => {
                let place = self.protocols.topics().iter().position(|known| *known == topic);
                let peer = self.behaviour().gossip.peers.get_mut(&peer_id);
                if let Some((peer, place)) = peer.zip(place) {
                    peer.takes[place] = true;
                }
                self.tell_connected(peer_id);
            }
            GossipEvent::Gossipsub(gossipsub::Event::SlowPeer { peer_id, failed_messages }) => {
                let dropped = failed_messages.publish + failed_messages.forward;
                if let Some(peer) = self.behaviour().gossip.peers.get_mut(&peer_id) {
                    peer.counters.messages_out_dropped += dropped as u64;
                }
            }
            GossipEvent::Gossipsub(gossipsub::Event::GossipsubNotSupported { peer_id }) => {
                self.ban(peer_id, "it does not gossip about this chain");
            }
            GossipEvent::Gossipsub(_) => {}
        }
    }

    /// A ticket was answered, or dropped.
    pub(super) fn on_report(&mut self, report: Report) {
        let Report { from, message, bytes, verdict } = report;
        self.unanswered.subtract(bytes);
        let gossip = &mut self.swarm.behaviour_mut().gossip;
        if let Some(peer) = gossip.peers.get_mut(&from) {
            peer.unanswered.subtract(bytes);
        }
        let acceptance = match verdict {
            Verdict::Accept => MessageAcceptance::Accept,
            Verdict::Ignore => MessageAcceptance::Ignore,
            Verdict::Reject => MessageAcceptance::Reject,
        };
        gossip.judge(&message, &from, acceptance);
        if verdict == Verdict::Reject {
            gossip.charge(&from, Offence::Rejected, 1, Instant::now());
        }
    }

    /// Records what a peer says its head is, and tells the node if it is news and not far behind.
    pub(super) fn note_head(&mut self, from: PeerId, head: Head) {
        let is_near = head.height.saturating_add(self.limits.head_distance) >= self.head().height;
        let Some(peer) = self.behaviour().gossip.peers.get_mut(&from) else { return };
        let is_news = peer.head.is_none_or(|last| head.height > last.height);
        if is_news {
            peer.head = Some(head);
        }
        if is_news && is_near {
            self.tell(Event::Head { from, head });
        }
    }

    /// A batch came that gossip has not seen before.
    fn on_batch(&mut self, from: PeerId, message: MessageId, data: Vec<u8>) {
        let bytes = data.len();
        let extrinsics = match transactions::decode(data) {
            Ok(extrinsics) => extrinsics,
            Err(error) => {
                tracing::debug!(%from, %error, "dropped a batch");
                let gossip = &mut self.behaviour().gossip;
                gossip.judge(&message, &from, MessageAcceptance::Reject);
                return gossip.charge(&from, Offence::Malformed, 1, Instant::now());
            }
        };
        if !self.take_place(&from, bytes) {
            return self.behaviour().gossip.judge(&message, &from, MessageAcceptance::Ignore);
        }
        // If the node does not take it, the ticket in it says so.
        let ticket = Ticket::new(from, message, bytes, self.report_to.clone());
        self.tell(Event::Transactions { from, ticket, extrinsics });
    }

    /// Counts a batch among the unanswered, if there is room.
    fn take_place(&mut self, from: &PeerId, bytes: usize) -> bool {
        let limits = &self.limits;
        let has_room = self.has_room_for_batch() && self.unanswered.has_room(bytes, limits, 1);
        let Some(peer) = self.swarm.behaviour_mut().gossip.peers.get_mut(from) else { return false };
        if !has_room || !peer.unanswered.has_room(bytes, limits, limits.unanswered_peers) {
            peer.counters.shed += 1;
            self.events_dropped += 1;
            return false;
        }
        peer.unanswered.add(bytes);
        self.unanswered.add(bytes);
        true
    }

    /// A peer announced its head. It is not relayed: each node announces what it has decided.
    fn on_announcement(&mut self, from: PeerId, message: MessageId, data: &[u8]) {
        self.behaviour().gossip.judge(&message, &from, MessageAcceptance::Ignore);
        // The sieve lets nothing through that does not decode.
        if let Ok(head) = Head::from_bytes(data) {
            self.note_head(from, head);
        }
    }

    fn publish_batch(&mut self, batch: &[Extrinsic]) {
        let topic = self.protocols.transactions.clone();
        if !batch.is_empty() && !self.publish(&topic, transactions::encode(batch)) {
            self.count_dropped(batch.len());
        }
    }

    /// Publishes a message; whether a peer may get it.
    fn publish(&mut self, topic: &IdentTopic, data: Vec<u8>) -> bool {
        match self.behaviour().gossip.publish(topic, data) {
            Ok(()) => true,
            Err(PublishError::NoPeersSubscribedToTopic) => false,
            Err(error) => {
                tracing::debug!(%error, %topic, "a message is not published");
                false
            }
        }
    }

    fn count_dropped(&self, transactions: usize) {
        self.inputs.dropped.fetch_add(transactions as u64, Ordering::Relaxed);
    }
}
