//! Walks over random DAGs against a model that looks at everything; lists, order and retention of records.
#![allow(missing_docs)]

mod support;

use icn_dag::{Cid, Did, Node};
use icn_storage::{
    layout::RecordKey,
    ordered_store::{Cursor, KeyValue},
    records::{Bounds, Reached, Records},
    Batch, ChainStore, Family, Finding, Keep, Options, OrderedStore, Query, QueryKey, Reads, SimulatedDisk, Standing,
    StorageError,
};
use proptest::{collection::vec, prelude::*};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        atomic::{AtomicUsize, Ordering},
        Arc,
    },
};

const OPTIONS: Options = Options { state_history: Keep::All, block_history: Keep::All };
const ALL: Bounds = Bounds { count: usize::MAX, depth: u32::MAX };

fn chain() -> ChainStore<SimulatedDisk> {
    support::create(SimulatedDisk::new(1), support::state("a=1"), OPTIONS)
}

fn dag() -> Did {
    Did::of_hash("test", &[1; 32]).expect("a network")
}

/// Records, each after those before it that it follows. Some have one time.
fn records(shape: &[Vec<usize>]) -> Vec<Node> {
    let mut nodes = vec![support::record_at(1, 0, &[], 1_000, 0, &[])];
    for (number, parents) in (1..).zip(shape) {
        let parents: Vec<&Node> = parents.iter().map(|parent| &nodes[parent % nodes.len()]).collect();
        let node = support::record_at((number % 5) as u8, number, &parents, 1_000 + number / 4, 0, &[]);
        nodes.push(node);
    }
    nodes
}

fn shapes() -> impl Strategy<Value = Vec<Vec<usize>>> {
    vec(vec(any::<usize>(), 1..4), 0..32)
}

/// What everything follows.
struct Model(BTreeMap<Cid, BTreeSet<Cid>>);

impl Model {
    fn of(nodes: &[Node]) -> Self {
        Self(nodes.iter().map(|node| (node.cid(), node.header().parents.iter().copied().collect())).collect())
    }

    fn parents(&self, cid: &Cid) -> BTreeSet<Cid> {
        self.0[cid].clone()
    }

    fn children(&self, cid: &Cid) -> BTreeSet<Cid> {
        self.0.iter().filter(|(_, parents)| parents.contains(cid)).map(|(child, _)| *child).collect()
    }

    /// All records that are reached, with the fewest steps.
    fn reach(&self, start: &Cid, step: impl Fn(&Self, &Cid) -> BTreeSet<Cid>) -> BTreeMap<Cid, u32> {
        let (mut depths, mut level) = (BTreeMap::new(), BTreeSet::from([*start]));
        for depth in 1.. {
            level = level.iter().flat_map(|cid| step(self, cid)).collect();
            level.retain(|cid| !depths.contains_key(cid));
            if level.is_empty() {
                return depths;
            }
            depths.extend(level.iter().map(|cid| (*cid, depth)));
        }
        depths
    }

    fn ancestors_and_self(&self, cid: &Cid) -> BTreeSet<Cid> {
        self.reach(cid, Self::parents).into_keys().chain([*cid]).collect()
    }

    fn lowest_common(&self, one: &Cid, other: &Cid) -> Vec<Cid> {
        let common: BTreeSet<Cid> =
            self.ancestors_and_self(one).intersection(&self.ancestors_and_self(other)).copied().collect();
        let is_above = |cid: &Cid| common.iter().any(|below| self.reach(below, Self::parents).contains_key(cid));
        common.iter().filter(|cid| !is_above(cid)).copied().collect()
    }
}

fn depths(reached: &[Reached]) -> BTreeMap<Cid, u32> {
    reached.iter().map(|one| (one.cid, one.depth)).collect()
}

