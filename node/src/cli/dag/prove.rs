//! `icn dag prove`: a record with all that shows it to be final, in a file.

use super::{reader::ReaderArgs, DagError};
use crate::cli::{
    client::{Connection, NodeArgs},
    output::line,
    trust::{block_proof, chain, last_sealed, By},
};
use icn_dag::Cid;
use icn_merkle::InclusionProof;
use icn_trust::{record::VERSION, BundledRecord, HexBytes, RecordProof};
use serde::Deserialize;
use std::path::PathBuf;
use subxt::rpcs::rpc_params;

/// Write the proof that a record is final
///
/// Whoever has the file and a block or bundle that they trust can check it with `icn dag verify`, without any node.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn dag prove bafyrei… --out proof.json
  icn dag prove bafyrei… --by bundle --from 3 --out proof.json    for who trusts the bundle of epoch 3
  icn dag prove bafyrei… --record record.cbor > proof.json")]
pub(super) struct ProveArgs {
    /// The record
    #[arg(value_name = "CID")]
    cid: Cid,

    /// What the proof is by
    #[arg(long, value_enum, default_value = "block")]
    by: By,

    /// The epoch whose bundle is trusted, for a proof by bundles [default: the one before the last]
    #[arg(long, value_name = "EPOCH")]
    from: Option<u64>,

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

/// What the node answers of bundles.
#[derive(Deserialize)]
struct Bundled {
    record: Option<HexBytes>,
    inclusion: InclusionProof,
}

#[derive(Deserialize)]
struct Block {
    number: u32,
}

impl ProveArgs {
    pub(super) async fn run(&self) -> Result<(), DagError> {
        let connection = self.node.connect().await?;
        let text = match self.by {
            By::Block => serde_json::to_string_pretty(&self.proof(&connection).await?),
            By::Bundle => serde_json::to_string_pretty(&self.by_bundles(&connection).await?),
        };
        let text = text.map_err(std::io::Error::from)?;
        match &self.out {
            None => Ok(line(&text)?),
            Some(path) => {
                std::fs::write(path, text + "\n").map_err(|source| DagError::File { path: path.clone(), source })?;
                Ok(line(&format!("Wrote {}; check it with: icn dag verify {0} --from TRUSTED", path.display()))?)
            }
        }
    }

    /// The record: the node has it, or it is in a file.
    fn record(&self, known: Option<HexBytes>) -> Result<HexBytes, DagError> {
        match (known, &self.record) {
            (Some(record), _) => Ok(record),
            (None, None) => Err(DagError::NotHere(self.cid.to_string())),
            (None, Some(path)) => {
                let bytes = std::fs::read(path).map_err(|source| DagError::File { path: path.clone(), source })?;
                Ok(HexBytes(bytes))
            }
        }
    }

    async fn by_bundles(&self, connection: &Connection) -> Result<BundledRecord, DagError> {
        let to = last_sealed(connection).await?;
        let answer: Option<Bundled> = connection.ask("icn_trustProof", rpc_params![self.cid.to_string(), to]).await?;
        let Bundled { record, inclusion } = answer.ok_or_else(|| DagError::NotSealed(self.cid.to_string()))?;
        let bundles = chain(connection, self.from.unwrap_or(to.saturating_sub(1)), to).await?;
        Ok(BundledRecord { version: icn_trust::claim::VERSION, record: self.record(record)?, inclusion, bundles })
    }

    async fn proof(&self, connection: &Connection) -> Result<RecordProof, DagError> {
        let name = || self.cid.to_string();
        let reader = self.reader.reading(connection).await?.proof(&self.cid)?;
        let answer: Option<Answer> = connection.ask("icn_dagProof", rpc_params![name(), reader]).await?;
        let Answer { block, record, inclusion, log, log_proof } = answer.ok_or_else(|| DagError::NotFinal(name()))?;
        let record = self.record(record)?;
        let block = block_proof(connection, block.number).await?;
        Ok(RecordProof { version: VERSION, record, inclusion, log, log_proof, block })
    }
}
