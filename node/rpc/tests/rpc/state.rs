//! Storage, runtime calls, child tries and proofs.

use crate::memory::{Node, PRUNED};
use icn_primitives::{Hash, Hashing};
use icn_rpc::{hex::encode, Limits};
use serde_json::{json, Value};
use sp_runtime::traits::Hash as _;

#[tokio::test]
async fn a_value_its_hash_and_its_size() {
    let node = Node::new();
    for (suffix, at) in [("", json!(null)), ("At", json!(node.chain.hash(2)))] {
        let key = encode(b"a/1");
        let call = |name: &str, key: &str| (format!("{name}{suffix}"), json!([key, at]));
        let (name, params) = call("state_getStorage", &key);
        assert_eq!(node.call(&name, params).await, encode(b"one"));
        let (name, params) = call("state_getStorageHash", &key);
        assert_eq!(node.call(&name, params).await, json!(Hashing::hash(b"one")));
        let (name, params) = call("state_getStorageSize", &key);
        assert_eq!(node.call(&name, params).await, 3);
        for name in ["state_getStorage", "state_getStorageHash", "state_getStorageSize"] {
            let (name, params) = call(name, "0x00");
            assert_eq!(node.call(&name, params).await, Value::Null);
        }
    }
    assert_eq!(node.call("state_getStorage", json!([encode(b"b/1"), node.chain.hash(0)])).await, Value::Null);
}

#[tokio::test]
async fn named_parameters_do_as_well() {
    let node = Node::new();
    let named = json!({"key": encode(b"a/1"), "hash": node.chain.hash(2)});
    assert_eq!(node.call("state_getStorage", named).await, encode(b"one"));
    let (code, _, data) = node.refused("state_getStorage", json!({"clef": "0x00"})).await;
    assert_eq!((code, data), (-32602, json!("expected [key, hash]: there is no parameter \"clef\"")));
}

#[tokio::test]
async fn unknown_and_pruned_blocks_are_told_apart() {
    let node = Node::new();
    let zero = encode(Hash::zero());
    let (code, words, _) = node.refused("state_getStorage", json!(["0x00", zero])).await;
    let unknown = format!("Client error: UnknownBlock: Header was not found in the database: {zero}");
    assert_eq!((code, words), (4003, unknown));
    let (code, words, _) = node.refused("state_getStorage", json!(["0x00", node.chain.hash(PRUNED)])).await;
    assert_eq!(code, 4003);
    assert!(words.starts_with("Client error: UnknownBlock: State already discarded: block 1 "), "{words}");
}

#[tokio::test]
async fn keys_come_in_pages_that_start_after_a_key() {
    let node = Node::new();
    let keys = |keys: &[&[u8]]| json!(keys.iter().map(encode).collect::<Vec<_>>());
    let page = |prefix: &[u8], count: u32, start: Value| json!([encode(prefix), count, start]);
    for name in ["state_getKeysPaged", "state_getKeysPagedAt"] {
        assert_eq!(node.call(name, page(b"a/", 2, Value::Null)).await, keys(&[b"a/1", b"a/2"]));
        assert_eq!(node.call(name, page(b"a/", 2, json!(encode(b"a/")))).await, keys(&[b"a/1", b"a/2"]));
        assert_eq!(node.call(name, page(b"a/", 2, json!(encode(b"a/2")))).await, keys(&[b"a/3"]));
        assert_eq!(node.call(name, page(b"a/", 2, json!(encode(b"a/3")))).await, keys(&[]));
        assert_eq!(node.call(name, page(b"a/", 2, json!("0x00"))).await, keys(&[b"a/1", b"a/2"]));
        assert_eq!(node.call(name, page(b"", 9, Value::Null)).await, keys(&[b"a/1", b"a/2", b"a/3", b"b/1"]));
        assert_eq!(node.call(name, page(b"a/1", 9, Value::Null)).await, keys(&[b"a/1"]));
        assert_eq!(node.call(name, json!([null, 1, null, node.chain.hash(0)])).await, keys(&[]));
    }
    let (code, words, _) = node.refused("state_getKeysPaged", page(b"", 1001, Value::Null)).await;
    assert_eq!((code, words.as_str()), (4002, "count exceeds maximum value. value: 1001, max: 1000"));
}

