//! A connection that a signer opened.

use super::{
    message::{read, write, Sum},
    RemoteError,
};
use std::{
    io::{self, BufReader, Read, Write},
    net::TcpStream,
    os::unix::net::UnixStream,
    panic::{catch_unwind, AssertUnwindSafe},
    time::Duration,
};
use tendermint_p2p::secret_connection::{PublicKey, SecretConnection, Version, DATA_MAX_SIZE};

/// How long a signer may take for one read or write.
const IO_TIMEOUT: Duration = Duration::from_secs(3);

/// What bytes go over.
trait Link: Read + Write + Send {}

impl<T: Read + Write + Send> Link for T {}

/// A connection that a signer opened.
pub(super) struct Connection(Box<dyn Link>);

impl Connection {
    /// Over TCP, encrypted. `signer` is the only key that may be on the other side, if it is given.
    pub(super) fn tcp(
        stream: TcpStream,
        own: &ed25519_consensus::SigningKey,
        signer: Option<[u8; 32]>,
    ) -> Result<Self, RemoteError> {
        stream.set_read_timeout(Some(IO_TIMEOUT))?;
        stream.set_write_timeout(Some(IO_TIMEOUT))?;
        stream.set_nodelay(true)?;
        let link = Encrypted::open(stream, own.clone())?;
        let key = link.peer();
        if signer.is_some_and(|signer| signer != key) {
            return Err(RemoteError::Handshake(format!("its key is {}", hex::encode(key)).into()));
        }
        Ok(Self(Box::new(link)))
    }

    /// Over a Unix socket.
    pub(super) fn unix(stream: UnixStream) -> io::Result<Self> {
        stream.set_read_timeout(Some(IO_TIMEOUT))?;
        stream.set_write_timeout(Some(IO_TIMEOUT))?;
        Ok(Self(Box::new(stream)))
    }

    /// Asks, and waits for the answer.
    pub(super) fn ask(&mut self, question: &Sum) -> Result<Option<Sum>, RemoteError> {
        write(&mut self.0, question.clone())?;
        read(&mut self.0)
    }
}

/// A `SecretConnection`, read by whole frames: the stock one panics when it is asked for less than a frame holds.
pub(super) struct Encrypted(BufReader<SecretConnection<TcpStream>>);

impl Encrypted {
    /// Agrees on keys with the other side, which proves its own.
    pub(super) fn open(stream: TcpStream, own: ed25519_consensus::SigningKey) -> Result<Self, RemoteError> {
        // The handshake reads less than a frame, so that a hostile frame makes it panic; there is nothing that it leaves behind.
        let link = catch_unwind(AssertUnwindSafe(|| SecretConnection::new(stream, own, Version::V0_34)));
        let link = link.map_err(|_| RemoteError::Handshake("it sent a frame that is too long".into()))?;
        let link = link.map_err(|error| RemoteError::Handshake(error.to_string().into()))?;
        Ok(Self(BufReader::with_capacity(DATA_MAX_SIZE, link)))
    }

    /// The key of the other side.
    pub(super) fn peer(&self) -> [u8; 32] {
        let PublicKey::Ed25519(key) = self.0.get_ref().remote_pubkey();
        key.to_bytes()
    }
}

impl Read for Encrypted {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.read(bytes)
    }
}

impl Write for Encrypted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.get_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.get_mut().flush()
    }
}
