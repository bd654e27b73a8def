//! `icn trust block`: a block that others can trust, in a file.

use super::write;
use crate::cli::{
    client::{ClientError, Connection, NodeArgs},
    dag::DagError,
};
use icn_trust::BlockProof;
use serde::Deserialize;
use std::path::PathBuf;
use subxt::rpcs::rpc_params;
use tendermint::{block::signed_header::SignedHeader, validator};

/// Validators that a node tells at once.
const PAGE: usize = 100;

/// Write a block's signed header and its validators
///
/// It is as trustworthy as the node that tells it: ask your own, or compare with others.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn trust block --out trusted.json        the highest
  icn trust block 1 > trusted.json")]
pub(super) struct BlockArgs {
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

impl BlockArgs {
    pub(super) async fn run(&self) -> Result<(), DagError> {
        let connection = self.node.connect().await?;
        let height = match self.height {
            Some(height) => height,
            None => latest_height(&connection).await?,
        };
        let block = block_proof(&connection, height).await?;
        write(&block, self.out.as_deref(), &format!("block {height}"))
    }
}

/// The height of the highest block that a node has.
///
/// # Errors
/// When the node does not answer.
pub(in crate::cli) async fn latest_height(connection: &Connection) -> Result<u32, ClientError> {
    let status = connection.json("status").await?;
    let height = status.pointer("/sync_info/latest_block_height").and_then(|height| height.as_str());
    let height = height.and_then(|height| height.parse().ok());
    height.ok_or(ClientError::Answer { method: "status" })
}

/// A block with what shows it to be final.
///
/// # Errors
/// When the node does not have it.
pub(in crate::cli) async fn block_proof(connection: &Connection, height: u32) -> Result<BlockProof, ClientError> {
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
