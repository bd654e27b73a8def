//! `icn dag`: signed records of a live node, and proofs of them that need none.

mod archive;
mod car;
mod create;
mod error;
mod graph;
mod list;
mod payload;
mod prove;
mod put;
mod reader;
mod record;
mod report;
pub(super) mod writer;

pub use car::CarError;
pub use error::DagError;
pub(super) use record::fields as record_fields;

use super::{trust::VerifyArgs, CliError};

/// Make, read and prove signed records
///
/// A DAG belongs to the account that made it; its owner says which keys write it. A record follows others of its DAG, is signed by one
/// key, and becomes final when a block lists it. Everybody can check a final record offline.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn keys new account --name scribe --scheme ed25519
  icn dag create --writer key:scribe --signer //Alice
  icn dag put did:icn:local:… --kind genesis --payload '{\"name\": \"Mill\"}' --signer key:scribe
  icn dag put did:icn:local:… --kind config --payload '{\"open\": true}' --signer key:scribe
  icn dag log did:icn:local:… --graph
  icn dag ancestors bafyrei… --limit 20
  icn dag find --ref bafyrei…
  icn dag export did:icn:local:… --out mill.car
  icn dag prove bafyrei… --out proof.json
  icn dag verify proof.json --from trusted.json")]
pub struct DagArgs {
    #[command(subcommand)]
    command: DagCommand,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum DagCommand {
    Create(Box<create::CreateArgs>),
    Writers(Box<create::WritersArgs>),
    Put(Box<put::PutArgs>),
    Get(record::GetArgs),
    Log(list::LogArgs),
    Find(list::FindArgs),
    Ancestors(graph::AncestorsArgs),
    Descendants(graph::DescendantsArgs),
    Children(graph::ChildrenArgs),
    Path(graph::PathArgs),
    Common(graph::CommonArgs),
    Order(graph::OrderArgs),
    Prove(prove::ProveArgs),
    Export(archive::ExportArgs),
    Import(archive::ImportArgs),
    Verify(VerifyArgs),
    Evidence(report::EvidenceArgs),
    Report(Box<report::ReportArgs>),
    Status(graph::StatusArgs),
}

impl DagArgs {
    /// Runs the command.
    ///
    /// # Errors
    /// When the node does not answer, refuses what it is given, or a proof does not hold.
    pub async fn run(&self) -> Result<(), CliError> {
        match &self.command {
            DagCommand::Create(args) => Ok(args.run().await?),
            DagCommand::Writers(args) => Ok(args.run().await?),
            DagCommand::Put(args) => Ok(args.run().await?),
            DagCommand::Get(args) => Ok(args.run().await?),
            DagCommand::Log(args) => Ok(args.run().await?),
            DagCommand::Find(args) => Ok(args.run().await?),
            DagCommand::Ancestors(args) => Ok(args.run().await?),
            DagCommand::Descendants(args) => Ok(args.run().await?),
            DagCommand::Children(args) => Ok(args.run().await?),
            DagCommand::Path(args) => Ok(args.run().await?),
            DagCommand::Common(args) => Ok(args.run().await?),
            DagCommand::Order(args) => Ok(args.run().await?),
            DagCommand::Evidence(args) => Ok(args.run().await?),
            DagCommand::Report(args) => Ok(args.run().await?),
            DagCommand::Status(args) => Ok(args.run().await?),
            DagCommand::Prove(args) => Ok(args.run().await?),
            DagCommand::Export(args) => Ok(args.run().await?),
            DagCommand::Import(args) => Ok(args.run().await?),
            DagCommand::Verify(args) => Ok(args.run()?),
        }
    }
}
