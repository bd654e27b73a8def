//! Stored formats. A change of one needs a migration and a new storage version.

use crate::{mock::*, Bundles, Closing, Keys, Started};
use codec::Encode;
use icn_merkle::{TreeHead, EMPTY_ROOT};
use icn_trust::bundle::Signers;

#[test]
fn values_have_one_encoding() {
    let started = Started { height: 7, time: 9 };
    assert_eq!(started.encode(), [&7_u32.to_le_bytes()[..], &9_u64.to_le_bytes()].concat());
    let closing = Closing {
        epoch: 1,
        height: 2,
        block: None,
        time: 3,
        valid_until: 4,
        records: TreeHead { size: 0, root: EMPTY_ROOT },
        signers: Signers::default(),
        overdue: false,
    };
    let expected = [
        &1_u64.to_le_bytes()[..],
        &2_u32.to_le_bytes(),
        &[0],
        &3_u64.to_le_bytes(),
        &4_u64.to_le_bytes(),
        &0_u64.to_le_bytes(),
        &EMPTY_ROOT,
        &[0],
        &0_u64.to_le_bytes(),
        &[0],
    ];
    assert_eq!(closing.encode(), expected.concat());
}

#[test]
fn a_key_stands_as_its_bytes() {
    run(|| {
        let stored = frame_support::storage::unhashed::get_raw(&Keys::<Test>::hashed_key_for(validator(1)));
        assert_eq!(stored, Some(sealing(1).public().0.to_vec()));
    });
}

#[test]
fn a_sealed_epoch_is_bundle_name_seal_and_counts() {
    run(|| {
        until_closed();
        let bundle = seal();
        let sealed = Bundles::<Test>::get(0).expect("it is kept");
        let cid = bundle.cid().expect("small");
        let parts = [bundle.encode(), cid.as_bytes().to_vec(), sealed.seal.encode(), 0_u64.encode(), 4_u32.encode()];
        assert_eq!(sealed.encode(), parts.concat());
        // Three places of two bytes, after their number, and a signature.
        assert_eq!(sealed.seal.encode().len(), 1 + 3 * 2 + 96);
    });
}
