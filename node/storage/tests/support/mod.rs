//! A chain for tests: blocks that hold nothing but what a test wants changed, decided by validators who really sign.
#![allow(dead_code, missing_docs, unreachable_pub)]

use codec::Encode as _;
use ed25519_consensus::SigningKey;
use icn_primitives::{
    block::{record, Block, ConsensusContext, ConsensusRoots},
    votes::{vote_sign_bytes, VoteKind},
    BlockNumber, BlockRecord, Changes, Commit, ConsensusDigest, Extrinsic, Hash, Header, StateView, ValidatorSet,
};
use icn_storage::{
    genesis_root, layout::EVENTS_KEY, ChainStore, Decided, Genesis, Head, Options, OrderedStore, RuntimeRecord,
    StorageError, TreeUpdate, Undecided,
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

pub const CHAIN_ID: &str = "test-00000000";

/// A validator's key.
pub fn key(number: u8) -> SigningKey {
    SigningKey::from([number; 32])
}

/// Validators by the number of their key, each with its power.
pub fn validators(members: &[(u8, u64)]) -> ValidatorSet {
    let members = members.iter().map(|(number, power)| (key(*number).verification_key().to_bytes(), *power));
    ValidatorSet::new(members).expect("a test names a sound set")
}

/// The validators of the first blocks. The first and one more are a quorum.
pub fn first_validators() -> ValidatorSet {
    validators(&[(1, 3), (2, 2), (3, 2)])
}

/// A block's commit in round 0, signed by those of the validators whose keys have these numbers.
pub fn commit_by(record: &BlockRecord, validators: &ValidatorSet, numbers: &[u8]) -> Commit {
    let target = record.target().expect("in range").expect("genesis has no commit");
    let height = record.block.header.number.into();
    let message = vote_sign_bytes(CHAIN_ID, VoteKind::Precommit, height, 0, Some(&target)).expect("in range");
    let keys: Vec<SigningKey> = numbers.iter().map(|number| key(*number)).collect();
    let signatures = validators.validators().iter().map(|validator| {
        let key = keys.iter().find(|key| key.verification_key().to_bytes() == validator.key)?;
        Some(key.sign(&message).to_bytes())
    });
    let signatures = signatures.collect::<Vec<_>>().try_into().expect("a set is not larger than a commit");
    Commit { round: 0, signatures }
}

/// A block over a parent that leads to a state root, before the same validators.
pub fn block_on(parent: Option<&Head>, state_root: Hash) -> BlockRecord {
    let own = own_validators(parent);
    block_before(parent, state_root, own)
}

/// The hash of those who sign the block over a parent.
fn own_validators(parent: Option<&Head>) -> Hash {
    parent.map_or(first_validators().hash(), |parent| parent.record.tendermint.next_validators_hash)
}

/// A block over a parent that leads to a state root, whose child is signed by the validators with this hash.
pub fn block_before(parent: Option<&Head>, state_root: Hash, next_validators: Hash) -> BlockRecord {
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
    let context = ConsensusContext { chain_id: CHAIN_ID.into(), consensus_hash: Hash::repeat_byte(5) };
    let last = parent.and_then(|parent| parent.record.id().expect("the parent is stored"));
    let roots = ConsensusRoots::of_sets(own_validators(parent), next_validators);
    record(Block { header, extrinsics }, &digest, last, &context, &roots)
}

pub fn genesis(state: State) -> Genesis {
    let record = block_on(None, genesis_root(&state));
    Genesis { record, state, runtime: runtime(1), validators: first_validators() }
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

/// A block with its changes, signed by everyone but the third validator.
pub fn decided<S: OrderedStore>(
    chain: &ChainStore<S>,
    record: BlockRecord,
    changes: Changes,
    update: TreeUpdate,
) -> Decided {
    let own =
        chain.validators_at(chain.head().number + 1).expect("the store works").expect("the head's child has some");
    let commit = commit_by(&record, &own, &[1, 2, 4, 5]);
    Decided {
        record,
        changes: changes.into(),
        update,
        runtime: None,
        commit,
        new_validators: None,
        anchors: Vec::new(),
        emitted: Vec::new(),
    }
}

/// The next block, after which others sign.
pub fn decided_before<S: OrderedStore>(chain: &ChainStore<S>, changes: Changes, next: &ValidatorSet) -> Decided {
    let (_, update) = stage(chain, &changes).expect("the store works");
    let record = block_before(Some(&chain.head()), update.root(), next.hash());
    Decided { new_validators: Some(next.clone()), ..decided(chain, record, changes, update) }
}

pub fn try_commit<S: OrderedStore>(chain: &ChainStore<S>, changes: Changes) -> Result<Arc<Head>, StorageError> {
    let (record, update) = stage(chain, &changes)?;
    chain.commit(decided(chain, record, changes, update))
}

pub fn commit<S: OrderedStore>(chain: &ChainStore<S>, changes: Changes) -> Arc<Head> {
    try_commit(chain, changes).expect("the block follows the head")
}

/// A block that is proposed after the head and not decided.
pub fn proposal<S: OrderedStore>(chain: &ChainStore<S>, round: u32, changes: &Changes) -> Undecided {
    let (record, _) = stage(chain, changes).expect("the store works");
    Undecided {
        target: record.target().expect("in range").expect("it is not genesis"),
        round,
        proposer: record.tendermint.proposer,
        pol_round: round.checked_sub(1),
        signature: [round as u8; 64],
        valid: true,
        block: record.block.encode(),
    }
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

/// A record that the writer of a number signs: the first of the DAG, or one that follows others.
pub fn record_of(number: u8, seq: u64, parents: &[&icn_dag::Node]) -> icn_dag::Node {
    record_at(number, seq, parents, 1_000 + seq, 0, &[])
}

/// The same, of a time and an epoch, about others.
pub fn record_at(
    number: u8,
    seq: u64,
    parents: &[&icn_dag::Node],
    time: u64,
    epoch: u64,
    about: &[icn_dag::Cid],
) -> icn_dag::Node {
    use icn_dag::{Did, Draft, Ipld, Key, Kind, Node, Parents, Payload, Reference, Scope, ScopeKind, Visibility};
    let signer = key(number);
    let refer = |cid: &icn_dag::Cid| Reference { rel: "about".parse().expect("a relation"), cid: *cid };
    // What follows others names a blob.
    let logo = (!parents.is_empty()).then(|| ("logo".to_owned(), Ipld::Link((&small_blob().0.cid).into())));
    let payload = logo.into_iter().collect();
    let dag = Did::of_hash("test", &[1; 32]).expect("a network");
    let draft = Draft {
        dag: dag.clone(),
        parents: Parents::sorted(parents.iter().map(|parent| parent.cid())).expect("few"),
        issuer: Did::of_key(&Key::of(&signer)),
        seq,
        epoch,
        time,
        kind: if parents.is_empty() { Kind::Genesis } else { Kind::Config },
        scope: Scope { kind: ScopeKind::Cooperative, id: dag },
        visibility: Visibility::Public,
        refs: icn_dag::References::sorted(about.iter().map(refer)).expect("few"),
        payload: Payload::new(Ipld::Map(payload)).expect("small"),
    };
    Node::sign(draft, &signer).expect("its fields fit")
}

/// A block that makes these final.
pub fn anchor<S: OrderedStore>(chain: &ChainStore<S>, nodes: &[&icn_dag::Node]) {
    // The store does not ask which was the last.
    let anchors = nodes.iter().map(|node| icn_dag::AnchorEntry::of(node, None).expect("it is signed")).collect();
    let height = chain.head().number as u8;
    let changes = Changes::from([(b"anchored".to_vec(), Some(vec![height]))]);
    let (record, update) = stage(chain, &changes).expect("the store works");
    chain.commit(Decided { anchors, ..decided(chain, record, changes, update) }).expect("it follows");
}

/// Four records of two writers: the first two and one beside them become final with the next block that is empty, one waits.
pub fn with_records<S: OrderedStore>(chain: &ChainStore<S>) -> Vec<icn_dag::Node> {
    let first = record_of(1, 0, &[]);
    let second = record_of(1, 1, &[&first]);
    let beside = record_of(2, 0, &[&first]);
    let last = record_of(1, 2, &[&second, &beside]);
    let nodes = vec![first, second, beside, last];
    for node in &nodes {
        chain.records().put(node, icn_storage::Standing::Waits).expect("the store works");
    }
    let entry = |node, prev: Option<&icn_dag::Node>| {
        icn_dag::AnchorEntry::of(node, prev.map(|node| node.cid())).expect("it is signed")
    };
    let anchors = vec![entry(&nodes[0], None), entry(&nodes[1], Some(&nodes[0])), entry(&nodes[2], None)];
    let changes = Changes::from([(b"records".to_vec(), Some(vec![1]))]);
    let (record, update) = stage(chain, &changes).expect("the store works");
    chain.commit(Decided { anchors, ..decided(chain, record, changes, update) }).expect("it follows");
    nodes
}

/// Bytes that follow from a seed, no chunk of which is like another.
pub fn noise(seed: u64, size: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::new();
    while (bytes.len() as u64) < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(size as usize);
    bytes
}

/// A blob with its blocks.
pub fn blob(bytes: &[u8]) -> (icn_blob::Root, Vec<icn_blob::Block>) {
    let (mut blocks, mut builder) = (Vec::new(), icn_blob::Builder::new());
    let mut sink = |block| {
        blocks.push(block);
        Ok::<_, std::convert::Infallible>(())
    };
    builder.push(bytes, &mut sink).expect("small");
    let root = builder.finish(&mut sink).expect("small");
    (root, blocks)
}

/// A blob of one chunk.
pub fn small_blob() -> (icn_blob::Root, Vec<icn_blob::Block>) {
    blob(b"a logo")
}

/// An owner of blobs.
pub fn owner(number: u8) -> icn_dag::Did {
    icn_dag::Did::of_key(&icn_dag::Key::of(&key(number)))
}

/// Puts a blob, whole.
pub fn put_blob<S: OrderedStore>(
    chain: &ChainStore<S>,
    (root, blocks): &(icn_blob::Root, Vec<icn_blob::Block>),
    owner: Option<&icn_dag::Did>,
    now: u64,
) -> Result<bool, StorageError> {
    let blobs = chain.blobs();
    let mut staging = blobs.begin();
    for block in blocks {
        blobs.stage(&mut staging, block)?;
    }
    blobs.finish(&staging, root, owner, now)
}

/// A blob of one chunk that an owner holds and the operator pins, one of four bytes that nobody does, and a block of a third that is being
/// put.
pub fn with_blobs<S: OrderedStore>(chain: &ChainStore<S>) {
    let (small, fetched) = (small_blob(), blob(b"four"));
    put_blob(chain, &small, Some(&owner(1)), 5_000).expect("the store works");
    put_blob(chain, &fetched, None, 6_000).expect("the store works");
    let pin = icn_storage::Pin { owner: None, until: Some(9_000), reason: "for the fixture".into() };
    chain.blobs().pin(&small.0.cid, &pin).expect("it is here");
    let mut staging = chain.blobs().begin();
    for block in blob(b"not whole").1 {
        chain.blobs().stage(&mut staging, &block).expect("the store works");
    }
}

/// The proof that a writer signed two records for one place.
pub fn evidence() -> icn_dag::Equivocation {
    let first = record_of(1, 0, &[]);
    let other = record_of(1, 0, &[&first]);
    let header = |node| icn_dag::SignedHeader::of(node).expect("it is signed");
    icn_dag::Equivocation::new(header(&first), header(&other)).expect("they are of one place")
}
