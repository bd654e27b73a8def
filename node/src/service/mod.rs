//! A running node: store, executor, pool, consensus, network and RPC server, wired together.
//!
//! [`Node::start`] wires; [`chain`] is what the RPC and the pool ask, [`blocks`] what consensus asks, [`peers`] the node among others.
//! Dropping a node without [`Node::stop`] leaves its threads to the end of the process.

pub mod blobs;
pub mod blocks;
pub mod chain;
pub mod config;
pub mod development;
pub mod epochs;
pub mod error;
pub mod peers;
pub mod records;
pub mod seals;
pub mod stop;
pub mod tendermint;
pub mod transactions;

pub use config::{BlockProduction, ConsensusKey, Identity, NetworkConfig, NodeConfig, RemoteSigner};
pub use error::{StartError, StopError};

use blobs::{Blobs, BlobsFace};
use blocks::{runtime_record, Blocks};
use chain::NodeChain;
use epochs::EpochsFace;
use icn_chain_spec::ChainType;
use icn_consensus::{
    application::{Chain as _, Sealer},
    guard::{FileGuard, Guard, GuardError},
    privval::{RemoteConfig, RemoteKey},
    signing::{Key, LocalKey, Signer},
};
use icn_engine::{Around, Engine, EngineConfig, ValidatorKey};
use icn_executor::Executor;
use icn_mempool::Pool;
use icn_network::{Head, Network};
use icn_primitives::{block::ConsensusContext, limits::EXECUTION_STACK_BYTES, validators::address_of, Moment};
use icn_rpc::{
    backend::{BlockRef, Chain as _, ChainInfo, Development},
    Context, Server, Workers,
};
use icn_storage::{ChainStore, Genesis, Options, OrderedStore, RocksStore, StorageError};
use records::{access::Trusted, backfill::Retention, exchange::Exchange, Records, RecordsFace};
use seals::{sealing_key, Seals};
use std::{
    net::SocketAddr,
    panic::{catch_unwind, AssertUnwindSafe},
    path::Path,
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use stop::StopSignal;
use tendermint::{Names, TendermintFace};
use tokio::sync::{mpsc, watch};
use transactions::PoolFace;

/// How long a stop waits for the last request to let go of the store.
const CLOSE_PATIENCE: Duration = Duration::from_secs(10);

/// Threads that check the transactions of peers, and batches that wait for them.
const GOSSIP_THREADS: usize = 2;
const GOSSIP_WAITING_MAX: usize = 64;

/// Threads that read and write blocks of blobs for peers and fetches, and what waits for them.
const BLOB_THREADS: usize = 2;
const BLOB_WAITING_MAX: usize = 64;

/// A running node.
pub struct Node {
    server: Server,
    pool: Pool,
    engine: Option<Engine>,
    network: Network,
    tasks: Vec<tokio::task::JoinHandle<()>>,
    /// Stops the exchange of records and of blobs.
    exchange: Box<dyn FnOnce() + Send>,
    revalidation: JoinHandle<()>,
    stop: StopSignal,
    /// Ends when the store is closed.
    closed: watch::Receiver<()>,
    temporary: Option<TemporaryHome>,
    follows_until: Option<u64>,
}

impl Node {
    /// Starts a node.
    ///
    /// # Errors
    /// See [`StartError`]. Nothing runs afterwards, and no record was changed, but an empty store may have been made.
    pub async fn start(config: NodeConfig) -> Result<Self, StartError> {
        check(&config)?;
        make_home(&config.home)?;
        let store = RocksStore::open(config.home.join("db"))?;
        Self::start_on(store, config).await
    }

    /// Starts a node on a store of any kind.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_on<S: OrderedStore>(store: S, config: NodeConfig) -> Result<Self, StartError> {
        let stop = StopSignal::default();
        let begin = icn_chain_spec::genesis(&config.chain)?;
        let (store, context) = open_chain(store, &config, &begin)?;
        let chain_id = context.chain_id.clone();
        let role = role(&config, &chain_id, &store)?;
        let executor = Executor::new(context, available_threads())?;
        let info = chain_info(&config, store.genesis_hash());
        let (chain, closed) = NodeChain::new(info, store, executor, stop.clone());
        let started = Self::wire(config, &begin, Arc::new(chain), chain_id, role, stop, closed.clone()).await;
        if started.is_err() {
            wait_until_closed(closed).await;
        }
        started
    }

    /// Starts what runs over a chain. Everything that was started has been told to stop when it fails.
    async fn wire<S: OrderedStore>(
        config: NodeConfig,
        begin: &icn_chain_spec::Genesis,
        chain: Arc<NodeChain<S>>,
        chain_id: String,
        role: Role,
        stop: StopSignal,
        closed: watch::Receiver<()>,
    ) -> Result<Self, StartError> {
        let threads = available_threads();
        let pool = Pool::new(chain.clone(), icn_mempool::Limits::default());
        let head = chain.store.head();
        pool.on_block(head.hash, head.number, &[]);

        let (revalidate, requests) = crossbeam_channel::bounded(1);
        // Where others take part, nobody makes blocks or time by hand.
        let development = config.chain.chain_type == ChainType::Development && config.chain.validators.len() == 1;
        let interval = development.then_some(config.minimum_interval);
        let around =
            Arc::new(Around { clock_ahead: clock_ahead(&config, head.record.time()).into(), ..Around::default() });
        let clock = around.clone();
        let records = Records::new(chain.clone(), around.clone(), Box::new(move || clock.now()))?;
        let records = Arc::new(records);
        let seals = Arc::new(Seals::new(chain.clone(), around.clone(), sealing_key(&config.identity))?);
        let retention = Arc::new(Retention::of(config.keep_epochs));
        let trusted = Trusted::new(config.network.peers.iter().map(|peer| peer.transactions.peer));
        let clock = around.clone();
        let settings = blobs::BlobSettings { for_operator: config.blobs.for_operator || development, ..config.blobs };
        let blobs = Arc::new(Blobs::new(chain.clone(), Box::new(move || clock.now()), settings)?);
        let blocks = Arc::new(Blocks::new(
            chain.clone(),
            pool.clone(),
            records.clone(),
            seals.clone(),
            revalidate,
            interval,
            around.clone(),
        ));
        let (stir, stirred) = mpsc::unbounded_channel();
        let validators = blocks.head().map_err(StartError::Chain)?.validators.validators().len();
        let network = network_config(&config, &chain_id, chain.store.genesis_hash(), chain.head());
        let (network, events) = icn_network::start(network).await?;
        let (validator, follow_until) = match role {
            Role::Follower => (None, None),
            Role::Validator(validator) => (Some(validator), None),
            Role::FollowerUntil(guarded) => (None, Some(guarded)),
        };
        let consensus_key = validator.as_ref().map(|validator| *validator.signer.public_key().as_bytes());
        let engine = EngineConfig {
            moniker: config.network.moniker.clone(),
            chain_id: chain_id.as_str().into(),
            keypair: config.identity.keypair.clone(),
            listen: config.network.listen.clone(),
            peers: config.network.peers.iter().map(|peer| peer.engine.clone()).collect(),
            persistent_peers_only: config.network.persistent_peers_only,
            log: log_path(&config.home),
            validator,
            validators,
            intermediary: config.intermediary.clone(),
        };
        let engine = match icn_engine::start(engine, blocks.clone(), around, stir).await {
            Ok(engine) => engine,
            Err(error) => {
                network.stop().await;
                return Err(error.into());
            }
        };

        let rpc_address = Arc::new(std::sync::OnceLock::new());
        let workers = Workers::new(BLOB_THREADS, BLOB_WAITING_MAX);
        let blob_exchange = blobs::exchange::Exchange::new(blobs.clone(), network.clone(), workers);
        let names = Names {
            moniker: config.network.moniker.clone(),
            keypair: config.identity.keypair.clone(),
            consensus_key,
            listen: config.network.listen.clone(),
        };
        let tendermint = TendermintFace::new(
            chain.clone(),
            chain_id,
            (&config.chain, begin),
            names,
            network.clone(),
            engine.around().clone(),
            rpc_address.clone(),
        );
        let context = Context {
            chain: chain.clone(),
            transactions: Arc::new(PoolFace { pool: pool.clone(), network: network.clone() }),
            development: development.then(|| maker(&engine, &chain)),
            records: Some(Arc::new(RecordsFace { records: records.clone(), retention: retention.clone() })),
            epochs: Some(Arc::new(EpochsFace { chain: chain.clone(), seals: seals.clone() })),
            blobs: Some(Arc::new(BlobsFace { blobs, exchange: blob_exchange.clone() })),
            tendermint: Some(Arc::new(tendermint)),
            workers: Workers::new(threads + 2, config.rpc_limits.work_waiting_max()),
            limits: Arc::new(config.rpc_limits),
        };
        let server = match icn_rpc::serve(config.rpc, context).await {
            Ok(server) => server,
            Err(error) => {
                engine.stop().await;
                network.stop().await;
                return Err(error.into());
            }
        };
        // It is set once, here.
        let _ = rpc_address.set(server.local_addr());
        let workers = Workers::new(GOSSIP_THREADS, GOSSIP_WAITING_MAX);
        let exchange = Exchange::new(records.clone(), network.clone(), workers.clone(), trusted, retention);
        let peers = peers::Peers {
            chain: chain.clone(),
            pool: pool.clone(),
            exchange: exchange.clone(),
            seals: seals.clone(),
            blobs: blob_exchange.clone(),
            network: network.clone(),
            engine: engine.handle(),
            progress: engine.progress(),
            workers,
        };
        let mut tasks = vec![
            tokio::spawn(peers.run(events, blocks.heads(), stirred)),
            tokio::spawn(exchange.clone().run(engine.handle())),
            tokio::spawn(exchange.clone().keep()),
            tokio::spawn(blob_exchange.clone().run()),
        ];
        if let Some(guarded) = follow_until {
            tasks.push(tokio::spawn(stop_at(guarded, blocks.heads(), stop.clone())));
        }
        if let BlockProduction::Interval(interval) = config.block_production {
            tasks.push(tokio::spawn(development::make_at_interval(engine.handle(), interval)));
        }
        let revalidator = pool.clone();
        // Off the thread that makes blocks.
        let revalidation =
            spawn("revalidate", stop.clone(), move || requests.iter().for_each(|()| revalidator.revalidate()))?;
        if consensus_key.is_some() {
            tracing::info!("this node votes");
        }
        let temporary = config.temporary.then(|| TemporaryHome(config.home));
        Ok(Self {
            server,
            pool,
            engine: Some(engine),
            network,
            tasks,
            exchange: Box::new(move || {
                exchange.stop();
                blob_exchange.stop();
            }),
            revalidation,
            stop,
            closed,
            temporary,
            follows_until: follow_until,
        })
    }

    /// The block until which a validator follows without a vote, because it does not know any more what it signed.
    pub fn follows_until(&self) -> Option<u64> {
        self.follows_until
    }

    /// Where the RPC listens.
    pub fn rpc_address(&self) -> SocketAddr {
        self.server.local_addr()
    }

    /// Waits until the node stops by itself; why.
    pub async fn stopped(&mut self) -> StopError {
        match &mut self.engine {
            Some(engine) => tokio::select! {
                reason = self.stop.stopped() => reason,
                reason = engine.stopped() => StopError::Consensus(reason),
            },
            None => self.stop.stopped().await,
        }
    }

    /// Stops the node: no new requests, the block in the making finished, the store closed.
    pub async fn stop(self) {
        self.server.stop().await;
        self.pool.stop();
        self.tasks.iter().for_each(|task| task.abort());
        for task in self.tasks {
            // Aborted tasks end with an error.
            let _ = task.await;
        }
        (self.exchange)();
        if let Some(engine) = self.engine {
            engine.stop().await;
        }
        self.network.stop().await;
        drop(self.pool);
        let joined = tokio::task::spawn_blocking(move || self.revalidation.join()).await;
        if !matches!(joined, Ok(Ok(()))) {
            tracing::error!("a thread of the node panicked");
        }
        wait_until_closed(self.closed).await;
        drop(self.temporary);
    }
}

