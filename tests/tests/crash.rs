//! A node that is cut off at any moment loses no block that it reported final.
//!
//! Once with the real binary and `kill -9` under load, once with the simulated disk, which tears the writes that were under
//! way. `KILL_ROUNDS` says how often the binary is killed; `ICN_SLOW=1` makes it 100.

use codec::Encode;
use icn_primitives::{Balance, Hash, Header, Nonce};
use icn_runtime::RuntimeCall;
use icn_storage::{ChainStore, Fault, Options, OrderedStore, SimulatedDisk};
use icn_tests::{
    account::{Account, Terms},
    chain::{dev_genesis, entries, Offered, TestChain},
    node::{check, directory, NodeProcess},
    random::Random,
};
use jsonrpsee::{
    core::client::{ClientT as _, Error, Subscription, SubscriptionClientT as _},
    rpc_params,
    ws_client::{WsClient, WsClientBuilder},
};
use serde_json::Value;
use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};
use tokio::time::Instant;

/// Rounds of a normal run.
const ROUNDS: u64 = 5;

/// The longest that a node lives under load, in microseconds.
const LIFE_MAX: u64 = 600_000;

/// Who sends: the prefunded accounts of a Development chain.
const SENDERS: [&str; 6] = ["Alice", "Bob", "Charlie", "Dave", "Eve", "Ferdie"];

fn rounds() -> u64 {
    match std::env::var("KILL_ROUNDS") {
        Ok(rounds) => rounds.parse().expect("KILL_ROUNDS is a number"),
        Err(_) if std::env::var("ICN_SLOW").is_ok_and(|slow| slow == "1") => 100,
        Err(_) => ROUNDS,
    }
}

fn transfer(to: &Account, value: Balance) -> RuntimeCall {
    pallet_balances::Call::transfer_keep_alive { dest: to.id().into(), value }.into()
}

/// What a node has said is final.
#[derive(Default)]
struct Reported {
    /// Hash by height, from finalised heads.
    blocks: BTreeMap<u32, Hash>,
    /// Transactions that were watched: hash of the extrinsic, and the block.
    transactions: Vec<(Hash, Hash)>,
}

#[tokio::test(flavor = "multi_thread")]
async fn no_block_reported_final_is_lost_to_a_kill_at_any_moment() {
    let mut random = Random::printed();
    let directory = directory();
    let home = directory.path().join("home");
    let mut reported = Reported::default();
    for round in 0..rounds() {
        let node = NodeProcess::start(&home);
        let client = connect(&node).await;
        expect_kept(&client, &reported).await;
        let before = reported.blocks.len();
        let life = Duration::from_micros(random.below(LIFE_MAX));
        live_and_die(node, client, life, &mut reported).await;
        println!("round {round}: killed after {life:?}, {} blocks reported final", reported.blocks.len() - before);
    }
    let node = NodeProcess::start(&home);
    let client = connect(&node).await;
    expect_kept(&client, &reported).await;
    assert!(reported.blocks.len() as u64 >= rounds(), "the load made only {} blocks", reported.blocks.len());
    assert!(!reported.transactions.is_empty());
    drop(client);
    assert!(node.stop().success());
    check(&home).ok();
}

async fn connect(node: &NodeProcess) -> WsClient {
    let builder = WsClientBuilder::default().max_buffer_capacity_per_subscription(1 << 16);
    builder.build(&node.url).await.expect("the node answers")
}

/// Puts a node under load, kills it when its time has come, and notes what it had said until then.
async fn live_and_die(node: NodeProcess, client: WsClient, life: Duration, reported: &mut Reported) {
    let client = Arc::new(client);
    let unsubscribe = "chain_unsubscribeFinalizedHeads";
    let heads = client.subscribe::<Header, _>("chain_subscribeFinalizedHeads", rpc_params![], unsubscribe).await;
    let mut heads = heads.expect("subscribed");
    let genesis: Hash = client.request("chain_getBlockHash", rpc_params![0]).await.expect("answered");
    // The first is the head; a block follows while the load runs, whatever the moment of death.
    note(&mut heads, reported).await;
    let load: Vec<_> = (0..SENDERS.len()).map(|sender| tokio::spawn(send(client.clone(), sender, genesis))).collect();
    note(&mut heads, reported).await;
    let death = Instant::now() + life;
    while tokio::time::timeout_at(death, note(&mut heads, reported)).await.is_ok() {}
    node.kill();
    // What was sent before the end was said, even if nobody had read it yet.
    while note(&mut heads, reported).await {}
    for sender in load {
        reported.transactions.extend(sender.await.expect("the load does not fail"));
    }
}

