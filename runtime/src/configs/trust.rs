//! Epochs and trust bundles: `pallet_trust`.

use crate::{AccountId, Runtime, Timestamp, Validators};
use frame_support::traits::Get;
use frame_system::EnsureRoot;
use icn_merkle::TreeHead;
use pallet_trust::{ValidatorKey, ValidatorPowers};

impl pallet_trust::Config for Runtime {
    type AdminOrigin = EnsureRoot<AccountId>;
    type Time = Timestamp;
    type Validators = NextValidators;
    type Records = AllRecords;
    type Emit = crate::Dag;
    type Network = NetworkName;
    type WeightInfo = ();
}

/// The validators of the next block: at the end of a block, `pallet_validators` has written them.
pub struct NextValidators;

impl ValidatorPowers for NextValidators {
    fn powers() -> Vec<(ValidatorKey, u64)> {
        let set = Validators::current();
        set.iter().flat_map(|set| set.validators()).map(|validator| (validator.key, validator.power)).collect()
    }
}

/// The log of all records that are final.
pub struct AllRecords;

impl Get<TreeHead> for AllRecords {
    fn get() -> TreeHead {
        pallet_dag::All::<Runtime>::get().head()
    }
}

/// The name of the network, as in the DIDs of its DAGs.
pub struct NetworkName;

impl Get<Vec<u8>> for NetworkName {
    fn get() -> Vec<u8> {
        pallet_dag::Network::<Runtime>::get().into_inner()
    }
}
