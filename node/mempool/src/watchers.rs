//! Who is told what becomes of a transaction.

use icn_primitives::{Hash, TransactionStatus};
use std::collections::HashMap;
use tokio::sync::mpsc::UnboundedSender;

/// The channels of the watched transactions. Each gets a status once and is closed after the last. A life has few statuses,
/// so a channel that nobody reads stays small.
#[derive(Debug, Default)]
pub(crate) struct Watchers {
    pub(crate) watched: HashMap<Hash, Watcher>,
}

#[derive(Debug)]
pub(crate) struct Watcher {
    channel: UnboundedSender<TransactionStatus>,
    future_told: bool,
    ready_told: bool,
}

impl Watchers {
    pub(crate) fn watch(&mut self, hash: Hash, channel: UnboundedSender<TransactionStatus>) {
        self.watched.insert(hash, Watcher { channel, future_told: false, ready_told: false });
    }

    /// Tells a transaction's watcher, unless it knows.
    pub(crate) fn report(&mut self, hash: Hash, status: TransactionStatus) {
        let Some(watcher) = self.watched.get_mut(&hash) else { return };
        let told = match status {
            TransactionStatus::Future => std::mem::replace(&mut watcher.future_told, true),
            TransactionStatus::Ready => std::mem::replace(&mut watcher.ready_told, true),
            _ => false,
        };
        let last = is_last(&status);
        let gone = !told && watcher.channel.send(status).is_err();
        if last || gone {
            self.watched.remove(&hash);
        }
    }
}

fn is_last(status: &TransactionStatus) -> bool {
    use TransactionStatus::*;
    match status {
        Future | Ready | InBlock { .. } => false,
        Finalized { .. } | Usurped { .. } | Dropped | Invalid => true,
    }
}
