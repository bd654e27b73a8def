//! Signed records: what the methods take and answer. What a node makes of them, `tests/tests/records.rs` shows.

use crate::memory::Node;
use icn_dag::{
    cid::Codec, Cid, Did, Draft, Ipld, Key, Kind, Moment, Node as Record, Payload, ReadProof, ReadProofError, Scope,
    ScopeKind, SignedHeader, SigningKey, Visibility,
};
use icn_merkle::InclusionProof;
use icn_primitives::Hash;
use icn_rpc::{
    backend::{
        BlockRef, FoundRecord, NextRecord, ReadError, Reader, RecordError, RecordProof, RecordQuery, RecordQueryKey,
        RecordReadError, RecordWalk, Records, RecordsStatus, Related, Shown, WalkBounds,
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
    readers: Mutex<Vec<Reader>>,
    bounds: Mutex<Vec<WalkBounds>>,
    looked_at: Mutex<Vec<usize>>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            taken: broadcast::channel(8).0,
            asked: Mutex::default(),
            readers: Mutex::default(),
            bounds: Mutex::default(),
            looked_at: Mutex::default(),
        }
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

fn dag_record(number: u8) -> Cid {
    name_of(&[number])
}

/// A record whose payload is for members.
fn members() -> Record {
    let signer = SigningKey::from([7; 32]);
    let link = Ipld::Link((&Cid::of(Codec::Raw, b"sealed")).into());
    let draft = Draft {
        dag: dag(),
        parents: Default::default(),
        issuer: Did::of_key(&key()),
        seq: 0,
        epoch: 0,
        time: 1,
        kind: Kind::Genesis,
        scope: Scope { kind: ScopeKind::Cooperative, id: dag() },
        visibility: Visibility::Members,
        refs: Default::default(),
        payload: Payload::new(Ipld::Map([("ct".to_owned(), link)].into())).expect("it is small"),
    };
    Record::sign(draft, &signer).expect("its fields fit")
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

    fn get(&self, cid: &Cid, reader: &Reader) -> Result<Option<FoundRecord>, RecordReadError> {
        self.readers.lock().push(reader.clone());
        if *cid == members().cid() {
            return match &reader.proof {
                None => {
                    let header = Box::new(SignedHeader::of(&members()).expect("it is signed"));
                    Ok(Some(FoundRecord { shown: Shown::Header(header), place: None }))
                }
                Some(proof) if proof.expiry == 0 => Err(ReadProofError::Expiry.into()),
                Some(proof) if proof.signature == [0; 64] => Err(ReadProofError::BadSignature.into()),
                Some(proof) if proof.key != key() => Err(RecordReadError::NotAWriter),
                Some(_) => Ok(Some(FoundRecord { shown: Shown::Record(members().bytes().to_vec()), place: None })),
            };
        }
        let shown = || Shown::Record(b"here".to_vec());
        Ok((*cid == here()).then(|| FoundRecord { shown: shown(), place: Some((3, 1)) }))
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

    fn ancestors(&self, of: &Cid, bounds: WalkBounds) -> Result<Option<RecordWalk>, ReadError> {
        self.bounds.lock().push(bounds);
        Ok((*of == here())
            .then(|| RecordWalk { records: vec![(dag_record(1), 1), (dag_record(2), 2)], complete: true }))
    }

    fn descendants(&self, of: &Cid, bounds: WalkBounds) -> Result<Option<RecordWalk>, ReadError> {
        self.bounds.lock().push(bounds);
        Ok((*of == here()).then(|| RecordWalk { records: vec![(dag_record(3), 1)], complete: false }))
    }

    fn path(&self, from: &Cid, to: &Cid, looked_at: usize) -> Result<Related<Option<Vec<Cid>>>, ReadError> {
        self.looked_at.lock().push(looked_at);
        Ok(Related { found: (from != to).then(|| vec![*from, *to]), complete: false })
    }

    fn common_ancestors(&self, one: &Cid, _: &Cid, looked_at: usize) -> Result<Related<Vec<Cid>>, ReadError> {
        self.looked_at.lock().push(looked_at);
        Ok(Related { found: vec![*one], complete: true })
    }

    fn order(&self, _: &Did, from: u64, limit: usize) -> Result<Vec<(u64, Cid)>, ReadError> {
        Ok((from..).take(limit).map(|place| (place, dag_record(place as u8))).collect())
    }

    fn status(&self) -> Result<RecordsStatus, ReadError> {
        Ok(RecordsStatus { epoch: 5, keep_epochs: Some(2), waiting: 1, missing: 7, withheld: 3 })
    }

    fn query(&self, query: &RecordQuery) -> Result<Vec<(Moment, Cid)>, ReadError> {
        self.asked.lock().push(query.clone());
        Ok(vec![(5, here())])
    }

    fn prove(&self, cid: &Cid, reader: &Reader) -> Result<Option<RecordProof>, RecordReadError> {
        self.readers.lock().push(reader.clone());
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
    node.call("icn_dagQuery", json!([{"ref": here()}])).await;
    let asked = script.asked.lock().clone();
    let all = |key| RecordQuery { key, times: 0..=Moment::MAX, after: None, limit: 100 };
    let kind = RecordQueryKey::Kind(dag(), Kind::Vote);
    let first = RecordQuery { key: kind, times: 3..=9, after: Some((4, here())), limit: 5 };
    let others = [RecordQueryKey::Issuer(dag()), RecordQueryKey::Scope(dag()), RecordQueryKey::Referring(here())];
    assert_eq!(asked, [first].into_iter().chain(others.map(all)).collect::<Vec<_>>());
    for bad in [
        json!({}),
        json!({"kind": "vote"}),
        json!({"dag": dag(), "issuer": dag()}),
        json!({"dag": dag(), "ref": here()}),
        json!({"ref": here(), "kind": "vote"}),
        json!({"ref": "bafy"}),
        json!({"dag": "did:icn:x"}),
        json!({"dag": dag(), "kind": "nonsense"}),
        json!({"dag": dag(), "colour": "red"}),
        json!({"dag": dag(), "from": -1}),
    ] {
        assert_eq!(node.refused("icn_dagQuery", json!([bad])).await.0, -32602, "{bad}");
    }
}

fn scripted() -> (Node, std::sync::Arc<Script>) {
    let (mut node, script) = (Node::new(), std::sync::Arc::new(Script::default()));
    node.context.records = Some(script.clone());
    (node, script)
}

#[tokio::test]
async fn walks_are_bounded_and_say_whether_they_are_complete() {
    let (node, script) = scripted();
    let up = node.call("icn_dagAncestors", json!([here()])).await;
    let records = json!([{"cid": dag_record(1), "depth": 1}, {"cid": dag_record(2), "depth": 2}]);
    assert_eq!(up, json!({"records": records, "complete": true}));
    let down = node.call("icn_dagDescendants", json!({"cid": here(), "limit": 1_000, "depth": 3})).await;
    assert_eq!(down, json!({"records": [{"cid": dag_record(3), "depth": 1}], "complete": false}));
    node.call("icn_dagAncestors", json!([here(), 0, u64::MAX])).await;
    let bounds = |count, depth| WalkBounds { count, depth };
    assert_eq!(*script.bounds.lock(), [bounds(100, u32::MAX), bounds(1_000, 3), bounds(0, u32::MAX)]);
    for method in ["icn_dagAncestors", "icn_dagDescendants"] {
        assert_eq!(node.call(method, json!([dag_record(9)])).await, Value::Null);
        assert_eq!(node.refused(method, json!([here(), 1_001])).await.0, 4002);
        assert_eq!(node.refused(method, json!([here(), 1, -1])).await.0, -32602);
    }
}

#[tokio::test]
async fn how_two_records_are_related() {
    let (node, script) = scripted();
    let (one, other) = (dag_record(1), dag_record(2));
    let path = node.call("icn_dagPath", json!([one, other])).await;
    assert_eq!(path, json!({"path": [one, other], "complete": false}));
    assert_eq!(node.call("icn_dagPath", json!([one, one, 5])).await["path"], Value::Null);
    let common = node.call("icn_dagCommonAncestors", json!({"one": one, "other": other, "lookAt": 100_000})).await;
    assert_eq!(common, json!({"records": [one], "complete": true}));
    assert_eq!(*script.looked_at.lock(), [10_000, 5, 100_000]);
    for method in ["icn_dagPath", "icn_dagCommonAncestors"] {
        assert_eq!(node.refused(method, json!([one, other, 100_001])).await.0, 4002);
        assert_eq!(node.refused(method, json!([one])).await.0, -32602);
    }
}

#[tokio::test]
async fn the_order_of_a_dag_is_read_in_pages() {
    let node = Node::new();
    let placed = |place: u8| json!({"place": place, "cid": dag_record(place)});
    assert_eq!(node.call("icn_dagOrder", json!([dag(), 3, 2])).await, json!([placed(3), placed(4)]));
    assert_eq!(node.call("icn_dagOrder", json!([dag()])).await.as_array().map(Vec::len), Some(100));
    assert_eq!(node.refused("icn_dagOrder", json!([dag(), 0, 1_001])).await.0, 4002);
    let status = node.call("icn_dagStatus", json!([])).await;
    assert_eq!(status, json!({"epoch": 5, "keepEpochs": 2, "waiting": 1, "missing": 7, "withheld": 3}));
}

#[tokio::test]
async fn what_is_for_members_is_shown_without_its_payload_unless_a_writer_asks() {
    let (node, script) = scripted();
    let cid = members().cid();
    let seen = node.call("icn_dagGet", json!([cid])).await;
    let signed = SignedHeader::of(&members()).expect("it is signed");
    let header = json!({"header": encode(signed.header.to_bytes()), "signature": encode(signed.signature)});
    assert_eq!(seen, json!({"cid": cid, "record": null, "header": header, "final": null}));
    let stranger = Key::of(&SigningKey::from([8; 32]));
    let reader = |key: Key, expiry: u64, signature: [u8; 64]| json!({"key": encode(key.0), "expiry": expiry, "signature": encode(signature)});
    for (reader, code) in
        [(reader(key(), 9, [0; 64]), 5003), (reader(key(), 0, [1; 64]), 5004), (reader(stranger, 9, [1; 64]), 5005)]
    {
        assert_eq!(node.refused("icn_dagGet", json!([cid, reader])).await.0, code);
    }
    let whole = node.call("icn_dagGet", json!([cid, reader(key(), 9, [1; 64])])).await;
    assert_eq!(whole, json!({"cid": cid, "record": encode(members().bytes()), "final": null}));
    let named = json!({"issuer": dag(), "key": encode(key().0), "expiry": 9, "signature": encode([1; 64])});
    node.call("icn_dagProof", json!({"cid": here(), "reader": named})).await;
    let last = script.readers.lock().last().cloned().expect("it was asked");
    let proof = ReadProof { issuer: dag(), key: key(), expiry: 9, signature: [1; 64] };
    // No connection says that it is of this machine.
    assert_eq!(last, Reader { local: false, proof: Some(proof) });
    for bad in [
        json!({}),
        json!("me"),
        json!({"key": encode(key().0), "expiry": 9, "signature": encode([1; 63])}),
        json!({"key": encode(key().0), "expiry": -9, "signature": encode([1; 64])}),
        json!({"key": encode(key().0), "expiry": 9, "signature": encode([1; 64]), "colour": 1}),
    ] {
        assert_eq!(node.refused("icn_dagGet", json!([cid, bad])).await.0, -32602, "{bad}");
    }
}

#[tokio::test]
async fn what_is_no_name_is_refused() {
    let node = Node::new();
    for cid in [json!("bafy"), json!(""), json!(7), json!(here().to_string().to_uppercase()), Value::Null] {
        for method in ["icn_dagGet", "icn_dagProof", "icn_dagChildren", "icn_dagAncestors", "icn_dagDescendants"] {
            assert_eq!(node.refused(method, json!([cid])).await.0, -32602, "{cid}");
        }
        for method in ["icn_dagPath", "icn_dagCommonAncestors"] {
            assert_eq!(node.refused(method, json!([here(), cid])).await.0, -32602, "{cid}");
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
