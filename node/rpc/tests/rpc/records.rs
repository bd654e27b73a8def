//! Signed records: what the methods take and answer. What a node makes of them, `tests/tests/records.rs` shows.

use crate::memory::Node;
use icn_dag::{cid::Codec, Cid, Did, Key, Kind, Moment, SigningKey};
use icn_merkle::InclusionProof;
use icn_primitives::Hash;
use icn_rpc::{
    backend::{
        BlockRef, FoundRecord, NextRecord, ReadError, RecordError, RecordProof, RecordQuery, RecordQueryKey, Records,
    },
    hex::encode,
};
use parking_lot::Mutex;
use serde_json::{json, Value};
use tokio::sync::broadcast;

/// Records by script: of what it is asked, the last question is kept.
pub(crate) struct Script {
    taken: broadcast::Sender<Cid>,
    asked: Mutex<Vec<RecordQuery>>,
}

impl Default for Script {
    fn default() -> Self {
        Self { taken: broadcast::channel(8).0, asked: Mutex::default() }
    }
}

fn name_of(bytes: &[u8]) -> Cid {
    Cid::of(Codec::DagCbor, bytes)
}

/// The record that is here, and final.
fn here() -> Cid {
    name_of(b"here")
}

fn dag() -> Did {
    Did::of_hash("local", &[7; 32]).expect("a network")
}

fn key() -> Key {
    Key::of(&SigningKey::from([7; 32]))
}

impl Records for Script {
    fn put(&self, bytes: &[u8]) -> Result<Cid, RecordError> {
        match bytes {
            b"full" => Err(RecordError::Full),
            b"bad" => Err(RecordError::Refused("bad_signature", "the signature is not the key's".into())),
            _ => {
                let cid = name_of(bytes);
                // Nobody may listen.
                let _ = self.taken.send(cid);
                Ok(cid)
            }
        }
    }

    fn get(&self, cid: &Cid) -> Result<Option<FoundRecord>, ReadError> {
        Ok((*cid == here()).then(|| FoundRecord { bytes: b"here".to_vec(), place: Some((3, 1)) }))
    }

    fn next(&self, dag: &Did, _: &Did, _: &Key) -> Result<NextRecord, RecordError> {
        if *dag != self::dag() {
            return Err(RecordError::Refused("unknown_dag", "the chain has no such DAG".into()));
        }
        Ok(NextRecord { seq: 4, epoch: 1, time: 1_700_000_000_000, parents: vec![here()] })
    }

    fn tips(&self, _: &Did, limit: usize) -> Result<Vec<Cid>, ReadError> {
        Ok([here()].into_iter().take(limit).collect())
    }

    fn children(&self, parent: &Cid, limit: usize) -> Result<Vec<Cid>, ReadError> {
        Ok((0..limit).map(|number| name_of(&[parent.as_bytes(), &number.to_be_bytes()[..]].concat())).collect())
    }

    fn query(&self, query: &RecordQuery) -> Result<Vec<(Moment, Cid)>, ReadError> {
        self.asked.lock().push(query.clone());
        Ok(vec![(5, here())])
    }

    fn prove(&self, cid: &Cid) -> Result<Option<RecordProof>, ReadError> {
        Ok((*cid == here()).then(|| RecordProof {
            block: BlockRef { number: 3, hash: Hash::repeat_byte(3) },
            root: Hash::repeat_byte(4),
            record: None,
            inclusion: InclusionProof { index: 1, size: 2, path: vec![[5; 32]] },
            log_key: vec![6],
            log: vec![7],
            log_proof: vec![8],
        }))
    }

    fn evidence(&self, _: &Did, key: &Key) -> Result<Option<Vec<u8>>, ReadError> {
        Ok((*key == self::key()).then(|| vec![9]))
    }

    fn taken(&self) -> broadcast::Receiver<Cid> {
        self.taken.subscribe()
    }
}

#[tokio::test]
async fn a_record_is_put_found_and_proven() {
    let node = Node::new();
    let cid = node.call("icn_dagPut", json!([encode(b"new")])).await;
    assert_eq!(cid, json!(name_of(b"new").to_string()));
    let found = node.call("icn_dagGet", json!([here()])).await;
    assert_eq!(found, json!({"cid": here(), "record": encode(b"here"), "final": {"height": 3, "place": 1}}));
    assert_eq!(node.call("icn_dagGet", json!([cid])).await, Value::Null);
    assert_eq!(node.call("icn_dagProof", json!([cid])).await, Value::Null);
    let proof = node.call("icn_dagProof", json!({"cid": here()})).await;
    let expected = json!({
        "block": {"hash": Hash::repeat_byte(3), "number": 3}, "root": Hash::repeat_byte(4), "record": null,
        "inclusion": {"index": 1, "size": 2, "path": [encode([5; 32])]}, "logKey": "0x06", "log": "0x07", "logProof": "0x08",
    });
    assert_eq!(proof, expected);
}

