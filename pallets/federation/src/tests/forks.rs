//! Peers that fork, and those that are frozen.

use crate::{mock::*, Event, Fork, Forks, Peers, Reason, TrustedPoint};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;

#[test]
fn two_sealed_bundles_of_an_epoch_freeze_the_peer_and_the_evidence_is_kept() {
    run(|| {
        let mut mill = Mill::new(2);
        let first = mill.bundles.pop().expect("two");
        let other = mill.sealed(mill.next(9));
        mill.bundles.push(first);
        trusted(&mill, 0);
        assert_ok!(follow(&mill, 1..2));
        assert_ok!(report(&mill, &Fork::Bundle(other.clone())));
        let reason = Reason::TwoBundles { epoch: 1 };
        assert_eq!(events().last(), Some(&Event::Frozen { peer: mill.did(), reason: reason.clone() }));
        let evidence = Forks::<Test>::get(mill.did()).expect("it is kept");
        assert_eq!(evidence.other, bytes(&Fork::Bundle(other)));
        assert_eq!(evidence.followed[..], mill.bundles[1].bundle.cid().expect("small").as_bytes()[..]);
        // Nothing of it is followed or accepted any more, nor is it trusted anew but by thawing it.
        mill.add();
        assert_noop!(follow(&mill, 2..3), Error::PeerFrozen);
        assert_noop!(accept(&mill, 200, &mill.claim(1, 1)), Error::PeerFrozen);
        let point = bytes(&TrustedPoint::Bundle(mill.bundles[2].clone()));
        assert_noop!(Federation::trust(RuntimeOrigin::root(), mill.did(), point.clone()), Error::PeerFrozen);
        assert_noop!(Federation::thaw(RuntimeOrigin::signed(1), mill.did(), point.clone()), DispatchError::BadOrigin);
        assert_ok!(Federation::thaw(RuntimeOrigin::root(), mill.did(), point));
        assert!(Forks::<Test>::get(mill.did()).is_none());
        assert_ok!(accept(&mill, 300, &mill.claim(1, 2)));
    });
}

#[test]
fn what_is_no_fork_freezes_nobody() {
    run(|| {
        let mut mill = Mill::new(2);
        let first = mill.bundles.pop().expect("two");
        let other = mill.next(9);
        let (unsealed, stranger) = (mill.sealed_by(other.clone(), &[1, 2]), mill.sealed_by(other.clone(), &[1, 2, 9]));
        let mut broken = other;
        broken.prev = Some(broken.cid().expect("small"));
        let broken = mill.sealed(broken);
        mill.bundles.push(first.clone());
        trusted(&mill, 0);
        assert_noop!(report(&mill, &Fork::Bundle(first.clone())), Error::UnknownPoint);
        assert_ok!(follow(&mill, 1..2));
        assert_noop!(report(&mill, &Fork::Bundle(first)), Error::NoFork);
        assert_noop!(report(&mill, &Fork::Bundle(unsealed)), Error::QuorumNotMet);
        assert_noop!(report(&mill, &Fork::Bundle(stranger)), Error::UnknownSigner);
        assert_noop!(report(&mill, &Fork::Bundle(broken)), Error::BrokenChain);
        assert_noop!(Federation::report_fork(RuntimeOrigin::signed(1), mill.did(), bytes(&9_u8)), Error::Malformed);
        assert!(Peers::<Test>::get(mill.did()).expect("it is known").frozen.is_none());
    });
}

#[test]
fn governance_freezes_and_thaws() {
    run(|| {
        let mill = Mill::new(1);
        let point = bytes(&TrustedPoint::Bundle(mill.bundles[0].clone()));
        assert_noop!(Federation::freeze(RuntimeOrigin::root(), mill.did()), Error::UnknownPeer);
        trusted(&mill, 0);
        assert_noop!(Federation::thaw(RuntimeOrigin::root(), mill.did(), point.clone()), Error::NotFrozen);
        assert_noop!(Federation::freeze(RuntimeOrigin::signed(1), mill.did()), DispatchError::BadOrigin);
        assert_ok!(Federation::freeze(RuntimeOrigin::root(), mill.did()));
        assert_noop!(Federation::freeze(RuntimeOrigin::root(), mill.did()), Error::PeerFrozen);
        assert_noop!(accept(&mill, 100, &mill.claim(0, 0)), Error::PeerFrozen);
        assert_ok!(Federation::thaw(RuntimeOrigin::root(), mill.did(), point));
        assert_ok!(accept(&mill, 100, &mill.claim(0, 0)));
    });
}
