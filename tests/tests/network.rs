//! Validators that agree: real processes over loopback, killed, cut off and brought back.
//!
//! `KILL_ROUNDS` says how often validators are killed under load, half as often as it happens here; in every second round all are.

use futures::future::join_all;
use icn_primitives::{Balance, Hash, Header, Nonce};
use icn_runtime::RuntimeCall;
use icn_tests::{
    account::{Account, Terms},
    network::Network,
    node::{check, icn, run},
    random::Random,
};
use jsonrpsee::{
    core::client::{ClientT as _, Subscription, SubscriptionClientT as _},
    rpc_params,
    ws_client::{WsClient, WsClientBuilder},
};
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};
use tendermint_light_client_verifier::{
    options::Options,
    types::{LightBlock, TrustThreshold},
    ProdVerifier, Verdict, Verifier as _,
};
use tendermint_rpc::{Client as _, HttpClient, Paging};

/// How long anything may take that waits for consensus, restarts and lost rounds included.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a chain is watched that must not move. It is no bound of anything: a chain that moves does so within milliseconds.
const STILL: Duration = Duration::from_secs(3);

/// Rounds of kills under load in a normal run.
const ROUNDS: u64 = 20;

fn rounds() -> u64 {
    std::env::var("KILL_ROUNDS").map_or(ROUNDS, |rounds| 2 * rounds.parse::<u64>().expect("KILL_ROUNDS is a number"))
}

/// A client of one node.
struct Node {
    client: WsClient,
    genesis: Hash,
}

async fn connect(network: &Network, index: usize) -> Node {
    let client = WsClientBuilder::default().build(&network.node(index).url).await.expect("the node answers");
    let genesis = client.request("chain_getBlockHash", rpc_params![0]).await.expect("answered");
    Node { client, genesis }
}

fn address(account: &Account) -> String {
    use sp_core::crypto::Ss58Codec as _;
    account.id().to_ss58check()
}

impl Node {
    async fn heads(&self) -> Subscription<Header> {
        let end = "chain_unsubscribeFinalizedHeads";
        self.client.subscribe("chain_subscribeFinalizedHeads", rpc_params![], end).await.expect("subscribed")
    }

    async fn head(&self) -> Header {
        let hash: Hash = self.client.request("chain_getFinalizedHead", rpc_params![]).await.expect("answered");
        self.client.request("chain_getHeader", rpc_params![hash]).await.expect("answered")
    }

    /// Waits until a height is final here; the hash of its block.
    async fn reach(&self, height: u32) -> Hash {
        let mut heads = self.heads().await;
        let reached = async { while heads.next().await.expect("the node runs").expect("a header").number < height {} };
        tokio::time::timeout(PATIENCE, reached).await.unwrap_or_else(|_| panic!("height {height} is not reached"));
        self.client.request("chain_getBlockHash", rpc_params![height]).await.expect("answered")
    }

    /// Signs and sends a call; the block in which it is final.
    async fn send(&self, account: &Account, call: impl Into<RuntimeCall>) -> Hash {
        tokio::time::timeout(PATIENCE, self.submit(account, call)).await.expect("the transaction is final in time")
    }

