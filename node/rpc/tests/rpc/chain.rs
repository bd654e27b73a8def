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

#[tokio::test]
async fn the_head_is_final() {
    let node = Node::new();
    for name in ["chain_getFinalizedHead", "chain_getFinalisedHead"] {
        assert_eq!(node.call(name, json!([])).await, json!(node.chain.hash(2)));
    }
}
