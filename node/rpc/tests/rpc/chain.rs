//! Headers, blocks and hashes.

use crate::memory::{extrinsic, Node, PRUNED};
use codec::{Decode, Encode};
use icn_primitives::{Hash, Hashing};
use serde_json::{json, Value};
use sp_runtime::{
    generic::{Digest, DigestItem},
    traits::Hash as _,
};

fn bytes(value: &Value) -> Vec<u8> {
    icn_rpc::hex::decode(value.as_str().unwrap(), usize::MAX).unwrap()
}

#[tokio::test]
async fn a_header_encodes_again_to_what_its_hash_is_of() {
    let node = Node::new();
    let json = node.call("chain_getHeader", json!([node.chain.hash(2)])).await;
    assert_eq!(json["number"], "0x2");
    let logs = json["digest"]["logs"].as_array().unwrap();
    let digest = Digest { logs: logs.iter().map(|log| DigestItem::decode(&mut &bytes(log)[..]).unwrap()).collect() };
    let mut encoded = bytes(&json["parentHash"]);
    codec::Compact(2u32).encode_to(&mut encoded);
    encoded.extend(bytes(&json["stateRoot"]));
    encoded.extend(bytes(&json["extrinsicsRoot"]));
    digest.encode_to(&mut encoded);
    assert_eq!(Hashing::hash(&encoded), node.chain.hash(2));
}

#[tokio::test]
async fn without_hash_the_highest_block_is_meant() {
    let node = Node::new();
    assert_eq!(node.call("chain_getHeader", json!([])).await["number"], "0x2");
    assert_eq!(node.call("chain_getHeader", json!([null])).await["number"], "0x2");
    assert_eq!(node.call("chain_getHeader", Value::Null).await["number"], "0x2");
    assert_eq!(node.call("chain_getHeader", json!([Hash::zero()])).await, Value::Null);
}

#[tokio::test]
async fn a_block_has_its_extrinsics_as_they_are_and_no_justification() {
    let node = Node::new();
    let block = node.call("chain_getBlock", json!([node.chain.hash(2)])).await;
    assert_eq!(block["block"]["header"]["number"], "0x2");
    assert_eq!(block["block"]["extrinsics"], json!([icn_rpc::hex::encode(extrinsic(&[9]).bytes())]));
    assert_eq!(block["justifications"], Value::Null);
    assert_eq!(node.call("chain_getBlock", json!([Hash::zero()])).await, Value::Null);
}

#[tokio::test]
async fn a_pruned_block_is_refused_with_what_is_kept() {
    let node = Node::new();
    let (code, words, _) = node.refused("chain_getBlock", json!([node.chain.hash(PRUNED)])).await;
    assert_eq!(code, 4003);
    assert_eq!(
        words,
        "Client error: UnknownBlock: State already discarded: block 1 is older than the history this node keeps, which \
         starts at 2"
    );
}

#[tokio::test]
async fn a_hash_is_asked_for_by_nothing_a_number_hex_or_a_list() {
    let node = Node::new();
    let hash = |number| json!(node.chain.hash(number));
    for name in ["chain_getBlockHash", "chain_getHead"] {
        assert_eq!(node.call(name, json!([])).await, hash(2));
        assert_eq!(node.call(name, json!([null])).await, hash(2));
        assert_eq!(node.call(name, json!([0])).await, hash(0));
        assert_eq!(node.call(name, json!(["0x1"])).await, hash(1));
        assert_eq!(node.call(name, json!([[0, "0x02", 99]])).await, json!([hash(0), hash(2), null]));
        assert_eq!(node.call(name, json!([99])).await, Value::Null);
        assert_eq!(node.call(name, json!([u64::MAX])).await, Value::Null);
    }
    let (code, _, data) = node.refused("chain_getBlockHash", json!(["two"])).await;
    assert_eq!(code, -32602);
    assert!(data.as_str().unwrap().contains("expected a number or its 0x-prefixed hex"), "{data}");
    let (code, words, _) = node.refused("chain_getBlockHash", json!([vec![0; 1001]])).await;
    assert_eq!((code, words.as_str()), (4002, "count exceeds maximum value. value: 1001, max: 1000"));
}

/// Found by a long run of `fuzz_hashes`: white space was passed over, and the bytes then missing were zeros.
#[tokio::test]
async fn a_hash_with_white_space_in_it_is_refused_wherever_one_is_asked_for() {
    let node = Node::new();
    let spaced = format!("0x  {}", "a5".repeat(31));
    let transaction = icn_rpc::hex::encode(extrinsic(&[1]).bytes());
    let child = icn_rpc::hex::encode(":child_storage:default:");
    for (method, before) in [
        ("chain_getHeader", json!([])),
        ("chain_getBlock", json!([])),
        ("state_getStorage", json!(["0x01"])),
        ("state_getStorageHash", json!(["0x01"])),
        ("state_getStorageSize", json!(["0x01"])),
        ("state_getKeysPaged", json!(["0x01", 1, null])),
        ("state_getKeys", json!(["0x01"])),
        ("state_getPairs", json!(["0x01"])),
        ("state_queryStorageAt", json!([["0x01"]])),
        ("state_queryStorage", json!([["0x01"]])),
        ("state_queryStorage", json!([["0x01"], node.chain.hash(2)])),
        ("state_call", json!(["Core_version", "0x"])),
        ("state_getMetadata", json!([])),
        ("state_getRuntimeVersion", json!([])),
        ("childstate_getStorage", json!([child, "0x01"])),
        ("childstate_getStorageEntries", json!([child, ["0x01"]])),
        ("childstate_getKeys", json!([child, "0x01"])),
        ("childstate_getKeysPaged", json!([child, "0x01", 1, null])),
        ("payment_queryInfo", json!([transaction])),
        ("payment_queryFeeDetails", json!([transaction])),
        ("system_dryRun", json!([transaction])),
        ("icn_stateProof", json!(["0x01"])),
    ] {
        let mut parameters = before.as_array().unwrap().clone();
        parameters.push(json!(spaced));
        let (code, _, data) = node.refused(method, json!(parameters)).await;
        assert_eq!(code, -32602, "{method}");
        assert!(data.as_str().unwrap().contains(": a hash is 32 bytes in hex: a character is no hex digit"), "{data}");
    }
    let (code, _, data) = node.refused("author_removeExtrinsic", json!([[{ "hash": spaced }]])).await;
    assert_eq!(code, -32602);
    assert_eq!(data, "expected [extrinsics]: extrinsics: a hash is 32 bytes in hex: a character is no hex digit");
}

#[tokio::test]
async fn the_head_is_final() {
    let node = Node::new();
    for name in ["chain_getFinalizedHead", "chain_getFinalisedHead"] {
        assert_eq!(node.call(name, json!([])).await, json!(node.chain.hash(2)));
    }
}
