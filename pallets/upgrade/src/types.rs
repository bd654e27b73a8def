//! What is known of upgrades.

use codec::{Decode, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use scale_info::TypeInfo;

/// Most bytes of a release's description.
pub const INFO_BYTES_MAX: u32 = 256;

/// Where operators find the release, in UTF-8: a name, a link, a digest.
pub type Info = BoundedVec<u8, ConstU32<INFO_BYTES_MAX>>;

/// An upgrade to come, or one that was made.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Upgrade<BlockNumber> {
    /// The first block of the new runtime.
    pub height: BlockNumber,
    /// The new runtime's spec version.
    pub spec_version: u32,
    /// Where operators find the release.
    pub info: Info,
}

/// The version of the runtime that makes the state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Agreed<BlockNumber> {
    /// Its spec version.
    pub spec_version: u32,
    /// Its first block; 0 when it made genesis.
    pub since: BlockNumber,
}
