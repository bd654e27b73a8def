//! The consensus inherent: the first extrinsic of every block, and the only one without a signature.

use codec::Encode;
use icn_primitives::{Extrinsic, Moment};
use icn_runtime::{Runtime, RuntimeCall, UncheckedExtrinsic};

/// The inherent of a block at `time`, as bytes.
pub fn build(time: Moment) -> Extrinsic {
    Extrinsic::from_encoded(typed(time).encode())
}

/// The inherent of a block at `time`.
pub(crate) fn typed(time: Moment) -> UncheckedExtrinsic {
    let call: RuntimeCall = pallet_timestamp::Call::<Runtime>::set { now: time }.into();
    UncheckedExtrinsic::new_bare(call)
}

/// Whether `extrinsic` is, byte for byte, the inherent of a block at `time`. The runtime asserts on hostile inherents, so
/// they are found before it sees them.
pub fn is_of(extrinsic: &Extrinsic, time: Moment) -> bool {
    *extrinsic == build(time)
}
