//! Blocks and accounts: `frame_system`, `pallet_balances`, `pallet_sudo`.

use crate::{
    nesting::CallFilter, version::CurrentVersion, AccountId, Balance, Balances, Block, BlockNumber, PalletInfo,
    Runtime, RuntimeCall, RuntimeEvent, RuntimeFreezeReason, RuntimeHoldReason, RuntimeOrigin, RuntimeTask, System,
};
use frame_support::{
    derive_impl,
    dispatch::DispatchClass,
    parameter_types,
    traits::{ConstU32, VariantCountOf},
    weights::{constants::WEIGHT_REF_TIME_PER_MICROS, RuntimeDbWeight, Weight},
};
use frame_system::limits::{BlockLength, BlockWeights};
use icn_primitives::limits::{BLOCK_BYTES_MAX, BLOCK_HASH_COUNT, BLOCK_REF_TIME_MAX};
use sp_runtime::{traits::AccountIdLookup, Perbill};

/// Share of a block that transactions may fill; the rest is for operational calls and inherents.
const NORMAL_RATIO: Perbill = Perbill::from_percent(90);

/// What hooks of every block cost on top of their own weights: events, digest, both headers, the commit's fixed part.
const BLOCK_BASE: Weight = Weight::from_parts(2_000 * WEIGHT_REF_TIME_PER_MICROS, 0);

/// What every extrinsic costs beside its call: signature check, decoding, extensions, its entry in the body.
const EXTRINSIC_BASE: Weight = Weight::from_parts(60 * WEIGHT_REF_TIME_PER_MICROS, 0);

/// Most of a block's weight that is guaranteed to transactions before inherents and hooks.
const AVERAGE_INITIALIZE_RATIO: Perbill = Perbill::from_percent(10);

parameter_types! {
    /// Weight of a block: 1 s of reference time. Nothing is proven to a relay chain, so proof size has no limit.
    pub Weights: BlockWeights = BlockWeights::builder()
        .base_block(BLOCK_BASE)
        .for_class(DispatchClass::all(), |class| class.base_extrinsic = EXTRINSIC_BASE)
        .for_class(DispatchClass::Normal, |class| class.max_total = Some(NORMAL_RATIO * MAX_BLOCK))
        .for_class(DispatchClass::Operational, |class| {
            class.max_total = Some(MAX_BLOCK);
            class.reserved = Some(MAX_BLOCK - NORMAL_RATIO * MAX_BLOCK);
        })
        .avg_block_initialization(AVERAGE_INITIALIZE_RATIO)
        .build_or_panic();
    /// Bytes of a block.
    pub Length: BlockLength = BlockLength::builder()
        .max_length(BLOCK_BYTES_MAX)
        .modify_max_length_for_class(DispatchClass::Normal, |length| *length = NORMAL_RATIO * BLOCK_BYTES_MAX)
        .build();
    /// Cost of touching a key: a read from the flat state; a write with its share of the tree and of the commit.
    pub const DbCost: RuntimeDbWeight = RuntimeDbWeight { read: 5_000_000, write: 40_000_000 };
    /// How many blocks back a transaction's era may point.
    pub const BlockHashCount: BlockNumber = BLOCK_HASH_COUNT;
    /// The generic Substrate prefix of addresses.
    pub const Ss58Prefix: u16 = 42;
    /// The least an account may hold: a thousandth of a token.
    pub const ExistentialDeposit: Balance = crate::genesis::TOKEN / 1_000;
}

/// All of a block's weight.
const MAX_BLOCK: Weight = Weight::from_parts(BLOCK_REF_TIME_MAX, u64::MAX);

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
    type BaseCallFilter = CallFilter;
    type Block = Block;
    type BlockWeights = Weights;
    type BlockLength = Length;
    type AccountId = AccountId;
    type Nonce = crate::Nonce;
    type Hash = crate::Hash;
    type Hashing = icn_primitives::Hashing;
    type Lookup = AccountIdLookup<AccountId, ()>;
    type BlockHashCount = BlockHashCount;
    type DbWeight = DbCost;
    type Version = CurrentVersion;
    type AccountData = pallet_balances::AccountData<Balance>;
    type SystemWeightInfo = frame_system::weights::SubstrateWeight<Runtime>;
    type ExtensionsWeightInfo = frame_system::SubstrateExtensionsWeight<Runtime>;
    type SS58Prefix = Ss58Prefix;
    type OnSetCode = pallet_upgrade::RefuseSetCode;
    type MaxConsumers = ConstU32<16>;
}

impl pallet_balances::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeHoldReason = RuntimeHoldReason;
    type RuntimeFreezeReason = RuntimeFreezeReason;
    type WeightInfo = pallet_balances::weights::SubstrateWeight<Runtime>;
    type Balance = Balance;
    type DustRemoval = ();
    type ExistentialDeposit = ExistentialDeposit;
    type AccountStore = System;
    type ReserveIdentifier = [u8; 8];
    type FreezeIdentifier = RuntimeFreezeReason;
    type MaxLocks = ConstU32<50>;
    type MaxReserves = ConstU32<50>;
    type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
    type DoneSlashHandler = ();
}

impl pallet_sudo::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type WeightInfo = pallet_sudo::weights::SubstrateWeight<Runtime>;
}

/// The fee token as other pallets' deposits see it.
pub type Currency = Balances;
