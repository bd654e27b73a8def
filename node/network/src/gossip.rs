//! Gossipsub behind a sieve.
//!
//! Whatever a peer sends passes [`Gossip`] before gossipsub remembers any of it. A message that exceeds the peer's allowance is
//! dropped here, so that the same message from another peer still counts as new.
//!
//! Control messages (`GRAFT`, `PRUNE`, `IHAVE`, `IWANT`, `IDONTWANT`) are charged and dropped. They would let a peer choose what
//! we remember, for how long, and what we send again; without them, each node chooses at random whom it pushes to, and that is
//! enough to reach everyone.

use crate::{
    allowance::Load,
    error::NetworkError,
    head::Head,
    limits::Limits,
    peers::Peers,
    protocols::Protocols,
    score::Offence,
    status::Direction,
    wire::{
        transactions::{measure, MESSAGE_BYTES_MAX},
        WireError,
    },
};
use libp2p::{
    core::{transport::PortUse, Endpoint},
    gossipsub::{
        self, ConfigBuilder, IdentTopic, IdentityTransform, MessageAcceptance, MessageAuthenticity, MessageId,
        PublishError, RawMessage, TopicHash, ValidationMode, WhitelistSubscriptionFilter,
    },
    identity::Keypair,
    swarm::{
        ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent, THandlerOutEvent,
        ToSwarm,
    },
    Multiaddr, PeerId,
};
use std::{
    collections::{HashSet, VecDeque},
    task::{Context, Poll},
    time::{Duration, Instant},
};

/// Bytes around a message: author, signature, topic, sequence number. There is room for a message that is somewhat too large,
/// so that it costs its sender; one that is larger still breaks the stream.
const ENVELOPE_BYTES_MAX: usize = 64 * 1024;

/// Messages that wait for a slow peer, in each of two queues; more are dropped.
const QUEUE: usize = 1024;

/// Subscriptions in one frame that are looked at.
const SUBSCRIPTIONS_MAX: usize = 4;

type Gossipsub = gossipsub::Behaviour<IdentityTransform, WhitelistSubscriptionFilter>;

/// What a connection's handler reports. Its message holds a frame, and the messages of it that were signed wrongly.
type FromHandler = THandlerOutEvent<Gossipsub>;

/// Gossip, and the records of the peers.
pub(crate) struct Gossip {
    inner: Gossipsub,
    transactions: TopicHash,
    heads: TopicHash,
    /// What is known of each peer.
    pub(crate) peers: Peers,
    /// Peers that have no score left.
    exhausted: VecDeque<(PeerId, Offence)>,
}

/// What gossip tells.
#[derive(Debug)]
pub(crate) enum GossipEvent {
    /// What gossipsub tells: the messages that passed the sieve, once each.
    Gossipsub(gossipsub::Event),
    /// A peer has no score left, and what cost it the last of it.
    Exhausted(PeerId, Offence),
}

/// A message is known by its author and the author's number. Both are signed.
fn message_id(message: &gossipsub::Message) -> MessageId {
    let author = message.source.map(PeerId::to_bytes).unwrap_or_default();
    let number = message.sequence_number.unwrap_or_default().to_be_bytes();
    MessageId([&author[..], &number].concat())
}

fn config(protocols: &Protocols) -> Result<gossipsub::Config, gossipsub::ConfigBuilderError> {
    ConfigBuilder::default()
        .protocol_id_prefix(protocols.gossip.clone())
        .validation_mode(ValidationMode::Strict)
        .validate_messages()
        .message_id_fn(message_id)
        .max_transmit_size(MESSAGE_BYTES_MAX + ENVELOPE_BYTES_MAX)
        // Unanswered messages are remembered for five heartbeats; none is advertised.
        .heartbeat_interval(Duration::from_secs(1))
        .history_length(5)
        .history_gossip(0)
        .duplicate_cache_time(Duration::from_secs(30))
        // What a node publishes goes to all its peers, what it relays to some.
        .flood_publish(true)
        .mesh_n(8)
        .mesh_n_low(6)
        .mesh_n_high(16)
        .mesh_outbound_min(2)
        .connection_handler_queue_len(2 * QUEUE)
        .build()
}

impl Gossip {
    pub(crate) fn new(keypair: &Keypair, protocols: &Protocols, limits: Limits) -> Result<Self, NetworkError> {
        let filter = WhitelistSubscriptionFilter(HashSet::from(protocols.topics()));
        let author = MessageAuthenticity::Signed(keypair.clone());
        let mut inner = Gossipsub::new_with_subscription_filter(author, config(protocols)?, filter)
            .map_err(NetworkError::Gossip)?;
        inner.subscribe(&protocols.transactions)?;
        inner.subscribe(&protocols.heads)?;
        let [transactions, heads] = protocols.topics();
        Ok(Self { inner, transactions, heads, peers: Peers::new(limits), exhausted: VecDeque::new() })
    }

    /// Whether a message is a batch of transactions; otherwise it is a head.
    pub(crate) fn is_transactions(&self, message: &gossipsub::Message) -> bool {
        message.topic == self.transactions
    }

    /// Publishes a message to all peers.
    pub(crate) fn publish(&mut self, topic: &IdentTopic, data: Vec<u8>) -> Result<(), PublishError> {
        let topic = topic.hash();
        self.inner.publish(topic.clone(), data)?;
        let subscribed = self.inner.all_peers().filter(|(_, topics)| topics.contains(&&topic)).map(|(peer, _)| *peer);
        count_out(&mut self.peers, subscribed);
        Ok(())
    }

