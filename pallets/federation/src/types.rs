//! Peers and what is brought of them.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use icn_dag::{Cid, Did, Epoch};
use icn_primitives::Moment;
use icn_trust::{BlockFile, HexBytes, Place, SealedBundle};
use scale_info::TypeInfo;
use sha2::{Digest as _, Sha256};

/// Most peers.
pub const PEERS_MAX: u32 = 256;

/// How many bundles of a peer are kept.
pub const BUNDLES_KEPT: Epoch = 16;

/// How many blocks of a peer are kept.
pub const BLOCKS_KEPT: u32 = 16;

/// Most bundles in one call.
pub const BUNDLES_PER_CALL: usize = 8;

/// How many receipts are removed at once when a peer is forgotten.
pub const FORGOTTEN_PER_CALL: u32 = 256;

/// Most bytes of what is brought: a block with the most validators, in protobuf.
pub const ENCODED_BYTES_MAX: u32 = 1024 * 1024;

/// Something in SCALE. Calls take it as bytes, so that clients need not know the types within.
pub type Encoded = BoundedVec<u8, ConstU32<ENCODED_BYTES_MAX>>;

/// What was accepted: the SHA-256 of a record's CID, or of the state's key.
pub type ItemId = [u8; 32];

/// A peer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Peer {
    /// The last bundle that was followed.
    pub epoch: Option<Epoch>,
    /// The height of the last block that was followed.
    pub block: Option<u64>,
    /// How many blocks are kept.
    pub blocks_kept: u32,
    /// How many receipts there are.
    pub receipts: u64,
    /// Why nothing of it is followed.
    pub frozen: Option<Reason>,
}

/// Why a peer is frozen.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Reason {
    /// It sealed two bundles of one epoch.
    TwoBundles {
        /// The epoch.
        epoch: Epoch,
    },
    /// It made two blocks of one height final.
    TwoBlocks {
        /// The height.
        height: u64,
    },
    /// The privileged origin froze it.
    ByGovernance {
        /// In this block of this chain.
        height: u32,
    },
}

/// A point of a history that is trusted because somebody says so.
// One is made and taken apart at once.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub enum TrustedPoint {
    /// A bundle; its seal is not checked.
    Bundle(SealedBundle),
    /// A block; its signatures are not checked.
    Block(BlockFile),
}

/// A step of the light client.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct BlockStep {
    /// The height of the known block from which the step goes; the last one unless a fork is shown.
    pub from: u64,
    /// The block.
    pub block: BlockFile,
    /// Protobuf of the validators after the known block; may be empty when the block is the next one.
    pub next_validators: HexBytes,
}

/// What contradicts a peer's history.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub enum Fork {
    /// Another sealed bundle of an epoch whose bundle is kept, with the one before it.
    Bundle(SealedBundle),
    /// Another final block of a height whose block is kept.
    Block(BlockStep),
}

/// What is to be accepted.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub enum Claim {
    /// A record of one of the peer's DAGs.
    Record {
        /// The record.
        record: Vec<u8>,
        /// Where it is.
        place: Place,
    },
    /// A value of the peer's state.
    Value {
        /// The storage key.
        key: Vec<u8>,
        /// The value.
        value: Vec<u8>,
        /// ICS-23.
        proof: Vec<u8>,
    },
}

/// That something was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Receipt {
    /// What it is.
    pub item: Item,
    /// The height of the peer's chain by which it was shown.
    pub peer_height: u64,
    /// The block of this chain.
    pub height: u32,
    /// Its time.
    pub time: Moment,
}

/// What was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum Item {
    /// A record.
    Record {
        /// Its name.
        cid: Cid,
        /// Its DAG.
        dag: Did,
        /// Who made it.
        issuer: Did,
    },
    /// A value.
    Value {
        /// SHA-256 of the value.
        hash: [u8; 32],
    },
}

/// The evidence that a peer forked.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct ForkRecord {
    /// The block of this chain in which it was shown.
    pub height: u32,
    /// What was followed: the CID of the bundle, or the hash of the block.
    pub followed: BoundedVec<u8, ConstU32<36>>,
    /// What contradicts it, as it was brought: SCALE of [`Fork`].
    pub other: Encoded,
}

/// A point of a peer's history that was followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub enum KeptPoint {
    /// A block.
    Block,
    /// The bundle of an epoch.
    Bundle(Epoch),
}

/// The name of what is accepted.
pub fn item_id(bytes: &[u8]) -> ItemId {
    Sha256::digest(bytes).into()
}
