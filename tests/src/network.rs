//! A network of real nodes on this machine: homes made by `icn testnet init`, each node a process of its own.

use crate::node::{clean, icn, run, NodeProcess};
use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

/// Lowest port that a network may take, and how many there are to choose from.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// How many rounds of kills a test makes: as many as usual, or twice `KILL_ROUNDS`, because in every second round all are killed.
pub fn kill_rounds(usual: u64) -> u64 {
    std::env::var("KILL_ROUNDS").map_or(usual, |rounds| 2 * rounds.parse::<u64>().expect("KILL_ROUNDS is a number"))
}

/// A network, and those of its nodes that run.
pub struct Network {
    directory: tempfile::TempDir,
    nodes: Vec<Option<NodeProcess>>,
}

impl Network {
    /// Makes the homes of validators and of nodes that follow; none runs yet.
    pub fn new(validators: u16, full_nodes: u16) -> Self {
        Self::with_patch(validators, full_nodes, None)
    }

    /// As [`Self::new`], on a chain whose genesis differs from the preset by what is in a file.
    pub fn with_patch(validators: u16, full_nodes: u16, patch: Option<&Path>) -> Self {
        let directory = crate::node::directory();
        let nodes = validators + full_nodes;
        let (rpc, p2p) = free_ports(nodes);
        let mut command = icn(["testnet", "init", "--minimum-interval-ms", "0", "--out"]);
        command.arg(directory.path().join("net"));
        let numbers = [("--validators", validators), ("--full-nodes", full_nodes)];
        for (flag, number) in numbers.into_iter().chain([("--rpc-port-base", rpc), ("--p2p-port-base", p2p)]) {
            command.arg(flag).arg(number.to_string());
        }
        if let Some(patch) = patch {
            command.arg("--patch").arg(patch);
        }
        run(&mut command).ok();
        Self { directory, nodes: (0..nodes).map(|_| None).collect() }
    }

    /// As [`Self::new`], with all nodes running.
    pub fn running(validators: u16) -> Self {
        let mut network = Self::new(validators, 0);
        (0..network.len()).for_each(|index| network.start(index));
        network
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The home of a node.
    pub fn home(&self, index: usize) -> PathBuf {
        self.directory.path().join("net").join(format!("node{index}"))
    }

    /// Starts a node.
    #[track_caller]
    pub fn start(&mut self, index: usize) {
        self.start_with(index, &[]);
    }

    /// As [`Self::start`], with further variables.
    #[track_caller]
    pub fn start_with(&mut self, index: usize, variables: &[(&str, &str)]) {
        let mut command = start(&self.home(index));
        command.envs(variables.iter().copied());
        self.run(index, command);
    }

    /// Starts a node as another program, which is told the home with `--home`.
    #[track_caller]
    pub fn start_as(&mut self, index: usize, program: &Path, arguments: &[&str]) {
        let home = self.home(index);
        let mut command = clean(program, ["--log", "info", "--home"]);
        command.arg(&home).args(arguments);
        self.run(index, command);
    }

    #[track_caller]
    fn run(&mut self, index: usize, command: Command) {
        let node = NodeProcess::try_start(command, &self.home(index));
        self.nodes[index] = Some(node.unwrap_or_else(|said| panic!("node {index} ended: {said:?}")));
    }

    /// A node that runs.
    #[track_caller]
    pub fn node(&self, index: usize) -> &NodeProcess {
        self.nodes[index].as_ref().expect("the node runs")
    }

    /// The nodes that run.
    pub fn alive(&self) -> Vec<usize> {
        (0..self.len()).filter(|index| self.nodes[*index].is_some()).collect()
    }

    /// Ends a node as a power cut does.
    #[track_caller]
    pub fn kill(&mut self, index: usize) {
        self.nodes[index].take().expect("the node runs").kill();
    }

    /// Asks a node to stop, and waits until it has.
    #[track_caller]
    pub fn stop(&mut self, index: usize) {
        let status = self.nodes[index].take().expect("the node runs").stop();
        assert!(status.success(), "node {index}: {status}");
    }
}

/// The command that runs the node of a home.
fn start(home: &Path) -> Command {
    let mut command = icn(["start", "--log", "info", "--home"]);
    command.arg(home);
    command
}

/// Ports that nobody uses: one for each node, and two for each node, each in a row.
fn free_ports(nodes: u16) -> (u16, u16) {
    let base = free_row(3 * nodes);
    (base, base + nodes)
}

/// The first of so many ports in a row that nobody uses.
///
/// # Panics
/// When there are none.
pub fn free_row(count: u16) -> u16 {
    // Tests that run at the same time start their search at different places.
    let offset = (std::process::id() % u32::from(PORTS.end - PORTS.start - count)) as u16;
    let bases = (0..PORTS.end - PORTS.start).step_by(usize::from(count));
    bases
        .map(|step| PORTS.start + (offset + step) % (PORTS.end - PORTS.start - count))
        .find(|base| (*base..*base + count).all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok()))
        .expect("some ports are free")
}
