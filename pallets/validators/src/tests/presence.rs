use crate::{mock::*, Presence};
use icn_primitives::ConsensusRecord;

/// A block whose commit lacks these.
fn block_without(absent: &[u16]) {
    let absent: Vec<_> = absent.iter().map(|number| key(*number)).collect();
    let commit = commit(|signer| !absent.contains(signer));
    block_of(ConsensusRecord { commit, evidence: Default::default() }, || {});
}

fn missed(number: u16) -> u32 {
    Validators::missed(&address(number))
}

#[test]
fn who_does_not_sign_has_missed_a_block() {
    run(|| {
        assert_eq!(missed(1), 0);
        block_without(&[1]);
        block_without(&[1, 2]);
        block();
        assert_eq!([0, 1, 2, 3].map(missed), [0, 2, 1, 0]);
        assert_eq!(missed(9), 0, "a stranger misses nothing");
    });
}

#[test]
fn a_block_is_remembered_for_128_blocks() {
    run(|| {
        block_without(&[1]);
        for _ in 0..127 {
            block();
        }
        assert_eq!(missed(1), 1);
        block();
        assert_eq!(missed(1), 0);
        for _ in 0..200 {
            block_without(&[1]);
        }
        assert_eq!(missed(1), 128);
    });
}

#[test]
fn who_joins_has_missed_nothing_before_its_first_height() {
    run(|| {
        block_with(|| join(9, 10));
        // This block says who signed the one before, which 9 was not to sign.
        block();
        assert_eq!(missed(9), 0);
        assert!(!Presence::<Test>::get().contains_key(&address(9)));
        block_without(&[9]);
        assert_eq!(missed(9), 1);
    });
}

#[test]
fn who_leaves_is_forgotten() {
    run(|| {
        block_without(&[1]);
        block_with(|| leave(1));
        assert_eq!(missed(1), 0);
        // It was to sign the block in which it left.
        block_without(&[1]);
        assert!(!Presence::<Test>::get().contains_key(&address(1)));
        block_with(|| join(1, 10));
        block();
        assert_eq!(missed(1), 0);
    });
}

#[test]
fn a_new_key_begins_anew() {
    run(|| {
        block_without(&[1]);
        block_with(|| rotate(1, 9));
        block();
        block();
        assert_eq!((missed(1), missed(9)), (0, 0));
    });
}

#[test]
fn a_new_power_changes_nothing_about_presence() {
    run(|| {
        block_without(&[1]);
        block_with(|| set_power(1, 50));
        block_without(&[1]);
        assert_eq!(missed(1), 2);
    });
}
