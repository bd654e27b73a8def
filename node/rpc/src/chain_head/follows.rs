//! Every follow there is, by connection and name.

use super::follow::Follow;
use crate::error::Error;
use jsonrpsee::ConnectionId;
use parking_lot::Mutex;
use std::{
    collections::{hash_map::Entry, HashMap},
    sync::Arc,
};

/// The follows of all connections; each connection has at most `max`.
#[derive(Debug)]
pub(super) struct Follows {
    max: usize,
    open: Mutex<HashMap<ConnectionId, HashMap<String, Arc<Follow>>>>,
}

impl Follows {
    /// None yet.
    pub(super) fn new(max: usize) -> Self {
        Self { max, open: Mutex::default() }
    }

    /// Adds a follow, until the place it gets is dropped.
    ///
    /// # Errors
    /// [`Error::TooManyFollows`] when the connection has its `max`.
    pub(super) fn add(
        self: &Arc<Self>,
        connection: ConnectionId,
        name: String,
        follow: Arc<Follow>,
    ) -> Result<Place, Error> {
        let mut open = self.open.lock();
        let of_connection = open.entry(connection).or_default();
        if of_connection.len() >= self.max {
            return Err(Error::TooManyFollows);
        }
        of_connection.insert(name.clone(), follow);
        Ok(Place { follows: self.clone(), connection, name })
    }

    /// The follow that a connection calls `name`.
    pub(super) fn get(&self, connection: ConnectionId, name: &str) -> Option<Arc<Follow>> {
        self.open.lock().get(&connection)?.get(name).cloned()
    }

    /// Ends a follow, if it is there: its blocks are unpinned and its operations stop.
    pub(super) fn remove(&self, connection: ConnectionId, name: &str) {
        let removed = {
            let mut open = self.open.lock();
            let Entry::Occupied(mut of_connection) = open.entry(connection) else { return };
            let removed = of_connection.get_mut().remove(name);
            if of_connection.get().is_empty() {
                of_connection.remove();
            }
            removed
        };
        if let Some(follow) = removed {
            follow.operations.close();
        }
    }
}

/// A follow's place among the others.
#[derive(Debug)]
pub(super) struct Place {
    follows: Arc<Follows>,
    connection: ConnectionId,
    name: String,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.follows.remove(self.connection, &self.name);
    }
}
