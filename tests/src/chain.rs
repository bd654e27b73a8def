//! A chain without network or clock: the real executor over the real store.

use crate::account::{Account, Terms};
use codec::Decode;
use icn_executor::{BuildLimits, Built, Executor, ExecutorError, Parent, Refusal, TransactionSource};
use icn_primitives::{block::ConsensusDigest, AccountId, Balance, Block, Extrinsic, Hash, Moment, Nonce, StateView};
use icn_runtime::{genesis, Runtime, RuntimeCall, RuntimeEvent};
use icn_storage::{
    ChainStore, Decided, Genesis, Head, LatestState, Options, OrderedStore, RuntimeRecord, SimulatedDisk, TreeUpdate,
};
use std::{collections::BTreeMap, sync::Arc};

/// Time between two blocks, unless a test says otherwise.
pub const BLOCK_TIME: Moment = 1_000;

/// A chain that makes blocks when it is told to.
pub struct TestChain<S: OrderedStore> {
    /// Its store.
    pub store: ChainStore<S>,
    /// Its executor.
    pub executor: Executor,
}

/// Transactions for a block, and what became of those that did not enter it.
#[derive(Default)]
pub struct Offered {
    waiting: std::collections::VecDeque<Extrinsic>,
    /// The refused ones, in order.
    pub refused: Vec<(Hash, Refusal)>,
}

impl Offered {
    /// Offers these, in this order.
    pub fn new(transactions: impl IntoIterator<Item = Extrinsic>) -> Self {
        Self { waiting: transactions.into_iter().collect(), refused: Vec::new() }
    }
}

impl TransactionSource for Offered {
    fn next(&mut self) -> Option<(Hash, Extrinsic)> {
        self.waiting.pop_front().map(|extrinsic| (extrinsic.hash(), extrinsic))
    }

    fn refused(&mut self, hash: Hash, refusal: Refusal) {
        self.refused.push((hash, refusal));
    }
}

impl TestChain<SimulatedDisk> {
    /// The development chain on a disk that is simulated from `seed`.
    pub fn dev(seed: u64) -> Self {
        Self::create(SimulatedDisk::new(seed), dev_state(), Options::default())
    }
}

/// The genesis state of the development preset.
pub fn dev_state() -> genesis::State {
    genesis::build_state(&genesis::preset("development").expect("the preset exists")).expect("the preset is valid")
}

/// The development preset with `count` further accounts of [`Account::numbered`], each with a whole token's thousandfold.
pub fn state_with_accounts(count: u32) -> genesis::State {
    state_with((0..count).map(|number| Account::numbered(number).id()))
}

/// The development preset with further accounts, each with a whole token's thousandfold.
pub fn state_with(accounts: impl Iterator<Item = AccountId>) -> genesis::State {
    let mut config = genesis::preset("development").expect("the preset exists");
    let balances = config["balances"]["balances"].as_array_mut().expect("balances are a list");
    for id in accounts {
        balances.push(serde_json::json!([id, 1_000 * genesis::TOKEN as u64]));
    }
    genesis::build_state(&config).expect("the preset is valid")
}

impl<S: OrderedStore> TestChain<S> {
    /// A chain that starts with `state` in an empty store.
    pub fn create(store: S, state: genesis::State, options: Options) -> Self {
        let root = icn_storage::genesis_root(&state);
        let begin = icn_chain_spec::genesis(&icn_chain_spec::builtin("dev").expect("it is built in"));
        let record = begin.expect("it is valid").record(root);
        let (spec_version, version, metadata) = genesis::runtime_record_parts();
        let runtime = RuntimeRecord { spec_version, version, metadata };
        let store = ChainStore::create(store, Genesis { record, state, runtime }, options).expect("the store is empty");
        Self::over(store)
    }

    /// The chain in `store`.
    pub fn over(store: ChainStore<S>) -> Self {
        let context = icn_primitives::block::ConsensusContext {
            chain_id: "test".into(),
            validators_hash: Hash::repeat_byte(1),
            next_validators_hash: Hash::repeat_byte(1),
            consensus_hash: Hash::repeat_byte(2),
        };
        Self { store, executor: Executor::new(context, 2).expect("threads start") }
    }

