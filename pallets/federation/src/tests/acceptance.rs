//! What is accepted by bundles, and what is not.

use crate::{item_id, mock::*, Claim, Event, Item, Receipts};
use frame_support::{assert_noop, assert_ok};

#[test]
fn a_record_is_accepted_once_by_a_bundle_that_is_kept() {
    run(|| {
        let mill = Mill::new(3);
        trusted(&mill, 0);
        assert_ok!(follow(&mill, 1..3));
        let claim = mill.claim(3, 1);
        assert_ok!(accept(&mill, 200, &claim));
        let record = &mill.records[3];
        let item = item_id(record.cid().as_bytes());
        assert_eq!(events().last(), Some(&Event::Accepted { peer: mill.did(), item, height: 200 }));
        let receipt = Receipts::<Test>::get(mill.did(), item).expect("there is a receipt");
        let header = record.header();
        let expected = Item::Record { cid: record.cid(), dag: header.dag.clone(), issuer: header.issuer.clone() };
        assert_eq!((receipt.item, receipt.peer_height, receipt.height), (expected, 200, 1));
        assert_noop!(accept(&mill, 200, &claim), Error::AlreadyAccepted);
        assert_noop!(accept(&mill, 300, &mill.claim(3, 2)), Error::AlreadyAccepted);
    });
}

#[test]
fn what_is_not_shown_is_refused_with_its_error() {
    run(|| {
        let mill = Mill::new(3);
        trusted(&mill, 0);
        assert_ok!(follow(&mill, 1..2));
        // Of another bundle, of one that is not followed, and of no bundle.
        assert_noop!(accept(&mill, 100, &mill.claim(1, 1)), Error::BadProof);
        assert_noop!(accept(&mill, 300, &mill.claim(1, 2)), Error::UnknownPoint);
        let Claim::Record { record, place } = mill.claim(1, 1) else { panic!("a record") };
        let mut altered = record.clone();
        *altered.last_mut().expect("bytes") ^= 1;
        assert_noop!(accept(&mill, 200, &Claim::Record { record: altered, place: place.clone() }), Error::BadRecord);
        // Another record of the same log, in this one's place.
        let Claim::Record { record: other, .. } = mill.claim(2, 1) else { panic!("a record") };
        assert_noop!(accept(&mill, 200, &Claim::Record { record: other, place }), Error::BadProof);
        let value = Claim::Value { key: vec![1], value: vec![2], proof: vec![3] };
        assert_noop!(accept(&mill, 200, &value), Error::BadProof);
        assert_noop!(Federation::accept(RuntimeOrigin::signed(1), mill.did(), 200, bytes(&9_u8)), Error::Malformed);
    });
}

#[test]
fn nothing_of_a_stale_peer_is_accepted() {
    run(|| {
        let mill = Mill::new(2);
        trusted(&mill, 0);
        assert_ok!(follow(&mill, 1..2));
        at(mill.bundles[1].bundle.valid_until + 1);
        assert_noop!(accept(&mill, 200, &mill.claim(1, 1)), Error::Expired);
        at(mill.bundles[1].bundle.valid_until);
        assert_ok!(accept(&mill, 200, &mill.claim(1, 1)));
    });
}

#[test]
fn a_peer_is_forgotten_with_its_receipts() {
    run(|| {
        let mill = Mill::new(1);
        assert_noop!(Federation::forget(RuntimeOrigin::root(), mill.did()), Error::UnknownPeer);
        trusted(&mill, 0);
        assert_ok!(accept(&mill, 100, &mill.claim(0, 0)));
        assert_ok!(accept(&mill, 100, &mill.claim(1, 0)));
        assert_ok!(Federation::forget(RuntimeOrigin::root(), mill.did()));
        assert_eq!(events().last(), Some(&Event::Forgotten { peer: mill.did() }));
        assert_eq!(Receipts::<Test>::iter().count(), 0);
        assert_eq!(Federation::peer_infos(), []);
    });
}
