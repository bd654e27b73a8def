//! Somebody who signs records, and gives them to nodes.

use crate::client::Node as Client;
use icn_dag::{Cid, Did, Draft, Ipld, Key, Kind, Node, Parents, Payload, Scope, ScopeKind, SigningKey, Visibility};
use jsonrpsee::{
    core::client::{ClientT as _, Error},
    rpc_params,
};
use serde::Deserialize;
use serde_json::{json, Value};
use std::time::Duration;

/// A key that writes a DAG.
pub struct Scribe {
    key: SigningKey,
    dag: Did,
}

/// What a node says of the next record.
#[derive(Clone, Debug, Deserialize)]
pub struct Next {
    /// Its number.
    pub seq: u64,
    /// Its epoch.
    pub epoch: u64,
    /// Its time.
    pub time: u64,
    /// What it may follow.
    pub parents: Vec<Cid>,
}

/// What a node has of a record.
#[derive(Clone, Debug, Deserialize)]
pub struct Found {
    /// Its bytes, in hex; `None` when its payload is not for who asks.
    pub record: Option<String>,
    /// Its signed header then.
    pub header: Option<Value>,
    /// Where it stands, once it is final.
    #[serde(rename = "final")]
    pub place: Option<Value>,
}

impl Scribe {
    /// The one with a number, who writes a DAG.
    pub fn new(number: u8, dag: &Did) -> Self {
        Self { key: SigningKey::from([number; 32]), dag: dag.clone() }
    }

    /// The writer that the DAG's owner lists.
    pub fn writer(number: u8) -> pallet_dag::Writer {
        let key = Key::of(&SigningKey::from([number; 32]));
        pallet_dag::Writer { issuer: Did::of_key(&key), key }
    }

    /// What a node says of the next record.
    pub async fn next(&self, node: &Client) -> Next {
        let key = Key::of(&self.key);
        let parameters =
            rpc_params![self.dag.as_str(), Did::of_key(&key).as_str(), format!("0x{}", hex::encode(key.0))];
        node.client.request("icn_dagNext", parameters).await.expect("answered")
    }

    /// What it signs so that a node of a chain keeps a blob, until a time.
    pub fn permit_until(&self, node: &Client, root: icn_blob::Root, expiry: u64) -> icn_blob::Permit {
        let owner = Did::of_key(&Key::of(&self.key));
        icn_blob::Permit::sign(&node.genesis().0, root, (owner, self.dag.clone()), expiry, &self.key)
    }

    /// A record that says something.
    pub fn record(&self, next: &Next, kind: Kind, says: &str) -> Node {
        self.record_with(next, kind, Visibility::Public, ("says", Ipld::String(says.into())))
    }

    /// A record that says anything.
    pub fn record_of(&self, next: &Next, kind: Kind, says: Ipld) -> Node {
        self.record_with(next, kind, Visibility::Public, ("says", says))
    }

    /// A record whose payload is a commitment, for whom it is.
    pub fn commitment(&self, next: &Next, kind: Kind, visibility: Visibility) -> Node {
        self.record_with(next, kind, visibility, ("commitment", Ipld::Bytes(vec![7; 32])))
    }

    /// The signature by which this key reads a record, until a time.
    pub fn read(&self, genesis: &[u8; 32], cid: &Cid, expiry: u64) -> Value {
        let hex = |bytes: &[u8]| format!("0x{}", hex::encode(bytes));
        let signature = self.key.sign(&icn_dag::read::message(genesis, cid, expiry)).to_bytes();
        json!({"key": hex(&Key::of(&self.key).0), "expiry": expiry, "signature": hex(&signature)})
    }

    fn record_with(&self, next: &Next, kind: Kind, visibility: Visibility, (name, says): (&str, Ipld)) -> Node {
        let payload = Ipld::Map([(name.to_owned(), says)].into());
        let draft = Draft {
            dag: self.dag.clone(),
            parents: Parents::new(next.parents.clone()).expect("a node says them in order"),
            issuer: Did::of_key(&Key::of(&self.key)),
            seq: next.seq,
            epoch: next.epoch,
            time: next.time,
            kind,
            scope: Scope { kind: ScopeKind::Cooperative, id: self.dag.clone() },
            visibility,
            refs: Default::default(),
            payload: Payload::new(payload).expect("it is small"),
        };
        Node::sign(draft, &self.key).expect("its fields fit")
    }

    /// Gives a node the next record; its name.
    pub async fn write(&self, node: &Client, kind: Kind, says: &str) -> Cid {
        let record = self.record(&self.next(node).await, kind, says);
        put(node, record.bytes()).await.expect("it is taken")
    }
}

/// Gives a node a record.
///
/// # Errors
/// When it is refused.
pub async fn put(node: &Client, record: &[u8]) -> Result<Cid, Error> {
    node.client.request("icn_dagPut", rpc_params![format!("0x{}", hex::encode(record))]).await
}

/// What a node has of a record.
pub async fn get(node: &Client, cid: &Cid) -> Option<Found> {
    node.client.request("icn_dagGet", rpc_params![cid.to_string()]).await.expect("answered")
}

/// Waits until a record is final at a node and there.
pub async fn wait_final(node: &Client, cid: &Cid) -> Value {
    let waiting = async {
        let mut look = tokio::time::interval(Duration::from_millis(20));
        loop {
            look.tick().await;
            if let Some(place) = get(node, cid).await.and_then(|found| found.place) {
                return place;
            }
        }
    };
    tokio::time::timeout(crate::client::PATIENCE, waiting).await.expect("it becomes final")
}
