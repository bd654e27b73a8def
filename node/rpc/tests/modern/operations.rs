//! Bodies, headers, runtime calls, and the operations behind them.

use crate::{
    client::{bytes, extrinsic, hex_of, object, Client, Events, Node},
    double::{Blocks, Pool},
};
use codec::DecodeAll;
use icn_primitives::{Hash, Header};
use icn_rpc::Limits;
use serde_json::{json, Value};

/// A node, a connection and a follow of it whose head is `head`.
async fn followed(blocks: std::sync::Arc<Blocks>, head: Hash, limits: Limits) -> (Node, Client, Events) {
    let node = Node::start_with(blocks, Pool::new([]).0, limits).await;
    let client = node.connect().await;
    let mut events = client.follow(true).await.unwrap();
    let initialized = events.expect("initialized").await;
    assert_eq!(initialized["finalizedBlockHashes"].as_array().unwrap().last(), Some(&json!(hex_of(head))));
    (node, client, events)
}

fn operation(started: Value) -> String {
    assert_eq!(started["result"], "started", "{started}");
    started["operationId"].as_str().unwrap().to_string()
}

#[tokio::test]
async fn a_header_hashes_to_its_block() {
    let blocks = Blocks::new(&[]);
    let head = blocks.decide_empty();
    let (_node, client, events) = followed(blocks, head, Limits::default()).await;
    let header = client.call("chainHead_v1_header", json!([events.id(), hex_of(head)])).await.unwrap();
    let header = icn_rpc::hex::decode(header.as_str().unwrap(), 1000).unwrap();
    assert_eq!(Header::decode_all(&mut &header[..]).unwrap().hash(), head);
}

#[tokio::test]
async fn a_body_is_its_extrinsics_in_order() {
    let blocks = Blocks::new(&[]);
    let body = vec![extrinsic(b"first"), extrinsic(b"second")];
    let head = blocks.decide(&[], body.clone());
    let (node, client, mut events) = followed(blocks, head, Limits::default()).await;
    let params = json!({ "followSubscription": events.id(), "hash": hex_of(head) });
    let started = client.request("chainHead_v1_body", object(params)).await.unwrap();
    assert!(started.get("discardedItems").is_none());
    let id = operation(started);
    let value: Vec<String> = body.iter().map(|extrinsic| bytes(extrinsic.bytes())).collect();
    assert_eq!(events.next().await, json!({ "event": "operationBodyDone", "operationId": id, "value": value }));

    node.blocks.prune_body(head);
    let id = operation(client.call("chainHead_v1_body", json!([events.id(), hex_of(head)])).await.unwrap());
    let event = events.expect("operationError").await;
    assert_eq!(event["operationId"], id);
    assert!(event["error"].as_str().unwrap().contains("older than the history"), "{event}");
}

#[tokio::test]
async fn storage_that_is_no_longer_kept_is_an_error() {
    let blocks = Blocks::new(&[]);
    let head = blocks.decide_empty();
    let (node, client, mut events) = followed(blocks, head, Limits::default()).await;
    node.blocks.prune_state(head);
    let params = json!([events.id(), hex_of(head), [{ "key": "0x", "type": "descendantsValues" }], null]);
    let id = operation(client.call("chainHead_v1_storage", params).await.unwrap());
    assert_eq!(events.expect("operationError").await["operationId"], id);
}

#[tokio::test]
async fn a_call_returns_fails_or_is_unknown() {
    let blocks = Blocks::new(&[]);
    let old = blocks.decide_empty();
    let (node, client, mut events) = followed(blocks, old, Limits::default()).await;
    let head = node.blocks.upgrade(2);
    for event in ["newBlock", "bestBlockChanged", "finalized"] {
        events.expect(event).await;
    }
    for (block, version) in [(old, "0x01000000"), (head, "0x02000000")] {
        let params = json!([events.id(), hex_of(block), "Double_version", ""]);
        let id = operation(client.call("chainHead_v1_call", params).await.unwrap());
        let done = json!({ "event": "operationCallDone", "operationId": id, "output": version });
        assert_eq!(events.next().await, done);
    }
    let params = json!([events.id(), hex_of(head), "Double_echo", "0xabcd"]);
    operation(client.call("chainHead_v1_call", params).await.unwrap());
    assert_eq!(events.expect("operationCallDone").await["output"], "0xabcd");
    for (method, words) in [("Double_fail", "on purpose"), ("Double_none", "no method Double_none")] {
        let params = json!([events.id(), hex_of(head), method, "0x"]);
        let id = operation(client.call("chainHead_v1_call", params).await.unwrap());
        let event = events.expect("operationError").await;
        assert_eq!(event["operationId"], id);
        assert!(event["error"].as_str().unwrap().contains(words), "{event}");
    }
}

#[tokio::test]
async fn a_follow_without_runtime_calls_none() {
    let node = Node::start(Blocks::new(&[])).await;
    let client = node.connect().await;
    let mut events = client.follow(false).await.unwrap();
    let genesis = events.expect("initialized").await["finalizedBlockHashes"][0].clone();
    let params = json!([events.id(), genesis, "Double_echo", "0x"]);
    assert_eq!(client.call("chainHead_v1_call", params).await, Err(-32802));
}

