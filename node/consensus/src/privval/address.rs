//! Where a signer connects to.

use std::{fmt, net::SocketAddr, path::PathBuf, str::FromStr};

/// Where a signer connects to, `tcp://127.0.0.1:26659` or `unix:///run/icn/signer.sock`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrivvalAddress {
    /// An address and port.
    Tcp(SocketAddr),
    /// A socket in the file system.
    Unix(PathBuf),
}

/// A text is no such address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address of a remote signer is tcp:// with an IP address and a port, or unix:// with an absolute path")]
pub struct AddressError;

impl FromStr for PrivvalAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if let Some(address) = text.strip_prefix("tcp://") {
            return address.parse().map(Self::Tcp).map_err(|_| AddressError);
        }
        let path = text.strip_prefix("unix://").filter(|path| path.starts_with('/'));
        path.map(|path| Self::Unix(path.into())).ok_or(AddressError)
    }
}

impl fmt::Display for PrivvalAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "tcp://{address}"),
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
        }
    }
}
