//! The decoders behind the RPC that need the runtime, fuzzed from transactions that wallets send.

use codec::Encode;
use icn_executor::{decode, Inherents};
use icn_fuzzing::{fuzz, Raw};
use icn_primitives::Extrinsic;
use icn_runtime::RuntimeCall;
use icn_tests::{account::Account, chain::TestChain};

/// One transaction for each kind of call that carries calls, and plain ones.
fn transactions() -> Vec<Vec<u8>> {
    let chain = TestChain::dev(1);
    let (alice, bob) = (Account::dev("Alice"), Account::dev("Bob"));
    let transfer: RuntimeCall =
        pallet_balances::Call::transfer_keep_alive { dest: bob.id().into(), value: 1_000_000 }.into();
    let calls: [RuntimeCall; 6] = [
        transfer.clone(),
        pallet_utility::Call::batch { calls: vec![transfer.clone(); 3] }.into(),
        pallet_sudo::Call::sudo { call: transfer.clone().into() }.into(),
        pallet_proxy::Call::proxy { real: bob.id().into(), force_proxy_type: None, call: transfer.clone().into() }
            .into(),
        pallet_multisig::Call::as_multi_threshold_1 { other_signatories: vec![bob.id()], call: transfer.into() }.into(),
        frame_system::Call::remark { remark: vec![7; 200] }.into(),
    ];
    calls.map(|call| chain.sign(&alice, call).encode()).to_vec()
}

#[test]
fn fuzz_transaction() {
    fuzz("transaction", &transactions(), |bytes| {
        let extrinsic = Extrinsic::from_bytes(bytes).ok()?;
        decode::extrinsic(&extrinsic).ok()
    });
}

#[test]
fn fuzz_consensus_inherent() {
    let chain = TestChain::validated(1, &[1; 4], 4);
    let digest = chain.inherents().digest;
    let [time, first] = pair(chain.inherents().encode());
    chain.next([]);
    let [_, second] = pair(chain.inherents().encode());
    fuzz("consensus inherent", &[first.encode(), second.encode()], |bytes| {
        let extrinsic = Extrinsic::from_bytes(bytes).ok()?;
        let [_, read] = pair(Inherents::of_block(&[time.clone(), extrinsic], digest)?.encode());
        Some(read)
    });
}

#[test]
fn fuzz_validation() {
    let chain = TestChain::dev(1);
    let (state, head) = (chain.state(), chain.head().hash);
    fuzz("validation", &transactions(), |bytes| {
        let extrinsic = Extrinsic::from_bytes(bytes).ok()?;
        let verdict = chain.executor.validate(&state, head, &extrinsic).expect("the state is readable");
        verdict.ok().map(|_| extrinsic)
    });
}

#[test]
fn fuzz_call_arguments() {
    let chain = TestChain::dev(1);
    let state = chain.state();
    let seeds: Vec<_> =
        transactions().iter().map(|bytes| [&bytes[..], &(bytes.len() as u32).encode()].concat()).collect();
    fuzz("call arguments", &seeds, |bytes| {
        let fee = chain.executor.call(&state, "TransactionPaymentApi_query_info", bytes);
        fee.ok().map(|_| Raw(bytes.to_vec()))
    });
}

/// The inherents of a block that makes no record final.
fn pair(inherents: Vec<Extrinsic>) -> [Extrinsic; 2] {
    inherents.try_into().expect("time and consensus record")
}
