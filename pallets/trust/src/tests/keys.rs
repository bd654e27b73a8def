//! Sealing keys.

use crate::{mock::*, Event, Keys};
use frame_support::{assert_noop, assert_ok};
use icn_trust::bls::PublicKey;
use sp_runtime::DispatchError;

#[test]
fn a_key_is_named_with_the_proof_that_it_is_possessed() {
    run(|| {
        let (key, proof) = (sealing(9).public(), sealing(9).prove());
        let set = |origin, proof| Trust::set_key(origin, validator(9), key, proof);
        assert_noop!(set(RuntimeOrigin::signed(1), proof), DispatchError::BadOrigin);
        assert_noop!(set(RuntimeOrigin::root(), sealing(8).prove()), Error::NotPossessed);
        assert_noop!(set(RuntimeOrigin::root(), sealing(9).sign(&key.0)), Error::NotPossessed);
        let garbage = PublicKey([0xff; 48]);
        assert_noop!(Trust::set_key(RuntimeOrigin::root(), validator(9), garbage, proof), Error::NotPossessed);
        block(|| {
            assert_ok!(set(RuntimeOrigin::root(), proof));
        });
        assert_eq!(events(), [Event::KeySet { validator: validator(9), key }]);
    });
}

#[test]
fn a_key_is_of_one_validator() {
    run(|| {
        let (key, proof) = (sealing(1).public(), sealing(1).prove());
        assert_noop!(Trust::set_key(RuntimeOrigin::root(), validator(2), key, proof), Error::KeyTaken);
        // Of the same one it may be named again; another one takes its place, and it is free.
        assert_ok!(Trust::set_key(RuntimeOrigin::root(), validator(1), key, proof));
        let (other, other_proof) = (sealing(9).public(), sealing(9).prove());
        assert_ok!(Trust::set_key(RuntimeOrigin::root(), validator(1), other, other_proof));
        assert_ok!(Trust::set_key(RuntimeOrigin::root(), validator(2), key, proof));
        assert_eq!(Keys::<Test>::get(validator(2)), Some(key));
    });
}

#[test]
fn a_key_that_is_removed_seals_until_its_epoch_is_sealed() {
    run(|| {
        block(|| {
            assert_ok!(Trust::remove_key(RuntimeOrigin::root(), validator(4)));
        });
        assert_eq!(events(), [Event::KeyRemoved { validator: validator(4) }]);
        assert_noop!(Trust::remove_key(RuntimeOrigin::root(), validator(4)), Error::NoKey);
        until_closed();
        let (header, bundle, signers) = waiting();
        assert_eq!((signers.list.len(), bundle.signers.list.len(), bundle.signers.power), (4, 3, 40));
        assert_ok!(carry(&header, seal_by(&bundle, &signers, &[1, 2, 4])));
    });
}