    async fn submit(&self, account: &Account, call: impl Into<RuntimeCall>) -> Hash {
        let nonce: Nonce =
            self.client.request("system_accountNextIndex", rpc_params![address(account)]).await.expect("answered");
        let transaction = account.sign(call, Terms { nonce, tip: 0, era: None, genesis: self.genesis });
        let bytes = format!("0x{}", hex::encode(transaction.bytes()));
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

fn transfer(to: &Account, value: Balance) -> RuntimeCall {
    pallet_balances::Call::transfer_keep_alive { dest: to.id().into(), value }.into()
}

/// By a privileged origin.
fn sudo(call: impl Into<RuntimeCall>) -> RuntimeCall {
    pallet_sudo::Call::sudo { call: Box::new(call.into()) }.into()
}

/// Waits until all nodes that run have the highest block of any of them; its height.
async fn agree(network: &Network) -> u32 {
    let nodes = join_all(network.alive().into_iter().map(|index| connect(network, index))).await;
    let heads = join_all(nodes.iter().map(Node::head)).await;
    let height = heads.iter().map(|head| head.number).max().expect("nodes run");
    let hashes = join_all(nodes.iter().map(|node| node.reach(height))).await;
    assert!(hashes.windows(2).all(|pair| pair[0] == pair[1]), "block {height} differs: {hashes:?}");
    height
}

#[tokio::test(flavor = "multi_thread")]
async fn transfers_sent_to_each_of_four_validators_are_final_everywhere_with_equal_roots() {
    let network = Network::running(4);
    let (alice, bob) = (Account::dev("Alice"), Account::dev("Bob"));
    for index in 0..4 {
        let node = connect(&network, index).await;
        node.send(&alice, transfer(&bob, 1_000_000)).await;
        // The header commits to the state after the block, so equal hashes are equal roots.
        agree(&network).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_chain_makes_no_blocks_and_a_due_call_wakes_it() {
    let network = Network::running(4);
    let node = connect(&network, 2).await;
    let alice = Account::dev("Alice");
    node.send(&alice, transfer(&Account::dev("Bob"), 1)).await;
    let height = agree(&network).await;
    let mut heads = node.heads().await;
    assert_eq!(heads.next().await.expect("runs").expect("a header").number, height);
    assert!(tokio::time::timeout(STILL, heads.next()).await.is_err(), "a block was made for nothing");

    // A call that is due some seconds after the last block wakes the chain by itself.
    let now: Value = node.client.request("state_getStorage", rpc_params![now_key()]).await.expect("answered");
    let now = u64::from_le_bytes(hex::decode(&now.as_str().expect("hex")[2..]).expect("hex").try_into().expect("u64"));
    let remark = frame_system::Call::remark_with_event { remark: b"due".to_vec() };
    let at = now + STILL.as_millis() as u64 + 3_000;
    let call = RuntimeCall::from(remark);
    node.send(&alice, sudo(schedule(at, call))).await;
    let scheduled = node.head().await.number;
    node.reach(scheduled + 1).await;
    let time: Value = node.client.request("state_getStorage", rpc_params![now_key()]).await.expect("answered");
    let time =
        u64::from_le_bytes(hex::decode(&time.as_str().expect("hex")[2..]).expect("hex").try_into().expect("u64"));
    assert!(time >= at, "the block at {time} came before the call was due, at {at}");
    agree(&network).await;
}

fn now_key() -> String {
    format!("0x{}", hex::encode(frame_support::storage::storage_prefix(b"Timestamp", b"Now")))
}

fn schedule(due: u64, call: RuntimeCall) -> RuntimeCall {
    pallet_agenda::Call::schedule { due, retry: None, call: Box::new(call) }.into()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chain_goes_on_without_one_of_four_and_waits_without_two() {
    let mut network = Network::running(4);
    let (alice, bob) = (Account::dev("Alice"), Account::dev("Bob"));
    connect(&network, 0).await.send(&alice, transfer(&bob, 1)).await;

    network.kill(0);
    let third = connect(&network, 3).await;
    third.send(&alice, transfer(&bob, 2)).await;
    third.send(&alice, transfer(&bob, 3)).await;
    network.start(0);
    agree(&network).await;

    network.kill(1);
    network.kill(2);
    let height = third.head().await.number;
    let waiting = third.submit(&alice, transfer(&bob, 4));
    let mut waiting = std::pin::pin!(waiting);
    assert!(tokio::time::timeout(STILL, &mut waiting).await.is_err(), "two of four decided");
    assert_eq!(third.head().await.number, height);
    network.start(1);
    tokio::time::timeout(PATIENCE, waiting).await.expect("three of four decide");
    network.start(2);
    agree(&network).await;
    (0..4).for_each(|index| network.stop(index));
    (0..4).for_each(|index| drop(check(&network.home(index)).ok()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_validator_that_is_cut_off_while_idle_catches_up_and_votes_again() {
    let mut network = Network::running(4);
    let (alice, bob) = (Account::dev("Alice"), Account::dev("Bob"));
    let node = connect(&network, 3).await;
    node.send(&alice, transfer(&bob, 1)).await;
    agree(&network).await;
    network.node(0).signal("STOP");
    for value in 2..=5 {
        node.send(&alice, transfer(&bob, value)).await;
    }
    network.node(0).signal("CONT");
    agree(&network).await;
    // Without one of the others its vote is needed.
    network.kill(1);
    node.send(&alice, transfer(&bob, 6)).await;
    agree(&network).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn validators_that_return_at_different_heights_agree_before_there_is_work() {
    let mut network = Network::running(4);
    let (alice, bob) = (Account::dev("Alice"), Account::dev("Bob"));
    network.kill(0);
    let node = connect(&network, 3).await;
    for value in 1..=3 {
        node.send(&alice, transfer(&bob, value)).await;
    }
    drop(node);
    (1..4).for_each(|index| network.kill(index));
    (0..4).for_each(|index| network.start(index));
    assert!(agree(&network).await >= 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_node_syncs_from_genesis_and_follows() {
    let mut network = Network::new(4, 1);
    (0..4).for_each(|index| network.start(index));
    let (alice, bob) = (Account::dev("Alice"), Account::dev("Bob"));
    let node = connect(&network, 1).await;
    for value in 1..=10 {
        node.send(&alice, transfer(&bob, value)).await;
    }
    network.start(4);
    let height = agree(&network).await;
    assert!(height >= 10, "{height}");
    // It follows what is decided from now on, and takes transactions.
    connect(&network, 4).await.send(&alice, transfer(&bob, 11)).await;
    agree(&network).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_final_block_is_lost_when_validators_are_killed_under_load() {
    let mut random = Random::printed();
    let mut network = Network::running(4);
    let mut reported = BTreeMap::new();
    for round in 0..rounds() {
        let victim = random.below(4) as usize;
        let everyone = round % 2 == 1;
        let victims = if everyone { vec![0, 1, 2, 3] } else { vec![victim] };
        let life = Duration::from_micros(random.below(400_000));
        load(&network, (victim + 1) % 4, life, &mut reported).await;
        victims.iter().for_each(|victim| network.kill(*victim));
        victims.iter().for_each(|victim| network.start(*victim));
        let height = agree(&network).await;
        for index in 0..4 {
            let node = connect(&network, index).await;
            for (number, hash) in &reported {
                let kept: Option<Hash> =
                    node.client.request("chain_getBlockHash", rpc_params![number]).await.expect("answered");
                assert_eq!(kept, Some(*hash), "node {index}, block {number}");
            }
        }
        println!("round {round}: killed {victims:?} after {life:?}, height {height}");
    }
    assert!(reported.len() as u64 >= rounds(), "the load made only {} blocks", reported.len());
    (0..4).for_each(|index| network.stop(index));
    (0..4).for_each(|index| drop(check(&network.home(index)).ok()));
}

/// Sends transfers to a node for some time, and notes what it reports final.
async fn load(network: &Network, index: usize, life: Duration, reported: &mut BTreeMap<u32, Hash>) {
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
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stock_light_client_follows_while_validators_leave_return_and_change() {
    let network = Network::running(4);
    let node = connect(&network, 0).await;
    let (alice, bob) = (Account::dev("Alice"), Account::dev("Bob"));
    let tendermint = http(&network, 0);
    let keys: Vec<[u8; 32]> = validators(&tendermint, 1).await;
    type Call = pallet_validators::Call<icn_runtime::Runtime>;

    node.send(&alice, transfer(&bob, 1)).await;
    node.send(&alice, sudo(Call::set_power { key: keys[0], power: 13 })).await;
    node.send(&alice, transfer(&bob, 2)).await;
    node.send(&alice, sudo(Call::leave { key: keys[1] })).await;
    node.send(&alice, transfer(&bob, 3)).await;
    let peer_id = b"12D3KooWGK4RzvNeioS9aXdzmYXU3mgDrRPjQd8SVyXCkHNxLbWN".to_vec().try_into().expect("it is short");
    let moniker = b"again".to_vec().try_into().expect("it is short");
    node.send(&alice, sudo(Call::join { key: keys[1], power: 5, peer_id, moniker })).await;
    node.send(&alice, transfer(&bob, 4)).await;
    let height = agree(&network).await;
    let powers: Vec<u64> = powers(&tendermint, height + 1).await;
    assert_eq!(powers, [13, 10, 10, 5]);

    for index in 0..4 {
        let client = http(&network, index);
        let mut blocks = Vec::new();
        for height in 1..=height {
            blocks.push(fetch(&client, height).await);
        }
        for pair in blocks.windows(2) {
            assert_eq!(verify(&pair[0], &pair[1]), Verdict::Success, "from {} on", pair[0].height());
        }
        let (first, last) = (&blocks[0], &blocks[blocks.len() - 1]);
        assert_eq!(verify(first, last), Verdict::Success, "skipping");
        let mut altered = last.clone();
        altered.signed_header.header.app_hash = vec![7; 32].try_into().expect("a hash");
        assert!(matches!(verify(first, &altered), Verdict::Invalid(_)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_signs_and_validators_are_changed_by_the_command_line() {
    let mut network = Network::new(4, 1);
    // The node that followed gets a key of its own.
    let home = network.home(4);
    let made =
        run(icn(["keys", "new", "consensus", "--insecure-no-passphrase", "--output", "json", "--home"]).arg(&home));
    let made: Value = serde_json::from_str(&made.ok()).expect("JSON");
    let new_key = made["public_key"].as_str().expect("a key").trim_start_matches("0x").to_owned();
    (0..5).for_each(|index| network.start(index));
    let (alice, bob) = (Account::dev("Alice"), Account::dev("Bob"));
    let node = connect(&network, 3).await;
    node.send(&alice, transfer(&bob, 1)).await;
    agree(&network).await;

    let before = listed(&network);
    let first = before.iter().find(|validator| validator["moniker"] == "node0").expect("it validates").clone();
    let peer = status(&network, 4)["peer_id"].as_str().expect("an identity").to_owned();
    let old_key = first["key"].as_str().expect("a key");
    command(&network, &["validator", "rotate", old_key, &new_key, "--peer-id", &peer]);
    agree(&network).await;
    assert_eq!(status(&network, 0)["validates"], false);
    assert_eq!(status(&network, 4)["validates"], true);

    // Three of four decide only if the new key signs.
    network.kill(1);
    node.send(&alice, transfer(&bob, 2)).await;
    network.start(1);
    agree(&network).await;

    let second = before.iter().find(|validator| validator["moniker"] == "node1").expect("it validates");
    let second = second["key"].as_str().expect("a key");
    command(&network, &["validator", "power", second, "7"]);
    let powers = |network: &Network| {
        let mut powers: Vec<u64> =
            listed(network).iter().map(|one| one["power"].as_str().expect("text").parse().expect("a number")).collect();
        powers.sort_unstable();
        powers
    };
    assert_eq!(powers(&network), [7, 10, 10, 10]);
    command(&network, &["validator", "remove", second]);
    assert_eq!(powers(&network), [10, 10, 10]);
    node.send(&alice, transfer(&bob, 3)).await;
    agree(&network).await;
    assert_eq!(status(&network, 1)["validates"], false);
}

/// Runs a command that //Alice signs, at the node 3.
fn command(network: &Network, arguments: &[&str]) {
    let url = &network.node(3).url;
    run(icn(arguments).args(["--signer", "//Alice", "--url", url])).ok();
}

/// `icn validator list`.
fn listed(network: &Network) -> Vec<Value> {
    let url = &network.node(3).url;
    let said = run(&mut icn(["validator", "list", "--output", "json", "--url", url])).ok();
    serde_json::from_str(&said).expect("a list")
}

/// `icn status` of a node.
fn status(network: &Network, index: usize) -> Value {
    let url = &network.node(index).url;
    serde_json::from_str(&run(&mut icn(["status", "--output", "json", "--url", url])).ok()).expect("an object")
}

fn http(network: &Network, index: usize) -> HttpClient {
    let url = network.node(index).url.replace("ws://", "http://");
    HttpClient::new(url.as_str()).expect("it is an address")
}

async fn validators(client: &HttpClient, height: u32) -> Vec<[u8; 32]> {
    let set = client.validators(height, Paging::All).await.expect("answered").validators;
    set.iter().map(|info| info.pub_key.to_bytes().try_into().expect("32 bytes")).collect()
}

async fn powers(client: &HttpClient, height: u32) -> Vec<u64> {
    let set = client.validators(height, Paging::All).await.expect("answered").validators;
    set.iter().map(|info| info.power.value()).collect()
}

async fn fetch(client: &HttpClient, height: u32) -> LightBlock {
    let signed_header = client.commit(height).await.expect("answered").signed_header;
    let set = |set: tendermint_rpc::endpoint::validators::Response| {
        tendermint::validator::Set::without_proposer(set.validators)
    };
    let own = set(client.validators(height, Paging::All).await.expect("answered"));
    let next = set(client.validators(height + 1, Paging::All).await.expect("answered"));
    let provider = "12d3koow12d3koow12d3koow12d3koow12d3koow".replace(['k', 'o', 'w'], "0").parse();
    LightBlock::new(signed_header, own, next, provider.expect("40 hex digits"))
}

fn verify(trusted: &LightBlock, untrusted: &LightBlock) -> Verdict {
    let options = Options {
        trust_threshold: TrustThreshold::ONE_THIRD,
        trusting_period: Duration::from_secs(3_600),
        clock_drift: Duration::from_secs(10),
    };
    let now = tendermint::Time::now();
    let verifier = ProdVerifier::default();
    verifier.verify_update_header(untrusted.as_untrusted_state(), trusted.as_trusted_state(), &options, now)
}
