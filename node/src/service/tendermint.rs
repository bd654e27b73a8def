//! The chain as Tendermint's clients see it, over the store.

use super::chain::NodeChain;
use codec::Decode as _;
use icn_chain_spec::ChainSpec;
use icn_engine::Around;
use icn_executor::{Executor, Inherents};
use icn_network::{Keypair, Multiaddr, Network};
use icn_primitives::{
    limits::{BLOCK_BYTES_MAX, BLOCK_REF_TIME_MAX},
    BlockNumber, BlockRecord, ConsensusDigest, ConsensusRecord, DuplicateVote, PartSetHeader, TendermintHeader,
    ValidatorSet,
};
use icn_rpc::backend::{
    ConsensusParameters, GenesisDocument, GenesisValidator, Heights, KnownCommit, ReadError, Tendermint,
    TendermintNode, TendermintPeer,
};
use icn_storage::OrderedStore;
use libp2p::multiaddr::Protocol;
use pallet_validators::Parameters;
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{atomic::Ordering, Arc, OnceLock},
    time::Duration,
};

/// The chain, and this node on it.
pub struct TendermintFace<S: OrderedStore> {
    chain: Arc<NodeChain<S>>,
    chain_id: String,
    genesis: GenesisDocument,
    genesis_parameters: ConsensusParameters,
    node: TendermintNode,
    network: Network,
    around: Arc<Around>,
    runtime: tokio::runtime::Handle,
    /// Where clients reach the node, once it listens.
    rpc_address: Arc<OnceLock<SocketAddr>>,
}

/// What a node says of itself to Tendermint's clients.
pub struct Names {
    /// Name for people.
    pub moniker: String,
    /// Identity on the network.
    pub keypair: Keypair,
    /// Ed25519 key with which it signs votes.
    pub consensus_key: Option<[u8; 32]>,
    /// Where its consensus listens.
    pub listen: Multiaddr,
}

impl<S: OrderedStore> TendermintFace<S> {
    /// Over a chain begun by `spec`, which is valid.
    pub fn new(
        chain: Arc<NodeChain<S>>,
        chain_id: String,
        (spec, begin): (&ChainSpec, &icn_chain_spec::Genesis),
        names: Names,
        network: Network,
        around: Arc<Around>,
        rpc_address: Arc<OnceLock<SocketAddr>>,
    ) -> Self {
        let app_hash = chain.store.header(0).ok().flatten().map(|header| header.state_root).unwrap_or_default();
        let network_key = ed25519_of(&names.keypair);
        let node = TendermintNode {
            network_key,
            consensus_key: names.consensus_key.unwrap_or(network_key),
            moniker: names.moniker,
            listen_address: tcp(&names.listen).map_or_else(String::new, |address| format!("tcp://{address}")),
            rpc_address: String::new(),
            catching_up: false,
        };
        let genesis = genesis(spec, app_hash);
        let genesis_parameters = shown(&parameters_of(begin));
        let runtime = tokio::runtime::Handle::current();
        Self { chain, chain_id, genesis, genesis_parameters, node, network, around, runtime, rpc_address }
    }

    /// What a block says of consensus.
    fn said(&self, height: BlockNumber) -> Result<Option<ConsensusRecord>, ReadError> {
        let Some(record) = self.block(height)? else { return Ok(None) };
        let digest = ConsensusDigest { time: record.time(), proposer: record.tendermint.proposer };
        Ok(Inherents::of_block(&record.block.extrinsics, digest).map(|inherents| inherents.record))
    }

    fn executor(&self) -> &Executor {
        &self.chain.executor
    }
}

impl<S: OrderedStore> Tendermint for TendermintFace<S> {
    fn chain_id(&self) -> &str {
        &self.chain_id
    }

    fn heights(&self) -> Heights {
        let store = &self.chain.store;
        let latest = store.head().number;
        let oldest = match store.oldest_body() {
            0 | 1 => 1,
            // The last commit of the oldest block is shown with the block before it.
            oldest => oldest + 1,
        };
        Heights { oldest: oldest.min(latest), latest }
    }

    fn header(&self, height: BlockNumber) -> Result<Option<(TendermintHeader, PartSetHeader)>, ReadError> {
        let header = self.chain.read(self.chain.store.tendermint_header(height))?;
        let parts = self.chain.read(self.chain.store.parts(height))?;
        Ok(header.zip(parts))
    }

    fn block(&self, height: BlockNumber) -> Result<Option<BlockRecord>, ReadError> {
        self.chain.read(self.chain.store.record(height))
    }

    fn commit(&self, height: BlockNumber) -> Result<Option<KnownCommit>, ReadError> {
        let carried = match height < self.chain.store.head().number {
            true => self.said(height + 1)?.and_then(|said| said.commit),
            false => None,
        };
        if let Some(commit) = carried {
            return Ok(Some(KnownCommit { commit, canonical: true }));
        }
        let seen = self.chain.read(self.chain.store.commit_of(height))?;
        Ok(seen.map(|commit| KnownCommit { commit, canonical: false }))
    }

    fn evidence(&self, height: BlockNumber) -> Result<Vec<DuplicateVote>, ReadError> {
        Ok(self.said(height)?.map(|said| said.evidence.into_inner()).unwrap_or_default())
    }

