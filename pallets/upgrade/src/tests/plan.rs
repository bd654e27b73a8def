use crate::{mock::*, Error, Event, Info, Planned, INFO_BYTES_MAX};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::traits::BadOrigin;

#[test]
fn a_plan_halts_the_present_version() {
    run(|| {
        assert_eq!(Upgrade::halts_at(), None);
        assert_ok!(Upgrade::plan(RuntimeOrigin::root(), 7, 2, info()));
        assert_eq!(Upgrade::halts_at(), Some((7, 2)));
        assert_eq!(events(), [Event::Planned { height: 7, spec_version: 2 }]);
        assert_eq!(Planned::<Test>::get().map(|plan| plan.info), Some(info()));
        assert_ok!(Upgrade::ensure_version(6));
        assert!(Upgrade::ensure_version(7).is_err());
    });
}

#[test]
fn operators_have_their_notice() {
    run(|| {
        for height in [0, 1, 6] {
            assert_noop!(Upgrade::plan(RuntimeOrigin::root(), height, 2, info()), Error::<Test>::NoticeTooShort);
        }
        assert_ok!(Upgrade::plan(RuntimeOrigin::root(), 7, 2, info()));
    });
}

#[test]
fn the_version_must_rise() {
    run(|| {
        for version in [0, 1] {
            assert_noop!(Upgrade::plan(RuntimeOrigin::root(), 100, version, info()), Error::<Test>::VersionNotHigher);
        }
    });
}

#[test]
fn one_upgrade_is_planned_at_a_time() {
    run(|| {
        assert_ok!(Upgrade::plan(RuntimeOrigin::root(), 100, 2, info()));
        assert_noop!(Upgrade::plan(RuntimeOrigin::root(), 200, 3, info()), Error::<Test>::AlreadyPlanned);
        assert_ok!(Upgrade::cancel(RuntimeOrigin::root()));
        assert_ok!(Upgrade::plan(RuntimeOrigin::root(), 200, 3, info()));
    });
}

#[test]
fn a_canceled_plan_halts_nothing() {
    run(|| {
        assert_noop!(Upgrade::cancel(RuntimeOrigin::root()), Error::<Test>::NotPlanned);
        assert_ok!(Upgrade::plan(RuntimeOrigin::root(), 7, 2, info()));
        assert_ok!(Upgrade::cancel(RuntimeOrigin::root()));
        assert!(events().contains(&Event::Canceled { height: 7, spec_version: 2 }));
        assert_eq!(Upgrade::halts_at(), None);
        run_to(8);
        assert_ok!(Upgrade::ensure_version(9));
    });
}

#[test]
fn only_the_upgrade_origin_plans_and_cancels() {
    run(|| {
        assert_noop!(Upgrade::plan(RuntimeOrigin::signed(1), 7, 2, info()), BadOrigin);
        assert_noop!(Upgrade::cancel(RuntimeOrigin::signed(1)), BadOrigin);
        assert_noop!(Upgrade::cancel(RuntimeOrigin::none()), BadOrigin);
    });
}

#[test]
fn a_description_is_bounded() {
    assert!(Info::try_from(vec![0; INFO_BYTES_MAX as usize]).is_ok());
    assert!(Info::try_from(vec![0; INFO_BYTES_MAX as usize + 1]).is_err());
}
