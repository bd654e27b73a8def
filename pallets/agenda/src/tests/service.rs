use crate::{mock::*, Event};
use frame_support::weights::Weight;
use frame_system::Phase;
use pallet_testing::{make_block, recorder};

#[test]
fn entries_run_by_time_then_by_id() {
    run(|| {
        for (due, value) in [(300_000, 5), (2_000, 1), (70_000, 3), (65_791, 2), (70_000, 4)] {
            schedule(due, None, record(value));
        }
        block_at(400_000);
        assert_eq!(log(), [1, 2, 3, 4, 5]);
    });
}

#[test]
fn a_failing_call_changes_nothing_and_blocks_no_other() {
    run(|| {
        schedule(5_000, None, refuse(1));
        schedule(5_000, None, record(2));
        block_at(5_000);
        assert_eq!(log(), [2]);
        let refused = failed(recorder::Error::<Test>::Refused);
        assert_eq!(
            events(),
            [Event::Dispatched { id: 0, result: refused }, Event::Dispatched { id: 1, result: Ok(()) }]
        );
    });
}

#[test]
fn what_finds_no_room_is_first_in_the_next_block() {
    run(|| {
        for value in 0..5 {
            schedule(5_000, None, record_heavy(value, SHARE * 2 / 5));
        }
        schedule(4_000, None, record(9));
        block_at(5_000);
        assert_eq!(log(), [9, 0, 1]);
        assert_eq!(next_due(), Some(5_000));
        block_at(5_001);
        assert_eq!(log(), [9, 0, 1, 2, 3]);
        block_at(5_002);
        assert_eq!(log(), [9, 0, 1, 2, 3, 4]);
    });
}

#[test]
fn a_light_call_does_not_overtake_a_heavy_one() {
    run(|| {
        schedule(5_000, None, record_heavy(1, SHARE * 3 / 5));
        schedule(5_000, None, record_heavy(2, SHARE * 3 / 5));
        schedule(5_000, None, record(3));
        block_at(5_000);
        assert_eq!(log(), [1]);
        block_at(5_001);
        assert_eq!(log(), [1, 2, 3]);
    });
}

#[test]
fn no_block_spends_more_than_the_share() {
    run(|| {
        for value in 0..ENTRIES_MAX {
            schedule(5_000, None, record_heavy(value, SHARE / 7));
        }
        let mut time = 5_000;
        while next_due().is_some() {
            let before = log().len();
            make_block::<Test, AllPalletsWithSystem>(time, || {
                let used = System::block_weight().total();
                assert!(used.ref_time() <= SHARE + 10_000_000_000, "{used}");
            });
            assert!((1..=7).contains(&(log().len() - before)));
            time += 1;
        }
        assert_eq!(log(), (0..ENTRIES_MAX).collect::<Vec<_>>());
    });
}

#[test]
fn the_agenda_comes_before_the_transactions_of_a_block() {
    run(|| {
        schedule(5_000, None, record(1));
        make_block::<Test, AllPalletsWithSystem>(5_000, || {
            assert_eq!(log(), [1]);
            // A transaction may now fill the rest of the block.
            System::register_extra_weight_unchecked(Weight::MAX, frame_support::dispatch::DispatchClass::Normal);
        });
    });
}

#[test]
fn a_call_that_became_too_heavy_is_dropped() {
    run(|| {
        schedule(5_000, None, record_heavy(1, SHARE / 2));
        schedule(5_000, None, record(2));
        MaximumWeight::set(Weight::from_parts(SHARE / 4, u64::MAX));
        block_at(5_000);
        assert_eq!(log(), [2]);
        assert!(events().contains(&Event::PermanentlyOverweight { id: 0 }));
        assert_eq!(next_due(), None);
    });
}

#[test]
fn a_preimage_too_large_to_be_read_in_a_share_is_dropped() {
    run(|| {
        schedule(5_000, None, record_large(1));
        let read = |bytes| <() as crate::WeightInfo>::serve_entry(bytes);
        MaximumWeight::set(read(100).saturating_add(<() as crate::WeightInfo>::serve_base()));
        block_at(5_000);
        assert!(log().is_empty());
        assert_eq!(events(), [Event::PermanentlyOverweight { id: 0 }]);
        assert_eq!(next_due(), None);
        MaximumWeight::set(Weight::from_parts(SHARE, u64::MAX));
    });
}

#[test]
fn a_block_without_room_leaves_the_agenda_as_it_is() {
    run(|| {
        schedule(5_000, None, record(1));
        let mut meter = frame_support::weights::WeightMeter::with_limit(Weight::from_parts(1, 1));
        pallet_testing::Clock::set(5_000);
        Agenda::serve(&mut meter);
        assert_eq!(meter.consumed(), Weight::zero());
        assert_eq!(next_due(), Some(5_000));
    });
}

#[test]
fn events_of_the_agenda_belong_to_no_transaction() {
    run(|| {
        schedule(5_000, None, record(1));
        make_block::<Test, AllPalletsWithSystem>(5_000, || {
            assert_eq!(phases(), [Phase::Initialization, Phase::Initialization]);
            System::deposit_event(frame_system::Event::<Test>::CodeUpdated { hash: Default::default() });
            assert_eq!(phases().last(), Some(&Phase::ApplyExtrinsic(0)));
        });
    });
}

#[test]
fn what_a_call_schedules_runs_in_a_later_block() {
    run(|| {
        let after = crate::Call::schedule_after { delay: 1, retry: None, call: Box::new(record(1)) };
        schedule(5_000, None, after.into());
        block_at(5_000);
        assert!(log().is_empty());
        assert_eq!(next_due(), Some(5_001));
        block_at(5_001);
        assert_eq!(log(), [1]);
    });
}
