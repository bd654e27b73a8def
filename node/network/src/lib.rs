//! Transactions and head announcements between nodes: our own libp2p swarm, beside the consensus engine's.
//!
//! Start with [`start`] and [`Network`]. One task owns the swarm; it is driven by what the node submits and announces and by
//! what peers send, and it reports [`Event`]s. What travels:
//!
//! - *Transactions* are gossiped in batches, each signed by the node that published it. A batch is relayed when the node
//!   accepted it, see [`Ticket`], and not before.
//! - *Heads* are announced to the peers one is connected to, and never relayed: every node announces what it has decided.
//! - *Records*, signed and known by their CID, are told by each node that has taken them, asked for by those that lack them, and sent
//!   over a stream of their own.
//! - *Signatures* of trust bundles are told to all peers by each node that has checked them.
//! - *Blocks* of blobs, known by their CID, are asked for one peer at a time, and sent over a stream of their own.
//! - *Statuses*, {genesis, head}, are exchanged when a connection begins and from time to time after it. A peer that does not
//!   answer is disconnected.
//!
//! Every name on the wire holds the chain id, so that nodes of other chains never mix. The rules by which peers are let in,
//! measured, banned and dialled again are in `admission`, `allowance`, `score`, `bans` and `redial`: they know no socket and
//! no clock.
//!
//! # What a stranger can do
//!
//! Each peer has an allowance of messages, transactions and bytes, charged before gossip looks at a message. What exceeds it
//! is dropped; that, and whatever no correct node sends, costs score. Who has no score left is disconnected and banned for a
//! while. Gossip's control messages are not acted upon: each node chooses for itself whom it pushes to.
//!
//! This crate never looks into a transaction: whether it is valid is for whoever holds its [`Ticket`] to say.

mod admission;
mod allowance;
mod backoff;
mod bans;
mod batch;
mod behaviour;
mod blobs;
mod blobs_codec;
mod bucket;
mod config;
mod door;
mod error;
mod event;
mod gossip;
mod head;
mod limits;
mod network;
mod peer_address;
mod peers;
mod protocols;
mod records;
mod records_codec;
mod redial;
mod score;
mod seals;
mod seals_codec;
mod status;
mod status_codec;
mod task;
mod ticket;
mod transport;
mod wire;

pub use blobs::{BlobsReply, BlockId, FetchedBlocks, BLOCKS_ASKED_MAX};
pub use bucket::Rate;
pub use config::Config;
pub use error::NetworkError;
pub use event::Event;
pub use head::Head;
pub use libp2p::{identity::Keypair, Multiaddr, PeerId};
pub use limits::Limits;
pub use network::{start, Network};
pub use peer_address::{PeerAddress, PeerAddressError};
pub use records::{FoundRecords, RecordId, RecordsReply, RECORD_ID_BYTES};
pub use status::{Counters, Direction, PeerStatus, Status};
pub use ticket::{Ticket, Verdict};
