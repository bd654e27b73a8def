//! Starting the engine: its actors, our host actor and the driver, wired as the engine's own builder does.

use crate::{
    codec::Codec,
    driver::{Around, Command, Driver, Parts, Progress},
    host,
    jobs::Jobs,
    own_log::OwnLog,
    publisher::Publisher,
    settings::{EngineConfig, ValidatorKey},
    StopReason,
};
use icn_consensus::{
    application::{Application, Chain, ChainError, Head},
    signing::{SignError, Verifier},
    Address, Height, IcnContext,
};
use malachitebft_app::spawn::{
    spawn_consensus_actor, spawn_network_actor, spawn_node_actor, spawn_sync_actor, spawn_wal_actor,
};
use malachitebft_codec::Codec as _;
use malachitebft_engine::{
    network::NetworkRef,
    node::NodeRef,
    sync::Msg as SyncMsg,
    util::{
        events::TxEvent,
        output_port::{OutputPort, OutputPortSubscriberTrait},
    },
    wal::WalRef,
};
use malachitebft_metrics::{Metrics, SharedRegistry};
use malachitebft_network::NetworkIdentity;
use std::{io, sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
};

/// How often the engine is asked whether its log failed: it hangs then, by design.
const FAILURE_POLL: Duration = Duration::from_millis(200);

/// Commands that wait for the driver.
const COMMANDS_MAX: usize = 64;

/// Why the engine did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The chain below failed.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The thread that executes blocks did not start.
    #[error("cannot start a thread: {0}")]
    Thread(#[from] io::Error),
    /// An actor did not start: a port in use, a log in use.
    #[error("the consensus engine does not start: {0}")]
    Engine(String),
    /// The validator's key does not sign.
    #[error("the validator's key does not sign: {0}")]
    Key(#[from] SignError),
}

fn engine(error: impl std::fmt::Display) -> StartError {
    StartError::Engine(error.to_string())
}

/// A running engine.
pub struct Engine {
    commands: mpsc::Sender<Command>,
    status: watch::Receiver<Progress>,
    around: Arc<Around>,
    driver: JoinHandle<Result<(), StopReason>>,
    node: NodeRef,
}

impl Engine {
    /// What is around the node, for whoever keeps it up to date.
    pub fn around(&self) -> &Arc<Around> {
        &self.around
    }

    /// Where consensus is.
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.status.clone()
    }

    /// A handle for asking.
    pub fn handle(&self) -> Handle {
        Handle { commands: self.commands.clone(), around: self.around.clone() }
    }

    /// Waits until the engine stops by itself; why.
    pub async fn stopped(&mut self) -> StopReason {
        match (&mut self.driver).await {
            Ok(Err(reason)) => reason,
            Ok(Ok(())) | Err(_) => StopReason::Engine,
        }
    }

    /// Stops the engine: the job in progress is finished, nothing is signed any more.
    pub async fn stop(self) {
        self.node.stop(None);
        let (reply, finished) = oneshot::channel();
        if self.commands.send(Command::Stop(reply)).await.is_ok() {
            // The driver may have stopped by itself.
            let _ = finished.await;
        }
    }
}

/// The engine has stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the consensus engine has stopped")]
pub struct Stopped;

/// Asks a running engine.
#[derive(Clone)]
pub struct Handle {
    commands: mpsc::Sender<Command>,
    around: Arc<Around>,
}

impl Handle {
    /// What is around the node.
    pub fn around(&self) -> &Arc<Around> {
        &self.around
    }

    /// Says that something around changed.
    pub fn wake(&self) {
        // A full queue wakes the driver too.
        let _ = self.commands.try_send(Command::Wake);
    }

    /// Says that a record came that a candidate lists.
    pub async fn records_arrived(&self) {
        // An engine that has stopped needs no record.
        let _ = self.commands.send(Command::RecordsArrived).await;
    }

    /// Asks for a block, empty or not; the head when the next one is committed, `None` when another binary makes it.
    ///
    /// # Errors
    /// [`Stopped`] when the engine stops.
    pub async fn make_block(&self) -> Result<Option<Head>, Stopped> {
        let (reply, made) = oneshot::channel();
        self.commands.send(Command::MakeBlock(reply)).await.map_err(|_| Stopped)?;
        made.await.map_err(|_| Stopped)
    }
}

