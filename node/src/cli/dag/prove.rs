//! `icn dag prove`: a record with all that shows it to be final, in a file.

use super::{reader::ReaderArgs, DagError};
use crate::cli::{
    client::{Connection, NodeArgs},
    output::line,
    trust::block_proof,
};
use icn_dag::Cid;
use icn_merkle::InclusionProof;
use icn_trust::{record::VERSION, HexBytes, RecordProof};
use serde::Deserialize;
use std::path::PathBuf;
use subxt::rpcs::rpc_params;

/// Write the proof that a record is final
///
/// Whoever has the file and a block that they trust can check it with `icn dag verify`, without any node.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn dag prove bafyrei… --out proof.json
  icn dag prove bafyrei… --record record.cbor > proof.json")]
pub(super) struct ProveArgs {
    /// The record
    #[arg(value_name = "CID")]
    cid: Cid,

    /// File to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// File with the record, where the node does not have it
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,

    #[command(flatten)]
    reader: ReaderArgs,

    #[command(flatten)]
    node: NodeArgs,
}

/// What the node answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    block: Block,
    record: Option<HexBytes>,
    inclusion: InclusionProof,
    log: HexBytes,
    log_proof: HexBytes,
}

#[derive(Deserialize)]
struct Block {
    number: u32,
}

impl ProveArgs {
    pub(super) async fn run(&self) -> Result<(), DagError> {
        let connection = self.node.connect().await?;
        let proof = self.proof(&connection).await?;
        let text = serde_json::to_string_pretty(&proof).map_err(std::io::Error::from)?;
        match &self.out {
            None => Ok(line(&text)?),
            Some(path) => {
                std::fs::write(path, text + "\n").map_err(|source| DagError::File { path: path.clone(), source })?;
                Ok(line(&format!("Wrote {}; check it with: icn dag verify {0} --from TRUSTED", path.display()))?)
            }
        }
    }

    async fn proof(&self, connection: &Connection) -> Result<RecordProof, DagError> {
        let name = || self.cid.to_string();
        let reader = self.reader.reading(connection).await?.proof(&self.cid)?;
        let answer: Option<Answer> = connection.ask("icn_dagProof", rpc_params![name(), reader]).await?;
        let Answer { block, record, inclusion, log, log_proof } = answer.ok_or_else(|| DagError::NotFinal(name()))?;
        let record = match (record, &self.record) {
            (Some(record), _) => record,
            (None, None) => return Err(DagError::NotHere(name())),
            (None, Some(path)) => {
                HexBytes(std::fs::read(path).map_err(|source| DagError::File { path: path.clone(), source })?)
            }
        };
        let block = block_proof(connection, block.number).await?;
        Ok(RecordProof { version: VERSION, record, inclusion, log, log_proof, block })
    }
}
