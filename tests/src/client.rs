//! Nodes of a network, asked as their users ask them.

use crate::{
    account::{Account, Terms},
    network::Network,
    node::{icn, run},
};
use codec::Decode as _;
use futures::future::join_all;
use icn_primitives::{tendermint::ValidatorAddress, Balance, Hash, Header, Nonce};
use icn_runtime::{RuntimeCall, RuntimeEvent};
use jsonrpsee::{
    core::client::{ClientT as _, Subscription, SubscriptionClientT as _},
    rpc_params,
    ws_client::{WsClient, WsClientBuilder},
};
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

/// How long anything may take that waits for consensus, restarts and lost rounds included.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What the engine logs of a height in which somebody was seen to vote twice in one step.
pub const EQUIVOCATION_SEEN: &str = "Equivocation evidence observed";

/// A client of one node.
pub struct Node {
    /// The connection.
    pub client: WsClient,
    genesis: Hash,
}

/// Connects to a node that runs.
pub async fn connect(network: &Network, index: usize) -> Node {
    let client = WsClientBuilder::default().build(&network.node(index).url).await.expect("the node answers");
    let genesis = client.request("chain_getBlockHash", rpc_params![0]).await.expect("answered");
    Node { client, genesis }
}

fn address(account: &Account) -> String {
    use sp_core::crypto::Ss58Codec as _;
    account.id().to_ss58check()
}

impl Node {
    /// Hash of the chain's first block.
    pub fn genesis(&self) -> Hash {
        self.genesis
    }

    /// The blocks that become final, from the highest on.
    pub async fn heads(&self) -> Subscription<Header> {
        let end = "chain_unsubscribeFinalizedHeads";
        self.client.subscribe("chain_subscribeFinalizedHeads", rpc_params![], end).await.expect("subscribed")
    }

    /// The highest block.
    pub async fn head(&self) -> Header {
        let hash: Hash = self.client.request("chain_getFinalizedHead", rpc_params![]).await.expect("answered");
        self.client.request("chain_getHeader", rpc_params![hash]).await.expect("answered")
    }

    /// The height of a block.
    pub async fn number(&self, block: Hash) -> u32 {
        let header: Header = self.client.request("chain_getHeader", rpc_params![block]).await.expect("answered");
        header.number
    }

    /// What happened in a block.
    pub async fn events(&self, block: Hash) -> Vec<RuntimeEvent> {
        let key = frame_support::storage::storage_prefix(b"System", b"Events");
        let key = format!("0x{}", hex::encode(key));
        let bytes: Option<String> =
            self.client.request("state_getStorage", rpc_params![key, block]).await.expect("answered");
        let bytes = hex::decode(&bytes.expect("each block has events")[2..]).expect("hex");
        let records = Vec::<frame_system::EventRecord<RuntimeEvent, Hash>>::decode(&mut &bytes[..]).expect("events");
        records.into_iter().map(|record| record.event).collect()
    }

    /// The addresses of all who were ever convicted, as the highest block has them.
    pub async fn tombstones(&self) -> Vec<ValidatorAddress> {
        let prefix = frame_support::storage::storage_prefix(b"Validators", b"Tombstones");
        let prefix = format!("0x{}", hex::encode(prefix));
        let keys: Vec<String> =
            self.client.request("state_getKeysPaged", rpc_params![prefix, 100, Value::Null]).await.expect("answered");
        // A key ends with what it is the hash of.
        let address = |key: &String| {
            let bytes = hex::decode(&key[2..]).expect("hex");
            bytes[bytes.len() - size_of::<ValidatorAddress>()..].try_into().expect("its size")
        };
        keys.iter().map(address).collect()
    }

    /// Waits until a height is final here; the hash of its block.
    pub async fn reach(&self, height: u32) -> Hash {
        let mut heads = self.heads().await;
        let reached = async { while heads.next().await.expect("the node runs").expect("a header").number < height {} };
        tokio::time::timeout(PATIENCE, reached).await.unwrap_or_else(|_| panic!("height {height} is not reached"));
        self.client.request("chain_getBlockHash", rpc_params![height]).await.expect("answered")
    }

