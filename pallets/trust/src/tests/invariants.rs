//! Each invariant, broken by hand, is found.

use crate::{mock::*, Asked, Bundles, Current, EpochParameters, Keys, Last, Owners, Parameters, Signers, Unsealed};

/// Breaks a sound state in which epoch 1 is closed and epoch 0 sealed, and expects the words.
#[track_caller]
fn broken(words: &str, breaks: impl FnOnce()) {
    run_unchecked(|| {
        until_closed();
        seal();
        until_closed();
        Trust::do_try_state().expect("it is sound");
        breaks();
        let error = Trust::do_try_state().expect_err("it is broken");
        assert!(format!("{error:?}").contains(words), "{error:?}");
    });
}

#[test]
fn parameters_are_in_range() {
    broken("out of range", || EpochParameters::<Test>::put(Parameters { blocks: 0, ..PARAMETERS }));
}

#[test]
fn no_block_leaves_its_wish() {
    broken("outlived", || Asked::<Test>::put(()));
}

#[test]
fn keys_are_of_validators() {
    broken("not its validator's", || Keys::<Test>::insert(validator(1), sealing(2).public()));
    broken("nobody's", || Owners::<Test>::insert(sealing(9).public(), validator(9)));
}

#[test]
fn signers_are_in_order_and_have_power() {
    broken("out of order", || Signers::<Test>::mutate(|set| set.0[0].power = 0));
    broken("out of order", || {
        Unsealed::<Test>::mutate(|closing| {
            let list = &mut closing.as_mut().expect("it is closed").signers.list;
            *list = bounded_collections::BoundedVec::truncate_from(list.iter().rev().copied().collect());
        });
    });
}

#[test]
fn epochs_follow_each_other() {
    broken("does not follow the sealed one", || {
        Unsealed::<Test>::mutate(|closing| closing.as_mut().expect("it is closed").epoch = 7);
    });
    broken("does not follow the closing one", || Current::<Test>::put(9));
    broken("does not follow the sealed one", || {
        Unsealed::<Test>::kill();
    });
    broken("before it begins", || {
        Unsealed::<Test>::mutate(|closing| closing.as_mut().expect("it is closed").valid_until = 0);
    });
}

#[test]
fn bundles_follow_each_other() {
    let alter = |change: fn(&mut crate::SealedEpoch)| {
        Bundles::<Test>::mutate(0, |sealed| change(sealed.as_mut().expect("it is kept")));
    };
    broken("of another epoch", || alter(|sealed| sealed.bundle.epoch = 3));
    broken("another name", || alter(|sealed| sealed.bundle.height += 1));
    broken("is not kept", || {
        Bundles::<Test>::remove(0);
    });
    broken("does not follow the one before", || {
        let mut next = Bundles::<Test>::get(0).expect("it is kept");
        next.bundle.epoch = 1;
        next.cid = next.bundle.cid().expect("small");
        Bundles::<Test>::insert(1, next);
    });
    broken("is not kept", || {
        let (epoch, _) = Last::<Test>::get().expect("one is sealed");
        let cid = Bundles::<Test>::get(epoch).expect("it is kept").bundle.signers.list.len();
        assert_eq!(cid, 4);
        Last::<Test>::put((epoch, icn_dag::Cid::of(icn_dag::Codec::DagCbor, b"another")));
    });
}
