//! When epochs end, and what is frozen then.

use crate::{mock::*, Current, Event, Parameters, Signers, Since, Unsealed};
use frame_support::{assert_noop, assert_ok};
use icn_merkle::tree;
use sp_runtime::DispatchError;

#[test]
fn an_epoch_ends_with_its_blocks() {
    run(|| {
        assert_eq!(Since::<Test>::get().expect("it has begun").height, 1);
        block(|| {});
        assert_eq!((Current::<Test>::get(), Unsealed::<Test>::get()), (0, None));
        block(|| {});
        assert_eq!(events(), [Event::Closed { epoch: 0, height: 3 }]);
        assert_eq!((Current::<Test>::get(), Since::<Test>::get().expect("it has begun").height), (1, 4));
    });
}

#[test]
fn an_epoch_ends_with_its_time_and_says_when() {
    run(|| {
        assert_eq!(Trust::ends_at(), Some(1_010_000));
        block_after(9_999, || {});
        assert_eq!(Current::<Test>::get(), 0);
        block_after(1, || {});
        assert_eq!(Current::<Test>::get(), 1);
        // The next one does not close before this one is sealed.
        assert_eq!(Trust::ends_at(), None);
    });
}

#[test]
fn an_epoch_ends_on_demand_of_the_privileged() {
    run(|| {
        assert_noop!(Trust::close(RuntimeOrigin::signed(1)), DispatchError::BadOrigin);
        block(|| {
            assert_ok!(Trust::close(RuntimeOrigin::root()));
        });
        assert_eq!(events(), [Event::Closed { epoch: 0, height: 2 }]);
        assert_noop!(Trust::close(RuntimeOrigin::root()), Error::NotSealed);
    });
}

#[test]
fn an_epoch_ends_when_a_third_of_the_power_moves() {
    run(|| {
        set_validators(&[(1, 10), (2, 10), (3, 10), (4, 22)]);
        block(|| {});
        assert_eq!(Current::<Test>::get(), 0);
        set_validators(&[(1, 10), (2, 10), (3, 10), (5, 4)]);
        block(|| {});
        assert_eq!(events(), [Event::Closed { epoch: 0, height: 3 }]);
        // Who seals the epoch that ended are those of its beginning; the next one has the new ones, one of them without a key.
        let closing = Unsealed::<Test>::get().expect("it is closed");
        assert_eq!((closing.signers.power, closing.signers.list.len()), (40, 4));
        let next = Signers::<Test>::get().seal_with();
        assert_eq!((next.power, next.list.len()), (34, 3));
    });
}

#[test]
fn the_log_and_the_validity_are_those_of_the_closing_block() {
    run(|| {
        add_records(5);
        until_closed();
        add_records(2);
        block(|| {});
        let (_, bundle, _) = waiting();
        let leaves: Vec<[u8; 8]> = (0..5_u64).map(u64::to_be_bytes).collect();
        assert_eq!(bundle.records, tree::head(&leaves));
        assert_eq!((bundle.epoch, bundle.prev, bundle.height), (0, None, 3));
        assert_eq!(bundle.valid_until, bundle.time + PARAMETERS.validity_ms);
        assert_eq!(bundle.state_root, [0xaa; 32]);
    });
}

#[test]
fn the_next_epoch_waits_for_the_seal_and_ends_with_it() {
    run(|| {
        until_closed();
        for _ in 0..10 {
            block(|| {});
        }
        assert_eq!(Current::<Test>::get(), 1);
        seal();
        assert!(events().contains(&Event::Closed { epoch: 1, height: 14 }), "{:?}", events());
        let second = seal();
        assert_eq!((second.epoch, second.height), (1, 14));
    });
}

#[test]
fn a_missing_quorum_is_told_once() {
    run(|| {
        until_closed();
        block_after(1_000, || {});
        assert_eq!(events(), []);
        block(|| {});
        assert_eq!(events(), [Event::QuorumMissing { epoch: 0 }]);
        assert!(Trust::status().closing.expect("it is closed").overdue);
        block(|| {});
        assert_eq!(events(), []);
        // And it heals.
        seal();
        assert_eq!(Trust::status().sealed.map(|(epoch, _)| epoch), Some(0));
    });
}

#[test]
fn parameters_are_bounded() {
    run(|| {
        let parameters = Parameters { blocks: 7, ..PARAMETERS };
        assert_noop!(Trust::set_parameters(RuntimeOrigin::signed(1), parameters), DispatchError::BadOrigin);
        block(|| {
            assert_ok!(Trust::set_parameters(RuntimeOrigin::root(), parameters));
        });
        assert_eq!(events(), [Event::ParametersSet { parameters }]);
        for wrong in [
            Parameters { blocks: 0, ..PARAMETERS },
            Parameters { duration_ms: 999, ..PARAMETERS },
            Parameters { validity_ms: 9_999, ..PARAMETERS },
            Parameters { validity_ms: u64::MAX, ..PARAMETERS },
            Parameters { deadline_ms: u64::MAX, ..PARAMETERS },
        ] {
            assert_noop!(Trust::set_parameters(RuntimeOrigin::root(), wrong), Error::ParametersOutOfRange);
        }
    });
}
