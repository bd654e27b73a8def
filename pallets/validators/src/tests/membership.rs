use crate::{mock::*, Changes, Event, Member, Members};
use frame_support::{assert_noop, assert_ok};
use icn_primitives::validators::{TOTAL_POWER_MAX, VALIDATORS_MAX};
use sp_runtime::traits::BadOrigin;

#[test]
fn who_joins_signs_from_the_next_height_on() {
    run(|| {
        block_with(|| {
            join(9, 10);
            assert_eq!(power(9), 0, "not in this block");
        });
        assert_eq!(power(9), 10);
        assert_eq!(Validators::set_at(2).map(|set| set.validators().len()), Some(4));
        assert_eq!(Validators::set_at(3).map(|set| set.validators().len()), Some(5));
        assert_eq!(Members::<Test>::get(key(9)), Some(Member { moniker: moniker(9), peer_id: peer(9) }));
        let joined = Event::Joined { key: key(9), power: 10 };
        assert_eq!(events(), [joined, Event::SetChanged { first: 3, validators: 5, total: 50 }]);
        block();
    });
}

#[test]
fn who_leaves_signs_up_to_this_height() {
    run(|| {
        block_with(|| {
            leave(1);
            assert_eq!(power(1), 10, "it signs this block still");
        });
        assert_eq!(power(1), 0);
        assert!(!Members::<Test>::contains_key(key(1)));
        assert!(events().contains(&Event::Left { key: key(1) }));
        block();
    });
}

#[test]
fn who_left_may_come_back() {
    run(|| {
        block_with(|| leave(1));
        block_with(|| join(1, 3));
        assert_eq!(power(1), 3);
    });
}

#[test]
fn leaving_and_coming_back_in_one_block_is_a_change_of_power() {
    run(|| {
        block_with(|| {
            leave(1);
            join(1, 10);
            assert!(Changes::<Test>::get().is_empty());
        });
        assert_eq!(power(1), 10);
        assert!(!events().iter().any(|event| matches!(event, Event::SetChanged { .. })));
    });
}

#[test]
fn joining_and_leaving_in_one_block_is_nothing() {
    run(|| {
        block_with(|| {
            join(9, 10);
            leave(9);
            assert!(Changes::<Test>::get().is_empty());
        });
        assert_eq!(power(9), 0);
    });
}

#[test]
fn a_key_joins_once() {
    run(|| {
        let join = |number| Validators::join(RuntimeOrigin::root(), key(number), 1, peer(50), moniker(0));
        assert_noop!(join(0), Error::AlreadyMember);
        block_with(|| {
            self::join(9, 1);
            assert_noop!(join(9), Error::AlreadyMember);
        });
    });
}

#[test]
fn a_key_that_everyone_can_sign_for_is_refused() {
    run(|| {
        let join = |key| Validators::join(RuntimeOrigin::root(), key, 1, peer(9), moniker(9));
        let mut neutral = [0; 32];
        neutral[0] = 1;
        let mut no_point = [0; 32];
        no_point[0] = 2;
        for key in [[0; 32], neutral, no_point] {
            assert_noop!(join(key), Error::UnsoundKey);
        }
        assert_ok!(join(key(9)));
    });
}

#[test]
fn a_node_belongs_to_one_validator() {
    run(|| {
        let join = |number, peer| Validators::join(RuntimeOrigin::root(), key(number), 1, peer, moniker(0));
        assert_noop!(join(9, peer(2)), Error::PeerIdTaken);
        block_with(|| leave(2));
        assert_ok!(join(9, peer(2)));
        // A node that is not known is nobody's in particular, and monikers are free.
        assert_ok!(join(10, Default::default()));
        assert_ok!(join(11, Default::default()));
    });
}

#[test]
fn names_are_text() {
    run(|| {
        let join = |peer: &[u8], moniker: &[u8]| {
            let [peer, moniker] = [peer, moniker].map(|text| text.to_vec().try_into().expect("short"));
            Validators::join(RuntimeOrigin::root(), key(9), 1, peer, moniker)
        };
        assert_noop!(join(b"peer", &[0xff]), Error::MonikerNotText);
        for peer in [&b"a b"[..], b"\n", "é".as_bytes(), &[0]] {
            assert_noop!(join(peer, b""), Error::PeerIdMalformed);
        }
        assert_ok!(join(b"12D3KooW", "Übermorgen eG".as_bytes()));
    });
}