/// Starts the engine over a chain. `stir` is told heights that this node decides and others may not have started.
///
/// # Errors
/// See [`StartError`].
pub async fn start(
    config: EngineConfig,
    chain: Arc<dyn Chain>,
    around: Arc<Around>,
    stir: mpsc::UnboundedSender<u64>,
) -> Result<Engine, StartError> {
    let context = IcnContext::new(config.chain_id.clone());
    let codec = Codec::default();
    let registry = SharedRegistry::global().with_moniker(config.moniker.as_str());
    let metrics = Metrics::register(&registry);
    let (consensus_config, sync_config) = (config.consensus(), config.value_sync());
    let head = chain.head()?;
    let known = chain.undecided()?;
    let sealer = config.validator.as_ref().map(|validator| validator.sealer.clone());
    let alone = match &sealer {
        Some(sealer) => head.validators.validators().iter().all(|validator| validator.address() == sealer.address),
        None => false,
    };
    let height = head.height;
    let application = Application::new(config.chain_id.clone(), head, sealer, known);

    let (node, _) = spawn_node_actor(metrics.clone()).await.map_err(engine)?;
    let identity = identity(&config, &codec)?;
    let network =
        spawn_network_actor::<IcnContext, _>(&consensus_config, &sync_config, identity, &registry, codec.clone())
            .await
            .map_err(engine)?;
    network.link(node.get_cell());
    let network = through_intermediary(&config, network, &node).await?;
    let wal = spawn_wal_actor(&context, codec.clone(), &config.log, &registry, node.clone()).await.map_err(engine)?;
    wal.link(node.get_cell());
    let wal = log_through_intermediary(&config, wal, &node).await?;
    let address = Address(config.validator.as_ref().map_or([0; 20], |validator| validator.sealer.address));
    let own_log = config.validator.as_ref().map(|_| OwnLog::new(wal.clone(), address));
    let (questions, asked) = mpsc::unbounded_channel();
    let host = host::spawn(questions, own_log.clone(), node.clone()).await.map_err(engine)?;
    host.link(node.get_cell());
    let (done, results) = mpsc::unbounded_channel();
    let jobs = Jobs::start(chain.clone(), done)?;

    let mut signer = None;
    let (mut written, mut published) = (wal, network.clone());
    if let Some((ValidatorKey { signer: key, .. }, log)) = config.validator.as_ref().zip(own_log) {
        signer = Some(Box::new(key.clone()) as Box<_>);
        written = log.watch().await.map_err(engine)?;
        written.link(node.get_cell());
        let publisher = Publisher { signer: key.clone(), log, network: network.clone(), node: node.clone() };
        published = publisher.spawn().await.map_err(engine)?;
        published.link(node.get_cell());
    }
    let port = Arc::new(OutputPort::new());
    let consensus = spawn_consensus_actor(
        context.clone(),
        address,
        consensus_config,
        Box::new(Verifier::new(config.chain_id.clone())),
        signer,
        published,
        host.clone(),
        written,
        port.clone(),
        metrics.clone(),
        TxEvent::new(),
        node.clone(),
    )
    .await
    .map_err(engine)?;
    consensus.link(node.get_cell());
    let sync = spawn_sync_actor(context, network.clone(), host, consensus, codec, &sync_config, &registry)
        .await
        .map_err(engine)?;
    if let Some(sync) = &sync {
        sync.link(node.get_cell());
        sync.subscribe_to_port(&port);
        if height > 0 {
            // Sync tells peers of no block before the first height starts, which waits for work here: a peer that is behind
            // would never get what is missing.
            sync.cast(SyncMsg::Decided(Height(height))).map_err(engine)?;
        }
    }

    let (commands, queue) = mpsc::channel(COMMANDS_MAX);
    let (tell, status) = watch::channel(Progress::default());
    let driver =
        Driver::new(Parts { application, chain, jobs, network, around: around.clone(), alone, stir, status: tell });
    let failing = metrics.clone();
    let driver = tokio::spawn(async move {
        tokio::select! {
            ended = driver.run(asked, results, queue) => ended,
            () = failure(failing) => Err(StopReason::Engine),
        }
    });
    Ok(Engine { commands, status, around, driver, node })
}

/// What the engine speaks to: the network, unless something stands before it.
async fn through_intermediary(
    config: &EngineConfig,
    network: NetworkRef<IcnContext>,
    node: &NodeRef,
) -> Result<NetworkRef<IcnContext>, StartError> {
    let Some(intermediary) = &config.intermediary else { return Ok(network) };
    let intermediary = intermediary.start(config, network).await.map_err(engine)?;
    intermediary.link(node.get_cell());
    Ok(intermediary)
}

async fn log_through_intermediary(
    config: &EngineConfig,
    log: WalRef<IcnContext>,
    node: &NodeRef,
) -> Result<WalRef<IcnContext>, StartError> {
    let Some(intermediary) = &config.intermediary else { return Ok(log) };
    let intermediary = intermediary.start_log(log).await.map_err(engine)?;
    intermediary.link(node.get_cell());
    Ok(intermediary)
}

/// Ends when the engine's log failed.
async fn failure(metrics: Metrics) {
    let mut poll = tokio::time::interval(FAILURE_POLL);
    while metrics.node_safety_failure.get() == 0 {
        poll.tick().await;
    }
}

/// Who this node is on the network; a validator proves which one.
fn identity(config: &EngineConfig, codec: &Codec) -> Result<NetworkIdentity, StartError> {
    let (moniker, keypair) = (config.moniker.clone(), config.keypair.clone());
    let Some(validator) = &config.validator else { return Ok(NetworkIdentity::new(moniker, keypair, None)) };
    let proof = match validator.signer.proof(keypair.public().to_peer_id().to_bytes()) {
        // A remote signer may sign nothing but votes; peers need no proof to take them.
        Err(SignError::Key(error)) => {
            tracing::warn!(%error, "this node cannot prove to its peers that it is a validator's");
            return Ok(NetworkIdentity::new(moniker, keypair, None));
        }
        proof => proof?,
    };
    let proof = codec.encode(&proof).map_err(engine)?;
    Ok(NetworkIdentity::new_validator(moniker, keypair, Address(validator.sealer.address).to_string(), proof))
}
