//! Measures what a touched key costs: staging the tree, and committing the block.
//!
//! `commit_cost [memory] [rocksdb] [keys…]` prints, for each size of the state, one line of JSON per store. Run it in the release profile.
#![allow(clippy::print_stdout, clippy::expect_used)]

use icn_primitives::{
    block::{record, Block, ConsensusContext, ConsensusRoots},
    BlockRecord, Changes, Commit, ConsensusDigest, Hash, Header, StateView, ValidatorSet,
};
use icn_storage::{
    genesis_root, ChainStore, Decided, Genesis, Head, Options, OrderedStore, RocksStore, RuntimeRecord, SimulatedDisk,
};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

const BATCH: u64 = 5_000;
const BLOCKS: u64 = 40;

fn main() {
    let sizes: Vec<u64> = std::env::args().skip(1).filter_map(|size| size.parse().ok()).collect();
    for keys in if sizes.is_empty() { vec![10_000, 1_000_000] } else { sizes } {
        if wanted("memory") {
            measure("memory", SimulatedDisk::new(0), keys);
        }
        if !wanted("rocksdb") {
            continue;
        }
        let home = tempfile::tempdir().expect("a folder for the store");
        let store = RocksStore::open(home.path()).expect("the folder is empty");
        measure("rocksdb", store.clone(), keys);
        println!("{{\"store\":\"rocksdb\",\"keys\":{keys},\"memory_bytes\":{}}}", store.memory_bytes());
    }
}

/// Whether a store is to be measured: named, or none is.
fn wanted(store: &str) -> bool {
    let mut names = std::env::args().skip(1).filter(|word| word.parse::<u64>().is_err()).peekable();
    names.peek().is_none() || names.any(|name| name == store)
}

/// An account's key as FRAME lays it out: pallet, item, hash, account.
fn key(index: u64) -> Vec<u8> {
    let account = Hash::from(sp_runtime::traits::BlakeTwo256::hash_bytes(index));
    let mut key = vec![0x26; 16];
    key.extend([0xb9; 16]);
    key.extend(&account.as_bytes()[..16]);
    key.extend(account.as_bytes());
    key
}

trait HashBytes {
    fn hash_bytes(index: u64) -> [u8; 32];
}

impl HashBytes for sp_runtime::traits::BlakeTwo256 {
    fn hash_bytes(index: u64) -> [u8; 32] {
        <Self as sp_runtime::traits::Hash>::hash(&index.to_le_bytes()).0
    }
}

fn value(index: u64, block: u64) -> Vec<u8> {
    let mut value = vec![0; 80];
    value[..8].copy_from_slice(&index.to_le_bytes());
    value[8..16].copy_from_slice(&block.to_le_bytes());
    value
}

fn block_on(parent: Option<&Head>, state_root: Hash) -> BlockRecord {
    let number = parent.map_or(0, |parent| parent.number + 1);
    let digest = ConsensusDigest { time: u64::from(number) * 1000, proposer: [0; 20] };
    let parent_hash = parent.map_or(Hash::zero(), |parent| parent.hash);
    let header = Header { parent_hash, number, state_root, extrinsics_root: Hash::zero(), digest: digest.to_digest() };
    let context = ConsensusContext { chain_id: "bench-00000000".into(), consensus_hash: Hash::zero() };
    let roots = ConsensusRoots::of_sets(validators().hash(), validators().hash());
    let last = parent.and_then(|parent| parent.record.id().expect("the parent is stored"));
    record(Block { header, extrinsics: Vec::new() }, &digest, last, &context, &roots)
}

/// One validator, whose signature the store does not ask for.
fn validators() -> ValidatorSet {
    ValidatorSet::new([([1; 32], 1)]).expect("one validator is a set")
}

fn unsigned_commit() -> Commit {
    Commit { round: 0, signatures: vec![None].try_into().expect("one entry is within the bound") }
}

fn measure<S: OrderedStore>(name: &str, store: S, keys: u64) {
    let state: BTreeMap<_, _> = (0..keys).map(|index| (key(index), value(index, 0))).collect();
    let runtime = RuntimeRecord { spec_version: 1, version: Vec::new(), metadata: BTreeMap::new() };
    let record = block_on(None, genesis_root(&state));
    let genesis = Genesis { record, state, runtime, validators: validators() };
    let chain = ChainStore::create(store, genesis, Options::default()).expect("the store is empty");
    let (mut stage, mut commit, mut nodes) = (Vec::new(), Vec::new(), 0);
    let (mut stage_cpu, mut commit_cpu) = (Vec::new(), Vec::new());
    let mut random = 1_u64;
    for block in 1..=BLOCKS {
        let changes: Changes = (0..BATCH)
            .map(|_| {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let index = (random >> 33) % keys;
                (key(index), Some(value(index, block)))
            })
            .collect();
        let touched = changes.len() as u32;
        let latest = chain.latest();
        let (from, cpu) = (Instant::now(), thread_time());
        let update = latest.stage_update(&changes).expect("the store works");
        stage.push(from.elapsed() / touched);
        stage_cpu.push((thread_time() - cpu) / touched);
        nodes += update.nodes_written();
        let record = block_on(Some(latest.head()), update.root());
        let (changes, commit_of) = (changes.into(), unsigned_commit());
        let decided = Decided {
            record,
            changes,
            update,
            runtime: None,
            commit: commit_of,
            new_validators: None,
            anchors: Vec::new(),
            emitted: Vec::new(),
        };
        let (from, cpu) = (Instant::now(), thread_time());
        chain.commit(decided).expect("the block follows the head");
        commit.push(from.elapsed() / touched);
        commit_cpu.push((thread_time() - cpu) / touched);
    }
    let read = read_cost(&chain, keys);
    println!(
        "{{\"store\":\"{name}\",\"keys\":{keys},\"stage_us\":{:.2},\"commit_us\":{:.2},\"stage_cpu_us\":{:.2},\"commit_cpu_us\":{:.2},\"nodes_per_key\":{:.2},\"get_us\":{:.2},\"past_get_us\":{:.2}}}",
        median(&mut stage),
        median(&mut commit),
        median(&mut stage_cpu),
        median(&mut commit_cpu),
        nodes as f64 / (BATCH * BLOCKS) as f64,
        read.0,
        read.1,
    );
}

/// Time that this thread has run, where the system tells; other work on the machine does not count.
fn thread_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(stat.split(' ').next().and_then(|time| time.parse().ok()).unwrap_or(0))
}

fn median(durations: &mut [Duration]) -> f64 {
    durations.sort();
    durations[durations.len() / 2].as_nanos() as f64 / 1000.0
}

/// Microseconds for a value of the latest state, and of the state of block 1.
fn read_cost<S: OrderedStore>(chain: &ChainStore<S>, keys: u64) -> (f64, f64) {
    let cost = |view: &dyn StateView| {
        let probes: Vec<_> = (0..2000).map(|index| key(index * 7919 % keys)).collect();
        let from = Instant::now();
        for probe in &probes {
            view.get(probe).expect("the store works").expect("the account is there");
        }
        from.elapsed().as_nanos() as f64 / 2000.0 / 1000.0
    };
    (cost(&chain.latest()), cost(&chain.state_at(1).expect("it is kept")))
}
