//! The command line: [`Cli`] is its grammar, each module below one command.

pub mod block;
pub mod client;
pub mod completions;
pub mod listing;
pub mod output;
pub mod query;
pub mod settings;
pub mod tx;
pub mod value;

use crate::{
    config::{ConfigError, HomeError},
    logs::LogError,
};
use clap::Parser;
use client::ClientError;
use std::{future::Future, io};

/// A node of the InterCooperative Network, and the tools to use one
///
/// Start a chain of your own with `icn dev`, then talk to it with `icn query`, `icn tx` and `icn block`, or with any
/// Substrate wallet at ws://127.0.0.1:9944.
#[derive(Clone, Debug, Parser)]
#[command(name = "icn", version, max_term_width = 120, after_help = "\
Examples:
  icn dev --tmp                                           a chain to play with, forgotten at the end
  icn query System.Account //Alice                        read it
  icn tx Balances.transfer_keep_alive dest=//Bob value=1_000_000_000_000 --signer //Alice
  icn block                                               see what happened")]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum Command {
    Query(Box<query::QueryArgs>),
    Tx(Box<tx::TxArgs>),
    Block(Box<block::BlockArgs>),
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
            Command::Query(args) => Ok(block_on(args.run())??),
            Command::Tx(args) => Ok(block_on(args.run())??),
            Command::Block(args) => Ok(block_on(args.run())??),
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
