//! What is stored and what calls carry.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use icn_dag::{limits::NETWORK_BYTES_MAX, AnchorEntry, Cid, Did, Key};
use icn_primitives::BlockNumber;
use scale_info::TypeInfo;

/// Most entries of a block.
pub const ENTRIES_MAX: u32 = 256;

/// Most entries of one issuer in one DAG in a block, so that nobody takes the room of all others.
pub const ISSUER_ENTRIES_MAX: u32 = 64;

/// Most writers of a DAG.
pub const WRITERS_MAX: u32 = 256;

/// The name of a network that was given none.
pub const NETWORK_DEFAULT: &str = "local";

/// The entries of a block, each after those that it follows.
pub type EntryList = BoundedVec<AnchorEntry, ConstU32<ENTRIES_MAX>>;

/// Who may write a DAG.
pub type Writers = BoundedVec<Writer, ConstU32<WRITERS_MAX>>;

/// The name of a network.
pub type NetworkName = BoundedVec<u8, ConstU32<{ NETWORK_BYTES_MAX as u32 }>>;

/// A key that signs for an issuer.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub struct Writer {
    /// Who makes the records.
    pub issuer: Did,
    /// Who signs them. A `did:key` signs with its own key only.
    pub key: Key,
}

/// Why a key is barred: it signed two records for one place.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Bar {
    /// The block in which it was shown.
    pub height: BlockNumber,
    /// Who the key signed for.
    pub issuer: Did,
    /// The place.
    pub seq: u64,
    /// The signing CIDs of the two, in order.
    pub signed: [Cid; 2],
}

/// Most records that one block emits.
pub const EMITTED_MAX: u32 = 64;

/// Largest record that a block emits, in bytes.
pub const EMITTED_BYTES_MAX: u32 = 4096;

/// A record that a block emitted, as bytes.
pub type EmittedRecord = BoundedVec<u8, ConstU32<EMITTED_BYTES_MAX>>;

/// The records that the chain has emitted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct OwnLog {
    /// How many.
    pub count: u64,
    /// The last of them.
    pub last: Option<Cid>,
}
