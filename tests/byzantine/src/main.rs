//! `icn start` with something between consensus and its network, for tests: a validator that signs twice, or a witness that writes
//! down what a validator says.
//!
//! The node is the one that people run, over the same home; `icn` itself has none of this. Start with [`equivocator`] and
//! [`witness`].

mod equivocator;
mod forgetful;
mod witness;

use clap::Parser;
use equivocator::Equivocator;
use icn_engine::Intermediary;
use icn_node::cli::{node::StartArgs, CliError};
use std::{io::Write as _, path::PathBuf, process::ExitCode, sync::Arc};
use witness::Witness;

/// A node for tests: `icn start` whose validator breaks the rules, or is listened to
#[derive(Debug, Parser)]
struct Cli {
    /// Sign two votes and two proposals in each step from this height on
    #[arg(long, value_name = "HEIGHT", conflicts_with = "record")]
    equivocate_from: Option<u64>,

    /// Write down each vote and proposal before it leaves, one a line
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,

    #[command(flatten)]
    start: StartArgs,
}

impl Cli {
    async fn run(self) -> Result<(), CliError> {
        let intermediary = match (self.equivocate_from, self.record) {
            (Some(from), _) => Some(Arc::new(Equivocator { from }) as Arc<dyn Intermediary>),
            (None, Some(path)) => Some(Arc::new(Witness { path }) as Arc<dyn Intermediary>),
            (None, None) => None,
        };
        self.start.run_with(intermediary).await
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match Cli::parse().run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody may be there to be told.
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}
