//! Every attack on the boundary between the node and its native runtime (architecture §7).
//!
//! `scripts/test.sh` runs these with our crates optimised and not: the verdicts and the roots are the same.

mod commits;
mod evidence;

use codec::{Compact, Decode, DecodeAll, Encode};
use icn_executor::{inherent, ExecutorError, Inherents, InvalidBlock, Refusal};
use icn_primitives::{
    code::CODE_KEY, limits::CALL_NESTING_MAX, Block, ConsensusDigest, Extrinsic, StateView, SubmitError,
};
use icn_runtime::{Balances, OriginCaller, RuntimeCall, RuntimeEvent, System};
use icn_storage::{Fault, SimulatedDisk};
use icn_tests::{
    account::Account,
    chain::{dev_genesis, Offered, TestChain},
};
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidity, TransactionValidityError};

type Chain = TestChain<SimulatedDisk>;

fn transfer(to: &Account, value: u128) -> RuntimeCall {
    pallet_balances::Call::transfer_keep_alive { dest: to.id().into(), value }.into()
}

fn remark() -> RuntimeCall {
    frame_system::Call::remark { remark: b"hello".to_vec() }.into()
}

fn sudo(call: RuntimeCall) -> RuntimeCall {
    pallet_sudo::Call::sudo { call: Box::new(call) }.into()
}

/// A call that panics the runtime for real: the timestamp asserts that it is set once a block.
fn panicking() -> RuntimeCall {
    let set = pallet_timestamp::Call::set { now: u64::MAX }.into();
    let nobody = OriginCaller::system(frame_system::RawOrigin::None);
    sudo(pallet_utility::Call::dispatch_as { as_origin: Box::new(nobody), call: Box::new(set) }.into())
}

/// A block with these inherents and transactions that claims to be the next one, its roots not computed.
fn forged(chain: &Chain, inherents: &Inherents, transactions: impl IntoIterator<Item = Extrinsic>) -> Block {
    claimed(chain, inherents.digest, inherents.encode().into_iter().chain(transactions).collect())
}

/// A block with these extrinsics and this digest that claims to be the next one.
fn claimed(chain: &Chain, digest: ConsensusDigest, extrinsics: Vec<Extrinsic>) -> Block {
    let parent = chain.parent();
    let (number, digest) = (parent.number + 1, digest.to_digest());
    let header = sp_runtime::traits::Header::new(number, Default::default(), Default::default(), parent.hash, digest);
    Block { header, extrinsics }
}

fn verdict(chain: &Chain, block: Block) -> InvalidBlock {
    match chain.follow(block) {
        Err(ExecutorError::Invalid(reason)) => reason,
        Err(other) => panic!("not a verdict: {other}"),
        Ok(_) => panic!("the block is accepted"),
    }
}

/// Why a block is not built from what its proposer says.
fn refusal(chain: &Chain, inherents: &Inherents) -> ExecutorError {
    chain.build_with(inherents, &mut Offered::default()).err().expect("the block is not built")
}

#[test]
fn a_panicking_transaction_is_refused_and_the_others_enter_the_block() {
    let chain = Chain::dev(1);
    let (alice, bob) = (Account::dev("Alice"), Account::dev("Bob"));
    let bad = chain.sign(&alice, panicking());
    let good = chain.sign(&bob, transfer(&alice, 5));
    let mut offered = Offered::new([bad.clone(), good.clone()]);
    let built = chain.build(&mut offered).expect("the block is built without it");

    let [(hash, Refusal::Broke { reason })] = &offered.refused[..] else { panic!("{:?}", offered.refused) };
    assert_eq!(*hash, bad.hash());
    assert!(reason.contains("Timestamp must be updated only once"), "{reason}");
    assert_eq!(built.record.block.extrinsics[inherent::COUNT..], [good]);
    chain.commit(built);
}

