//! Records: told to peers, asked of them, and sent to them.

use super::Task;
use crate::{
    allowance::Load,
    event::Event,
    records::{RecordsOrder, RecordsReply, Sending},
    score::Offence,
    wire::{records::IDS_MAX, RecordsAnswer, RecordsRequest},
};
use libp2p::{
    request_response::{Event as RecordsEvent, Message, OutboundFailure},
    PeerId,
};
use std::{io, time::Instant};

/// Questions that this node has under way at once; more are not asked, and whoever wanted them hears so.
const FETCHES_MAX: usize = 256;

/// Tellings under way at once; more are dropped. Peers are told again when a height does not get on.
const TELLINGS_MAX: usize = 1024;

impl Task {
    pub(super) fn on_records_order(&mut self, order: RecordsOrder) {
        match order {
            RecordsOrder::Tell { ids, except } => {
                let peers: Vec<_> = self.told.iter().filter(|peer| Some(**peer) != except).copied().collect();
                for (peer, ids) in peers.into_iter().flat_map(|peer| ids.chunks(IDS_MAX).map(move |ids| (peer, ids))) {
                    if self.tellings < TELLINGS_MAX {
                        self.tellings += 1;
                        self.behaviour().records.send_request(&peer, RecordsRequest::Have(ids.to_vec()));
                    }
                }
            }
            RecordsOrder::Fetch { peer, ids, found } => {
                if self.fetches.len() < FETCHES_MAX && self.told.contains(&peer) && ids.len() <= IDS_MAX {
                    let id = self.behaviour().records.send_request(&peer, RecordsRequest::Want(ids));
                    self.fetches.insert(id, found);
                }
            }
        }
    }

    /// The node has answered a peer.
    pub(super) fn on_records_sent(&mut self, sending: Sending) {
        let Sending { channel, found } = sending;
        // The connection may be gone: then the peer needs no answer.
        let _ = self.behaviour().records.send_response(channel, RecordsAnswer::of(found));
    }

    pub(super) fn on_records(&mut self, event: RecordsEvent<RecordsRequest, RecordsAnswer>) {
        match event {
            RecordsEvent::Message { peer, message: Message::Request { request, channel, .. }, .. } => {
                let load = Load { messages: 1, transactions: request.count() as u64, ..Load::default() };
                if !self.told.contains(&peer) || !self.behaviour().gossip.take(&peer, load, Instant::now()) {
                    return;
                }
                match request {
                    RecordsRequest::Have(ids) => {
                        let _ = self.behaviour().records.send_response(channel, RecordsAnswer::default());
                        self.tell(Event::RecordsTold { from: peer, ids });
                    }
                    RecordsRequest::Want(ids) => {
                        let reply = RecordsReply { channel, answers: self.answer_to.clone() };
                        self.tell(Event::RecordsWanted { from: peer, ids, reply });
                    }
                }
            }
            RecordsEvent::Message { peer, message: Message::Response { request_id, response }, .. } => {
                let bytes = response.records.iter().chain(&response.withheld).map(|part| part.len() as u64).sum();
                self.behaviour().gossip.take(&peer, Load { bytes, ..Load::default() }, Instant::now());
                match self.fetches.remove(&request_id) {
                    Some(found) => {
                        // Whoever wanted them may be gone.
                        let _ = found.send(response.found());
                    }
                    None => self.tellings = self.tellings.saturating_sub(1),
                }
            }
            RecordsEvent::OutboundFailure { peer, request_id, error, .. } => {
                if self.fetches.remove(&request_id).is_none() {
                    self.tellings = self.tellings.saturating_sub(1);
                }
                self.on_records_failure(peer, &error);
            }
            RecordsEvent::InboundFailure { .. } | RecordsEvent::ResponseSent { .. } => {}
        }
    }

    fn on_records_failure(&mut self, peer: PeerId, error: &OutboundFailure) {
        tracing::debug!(%peer, %error, "a peer does not answer about records");
        if matches!(error, OutboundFailure::Io(error) if error.kind() == io::ErrorKind::InvalidData) {
            self.behaviour().gossip.charge(&peer, Offence::Malformed, 1, Instant::now());
        }
    }
}
