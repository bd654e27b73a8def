use crate::{mock::*, Event};
use frame_support::{assert_noop, assert_ok};
use icn_primitives::validators::TOTAL_POWER_MAX;

#[test]
fn a_power_counts_from_the_next_height_on() {
    run(|| {
        block_with(|| {
            set_power(1, 12);
            assert_eq!(power(1), 10);
        });
        assert_eq!(power(1), 12);
        let changed = Event::PowerChanged { key: key(1), from: 10, to: 12 };
        assert_eq!(events(), [changed, Event::SetChanged { first: 3, validators: 4, total: 42 }]);
        assert_eq!(current().validators()[0].key, key(1), "the most power stands first");
    });
}

#[test]
fn the_last_change_of_a_block_counts() {
    run(|| {
        block_with(|| {
            set_power(1, 15);
            set_power(1, 12);
            assert!(events().contains(&Event::PowerChanged { key: key(1), from: 15, to: 12 }));
        });
        assert_eq!(power(1), 12);
        block_with(|| {
            set_power(1, 15);
            set_power(1, 12);
        });
        assert!(!events().iter().any(|event| matches!(event, Event::SetChanged { .. })), "nothing has changed");
    });
}

#[test]
fn no_power_is_no_power_to_have() {
    run(|| {
        assert_noop!(Validators::set_power(RuntimeOrigin::root(), key(1), 0), Error::NoPower);
        assert_noop!(Validators::set_power(RuntimeOrigin::root(), key(9), 1), Error::NotMember);
        assert_noop!(Validators::set_power(RuntimeOrigin::root(), key(1), TOTAL_POWER_MAX), Error::TooMuchPower);
        assert_noop!(Validators::set_power(RuntimeOrigin::root(), key(1), u64::MAX), Error::TooMuchPower);
        assert_ok!(Validators::set_power(RuntimeOrigin::root(), key(1), TOTAL_POWER_MAX - 30));
    });
}

#[test]
fn a_large_change_is_announced() {
    // One who joins with a third of all power cannot stop the chain alone.
    run(|| {
        block_with(|| {
            join(9, 20);
            assert!(!events().iter().any(|event| matches!(event, Event::LargeChange { .. })));
        });
    });
    run(|| {
        block_with(|| {
            join(9, 21);
            assert!(events().contains(&Event::LargeChange { moved: 21, total: 61 }));
        });
    });
    run(|| {
        block_with(|| {
            set_power(1, 26);
            assert!(!events().iter().any(|event| matches!(event, Event::LargeChange { .. })));
            set_power(2, 50);
            assert!(events().contains(&Event::LargeChange { moved: 40, total: 96 }));
        });
    });
    run_with(&[10, 10], || {
        block_with(|| {
            leave(0);
            assert!(events().contains(&Event::LargeChange { moved: 10, total: 10 }));
        });
    });
}

#[test]
fn a_set_that_cannot_lose_anyone_is_announced() {
    run(|| {
        block_with(|| {
            leave(0);
            assert!(events().contains(&Event::FaultToleranceLost { most: 10, total: 30 }));
        });
        // It says so each time somebody leaves, and not when somebody comes.
        block_with(|| {
            leave(1);
            assert!(events().contains(&Event::FaultToleranceLost { most: 10, total: 20 }));
        });
        block_with(|| join(0, 10));
        assert!(!events().iter().any(|event| matches!(event, Event::FaultToleranceLost { .. })));
        block_with(|| join(1, 10));
        block_with(|| set_power(1, 15));
        assert!(events().contains(&Event::FaultToleranceLost { most: 15, total: 45 }));
    });
    run_with(&[10; 5], || {
        block_with(|| leave(0));
        assert!(!events().iter().any(|event| matches!(event, Event::FaultToleranceLost { .. })));
    });
}
