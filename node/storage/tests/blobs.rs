//! Blobs on disks that crash, and what is counted of them.
#![allow(missing_docs)]

mod support;

use icn_blob::{limits::CHUNK_BYTES, BlobError, Block, Root};
use icn_dag::Cid;
use icn_storage::{
    layout::Account, ChainStore, Family, Fault, Options, OrderedStore, Pin, Reads, RocksStore, SimulatedDisk,
    StorageError,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use support::{blob, create, noise, owner, put_blob, state};

const NOW: u64 = 1_000;

fn chain() -> ChainStore<SimulatedDisk> {
    create(SimulatedDisk::new(1), state("a=1"), Options::default())
}

/// All bytes of a blob that is here.
fn read<S: OrderedStore>(chain: &ChainStore<S>, root: &Cid) -> Result<Vec<u8>, StorageError> {
    let reader = chain.blobs().open(root)?;
    let size = reader.root().size;
    Ok(reader.bytes(0..size)?)
}

fn assert_clean<S: OrderedStore>(chain: &ChainStore<S>) {
    let report = chain.check(&mut |_| {}).unwrap();
    assert!(report.is_clean(), "{:?}", report.findings);
}

fn entries(chain: &ChainStore<SimulatedDisk>) -> usize {
    let blobs = [Family::BlobBlocks, Family::BlobIndex];
    chain.store().contents().into_iter().filter(|(family, ..)| blobs.contains(family)).count()
}

/// What every store must do with blobs.
fn conform<S: OrderedStore>(chain: &ChainStore<S>) {
    let blobs = chain.blobs();
    let bytes = noise(1, 2 * CHUNK_BYTES + 5);
    let (root, blocks) = blob(&bytes);
    let mut staging = blobs.begin();
    for block in &blocks {
        blobs.stage(&mut staging, block).unwrap();
        assert_eq!(blobs.block(&block.cid()).unwrap(), None, "a block of what is not whole is nobody's");
        assert!(matches!(blobs.open(&root.cid), Err(StorageError::Blob(BlobError::Missing(_)))));
    }
    assert!(blobs.finish(&staging, &root, Some(&owner(1)), NOW).unwrap());
    assert_eq!(read(chain, &root.cid).unwrap(), bytes);
    assert_eq!(blobs.open(&root.cid).unwrap().bytes(CHUNK_BYTES - 2..CHUNK_BYTES + 3).unwrap().len(), 5);
    assert_eq!(blobs.block(&blocks[0].cid()).unwrap().as_deref(), Some(blocks[0].bytes()));
    assert!(!put_blob(chain, &(root, blocks), Some(&owner(2)), NOW).unwrap(), "it is no news");
    let (first, second) = (owner(1), owner(2));
    let used = |account| blobs.used(account).unwrap();
    assert_eq!(used(Account::All), root.size);
    assert_eq!(used(Account::Nobody), 0);
    assert_eq!((used(Account::Owner(&first)), used(Account::Owner(&second))), (root.size, root.size));
    assert_eq!(blobs.holders(&root.cid, 10).unwrap().len(), 2);
    assert_clean(chain);
    assert!(blobs.remove(&root.cid).unwrap());
    assert!(!blobs.remove(&root.cid).unwrap());
    assert_eq!((used(Account::All), used(Account::Owner(&first))), (0, 0));
    assert!(blobs.list(None, 10).unwrap().is_empty());
    assert_clean(chain);
}

#[test]
fn a_blob_is_here_when_it_is_whole_on_a_simulated_disk_and_on_rocksdb() {
    let simulated = chain();
    conform(&simulated);
    assert_eq!(entries(&simulated), 0);
    let home = tempfile::tempdir().unwrap();
    conform(&create(RocksStore::open(home.path()).unwrap(), state("a=1"), Options::default()));
}

/// A put of a blob that shares chunks with one that is here, cut by a crash after each number of operations: the other is whole in the
/// end, and this one is here with all its blocks, or nothing of it is.
#[test]
fn a_crash_while_a_blob_is_put_leaves_all_of_it_or_nothing() {
    let shared = noise(1, CHUNK_BYTES);
    let other = [&shared[..], &noise(2, 10)].concat();
    let bytes = [&shared[..], &noise(3, CHUNK_BYTES), &shared[..], &noise(4, 3)].concat();
    let (mut lost, mut kept) = (0, 0);
    for operations in 0.. {
        let disk = SimulatedDisk::new(operations);
        let chain = create(disk.clone(), state("a=1"), Options::default());
        put_blob(&chain, &blob(&other), None, NOW).unwrap();
        let before = entries(&chain);
        disk.fail_after(operations, Fault::Io);
        let (root, blocks) = blob(&bytes);
        let put = put_blob(&chain, &(root, blocks), Some(&owner(1)), NOW);
        let chain = ChainStore::open(disk.crash(), Options::default()).unwrap().unwrap();
        assert_clean(&chain);
        chain.blobs().collect_interrupted().unwrap();
        assert_clean(&chain);
        assert_eq!(read(&chain, &blob(&other).0.cid).unwrap(), other);
        match chain.blobs().info(&root.cid).unwrap() {
            Some(_) => {
                kept += 1;
                assert_eq!(read(&chain, &root.cid).unwrap(), bytes);
            }
            None => {
                lost += 1;
                assert!(put.is_err(), "what was said to be here is not");
                assert_eq!(entries(&chain), before, "something is left of it");
            }
        }
        if put.is_ok() {
            break;
        }
    }
    assert!(lost > 5 && kept > 0, "{lost} {kept}");
}

#[test]
fn an_interrupted_put_is_collected_and_leaves_what_others_need() {
    let chain = chain();
    let blobs = chain.blobs();
    let (shared, own) = (noise(1, CHUNK_BYTES), noise(2, CHUNK_BYTES));
    let (_, blocks) = blob(&[&shared[..], &own].concat());
    let (mut first, mut second) = (blobs.begin(), blobs.begin());
    for block in &blocks {
        blobs.stage(&mut first, block).unwrap();
    }
    blobs.stage(&mut second, &blocks[0]).unwrap();
    blobs.abandon(&first).unwrap();
    let left = |block: &Block| chain.store().get(Family::BlobBlocks, block.cid().as_bytes()).unwrap().is_some();
    assert!(left(&blocks[0]) && !left(&blocks[1]) && !left(&blocks[2]));
    let whole = blob(&shared);
    put_blob(&chain, &whole, None, NOW).unwrap();
    assert_eq!(blobs.collect_interrupted().unwrap(), 1);
    assert_eq!(read(&chain, &whole.0.cid).unwrap(), shared);
    blobs.remove(&whole.0.cid).unwrap();
    assert_eq!(entries(&chain), 0);
}

#[test]
fn a_corrupt_block_is_an_error_in_every_read_and_found_by_the_check() {
    let bytes = noise(1, 2 * CHUNK_BYTES);
    let (root, blocks) = blob(&bytes);
    for block in &blocks {
        let chain = chain();
        put_blob(&chain, &(root, blocks.clone()), None, NOW).unwrap();
        assert!(chain.store().flip_bit(Family::BlobBlocks, block.cid().as_bytes(), 77));
        let corrupt = |error: StorageError| match error {
            StorageError::Blob(BlobError::CorruptBlob(cid)) => assert_eq!(cid, block.cid()),
            other => panic!("{other:?}"),
        };
        corrupt(read(&chain, &root.cid).unwrap_err());
        corrupt(chain.blobs().block(&block.cid()).unwrap_err());
        assert!(!chain.check(&mut |_| {}).unwrap().is_clean());
        // Whoever puts it again mends it.
        assert!(!put_blob(&chain, &(root, blocks.clone()), None, NOW).unwrap());
        assert_eq!(read(&chain, &root.cid).unwrap(), bytes);
        assert_clean(&chain);
    }
}

#[test]
fn pins_say_who_until_when_and_what_is_idle() {
    let chain = chain();
    let blobs = chain.blobs();
    let (root, _) = support::small_blob();
    let pin = |owner, until| Pin { owner, until, reason: "the logo".into() };
    assert!(blobs.pin(&root.cid, &pin(None, None)).is_err(), "it is not here");
    put_blob(&chain, &support::small_blob(), Some(&owner(1)), NOW).unwrap();
    let idle = || blobs.info(&root.cid).unwrap().unwrap().idle_since;
    assert_eq!(idle(), Some(NOW));
    blobs.pin(&root.cid, &pin(None, Some(NOW + 10))).unwrap();
    blobs.pin(&root.cid, &pin(Some(owner(2)), None)).unwrap();
    assert_eq!(idle(), None);
    assert!(blobs.pins(&root.cid).unwrap()[0].holds(NOW + 9) && !blobs.pins(&root.cid).unwrap()[0].holds(NOW + 10));
    assert!(blobs.unpin(&root.cid, None, NOW + 5).unwrap());
    assert!(!blobs.unpin(&root.cid, None, NOW + 5).unwrap());
    assert_eq!(idle(), None, "the other pins it still");
    assert!(blobs.unpin(&root.cid, Some(&owner(2)), NOW + 6).unwrap());
    assert_eq!(idle(), Some(NOW + 6));
    assert_clean(&chain);
}

#[test]
fn what_nobody_put_is_charged_to_nobody_until_an_owner_holds_it() {
    let chain = chain();
    let blobs = chain.blobs();
    let whole = blob(&noise(1, 100));
    put_blob(&chain, &whole, None, NOW).unwrap();
    assert_eq!(blobs.used(Account::Nobody).unwrap(), 100);
    assert!(blobs.hold(&whole.0.cid, &owner(1), NOW).unwrap());
    assert!(!blobs.hold(&whole.0.cid, &owner(1), NOW + 5).unwrap());
    let idle = || blobs.info(&whole.0.cid).unwrap().unwrap().idle_since;
    assert_eq!(idle(), Some(NOW + 5), "who puts it again gives it time");
    put_blob(&chain, &whole, None, NOW + 9).unwrap();
    assert_eq!(idle(), Some(NOW + 9));
    assert!(blobs.is_held(&whole.0.cid).unwrap() && blobs.is_held_by(&whole.0.cid, &owner(1)).unwrap());
    assert!(!blobs.is_held_by(&whole.0.cid, &owner(2)).unwrap());
    assert_eq!(blobs.used(Account::Nobody).unwrap(), 0);
    assert_eq!(blobs.used(Account::Owner(&owner(1))).unwrap(), 100);
    assert_eq!(blobs.used(Account::All).unwrap(), 100);
    assert!(blobs.hold(&blob(b"unknown").0.cid, &owner(1), NOW).is_err());
    assert_clean(&chain);
}

#[test]
fn what_a_record_links_to_is_known_with_the_record_and_forgotten_with_it() {
    let chain = chain();
    let (root, _) = support::small_blob();
    let linking = || chain.records().linking_to(&root.cid, 10).unwrap().into_iter().collect::<BTreeSet<_>>();
    assert!(linking().is_empty());
    let nodes = support::with_records(&chain);
    assert_eq!(linking(), nodes[1..].iter().map(|node| node.cid()).collect());
    chain.records().forget([&nodes[3]]).unwrap();
    assert_eq!(linking(), nodes[1..3].iter().map(|node| node.cid()).collect(), "those that are final");
    assert_clean(&chain);
}

#[derive(Clone, Debug)]
enum Step {
    Put { blob: usize, owner: u8, whole: bool },
    Hold { blob: usize, owner: u8 },
    Remove { blob: usize },
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..5_usize, 0..3_u8, any::<bool>()).prop_map(|(blob, owner, whole)| Step::Put { blob, owner, whole }),
        1 => (0..5_usize, 1..3_u8).prop_map(|(blob, owner)| Step::Hold { blob, owner }),
        2 => (0..5_usize).prop_map(|blob| Step::Remove { blob }),
        1 => Just(Step::Restart),
    ]
}

