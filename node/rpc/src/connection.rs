//! What one connection has open at once, and how it is sent events.

use crate::{error::Error, server::Share as ServerShare};
use jsonrpsee::{types::SubscriptionId, ConnectionId, Extensions, SubscriptionSink};
use parking_lot::Mutex;
use serde::Serialize;
use serde_json::value::to_raw_value;
use std::{collections::HashMap, sync::Arc};

/// The connection a call came by.
///
/// # Errors
/// [`Error::Internal`] when the server did not say; it always does.
pub(crate) fn connection_of(extensions: &Extensions) -> Result<ConnectionId, Error> {
    extensions.get::<ConnectionId>().copied().ok_or(Error::Internal)
}

/// A subscription's name in text, as clients repeat it.
pub(crate) fn text_of(id: SubscriptionId<'_>) -> String {
    match id {
        SubscriptionId::Num(number) => number.to_string(),
        SubscriptionId::Str(text) => text.into_owned(),
    }
}

/// The client unsubscribed or went away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gone;

/// Sends the events of a subscription, each when the connection's client has read enough of what came before.
#[derive(Debug)]
pub(crate) struct Outlet {
    sink: SubscriptionSink,
    share: Option<Arc<ServerShare>>,
}

impl Outlet {
    /// The outlet of a subscription on the connection of `extensions`.
    pub(crate) fn new(sink: SubscriptionSink, extensions: &Extensions) -> Self {
        Self { sink, share: extensions.get::<Arc<ServerShare>>().cloned() }
    }

    /// Sends an event. It may be given up on by dropping the future.
    pub(crate) async fn send(&self, event: &impl Serialize) -> Result<(), Gone> {
        let message = to_raw_value(event).map_err(|_| Gone)?;
        let unsent = self.room_for(message.get().len()).await?;
        self.sink.send(message).await.map_err(|_| Gone)?;
        unsent.keep();
        Ok(())
    }

    /// Waits until the client is gone.
    pub(crate) async fn closed(&self) {
        self.sink.closed().await;
    }

    async fn room_for(&self, bytes: usize) -> Result<Unsent<'_>, Gone> {
        let share = self.share.as_deref();
        if let Some(share) = share {
            tokio::select! {
                () = self.sink.closed() => return Err(Gone),
                () = share.reader_keeps_up() => share.add_unsent(bytes),
            }
        }
        Ok(Unsent { share, bytes })
    }
}

/// Bytes counted as unsent; counted out again when they are not sent after all.
struct Unsent<'a> {
    share: Option<&'a ServerShare>,
    bytes: usize,
}

impl Unsent<'_> {
    fn keep(mut self) {
        self.share = None;
    }
}

impl Drop for Unsent<'_> {
    fn drop(&mut self) {
        if let Some(share) = self.share {
            share.subtract_sent(self.bytes);
        }
    }
}

/// Counts something that each connection may have only so many of. Clones share the counts.
#[derive(Clone, Debug)]
pub(crate) struct Quota {
    max: usize,
    taken: Arc<Mutex<HashMap<ConnectionId, usize>>>,
}

impl Quota {
    /// At most `max` for each connection.
    pub(crate) fn new(max: usize) -> Self {
        Self { max, taken: Arc::default() }
    }

    /// Takes one until the share is dropped; `None` when the connection has its `max`.
    pub(crate) fn take(&self, connection: ConnectionId) -> Option<Share> {
        let mut taken = self.taken.lock();
        let count = taken.entry(connection).or_default();
        if *count >= self.max {
            return None;
        }
        *count += 1;
        Some(Share { quota: self.clone(), connection })
    }

    fn give_back(&self, connection: ConnectionId) {
        let mut taken = self.taken.lock();
        if let Some(count) = taken.get_mut(&connection) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&connection);
            }
        }
    }
}

/// One of a connection's [`Quota`].
#[derive(Debug)]
pub(crate) struct Share {
    quota: Quota,
    connection: ConnectionId,
}

impl Drop for Share {
    fn drop(&mut self) {
        self.quota.give_back(self.connection);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_counts_each_connection_and_forgets_the_gone() {
        let quota = Quota::new(2);
        let (one, other) = (ConnectionId(1), ConnectionId(2));
        let first = quota.take(one).unwrap();
        let second = quota.take(one).unwrap();
        assert!(quota.take(one).is_none());
        assert!(quota.take(other).is_some());
        drop(first);
        assert!(quota.take(one).is_some());
        drop(second);
        assert!(quota.taken.lock().is_empty());
    }
}
