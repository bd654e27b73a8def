//! Signed records and their anchors: `pallet_dag`.

use crate::{Runtime, Timestamp};

impl pallet_dag::Config for Runtime {
    type Time = Timestamp;
    type Epoch = pallet_trust::CurrentEpoch<Runtime>;
    type Rights = pallet_dag::OwnerList<Runtime>;
    type Federation = super::federation::Own;
    type WeightInfo = ();
}