fn check_walks(records: &Records<'_, SimulatedDisk>, model: &Model, start: &Cid) {
    type Step = fn(&Model, &Cid) -> BTreeSet<Cid>;
    for (way, step) in [(true, Model::parents as Step), (false, Model::children as Step)] {
        let walk = |bounds| match way {
            true => records.ancestors(start, bounds).expect("read"),
            false => records.descendants(start, bounds).expect("read"),
        };
        let expected = model.reach(start, step);
        let all = walk(ALL);
        assert!(all.complete);
        assert_eq!(depths(&all.reached), expected);
        assert!(all.reached.is_sorted_by_key(|one| one.depth), "the nearest first");
        for count in [0, 1, expected.len() / 2, expected.len()] {
            let some = walk(Bounds { count, ..ALL });
            assert_eq!(some.reached[..], all.reached[..count.min(all.reached.len())]);
            assert_eq!(some.complete, count >= expected.len());
        }
        for depth in 0..3 {
            let near = walk(Bounds { depth, ..ALL });
            let within: BTreeMap<_, _> =
                expected.iter().filter(|(_, at)| **at <= depth).map(|(cid, at)| (*cid, *at)).collect();
            assert_eq!(near.complete, within.len() == expected.len());
            assert_eq!(depths(&near.reached), within);
        }
    }
}

fn check_pair(records: &Records<'_, SimulatedDisk>, model: &Model, one: &Cid, other: &Cid) {
    let up = model.reach(one, Model::parents).get(other).copied();
    let steps =
        if one == other { Some(0) } else { up.or_else(|| model.reach(other, Model::parents).get(one).copied()) };
    let path = records.path(one, other, usize::MAX).expect("read");
    assert!(path.complete);
    assert_eq!(path.records.as_ref().map(|records| records.len() as u32 - 1), steps);
    if let Some(found) = path.records {
        assert_eq!((found.first(), found.last()), (Some(one), Some(other)));
        let follows = |pair: &[Cid]| model.0[&pair[0]].contains(&pair[1]) || model.0[&pair[1]].contains(&pair[0]);
        assert!(found.windows(2).all(follows));
    }
    let common = records.common_ancestors(one, other, usize::MAX).expect("read");
    assert!(common.complete);
    assert_eq!(common.lowest, model.lowest_common(one, other));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn walks_are_those_of_the_whole_graph(shape in shapes(), held in any::<u32>()) {
        let (chain, nodes) = (chain(), records(&shape));
        // Some records are known by their entry only.
        let here = |index: usize| held >> (index % 32) & 1 == 1;
        for (index, node) in nodes.iter().enumerate().filter(|(index, _)| here(*index)) {
            chain.records().put(node, Standing::Waits).expect("the store works");
            prop_assert!(chain.records().has(&nodes[index].cid()).expect("read"));
        }
        support::anchor(&chain, &nodes.iter().collect::<Vec<_>>());
        let (records, model) = (chain.records(), Model::of(&nodes));
        let cids: Vec<Cid> = nodes.iter().map(Node::cid).collect();
        for cid in &cids {
            check_walks(&records, &model, cid);
        }
        for (one, other) in cids.iter().flat_map(|one| cids.iter().map(move |other| (one, other))) {
            check_pair(&records, &model, one, other);
        }
        let order: Vec<_> = (0..).zip(cids.iter().copied()).collect();
        prop_assert_eq!(records.order(&dag(), 0, usize::MAX).expect("read"), order.clone());
        prop_assert_eq!(&records.order(&dag(), 2, 3).expect("read")[..], order.get(2..).map_or(&[][..], |rest| &rest[..rest.len().min(3)]));
        let tips: BTreeSet<Cid> = cids.iter().filter(|cid| model.children(cid).is_empty()).copied().collect();
        prop_assert_eq!(records.tips(&dag(), usize::MAX).expect("read"), tips.into_iter().collect::<Vec<_>>());
        let clean = chain.check(&mut |_| {}).expect("read").is_clean();
        prop_assert!(clean);
    }
}

