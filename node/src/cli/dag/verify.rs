//! `icn dag verify`: offline.

use super::{record::fields, DagError};
use crate::cli::{output::OutputArgs, value::Shown};
use icn_trust::{record::FILE_BYTES_MAX, BlockProof, Policy, RecordProof};
use serde::de::DeserializeOwned;
use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
    time::Duration,
};
use tendermint::Time;

/// Check the proof that a record is final, without any node
///
/// TRUSTED is a block that you trust to be the chain's, as `icn trust block` writes it: one that you got yourself, or from somebody whom
/// you trust.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn trust block 1 --out trusted.json                  once, at a node that you trust
  icn dag verify proof.json --from trusted.json         anywhere
  icn trust verify proof.json --from trusted.json       the same
  icn dag verify proof.json --from trusted.json --output json | jq .record.payload")]
pub(in crate::cli) struct VerifyArgs {
    /// The proof, of `icn dag prove`
    #[arg(value_name = "FILE")]
    proof: PathBuf,

    /// The block that is trusted
    #[arg(long, value_name = "TRUSTED")]
    from: PathBuf,

    /// For how many days a block is trusted
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    trusting_days: u32,

    #[command(flatten)]
    output: OutputArgs,
}

impl VerifyArgs {
    pub(in crate::cli) fn run(&self) -> Result<(), DagError> {
        let proof: RecordProof = read(&self.proof, "proof of a record")?;
        let trusted: BlockProof = read(&self.from, "trusted block")?;
        let day = Duration::from_secs(24 * 3600);
        let policy = Policy { trusting_period: day.saturating_mul(self.trusting_days) };
        let proven = proof.verify(&trusted, policy, Time::now())?;
        Ok(self.output.print(&Shown::map([
            ("holds", Shown::Bool(true)),
            ("chain_id", Shown::Text(proven.chain_id)),
            ("final_by_block", Shown::wide(proven.height)),
            ("block_time", Shown::word(proven.time)),
            ("place", Shown::wide(proven.place)),
            ("record", Shown::map(fields(&proven.node))),
        ]))?)
    }
}

/// Reads a file that holds one JSON document.
fn read<T: DeserializeOwned>(path: &Path, what: &'static str) -> Result<T, DagError> {
    let failed = |source| DagError::File { path: path.into(), source };
    let file = File::open(path).map_err(failed)?;
    let mut text = String::new();
    file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(DagError::TooLarge { path: path.into(), max: FILE_BYTES_MAX });
    }
    serde_json::from_str(&text).map_err(|source| DagError::Content { path: path.into(), what, source })
}
