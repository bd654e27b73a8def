//! Extrinsics from strangers, decoded within bounds.

use crate::session::with_stack;
use codec::DecodeLimit;
use icn_primitives::{limits::DECODE_DEPTH_MAX, Extrinsic};
use icn_runtime::{nesting, UncheckedExtrinsic};

/// Decodes an extrinsic whose size is bounded by its type; depth is bounded here, twice: of containers while decoding, of
/// calls afterwards.
///
/// # Errors
/// What is wrong, in words a client can be told.
pub fn extrinsic(extrinsic: &Extrinsic) -> Result<UncheckedExtrinsic, &'static str> {
    let mut bytes = extrinsic.bytes();
    let decoded = with_stack(|| UncheckedExtrinsic::decode_all_with_depth_limit(DECODE_DEPTH_MAX, &mut bytes));
    let decoded = decoded.map_err(|_| "it does not decode, or nests too deep")?;
    if !nesting::is_within_limit(&decoded.function) {
        return Err("its calls nest more than 32 deep");
    }
    Ok(decoded)
}
