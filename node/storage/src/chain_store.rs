//! The chain on disk: commit decided blocks one by one, and read any of them.

use crate::{
    blocks::{check_headers, decode, put_block, Blocks, Head, Headers, RuntimeRecord},
    commit::{put_optional, put_state, put_touched, put_tree, Keep, Pruner},
    history::undecodable,
    last_change::LastChange,
    layout::{height_key, EVENTS_KEY, FORMAT, META_FORMAT, META_OLDEST_BODY, META_OLDEST_STATE},
    node::NodeKey,
    ordered_store::{Batch, Family, OrderedStore},
    proof::{Proof, Prover},
    records::put_anchors,
    state::{LatestState, PastState},
    tree::{root_of, NodeCache, Nodes, Stage, TreeUpdate, Write},
    undecided::remove_undecided,
    validators::{check_commit, checked_change, checked_next, is_decided, put_commit, put_validators},
    StorageError,
};
use codec::Encode;
use icn_dag::{AnchorEntry, Node};
use icn_primitives::{
    BlockNumber, BlockRecord, Changes, Commit, Hash, Header, PartSetHeader, StateView, TendermintHeader, ValidatorSet,
};
use parking_lot::{Mutex, RwLock};
use std::{
    collections::BTreeMap,
    sync::{atomic::AtomicU64, Arc},
};

/// How much of the past is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// States that can be read and proven.
    pub state_history: Keep,
    /// Blocks whose extrinsics and commits are kept. Headers and validators are kept for ever.
    pub block_history: Keep,
}

impl Default for Options {
    /// States of 30 days, and all blocks.
    fn default() -> Self {
        Self { state_history: Keep::For(30 * 24 * 60 * 60 * 1000), block_history: Keep::All }
    }
}

/// The block and state that a chain starts with.
#[derive(Clone, Debug)]
pub struct Genesis {
    /// Block 0. Its state root must be [`genesis_root`] of `state`.
    pub record: BlockRecord,
    /// The state after it.
    pub state: BTreeMap<Vec<u8>, Vec<u8>>,
    /// The runtime that made it.
    pub runtime: RuntimeRecord,
    /// The validators of block 1.
    pub validators: ValidatorSet,
}

/// A block that was decided, with what it does.
pub struct Decided {
    /// The block.
    pub record: BlockRecord,
    /// What it writes.
    pub changes: Arc<Changes>,
    /// The tree's part, staged from `changes` on [`ChainStore::latest`].
    pub update: TreeUpdate,
    /// The runtime, when this block is the first whose state a new one made.
    pub runtime: Option<RuntimeRecord>,
    /// The signatures that decided it. The caller has verified them.
    pub commit: Commit,
    /// The validators of the next block, when they are not those of this one.
    pub new_validators: Option<ValidatorSet>,
    /// The records that it makes final, in its order.
    pub anchors: Vec<AnchorEntry>,
    /// The records that it emits, after those.
    pub emitted: Vec<Node>,
}

/// Root of the tree that holds this state at version 0.
pub fn genesis_root(state: &BTreeMap<Vec<u8>, Vec<u8>>) -> Hash {
    root_of(state.iter().map(|(key, value)| (key.as_slice(), value.as_slice()))).into()
}

/// The chain in an [`OrderedStore`].
pub struct ChainStore<S: OrderedStore> {
    store: S,
    options: Options,
    genesis_hash: Hash,
    cache: Arc<NodeCache>,
    current: RwLock<Current<S>>,
    /// Runtimes read so far, by their first height.
    runtimes: Mutex<BTreeMap<BlockNumber, Arc<RuntimeRecord>>>,
    /// Held while something is written, so that the head stays what it is. The batch keeps its memory from block to block.
    pub(crate) committing: Mutex<Batch>,
    /// Held while the index of blobs is read to be written; blocks are decided meanwhile.
    pub(crate) blobs: Mutex<()>,
    /// How many blobs were begun.
    pub(crate) stagings: AtomicU64,
}

