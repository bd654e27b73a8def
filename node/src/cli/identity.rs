//! The keys and the place on the network with which a node starts.

use super::{keys::PassphraseArgs, CliError};
use crate::{
    config::{Config, Home},
    keys::{KeyError, Keystore, CONSENSUS, NODE},
    service::{
        config::{next_port, PeerError},
        ConsensusKey, Identity, NetworkConfig, RemoteSigner,
    },
};
use icn_chain_spec::{ChainSpec, ChainType};
use icn_consensus::privval::{AddressError, PrivvalAddress};
use icn_network::{Keypair, Multiaddr};
use std::{path::PathBuf, time::Duration};
use zeroize::Zeroizing;

/// Where a Development chain of one validator listens.
const LISTEN_ALONE: &str = "/ip4/127.0.0.1/tcp/0";

/// Why a node has no place on the network.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The address to listen on is none.
    #[error("network.listen: {text:?} is not a multiaddr with a TCP port, as in /ip4/0.0.0.0/tcp/26656")]
    Listen {
        /// As given.
        text: String,
    },
    /// A peer is none.
    #[error("network.peers: {0}")]
    Peer(#[from] PeerError),
}

/// Why a node has no remote signer.
#[derive(Debug, thiserror::Error)]
pub enum RemoteSignerError {
    /// The address is none.
    #[error("validator.remote_signer: {0}")]
    Address(#[from] AddressError),
    /// The key is none.
    #[error("validator.remote_signer_key: an Ed25519 public key is 64 hex digits")]
    Key,
    /// Anybody could connect.
    #[error(
        "validator.remote_signer_key is missing: over TCP, give the public key by which the signer proves who it is"
    )]
    NoKey,
    /// There are two keys.
    #[error("the home has a consensus key, {}, and validator.remote_signer names another: remove one of them", path.display())]
    TwoKeys {
        /// The key of the home.
        path: PathBuf,
    },
}

/// The keys of a home. Without a consensus key the node follows and does not vote; a Development chain of //Alice is validated with
/// her key, which everyone knows.
pub(super) fn identity(
    home: &Home,
    spec: &ChainSpec,
    config: &Config,
    passphrases: &PassphraseArgs,
) -> Result<Identity, CliError> {
    let keystore = Keystore::at(home.path()).on(spec.chain_type);
    let passphrases = passphrases.source_with(config, home);
    let development = spec.chain_type == ChainType::Development;
    let keypair = match keystore.unlock(NODE, &passphrases) {
        // Nobody knows a Development node by its name.
        Err(KeyError::Missing { .. }) if development => Keypair::generate_ed25519(),
        key => key?.node_keypair()?,
    };
    let validator = match remote_signer(config)? {
        Some(remote) => match keystore.public(CONSENSUS) {
            Err(KeyError::Missing { .. }) => Some(ConsensusKey::Remote(remote)),
            key => return Err(RemoteSignerError::TwoKeys { path: key?.path }.into()),
        },
        None => match keystore.unlock(CONSENSUS, &passphrases) {
            Err(KeyError::Missing { .. }) => development_key(spec),
            key => Some(ConsensusKey::Seed(key?.consensus_seed()?)),
        },
    };
    Ok(Identity { keypair, validator })
}

/// The key of //Alice on a chain that she validates.
fn development_key(spec: &ChainSpec) -> Option<ConsensusKey> {
    icn_chain_spec::development_seed(spec).map(|seed| ConsensusKey::Seed(Zeroizing::new(seed)))
}

/// The signer that the configuration names.
fn remote_signer(config: &Config) -> Result<Option<RemoteSigner>, RemoteSignerError> {
    let config = &config.validator;
    if config.remote_signer.is_empty() {
        return Ok(None);
    }
    let address: PrivvalAddress = config.remote_signer.parse()?;
    let mut bytes = [0; 32];
    let key = match config.remote_signer_key.as_str() {
        "" if matches!(address, PrivvalAddress::Tcp(_)) => return Err(RemoteSignerError::NoKey),
        "" => None,
        text => {
            let digits = text.strip_prefix("0x").unwrap_or(text);
            hex::decode_to_slice(digits, &mut bytes).map_err(|_| RemoteSignerError::Key)?;
            Some(bytes)
        }
    };
    let patience = Duration::from_millis(config.remote_signer_patience_ms.into());
    Ok(Some(RemoteSigner { address, key, patience }))
}

/// The identity of a Development chain that leaves nothing behind.
pub(super) fn temporary(spec: &ChainSpec) -> Identity {
    Identity { keypair: Keypair::generate_ed25519(), validator: development_key(spec) }
}

/// A node's place on the network. Who is the only validator of a Development chain needs no one to find it.
pub(super) fn network(spec: &ChainSpec, config: &Config) -> Result<NetworkConfig, NetworkError> {
    let network = &config.network;
    let text = match spec.chain_type {
        ChainType::Development if spec.validators.len() == 1 => LISTEN_ALONE,
        _ => network.listen.as_str(),
    };
    let listen = || NetworkError::Listen { text: text.into() };
    let address: Multiaddr = text.parse().map_err(|_| listen())?;
    let listen_transactions = next_port(&address).ok_or_else(listen)?;
    let peers = network.peers.iter().chain(&spec.seeds).map(|peer| peer.parse()).collect::<Result<_, PeerError>>()?;
    Ok(NetworkConfig {
        moniker: network.moniker.clone(),
        listen: address,
        listen_transactions,
        peers,
        persistent_peers_only: network.persistent_peers_only,
    })
}
