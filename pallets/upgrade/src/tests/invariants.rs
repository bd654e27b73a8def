use crate::{mock::*, History, Planned, Upgrade as Release};
use frame_support::{assert_ok, storage::unhashed};
use frame_system::LastRuntimeUpgrade;
use icn_primitives::code::CODE_KEY;

/// Breaks the state after one upgrade, to version 2 at height 7, and expects the named check to see it.
fn caught(words: &str, break_state: impl FnOnce()) {
    run_unchecked(|| {
        assert_ok!(Upgrade::plan(RuntimeOrigin::root(), 7, 2, info()));
        run_to(6);
        SpecVersion::set(2);
        run_to(7);
        assert_eq!(Upgrade::do_try_state(), Ok(()));
        break_state();
        let error: &str = Upgrade::do_try_state().expect_err("the state is broken").into();
        assert!(error.contains(words), "{error}");
    });
}

fn release(height: u64, spec_version: u32) -> Release<u64> {
    Release { height, spec_version, info: info() }
}

fn set_history(history: Vec<Release<u64>>) {
    History::<Test>::put(frame_support::BoundedVec::truncate_from(history));
}

#[test]
fn another_code_is_caught() {
    caught("`:code`", || unhashed::put_raw(CODE_KEY, &Upgrade::code(1)));
    caught("`:code`", || unhashed::kill(CODE_KEY));
}

#[test]
fn an_upgrade_unknown_to_this_pallet_is_caught() {
    caught("last runtime upgrade", || {
        LastRuntimeUpgrade::<Test>::mutate(|last| last.as_mut().expect("genesis writes it").spec_version = 3.into());
    });
}

#[test]
fn a_passed_plan_is_caught() {
    caught("has passed", || Planned::<Test>::put(release(7, 3)));
}

#[test]
fn a_plan_that_does_not_raise_the_version_is_caught() {
    caught("does not raise", || Planned::<Test>::put(release(70, 2)));
}

#[test]
fn a_history_out_of_order_is_caught() {
    caught("not in order", || set_history(vec![release(7, 1), release(7, 2)]));
    caught("not in order", || set_history(vec![release(6, 2), release(7, 2)]));
}

#[test]
fn a_history_that_leads_elsewhere_is_caught() {
    caught("did not lead", || set_history(vec![release(7, 1)]));
    caught("did not lead", || set_history(vec![release(6, 2)]));
    caught("did not lead", || {
        set_history(vec![release(7, 3)]);
        assert_eq!(Upgrade::agreed_version(), 2);
    });
}
