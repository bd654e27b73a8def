//! What is asked wrongly is refused as CometBFT refuses it.

use crate::{
    chain::{MemoryChain, LENGTH},
    node::{client, Node},
};
use serde_json::{json, Value};
use tendermint_rpc::Client;

/// CometBFT's code of whatever it cannot answer.
const INTERNAL: i64 = -32603;

const INVALID_PARAMS: i64 = -32602;

#[tokio::test]
async fn heights_that_are_not_there_are_refused_in_words_that_clients_read() {
    let node = Node::new();
    for method in ["commit", "block"] {
        let words = "height 41 must be less than or equal to the current blockchain height 40";
        assert_eq!(node.refused(method, json!({"height": "41"})).await, (INTERNAL, words.into()));
        let words = "height must be greater than 0, but got 0";
        assert_eq!(node.refused(method, json!({"height": "0"})).await, (INTERNAL, words.into()));
    }
    for method in ["validators", "consensus_params"] {
        assert_eq!(node.call(method, json!({"height": "41"})).await["block_height"], "41");
        let words = "height 42 must be less than or equal to the current blockchain height 41";
        assert_eq!(node.refused(method, json!({"height": "42"})).await, (INTERNAL, words.into()));
    }
    let server = node.serve().await;
    let error = client(&server).commit(41u32).await.unwrap_err().to_string();
    assert!(error.contains("height 41 must be less than or equal to the current blockchain height 40"), "{error}");
}

#[tokio::test]
async fn the_error_of_a_height_is_that_of_cometbft() {
    let theirs: Value = serde_json::from_str(include_str!("fixtures/cometbft/block_at_height_0.json")).unwrap();
    let ours = Node::new().answer("block", json!({"height": "0"})).await;
    assert_eq!(ours["error"], theirs["error"]);
}

#[tokio::test]
async fn heights_are_numbers_strings_or_left_out() {
    let node = Node::new();
    let seventh = node.call("commit", json!({"height": "7"})).await;
    for params in [json!([7]), json!(["7"]), json!({"height": 7})] {
        assert_eq!(node.call("commit", params).await, seventh);
    }
    let last = node.call("commit", json!({"height": LENGTH})).await;
    for params in [json!([]), json!({}), json!(null), json!([null]), json!([""]), json!({"height": ""})] {
        assert_eq!(node.call("commit", params.clone()).await, last, "{params}");
        assert_eq!(node.call("validators", params).await["block_height"], LENGTH.to_string());
    }
    for wrong in [json!(["seven"]), json!([1.5]), json!([true]), json!([1, 2]), json!({"Height": 1}), json!(["0x7"])] {
        let (code, words) = node.refused("commit", wrong.clone()).await;
        assert_eq!(code, INVALID_PARAMS, "{wrong}");
        assert!(words.starts_with("expected [height]: "), "{words}");
    }
}

#[tokio::test]
async fn the_last_commit_is_not_canonical_and_the_others_are() {
    let node = Node::new();
    assert_eq!(node.call("commit", json!([LENGTH])).await["canonical"], false);
    for height in [1, 7, LENGTH - 1] {
        assert_eq!(node.call("commit", json!([height])).await["canonical"], true);
    }
}

#[tokio::test]
async fn heights_that_are_pruned_are_refused_with_the_lowest_that_is_not() {
    let node = Node::with(MemoryChain::pruned(LENGTH, 20));
    for method in ["commit", "block", "validators", "consensus_params"] {
        let words = "height 19 is not available, lowest height is 20";
        assert_eq!(node.refused(method, json!({"height": "19"})).await, (INTERNAL, words.into()));
        node.call(method, json!({"height": "20"})).await;
    }
    let metas = node.call("blockchain", json!({"minHeight": "1", "maxHeight": "21"})).await;
    let heights: Vec<&Value> =
        metas["block_metas"].as_array().unwrap().iter().map(|meta| &meta["header"]["height"]).collect();
    assert_eq!(heights, ["21", "20"]);
    assert_eq!(node.call("status", json!(null)).await["sync_info"]["earliest_block_height"], "20");
    let genesis = Node::new().call("genesis", json!(null)).await;
    assert_eq!(node.call("genesis", json!(null)).await, genesis);
}

#[tokio::test]
async fn pages_and_ranges_that_hold_nothing_are_refused() {
    let node = Node::new();
    let page = json!({"height": "1", "page": "2", "per_page": "30"});
    let words = "page should be within [1, 1] range, given 2";
    assert_eq!(node.refused("validators", page).await, (INTERNAL, words.into()));
    let second = node.call("validators", json!({"height": "1", "page": 2, "per_page": 3})).await;
    assert_eq!((&second["count"], &second["total"]), (&json!("1"), &json!("4")));
    let words = "min height 9 can't be greater than max height 8";
    assert_eq!(node.refused("blockchain", json!({"minHeight": 9, "maxHeight": 8})).await, (INTERNAL, words.into()));
    assert_eq!(node.refused("blockchain", json!([-1, 8])).await, (INTERNAL, "heights must be non-negative".into()));
    let all = node.call("blockchain", json!([])).await;
    assert_eq!(all["block_metas"].as_array().unwrap().len(), 20);
}

#[tokio::test]
async fn a_chain_without_blocks_has_none_to_show() {
    let node = Node::of(0);
    for method in ["commit", "block"] {
        assert_eq!(node.refused(method, json!([])).await, (INTERNAL, "there is no block yet".into()));
    }
    assert_eq!(node.refused("blockchain", json!([])).await.0, INTERNAL);
    assert_eq!(node.call("validators", json!([])).await["block_height"], "1");
}

#[tokio::test]
async fn a_node_that_does_not_show_its_chain_has_none_of_the_methods() {
    let mut node = Node::new();
    let listed = |answer: Value| answer["methods"].as_array().unwrap().clone();
    assert!(listed(node.call("rpc_methods", json!([])).await).contains(&json!("commit")));
    node.context.tendermint = None;
    let methods = listed(node.call("rpc_methods", json!([])).await);
    for method in ["status", "commit", "validators", "health", "abci_query"] {
        assert!(!methods.contains(&json!(method)), "{method}");
        assert_eq!(node.answer(method, json!([])).await["error"]["code"], -32601);
    }
}
