//! Following the head.

use crate::{
    client::{context, hex_of, soon, Events, Node},
    double::{Blocks, Pool, DECIDED_WAITING},
};
use icn_primitives::Hash;
use icn_rpc::{
    methods::{methods, Groups},
    Limits,
};
use serde_json::{json, Value};

async fn announced(events: &mut Events) -> Hash {
    let block = events.expect("newBlock").await;
    let hash = block["blockHash"].clone();
    assert_eq!(events.expect("bestBlockChanged").await["bestBlockHash"], hash);
    let finalized = events.expect("finalized").await;
    assert_eq!(finalized["finalizedBlockHashes"], json!([hash]));
    assert_eq!(finalized["prunedBlockHashes"], json!([]));
    serde_json::from_value(hash).unwrap()
}

#[tokio::test]
async fn initialized_names_the_last_blocks_oldest_first_and_pins_them() {
    let blocks = Blocks::new(&[]);
    let hashes: Vec<Hash> = (0..40).map(|_| blocks.decide_empty()).collect();
    let node = Node::start(blocks).await;
    let client = node.connect().await;
    let mut events = client.follow(false).await.unwrap();
    let initialized = events.next().await;
    let last: Vec<String> = hashes[8..].iter().copied().map(hex_of).collect();
    assert_eq!(initialized, json!({ "event": "initialized", "finalizedBlockHashes": last }));
    for (block, pinned) in [(hashes[8], true), (hashes[39], true), (hashes[7], false)] {
        let header = client.call("chainHead_v1_header", json!([events.id(), hex_of(block)])).await;
        assert_eq!(header.is_ok(), pinned);
        assert_eq!(header.err(), (!pinned).then_some(-32801));
    }
}

#[tokio::test]
async fn initialized_names_no_block_whose_state_is_gone() {
    let blocks = Blocks::new(&[]);
    let hashes: Vec<Hash> = (0..4).map(|_| blocks.decide_empty()).collect();
    blocks.prune_state(hashes[1]);
    let node = Node::start(blocks).await;
    let mut events = node.connect().await.follow(false).await.unwrap();
    let initialized = events.expect("initialized").await;
    assert_eq!(initialized["finalizedBlockHashes"], json!([hex_of(hashes[2]), hex_of(hashes[3])]));
}

#[tokio::test]
async fn initialized_names_blocks_of_one_runtime() {
    let blocks = Blocks::new(&[]);
    blocks.decide_empty();
    let head = blocks.upgrade(2);
    let node = Node::start(blocks).await;
    let mut events = node.connect().await.follow(true).await.unwrap();
    let initialized = events.expect("initialized").await;
    assert_eq!(initialized["finalizedBlockHashes"], json!([hex_of(head)]));
}

#[tokio::test]
async fn a_chain_of_genesis_alone_is_followed() {
    let node = Node::start(Blocks::new(&[])).await;
    let client = node.connect().await;
    let mut events = client.follow(false).await.unwrap();
    let initialized = events.expect("initialized").await;
    let genesis = client.call("chainSpec_v1_genesisHash", json!([])).await.unwrap();
    assert_eq!(initialized["finalizedBlockHashes"], json!([genesis]));
    let first = node.blocks.decide_empty();
    assert_eq!(announced(&mut events).await, first);
}

#[tokio::test]
async fn runtimes_are_reported_to_whoever_asks() {
    let node = Node::start(Blocks::new(&[])).await;
    let client = node.connect().await;
    let mut with = client.follow(true).await.unwrap();
    let mut without = client.follow(false).await.unwrap();
    let spec = |version: u32| {
        json!({ "type": "valid", "spec": {
            "specName": "double", "implName": "double-node", "specVersion": version, "implVersion": 3,
            "transactionVersion": 7, "apis": { "0x0101010101010101": 2, "0xd2bc9897eed08f15": 3 },
        }})
    };
    assert_eq!(with.expect("initialized").await["finalizedBlockRuntime"], spec(1));
    assert!(without.expect("initialized").await.get("finalizedBlockRuntime").is_none());

    node.blocks.decide_empty();
    let upgraded = node.blocks.upgrade(2);
    let block = with.expect("newBlock").await;
    assert_eq!(block.get("newRuntime"), Some(&Value::Null));
    with.names(2).await;
    let block = with.expect("newBlock").await;
    assert_eq!(block["blockHash"], hex_of(upgraded));
    assert_eq!(block["newRuntime"], spec(2));
    assert!(without.expect("newBlock").await.get("newRuntime").is_none());
}