/// Blobs that share chunks in all ways.
fn samples() -> Vec<(Root, Vec<Block>)> {
    let (a, b) = (noise(1, CHUNK_BYTES), noise(2, CHUNK_BYTES));
    let all = [a.clone(), [&a[..], &b].concat(), [&b[..], &a].concat(), [&a[..], &a, &b].concat(), vec![1]];
    all.iter().map(|bytes| blob(bytes)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn blocks_are_here_exactly_while_a_blob_has_them(steps in proptest::collection::vec(step(), 1..30)) {
        let samples = samples();
        let mut chain = chain();
        let mut model: BTreeMap<usize, BTreeSet<u8>> = BTreeMap::new();
        let of = |number: u8| (number > 0).then(|| owner(number));
        for step in steps {
            match step {
                Step::Put { blob, owner, whole } => {
                    let (root, blocks) = &samples[blob];
                    let mut staging = chain.blobs().begin();
                    for block in blocks {
                        chain.blobs().stage(&mut staging, block).unwrap();
                    }
                    if whole {
                        let news = chain.blobs().finish(&staging, root, of(owner).as_ref(), NOW).unwrap();
                        prop_assert_eq!(news, !model.contains_key(&blob));
                        model.entry(blob).or_default().extend((owner > 0).then_some(owner));
                    } else {
                        chain.blobs().abandon(&staging).unwrap();
                    }
                }
                Step::Hold { blob, owner } => {
                    let held = chain.blobs().hold(&samples[blob].0.cid, &support::owner(owner), NOW);
                    match model.get_mut(&blob) {
                        Some(owners) => prop_assert_eq!(held.unwrap(), owners.insert(owner)),
                        None => prop_assert!(held.is_err()),
                    }
                }
                Step::Remove { blob } => {
                    let removed = chain.blobs().remove(&samples[blob].0.cid).unwrap();
                    prop_assert_eq!(removed, model.remove(&blob).is_some());
                }
                Step::Restart => {
                    let disk = chain.store().restart();
                    chain = ChainStore::open(disk, Options::default()).unwrap().unwrap();
                    prop_assert_eq!(chain.blobs().collect_interrupted().unwrap(), 0);
                }
            }
            let expected: BTreeSet<Cid> =
                model.keys().flat_map(|blob| samples[*blob].1.iter().map(Block::cid)).collect();
            let stored: BTreeSet<Cid> = chain
                .store()
                .iterate(Family::BlobBlocks, b"")
                .map(|entry| Cid::try_from(&entry.unwrap().0[..]).unwrap())
                .collect();
            prop_assert_eq!(stored, expected);
            for number in 1..3 {
                let of_owner = model.iter().filter(|(_, owners)| owners.contains(&number));
                let used: u64 = of_owner.map(|(blob, _)| samples[*blob].0.size).sum();
                prop_assert_eq!(chain.blobs().used(Account::Owner(&owner(number))).unwrap(), used);
            }
            assert_clean(&chain);
        }
    }
}

#[test]
fn the_list_goes_on_behind_its_last_entry() {
    let chain = chain();
    for (number, sample) in (0..7_u8).map(|number| (number, blob(&[number]))) {
        put_blob(&chain, &sample, None, number.into()).unwrap();
    }
    let all = chain.blobs().list(None, 100).unwrap();
    assert_eq!(all.len(), 7);
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = chain.blobs().list(after.as_ref(), 3).unwrap();
        after = page.last().map(|(root, _)| *root);
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged, all);
}
