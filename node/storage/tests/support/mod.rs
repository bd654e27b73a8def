//! A chain for tests: blocks that hold nothing but what a test wants changed.
#![allow(dead_code, missing_docs, unreachable_pub)]

use icn_primitives::{
    block::{record, Block, ConsensusContext},
    BlockNumber, BlockRecord, Changes, ConsensusDigest, Extrinsic, Hash, Header, StateView,
};
use icn_storage::{
    genesis_root, layout::EVENTS_KEY, ChainStore, Decided, Genesis, Head, Options, OrderedStore, RuntimeRecord,
    StorageError, TreeUpdate,
};
use std::{collections::BTreeMap, ops::Bound, sync::Arc};

pub type State = BTreeMap<Vec<u8>, Vec<u8>>;

/// Time between blocks, in milliseconds.
pub const INTERVAL: u64 = 1000;

pub fn runtime(spec_version: u32) -> RuntimeRecord {
    RuntimeRecord {
        spec_version,
        version: vec![spec_version as u8; 3],
        metadata: [(14, vec![1]), (15, vec![2])].into(),
    }
}

/// A block over a parent that leads to a state root.
pub fn block_on(parent: Option<&Head>, state_root: Hash) -> BlockRecord {
    let number = parent.map_or(0, |parent| parent.number + 1);
    let digest = ConsensusDigest { time: u64::from(number) * INTERVAL, proposer: [7; 20] };
    let header = Header {
        parent_hash: parent.map_or(Hash::zero(), |parent| parent.hash),
        number,
        state_root,
        extrinsics_root: Hash::repeat_byte(3),
        digest: digest.to_digest(),
    };
    let extrinsics = vec![Extrinsic::from_bytes(&[16, 4, number as u8, 1, 2]).expect("a length prefix and four bytes")];
    let context = ConsensusContext {
        chain_id: "test-00000000".into(),
        validators_hash: Hash::repeat_byte(4),
        next_validators_hash: Hash::repeat_byte(4),
        consensus_hash: Hash::repeat_byte(5),
    };
    let last = parent.and_then(|parent| parent.record.id().expect("the parent is stored"));
    record(Block { header, extrinsics }, &digest, last, &context)
}

pub fn genesis(state: State) -> Genesis {
    Genesis { record: block_on(None, genesis_root(&state)), state, runtime: runtime(1) }
}

pub fn create<S: OrderedStore>(store: S, state: State, options: Options) -> ChainStore<S> {
    ChainStore::create(store, genesis(state), options).expect("the store is empty")
}

pub fn stage<S: OrderedStore>(
    chain: &ChainStore<S>,
    changes: &Changes,
) -> Result<(BlockRecord, TreeUpdate), StorageError> {
    let latest = chain.latest();
    let update = latest.stage_update(changes)?;
    Ok((block_on(Some(latest.head()), update.root()), update))
}

pub fn try_commit<S: OrderedStore>(chain: &ChainStore<S>, changes: Changes) -> Result<Arc<Head>, StorageError> {
    let (record, update) = stage(chain, &changes)?;
    chain.commit(Decided { record, changes: changes.into(), update, runtime: None })
}

pub fn commit<S: OrderedStore>(chain: &ChainStore<S>, changes: Changes) -> Arc<Head> {
    try_commit(chain, changes).expect("the block follows the head")
}

pub fn apply(state: &mut State, changes: &Changes) {
    for (key, value) in changes {
        match value {
            Some(value) => state.insert(key.clone(), value.clone()),
            None => state.remove(key),
        };
    }
}

pub fn entries_of(view: &dyn StateView, from: Bound<&[u8]>) -> Vec<(Vec<u8>, Vec<u8>)> {
    view.entries(from).collect::<Result<_, _>>().expect("the store works")
}

/// Small changes from words like `a=1 b=2 c-`.
pub fn changes(words: &str) -> Changes {
    words
        .split_whitespace()
        .map(|word| match word.split_once('=') {
            Some((key, value)) => (key.as_bytes().to_vec(), Some(value.as_bytes().to_vec())),
            None => (word.trim_end_matches('-').as_bytes().to_vec(), None),
        })
        .collect()
}

pub fn state(words: &str) -> State {
    changes(words).into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

pub fn events(value: &[u8]) -> (Vec<u8>, Option<Vec<u8>>) {
    (EVENTS_KEY.to_vec(), Some(value.to_vec()))
}

/// Everything that can be asked about a height, compared with the state it should have.
pub fn assert_state<S: OrderedStore>(chain: &ChainStore<S>, number: BlockNumber, expected: &State) {
    let view = chain.state_at(number).expect("the height is kept");
    let all: Vec<_> = expected.clone().into_iter().collect();
    assert_eq!(entries_of(&view, Bound::Unbounded), all, "entries at {number}");
    for (key, value) in expected {
        assert_eq!(view.get(key).expect("the store works").as_ref(), Some(value), "{key:?} at {number}");
    }
}