/// What a commit replaces.
struct Current<S: OrderedStore> {
    latest: Arc<LatestState<S>>,
    oldest_state: BlockNumber,
    oldest_body: BlockNumber,
}

impl<S: OrderedStore> ChainStore<S> {
    /// Makes a chain in an empty store.
    ///
    /// # Errors
    /// [`StorageError::NotEmpty`]; [`StorageError::StateRoot`] when the block names another state;
    /// [`StorageError::HeadersDisagree`]; [`StorageError::NextValidators`]; and those of the store.
    pub fn create(store: S, genesis: Genesis, options: Options) -> Result<Self, StorageError> {
        if !is_empty(&store)? {
            return Err(StorageError::NotEmpty);
        }
        let head = Head::new(genesis.record)?;
        check_headers(&head)?;
        let (mut batch, update) = genesis_batch(&store, &head, &genesis.state, &genesis.runtime)?;
        let next = head.record.tendermint.next_validators_hash;
        put_validators(&mut batch, 1, &checked_next(0, &genesis.validators, next)?);
        store.write(&batch, true)?;
        let chain = Self::over(store, options, head.hash, head, (0, 0))?;
        chain.cache.extend(&update);
        Ok(chain)
    }

    /// Opens the chain in a store, or makes it there when the store is empty. `genesis` is asked for only then.
    ///
    /// # Errors
    /// Those of [`Self::create`], [`Self::open`] and `genesis`.
    pub fn open_or_create<E: From<StorageError>>(
        store: S,
        genesis: impl FnOnce() -> Result<Genesis, E>,
        options: Options,
    ) -> Result<Self, E> {
        if is_empty(&store)? {
            return Ok(Self::create(store, genesis()?, options)?);
        }
        Ok(Self::open(store, options)?.ok_or(StorageError::NotEmpty)?)
    }

    /// Opens the chain in a store; `None` when the store is empty.
    ///
    /// # Errors
    /// [`StorageError::NewerFormat`], [`StorageError::OlderFormat`], [`StorageError::CorruptedHead`], and those of the store.
    pub fn open(store: S, options: Options) -> Result<Option<Self>, StorageError> {
        if is_empty(&store)? {
            return Ok(None);
        }
        check_format(&store)?;
        let head = stored_head(&store)?;
        let blocks = Blocks(&store);
        let corrupted = StorageError::CorruptedHead { number: head.number };
        let genesis_hash = blocks.headers(0)?.ok_or(corrupted)?.frame.hash();
        let oldest = |key| blocks.meta_height(key).map(|height| height.unwrap_or(0));
        let oldest = (oldest(META_OLDEST_STATE)?, oldest(META_OLDEST_BODY)?);
        let chain = Self::over(store, options, genesis_hash, head, oldest)?;
        chain.check_root()?;
        Ok(Some(chain))
    }

    fn over(
        store: S,
        options: Options,
        genesis_hash: Hash,
        head: Head,
        (oldest_state, oldest_body): (BlockNumber, BlockNumber),
    ) -> Result<Self, StorageError> {
        let cache = Arc::new(NodeCache::new());
        let latest = LatestState::new(&store, head.into(), cache.clone())?;
        let current = Current { latest: latest.into(), oldest_state, oldest_body };
        Ok(Self {
            store,
            options,
            genesis_hash,
            cache,
            current: current.into(),
            runtimes: Mutex::default(),
            committing: Mutex::default(),
            blobs: Mutex::default(),
            stagings: AtomicU64::default(),
        })
    }

    /// The root of the tree must be the one in the head's header.
    fn check_root(&self) -> Result<(), StorageError> {
        let latest = self.latest();
        let root = latest.nodes(true).node(&NodeKey::root(latest.head.number));
        match root {
            Ok(node) if Hash::from(node.hash()) == latest.head.record.block.header.state_root => Ok(()),
            Ok(_) | Err(StorageError::Missing { .. } | StorageError::Undecodable { .. }) => {
                Err(StorageError::CorruptedHead { number: latest.head.number })
            }
            Err(error) => Err(error),
        }
    }

