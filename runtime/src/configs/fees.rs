//! What a transaction costs: `pallet_transaction_payment`.

use crate::{Balance, Balances, Runtime, RuntimeEvent};
use frame_support::{
    parameter_types,
    traits::ConstU8,
    weights::{ConstantMultiplier, IdentityFee},
};
use pallet_transaction_payment::{ConstFeeMultiplier, FungibleAdapter, Multiplier};
use sp_runtime::traits::One;

parameter_types! {
    /// Fee for a byte of the extrinsic, in base units: as much as a microsecond of execution.
    pub const ByteFee: Balance = 1_000_000;
    /// Fees do not follow the load: full blocks are shared out by tip.
    pub FeeMultiplier: Multiplier = Multiplier::one();
}

impl pallet_transaction_payment::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type OnChargeTransaction = FungibleAdapter<Balances, ()>;
    type OperationalFeeMultiplier = ConstU8<5>;
    type WeightToFee = IdentityFee<Balance>;
    type LengthToFee = ConstantMultiplier<Balance, ByteFee>;
    type FeeMultiplierUpdate = ConstFeeMultiplier<FeeMultiplier>;
    type WeightInfo = pallet_transaction_payment::weights::SubstrateWeight<Runtime>;
}
