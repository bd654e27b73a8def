//! Who reads records, and what a node shows them.

use super::{writer::RecordSigner, DagError};
use crate::cli::{
    client::{ClientError, Connection},
    keys::PassphraseArgs,
    settings::HomeArgs,
};
use icn_dag::{read, Cid, Did, Header, Moment, Node, SignatureBytes, SignedHeader};
use serde::Deserialize;
use serde_json::{json, Value};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use subxt::rpcs::rpc_params;

/// For how long a proof of who reads is good.
const EXPIRY: Duration = Duration::from_secs(60);

/// Who reads.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct ReaderArgs {
    /// Read as a key that may write the DAG, to see what is for its members: an Ed25519 account of the home, such as key:scribe; or, on
    /// Development chains, the Ed25519 key of a development account, such as //Alice
    #[arg(long, value_name = "key:NAME or //NAME")]
    reader: Option<String>,

    /// Whose key that is [default: the did:key of the key]
    #[arg(long, value_name = "DID", requires = "reader")]
    reader_issuer: Option<Did>,

    #[command(flatten)]
    home: HomeArgs,

    #[command(flatten)]
    passphrase: PassphraseArgs,
}

/// Asks a node for records.
pub(super) struct Reading<'a> {
    connection: &'a Connection,
    reader: Option<(RecordSigner, Did)>,
}

/// Where a record stands.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Place {
    pub(super) height: u32,
    pub(super) place: u64,
}

/// What a node answers.
#[derive(Debug, Deserialize)]
struct Answer {
    record: Option<String>,
    header: Option<Withheld>,
    #[serde(rename = "final")]
    place: Option<Place>,
}

#[derive(Debug, Deserialize)]
struct Withheld {
    header: String,
    signature: String,
}

/// What the node shows of a record.
pub(super) enum Content {
    /// All of it.
    Whole(Box<Node>),
    /// Its signed header: the payload is not for this reader. That the header is of this name, the node says.
    Header(Box<SignedHeader>),
}

/// A record that the node has.
pub(super) struct Found {
    pub(super) cid: Cid,
    pub(super) content: Content,
    pub(super) place: Option<Place>,
}

impl Found {
    /// Everything but the payload.
    pub(super) fn header(&self) -> &Header {
        match &self.content {
            Content::Whole(node) => node.header(),
            Content::Header(signed) => &signed.header,
        }
    }
}

impl ReaderArgs {
    /// Asks over a connection.
    pub(super) async fn reading<'a>(&self, connection: &'a Connection) -> Result<Reading<'a>, DagError> {
        let Some(name) = &self.reader else { return Ok(Reading::of_anybody(connection)) };
        let signer = RecordSigner::open(name, &self.home, &self.passphrase, connection).await?;
        let issuer = self.reader_issuer.clone().unwrap_or_else(|| Did::of_key(&signer.key()));
        Ok(Reading { connection, reader: Some((signer, issuer)) })
    }
}

impl<'a> Reading<'a> {
    /// Without saying who reads.
    pub(super) fn of_anybody(connection: &'a Connection) -> Self {
        Self { connection, reader: None }
    }

    /// What says to the node who reads a record.
    pub(super) fn proof(&self, cid: &Cid) -> Result<Option<Value>, DagError> {
        let Some((signer, issuer)) = &self.reader else { return Ok(None) };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let expiry = Moment::try_from((now + EXPIRY).as_millis()).unwrap_or(Moment::MAX);
        let signature = signer.sign_message(&read::message(&self.connection.genesis_hash(), cid, expiry))?;
        let hex = |bytes: &[u8]| format!("0x{}", hex::encode(bytes));
        Ok(Some(json!({
            "issuer": issuer.as_str(), "key": hex(&signer.key().0), "expiry": expiry, "signature": hex(&signature),
        })))
    }

    /// A record, if the node has it.
    pub(super) async fn found(&self, cid: &Cid) -> Result<Option<Found>, DagError> {
        let parameters = rpc_params![cid.to_string(), self.proof(cid)?];
        let Some(answer) = self.connection.ask::<Option<Answer>>("icn_dagGet", parameters).await? else {
            return Ok(None);
        };
        let content = match (answer.record, answer.header) {
            (Some(record), _) => Content::Whole(Box::new(decode(&record, cid)?)),
            (None, Some(withheld)) => Content::Header(Box::new(signed(&withheld)?)),
            (None, None) => return Err(wrong().into()),
        };
        Ok(Some(Found { cid: *cid, content, place: answer.place }))
    }
}

fn wrong() -> ClientError {
    ClientError::Answer { method: "icn_dagGet" }
}

fn bytes(text: &str) -> Result<Vec<u8>, ClientError> {
    hex::decode(text.trim_start_matches("0x")).map_err(|_| wrong())
}

/// Reads a record that the node sent under a name.
fn decode(text: &str, cid: &Cid) -> Result<Node, DagError> {
    let node = Node::decode(&bytes(text)?)?;
    if node.cid() != *cid {
        return Err(wrong().into());
    }
    Ok(node)
}

fn signed(withheld: &Withheld) -> Result<SignedHeader, DagError> {
    let signature = SignatureBytes::try_from(bytes(&withheld.signature)?).map_err(|_| wrong())?;
    let signed = SignedHeader { header: Header::decode(&bytes(&withheld.header)?)?, signature };
    signed.verify()?;
    Ok(signed)
}
