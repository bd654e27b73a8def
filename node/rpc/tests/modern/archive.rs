//! `archive_v1` and `chainSpec_v1`.

use crate::{
    client::{bytes, extrinsic, hex_of, object, Client, Node},
    double::{Blocks, Pool},
};
use codec::Encode;
use icn_primitives::{Hash, Hashing};
use icn_rpc::{backend::Chain, Limits};
use proptest::prelude::*;
use serde_json::{json, Value};
use sp_runtime::traits::Hash as _;
use std::collections::{BTreeMap, BTreeSet};

async fn started(blocks: std::sync::Arc<Blocks>) -> (Node, Client) {
    let node = Node::start(blocks).await;
    let client = node.connect().await;
    (node, client)
}

/// All events of a storage subscription, its last one apart.
async fn events(client: &Client, method: &str, params: Value) -> (Vec<Value>, Value) {
    let unsubscribe = method.replace("_storage", "_stopStorage");
    let mut subscription = client.subscribe(method, params, &unsubscribe).await.unwrap();
    let mut events = Vec::new();
    loop {
        let event = subscription.next().await;
        match event["event"].as_str().unwrap() {
            "storage" | "storageDiff" => events.push(event),
            _ => return (events, event),
        }
    }
}

#[tokio::test]
async fn the_chain_says_what_it_is() {
    let (node, client) = started(Blocks::new(&[])).await;
    let genesis = json!(hex_of(node.blocks.info().genesis_hash));
    assert_eq!(client.call("chainSpec_v1_chainName", json!([])).await, Ok(json!("Double")));
    assert_eq!(client.call("chainSpec_v1_genesisHash", json!([])).await, Ok(genesis.clone()));
    assert_eq!(client.call("chainSpec_v1_properties", json!([])).await, Ok(json!({ "tokenDecimals": 12 })));
    assert_eq!(client.call("archive_v1_genesisHash", json!([])).await, Ok(genesis));
}

#[tokio::test]
async fn every_method_of_the_specification_is_listed() {
    let (_node, client) = started(Blocks::new(&[])).await;
    let listed = client.call("rpc_methods", json!([])).await.unwrap();
    for method in [
        "archive_v1_body",
        "archive_v1_call",
        "archive_v1_finalizedHeight",
        "archive_v1_genesisHash",
        "archive_v1_hashByHeight",
        "archive_v1_header",
        "archive_v1_stopStorage",
        "archive_v1_stopStorageDiff",
        "archive_v1_storage",
        "archive_v1_storageDiff",
        "chainHead_v1_body",
        "chainHead_v1_call",
        "chainHead_v1_continue",
        "chainHead_v1_follow",
        "chainHead_v1_header",
        "chainHead_v1_stopOperation",
        "chainHead_v1_storage",
        "chainHead_v1_unfollow",
        "chainHead_v1_unpin",
        "chainSpec_v1_chainName",
        "chainSpec_v1_genesisHash",
        "chainSpec_v1_properties",
        "transactionWatch_v1_submitAndWatch",
        "transactionWatch_v1_unwatch",
        "transaction_v1_broadcast",
        "transaction_v1_stop",
    ] {
        assert!(listed["methods"].as_array().unwrap().contains(&json!(method)), "{method}");
    }
}

#[tokio::test]
async fn blocks_are_found_by_height_and_hash() {
    let (node, client) = started(Blocks::new(&[])).await;
    let body = vec![extrinsic(b"one")];
    let first = node.blocks.decide(&[], body.clone());
    assert_eq!(client.call("archive_v1_finalizedHeight", json!([])).await, Ok(json!(1)));
    assert_eq!(client.call("archive_v1_hashByHeight", json!([1])).await, Ok(json!([hex_of(first)])));
    assert_eq!(client.request("archive_v1_hashByHeight", object(json!({ "height": 2 }))).await, Ok(json!([])));
    assert_eq!(client.call("archive_v1_hashByHeight", json!([u64::MAX])).await, Ok(json!([])));
    for wrong in [json!([-1]), json!([1.5]), json!(["1"]), json!([])] {
        assert_eq!(client.call("archive_v1_hashByHeight", wrong).await, Err(-32602));
    }
    let header = node.blocks.header(first).unwrap().unwrap();
    assert_eq!(client.call("archive_v1_header", json!([hex_of(first)])).await, Ok(json!(bytes(header.encode()))));
    assert_eq!(client.call("archive_v1_body", json!([hex_of(first)])).await, Ok(json!([bytes(body[0].bytes())])));
    node.blocks.prune_body(first);
    assert_eq!(client.call("archive_v1_body", json!([hex_of(first)])).await, Err(4003));
}

#[tokio::test]
async fn unknown_blocks_are_null() {
    let (_node, client) = started(Blocks::new(&[])).await;
    let unknown = hex_of(Hash::repeat_byte(1));
    assert_eq!(client.call("archive_v1_header", json!([unknown])).await, Ok(Value::Null));
    assert_eq!(client.call("archive_v1_body", json!([unknown])).await, Ok(Value::Null));
    assert_eq!(client.call("archive_v1_call", json!([unknown, "Double_echo", "0x"])).await, Ok(Value::Null));
    for method in ["archive_v1_header", "archive_v1_body"] {
        assert_eq!(client.call(method, json!(["0x01"])).await, Err(-32602));
    }
}

