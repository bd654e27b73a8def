//! Every route to `:code`.

use crate::{mock::*, touches_code, Error, Event};
use codec::{Decode, Encode};
use frame_support::{assert_noop, assert_ok, storage::unhashed};
use frame_system::{Call, RawOrigin};
use icn_primitives::{code::CODE_KEY, CodeDescriptor};
use sp_core::{storage::well_known_keys::PENDING_CODE, H256};

fn wasm() -> Vec<u8> {
    b"\0asm\x01\0\0\0".to_vec()
}

fn authorized() -> Vec<u8> {
    frame_support::storage::storage_prefix(b"System", b"AuthorizedUpgrade").to_vec()
}

fn blocks_left() -> Vec<u8> {
    frame_support::storage::storage_prefix(b"System", b"BlocksTillUpgrade").to_vec()
}

fn system(call: Call<Test>) -> Result<(), sp_runtime::DispatchError> {
    use frame_support::traits::UnfilteredDispatchable;
    let result = call.dispatch_bypass_filter(RawOrigin::Root.into());
    result.map(|_| ()).map_err(|failure| failure.error)
}

/// In a block, root makes `calls`, which succeed; expects `:code` to be as before after it, and events that say so.
fn put_back(calls: Vec<Call<Test>>, restored: usize) {
    run(|| {
        block(|| calls.into_iter().for_each(|call| system(call).expect("root may")));
        assert_eq!(code(), Some(Upgrade::code(1)));
        assert_eq!(events(), vec![Event::CodeRestored; restored]);
        assert!(!unhashed::exists(&authorized()));
        assert!(!unhashed::exists(&blocks_left()));
        assert!(!unhashed::exists(PENDING_CODE));
        run_to(6);
        assert_eq!(code(), Some(Upgrade::code(1)));
    });
}

#[test]
fn genesis_names_the_runtime() {
    externalities().execute_with(|| {
        let code = code().expect("genesis writes it");
        let descriptor = CodeDescriptor::decode(&mut &code[..]).expect("it is a descriptor");
        assert_eq!(descriptor, CodeDescriptor::new("mock", 1));
        assert_eq!(Upgrade::agreed_version(), 1);
    });
}

#[test]
fn code_cannot_be_set() {
    run(|| {
        assert_noop!(
            system(Call::set_code { code: wasm() }),
            frame_system::Error::<Test>::FailedToExtractRuntimeVersion
        );
        assert_noop!(system(Call::set_code_without_checks { code: wasm() }), Error::<Test>::RuntimeIsNative);
        assert_eq!(code(), Some(Upgrade::code(1)));
    });
}

#[test]
fn authorized_code_cannot_be_applied() {
    run(|| {
        let code_hash = H256(sp_io::hashing::blake2_256(&wasm()));
        assert_ok!(system(Call::authorize_upgrade_without_checks { code_hash }));
        assert_noop!(system(Call::apply_authorized_upgrade { code: wasm() }), Error::<Test>::RuntimeIsNative);
        assert_ok!(system(Call::authorize_upgrade { code_hash }));
        // It fails in its own way: an event that the code is rejected.
        assert_ok!(system(Call::apply_authorized_upgrade { code: wasm() }));
        assert_eq!(code(), Some(Upgrade::code(1)));
    });
}

#[test]
fn an_authorization_does_not_outlive_its_block() {
    let code_hash = H256::zero();
    put_back(vec![Call::authorize_upgrade { code_hash }], 1);
    put_back(vec![Call::authorize_upgrade_without_checks { code_hash }], 1);
}

#[test]
fn code_set_as_storage_is_put_back() {
    put_back(vec![Call::set_storage { items: vec![(CODE_KEY.to_vec(), wasm())] }], 1);
}

#[test]
fn killed_code_is_put_back() {
    put_back(vec![Call::kill_storage { keys: vec![CODE_KEY.to_vec()] }], 1);
    put_back(vec![Call::kill_prefix { prefix: b":co".to_vec(), subkeys: 10 }], 1);
}

#[test]
fn pending_code_is_never_applied() {
    let items = vec![(PENDING_CODE.to_vec(), wasm()), (blocks_left(), 1u8.encode())];
    put_back(vec![Call::set_storage { items }], 1);
}

#[test]
fn an_ordinary_block_restores_nothing() {
    put_back(vec![Call::set_storage { items: vec![(b"other".to_vec(), wasm())] }], 0);
}

#[test]
fn the_filter_knows_every_route() {
    let code_hash = H256::zero();
    let code = wasm();
    let key = |key: &[u8]| key.to_vec();
    let routes = [
        Call::set_heap_pages { pages: 1 },
        Call::set_code { code: code.clone() },
        Call::set_code_without_checks { code: code.clone() },
        Call::authorize_upgrade { code_hash },
        Call::authorize_upgrade_without_checks { code_hash },
        Call::apply_authorized_upgrade { code: code.clone() },
        Call::set_storage { items: vec![(key(b"a"), key(b"b")), (CODE_KEY.to_vec(), code.clone())] },
        Call::set_storage { items: vec![(PENDING_CODE.to_vec(), code.clone())] },
        Call::set_storage { items: vec![(blocks_left(), key(b"b"))] },
        Call::kill_storage { keys: vec![key(b"a"), CODE_KEY.to_vec()] },
        Call::kill_storage { keys: vec![authorized()] },
        Call::kill_prefix { prefix: vec![], subkeys: 1 },
        Call::kill_prefix { prefix: key(b":"), subkeys: 1 },
        Call::kill_prefix { prefix: CODE_KEY.to_vec(), subkeys: 1 },
        Call::kill_prefix { prefix: authorized()[..16].to_vec(), subkeys: 1 },
    ];
    for route in routes {
        assert!(touches_code::<Test>(&route), "{route:?}");
    }
    let others = [
        Call::remark { remark: code.clone() },
        Call::set_storage { items: vec![(key(b":code2"), code.clone())] },
        Call::kill_storage { keys: vec![key(b":cod")] },
        Call::kill_prefix { prefix: key(b":code2"), subkeys: 1 },
    ];
    for other in others {
        assert!(!touches_code::<Test>(&other), "{other:?}");
    }
}
