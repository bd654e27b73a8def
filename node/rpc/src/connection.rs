//! What one connection has open at once.

use crate::error::Error;
use jsonrpsee::{types::SubscriptionId, ConnectionId, Extensions};
use parking_lot::Mutex;
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
