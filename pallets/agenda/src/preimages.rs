//! Calls as bytes: storing them, and decoding them within bounds.

use crate::{BoundedCallOf, Config, Error};
use codec::{DecodeLimit, Encode};
use frame_support::traits::{Bounded, BoundedInline, QueryPreimage, StorePreimage};
use icn_primitives::limits::DECODE_DEPTH_MAX;
use sp_runtime::{traits::Hash, DispatchError};

/// Stores a call, requesting its preimage once for this entry.
///
/// `StorePreimage::bound` would not do: noting a preimage that is requested already does not count as a request, so the end
/// of one entry would take the preimage from under another of the same call.
///
/// # Errors
/// When the call is larger than a preimage may be.
pub(crate) fn bound<T: Config>(call: &<T as Config>::RuntimeCall) -> Result<BoundedCallOf<T>, DispatchError> {
    let bytes = call.encode();
    let length = bytes.len() as u32;
    match BoundedInline::try_from(bytes) {
        Ok(inline) => Ok(Bounded::Inline(inline)),
        Err(bytes) if bytes.len() > T::Preimages::MAX_LENGTH => Err(Error::<T>::CallTooLarge.into()),
        Err(bytes) => {
            let requested = T::Preimages::is_requested(&T::Hashing::hash(&bytes));
            let hash = T::Preimages::note(bytes.into())?;
            if requested {
                T::Preimages::request(&hash);
            }
            Ok(Bounded::Lookup { hash, len: length })
        }
    }
}

/// How many bytes of a call would be stored as a preimage: none when it fits into the entry.
pub(crate) fn length_outside<T: Config>(call: &<T as Config>::RuntimeCall) -> u32 {
    let length = call.encoded_size();
    if length <= BoundedInline::bound() {
        return 0;
    }
    // More than 4 GiB is more than any preimage.
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Reads a stored call: all of its bytes, nested no deeper than an extrinsic may be, since a preimage may be any bytes. `None`
/// when the preimage is missing or is no call.
pub(crate) fn read<T: Config>(call: &BoundedCallOf<T>) -> Option<<T as Config>::RuntimeCall> {
    match call {
        Bounded::Inline(bytes) => decode::<T>(bytes),
        Bounded::Lookup { hash, len } => decode::<T>(&T::Preimages::fetch(hash, Some(*len)).ok()?),
        Bounded::Legacy { hash, .. } => decode::<T>(&T::Preimages::fetch(hash, None).ok()?),
    }
}

fn decode<T: Config>(bytes: &[u8]) -> Option<<T as Config>::RuntimeCall> {
    DecodeLimit::decode_all_with_depth_limit(DECODE_DEPTH_MAX, &mut &bytes[..]).ok()
}
