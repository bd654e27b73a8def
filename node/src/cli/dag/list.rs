//! `icn dag log`.

use super::{
    record::{decode, found, show},
    DagError,
};
use crate::cli::{
    client::NodeArgs,
    output::{line, OutputArgs},
    value::Shown,
};
use icn_dag::{Cid, Did, Kind, Node};
use serde::Deserialize;
use serde_json::{json, Map, Value};
use subxt::rpcs::rpc_params;

/// Characters of a CID that tell records apart in a drawing.
const SHORT: usize = 8;

/// List the records of a DAG, by time
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn dag log did:icn:local:…
  icn dag log did:icn:local:… --kind message --limit 20
  icn dag log did:icn:local:… --graph            draws what follows what
  icn dag log did:icn:local:… --output json | jq -r '.[].cid'")]
pub(super) struct LogArgs {
    /// The DAG
    #[arg(value_name = "DAG")]
    dag: Did,

    /// Only records of this kind
    #[arg(long, value_name = "KIND")]
    kind: Option<Kind>,

    /// From this time on, in milliseconds since 1970
    #[arg(long, value_name = "MS")]
    from: Option<u64>,

    /// Up to this time
    #[arg(long, value_name = "MS")]
    to: Option<u64>,

    /// At most so many, up to 1000
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: u64,

    /// Draw which record follows which
    #[arg(long)]
    graph: bool,

    #[command(flatten)]
    node: NodeArgs,

    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Deserialize)]
struct Listed {
    cid: Cid,
}

impl LogArgs {
    fn query(&self) -> Value {
        let mut query = Map::new();
        query.insert("dag".into(), json!(self.dag.as_str()));
        query.insert("limit".into(), json!(self.limit));
        query.extend(self.kind.map(|kind| ("kind".into(), json!(kind.as_str()))));
        query.extend(self.from.map(|from| ("from".into(), json!(from))));
        query.extend(self.to.map(|to| ("to".into(), json!(to))));
        Value::Object(query)
    }

    pub(super) async fn run(&self) -> Result<(), DagError> {
        let connection = self.node.connect().await?;
        let listed: Vec<Listed> = connection.ask("icn_dagQuery", rpc_params![self.query()]).await?;
        let (mut nodes, mut shown) = (Vec::new(), Vec::new());
        for Listed { cid } in listed {
            // It may have been dropped meanwhile.
            let Some(found) = found(&connection, &cid).await? else { continue };
            let node = decode(&found.record, &cid)?;
            shown.push(show(&node, found.place));
            nodes.push(node);
        }
        if self.graph && self.output.is_text() {
            return Ok(line(&draw(&nodes))?);
        }
        Ok(self.output.print(&Shown::List(shown))?)
    }
}

/// Draws records that are sorted so that each comes after its parents: the newest on top, a column for each line of descent.
fn draw(nodes: &[Node]) -> String {
    let mut columns: Vec<Option<Cid>> = Vec::new();
    let mut text = String::new();
    for node in nodes.iter().rev() {
        let cid = node.cid();
        // Every column that waits for this record ends here; the first of them goes on.
        let own = match columns.iter().position(|column| *column == Some(cid)) {
            Some(column) => column,
            None => free(&mut columns),
        };
        let marks: Vec<&str> = (0..columns.len())
            .map(|index| match columns.get(index) {
                _ if index == own => "*",
                Some(Some(waiting)) if *waiting == cid => "/",
                Some(Some(_)) => "|",
                _ => " ",
            })
            .collect();
        text += &format!("{} {}\n", marks.join(" "), label(node));
        columns.iter_mut().filter(|column| **column == Some(cid)).for_each(|column| *column = None);
        let mut parents = node.header().parents.iter();
        if let Some(slot) = columns.get_mut(own) {
            *slot = parents.next().copied();
        }
        for parent in parents {
            if !columns.contains(&Some(*parent)) {
                let column = free(&mut columns);
                columns[column] = Some(*parent);
            }
        }
        while columns.last() == Some(&None) {
            columns.pop();
        }
    }
    text.trim_end().into()
}

/// A column that nothing runs through.
fn free(columns: &mut Vec<Option<Cid>>) -> usize {
    columns.iter().position(Option::is_none).unwrap_or_else(|| {
        columns.push(None);
        columns.len() - 1
    })
}

fn label(node: &Node) -> String {
    let cid = node.cid().to_string();
    let header = node.header();
    let short = &cid[cid.len() - SHORT..];
    format!("{short} {} #{} {}", header.kind, header.seq, header.issuer.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use icn_dag::{Draft, Ipld, Parents, Payload, Scope, ScopeKind, SigningKey, Visibility};

    fn node(kind: Kind, seq: u64, parents: &[&Node]) -> Node {
        let signer = SigningKey::from([7; 32]);
        let dag = Did::of_hash("local", &[1; 32]).expect("a network");
        let draft = Draft {
            dag: dag.clone(),
            parents: Parents::sorted(parents.iter().map(|parent| parent.cid())).expect("few"),
            issuer: Did::of_key(&icn_dag::Key::of(&signer)),
            seq,
            epoch: 0,
            time: seq,
            kind,
            scope: Scope { kind: ScopeKind::Cooperative, id: dag },
            visibility: Visibility::Public,
            refs: Default::default(),
            payload: Payload::new(Ipld::Map(Default::default())).expect("small"),
        };
        Node::sign(draft, &signer).expect("it is one")
    }

    /// The drawing without what follows the marks.
    fn marks(nodes: &[Node]) -> Vec<String> {
        let cut = |line: &str| line.chars().take_while(|mark| "*|/ ".contains(*mark)).collect::<String>();
        draw(nodes).lines().map(|line| cut(line).trim_end().to_owned()).collect()
    }

    #[test]
    fn a_line_of_records_is_one_column() {
        let genesis = node(Kind::Genesis, 0, &[]);
        let second = node(Kind::Config, 1, &[&genesis]);
        let third = node(Kind::Config, 2, &[&second]);
        assert_eq!(marks(&[genesis, second, third]), ["*", "*", "*"]);
    }

    #[test]
    fn lines_that_part_and_meet_are_columns() {
        let genesis = node(Kind::Genesis, 0, &[]);
        let (left, right) = (node(Kind::Config, 1, &[&genesis]), node(Kind::Config, 2, &[&genesis]));
        let both = node(Kind::Config, 3, &[&left, &right]);
        let drawn = marks(&[genesis, left, right, both]);
        assert_eq!(drawn.len(), 4);
        assert_eq!(drawn[0], "*");
        assert!(drawn[1].contains('*') && drawn[1].contains('|'), "{drawn:?}");
        assert_eq!(drawn[3], "* /");
    }
}
