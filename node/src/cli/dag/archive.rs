//! `icn dag export` and `icn dag import`: records in files.

use super::{
    car::{Reader, Writer},
    reader::{Content, ReaderArgs},
    DagError,
};
use crate::cli::{
    client::{ClientError, Connection, NodeArgs},
    output::{note, OutputArgs},
    value::Shown,
};
use icn_dag::{Cid, Did, Node};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{
    fs::File,
    io::{BufReader, BufWriter, Write},
    path::PathBuf,
    time::Duration,
};
use subxt::rpcs::{rpc_params, UserError};

/// Records that are asked for at once.
const PAGE: u64 = 1_000;

/// Time between two tries while too many records wait at the node.
const PAUSE: Duration = Duration::from_millis(500);

/// How many refused records are named.
const NAMED_MAX: usize = 20;

/// Error codes of the node: a rule is broken, and too many records wait.
const REFUSED: i32 = 5001;
const FULL: i32 = 5002;

/// Write the records of a DAG to a file
///
/// The file is a content-addressable archive (CAR, version 1), which other IPLD programs read too. Each record comes after those that
/// it follows.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn dag export did:icn:local:… --out mill.car
  icn dag export did:icn:local:… > mill.car")]
pub(super) struct ExportArgs {
    /// The DAG
    #[arg(value_name = "DAG")]
    dag: Did,

    /// File to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    #[command(flatten)]
    reader: ReaderArgs,

    #[command(flatten)]
    node: NodeArgs,
}

/// Give a node the records of a file
///
/// What the node has already is left out. A record that is final and that the node lacks is kept; one that is not final waits to be.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn dag import mill.car
  icn dag import mill.car --output json | jq .refused")]
pub(super) struct ImportArgs {
    /// The archive, of `icn dag export`
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    node: NodeArgs,

    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Listed {
    time: u64,
    cid: Cid,
}

impl ExportArgs {
    pub(super) async fn run(&self) -> Result<(), DagError> {
        let connection = self.node.connect().await?;
        let reading = self.reader.reading(&connection).await?;
        let tips: Vec<Cid> = connection.ask("icn_dagTips", rpc_params![self.dag.as_str()]).await?;
        let path = self.out.clone().unwrap_or_else(|| "standard output".into());
        let failed = |source| DagError::File { path: path.clone(), source };
        let to: Box<dyn Write> = match &self.out {
            Some(path) => Box::new(File::create(path).map_err(failed)?),
            None => Box::new(std::io::stdout()),
        };
        let archive = |source| DagError::Archive { path: path.clone(), source };
        let mut writer = Writer::new(BufWriter::new(to), &tips).map_err(archive)?;
        let (mut count, mut withheld, mut after, mut group) = (0u64, 0u64, None::<Listed>, Vec::<Node>::new());
        loop {
            let query = json!({"dag": self.dag.as_str(), "limit": PAGE, "after": after});
            let page: Vec<Listed> = connection.ask("icn_dagQuery", rpc_params![query]).await?;
            for one in &page {
                // It may have been dropped meanwhile, or the node may have its place only.
                let Some(found) = reading.found(&one.cid).await? else { continue };
                let Content::Whole(node) = found.content else {
                    withheld += 1;
                    continue;
                };
                // What a record follows has its time or a lesser one.
                if group.first().is_some_and(|first| first.header().time < one.time) {
                    count += group.len() as u64;
                    for node in sorted(std::mem::take(&mut group)) {
                        writer.write(&node).map_err(archive)?;
                    }
                }
                group.push(*node);
            }
            match page.last() {
                Some(last) => after = Some(*last),
                None => break,
            }
        }
        count += group.len() as u64;
        for node in sorted(group) {
            writer.write(&node).map_err(archive)?;
        }
        writer.finish().map_err(archive)?.into_inner().map_err(|error| failed(error.into_error()))?;
        if withheld > 0 {
            note(&format!("{withheld} records are not for everybody and were left out: give --reader"))?;
        }
        Ok(note(&format!("Wrote {count} records to {}", path.display()))?)
    }
}

/// Records of one time, each after those among them that it follows, and after the one before it of its key.
fn sorted(mut nodes: Vec<Node>) -> Vec<Node> {
    nodes.sort_by_key(|node| node.header().seq);
    let mut order = Vec::new();
    while !nodes.is_empty() {
        let left: std::collections::BTreeSet<Cid> = nodes.iter().map(Node::cid).collect();
        let (now, later): (Vec<_>, Vec<_>) =
            nodes.into_iter().partition(|node| !node.header().parents.iter().any(|parent| left.contains(parent)));
        // Nothing follows itself, so some are left that follow nothing here.
        order.extend(now);
        nodes = later;
        if nodes.len() == left.len() {
            break;
        }
    }
    order
}

/// What a node makes of a record.
enum Taken {
    New,
    Known,
    Refused(String),
}

impl ImportArgs {
    pub(super) async fn run(&self) -> Result<(), DagError> {
        let archive = |source| DagError::Archive { path: self.file.clone(), source };
        let file = File::open(&self.file).map_err(|source| DagError::File { path: self.file.clone(), source })?;
        let mut reader = Reader::new(BufReader::new(file)).map_err(archive)?;
        let connection = self.node.connect().await?;
        let (mut taken, mut known, mut refused, mut named) = (0u64, 0u64, 0u64, Vec::new());
        while let Some(node) = reader.next().map_err(archive)? {
            match put(&connection, &node).await? {
                Taken::New => taken += 1,
                Taken::Known => known += 1,
                Taken::Refused(reason) => {
                    refused += 1;
                    if named.len() < NAMED_MAX {
                        named.push((node.cid(), reason));
                    }
                }
            }
        }
        let words = |(cid, reason): &(Cid, String)| {
            Shown::map([("cid", Shown::word(cid)), ("reason", Shown::Text(reason.clone()))])
        };
        self.output.print(&Shown::map([
            ("taken", Shown::wide(taken)),
            ("known", Shown::wide(known)),
            ("refused", Shown::List(named.iter().map(words).collect())),
        ]))?;
        if refused > 0 {
            return Err(DagError::Import { refused });
        }
        Ok(())
    }
}

/// Gives the node a record, when it has room for it.
async fn put(connection: &Connection, node: &Node) -> Result<Taken, DagError> {
    let bytes = format!("0x{}", hex::encode(node.bytes()));
    let mut told = false;
    loop {
        let answer = connection.try_ask::<Cid>("icn_dagPut", rpc_params![&bytes]).await?;
        match answer {
            Ok(_) => return Ok(Taken::New),
            Err(UserError { code: FULL, message, .. }) => {
                if !std::mem::replace(&mut told, true) {
                    note(&message).map_err(ClientError::Terminal)?;
                }
                tokio::time::sleep(PAUSE).await;
            }
            Err(UserError { code: REFUSED, data: Some(rule), .. }) if rule.get() == "\"duplicate\"" => {
                return Ok(Taken::Known);
            }
            Err(refusal) => return Ok(Taken::Refused(refusal.message)),
        }
    }
}
