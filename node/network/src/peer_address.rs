//! Where a peer of known identity is.

use libp2p::{multiaddr::Protocol, Multiaddr, PeerId};
use std::{fmt, str::FromStr};

/// A peer and an address of it, in text as in `/ip4/192.0.2.1/tcp/26657/p2p/12D3KooW…`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PeerAddress {
    /// The peer.
    pub peer: PeerId,
    /// Its address, without the peer.
    pub address: Multiaddr,
}

/// Why a text or multiaddr is no address of a peer.
#[derive(Debug, thiserror::Error)]
pub enum PeerAddressError {
    /// It is no multiaddr.
    #[error("{text:?} is not a multiaddr, as in /ip4/192.0.2.1/tcp/26657/p2p/12D3KooW…: {source}")]
    NotMultiaddr {
        /// As given.
        text: String,
        /// What is wrong with it.
        source: libp2p::multiaddr::Error,
    },
    /// It does not end in a peer id.
    #[error("{0} does not end in /p2p/ and the peer's id")]
    NoPeer(Multiaddr),
    /// There is nothing before the peer id.
    #[error("{0} does not say where the peer is")]
    NoAddress(Multiaddr),
}

impl TryFrom<Multiaddr> for PeerAddress {
    type Error = PeerAddressError;

    fn try_from(whole: Multiaddr) -> Result<Self, PeerAddressError> {
        let mut address = whole.clone();
        let Some(Protocol::P2p(peer)) = address.pop() else { return Err(PeerAddressError::NoPeer(whole)) };
        if address.is_empty() {
            return Err(PeerAddressError::NoAddress(whole));
        }
        Ok(Self { peer, address })
    }
}

impl FromStr for PeerAddress {
    type Err = PeerAddressError;

    fn from_str(text: &str) -> Result<Self, PeerAddressError> {
        let address =
            Multiaddr::from_str(text).map_err(|source| PeerAddressError::NotMultiaddr { text: text.into(), source })?;
        address.try_into()
    }
}

impl fmt::Display for PeerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/p2p/{}", self.address, self.peer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        let text = format!("/ip4/192.0.2.1/tcp/26657/p2p/{}", PeerId::random());
        let address: PeerAddress = text.parse().unwrap();
        assert_eq!(address.address.to_string(), "/ip4/192.0.2.1/tcp/26657");
        assert_eq!(address.to_string(), text);
    }

    #[test]
    fn what_is_missing_is_said() {
        let peer = PeerId::random();
        assert!(matches!("192.0.2.1:26657".parse::<PeerAddress>(), Err(PeerAddressError::NotMultiaddr { .. })));
        assert!(matches!("/ip4/192.0.2.1/tcp/1".parse::<PeerAddress>(), Err(PeerAddressError::NoPeer(_))));
        assert!(matches!("".parse::<PeerAddress>(), Err(PeerAddressError::NoPeer(_))));
        assert!(matches!(format!("/p2p/{peer}").parse::<PeerAddress>(), Err(PeerAddressError::NoAddress(_))));
    }
}
