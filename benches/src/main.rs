//! Measures the executor, the store, the RPC, a network, the simulator and the tree; `scripts/bench.sh` runs all of it. Each subcommand
//! prints a table and writes it as JSON under `target/bench`.
//!
//! [`executor`], [`engine`], [`simulation`], [`bundles`], [`contracts`] and [`tree`] run in this process; [`rpc`], [`network`], [`records`], [`blobs`] and [`reads`] ask the real
//! `icn` over WebSocket. Ratios within a run say more than numbers between machines.

mod accounts;
mod ancestry;
mod blobs;
mod blocks;
mod bundles;
mod clients;
mod contracts;
mod engine;
mod executor;
mod history;
mod network;
mod process;
mod reads;
mod records;
mod report;
mod rpc;
mod simulation;
mod spans;
mod summary;
mod tree;
mod updates;
#[cfg(feature = "runtime-benchmarks")]
mod weights;

use clap::Parser;

/// Measures the node; tables are also written to target/bench/*.json
#[derive(Debug, clap::Parser)]
#[command(name = "icn-bench")]
enum Bench {
    /// Verify, execute, root and commit blocks of transfers, on RocksDB and without RPC
    Executor(executor::ExecutorArgs),
    /// Build the blocks that `executor` then executes, in a process of its own
    #[command(hide = true)]
    Build(blocks::BuildArgs),
    /// Submit transfers to a node and count them when they are final
    Rpc(rpc::RpcArgs),
    /// Submit transfers to a network of validators
    Network(network::NetworkArgs),
    /// Simulate networks of validators, with all faults
    Simulation(simulation::SimulationArgs),
    /// Read storage from a node; also reports the memory of the node, idle and loaded
    Reads(reads::ReadsArgs),
    /// Signed records through a node, and proofs of them
    Records(records::RecordsArgs),
    /// Trust bundles: verifying one, for several numbers of signers
    Bundles(bundles::BundlesArgs),
    /// Walks over a DAG of many records against one of few
    Ancestry(ancestry::AncestryArgs),
    /// Blobs from node to node, against plain TCP
    Blobs(blobs::BlobsArgs),
    /// The compiler of CCL, and calls in the sandbox against native code
    Contracts(contracts::ContractsArgs),
    /// The state tree against nomt
    Tree(tree::TreeArgs),
    /// Measure the weights of our pallets and write them into the runtime
    #[cfg(feature = "runtime-benchmarks")]
    Weights(weights::WeightsArgs),
    /// Print the tables of the last run as Markdown
    Summary,
}

fn main() -> eyre::Result<()> {
    let bench = Bench::parse();
    blocks::start_threads()?;
    // As in a node, execution has a thread whose stack fits nested calls; on another it would make such a stack each time.
    let thread = std::thread::Builder::new().name("bench".into());
    let thread = thread.stack_size(icn_primitives::limits::EXECUTION_STACK_BYTES).spawn(move || run(bench))?;
    thread.join().map_err(|_| eyre::eyre!("the bench panicked"))?
}

fn run(bench: Bench) -> eyre::Result<()> {
    match bench {
        Bench::Executor(args) => executor::run(&args),
        Bench::Build(args) => blocks::run(&args),
        Bench::Rpc(args) => rpc::run(args),
        Bench::Network(args) => network::run(args),
        Bench::Simulation(args) => simulation::run(&args),
        Bench::Reads(args) => reads::run(args),
        Bench::Records(args) => records::run(args),
        Bench::Bundles(args) => bundles::run(&args),
        Bench::Ancestry(args) => ancestry::run(&args),
        Bench::Blobs(args) => blobs::run(args),
        Bench::Contracts(args) => contracts::run(&args),
        Bench::Tree(args) => tree::run(&args),
        #[cfg(feature = "runtime-benchmarks")]
        Bench::Weights(args) => weights::run(&args),
        Bench::Summary => {
            summary::run();
            Ok(())
        }
    }
}