    /// The head's state with nothing remembered, for whoever must see what is on the disk.
    pub(crate) fn unremembered(&self) -> Result<LatestState<S>, StorageError> {
        let _still = self.committing.lock();
        LatestState::new(&self.store, self.head(), Arc::new(NodeCache::new()))
    }

    /// The store below.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Hash of block 0.
    pub fn genesis_hash(&self) -> Hash {
        self.genesis_hash
    }

    /// The highest block.
    pub fn head(&self) -> Arc<Head> {
        self.current.read().latest.head.clone()
    }

    /// The state after the head. It stays as it is while later blocks are committed.
    pub fn latest(&self) -> Arc<LatestState<S>> {
        self.current.read().latest.clone()
    }

    /// The lowest height whose state can be read.
    pub fn oldest_state(&self) -> BlockNumber {
        self.current.read().oldest_state
    }

    /// The lowest height whose extrinsics are kept.
    pub fn oldest_body(&self) -> BlockNumber {
        self.current.read().oldest_body
    }

    /// The state after a block. It stays as it is while blocks are committed and pruned.
    ///
    /// # Errors
    /// [`StorageError::UnknownHeight`] or [`StorageError::Pruned`].
    pub fn state_at(&self, number: BlockNumber) -> Result<Arc<dyn StateView>, StorageError> {
        let latest = self.latest_for(number)?;
        if number == latest.head.number {
            return Ok(latest);
        }
        Ok(Arc::new(PastState { latest, number }))
    }

    /// The latest state, when the state after `number` can be read from it.
    fn latest_for(&self, number: BlockNumber) -> Result<Arc<LatestState<S>>, StorageError> {
        self.latest_and_oldest_for(number).map(|(latest, _)| latest)
    }

    /// As [`Self::latest_for`], with the oldest height that this state's history reaches.
    fn latest_and_oldest_for(&self, number: BlockNumber) -> Result<(Arc<LatestState<S>>, BlockNumber), StorageError> {
        let current = self.current.read();
        let head = current.latest.head.number;
        if number > head {
            return Err(StorageError::UnknownHeight { number, head });
        }
        if number < current.oldest_state {
            return Err(StorageError::Pruned { number, oldest: current.oldest_state });
        }
        Ok((current.latest.clone(), current.oldest_state))
    }

    /// Stores a decided block and what it does, durably: when this returns, no crash loses it.
    ///
    /// # Errors
    /// [`StorageError::NotChild`] when it does not follow the head; [`StorageError::HeadersDisagree`];
    /// [`StorageError::StateRoot`] and [`StorageError::ForeignUpdate`] when the update is not that of the block;
    /// [`StorageError::ForeignValidators`], [`StorageError::CommitLength`] and [`StorageError::NextValidators`] when commit or
    /// validators do not belong to it. Nothing is written then. After an error of the store itself the process must end.
    pub fn commit(&self, decided: Decided) -> Result<Arc<Head>, StorageError> {
        let mut batch = self.committing.lock();
        batch.clear();
        let Decided { record, changes, mut update, runtime, commit, new_validators, anchors, emitted } = decided;
        let head = Head::new(record)?;
        check_child(&self.head(), &head)?;
        check_headers(&head)?;
        check_update(&self.head(), &head, &changes, &update)?;
        check_commit(&head, &Blocks(&self.store).validators_at(head.number)?.1, &commit)?;
        let new_validators = checked_change(&head, new_validators.as_ref())?;

        put_block(&mut batch, &head);
        put_commit(&mut batch, head.number, &commit);
        if let Some(validators) = &new_validators {
            put_validators(&mut batch, head.number.saturating_add(1), validators);
        }
        remove_undecided(&self.store, &mut batch, head.number)?;
        if let Some(runtime) = &runtime {
            batch.put(Family::Runtimes, height_key(head.number), runtime.encode());
        }
        put_tree(&mut batch, &update);
        put_state(&mut batch, head.number, &changes, std::mem::take(&mut update.before));
        put_anchors(&self.store, &mut batch, head.number, &anchors, &emitted)?;
        let (oldest_state, oldest_body) = self.prune(&mut batch, &head)?;
        self.store.write(&batch, true)?;

        self.cache.extend(&update);
        let head = Arc::new(head);
        let latest = LatestState::new(&self.store, head.clone(), self.cache.clone())?;
        *self.current.write() = Current { latest: latest.into(), oldest_state, oldest_body };
        Ok(head)
    }

