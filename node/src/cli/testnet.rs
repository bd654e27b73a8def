//! `icn testnet`: networks of several validators on this machine.

mod time_scale;

use super::{
    chain_spec::read_patch,
    output::{line, note},
    signals::Signals,
    CliError,
};
use crate::{
    config::{Home, CONFIG_FILE},
    keys::{KeyKind, Keystore, Protection, Purpose, Scheme, Secret, CONSENSUS, NODE},
};
use icn_chain_spec::{BuildOptions, ChainSpec, ChainType, Properties, Sealing, Validator, VALIDATORS_MAX};
use serde_json::{json, Value};
use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::Stdio,
    time::{SystemTime, UNIX_EPOCH},
};
use time_scale::TimeScale;
use tokio::process::{Child, Command};

/// File with the id of a node's process, in its home.
const PID_FILE: &str = "pid";

/// File with a node's log, in its home.
const LOG_FILE: &str = "log";

/// Make and run networks of several validators on this machine
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn testnet init --validators 4 --out ./net
  icn testnet start ./net")]
pub struct TestnetArgs {
    #[command(subcommand)]
    command: TestnetCommand,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum TestnetCommand {
    Init(InitArgs),
    Start(StartArgs),
}

/// Make the homes of a network: keys, the chain's specification, and a configuration by which the nodes find each other
///
/// The chain is a Development chain: //Alice and her friends have tokens, //Alice may do everything. The keys have no passphrase, so
/// that the nodes start without questions.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn testnet init --validators 4 --out ./net                        RPC at 9944, 9945, 9946 and 9947
  icn testnet init --validators 7 --out ./net --rpc-port-base 10000
  icn testnet init --validators 4 --full-nodes 1 --out ./net         with a node that only follows
  icn testnet init --validators 4 --out ./net --minimum-interval-ms 0
  icn testnet init --validators 7 --out ./net --time-scale 4         timeouts of 2 s, for a slow machine")]
struct InitArgs {
    /// How many validators, each with power 10
    #[arg(long, value_name = "N", default_value_t = 4)]
    validators: u16,

    /// How many further nodes that follow
    #[arg(long, value_name = "N", default_value_t = 0)]
    full_nodes: u16,

    /// Directory to make
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    /// Port of the first node's JSON-RPC; the next nodes have the next ports
    #[arg(long, value_name = "PORT", default_value_t = 9944)]
    rpc_port_base: u16,

    /// Port of the first node's consensus; each node takes two ports, one for consensus and one for transactions
    #[arg(long, value_name = "PORT", default_value_t = 26656)]
    p2p_port_base: u16,

    /// Shortest time between two blocks, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 1000)]
    minimum_interval_ms: u32,

    /// What all times of consensus are multiplied with: timeouts, the shortest time between two blocks, and the age at which an
    /// offence is forgotten
    #[arg(long, value_name = "K", default_value = "1")]
    time_scale: TimeScale,

    /// File with what differs from the development preset: a JSON object of pallets
    #[arg(long, value_name = "FILE")]
    patch: Option<PathBuf>,
}

/// Run all nodes of a network until Ctrl-C
///
/// Each node is a process of its own; its log and its process id are in its home.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn testnet start ./net
  tail -f ./net/node0/log")]
struct StartArgs {
    /// Directory that `icn testnet init` made
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

/// Why a network cannot be made or run.
#[derive(Debug, thiserror::Error)]
pub enum TestnetError {
    /// There is something already.
    #[error("{} exists already; choose another directory with --out", path.display())]
    Exists {
        /// The directory.
        path: PathBuf,
    },
    /// There are no nodes.
    #[error("{} holds no nodes; make some with `icn testnet init --out {}`", path.display(), path.display())]
    NoNodes {
        /// The directory.
        path: PathBuf,
    },
    /// Too many nodes, or none.
    #[error("a network has 1 to {VALIDATORS_MAX} validators")]
    Count,
    /// The ports do not fit.
    #[error("the ports from {first} on do not reach for {nodes} nodes; choose a lower --{flag}")]
    Ports {
        /// The first.
        first: u16,
        /// How many nodes.
        nodes: u16,
        /// The flag that names the first.
        flag: &'static str,
    },
    /// A file cannot be written, or a process not be started.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or program.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// All nodes have ended.
    #[error("all nodes have stopped; see the logs in {}", path.display())]
    AllStopped {
        /// The directory.
        path: PathBuf,
    },
}

impl TestnetArgs {
    /// Runs the command.
    ///
    /// # Errors
    /// When the network cannot be made or run.
    pub async fn run(&self) -> Result<(), CliError> {
        match &self.command {
            TestnetCommand::Init(args) => args.run(),
            TestnetCommand::Start(args) => args.run().await,
        }
    }
}

/// One node of a network that is being made.
struct NewNode {
    name: String,
    home: PathBuf,
    node: Secret,
    /// Only validators have one.
    consensus: Option<Secret>,
    rpc_port: u16,
    p2p_port: u16,
}

impl NewNode {
    fn address(&self) -> Result<String, CliError> {
        let peer = self.node.node_keypair()?.public().to_peer_id();
        Ok(format!("/ip4/127.0.0.1/tcp/{}/p2p/{peer}", self.p2p_port))
    }
}

impl InitArgs {
    fn run(&self) -> Result<(), CliError> {
        if self.validators == 0 || usize::from(self.validators) > VALIDATORS_MAX {
            return Err(TestnetError::Count.into());
        }
        if self.out.exists() {
            return Err(TestnetError::Exists { path: self.out.clone() }.into());
        }
        let count = self.validators.saturating_add(self.full_nodes);
        let nodes = (0..count).map(|index| self.node(index, count)).collect::<Result<Vec<_>, _>>()?;
        let spec = self.chain_spec(&nodes)?;
        for node in &nodes {
            make_home(node, &nodes, &spec)?;
        }
        let out = self.out.display();
        line(&format!(
            "Made {count} nodes in {out} for the chain {}.\nRun them with:\n  icn testnet start {out}",
            spec.id
        ))?;
        Ok(())
    }

