//! `abci_query`: values and proofs of the state.

use crate::{
    chain::{MemoryChain, ABSENT, COUNTER, LENGTH},
    node::{client, Node},
    tree::leaf,
};
use ics23::{CommitmentProof, HostFunctionsManager};
use prost::Message;
use serde_json::json;
use tendermint_rpc::{endpoint::abci_query::AbciQuery, Client};

const PATHS: [Option<&str>; 4] = [None, Some("/store"), Some("/store/ibc/key"), Some("store/ibc/key")];

fn proof(query: &AbciQuery) -> CommitmentProof {
    let ops = &query.proof.as_ref().unwrap().ops;
    assert_eq!((ops.len(), ops[0].field_type.as_str(), &ops[0].key), (1, "ics23:jmt", &query.key));
    CommitmentProof::decode(&ops[0].data[..]).unwrap()
}

#[tokio::test]
async fn values_are_read_at_any_height_and_path() {
    let node = Node::new();
    let server = node.serve().await;
    let client = client(&server);
    for path in PATHS {
        let query = client.abci_query(path.map(String::from), COUNTER, Some(7u32.into()), false).await.unwrap();
        assert_eq!((query.code.value(), query.height.value(), query.value.as_slice()), (0, 7, &[7][..]));
        assert_eq!((query.key.as_slice(), query.proof), (COUNTER, None));
    }
    for latest in [None, Some(0u32.into())] {
        let query = client.abci_query(None, COUNTER, latest, false).await.unwrap();
        assert_eq!((query.height.value(), query.value.as_slice()), (LENGTH.into(), &[LENGTH as u8][..]));
    }
    let query = client.abci_query(None, ABSENT, None, false).await.unwrap();
    assert!(query.code.is_ok());
    assert_eq!((query.value.as_slice(), query.log.as_str()), (&[][..], "does not exist"));
}

#[tokio::test]
async fn proofs_verify_against_the_header_of_the_same_height() {
    let node = Node::new();
    let server = node.serve().await;
    let client = client(&server);
    for height in [1u32, 7, LENGTH] {
        let header = client.commit(height).await.unwrap().signed_header.header;
        let root = header.app_hash.as_bytes().to_vec();
        let query = client.abci_query(None, COUNTER, Some(height.into()), true).await.unwrap();
        let spec = jmt::ics23_spec();
        let verify = |value: &[u8]| {
            let proof = proof(&query);
            ics23::verify_membership::<HostFunctionsManager>(&proof, &spec, &root, COUNTER, &leaf(value))
        };
        assert_eq!(query.value, [height as u8]);
        assert!(verify(&query.value));
        assert!(!verify(&[height as u8 + 1]));
        let query = client.abci_query(None, ABSENT, Some(height.into()), true).await.unwrap();
        assert!(query.value.is_empty());
        let proof = proof(&query);
        assert!(ics23::verify_non_membership::<HostFunctionsManager>(&proof, &spec, &root, ABSENT));
        assert!(!ics23::verify_non_membership::<HostFunctionsManager>(&proof, &spec, &root, COUNTER));
    }
}

#[tokio::test]
async fn what_the_application_refuses_has_a_code_of_its_own() {
    let node = Node::with(MemoryChain::pruned(LENGTH, 20));
    let data = hex::encode(COUNTER);
    for (params, code, log) in [
        (json!({"path": "/app/version", "data": data}), 1, "the path is not known here"),
        (json!({"path": "/store"}), 2, "the key is missing"),
        (json!({"data": data, "height": "41"}), 3, "height 41 must be less than or equal to"),
        (json!({"data": data, "height": "-1"}), 3, "height must be greater than 0"),
        (json!({"data": data, "height": "18", "prove": true}), 3, "height 18 is not available, lowest height is 20"),
    ] {
        let response = node.call("abci_query", params.clone()).await["response"].take();
        assert_eq!((&response["code"], &response["codespace"]), (&json!(code), &json!("icn")), "{params}");
        assert!(response["log"].as_str().unwrap().starts_with(log), "{response}");
        serde_json::from_value::<AbciQuery>(response).unwrap();
    }
}

#[tokio::test]
async fn keys_are_hex_and_bounded() {
    let node = Node::new();
    let prefixed = node.call("abci_query", json!({"data": icn_rpc::hex::encode(COUNTER)})).await;
    assert_eq!(prefixed, node.call("abci_query", json!({"data": hex::encode_upper(COUNTER)})).await);
    let longest = "00".repeat(16 * 1024);
    assert_eq!(node.call("abci_query", json!({"data": longest})).await["response"]["log"], "does not exist");
    for wrong in [json!("0"), json!("zz"), json!(7), json!("00".repeat(16 * 1024 + 1))] {
        let (code, _) = node.refused("abci_query", json!({"data": wrong})).await;
        assert_eq!(code, -32602);
    }
}