#[test]
fn the_last_validator_stays() {
    run_with(&[1, 1], || {
        block_with(|| {
            leave(0);
            assert_noop!(Validators::leave(RuntimeOrigin::root(), key(1)), Error::LastValidator);
        });
        assert_noop!(Validators::leave(RuntimeOrigin::root(), key(1)), Error::LastValidator);
        // It may go when another comes in the same block.
        block_with(|| {
            join(2, 1);
            leave(1);
        });
        assert_eq!((power(1), power(2)), (0, 1));
    });
}

#[test]
fn a_stranger_cannot_leave() {
    run(|| {
        assert_noop!(Validators::leave(RuntimeOrigin::root(), key(9)), Error::NotMember);
        block_with(|| {
            leave(1);
            assert_noop!(Validators::leave(RuntimeOrigin::root(), key(1)), Error::NotMember);
        });
    });
}

#[test]
fn there_are_not_more_than_the_limit() {
    let most = VALIDATORS_MAX as u16;
    run_with(&vec![1; VALIDATORS_MAX as usize], || {
        let refused = |number| {
            let join = Validators::join(RuntimeOrigin::root(), key(number), 1, peer(number), moniker(number));
            assert_eq!(join, Err(Error::TooManyValidators.into()));
        };
        refused(most);
        block_with(|| {
            leave(0);
            join(most, 1);
            refused(most + 1);
        });
        assert_eq!(current().validators().len(), 150);
    });
}

#[test]
fn all_may_be_exchanged_in_one_block() {
    let most = VALIDATORS_MAX as u16;
    run_with(&vec![1; VALIDATORS_MAX as usize], || {
        block_with(|| {
            for number in 0..most - 1 {
                leave(number);
            }
            for number in most..2 * most - 1 {
                join(number, 1);
            }
            leave(most - 1);
            join(2 * most - 1, 1);
        });
        assert_eq!(current().validators().len(), 150);
        assert_eq!((power(0), power(most)), (0, 1));
    });
}

#[test]
fn power_is_bounded_together() {
    run(|| {
        let join = |power| Validators::join(RuntimeOrigin::root(), key(9), power, peer(9), moniker(9));
        assert_noop!(join(0), Error::NoPower);
        for power in [TOTAL_POWER_MAX - 39, u64::MAX] {
            assert_noop!(join(power), Error::TooMuchPower);
        }
        assert_ok!(join(TOTAL_POWER_MAX - 40));
    });
}

#[test]
fn only_the_privileged_change_the_set() {
    run(|| {
        for origin in [RuntimeOrigin::signed(1), RuntimeOrigin::none()] {
            assert_noop!(Validators::join(origin.clone(), key(9), 1, peer(9), moniker(9)), BadOrigin);
            assert_noop!(Validators::leave(origin.clone(), key(1)), BadOrigin);
            assert_noop!(Validators::set_power(origin.clone(), key(1), 1), BadOrigin);
            assert_noop!(Validators::rotate(origin.clone(), key(1), key(9), peer(9)), BadOrigin);
            assert_noop!(Validators::set_parameters(origin, parameters()), BadOrigin);
        }
    });
}

#[test]
fn members_are_listed_in_the_order_of_the_set() {
    run_with(&[1, 3, 2], || {
        block_of(icn_primitives::ConsensusRecord { commit: commit(|signer| *signer != key(2)), ..record() }, || {});
        let members = Validators::members();
        let listed: Vec<_> = members.iter().map(|member| (member.key, member.power, member.missed)).collect();
        assert_eq!(listed, [(key(1), 3, 0), (key(2), 2, 1), (key(0), 1, 0)]);
        let first = &members[0];
        assert_eq!((&first.moniker[..], &first.peer_id[..]), ("Validator 1", "12D3KooWNode1"));
        assert_eq!(first.address, address(1));
    });
}