#[tokio::test]
async fn blocks_that_are_not_pinned_are_refused() {
    let blocks = Blocks::new(&[]);
    let head = blocks.decide_empty();
    let (_node, client, events) = followed(blocks, head, Limits::default()).await;
    client.call("chainHead_v1_unpin", json!([events.id(), hex_of(head)])).await.unwrap();
    for block in [head, Hash::repeat_byte(9)].map(hex_of) {
        assert_eq!(client.call("chainHead_v1_header", json!([events.id(), block])).await, Err(-32801));
        assert_eq!(client.call("chainHead_v1_body", json!([events.id(), block])).await, Err(-32801));
        let params = json!([events.id(), block, "Double_echo", "0x"]);
        assert_eq!(client.call("chainHead_v1_call", params).await, Err(-32801));
        let params = json!([events.id(), block, [{ "key": "0x", "type": "value" }], null]);
        assert_eq!(client.call("chainHead_v1_storage", params).await, Err(-32801));
    }
}

#[tokio::test]
async fn sixteen_operations_run_at_once_and_go_on_after_unpinning() {
    let blocks = Blocks::new(&[]);
    let head = blocks.decide_empty();
    let (node, client, mut events) = followed(blocks, head, Limits::default()).await;
    let wait = json!([events.id(), hex_of(head), "Double_wait", "0x"]);
    let mut running = Vec::new();
    for _ in 0..16 {
        running.push(operation(client.call("chainHead_v1_call", wait.clone()).await.unwrap()));
    }
    let limit_reached = Ok(json!({ "result": "limitReached" }));
    assert_eq!(client.call("chainHead_v1_call", wait.clone()).await, limit_reached);
    assert_eq!(client.call("chainHead_v1_body", json!([events.id(), hex_of(head)])).await, limit_reached);
    client.call("chainHead_v1_unpin", json!([events.id(), hex_of(head)])).await.unwrap();
    node.blocks.open_gate();
    let mut done = Vec::new();
    for _ in 0..16 {
        done.push(events.expect("operationCallDone").await["operationId"].as_str().unwrap().to_string());
    }
    done.sort();
    running.sort();
    assert_eq!(done, running);
}

#[tokio::test]
async fn a_stopped_operation_is_silent_and_makes_room() {
    let blocks = Blocks::new(&[]);
    let head = blocks.decide_empty();
    let limits = Limits { operations_per_follow: 1, ..Limits::default() };
    let (node, client, mut events) = followed(blocks, head, limits).await;
    let call = |method: &str| json!([events.id(), hex_of(head), method, "0x"]);
    let stopped = operation(client.call("chainHead_v1_call", call("Double_wait")).await.unwrap());
    let params = json!([events.id(), stopped]);
    assert_eq!(client.call("chainHead_v1_continue", params.clone()).await, Err(-32803));
    assert_eq!(client.call("chainHead_v1_stopOperation", params.clone()).await, Ok(Value::Null));
    let next = operation(client.call("chainHead_v1_call", call("Double_echo")).await.unwrap());
    node.blocks.open_gate();
    assert_ne!(next, stopped);
    assert_eq!(events.expect("operationCallDone").await["operationId"], next);
    assert_eq!(client.call("chainHead_v1_stopOperation", params.clone()).await, Ok(Value::Null));
    assert_eq!(client.call("chainHead_v1_continue", params).await, Ok(Value::Null));
    node.blocks.decide_empty();
    events.expect("newBlock").await;
}

#[tokio::test]
async fn an_operation_is_named_before_it_is_reported() {
    use jsonrpsee::{
        client_transport::ws::{Url, WsTransportClientBuilder},
        core::client::{ReceivedMessage, TransportReceiverT, TransportSenderT},
    };
    let node = Node::start(Blocks::new(&[])).await;
    let url: Url = node.url().parse().unwrap();
    let (mut sender, mut receiver) = WsTransportClientBuilder::default().build(url).await.unwrap();
    let mut receive = async || loop {
        match crate::client::soon(receiver.receive()).await.unwrap() {
            ReceivedMessage::Text(text) => break serde_json::from_str::<Value>(&text).unwrap(),
            ReceivedMessage::Bytes(bytes) => break serde_json::from_slice(&bytes).unwrap(),
            ReceivedMessage::Pong => (),
        }
    };
    let request = |id: u32, method: &str, params: Value| {
        json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string()
    };
    sender.send(request(1, "chainHead_v1_follow", json!([true]))).await.unwrap();
    let follow = receive().await["result"].clone();
    let initialized = receive().await;
    let genesis = &initialized["params"]["result"]["finalizedBlockHashes"][0];
    for id in 2..50 {
        sender.send(request(id, "chainHead_v1_call", json!([follow, genesis, "Double_echo", "0x"]))).await.unwrap();
        let answer = receive().await;
        assert_eq!(answer["id"], id, "{answer}");
        let event = receive().await["params"]["result"].clone();
        assert_eq!(event["operationId"], answer["result"]["operationId"]);
    }
}

#[tokio::test]
async fn operations_of_a_batch_run_too() {
    use jsonrpsee::core::{client::ClientT, params::BatchRequestBuilder};
    let blocks = Blocks::new(&[]);
    let head = blocks.decide(&[], vec![extrinsic(b"one")]);
    let (_node, client, mut events) = followed(blocks, head, Limits::default()).await;
    let mut batch = BatchRequestBuilder::new();
    for _ in 0..3 {
        let params = crate::client::array(json!([events.id(), hex_of(head)]));
        batch.insert("chainHead_v1_body", params).unwrap();
    }
    let answers = crate::client::soon(client.0.batch_request::<Value>(batch)).await.unwrap();
    let mut started: Vec<String> = answers.into_ok().unwrap().map(operation).collect();
    let mut done = Vec::new();
    for _ in 0..3 {
        done.push(events.expect("operationBodyDone").await["operationId"].as_str().unwrap().to_string());
    }
    started.sort();
    done.sort();
    assert_eq!(done, started);
}
