//! The invariants of the runtime as a whole: each is broken by hand once and is caught. `icn check` finds the same in a store.

use codec::{Decode, Encode};
use frame_support::traits::Bounded;
use icn_primitives::{
    block::{record, ConsensusDigest, ConsensusRoots},
    code::CODE_KEY,
    AccountId, Balance, Changes, Nonce, StateCommitment as _, StateError, StateView,
};
use icn_runtime::{genesis::TOKEN, Runtime, RuntimeCall};
use icn_storage::{
    Batch, ChainStore, Decided, Family, Options, OrderedStore as _, Reads as _, RocksStore, SimulatedDisk,
};
use icn_tests::{
    account::Account,
    chain::{dev_genesis, entries, TestChain},
    node::{check, directory, NodeProcess},
    signers::Signers,
};
use pallet_agenda::{Entries, NextId, Place, Queue, Retry};
use pallet_upgrade::{Agreed, AgreedVersion, History, Planned, Upgrade};
use std::{collections::BTreeMap, ops::Bound, path::Path, sync::Arc};

type Chain = TestChain<SimulatedDisk>;

/// A state that is altered by hand.
#[derive(Clone)]
struct Altered(BTreeMap<Vec<u8>, Vec<u8>>);

impl StateView for Altered {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        Ok(self.0.get(key).cloned())
    }

    fn entries<'a>(
        &'a self,
        from: Bound<&[u8]>,
    ) -> Box<dyn Iterator<Item = Result<icn_primitives::state::Entry, StateError>> + 'a> {
        let from = from.map(<[u8]>::to_vec);
        let entries = self.0.range((from, Bound::Unbounded));
        Box::new(entries.map(|(key, value)| Ok((key.clone(), value.clone()))))
    }
}

impl Altered {
    fn put(mut self, key: impl AsRef<[u8]>, value: impl Encode) -> Self {
        self.0.insert(key.as_ref().to_vec(), value.encode());
        self
    }

    fn remove(mut self, key: impl AsRef<[u8]>) -> Self {
        assert!(self.0.remove(key.as_ref()).is_some(), "it was there");
        self
    }
}

fn sudo(call: impl Into<RuntimeCall>) -> RuntimeCall {
    pallet_sudo::Call::sudo { call: Box::new(call.into()) }.into()
}

/// An agenda entry that is small, one whose call is a preimage, and a planned upgrade.
fn chain() -> Chain {
    let chain = Chain::dev(1);
    let alice = Account::dev("Alice");
    let schedule = |bytes: usize| {
        let call: RuntimeCall = frame_system::Call::remark { remark: vec![7; bytes] }.into();
        sudo(pallet_agenda::Call::schedule_after { delay: 1_000_000, retry: None, call: Box::new(call) })
    };
    let plan = pallet_upgrade::Call::plan { height: 100, spec_version: 101, info: Default::default() };
    let calls = [schedule(8), schedule(1000), sudo(plan)];
    chain.next(
        calls.into_iter().zip(0..).map(|(call, after)| chain.sign_after(&alice, after, call)).collect::<Vec<_>>(),
    );
    assert_eq!(entries_of_agenda(&chain).len(), 2);
    chain
}

/// The agenda's entries by id.
fn entries_of_agenda(chain: &Chain) -> BTreeMap<u64, pallet_agenda::EntryOf<Runtime>> {
    let decode = |id: u64| {
        let value = chain.state().get(&Entries::<Runtime>::hashed_key_for(id)).expect("readable")?;
        Some((id, Decode::decode(&mut &value[..]).expect("the runtime wrote it")))
    };
    (0..8).filter_map(decode).collect()
}