#[test]
fn a_bound_that_is_met_is_told() {
    let (chain, nodes) = (chain(), records(&vec![vec![0]; 6]));
    support::anchor(&chain, &nodes.iter().collect::<Vec<_>>());
    let records = chain.records();
    let line: Vec<Node> = {
        let mut line = vec![nodes[0].clone()];
        for seq in 10..30 {
            line.push(support::record_at(7, seq, &[&line[line.len() - 1]], 2_000, 0, &[]));
        }
        line
    };
    support::anchor(&chain, &line[1..].iter().collect::<Vec<_>>());
    let (first, last) = (line[0].cid(), line[20].cid());
    let path = records.path(&last, &first, 10).expect("read");
    assert_eq!((path.records, path.complete), (None, false));
    assert_eq!(records.path(&last, &first, 30).expect("read").records.map(|path| path.len()), Some(21));
    let common = records.common_ancestors(&last, &nodes[6].cid(), 5).expect("read");
    assert!(common.lowest.is_empty() && !common.complete);
    let common = records.common_ancestors(&last, &nodes[6].cid(), 50).expect("read");
    assert_eq!((common.lowest, common.complete), (vec![first], true));
    let stranger = support::record_of(9, 0, &[]).cid();
    assert!(!records.is_known(&stranger).expect("read") && records.is_known(&last).expect("read"));
    assert!(!records.ancestors(&stranger, ALL).expect("read").complete);
    assert!(!records.path(&last, &stranger, 50).expect("read").complete);
    assert!(!records.common_ancestors(&last, &stranger, 50).expect("read").complete);
}

#[test]
fn records_are_found_by_what_they_refer_to_while_they_are_here() {
    let chain = chain();
    let first = support::record_at(1, 0, &[], 1_000, 0, &[]);
    let about = support::record_at(1, 1, &[&first], 1_001, 0, &[first.cid()]);
    let later = support::record_at(1, 2, &[&about], 1_002, 0, &[first.cid(), about.cid()]);
    for node in [&first, &about, &later] {
        chain.records().put(node, Standing::Waits).expect("the store works");
    }
    let query = |cid: Cid, limit, after| {
        let query = Query { key: QueryKey::Referring(cid), times: 0..=u64::MAX, after, limit };
        chain.records().query(&query).expect("read")
    };
    let (one, other) = ((1_001, about.cid()), (1_002, later.cid()));
    assert_eq!(query(first.cid(), 9, None), [one, other]);
    assert_eq!(query(first.cid(), 1, None), [one]);
    assert_eq!(query(first.cid(), 9, Some(one)), [other]);
    assert_eq!(query(about.cid(), 9, None), [other]);
    chain.records().forget([&later]).expect("the store works");
    assert_eq!(query(first.cid(), 9, None), [one]);
    assert!(chain.check(&mut |_| {}).expect("read").is_clean());
}

/// A line of records, two of each epoch from 0 to 2, of which the last is not here.
fn epochs(chain: &ChainStore<SimulatedDisk>) -> Vec<Node> {
    let mut nodes = vec![support::record_at(1, 0, &[], 1_000, 0, &[])];
    for seq in 1..6 {
        nodes.push(support::record_at(1, seq, &[&nodes[nodes.len() - 1]], 1_000 + seq, seq / 2, &[]));
    }
    for node in &nodes[..5] {
        chain.records().put(node, Standing::Waits).expect("the store works");
    }
    support::anchor(chain, &nodes.iter().collect::<Vec<_>>());
    nodes
}

