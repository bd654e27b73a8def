//! Tests of the wire format: frozen encodings, round trips, and what strangers may send.

mod bounds;
mod fuzzing;
mod round_trips;
mod strategies;
mod vectors;

use super::*;

/// Encodes a message without its checks, as a stranger can.
fn raw(proto: &impl Message) -> Bytes {
    proto.encode_to_vec().into()
}

/// Why a message of a stranger is refused.
fn refusal<T: Wire + std::fmt::Debug>(proto: &T::Proto) -> WireError {
    decode::<T>(raw(proto)).expect_err("it is out of bounds")
}
