//! What a wallet does all day.

use crate::wallet::{free, hash, id, sudo, transfer, Face, Included, People, Wallet};
use icn_primitives::{AccountId, Hashing};
use icn_runtime::{genesis::TOKEN, Multisig, RuntimeCall};
use scale_value::{At as _, Composite, Value};
use sp_runtime::traits::Hash as _;
use subxt::{config::DefaultExtrinsicParamsBuilder, dynamic};
use subxt_rpcs::rpc_params;
use subxt_signer::sr25519::dev;

/// The metadata decodes and names the pallets, their constants and the version.
pub(crate) async fn metadata_describes_the_runtime(wallet: Wallet) {
    let at = wallet.now().await;
    let pallets: Vec<_> = at.metadata_ref().pallets().map(|pallet| pallet.name().to_owned()).collect();
    for name in ["System", "Timestamp", "Balances", "Multisig", "Proxy", "Scheduler", "Agenda", "Upgrade", "Sudo"] {
        assert!(pallets.iter().any(|pallet| pallet == name), "{name} is not in {pallets:?}");
    }
    let prefix = at.constants().entry(dynamic::constant::<u16>("System", "SS58Prefix"));
    assert_eq!(prefix.expect("a constant"), 42);
    assert_eq!(at.spec_version(), icn_runtime::VERSION.spec_version);
    assert_eq!(at.transaction_version(), icn_runtime::VERSION.transaction_version);
    let version = at.constants().entry(dynamic::constant::<Value>("System", "Version")).expect("a constant");
    assert_eq!(version.at("spec_version").and_then(|number| number.as_u128()), Some(at.spec_version().into()));
    // The header's hash as every client computes it is the block's name.
    let header = wallet.api.at_block(0u32).await.expect("genesis").block_header().await.expect("a header");
    let encoded = codec::Encode::encode(&header);
    assert_eq!(Hashing::hash(&encoded), hash(wallet.api.genesis_hash()));
}

/// Single entries, constants of the chain, and a whole map.
pub(crate) async fn storage_is_read_and_maps_are_iterated(wallet: Wallet) {
    let at = wallet.now().await;
    let alice = id(&wallet.people.alice);
    assert_eq!(free(&at, &alice).await, 1_000_000 * TOKEN);
    assert_eq!(free(&at, &AccountId::from([9; 32])).await, 0);

    let address = dynamic::storage::<([u8; 32],), Value>("System", "Account");
    let mut accounts = at.storage().iter(address, ()).await.expect("iterable");
    let mut sum = 0;
    let mut ids = Vec::new();
    while let Some(entry) = accounts.next().await {
        let entry = entry.expect("readable");
        let key = entry.key().expect("decodable").part(0).expect("one part");
        ids.push(AccountId::from(key.decode_as::<[u8; 32]>().expect("an id").expect("it is in the key")));
        let value = entry.value().decode().expect("decodable");
        sum += value.at("data").at("free").and_then(|free| free.as_u128()).expect("a number");
    }
    assert!(ids.contains(&alice));
    let issuance = dynamic::storage::<(), u128>("Balances", "TotalIssuance");
    let issuance = at.storage().fetch(issuance, ()).await.expect("readable").decode().expect("a number");
    assert_eq!(sum, issuance);
    assert_eq!(ids.len() as u128, issuance / (1_000_000 * TOKEN));
}

/// A stream of blocks in order, a subscription to storage where there is one, and the change in both.
pub(crate) async fn blocks_and_what_they_change_are_followed(wallet: Wallet) {
    let bob = id(&wallet.people.bob);
    let before = free(&wallet.now().await, &bob).await;
    let key = frame_system::Account::<icn_runtime::Runtime>::hashed_key_for(&bob);
    let key = format!("0x{}", hex::encode(key));
    let mut storage = match wallet.face {
        Face::New => None,
        Face::Legacy => {
            let subscribed = wallet.rpc.subscribe::<serde_json::Value>(
                "state_subscribeStorage",
                rpc_params![[&key]],
                "state_unsubscribeStorage",
            );
            let mut changes = subscribed.await.expect("subscribed");
            let first = changes.next().await.expect("the present value").expect("readable");
            assert_eq!(first["changes"][0][0], key);
            Some(changes)
        }
    };
    let mut blocks = wallet.api.stream_blocks().await.expect("subscribed");
    let mut last = blocks.next().await.expect("the head").expect("readable");
    let sent = wallet.send(transfer(&bob, TOKEN), &wallet.people.alice).await.ok();
    while last.hash() != sent.at.block_hash() {
        let next = blocks.next().await.expect("the stream goes on").expect("readable");
        assert_eq!(next.number(), last.number() + 1);
        assert_eq!(next.header().parent_hash, last.hash());
        last = next;
    }
    let at = last.at().await.expect("readable");
    assert_eq!(free(&at, &bob).await, before + TOKEN);
    if let Some(changes) = &mut storage {
        let change = changes.next().await.expect("a change").expect("readable");
        assert_eq!(change["block"], format!("{:?}", hash(at.block_hash())));
        assert_eq!(change["changes"][0][0], key);
    }
}

