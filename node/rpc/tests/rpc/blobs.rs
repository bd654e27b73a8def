//! Blobs: what the methods take and answer. What a node makes of them, `tests/tests/blobs.rs` shows.

use crate::memory::Node;
use icn_blob::{builder::root_of, BlobError, Permit, PermitError};
use icn_dag::{Cid, Did, Key, SigningKey};
use icn_rpc::{
    backend::{BlobCollection, BlobDetails, BlobFetch, BlobPin, BlobRefusal, BlobSummary, Blobs},
    hex::encode,
    BLOB_CALL_BYTES_MAX,
};
use parking_lot::Mutex;
use serde_json::{json, Value};
use std::{ops::Range, sync::Arc};

const BYTES: &[u8] = b"the blob that is here";

/// Blobs by script: the names of owners, ranges and uploads say what goes wrong.
#[derive(Default)]
pub(crate) struct Script {
    for_operator: bool,
    permits: Mutex<Vec<Permit>>,
    pinned: Mutex<Vec<BlobPin>>,
}

fn here() -> Cid {
    root_of(BYTES).expect("small").cid
}

fn key() -> SigningKey {
    SigningKey::from([7; 32])
}

fn owner() -> Did {
    Did::of_key(&Key::of(&key()))
}

fn dag() -> Did {
    Did::of_hash("local", &[7; 32]).expect("a network")
}

fn permit() -> Permit {
    Permit::sign(&[1; 32], root_of(BYTES).expect("small"), (owner(), dag()), 1_700_000_000_000, &key())
}

fn shown(permit: &Permit) -> Value {
    json!({
        "root": permit.root.cid, "size": permit.root.size, "owner": permit.owner, "dag": permit.dag,
        "key": encode(permit.key.0), "expiry": permit.expiry, "signature": encode(permit.signature),
    })
}

impl Blobs for Script {
    fn is_for_operator(&self) -> bool {
        self.for_operator
    }

    fn begin(&self, permit: Permit) -> Result<Option<String>, BlobRefusal> {
        let (needed, now) = (permit.root.size, 2);
        self.permits.lock().push(permit.clone());
        match permit.expiry {
            1 => Err(BlobRefusal::Permit(PermitError::Expired { expiry: 1, now })),
            2 => Err(BlobRefusal::NotAuthorised { dag: permit.dag, owner: permit.owner }),
            3 => Err(BlobRefusal::QuotaExceeded { needed, left: 5 }),
            4 => Err(BlobRefusal::Full { needed }),
            5 => Err(BlobRefusal::Busy),
            6 => Ok(None),
            _ => Ok(Some("first".into())),
        }
    }

    fn put(&self, upload: &str, offset: u64, bytes: &[u8]) -> Result<u64, BlobRefusal> {
        match (upload, offset) {
            ("first", 0) => Ok(bytes.len() as u64),
            ("first", 7) => Err(BlobRefusal::TooLarge { bytes: 8, max: 7 }),
            ("first", _) => Err(BlobRefusal::Offset { expected: 3 }),
            _ => Err(BlobRefusal::UnknownUpload),
        }
    }

    fn finish(&self, upload: &str) -> Result<Cid, BlobRefusal> {
        match upload {
            "first" => Ok(here()),
            "wrong" => Err(BlobRefusal::Corrupt(BlobError::CorruptBlob(here()))),
            _ => Err(BlobRefusal::UnknownUpload),
        }
    }

    fn cancel(&self, upload: &str) -> Result<bool, BlobRefusal> {
        Ok(upload == "first")
    }

    fn read(&self, root: &Cid, range: Range<u64>) -> Result<Vec<u8>, BlobRefusal> {
        let size = BYTES.len() as u64;
        assert_eq!(*root, here());
        match BYTES.get(range.start as usize..range.end as usize) {
            Some(bytes) => Ok(bytes.to_vec()),
            None => Err(BlobRefusal::BadRange(BlobError::BadRange { start: range.start, end: range.end, size })),
        }
    }

    fn info(&self, root: &Cid) -> Result<Option<BlobDetails>, BlobRefusal> {
        let summary = BlobSummary { root: *root, size: BYTES.len() as u64, put: 3, idle_since: Some(4) };
        let pins = vec![BlobPin { owner: None, until: Some(9), reason: "the logo".into() }];
        let details = BlobDetails { summary, owners: vec![owner()], pins, records: vec![here()] };
        Ok((*root == here()).then_some(details))
    }

    fn fetch(&self, root: &Cid) -> Result<BlobFetch, BlobRefusal> {
        let named = |bytes: &[u8]| root_of(bytes).expect("small").cid;
        match root {
            root if *root == here() => Ok(BlobFetch::Here { size: 21 }),
            root if *root == named(b"on its way") => Ok(BlobFetch::Fetching { size: Some(10), fetched: 4 }),
            root if *root == named(b"asked for") => Ok(BlobFetch::Fetching { size: None, fetched: 0 }),
            root if *root == named(b"slow") => Err(BlobRefusal::Timeout(*root)),
            root if *root == named(b"a record") => Err(BlobRefusal::NotCanonical(BlobError::Missing(*root))),
            root => Err(BlobRefusal::NoProvider(*root)),
        }
    }

