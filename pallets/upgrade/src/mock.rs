//! A runtime whose version the test sets, with a notice of five blocks and a history of three upgrades.

use crate as pallet_upgrade;
use crate::{Event, Info, RefuseSetCode};
use frame_support::{
    derive_impl, parameter_types,
    storage::unhashed,
    traits::{ConstU32, ConstU64, Get},
};
use frame_system::EnsureRoot;
use icn_primitives::code::CODE_KEY;
use sp_runtime::{BuildStorage, DigestItem};
use sp_version::RuntimeVersion;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Upgrade: pallet_upgrade,
    }
);

parameter_types! {
    pub static SpecVersion: u32 = 1;
}

/// The version of the binary that runs.
pub struct Version;

impl Get<RuntimeVersion> for Version {
    fn get() -> RuntimeVersion {
        RuntimeVersion { spec_name: "mock".into(), spec_version: SpecVersion::get(), ..Default::default() }
    }
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlock<Test>;
    type Version = Version;
    type OnSetCode = RefuseSetCode;
}

impl crate::Config for Test {
    type UpgradeOrigin = EnsureRoot<u64>;
    type MinimumNotice = ConstU64<5>;
    type HistoryMax = ConstU32<3>;
    type WeightInfo = ();
}

/// Runs a test in block 1, and checks the invariants after it.
pub(crate) fn run(test: impl FnOnce()) {
    run_unchecked(|| {
        test();
        pallet_testing::check::<Test, AllPalletsWithSystem>();
    });
}

/// The same for a test that breaks the state.
pub(crate) fn run_unchecked(test: impl FnOnce()) {
    externalities().execute_with(|| {
        block(|| {});
        test();
    });
}

/// The state of genesis, made by version 1.
pub(crate) fn externalities() -> sp_io::TestExternalities {
    SpecVersion::set(1);
    let storage = RuntimeGenesisConfig::default().build_storage().expect("the genesis of the mock is valid");
    // The externalities write a code of their own over that of genesis.
    let code = storage.top.get(CODE_KEY).cloned().unwrap_or_default();
    let mut state = sp_io::TestExternalities::new_with_code(&code, storage);
    state.register_extension(sp_core::traits::ReadRuntimeVersionExt::new(NoWasm));
    state
}

/// Reads no version from any code, as the node's does.
struct NoWasm;

impl sp_core::traits::ReadRuntimeVersion for NoWasm {
    fn read_runtime_version(&self, _: &[u8], _: &mut dyn sp_core::traits::Externalities) -> Result<Vec<u8>, String> {
        Err("the runtime is native".into())
    }
}

/// Makes a block and returns its digest.
pub(crate) fn block(transactions: impl FnOnce()) -> Vec<DigestItem> {
    let time = System::block_number() + 1;
    pallet_testing::make_block::<Test, AllPalletsWithSystem>(time, transactions).digest.logs
}

/// Makes blocks up to a height.
pub(crate) fn run_to(height: u64) {
    while System::block_number() < height {
        block(|| {});
    }
}

/// A description of a release.
pub(crate) fn info() -> Info {
    b"release".to_vec().try_into().expect("shorter than the limit")
}

/// What stands under `:code`.
pub(crate) fn code() -> Option<Vec<u8>> {
    unhashed::get_raw(CODE_KEY)
}

/// This pallet's events of the block.
pub(crate) fn events() -> Vec<Event<Test>> {
    let of_upgrade = |event| match event {
        RuntimeEvent::Upgrade(event) => Some(event),
        _ => None,
    };
    System::events().into_iter().filter_map(|record| of_upgrade(record.event)).collect()
}