    /// Adds to the batch what leaves the history; the oldest heights that remain.
    fn prune(&self, batch: &mut Batch, head: &Head) -> Result<(BlockNumber, BlockNumber), StorageError> {
        let pruner = Pruner { reads: &self.store, head: (head.number, head.record.time()) };
        let (state, body) = (self.oldest_state(), self.oldest_body());
        let oldest_state = pruner.oldest(self.options.state_history, state)?;
        for height in state..oldest_state {
            pruner.prune_state(batch, height + 1)?;
        }
        let oldest_body = pruner.oldest(self.options.block_history, body)?;
        pruner.prune_bodies(batch, body, oldest_body);
        if oldest_state != state {
            batch.put(Family::Meta, META_OLDEST_STATE, height_key(oldest_state));
        }
        if oldest_body != body {
            batch.put(Family::Meta, META_OLDEST_BODY, height_key(oldest_body));
        }
        Ok((oldest_state, oldest_body))
    }

    /// A block with both headers; `None` above the head.
    ///
    /// # Errors
    /// [`StorageError::Pruned`] when only the headers are kept.
    pub fn record(&self, number: BlockNumber) -> Result<Option<BlockRecord>, StorageError> {
        let Some(latest) = self.latest_with_body(number)? else { return Ok(None) };
        if number == latest.head.number {
            return Ok(Some((*latest.head.record).clone()));
        }
        let missing = || StorageError::Missing { family: Family::Bodies, key: height_key(number).to_vec() };
        Blocks(&latest.snapshot).record(number)?.ok_or_else(missing).map(Some)
    }

    /// The latest state, in whose snapshot the body of a block is kept, whatever leaves the history meanwhile; `None` above the
    /// head.
    pub(crate) fn latest_with_body(&self, number: BlockNumber) -> Result<Option<Arc<LatestState<S>>>, StorageError> {
        let current = self.current.read();
        if number < current.oldest_body {
            return Err(StorageError::Pruned { number, oldest: current.oldest_body });
        }
        Ok((number <= current.latest.head.number).then(|| current.latest.clone()))
    }

    /// The FRAME header of a block; `None` above the head.
    ///
    /// # Errors
    /// Those of the store.
    pub fn header(&self, number: BlockNumber) -> Result<Option<Header>, StorageError> {
        Ok(self.headers(number)?.map(|headers| headers.frame))
    }

    /// What is kept of a block for ever. A commit is in the store shortly before its block is the head: until then it is not
    /// there for readers.
    fn headers(&self, number: BlockNumber) -> Result<Option<Headers>, StorageError> {
        if number > self.head().number {
            return Ok(None);
        }
        Blocks(&self.store).headers(number)
    }

    /// The Tendermint header of a block; `None` above the head.
    ///
    /// # Errors
    /// Those of the store.
    pub fn tendermint_header(&self, number: BlockNumber) -> Result<Option<TendermintHeader>, StorageError> {
        Ok(self.headers(number)?.map(|headers| headers.tendermint))
    }

    /// The parts in which a block travels; `None` above the head.
    ///
    /// # Errors
    /// Those of the store.
    pub fn parts(&self, number: BlockNumber) -> Result<Option<PartSetHeader>, StorageError> {
        Ok(self.headers(number)?.map(|headers| headers.parts))
    }

