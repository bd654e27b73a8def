//! The stored format, frozen: one small chain, byte for byte.
//!
//! When this fails, stores that exist can no longer be read. Raise `FORMAT`, describe the change beside it and how the old
//! format is read, and write the fixture anew: `ICN_WRITE_FIXTURES=1 cargo nextest run -p icn-storage format`.
#![allow(missing_docs)]

mod support;

use icn_primitives::Changes;
use icn_storage::{layout::FORMAT, Batch, ChainStore, Decided, Family, Keep, Options, OrderedStore, SimulatedDisk};
use std::{collections::BTreeSet, fmt::Write as _, path::PathBuf};
use support::{
    assert_state, commit, create, decided, decided_before, events, proposal, runtime, stage, state, validators, State,
};

const OPTIONS: Options = Options { state_history: Keep::Blocks(3), block_history: Keep::Blocks(3) };

/// A chain whose records are of every type: keys with zero bytes, long values, removals, events, an upgrade, a change of
/// validators, pruning, and a block that is proposed in two rounds.
fn chain() -> (ChainStore<SimulatedDisk>, State) {
    let mut state = state("a=1 b=2 c=3");
    state.insert(vec![0, 255, 0], vec![]);
    state.insert([&[1; 16][..], &[2; 16], b"key"].concat(), vec![7; 1030]);
    let chain = create(SimulatedDisk::new(1), state.clone(), OPTIONS);
    for number in 1..=5_u8 {
        let mut changes: Changes = (0..20_u8)
            .filter(|key| key % 5 == number % 5 || key % 7 == number % 7)
            .map(|key| (vec![0, key], (key % 3 != 0 || number < 3).then(|| vec![number, key])))
            .collect();
        changes.extend([events(&[number; 3]), (b"a".to_vec(), (number != 4).then(|| vec![number]))]);
        support::apply(&mut state, &changes);
        match number {
            3 => {
                let (record, update) = stage(&chain, &changes).unwrap();
                let decided = decided(&chain, record, changes, update);
                drop(chain.commit(Decided { runtime: Some(runtime(2)), ..decided }).unwrap());
            }
            4 => drop(chain.commit(decided_before(&chain, changes, &validators(&[(1, 3), (4, 9)]))).unwrap()),
            _ => drop(commit(&chain, changes)),
        }
    }
    support::with_records(&chain);
    support::apply(&mut state, &Changes::from([(b"records".to_vec(), Some(vec![1]))]));
    chain.records().put_evidence(&support::evidence()).unwrap();
    support::with_blobs(&chain);
    for round in 0..2 {
        chain.put_undecided(7, &proposal(&chain, round, &Changes::new())).unwrap();
    }
    (chain, state)
}

fn text(disk: &SimulatedDisk) -> String {
    let mut text = String::new();
    for (family, key, value) in disk.contents() {
        writeln!(text, "{} {} {}", family.name(), hex::encode(key), hex::encode(value)).unwrap();
    }
    text
}

fn fixture(format: u32) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/format-{format}.txt"))
}

/// A disk that holds the frozen chain of a format. The name of a family may have a space.
fn disk_of(format: u32) -> SimulatedDisk {
    let disk = SimulatedDisk::new(2);
    let mut batch = Batch::new();
    for line in std::fs::read_to_string(fixture(format)).unwrap().lines() {
        let mut words = line.rsplitn(3, ' ');
        let (value, key, name) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
        let family = Family::ALL.into_iter().find(|family| family.name() == name).unwrap();
        batch.put(family, hex::decode(key).unwrap(), hex::decode(value).unwrap());
    }
    disk.write(&batch, true).unwrap();
    disk
}

#[test]
fn what_is_written_is_the_frozen_format() {
    let written = text(chain().0.store());
    if std::env::var_os("ICN_WRITE_FIXTURES").is_some() {
        std::fs::write(fixture(FORMAT), &written).unwrap();
    }
    let frozen = std::fs::read_to_string(fixture(FORMAT)).unwrap();
    for (number, (written, frozen)) in written.lines().zip(frozen.lines()).enumerate() {
        assert_eq!(written, frozen, "line {}", number + 1);
    }
    assert_eq!(written.lines().count(), frozen.lines().count());
    let families: BTreeSet<_> = chain().0.store().contents().into_iter().map(|(family, ..)| family).collect();
    assert_eq!(families, Family::ALL.into());
}

#[test]
fn the_frozen_format_is_read() {
    let disk = disk_of(FORMAT);
    let (written, state) = chain();
    let read = ChainStore::open(disk, OPTIONS).unwrap().unwrap();
    assert_eq!(read.head(), written.head());
    assert_state(&read, 6, &state);
    assert!(read.check(&mut |_| {}).unwrap().is_clean());
}