    /// A transaction of an account with its next nonce, as it is sent.
    pub async fn signed(&self, account: &Account, call: impl Into<RuntimeCall>) -> String {
        let nonce: Nonce =
            self.client.request("system_accountNextIndex", rpc_params![address(account)]).await.expect("answered");
        let transaction = account.sign(call, Terms { nonce, tip: 0, era: None, genesis: self.genesis });
        format!("0x{}", hex::encode(transaction.bytes()))
    }

    /// Signs and sends a call; the block in which it is final.
    pub async fn send(&self, account: &Account, call: impl Into<RuntimeCall>) -> Hash {
        tokio::time::timeout(PATIENCE, self.submit(account, call)).await.expect("the transaction is final in time")
    }

    /// As [`Self::send`], however long it takes.
    pub async fn submit(&self, account: &Account, call: impl Into<RuntimeCall>) -> Hash {
        let bytes = self.signed(account, call).await;
        let (method, end) = ("author_submitAndWatchExtrinsic", "author_unwatchExtrinsic");
        let mut life =
            self.client.subscribe::<Value, _>(method, rpc_params![bytes], end).await.expect("it is a transaction");
        loop {
            let status = life.next().await.expect("the node runs").expect("a status");
            if let Some(block) = status.get("finalized") {
                return serde_json::from_value(block.clone()).expect("a hash");
            }
            assert!(status.get("dropped").is_none() && status != "invalid", "{status}");
        }
    }
}

/// A transfer of some base units.
pub fn transfer(to: &Account, value: Balance) -> RuntimeCall {
    pallet_balances::Call::transfer_keep_alive { dest: to.id().into(), value }.into()
}

/// By a privileged origin.
pub fn sudo(call: impl Into<RuntimeCall>) -> RuntimeCall {
    pallet_sudo::Call::sudo { call: Box::new(call.into()) }.into()
}

/// Waits until all nodes that run have the highest block of any of them; its height.
pub async fn agree(network: &Network) -> u32 {
    let nodes = join_all(network.alive().into_iter().map(|index| connect(network, index))).await;
    let heads = join_all(nodes.iter().map(Node::head)).await;
    let height = heads.iter().map(|head| head.number).max().expect("nodes run");
    let hashes = join_all(nodes.iter().map(|node| node.reach(height))).await;
    assert!(hashes.windows(2).all(|pair| pair[0] == pair[1]), "block {height} differs: {hashes:?}");
    height
}

/// Sends transfers to a node for some time, and notes what it reports final. In the end it leaves `stranded` transfers behind and does not
/// wait for them, so that validators that are killed then are killed while they decide.
pub async fn load(network: &Network, index: usize, life: Duration, stranded: u64, reported: &mut BTreeMap<u32, Hash>) {
    let node = connect(network, index).await;
    let mut heads = node.heads().await;
    let accounts = ["Alice", "Bob", "Charlie", "Dave"].map(Account::dev);
    let note = |head: Header, reported: &mut BTreeMap<u32, Hash>| {
        let before = reported.insert(head.number, head.hash());
        assert!(before.is_none_or(|before| before == head.hash()), "block {} was another", head.number);
    };
    let death = tokio::time::Instant::now() + life;
    let mut sent = 0;
    loop {
        let account = &accounts[sent % accounts.len()];
        node.send(account, transfer(&accounts[(sent + 1) % accounts.len()], 1_000)).await;
        sent += 1;
        while let Ok(Some(head)) = tokio::time::timeout(Duration::ZERO, heads.next()).await {
            note(head.expect("a header"), reported);
        }
        if tokio::time::Instant::now() >= death {
            break;
        }
    }
    for _ in 0..stranded {
        let bytes = node.signed(&Account::dev("Eve"), transfer(&accounts[0], 1_000)).await;
        // One with its nonce may wait at another node since before.
        let _ = node.client.request::<Hash, _>("author_submitExtrinsic", rpc_params![bytes]).await;
    }
}

/// `icn validator list` at a node.
#[track_caller]
pub fn listed(network: &Network, index: usize) -> Vec<Value> {
    let url = &network.node(index).url;
    let said = run(&mut icn(["validator", "list", "--output", "json", "--url", url])).ok();
    serde_json::from_str(&said).expect("a list")
}

/// `icn status` of a node.
#[track_caller]
pub fn status(network: &Network, index: usize) -> Value {
    let url = &network.node(index).url;
    serde_json::from_str(&run(&mut icn(["status", "--output", "json", "--url", url])).ok()).expect("an object")
}