#[test]
fn old_records_go_and_what_is_known_of_them_stays() {
    let chain = chain();
    let nodes = epochs(&chain);
    let records = chain.records();
    let here = || nodes.iter().map(|node| records.has(&node.cid()).expect("read")).collect::<Vec<_>>();
    assert_eq!(records.prune(0, 9).expect("written"), 0);
    assert_eq!(records.prune(2, 3).expect("written"), 3);
    // By epoch and name: of the two of epoch 1, the one with the lower name goes first.
    let second_goes = nodes[2].cid() < nodes[3].cid();
    assert_eq!(here(), [false, false, !second_goes, second_goes, true, false]);
    assert_eq!(records.prune(2, 3).expect("written"), 1);
    assert_eq!(here(), [false, false, false, false, true, false]);
    assert_eq!(records.ancestors(&nodes[5].cid(), ALL).expect("read").reached.len(), 5);
    assert!(records.prove_inclusion(&dag(), 0, 6).is_ok());
    assert!(records.anchored(&nodes[0].cid()).expect("read").is_some());
    let logo = support::small_blob().0.cid;
    assert_eq!(records.linking_to(&logo, 9).expect("read"), [nodes[4].cid()]);
    // What went is not asked for again; it may be put again, and goes again.
    assert_eq!(records.lacking(0, None, 9).expect("read"), [(2, nodes[5].cid())]);
    assert!(chain.check(&mut |_| {}).expect("read").is_clean());
    records.put(&nodes[0], Standing::Final).expect("written");
    assert!(here()[0] && chain.check(&mut |_| {}).expect("read").is_clean());
    assert_eq!(records.prune(1, 9).expect("written"), 1);
}

#[test]
fn what_a_record_follows_that_is_not_here_is_missed_when_it_is_lost() {
    let chain = chain();
    let nodes = epochs(&chain);
    let key = RecordKey::Links { time: 1_005, cid: nodes[5].cid() }.to_bytes();
    assert!(chain.store().get(Family::RecordIndex, &key).expect("read").is_some());
    let mut batch = Batch::new();
    batch.delete(Family::RecordIndex, key.clone());
    chain.store().write(&batch, true).expect("written");
    let found = chain.check(&mut |_| {}).expect("read").findings;
    let is_missed =
        |finding: &Finding| matches!(finding, Finding::Record(StorageError::Missing { key: lost, .. }) if *lost == key);
    assert!(found.iter().any(is_missed), "{found:?}");
}

#[test]
fn what_is_lacking_is_told_by_epoch_until_it_is_here() {
    let chain = chain();
    let mut nodes = vec![support::record_at(1, 0, &[], 1_000, 0, &[])];
    for seq in 1..6 {
        nodes.push(support::record_at(1, seq, &[&nodes[nodes.len() - 1]], 1_000 + seq, seq / 2, &[]));
    }
    support::anchor(&chain, &nodes.iter().collect::<Vec<_>>());
    let records = chain.records();
    let all = records.lacking(0, None, 9).expect("read");
    assert_eq!(all.iter().map(|(epoch, _)| *epoch).collect::<Vec<_>>(), [0, 0, 1, 1, 2, 2]);
    assert_eq!(records.lacking(0, Some(all[1]), 3).expect("read"), all[2..5]);
    assert_eq!(records.lacking(2, Some(all[1]), 9).expect("read"), all[4..]);
    assert_eq!((records.count_lacking(1, 9).expect("read"), records.count_lacking(0, 2).expect("read")), (4, 2));
    for standing in [Standing::Final, Standing::Listed, Standing::Waits] {
        let (_, next) = records.lacking(0, None, 1).expect("read")[0];
        let node = nodes.iter().find(|node| node.cid() == next).expect("one of them");
        records.put(node, standing).expect("written");
        assert!(chain.check(&mut |_| {}).expect("read").is_clean());
    }
    assert_eq!(records.lacking(0, None, 9).expect("read"), all[3..]);
    assert!(records.waiting().expect("read").is_empty() && records.proposed().expect("read").is_empty());
}

/// A store that counts the entries that are read of it.
struct Counting {
    disk: SimulatedDisk,
    reads: Arc<AtomicUsize>,
}

struct CountingCursor<'a>(Box<dyn Cursor + 'a>, &'a AtomicUsize);

