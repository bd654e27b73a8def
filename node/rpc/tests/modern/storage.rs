//! `chainHead_v1_storage`.

use crate::{
    client::{bytes, object, Client, Events, Node},
    double::{Blocks, Pool},
};
use icn_primitives::{Hash, Hashing};
use icn_rpc::Limits;
use serde_json::{json, Value};
use sp_runtime::traits::Hash as _;
use std::sync::Arc;

struct Followed {
    node: Node,
    client: Client,
    events: Events,
    head: Value,
}

async fn follow(blocks: Arc<Blocks>, limits: Limits) -> Followed {
    let node = Node::start_with(blocks, Pool::new([]).0, limits).await;
    let client = node.connect().await;
    let mut events = client.follow(true).await.unwrap();
    let initialized = events.expect("initialized").await;
    let head = initialized["finalizedBlockHashes"].as_array().unwrap().last().unwrap().clone();
    Followed { node, client, events, head }
}

fn item(key: &str, query_type: &str) -> Value {
    json!({ "key": bytes(key), "type": query_type })
}

fn hash(value: &str) -> String {
    format!("{:?}", Hashing::hash(value.as_bytes()))
}

impl Followed {
    async fn start(&self, items: Value) -> Value {
        let params = json!([self.events.id(), self.head, items, null]);
        self.client.call("chainHead_v1_storage", params).await.unwrap()
    }

    /// The items of a request that never waits.
    async fn items(&mut self, items: Value) -> Vec<Value> {
        let started = self.start(items).await;
        assert_eq!((&started["result"], &started["discardedItems"]), (&json!("started"), &json!(0)));
        let mut found = Vec::new();
        loop {
            let event = self.events.next().await;
            assert_eq!(event["operationId"], started["operationId"], "{event}");
            match event["event"].as_str().unwrap() {
                "operationStorageItems" => found.extend(event["items"].as_array().unwrap().iter().cloned()),
                "operationStorageDone" => return found,
                other => panic!("{other}"),
            }
        }
    }

    async fn to(&mut self, block: Hash) {
        self.head = json!(crate::client::hex_of(block));
        self.events.names(3).await;
    }

    async fn mark(&mut self, prefix: &str) -> Vec<Value> {
        self.items(json!([item(prefix, "closestDescendantMerkleValue")])).await
    }
}

#[tokio::test]
async fn values_and_hashes_are_found_or_left_out() {
    let mut followed = follow(Blocks::new(&[("a", "1"), ("ab", "2")]), Limits::default()).await;
    let asked = json!([item("a", "value"), item("ab", "hash"), item("x", "value"), item("x", "hash")]);
    let found = followed.items(asked).await;
    let expected =
        [json!({ "key": bytes("a"), "value": bytes("1") }), json!({ "key": bytes("ab"), "hash": hash("2") })];
    assert_eq!(found, expected);
    assert!(followed.items(json!([])).await.is_empty());
    assert!(followed.items(json!([item("x", "descendantsValues")])).await.is_empty());
}

#[tokio::test]
async fn descendants_begin_with_the_prefix_itself_and_end_with_it() {
    let state = [("a", "0"), ("ab", "1"), ("ab\u{0}", "2"), ("abc", "3"), ("ac", "4")];
    let mut followed = follow(Blocks::new(&state), Limits::default()).await;
    let found = followed.items(json!([item("ab", "descendantsValues"), item("ac", "descendantsHashes")])).await;
    let value = |key: &str, value: &str| json!({ "key": bytes(key), "value": bytes(value) });
    let expected =
        [value("ab", "1"), value("ab\u{0}", "2"), value("abc", "3"), json!({ "key": bytes("ac"), "hash": hash("4") })];
    assert_eq!(found, expected);
}

#[tokio::test]
async fn long_lists_come_in_pages_that_wait_to_be_continued() {
    let state: Vec<(String, String)> = (0..7).map(|index| (format!("k{index}"), format!("v{index}"))).collect();
    let state: Vec<(&str, &str)> = state.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let limits = Limits { storage_items_per_event: 3, ..Limits::default() };
    let mut followed = follow(Blocks::new(&state), limits).await;
    let started = followed.start(json!([item("k", "descendantsValues")])).await;
    let operation = &started["operationId"];
    let continues = json!([followed.events.id(), operation]);
    let mut pages = Vec::new();
    for waits in [true, true, false] {
        let items = followed.events.expect("operationStorageItems").await;
        pages.push(items["items"].as_array().unwrap().len());
        if waits {
            let waiting = followed.events.expect("operationWaitingForContinue").await;
            assert_eq!(&waiting["operationId"], operation);
            assert_eq!(followed.client.call("chainHead_v1_continue", continues.clone()).await, Ok(Value::Null));
        }
    }
    followed.events.expect("operationStorageDone").await;
    assert_eq!(pages, [3, 3, 1]);

    // Plain keys never wait, however many pages they take; a list that ends with its page does not either.
    let plain: Vec<Value> = (0..7).map(|index| item(&format!("k{index}"), "value")).collect();
    assert_eq!(followed.items(json!(plain)).await.len(), 7);
    assert_eq!(followed.items(json!([item("k0", "descendantsHashes"), item("k1", "value")])).await.len(), 2);
}

