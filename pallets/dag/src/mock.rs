//! A runtime with DAGs: account 1 owns one, which two keys write.

use crate as pallet_dag;
use crate::{EntryList, Event, OwnerList, Writer, Writers};
use frame_support::{
    assert_ok, derive_impl,
    traits::{ConstU64, Time},
};
use icn_dag::{
    AnchorEntry, Did, Draft, Ipld, Key, Kind, Node, Parents, Payload, Scope, ScopeKind, SigningKey, Visibility,
};
use pallet_testing::Clock;
use sp_runtime::{BuildStorage, DispatchResult};

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Dag: pallet_dag,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlock<Test>;
}

impl crate::Config for Test {
    type Time = Clock;
    type Epoch = ConstU64<3>;
    type Rights = OwnerList<Test>;
    type Federation = Federation;
    type WeightInfo = ();
}

pub(crate) type Error = crate::Error<Test>;

/// The federation of the mock.
pub struct Federation;

impl frame_support::traits::Get<Option<Did>> for Federation {
    fn get() -> Option<Did> {
        Did::of_hash("local", &[0xfe; 32]).ok()
    }
}

/// The time of the first block.
const BEGIN: u64 = 1_000_000;

/// The owner of the DAG.
pub(crate) const OWNER: u64 = 1;

/// The key of a number.
pub(crate) fn signer(number: u8) -> SigningKey {
    SigningKey::from([number; 32])
}

/// Its public half.
pub(crate) fn key(number: u8) -> Key {
    Key::of(&signer(number))
}

/// Who issues with it.
pub(crate) fn issuer(number: u8) -> Did {
    Did::of_key(&key(number))
}

pub(crate) fn writer(number: u8) -> Writer {
    Writer { issuer: issuer(number), key: key(number) }
}

pub(crate) fn writers(numbers: impl IntoIterator<Item = u8>) -> Writers {
    numbers.into_iter().map(writer).collect::<Vec<_>>().try_into().expect("few")
}

/// Runs a test in block 1, and checks the invariants after it.
pub(crate) fn run(test: impl FnOnce(Did)) {
    run_unchecked(|dag| {
        test(dag);
        pallet_testing::check::<Test, AllPalletsWithSystem>();
    });
}

/// The same for a test that breaks the state.
pub(crate) fn run_unchecked(test: impl FnOnce(Did)) {
    let storage = RuntimeGenesisConfig::default().build_storage().expect("the genesis of the mock is valid");
    sp_io::TestExternalities::new(storage).execute_with(|| {
        pallet_testing::make_block::<Test, AllPalletsWithSystem>(BEGIN, || {
            assert_ok!(Dag::create(RuntimeOrigin::signed(OWNER), writers([1, 2])));
        });
        let dag = crate::Dags::<Test>::iter_keys().next().expect("it was made");
        test(dag);
    });
}

/// Runs something in a block of its own.
pub(crate) fn block(work: impl FnOnce()) {
    pallet_testing::make_block::<Test, AllPalletsWithSystem>(Clock::now() + 10, work);
}

/// A record of a writer.
pub(crate) fn record(dag: &Did, number: u8, seq: u64, kind: Kind, parents: &[&Node]) -> Node {
    Node::sign(draft(dag, number, seq, kind, parents), &signer(number)).expect("its fields fit")
}

pub(crate) fn draft(dag: &Did, number: u8, seq: u64, kind: Kind, parents: &[&Node]) -> Draft {
    Draft {
        dag: dag.clone(),
        parents: Parents::sorted(parents.iter().map(|parent| parent.cid())).expect("few"),
        issuer: issuer(number),
        seq,
        epoch: 0,
        time: BEGIN,
        kind,
        scope: Scope { kind: ScopeKind::Cooperative, id: dag.clone() },
        visibility: Visibility::Public,
        refs: Default::default(),
        payload: Payload::new(Ipld::Map(Default::default())).expect("small"),
    }
}

/// The entry of a record after another one of its line.
pub(crate) fn entry(node: &Node, prev: Option<&Node>) -> AnchorEntry {
    AnchorEntry::of(node, prev.map(Node::cid)).expect("it is signed")
}

/// Lists entries in a block of their own.
pub(crate) fn list(entries: impl IntoIterator<Item = AnchorEntry>) -> DispatchResult {
    let entries = EntryList::truncate_from(entries.into_iter().collect());
    let mut result = Ok(());
    block(|| result = frame_support::storage::with_storage_layer(|| Dag::anchor(RuntimeOrigin::none(), entries)));
    result
}

/// The first record of the DAG, final.
pub(crate) fn begin(dag: &Did) -> Node {
    let genesis = record(dag, 1, 0, Kind::Genesis, &[]);
    assert_ok!(list([entry(&genesis, None)]));
    genesis
}

/// This pallet's events of the block.
pub(crate) fn events() -> Vec<Event<Test>> {
    let own = |event| match event {
        RuntimeEvent::Dag(event) => Some(event),
        _ => None,
    };
    System::events().into_iter().filter_map(|record| own(record.event)).collect()
}
