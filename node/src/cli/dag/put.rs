//! `icn dag put`.

use super::{error::DagError, payload, reader::Reading, writer::RecordSignerArgs};
use crate::cli::{
    client::{ClientError, Connection, NodeArgs},
    output::{note, OutputArgs},
    value::Shown,
};
use icn_dag::{
    header::Author, Cid, Did, Draft, Kind, Node, Parents, Payload, Proof, Reference, References, Rel, Scope, ScopeKind,
    Visibility,
};
use serde::Deserialize;
use serde_json::Value;
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};
use subxt::rpcs::rpc_params;

/// How often the node is asked whether a record is final.
const POLL: Duration = Duration::from_millis(100);

/// Sign a record, and follow it until it is final
///
/// Number, epoch, time and parents come from the node: the record follows the DAG's tips unless --parent names others.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn dag put did:icn:local:… --kind genesis --payload '{\"name\": \"Mill\"}' --signer key:scribe
  icn dag put did:icn:local:… --kind thread --payload '{\"topic\": \"Roof\"}' --signer key:scribe
  icn dag put did:icn:local:… --kind message --ref thread=bafyrei… --payload-file letter.json --signer key:scribe
  icn dag put did:icn:local:… --kind config --payload '{\"logo\": {\"/\": \"bafkrei…\"}}' --signer //Alice --no-wait")]
pub(super) struct PutArgs {
    /// The DAG
    #[arg(value_name = "DAG")]
    dag: Did,

    /// What the record is: genesis, proposal, amendment, vote, thread, message, config, and so on
    #[arg(long, value_name = "KIND")]
    kind: Kind,

    /// What it says, as DAG-JSON: an object; {"/": "CID"} is a link
    #[arg(long, value_name = "JSON", conflicts_with = "payload_file", default_value = "{}")]
    payload: String,

    /// File with what it says
    #[arg(long, value_name = "FILE")]
    payload_file: Option<PathBuf>,

    /// A record that it follows [default: the DAG's tips]
    #[arg(long = "parent", value_name = "CID")]
    parents: Vec<Cid>,

    /// A record or blob that it refers to, such as thread=bafyrei…
    #[arg(long = "ref", value_name = "RELATION=CID", value_parser = reference)]
    references: Vec<Reference>,

    /// For whom it speaks, such as cooperative=did:icn:… [default: the DAG's owner, as a cooperative]
    #[arg(long, value_name = "KIND=DID", value_parser = scope)]
    scope: Option<Scope>,

    /// Who may see the payload: public, federation, members, disclosed
    #[arg(long, value_name = "WHO", default_value = "public")]
    visibility: Visibility,

    /// Who makes it [default: the did:key of the signer]
    #[arg(long, value_name = "DID")]
    issuer: Option<Did>,

    /// Do not wait until it is final
    #[arg(long)]
    no_wait: bool,

    /// How long to wait, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    wait_max: u64,

    #[command(flatten)]
    signer: RecordSignerArgs,

    #[command(flatten)]
    node: NodeArgs,

    #[command(flatten)]
    output: OutputArgs,
}

fn reference(text: &str) -> Result<Reference, String> {
    let (rel, cid) = text.split_once('=').ok_or("write RELATION=CID")?;
    let rel: Rel = rel.parse().map_err(|error| format!("{error}"))?;
    Ok(Reference { rel, cid: cid.parse().map_err(|error| format!("{error}"))? })
}

fn scope(text: &str) -> Result<Scope, String> {
    let (kind, id) = text.split_once('=').ok_or("write KIND=DID")?;
    let kind: ScopeKind = kind.parse().map_err(|error| format!("{error}"))?;
    Ok(Scope { kind, id: id.parse().map_err(|error| format!("{error}"))? })
}

/// What the node says of a writer's next record.
#[derive(Deserialize)]
struct Next {
    seq: u64,
    epoch: u64,
    time: u64,
    parents: Vec<Cid>,
}

impl PutArgs {
    pub(super) async fn run(&self) -> Result<(), DagError> {
        let payload = Payload::new(payload::from_json(self.json()?)?)?;
        let connection = self.node.connect().await?;
        let signer = self.signer.signer(&connection).await?;
        let key = signer.key();
        let issuer = self.issuer.clone().unwrap_or_else(|| Did::of_key(&key));
        let key_hex = format!("0x{}", hex::encode(key.0));
        let parameters = rpc_params![self.dag.as_str(), issuer.as_str(), key_hex];
        let next: Next = connection.ask("icn_dagNext", parameters).await?;
        let draft = self.draft(next, issuer, payload)?;
        let signing_cid = draft.header(Author::Key(key)).signing_cid();
        let node = Node::with_proof(draft, Proof::Signed { key, sig: signer.sign(&signing_cid)? })?;
        node.verify()?;
        let bytes = format!("0x{}", hex::encode(node.bytes()));
        let cid: Cid = connection.ask("icn_dagPut", rpc_params![bytes]).await?;
        let place = if self.no_wait { None } else { Some(self.wait(&connection, &cid).await?) };
        let shown = [
            ("cid", Shown::word(cid)),
            ("seq", Shown::wide(node.header().seq)),
            ("final", place.unwrap_or(Shown::Null)),
        ];
        Ok(self.output.print(&Shown::map(shown))?)
    }

    fn json(&self) -> Result<Value, DagError> {
        let text = match &self.payload_file {
            None => self.payload.clone(),
            Some(path) => {
                std::fs::read_to_string(path).map_err(|source| DagError::File { path: path.clone(), source })?
            }
        };
        serde_json::from_str(&text).map_err(|error| DagError::Payload(error.to_string()))
    }

    fn draft(&self, next: Next, issuer: Did, payload: Payload) -> Result<Draft, DagError> {
        let parents = match self.kind {
            Kind::Genesis => Vec::new(),
            _ if self.parents.is_empty() => next.parents,
            _ => self.parents.clone(),
        };
        let scope = Scope { kind: ScopeKind::Cooperative, id: self.dag.clone() };
        let too_many = |_| DagError::Payload("too many parents or references".into());
        Ok(Draft {
            dag: self.dag.clone(),
            parents: Parents::sorted(parents).map_err(too_many)?,
            issuer,
            seq: next.seq,
            epoch: next.epoch,
            time: next.time,
            kind: self.kind,
            scope: self.scope.clone().unwrap_or(scope),
            visibility: self.visibility,
            refs: References::sorted(self.references.iter().cloned()).map_err(too_many)?,
            payload,
        })
    }

    async fn wait(&self, connection: &Connection, cid: &Cid) -> Result<Shown, DagError> {
        if self.output.is_text() {
            note(&format!("{cid} waits to be final")).map_err(ClientError::Terminal)?;
        }
        let deadline = Instant::now() + Duration::from_secs(self.wait_max);
        let (mut poll, reading) = (tokio::time::interval(POLL), Reading::of_anybody(connection));
        while Instant::now() < deadline {
            poll.tick().await;
            if let Some(place) = reading.found(cid).await?.and_then(|found| found.place) {
                return Ok(place.shown());
            }
        }
        Err(DagError::Waited { cid: cid.to_string(), seconds: self.wait_max })
    }
}
