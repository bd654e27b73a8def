//! What the node tells and asks of signed records. A record is known by its id, the bytes of its CID, and nothing else of it.

use crate::wire::RecordsAnswer;
use libp2p::{request_response::ResponseChannel, PeerId};
use tokio::sync::{mpsc::UnboundedSender, oneshot};

/// Bytes of an id.
pub const RECORD_ID_BYTES: usize = 36;

/// The id of a record.
pub type RecordId = [u8; RECORD_ID_BYTES];

/// What a node has of records that are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundRecords {
    /// Records.
    pub records: Vec<Vec<u8>>,
    /// What is said of those whose payload is not for who wants them: each the id, and the record without its payload.
    pub withheld: Vec<Vec<u8>>,
}

/// What the node wants done.
#[derive(Debug)]
pub(crate) enum RecordsOrder {
    /// Tell all peers but one of records that are here.
    Tell { ids: Vec<RecordId>, except: Option<PeerId> },
    /// Ask a peer for records.
    Fetch { peer: PeerId, ids: Vec<RecordId>, found: oneshot::Sender<FoundRecords> },
}

/// An answer on its way to a peer. There are no more of them than streams, which are bounded.
pub(crate) struct Sending {
    pub(crate) channel: ResponseChannel<RecordsAnswer>,
    pub(crate) found: FoundRecords,
}

/// The right to answer a peer that wants records. Dropping it answers nothing, and the peer asks somebody else.
pub struct RecordsReply {
    pub(crate) channel: ResponseChannel<RecordsAnswer>,
    pub(crate) answers: UnboundedSender<Sending>,
}

impl RecordsReply {
    /// Sends what was found, in the order in which it was asked for; what does not fit into one answer is left out.
    pub fn send(self, found: FoundRecords) {
        // The network may have stopped.
        let _ = self.answers.send(Sending { channel: self.channel, found });
    }
}

impl std::fmt::Debug for RecordsReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecordsReply")
    }
}
