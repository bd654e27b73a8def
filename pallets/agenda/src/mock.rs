//! A runtime with an agenda: scheduling by root and by accounts 1 and 2, half a block's weight, three retries.

use crate as pallet_agenda;
use crate::{Agenda as _, EntryId, Event, Retry};
use frame_support::{
    derive_impl, ord_parameter_types, parameter_types,
    traits::{ConstU32, EitherOfDiverse, EqualPrivilegeOnly},
    weights::Weight,
};
use frame_system::{EnsureRoot, EnsureSignedBy, Phase, RawOrigin};
use pallet_testing::{recorder, Clock};
use sp_runtime::{BuildStorage, DispatchError, DispatchResult};

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Preimage: pallet_preimage,
        Recorder: recorder,
        Agenda: pallet_agenda,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlock<Test>;
}

impl pallet_preimage::Config for Test {
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = ();
    type Currency = ();
    type ManagerOrigin = EnsureRoot<u64>;
    type Consideration = ();
}

impl recorder::Config for Test {}

/// Reference time of the agenda's share of a block.
pub(crate) const SHARE: u64 = 500_000_000_000;

/// Entries that fit on the agenda.
pub(crate) const ENTRIES_MAX: u32 = 40;

/// Retries an entry may have.
pub(crate) const RETRIES_MAX: u32 = 3;

parameter_types! {
    pub static MaximumWeight: Weight = Weight::from_parts(SHARE, u64::MAX);
}

ord_parameter_types! {
    pub const One: u64 = 1;
    pub const Two: u64 = 2;
}

type Accounts = EitherOfDiverse<EnsureSignedBy<One, u64>, EnsureSignedBy<Two, u64>>;

impl crate::Config for Test {
    type RuntimeOrigin = RuntimeOrigin;
    type PalletsOrigin = OriginCaller;
    type RuntimeCall = RuntimeCall;
    type Time = Clock;
    type Preimages = Preimage;
    type ScheduleOrigin = EitherOfDiverse<EnsureRoot<u64>, Accounts>;
    type OriginPrivilegeCmp = EqualPrivilegeOnly;
    type MaximumWeight = MaximumWeight;
    type EntriesMax = ConstU32<ENTRIES_MAX>;
    type RetriesMax = ConstU32<RETRIES_MAX>;
    type WeightInfo = ();
}

/// Runs a test at time 1 000 in block 1, and checks the invariants after it.
pub(crate) fn run(test: impl FnOnce()) {
    run_unchecked(|| {
        test();
        pallet_testing::check::<Test, AllPalletsWithSystem>();
    });
}

/// The same for a test that breaks the state.
pub(crate) fn run_unchecked(test: impl FnOnce()) {
    externalities().execute_with(|| {
        block_at(1_000);
        test();
    });
}

/// The state of genesis.
pub(crate) fn externalities() -> sp_io::TestExternalities {
    RuntimeGenesisConfig::default().build_storage().expect("the genesis of the mock is valid").into()
}

/// Makes a block at a time.
pub(crate) fn block_at(time: u64) {
    pallet_testing::make_block::<Test, AllPalletsWithSystem>(time, || {});
}

/// A call that succeeds and leaves `value`.
pub(crate) fn record(value: u32) -> RuntimeCall {
    record_heavy(value, 1_000)
}

/// The same at a cost.
pub(crate) fn record_heavy(value: u32, ref_time: u64) -> RuntimeCall {
    RuntimeCall::Recorder(recorder::Call::record { value, ref_time, padding: vec![] })
}

/// The same, too large to be stored inline.
pub(crate) fn record_large(value: u32) -> RuntimeCall {
    RuntimeCall::Recorder(recorder::Call::record { value, ref_time: 1_000, padding: vec![7; 500] })
}

/// A call that fails.
pub(crate) fn refuse(value: u32) -> RuntimeCall {
    RuntimeCall::Recorder(recorder::Call::refuse { value, ref_time: 1_000 })
}

/// Schedules as root.
pub(crate) fn schedule(due: u64, retry: Option<Retry>, call: RuntimeCall) -> EntryId {
    <Agenda as crate::Agenda>::schedule(due, retry, RawOrigin::Root.into(), call).expect("the entry is within limits")
}

/// When the first entry is due.
pub(crate) fn next_due() -> Option<u64> {
    Agenda::next_due()
}

/// What has run, oldest first.
pub(crate) fn log() -> Vec<u32> {
    recorder::Log::<Test>::get()
}

/// The agenda's events of this block.
pub(crate) fn events() -> Vec<Event<Test>> {
    let of_agenda = |event| match event {
        RuntimeEvent::Agenda(event) => Some(event),
        _ => None,
    };
    System::events().into_iter().filter_map(|record| of_agenda(record.event)).collect()
}

/// A failure as it is read back from an event, which keeps no text.
pub(crate) fn failed(error: impl Into<DispatchError>) -> DispatchResult {
    Err(error.into().stripped())
}

/// To what the events of this block belong.
pub(crate) fn phases() -> Vec<Phase> {
    System::events().into_iter().map(|record| record.phase).collect()
}
