//! `icn trust`: blocks that others can trust, in files.

use super::{
    client::{ClientError, Connection, NodeArgs},
    dag::{DagError, VerifyArgs},
    output::line,
    CliError,
};
use icn_trust::BlockProof;
use serde::Deserialize;
use std::path::PathBuf;
use subxt::rpcs::rpc_params;
use tendermint::{block::signed_header::SignedHeader, validator};

/// Validators that a node tells at once.
const PAGE: usize = 100;

/// Take along what a chain can be trusted by
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn trust block 1 --out trusted.json
  icn trust verify proof.json --from trusted.json")]
pub struct TrustArgs {
    #[command(subcommand)]
    command: TrustCommand,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum TrustCommand {
    Block(BlockArgs),
    Verify(VerifyArgs),
}

/// Write a block's signed header and its validators
///
/// It is as trustworthy as the node that tells it: ask your own, or compare with others.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn trust block --out trusted.json        the highest
  icn trust block 1 > trusted.json")]
struct BlockArgs {
    /// Its height [default: the highest]
    #[arg(value_name = "HEIGHT")]
    height: Option<u32>,

    /// File to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    #[command(flatten)]
    node: NodeArgs,
}

#[derive(Deserialize)]
struct Commit {
    signed_header: SignedHeader,
}

#[derive(Deserialize)]
struct Validators {
    validators: Vec<validator::Info>,
    total: String,
}

impl TrustArgs {
    /// Runs the command.
    ///
    /// # Errors
    /// When the node does not answer, or the file cannot be written.
    pub async fn run(&self) -> Result<(), CliError> {
        match &self.command {
            TrustCommand::Block(args) => Ok(args.run().await?),
            TrustCommand::Verify(args) => Ok(args.run()?),
        }
    }
}

impl BlockArgs {
    async fn run(&self) -> Result<(), DagError> {
        let connection = self.node.connect().await?;
        let height = match self.height {
            Some(height) => height,
            None => {
                let status = connection.json("status").await?;
                let height = status.pointer("/sync_info/latest_block_height").and_then(|height| height.as_str());
                let height = height.and_then(|height| height.parse().ok());
                height.ok_or(ClientError::Answer { method: "status" })?
            }
        };
        let block = block_proof(&connection, height).await?;
        let text = serde_json::to_string_pretty(&block).map_err(std::io::Error::from)?;
        match &self.out {
            None => Ok(line(&text)?),
            Some(path) => {
                std::fs::write(path, text + "\n").map_err(|source| DagError::File { path: path.clone(), source })?;
                Ok(line(&format!("Wrote block {height} to {}", path.display()))?)
            }
        }
    }
}

/// A block with what shows it to be final.
///
/// # Errors
/// When the node does not have it.
pub(super) async fn block_proof(connection: &Connection, height: u32) -> Result<BlockProof, ClientError> {
    let Commit { signed_header } = connection.ask("commit", rpc_params![height.to_string()]).await?;
    let validators = validators(connection, height).await?;
    let next_validators = self::validators(connection, height.saturating_add(1)).await?;
    Ok(BlockProof { signed_header, validators, next_validators })
}

async fn validators(connection: &Connection, height: u32) -> Result<Vec<validator::Info>, ClientError> {
    let mut all = Vec::new();
    for page in 1.. {
        let parameters = rpc_params![height.to_string(), page.to_string(), PAGE.to_string()];
        let Validators { validators, total } = connection.ask("validators", parameters).await?;
        let is_last = validators.len() < PAGE;
        all.extend(validators);
        if is_last || total.parse().is_ok_and(|total: usize| all.len() >= total) {
            break;
        }
    }
    Ok(all)
}
