//! Subscriptions to heads, storage and the runtime's version.

use crate::memory::{version, Node};
use serde_json::json;

const HEADS: [(&str, &str); 6] = [
    ("chain_subscribeNewHead", "chain_newHead"),
    ("chain_subscribeNewHeads", "chain_newHead"),
    ("subscribe_newHead", "chain_newHead"),
    ("chain_subscribeAllHeads", "chain_allHead"),
    ("chain_subscribeFinalizedHeads", "chain_finalizedHead"),
    ("chain_subscribeFinalisedHeads", "chain_finalizedHead"),
];

#[tokio::test]
async fn heads_start_with_the_one_there_is() {
    let node = Node::new();
    for (subscribe, notification) in HEADS {
        let head = node.call("chain_getHeader", json!([])).await;
        let mut heads = node.subscribe(subscribe, json!([])).await;
        assert_eq!(heads.next().await, (notification.into(), head));
        let parent = node.chain.decide(&[]);
        let (name, header) = heads.next().await;
        assert_eq!(name, notification);
        assert_eq!(header["number"], format!("{:#x}", parent.number));
        node.chain.decide(&[]);
        assert_eq!(heads.next().await.1["parentHash"], json!(parent.hash));
    }
}

#[tokio::test]
async fn storage_starts_with_all_keys_and_goes_on_with_changed_ones() {
    let node = Node::new();
    let key = |bytes: &[u8]| icn_rpc::hex::encode(bytes);
    let mut storage = node.subscribe("state_subscribeStorage", json!([[key(b"a/1"), key(b"none")]])).await;
    let (name, first) = storage.next().await;
    assert_eq!(name, "state_storage");
    assert_eq!(first["block"], json!(node.chain.hash(2)));
    assert_eq!(first["changes"], json!([[key(b"a/1"), key(b"one")], [key(b"none"), null]]));

    node.chain.decide(&[(b"a/2", Some(b"not asked for"))]);
    let block = node.chain.decide(&[(b"none", Some(b"now some")), (b"a/2", None)]);
    let (_, second) = storage.next().await;
    assert_eq!(second, json!({"block": block.hash, "changes": [[key(b"none"), key(b"now some")]]}));

    let block = node.chain.decide(&[(b"a/1", None)]);
    assert_eq!(storage.next().await.1, json!({"block": block.hash, "changes": [[key(b"a/1"), null]]}));
}

#[tokio::test]
async fn a_new_runtime_is_told_once() {
    let node = Node::new();
    for subscribe in ["state_subscribeRuntimeVersion", "chain_subscribeRuntimeVersion"] {
        let mut versions = node.subscribe(subscribe, json!([])).await;
        let (name, first) = versions.next().await;
        assert_eq!((name.as_str(), &first["specVersion"]), ("state_runtimeVersion", &json!(1)));
        node.chain.decide(&[]);
        node.chain.decide_as(&[], Some(version(2)));
        assert_eq!(versions.next().await.1["specVersion"], json!(2));
        assert!(versions.is_empty());
    }
}

#[tokio::test]
async fn what_cannot_be_subscribed_to_is_refused() {
    let node = Node::new();
    for (name, params) in [
        ("chain_subscribeNewHeads", json!([1])),
        ("state_subscribeStorage", json!([])),
        ("state_subscribeStorage", json!([["a/1"]])),
        ("author_submitAndWatchExtrinsic", json!([])),
    ] {
        let (code, words, data) = node.refused(name, params).await;
        assert_eq!((code, words.as_str()), (-32602, "Invalid params"), "{name}");
        assert!(data.as_str().unwrap().starts_with("expected ["), "{name}: {data}");
    }
    let many = vec!["0x00"; 1001];
    assert_eq!(node.refused("state_subscribeStorage", json!([many])).await.0, 4002);
    assert_eq!(node.call("chain_unsubscribeNewHeads", json!(["none such"])).await, false);
}
