//! `icn blob pin`, `icn blob unpin` and `icn blob gc`: what the operator of a node keeps.

use super::{calls::ask, BlobError};
use crate::{
    cli::{client::NodeArgs, output::OutputArgs, value::Shown},
    config::History,
};
use icn_dag::{Cid, Did};
use serde::Deserialize;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use subxt::rpcs::rpc_params;

/// Have a node keep a blob, whether or not a record links to it
///
/// For the operator of the node. Another pin of the same owner takes the place of the one before.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn blob pin bafyrei…
  icn blob pin bafyrei… --for 365d --reason 'articles of 2025'
  icn blob pin bafyrei… --owner did:icn:local:…")]
pub(super) struct PinArgs {
    /// The blob
    #[arg(value_name = "CID")]
    cid: Cid,

    /// For whom [default: the operator]
    #[arg(long, value_name = "DID")]
    owner: Option<Did>,

    /// For how long from now, such as 365d, 12h or 90m [default: until it is unpinned]
    #[arg(long = "for", value_name = "TIME", value_parser = time)]
    period: Option<Duration>,

    /// Why, for people
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,

    #[command(flatten)]
    node: NodeArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// Take a pin away
///
/// For the operator of the node. The node removes the blob some time after, unless somebody else pins it or a record links to it.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:\n  icn blob unpin bafyrei…\n  icn blob unpin bafyrei… --owner did:icn:local:…")]
pub(super) struct UnpinArgs {
    /// The blob
    #[arg(value_name = "CID")]
    cid: Cid,

    /// Whose pin [default: the operator's]
    #[arg(long, value_name = "DID")]
    owner: Option<Did>,

    #[command(flatten)]
    node: NodeArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// Remove the blobs that nothing has needed for the grace period
///
/// For the operator of the node, which does so by itself from time to time. The period is `grace_s` in the section `blobs` of icn.toml.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Example:\n  icn blob gc")]
pub(super) struct GcArgs {
    #[command(flatten)]
    node: NodeArgs,

    #[command(flatten)]
    output: OutputArgs,
}

fn time(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(History::For(time)) => Ok(time),
        _ => Err("write a time such as 365d, 12h or 90m".into()),
    }
}

#[derive(Deserialize)]
struct Collection {
    removed: u64,
    bytes: u64,
    kept: u64,
}

impl PinArgs {
    pub(super) async fn run(&self) -> Result<(), BlobError> {
        let connection = self.node.connect().await?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let until = self.period.map(|period| u64::try_from((now + period).as_millis()).unwrap_or(u64::MAX));
        let owner = self.owner.as_ref().map(Did::as_str);
        let parameters = rpc_params![self.cid.to_string(), owner, until, &self.reason];
        let _: bool = ask(&connection, "icn_blobPin", parameters).await?;
        let shown = [("cid", Shown::word(self.cid)), ("until", until.map_or(Shown::Null, Shown::wide))];
        Ok(self.output.print(&Shown::map(shown))?)
    }
}

impl UnpinArgs {
    pub(super) async fn run(&self) -> Result<(), BlobError> {
        let connection = self.node.connect().await?;
        let owner = self.owner.as_ref().map(Did::as_str);
        let was: bool = ask(&connection, "icn_blobUnpin", rpc_params![self.cid.to_string(), owner]).await?;
        let shown = [("cid", Shown::word(self.cid)), ("was_pinned", Shown::Bool(was))];
        Ok(self.output.print(&Shown::map(shown))?)
    }
}

impl GcArgs {
    pub(super) async fn run(&self) -> Result<(), BlobError> {
        let connection = self.node.connect().await?;
        let Collection { removed, bytes, kept } = ask(&connection, "icn_blobGc", rpc_params![]).await?;
        let shown = [("removed", removed), ("bytes", bytes), ("kept", kept)];
        Ok(self.output.print(&Shown::map(shown.map(|(name, count)| (name, Shown::wide(count)))))?)
    }
}