/// The estimate is the fee that the chain takes.
pub(crate) async fn the_fee_is_what_was_estimated(wallet: Wallet) {
    let signed = wallet.sign(transfer(&id(&wallet.people.bob), TOKEN), &wallet.people.alice).await;
    let valid = signed.validate().await.expect("an answer");
    assert!(valid.is_valid(), "{valid:?}");
    let estimate = signed.partial_fee_estimate().await.expect("an answer");
    assert!(estimate > 0);
    let sent = Included::of(signed.submit_and_watch().await.expect("submitted")).await.ok();
    let paid = sent.fields("TransactionPayment", "TransactionFeePaid").expect("a fee is paid");
    assert_eq!(paid.at("actual_fee").and_then(|fee| fee.as_u128()), Some(estimate));
}

/// A transfer by names from the metadata alone, mortal, watched to finality.
pub(crate) async fn a_mortal_transfer_is_final(wallet: Wallet) {
    let bob = id(&wallet.people.bob);
    let at = wallet.now().await;
    let before = free(&at, &bob).await;
    let arguments = Composite::named([
        ("dest", Value::unnamed_variant("Id", [Value::from_bytes(&bob)])),
        ("value", Value::u128(3 * TOKEN)),
    ]);
    let payload = dynamic::tx("Balances", "transfer_keep_alive", arguments);
    let parameters = DefaultExtrinsicParamsBuilder::new().mortal(32).tip(5).build();
    let signed = at.tx().create_signed(&payload, &wallet.people.alice, parameters).await.expect("signed");
    let sent = Included::of(signed.submit_and_watch().await.expect("submitted")).await.ok();
    assert_eq!(free(&sent.at, &bob).await, before + 3 * TOKEN);
    let paid = sent.fields("Balances", "Transfer").expect("an event");
    assert_eq!(paid.at("amount").and_then(|amount| amount.as_u128()), Some(3 * TOKEN));

    let extrinsics = sent.at.extrinsics().fetch().await.expect("a body");
    let mine = extrinsics.iter().nth(sent.index() as usize).expect("its place").expect("decodable");
    assert_eq!((mine.pallet_name(), mine.call_name()), ("Balances", "transfer_keep_alive"));
    assert!(mine.is_signed());
    assert_eq!(mine.transaction_extensions().and_then(|extensions| extensions.tip()), Some(5));
}

/// A batch that goes through, and one of which nothing stays.
pub(crate) async fn a_batch_is_all_or_nothing(wallet: Wallet) {
    let (bob, charlie) = (id(&wallet.people.bob), id(&wallet.people.charlie));
    let before = wallet.now().await;
    let (bob_had, charlie_had) = (free(&before, &bob).await, free(&before, &charlie).await);
    let batch = |second| -> RuntimeCall {
        pallet_utility::Call::batch_all { calls: vec![transfer(&bob, TOKEN), transfer(&charlie, second)] }.into()
    };
    let sent = wallet.send(batch(2 * TOKEN), &wallet.people.alice).await.ok();
    assert_eq!(free(&sent.at, &bob).await, bob_had + TOKEN);
    assert_eq!(free(&sent.at, &charlie).await, charlie_had + 2 * TOKEN);

    let failed = wallet.send(batch(u128::MAX), &wallet.people.alice).await;
    let why = failed.failure().expect("it fails");
    assert!(why.contains("FundsUnavailable") || why.contains("Underflow"), "{why}");
    assert_eq!(free(&failed.at, &bob).await, bob_had + TOKEN);
}

/// Two of three signatories move the tokens of an account that none of them owns.
pub(crate) async fn two_of_three_act_together(wallet: Wallet) {
    let People { alice, bob, charlie, .. } = &wallet.people;
    let mut members = [alice, bob, charlie].map(id).to_vec();
    members.sort();
    let shared = Multisig::multi_account_id(&members, 2);
    let dave = id(&wallet.people.dave);
    wallet.send(transfer(&shared, 10 * TOKEN), &wallet.people.alice).await.ok();

    let weight = frame_support::weights::Weight::from_parts(1_000_000_000, 100_000);
    let approve = |by: &subxt_signer::sr25519::Keypair, at| -> RuntimeCall {
        pallet_multisig::Call::as_multi {
            threshold: 2,
            other_signatories: members.iter().filter(|member| **member != id(by)).cloned().collect(),
            maybe_timepoint: at,
            call: Box::new(transfer(&dave, 4 * TOKEN)),
            max_weight: weight,
        }
        .into()
    };
    let first = wallet.send(approve(&wallet.people.alice, None), &wallet.people.alice).await.ok();
    assert!(first.fields("Multisig", "NewMultisig").is_some());
    let before = free(&first.at, &dave).await;
    let opened = pallet_multisig::Timepoint { height: first.at.block_number() as u32, index: first.index() };
    let second = wallet.send(approve(&wallet.people.bob, Some(opened)), &wallet.people.bob).await.ok();
    let executed = second.fields("Multisig", "MultisigExecuted").expect("the second approval executes");
    assert!(executed.to_string().contains("Ok"), "{executed}");
    assert_eq!(free(&second.at, &dave).await, before + 4 * TOKEN);
    assert_eq!(free(&second.at, &shared).await, 6 * TOKEN);
}