    fn validators(&self, height: BlockNumber) -> Result<Option<ValidatorSet>, ReadError> {
        let Some(before) = height.checked_sub(1).filter(|before| *before <= self.chain.store.head().number) else {
            return Ok(None);
        };
        match self.chain.state_of(before) {
            Ok(state) => match self.executor().consensus(&state, before) {
                Ok(consensus) => Ok(Some(consensus.validators)),
                Err(error) => Err(self.chain.executor_error(error)),
            },
            // Without its state, keys and powers are still known.
            Err(ReadError::Pruned { .. }) => self.chain.read(self.chain.store.validators_at(height)),
            Err(error) => Err(error),
        }
    }

    fn parameters(&self, height: BlockNumber) -> Result<ConsensusParameters, ReadError> {
        let state = self.chain.state_of(height.saturating_sub(1))?;
        let consensus = self.executor().consensus(&state, height.saturating_sub(1));
        let parameters = consensus.map_err(|error| self.chain.executor_error(error))?.parameters;
        Ok(shown(&parameters))
    }

    fn genesis_parameters(&self) -> Result<ConsensusParameters, ReadError> {
        Ok(self.genesis_parameters)
    }

    fn node(&self) -> TendermintNode {
        let head = u64::from(self.chain.store.head().number);
        TendermintNode {
            rpc_address: self.rpc_address.get().map_or_else(String::new, |address| format!("tcp://{address}")),
            catching_up: self.around.peer_head.load(Ordering::Relaxed) > head + 1,
            ..self.node.clone()
        }
    }

    fn peers(&self) -> Vec<TendermintPeer> {
        let Some(status) = self.runtime.block_on(self.network.status()) else { return Vec::new() };
        let now = self.around.now();
        let peer = |peer: icn_network::PeerStatus| {
            let address = peer.addresses.iter().find_map(tcp);
            TendermintPeer {
                network_key: key_of(&peer.peer).unwrap_or_default(),
                peer_id: peer.peer.to_base58(),
                moniker: peer.agent,
                listen_address: address.map_or_else(String::new, |address| format!("tcp://{address}")),
                remote_ip: address.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.ip()),
                outbound: peer.direction == icn_network::Direction::Outbound,
                since: now.saturating_sub(u64::try_from(peer.connected.as_millis()).unwrap_or(u64::MAX)),
                connected: peer.connected,
            }
        };
        status.peers.into_iter().map(peer).collect()
    }

    fn genesis(&self) -> &GenesisDocument {
        &self.genesis
    }
}

/// The parameters as Tendermint's clients know them.
fn shown(parameters: &Parameters) -> ConsensusParameters {
    ConsensusParameters {
        block_bytes_max: BLOCK_BYTES_MAX.into(),
        block_gas_max: BLOCK_REF_TIME_MAX,
        evidence_age_blocks_max: parameters.evidence_max_age_blocks.into(),
        evidence_age_max: Duration::from_millis(parameters.evidence_max_age_ms),
    }
}

/// The parameters in the state of block 0, which a node may have pruned.
fn parameters_of(begin: &icn_chain_spec::Genesis) -> Parameters {
    let key = pallet_validators::ChainParameters::<icn_runtime::Runtime>::hashed_key();
    let stored = begin.state.get(&key[..]).and_then(|value| Parameters::decode(&mut &value[..]).ok());
    stored.unwrap_or_default()
}

fn genesis(spec: &ChainSpec, app_hash: icn_primitives::Hash) -> GenesisDocument {
    let validator = |validator: &icn_chain_spec::Validator| {
        let mut key = [0; 32];
        // The document is checked before a node starts.
        let _ = hex::decode_to_slice(&validator.key, &mut key);
        GenesisValidator { name: validator.name.clone().unwrap_or_default(), key, power: validator.power }
    };
    GenesisDocument {
        time: spec.genesis_time_ms,
        validators: spec.validators.iter().map(validator).collect(),
        app_hash,
        app_state: serde_json::to_value(&spec.genesis).unwrap_or_default(),
    }
}

/// The Ed25519 public key of an identity. All of this chain's are Ed25519.
fn ed25519_of(keypair: &Keypair) -> [u8; 32] {
    keypair.public().try_into_ed25519().map(|key| key.to_bytes()).unwrap_or_default()
}

/// The Ed25519 key that a peer id holds: short keys are in it whole.
fn key_of(peer: &icn_network::PeerId) -> Option<[u8; 32]> {
    let digest = peer.as_ref().digest();
    let public = libp2p::identity::PublicKey::try_decode_protobuf(digest).ok()?;
    Some(public.try_into_ed25519().ok()?.to_bytes())
}

/// IP address and TCP port of a multiaddr.
fn tcp(address: &Multiaddr) -> Option<SocketAddr> {
    let mut ip = None;
    let mut port = None;
    for protocol in address {
        match protocol {
            Protocol::Ip4(address) => ip = Some(IpAddr::V4(address)),
            Protocol::Ip6(address) => ip = Some(IpAddr::V6(address)),
            Protocol::Tcp(number) => port = Some(number),
            _ => {}
        }
    }
    Some(SocketAddr::new(ip?, port?))
}
