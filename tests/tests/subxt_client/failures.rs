//! What a transaction gets that cannot be executed.

use crate::wallet::{free, hash, id, transfer, Face, Included, Signed, Wallet};
use codec::{Compact, Encode};
use icn_primitives::{limits, Hash};
use icn_runtime::{genesis::TOKEN, RuntimeCall};
use icn_tests::account::{Account, Terms};
use subxt::{config::DefaultExtrinsicParamsBuilder, tx::TransactionStatus};
use subxt_rpcs::rpc_params;

/// Bytes that are refused, with the legacy code and the words of both faces.
struct Case {
    name: &'static str,
    bytes: Vec<u8>,
    code: i32,
    words: &'static str,
}

/// Every way to be refused, in the words of Substrate.
pub(crate) async fn each_refusal_has_its_words(wallet: Wallet) {
    let bob = id(&wallet.people.bob);
    let before = free(&wallet.now().await, &bob).await;
    for case in cases(&wallet).await {
        let said = refusal(&wallet, case.bytes).await;
        assert!(said.contains(case.words), "{}: {said}", case.name);
        if wallet.face == Face::Legacy {
            assert!(said.contains(&format!("code: {}", case.code)), "{}: {said}", case.name);
        }
    }
    // None of them left anything behind.
    assert_eq!(free(&wallet.now().await, &bob).await, before);
    wallet.send(transfer(&bob, TOKEN), &wallet.people.alice).await.ok();
}

async fn cases(wallet: &Wallet) -> Vec<Case> {
    let bad_proof = (1010, "Transaction has a bad signature");
    let bad_format = 1001;
    let case = |name, bytes, (code, words)| Case { name, bytes, code, words };
    vec![
        case("bad signature", forged(wallet).await, bad_proof),
        case("stale", stale(wallet).await, (1010, "Transaction is outdated")),
        case("wrong genesis", foreign(Hash::repeat_byte(7)), bad_proof),
        case("unpayable", unpayable(wallet), (1010, "Inability to pay some fees")),
        // The era names the block it starts at by its place in a period, and the next period has another block there.
        case("dead era", expired(wallet).await, bad_proof),
        case("undecodable", garbage(), (bad_format, "it does not decode")),
        case("cut", cut(wallet).await, (bad_format, "Extrinsic has invalid format")),
        case("oversized", oversized(), (bad_format, "Extrinsic has invalid format")),
        case("nested", nested(wallet), (bad_format, "nest")),
    ]
}

/// What became of bytes that must be refused.
async fn refusal(wallet: &Wallet, bytes: Vec<u8>) -> String {
    let transaction: Signed = wallet.now().await.tx().from_bytes(bytes);
    match transaction.submit_and_watch().await {
        Err(error) => format!("{error:?}"),
        Ok(progress) => match progress.wait_for_finalized().await {
            Err(error) => format!("{error:?}"),
            Ok(block) => panic!("it is in block {:?}", block.block_hash()),
        },
    }
}

async fn forged(wallet: &Wallet) -> Vec<u8> {
    let mut bytes = wallet.sign(remark(), &wallet.people.dave).await.into_encoded();
    let end = bytes.len();
    bytes[end - 1] ^= 1;
    bytes
}

async fn stale(wallet: &Wallet) -> Vec<u8> {
    let signed = wallet.sign(remark(), &wallet.people.charlie).await;
    Included::of(signed.submit_and_watch().await.expect("submitted")).await.ok();
    // Another one with the same nonce, so that it is not the same transaction again.
    let parameters = DefaultExtrinsicParamsBuilder::new().nonce(0).tip(1);
    wallet.sign_with(remark(), &wallet.people.charlie, parameters).await.into_encoded()
}

fn foreign(genesis: Hash) -> Vec<u8> {
    let terms = Terms { nonce: 0, tip: 0, era: None, genesis };
    Account::dev("Dave").sign(remark(), terms).bytes().to_vec()
}

fn unpayable(wallet: &Wallet) -> Vec<u8> {
    let terms = Terms { nonce: 0, tip: 0, era: None, genesis: hash(wallet.api.genesis_hash()) };
    Account::numbered(1).sign(remark(), terms).bytes().to_vec()
}

async fn expired(wallet: &Wallet) -> Vec<u8> {
    let parameters = DefaultExtrinsicParamsBuilder::new().mortal(4);
    let signed = wallet.sign_with(remark(), &wallet.people.eve, parameters).await;
    for _ in 0..5 {
        wallet.another_block().await;
    }
    signed.into_encoded()
}

fn garbage() -> Vec<u8> {
    vec![0xff_u8; 100].encode()
}

async fn cut(wallet: &Wallet) -> Vec<u8> {
    let bytes = wallet.sign(remark(), &wallet.people.eve).await.into_encoded();
    bytes[..bytes.len() - 1].to_vec()
}

fn oversized() -> Vec<u8> {
    let length = limits::EXTRINSIC_BYTES_MAX + 1;
    let mut bytes = Compact(length).encode();
    bytes.resize(bytes.len() + length as usize, 0);
    bytes
}

fn nested(wallet: &Wallet) -> Vec<u8> {
    let call = (0..limits::CALL_NESTING_MAX)
        .fold(remark(), |call, _| pallet_utility::Call::batch { calls: vec![call] }.into());
    let terms = Terms { nonce: 0, tip: 0, era: None, genesis: hash(wallet.api.genesis_hash()) };
    Account::dev("Eve").sign(call, terms).bytes().to_vec()
}

fn remark() -> RuntimeCall {
    frame_system::Call::remark { remark: b"a remark".to_vec() }.into()
}

/// A transaction of the nonce after the next is kept until the next one comes.
pub(crate) async fn a_future_transaction_waits_for_the_one_before(wallet: Wallet) {
    let bob = id(&wallet.people.bob);
    let signed = |nonce| {
        let parameters = DefaultExtrinsicParamsBuilder::new().nonce(nonce).mortal(32);
        let (wallet, call) = (&wallet, transfer(&bob, TOKEN));
        async move { wallet.sign_with(call, &wallet.people.ferdie, parameters).await }
    };
    let (first, second) = (signed(0).await, signed(1).await);
    let mut waiting = second.submit_and_watch().await.expect("submitted");
    match wallet.face {
        Face::New => {
            let status = waiting.next().await.expect("a status").expect("readable");
            assert!(matches!(status, TransactionStatus::Validated));
        }
        Face::Legacy => {
            let pending: Vec<String> = wallet.request("author_pendingExtrinsics", rpc_params![]).await;
            // On a network those of others may still be there.
            assert!(pending.contains(&format!("0x{}", hex::encode(second.encoded()))), "{pending:?}");
        }
    }
    let at = wallet.another_block().await;
    let made = at.extrinsics().fetch().await.expect("a body");
    assert!(made.iter().all(|one| one.expect("decodable").bytes() != second.encoded()), "it did not wait");

    let first = first.submit_and_watch().await.expect("submitted");
    let (first, second) = tokio::join!(Included::of(first), Included::of(waiting));
    let (first, second) = (first.ok(), second.ok());
    let place = |sent: &Included| (sent.at.block_number(), sent.index());
    assert!(place(&first) < place(&second));
}
