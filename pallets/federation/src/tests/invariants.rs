//! Each invariant, broken by hand, is found.

use crate::{mock::*, Blocks, Bundles, ForkRecord, Forks, Peers, Receipts, TrustedPoint};
use frame_support::assert_ok;
use icn_dag::Did;

/// Breaks a sound state with a peer that is followed both ways, and expects the words.
#[track_caller]
fn broken(words: &str, breaks: impl FnOnce(&Did)) {
    run_unchecked(|| {
        let mill = Mill::new(2);
        trusted(&mill, 0);
        assert_ok!(follow(&mill, 1..2));
        assert_ok!(accept(&mill, 200, &mill.claim(0, 1)));
        let head = block("head");
        at(head.signed_header.header.time.unix_timestamp() as u64 * 1000);
        let point = TrustedPoint::Block(file(&head));
        assert_ok!(Federation::trust(RuntimeOrigin::root(), mill.did(), bytes(&point)));
        Federation::do_try_state().expect("it is sound");
        breaks(&mill.did());
        let error = Federation::do_try_state().expect_err("it is broken");
        assert!(format!("{error:?}").contains(words), "{error:?}");
    });
}

#[test]
fn bundles_are_of_peers_and_follow_each_other() {
    broken("a bundle belongs to no peer", |did| Peers::<Test>::remove(did));
    broken("a bundle belongs to no peer", |did| {
        Peers::<Test>::mutate(did, |peer| peer.as_mut().expect("known").epoch = Some(0));
    });
    broken("is too old", |did| {
        Peers::<Test>::mutate(did, |peer| peer.as_mut().expect("known").epoch = Some(90));
    });
    broken("a bundle is in another's place", |did| {
        Bundles::<Test>::mutate(did, 1, |bundle| bundle.as_mut().expect("kept").epoch = 0);
    });
    broken("does not follow", |did| {
        Bundles::<Test>::mutate(did, 1, |bundle| bundle.as_mut().expect("kept").prev = None);
    });
    broken("the last bundle", |did| Bundles::<Test>::remove(did, 1));
}

#[test]
fn blocks_are_of_peers_and_counted() {
    broken("a block belongs to no peer", |did| {
        Peers::<Test>::mutate(did, |peer| peer.as_mut().expect("known").block = None);
    });
    broken("a block is in another's place", |did| {
        Blocks::<Test>::mutate(did, 8, |block| block.as_mut().expect("kept").height = 7);
    });
    broken("blocks are not counted", |did| {
        Peers::<Test>::mutate(did, |peer| peer.as_mut().expect("known").blocks_kept = 3);
    });
    broken("the last block", |did| {
        Peers::<Test>::mutate(did, |peer| peer.as_mut().expect("known").block = Some(9));
    });
}

#[test]
fn receipts_are_of_peers_and_counted() {
    broken("receipts are not counted", |did| {
        Peers::<Test>::mutate(did, |peer| peer.as_mut().expect("known").receipts = 3);
    });
    broken("of no peer", |did| {
        let (item, receipt) = Receipts::<Test>::iter_prefix(did).next().expect("there is one");
        Receipts::<Test>::insert(own(), item, receipt);
    });
}

#[test]
fn a_fork_froze_somebody() {
    broken("froze nobody", |did| {
        let record = ForkRecord { height: 1, followed: Default::default(), other: Default::default() };
        Forks::<Test>::insert(did, record);
    });
}