#[tokio::test]
async fn unpaged_lists_are_bounded() {
    let node = Node::with(Limits { unpaged_keys: 3, ..Limits::default() });
    let prefix = encode(b"a/");
    let keys = json!([encode(b"a/1"), encode(b"a/2"), encode(b"a/3")]);
    assert_eq!(node.call("state_getKeys", json!([prefix])).await, keys);
    assert_eq!(node.call("state_getPairs", json!([prefix])).await[2], json!([encode(b"a/3"), encode(b"three")]));
    for name in ["state_getKeys", "state_getPairs"] {
        let (code, words, _) = node.refused(name, json!(["0x"])).await;
        assert_eq!((code, words.as_str()), (4002, "count exceeds maximum value. value: 4, max: 3"), "{name}");
    }
}

#[tokio::test]
async fn several_keys_at_a_block() {
    let node = Node::new();
    let keys = json!([encode(b"a/1"), encode(b"none")]);
    let answer =
        json!([{"block": node.chain.hash(2), "changes": [[encode(b"a/1"), encode(b"one")], [encode(b"none"), null]]}]);
    assert_eq!(node.call("state_queryStorageAt", json!([keys])).await, answer);
    assert_eq!(node.call("state_queryStorageAt", json!([keys, node.chain.hash(2)])).await, answer);
    assert_eq!(node.refused("state_queryStorageAt", json!([vec!["0x00"; 1001]])).await.0, 4002);
}

#[tokio::test]
async fn answers_too_large_are_not_even_read() {
    let node = Node::with(Limits { response_bytes: 64, ..Limits::default() });
    node.chain.decide(&[(b"large", Some(&[7; 20]))]);
    let keys = vec![encode(b"large"); 2];
    let refused = node.refused("state_queryStorageAt", json!([keys])).await;
    assert_eq!(refused, (-32008, "Response is too big".into(), json!("Exceeded max limit of 64")));
}

#[tokio::test]
async fn several_keys_through_a_range_of_blocks() {
    let node = Node::with(Limits { query_blocks: 3, ..Limits::default() });
    let from = node.chain.hash(2);
    node.chain.decide(&[(b"b/1", Some(b"unrelated"))]);
    let changed = node.chain.decide(&[(b"a/1", None)]);
    let key = encode(b"a/1");
    let answer = json!([
        {"block": from, "changes": [[key, encode(b"one")]]},
        {"block": changed.hash, "changes": [[key, null]]},
    ]);
    assert_eq!(node.call("state_queryStorage", json!([[key], from])).await, answer);
    assert_eq!(node.call("state_queryStorage", json!([[key], from, changed.hash])).await, answer);

    let (code, words, _) = node.refused("state_queryStorage", json!([[key], changed.hash, from])).await;
    assert_eq!(code, 4001);
    assert!(words.ends_with("it runs backwards, from block 4 to block 2"), "{words}");
    let (code, words, _) = node.refused("state_queryStorage", json!([[key], Hash::zero()])).await;
    assert_eq!(code, 4001);
    assert!(words.starts_with("Cannot resolve a block range ["), "{words}");
    node.chain.decide(&[]);
    let (code, words, _) = node.refused("state_queryStorage", json!([[key], from])).await;
    assert_eq!((code, words.as_str()), (4002, "count exceeds maximum value. value: 4, max: 3"));
}

