//! `icn dag create`, `icn dag writers`.

use super::{
    writer::{WriterLiteral, WriterName},
    DagError,
};
use crate::cli::{settings::HomeArgs, tx::SubmitArgs};
use icn_dag::Did;

/// Make a DAG, owned by the account that signs
///
/// Its name, did:icn:…, is in the event `Dag.Created`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn dag create --writer key:scribe --signer //Alice
  icn dag create --writer did:key:z6Mk… --writer did:icn:local:…=17cb…1469 --signer key:treasurer")]
pub(super) struct CreateArgs {
    /// A key that may write: key:NAME of the home, a did:key, DID=KEY, or //NAME on Development chains. Give it once for each
    #[arg(long = "writer", value_name = "WRITER", required = true)]
    writers: Vec<WriterName>,

    #[command(flatten)]
    submit: SubmitArgs,
}

/// Set who may write a DAG
///
/// The list takes the place of the one before.
#[derive(Clone, Debug, clap::Args)]
#[command(
    after_help = "Example:\n  icn dag writers did:icn:local:… --writer key:scribe --writer //Bob --signer //Alice"
)]
pub(super) struct WritersArgs {
    /// The DAG
    #[arg(value_name = "DAG")]
    dag: Did,

    /// A key that may write, as for `icn dag create`; none to close the DAG
    #[arg(long = "writer", value_name = "WRITER")]
    writers: Vec<WriterName>,

    #[command(flatten)]
    submit: SubmitArgs,
}

fn literal(writers: &[WriterName], home: &HomeArgs) -> Result<String, DagError> {
    let mut list = Vec::new();
    for writer in writers {
        let (issuer, key) = writer.resolve(home)?;
        list.push(WriterLiteral(issuer, key).to_string());
    }
    Ok(format!("[{}]", list.join(", ")))
}

impl CreateArgs {
    pub(super) async fn run(&self) -> Result<(), DagError> {
        let writers = literal(&self.writers, self.submit.home())?;
        Ok(self.submit.run("Dag.create", &[format!("writers={writers}")]).await?)
    }
}

impl WritersArgs {
    pub(super) async fn run(&self) -> Result<(), DagError> {
        let writers = literal(&self.writers, self.submit.home())?;
        let dag = format!("dag=\"{}\"", self.dag.as_str());
        Ok(self.submit.run("Dag.set_writers", &[dag, format!("writers={writers}")]).await?)
    }
}
