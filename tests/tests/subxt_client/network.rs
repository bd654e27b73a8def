//! What wallets do, against each of four validators of a network that they share.
//!
//! Each validator has people of its own, so that no two wallets sign with one key. What needs time by hand, which only a chain of one
//! validator offers, is left to that: calls that run at a time, and upgrades.

use crate::{
    failures, flows,
    wallet::{id, Face, People, Wallet},
};
use icn_runtime::genesis::TOKEN;
use icn_tests::{network::Network, node::directory};
use serde_json::json;
use sp_core::crypto::Ss58Codec as _;
use subxt_signer::sr25519::dev;

/// How many validators there are.
const VALIDATORS: usize = 4;

fn people(index: usize) -> People {
    People::named(&format!("//{index}"))
}

/// A network on which the people of each validator have tokens, and the root origin.
fn network(face: Face) -> Network {
    let directory = directory();
    let root = id(&dev::alice());
    let accounts = (0..VALIDATORS).flat_map(|index| people(index).accounts()).chain([root]);
    let balances: Vec<_> =
        accounts.map(|account| json!([account.to_ss58check(), (1_000_000 * TOKEN) as u64])).collect();
    let patch = directory.path().join("patch.json");
    std::fs::write(&patch, json!({ "balances": { "balances": balances } }).to_string()).expect("written");
    let mut network = Network::with_patch(VALIDATORS as u16, 0, Some(&patch));
    (0..VALIDATORS).for_each(|index| network.start_with(index, &face.variables()));
    network
}

/// Each flow, at one validator after the other.
macro_rules! at_each_validator {
    ($face:expr, $($module:ident::$flow:ident),* $(,)?) => {
        let network = network($face);
        $(for index in 0..VALIDATORS {
            println!("{} at the validator {index}", stringify!($flow));
            let wallet = Wallet::at($face, &network.node(index).url, people(index)).await;
            $module::$flow(wallet).await;
        })*
    };
}

async fn flows_at_each_validator(face: Face) {
    at_each_validator! {
        face,
        flows::metadata_describes_the_runtime,
        flows::storage_is_read_and_maps_are_iterated,
        flows::blocks_and_what_they_change_are_followed,
        flows::the_fee_is_what_was_estimated,
        flows::a_mortal_transfer_is_final,
        flows::a_batch_is_all_or_nothing,
        flows::two_of_three_act_together,
        flows::a_proxy_acts_for_another,
        flows::a_call_runs_at_its_height,
        failures::each_refusal_has_its_words,
        failures::a_future_transaction_waits_for_the_one_before,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wallets_use_each_validator_over_the_new_rpc() {
    flows_at_each_validator(Face::New).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wallets_use_each_validator_over_the_legacy_rpc() {
    flows_at_each_validator(Face::Legacy).await;
}
