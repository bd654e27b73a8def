//! The server: connections, their limits, and the methods behind them.
//!
//! [`admission`] counts connections, [`gate`] checks where they come from, [`get`] lets two methods be fetched, [`paced`] is their stream: it does not read from a
//! client that does not read, and gives up on one that stays so. [`share`] is what each may use.

mod admission;
mod config;
mod connection;
mod gate;
mod get;
mod paced;
mod share;

pub use config::{Allowed, ServeError, ServerConfig};
pub(crate) use connection::Local;
pub(crate) use share::Share;

use crate::{context::Context, methods::methods};
use admission::Admissions;
use connection::Acceptor;
use jsonrpsee::server::{stop_channel, ServerHandle};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::net::TcpListener;

/// How long connections may take to finish when the server stops.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// A running server. It stops when it is dropped; [`Self::stop`] waits for that.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    handle: ServerHandle,
    admissions: Arc<Admissions>,
}

impl Server {
    /// Where it listens; the port is the real one when 0 was asked for.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Connections open now.
    pub fn connections(&self) -> u32 {
        self.admissions.total()
    }

    /// Takes no more connections, lets calls in progress finish for a few seconds, and closes what is open.
    pub async fn stop(self) {
        let _ = self.handle.stop();
        let _ = tokio::time::timeout(STOP_PATIENCE, self.admissions.none_left()).await;
    }
}

/// Serves the methods on the configured address until the server is stopped or dropped.
///
/// # Errors
/// When the port is in use or cannot be listened on.
pub async fn serve(config: ServerConfig, context: Context) -> Result<Server, ServeError> {
    let listener = TcpListener::bind(config.address).await.map_err(|error| ServeError::bind(config.address, error))?;
    let address = listener.local_addr().map_err(|error| ServeError::bind(config.address, error))?;
    let methods = methods(config.groups, &context)?;
    let admissions = Arc::new(Admissions::new(&context.limits));
    let (stop, handle) = stop_channel();
    let acceptor = Acceptor::new(&config, &context, methods.into(), admissions.clone(), stop);
    tokio::spawn(acceptor.run(listener));
    Ok(Server { address, handle, admissions })
}
