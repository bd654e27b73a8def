//! `icn trust block`: a block that others can trust, in a file.

use super::write;
use crate::cli::{
    client::{ClientError, Connection, NodeArgs},
    dag::DagError,
};
use base64::{engine::general_purpose::STANDARD, Engine as _};
use icn_trust::{block::VALIDATORS_MAX, BlockProof};
use serde::{de::DeserializeOwned, Deserialize};
use serde_json::Value;
use std::path::PathBuf;
use subxt::rpcs::{client::RpcParams, rpc_params};
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
    let Commit { signed_header } = tendermint(connection, "commit", rpc_params![height.to_string()]).await?;
    let validators = validators(connection, height).await?;
    let next_validators = self::validators(connection, height.saturating_add(1)).await?;
    Ok(BlockProof { signed_header, validators, next_validators })
}

async fn validators(connection: &Connection, height: u32) -> Result<Vec<validator::Info>, ClientError> {
    let mut all = Vec::new();
    for page in 1.. {
        let parameters = rpc_params![height.to_string(), page.to_string(), PAGE.to_string()];
        let Validators { validators, total } = tendermint(connection, "validators", parameters).await?;
        let is_last = validators.len() < PAGE;
        all.extend(validators);
        if all.len() > VALIDATORS_MAX {
            return Err(ClientError::Answer { method: "validators" });
        }
        if is_last || total.parse().is_ok_and(|total: usize| all.len() >= total) {
            break;
        }
    }
    Ok(all)
}

/// An answer in Tendermint's JSON.
async fn tendermint<T: DeserializeOwned>(
    connection: &Connection,
    method: &'static str,
    parameters: RpcParams,
) -> Result<T, ClientError> {
    let answer: Value = connection.ask(method, parameters).await?;
    // What reads it panics on malformed base64.
    let answer = Some(answer).filter(is_base64).and_then(|answer| serde_json::from_value(answer).ok());
    answer.ok_or(ClientError::Answer { method })
}

/// Whether keys and signatures in Tendermint's JSON are base64, whatever it is else.
fn is_base64(json: &Value) -> bool {
    match json {
        Value::Object(map) => map.iter().all(|(key, value)| match value {
            Value::String(text) if key == "signature" || key == "value" => STANDARD.decode(text).is_ok(),
            value => is_base64(value),
        }),
        Value::Array(list) => list.iter().all(is_base64),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn malformed_base64_is_seen_before_it_is_read() {
        let of = |signature: &str, value: &str| {
            json!({
                "signed_header": { "commit": { "height": "1", "signatures": [{ "signature": signature }, { "signature": null }] } },
                "validators": [{ "pub_key": { "type": "tendermint/PubKeyEd25519", "value": value } }],
            })
        };
        assert!(is_base64(&of("AAA=", "AAAA")));
        for malformed in ["A", "AAA", "AA=A", "AAA\n", "====", "é"] {
            assert!(!is_base64(&of(malformed, "AAAA")) && !is_base64(&of("AAAA", malformed)), "{malformed}");
        }
    }
}
