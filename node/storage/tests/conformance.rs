//! What every [`OrderedStore`] must do, run on each of them.
#![allow(missing_docs)]

use icn_storage::{ordered_store::Operation, Batch, Family, OrderedStore, Reads, RocksStore, SimulatedDisk};
use proptest::{prelude::*, test_runner::TestRunner};
use std::collections::BTreeMap;

type Model = BTreeMap<(Family, Vec<u8>), Vec<u8>>;

/// Runs the suite: `fresh` makes an empty store, `again` opens one once more after its process ended.
fn conform<S: OrderedStore>(fresh: impl Fn() -> S, again: impl Fn(S) -> S) {
    an_empty_store_answers_nothing(&fresh());
    families_are_apart(&fresh());
    the_last_change_of_a_key_wins(&fresh());
    cursors_go_both_ways(&fresh());
    a_snapshot_and_a_cursor_see_one_moment(&fresh());
    synced_batches_are_there_again(fresh(), &again);
    it_is_an_ordered_map(&fresh);
}

fn batch(operations: &[Operation<'_>]) -> Batch {
    let mut batch = Batch::new();
    for (family, key, value) in operations {
        match value {
            Some(value) => batch.put(*family, *key, *value),
            None => batch.delete(*family, *key),
        }
    }
    batch
}

fn an_empty_store_answers_nothing(store: &impl OrderedStore) {
    for family in Family::ALL {
        assert_eq!(store.get(family, b"a").unwrap(), None);
        assert_eq!(store.cursor(family).seek(b"").unwrap(), None);
        assert_eq!(store.cursor(family).seek_back(b"z").unwrap(), None);
        assert_eq!(store.cursor(family).next().unwrap(), None);
        assert_eq!(store.iterate(family, b"").count(), 0);
    }
    store.write(&Batch::new(), true).unwrap();
}

fn families_are_apart(store: &impl OrderedStore) {
    for family in Family::ALL {
        store.write(&batch(&[(family, b"key", Some(family.name().as_bytes()))]), false).unwrap();
    }
    for family in Family::ALL {
        assert_eq!(store.get(family, b"key").unwrap().unwrap(), family.name().as_bytes());
        assert_eq!(store.iterate(family, b"").count(), 1);
    }
}

fn the_last_change_of_a_key_wins(store: &impl OrderedStore) {
    let family = Family::State;
    store
        .write(
            &batch(&[
                (family, b"a", Some(b"1")),
                (family, b"a", None),
                (family, b"a", Some(b"")),
                (family, b"b", None),
            ]),
            true,
        )
        .unwrap();
    assert_eq!(store.get(family, b"a").unwrap(), Some(vec![]));
    store.write(&batch(&[(family, b"a", Some(b"2")), (family, b"a", None)]), true).unwrap();
    assert_eq!(store.get(family, b"a").unwrap(), None);
    assert_eq!(store.get_many(family, &[b"a", b"b"]).unwrap(), [None, None]);
}

fn cursors_go_both_ways(store: &impl OrderedStore) {
    let family = Family::Undo;
    let entry = |key: &[u8]| Some((key.to_vec(), b"v".to_vec()));
    store
        .write(
            &batch(&[
                (family, b"", Some(b"v")),
                (family, b"b\0", Some(b"v")),
                (family, b"b", Some(b"v")),
                (family, b"d", Some(b"v")),
            ]),
            false,
        )
        .unwrap();
    let mut cursor = store.cursor(family);
    assert_eq!(cursor.seek(b"a").unwrap(), entry(b"b"));
    assert_eq!(cursor.next().unwrap(), entry(b"b\0"));
    assert_eq!(cursor.seek(b"e").unwrap(), None);
    assert_eq!(cursor.next().unwrap(), None);
    assert_eq!(cursor.seek_back(b"e").unwrap(), entry(b"d"));
    assert_eq!(cursor.seek_back(b"d").unwrap(), entry(b"d"));
    assert_eq!(cursor.seek_back(b"c").unwrap(), entry(b"b\0"));
    assert_eq!(cursor.next().unwrap(), entry(b"d"));
    assert_eq!(cursor.next().unwrap(), None);
    assert_eq!(cursor.seek(b"").unwrap(), entry(b""));
    assert_eq!(store.last_at(family, b"b").unwrap(), entry(b"b"));
}

fn a_snapshot_and_a_cursor_see_one_moment(store: &impl OrderedStore) {
    let family = Family::Nodes;
    store.write(&batch(&[(family, b"a", Some(b"1")), (family, b"b", Some(b"1"))]), true).unwrap();
    let snapshot = store.snapshot().unwrap();
    let mut cursor = store.cursor(family);
    store.write(&batch(&[(family, b"a", Some(b"2")), (family, b"b", None), (family, b"c", Some(b"2"))]), true).unwrap();
    store.write(&batch(&[(family, b"a", None)]), true).unwrap();
    assert_eq!(snapshot.get(family, b"a").unwrap(), Some(b"1".to_vec()));
    assert_eq!(
        snapshot.get_many(family, &[b"a", b"b", b"c"]).unwrap(),
        [Some(b"1".to_vec()), Some(b"1".to_vec()), None]
    );
    let seen: Vec<_> = snapshot.iterate(family, b"").map(Result::unwrap).collect();
    assert_eq!(seen, [(b"a".to_vec(), b"1".to_vec()), (b"b".to_vec(), b"1".to_vec())]);
    assert_eq!(cursor.seek(b"").unwrap(), Some((b"a".to_vec(), b"1".to_vec())));
    assert_eq!(cursor.next().unwrap(), Some((b"b".to_vec(), b"1".to_vec())));
    assert_eq!(cursor.next().unwrap(), None);
    drop(cursor);
    drop(snapshot);
    assert_eq!(store.iterate(family, b"").map(Result::unwrap).collect::<Vec<_>>(), [(b"c".to_vec(), b"2".to_vec())]);
}

fn synced_batches_are_there_again<S: OrderedStore>(store: S, again: &impl Fn(S) -> S) {
    for number in 0..50_u8 {
        store
            .write(
                &batch(&[
                    (Family::Headers, &[number], Some(&[number; 1000])),
                    (Family::Meta, b"head", Some(&[number])),
                ]),
                true,
            )
            .unwrap();
    }
    store.write(&batch(&[(Family::Headers, &[50], Some(&[50]))]), false).unwrap();
    store.sync().unwrap();
    let store = again(store);
    assert_eq!(store.iterate(Family::Headers, b"").count(), 51);
    assert_eq!(store.get(Family::Meta, b"head").unwrap(), Some(vec![49]));
}

fn it_is_an_ordered_map<S: OrderedStore>(fresh: &impl Fn() -> S) {
    let family = prop_oneof![Just(Family::State), Just(Family::Undo), Just(Family::Nodes)];
    let key = proptest::collection::vec(prop_oneof![Just(0_u8), Just(1), Just(255)], 0..4);
    let operation = (family, key, proptest::option::of(proptest::collection::vec(any::<u8>(), 0..3)));
    let batches = proptest::collection::vec((proptest::collection::vec(operation, 0..20), any::<bool>()), 1..12);
    let mut runner = TestRunner::new(ProptestConfig { cases: 24, ..ProptestConfig::default() });
    runner
        .run(&batches, |batches| {
            let store = fresh();
            let mut model = Model::new();
            let mut moments = Vec::new();
            for (operations, sync) in batches {
                let mut batch = Batch::new();
                for (family, key, value) in operations {
                    match value {
                        Some(value) => {
                            batch.put(family, key.clone(), value.clone());
                            model.insert((family, key), value);
                        }
                        None => {
                            batch.delete(family, key.clone());
                            model.remove(&(family, key));
                        }
                    }
                }
                store.write(&batch, sync).unwrap();
                compare(&store, &model);
                moments.push((store.snapshot().unwrap(), model.clone()));
            }
            moments.iter().for_each(|(snapshot, model)| compare(snapshot, model));
            Ok(())
        })
        .unwrap();
}

fn compare(reads: &impl Reads, model: &Model) {
    for family in [Family::State, Family::Undo, Family::Nodes] {
        let all: Vec<_> = reads.iterate(family, b"").map(Result::unwrap).collect();
        let expected: Vec<_> = model
            .iter()
            .filter(|((own, _), _)| *own == family)
            .map(|((_, key), value)| (key.clone(), value.clone()))
            .collect();
        assert_eq!(all, expected);
        for probe in [&[][..], &[0], &[0, 255], &[1, 1], &[255, 255, 255]] {
            assert_eq!(reads.get(family, probe).unwrap(), model.get(&(family, probe.to_vec())).cloned());
            let at = expected.iter().find(|(key, _)| key.as_slice() >= probe).cloned();
            assert_eq!(reads.cursor(family).seek(probe).unwrap(), at);
            let back = expected.iter().rev().find(|(key, _)| key.as_slice() <= probe).cloned();
            assert_eq!(reads.last_at(family, probe).unwrap(), back);
        }
    }
}

#[test]
fn the_simulated_disk_conforms() {
    conform(|| SimulatedDisk::new(1), |disk| disk.crash());
}

#[test]
fn rocksdb_conforms() {
    let home = tempfile::tempdir().unwrap();
    let count = std::cell::Cell::new(0);
    let fresh = || {
        count.set(count.get() + 1);
        RocksStore::open(home.path().join(count.get().to_string())).unwrap()
    };
    let again = |store: RocksStore| {
        let path = store.path().to_path_buf();
        drop(store);
        RocksStore::open(path).unwrap()
    };
    conform(fresh, again);
}
