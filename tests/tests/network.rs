//! Validators that agree: real processes over loopback, killed, cut off and brought back.
//!
//! `KILL_ROUNDS` says how often validators are killed under load, half as often as it happens here; in every second round all are.

use icn_primitives::Hash;
use icn_runtime::RuntimeCall;
use icn_tests::{
    account::Account,
    client::{agree, connect, listed, load, status, sudo, transfer, EQUIVOCATION_SEEN, PATIENCE},
    light_client::{fetch, follow, http, powers, validators, verify, Verdict},
    network::{kill_rounds, Network},
    node::{check, icn, run},
    random::Random,
};
use jsonrpsee::{core::client::ClientT as _, rpc_params};
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

/// How long a chain is watched that must not move. It is no bound of anything: a chain that moves does so within milliseconds.
const STILL: Duration = Duration::from_secs(3);

/// Rounds of kills under load in a normal run.
const ROUNDS: u64 = 20;

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
async fn a_validator_that_lost_its_log_follows_until_what_it_signed_is_decided_and_votes_again() {
    let mut network = Network::running(4);
    let (alice, bob) = (Account::dev("Alice"), Account::dev("Bob"));
    let node = connect(&network, 3).await;
    node.send(&alice, transfer(&bob, 1)).await;
    agree(&network).await;
    // Two of four vote for the next block and cannot decide it.
    network.kill(1);
    network.kill(2);
    let guard = network.home(0).join("guard");
    let signed = std::fs::read(&guard).expect("it voted");
    let mut waiting = std::pin::pin!(node.submit(&alice, transfer(&bob, 2)));
    let mut look = tokio::time::interval(Duration::from_millis(20));
    while std::fs::read(&guard).expect("it voted") == signed {
        tokio::select! {
            _ = look.tick() => {}
            _ = &mut waiting => panic!("two of four decided"),
        }
    }
    network.kill(0);
    std::fs::remove_dir_all(network.home(0).join("wal")).expect("it was there");
    [1, 2, 0].into_iter().for_each(|index| network.start(index));
    tokio::time::timeout(PATIENCE, waiting).await.expect("three of four decide");
    let log = || network.node(0).log();
    let again = || {
        log()
            .split_once("it follows until the block is decided")
            .is_some_and(|(_, after)| after.contains("this node votes"))
    };
    let voting = async {
        while !again() {
            look.tick().await;
        }
    };
    tokio::time::timeout(PATIENCE, voting).await.unwrap_or_else(|_| panic!("{}", log()));
    agree(&network).await;
    // Without one of the others its vote is needed.
    network.kill(1);
    node.send(&alice, transfer(&bob, 3)).await;
    agree(&network).await;
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

/// Also, no validator saw another vote twice in one step: none logged it at the end of a height, over all its lives, and nobody was
/// convicted. That is what validators heard in time; `tests/byzantine/tests/witness.rs` looks at all that they say.
#[tokio::test(flavor = "multi_thread")]
async fn no_final_block_is_lost_when_validators_are_killed_under_load() {
    let mut random = Random::printed();
    let mut network = Network::running(4);
    let mut reported = BTreeMap::new();
    let rounds = kill_rounds(ROUNDS);
    for round in 0..rounds {
        let victim = random.below(4) as usize;
        let everyone = round % 2 == 1;
        let victims = if everyone { vec![0, 1, 2, 3] } else { vec![victim] };
        let life = Duration::from_micros(random.below(400_000));
        load(&network, (victim + 1) % 4, life, random.below(20), &mut reported).await;
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
    assert!(reported.len() as u64 >= rounds, "the load made only {} blocks", reported.len());
    for index in 0..4 {
        assert!(connect(&network, index).await.tombstones().await.is_empty(), "a validator was convicted");
        assert!(!network.node(index).log().contains(EQUIVOCATION_SEEN), "node {index} saw a validator vote twice");
    }
    (0..4).for_each(|index| network.stop(index));
    (0..4).for_each(|index| drop(check(&network.home(index)).ok()));
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

        // The whole client, fetching by itself.
        let (reached, steps) = follow(&network, index, height, false).await;
        assert_eq!((&reached.signed_header, steps), (&last.signed_header, height as usize - 1));
        let (reached, steps) = follow(&network, index, height, true).await;
        assert_eq!((&reached.signed_header, steps), (&last.signed_header, 1));
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

    let before = listed(&network, 3);
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
        let mut powers: Vec<u64> = listed(network, 3)
            .iter()
            .map(|one| one["power"].as_str().expect("text").parse().expect("a number"))
            .collect();
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