    fn list(&self, after: Option<&Cid>, limit: usize) -> Result<Vec<BlobSummary>, BlobRefusal> {
        let one = BlobSummary { root: here(), size: limit as u64, put: 3, idle_since: None };
        Ok(after.is_none().then_some(one).into_iter().collect())
    }

    fn pin(&self, root: &Cid, pin: BlobPin) -> Result<(), BlobRefusal> {
        if *root != here() {
            return Err(BlobRefusal::NotFound(*root));
        }
        self.pinned.lock().push(pin);
        Ok(())
    }

    fn unpin(&self, _: &Cid, owner: Option<&Did>) -> Result<bool, BlobRefusal> {
        Ok(owner.is_none())
    }

    fn collect(&self) -> Result<BlobCollection, BlobRefusal> {
        Ok(BlobCollection { removed: 1, bytes: 2, kept: 3 })
    }
}

fn with(script: Script) -> (Node, Arc<Script>) {
    let (mut node, script) = (Node::new(), Arc::new(script));
    node.context.blobs = Some(script.clone());
    (node, script)
}

#[tokio::test]
async fn a_blob_is_put_in_pieces() {
    let (node, script) = with(Script::default());
    assert_eq!(node.call("icn_blobBegin", json!([shown(&permit())])).await, json!({"upload": "first"}));
    assert_eq!(*script.permits.lock(), [permit()]);
    assert_eq!(node.call("icn_blobPut", json!(["first", 0, encode(b"abc")])).await, json!(3));
    assert_eq!(node.call("icn_blobFinish", json!({"upload": "first"})).await, json!(here()));
    assert_eq!(node.call("icn_blobCancel", json!(["first"])).await, json!(true));
    assert_eq!(node.call("icn_blobCancel", json!(["second"])).await, json!(false));
    let held = Permit { expiry: 6, ..permit() };
    assert_eq!(node.call("icn_blobBegin", json!([shown(&held)])).await, json!({"upload": null}));
}

#[tokio::test]
async fn each_refusal_has_a_code_of_its_own() {
    let node = Node::new();
    for (expiry, code, data) in [
        (1, 5026, Value::Null),
        (2, 5027, Value::Null),
        (3, 5028, json!("5")),
        (4, 5029, Value::Null),
        (5, 5034, Value::Null),
    ] {
        let (found, words, more) = node.refused("icn_blobBegin", json!([shown(&Permit { expiry, ..permit() })])).await;
        assert_eq!((found, more), (code, data), "{words}");
    }
    assert_eq!(node.refused("icn_blobPut", json!(["first", 7, "0x00"])).await.0, 5023);
    let (code, words, data) = node.refused("icn_blobPut", json!(["first", 1, "0x00"])).await;
    assert_eq!((code, words, data), (5033, "Wrong offset: the next byte is 3".into(), json!("3")));
    assert_eq!(node.refused("icn_blobPut", json!(["second", 0, "0x00"])).await.0, 5032);
    assert_eq!(node.refused("icn_blobFinish", json!(["wrong"])).await.0, 5022);
    assert_eq!(node.refused("icn_blobFinish", json!(["x".repeat(65)])).await.0, 5032);
    let named = |bytes: &[u8]| json!([root_of(bytes).expect("small").cid]);
    assert_eq!(node.refused("icn_blobFetch", named(b"unknown")).await.0, 5030);
    assert_eq!(node.refused("icn_blobFetch", named(b"slow")).await.0, 5031);
    assert_eq!(node.refused("icn_blobFetch", named(b"a record")).await.0, 5024);
    assert_eq!(node.refused("icn_blobGet", named(b"unknown")).await.0, 5021);
    assert_eq!(node.refused("icn_blobGet", json!([here(), 20, 2])).await.0, 5025);
    assert_eq!(node.refused("icn_blobGet", json!([here(), u64::MAX, 2])).await.0, 5025);
}

#[tokio::test]
async fn a_blob_is_read_from_where_one_likes() {
    let node = Node::new();
    let all = json!({"size": 21, "data": encode(BYTES)});
    assert_eq!(node.call("icn_blobGet", json!([here()])).await, all);
    assert_eq!(node.call("icn_blobGet", json!([here(), 0, 21])).await, all);
    let part = json!({"size": 21, "data": encode(b"blob")});
    assert_eq!(node.call("icn_blobGet", json!({"cid": here(), "offset": 4, "length": 4})).await, part);
    assert_eq!(node.call("icn_blobGet", json!([here(), 21])).await, json!({"size": 21, "data": "0x"}));
    let much = json!([here(), 0, BLOB_CALL_BYTES_MAX + 1]);
    assert_eq!(node.refused("icn_blobGet", much).await.0, 4002);
}

