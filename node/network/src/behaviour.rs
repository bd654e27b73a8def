//! What the swarm speaks.

use crate::{
    admission::Admission, blobs_codec::BlobsCodec, config::Config, door::Door, error::NetworkError, gossip::Gossip,
    protocols::Protocols, records_codec::RecordsCodec, seals_codec::SealsCodec, status_codec::StatusCodec,
};
use libp2p::{
    identify, memory_connection_limits,
    request_response::{self, ProtocolSupport},
    swarm::NetworkBehaviour,
};
use std::time::Duration;

/// How long a peer may take to answer with its status.
const STATUS_TIME: Duration = Duration::from_secs(10);

/// Status requests and answers at once on one connection.
const STATUS_STREAMS: usize = 8;

/// How long a peer may take to send records.
const RECORDS_TIME: Duration = Duration::from_secs(20);

/// Questions and answers about records at once on one connection.
const RECORDS_STREAMS: usize = 16;

/// How long a peer may take to say that signatures came.
const SEALS_TIME: Duration = Duration::from_secs(10);

/// Messages of signatures at once on one connection.
const SEALS_STREAMS: usize = 8;
/// How long a peer may take to send blocks of blobs.
const BLOBS_TIME: Duration = Duration::from_secs(20);

/// Questions and answers about blobs at once on one connection.
const BLOBS_STREAMS: usize = 8;

/// All protocols. The door comes first, so that a connection which it refuses never reaches the others, and gossip last: it
/// keeps a record of each connection that it is asked about.
#[derive(NetworkBehaviour)]
pub(crate) struct Behaviour {
    pub(crate) door: Door,
    pub(crate) memory: memory_connection_limits::Behaviour,
    pub(crate) identify: identify::Behaviour,
    pub(crate) status: request_response::Behaviour<StatusCodec>,
    pub(crate) records: request_response::Behaviour<RecordsCodec>,
    pub(crate) seals: request_response::Behaviour<SealsCodec>,
    pub(crate) blobs: request_response::Behaviour<BlobsCodec>,
    pub(crate) gossip: Gossip,
}

impl Behaviour {
    pub(crate) fn new(config: &Config, protocols: &Protocols) -> Result<Self, NetworkError> {
        let limits = &config.limits;
        // Nothing that a peer says of addresses is used, and ours are told to nobody.
        let identify = identify::Config::new(protocols.version.clone(), config.keypair.public())
            .with_agent_version(config.agent.clone())
            .with_cache_size(0)
            .with_hide_listen_addrs(true);
        let status = request_response::Config::default()
            .with_request_timeout(STATUS_TIME)
            .with_max_concurrent_streams(STATUS_STREAMS);
        let records = request_response::Config::default()
            .with_request_timeout(RECORDS_TIME)
            .with_max_concurrent_streams(RECORDS_STREAMS);
        let seals = request_response::Config::default()
            .with_request_timeout(SEALS_TIME)
            .with_max_concurrent_streams(SEALS_STREAMS);
        let blobs = request_response::Config::default()
            .with_request_timeout(BLOBS_TIME)
            .with_max_concurrent_streams(BLOBS_STREAMS);
        Ok(Self {
            door: Door(Admission::new(limits.clone(), config.persistent_peers_only)),
            memory: memory_connection_limits::Behaviour::with_max_bytes(limits.process_bytes),
            identify: identify::Behaviour::new(identify),
            status: request_response::Behaviour::with_codec(
                StatusCodec,
                [(protocols.status.clone(), ProtocolSupport::Full)],
                status,
            ),
            records: request_response::Behaviour::with_codec(
                RecordsCodec,
                [(protocols.records.clone(), ProtocolSupport::Full)],
                records,
            ),
            seals: request_response::Behaviour::with_codec(
                SealsCodec,
                [(protocols.seals.clone(), ProtocolSupport::Full)],
                seals,
            ),
            blobs: request_response::Behaviour::with_codec(
                BlobsCodec,
                [(protocols.blobs.clone(), ProtocolSupport::Full)],
                blobs,
            ),
            gossip: Gossip::new(&config.keypair, protocols, limits.clone())?,
        })
    }
}
