//! Waiting for a signer to connect.

use super::{connection::Connection, PrivvalAddress, RemoteError};
use parking_lot::{Condvar, Mutex};
use std::{
    fs, io,
    net::{SocketAddr, TcpListener, TcpStream},
    os::unix::{
        fs::{FileTypeExt, PermissionsExt},
        net::{UnixListener, UnixStream},
    },
    path::Path,
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc,
    },
    thread::{self, JoinHandle},
    time::Instant,
};

/// Waits for signers on its own thread; the last that connected is kept until it is needed.
pub(super) struct Listener {
    address: PrivvalAddress,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    waiting: Mutex<Option<Connection>>,
    arrived: Condvar,
    closed: AtomicBool,
}

/// Accepts one connection.
type Accept = Box<dyn FnMut() -> Result<Connection, RemoteError> + Send>;

impl Listener {
    /// Starts to listen. `own` encrypts connections over TCP, and `signer` is the only key that may open one, if it is given.
    pub(super) fn start(
        address: &PrivvalAddress,
        own: ed25519_consensus::SigningKey,
        signer: Option<[u8; 32]>,
    ) -> Result<Self, RemoteError> {
        let failed = |source| RemoteError::Listen { address: address.clone(), source };
        let (address, mut accept): (_, Accept) = match address {
            PrivvalAddress::Tcp(at) => {
                let listener = TcpListener::bind(at).map_err(failed)?;
                let bound = listener.local_addr().map_err(failed)?;
                (PrivvalAddress::Tcp(bound), Box::new(move || Connection::tcp(listener.accept()?.0, &own, signer)))
            }
            PrivvalAddress::Unix(path) => {
                let listener = bind_unix(path).map_err(failed)?;
                (address.clone(), Box::new(move || Ok(Connection::unix(listener.accept()?.0)?)))
            }
        };
        let shared = Arc::new(Shared::default());
        let here = shared.clone();
        let serve = move || {
            while !here.closed.load(Ordering::Acquire) {
                match accept() {
                    Ok(connection) => {
                        *here.waiting.lock() = Some(connection);
                        here.arrived.notify_one();
                    }
                    Err(error) => tracing::warn!(%error, "a connection that should be the remote signer's failed"),
                }
            }
        };
        let thread = thread::Builder::new().name("privval".into()).spawn(serve);
        let thread = Some(thread.map_err(|source| RemoteError::Listen { address: address.clone(), source })?);
        Ok(Self { address, shared, thread })
    }

    /// Where signers connect to; the port is there when the system chose it.
    pub(super) fn address(&self) -> &PrivvalAddress {
        &self.address
    }

    /// The last connection that a signer opened, if one is opened before `deadline`.
    pub(super) fn next(&self, deadline: Instant) -> Option<Connection> {
        let mut waiting = self.shared.waiting.lock();
        while waiting.is_none() {
            if self.shared.arrived.wait_until(&mut waiting, deadline).timed_out() {
                break;
            }
        }
        waiting.take()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::Release);
        // A last connection wakes the thread; without it the thread is left behind.
        let woken = match &self.address {
            PrivvalAddress::Tcp(at) => TcpStream::connect(reachable(*at)).is_ok(),
            PrivvalAddress::Unix(path) => {
                let woken = UnixStream::connect(path).is_ok();
                let _ = fs::remove_file(path);
                woken
            }
        };
        if let Some(thread) = self.thread.take().filter(|_| woken) {
            let _ = thread.join();
        }
    }
}

/// A socket that only its owner can open. One that a process before this one left behind is replaced.
fn bind_unix(path: &Path) -> io::Result<UnixListener> {
    let left_behind = fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket());
    if left_behind && UnixStream::connect(path).is_err() {
        fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Where to reach a listener on this machine.
fn reachable(mut at: SocketAddr) -> SocketAddr {
    if at.ip().is_unspecified() {
        match at {
            SocketAddr::V4(_) => at.set_ip(std::net::Ipv4Addr::LOCALHOST.into()),
            SocketAddr::V6(_) => at.set_ip(std::net::Ipv6Addr::LOCALHOST.into()),
        }
    }
    at
}
