//! A running node: store, executor, pool, block maker and RPC server, wired together.
//!
//! [`Node::start`] wires; [`chain`] is what the RPC and the pool ask, [`author`] the thread that makes blocks. Dropping a
//! node without [`Node::stop`] leaves its threads to the end of the process.

pub mod author;
pub mod chain;
pub mod config;
pub mod error;
pub mod stop;
pub mod transactions;

pub use config::{BlockProduction, NodeConfig};
pub use error::{StartError, StopError};

use author::{runtime_record, Author, AuthorHandle, Command};
use chain::NodeChain;
use crossbeam_channel::Sender;
use icn_chain_spec::{ChainSpec, ChainType};
use icn_executor::Executor;
use icn_mempool::Pool;
use icn_primitives::{block::ConsensusContext, limits::EXECUTION_STACK_BYTES};
use icn_rpc::{
    backend::{ChainInfo, Development},
    Context, Server, Workers,
};
use icn_storage::{ChainStore, Genesis, Options, OrderedStore, RocksStore, StorageError};
use std::{
    net::SocketAddr,
    panic::{catch_unwind, AssertUnwindSafe},
    path::Path,
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};
use stop::StopSignal;
use tokio::sync::oneshot;
use transactions::PoolFace;

/// How long a stop waits for the last request to let go of the store.
const CLOSE_PATIENCE: Duration = Duration::from_secs(10);

/// A running node.
pub struct Node {
    server: Server,
    pool: Pool,
    commands: Sender<Command>,
    threads: Vec<JoinHandle<()>>,
    forwarder: tokio::task::JoinHandle<()>,
    stop: StopSignal,
    /// Ends when the store is closed.
    closed: oneshot::Receiver<()>,
    temporary: Option<TemporaryHome>,
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
        let proposer = begin.proposer();
        let (store, context) = open_chain(store, &config, &begin)?;
        let threads = thread::available_parallelism().map_or(2, usize::from);
        let executor = Executor::new(context, threads)?;
        let info = chain_info(&config.chain, store.genesis_hash());
        let (chain, closed) = NodeChain::new(info, store, executor, stop.clone());
        let chain = Arc::new(chain);
        let pool = Pool::new(chain.clone(), icn_mempool::Limits::default());
        let head = chain.store.head();
        pool.on_block(head.hash, head.number, &[]);

        let (commands, command_queue) = crossbeam_channel::unbounded();
        let context = Context {
            chain: chain.clone(),
            transactions: Arc::new(PoolFace(pool.clone())),
            development: development(&config.chain, &commands),
            workers: Workers::new(threads + 2, config.rpc_limits.work_waiting_max()),
            limits: Arc::new(config.rpc_limits),
        };
        let server = icn_rpc::serve(config.rpc, context).await?;
        let (wake, ready) = crossbeam_channel::bounded(1);
        let (revalidate, requests) = crossbeam_channel::bounded(1);
        let author = Author {
            chain,
            pool: pool.clone(),
            proposer,
            production: config.block_production,
            commands: command_queue,
            ready,
            revalidate,
            minimum_interval: config.minimum_interval,
            last_made: None,
            left_over: false,
            clock_ahead: 0,
            halted: false,
        };
        let revalidator = pool.clone();
        let threads = vec![
            spawn("author", stop.clone(), move || author.run())?,
            // Off the thread that makes blocks.
            spawn("revalidate", stop.clone(), move || requests.iter().for_each(|()| revalidator.revalidate()))?,
        ];
        let forwarder = tokio::spawn(forward_ready(pool.clone(), wake));
        let temporary = config.temporary.then(|| TemporaryHome(config.home));
        Ok(Self { server, pool, commands, threads, forwarder, stop, closed, temporary })
    }

    /// Where the RPC listens.
    pub fn rpc_address(&self) -> SocketAddr {
        self.server.local_addr()
    }

    /// Waits until the node stops by itself; why.
    pub async fn stopped(&self) -> StopError {
        self.stop.stopped().await
    }

    /// Stops the node: no new requests, the block in the making finished, the store closed.
    pub async fn stop(self) {
        self.server.stop().await;
        self.pool.stop();
        self.forwarder.abort();
        // The block maker may have stopped by itself.
        let _ = self.commands.send(Command::Stop);
        let threads = self.threads;
        let joined = tokio::task::spawn_blocking(move || threads.into_iter().try_for_each(JoinHandle::join)).await;
        if !matches!(joined, Ok(Ok(()))) {
            tracing::error!("a thread of the node panicked");
        }
        drop((self.pool, self.commands));
        // Requests that were cut off may use the store for a moment more; a process must not end while it is being closed.
        if tokio::time::timeout(CLOSE_PATIENCE, self.closed).await.is_err() {
            tracing::warn!("a request still uses the store");
        }
        drop(self.temporary);
    }
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
    if !development {
        return Err(StartError::NeedsConsensus { name: config.chain.name.clone() });
    }
    Ok(())
}

/// Making blocks and time by hand is for Development chains.
fn development(chain: &ChainSpec, commands: &Sender<Command>) -> Option<Arc<dyn Development>> {
    (chain.chain_type == ChainType::Development)
        .then(|| Arc::new(AuthorHandle(commands.clone())) as Arc<dyn Development>)
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

fn chain_info(spec: &ChainSpec, genesis_hash: icn_primitives::Hash) -> ChainInfo {
    ChainInfo {
        name: spec.name.clone(),
        chain_type: spec.chain_type.as_str().into(),
        genesis_hash,
        properties: spec.properties.to_map(),
        node_name: "icn".into(),
        node_version: env!("CARGO_PKG_VERSION").into(),
        peer_id: String::new(),
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

/// Wakes the block maker whenever transactions are ready.
async fn forward_ready(pool: Pool, wake: Sender<()>) {
    let mut ready = pool.wait_ready();
    loop {
        if *ready.borrow_and_update() > 0 {
            // A message that waits is as good as another.
            let _ = wake.try_send(());
        }
        if ready.changed().await.is_err() {
            return;
        }
    }
}