#[test]
fn a_block_with_a_panicking_transaction_is_invalid() {
    let chain = Chain::dev(1);
    let bad = chain.sign(&Account::dev("Alice"), panicking());
    let block = forged(&chain, &chain.inherents(), [bad]);
    let InvalidBlock::Panicked { index: Some(inherent::COUNT), message } = verdict(&chain, block) else {
        panic!("another verdict")
    };
    assert!(message.contains("Timestamp must be updated only once"), "{message}");
    // The overlay was left as it was found: the chain goes on.
    assert_eq!(chain.next([]).number, 1);
}

#[test]
fn hostile_inherents_are_found_before_the_runtime_asserts_on_them() {
    let chain = Chain::dev(1);
    chain.next([]);
    let inherents = chain.inherents();
    let [time, consensus] = pair(inherents.encode());
    let [late, _] = pair(chain.inherents_at(inherents.digest.time + 1).encode());
    let [zero, _] = pair(chain.inherents_at(0).encode());
    let signed = chain.sign(&Account::dev("Alice"), remark());
    let (a, b, c) = (|| time.clone(), || consensus.clone(), || signed.clone());
    let cases = [
        ("none", vec![]),
        ("no inherent", vec![c()]),
        ("the second is missing", vec![a()]),
        ("the first is missing", vec![b()]),
        ("a transaction for the second", vec![a(), c()]),
        ("a transaction first", vec![c(), a(), b()]),
        ("a transaction between", vec![a(), c(), b()]),
        ("swapped", vec![b(), a()]),
        ("the first twice", vec![a(), a()]),
        ("the second twice", vec![b(), b()]),
        ("another time", vec![late, b()]),
        ("no time", vec![zero, b()]),
    ];
    for (what, extrinsics) in cases {
        assert_eq!(verdict(&chain, claimed(&chain, inherents.digest, extrinsics)), InvalidBlock::Inherent, "{what}");
    }
    for third in [a(), b()] {
        let reason = "it is not signed";
        let block = forged(&chain, &inherents, [third]);
        assert_eq!(verdict(&chain, block), InvalidBlock::Extrinsic { index: inherent::COUNT, reason });
    }
    chain.next([signed]);
}

/// The same inherent in other bytes: of an older version, with something after it, and its length written in more bytes than
/// it needs.
fn reencoded(inherent: &Extrinsic) -> Vec<Extrinsic> {
    let (mut body, bytes) = (inherent.bytes(), inherent.bytes().to_vec());
    let Compact(length) = Compact::<u32>::decode(&mut body).expect("it starts with its length");
    assert_eq!(body[0], 5, "a bare extrinsic starts with its version");
    let older = [&[4][..], &body[1..]].concat();
    let longer = [body, &[0]].concat();
    let padded = [&[3][..], &length.to_le_bytes()[..], body].concat();
    assert_ne!(padded, bytes);
    [older.encode(), longer.encode(), padded].map(Extrinsic::from_encoded).to_vec()
}

#[test]
fn an_inherent_in_other_bytes_is_no_inherent() {
    let chain = Chain::dev(1);
    chain.next([]);
    let inherents = chain.inherents();
    let [time, consensus] = pair(inherents.encode());
    let others = reencoded(&time).into_iter().map(|time| vec![time, consensus.clone()]);
    let others = others.chain(reencoded(&consensus).into_iter().map(|consensus| vec![time.clone(), consensus]));
    for (index, extrinsics) in others.enumerate() {
        let block = claimed(&chain, inherents.digest, extrinsics);
        assert_eq!(verdict(&chain, block), InvalidBlock::Inherent, "variant {index}");
    }
}