#[tokio::test]
async fn a_refused_record_has_the_code_of_the_rule() {
    let node = Node::new();
    let (code, words, data) = node.refused("icn_dagPut", json!([encode(b"bad")])).await;
    assert_eq!((code, data), (5001, json!("bad_signature")));
    assert_eq!(words, "Record refused: the signature is not the key's");
    assert_eq!(node.refused("icn_dagPut", json!([encode(b"full")])).await.0, 5002);
    let elsewhere = Did::of_hash("local", &[8; 32]).expect("a network");
    let parameters = json!([elsewhere, Did::of_key(&key()), encode(key().0)]);
    assert_eq!(node.refused("icn_dagNext", parameters).await.2, "unknown_dag");
}

#[tokio::test]
async fn what_a_writer_says_next() {
    let node = Node::new();
    let next = node.call("icn_dagNext", json!([dag(), Did::of_key(&key()), encode(key().0)])).await;
    assert_eq!(next, json!({"seq": 4, "epoch": 1, "time": 1_700_000_000_000u64, "parents": [here()]}));
    assert_eq!(node.call("icn_dagTips", json!([dag()])).await, json!([here()]));
    assert_eq!(node.call("icn_dagEvidence", json!([dag(), encode(key().0)])).await, "0x09");
    assert_eq!(node.call("icn_dagEvidence", json!([dag(), encode([1; 32])])).await, Value::Null);
}

#[tokio::test]
async fn lists_are_bounded() {
    let node = Node::new();
    let count = |list: Value| list.as_array().map(Vec::len);
    assert_eq!(count(node.call("icn_dagChildren", json!([here()])).await), Some(100));
    assert_eq!(count(node.call("icn_dagChildren", json!([here(), 1_000])).await), Some(1_000));
    assert_eq!(node.refused("icn_dagChildren", json!([here(), 1_001])).await.0, 4002);
    assert_eq!(node.refused("icn_dagQuery", json!([{"dag": dag(), "limit": 1_001}])).await.0, 4002);
}

#[tokio::test]
async fn a_query_has_one_key() {
    let mut node = Node::new();
    let script = std::sync::Arc::new(Script::default());
    node.context.records = Some(script.clone());
    let after = json!({"time": 4, "cid": here()});
    let query = json!({"dag": dag(), "kind": "vote", "from": 3, "to": 9, "after": after, "limit": 5});
    assert_eq!(node.call("icn_dagQuery", json!([query])).await, json!([{"time": 5, "cid": here()}]));
    node.call("icn_dagQuery", json!([{"issuer": dag()}])).await;
    node.call("icn_dagQuery", json!([{"scope": dag()}])).await;
    let asked = script.asked.lock().clone();
    let all = |key| RecordQuery { key, times: 0..=Moment::MAX, after: None, limit: 100 };
    let kind = RecordQueryKey::Kind(dag(), Kind::Vote);
    let first = RecordQuery { key: kind, times: 3..=9, after: Some((4, here())), limit: 5 };
    assert_eq!(asked, [first, all(RecordQueryKey::Issuer(dag())), all(RecordQueryKey::Scope(dag()))]);
    for bad in [
        json!({}),
        json!({"kind": "vote"}),
        json!({"dag": dag(), "issuer": dag()}),
        json!({"dag": "did:icn:x"}),
        json!({"dag": dag(), "kind": "nonsense"}),
        json!({"dag": dag(), "colour": "red"}),
        json!({"dag": dag(), "from": -1}),
    ] {
        assert_eq!(node.refused("icn_dagQuery", json!([bad])).await.0, -32602, "{bad}");
    }
}

#[tokio::test]
async fn what_is_no_name_is_refused() {
    let node = Node::new();
    for cid in [json!("bafy"), json!(""), json!(7), json!(here().to_string().to_uppercase()), Value::Null] {
        for method in ["icn_dagGet", "icn_dagProof", "icn_dagChildren"] {
            assert_eq!(node.refused(method, json!([cid])).await.0, -32602, "{cid}");
        }
    }
    let too_long = encode(vec![0; icn_dag::limits::NODE_BYTES_MAX + 1]);
    assert_eq!(node.refused("icn_dagPut", json!([too_long])).await.0, -32602);
    let (dag, issuer) = (dag(), Did::of_key(&key()));
    assert_eq!(node.refused("icn_dagNext", json!([dag, issuer, encode([7; 31])])).await.0, -32602);
}

#[tokio::test]
async fn every_record_that_is_taken_is_told() {
    let node = Node::new();
    let mut told = node.subscribe("icn_dagSubscribe", json!([])).await;
    let cid = node.call("icn_dagPut", json!([encode(b"new")])).await;
    assert_eq!(told.next().await, ("icn_dagRecord".to_owned(), cid));
}

#[tokio::test]
async fn a_node_without_records_has_no_such_method() {
    let mut node = Node::new();
    node.context.records = None;
    assert_eq!(node.refused("icn_dagGet", json!([here()])).await.0, -32601);
}