    /// Says what becomes of a message that `from` sent.
    pub(crate) fn judge(&mut self, message: &MessageId, from: &PeerId, acceptance: MessageAcceptance) {
        let accepted = matches!(acceptance, MessageAcceptance::Accept);
        let remembered = self.inner.report_message_validation_result(message, from, acceptance);
        if remembered && accepted {
            let others = self.inner.mesh_peers(&self.transactions).filter(|peer| *peer != from).copied();
            count_out(&mut self.peers, others);
        }
    }

    /// Charges a peer with an offence; when that was its last, it is told.
    pub(crate) fn charge(&mut self, peer: &PeerId, offence: Offence, times: u64, now: Instant) {
        if times > 0 {
            self.peers.charge(peer, offence, times, now);
            self.note_exhausted(peer, now, offence);
        }
    }

    /// Takes a load from a peer's allowance, or charges it.
    pub(crate) fn take(&mut self, peer: &PeerId, load: Load, now: Instant) -> bool {
        let taken = self.peers.take(peer, load, now);
        if !taken {
            self.note_exhausted(peer, now, Offence::OverRate);
        }
        taken
    }

    fn note_exhausted(&mut self, peer: &PeerId, now: Instant, offence: Offence) {
        if self.peers.condemn_exhausted(peer, now) {
            self.exhausted.push_back((*peer, offence));
        }
    }

    /// Drops what a peer may not send from what it sent.
    fn sieve(&mut self, peer: &PeerId, event: &mut FromHandler) {
        let FromHandler::Message { rpc, invalid_messages } = event else { return };
        let now = Instant::now();
        self.charge(peer, Offence::Forged, invalid_messages.len() as u64, now);
        invalid_messages.clear();
        let control = (rpc.control_msgs.len() + rpc.subscriptions.len()) as u64;
        rpc.control_msgs.clear();
        if !self.take(peer, Load { messages: control, ..Load::default() }, now) {
            rpc.subscriptions.clear();
        }
        rpc.subscriptions.truncate(SUBSCRIPTIONS_MAX);
        rpc.messages.retain(|message| self.passes(peer, message, now));
    }

    /// Whether a message may go on to gossipsub.
    fn passes(&mut self, peer: &PeerId, message: &RawMessage, now: Instant) -> bool {
        if self.peers.is_condemned(peer) {
            return false;
        }
        match self.weigh(peer, message) {
            Ok(load) => self.take_counted(peer, load, now),
            Err(offence) => {
                tracing::debug!(%peer, "dropped a message: {offence}");
                self.charge(peer, offence, 1, now);
                false
            }
        }
    }

    fn take_counted(&mut self, peer: &PeerId, load: Load, now: Instant) -> bool {
        let taken = self.take(peer, load, now);
        if let Some(record) = self.peers.get_mut(peer).filter(|_| taken) {
            record.counters.messages_in += load.messages;
            record.counters.transactions_in += load.transactions;
            record.counters.bytes_in += load.bytes;
        }
        taken
    }

    /// What a message weighs, if it is one of ours.
    fn weigh(&self, peer: &PeerId, message: &RawMessage) -> Result<Load, Offence> {
        let offence = |error| match error {
            WireError::Oversized { .. } => Offence::Oversized,
            _ => Offence::Malformed,
        };
        let transactions = if message.topic == self.transactions {
            measure(&message.data).map_err(offence)?
        } else if message.topic == self.heads {
            Head::from_bytes(&message.data).map_err(offence)?;
            // Heads are not relayed.
            message.source.filter(|author| author == peer).ok_or(Offence::Malformed)?;
            0
        } else {
            return Err(Offence::Malformed);
        };
        Ok(Load { messages: 1, transactions: transactions as u64, bytes: message.data.len() as u64 })
    }
}

fn count_out(peers: &mut Peers, recipients: impl Iterator<Item = PeerId>) {
    for peer in recipients {
        if let Some(record) = peers.get_mut(&peer) {
            record.counters.messages_out += 1;
        }
    }
}

impl NetworkBehaviour for Gossip {
    type ConnectionHandler = <Gossipsub as NetworkBehaviour>::ConnectionHandler;
    type ToSwarm = GossipEvent;

    fn handle_established_inbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.inner.handle_established_inbound_connection(id, peer, local, remote)
    }

    fn handle_established_outbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        remote: &Multiaddr,
        role: Endpoint,
        port: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.inner.handle_established_outbound_connection(id, peer, remote, role, port)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        let now = Instant::now();
        match &event {
            FromSwarm::ConnectionEstablished(established) => {
                let direction = if established.endpoint.is_dialer() { Direction::Outbound } else { Direction::Inbound };
                let address = established.endpoint.get_remote_address().clone();
                self.peers.connect(established.peer_id, established.connection_id, address, direction, now);
            }
            FromSwarm::ConnectionClosed(closed) => self.peers.disconnect(closed.peer_id, closed.connection_id, now),
            _ => {}
        }
        self.inner.on_swarm_event(event);
    }

    fn on_connection_handler_event(&mut self, peer: PeerId, id: ConnectionId, mut event: THandlerOutEvent<Self>) {
        self.sieve(&peer, &mut event);
        self.inner.on_connection_handler_event(peer, id, event);
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<ToSwarm<GossipEvent, THandlerInEvent<Self>>> {
        if let Some((peer, offence)) = self.exhausted.pop_front() {
            return Poll::Ready(ToSwarm::GenerateEvent(GossipEvent::Exhausted(peer, offence)));
        }
        self.inner.poll(context).map(|to_swarm| to_swarm.map_out(GossipEvent::Gossipsub))
    }
}
