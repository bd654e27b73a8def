//! How the server is set up, and why it does not start.

use crate::methods::Groups;
use jsonrpsee::core::RegisterMethodError;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
};

/// How the server is set up.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Where it listens; port 0 takes any free one.
    pub address: SocketAddr,
    /// The methods it offers.
    pub groups: Groups,
    /// What the `Host` header may name: `name` for any port, `name:port` for one. A browser tricked by DNS names another.
    pub hosts: Allowed,
    /// Web pages that may use it: `scheme://name`, `scheme://name:port`, or `scheme://name:*` for any port. Programs that
    /// are no browsers send no `Origin` and are not asked.
    pub origins: Allowed,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 9944)),
            groups: Groups::default(),
            hosts: Allowed::local_hosts(),
            origins: Allowed::local_origins(),
        }
    }
}

/// Which values a header may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// Every value, and none.
    Any,
    /// These only.
    These(Vec<String>),
}

impl Allowed {
    /// The names of this machine.
    pub fn local_hosts() -> Self {
        Self::These(["localhost", "127.0.0.1", "[::1]"].map(String::from).to_vec())
    }

    /// Pages that this machine serves, and the consoles that stock clients come with.
    pub fn local_origins() -> Self {
        let origin = |scheme: &str, name: &str| format!("{scheme}://{name}:*");
        let names = ["localhost", "127.0.0.1", "[::1]"];
        let local = names.iter().flat_map(|name| [origin("http", name), origin("https", name)]);
        Self::These(local.chain(["https://polkadot.js.org", "https://dev.papi.how"].map(String::from)).collect())
    }

    /// Whether a `Host` is allowed.
    pub(super) fn host(&self, host: &str) -> bool {
        match self {
            Self::Any => true,
            Self::These(allowed) => {
                let name = name_of(host);
                allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(host) || allowed.eq_ignore_ascii_case(name))
            }
        }
    }

    /// Whether an `Origin` is allowed.
    pub(super) fn origin(&self, origin: &str) -> bool {
        match self {
            Self::Any => true,
            Self::These(allowed) => allowed.iter().any(|allowed| match allowed.strip_suffix(":*") {
                Some(allowed) => allowed.eq_ignore_ascii_case(origin_name_of(origin)),
                None => allowed.eq_ignore_ascii_case(origin),
            }),
        }
    }
}

/// `name` or `[address]` of `name:port`.
fn name_of(host: &str) -> &str {
    let end = match host.rfind(']') {
        Some(bracket) => bracket + 1,
        None => host.find(':').unwrap_or(host.len()),
    };
    &host[..end]
}

/// `scheme://name` of `scheme://name:port`.
fn origin_name_of(origin: &str) -> &str {
    let start = origin.find("://").map_or(0, |at| at + 3);
    &origin[..start + name_of(&origin[start..]).len()]
}

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Another program listens there.
    #[error("port {} of {} is in use: stop the other program, or choose another port with --rpc-port", .0.port(), .0.ip())]
    PortInUse(SocketAddr),
    /// The system does not let us listen there.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// Two methods have one name.
    #[error(transparent)]
    Methods(#[from] RegisterMethodError),
}

impl ServeError {
    pub(super) fn bind(address: SocketAddr, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::AddrInUse => Self::PortInUse(address),
            _ => Self::Listen { address, source },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_match_by_name_or_by_name_and_port() {
        let local = Allowed::local_hosts();
        for host in ["localhost", "LocalHost:9944", "127.0.0.1:1", "[::1]", "[::1]:9944"] {
            assert!(local.host(host), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "evil.example:127.0.0.1", "", "::1", "192.168.0.1:9944"]
        {
            assert!(!local.host(host), "{host}");
        }
        let one = Allowed::These(vec!["node.example:443".into()]);
        assert!(one.host("node.example:443"));
        assert!(!one.host("node.example"));
        assert!(Allowed::Any.host(""));
    }

    #[test]
    fn origins_match_with_their_scheme() {
        let local = Allowed::local_origins();
        for origin in ["http://localhost", "http://localhost:3000", "https://127.0.0.1:8080", "http://[::1]:1"] {
            assert!(local.origin(origin), "{origin}");
        }
        for origin in ["http://evil.example", "http://localhost.evil.example", "file://localhost", "null", "localhost"]
        {
            assert!(!local.origin(origin), "{origin}");
        }
        let one = Allowed::These(vec!["https://wallet.example".into()]);
        assert!(one.origin("https://wallet.example"));
        assert!(!one.origin("https://wallet.example:444"));
        assert!(!one.origin("http://wallet.example"));
    }

    #[test]
    fn a_port_in_use_is_named_with_the_fix() {
        let error = ServeError::bind(([127, 0, 0, 1], 9944).into(), io::ErrorKind::AddrInUse.into());
        assert_eq!(
            error.to_string(),
            "port 9944 of 127.0.0.1 is in use: stop the other program, or choose another port with --rpc-port"
        );
    }
}
