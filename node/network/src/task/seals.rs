//! Signatures of trust bundles: told to peers, and taken from them.

use super::Task;
use crate::{
    allowance::Load,
    event::Event,
    score::Offence,
    seals::SealsOrder,
    wire::{seals::SEALS_MAX, Seals},
};
use libp2p::request_response::{Event as SealsEvent, Message, OutboundFailure};
use std::{io, time::Instant};

/// Messages under way at once; more are dropped. What is missing is told again.
const TELLINGS_MAX: usize = 1024;

impl Task {
    pub(super) fn on_seals_order(&mut self, order: SealsOrder) {
        let SealsOrder { seals, to, except } = order;
        let is_meant = |peer: &&libp2p::PeerId| to.is_none_or(|to| to == **peer) && except != Some(**peer);
        let peers: Vec<_> = self.told.iter().filter(is_meant).copied().collect();
        for (peer, seals) in peers.into_iter().flat_map(|peer| seals.chunks(SEALS_MAX).map(move |seals| (peer, seals)))
        {
            if self.seal_tellings < TELLINGS_MAX {
                self.seal_tellings += 1;
                self.behaviour().seals.send_request(&peer, Seals(seals.to_vec()));
            }
        }
    }

    pub(super) fn on_seals(&mut self, event: SealsEvent<Seals, ()>) {
        match event {
            SealsEvent::Message { peer, message: Message::Request { request, channel, .. }, .. } => {
                let load = Load { messages: 1, transactions: request.0.len() as u64, ..Load::default() };
                if self.told.contains(&peer) && self.behaviour().gossip.take(&peer, load, Instant::now()) {
                    // The connection may be gone: then the peer needs no answer.
                    let _ = self.behaviour().seals.send_response(channel, ());
                    self.tell(Event::SealsTold { from: peer, seals: request.0 });
                }
            }
            SealsEvent::Message { message: Message::Response { .. }, .. } => {
                self.seal_tellings = self.seal_tellings.saturating_sub(1);
            }
            SealsEvent::OutboundFailure { peer, error, .. } => {
                self.seal_tellings = self.seal_tellings.saturating_sub(1);
                tracing::debug!(%peer, %error, "a peer does not take signatures");
                if matches!(&error, OutboundFailure::Io(error) if error.kind() == io::ErrorKind::InvalidData) {
                    self.behaviour().gossip.charge(&peer, Offence::Malformed, 1, Instant::now());
                }
            }
            SealsEvent::InboundFailure { .. } | SealsEvent::ResponseSent { .. } => {}
        }
    }
}
