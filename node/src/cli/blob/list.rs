//! `icn blob list` and `icn blob info`.

use super::{calls::ask, BlobError};
use crate::cli::{client::NodeArgs, output::OutputArgs, value::Shown};
use icn_dag::Cid;
use serde::Deserialize;
use subxt::rpcs::rpc_params;

/// Blobs that are asked for at once.
const PAGE: usize = 1_000;

/// List the blobs that a node has
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn blob list
  icn blob list --output json | jq -r '.[].cid'")]
pub(super) struct ListArgs {
    #[command(flatten)]
    node: NodeArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// Show what a node knows of a blob: size, owners, pins and records that link to it
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Example:\n  icn blob info bafyrei…")]
pub(super) struct InfoArgs {
    /// The blob
    #[arg(value_name = "CID")]
    cid: Cid,

    #[command(flatten)]
    node: NodeArgs,

    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    cid: Cid,
    size: u64,
    put: u64,
    idle_since: Option<u64>,
}

impl Summary {
    fn fields(&self) -> [(&'static str, Shown); 4] {
        [
            ("cid", Shown::word(self.cid)),
            ("size", Shown::wide(self.size)),
            ("put", Shown::wide(self.put)),
            ("idle_since", self.idle_since.map_or(Shown::Null, Shown::wide)),
        ]
    }
}

#[derive(Deserialize)]
struct Pin {
    owner: Option<String>,
    until: Option<u64>,
    reason: String,
}

#[derive(Deserialize)]
struct Details {
    #[serde(flatten)]
    summary: Summary,
    owners: Vec<String>,
    pins: Vec<Pin>,
    records: Vec<Cid>,
}

impl ListArgs {
    pub(super) async fn run(&self) -> Result<(), BlobError> {
        let connection = self.node.connect().await?;
        let (mut shown, mut after) = (Vec::new(), None::<String>);
        loop {
            let page: Vec<Summary> = ask(&connection, "icn_blobList", rpc_params![after, PAGE as u64]).await?;
            shown.extend(page.iter().map(|blob| Shown::map(blob.fields())));
            match page.last() {
                Some(last) if page.len() == PAGE => after = Some(last.cid.to_string()),
                _ => break,
            }
        }
        Ok(self.output.print(&Shown::List(shown))?)
    }
}

impl InfoArgs {
    pub(super) async fn run(&self) -> Result<(), BlobError> {
        let connection = self.node.connect().await?;
        let found: Option<Details> = ask(&connection, "icn_blobInfo", rpc_params![self.cid.to_string()]).await?;
        let Details { summary, owners, pins, records } = found.ok_or(BlobError::Unknown(self.cid))?;
        let pin = |pin: Pin| {
            Shown::map([
                ("owner", pin.owner.map_or(Shown::Null, Shown::word)),
                ("until", pin.until.map_or(Shown::Null, Shown::wide)),
                ("reason", Shown::Text(pin.reason)),
            ])
        };
        let more = [
            ("owners", Shown::List(owners.into_iter().map(Shown::word).collect())),
            ("pins", Shown::List(pins.into_iter().map(pin).collect())),
            ("records", Shown::List(records.into_iter().map(Shown::word).collect())),
        ];
        Ok(self.output.print(&Shown::map(summary.fields().into_iter().chain(more)))?)
    }
}
