//! What RocksDB's failures are called, and that a chain lives on it.
#![allow(missing_docs)]

mod support;

use icn_storage::{
    layout::{FORMAT, META_FORMAT},
    Batch, ChainStore, Family, Options, OrderedStore, RocksStore, StorageError,
};
use std::{fs, path::Path};
use support::{assert_state, changes, commit, create, state};

fn files(home: &Path, extension: &str) -> Vec<std::path::PathBuf> {
    let all = fs::read_dir(home).unwrap().map(|entry| entry.unwrap().path());
    all.filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
}

#[test]
fn a_home_in_use_is_named() {
    let home = tempfile::tempdir().unwrap();
    let _first = RocksStore::open(home.path()).unwrap();
    let error = RocksStore::open(home.path()).err().unwrap();
    assert!(matches!(error, StorageError::HomeInUse { .. }), "{error:?}");
    assert!(error.to_string().contains(&home.path().display().to_string()));
}

#[test]
fn a_chain_is_there_after_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let chain = create(RocksStore::open(home.path()).unwrap(), state("a=1 b=2"), Options::default());
    let view = chain.state_at(0).unwrap();
    (1..=20).for_each(|number| drop(commit(&chain, changes(&format!("a={number} c{number}=1")))));
    assert_eq!(view.get(b"a").unwrap(), Some(b"1".to_vec()));
    let (head, all) = (chain.head(), support::entries_of(&chain.latest(), std::ops::Bound::Unbounded));
    drop((chain, view));
    let chain = ChainStore::open(RocksStore::open(home.path()).unwrap(), Options::default()).unwrap().unwrap();
    assert_eq!(chain.head(), head);
    assert_state(&chain, 20, &all.into_iter().collect());
    assert_state(&chain, 1, &state("a=1 b=2 c1=1"));
    assert!(chain.check(&mut |_| {}).unwrap().is_clean());
    assert!(chain.store().memory_bytes() > 0);
}

#[test]
fn a_store_with_families_of_a_newer_version_is_read_up_to_its_format() {
    let home = tempfile::tempdir().unwrap();
    let chain = create(RocksStore::open(home.path()).unwrap(), state("a=1"), Options::default());
    let mut batch = Batch::new();
    batch.put(Family::Meta, META_FORMAT, (FORMAT + 1).to_le_bytes());
    chain.store().write(&batch, true).unwrap();
    drop(chain);
    let names: Vec<_> = Family::ALL.iter().map(|family| family.name()).collect();
    let mut newer = rocksdb::DB::open_cf(&rocksdb::Options::default(), home.path(), names).unwrap();
    newer.create_cf("unheard of", &rocksdb::Options::default()).unwrap();
    drop(newer);
    let store = RocksStore::open(home.path()).unwrap();
    let opened = ChainStore::open(store, Options::default());
    assert!(matches!(opened, Err(StorageError::NewerFormat { .. })));
}

#[test]
fn a_damaged_table_is_corruption() {
    let home = tempfile::tempdir().unwrap();
    let chain = create(RocksStore::open(home.path()).unwrap(), state("a=1 b=2"), Options::default());
    drop(chain);
    // Opening it once more writes the log into tables.
    drop(RocksStore::open(home.path()).unwrap());
    let tables = files(home.path(), "sst");
    assert!(!tables.is_empty());
    for table in tables {
        let mut bytes = fs::read(&table).unwrap();
        bytes.iter_mut().for_each(|byte| *byte ^= 0x55);
        fs::write(&table, bytes).unwrap();
    }
    let opened = RocksStore::open(home.path()).and_then(|store| ChainStore::open(store, Options::default()));
    let error = opened.err().unwrap();
    assert!(matches!(error, StorageError::Corruption { .. }), "{error:?}");
}

#[test]
fn a_missing_manifest_is_corruption() {
    let home = tempfile::tempdir().unwrap();
    drop(create(RocksStore::open(home.path()).unwrap(), state("a=1"), Options::default()));
    fs::write(home.path().join("CURRENT"), "MANIFEST-999999\n").unwrap();
    let error = RocksStore::open(home.path()).err().unwrap();
    assert!(matches!(error, StorageError::Corruption { .. }), "{error:?}");
}

#[test]
fn a_home_that_is_a_file_is_an_io_error() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("file");
    fs::write(&path, "x").unwrap();
    let error = RocksStore::open(path.join("below")).err().unwrap();
    assert!(matches!(error, StorageError::Io { .. }), "{error:?}");
}