    /// Height of a block, by its FRAME hash or its Tendermint hash.
    ///
    /// # Errors
    /// Those of the store.
    pub fn number_of(&self, hash: &Hash) -> Result<Option<BlockNumber>, StorageError> {
        let head = self.head().number;
        Ok(Blocks(&self.store).number_of(hash)?.filter(|number| *number <= head))
    }

    /// The FRAME hash of the block at a height.
    ///
    /// # Errors
    /// Those of the store.
    pub fn hash_at(&self, number: BlockNumber) -> Result<Option<Hash>, StorageError> {
        let head = self.head();
        match number {
            0 => Ok(Some(self.genesis_hash)),
            _ if number == head.number => Ok(Some(head.hash)),
            _ => Ok(self.header(number)?.map(|header| header.hash())),
        }
    }

    /// The runtime that made the state after a block.
    ///
    /// # Errors
    /// [`StorageError::UnknownHeight`] above the head.
    pub fn runtime_at(&self, number: BlockNumber) -> Result<Arc<RuntimeRecord>, StorageError> {
        let head = self.head().number;
        if number > head {
            return Err(StorageError::UnknownHeight { number, head });
        }
        let Some((key, _)) = self.store.last_at(Family::Runtimes, &height_key(number))? else {
            return Err(StorageError::Missing { family: Family::Runtimes, key: height_key(0).to_vec() });
        };
        let first = crate::layout::height_of(&key).ok_or_else(|| undecodable(Family::Runtimes, &key))?;
        if let Some(runtime) = self.runtimes.lock().get(&first) {
            return Ok(runtime.clone());
        }
        let runtime = Arc::new(Blocks(&self.store).runtime_at(first)?.1);
        self.runtimes.lock().insert(first, runtime.clone());
        Ok(runtime)
    }

    /// The last height, not above `number`, at which anything under `prefix` changed; `None` when nothing is there and
    /// nothing was within the history kept. See [`crate::last_change`] for what is answered when the change is older than
    /// the history.
    ///
    /// # Errors
    /// [`StorageError::UnknownHeight`] or [`StorageError::Pruned`].
    pub fn last_change_under(&self, prefix: &[u8], number: BlockNumber) -> Result<Option<BlockNumber>, StorageError> {
        let (latest, oldest) = self.latest_and_oldest_for(number)?;
        LastChange { view: latest.view(number), oldest }.under(prefix)
    }

    /// Proves a key's value, or its absence, in the state after a block.
    ///
    /// # Errors
    /// [`StorageError::UnknownHeight`] or [`StorageError::Pruned`]; [`StorageError::EmptyKey`];
    /// [`StorageError::EmptyState`] when the state has no key at all.
    pub fn prove(&self, key: &[u8], number: BlockNumber) -> Result<Proof, StorageError> {
        let latest = self.latest_for(number)?;
        let view = latest.view(number);
        Prover { nodes: latest.nodes(false), version: number, value: |key: &[u8]| view.get(key) }.prove(key)
    }
}

fn is_empty(store: &impl OrderedStore) -> Result<bool, StorageError> {
    Ok(store.cursor(Family::Meta).seek(&[])?.is_none() && store.cursor(Family::Headers).seek(&[])?.is_none())
}

/// Refuses a format that this version does not read.
fn check_format(store: &impl OrderedStore) -> Result<(), StorageError> {
    match store.get(Family::Meta, META_FORMAT)? {
        Some(bytes) => match decode(Family::Meta, META_FORMAT, &bytes)? {
            found if found > FORMAT => Err(StorageError::NewerFormat { found, known: FORMAT }),
            found if found < FORMAT => Err(StorageError::OlderFormat { found, known: FORMAT }),
            _ => Ok(()),
        },
        None => Err(StorageError::Missing { family: Family::Meta, key: META_FORMAT.to_vec() }),
    }
}

