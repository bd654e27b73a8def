//! What the agenda stores.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::traits::Bounded;
use icn_primitives::Moment;
use scale_info::TypeInfo;

/// Names an entry for as long as it is on the agenda, through its retries. Ids are given in order and never again.
pub type EntryId = u64;

/// A call as it is stored: in the entry up to 128 bytes, else as a preimage.
pub type BoundedCallOf<T> = Bounded<<T as crate::Config>::RuntimeCall, <T as frame_system::Config>::Hashing>;

/// An entry of the runtime's agenda.
pub type EntryOf<T> = Entry<BoundedCallOf<T>, <T as crate::Config>::PalletsOrigin>;

/// A call and when to run it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Entry<Call, Origin> {
    /// The call runs in the first block of this time or later that has room for it.
    pub due: Moment,
    /// What to run.
    pub call: Call,
    /// Who runs it: the origin that scheduled it.
    pub origin: Origin,
    /// What to do when the call fails; `None` gives up at once.
    pub retry: Option<Retry>,
}

/// How often to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Retry {
    /// Tries left after the first, `1..=RetriesMax`.
    pub times: u32,
    /// From a failed try to the next, in milliseconds, at least 1. It counts from the block in which the call failed.
    pub period: Moment,
}