/// Requests that were cut off may use the store for a moment more; a process must not end while it is being closed.
async fn wait_until_closed(mut closed: watch::Receiver<()>) {
    if tokio::time::timeout(CLOSE_PATIENCE, closed.changed()).await.is_err() {
        tracing::warn!("a request still uses the store");
    }
}

/// The threads that this machine runs at once.
fn available_threads() -> usize {
    thread::available_parallelism().map_or(2, usize::from)
}

/// Whether a node votes.
enum Role {
    /// It has no validator's key.
    Follower,
    /// It signs with this.
    Validator(ValidatorKey),
    /// It has a validator's key, and follows until this block is decided: it signed for it, and does not know what.
    FollowerUntil(u64),
}

/// Whether this node may vote with the validator's key that it has, if it has one.
fn role<S: OrderedStore>(config: &NodeConfig, chain_id: &str, store: &ChainStore<S>) -> Result<Role, StartError> {
    let Some(key) = &config.identity.validator else { return Ok(Role::Follower) };
    let key = open_key(key, chain_id, &config.identity)?;
    let public = *key.public_key().as_bytes();
    let guard = FileGuard::open(config.home.join("guard")).map_err(GuardError::from)?;
    let guard = Guard::open(chain_id, public, Box::new(guard))?;
    let head = store.head().number;
    let log = log_path(&config.home);
    let follow = guard.follow_until(head.into(), |record| icn_engine::log_holds(&log, record));
    if let Some(guarded) = follow.map_err(|source| StartError::Log { path: log, source })? {
        let set = store.validators_at(head + 1)?;
        let alone = set.is_some_and(|set| set.validators().iter().all(|validator| validator.key == public));
        if alone {
            return Err(StartError::SignedUnknown { guarded, head });
        }
        tracing::warn!(
            guarded,
            head,
            "what this validator signed last is not known any more: it follows until the block is decided"
        );
        return Ok(Role::FollowerUntil(guarded));
    }
    let chain_id: Arc<str> = chain_id.into();
    let sealer = Sealer { address: address_of(&public), chain_id: chain_id.clone(), key: key.clone() };
    Ok(Role::Validator(ValidatorKey { signer: Signer::new(chain_id, key, guard), sealer: Arc::new(sealer) }))
}

