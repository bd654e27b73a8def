//! `icn dag evidence`, `icn dag report`.

use super::{writer::WriterName, DagError};
use crate::cli::{
    client::NodeArgs,
    output::{line, note},
    settings::HomeArgs,
    tx::SubmitArgs,
};
use codec::{DecodeAll as _, MaxEncodedLen as _};
use icn_dag::{header::Author, Cid, Did, Equivocation, Header, Reference};
use std::{fs::File, io::Read as _, path::PathBuf};
use subxt::rpcs::rpc_params;

/// Write the proof that a key signed two records for one place
///
/// A node keeps it when it is given both.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn dag evidence did:icn:local:… did:key:z6Mk… --out evidence.hex
  icn dag evidence did:icn:local:… key:scribe > evidence.hex")]
pub(super) struct EvidenceArgs {
    /// The DAG
    #[arg(value_name = "DAG")]
    dag: Did,

    /// The key: a did:key, DID=KEY, key:NAME of the home, or //NAME on Development chains
    #[arg(value_name = "WRITER")]
    writer: WriterName,

    /// File to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    #[command(flatten)]
    home: HomeArgs,

    #[command(flatten)]
    node: NodeArgs,
}

/// Report a key that signed two records for one place: it is barred from the DAG for ever
///
/// Anybody may report. The proof proves itself.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn dag evidence did:icn:local:… did:key:z6Mk… --out evidence.hex
  icn dag report evidence.hex --signer //Bob")]
pub(super) struct ReportArgs {
    /// The proof, of `icn dag evidence`
    #[arg(value_name = "FILE")]
    evidence: PathBuf,

    #[command(flatten)]
    submit: SubmitArgs,
}

impl EvidenceArgs {
    pub(super) async fn run(&self) -> Result<(), DagError> {
        let (_, key) = self.writer.resolve(&self.home)?;
        let connection = self.node.connect().await?;
        let parameters = rpc_params![self.dag.as_str(), format!("0x{}", hex::encode(key.0))];
        let evidence: Option<String> = connection.ask("icn_dagEvidence", parameters).await?;
        let evidence = evidence.ok_or_else(|| DagError::NoEvidence(self.dag.as_str().into()))?;
        match &self.out {
            None => Ok(line(&evidence)?),
            Some(path) => {
                let written = std::fs::write(path, evidence + "\n");
                written.map_err(|source| DagError::File { path: path.clone(), source })?;
                Ok(note(&format!("Wrote {}; report it with: icn dag report {0} --signer …", path.display()))?)
            }
        }
    }
}

impl ReportArgs {
    pub(super) async fn run(&self) -> Result<(), DagError> {
        let evidence = self.read()?;
        Ok(self.submit.run("Dag.report_equivocation", &[format!("evidence={}", literal(&evidence))]).await?)
    }

    /// The proof in the file, which holds.
    fn read(&self) -> Result<Equivocation, DagError> {
        let path = || self.evidence.clone();
        let failed = |source| DagError::File { path: path(), source };
        let wrong = |reason: String| DagError::NotEvidence { path: path(), reason };
        // Two digits a byte, the prefix and the line's end.
        let max = 2 * Equivocation::max_encoded_len() as u64 + 4;
        let mut text = String::new();
        File::open(&self.evidence).and_then(|file| file.take(max + 1).read_to_string(&mut text)).map_err(failed)?;
        if text.len() as u64 > max {
            return Err(DagError::TooLarge { path: path(), max });
        }
        let text = text.trim();
        let bytes = hex::decode(text.strip_prefix("0x").unwrap_or(text)).map_err(|error| wrong(error.to_string()))?;
        let evidence = Equivocation::decode_all(&mut &bytes[..]).map_err(|error| wrong(error.to_string()))?;
        evidence.verify().map_err(|error| wrong(error.to_string()))?;
        Ok(evidence)
    }
}

/// A proof as `icn tx` reads it.
fn literal(evidence: &Equivocation) -> String {
    let [first, second] = evidence.headers().map(header_of);
    let signatures = evidence.signatures().map(hex::encode);
    format!(
        "{{first: {{header: {first}, signature: 0x{}}}, second: {{header: {second}, signature: 0x{}}}}}",
        signatures[0], signatures[1]
    )
}

fn cid(cid: &Cid) -> String {
    format!("0x{}", hex::encode(cid.as_bytes()))
}

fn reference(reference: &Reference) -> String {
    format!("{{rel: \"{}\", cid: {}}}", reference.rel.as_str(), cid(&reference.cid))
}

fn list<T>(values: &[T], literal: impl Fn(&T) -> String) -> String {
    format!("[{}]", values.iter().map(literal).collect::<Vec<_>>().join(", "))
}

fn header_of(header: &Header) -> String {
    let author = match &header.author {
        Author::Key(key) => format!("Key(0x{})", hex::encode(key.0)),
        Author::Block(height) => format!("Block({height})"),
    };
    format!(
        "{{dag: \"{}\", parents: {}, issuer: \"{}\", author: {author}, seq: {}, epoch: {}, time: {}, kind: {:?}, \
         scope: {{kind: {:?}, id: \"{}\"}}, visibility: {:?}, refs: {}, payload: {}}}",
        header.dag.as_str(),
        list(&header.parents, cid),
        header.issuer.as_str(),
        header.seq,
        header.epoch,
        header.time,
        header.kind,
        header.scope.kind,
        header.scope.id.as_str(),
        header.visibility,
        list(&header.refs, reference),
        cid(&header.payload),
    )
}
