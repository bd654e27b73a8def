//! A chain without network or clock: the real executor over the real store, its blocks decided by validators who really sign.

use crate::{
    account::{Account, Terms},
    signers::Signers,
};
use codec::Decode;
use icn_chain_spec::{ChainSpec, Genesis};
use icn_executor::{
    BuildLimits, Built, Executed, Executor, ExecutorError, Inherents, Parent, Refusal, TransactionSource,
};
use icn_primitives::{
    block::{ConsensusContext, ConsensusDigest},
    AccountId, Balance, Block, ConsensusRecord, Extrinsic, Hash, Moment, Nonce, StateView, ValidatorSet,
};
use icn_runtime::{genesis, Runtime, RuntimeCall, RuntimeEvent};
use icn_storage::{
    ChainStore, Decided, Head, LatestState, Options, OrderedStore, RuntimeRecord, SimulatedDisk, TreeUpdate,
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
    /// The keys that sign its blocks.
    pub signers: Signers,
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
        Self::create(SimulatedDisk::new(seed), dev_genesis(), Options::default())
    }

    /// As [`Self::dev`], with the validators of [`Signers::numbered`] that have these powers. All keys below `keys` sign
    /// where they are of a validator.
    pub fn validated(seed: u64, powers: &[u64], keys: u32) -> Self {
        let begin = icn_chain_spec::genesis(&spec_with_validators(powers)).expect("it is valid");
        let chain = Self::create(SimulatedDisk::new(seed), begin, Options::default());
        Self { signers: Signers::numbered(keys), ..chain }
    }
}

/// The development chain's document.
fn dev_spec() -> ChainSpec {
    icn_chain_spec::builtin("dev").expect("it is built in")
}

/// The development chain's beginning.
pub fn dev_genesis() -> Genesis {
    icn_chain_spec::genesis(&dev_spec()).expect("it is valid")
}

/// The development chain's document with the validators of [`Signers::numbered`] that have these powers.
pub fn spec_with_validators(powers: &[u64]) -> ChainSpec {
    let signers = Signers::numbered(powers.len() as u32);
    let validator = |(place, power): (usize, &u64)| icn_chain_spec::Validator {
        name: Some(format!("validator {place}")),
        key: hex::encode(signers.public(place)),
        power: *power,
        peer_id: None,
        sealing: icn_chain_spec::Sealing::of_seed(&crate::signers::numbered_seed(place as u32)),
    };
    ChainSpec { validators: powers.iter().enumerate().map(validator).collect(), ..dev_spec() }
}

/// The development chain's beginning with further accounts, each with a whole token's thousandfold.
pub fn genesis_with(accounts: impl Iterator<Item = AccountId>) -> Genesis {
    let config = genesis::preset("development").expect("the preset exists");
    let mut balances = config["balances"]["balances"].as_array().expect("balances are a list").clone();
    balances.extend(accounts.map(|id| serde_json::json!([id, 1_000 * genesis::TOKEN as u64])));
    let mut spec = dev_spec();
    spec.genesis.patch = serde_json::json!({ "balances": { "balances": balances } });
    icn_chain_spec::genesis(&spec).expect("it is valid")
}

impl<S: OrderedStore> TestChain<S> {
    /// A chain that begins so in an empty store. //Alice signs its blocks, where she is its validator.
    pub fn create(store: S, begin: Genesis, options: Options) -> Self {
        let record = begin.record(icn_storage::genesis_root(&begin.state));
        let (spec_version, version, metadata) = genesis::runtime_record_parts();
        let runtime = RuntimeRecord { spec_version, version, metadata };
        let Genesis { state, validators, .. } = begin;
        let begin = icn_storage::Genesis { record, state, runtime, validators };
        Self::over(ChainStore::create(store, begin, options).expect("the store is empty"))
    }

    /// The chain in `store`, whose blocks //Alice signs.
    pub fn over(store: ChainStore<S>) -> Self {
        let first = store.tendermint_header(0).expect("readable").expect("a chain has block 0");
        let context = ConsensusContext { chain_id: first.chain_id, consensus_hash: first.consensus_hash };
        let executor = Executor::new(context, 2).expect("threads start");
        Self { store, executor, signers: Signers::alice() }
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
        self.build_with(&self.inherents_at(time), offered)
    }

    /// Builds the next block from whatever its proposer says, and does not commit it.
    pub fn build_with(&self, inherents: &Inherents, offered: &mut Offered) -> Result<Built<TreeUpdate>, ExecutorError> {
        self.executor.build(&self.parent(), &self.state(), inherents, offered, BuildLimits::default())
    }

    /// What the proposer of the next block says, [`BLOCK_TIME`] after the head: the head's commit, and no evidence.
    pub fn inherents(&self) -> Inherents {
        self.inherents_at(self.parent().time + BLOCK_TIME)
    }

    /// As [`Self::inherents`], at a time.
    pub fn inherents_at(&self, time: Moment) -> Inherents {
        let commit = self.store.commit_of(self.head().number).expect("the store works");
        let digest = ConsensusDigest { time, proposer: self.next_validators().proposer(0).address() };
        Inherents {
            digest,
            record: ConsensusRecord { commit, ..Default::default() },
            anchors: Default::default(),
            seal: None,
        }
    }

    /// The validators of the next block, with their claims to a turn.
    pub fn next_validators(&self) -> ValidatorSet {
        let head = self.head().number;
        self.executor.consensus(&self.state(), head).expect("the state names validators").validators
    }

    /// Builds the next block from `transactions`, all of which enter it, commits it and checks the invariants.
    pub fn next(&self, transactions: impl IntoIterator<Item = Extrinsic>) -> Arc<Head> {
        let mut offered = Offered::new(transactions);
        let built = self.build(&mut offered).expect("the block is built");
        assert_eq!(offered.refused, vec![], "all transactions enter the block");
        self.commit(built)
    }

    /// Lets the validators decide a block that was built, in round 0.
    pub fn decide(&self, built: Built<TreeUpdate>) -> Decided {
        let number = built.record.block.header.number;
        let own = self.store.validators_at(number).expect("the store works").expect("it is the head's child");
        let commit = self.signers.commit(&built.record, 0, &own);
        let Built { record, changes, update, new_validators } = built;
        let anchors = icn_executor::inherent::anchors(&record.block.extrinsics).into_inner();
        let emitted = icn_executor::records::emitted(&changes).expect("they decode");
        Decided { record, changes: Arc::new(changes), update, runtime: None, commit, new_validators, anchors, emitted }
    }

    /// Commits a block that was built, and checks the invariants.
    pub fn commit(&self, built: Built<TreeUpdate>) -> Arc<Head> {
        let head = self.store.commit(self.decide(built)).expect("the block is the head's child");
        self.executor.invariants(&self.state()).expect("the invariants hold");
        head
    }

    /// Executes a block of another chain with the same genesis, and commits it.
    pub fn follow(&self, block: Block) -> Result<Arc<Head>, ExecutorError> {
        Ok(self.commit(built(self.executor.execute(&self.parent(), &self.state(), block)?)))
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

/// An executed block, as if it had been built here.
pub fn built<U>(executed: Executed<U>) -> Built<U> {
    let Executed { record, changes, update, new_validators } = executed;
    Built { record, changes, update, new_validators }
}

/// Every entry of a state.
pub fn entries(state: &dyn StateView) -> BTreeMap<Vec<u8>, Vec<u8>> {
    state.entries(std::ops::Bound::Unbounded).map(|entry| entry.expect("the state is readable")).collect()
}
