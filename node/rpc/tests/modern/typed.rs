//! The same through subxt's typed decoders.

use crate::{
    client::{extrinsic, soon, Node},
    double::{Blocks, Pool, Verdict},
};
use icn_primitives::{AccountId, Hash, Header, TransactionStatus};
use icn_rpc::Limits;
use subxt_rpcs::{
    client::RpcClient,
    methods::chain_head::{
        ArchiveCallResult, ArchiveStorageEvent, ArchiveStorageQuery, FollowEvent, MethodResponse, RuntimeEvent,
        StorageQuery, StorageQueryType, TransactionStatus as WatchEvent,
    },
    ChainHeadRpcMethods, RpcConfig,
};
use tokio::sync::mpsc;

struct Config;

impl RpcConfig for Config {
    type Header = Header;
    type Hash = Hash;
    type AccountId = AccountId;
}

async fn connect(node: &Node) -> ChainHeadRpcMethods<Config> {
    ChainHeadRpcMethods::new(RpcClient::from_insecure_url(node.url()).await.unwrap())
}

fn operation(response: MethodResponse) -> String {
    match response {
        MethodResponse::Started(started) => started.operation_id,
        MethodResponse::LimitReached => panic!("the limit is not reached"),
    }
}

#[tokio::test]
async fn subxt_follows_and_reads() {
    let blocks = Blocks::new(&[("k1", "1"), ("k2", "2")]);
    let head = blocks.decide(&[], vec![extrinsic(b"one")]);
    let node = Node::start(blocks).await;
    let methods = connect(&node).await;
    let mut events = methods.chainhead_v1_follow(true).await.unwrap();
    let follow = events.subscription_id().unwrap().to_string();
    let FollowEvent::Initialized(initialized) = soon(events.next()).await.unwrap().unwrap() else { panic!() };
    assert_eq!(initialized.finalized_block_hashes.last(), Some(&head));
    let Some(RuntimeEvent::Valid(runtime)) = initialized.finalized_block_runtime else { panic!() };
    assert_eq!((runtime.spec.spec_version, runtime.spec.apis["0xd2bc9897eed08f15"]), (1, 3));

    let header = methods.chainhead_v1_header(&follow, head).await.unwrap().unwrap();
    assert_eq!(header.hash(), head);
    let id = operation(methods.chainhead_v1_body(&follow, head).await.unwrap());
    let FollowEvent::OperationBodyDone(body) = soon(events.next()).await.unwrap().unwrap() else { panic!() };
    assert_eq!((body.operation_id, body.value.len()), (id, 1));
    let query = StorageQuery { key: &b"k"[..], query_type: StorageQueryType::DescendantsValues };
    operation(methods.chainhead_v1_storage(&follow, head, [query], None).await.unwrap());
    let FollowEvent::OperationStorageItems(items) = soon(events.next()).await.unwrap().unwrap() else { panic!() };
    assert_eq!(items.items.len(), 2);
    let FollowEvent::OperationStorageDone(_) = soon(events.next()).await.unwrap().unwrap() else { panic!() };

    node.blocks.upgrade(2);
    let FollowEvent::NewBlock(block) = soon(events.next()).await.unwrap().unwrap() else { panic!() };
    let Some(RuntimeEvent::Valid(runtime)) = block.new_runtime else { panic!() };
    assert_eq!(runtime.spec.spec_version, 2);
    methods.chainhead_v1_unpin(&follow, head).await.unwrap();
}

#[tokio::test]
async fn subxt_reads_the_archive() {
    let blocks = Blocks::new(&[("k1", "1"), ("k2", "2")]);
    let head = blocks.decide(&[], vec![extrinsic(b"one")]);
    let node = Node::start(blocks).await;
    let methods = connect(&node).await;
    assert_eq!(methods.archive_v1_finalized_height().await.unwrap(), 1);
    assert_eq!(methods.archive_v1_hash_by_height(1).await.unwrap(), [head]);
    assert_eq!(methods.archive_v1_header(head).await.unwrap().unwrap().hash(), head);
    assert_eq!(methods.archive_v1_body(head).await.unwrap().unwrap().len(), 1);
    let ArchiveCallResult::Success(echo) = methods.archive_v1_call(head, "Double_echo", &[7]).await.unwrap() else {
        panic!()
    };
    assert_eq!(*echo, [7]);
    let query = ArchiveStorageQuery {
        key: &b"k"[..],
        query_type: StorageQueryType::DescendantsHashes,
        pagination_start_key: Some(&b"k1"[..]),
    };
    let mut storage = methods.archive_v1_storage(head, [query], None).await.unwrap();
    let ArchiveStorageEvent::Item(item) = soon(storage.next()).await.unwrap().unwrap() else { panic!() };
    assert_eq!((&*item.key, item.hash.is_some()), (&b"k2"[..], true));
    assert!(soon(storage.next()).await.unwrap().unwrap().is_done());
}

#[tokio::test]
async fn subxt_submits() {
    let (status, life) = mpsc::unbounded_channel();
    let block = Hash::repeat_byte(1);
    for next in [
        TransactionStatus::Ready,
        TransactionStatus::InBlock { block, index: 1 },
        TransactionStatus::Finalized { block, index: 1 },
    ] {
        status.send(next).unwrap();
    }
    let (pool, _attempts) = Pool::new([Verdict::Accept(life)]);
    let node = Node::start_with(Blocks::new(&[]), pool, Limits::default()).await;
    let methods = connect(&node).await;
    let transaction = extrinsic(b"transfer");
    let mut events = methods.transactionwatch_v1_submit_and_watch(transaction.bytes()).await.unwrap();
    assert_eq!(soon(events.next()).await.unwrap().unwrap(), WatchEvent::Validated);
    let WatchEvent::BestChainBlockIncluded { block: Some(included) } = soon(events.next()).await.unwrap().unwrap()
    else {
        panic!()
    };
    assert_eq!((included.hash, included.index), (block, 1));
    let WatchEvent::Finalized { block: included } = soon(events.next()).await.unwrap().unwrap() else { panic!() };
    assert_eq!(included.hash, block);
    let operation = methods.transaction_v1_broadcast(transaction.bytes()).await.unwrap().unwrap();
    methods.transaction_v1_stop(&operation).await.unwrap();
}
