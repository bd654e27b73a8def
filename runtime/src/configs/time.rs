//! Time, calls that run later, and upgrades: `pallet_timestamp`, `pallet_preimage`, `pallet_scheduler`, `pallet_agenda`,
//! `pallet_upgrade`.

use super::calls::deposit;
use crate::{
    configs::system::Weights, AccountId, Balance, Balances, OriginCaller, Preimage, Runtime, RuntimeCall, RuntimeEvent,
    RuntimeHoldReason, RuntimeOrigin, System, Timestamp,
};
use frame_support::{
    parameter_types,
    traits::{fungible::HoldConsideration, ConstU32, ConstU64, EqualPrivilegeOnly, LinearStoragePrice},
    weights::Weight,
};
use frame_system::EnsureRoot;
use sp_runtime::Perbill;

parameter_types! {
    /// Deposit for a stored preimage.
    pub const PreimageDepositBase: Balance = deposit(2, 64);
    /// Deposit for each byte of it.
    pub const PreimageDepositByte: Balance = deposit(0, 1);
    /// Why the deposit is held.
    pub const PreimageHold: RuntimeHoldReason = RuntimeHoldReason::Preimage(pallet_preimage::HoldReason::Preimage);
    /// Weight of the calls the agenda runs in one block.
    pub AgendaWeight: Weight = Perbill::from_percent(20) * Weights::get().max_block;
    /// Weight of the calls the scheduler runs in one block.
    pub SchedulerWeight: Weight = Perbill::from_percent(20) * Weights::get().max_block;
}

impl pallet_timestamp::Config for Runtime {
    type Moment = crate::Moment;
    type OnTimestampSet = ();
    // Block times are strictly increasing whole milliseconds.
    type MinimumPeriod = ConstU64<1>;
    type WeightInfo = pallet_timestamp::weights::SubstrateWeight<Runtime>;
}

impl pallet_preimage::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = pallet_preimage::weights::SubstrateWeight<Runtime>;
    type Currency = Balances;
    type ManagerOrigin = EnsureRoot<AccountId>;
    type Consideration = HoldConsideration<
        AccountId,
        Balances,
        PreimageHold,
        LinearStoragePrice<PreimageDepositBase, PreimageDepositByte, Balance>,
    >;
}

impl pallet_scheduler::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeOrigin = RuntimeOrigin;
    type PalletsOrigin = OriginCaller;
    type RuntimeCall = RuntimeCall;
    type MaximumWeight = SchedulerWeight;
    type ScheduleOrigin = EnsureRoot<AccountId>;
    type OriginPrivilegeCmp = EqualPrivilegeOnly;
    type MaxScheduledPerBlock = ConstU32<64>;
    type WeightInfo = pallet_scheduler::weights::SubstrateWeight<Runtime>;
    type Preimages = Preimage;
    type BlockNumberProvider = System;
}

impl pallet_agenda::Config for Runtime {
    type RuntimeOrigin = RuntimeOrigin;
    type PalletsOrigin = OriginCaller;
    type RuntimeCall = RuntimeCall;
    type Time = Timestamp;
    type Preimages = Preimage;
    type ScheduleOrigin = EnsureRoot<AccountId>;
    type OriginPrivilegeCmp = EqualPrivilegeOnly;
    type MaximumWeight = AgendaWeight;
    type EntriesMax = ConstU32<10_000>;
    type RetriesMax = ConstU32<100>;
    type WeightInfo = crate::weights::pallet_agenda::WeightInfo<Runtime>;
}

impl pallet_upgrade::Config for Runtime {
    type UpgradeOrigin = EnsureRoot<AccountId>;
    type MinimumNotice = ConstU32<2>;
    type HistoryMax = ConstU32<64>;
    type WeightInfo = crate::weights::pallet_upgrade::WeightInfo<Runtime>;
}