#[tokio::test]
async fn a_hash_with_white_space_in_it_is_refused() {
    let (node, client) = started(Blocks::new(&[])).await;
    let genesis = hex_of(node.blocks.head().hash);
    let spaced = format!("0x  {}", "a5".repeat(31));
    for (method, params) in [
        ("archive_v1_header", json!([spaced])),
        ("archive_v1_body", json!([spaced])),
        ("archive_v1_call", json!([spaced, "Double_echo", "0x"])),
    ] {
        assert_eq!(client.call(method, params).await, Err(-32602), "{method}");
    }
    for (method, params, stop) in [
        ("archive_v1_storage", json!([spaced, [], null]), "archive_v1_stopStorage"),
        ("archive_v1_storageDiff", json!([spaced, []]), "archive_v1_stopStorageDiff"),
        ("archive_v1_storageDiff", json!([genesis, [], spaced]), "archive_v1_stopStorageDiff"),
    ] {
        assert_eq!(client.subscribe(method, params, stop).await.err(), Some(-32602), "{method}");
    }
}

#[tokio::test]
async fn a_call_succeeds_or_says_why_not() {
    let (node, client) = started(Blocks::new(&[])).await;
    let block = hex_of(node.blocks.head().hash);
    let answer = client.call("archive_v1_call", json!([block, "Double_echo", "0x0102"])).await;
    assert_eq!(answer, Ok(json!({ "success": true, "value": "0x0102" })));
    let answer = client.call("archive_v1_call", json!([block, "Double_fail", "0x"])).await.unwrap();
    assert_eq!(answer["success"], false);
    assert!(answer["error"].as_str().unwrap().contains("on purpose"));
}

#[tokio::test]
async fn storage_of_any_block_is_listed() {
    let (node, client) = started(Blocks::new(&[("a1", "1"), ("a2", "2"), ("b", "3")])).await;
    let genesis = hex_of(node.blocks.head().hash);
    node.blocks.decide(&[("a1", None), ("b", Some("4"))], vec![]);
    let items = json!([
        { "key": bytes("b"), "type": "value" },
        { "key": bytes("b"), "type": "hash" },
        { "key": bytes("a"), "type": "descendantsValues" },
        { "key": bytes("a"), "type": "descendantsHashes", "paginationStartKey": bytes("a1") },
        { "key": bytes("c"), "type": "closestDescendantMerkleValue" },
    ]);
    let hash = |value: &str| format!("{:?}", Hashing::hash(value.as_bytes()));
    let (found, last) = events(&client, "archive_v1_storage", json!([genesis, items, null])).await;
    let expected = [
        json!({ "event": "storage", "key": bytes("b"), "value": bytes("3") }),
        json!({ "event": "storage", "key": bytes("b"), "hash": hash("3") }),
        json!({ "event": "storage", "key": bytes("a1"), "value": bytes("1") }),
        json!({ "event": "storage", "key": bytes("a2"), "value": bytes("2") }),
        json!({ "event": "storage", "key": bytes("a2"), "hash": hash("2") }),
    ];
    assert_eq!(found, expected);
    assert_eq!(last, json!({ "event": "storageDone" }));
    let (found, last) = events(&client, "archive_v1_storage", json!([genesis, items, "0x01"])).await;
    assert_eq!((found.len(), &last["event"]), (0, &json!("storageDone")));
}

#[tokio::test]
async fn storage_of_many_pages_comes_whole() {
    let state: Vec<(String, String)> = (0..50).map(|index| (format!("k{index:02}"), format!("{index}"))).collect();
    let state: Vec<(&str, &str)> = state.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let limits = Limits { storage_items_per_event: 3, ..Limits::default() };
    let node = Node::start_with(Blocks::new(&state), Pool::new([]).0, limits).await;
    let client = node.connect().await;
    let items = json!([{ "key": bytes("k"), "type": "descendantsValues" }]);
    let params = json!([hex_of(node.blocks.head().hash), items, null]);
    let (found, last) = events(&client, "archive_v1_storage", params).await;
    let keys: Vec<&Value> = found.iter().map(|event| &event["key"]).collect();
    let expected: Vec<Value> = state.iter().map(|(key, _)| json!(bytes(key))).collect();
    assert_eq!(keys, expected.iter().collect::<Vec<_>>());
    assert_eq!(last["event"], "storageDone");
}

#[tokio::test]
async fn storage_that_cannot_be_read_is_an_error() {
    let (node, client) = started(Blocks::new(&[])).await;
    let unknown = hex_of(Hash::repeat_byte(1));
    let (_, last) = events(&client, "archive_v1_storage", json!([unknown, [], null])).await;
    assert_eq!(last["event"], "storageError");
    assert!(last["error"].as_str().unwrap().contains("unknown block"));
    let genesis = hex_of(node.blocks.head().hash);
    let items = json!([{ "key": "0x", "type": "value", "paginationStartKey": "0x01" }]);
    let refused = client.subscribe("archive_v1_storage", json!([genesis, items, null]), "archive_v1_stopStorage").await;
    assert_eq!(refused.err(), Some(-32602));
    assert_eq!(client.call("archive_v1_stopStorage", json!(["nothing"])).await, Ok(Value::Null));
    assert_eq!(client.call("archive_v1_stopStorageDiff", json!(["nothing"])).await, Ok(Value::Null));
}