#[tokio::test]
async fn each_block_is_new_then_best_then_final() {
    let node = Node::start(Blocks::new(&[])).await;
    let client = node.connect().await;
    let mut events = client.follow(true).await.unwrap();
    let mut parent = events.expect("initialized").await["finalizedBlockHashes"][0].clone();
    for _ in 0..5 {
        let hash = hex_of(node.blocks.decide_empty());
        let block = events.expect("newBlock").await;
        assert_eq!((&block["blockHash"], &block["parentBlockHash"]), (&json!(hash), &parent));
        assert_eq!(events.names(2).await, ["bestBlockChanged", "finalized"]);
        parent = json!(hash);
    }
}

#[tokio::test]
async fn a_connection_follows_twice_at_most() {
    let node = Node::start(Blocks::new(&[])).await;
    let (client, other) = (node.connect().await, node.connect().await);
    let first = client.follow(true).await.unwrap();
    let _second = client.follow(false).await.unwrap();
    assert_eq!(client.follow(false).await.err(), Some(-32800));
    assert!(other.follow(false).await.is_ok());
    assert_eq!(client.call("chainHead_v1_unfollow", json!([first.id()])).await, Ok(Value::Null));
    assert!(client.follow(false).await.is_ok());
}

#[tokio::test]
async fn a_missed_block_stops_the_follow_and_makes_it_stale() {
    let node = Node::start(Blocks::new(&[])).await;
    let client = node.connect().await;
    let mut events = client.follow(true).await.unwrap();
    let genesis = events.expect("initialized").await["finalizedBlockHashes"][0].clone();
    node.blocks.decide_unheard();
    node.blocks.decide_empty();
    assert_eq!(events.next().await, json!({ "event": "stop" }));

    let id = events.id();
    let limit_reached = Ok(json!({ "result": "limitReached" }));
    assert_eq!(client.call("chainHead_v1_header", json!([id, genesis])).await, Ok(Value::Null));
    assert_eq!(client.call("chainHead_v1_body", json!([id, genesis])).await, limit_reached);
    assert_eq!(client.call("chainHead_v1_call", json!([id, genesis, "Double_echo", "0x"])).await, limit_reached);
    assert_eq!(client.call("chainHead_v1_storage", json!([id, genesis, [], null])).await, limit_reached);
    assert_eq!(client.call("chainHead_v1_unpin", json!([id, genesis])).await, Ok(Value::Null));
    assert_eq!(client.call("chainHead_v1_continue", json!([id, "1"])).await, Ok(Value::Null));
    assert_eq!(client.call("chainHead_v1_stopOperation", json!([id, "1"])).await, Ok(Value::Null));
    assert_eq!(client.call("chainHead_v1_unfollow", json!([id])).await, Ok(Value::Null));
}

#[tokio::test]
async fn too_many_pinned_blocks_stop_the_follow() {
    let limits = Limits { pinned_blocks: 3, ..Limits::default() };
    let node = Node::start_with(Blocks::new(&[]), Pool::new([]).0, limits).await;
    let client = node.connect().await;
    let mut events = client.follow(false).await.unwrap();
    let genesis = events.expect("initialized").await["finalizedBlockHashes"][0].clone();
    for _ in 0..2 {
        node.blocks.decide_empty();
        announced(&mut events).await;
    }
    client.call("chainHead_v1_unpin", json!([events.id(), genesis])).await.unwrap();
    node.blocks.decide_empty();
    announced(&mut events).await;
    node.blocks.decide_empty();
    assert_eq!(events.next().await, json!({ "event": "stop" }));
}

#[tokio::test]
async fn a_reader_that_lags_behind_is_stopped() {
    let blocks = Blocks::new(&[]);
    let groups = Groups { legacy: false, modern: true };
    let module = methods(groups, &context(&blocks, Pool::new([]).0, Limits::default())).unwrap();
    // Room for one message: the follow waits for its reader with the next.
    let mut events = module.subscribe("chainHead_v1_follow", [false], 1).await.unwrap();
    for _ in 0..4 * DECIDED_WAITING {
        blocks.decide_empty();
    }
    let mut names = Vec::new();
    while let Some(Ok((event, _))) = soon(events.next::<Value>()).await {
        names.push(event["event"].as_str().unwrap().to_string());
        if event["event"] == "stop" {
            break;
        }
    }
    assert_eq!(names.first().map(String::as_str), Some("initialized"));
    assert_eq!(names.last().map(String::as_str), Some("stop"));
    assert!(names.len() < 4 * DECIDED_WAITING, "{names:?}");
}

