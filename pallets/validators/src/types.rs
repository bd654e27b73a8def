//! What is known of validators beside their powers.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use icn_primitives::{
    tendermint::ValidatorAddress,
    votes::{DuplicateVote, VoteKind},
    BlockNumber, ValidatorSet,
};
use scale_info::TypeInfo;

/// An Ed25519 public key that signs votes.
pub type Key = [u8; 32];

/// Most bytes of a moniker and of a peer id.
pub const TEXT_BYTES_MAX: u32 = 64;

/// A validator's name for people, in UTF-8; it may be empty.
pub type Moniker = BoundedVec<u8, ConstU32<TEXT_BYTES_MAX>>;

/// The identity of a validator's node on the network, as text (`12D3KooW…`); empty when it is not known.
pub type PeerId = BoundedVec<u8, ConstU32<TEXT_BYTES_MAX>>;

/// Whether a moniker is text.
pub fn is_moniker(moniker: &[u8]) -> bool {
    std::str::from_utf8(moniker).is_ok()
}

/// Whether a peer id is of visible ASCII characters. What it means is for the network to say.
pub fn is_peer_id(peer_id: &[u8]) -> bool {
    peer_id.iter().all(u8::is_ascii_graphic)
}

/// Who stands behind a validator's key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Member {
    /// Name for people.
    pub moniker: Moniker,
    /// Its node.
    pub peer_id: PeerId,
}

/// The key that took the place of another.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Successor {
    /// The new key.
    pub key: Key,
    /// The last height that the old key signs: that of the block in which it was rotated.
    pub height: BlockNumber,
}

/// What a validator did that it must never do.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Offence {
    /// It signed two votes in one step.
    DuplicateVote {
        /// Height of the votes.
        height: BlockNumber,
        /// Their round.
        round: u32,
        /// Which of the two votes.
        kind: VoteKind,
    },
}

impl From<&DuplicateVote> for Offence {
    fn from(evidence: &DuplicateVote) -> Self {
        Self::DuplicateVote { height: evidence.height, round: evidence.round, kind: evidence.kind }
    }
}

/// Why a key never signs again.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Tombstone {
    /// The block that carried the evidence.
    pub height: BlockNumber,
    /// What the validator did.
    pub offence: Offence,
}

/// A set that no longer signs. Its last height is the key under which it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Past {
    /// The first height it signed.
    pub first: BlockNumber,
    /// The validators, without priorities.
    pub set: ValidatorSet,
}

/// A validator as clients see it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct MemberInfo {
    /// Its key.
    pub key: Key,
    /// The address that follows from the key.
    pub address: ValidatorAddress,
    /// Its voting power.
    pub power: u64,
    /// Name for people.
    pub moniker: String,
    /// Its node; empty when it is not known.
    pub peer_id: String,
    /// Blocks it did not sign, of the last 128.
    pub missed: u32,
}