/// The head, when all that is stored of it fits together.
fn stored_head(store: &impl OrderedStore) -> Result<Head, StorageError> {
    let blocks = Blocks(store);
    let (number, hash) = match blocks.head() {
        Ok(Some(head)) => head,
        Ok(None) | Err(StorageError::Undecodable { .. }) => return Err(StorageError::CorruptedHead { number: 0 }),
        Err(error) => return Err(error),
    };
    let corrupted = || StorageError::CorruptedHead { number };
    let record = match blocks.record(number) {
        Err(StorageError::Undecodable { .. }) => return Err(corrupted()),
        record => record?.ok_or_else(corrupted)?,
    };
    let head = Head::new(record).map_err(|_| corrupted())?;
    let indexed = |hash| match blocks.number_of(hash) {
        Err(StorageError::Undecodable { .. }) => Err(corrupted()),
        found => found.map(|found| found == Some(number)),
    };
    let fits = head.number == number && head.hash == hash && check_headers(&head).is_ok();
    if fits && indexed(&head.hash)? && indexed(&head.tendermint_hash)? && is_decided(&blocks, &head)? {
        return Ok(head);
    }
    Err(corrupted())
}

fn genesis_batch(
    store: &impl OrderedStore,
    head: &Head,
    state: &BTreeMap<Vec<u8>, Vec<u8>>,
    runtime: &RuntimeRecord,
) -> Result<(Batch, TreeUpdate), StorageError> {
    if head.number != 0 {
        return Err(StorageError::UnknownHeight { number: head.number, head: 0 });
    }
    if state.contains_key(&[][..]) {
        return Err(StorageError::EmptyKey);
    }
    let writes = state.iter().map(|(key, value)| Write::new(key, Some(value), Some(false))).collect();
    let nodes = Nodes { reads: store, cache: &NodeCache::new(), remember: false };
    let (root, nodes, stale) = Stage::run(nodes, None, 0, writes)?;
    check_state_root(head, root.into())?;
    let mut batch = Batch::new();
    batch.put(Family::Meta, META_FORMAT, FORMAT.encode());
    put_block(&mut batch, head);
    batch.put(Family::Runtimes, height_key(0), runtime.encode());
    let update = TreeUpdate { base: head.hash, version: 0, root, nodes, stale, before: Vec::new() };
    put_tree(&mut batch, &update);
    for (key, value) in state {
        if key.as_slice() == EVENTS_KEY {
            put_optional(&mut batch, Family::Events, &height_key(0), Some(value));
        } else {
            batch.put_parts(Family::State, key, &[&height_key(0), value]);
        }
    }
    let keys: Vec<&[u8]> = state.keys().map(Vec::as_slice).collect();
    put_touched(&mut batch, 0, &keys);
    Ok((batch, update))
}

fn check_state_root(head: &Head, found: Hash) -> Result<(), StorageError> {
    let expected = head.record.block.header.state_root;
    if expected != found {
        return Err(StorageError::StateRoot { number: head.number, expected, found });
    }
    Ok(())
}

fn check_child(parent: &Head, child: &Head) -> Result<(), StorageError> {
    let header = &child.record.block.header;
    let last = parent.record.id();
    let last =
        last.map_err(|source| StorageError::TendermintHeader { number: parent.number, source: Box::new(source) })?;
    let follows = parent.number.checked_add(1) == Some(child.number)
        && header.parent_hash == parent.hash
        && child.record.tendermint.last_block_id == last;
    follows.then_some(()).ok_or(StorageError::NotChild {
        number: child.number,
        parent: header.parent_hash,
        head: parent.number,
        head_hash: parent.hash,
    })
}

fn check_update(parent: &Head, child: &Head, changes: &Changes, update: &TreeUpdate) -> Result<(), StorageError> {
    let fits = update.base == parent.hash && update.version == child.number && update.before.len() == changes.len();
    if !fits {
        return Err(StorageError::ForeignUpdate { number: child.number });
    }
    check_state_root(child, update.root())
}
