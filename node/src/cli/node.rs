//! `icn dev` and `icn start`: running a node in the foreground.

use super::{
    chain, identity,
    keys::PassphraseArgs,
    output::{line, note},
    settings::{HomeArgs, SettingArgs},
    signals::Signals,
    CliError,
};
use crate::{
    config::{base_directory, default_home, BlockProduction, Config, Epochs, History, Home},
    logs,
    service::{self, Identity, Node, NodeConfig, StartError, StopError},
};
use icn_chain_spec::ChainSpec;
use icn_engine::Intermediary;
use icn_rpc::{Allowed, Groups, Limits, ServerConfig};
use icn_storage::Keep;
use std::{io, net::IpAddr, os::unix::process::CommandExt as _, process, sync::Arc, time::Duration};

/// Run a chain of your own: one validator, prefunded //Alice, //Bob and friends
///
/// Blocks are made when there is a transaction, and are final at once. The chain is kept in ~/.icn/dev unless --tmp or
/// --home say otherwise.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn dev                              kept in ~/.icn/dev
  icn dev --tmp                        forgotten at the end
  icn dev --tmp --rpc-port 0           on any free port, printed at the start
  icn dev --block interval=500         a block each half second
  icn dev --tmp --log icn_node=debug   tells more

Then, in another terminal:
  icn tx Balances.transfer_keep_alive dest=//Bob value=1_000_000_000_000 --signer //Alice")]
pub struct DevArgs {
    /// Keep the chain in a temporary directory, removed at the end
    #[arg(long, conflicts_with = "home")]
    tmp: bool,

    /// Directory of the chain [default: $ICN_HOME/dev, else $XDG_DATA_HOME/icn/dev, else ~/.icn/dev]
    #[arg(long, value_name = "DIR")]
    home: Option<std::path::PathBuf>,

    #[command(flatten)]
    settings: SettingArgs,

    #[command(flatten)]
    passphrase: PassphraseArgs,

    #[command(flatten)]
    rehearsal: RehearsalArgs,
}

/// Run the node of a home
///
/// The home comes from `icn init` or `icn testnet init`. With a consensus key the node validates, if the chain counts it among its
/// validators; without one it follows.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn start                                  the home ~/.icn
  icn start --home /srv/icn --rpc-port 9955
  ICN_LOG_FORMAT=json icn start 2>> icn.log")]
pub struct StartArgs {
    #[command(flatten)]
    home: HomeArgs,

    #[command(flatten)]
    settings: SettingArgs,

    #[command(flatten)]
    passphrase: PassphraseArgs,

    #[command(flatten)]
    rehearsal: RehearsalArgs,
}

#[derive(Clone, Debug, Default, clap::Args)]
struct RehearsalArgs {
    /// Run as if this binary were a later one, to rehearse an upgrade; only on Development chains
    #[arg(long, value_name = "SPEC_VERSION")]
    rehearse_spec_version: Option<u32>,
}

/// Why a node did not run to a clean stop.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// It did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// It stopped by itself.
    #[error("the node stopped, and nothing was written since: {0}; run `icn check` on its home")]
    Stopped(#[from] StopError),
}

impl DevArgs {
    /// Runs the command until the node stops.
    ///
    /// # Errors
    /// When the configuration is not valid, the node does not start, or it stops by itself.
    pub async fn run(&self) -> Result<(), CliError> {
        let temporary = match self.tmp {
            true => Some(tempfile::Builder::new().prefix("icn-dev-").tempdir()?),
            false => None,
        };
        let home = match (&temporary, &self.home) {
            (Some(temporary), _) => Home::at(temporary.path().into()),
            (None, Some(home)) => Home::at(home.clone()),
            (None, None) => Home::at(base_directory()?.join("dev")),
        };
        if temporary.is_none() && !home.exists() {
            home.create(&chain::development()?.to_json())?;
        }
        let spec = match temporary {
            Some(_) => chain::development()?,
            None => chain::of_home(&home)?,
        };
        let config = Config::load(self.settings.layer(), home.path())?;
        logs::start(&config.log.filter, config.log.format)?;
        let identity = match self.tmp {
            true => identity::temporary(&spec),
            false => identity::identity(&home, &spec, &config, &self.passphrase)?,
        };
        let node = NodeConfig {
            temporary: self.tmp,
            rehearse: self.rehearsal.rehearse_spec_version,
            ..node_config(&config, &home, spec, identity)?
        };
        let node = Node::start(node).await.map_err(NodeError::Start)?;
        if let Some(temporary) = temporary {
            // From here on the node removes it.
            let _ = temporary.keep();
        }
        let signals = Signals::listen()?;
        line(&greeting(&node, &config, &home, self.tmp))?;
        run_until_stopped(node, signals).await
    }
}

impl StartArgs {
    /// Runs the command until the node stops.
    ///
    /// # Errors
    /// When there is no home, the configuration is not valid, the node does not start, or it stops by itself.
    pub async fn run(&self) -> Result<(), CliError> {
        self.run_with(None).await
    }

