//! The chain against a naive model: one map per height, through random changes, pruning, restarts and crashes.
#![allow(missing_docs)]

mod support;

use icn_primitives::{BlockNumber, Changes, StateView};
use icn_storage::{layout::EVENTS_KEY, ChainStore, Keep, Options, OrderedStore, SimulatedDisk, StorageError};
use proptest::prelude::*;
use std::{collections::BTreeMap, ops::Bound, sync::Arc};
use support::{apply, assert_state, commit, create, entries_of, events, State};

/// The states after each block, and which keys each block changed.
#[derive(Clone, Default)]
struct Model {
    states: Vec<State>,
    changed: BTreeMap<BlockNumber, Vec<Vec<u8>>>,
}

impl Model {
    fn new(genesis: State) -> Self {
        let changed = [(0, genesis.keys().cloned().collect())].into();
        Self { states: vec![genesis], changed }
    }

    fn commit(&mut self, changes: &Changes) {
        let before = self.states.last().expect("genesis").clone();
        let mut after = before.clone();
        apply(&mut after, changes);
        let differs = |key: &&Vec<u8>| key.as_slice() == EVENTS_KEY || before.get(*key) != after.get(*key);
        let changed = changes.keys().filter(differs).cloned().collect();
        self.changed.insert(self.states.len() as BlockNumber, changed);
        self.states.push(after);
    }

    fn last_change_under(&self, prefix: &[u8], number: BlockNumber) -> Option<BlockNumber> {
        let under = |keys: &Vec<Vec<u8>>| keys.iter().any(|key| key.starts_with(prefix));
        self.changed.range(..=number).rev().find(|(_, keys)| under(keys)).map(|(height, _)| *height)
    }

    fn anything_under(&self, prefix: &[u8], number: BlockNumber) -> bool {
        self.states[number as usize].keys().any(|key| key.starts_with(prefix))
    }
}

/// Keys that share prefixes, hold the bytes that are escaped, and sit around the lengths that are indexed.
fn arbitrary_key() -> impl Strategy<Value = Vec<u8>> {
    let short = proptest::collection::vec(prop_oneof![Just(0_u8), Just(1), Just(255)], 1..4);
    let long = (0..2_u8, 0..3_u8, 0..3_u8, 0..2_usize).prop_map(|(pallet, item, key, more)| {
        [vec![pallet; 16], vec![item; 16], vec![key; 1 + more], vec![0; more]].concat()
    });
    let cut = (0..2_u8, prop_oneof![Just(16_usize), Just(15), Just(32), Just(31)])
        .prop_map(|(byte, length)| vec![byte; length]);
    prop_oneof![2 => short, 4 => long, 1 => cut, 1 => Just(EVENTS_KEY.to_vec())]
}

fn arbitrary_changes() -> impl Strategy<Value = Changes> {
    let value = proptest::option::weighted(0.6, proptest::collection::vec(any::<u8>(), 0..3));
    proptest::collection::btree_map(arbitrary_key(), value, 0..12)
}

#[derive(Clone, Debug)]
enum Step {
    Commit(Changes),
    Restart,
    Crash,
    /// A crash at a disk operation of the commit.
    TornCommit(Changes, u64),
}

fn arbitrary_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => arbitrary_changes().prop_map(Step::Commit),
        1 => Just(Step::Restart),
        1 => Just(Step::Crash),
        2 => (arbitrary_changes(), 0..12_u64).prop_map(|(changes, at)| Step::TornCommit(changes, at)),
    ]
}

fn arbitrary_options() -> impl Strategy<Value = Options> {
    let keep = || {
        prop_oneof![Just(Keep::All), (0..6_u32).prop_map(Keep::Blocks), (0..6_u64).prop_map(|n| Keep::For(n * 1000))]
    };
    (keep(), keep()).prop_map(|(state_history, block_history)| Options { state_history, block_history })
}

type Held = (BlockNumber, Arc<dyn StateView>);

fn compare<S: OrderedStore>(chain: &ChainStore<S>, model: &Model) {
    let head = chain.head().number;
    assert_eq!(head as usize + 1, model.states.len());
    assert!(matches!(chain.state_at(head + 1), Err(StorageError::UnknownHeight { .. })));
    for number in 0..=head {
        assert_eq!(chain.header(number).unwrap().unwrap().number, number);
        if number < chain.oldest_body() {
            assert!(matches!(chain.record(number), Err(StorageError::Pruned { .. })));
        } else {
            assert_eq!(chain.record(number).unwrap().unwrap().block.header.number, number);
        }
        if number < chain.oldest_state() {
            assert!(matches!(chain.state_at(number), Err(StorageError::Pruned { .. })));
            continue;
        }
        assert_state(chain, number, &model.states[number as usize]);
        assert_probes(chain, model, number);
    }
}