#[test]
fn a_block_must_follow_its_parent_in_height_hash_and_time() {
    let chain = Chain::dev(1);
    let good = chain.build(&mut Offered::default()).expect("an empty block is built").record.block;
    let with = |change: fn(&mut Block)| {
        let mut block = good.clone();
        change(&mut block);
        verdict(&chain, block)
    };
    assert_eq!(with(|block| block.header.number = 2), InvalidBlock::NotNext);
    assert_eq!(with(|block| block.header.parent_hash.0[0] ^= 1), InvalidBlock::NotNext);
    assert_eq!(with(|block| block.header.digest.logs.clear()), InvalidBlock::Digest);
    assert_eq!(
        with(|block| {
            let digest = block.header.digest.logs[0].clone();
            block.header.digest.logs.push(digest);
        }),
        InvalidBlock::Digest
    );
    assert_eq!(with(|block| block.header.state_root.0[0] ^= 1), InvalidBlock::HeaderMismatch("state root"));
    assert_eq!(with(|block| block.header.extrinsics_root.0[0] ^= 1), InvalidBlock::HeaderMismatch("extrinsics root"));
    let time = chain.parent().time;
    let late = chain.build_at(time, &mut Offered::default());
    let block = late.map(|built| built.record.block);
    if let Ok(block) = block {
        assert_eq!(verdict(&chain, block), InvalidBlock::Time { time, parent: time });
    }
    chain.follow(good).expect("the block it was made from is valid");
}

/// `call` inside `depth - 1` others, of all the kinds that carry calls.
fn nested(depth: u32, call: RuntimeCall) -> RuntimeCall {
    let alice = Account::dev("Alice").id();
    (1..depth).fold(call, |call, level| match level % 4 {
        0 => pallet_utility::Call::batch { calls: vec![call] }.into(),
        1 => pallet_proxy::Call::proxy { real: alice.clone().into(), force_proxy_type: None, call: Box::new(call) }
            .into(),
        2 => {
            pallet_multisig::Call::as_multi_threshold_1 { other_signatories: vec![alice.clone()], call: Box::new(call) }
                .into()
        }
        _ => pallet_utility::Call::as_derivative { index: 0, call: Box::new(call) }.into(),
    })
}

/// A transaction whose call is put into `depth` batches, in its bytes: no type of ours could hold it without recursion.
fn buried(transaction: &Extrinsic, depth: usize) -> Extrinsic {
    let (mut rest, call) = (transaction.bytes(), remark().encode());
    codec::Compact::<u32>::decode(&mut rest).expect("it starts with its length");
    let preamble = &rest[..rest.len() - call.len()];
    let batch: RuntimeCall = pallet_utility::Call::batch { calls: vec![remark()] }.into();
    let batch = batch.encode();
    let batch = &batch[..batch.len() - call.len()];
    let body = [preamble, &batch.repeat(depth), &call].concat();
    Extrinsic::from_bytes(&body.encode()).expect("its length prefix is right")
}

#[test]
fn calls_nest_to_the_limit_in_pool_and_block_and_no_deeper() {
    let chain = Chain::dev(1);
    let alice = Account::dev("Alice");
    // Batches dispatch their calls whatever they give, so that every level is reached.
    let deep = |depth| (1..depth).fold(remark(), |call, _| pallet_utility::Call::batch { calls: vec![call] }.into());
    let head = chain.head().hash;

    for call in [deep(CALL_NESTING_MAX), nested(CALL_NESTING_MAX, remark())] {
        let fits = chain.sign(&alice, call);
        chain.executor.validate(&chain.state(), head, &fits).expect("the state is readable").expect("it is valid");
        chain.build(&mut Offered::new([fits.clone()])).expect("the block is built");
    }
    let too_deep = [deep(CALL_NESTING_MAX + 1), nested(CALL_NESTING_MAX + 1, remark())];
    let too_deep = too_deep.map(|call| chain.sign(&alice, call));
    for too_deep in too_deep.into_iter().chain([buried(&chain.sign(&alice, remark()), 100_000)]) {
        let refused = chain.executor.validate(&chain.state(), head, &too_deep).expect("the state is readable");
        assert!(matches!(refused, Err(SubmitError::BadFormat(_))), "{refused:?}");
        let block = forged(&chain, &chain.inherents(), [too_deep.clone()]);
        assert!(matches!(verdict(&chain, block), InvalidBlock::Extrinsic { index: inherent::COUNT, .. }));
        let mut offered = Offered::new([too_deep]);
        chain.build(&mut offered).expect("the block is built without it");
        assert_eq!(offered.refused.len(), 1);
    }
    chain.next([chain.sign(&alice, deep(CALL_NESTING_MAX))]);
    assert!(chain.events().contains(&RuntimeEvent::Utility(pallet_utility::Event::BatchCompleted)));
}

