//! `transaction_v1` and `transactionWatch_v1`.

use crate::{
    client::{bytes, extrinsic, hex_of, soon, Client, Events, Node},
    double::{Blocks, Pool, Verdict},
};
use icn_primitives::{Extrinsic, Hash, SubmitError, TransactionStatus};
use icn_rpc::Limits;
use serde_json::{json, Value};
use sp_runtime::transaction_validity::InvalidTransaction;
use tokio::sync::mpsc;

type Attempts = mpsc::UnboundedReceiver<Extrinsic>;

async fn started(verdicts: impl IntoIterator<Item = Verdict>) -> (Node, Client, Attempts) {
    let (pool, attempts) = Pool::new(verdicts);
    let node = Node::start_with(Blocks::new(&[]), pool, Limits::default()).await;
    let client = node.connect().await;
    (node, client, attempts)
}

/// A transaction's life that is over.
fn lived(statuses: impl IntoIterator<Item = TransactionStatus>) -> Verdict {
    let (status, life) = mpsc::unbounded_channel();
    statuses.into_iter().for_each(|next| status.send(next).unwrap());
    Verdict::Accept(life)
}

async fn broadcast(client: &Client, extrinsic: &Extrinsic) -> Value {
    client.call("transaction_v1_broadcast", json!([bytes(extrinsic.bytes())])).await.unwrap()
}

async fn watch(client: &Client, transaction: &str) -> Result<Events, i32> {
    let (method, unwatch) = ("transactionWatch_v1_submitAndWatch", "transactionWatch_v1_unwatch");
    client.subscribe(method, json!([transaction]), unwatch).await
}

const IN_BLOCK: TransactionStatus = TransactionStatus::InBlock { block: Hash::repeat_byte(5), index: 2 };
const FINALIZED: TransactionStatus = TransactionStatus::Finalized { block: Hash::repeat_byte(5), index: 2 };

#[tokio::test]
async fn a_broadcast_goes_on_until_its_transaction_is_final() {
    let (node, client, mut attempts) = started([
        lived([TransactionStatus::Ready, TransactionStatus::Dropped]),
        Verdict::Refuse(SubmitError::AlreadyImported(Hash::zero())),
        Verdict::Refuse(SubmitError::TemporarilyBanned),
        lived([TransactionStatus::Ready, IN_BLOCK, FINALIZED]),
    ])
    .await;
    let transaction = extrinsic(b"transfer");
    let operation = broadcast(&client, &transaction).await;
    assert!(operation.is_string());
    // One block after the first two attempts, two after the third, which was refused.
    assert_eq!(soon(attempts.recv()).await, Some(transaction.clone()));
    for blocks in [1, 1, 2] {
        assert!(attempts.try_recv().is_err());
        for _ in 0..blocks {
            node.blocks.decide_empty();
        }
        assert_eq!(soon(attempts.recv()).await, Some(transaction.clone()));
    }
    node.blocks.decide_empty();
    assert_eq!(client.call("transaction_v1_stop", json!([operation])).await, Ok(Value::Null));
    assert!(attempts.try_recv().is_err());
}

#[tokio::test]
async fn a_hopeless_transaction_is_not_tried_again() {
    let (node, client, mut attempts) = started([
        Verdict::Refuse(SubmitError::Invalid(InvalidTransaction::Stale)),
        lived([TransactionStatus::Ready, FINALIZED]),
    ])
    .await;
    let stale = extrinsic(b"stale");
    broadcast(&client, &stale).await;
    assert_eq!(soon(attempts.recv()).await, Some(stale));
    // No extrinsic: never submitted.
    let garbage = client.call("transaction_v1_broadcast", json!(["0xffff"])).await.unwrap();
    assert!(garbage.is_string());
    node.blocks.decide_empty();
    // The next that is submitted is the next that is asked for.
    let other = extrinsic(b"other");
    broadcast(&client, &other).await;
    assert_eq!(soon(attempts.recv()).await, Some(other));
}

#[tokio::test]
async fn a_connection_has_sixteen_broadcasts_until_it_stops_one() {
    let (node, client, _attempts) = started([]).await;
    let mut operations = Vec::new();
    for index in 0..16u8 {
        operations.push(broadcast(&client, &extrinsic(&[index])).await);
    }
    assert!(operations.iter().all(Value::is_string));
    assert_eq!(broadcast(&client, &extrinsic(b"one more")).await, Value::Null);
    let other = node.connect().await;
    assert!(broadcast(&other, &extrinsic(b"one more")).await.is_string());
    let stop = json!([operations[3]]);
    assert_eq!(other.call("transaction_v1_stop", stop.clone()).await, Err(-32602));
    assert_eq!(client.call("transaction_v1_stop", stop.clone()).await, Ok(Value::Null));
    assert_eq!(client.call("transaction_v1_stop", stop).await, Err(-32602));
    assert!(broadcast(&client, &extrinsic(b"one more")).await.is_string());
}