#[tokio::test]
async fn what_is_known_of_a_blob() {
    let node = Node::new();
    let expected = json!({
        "cid": here(), "size": 21, "put": 3, "idleSince": 4, "owners": [owner()],
        "pins": [{"owner": null, "until": 9, "reason": "the logo"}], "records": [here()],
    });
    assert_eq!(node.call("icn_blobInfo", json!([here()])).await, expected);
    let other = root_of(b"other").expect("small").cid;
    assert_eq!(node.call("icn_blobInfo", json!([other])).await, Value::Null);
    let listed = |size: u64| json!([{"cid": here(), "size": size, "put": 3, "idleSince": null}]);
    assert_eq!(node.call("icn_blobList", json!([])).await, listed(100));
    assert_eq!(node.call("icn_blobList", json!([null, 1_000])).await, listed(1_000));
    assert_eq!(node.call("icn_blobList", json!([here()])).await, json!([]));
    assert_eq!(node.refused("icn_blobList", json!([null, 1_001])).await.0, 4002);
    let named = |bytes: &[u8]| json!([root_of(bytes).expect("small").cid]);
    let fetch = |here: bool, size: Value, fetched: u64| json!({"here": here, "size": size, "fetched": fetched});
    assert_eq!(node.call("icn_blobFetch", json!([here()])).await, fetch(true, json!(21), 21));
    assert_eq!(node.call("icn_blobFetch", named(b"on its way")).await, fetch(false, json!(10), 4));
    assert_eq!(node.call("icn_blobFetch", named(b"asked for")).await, fetch(false, Value::Null, 0));
}

#[tokio::test]
async fn pins_and_collections_are_the_operators() {
    let node = Node::new();
    for (method, parameters) in
        [("icn_blobPin", json!([here()])), ("icn_blobUnpin", json!([here()])), ("icn_blobGc", json!([]))]
    {
        let (code, words, _) = node.refused(method, parameters).await;
        assert_eq!((code, words.as_str()), (-32601, "RPC call is unsafe to be called externally"));
    }
    let (node, script) = with(Script { for_operator: true, ..Script::default() });
    assert_eq!(node.call("icn_blobPin", json!([here(), null, 9, "the logo"])).await, json!(true));
    assert_eq!(node.call("icn_blobPin", json!({"cid": here(), "owner": owner()})).await, json!(true));
    let first = BlobPin { owner: None, until: Some(9), reason: "the logo".into() };
    let second = BlobPin { owner: Some(owner()), until: None, reason: String::new() };
    assert_eq!(*script.pinned.lock(), [first, second]);
    assert_eq!(node.call("icn_blobUnpin", json!([here()])).await, json!(true));
    assert_eq!(node.call("icn_blobUnpin", json!([here(), owner()])).await, json!(false));
    assert_eq!(node.call("icn_blobGc", json!([])).await, json!({"removed": 1, "bytes": 2, "kept": 3}));
    assert_eq!(node.refused("icn_blobPin", json!([here(), null, null, "x".repeat(257)])).await.0, -32602);
    assert_eq!(node.refused("icn_blobPin", json!([root_of(b"other").expect("small").cid])).await.0, 5021);
}

#[tokio::test]
async fn what_is_no_permit_name_or_data_is_refused() {
    let node = Node::new();
    let good = shown(&permit());
    for (field, bad) in [
        ("root", json!("bafy")),
        ("size", json!(-1)),
        ("owner", json!("did:icn:x")),
        ("dag", Value::Null),
        ("key", json!(encode([7; 31]))),
        ("expiry", json!("soon")),
        ("signature", json!(encode([7; 65]))),
        ("colour", json!("red")),
    ] {
        let mut permit = good.clone();
        permit[field] = bad;
        assert_eq!(node.refused("icn_blobBegin", json!([permit])).await.0, -32602, "{field}");
    }
    let much = encode(vec![0; BLOB_CALL_BYTES_MAX + 1]);
    assert_eq!(node.refused("icn_blobPut", json!(["first", 0, much])).await.0, -32602);
    assert_eq!(node.refused("icn_blobPut", json!(["first", -1, "0x"])).await.0, -32602);
    for cid in [json!("bafy"), json!(7), json!(here().to_string().to_uppercase()), Value::Null] {
        for method in ["icn_blobGet", "icn_blobInfo", "icn_blobFetch"] {
            assert_eq!(node.refused(method, json!([cid])).await.0, -32602, "{cid}");
        }
    }
}

#[tokio::test]
async fn a_node_without_blobs_has_no_such_method() {
    let mut node = Node::new();
    node.context.blobs = None;
    assert_eq!(node.refused("icn_blobGet", json!([here()])).await.0, -32601);
}