#[test]
fn code_cannot_be_touched_by_any_route() {
    let (chain, follower) = (Chain::dev(1), Chain::dev(2));
    let alice = Account::dev("Alice");
    let code = || chain.state().get(CODE_KEY).expect("the state is readable");
    let before = code();
    let hash = sp_core::H256::repeat_byte(9);
    let wasm = b"\0asm\x01\0\0\0".to_vec();
    let routes: Vec<RuntimeCall> = vec![
        frame_system::Call::set_code { code: wasm.clone() }.into(),
        frame_system::Call::set_code_without_checks { code: wasm.clone() }.into(),
        frame_system::Call::authorize_upgrade { code_hash: hash }.into(),
        frame_system::Call::authorize_upgrade_without_checks { code_hash: hash }.into(),
        frame_system::Call::apply_authorized_upgrade { code: wasm.clone() }.into(),
        frame_system::Call::set_storage { items: vec![(CODE_KEY.to_vec(), wasm.clone())] }.into(),
        frame_system::Call::kill_storage { keys: vec![CODE_KEY.to_vec()] }.into(),
        frame_system::Call::kill_prefix { prefix: b":co".to_vec(), subkeys: 10 }.into(),
    ];
    for route in routes {
        for call in [
            route.clone(),
            sudo(route.clone()),
            sudo(
                pallet_scheduler::Call::schedule_after {
                    after: 0,
                    maybe_periodic: None,
                    priority: 0,
                    call: Box::new(route.clone()),
                }
                .into(),
            ),
        ] {
            let transaction = chain.sign(&alice, call);
            let built = chain.build(&mut Offered::new([transaction])).expect("the block is built");
            let blocks =
                [chain.commit(built), chain.next([chain.sign(&Account::dev("Bob"), remark())]), chain.next([])];
            assert_eq!(code(), before, "{route:?}");
            for head in blocks {
                follower.follow(head.record.block.clone()).expect("what is built is valid");
            }
        }
    }
    assert!(before.is_some());
}

#[test]
fn a_transaction_after_which_no_block_can_be_finished_is_banned_and_the_chain_goes_on() {
    let chain = Chain::dev(1);
    let number = frame_support::storage::storage_prefix(b"System", b"Number").to_vec();
    let agreed = frame_support::storage::storage_prefix(b"Upgrade", b"AgreedVersion").to_vec();
    for (key, value) in [(number, 77u32.encode()), (agreed, (99u32, 0u32).encode())] {
        let set = frame_system::Call::set_storage { items: vec![(key, value)] }.into();
        let bad = chain.sign(&Account::dev("Alice"), sudo(set));
        let mut offered = Offered::new([bad.clone()]);
        let built = chain.build(&mut offered).expect("the block is built without it");
        assert!(matches!(&offered.refused[..], [(hash, Refusal::Broke { .. })] if *hash == bad.hash()));
        assert_eq!(built.record.block.extrinsics.len(), inherent::COUNT);
        chain.commit(built);
    }
}

#[test]
fn an_empty_storage_key_is_in_no_state() {
    let (chain, follower) = (Chain::dev(1), Chain::dev(2));
    let set = frame_system::Call::set_storage { items: vec![(vec![], vec![1])] }.into();
    let head = chain.next([chain.sign(&Account::dev("Alice"), sudo(set))]);
    follower.follow(head.record.block.clone()).expect("what is built is valid");
    assert_eq!(chain.state().get(&[]).expect("the state is readable"), None);
}