/// The key that signs; a remote signer is waited for.
fn open_key(key: &ConsensusKey, chain_id: &str, identity: &Identity) -> Result<Arc<dyn Key>, StartError> {
    let remote = match key {
        ConsensusKey::Seed(seed) => return Ok(Arc::new(LocalKey::from_seed(**seed))),
        ConsensusKey::Remote(remote) => remote.clone(),
    };
    let node = identity.keypair.clone().try_into_ed25519().map_err(|_| StartError::NodeKey)?;
    // A node is known by one key, also to its signer.
    let mut own_seed = [0; 32];
    own_seed.copy_from_slice(node.secret().as_ref());
    let mut config = RemoteConfig::new(remote.address, chain_id.into(), own_seed, remote.patience);
    config.signer = remote.key;
    Ok(Arc::new(RemoteKey::open(config)?))
}

/// Where the engine's log is in a home.
fn log_path(home: &Path) -> std::path::PathBuf {
    home.join("wal").join("consensus.wal")
}

/// Stops the node when a block is decided for which it could not vote.
async fn stop_at(guarded: u64, mut heads: watch::Receiver<BlockRef>, stop: StopSignal) {
    // The sender lives as long as the chain; a node that stops needs no reason.
    if heads.wait_for(|head| u64::from(head.number) >= guarded).await.is_ok() {
        stop.stop(StopError::CaughtUp { guarded });
    }
}

