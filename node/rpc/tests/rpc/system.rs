//! What the node is, fees, and blocks by hand.

use crate::memory::{extrinsic, Node};
use icn_primitives::AccountId;
use icn_rpc::hex::encode;
use serde_json::{json, Value};
use sp_core::crypto::{Ss58AddressFormat, Ss58Codec};

#[tokio::test]
async fn the_node_says_what_it_is() {
    let node = Node::new();
    for (name, answer) in [
        ("system_name", json!("icn")),
        ("system_version", json!("0.1.0")),
        ("system_chain", json!("Test")),
        ("system_chainType", json!("Development")),
        ("system_properties", json!({"ss58Format": 42, "tokenDecimals": 12, "tokenSymbol": "ICN"})),
        ("system_health", json!({"peers": 0, "isSyncing": false, "shouldHavePeers": false})),
        ("system_syncState", json!({"startingBlock": 0, "currentBlock": 2, "highestBlock": 2})),
        ("system_nodeRoles", json!(["Authority"])),
        ("system_localPeerId", json!("nobody")),
        ("system_localListenAddresses", json!([])),
        ("system_peers", json!([])),
        ("system_reservedPeers", json!([])),
    ] {
        assert_eq!(node.call(name, json!([])).await, answer, "{name}");
    }
}

#[tokio::test]
async fn a_nonce_is_asked_for_in_any_spelling_of_the_account() {
    let node = Node::new();
    let account = AccountId::new([7; 32]);
    let spellings = [
        account.to_ss58check(),
        account.to_ss58check_with_version(Ss58AddressFormat::custom(0)),
        account.to_ss58check_with_version(Ss58AddressFormat::custom(16_383)),
        encode(AsRef::<[u8]>::as_ref(&account)),
    ];
    for spelling in spellings {
        for name in ["system_accountNextIndex", "account_nextIndex"] {
            assert_eq!(node.call(name, json!([spelling])).await, 7);
        }
    }
    let address = account.to_ss58check();
    let (half, rest) = address.split_at(20);
    for wrong in ["", "0x07", "5Grw", "not an account", &format!(" {address}"), &format!("{half}\n{rest}")] {
        let (code, _, data) = node.refused("system_accountNextIndex", json!([wrong])).await;
        assert_eq!(code, -32602);
        assert!(data.as_str().unwrap().starts_with("expected [account]: account: expected SS58 or"), "{data}");
    }
    for (wrong, reason) in [
        ("2".repeat(51), "an account in SS58 is at most 50 characters"),
        (format!("0x  {}", "07".repeat(31)), "an account is 32 bytes in hex: a character is no hex digit"),
        (format!("0x{}", "07".repeat(33)), "an account is 32 bytes in hex: at most 32 bytes are taken here"),
    ] {
        let (code, _, data) = node.refused("system_accountNextIndex", json!([wrong])).await;
        assert_eq!(code, -32602);
        assert!(data.as_str().unwrap().ends_with(reason), "{data}");
    }
    let (code, words, data) = node.refused("system_accountNextIndex", json!([encode([0xff; 32])])).await;
    assert_eq!((code, words.as_str()), (1, "Unable to query nonce."));
    assert_eq!(data, "the runtime has no method AccountNonceApi_account_nonce");
}

#[tokio::test]
async fn fees_come_in_the_numbers_that_wallets_read() {
    let node = Node::new();
    let transaction = encode(extrinsic(&[1]).bytes());
    assert_eq!(
        node.call("payment_queryInfo", json!([transaction])).await,
        json!({"weight": {"ref_time": 7, "proof_size": 8}, "class": "normal", "partialFee": "9"})
    );
    assert_eq!(
        node.call("payment_queryFeeDetails", json!([transaction, node.chain.hash(2)])).await,
        json!({"inclusionFee": {"baseFee": "0x1", "lenFee": "0x2", "adjustedWeightFee": "0x12c"}})
    );
    let refused = node.refused("payment_queryInfo", json!([encode(extrinsic(&[0, 0]).bytes())])).await;
    let data = json!("the call of TransactionPaymentApi_query_info failed: on purpose");
    assert_eq!(refused, (1, "Unable to query dispatch info.".into(), data));
    assert_eq!(node.refused("payment_queryInfo", json!(["0x"])).await.0, 1001);
}

#[tokio::test]
async fn a_dry_run_answers_what_the_runtime_would() {
    let node = Node::new();
    for name in ["system_dryRun", "system_dryRunAt"] {
        assert_eq!(node.call(name, json!([encode(extrinsic(&[1]).bytes())])).await, "0x0000");
    }
}

#[tokio::test]
async fn blocks_and_time_are_made_by_hand_on_development_chains_only() {
    let node = Node::new();
    let made = node.call("dev_newBlock", json!([])).await;
    assert_eq!(made, json!({"hash": node.chain.hash(3), "number": 3}));
    assert_eq!(node.call("dev_advanceTime", json!([1000])).await["number"], 4);
    assert_eq!(node.call("dev_advanceTime", json!(["0x3e8"])).await["number"], 5);
    let refused = node.refused("dev_advanceTime", json!([1001])).await;
    assert_eq!(refused, (6001, "time can advance by at most 1000 ms at once".into(), Value::Null));
    assert_eq!(node.refused("dev_advanceTime", json!(["soon"])).await.0, -32602);

    let live = Node::live();
    assert_eq!(live.refused("dev_newBlock", json!([])).await.0, -32601);
    assert!(live.methods().method_names().all(|name| !name.starts_with("dev_")));
}
