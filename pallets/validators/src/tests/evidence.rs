use crate::{mock::*, Event, Members, Offence, Tombstone, Tombstones};
use frame_support::{assert_noop, assert_ok};
use icn_primitives::votes::VoteKind;

fn offence(height: u32) -> Offence {
    Offence::DuplicateVote { height, round: 3, kind: VoteKind::Precommit }
}

#[test]
fn an_offender_loses_its_power_and_stays_out() {
    run(|| {
        block_of(accusing(&[evidence(1, 1)]), || {
            assert_eq!(power(1), 10, "it signs this block still");
            for call in [
                Validators::set_power(RuntimeOrigin::root(), key(1), 5),
                Validators::leave(RuntimeOrigin::root(), key(1)),
            ] {
                assert_eq!(call, Err(Error::NotMember.into()));
            }
        });
        assert_eq!(power(1), 0);
        assert!(!Members::<Test>::contains_key(key(1)));
        assert!(Validators::is_tombstoned(&address(1)));
        assert_eq!(Tombstones::<Test>::get(address(1)), Some(Tombstone { height: 2, offence: offence(1) }));
        let tombstoned = Event::Tombstoned { address: address(1), offence: offence(1) };
        assert!(events().starts_with(&[tombstoned, Event::Left { key: key(1) }]));
        assert!(events().contains(&Event::FaultToleranceLost { most: 10, total: 30 }));
        let join = Validators::join(RuntimeOrigin::root(), key(1), 1, peer(1), moniker(1));
        assert_eq!(join, Err(Error::KeyTombstoned.into()));
        let rotate = Validators::rotate(RuntimeOrigin::root(), key(2), key(1), peer(1));
        assert_eq!(rotate, Err(Error::KeyTombstoned.into()));
        // It comes back with a new key.
        block_with(|| join_again(9, 1));
        assert_eq!(power(9), 10);
    });
}

/// Joins with the node that another key had.
fn join_again(number: u16, node: u16) {
    assert_ok!(Validators::join(RuntimeOrigin::root(), key(number), 10, peer(node), moniker(node)));
}

#[test]
fn evidence_is_of_an_earlier_height() {
    run_with(&[10; 4], || {
        run_to(4);
        // Between blocks the next one is meant.
        assert_eq!(Validators::check_evidence(&evidence(1, 4)), Ok(()));
        assert_eq!(Validators::check_evidence(&evidence(1, 5)), Err(Error::EvidenceNotPast));
        block_of(accusing(&[evidence(1, 4)]), || {});
        assert_eq!(power(1), 0);
    });
}

#[test]
fn evidence_is_against_who_signed_at_its_height() {
    run(|| {
        block_with(|| {
            join(9, 10);
            leave(1);
        });
        block();
        assert_eq!(Validators::check_evidence(&evidence(0, 0)), Err(Error::OffenderUnknown), "nobody signs genesis");
        assert_eq!(Validators::check_evidence(&evidence(9, 2)), Err(Error::OffenderUnknown));
        assert_eq!(Validators::check_evidence(&evidence(9, 3)), Ok(()));
        assert_eq!(Validators::check_evidence(&evidence(1, 2)), Ok(()));
        assert_eq!(Validators::check_evidence(&evidence(1, 3)), Err(Error::OffenderUnknown));
        // Who has left is tombstoned all the same.
        block_of(accusing(&[evidence(1, 2)]), || {});
        assert!(Validators::is_tombstoned(&address(1)));
        assert!(!events().iter().any(|event| matches!(event, Event::SetChanged { .. })));
    });
}

#[test]
fn who_came_back_answers_for_what_it_signed_before() {
    run(|| {
        block_with(|| leave(1));
        block_with(|| join(1, 10));
        block_of(accusing(&[evidence(1, 2)]), || {});
        assert_eq!(power(1), 0);
    });
}

#[test]
fn an_address_is_convicted_once() {
    run(|| {
        let twice = accusing(&[evidence(1, 1), evidence(1, 1)]);
        assert_eq!(Validators::select_evidence(&twice.evidence, 2, now()).to_vec(), [evidence(1, 1)]);
        pallet_testing::make_block::<Test, AllPalletsWithSystem>(now() + 10, || {
            let told = Validators::consensus(RuntimeOrigin::none(), twice);
            assert_eq!(told, Err(Error::AlreadyTombstoned.into()));
        });
        block_of(accusing(&[evidence(1, 1)]), || {});
        for height in [1, 2] {
            assert_eq!(Validators::check_evidence(&evidence(1, height)), Err(Error::AlreadyTombstoned));
        }
    });
}

