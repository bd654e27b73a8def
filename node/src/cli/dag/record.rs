//! `icn dag get`.

use super::{payload, DagError};
use crate::cli::{
    client::{ClientError, Connection, NodeArgs},
    output::OutputArgs,
    value::Shown,
};
use icn_dag::{Cid, Node, Proof};
use serde::Deserialize;
use std::path::PathBuf;
use subxt::rpcs::rpc_params;

/// Show a record
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn dag get bafyrei…
  icn dag get bafyrei… --output json | jq .payload
  icn dag get bafyrei… --save record.cbor")]
pub(super) struct GetArgs {
    /// The record
    #[arg(value_name = "CID")]
    cid: Cid,

    /// Also write its bytes, dag-cbor, to this file
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,

    #[command(flatten)]
    node: NodeArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// Where a record stands.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Place {
    height: u32,
    place: u64,
}

/// What the node has of a record.
#[derive(Debug, Deserialize)]
pub(super) struct Found {
    pub(super) record: String,
    #[serde(rename = "final")]
    pub(super) place: Option<Place>,
}

impl Place {
    pub(super) fn shown(self) -> Shown {
        Shown::map([("block", Shown::integer(self.height)), ("place", Shown::wide(self.place))])
    }
}

/// Asks for a record.
pub(super) async fn found(connection: &Connection, cid: &Cid) -> Result<Option<Found>, ClientError> {
    connection.ask("icn_dagGet", rpc_params![cid.to_string()]).await
}

/// Reads a record that the node sent under a name.
pub(super) fn decode(text: &str, cid: &Cid) -> Result<Node, DagError> {
    let wrong = || ClientError::Answer { method: "icn_dagGet" };
    let bytes = hex::decode(text.trim_start_matches("0x")).map_err(|_| wrong())?;
    let node = Node::decode(&bytes)?;
    if node.cid() != *cid {
        return Err(wrong().into());
    }
    Ok(node)
}

/// A record for people and programs, and where it stands.
pub(super) fn show(node: &Node, place: Option<Place>) -> Shown {
    let place = ("final", place.map_or(Shown::Null, Place::shown));
    Shown::map(fields(node).into_iter().chain([place]))
}

/// What a record says.
pub(in crate::cli) fn fields(node: &Node) -> Vec<(&'static str, Shown)> {
    let header = node.header();
    let words = |list: Vec<String>| Shown::List(list.into_iter().map(Shown::Word).collect());
    let refs = header.refs.iter().map(|one| format!("{}={}", one.rel.as_str(), one.cid)).collect();
    let author = match node.proof() {
        Proof::Signed { key, .. } => Shown::word(key),
        Proof::Emitted { height } => Shown::integer(*height),
    };
    let author_name = if matches!(node.proof(), Proof::Signed { .. }) { "key" } else { "emitted_by_block" };
    vec![
        ("cid", Shown::word(node.cid())),
        ("dag", Shown::word(header.dag.as_str())),
        ("kind", Shown::word(header.kind)),
        ("issuer", Shown::word(header.issuer.as_str())),
        (author_name, author),
        ("seq", Shown::wide(header.seq)),
        ("epoch", Shown::wide(header.epoch)),
        ("time", Shown::wide(header.time)),
        ("scope", Shown::word(format!("{}={}", header.scope.kind, header.scope.id.as_str()))),
        ("visibility", Shown::word(header.visibility)),
        ("parents", words(header.parents.iter().map(Cid::to_string).collect())),
        ("refs", words(refs)),
        ("payload", shown_json(&payload::to_json(node.payload().data()))),
    ]
}

/// JSON as it is shown.
fn shown_json(value: &serde_json::Value) -> Shown {
    use serde_json::Value;
    match value {
        Value::Null => Shown::Null,
        Value::Bool(flag) => Shown::Bool(*flag),
        Value::Number(number) => Shown::Integer(number.to_string()),
        Value::String(text) => Shown::Text(text.clone()),
        Value::Array(list) => Shown::List(list.iter().map(shown_json).collect()),
        Value::Object(map) => Shown::Map(map.iter().map(|(key, value)| (key.clone(), shown_json(value))).collect()),
    }
}

impl GetArgs {
    pub(super) async fn run(&self) -> Result<(), DagError> {
        let connection = self.node.connect().await?;
        let found = found(&connection, &self.cid).await?;
        let found = found.ok_or_else(|| DagError::Unknown(self.cid.to_string()))?;
        let node = decode(&found.record, &self.cid)?;
        if let Some(path) = &self.save {
            std::fs::write(path, node.bytes()).map_err(|source| DagError::File { path: path.clone(), source })?;
        }
        Ok(self.output.print(&show(&node, found.place))?)
    }
}