    /// As [`Self::run`], with something between consensus and its network.
    ///
    /// # Errors
    /// As [`Self::run`], and when what is between does not start.
    pub async fn run_with(&self, intermediary: Option<Arc<dyn Intermediary>>) -> Result<(), CliError> {
        let home = default_home(self.home.home.as_deref())?;
        let spec = chain::of_home(&home)?;
        let config = Config::load(self.settings.layer(), home.path())?;
        logs::start(&config.log.filter, config.log.format)?;
        let name = spec.name.clone();
        let identity = identity::identity(&home, &spec, &config, &self.passphrase)?;
        let validates = identity.validator.is_some();
        let peer = identity.keypair.public().to_peer_id();
        let node = NodeConfig {
            rehearse: self.rehearsal.rehearse_spec_version,
            intermediary,
            ..node_config(&config, &home, spec, identity)?
        };
        let running = Node::start(node).await.map_err(NodeError::Start)?;
        let signals = Signals::listen()?;
        let role = match running.follows_until() {
            Some(block) => format!("validator that follows until block {block} is decided"),
            None if validates => "validator".into(),
            None => "full node".into(),
        };
        line(&format!(
            "Chain: {name}\nJSON-RPC: {}\nRole: {role}\nPeer: {peer}\nHome: {}",
            url(&running),
            home.path().display()
        ))?;
        match run_until_stopped(running, signals).await {
            Err(CliError::Node(NodeError::Stopped(reason @ StopError::CaughtUp { .. }))) => {
                tracing::info!("{reason}");
                Err(start_again().into())
            }
            ended => ended,
        }
    }
}

/// Starts this program again in place of this process, with the arguments it was started with; why it could not.
fn start_again() -> io::Error {
    match std::env::current_exe() {
        // What the process had open is closed, whatever a library still does.
        Ok(program) => process::Command::new(program).args(std::env::args_os().skip(1)).exec(),
        Err(error) => error,
    }
}

/// What people see when a Development chain runs.
fn greeting(node: &Node, config: &Config, home: &Home, temporary: bool) -> String {
    let url = url(node);
    let note = if temporary { " (removed at the end)" } else { "" };
    let option = if url == super::client::URL_DEFAULT { String::new() } else { format!(" --url {url}") };
    format!(
        "Development chain: blocks {production}; //Alice, //Bob, //Charlie, //Dave, //Eve and //Ferdie have tokens
JSON-RPC: {url}
Home: {home}{note}

Try, in another terminal:
  icn tx Balances.transfer_keep_alive dest=//Bob value=1_000_000_000_000 --signer //Alice{option}
  icn query System.Account //Bob{option}

Ctrl-C stops the node.",
        production = config.blocks.production,
        home = home.path().display(),
    )
}

/// Where clients on this machine reach a node.
fn url(node: &Node) -> String {
    let mut address = node.rpc_address();
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    format!("ws://{address}")
}

/// Waits for SIGTERM, Ctrl-C or a failure, and stops the node. A second Ctrl-C does not wait.
async fn run_until_stopped(mut node: Node, mut signals: Signals) -> Result<(), CliError> {
    let reason = tokio::select! {
        reason = node.stopped() => Some(reason),
        () = signals.next() => None,
    };
    // The node stops in good order even if nobody can be told.
    let _ = note("stopping; Ctrl-C again to stop at once");
    tokio::select! {
        () = node.stop() => {}
        () = signals.next() => process::exit(130),
    }
    match reason {
        Some(reason) => Err(NodeError::Stopped(reason).into()),
        None => Ok(()),
    }
}

/// The node that a configuration describes.
fn node_config(config: &Config, home: &Home, chain: ChainSpec, identity: Identity) -> Result<NodeConfig, CliError> {
    let network = identity::network(&chain, config)?;
    Ok(NodeConfig {
        home: home.path().into(),
        temporary: false,
        chain,
        identity,
        network,
        rpc: ServerConfig {
            address: config.rpc_address(),
            groups: Groups { legacy: config.rpc.legacy, modern: config.rpc.modern },
            hosts: allowed(&config.rpc.hosts),
            origins: allowed(&config.rpc.origins),
        },
        rpc_limits: Limits {
            connections: config.rpc.connections,
            connections_per_ip: config.rpc.connections_per_ip,
            ..Limits::default()
        },
        block_production: match config.blocks.production {
            BlockProduction::OnDemand => service::BlockProduction::OnDemand,
            BlockProduction::Interval(interval) => service::BlockProduction::Interval(interval),
        },
        minimum_interval: Duration::from_millis(config.blocks.minimum_interval_ms.into()),
        state_history: keep(config.history.state),
        block_history: keep(config.history.blocks),
        keep_epochs: match config.records.keep_epochs {
            Epochs::All => None,
            Epochs::Last(epochs) => Some(epochs),
        },
        blobs: service::blobs::BlobSettings {
            owner_bytes: mebibytes(config.blobs.owner_quota_mib),
            fetched_bytes: mebibytes(config.blobs.fetched_mib),
            total_bytes: mebibytes(config.blobs.total_mib),
            grace_ms: u64::from(config.blobs.grace_s) * 1000,
            for_operator: config.rpc.operator,
        },
        rehearse: None,
        intermediary: None,
    })
}

fn mebibytes(count: u32) -> u64 {
    u64::from(count) * 1024 * 1024
}

fn allowed(names: &[String]) -> Allowed {
    match names.iter().any(|name| name == "*") {
        true => Allowed::Any,
        false => Allowed::These(names.to_vec()),
    }
}

fn keep(history: History) -> Keep {
    match history {
        History::All => Keep::All,
        History::Blocks(blocks) => Keep::Blocks(blocks),
        History::For(time) => Keep::For(u64::try_from(time.as_millis()).unwrap_or(u64::MAX)),
    }
}
