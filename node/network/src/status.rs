//! What the network says of itself.

use crate::head::Head;
use libp2p::{Multiaddr, PeerId};
use std::time::Duration;

/// A snapshot of the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The node's own id.
    pub peer: PeerId,
    /// Where it listens.
    pub listening: Vec<Multiaddr>,
    /// The connected peers, in the order of their ids.
    pub peers: Vec<PeerStatus>,
    /// How many peers are banned.
    pub bans: usize,
    /// Transactions of the node that were dropped: the queue was full, or no peer could take them.
    pub transactions_dropped: u64,
    /// Events that were dropped because the node did not take earlier ones.
    pub events_dropped: u64,
    /// Connections that were refused, in and out.
    pub connections_refused: u64,
    /// Batches that wait for the node's verdict.
    pub unanswered: usize,
}

/// A snapshot of one peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerStatus {
    /// Its id.
    pub peer: PeerId,
    /// Its addresses, one for each connection.
    pub addresses: Vec<Multiaddr>,
    /// Who began the first of its connections.
    pub direction: Direction,
    /// Whether it is in the list of known peers.
    pub is_known: bool,
    /// For how long it is connected.
    pub connected: Duration,
    /// What it calls itself, at most 64 printable characters.
    pub agent: String,
    /// Its head, once it told it.
    pub head: Option<Head>,
    /// 1000 when nothing is held against it, 0 when it is about to be banned.
    pub score: u32,
    /// What came from it and went to it.
    pub counters: Counters,
}

/// Who began a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The peer did.
    Inbound,
    /// The node did.
    Outbound,
}

/// What came from a peer and went to it since it connected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Gossip messages that were within its allowance.
    pub messages_in: u64,
    /// Transactions in them.
    pub transactions_in: u64,
    /// Bytes of them.
    pub bytes_in: u64,
    /// Messages handed to gossip for it: those that the node published, and those that it relayed.
    pub messages_out: u64,
    /// Messages for it that were dropped because it does not take them fast enough.
    pub messages_out_dropped: u64,
    /// Messages that exceeded its allowance.
    pub over_rate: u64,
    /// Messages that no correct node sends.
    pub invalid: u64,
    /// Batches with a transaction that is never valid.
    pub rejected: u64,
    /// Batches that were dropped because the node had too many to answer.
    pub shed: u64,
}
