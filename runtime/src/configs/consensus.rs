//! Who makes blocks: `pallet_validators`.

use crate::{AccountId, Runtime, Timestamp};
use frame_system::EnsureRoot;

impl pallet_validators::Config for Runtime {
    type AdminOrigin = EnsureRoot<AccountId>;
    type Time = Timestamp;
    type WeightInfo = crate::weights::pallet_validators::WeightInfo<Runtime>;
}
