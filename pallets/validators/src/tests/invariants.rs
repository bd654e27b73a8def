use crate::{attendance::Attendance, mock::*, timeline::Mark, *};
use codec::Encode;
use frame_support::storage::unhashed;
use icn_primitives::ValidatorSet;

/// Breaks a state with a past and expects the named check to see it. In it 0, 2 and 9 are validators, 1 was rotated to
/// 9 in block 3, and 3 was convicted in block 4.
fn caught(words: &str, break_state: impl FnOnce()) {
    run_unchecked(|| {
        block_with(|| set_power(0, 12));
        block_with(|| rotate(1, 9));
        block_of(accusing(&[evidence(3, 2)]), || {});
        assert_eq!(Validators::do_try_state(), Ok(()));
        break_state();
        let error: &str = Validators::do_try_state().expect_err("the state is broken").into();
        assert!(error.contains(words), "{error}");
    });
}

fn past(last: u32) -> Past {
    History::<Test>::get(last.to_be_bytes()).expect("it is kept")
}

fn set_past(last: u32, past: Past) {
    History::<Test>::insert(last.to_be_bytes(), past);
}

#[test]
fn a_parameter_out_of_range_is_caught() {
    caught("out of range", || ChainParameters::<Test>::mutate(|parameters| parameters.evidence_max_age_ms = 0));
}

#[test]
fn a_set_that_is_none_is_caught() {
    let key = Current::<Test>::hashed_key();
    caught("cannot be read", || unhashed::put_raw(&key, &[0]));
    caught("set is not sound", || {
        let mut validators = current().validators().to_vec();
        validators.reverse();
        unhashed::put_raw(&key, &validators.encode());
    });
}

#[test]
fn a_set_that_is_gone_is_caught() {
    caught("without validators", Current::<Test>::kill);
}

#[test]
fn a_key_that_everyone_can_sign_for_is_caught() {
    caught("a key is not sound", || Current::<Test>::put(ValidatorSet::new([([0; 32], 1)]).expect("a set")));
}

#[test]
fn a_tombstoned_validator_is_caught() {
    caught("is tombstoned", || {
        let tombstone = Tombstones::<Test>::get(address(3)).expect("it has offended");
        Tombstones::<Test>::insert(address(2), tombstone);
    });
}

#[test]
fn a_change_that_changes_nothing_is_caught() {
    caught("changes nothing", || {
        Changes::<Test>::mutate(|changes| changes.try_insert(key(0), 12).expect("there is room"));
    });
}

#[test]
fn changes_that_make_no_set_are_caught() {
    caught("make no set", || {
        Changes::<Test>::mutate(|changes| [0, 2, 9].map(|number| changes.try_insert(key(number), 0).expect("room")));
    });
}

#[test]
fn a_member_that_is_no_validator_is_caught() {
    caught("not the validators", || Members::<Test>::insert(key(20), Member::default()));
    caught("not the validators", || Members::<Test>::remove(key(0)));
    // Who joins in this block is a member.
    run(|| block_with(|| join(20, 1)));
}

#[test]
fn a_node_of_two_validators_is_caught() {
    caught("one peer id", || {
        let member = Members::<Test>::get(key(0)).expect("it is a validator");
        Members::<Test>::insert(key(2), member);
    });
}

#[test]
fn a_current_set_that_begins_elsewhere_is_caught() {
    caught("begins elsewhere", || Since::<Test>::put(0));
    caught("begins elsewhere", || Since::<Test>::put(height() + 2));
}

#[test]
fn a_gap_in_the_history_is_caught() {
    caught("has a gap", || History::<Test>::remove(3u32.to_be_bytes()));
    caught("has a gap", || Since::<Test>::put(4));
    caught("has a gap", || set_past(3, Past { first: 2, ..past(3) }));
    caught("ends before", || set_past(2, Past { first: 3, ..past(2) }));
}

#[test]
fn a_history_that_is_too_short_is_caught() {
    caught("too short", || {
        let _ = History::<Test>::clear(u32::MAX, None);
    });
}

#[test]
fn a_set_that_is_kept_twice_is_caught() {
    caught("a set twice", || set_past(3, Past { set: past(2).set, ..past(3) }));
    caught("a set twice", || set_past(4, Past { set: current().without_priorities(), ..past(4) }));
}

#[test]
fn a_set_of_the_past_with_priorities_is_caught() {
    caught("has priorities", || set_past(3, Past { set: past(3).set.next(), ..past(3) }));
}

#[test]
fn times_out_of_order_are_caught() {
    caught("not in order", || {
        let first = Times::<Test>::get().marks()[0];
        unhashed::put(&Times::<Test>::hashed_key(), &vec![first, first]);
    });
    caught("of the future", || {
        let mark = Mark { height: height() + 1, time: now() };
        unhashed::put(&Times::<Test>::hashed_key(), &vec![mark]);
    });
}

#[test]
fn a_wrong_count_of_successors_is_caught() {
    let counter = frame_support::storage::storage_prefix(b"Validators", b"CounterForSuccessors");
    caught("count of successors", || unhashed::put(&counter, &7u32));
}

#[test]
fn a_rotated_key_that_is_a_member_is_caught() {
    caught("is a member", || Successors::<Test>::insert(key(0), Successor { key: key(1), height: 4 }));
}

#[test]
fn a_rotated_key_that_never_signed_is_caught() {
    caught("did not sign", || Successors::<Test>::insert(key(20), Successor { key: key(0), height: 3 }));
    caught("did not sign", || Successors::<Test>::insert(key(1), Successor { key: key(9), height: 4 }));
}

#[test]
fn a_rotated_key_that_leads_to_itself_is_caught() {
    caught("leads to itself", || Successors::<Test>::insert(key(1), Successor { key: key(1), height: 3 }));
}

#[test]
fn too_many_successors_are_caught() {
    caught("too many successors", || {
        for number in 100..100 + evidence::SUCCESSORS_MAX as u16 {
            Successors::<Test>::insert(key(number), Successor { key: key(0), height: 3 });
        }
    });
}

#[test]
fn the_presence_of_a_stranger_is_caught() {
    caught("a stranger", || {
        Presence::<Test>::mutate(|presence| presence.try_insert(address(3), Attendance::default()).expect("room"));
    });
}

#[test]
fn a_presence_of_blocks_that_were_not_seen_is_caught() {
    caught("presence is not sound", || {
        let key = Presence::<Test>::hashed_key();
        unhashed::put(&key, &vec![(address(0), (u128::MAX, 3u8))]);
    });
}

#[test]
fn a_block_that_has_not_ended_is_caught() {
    caught("has not ended", || Noted::<Test>::put(()));
}