/// Notes one finalised head; whether there was one.
async fn note(heads: &mut Subscription<Header>, reported: &mut Reported) -> bool {
    let Some(Ok(head)) = heads.next().await else { return false };
    if let Some(other) = reported.blocks.insert(head.number, head.hash()) {
        assert_eq!(other, head.hash(), "block {} was reported before as another", head.number);
    }
    true
}

/// Sends transfers, each watched to finality, until the node is gone; what was final.
async fn send(client: Arc<WsClient>, sender: usize, genesis: Hash) -> Vec<(Hash, Hash)> {
    let account = Account::dev(SENDERS[sender]);
    let other = Account::dev(SENDERS[(sender + 1) % SENDERS.len()]);
    let mut finals = Vec::new();
    let address = account_text(&account);
    let nonce: Result<Nonce, _> = client.request("system_accountNextIndex", rpc_params![&address]).await;
    let Ok(first) = nonce else { return gone(nonce.err(), &address, finals) };
    for nonce in first.. {
        let terms = Terms { nonce, tip: 0, era: None, genesis };
        let transaction = account.sign(transfer(&other, 1_000_000), terms);
        let bytes = format!("0x{}", hex::encode(transaction.bytes()));
        let (method, end) = ("author_submitAndWatchExtrinsic", "author_unwatchExtrinsic");
        let mut life = match client.subscribe::<Value, _>(method, rpc_params![bytes], end).await {
            Ok(life) => life,
            Err(error) => return gone(Some(error), &address, finals),
        };
        loop {
            let Some(Ok(status)) = life.next().await else { return finals };
            if let Some(block) = status.get("finalized") {
                let block = serde_json::from_value(block.clone()).expect("a hash");
                finals.push((transaction.hash(), block));
                break;
            }
        }
    }
    finals
}

fn account_text(account: &Account) -> String {
    use sp_core::crypto::Ss58Codec as _;
    account.id().to_ss58check()
}

/// The load ends when the node is gone, and for no other reason.
fn gone(error: Option<Error>, who: &str, finals: Vec<(Hash, Hash)>) -> Vec<(Hash, Hash)> {
    match error {
        Some(Error::Call(refusal)) => panic!("{who}: {refusal}"),
        _ => finals,
    }
}

/// Every block and transaction that was reported final is where it was said to be.
async fn expect_kept(client: &WsClient, reported: &Reported) {
    for (number, hash) in &reported.blocks {
        let kept: Option<Hash> = client.request("chain_getBlockHash", rpc_params![number]).await.expect("answered");
        assert_eq!(kept, Some(*hash), "block {number} was reported final");
    }
    for (transaction, block) in &reported.transactions {
        let block: Value = client.request("chain_getBlock", rpc_params![block]).await.expect("answered");
        let extrinsics = block["block"]["extrinsics"].as_array().expect("a body");
        let hashes = extrinsics.iter().map(|extrinsic| {
            let bytes = extrinsic.as_str().and_then(|text| text.strip_prefix("0x")).expect("bytes");
            icn_primitives::Extrinsic::from_encoded(hex::decode(bytes).expect("hex")).hash()
        });
        assert!(hashes.into_iter().any(|hash| hash == *transaction), "{transaction:?} was reported final");
    }
}

#[test]
fn a_node_killed_while_it_begins_begins_again() {
    let mut random = Random::printed();
    let directory = directory();
    for round in 0..rounds() {
        let home = directory.path().join(round.to_string());
        // A start takes some hundred milliseconds; every moment of it must do.
        for _ in 0..2 {
            let mut child = icn_tests::node::dev(&home).stdout(std::process::Stdio::null()).spawn().expect("starts");
            busy(Duration::from_micros(random.below(200_000)));
            child.kill().expect("it is a child");
            child.wait().expect("it is a child");
        }
        expect_sound(&home);
    }
}

