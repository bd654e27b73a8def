//! Blocks of blobs: asked of peers, and sent to them.

use super::Task;
use crate::{
    allowance::Load,
    blobs::{BlobsOrder, BlobsReply, BlobsSending, BlockId, FetchedBlocks},
    event::Event,
    score::Offence,
    wire::{
        blobs::{ANSWER_BYTES_MAX, BLOCK_BYTES_MAX, IDS_MAX},
        BlobsAnswer, BlobsRequest,
    },
};
use libp2p::{
    request_response::{Event as BlobsEvent, Message, OutboundFailure, ResponseChannel},
    PeerId,
};
use std::{io, time::Instant};

/// Questions that this node has under way at once; more are not asked, and whoever wanted them hears so.
const FETCHES_MAX: usize = 64;

impl Task {
    pub(super) fn on_blobs_order(&mut self, order: BlobsOrder) {
        match order {
            BlobsOrder::Fetch { peer, ids, blocks } => {
                if self.blob_fetches.len() < FETCHES_MAX && self.told.contains(&peer) && ids.len() <= IDS_MAX {
                    let id = self.behaviour().blobs.send_request(&peer, BlobsRequest(ids));
                    self.blob_fetches.insert(id, blocks);
                }
            }
        }
    }

    /// The node has looked at what a peer sent, and no correct peer sends it.
    pub(super) fn on_accused(&mut self, peer: PeerId) {
        tracing::debug!(%peer, "a peer sent what no correct peer sends");
        self.behaviour().gossip.charge(&peer, Offence::Forged, 1, Instant::now());
    }

    /// The node has answered a peer.
    pub(super) fn on_blobs_sent(&mut self, sending: BlobsSending) {
        let BlobsSending { channel, blocks } = sending;
        self.blob_answers_due = self.blob_answers_due.saturating_sub(1);
        // The connection may be gone: then the peer needs no answer.
        let _ = self.behaviour().blobs.send_response(channel, blocks.map_or_else(BlobsAnswer::busy, BlobsAnswer::of));
    }

    pub(super) fn on_blobs(&mut self, event: BlobsEvent<BlobsRequest, BlobsAnswer>) {
        match event {
            BlobsEvent::Message { peer, message: Message::Request { request, channel, .. }, .. } => {
                self.on_blobs_wanted(peer, request.0, channel);
            }
            BlobsEvent::Message { message: Message::Response { request_id, response }, .. } => {
                // The answer is no more than was asked for, so it costs its sender nothing.
                if let Some(blocks) = self.blob_fetches.remove(&request_id) {
                    let BlobsAnswer { blocks: got, busy } = response;
                    // Whoever wanted them may be gone.
                    let _ = blocks.send(FetchedBlocks { blocks: got.into_iter().map(Vec::from).collect(), busy });
                }
            }
            BlobsEvent::OutboundFailure { peer, request_id, error, .. } => {
                self.blob_fetches.remove(&request_id);
                self.on_blobs_failure(peer, &error);
            }
            BlobsEvent::InboundFailure { .. } | BlobsEvent::ResponseSent { .. } => {}
        }
    }

    /// A peer wants blocks. What this may cost is known before they are read.
    fn on_blobs_wanted(&mut self, peer: PeerId, ids: Vec<BlockId>, channel: ResponseChannel<BlobsAnswer>) {
        let now = Instant::now();
        if !self.told.contains(&peer)
            || !self.behaviour().gossip.take(&peer, Load { messages: 1, ..Load::default() }, now)
        {
            return;
        }
        let most = (ids.len() * BLOCK_BYTES_MAX).min(ANSWER_BYTES_MAX) as u64;
        let has_room = self.blob_answers_due < self.limits.blob_answers && self.has_room_for_batch();
        if !has_room || !self.behaviour().gossip.peers.take_blob_bytes(&peer, most, now) {
            let _ = self.behaviour().blobs.send_response(channel, BlobsAnswer::busy());
            return;
        }
        self.blob_answers_due += 1;
        let reply = BlobsReply { channel: Some(channel), answers: self.blob_answer_to.clone() };
        self.tell(Event::BlobsWanted { from: peer, ids, reply });
    }

    fn on_blobs_failure(&mut self, peer: PeerId, error: &OutboundFailure) {
        tracing::debug!(%peer, %error, "a peer does not answer about blobs");
        if matches!(error, OutboundFailure::Io(error) if error.kind() == io::ErrorKind::InvalidData) {
            self.behaviour().gossip.charge(&peer, Offence::Malformed, 1, Instant::now());
        }
    }
}