    fn node(&self, index: u16, count: u16) -> Result<NewNode, CliError> {
        let ports = |first: u16, each: u16, flag| {
            let port = each.checked_mul(index).and_then(|offset| first.checked_add(offset));
            port.filter(|port| port.checked_add(each - 1).is_some()).ok_or(TestnetError::Ports {
                first,
                nodes: count,
                flag,
            })
        };
        let consensus =
            (index < self.validators).then(|| Secret::random(KeyKind::new(Purpose::Consensus, Scheme::Ed25519)));
        Ok(NewNode {
            name: format!("node{index}"),
            home: self.out.join(format!("node{index}")),
            node: Secret::random(KeyKind::new(Purpose::Node, Scheme::Ed25519))?,
            consensus: consensus.transpose()?,
            rpc_port: ports(self.rpc_port_base, 1, "rpc-port-base")?,
            p2p_port: ports(self.p2p_port_base, 2, "p2p-port-base")?,
        })
    }

    fn chain_spec(&self, nodes: &[NewNode]) -> Result<ChainSpec, CliError> {
        let mut validators = Vec::new();
        for node in nodes {
            let Some(consensus) = &node.consensus else { continue };
            validators.push(Validator {
                name: Some(node.name.clone()),
                key: hex::encode(consensus.public().bytes()),
                power: 10,
                peer_id: Some(node.node.node_keypair()?.public().to_peer_id().to_base58()),
                sealing: Sealing::of_seed(&*consensus.consensus_seed()?),
            });
        }
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut patch = self.patch.as_deref().map(read_patch).transpose()?.unwrap_or_default();
        // What is no object is refused with the rest of the specification.
        let validating = patch.entry("validators").or_insert_with(|| json!({}));
        if let Some(Value::Object(parameters)) =
            validating.as_object_mut().map(|fields| fields.entry("parameters").or_insert_with(|| json!({})))
        {
            parameters.insert("minimum_interval_ms".into(), self.minimum_interval_ms.into());
            *parameters = self.time_scale.apply(parameters);
        }
        let options = BuildOptions {
            name: "ICN Test Network".into(),
            id: "testnet".into(),
            chain_type: ChainType::Development,
            genesis_time_ms: since.as_millis().try_into().unwrap_or(u64::MAX),
            properties: Properties::default(),
            validators,
            seeds: Vec::new(),
            patch,
        };
        let wrong = |source| CliError::ChainSpec { chain: "testnet".into(), source };
        icn_chain_spec::build(Some("development"), options).map_err(wrong)
    }
}

/// Makes the home of one node, which knows all others.
fn make_home(node: &NewNode, nodes: &[NewNode], spec: &ChainSpec) -> Result<(), CliError> {
    Home::at(node.home.clone()).create(&spec.to_json())?;
    let keystore = Keystore::at(&node.home).on(spec.chain_type);
    keystore.create(NODE, &node.node, &Protection::None)?;
    if let Some(consensus) = &node.consensus {
        keystore.create(CONSENSUS, consensus, &Protection::None)?;
    }
    let others = nodes.iter().filter(|other| other.name != node.name);
    let peers = others.map(NewNode::address).collect::<Result<Vec<_>, _>>()?;
    let config = toml::toml! {
        [rpc]
        port = 0

        [network]
        moniker = ""
        listen = ""
        peers = []
    };
    let mut config = config;
    config["rpc"].as_table_mut().map(|rpc| rpc.insert("port".into(), i64::from(node.rpc_port).into()));
    if let Some(network) = config["network"].as_table_mut() {
        network.insert("moniker".into(), node.name.as_str().into());
        network.insert("listen".into(), format!("/ip4/127.0.0.1/tcp/{}", node.p2p_port).into());
        network.insert("peers".into(), peers.into());
    }
    let path = node.home.join(CONFIG_FILE);
    fs::write(&path, config.to_string()).map_err(|source| TestnetError::Io { path, source }.into())
}

/// One node that runs.
struct RunningNode {
    home: PathBuf,
    process: Child,
}

impl StartArgs {
    async fn run(&self) -> Result<(), CliError> {
        let homes = homes(&self.directory)?;
        let mut signals = Signals::listen()?;
        let mut nodes = Vec::new();
        for home in homes {
            nodes.push(start(home)?);
        }
        for node in &nodes {
            let port = rpc_port(&node.home)?;
            line(&format!("{}: ws://127.0.0.1:{port}, log in {}/{LOG_FILE}", name(&node.home), node.home.display()))?;
        }
        line("Ctrl-C stops all of them.")?;
        let ended = tokio::select! {
            () = signals.next() => None,
            () = watch(&mut nodes) => Some(TestnetError::AllStopped { path: self.directory.clone() }),
        };
        // The nodes stop even if nobody can be told.
        let _ = note("stopping all nodes; Ctrl-C again to stop at once");
        tokio::select! {
            () = stop(&mut nodes) => {}
            () = signals.next() => {
                for node in &mut nodes {
                    // It may have ended.
                    let _ = node.process.start_kill();
                }
            }
        }
        ended.map_or(Ok(()), |error| Err(error.into()))
    }
}

/// The homes in a directory, in the order of their numbers.
fn homes(directory: &Path) -> Result<Vec<PathBuf>, TestnetError> {
    let number = |path: &PathBuf| path.file_name()?.to_str()?.strip_prefix("node")?.parse::<u16>().ok();
    let entries = fs::read_dir(directory).map_err(|source| TestnetError::Io { path: directory.into(), source })?;
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let mut homes: Vec<_> = paths.filter_map(|path| Some((number(&path)?, path))).collect();
    homes.sort();
    match homes.is_empty() {
        true => Err(TestnetError::NoNodes { path: directory.into() }),
        false => Ok(homes.into_iter().map(|(_, path)| path).collect()),
    }
}

fn name(home: &Path) -> String {
    home.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn rpc_port(home: &Path) -> Result<u16, CliError> {
    use confique::Layer as _;
    Ok(crate::config::Config::load(crate::config::ConfigLayer::empty(), home)?.rpc.port)
}

/// Starts the node of a home as a process of its own.
fn start(home: PathBuf) -> Result<RunningNode, CliError> {
    let io = |path: PathBuf| move |source| TestnetError::Io { path, source };
    let program = std::env::current_exe().map_err(io("icn".into()))?;
    let log = home.join(LOG_FILE);
    let log = File::options().create(true).append(true).open(&log).map_err(io(log))?;
    let errors = log.try_clone().map_err(io(home.join(LOG_FILE)))?;
    let mut command = Command::new(&program);
    command.arg("start").arg("--home").arg(&home).stdin(Stdio::null()).stdout(log).stderr(errors);
    // Ctrl-C in the terminal is for this process, which stops the nodes in good order.
    #[cfg(unix)]
    command.process_group(0);
    let process = command.kill_on_drop(true).spawn().map_err(io(program))?;
    if let Some(id) = process.id() {
        let path = home.join(PID_FILE);
        fs::write(&path, id.to_string()).map_err(io(path))?;
    }
    Ok(RunningNode { home, process })
}

/// Waits until no node runs any more, telling of each that ends.
async fn watch(nodes: &mut [RunningNode]) {
    let waits = nodes.iter_mut().map(|node| async {
        let status = node.process.wait().await;
        let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
        // Nobody may be there to be told.
        let _ = note(&format!("{} stopped: {status}; see {}/{LOG_FILE}", name(&node.home), node.home.display()));
    });
    futures::future::join_all(waits).await;
}

/// Asks all nodes to stop, and waits for them.
async fn stop(nodes: &mut [RunningNode]) {
    for node in nodes.iter_mut() {
        terminate(&mut node.process);
    }
    for node in nodes.iter_mut() {
        // It may have ended before.
        let _ = node.process.wait().await;
        let _ = fs::remove_file(node.home.join(PID_FILE));
    }
}

#[cfg(unix)]
fn terminate(process: &mut Child) {
    use rustix::process::{kill_process, Pid, Signal};
    let id = process.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
    // It may have ended by itself.
    let _ = id.map(|id| kill_process(id, Signal::TERM));
}

#[cfg(not(unix))]
fn terminate(process: &mut Child) {
    // It may have ended by itself.
    let _ = process.start_kill();
}
