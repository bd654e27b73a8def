//! `icn trust`: what others can trust, in files, and what is proven by it.

mod block;
mod bundle;
mod show;
mod value;
mod verify;

pub(super) use block::{block_proof, latest_height};
pub(super) use bundle::{chain, last_sealed};
pub(super) use verify::{read, VerifyArgs};

use super::{dag::DagError, output::line, CliError};
use serde::Serialize;
use std::path::Path;

/// Take along what a chain can be trusted by, and check what others bring
///
/// A chain is trusted by one of its blocks, or by the bundle of one of its epochs. Both are files: get them from who you trust.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn trust show                                        where the epochs are
  icn trust bundle --out trusted.json                   the bundle that was sealed last
  icn trust block 1 --out trusted.json                  a block
  icn trust chain --from 3 --out chain.json             the bundles after epoch 3
  icn trust value 0x26aa… --by bundle --out value.json  a value of the state
  icn trust verify proof.json --from trusted.json       offline")]
pub struct TrustArgs {
    #[command(subcommand)]
    command: TrustCommand,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum TrustCommand {
    Show(show::ShowArgs),
    Bundle(bundle::BundleArgs),
    Chain(bundle::ChainArgs),
    Block(block::BlockArgs),
    Value(value::ValueArgs),
    Verify(VerifyArgs),
}

impl TrustArgs {
    /// Runs the command.
    ///
    /// # Errors
    /// When the node does not answer, a file cannot be read or written, or a proof does not hold.
    pub async fn run(&self) -> Result<(), CliError> {
        match &self.command {
            TrustCommand::Show(args) => Ok(args.run().await?),
            TrustCommand::Bundle(args) => Ok(args.run().await?),
            TrustCommand::Chain(args) => Ok(args.run().await?),
            TrustCommand::Block(args) => Ok(args.run().await?),
            TrustCommand::Value(args) => Ok(args.run().await?),
            TrustCommand::Verify(args) => Ok(args.run()?),
        }
    }
}

/// What a proof is by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum By {
    /// A block and its validators' signatures; whoever checks it trusts a block
    Block,
    /// The bundles of epochs; whoever checks it trusts a bundle
    Bundle,
}

/// Writes something as JSON to a file, or to standard output.
pub(super) fn write(something: &impl Serialize, out: Option<&Path>, name: &str) -> Result<(), DagError> {
    let text = serde_json::to_string_pretty(something).map_err(std::io::Error::from)?;
    match out {
        None => Ok(line(&text)?),
        Some(path) => {
            std::fs::write(path, text + "\n").map_err(|source| DagError::File { path: path.into(), source })?;
            Ok(line(&format!("Wrote {name} to {}", path.display()))?)
        }
    }
}
