//! The names of a chain's protocols and topics. Each holds the chain id, so that nodes of other chains never mix, and a version.

use crate::error::NetworkError;
use libp2p::{
    gossipsub::{IdentTopic, TopicHash},
    StreamProtocol,
};

const CHAIN_ID_BYTES_MAX: usize = 64;

/// The names of one chain.
#[derive(Clone, Debug)]
pub(crate) struct Protocols {
    /// Prefix of the gossip protocol.
    pub(crate) gossip: String,
    /// What is exchanged when a connection begins.
    pub(crate) status: StreamProtocol,
    /// What is told and asked of records.
    pub(crate) records: StreamProtocol,
    /// On which signatures of trust bundles are told.
    pub(crate) seals: StreamProtocol,
    /// What is asked of blobs.
    pub(crate) blobs: StreamProtocol,
    /// What nodes say they speak when they identify themselves.
    pub(crate) version: String,
    /// Topic of batches of transactions.
    pub(crate) transactions: IdentTopic,
    /// Topic of announced heads.
    pub(crate) heads: IdentTopic,
}

impl Protocols {
    pub(crate) fn new(chain_id: &str) -> Result<Self, NetworkError> {
        let error = || NetworkError::ChainId { chain_id: chain_id.into() };
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if chain_id.is_empty() || chain_id.len() > CHAIN_ID_BYTES_MAX || !chain_id.bytes().all(is_plain) {
            return Err(error());
        }
        Ok(Self {
            gossip: format!("/icn/{chain_id}/gossip"),
            status: StreamProtocol::try_from_owned(format!("/icn/{chain_id}/status/1")).map_err(|_| error())?,
            records: StreamProtocol::try_from_owned(format!("/icn/{chain_id}/records/1")).map_err(|_| error())?,
            seals: StreamProtocol::try_from_owned(format!("/icn/{chain_id}/seals/1")).map_err(|_| error())?,
            blobs: StreamProtocol::try_from_owned(format!("/icn/{chain_id}/blobs/1")).map_err(|_| error())?,
            version: format!("icn/{chain_id}/1"),
            transactions: IdentTopic::new(format!("icn/{chain_id}/transactions/1")),
            heads: IdentTopic::new(format!("icn/{chain_id}/heads/1")),
        })
    }

    /// Both topics.
    pub(crate) fn topics(&self) -> [TopicHash; 2] {
        [self.transactions.hash(), self.heads.hash()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_holds_the_chain_id() {
        let Protocols { gossip, status, records, seals, blobs, version, transactions, heads } =
            Protocols::new("dev-1a2b3c4d").unwrap();
        assert_eq!(gossip, "/icn/dev-1a2b3c4d/gossip");
        assert_eq!(status, "/icn/dev-1a2b3c4d/status/1");
        assert_eq!(records, "/icn/dev-1a2b3c4d/records/1");
        assert_eq!(seals, "/icn/dev-1a2b3c4d/seals/1");
        assert_eq!(blobs, "/icn/dev-1a2b3c4d/blobs/1");
        assert_eq!(version, "icn/dev-1a2b3c4d/1");
        assert_eq!(transactions.to_string(), "icn/dev-1a2b3c4d/transactions/1");
        assert_eq!(heads.to_string(), "icn/dev-1a2b3c4d/heads/1");
    }

    #[test]
    fn a_chain_id_is_plain_and_short() {
        for chain_id in ["", "a/b", "a b", "ä", &"a".repeat(65)] {
            assert!(matches!(Protocols::new(chain_id), Err(NetworkError::ChainId { .. })), "{chain_id}");
        }
        Protocols::new(&"a".repeat(64)).unwrap();
    }
}