#[test]
fn a_time_that_no_header_can_hold_makes_a_block_invalid() {
    let chain = Chain::dev(1);
    assert!(matches!(chain.build_at(u64::MAX, &mut Offered::default()), Err(ExecutorError::Header(_))));
    let block = forged(&chain, &chain.inherents_at(u64::MAX), []);
    assert!(matches!(verdict(&chain, block), InvalidBlock::Time { .. }));
}

#[test]
fn a_failed_read_is_no_verdict() {
    let disk = SimulatedDisk::new(1);
    let chain = TestChain::create(disk.clone(), dev_genesis(), Default::default());
    let transaction = chain.sign(&Account::dev("Alice"), transfer(&Account::dev("Bob"), 5));
    let block = chain.build(&mut Offered::new([transaction])).expect("the block is built").record.block;
    let mut failed = 0;
    for operations in 0..40 {
        let (parent, state) = (chain.parent(), chain.state());
        disk.fail_after(operations, Fault::Io);
        match chain.executor.execute(&parent, &state, block.clone()) {
            Err(ExecutorError::State(_)) => failed += 1,
            Err(other) => panic!("after {operations} operations: {other}"),
            Ok(_) => {}
        }
    }
    assert!(failed > 10, "only {failed} of 40 faults were met");
}

#[test]
fn a_bad_signature_or_nonce_makes_a_block_invalid() {
    let chain = Chain::dev(1);
    let (alice, bob) = (Account::dev("Alice"), Account::dev("Bob"));
    let good = chain.sign(&alice, transfer(&bob, 5));
    let mut bytes = good.bytes().to_vec();
    let last = bytes.len() - 1;
    bytes[last] ^= 4;
    let altered = Extrinsic::from_bytes(&bytes).expect("it still decodes");
    let future = chain.sign_after(&alice, 1, transfer(&bob, 5));
    for (transaction, error) in [(altered, InvalidTransaction::BadProof), (future, InvalidTransaction::Future)] {
        let block = forged(&chain, &chain.inherents(), [transaction]);
        let error = TransactionValidityError::Invalid(error);
        assert_eq!(verdict(&chain, block), InvalidBlock::Transaction { index: inherent::COUNT, error });
    }
}

#[test]
fn calls_with_hostile_arguments_fail_and_harm_nothing() {
    let chain = Chain::dev(1);
    let state = chain.state();
    let buried = buried(&chain.sign(&Account::dev("Alice"), remark()), 100_000);
    let after_extrinsic = [0; 64];
    let deep = [buried.bytes(), &after_extrinsic].concat();
    let methods = [
        "TransactionPaymentApi_query_info",
        "TransactionPaymentApi_query_fee_details",
        "Core_execute_block",
        "Core_initialize_block",
    ];
    for method in methods {
        for arguments in [&[][..], &[0xff; 64], &deep] {
            let called = chain.executor.call(&state, method, arguments);
            assert!(matches!(called, Err(icn_executor::CallError::Failed(_))), "{method}: {called:?}");
        }
    }
    let asked = [&[2], &deep[..]].concat();
    let verdict = chain.executor.call(&state, "TaggedTransactionQueue_validate_transaction", &asked);
    let verdict = TransactionValidity::decode(&mut &verdict.expect("a wallet is given a verdict")[..]);
    assert_eq!(verdict, Ok(Err(InvalidTransaction::Call.into())));
    let unknown = chain.executor.call(&state, "Core_no_such_method", &[]);
    assert!(matches!(unknown, Err(icn_executor::CallError::UnknownMethod(_))));
    let version = chain.executor.call(&state, "Core_version", &[]).expect("it has no arguments");
    assert!(sp_version::RuntimeVersion::decode_all(&mut &version[..]).is_ok());
    assert!(!version.encode().is_empty());
    let _ = (Balances::total_issuance, System::block_number);
}

/// The inherents of a block that makes no record final.
fn pair(inherents: Vec<Extrinsic>) -> [Extrinsic; 2] {
    inherents.try_into().expect("time and consensus record")
}
