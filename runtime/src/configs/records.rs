//! Signed records and their anchors: `pallet_dag`.

use crate::{Runtime, Timestamp};
use frame_support::traits::ConstU64;

impl pallet_dag::Config for Runtime {
    type Time = Timestamp;
    // Epochs begin with trust bundles: until there are some, all records are of the first.
    type Epoch = ConstU64<0>;
    type Rights = pallet_dag::OwnerList<Runtime>;
    type WeightInfo = ();
}