#[test]
fn evidence_is_too_old_by_blocks_and_by_time() {
    run(|| {
        let offence = evidence(1, 1);
        // Many blocks in a short time, and then a long time.
        run_to(3 * AGE_BLOCKS);
        assert_eq!(Validators::check_evidence(&offence), Ok(()));
        block_at(now() + 2 * AGE_MS, record(), || {});
        assert_eq!(Validators::check_evidence(&offence), Err(Error::EvidenceTooOld));
        // The last block is a long time ago and few blocks back.
        let late = evidence(1, height() - 1);
        assert_eq!(Validators::check_evidence(&late), Ok(()));
        let (next, far) = (height() + 1, now() + 100 * AGE_MS);
        let selected = Validators::select_evidence(&[offence, late.clone()], next, far);
        assert_eq!(selected.to_vec(), [late]);
        block_at(far, accusing(&selected), || {});
        assert_eq!(power(1), 0);
    });
}

#[test]
fn a_block_with_evidence_that_is_too_old_is_invalid() {
    run(|| {
        run_to(AGE_BLOCKS + 2);
        let old = accusing(&[evidence(1, 1)]);
        pallet_testing::make_block::<Test, AllPalletsWithSystem>(now() + 2 * AGE_MS, || {
            assert_noop!(Validators::consensus(RuntimeOrigin::none(), old), Error::EvidenceTooOld);
        });
    });
}

#[test]
fn a_rotated_key_answers_through_its_successor() {
    run(|| {
        block_with(|| rotate(1, 9));
        block_with(|| rotate(9, 10));
        block_of(accusing(&[evidence(1, 2)]), || {});
        assert_eq!(power(10), 0);
        for number in [1, 9, 10] {
            assert!(Validators::is_tombstoned(&address(number)), "{number}");
        }
        assert_eq!(Validators::check_evidence(&evidence(10, 4)), Err(Error::AlreadyTombstoned));
    });
}

#[test]
fn evidence_against_a_key_and_its_successor_is_selected_once() {
    run(|| {
        block_with(|| rotate(1, 9));
        block();
        let both = [evidence(1, 2), evidence(9, 3), evidence(2, 3)];
        assert_eq!(Validators::select_evidence(&both, 4, now()).to_vec(), [both[0].clone(), both[2].clone()]);
        // The other way round the older key did not offend, so it can be convicted as well.
        let reversed = [evidence(9, 3), evidence(1, 2)];
        let selected = Validators::select_evidence(&reversed, 4, now());
        assert_eq!(selected.len(), 2);
        block_of(accusing(&selected), || {});
        assert!(Validators::is_tombstoned(&address(1)) && Validators::is_tombstoned(&address(9)));
        assert_eq!(power(9), 0);
    });
}

#[test]
fn the_last_validator_is_kept_until_another_joins() {
    run_with(&[10], || {
        block_of(accusing(&[evidence(0, 1)]), || {});
        assert!(events().contains(&Event::LastValidatorKept { key: key(0) }));
        assert!(Validators::is_tombstoned(&address(0)));
        assert_eq!(power(0), 10);
        block();
        assert_eq!(Validators::check_evidence(&evidence(0, 2)), Err(Error::AlreadyTombstoned));
        block_with(|| join(1, 5));
        assert!(events().contains(&Event::Left { key: key(0) }));
        assert_eq!((power(0), power(1)), (0, 5));
    });
}

#[test]
fn a_kept_offender_may_get_a_new_key() {
    run_with(&[10], || {
        block_of(accusing(&[evidence(0, 1)]), || {});
        block_with(|| rotate(0, 9));
        block_with(|| join(1, 5));
        assert_eq!((power(9), power(1)), (10, 5));
    });
}

#[test]
fn of_many_offenders_one_is_kept() {
    run(|| {
        block_of(accusing(&[evidence(0, 1), evidence(1, 1), evidence(2, 1), evidence(3, 1)]), || {});
        assert_eq!(current().validators().len(), 1);
        assert_eq!(power(3), 10);
        block_with(|| join(9, 1));
        assert_eq!((power(3), power(9)), (0, 1));
    });
}

#[test]
fn evidence_is_selected_up_to_the_limit() {
    run_with(&[10; 12], || {
        let all: Vec<_> = (0..12).map(|number| evidence(number, 1)).collect();
        let selected = Validators::select_evidence(&all, 2, now());
        assert_eq!(selected.to_vec(), all[..8]);
        block_of(accusing(&selected), || {});
        assert_eq!(current().validators().len(), 4);
    });
}
