//! Seals, and those that are none.

use crate::{mock::*, Bundles, Event, Last, Unsealed, BUNDLES_KEPT};
use bounded_collections::BoundedVec;
use frame_support::{assert_noop, assert_ok};
use icn_trust::{
    bls::aggregate,
    chain::{verify_chain, SealedBundle},
    seal::Seal,
};
use sp_runtime::{traits::Header as _, DispatchError};

/// Names the sealing key of the fifth validator.
fn name_fifth() {
    assert_ok!(Trust::set_key(RuntimeOrigin::root(), validator(5), sealing(5).public(), sealing(5).prove()));
}

#[test]
fn an_epoch_is_sealed_by_more_than_two_thirds() {
    run(|| {
        until_closed();
        let (header, bundle, signers) = waiting();
        let seal = seal_by(&bundle, &signers, &[1, 2, 3]);
        assert!(Trust::accepts_seal(&header, &seal));
        let few = seal_by(&bundle, &signers, &[1, 2]);
        assert!(!Trust::accepts_seal(&header, &few));
        assert_eq!(carry(&header, few), Err(Error::QuorumNotMet.into()));
        assert_ok!(carry(&header, seal));
        let cid = bundle.cid().expect("it is small");
        assert_eq!(events(), [Event::Sealed { epoch: 0, bundle: cid, power: 30 }]);
        assert_eq!((Last::<Test>::get(), Unsealed::<Test>::get()), (Some((0, cid)), None));
        assert_eq!(Bundles::<Test>::get(0).expect("it is kept").bundle, bundle);
    });
}

#[test]
fn what_is_no_seal_is_refused_with_its_error() {
    run(|| {
        let nothing = Seal { signers: Default::default(), signature: sealing(1).prove() };
        until_closed();
        let early = closing_header();
        let closing = Unsealed::<Test>::take();
        assert_eq!(carry(&early, nothing.clone()), Err(Error::NothingCloses.into()));
        Unsealed::<Test>::set(closing);
        let (header, bundle, signers) = waiting();
        let good = seal_by(&bundle, &signers, &[1, 2, 3]);
        assert_noop!(
            Trust::seal(RuntimeOrigin::signed(1), Box::new(header.clone()), good.clone()),
            DispatchError::BadOrigin
        );
        let mut other = header.clone();
        other.set_state_root(icn_primitives::Hash::repeat_byte(0xbb));
        assert_eq!(carry(&other, good.clone()), Err(Error::OtherBlock.into()));
        let placed =
            |places: &[u16]| Seal { signers: BoundedVec::truncate_from(places.to_vec()), signature: good.signature };
        assert_eq!(carry(&header, placed(&[0, 1, 2, 4])), Err(Error::UnknownSigner.into()));
        assert_eq!(carry(&header, placed(&[0, 0, 1])), Err(Error::DuplicateSigner.into()));
        assert_eq!(carry(&header, placed(&[])), Err(Error::QuorumNotMet.into()));
        let others = [[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]];
        let wrong = others.iter().filter(|places| places[..] != good.signers[..]);
        wrong.for_each(|places| assert_eq!(carry(&header, placed(places)), Err(Error::BadSignature.into())));
        // Signed for another bundle.
        let mut forged = bundle.clone();
        forged.records.size += 1;
        assert_eq!(carry(&header, seal_by(&forged, &signers, &[1, 2, 3])), Err(Error::BadSignature.into()));
        // One signer, three times.
        let thrice = aggregate(&[sealing(1).sign(&bundle.message().expect("small")); 3]).expect("points");
        let place = signers.place(&sealing(1).public()).expect("a signer") as u16;
        let forged = Seal { signers: BoundedVec::truncate_from(vec![place; 3]), signature: thrice };
        assert_eq!(carry(&header, forged), Err(Error::DuplicateSigner.into()));
        assert_ok!(carry(&header, good));
    });
}

#[test]
fn bundles_form_a_chain_that_others_follow() {
    run(|| {
        let mut chain = Vec::new();
        for epoch in 0..4 {
            until_closed();
            // Another set seals from the third epoch on.
            if epoch == 1 {
                block(name_fifth);
                set_validators(&[(1, 10), (2, 10), (3, 10), (5, 10)]);
            }
            let bundle = seal();
            let seal = Bundles::<Test>::get(epoch).expect("it is kept").seal;
            chain.push(SealedBundle { bundle, consistency: None, seal });
        }
        assert_eq!(verify_chain(&chain[0].bundle, &chain, chain[3].bundle.time).map(|last| last.epoch), Ok(3));
        assert!(chain[3].bundle.signers.place(&sealing(5).public()).is_some());
    });
}

#[test]
fn signers_of_another_epoch_seal_nothing() {
    run(|| {
        block(name_fifth);
        set_validators(&[(1, 10), (2, 10), (3, 10), (5, 10)]);
        until_closed();
        let (header, bundle, signers) = waiting();
        // The new validator is a signer of the next epoch, and not of this one.
        assert!(signers.place(&sealing(5).public()).is_none());
        assert!(bundle.signers.place(&sealing(5).public()).is_some());
        let by_next = seal_by(&bundle, &bundle.signers, &[1, 2, 5]);
        let refused = carry(&header, by_next);
        assert!(
            refused == Err(Error::BadSignature.into()) || refused == Err(Error::UnknownSigner.into()),
            "{refused:?}"
        );
    });
}

#[test]
fn signers_whose_keys_are_lost_are_renewed() {
    run(|| {
        assert_noop!(Trust::renew_signers(RuntimeOrigin::root()), Error::NothingCloses);
        until_closed();
        set_validators(&[(5, 10)]);
        block(|| {
            name_fifth();
            assert_noop!(Trust::renew_signers(RuntimeOrigin::signed(1)), DispatchError::BadOrigin);
            assert_ok!(Trust::renew_signers(RuntimeOrigin::root()));
        });
        assert!(events().contains(&Event::SignersRenewed { epoch: 0 }));
        let (header, bundle, signers) = waiting();
        assert_ok!(carry(&header, seal_by(&bundle, &signers, &[5])));
    });
}

#[test]
fn old_bundles_are_forgotten() {
    run(|| {
        until_closed();
        let first = seal();
        let mut record = Bundles::<Test>::take(0).expect("it is kept");
        // As if so many epochs had passed.
        let epoch = BUNDLES_KEPT;
        record.bundle.epoch = epoch;
        record.bundle.prev = Some(record.cid);
        record.cid = record.bundle.cid().expect("small");
        Last::<Test>::put((epoch, record.cid));
        Bundles::<Test>::insert(epoch, record.clone());
        record.bundle = first;
        record.cid = record.bundle.cid().expect("small");
        record.bundle.epoch = 1;
        record.bundle.prev = Some(record.cid);
        record.cid = record.bundle.cid().expect("small");
        Bundles::<Test>::insert(1, record);
        crate::Current::<Test>::put(epoch + 1);
        until_closed();
        seal();
        assert!(Bundles::<Test>::get(1).is_none());
        assert!(Bundles::<Test>::get(epoch).is_some() && Bundles::<Test>::get(epoch + 1).is_some());
    });
}
