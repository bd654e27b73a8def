use crate::{mock::*, version::VersionError, Event, History};
use frame_support::assert_ok;
use sp_runtime::DigestItem;

fn plan(height: u64, spec_version: u32) {
    assert_ok!(Upgrade::plan(RuntimeOrigin::root(), height, spec_version, info()));
}

#[test]
fn the_first_block_of_the_new_runtime_carries_out_the_plan() {
    run(|| {
        plan(7, 2);
        run_to(6);
        assert_eq!(code(), Some(Upgrade::code(1)));
        SpecVersion::set(2);
        assert_ok!(Upgrade::ensure_version(7));
        let digest = block(|| {});
        assert_eq!(digest, [DigestItem::RuntimeEnvironmentUpdated]);
        assert_eq!(events(), [Event::Upgraded { height: 7, spec_version: 2 }]);
        assert_eq!(code(), Some(Upgrade::code(2)));
        assert_ne!(Upgrade::code(1), Upgrade::code(2));
        assert_eq!(Upgrade::agreed_version(), 2);
        assert_eq!(Upgrade::halts_at(), None);
    });
}

#[test]
fn the_header_tells_of_an_upgrade_once() {
    run(|| {
        assert!(block(|| {}).is_empty());
        plan(10, 2);
        run_to(9);
        SpecVersion::set(2);
        assert_eq!(block(|| {}), [DigestItem::RuntimeEnvironmentUpdated]);
        assert!(block(|| {}).is_empty());
        assert_ok!(Upgrade::ensure_version(12));
    });
}

#[test]
fn a_binary_that_is_not_planned_changes_nothing() {
    run_unchecked(|| {
        SpecVersion::set(2);
        let error = VersionError::Unplanned { height: 2, agreed: 1, running: 2 };
        assert_eq!(Upgrade::ensure_version(2), Err(error));
        assert!(block(|| {}).is_empty());
        // The executor compares this with the running version and refuses the block.
        assert_eq!(code(), Some(Upgrade::code(1)));
        assert!(History::<Test>::get().is_empty());
    });
}

#[test]
fn a_planned_binary_that_starts_too_soon_changes_nothing() {
    run_unchecked(|| {
        plan(7, 2);
        SpecVersion::set(2);
        let early = VersionError::TooEarly { height: 2, planned_height: 7, agreed: 1, running: 2 };
        assert_eq!(Upgrade::ensure_version(2), Err(early));
        assert!(block(|| {}).is_empty());
        assert_eq!(code(), Some(Upgrade::code(1)));
        assert_eq!(Upgrade::halts_at(), Some((7, 2)));
    });
}

#[test]
fn the_old_binary_may_not_go_on() {
    run(|| {
        plan(7, 2);
        run_to(6);
        let needed = VersionError::UpgradeNeeded { height: 7, planned: 2, running: 1 };
        assert_eq!(Upgrade::ensure_version(7), Err(needed));
        assert_eq!(
            needed.to_string(),
            "block 7 needs a node of runtime version 2, this one has 1: install that release"
        );
    });
}

#[test]
fn the_latest_upgrades_are_remembered() {
    run(|| {
        for version in 2..=6u32 {
            let height = System::block_number() + 6;
            plan(height, version);
            run_to(height - 1);
            SpecVersion::set(version);
            run_to(height);
        }
        let history = History::<Test>::get();
        let versions: Vec<u32> = history.iter().map(|upgrade| upgrade.spec_version).collect();
        assert_eq!(versions, [4, 5, 6]);
        assert!(history.iter().all(|upgrade| upgrade.info == info()));
    });
}

#[test]
fn hooks_of_another_upgrade_leave_the_plan_alone() {
    run(|| {
        plan(7, 2);
        Upgrade::carry_out(2);
        assert_eq!(Upgrade::halts_at(), Some((7, 2)));
    });
}
