//! Peers that are followed by their bundles.

use crate::{mock::*, Bundles, Event, Peers, TrustedPoint, BUNDLES_KEPT, BUNDLES_PER_CALL};
use codec::Encode;
use frame_support::{assert_noop, assert_ok};
use icn_trust::SealedBundle;
use sp_runtime::DispatchError;

#[test]
fn a_peer_is_trusted_and_followed() {
    run(|| {
        let mill = Mill::new(4);
        let point = bytes(&TrustedPoint::Bundle(mill.bundles[0].clone()));
        assert_noop!(Federation::trust(RuntimeOrigin::signed(1), mill.did(), point), DispatchError::BadOrigin);
        assert_noop!(follow(&mill, 1..2), Error::UnknownPeer);
        trusted(&mill, 0);
        assert_ok!(follow(&mill, 1..3));
        assert_ok!(follow(&mill, 3..4));
        let (peer, heights) = (mill.did(), [100, 300, 400]);
        let followed = |height| Event::Followed { peer: peer.clone(), height };
        assert_eq!(
            events(),
            [Event::Trusted { peer: peer.clone(), height: heights[0] }, followed(heights[1]), followed(heights[2])]
        );
        assert_eq!(Peers::<Test>::get(&peer).expect("it is known").epoch, Some(3));
    });
}

#[test]
fn what_does_not_follow_is_refused_with_its_error() {
    run(|| {
        let mill = Mill::new(3);
        trusted(&mill, 0);
        let brought = |sealed: SealedBundle| {
            Federation::follow_bundles(RuntimeOrigin::signed(1), mill.did(), bytes(&vec![sealed]))
        };
        assert_noop!(follow(&mill, 2..3), Error::BadEpoch);
        assert_noop!(follow(&mill, 1..1), Error::Nothing);
        let second = &mill.bundles[1].bundle;
        let altered = |change: fn(&mut icn_trust::Bundle)| {
            let mut bundle = second.clone();
            change(&mut bundle);
            mill.sealed(bundle)
        };
        assert_noop!(brought(altered(|bundle| bundle.prev = Some(bundle.cid().expect("small")))), Error::BrokenChain);
        assert_noop!(brought(altered(|bundle| bundle.height = 100)), Error::NotLater);
        assert_noop!(brought(altered(|bundle| bundle.records.root[0] ^= 1)), Error::InconsistentRoot);
        assert_noop!(brought(altered(|bundle| bundle.valid_until = 0)), Error::Malformed);
        let far = altered(|bundle| (bundle.time, bundle.valid_until) = (BEGIN * 2, BEGIN * 3));
        assert_noop!(brought(far), Error::NotYetValid);
        assert_noop!(brought(mill.sealed_by(second.clone(), &[1, 2])), Error::QuorumNotMet);
        assert_noop!(brought(mill.sealed_by(second.clone(), &[1, 2, 9])), Error::UnknownSigner);
        assert_noop!(brought(mill.sealed_by(second.clone(), &[1, 1, 2])), Error::DuplicateSigner);
        let mut unsigned = mill.bundles[1].clone();
        unsigned.bundle.state_root[0] ^= 1;
        assert_noop!(brought(unsigned), Error::BadSignature);
        assert_noop!(Federation::follow_bundles(RuntimeOrigin::signed(1), mill.did(), bytes(&7_u8)), Error::Malformed);
        let trailing = crate::Encoded::truncate_from([mill.bundles[1..2].to_vec().encode(), vec![0]].concat());
        assert_noop!(Federation::follow_bundles(RuntimeOrigin::signed(1), mill.did(), trailing), Error::Malformed);
        assert_ok!(follow(&mill, 1..3));
    });
}

#[test]
fn a_peer_that_was_not_followed_for_long_is_stale() {
    run(|| {
        let mill = Mill::new(3);
        trusted(&mill, 0);
        at(mill.bundles[0].bundle.valid_until + 1);
        assert_noop!(follow(&mill, 1..3), Error::Expired);
        let point = bytes(&TrustedPoint::Bundle(mill.bundles[0].clone()));
        assert_noop!(Federation::trust(RuntimeOrigin::root(), mill.did(), point), Error::Expired);
        // The privileged origin trusts a newer one.
        trusted(&mill, 2);
    });
}

#[test]
fn a_point_is_of_the_peer_that_is_named_and_not_of_this_federation() {
    run(|| {
        let mill = Mill::new(1);
        let point = bytes(&TrustedPoint::Bundle(mill.bundles[0].clone()));
        let trust = |did| Federation::trust(RuntimeOrigin::root(), did, point.clone());
        assert_noop!(trust(own()), Error::OwnFederation);
        let other = icn_trust::bundle::federation("other", &[1; 32]).expect("a network");
        assert_noop!(trust(other), Error::OtherFederation);
        assert_noop!(Federation::trust(RuntimeOrigin::root(), mill.did(), bytes(&9_u8)), Error::Malformed);
    });
}

#[test]
fn the_last_bundles_are_kept() {
    run(|| {
        let mill = Mill::new(BUNDLES_KEPT + 4);
        trusted(&mill, 0);
        let all = mill.bundles.len();
        for first in (1..all).step_by(BUNDLES_PER_CALL) {
            assert_ok!(follow(&mill, first..(first + BUNDLES_PER_CALL).min(all)));
        }
        let kept = Bundles::<Test>::iter_key_prefix(mill.did()).count() as u64;
        assert_eq!(kept, BUNDLES_KEPT);
        assert_noop!(follow(&mill, 1..1 + BUNDLES_PER_CALL + 1), Error::Malformed);
    });
}
