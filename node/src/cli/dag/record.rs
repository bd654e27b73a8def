//! `icn dag get`.

use super::{
    payload,
    reader::{Content, Found, Place, ReaderArgs},
    DagError,
};
use crate::cli::{client::NodeArgs, output::OutputArgs, value::Shown};
use icn_dag::{header::Author, Cid, Header, Node};
use std::path::PathBuf;

/// Show a record
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn dag get bafyrei…
  icn dag get bafyrei… --output json | jq .payload
  icn dag get bafyrei… --reader key:scribe       what is for the members of the DAG
  icn dag get bafyrei… --save record.cbor")]
pub(super) struct GetArgs {
    /// The record
    #[arg(value_name = "CID")]
    cid: Cid,

    /// Also write its bytes, dag-cbor, to this file
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,

    #[command(flatten)]
    reader: ReaderArgs,

    #[command(flatten)]
    node: NodeArgs,

    #[command(flatten)]
    output: OutputArgs,
}

impl Place {
    pub(super) fn shown(self) -> Shown {
        Shown::map([("block", Shown::integer(self.height)), ("place", Shown::wide(self.place))])
    }
}

impl Found {
    /// The record for people and programs, and where it stands.
    pub(super) fn show(&self) -> Shown {
        let fields = match &self.content {
            Content::Whole(node) => fields(node),
            Content::Header(signed) => {
                let payload = [("withheld", Shown::Bool(true)), ("payload", shown_link(&signed.header.payload))];
                header_fields(&self.cid, &signed.header).into_iter().chain(payload).collect()
            }
        };
        let place = ("final", self.place.map_or(Shown::Null, Place::shown));
        Shown::map(fields.into_iter().chain([place]))
    }
}

/// What a record says.
pub(in crate::cli) fn fields(node: &Node) -> Vec<(&'static str, Shown)> {
    let payload = ("payload", shown_json(&payload::to_json(node.payload().data())));
    header_fields(&node.cid(), node.header()).into_iter().chain([payload]).collect()
}

fn header_fields(cid: &Cid, header: &Header) -> Vec<(&'static str, Shown)> {
    let words = |list: Vec<String>| Shown::List(list.into_iter().map(Shown::Word).collect());
    let refs = header.refs.iter().map(|one| format!("{}={}", one.rel.as_str(), one.cid)).collect();
    let author = match &header.author {
        Author::Key(key) => ("key", Shown::word(key)),
        Author::Block(height) => ("emitted_by_block", Shown::integer(*height)),
    };
    vec![
        ("cid", Shown::word(cid)),
        ("dag", Shown::word(header.dag.as_str())),
        ("kind", Shown::word(header.kind)),
        ("issuer", Shown::word(header.issuer.as_str())),
        author,
        ("seq", Shown::wide(header.seq)),
        ("epoch", Shown::wide(header.epoch)),
        ("time", Shown::wide(header.time)),
        ("scope", Shown::word(format!("{}={}", header.scope.kind, header.scope.id.as_str()))),
        ("visibility", Shown::word(header.visibility)),
        ("parents", words(header.parents.iter().map(Cid::to_string).collect())),
        ("refs", words(refs)),
    ]
}

/// A link to what is not shown.
fn shown_link(cid: &Cid) -> Shown {
    Shown::map([("/", Shown::word(cid))])
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
        let found = self.reader.reading(&connection).await?.found(&self.cid).await?;
        let found = found.ok_or_else(|| DagError::Unknown(self.cid.to_string()))?;
        if let Some(path) = &self.save {
            let Content::Whole(node) = &found.content else { return Err(DagError::Withheld(self.cid.to_string())) };
            std::fs::write(path, node.bytes()).map_err(|source| DagError::File { path: path.clone(), source })?;
        }
        Ok(self.output.print(&found.show())?)
    }
}
