//! `icn blob`: large data at a live node, by its CID.

mod add;
mod calls;
mod error;
mod get;
mod keep;
mod list;
mod progress;
mod range;

pub use error::BlobError;

use super::CliError;

/// Put, get and keep large data by its hash
///
/// A blob is named by its CID; a record links to it by that name. A node keeps a blob while somebody pins it or a record links to it,
/// and removes it some time after. Every node fetches blobs from the others.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn blob add articles.pdf --dag did:icn:local:… --as key:scribe
  icn dag put did:icn:local:… --kind config --payload '{\"articles\": {\"/\": \"bafyrei…\"}}' --signer key:scribe
  icn blob get bafyrei… -o articles.pdf
  icn blob get bafyrei… --range 0..1024 | xxd
  icn blob list
  icn blob pin bafyrei… --for 365d --reason 'articles of 2025'
  icn blob gc")]
pub struct BlobArgs {
    #[command(subcommand)]
    command: BlobCommand,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum BlobCommand {
    Add(Box<add::AddArgs>),
    Get(get::GetArgs),
    Info(list::InfoArgs),
    List(list::ListArgs),
    Pin(keep::PinArgs),
    Unpin(keep::UnpinArgs),
    Gc(keep::GcArgs),
}

impl BlobArgs {
    /// Runs the command.
    ///
    /// # Errors
    /// When the node does not answer, refuses, or gives other bytes than those of the name.
    pub async fn run(&self) -> Result<(), CliError> {
        Ok(match &self.command {
            BlobCommand::Add(args) => args.run().await,
            BlobCommand::Get(args) => args.run().await,
            BlobCommand::Info(args) => args.run().await,
            BlobCommand::List(args) => args.run().await,
            BlobCommand::Pin(args) => args.run().await,
            BlobCommand::Unpin(args) => args.run().await,
            BlobCommand::Gc(args) => args.run().await,
        }?)
    }
}