/// What the check says of a state.
fn verdict(chain: &Chain, state: &Altered) -> String {
    match chain.executor.invariants(state) {
        Ok(()) => "all is well".into(),
        Err(icn_executor::CallError::Failed(words)) => words,
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn an_honest_state_passes() {
    let chain = chain();
    let state = Altered(entries(&chain.state()));
    assert_eq!(verdict(&chain, &state), "all is well");
}

#[track_caller]
fn expect_caught(chain: &Chain, words: &str, state: Altered) {
    let said = verdict(chain, &state);
    assert!(said.contains(words), "{words:?} is not in {said:?}");
}

#[test]
fn balances_are_kept_in_sum_and_in_shape() {
    let chain = chain();
    let state = Altered(entries(&chain.state()));
    type Info = frame_system::AccountInfo<Nonce, pallet_balances::AccountData<Balance>>;
    let bob: AccountId = Account::dev("Bob").id();
    let key = frame_system::Account::<Runtime>::hashed_key_for(&bob);
    let account = || Info::decode(&mut &state.0[&key][..]).expect("the runtime wrote it");
    let with = |change: fn(&mut Info)| {
        let mut info = account();
        change(&mut info);
        state.clone().put(&key, info)
    };
    let sum = "the total issuance is not the sum of the balances";
    expect_caught(&chain, sum, with(|info| info.data.free += 1));
    expect_caught(&chain, sum, with(|info| info.data.reserved += TOKEN));
    expect_caught(&chain, sum, state.clone().remove(&key));
    expect_caught(&chain, "the sum of balances overflows", with(|info| info.data.free = Balance::MAX));
    let issuance = pallet_balances::TotalIssuance::<Runtime>::hashed_key();
    expect_caught(&chain, sum, state.clone().put(issuance, TOKEN));

    let locks = pallet_balances::Locks::<Runtime>::hashed_key_for(&bob);
    let lock = pallet_balances::BalanceLock { id: *b"a lock  ", amount: TOKEN, reasons: pallet_balances::Reasons::All };
    expect_caught(&chain, "bad locks", state.clone().put(locks, vec![lock]));
    let freezes = pallet_balances::Freezes::<Runtime>::hashed_key_for(&bob);
    let many = state.clone().put(freezes, vec![((), TOKEN); 9]);
    expect_caught(&chain, "Found `Freeze` with too many elements", many);
    let holds = pallet_balances::Holds::<Runtime>::hashed_key_for(&bob);
    expect_caught(&chain, "Found `Hold` with too many elements", state.put(holds, vec![((), TOKEN); 9]));
}

#[test]
fn the_agenda_is_kept_in_order() {
    let chain = chain();
    let state = Altered(entries(&chain.state()));
    let agenda = entries_of_agenda(&chain);
    let (&id, small) = agenda.iter().find(|(_, entry)| entry.call.lookup_hash().is_none()).expect("one is small");
    let large = agenda.values().find(|entry| entry.call.lookup_hash().is_some()).expect("one is a preimage");
    let key = Entries::<Runtime>::hashed_key_for(id);
    let place = Queue::<Runtime>::hashed_key_for(Place::new(small.due, id));
    let with = |change: fn(&mut pallet_agenda::EntryOf<Runtime>)| {
        let mut entry = small.clone();
        change(&mut entry);
        state.clone().put(&key, entry)
    };

    expect_caught(&chain, "the counter is not the number of entries", state.clone().remove(&key));
    let counter = frame_support::storage::storage_prefix(b"Agenda", b"CounterForEntries");
    expect_caught(&chain, "the counter is not the number of entries", state.clone().put(counter, 7u32));
    expect_caught(&chain, "entries and places differ in number", state.clone().remove(&place));
    let moved = state.clone().remove(&place).put(Queue::<Runtime>::hashed_key_for(Place::new(small.due + 1, id)), ());
    expect_caught(&chain, "an entry has no place", moved);
    expect_caught(&chain, "an entry has no place", with(|entry| entry.due += 1));
    let given = NextId::<Runtime>::hashed_key();
    expect_caught(&chain, "an entry has an id that was not given", state.clone().put(given, 0u64));
    let endless = with(|entry| entry.retry = Some(Retry { times: u32::MAX, period: 1 }));
    expect_caught(&chain, "a retry is out of range", endless);
    expect_caught(&chain, "a retry is out of range", with(|entry| entry.retry = Some(Retry { times: 1, period: 0 })));
    let lost = with(|entry| entry.call = Bounded::Lookup { hash: Default::default(), len: 200 });
    expect_caught(&chain, "the preimage of an entry is not requested", lost);
    let hash = large.call.lookup_hash().expect("a preimage");
    let requested = pallet_preimage::RequestStatusFor::<Runtime>::hashed_key_for(hash);
    expect_caught(&chain, "the preimage of an entry is not requested", state.remove(requested));
}

#[test]
fn upgrades_are_kept_in_order() {
    let chain = chain();
    let state = Altered(entries(&chain.state()));
    let upgrade = |height, spec_version| Upgrade { height, spec_version, info: Default::default() };
    let agreed = AgreedVersion::<Runtime>::hashed_key();
    let planned = Planned::<Runtime>::hashed_key();
    let history = History::<Runtime>::hashed_key();
    let last = frame_system::LastRuntimeUpgrade::<Runtime>::hashed_key();

    expect_caught(&chain, "`:code` is not the agreed version's", state.clone().remove(CODE_KEY));
    expect_caught(&chain, "`:code` is not the agreed version's", state.clone().put(CODE_KEY, b"another"));
    let other = state.clone().put(agreed, Agreed { spec_version: 99, since: 0u32 });
    expect_caught(&chain, "`:code` is not the agreed version's", other);
    let executed = frame_system::LastRuntimeUpgradeInfo { spec_version: 99.into(), spec_name: "icn".into() };
    expect_caught(&chain, "is not that of the last runtime upgrade", state.clone().put(last, executed));
    expect_caught(&chain, "the height of the plan has passed", state.clone().put(planned, upgrade(1u32, 101)));
    expect_caught(&chain, "the plan does not raise the version", state.clone().put(planned, upgrade(100u32, 100)));
    for disorder in [vec![upgrade(5u32, 100), upgrade(5, 101)], vec![upgrade(4, 101), upgrade(5, 100)]] {
        expect_caught(&chain, "the history is not in order", state.clone().put(history, disorder));
    }
    let elsewhere = state.put(history, vec![upgrade(1u32, 99)]);
    expect_caught(&chain, "the last upgrade did not lead to the agreed version", elsewhere);
}

/// A home with one block of a real node.
fn home(directory: &Path) -> std::path::PathBuf {
    let home = directory.join("home");
    assert!(NodeProcess::start(&home).stop().success());
    home
}

#[test]
fn a_value_altered_in_the_store_is_found() {
    let directory = directory();
    let home = home(directory.path());
    check(&home).ok();
    let key = frame_system::Account::<Runtime>::hashed_key_for(Account::dev("Bob").id());
    let store = RocksStore::open(home.join("db")).expect("in order");
    let mut record = store.get(Family::State, &key).expect("readable").expect("there");
    let last = record.len() - 20;
    record[last] ^= 1;
    let mut batch = Batch::new();
    batch.put(Family::State, &key, &record);
    store.write(&batch, true).expect("written");
    drop(store);
    let said = check(&home);
    let finding = format!("the value of 0x{} in the state after block 0 is not the one in the tree", hex::encode(&key));
    assert!(said.out.contains(&finding), "{said:?}");
    assert!(said.refusal().contains("the store is not sound"), "{said:?}");
}

#[test]
fn a_broken_invariant_in_a_sound_store_is_found() {
    let directory = directory();
    let home = home(directory.path());
    let store = RocksStore::open(home.join("db")).expect("in order");
    let store = ChainStore::open(store, Options::default()).expect("in order").expect("a chain");
    decide_by_hand(&store);
    drop(store);
    let said = check(&home);
    let words = "the state after block 1 breaks an invariant of the runtime";
    assert!(said.refusal().contains(words) && said.refusal().contains("total issuance"), "{said:?}");
}

/// Commits a block that no runtime would make: it doubles the issuance. All else fits.
fn decide_by_hand(store: &ChainStore<RocksStore>) {
    let latest = store.latest();
    let parent = store.head().record.clone();
    let key = pallet_balances::TotalIssuance::<Runtime>::hashed_key();
    let changes: Changes = [(key.to_vec(), Some((2 * TOKEN).encode()))].into();
    let (state_root, update) = latest.stage(&changes).expect("readable");
    let begin = dev_genesis();
    let digest = ConsensusDigest { time: parent.time() + 1, proposer: begin.proposer() };
    let mut header = parent.block.header.clone();
    (header.number, header.parent_hash, header.state_root) = (1, parent.hash(), state_root);
    header.digest = digest.to_digest();
    let block = icn_primitives::Block { header, extrinsics: vec![] };
    let context = begin.context(parent.block.header.state_root);
    let validators = begin.validators.hash();
    let roots = ConsensusRoots::of_sets(validators, validators);
    let record = record(block, &digest, parent.id().expect("in range"), &context, &roots);
    let commit = Signers::alice().commit(&record, 0, &begin.validators);
    let changes = Arc::new(changes);
    let decided = Decided {
        record,
        changes,
        update,
        runtime: None,
        commit,
        new_validators: None,
        anchors: Vec::new(),
        emitted: Vec::new(),
    };
    store.commit(decided).expect("it follows the head");
}
