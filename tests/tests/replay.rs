//! The same blocks give the same roots: from genesis, on another node, and whatever our crates were optimised with.

use icn_runtime::RuntimeCall;
use icn_storage::SimulatedDisk;
use icn_tests::{
    account::Account,
    chain::{entries, genesis_with, TestChain},
};

type Chain = TestChain<SimulatedDisk>;

/// The state root after [`busy_chain`]. It changes with the runtime; `scripts/test.sh` compares it in two build profiles.
const BUSY_ROOT: &str = include_str!("fixtures/busy_root.txt");

/// A chain with no block, whose accounts sign in a repeatable way.
fn quiet_chain(seed: u64) -> Chain {
    let begin = genesis_with((0..6).map(|number| Account::repeatable(number).id()));
    Chain::create(SimulatedDisk::new(seed), begin, Default::default())
}

/// A chain whose blocks move tokens and use every pallet that carries calls.
fn busy_chain(seed: u64) -> Chain {
    let chain = quiet_chain(seed);
    let accounts = [0, 1, 2, 3, 4, 5].map(Account::repeatable);
    for round in 0..8u128 {
        let transactions: Vec<_> = accounts
            .iter()
            .enumerate()
            .map(|(place, account)| chain.sign(account, call_of(round, place, &accounts)))
            .collect();
        chain.next(transactions);
    }
    chain
}

fn call_of(round: u128, place: usize, accounts: &[Account; 6]) -> RuntimeCall {
    let other = &accounts[(place + 1 + round as usize) % accounts.len()];
    let transfer: RuntimeCall =
        pallet_balances::Call::transfer_keep_alive { dest: other.id().into(), value: 1_000 + round }.into();
    match (round as usize + place) % 6 {
        0 => pallet_utility::Call::batch { calls: vec![transfer.clone(), transfer] }.into(),
        1 => pallet_preimage::Call::note_preimage { bytes: vec![round as u8; 40 + place] }.into(),
        2 => pallet_multisig::Call::as_multi_threshold_1 { other_signatories: vec![other.id()], call: transfer.into() }
            .into(),
        3 => pallet_proxy::Call::add_proxy {
            delegate: other.id().into(),
            proxy_type: Default::default(),
            delay: round as u32,
        }
        .into(),
        4 => frame_system::Call::remark_with_event { remark: vec![round as u8; 2_000] }.into(),
        _ => transfer,
    }
}

#[test]
fn a_chain_replayed_from_genesis_gives_the_same_roots() {
    let chain = busy_chain(1);
    let follower = quiet_chain(2);
    for number in 1..=chain.head().number {
        let record = chain.store.record(number).expect("readable").expect("below the head");
        let head = follower.follow(record.block.clone()).expect("an honest block is valid");
        assert_eq!(*head.record, record);
    }
    assert_eq!(entries(&chain.state()), entries(&follower.state()));
}

#[test]
fn the_root_is_the_same_in_every_build_profile() {
    let root = busy_chain(1).head().record.block.header.state_root;
    assert_eq!(
        hex::encode(root),
        BUSY_ROOT.trim(),
        "if the runtime changed, write this root to fixtures/busy_root.txt"
    );
}