    /// The highest block.
    pub fn head(&self) -> Arc<Head> {
        self.store.head()
    }

    /// The state after it.
    pub fn state(&self) -> Arc<LatestState<S>> {
        self.store.latest()
    }

    /// The parent that the next block will have.
    pub fn parent(&self) -> Parent {
        Parent::of(&self.head().record).expect("stored records are in range")
    }

    /// Builds the next block and does not commit it.
    pub fn build(&self, offered: &mut Offered) -> Result<Built<TreeUpdate>, ExecutorError> {
        self.build_at(self.parent().time + BLOCK_TIME, offered)
    }

    /// Builds the next block at a time and does not commit it.
    pub fn build_at(&self, time: Moment, offered: &mut Offered) -> Result<Built<TreeUpdate>, ExecutorError> {
        let digest = ConsensusDigest { time, proposer: [7; 20] };
        self.executor.build(&self.parent(), &self.state(), digest, offered, BuildLimits::default())
    }

    /// Builds the next block from `transactions`, all of which enter it, commits it and checks the invariants.
    pub fn next(&self, transactions: impl IntoIterator<Item = Extrinsic>) -> Arc<Head> {
        let mut offered = Offered::new(transactions);
        let built = self.build(&mut offered).expect("the block is built");
        assert_eq!(offered.refused, vec![], "all transactions enter the block");
        self.commit(built)
    }

    /// Commits a block that was built, and checks the invariants.
    pub fn commit(&self, built: Built<TreeUpdate>) -> Arc<Head> {
        let decided =
            Decided { record: built.record, changes: Arc::new(built.changes), update: built.update, runtime: None };
        let head = self.store.commit(decided).expect("the block is the head's child");
        self.executor.invariants(&self.state()).expect("the invariants hold");
        head
    }

    /// Executes a block of another chain with the same genesis, and commits it.
    pub fn follow(&self, block: Block) -> Result<Arc<Head>, ExecutorError> {
        let executed = self.executor.execute(&self.parent(), &self.state(), block)?;
        Ok(self.commit(Built { record: executed.record, changes: executed.changes, update: executed.update }))
    }

    /// Signs `call` with the account's next nonce, `after` transactions that are not in a block yet.
    pub fn sign_after(&self, account: &Account, after: Nonce, call: impl Into<RuntimeCall>) -> Extrinsic {
        let nonce = self.executor.nonce(&self.state(), &account.id()).expect("the state is readable") + after;
        account.sign(call, Terms { nonce, tip: 0, era: None, genesis: self.store.genesis_hash() })
    }

    /// Signs `call` with the account's next nonce.
    pub fn sign(&self, account: &Account, call: impl Into<RuntimeCall>) -> Extrinsic {
        self.sign_after(account, 0, call)
    }

    /// An account's free balance.
    pub fn balance(&self, account: &AccountId) -> Balance {
        let key = frame_system::Account::<Runtime>::hashed_key_for(account);
        let Some(value) = self.state().get(&key).expect("the state is readable") else { return 0 };
        type Info = frame_system::AccountInfo<Nonce, pallet_balances::AccountData<Balance>>;
        Info::decode(&mut &value[..]).expect("the runtime wrote it").data.free
    }

    /// The events of the highest block.
    pub fn events(&self) -> Vec<RuntimeEvent> {
        let key = frame_support::storage::storage_prefix(b"System", b"Events");
        let value = self.state().get(&key).expect("the state is readable").unwrap_or_default();
        type Records = Vec<frame_system::EventRecord<RuntimeEvent, Hash>>;
        let records = Records::decode(&mut &value[..]).expect("the runtime wrote it");
        records.into_iter().map(|record| record.event).collect()
    }
}

/// Every entry of a state.
pub fn entries(state: &dyn StateView) -> BTreeMap<Vec<u8>, Vec<u8>> {
    state.entries(std::ops::Bound::Unbounded).map(|entry| entry.expect("the state is readable")).collect()
}