#[tokio::test]
async fn a_broadcast_ends_with_its_connection() {
    let (node, client, mut attempts) = started([lived([TransactionStatus::Dropped])]).await;
    broadcast(&client, &extrinsic(b"transfer")).await;
    soon(attempts.recv()).await;
    drop(client);
    soon(node.blocks.decided.closed()).await;
}

#[tokio::test]
async fn bytes_that_are_no_hex_are_refused() {
    let (_node, client, _attempts) = started([]).await;
    for wrong in [json!(["zz"]), json!(["0x1"]), json!([5]), json!([])] {
        assert_eq!(client.call("transaction_v1_broadcast", wrong.clone()).await, Err(-32602));
        assert_eq!(client.call("transaction_v1_stop", json!([])).await, Err(-32602));
        let (method, unwatch) = ("transactionWatch_v1_submitAndWatch", "transactionWatch_v1_unwatch");
        assert_eq!(client.subscribe(method, wrong, unwatch).await.err(), Some(-32602));
    }
}

#[tokio::test]
async fn a_watched_transaction_is_reported_to_its_end() {
    let life = [TransactionStatus::Future, TransactionStatus::Ready, IN_BLOCK, FINALIZED];
    let (_node, client, mut attempts) = started([lived(life)]).await;
    let transaction = extrinsic(b"transfer");
    let mut events = watch(&client, &bytes(transaction.bytes())).await.unwrap();
    assert_eq!(soon(attempts.recv()).await, Some(transaction));
    let block = json!({ "hash": hex_of(Hash::repeat_byte(5)), "index": 2 });
    assert_eq!(events.next().await, json!({ "event": "validated" }));
    assert_eq!(events.next().await, json!({ "event": "bestChainBlockIncluded", "block": block }));
    assert_eq!(events.next().await, json!({ "event": "finalized", "block": block }));
}

#[tokio::test]
async fn transactions_that_do_not_make_it_are_told_why() {
    let too_low = SubmitError::TooLowPriority { old: 2, new: 1 };
    let (_node, client, _attempts) = started([
        Verdict::Refuse(SubmitError::Invalid(InvalidTransaction::Payment)),
        Verdict::Refuse(SubmitError::BadFormat("nonsense".into())),
        Verdict::Refuse(too_low),
        Verdict::Refuse(SubmitError::ImmediatelyDropped),
        Verdict::Refuse(SubmitError::Stopping),
        lived([TransactionStatus::Usurped { by: Hash::repeat_byte(3) }]),
        lived([TransactionStatus::Dropped]),
        lived([TransactionStatus::Invalid]),
    ])
    .await;
    let mut told = Vec::new();
    for _ in 0..8 {
        let event = watch(&client, &bytes(extrinsic(b"transfer").bytes())).await.unwrap().next().await;
        told.push((event["event"].as_str().unwrap().to_string(), event["error"].as_str().unwrap().to_string()));
    }
    let expected = [
        ("invalid", "Inability to pay some fees"),
        ("invalid", "nonsense"),
        ("dropped", "Priority is too low"),
        ("dropped", "Immediately Dropped"),
        ("error", "stopping"),
        ("invalid", "took its place"),
        ("dropped", "the pool was full"),
        ("invalid", "no longer valid"),
    ];
    for ((event, error), (name, words)) in told.iter().zip(expected) {
        assert_eq!(event, name, "{error}");
        assert!(error.contains(words), "{error}");
    }
    let garbage = watch(&client, "0xffff").await.unwrap().next().await;
    assert_eq!(garbage["event"], "invalid");
}

#[tokio::test]
async fn unwatching_is_for_what_is_watched() {
    let (status, life) = mpsc::unbounded_channel();
    let (_node, client, _attempts) = started([Verdict::Accept(life)]).await;
    let mut events = watch(&client, &bytes(extrinsic(b"transfer").bytes())).await.unwrap();
    status.send(TransactionStatus::Ready).unwrap();
    events.expect("validated").await;
    let name = json!([events.id()]);
    assert_eq!(client.call("transactionWatch_v1_unwatch", json!(["another"])).await, Err(-32602));
    assert_eq!(client.call("transactionWatch_v1_unwatch", name.clone()).await, Ok(Value::Null));
    assert_eq!(client.call("transactionWatch_v1_unwatch", name).await, Err(-32602));
    soon(status.closed()).await;
}
