//! How the simulated disk crashes and fails.
#![allow(missing_docs)]

use icn_storage::{Batch, Family, Fault, OrderedStore, Reads, SimulatedDisk, StorageError};
use proptest::prelude::*;

fn write(disk: &SimulatedDisk, number: u8, sync: bool) -> Result<(), StorageError> {
    let mut batch = Batch::new();
    batch.put(Family::State, [number], [number]);
    batch.put(Family::Meta, b"last", [number]);
    disk.write(&batch, sync)
}

/// How many batches are there; they must be the first ones, each whole.
fn survivors(disk: &SimulatedDisk) -> u8 {
    let keys: Vec<_> = disk.iterate(Family::State, b"").map(|entry| entry.unwrap().0).collect();
    let count = keys.len() as u8;
    assert_eq!(keys, (0..count).map(|number| vec![number]).collect::<Vec<_>>());
    assert_eq!(disk.get(Family::Meta, b"last").unwrap(), count.checked_sub(1).map(|last| vec![last]));
    count
}

proptest! {
    #[test]
    fn a_crash_loses_a_suffix_of_what_was_not_synced(seed in any::<u64>(), synced in 0..10_u8, more in 0..10_u8) {
        let run = || {
            let disk = SimulatedDisk::new(seed);
            (0..synced + more).for_each(|number| write(&disk, number, number + 1 == synced).unwrap());
            survivors(&disk.crash())
        };
        let kept = run();
        prop_assert!((synced..=synced + more).contains(&kept));
        prop_assert_eq!(run(), kept, "two runs of a seed differ");
    }

    #[test]
    fn what_was_written_before_a_sync_survives(seed in any::<u64>(), synced in 1..10_u8, more in 0..10_u8) {
        let disk = SimulatedDisk::new(seed);
        (0..synced).for_each(|number| write(&disk, number, false).unwrap());
        disk.sync().unwrap();
        (synced..synced + more).for_each(|number| write(&disk, number, false).unwrap());
        prop_assert!((synced..=synced + more).contains(&survivors(&disk.crash())));
        prop_assert!(disk.sync().is_err(), "it is another boot's");
    }

    #[test]
    fn a_batch_torn_by_a_crash_is_there_whole_or_not_at_all(seed in any::<u64>()) {
        let disk = SimulatedDisk::new(seed);
        write(&disk, 0, true).unwrap();
        disk.fail_after(0, Fault::Io);
        let failed = matches!(write(&disk, 1, true), Err(StorageError::Io { .. }));
        prop_assert!(failed);
        let kept = survivors(&disk.crash());
        prop_assert!((1..=2).contains(&kept));
    }
}

#[test]
fn seeds_reach_every_outcome() {
    let outcome = |seed| {
        let disk = SimulatedDisk::new(seed);
        (0..3).for_each(|number| write(&disk, number, false).unwrap());
        survivors(&disk.crash())
    };
    let outcomes: std::collections::BTreeSet<_> = (0..200).map(outcome).collect();
    assert_eq!(outcomes.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3]);
}

#[test]
fn a_failed_write_poisons_the_store_and_a_failed_read_does_not() {
    let disk = SimulatedDisk::new(1);
    write(&disk, 0, true).unwrap();
    disk.fail_after(0, Fault::Io);
    assert!(matches!(disk.get(Family::State, &[0]), Err(StorageError::Io { .. })));
    assert_eq!(disk.get(Family::State, &[0]).unwrap(), Some(vec![0]));
    disk.fail_after(0, Fault::NoSpace);
    assert!(matches!(write(&disk, 1, true), Err(StorageError::NoSpace { .. })));
    assert!(matches!(disk.get(Family::State, &[0]), Err(StorageError::Poisoned)));
    assert!(matches!(write(&disk, 1, true), Err(StorageError::Poisoned)));
    assert!(matches!(disk.snapshot(), Err(StorageError::Poisoned)));
}

#[test]
fn a_crash_kills_older_handles() {
    let disk = SimulatedDisk::new(1);
    write(&disk, 0, true).unwrap();
    let snapshot = disk.snapshot().unwrap();
    let again = disk.crash();
    assert!(matches!(write(&disk, 1, true), Err(StorageError::Poisoned)));
    assert!(matches!(snapshot.get(Family::State, &[0]), Err(StorageError::Poisoned)));
    drop(snapshot);
    write(&again, 1, true).unwrap();
    assert_eq!(survivors(&again.restart()), 2);
}
