//! `icn dag log`, `icn dag find`.

use super::{
    reader::{Found, ReaderArgs},
    DagError,
};
use crate::cli::{
    client::NodeArgs,
    output::{line, OutputArgs},
    value::Shown,
};
use icn_dag::{Cid, Did, Header, Kind};
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

    #[command(flatten)]
    which: WhichArgs,

    /// Draw which record follows which
    #[arg(long)]
    graph: bool,
}

/// List records by who made them, for whom they speak, or what they refer to, by time
///
/// Records that refer to one are its audit trail: votes and receipts of a proposal, messages of a thread.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn dag find --issuer did:key:z6Mk…
  icn dag find --scope did:icn:local:… --from 1700000000000
  icn dag find --ref bafyrei… --output json | jq -r '.[].cid'")]
pub(super) struct FindArgs {
    #[command(flatten)]
    by: ByArgs,

    #[command(flatten)]
    which: WhichArgs,
}

#[derive(Clone, Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct ByArgs {
    /// Records that this issuer made, in all DAGs
    #[arg(long, value_name = "DID")]
    issuer: Option<Did>,

    /// Records that speak for this organisation or person
    #[arg(long, value_name = "DID")]
    scope: Option<Did>,

    /// Records here that refer to this record or blob
    #[arg(long = "ref", value_name = "CID")]
    reference: Option<Cid>,
}

/// Which of a list.
#[derive(Clone, Debug, clap::Args)]
struct WhichArgs {
    /// From this time on, in milliseconds since 1970
    #[arg(long, value_name = "MS")]
    from: Option<u64>,

    /// Up to this time
    #[arg(long, value_name = "MS")]
    to: Option<u64>,

    /// At most so many, up to 1000
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: u64,

    #[command(flatten)]
    reader: ReaderArgs,

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
    pub(super) async fn run(&self) -> Result<(), DagError> {
        let kind = self.kind.map(|kind| ("kind", json!(kind.as_str())));
        let found = self.which.found([Some(("dag", json!(self.dag.as_str()))), kind]).await?;
        if self.graph && self.which.output.is_text() {
            let drawn: Vec<(Cid, &Header)> = found.iter().map(|one| (one.cid, one.header())).collect();
            return Ok(line(&draw(&drawn))?);
        }
        self.which.print(&found)
    }
}

impl FindArgs {
    pub(super) async fn run(&self) -> Result<(), DagError> {
        let did = |did: &Did| json!(did.as_str());
        let found = self.which.found([
            self.by.issuer.as_ref().map(|issuer| ("issuer", did(issuer))),
            self.by.scope.as_ref().map(|scope| ("scope", did(scope))),
            self.by.reference.as_ref().map(|cid| ("ref", json!(cid.to_string()))),
        ]);
        self.which.print(&found.await?)
    }
}

impl WhichArgs {
    /// The records of a list that the node shows. It may have dropped one meanwhile, or know the place of one only.
    async fn found(&self, of: impl IntoIterator<Item = Option<(&'static str, Value)>>) -> Result<Vec<Found>, DagError> {
        let connection = self.node.connect().await?;
        let reading = self.reader.reading(&connection).await?;
        let mut query: Map<String, Value> =
            of.into_iter().flatten().map(|(name, value)| (name.into(), value)).collect();
        query.insert("limit".into(), json!(self.limit));
        query.extend(self.from.map(|from| ("from".into(), json!(from))));
        query.extend(self.to.map(|to| ("to".into(), json!(to))));
        let listed: Vec<Listed> = connection.ask("icn_dagQuery", rpc_params![Value::Object(query)]).await?;
        let mut found = Vec::new();
        for Listed { cid } in listed {
            found.extend(reading.found(&cid).await?);
        }
        Ok(found)
    }

    fn print(&self, found: &[Found]) -> Result<(), DagError> {
        Ok(self.output.print(&Shown::List(found.iter().map(Found::show).collect()))?)
    }
}

/// Draws records that are sorted so that each comes after its parents: the newest on top, a column for each line of descent.
fn draw(nodes: &[(Cid, &Header)]) -> String {
    let mut columns: Vec<Option<Cid>> = Vec::new();
    let mut text = String::new();
    for (cid, header) in nodes.iter().rev() {
        let cid = *cid;
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
        text += &format!("{} {}\n", marks.join(" "), label(&cid, header));
        columns.iter_mut().filter(|column| **column == Some(cid)).for_each(|column| *column = None);
        let mut parents = header.parents.iter();
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

fn label(cid: &Cid, header: &Header) -> String {
    let cid = cid.to_string();
    let short = &cid[cid.len() - SHORT..];
    format!("{short} {} #{} {}", header.kind, header.seq, header.issuer.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use icn_dag::{Draft, Ipld, Node, Parents, Payload, Scope, ScopeKind, SigningKey, Visibility};

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
        let drawn: Vec<_> = nodes.iter().map(|node| (node.cid(), node.header())).collect();
        draw(&drawn).lines().map(|line| cut(line).trim_end().to_owned()).collect()
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
