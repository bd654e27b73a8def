//! What the node asks of blobs and answers. A block is known by its id, the bytes of its CID, and nothing else of it.

use crate::wire::BlobsAnswer;
use libp2p::{request_response::ResponseChannel, PeerId};
use tokio::sync::{mpsc::UnboundedSender, oneshot};

/// The id of a block.
pub type BlockId = crate::RecordId;

/// Blocks that one question may be about, at most.
pub const BLOCKS_ASKED_MAX: usize = crate::wire::blobs::IDS_MAX;

/// What the node wants done.
#[derive(Debug)]
pub(crate) enum BlobsOrder {
    /// Ask a peer for blocks.
    Fetch { peer: PeerId, ids: Vec<BlockId>, blocks: oneshot::Sender<FetchedBlocks> },
}

/// What a peer answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FetchedBlocks {
    /// Those of the blocks that it has, as many as fit into one answer, in the order of the question. Whether they are what was asked for is
    /// not looked at.
    pub blocks: Vec<Vec<u8>>,
    /// Whether it has too much to do, or this node asked too much of it: a later question may be answered better.
    pub busy: bool,
}

/// An answer on its way to a peer.
pub(crate) struct BlobsSending {
    pub(crate) channel: ResponseChannel<BlobsAnswer>,
    /// `None` when the node has too much to do.
    pub(crate) blocks: Option<Vec<Vec<u8>>>,
}

/// The right to answer a peer that wants blocks. Dropping it answers that the node has too much to do.
pub struct BlobsReply {
    /// `None` once it is used.
    pub(crate) channel: Option<ResponseChannel<BlobsAnswer>>,
    pub(crate) answers: UnboundedSender<BlobsSending>,
}

impl BlobsReply {
    /// Sends those of the blocks that are here, in the order in which they were asked for; what does not fit into one answer is left out.
    pub fn send(mut self, blocks: Vec<Vec<u8>>) {
        self.answer(Some(blocks));
    }

    fn answer(&mut self, blocks: Option<Vec<Vec<u8>>>) {
        if let Some(channel) = self.channel.take() {
            // The network may have stopped.
            let _ = self.answers.send(BlobsSending { channel, blocks });
        }
    }
}

impl Drop for BlobsReply {
    /// Questions that are not answered are counted; and who does not look does not know what is here.
    fn drop(&mut self) {
        self.answer(None);
    }
}

impl std::fmt::Debug for BlobsReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BlobsReply")
    }
}