impl Cursor for CountingCursor<'_> {
    fn seek(&mut self, key: &[u8]) -> Result<Option<KeyValue>, StorageError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.seek(key)
    }

    fn seek_back(&mut self, key: &[u8]) -> Result<Option<KeyValue>, StorageError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.seek_back(key)
    }

    fn next(&mut self) -> Result<Option<KeyValue>, StorageError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.next()
    }
}

impl Reads for Counting {
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.disk.get(family, key)
    }

    fn cursor(&self, family: Family) -> Box<dyn Cursor + '_> {
        Box::new(CountingCursor(self.disk.cursor(family), &self.reads))
    }
}

impl OrderedStore for Counting {
    type Snapshot = <SimulatedDisk as OrderedStore>::Snapshot;

    fn write(&self, batch: &Batch, sync: bool) -> Result<(), StorageError> {
        self.disk.write(batch, sync)
    }

    fn sync(&self) -> Result<(), StorageError> {
        self.disk.sync()
    }

    fn snapshot(&self) -> Result<Self::Snapshot, StorageError> {
        self.disk.snapshot()
    }
}

/// Entries that are read by each kind of walk from the middle of a ladder of so many records: two lines that follow each other.
fn reads_of_walks(count: u64) -> Vec<usize> {
    let reads = Arc::new(AtomicUsize::new(0));
    let store = Counting { disk: SimulatedDisk::new(1), reads: reads.clone() };
    let chain = support::create(store, support::state("a=1"), OPTIONS);
    let mut nodes = vec![support::record_at(1, 0, &[], 1_000, 0, &[])];
    for seq in 1..count {
        let before = |back: u64| &nodes[seq.saturating_sub(back) as usize];
        nodes.push(support::record_at(1, seq, &[before(1), before(2)], 1_000 + seq, 0, &[]));
    }
    support::anchor(&chain, &nodes.iter().collect::<Vec<_>>());
    let (records, middle) = (chain.records(), nodes.len() / 2);
    let (from, to) = (nodes[middle].cid(), nodes[middle - 20].cid());
    let bounds = Bounds { count: 40, depth: u32::MAX };
    let walks: [&dyn Fn(); 5] = [
        &|| assert_eq!(records.ancestors(&from, bounds).expect("read").reached.len(), 40),
        &|| assert_eq!(records.descendants(&from, bounds).expect("read").reached.len(), 40),
        &|| assert!(records.path(&from, &to, 1_000).expect("read").records.is_some()),
        &|| assert_eq!(records.common_ancestors(&from, &to, 1_000).expect("read").lowest, [to]),
        &|| assert_eq!(records.order(&dag(), middle as u64, 40).expect("read").len(), 40),
    ];
    let count = |walk: &dyn Fn()| {
        reads.store(0, Ordering::Relaxed);
        walk();
        reads.load(Ordering::Relaxed)
    };
    walks.map(count).to_vec()
}

#[test]
fn walks_read_as_much_however_large_the_dag_is() {
    let (few, many) = (reads_of_walks(100), reads_of_walks(1_000));
    assert_eq!(few, many);
    assert!(few.iter().all(|reads| *reads <= 170), "{few:?}");
}

#[test]
fn walks_read_no_more_than_they_look_at() {
    // A star: the children of the first are as many as the DAG is large.
    let reads = Arc::new(AtomicUsize::new(0));
    let store = Counting { disk: SimulatedDisk::new(1), reads: reads.clone() };
    let chain = support::create(store, support::state("a=1"), OPTIONS);
    let first = support::record_at(1, 0, &[], 1_000, 0, &[]);
    let many: Vec<Node> = (1..200).map(|seq| support::record_at(1, seq, &[&first], 1_000, 0, &[])).collect();
    support::anchor(&chain, &[&first].into_iter().chain(&many).collect::<Vec<_>>());
    reads.store(0, Ordering::Relaxed);
    let walk = chain.records().descendants(&first.cid(), Bounds { count: 3, depth: 9 }).expect("read");
    assert_eq!((walk.reached.len(), walk.complete), (3, false));
    assert!(reads.load(Ordering::Relaxed) < 10);
}