/// How far a Development chain's clock was ahead when it stopped.
fn clock_ahead(config: &NodeConfig, head: Moment) -> Moment {
    if config.chain.chain_type != ChainType::Development {
        return 0;
    }
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    head.saturating_sub(since.as_millis().try_into().unwrap_or(Moment::MAX))
}

fn network_config(
    config: &NodeConfig,
    chain_id: &str,
    genesis: icn_primitives::Hash,
    head: BlockRef,
) -> icn_network::Config {
    icn_network::Config {
        chain_id: chain_id.into(),
        genesis,
        head: Head { height: head.number.into(), hash: head.hash },
        listen: config.network.listen_transactions.clone(),
        keypair: config.identity.keypair.clone(),
        agent: format!("icn/{} ({})", env!("CARGO_PKG_VERSION"), config.network.moniker),
        peers: config.network.peers.iter().map(|peer| peer.transactions.clone()).collect(),
        persistent_peers_only: config.network.persistent_peers_only,
        limits: icn_network::Limits::default(),
    }
}

/// Making blocks and time by hand is for Development chains.
fn maker<S: OrderedStore>(engine: &Engine, chain: &Arc<NodeChain<S>>) -> Arc<dyn Development> {
    let (named, height) = (chain.clone(), chain.clone());
    Arc::new(development::Maker {
        engine: engine.handle(),
        runtime: tokio::runtime::Handle::current(),
        hash_at: Arc::new(move |height| {
            let number = u32::try_from(height).ok()?;
            Some(BlockRef { hash: named.store.hash_at(number).ok()??, number })
        }),
        next_height: Arc::new(move || height.store.head().number + 1),
    })
}

