//! What the network tells the node.

use crate::{
    blobs::{BlobsReply, BlockId},
    head::Head,
    records::{RecordId, RecordsReply},
    ticket::Ticket,
};
use icn_primitives::Extrinsic;
use libp2p::PeerId;

/// What a peer did. Events wait in a bounded channel: those that a slow node leaves waiting are dropped and counted, batches
/// of transactions first.
#[derive(Debug)]
pub enum Event {
    /// Transactions came. They are relayed when the ticket says so.
    Transactions {
        /// The peer that sent them; another may have published them.
        from: PeerId,
        /// Where to say what they are worth.
        ticket: Ticket,
        /// The transactions: each is one whole extrinsic in bytes, and nothing else is known of it.
        extrinsics: Vec<Extrinsic>,
    },
    /// A peer says that its head is now this one, which is not far behind the node's own.
    Head {
        /// The peer.
        from: PeerId,
        /// Its head.
        head: Head,
    },
    /// A peer says that it has these records.
    RecordsTold {
        /// The peer.
        from: PeerId,
        /// Their ids, at most 64.
        ids: Vec<RecordId>,
    },
    /// A peer wants records.
    RecordsWanted {
        /// The peer.
        from: PeerId,
        /// Their ids, at most 64.
        ids: Vec<RecordId>,
        /// Where they go.
        reply: RecordsReply,
    },
    /// A peer tells signatures of a trust bundle.
    SealsTold {
        /// The peer.
        from: PeerId,
        /// Each as bytes: at most 64, of at most 256 bytes.
        seals: Vec<Vec<u8>>,
    },
    /// A peer wants blocks of blobs.
    BlobsWanted {
        /// The peer.
        from: PeerId,
        /// Their ids, at most 16.
        ids: Vec<BlockId>,
        /// Where they go.
        reply: BlobsReply,
    },
    /// A peer of this chain is connected, and takes what is gossiped from now on. It knows nothing of what was gossiped before.
    PeerConnected {
        /// The peer.
        peer: PeerId,
    },
    /// A peer of this chain is connected no more.
    PeerDisconnected {
        /// The peer.
        peer: PeerId,
    },
}
