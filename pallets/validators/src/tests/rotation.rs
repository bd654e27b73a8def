use crate::{mock::*, Event, Member, Members, Moniker, Successor, Successors};
use frame_support::{assert_noop, assert_ok};

fn rotate_to(from: u16, to: u16) -> sp_runtime::DispatchResult {
    Validators::rotate(RuntimeOrigin::root(), key(from), key(to), peer(to))
}

#[test]
fn a_new_key_takes_the_place_of_the_old_one() {
    run(|| {
        block_with(|| {
            set_power(1, 12);
            rotate(1, 9);
            assert_eq!((power(1), power(9)), (10, 0), "the old key signs this block");
        });
        assert_eq!((power(1), power(9)), (0, 12));
        assert_eq!(Members::<Test>::get(key(1)), None);
        assert_eq!(Members::<Test>::get(key(9)), Some(Member { moniker: moniker(1), peer_id: peer(9) }));
        assert_eq!(Successors::<Test>::get(key(1)), Some(Successor { key: key(9), height: 2 }));
        assert!(events().contains(&Event::Rotated { from: key(1), to: key(9) }));
        block();
    });
}

#[test]
fn a_rotation_gains_no_turn() {
    run(|| {
        block_with(|| rotate(1, 9));
        let claim = |number| current().by_key(&key(number)).map(|validator| validator.priority);
        assert!([0, 2, 3].iter().all(|number| claim(9) < claim(*number)));
        assert_ne!(current().proposer(0).key, key(9));
    });
}

#[test]
fn a_rotated_key_is_used_up() {
    run(|| {
        block_with(|| {
            rotate(1, 9);
            let back = Validators::join(RuntimeOrigin::root(), key(1), 1, peer(1), Moniker::default());
            assert_eq!(back, Err(Error::KeyRotated.into()));
            assert_eq!(rotate_to(2, 1), Err(Error::KeyRotated.into()));
        });
        assert_noop!(rotate_to(9, 1), Error::KeyRotated);
        assert_noop!(rotate_to(1, 10), Error::NotMember);
    });
}

#[test]
fn a_key_rotates_to_one_that_is_free_and_sound() {
    run(|| {
        assert_noop!(rotate_to(1, 2), Error::AlreadyMember);
        assert_noop!(rotate_to(1, 1), Error::AlreadyMember);
        assert_noop!(rotate_to(9, 10), Error::NotMember);
        let rotate = |new_key, peer| Validators::rotate(RuntimeOrigin::root(), key(1), new_key, peer);
        assert_noop!(rotate([0; 32], peer(9)), Error::UnsoundKey);
        assert_noop!(rotate(key(9), peer(2)), Error::PeerIdTaken);
        assert_noop!(rotate(key(9), b"a b".to_vec().try_into().expect("short")), Error::PeerIdMalformed);
        // The node may stay.
        assert_ok!(rotate(key(9), peer(1)));
    });
}

#[test]
fn who_joins_in_this_block_does_not_rotate() {
    run(|| {
        block_with(|| {
            join(9, 10);
            assert_eq!(rotate_to(9, 10), Err(Error::NotSigningYet.into()));
            // The key that a rotation brings is as new.
            rotate(1, 11);
            assert_eq!(rotate_to(11, 12), Err(Error::NotSigningYet.into()));
        });
        block_with(|| rotate(9, 10));
        block_with(|| rotate(11, 12));
        assert_eq!((power(10), power(12)), (10, 10));
    });
}

#[test]
fn a_rotation_is_forgotten_when_no_evidence_can_refer_to_it() {
    run(|| {
        block_with(|| rotate(1, 9));
        let far = now() + 10 * AGE_MS;
        run_to(3);
        block_at(far, record(), || {});
        run_to(2 + AGE_BLOCKS);
        assert!(Successors::<Test>::contains_key(key(1)));
        block();
        assert!(!Successors::<Test>::contains_key(key(1)));
        // The old key is as any other now.
        block_with(|| rotate(9, 1));
        assert_eq!(power(1), 10);
    });
}

#[test]
fn a_rotation_of_much_power_is_announced() {
    run_with(&[10, 10], || {
        block_with(|| rotate(0, 9));
        assert!(events().contains(&Event::LargeChange { moved: 10, total: 20 }));
    });
}

#[test]
fn rotations_are_remembered_up_to_a_limit() {
    run(|| {
        for number in 0..512u16 {
            let mut key = [0; 32];
            key[..2].copy_from_slice(&number.to_be_bytes());
            Successors::<Test>::insert(key, Successor { key, height: 1 });
        }
        assert_noop!(rotate_to(1, 9), Error::TooManyRotations);
        Successors::<Test>::remove([0; 32]);
        assert_ok!(rotate_to(1, 9));
        // These are none that a chain can have.
        let _ = Successors::<Test>::clear(u32::MAX, None);
    });
}
