//! `icn dag ancestors`, `descendants`, `children`, `path`, `common` and `order`.

use super::DagError;
use crate::cli::{client::NodeArgs, output::OutputArgs, value::Shown};
use icn_dag::{Cid, Did};
use serde::Deserialize;
use subxt::rpcs::rpc_params;

/// List what a record follows, and what that follows, the nearest first
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn dag ancestors bafyrei…
  icn dag ancestors bafyrei… --limit 1000 --depth 3
  icn dag ancestors bafyrei… --output json | jq -r '.records[].cid'")]
pub(super) struct AncestorsArgs {
    #[command(flatten)]
    walk: WalkArgs,
}

/// List what follows a record, and what follows that, the nearest first
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn dag descendants bafyrei…
  icn dag descendants bafyrei… --depth 1         its children, as icn dag children")]
pub(super) struct DescendantsArgs {
    #[command(flatten)]
    walk: WalkArgs,
}

#[derive(Clone, Debug, clap::Args)]
struct WalkArgs {
    /// The record
    #[arg(value_name = "CID")]
    cid: Cid,

    /// At most so many, up to 1000
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: u64,

    /// At most so many steps away
    #[arg(long, value_name = "D")]
    depth: Option<u32>,

    #[command(flatten)]
    node: NodeArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// List the records that name a record as their parent
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Example:\n  icn dag children bafyrei… --limit 10")]
pub(super) struct ChildrenArgs {
    /// The record
    #[arg(value_name = "CID")]
    cid: Cid,

    /// At most so many, up to 1000
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: u64,

    #[command(flatten)]
    node: NodeArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// Find a shortest way between two records, along what they follow
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn dag path bafyrei… bafyrei…
  icn dag path bafyrei… bafyrei… --output json | jq '.path | length'")]
pub(super) struct PathArgs {
    #[command(flatten)]
    pair: PairArgs,
}

/// Find the last records from which two others come
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Example:\n  icn dag common bafyrei… bafyrei…")]
pub(super) struct CommonArgs {
    #[command(flatten)]
    pair: PairArgs,
}

#[derive(Clone, Debug, clap::Args)]
struct PairArgs {
    /// A record
    #[arg(value_name = "FROM")]
    from: Cid,

    /// Another record
    #[arg(value_name = "TO")]
    to: Cid,

    /// Look at no more records than this, up to 100000
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    look_at: u64,

    #[command(flatten)]
    node: NodeArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// List the final records of a DAG in their order, each after those that it follows
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn dag order did:icn:local:…
  icn dag order did:icn:local:… --from 1000 --limit 1000")]
pub(super) struct OrderArgs {
    /// The DAG
    #[arg(value_name = "DAG")]
    dag: Did,

    /// From this place on
    #[arg(long, value_name = "PLACE", default_value_t = 0)]
    from: u64,

    /// At most so many, up to 1000
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: u64,

    #[command(flatten)]
    node: NodeArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// Show how a node does with records: how many wait, how many it keeps, how many it still asks for
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Example:\n  icn dag status --output json | jq -r .missing")]
pub(super) struct StatusArgs {
    #[command(flatten)]
    node: NodeArgs,

    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Deserialize)]
struct Walk {
    records: Vec<Reached>,
    complete: bool,
}

#[derive(Deserialize)]
struct Reached {
    cid: Cid,
    depth: u32,
}

#[derive(Deserialize)]
struct Path {
    path: Option<Vec<Cid>>,
    complete: bool,
}

#[derive(Deserialize)]
struct Common {
    records: Vec<Cid>,
    complete: bool,
}

#[derive(Deserialize)]
struct Placed {
    place: u64,
    cid: Cid,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    epoch: u64,
    keep_epochs: Option<u64>,
    waiting: u64,
    missing: u64,
    withheld: u64,
}

fn names(cids: &[Cid]) -> Shown {
    Shown::List(cids.iter().map(Shown::word).collect())
}

impl WalkArgs {
    async fn run(&self, method: &'static str) -> Result<(), DagError> {
        let connection = self.node.connect().await?;
        let parameters = rpc_params![self.cid.to_string(), self.limit, self.depth];
        let walk: Option<Walk> = connection.ask(method, parameters).await?;
        let walk = walk.ok_or_else(|| DagError::Unknown(self.cid.to_string()))?;
        let reached = |one: &Reached| Shown::map([("cid", Shown::word(one.cid)), ("depth", Shown::integer(one.depth))]);
        let records = Shown::List(walk.records.iter().map(reached).collect());
        Ok(self.output.print(&Shown::map([("records", records), ("complete", Shown::Bool(walk.complete))]))?)
    }
}

impl AncestorsArgs {
    pub(super) async fn run(&self) -> Result<(), DagError> {
        self.walk.run("icn_dagAncestors").await
    }
}

impl DescendantsArgs {
    pub(super) async fn run(&self) -> Result<(), DagError> {
        self.walk.run("icn_dagDescendants").await
    }
}

impl ChildrenArgs {
    pub(super) async fn run(&self) -> Result<(), DagError> {
        let connection = self.node.connect().await?;
        let parameters = rpc_params![self.cid.to_string(), self.limit];
        let children: Vec<Cid> = connection.ask("icn_dagChildren", parameters).await?;
        Ok(self.output.print(&names(&children))?)
    }
}

impl PathArgs {
    pub(super) async fn run(&self) -> Result<(), DagError> {
        let PairArgs { from, to, look_at, node, output } = &self.pair;
        let connection = node.connect().await?;
        let parameters = rpc_params![from.to_string(), to.to_string(), look_at];
        let found: Path = connection.ask("icn_dagPath", parameters).await?;
        let path = found.path.map_or(Shown::Null, |path| names(&path));
        Ok(output.print(&Shown::map([("path", path), ("complete", Shown::Bool(found.complete))]))?)
    }
}

impl CommonArgs {
    pub(super) async fn run(&self) -> Result<(), DagError> {
        let PairArgs { from, to, look_at, node, output } = &self.pair;
        let connection = node.connect().await?;
        let parameters = rpc_params![from.to_string(), to.to_string(), look_at];
        let found: Common = connection.ask("icn_dagCommonAncestors", parameters).await?;
        let complete = Shown::Bool(found.complete);
        Ok(output.print(&Shown::map([("records", names(&found.records)), ("complete", complete)]))?)
    }
}

impl OrderArgs {
    pub(super) async fn run(&self) -> Result<(), DagError> {
        let connection = self.node.connect().await?;
        let parameters = rpc_params![self.dag.as_str(), self.from, self.limit];
        let order: Vec<Placed> = connection.ask("icn_dagOrder", parameters).await?;
        let placed = |one: &Placed| Shown::map([("place", Shown::wide(one.place)), ("cid", Shown::word(one.cid))]);
        Ok(self.output.print(&Shown::List(order.iter().map(placed).collect()))?)
    }
}

impl StatusArgs {
    pub(super) async fn run(&self) -> Result<(), DagError> {
        let connection = self.node.connect().await?;
        let status: Status = connection.ask("icn_dagStatus", rpc_params![]).await?;
        Ok(self.output.print(&Shown::map([
            ("epoch", Shown::wide(status.epoch)),
            ("keep_epochs", status.keep_epochs.map_or(Shown::word("all"), Shown::wide)),
            ("waiting", Shown::wide(status.waiting)),
            ("missing", Shown::wide(status.missing)),
            ("withheld", Shown::wide(status.withheld)),
        ]))?)
    }
}
