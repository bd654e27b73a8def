//! Reading the past after another binary has taken over.

use crate::wallet::{free, id, sudo, transfer, Face, OwnNode, Wallet};
use codec::Decode;
use icn_primitives::CodeDescriptor;
use icn_runtime::{genesis::TOKEN, VERSION};
use icn_tests::node::{check, NodeProcess};
use scale_value::{At as _, Value};
use sp_runtime::DigestItem;
use subxt::dynamic;
use subxt_rpcs::rpc_params;
use subxt_signer::sr25519::dev;

/// The spec version that is rehearsed.
const NEXT: u32 = VERSION.spec_version + 1;

/// Blocks from the plan to the upgrade.
const NOTICE: u32 = 4;

/// The old binary halts before the height, the next one goes on, and every old block stays readable as it was.
pub(crate) async fn old_blocks_stay_readable_across_an_upgrade(wallet: Wallet) {
    let face = wallet.face;
    let bob = id(&dev::bob());
    let old = wallet.send(transfer(&bob, TOKEN), &dev::alice()).await.ok().at;
    let old_metadata = old.metadata();
    let old_free = free(&old, &bob).await;
    let old_code = code(&wallet, old.block_number()).await;

    let height = plan(&wallet).await;
    expect_halt(&wallet, height).await;
    assert_eq!(free(&wallet.now().await, &bob).await, old_free, "a halted node still answers");

    // The old binary halts again; the new one goes on.
    let wallet = restart(wallet, &[]).await;
    expect_halt(&wallet, height).await;
    let wallet = restart(wallet, &["--rehearse-spec-version", &NEXT.to_string()]).await;
    // The first block of the new runtime was made when the node started, without anybody asking: wallets sign for it.
    assert_eq!(wallet.new_block().await.expect("made"), u64::from(height) + 1);

    let first = wallet.api.at_block(height).await.expect("readable");
    assert_eq!(first.spec_version(), NEXT);
    assert!(digest_announces(&first).await, "wallets learn of the new runtime from the header");
    let new_code = code(&wallet, height.into()).await;
    assert_eq!(CodeDescriptor::decode(&mut &new_code[..]), Ok(CodeDescriptor::new("icn", NEXT)));
    assert_ne!(old_code, new_code);
    let sent = wallet.send(transfer(&bob, TOKEN), &dev::alice()).await.ok();
    assert_eq!(free(&sent.at, &bob).await, old_free + TOKEN);

    // The past, through a client that never saw it.
    let past = wallet.api.at_block(old.block_number()).await.expect("readable");
    assert_eq!(past.spec_version(), VERSION.spec_version);
    assert_eq!(past.block_hash(), old.block_hash());
    assert_eq!(past.metadata().hasher().hash(), old_metadata.hasher().hash());
    assert_eq!(version_in_metadata(&past), VERSION.spec_version);
    assert_eq!(version_in_metadata(&first), NEXT);
    assert_eq!(free(&past, &bob).await, old_free);
    assert!(!digest_announces(&past).await);
    assert_eq!(code(&wallet, old.block_number()).await, old_code);
    let events = past.events().fetch().await.expect("decodable");
    assert!(events.iter().any(|event| event.expect("decodable").event_name() == "Transfer"));
    expect_calls_refused_at(&wallet, &past).await;

    let OwnNode { node, directory } = wallet.own.expect("its own");
    assert!(node.stop().success(), "{face:?}");
    let said = check(&directory.path().join("home")).ok();
    assert!(said.contains("is sound up to block"), "{said}");
}

/// Plans the upgrade; its height.
async fn plan(wallet: &Wallet) -> u32 {
    let height = wallet.now().await.block_number() as u32 + NOTICE;
    let info = b"rehearsal".to_vec().try_into().expect("short");
    let plan = pallet_upgrade::Call::plan { height, spec_version: NEXT, info };
    let planned = wallet.send(sudo(plan.into()), &dev::alice()).await.ok();
    assert!(planned.fields("Upgrade", "Planned").is_some());
    height
}

/// Makes blocks until none can be made; the last is the one before `height`.
async fn expect_halt(wallet: &Wallet, height: u32) {
    let refused = loop {
        match wallet.new_block().await {
            Ok(made) => assert!(made < u64::from(height), "the old binary made block {made}"),
            Err(error) => break error.to_string(),
        }
    };
    assert!(refused.contains(&format!("halted for the upgrade at height {height}")), "{refused}");
    assert_eq!(wallet.now().await.block_number(), u64::from(height) - 1);
}

/// Stops the node, and starts another process in the same home.
async fn restart(wallet: Wallet, arguments: &[&str]) -> Wallet {
    let Wallet { face, own, .. } = wallet;
    let OwnNode { node, directory } = own.expect("its own");
    assert!(node.stop().success());
    let node = NodeProcess::start_with(&directory.path().join("home"), arguments, &face.variables());
    Wallet::to(face, node, directory).await
}

/// What stands under `:code` after a block.
async fn code(wallet: &Wallet, number: u64) -> Vec<u8> {
    let at = wallet.api.at_block(number).await.expect("readable");
    at.storage().runtime_wasm_code().await.expect("`:code` is there")
}

/// Whether the header says that the runtime is new.
async fn digest_announces(at: &crate::wallet::At) -> bool {
    let header = at.block_header().await.expect("a header");
    let header = icn_primitives::Header::decode(&mut &codec::Encode::encode(&header)[..]).expect("one format");
    header.digest.logs.contains(&DigestItem::RuntimeEnvironmentUpdated)
}

fn version_in_metadata(at: &crate::wallet::At) -> u32 {
    let version = at.constants().entry(dynamic::constant::<Value>("System", "Version")).expect("a constant");
    version.at("spec_version").and_then(|number| number.as_u128()).expect("a number") as u32
}

/// At a block of another runtime only its version and metadata are answered; all else is refused by name.
async fn expect_calls_refused_at(wallet: &Wallet, past: &crate::wallet::At) {
    let hash = format!("{:?}", past.block_hash());
    let account = format!("0x{}", hex::encode(id(&dev::bob())));
    let call = |method: &'static str, arguments: String| {
        let (hash, rpc) = (hash.clone(), wallet.rpc.clone());
        async move {
            match wallet.face {
                Face::Legacy => rpc
                    .request::<String>("state_call", rpc_params![method, arguments, hash])
                    .await
                    .map_err(|error| error.to_string()),
                Face::New => {
                    let answer: serde_json::Value = rpc
                        .request("archive_v1_call", rpc_params![hash, method, arguments])
                        .await
                        .map_err(|error| error.to_string())?;
                    let text = |name: &str| answer[name].as_str().map(str::to_owned);
                    text("value").ok_or_else(|| text("error").expect("a value or an error"))
                }
            }
        }
    };
    let refused = call("AccountNonceApi_account_nonce", account).await.expect_err("another runtime");
    let named = format!("was made by spec version {}; this node runs {NEXT}", VERSION.spec_version);
    assert!(refused.contains(&named), "{refused}");
    let version = call("Core_version", "0x".into()).await.expect("recorded");
    let version = hex::decode(version.trim_start_matches("0x")).expect("hex");
    let version = sp_version::RuntimeVersion::decode(&mut &version[..]).expect("a version");
    assert_eq!(version, VERSION);
}