#[tokio::test]
async fn unpinning_takes_one_or_many_and_all_or_none() {
    let blocks = Blocks::new(&[]);
    let [a, b, c] = [0; 3].map(|_| hex_of(blocks.decide_empty()));
    let node = Node::start(blocks).await;
    let client = node.connect().await;
    let mut events = client.follow(false).await.unwrap();
    events.expect("initialized").await;
    let id = events.id();
    let unknown = hex_of(Hash::repeat_byte(7));
    assert_eq!(client.call("chainHead_v1_unpin", json!([id, [a, b, a]])).await, Err(-32804));
    assert_eq!(client.call("chainHead_v1_unpin", json!([id, [a, unknown]])).await, Err(-32801));
    assert_eq!(client.call("chainHead_v1_unpin", json!([id, 5])).await, Err(-32602));
    assert!(client.call("chainHead_v1_header", json!([id, a])).await.is_ok());
    assert_eq!(client.call("chainHead_v1_unpin", json!([id, a])).await, Ok(Value::Null));
    assert_eq!(client.call("chainHead_v1_unpin", json!([id, a])).await, Err(-32801));
    assert_eq!(client.call("chainHead_v1_unpin", json!([id, [b, c]])).await, Ok(Value::Null));
    assert_eq!(client.call("chainHead_v1_header", json!([id, c])).await, Err(-32801));
}

#[tokio::test]
async fn a_follow_belongs_to_its_connection_and_ends_with_it() {
    let node = Node::start(Blocks::new(&[])).await;
    let (client, other) = (node.connect().await, node.connect().await);
    let mut events = client.follow(false).await.unwrap();
    let genesis = events.expect("initialized").await["finalizedBlockHashes"][0].clone();
    assert_eq!(other.call("chainHead_v1_header", json!([events.id(), genesis])).await, Ok(Value::Null));
    assert_eq!(node.blocks.decided.receiver_count(), 1);
    drop((client, events));
    soon(node.blocks.decided.closed()).await;
}

#[tokio::test]
async fn parameters_are_checked() {
    let node = Node::start(Blocks::new(&[])).await;
    let client = node.connect().await;
    let spaced = format!("0x  {}", "a5".repeat(31));
    for (method, params) in [
        ("chainHead_v1_follow", json!([])),
        ("chainHead_v1_follow", json!(["yes"])),
        ("chainHead_v1_unfollow", json!([])),
        ("chainHead_v1_unfollow", json!([7])),
        ("chainHead_v1_header", json!(["id"])),
        ("chainHead_v1_header", json!(["id", "0x12"])),
        ("chainHead_v1_body", json!(["id", 5])),
        ("chainHead_v1_call", json!(["id", hex_of(Hash::zero()), "Double_echo"])),
        ("chainHead_v1_call", json!(["id", hex_of(Hash::zero()), "Double_echo", "0x1"])),
        ("chainHead_v1_storage", json!(["id", hex_of(Hash::zero()), [{ "key": "0x", "type": "values" }], null])),
        ("chainHead_v1_storage", json!(["id", hex_of(Hash::zero()), [{ "key": "12", "type": "value" }], null])),
        ("chainHead_v1_header", json!(["id", spaced])),
        ("chainHead_v1_body", json!(["id", spaced])),
        ("chainHead_v1_call", json!(["id", spaced, "Double_echo", "0x"])),
        ("chainHead_v1_storage", json!(["id", spaced, [], null])),
        ("chainHead_v1_unpin", json!(["id", spaced])),
        ("chainHead_v1_unpin", json!(["id", [hex_of(Hash::zero()), spaced]])),
        ("chainHead_v1_continue", json!(["id"])),
        ("chainHead_v1_stopOperation", json!([])),
    ] {
        assert_eq!(client.call(method, params.clone()).await, Err(-32602), "{method} {params}");
    }
}
