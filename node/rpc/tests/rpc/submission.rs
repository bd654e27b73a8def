//! Submitting transactions.

use crate::memory::{extrinsic, Node};
use icn_primitives::{Hash, TransactionStatus};
use icn_rpc::hex::encode;
use serde_json::{json, Value};

const REFUSALS: [(u8, i64, &str, Option<&str>); 15] = [
    (100, 1001, "Extrinsic has invalid format: on purpose", None),
    (101, 1010, "Invalid Transaction", Some("Transaction has a bad signature")),
    (102, 1010, "Invalid Transaction", Some("Transaction is outdated")),
    (103, 1010, "Invalid Transaction", Some("Inability to pay some fees (e.g. account balance too low)")),
    (104, 1010, "Invalid Transaction", Some("Transaction has an ancient birth block")),
    (105, 1010, "Invalid Transaction", Some("Transaction will be valid in the future")),
    (106, 1010, "Invalid Transaction", Some("Custom error: 7")),
    (107, 1010, "Invalid Transaction", Some("Transaction call is not expected")),
    (108, 1010, "Invalid Transaction", Some("Transaction would exhaust the block limits")),
    (
        109,
        1011,
        "Unknown Transaction Validity",
        Some("Could not lookup information required to validate the transaction"),
    ),
    (110, 1012, "Transaction is temporarily banned", None),
    (
        111,
        1013,
        "Transaction Already Imported",
        Some("0x1111111111111111111111111111111111111111111111111111111111111111"),
    ),
    (
        112,
        1014,
        "Priority is too low: (2 vs 1)",
        Some("The transaction has too low priority to replace another transaction already in the pool."),
    ),
    (113, 1016, "Immediately Dropped", Some("The transaction couldn't enter the pool because of the limit")),
    (114, 1040, "The node is stopping", None),
];

#[tokio::test]
async fn refusals_have_the_codes_and_words_that_wallets_know() {
    let node = Node::new();
    for name in ["author_submitExtrinsic", "author_submitAndWatchExtrinsic"] {
        for (content, code, words, data) in REFUSALS {
            let refused = node.refused(name, json!([encode(extrinsic(&[content]).bytes())])).await;
            assert_eq!(refused, (code, words.into(), json!(data)), "{name} {content}");
        }
    }
}

#[tokio::test]
async fn bytes_that_are_no_extrinsic_are_told_so() {
    let node = Node::new();
    for (bytes, reason) in [("0x", "Not enough data to fill buffer"), ("0x0401ff", "bytes follow the extrinsic")] {
        let (code, words, _) = node.refused("author_submitExtrinsic", json!([bytes])).await;
        assert_eq!((code, words), (1001, format!("Extrinsic has invalid format: {reason}")));
    }
    for (wrong, reason) in [
        (json!(["04ff"]), "extrinsic: 0x prefix is missing"),
        (json!(["0x4"]), "extrinsic: hex needs an even number of digits"),
        (json!(["0xzz"]), "extrinsic: a character is no hex digit"),
        (json!([format!("0x{}", "00".repeat(1024 * 1024 + 1))]), "extrinsic: at most 1048576 bytes are taken here"),
        (json!([7]), "extrinsic: invalid type"),
        (json!([]), "extrinsic is missing"),
    ] {
        let (code, words, data) = node.refused("author_submitExtrinsic", wrong).await;
        assert_eq!((code, words.as_str()), (-32602, "Invalid params"));
        assert!(data.as_str().unwrap().starts_with(&format!("expected [extrinsic]: {reason}")), "{data}");
    }
}

#[tokio::test]
async fn a_transaction_waits_and_can_be_removed_where_blocks_are_made_by_hand() {
    let node = Node::new();
    let (first, second) = (extrinsic(&[1]), extrinsic(&[2]));
    for transaction in [&first, &second] {
        let hash = node.call("author_submitExtrinsic", json!([encode(transaction.bytes())])).await;
        assert_eq!(hash, json!(transaction.hash()));
    }
    let both = json!([encode(first.bytes()), encode(second.bytes())]);
    assert_eq!(node.call("author_pendingExtrinsics", json!([])).await, both);
    let named = json!([[{"hash": first.hash()}, {"extrinsic": encode(second.bytes())}, {"hash": Hash::zero()}]]);
    assert_eq!(node.call("author_removeExtrinsic", named.clone()).await, json!([first.hash(), second.hash()]));
    assert_eq!(node.call("author_pendingExtrinsics", json!([])).await, json!([]));

    let live = Node::live();
    let unsafe_words = "RPC call is unsafe to be called externally";
    assert_eq!(live.refused("author_removeExtrinsic", named).await, (-32601, unsafe_words.into(), Value::Null));
}

#[tokio::test]
async fn a_watched_transaction_is_ready_in_a_block_and_final() {
    let node = Node::new();
    let mut statuses = node.subscribe("author_submitAndWatchExtrinsic", json!([encode(extrinsic(&[1]).bytes())])).await;
    assert_eq!(statuses.next().await, ("author_extrinsicUpdate".into(), json!("ready")));
    let block = Hash::repeat_byte(3);
    let watcher = node.pool.watched.lock().pop().unwrap();
    watcher.send(TransactionStatus::InBlock { block, index: 1 }).unwrap();
    watcher.send(TransactionStatus::Finalized { block, index: 1 }).unwrap();
    drop(watcher);
    assert_eq!(statuses.next().await.1, json!({"inBlock": block}));
    assert_eq!(statuses.next().await.1, json!({"finalized": block}));
    statuses.end().await;
}

#[tokio::test]
async fn the_operators_methods_are_refused() {
    let node = Node::new();
    for name in [
        "author_insertKey",
        "author_rotateKeys",
        "author_hasKey",
        "author_hasSessionKeys",
        "system_addReservedPeer",
        "system_removeReservedPeer",
        "system_addLogFilter",
        "system_resetLogFilter",
        "system_unstable_networkState",
    ] {
        let refused = node.refused(name, json!(["whatever"])).await;
        assert_eq!(refused, (-32601, "RPC call is unsafe to be called externally".into(), Value::Null), "{name}");
    }
}
