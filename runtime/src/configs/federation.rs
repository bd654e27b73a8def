//! Other federations: `pallet_federation`.

use crate::{AccountId, Runtime, Timestamp, Trust};
use frame_support::traits::{ConstU64, Get};
use frame_system::EnsureRoot;
use icn_dag::Did;

/// For how long a peer's block is trusted: as long as validators answer for what they signed here.
const TRUSTING_PERIOD_MS: u64 = 14 * 24 * 60 * 60 * 1000;

impl pallet_federation::Config for Runtime {
    type AdminOrigin = EnsureRoot<AccountId>;
    type Time = Timestamp;
    type TrustingPeriod = ConstU64<TRUSTING_PERIOD_MS>;
    type Emit = crate::Dag;
    type Own = Own;
    type WeightInfo = ();
}

/// This federation.
pub struct Own;

impl Get<Option<Did>> for Own {
    fn get() -> Option<Did> {
        Trust::federation()
    }
}
