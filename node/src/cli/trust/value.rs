//! `icn trust value`: a value of the state with all that shows it, in a file.

use super::{block_proof, chain, last_sealed, write, By};
use crate::cli::{
    client::{ClientError, Connection, NodeArgs},
    dag::DagError,
};
use icn_trust::{claim::VERSION, HexBytes, Path, SealedBundle, ValueProof};
use serde::Deserialize;
use std::path::PathBuf;
use subxt::rpcs::rpc_params;

/// Write the proof that a final state holds a value
///
/// Whoever has the file and what they trust can check it with `icn trust verify`, without any node.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn trust value 0x26aa394eea5630e07c48ae0c9558cef702a5c1b19ab7a04f536c519aca4983ac --out value.json
  icn trust value 0x26aa… --by bundle --from 3 --out value.json     for who trusts the bundle of epoch 3")]
pub(super) struct ValueArgs {
    /// The storage key, in hex
    #[arg(value_name = "KEY", value_parser = key)]
    key: StorageKey,

    /// What the proof is by
    #[arg(long, value_enum, default_value = "block")]
    by: By,

    /// The epoch whose bundle is trusted, for a proof by bundles [default: the one before the last]
    #[arg(long, value_name = "EPOCH")]
    from: Option<u64>,

    /// File to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    #[command(flatten)]
    node: NodeArgs,
}

#[derive(Clone, Debug)]
struct StorageKey(Vec<u8>);

fn key(text: &str) -> Result<StorageKey, &'static str> {
    let key = hex::decode(text.strip_prefix("0x").unwrap_or(text)).map_err(|_| "a storage key is hex digits")?;
    if key.is_empty() {
        return Err("a storage key has at least one byte");
    }
    Ok(StorageKey(key))
}

/// What the node answers.
#[derive(Deserialize)]
struct Answer {
    block: Block,
    value: Option<HexBytes>,
    proof: HexBytes,
}

#[derive(Deserialize)]
struct Block {
    number: u32,
}

impl ValueArgs {
    pub(super) async fn run(&self) -> Result<(), DagError> {
        let connection = self.node.connect().await?;
        let proof = match self.by {
            By::Block => self.by_block(&connection).await?,
            By::Bundle => self.by_bundle(&connection).await?,
        };
        write(&proof, self.out.as_deref(), "the proof")
    }

    async fn by_block(&self, connection: &Connection) -> Result<ValueProof, DagError> {
        let answer = self.ask(connection, None).await?;
        let block = block_proof(connection, answer.block.number).await?;
        self.proof(answer, Path::Block(Box::new(block)))
    }

    async fn by_bundle(&self, connection: &Connection) -> Result<ValueProof, DagError> {
        let to = last_sealed(connection).await?;
        let from = self.from.unwrap_or(to.saturating_sub(1));
        let bundle: Option<SealedBundle> = connection.ask("icn_trustBundle", rpc_params![to]).await?;
        let last = bundle.ok_or(DagError::NoBundle { epoch: Some(to) })?;
        let mut bundles = chain(connection, from, to).await?;
        if bundles.is_empty() {
            // Whoever trusts it needs no other.
            bundles.push(last.clone());
        }
        let answer = self.ask(connection, Some(last.bundle.block)).await?;
        self.proof(answer, Path::Bundles(bundles))
    }

    async fn ask(&self, connection: &Connection, at: Option<[u8; 32]>) -> Result<Answer, ClientError> {
        let hex = |bytes: &[u8]| format!("0x{}", hex::encode(bytes));
        connection.ask("icn_stateProof", rpc_params![hex(&self.key.0), at.map(|block| hex(&block))]).await
    }

    fn proof(&self, answer: Answer, path: Path) -> Result<ValueProof, DagError> {
        let value = answer.value.ok_or(DagError::NoValue { height: answer.block.number })?;
        Ok(ValueProof { version: VERSION, key: HexBytes(self.key.0.clone()), value, proof: answer.proof, path })
    }
}