/// Bob moves Alice's tokens, and pays only the fee.
pub(crate) async fn a_proxy_acts_for_another(wallet: Wallet) {
    let (alice, bob, eve) = (id(&wallet.people.alice), id(&wallet.people.bob), id(&wallet.people.eve));
    let kind = icn_runtime::configs::calls::ProxyKind::Any;
    let add = pallet_proxy::Call::add_proxy { delegate: bob.clone().into(), proxy_type: kind, delay: 0 };
    let added = wallet.send(RuntimeCall::from(add), &wallet.people.alice).await.ok();
    let (alice_had, bob_had) = (free(&added.at, &alice).await, free(&added.at, &bob).await);

    let call = Box::new(transfer(&eve, 7 * TOKEN));
    let proxied = pallet_proxy::Call::proxy { real: alice.clone().into(), force_proxy_type: None, call };
    let sent = wallet.send(RuntimeCall::from(proxied.clone()), &wallet.people.bob).await.ok();
    assert_eq!(free(&sent.at, &alice).await, alice_had - 7 * TOKEN);
    assert!(bob_had - free(&sent.at, &bob).await < TOKEN);

    let stranger = wallet.send(RuntimeCall::from(proxied), &wallet.people.charlie).await;
    let why = stranger.failure().expect("Charlie is no proxy");
    let expected = dispatch_error(&stranger);
    assert!(expected.contains("NotProxy"), "{expected} ({why})");
}

/// The words for what a call failed with, from the metadata.
fn dispatch_error(sent: &Included) -> String {
    let mut events = sent.events.iter().map(|event| event.expect("decodable"));
    let event = events.find(|event| event.event_name() == "ExtrinsicFailed").expect("it failed");
    let error = subxt::error::DispatchError::decode_from(event.field_bytes(), sent.at.metadata());
    error.expect("the metadata describes the error").to_string()
}

/// `Scheduler` runs a call at a height.
pub(crate) async fn a_call_runs_at_its_height(wallet: Wallet) {
    let newcomer = AccountId::from(Hashing::hash(id(&wallet.people.eve).as_ref()).0);
    // From here on the node knows what the root origin signed at others.
    let when = wallet.another_block().await.block_number() as u32 + 4;
    let call = pallet_balances::Call::force_set_balance { who: newcomer.clone().into(), new_free: 9 * TOKEN };
    let schedule = pallet_scheduler::Call::schedule {
        when,
        maybe_periodic: None,
        priority: 0,
        call: Box::new(RuntimeCall::from(call)),
    };
    wallet.send(sudo(schedule.into()), &dev::alice()).await.ok();
    loop {
        let at = wallet.another_block().await;
        if at.block_number() >= u64::from(when) {
            break;
        }
        assert_eq!(free(&at, &newcomer).await, 0);
    }
    let at = wallet.api.at_block(when).await.expect("readable");
    assert_eq!(free(&at, &newcomer).await, 9 * TOKEN);
    let at = wallet.api.at_block(when - 1).await.expect("readable");
    assert_eq!(free(&at, &newcomer).await, 0);
}

/// `Agenda` runs a call at a time: the clock jumps, and the block of that time holds it.
pub(crate) async fn a_call_runs_at_its_time(wallet: Wallet) {
    let eve = AccountId::from([6; 32]);
    let hour = 60 * 60 * 1000;
    let call = pallet_balances::Call::force_set_balance { who: eve.clone().into(), new_free: 9 * TOKEN };
    let schedule =
        pallet_agenda::Call::schedule_after { delay: hour, retry: None, call: Box::new(RuntimeCall::from(call)) };
    wallet.send(sudo(schedule.into()), &dev::alice()).await.ok();
    wallet.new_block().await.expect("made");
    assert_eq!(free(&wallet.now().await, &eve).await, 0);

    let made: serde_json::Value = wallet.request("dev_advanceTime", rpc_params![hour]).await;
    let at = wallet.api.at_block(made["number"].as_u64().expect("a number")).await.expect("readable");
    assert_eq!(free(&at, &eve).await, 9 * TOKEN);
    let events = at.events().fetch().await.expect("decodable");
    let names: Vec<_> = events.iter().map(|event| event.expect("decodable").event_name().to_owned()).collect();
    assert!(names.iter().any(|name| name == "Dispatched"), "{names:?}");
}