fn assert_probes<S: OrderedStore>(chain: &ChainStore<S>, model: &Model, number: BlockNumber) {
    let view = chain.state_at(number).unwrap();
    let state = &model.states[number as usize];
    let keys = model.changed.values().flatten();
    let probes = keys.flat_map(|key| [key.clone(), key[..key.len() / 2].to_vec(), [key, &[0][..]].concat()]);
    for probe in probes {
        assert_eq!(view.get(&probe).unwrap().as_ref(), state.get(&probe), "{probe:?} at {number}");
        let next = state.range::<[u8], _>((Bound::Excluded(&probe[..]), Bound::Unbounded)).next();
        assert_eq!(view.next_key(&probe).unwrap().as_ref(), next.map(|(key, _)| key));
        let found = chain.last_change_under(&probe, number).unwrap();
        match model.last_change_under(&probe, number) {
            expected if expected > Some(chain.oldest_state()) => assert_eq!(found, expected, "{probe:?} at {number}"),
            _ if !model.anything_under(&probe, number) => assert_eq!(found, None),
            expected => assert!(found.is_some() && found <= expected, "{probe:?} at {number}: {found:?}"),
        }
    }
}

fn assert_held(held: &[Held], model: &Model) {
    for (number, view) in held {
        let expected: Vec<_> = model.states[*number as usize].clone().into_iter().collect();
        assert_eq!(entries_of(view, Bound::Unbounded), expected, "the view of {number} has changed");
    }
}

fn hold<S: OrderedStore>(chain: &ChainStore<S>, held: &mut Vec<Held>) {
    for number in chain.oldest_state()..=chain.head().number {
        held.push((number, chain.state_at(number).unwrap()));
    }
}

fn reopen(disk: SimulatedDisk, options: Options) -> ChainStore<SimulatedDisk> {
    ChainStore::open(disk, options).expect("the store is sound").expect("the store holds a chain")
}

fn run(seed: u64, options: Options, steps: Vec<Step>) {
    let genesis: State = [(vec![0], vec![1]), ([vec![1; 32], vec![1]].concat(), vec![])].into();
    let mut model = Model::new(genesis.clone());
    let mut chain = create(SimulatedDisk::new(seed), genesis, options);
    let mut held = Vec::new();
    for step in steps {
        match step {
            Step::Commit(changes) => {
                model.commit(&changes);
                commit(&chain, changes);
                hold(&chain, &mut held);
                assert_held(&held, &model);
            }
            Step::Restart => {
                held.clear();
                chain = reopen(chain.store().restart(), options);
            }
            Step::Crash => {
                held.clear();
                chain = reopen(chain.store().crash(), options);
            }
            Step::TornCommit(changes, at) => {
                held.clear();
                torn_commit(&mut chain, &mut model, options, changes, at);
            }
        }
        compare(&chain, &model);
    }
    drop(held);
    let report = chain.check(&mut |_| {}).unwrap();
    assert!(report.is_clean(), "{:?}", report.findings);
    assert_eq!(report.state_entries as usize, model.states.last().expect("genesis").len());
}

/// A commit that was reported is there after the crash; one that failed is there wholly or not at all.
fn torn_commit(chain: &mut ChainStore<SimulatedDisk>, model: &mut Model, options: Options, changes: Changes, at: u64) {
    let (record, update) = support::stage(chain, &changes).unwrap();
    let decided = support::decided(chain, record, changes.clone(), update);
    chain.store().fail_after(at, icn_storage::Fault::Io);
    let reported = chain.commit(decided).is_ok();
    *chain = reopen(chain.store().crash(), options);
    let there = chain.head().number as usize == model.states.len();
    assert!(there || !reported, "a reported block is lost");
    if there {
        model.commit(&changes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn it_answers_as_a_map_per_height(
        seed in any::<u64>(),
        options in arbitrary_options(),
        steps in proptest::collection::vec(arbitrary_step(), 1..24),
    ) {
        run(seed, options, steps);
    }
}

#[test]
fn events_are_kept_by_height_and_leave_with_the_history() {
    let options = Options { state_history: Keep::Blocks(2), block_history: Keep::All };
    let chain = create(SimulatedDisk::new(1), support::state("a=1"), options);
    for number in 1..=6_u8 {
        commit(&chain, [events(&[number])].into());
    }
    assert_eq!(chain.oldest_state(), 4);
    for number in 4..=6_u8 {
        let view = chain.state_at(number.into()).unwrap();
        assert_eq!(view.get(&EVENTS_KEY).unwrap(), Some(vec![number]));
    }
    let stored = chain.store().contents().into_iter().filter(|(family, ..)| *family == icn_storage::Family::Events);
    assert_eq!(stored.count(), 3);
}

#[test]
fn what_leaves_the_history_leaves_the_disk() {
    let options = Options { state_history: Keep::Blocks(1), block_history: Keep::Blocks(1) };
    let item = "item_of_a_pallet_32_bytes_wide__";
    let genesis = format!("{item}a=1 {item}b=1 {item}c=1 {item}d=1");
    let chain = create(SimulatedDisk::new(1), support::state(&genesis), options);
    let size = |chain: &ChainStore<SimulatedDisk>| chain.store().contents().len();
    let mut sizes = Vec::new();
    for number in 1..=40 {
        let (odd, before) = (number % 2, number - 1);
        let words = format!("{item}a={number} {item}b={odd} {item}new{number}=1 {item}new{before}-");
        let head = commit(&chain, support::changes(&words));
        // Headers and both hashes are kept for ever.
        sizes.push(size(&chain) - 3 * head.number as usize);
    }
    let late = &sizes[10..];
    assert!(late.iter().max().unwrap() - late.iter().min().unwrap() <= 12, "{sizes:?}");
}
