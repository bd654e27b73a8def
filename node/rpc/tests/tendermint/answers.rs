//! Answers have the shape of CometBFT's, and do not change unannounced.

use crate::{node::Node, shape::differences};
use serde_json::{json, Value};
use std::path::PathBuf;

fn cometbft(name: &str) -> Value {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/tendermint/fixtures/cometbft/{name}.json"));
    let mut answer: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    answer["result"].take()
}

/// A name for an answer, and the call.
fn calls() -> Vec<(&'static str, &'static str, Value)> {
    let counter = hex::encode(crate::chain::COUNTER);
    let absent = hex::encode(crate::chain::ABSENT);
    vec![
        ("abci_info", "abci_info", json!(null)),
        ("abci_query_with_existing_key", "abci_query", json!({"data": counter, "height": "10"})),
        ("abci_query_with_non_existent_key", "abci_query", json!({"data": absent, "height": "10"})),
        ("abci_query_with_proof", "abci_query", json!({"path": "/store/main/key", "data": counter, "prove": true})),
        ("block_at_height_1", "block", json!({"height": "1"})),
        ("block_at_height_10", "block", json!({"height": "10"})),
        ("block_with_evidence", "block", json!({"height": "12"})),
        ("blockchain_from_1_to_10", "blockchain", json!({"minHeight": "1", "maxHeight": "10"})),
        ("commit_at_height_7", "commit", json!({"height": "7"})),
        ("commit_at_height_9", "commit", json!({"height": "9"})),
        ("commit_at_height_10", "commit", json!({"height": "10"})),
        ("consensus_params", "consensus_params", json!({"height": "10"})),
        ("genesis", "genesis", json!(null)),
        ("health", "health", json!(null)),
        ("net_info", "net_info", json!(null)),
        ("status", "status", json!(null)),
        ("validators", "validators", json!({"height": "11", "page": "1", "per_page": "30"})),
    ]
}

/// The answers of which CometBFT's are at hand.
const SHARED: &[&str] = &[
    "abci_info",
    "abci_query_with_existing_key",
    "abci_query_with_non_existent_key",
    "block_at_height_1",
    "block_at_height_10",
    "blockchain_from_1_to_10",
    "commit_at_height_10",
    "consensus_params",
    "genesis",
    "net_info",
    "status",
];

#[tokio::test]
async fn answers_have_the_shape_of_cometbfts() {
    let node = Node::new();
    for (name, method, params) in calls().into_iter().filter(|(name, ..)| SHARED.contains(name)) {
        let found = differences(&node.call(method, params).await, &cometbft(name));
        assert!(found.is_empty(), "{name}: {found:#?}");
    }
}

#[tokio::test]
async fn frozen_answers_do_not_change() {
    let node = Node::new();
    for (name, method, params) in calls() {
        let answer = node.call(method, params).await;
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/tendermint/fixtures/icn/{name}.json"));
        if std::env::var_os("ICN_WRITE_FIXTURES").is_some() {
            std::fs::write(&path, format!("{}\n", serde_json::to_string_pretty(&answer).unwrap())).unwrap();
        }
        let frozen: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        assert_eq!(answer, frozen, "{name}");
    }
}