#[tokio::test]
async fn the_runtime_is_called_on_a_blocks_state() {
    let node = Node::new();
    for name in ["state_call", "state_callAt"] {
        assert_eq!(node.call(name, json!(["Test_echo", "0x0102"])).await, "0x0102");
        assert_eq!(node.call(name, json!(["Test_echo", "0x", node.chain.hash(2)])).await, "0x");
    }
    let refused = node.refused("state_call", json!(["Test_nothing", "0x"])).await;
    let words = "Client error: Execution failed: Exported method Test_nothing is not found";
    assert_eq!(refused, (4003, words.into(), Value::Null));
    let refused = node.refused("state_call", json!(["Test_fail", "0x"])).await;
    let words = "Client error: Execution failed: the call of Test_fail failed: on purpose";
    assert_eq!(refused, (4003, words.into(), Value::Null));
    assert_eq!(node.refused("state_call", json!(["Test_panic", "0x"])).await.0, -32603);
    assert_eq!(node.refused("state_call", json!(["x".repeat(129), "0x"])).await.0, -32602);
}

#[tokio::test]
async fn metadata_comes_without_its_wrapping() {
    let node = Node::new();
    assert_eq!(node.call("state_getMetadata", json!([])).await, encode(b"meta"));
    assert_eq!(node.call("state_getMetadata", json!([node.chain.hash(2)])).await, encode(b"meta"));
}

#[tokio::test]
async fn the_runtimes_version_is_what_clients_decode() {
    let node = Node::new();
    for name in ["state_getRuntimeVersion", "chain_getRuntimeVersion"] {
        let version = node.call(name, json!([])).await;
        assert_eq!(version["specName"], "icn");
        assert_eq!(version["specVersion"], 1);
        assert_eq!(version["transactionVersion"], 1);
        assert_eq!(version["stateVersion"], 1);
        assert_eq!(version["apis"], json!([["0x636f726520617069", 5], ["0x40fe3ad401f8959a", 6]]));
    }
}

#[tokio::test]
async fn every_child_trie_is_missing() {
    let node = Node::new();
    let child = encode(b":child_storage:default:any");
    for name in ["childstate_getStorage", "childstate_getStorageHash", "childstate_getStorageSize"] {
        assert_eq!(node.call(name, json!([child, "0x00"])).await, Value::Null);
    }
    assert_eq!(node.call("childstate_getKeys", json!([child, "0x"])).await, json!([]));
    assert_eq!(node.call("childstate_getKeysPaged", json!([child, "0x", 10, null])).await, json!([]));
    assert_eq!(node.call("childstate_getStorageEntries", json!([child, ["0x00", "0x01"]])).await, json!([null, null]));
    assert_eq!(node.refused("childstate_getStorage", json!(["0x00", "0x00"])).await.0, -32602);
    assert_eq!(node.refused("childstate_getStorage", json!([child, "0x00", Hash::zero()])).await.0, 4003);
    assert_eq!(node.refused("childstate_getKeysPaged", json!([child, "0x", 1001, null])).await.0, 4002);
}

#[tokio::test]
async fn a_proof_for_one_key_or_for_each_of_a_list() {
    let node = Node::new();
    let block = json!({"hash": node.chain.hash(2), "number": 2});
    let root = json!(Hash::repeat_byte(1));
    let (some, none) = (encode(b"a/1"), encode(b"none"));
    let existence =
        json!({"block": block, "root": root, "value": encode(b"one"), "leaf": encode(b"\0one"), "proof": some});
    let absence = json!({"block": block, "root": root, "value": null, "leaf": null, "proof": none});
    assert_eq!(node.call("icn_stateProof", json!([some])).await, existence);
    assert_eq!(
        node.call("icn_stateProof", json!([[some, none], node.chain.hash(2)])).await,
        json!([existence, absence])
    );
    assert_eq!(node.refused("icn_stateProof", json!([vec!["0x00"; 65]])).await.0, 4002);
    assert_eq!(node.refused("icn_stateProof", json!([some, Hash::zero()])).await.0, 4003);
}