/// Does nothing until a time has passed: the moment of a kill is no event that could be waited for.
fn busy(time: Duration) {
    let start = std::time::Instant::now();
    while start.elapsed() < time {
        std::thread::yield_now();
    }
}

fn expect_sound(home: &Path) {
    let status = NodeProcess::start(home).stop();
    let log = std::fs::read_to_string(home.with_extension("log")).expect("logs are text");
    assert!(status.success(), "{status:?}: {log}");
    check(home).ok();
}

/// Seeds of the simulated disk in a normal run; a slow one has as many as rounds.
const SEEDS: u64 = 10;

/// Blocks that are tried on each.
const BLOCKS: u64 = 30;

#[test]
fn torn_writes_lose_no_committed_block() {
    let mut torn = 0;
    let seeds = rounds().max(SEEDS);
    for seed in 0..seeds {
        torn += crash_often(seed);
    }
    assert!(torn > seeds, "only {torn} writes were torn");
}

/// A chain on a disk that fails and loses power, and a twin that executes what it kept; how many writes were torn.
fn crash_often(seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let twin = TestChain::dev(seed);
    let mut chain = TestChain::create(SimulatedDisk::new(seed), dev_genesis(), Options::default());
    let mut torn = 0;
    for _ in 0..BLOCKS {
        let decided = chain.decide(build(&chain, &mut random));
        let block = decided.record.block.clone();
        let (number, hash) = (block.header.number, block.header.hash());
        let disk = chain.store.store().clone();
        let fault = random.one_in(2);
        if fault {
            disk.fail_after(random.below(6), if random.one_in(2) { Fault::Io } else { Fault::NoSpace });
        }
        let committed = chain.store.commit(decided).is_ok();
        torn += u64::from(!committed);
        // What has not failed yet must not fail the next block.
        if fault || random.one_in(3) {
            let power = if random.one_in(4) && committed { disk.restart() } else { disk.crash() };
            chain = reopen(power);
        }
        let head = chain.head();
        assert!(
            head.number + 1 >= number,
            "seed {seed}: block {} was committed, the head is {}",
            number - 1,
            head.number
        );
        assert!(!committed || head.hash == hash, "seed {seed}: block {number} was committed and is gone");
        if head.number == number {
            assert_eq!(head.hash, hash, "seed {seed}");
            twin.follow(block).expect("an honest block is valid");
        }
        assert_eq!(head.hash, twin.head().hash, "seed {seed}");
        assert_eq!(entries(&chain.state()), entries(&twin.state()), "seed {seed}, block {}", head.number);
    }
    let chain = reopen(chain.store.store().crash());
    let report = chain.store.check(&mut |_| {}).expect("the disk is in order");
    assert!(report.is_clean(), "seed {seed}: {:?}", report.findings);
    torn
}

fn reopen<S: OrderedStore>(disk: S) -> TestChain<S> {
    let store = ChainStore::open(disk, Options::default()).expect("a crash leaves a sound store");
    TestChain::over(store.expect("genesis was committed"))
}

/// A block with a few transfers and a large event.
fn build(chain: &TestChain<SimulatedDisk>, random: &mut Random) -> icn_executor::Built<icn_storage::TreeUpdate> {
    let transactions = SENDERS.map(Account::dev).into_iter().enumerate().filter_map(|(place, account)| {
        let other = Account::dev(SENDERS[(place + 1) % SENDERS.len()]);
        let call = match random.below(3) {
            0 => return None,
            1 => transfer(&other, random.below(1_000_000_000).into()),
            _ => frame_system::Call::remark_with_event { remark: random.below(u64::MAX).encode().repeat(200) }.into(),
        };
        Some(chain.sign(&account, call))
    });
    let mut offered = Offered::new(transactions.collect::<Vec<_>>());
    chain.build(&mut offered).expect("the disk is in order")
}