#[tokio::test]
async fn differences_are_added_modified_or_deleted() {
    let state = [("a/1", "1"), ("a/2", "2"), ("a/3", "3"), ("b", "4")];
    let limits = Limits { storage_items_per_event: 2, ..Limits::default() };
    let node = Node::start_with(Blocks::new(&state), Pool::new([]).0, limits).await;
    let client = node.connect().await;
    let genesis = hex_of(node.blocks.head().hash);
    node.blocks.decide(&[("a/2", Some("9")), ("a/3", None)], vec![]);
    let changes = [("a/0", Some("0")), ("a/3", Some("3")), ("a/4", Some("4")), ("b", None)];
    let head = hex_of(node.blocks.decide(&changes, vec![]));
    let diff = |key: &str, value: &str, change: &str| json!({ "event": "storageDiff", "key": bytes(key), "value": bytes(value), "type": change });

    let (found, last) = events(&client, "archive_v1_storageDiff", json!([head, null, genesis])).await;
    let expected =
        [diff("a/0", "0", "added"), diff("a/2", "9", "modified"), diff("a/4", "4", "added"), diff("b", "4", "deleted")];
    assert_eq!(found, expected);
    assert_eq!(last, json!({ "event": "storageDiffDone" }));

    let items = json!([{ "key": bytes("b"), "returnType": "hash" }, { "returnType": "value", "childTrieKey": "0x01" }]);
    let (found, _) = events(&client, "archive_v1_storageDiff", json!([head, items])).await;
    let hash = format!("{:?}", Hashing::hash(b"4"));
    assert_eq!(found, [json!({ "event": "storageDiff", "key": bytes("b"), "hash": hash, "type": "deleted" })]);

    // Against its parent by default.
    let items = json!([{ "key": bytes("a/"), "returnType": "value" }]);
    let (found, _) = events(&client, "archive_v1_storageDiff", json!([head, items])).await;
    assert_eq!(found, [diff("a/0", "0", "added"), diff("a/3", "3", "added"), diff("a/4", "4", "added")]);

    let (_, last) = events(&client, "archive_v1_storageDiff", json!([genesis, null, head])).await;
    assert_eq!(last["event"], "storageDiffError");
    assert!(last["error"].as_str().unwrap().contains("no ancestor"));
}

/// A state, and the next one, in small keys so that they meet.
fn two_states() -> impl Strategy<Value = [BTreeMap<String, String>; 2]> {
    let state = || proptest::collection::btree_map("[ab]{1,4}", "[01]", 0..12);
    [state(), state()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn pages_of_any_size_make_the_whole([before, after] in two_states(), items in 1usize..5, prefix in "[ab]{0,2}") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let genesis: Vec<(&str, &str)> = before.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            let limits = Limits { storage_items_per_event: items, ..Limits::default() };
            let node = Node::start_with(Blocks::new(&genesis), Pool::new([]).0, limits).await;
            let client = node.connect().await;
            let gone = before.keys().filter(|key| !after.contains_key(*key)).map(|key| (key.as_str(), None));
            let kept = after.iter().map(|(key, value)| (key.as_str(), Some(value.as_str())));
            let block = hex_of(node.blocks.decide(&gone.chain(kept).collect::<Vec<_>>(), vec![]));

            let query = json!([{ "key": bytes(&prefix), "type": "descendantsValues" }]);
            let (found, _) = events(&client, "archive_v1_storage", json!([block, query, null])).await;
            let found: Vec<_> = found.iter().map(|event| (event["key"].clone(), event["value"].clone())).collect();
            let under = after.iter().filter(|(key, _)| key.starts_with(&prefix));
            let expected: Vec<_> = under.map(|(key, value)| (json!(bytes(key)), json!(bytes(value)))).collect();
            prop_assert_eq!(found, expected);

            let query = json!([{ "key": bytes(&prefix), "returnType": "value" }]);
            let (found, _) = events(&client, "archive_v1_storageDiff", json!([block, query])).await;
            let found: Vec<_> = found
                .iter()
                .map(|event| (event["key"].clone(), event["value"].clone(), event["type"].clone()))
                .collect();
            let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
            let expected: Vec<_> = keys
                .into_iter()
                .filter(|key| key.starts_with(&prefix))
                .filter_map(|key| match (before.get(key), after.get(key)) {
                    (old, new) if old == new => None,
                    (None, new) => Some((key, new, "added")),
                    (Some(_), new @ Some(_)) => Some((key, new, "modified")),
                    (old, None) => Some((key, old, "deleted")),
                })
                .map(|(key, value, change)| (json!(bytes(key)), json!(bytes(value.unwrap())), json!(change)))
                .collect();
            prop_assert_eq!(found, expected);
            Ok(())
        })?;
    }
}
