//! The command line: [`Cli`] is its grammar, each module below one command.

pub mod blob;
pub mod block;
pub mod chain;
pub mod chain_spec;
pub mod check;
pub mod client;
pub mod completions;
pub mod dag;
pub mod federation;
mod identity;
pub mod init;
pub mod keys;
pub mod listing;
pub mod node;
pub mod output;
pub mod query;
pub mod settings;
mod signals;
pub mod status;
pub mod testnet;
pub mod trust;
pub mod tx;
pub mod validator;
pub mod value;

use crate::{
    config::{ConfigError, HomeError},
    keys::KeyError,
    logs::LogError,
};
use clap::Parser;
use client::ClientError;
use icn_chain_spec::SpecError;
use std::{future::Future, io, path::PathBuf};

/// A node of the InterCooperative Network, and the tools to use one
///
/// Start a chain of your own with `icn dev`, then talk to it with `icn query`, `icn tx` and `icn block`, or with any
/// Substrate wallet at ws://127.0.0.1:9944.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "icn",
    version,
    max_term_width = 120,
    after_help = "\
Examples:
  icn dev --tmp                                           a chain to play with, forgotten at the end
  icn query System.Account //Alice                        read it
  icn tx Balances.transfer_keep_alive dest=//Bob value=1_000_000_000_000 --signer //Alice
  icn block                                               see what happened"
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum Command {
    Dev(Box<node::DevArgs>),
    Init(init::InitArgs),
    Start(Box<node::StartArgs>),
    Testnet(testnet::TestnetArgs),
    ChainSpec(chain_spec::ChainSpecArgs),
    Keys(Box<keys::KeysArgs>),
    Validator(Box<validator::ValidatorArgs>),
    Status(status::StatusArgs),
    Query(Box<query::QueryArgs>),
    Tx(Box<tx::TxArgs>),
    Block(Box<block::BlockArgs>),
    Dag(Box<dag::DagArgs>),
    Blob(Box<blob::BlobArgs>),
    Trust(trust::TrustArgs),
    Federation(Box<federation::FederationArgs>),
    Relay(Box<federation::RelayArgs>),
    Ccl(Box<icn_ccl_tools::CclArgs>),
    Check(check::CheckArgs),
    Config(settings::ConfigArgs),
    Completions(completions::CompletionsArgs),
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// A client command.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The home.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// A chain's specification.
    #[error("the chain specification {chain} is not valid")]
    ChainSpec {
        /// Its file or name.
        chain: String,
        /// What is wrong with it.
        source: SpecError,
    },
    /// A chain's specification that is not there or cannot be built.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// A sealing key of no validator of a new chain.
    #[error("--sealing names the validator {key}, which no --validator does")]
    SealingOfNobody {
        /// The validator.
        key: String,
    },
    /// A file given by the user cannot be read.
    #[error("{} cannot be read", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A patch of a genesis is no JSON object.
    #[error("{} is not a JSON object of pallets", path.display())]
    Patch {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A network of several nodes.
    #[error(transparent)]
    Testnet(#[from] testnet::TestnetError),
    /// A node's place on the network.
    #[error(transparent)]
    Network(#[from] identity::NetworkError),
    /// A validator's key in another program.
    #[error(transparent)]
    RemoteSigner(#[from] identity::RemoteSignerError),
    /// Signed records.
    #[error(transparent)]
    Dag(#[from] dag::DagError),
    /// Blobs.
    #[error(transparent)]
    Blob(#[from] blob::BlobError),
    /// Constitutions and contracts.
    #[error(transparent)]
    Ccl(#[from] icn_ccl_tools::CclError),
    /// A command about keys.
    #[error(transparent)]
    Keys(#[from] keys::KeysError),
    /// A node.
    #[error(transparent)]
    Node(#[from] node::NodeError),
    /// A check.
    #[error(transparent)]
    Check(#[from] check::CheckError),
    /// The logs.
    #[error(transparent)]
    Log(#[from] LogError),
    /// Threads cannot be started, or standard output fails.
    #[error("the system refuses: {0}")]
    System(#[from] io::Error),
}

impl Cli {
    /// Runs the command.
    ///
    /// # Errors
    /// When it fails; the message is for the user.
    pub fn run(self) -> Result<(), CliError> {
        match self.command {
            Command::Dev(args) => block_on(args.run())?,
            Command::Init(args) => args.run(),
            Command::Start(args) => block_on(args.run())?,
            Command::Testnet(args) => block_on(args.run())?,
            Command::ChainSpec(args) => args.run(),
            Command::Keys(args) => args.run(),
            Command::Validator(args) => Ok(block_on(args.run())??),
            Command::Status(args) => Ok(block_on(args.run())??),
            Command::Query(args) => Ok(block_on(args.run())??),
            Command::Tx(args) => Ok(block_on(args.run())??),
            Command::Block(args) => Ok(block_on(args.run())??),
            Command::Dag(args) => block_on(args.run())?,
            Command::Blob(args) => block_on(args.run())?,
            Command::Trust(args) => block_on(args.run())?,
            Command::Federation(args) => block_on(args.run())?,
            Command::Relay(args) => block_on(args.run())?,
            Command::Ccl(args) => Ok(args.run()?),
            Command::Check(args) => args.run(),
            Command::Config(args) => args.run(),
            Command::Completions(args) => Ok(args.run()?),
        }
    }
}

/// Runs a command's future to its end.
fn block_on<T>(future: impl Future<Output = T>) -> io::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(future);
    // Nothing a client command leaves running is worth waiting for.
    runtime.shutdown_background();
    Ok(result)
}
