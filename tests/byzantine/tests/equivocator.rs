//! A validator that signs twice, among three that do not.

use icn_primitives::{tendermint::ValidatorAddress, validators::address_of, Hash};
use icn_runtime::{Runtime, RuntimeEvent};
use icn_tests::{
    account::Account,
    client::{agree, connect, listed, status, sudo, transfer, Node, EQUIVOCATION_SEEN, PATIENCE},
    light_client::{accused, fetch, http, powers, verify, Verdict},
    network::Network,
    node::check,
};
use pallet_validators::{Call, Error, Event, Offence};
use sp_runtime::DispatchError;
use std::path::Path;

/// The program with the adversary.
const PROGRAM: &str = env!("CARGO_BIN_EXE_icn-byzantine");

/// Which of the four signs twice.
const OFFENDER: usize = 3;

/// From which height on.
const FROM: u32 = 3;

/// Who was convicted in a block, of what.
async fn convicted(node: &Node, block: Hash) -> Vec<(ValidatorAddress, Offence)> {
    let of = |event| match event {
        RuntimeEvent::Validators(Event::Tombstoned { address, offence }) => Some((address, offence)),
        _ => None,
    };
    node.events(block).await.into_iter().filter_map(of).collect()
}

/// Sends transfers, each a height in which the offender may be seen, until it is convicted; the block.
async fn convict(node: &Node) -> Hash {
    let conviction = async {
        loop {
            let block = node.send(&Account::dev("Alice"), transfer(&Account::dev("Bob"), 1)).await;
            let height = node.number(block).await;
            for height in 1..=height {
                let block = node.reach(height).await;
                if !convicted(node, block).await.is_empty() {
                    return block;
                }
            }
        }
    };
    tokio::time::timeout(PATIENCE, conviction).await.expect("the offender is convicted in time")
}

/// What a call of the privileged origin failed with.
async fn refusal(node: &Node, call: Call<Runtime>) -> DispatchError {
    let block = node.send(&Account::dev("Alice"), sudo(call)).await;
    let of = |event| match event {
        RuntimeEvent::Sudo(pallet_sudo::Event::Sudid { sudo_result }) => sudo_result.err(),
        _ => None,
    };
    node.events(block).await.into_iter().find_map(of).expect("the call is refused")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_validator_that_signs_twice_is_convicted_and_stays_out() {
    let mut network = Network::new(4, 0);
    (0..OFFENDER).for_each(|index| network.start(index));
    network.start_as(OFFENDER, Path::new(PROGRAM), &["--equivocate-from", &FROM.to_string()]);
    let (alice, bob) = (Account::dev("Alice"), Account::dev("Bob"));
    let node = connect(&network, 0).await;

    // It begins as one of four.
    node.send(&alice, transfer(&bob, 1)).await;
    let keys = validators_by_moniker(&network);
    let (key, honest) = (keys[OFFENDER], keys[0]);
    assert_eq!(status(&network, OFFENDER)["validates"], true);

    let block = convict(&node).await;
    let height = node.number(block).await;
    let convictions = convicted(&node, block).await;
    let [(address, offence)] = &convictions[..] else { panic!("{convictions:?}") };
    assert_eq!(*address, address_of(&key));
    let Offence::DuplicateVote { height: offended, .. } = *offence;
    assert!((FROM..height).contains(&offended), "{offence:?} in block {height}");
    assert_eq!(accused(&http(&network, 0), height).await, [*address]);
    let events = node.events(block).await;
    assert!(events.contains(&Event::Left { key }.into()), "{events:?}");
    let changed = Event::SetChanged { first: height + 1, validators: 3, total: 30 };
    assert!(events.contains(&changed.into()), "{events:?}");

    // It goes on as a node that follows, and three decide.
    node.send(&alice, transfer(&bob, 2)).await;
    agree(&network).await;
    assert_eq!(status(&network, OFFENDER)["validates"], false);
    assert!(listed(&network, 0).iter().all(|one| one["key"] != hex::encode(key)));

    // Its key does not come back, whoever asks, nor when its node turns honest.
    let (peer_id, moniker) = (Vec::new().try_into().expect("short"), Vec::new().try_into().expect("short"));
    let join = Call::join { key, power: 10, peer_id, moniker };
    assert_eq!(refusal(&node, join).await, Error::<Runtime>::KeyTombstoned.into());
    let rotate = Call::rotate { old_key: honest, new_key: key, new_peer_id: Vec::new().try_into().expect("short") };
    assert_eq!(refusal(&node, rotate).await, Error::<Runtime>::KeyTombstoned.into());
    network.stop(OFFENDER);
    network.start(OFFENDER);
    let offender = connect(&network, OFFENDER).await;
    offender.send(&alice, transfer(&bob, 3)).await;
    let height = agree(&network).await;
    assert_eq!(status(&network, OFFENDER)["validates"], false);
    assert_eq!(offender.tombstones().await, [*address]);

    // It was convicted once, and nobody else was.
    let mut all = Vec::new();
    for height in 1..=height {
        all.extend(convicted(&node, node.reach(height).await).await);
    }
    assert_eq!(all, convictions);
    for index in 0..4 {
        follow(&network, index, height).await;
    }

    // What others look for in logs to say that nobody signed twice is there when somebody did.
    assert!(network.node(OFFENDER).log().contains("BYZANTINE: Sending conflicting vote"));
    assert!((0..OFFENDER).any(|index| network.node(index).log().contains(EQUIVOCATION_SEEN)));
    (0..4).for_each(|index| network.stop(index));
    (0..4).for_each(|index| drop(check(&network.home(index)).ok()));
}

/// The keys of all validators, in the order of their nodes.
fn validators_by_moniker(network: &Network) -> Vec<[u8; 32]> {
    let listed = listed(network, 0);
    let key = |index| {
        let mine = listed.iter().find(|one| one["moniker"] == format!("node{index}")).expect("it validates");
        hex::decode(mine["key"].as_str().expect("text")).expect("hex").try_into().expect("32 bytes")
    };
    (0..network.len()).map(key).collect()
}

/// A stock light client follows a node block by block and at once, and ends with three validators.
async fn follow(network: &Network, index: usize, height: u32) {
    let client = http(network, index);
    assert_eq!(powers(&client, height).await, [10; 3]);
    let mut blocks = Vec::new();
    for height in 1..=height {
        blocks.push(fetch(&client, height).await);
    }
    for pair in blocks.windows(2) {
        assert_eq!(verify(&pair[0], &pair[1]), Verdict::Success, "from {} on", pair[0].height());
    }
    assert_eq!(verify(&blocks[0], &blocks[blocks.len() - 1]), Verdict::Success, "skipping");
}