#[tokio::test]
async fn a_waiting_operation_can_be_stopped() {
    let limits = Limits { storage_items_per_event: 1, operations_per_follow: 1, ..Limits::default() };
    let mut followed = follow(Blocks::new(&[("k1", "1"), ("k2", "2")]), limits).await;
    let started = followed.start(json!([item("k", "descendantsValues")])).await;
    assert_eq!(followed.events.names(2).await, ["operationStorageItems", "operationWaitingForContinue"]);
    assert_eq!(followed.start(json!([item("k1", "value")])).await, json!({ "result": "limitReached" }));
    let params = json!([followed.events.id(), started["operationId"]]);
    assert_eq!(followed.client.call("chainHead_v1_stopOperation", params).await, Ok(Value::Null));
    assert_eq!(followed.items(json!([item("k1", "value")])).await.len(), 1);
}

#[tokio::test]
async fn each_item_is_an_operation_and_those_without_room_are_discarded() {
    let limits = Limits { operations_per_follow: 3, storage_items_per_event: 1, ..Limits::default() };
    let mut followed = follow(Blocks::new(&[("k1", "1"), ("k2", "2")]), limits).await;
    let waiting = followed.start(json!([item("k", "descendantsValues")])).await;
    assert_eq!(followed.events.names(2).await, ["operationStorageItems", "operationWaitingForContinue"]);
    let asked = json!([item("k1", "value"), item("k2", "value"), item("k1", "hash"), item("k2", "hash")]);
    let started = followed.start(asked).await;
    assert_eq!((&started["result"], &started["discardedItems"]), (&json!("started"), &json!(2)));
    let events = followed.events.names(3).await;
    assert_eq!(events, ["operationStorageItems", "operationStorageItems", "operationStorageDone"]);
    let params = json!([followed.events.id(), waiting["operationId"]]);
    followed.client.call("chainHead_v1_continue", params).await.unwrap();
    assert_eq!(followed.events.names(2).await, ["operationStorageItems", "operationStorageDone"]);
}

#[tokio::test]
async fn the_merkle_value_changes_when_something_under_the_prefix_does() {
    let mut followed = follow(Blocks::new(&[("map/a", "1"), ("other", "1")]), Limits::default()).await;
    let first = followed.mark("map/").await;
    assert_eq!(first.len(), 1);
    assert_eq!(first[0]["key"], bytes("map/"));
    assert_eq!(first[0]["closestDescendantMerkleValue"].as_str().unwrap().len(), 66);
    assert_ne!(
        first[0]["closestDescendantMerkleValue"],
        followed.mark("other").await[0]["closestDescendantMerkleValue"]
    );
    assert!(followed.mark("none").await.is_empty());

    let genesis = followed.head.clone();
    let block = followed.node.blocks.decide(&[("other", Some("2"))], vec![]);
    followed.to(block).await;
    assert_eq!(followed.mark("map/").await, first);

    let block = followed.node.blocks.decide(&[("map/b", Some("2"))], vec![]);
    followed.to(block).await;
    let second = followed.mark("map/").await;
    assert_ne!(second, first);

    let block = followed.node.blocks.decide(&[("map/a", None)], vec![]);
    followed.to(block).await;
    assert_ne!(followed.mark("map/").await, second);

    let block = followed.node.blocks.decide(&[("map/b", None)], vec![]);
    followed.to(block).await;
    assert!(followed.mark("map/").await.is_empty());
    followed.head = genesis;
    assert_eq!(followed.mark("map/").await, first);
}

#[tokio::test]
async fn child_tries_are_empty() {
    let mut followed = follow(Blocks::new(&[("a", "1")]), Limits::default()).await;
    let params = json!({
        "followSubscription": followed.events.id(), "hash": followed.head,
        "items": [item("a", "value"), item("", "descendantsValues")], "childTrie": "0x01",
    });
    let started = followed.client.request("chainHead_v1_storage", object(params)).await.unwrap();
    let done = followed.events.expect("operationStorageDone").await;
    assert_eq!(done["operationId"], started["operationId"]);
}