/// Removes its folder when it is dropped.
struct TemporaryHome(std::path::PathBuf);

impl Drop for TemporaryHome {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(path = %self.0.display(), %error, "the temporary home stays behind");
        }
    }
}

/// Refuses what this version cannot run.
fn check(config: &NodeConfig) -> Result<(), StartError> {
    let development = config.chain.chain_type == ChainType::Development;
    match config.rehearse {
        Some(_) if !development => return Err(StartError::Rehearsal),
        Some(spec_version) => {
            icn_runtime::version::rehearse(spec_version);
        }
        None => {}
    }
    Ok(())
}

fn make_home(home: &Path) -> Result<(), StartError> {
    std::fs::create_dir_all(home).map_err(|source| StartError::Home { path: home.into(), source })
}

/// Opens the chain in `store`, or begins it there; with what its headers have in common.
///
/// A chain that another runtime began cannot be begun again by this one, so its chain id decides whether it is the one that
/// the document describes.
fn open_chain<S: OrderedStore>(
    store: S,
    config: &NodeConfig,
    begin: &icn_chain_spec::Genesis,
) -> Result<(ChainStore<S>, ConsensusContext), StartError> {
    let options = Options { state_history: config.state_history, block_history: config.block_history };
    let root = icn_storage::genesis_root(&begin.state);
    let genesis = || {
        Ok::<_, StorageError>(Genesis {
            record: begin.record(root),
            state: begin.state.clone(),
            runtime: runtime_record(),
            validators: begin.validators.clone(),
        })
    };
    let chain = ChainStore::open_or_create(store, genesis, options)?;
    let first = chain.header(0)?.zip(chain.tendermint_header(0)?);
    let (header, tendermint) = first.ok_or(StorageError::UnknownHeight { number: 0, head: chain.head().number })?;
    let context = begin.context(header.state_root);
    let began_here = chain.runtime_at(0)?.spec_version == icn_runtime::current_version().spec_version;
    let described = begin.record(header.state_root).tendermint;
    if (began_here && header.state_root != root) || tendermint != described {
        let (stored, specified) = (header.hash(), begin.record(root).hash());
        return Err(StartError::WrongGenesis { home: config.home.clone(), stored, specified });
    }
    Ok((chain, context))
}

fn chain_info(config: &NodeConfig, genesis_hash: icn_primitives::Hash) -> ChainInfo {
    let spec = &config.chain;
    ChainInfo {
        name: spec.name.clone(),
        chain_type: spec.chain_type.as_str().into(),
        genesis_hash,
        properties: spec.properties.to_map(),
        node_name: "icn".into(),
        node_version: env!("CARGO_PKG_VERSION").into(),
        peer_id: config.identity.keypair.public().to_peer_id().to_base58(),
    }
}

/// Starts a thread whose stack fits nested calls. Its panic stops the node.
fn spawn(
    name: &'static str,
    stop: StopSignal,
    work: impl FnOnce() + Send + 'static,
) -> Result<JoinHandle<()>, StartError> {
    let builder = thread::Builder::new().name(name.into()).stack_size(EXECUTION_STACK_BYTES);
    let guarded = move || {
        if catch_unwind(AssertUnwindSafe(work)).is_err() {
            stop.stop(StopError::Thread(name));
        }
    };
    builder.spawn(guarded).map_err(StartError::Thread)
}
