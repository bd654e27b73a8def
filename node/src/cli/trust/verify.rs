//! `icn trust verify` and `icn dag verify`: offline.

use super::show;
use crate::cli::{
    dag::{record_fields, DagError},
    output::OutputArgs,
    value::Shown,
};
use icn_trust::{
    claim::milliseconds, record::FILE_BYTES_MAX, verify_chain, BundledRecord, Final, Policy, RecordProof, SealedBundle,
    Trusted, ValueProof,
};
use serde::{de::DeserializeOwned, Deserialize};
use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
    time::Duration,
};
use tendermint::Time;

/// Check a proof, without any node
///
/// FILE is a proof that a record is final, or that a state holds a value, or bundles. TRUSTED is a block or a bundle that you trust to be
/// the chain's, as `icn trust block` and `icn trust bundle` write them: one that you got yourself, or from somebody whom you trust.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn trust bundle --out trusted.json                   once, at a node that you trust
  icn trust verify proof.json --from trusted.json       anywhere
  icn dag verify proof.json --from trusted.json         the same
  icn trust verify chain.json --from trusted.json --out newer.json
  icn trust verify proof.json --from trusted.json --output json | jq .record.payload")]
pub(in crate::cli) struct VerifyArgs {
    /// The proof, of `icn dag prove` or `icn trust value`; or bundles, of `icn trust chain`
    #[arg(value_name = "FILE")]
    proof: PathBuf,

    /// The block or bundle that is trusted
    #[arg(long, value_name = "TRUSTED")]
    from: PathBuf,

    /// For how many days a block is trusted; a bundle says it itself
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    trusting_days: u32,

    /// Write the last of the bundles into this file, to trust it from now on
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    #[command(flatten)]
    output: OutputArgs,
}

/// What can be checked. Each has fields that no other has.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Claim {
    Record(Box<RecordProof>),
    BundledRecord(Box<BundledRecord>),
    Value(Box<ValueProof>),
    Chain(Vec<SealedBundle>),
    Bundle(Box<SealedBundle>),
}

impl VerifyArgs {
    pub(in crate::cli) fn run(&self) -> Result<(), DagError> {
        let claim: Claim = read(&self.proof, "proof of a record or a value")?;
        let trusted: Trusted = read(&self.from, "trusted block or bundle")?;
        let day = Duration::from_secs(24 * 3600);
        let policy = Policy { trusting_period: day.saturating_mul(self.trusting_days) };
        let (now, mut shown) = (Time::now(), vec![("holds", Shown::Bool(true))]);
        match (claim, &trusted) {
            (Claim::Record(proof), Trusted::Block(trusted)) => {
                let proven = proof.verify(trusted, policy, now)?;
                shown.extend([
                    ("chain_id", Shown::Text(proven.chain_id)),
                    ("final_by_block", Shown::wide(proven.height)),
                    ("block_time", Shown::word(proven.time)),
                    ("place", Shown::wide(proven.place)),
                    ("record", Shown::map(record_fields(&proven.node))),
                ]);
            }
            (Claim::BundledRecord(proof), Trusted::Bundle(trusted)) => {
                let (node, found) = proof.verify(&trusted.bundle, now)?;
                shown.push(("federation", Shown::word(&trusted.bundle.federation)));
                shown.extend(point(&found));
                shown.extend([
                    ("place", Shown::wide(proof.inclusion.index)),
                    ("record", Shown::map(record_fields(&node))),
                ]);
            }
            (Claim::Value(proof), trusted) => {
                let found = proof.verify(trusted, policy, now)?;
                shown.extend(point(&found));
                shown.extend([("key", Shown::hex(&proof.key.0)), ("value", Shown::hex(&proof.value.0))]);
            }
            (Claim::Chain(chain), Trusted::Bundle(trusted)) => shown.extend(self.chain(trusted, &chain, now)?),
            (Claim::Bundle(bundle), Trusted::Bundle(trusted)) => {
                shown.extend(self.chain(trusted, &[*bundle], now)?);
            }
            (Claim::Record(_), Trusted::Bundle(_)) => {
                return Err(DagError::OtherTrust { path: "block", trusted: "bundle" })
            }
            (_, Trusted::Block(_)) => return Err(DagError::OtherTrust { path: "bundle", trusted: "block" }),
        }
        Ok(self.output.print(&Shown::map(shown))?)
    }

    /// The last of some bundles that lead from a trusted one.
    fn chain(
        &self,
        trusted: &SealedBundle,
        chain: &[SealedBundle],
        now: Time,
    ) -> Result<Vec<(&'static str, Shown)>, DagError> {
        let last = verify_chain(&trusted.bundle, chain, milliseconds(now))?;
        if let Some(path) = &self.out {
            let sealed = chain.iter().find(|sealed| sealed.bundle == *last).unwrap_or(trusted);
            let text = serde_json::to_string_pretty(sealed).map_err(std::io::Error::from)?;
            std::fs::write(path, text + "\n").map_err(|source| DagError::File { path: path.clone(), source })?;
        }
        Ok(show::fields(last))
    }
}

/// Which point of the history shows it.
fn point(found: &Final) -> [(&'static str, Shown); 2] {
    [("final_by_block", Shown::wide(found.height)), ("block_time", Shown::wide(found.time))]
}

/// Reads a file that holds one JSON document.
pub(in crate::cli) fn read<T: DeserializeOwned>(path: &Path, what: &'static str) -> Result<T, DagError> {
    let failed = |source| DagError::File { path: path.into(), source };
    let file = File::open(path).map_err(failed)?;
    let mut text = String::new();
    file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(DagError::TooLarge { path: path.into(), max: FILE_BYTES_MAX });
    }
    serde_json::from_str(&text).map_err(|source| DagError::Content { path: path.into(), what, source })
}
