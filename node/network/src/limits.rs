//! What peers may use of the node.

use crate::bucket::Rate;
use std::time::Duration;

const MIB: usize = 1024 * 1024;

/// Bounds of the network and of each of its peers. All of them hold whoever the peer is, except where it says *strangers*:
/// those that are not in the list of known peers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections of strangers at once.
    pub connections: usize,
    /// Connections of one peer at once: both may have dialled each other.
    pub connections_per_peer: usize,
    /// Incoming connections at once whose peer has not proved its key yet.
    pub connections_pending: usize,
    /// Connections of strangers at once from one IPv4 address or IPv6 /64, and so many more that have not proved their key.
    /// Loopback addresses are exempt.
    pub connections_per_ip: usize,
    /// Dials in progress at once.
    pub dials: usize,
    /// Known peers; more are left out of the list.
    pub known_peers: usize,
    /// No connection begins while the process has more memory than this, in bytes.
    pub process_bytes: usize,
    /// Gossip messages of one peer.
    pub messages: Rate,
    /// Transactions of one peer, its own and those that it relays. The burst holds at least those of one message, 1024.
    pub transactions: Rate,
    /// Bytes of the messages of one peer. The burst holds at least one message, 1 MiB.
    pub bytes: Rate,
    /// Bytes of blobs that are sent to one peer; who asks for more is told to come later.
    pub blob_bytes: Rate,
    /// Questions for blocks of blobs that the node has not answered; who asks more is told to come later.
    pub blob_answers: usize,
    /// Batches of transactions that the node has not answered; more are dropped.
    pub unanswered: usize,
    /// Bytes of the batches that the node has not answered; more are dropped.
    pub unanswered_bytes: usize,
    /// Share of one peer in [`Self::unanswered`] and [`Self::unanswered_bytes`]: one part in so many, at least 1.
    pub unanswered_peers: usize,
    /// Submissions of the node that wait to be published; more are dropped.
    pub submissions: usize,
    /// Transactions in one published batch.
    pub batch_count: usize,
    /// Bytes of the transactions in one published batch; one that is larger goes alone.
    pub batch_bytes: usize,
    /// Time between two batches that are not full. The first after a pause goes at once.
    pub batch_interval: Duration,
    /// Announced heads that are further behind the node's own are not reported.
    pub head_distance: u64,
    /// How long a ban lasts.
    pub ban_time: Duration,
    /// Bans at once; the oldest gives way.
    pub bans: usize,
    /// How often statuses are exchanged over a connection. A peer that does not answer, or has not said in this time which
    /// chain it is of and what it takes, is disconnected.
    pub status_interval: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 64,
            connections_per_peer: 2,
            connections_pending: 64,
            connections_per_ip: 8,
            dials: 16,
            known_peers: 1024,
            process_bytes: 4096 * MIB,
            messages: Rate { per_second: 4000, burst: 8000 },
            transactions: Rate { per_second: 40_000, burst: 80_000 },
            bytes: Rate { per_second: 16 * MIB as u64, burst: 32 * MIB as u64 },
            blob_bytes: Rate { per_second: 64 * MIB as u64, burst: 128 * MIB as u64 },
            blob_answers: 32,
            unanswered: 4096,
            unanswered_bytes: 64 * MIB,
            unanswered_peers: 4,
            submissions: 1024,
            batch_count: 256,
            batch_bytes: 64 * 1024,
            batch_interval: Duration::from_millis(20),
            head_distance: 1024,
            ban_time: Duration::from_secs(5 * 60),
            bans: 1024,
            status_interval: Duration::from_secs(15),
        }
    }
}
