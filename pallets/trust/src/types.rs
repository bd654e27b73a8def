//! Epochs and signers as they are kept.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use icn_dag::{Cid, Epoch};
use icn_merkle::TreeHead;
use icn_primitives::Moment;
use icn_trust::{
    bls::PublicKey,
    bundle::{Bundle, Signer, Signers, SIGNERS_MAX},
    seal::Seal,
};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// A validator, by the Ed25519 key with which it votes.
pub type ValidatorKey = [u8; 32];

/// How many sealed bundles the state keeps.
pub const BUNDLES_KEPT: Epoch = 512;

/// The longest that anything may last, in milliseconds: ten years.
const DURATION_MAX: Moment = 10 * 365 * DAY;

const DAY: Moment = 24 * 60 * 60 * 1000;

/// Tells the validators.
pub trait ValidatorPowers {
    /// Those that sign the next block and their powers, in any order.
    fn powers() -> Vec<(ValidatorKey, u64)>;
}

/// How long epochs are. An epoch closes when either has passed.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(deny_unknown_fields, default)]
pub struct Parameters {
    /// Blocks of an epoch; at least 1.
    pub blocks: u32,
    /// Length of an epoch in milliseconds; at least 1 000.
    pub duration_ms: Moment,
    /// For how long a bundle is trusted, in milliseconds; at least as long as an epoch.
    pub validity_ms: Moment,
    /// After how long it is told that an epoch is not sealed, in milliseconds.
    pub deadline_ms: Moment,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { blocks: 100_000, duration_ms: DAY, validity_ms: 14 * DAY, deadline_ms: 10 * 60 * 1000 }
    }
}

impl Parameters {
    /// Whether each is within its range.
    pub fn are_in_range(&self) -> bool {
        self.blocks >= 1
            && (1_000..=DURATION_MAX).contains(&self.duration_ms)
            && (self.duration_ms..=DURATION_MAX).contains(&self.validity_ms)
            && self.deadline_ms <= DURATION_MAX
    }
}

/// Where an epoch began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Started {
    /// Its first block.
    pub height: u32,
    /// The time of the last block before it; of its first block, for epoch 0.
    pub time: Moment,
}

/// A validator when an epoch began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Member {
    /// The validator.
    pub validator: ValidatorKey,
    /// Its power.
    pub power: u64,
    /// Its sealing key, if it had one.
    pub key: Option<PublicKey>,
}

/// The validators when an epoch began.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct SignerSet(pub BoundedVec<Member, ConstU32<SIGNERS_MAX>>);

impl SignerSet {
    /// Who of them seals, and the power of all.
    pub fn seal_with(&self) -> Signers {
        let mut list: Vec<Signer> =
            self.0.iter().filter_map(|member| Some(Signer { key: member.key?, power: member.power })).collect();
        list.sort_unstable_by_key(|signer| signer.key);
        // Tendermint bounds the sum.
        let power = self.0.iter().fold(0_u64, |sum, member| sum.saturating_add(member.power));
        Signers { list: BoundedVec::truncate_from(list), power }
    }
}

/// An epoch that has ended and is not sealed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Closing {
    /// The epoch.
    pub epoch: Epoch,
    /// Its last block.
    pub height: u32,
    /// The hash of that block; not known before the next one.
    pub block: Option<[u8; 32]>,
    /// That block's time.
    pub time: Moment,
    /// From when on the bundle is not trusted any more.
    pub valid_until: Moment,
    /// The log of all records, at its end.
    pub records: TreeHead,
    /// Who seals it.
    pub signers: Signers,
    /// Whether it was told that too few have signed.
    pub overdue: bool,
}

/// A bundle and its seal.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct SealedEpoch {
    /// The bundle.
    pub bundle: Bundle,
    /// Its name.
    pub cid: Cid,
    /// Its seal.
    pub seal: Seal,
    /// How many records the bundle before named.
    pub records_before: u64,
    /// The block that carried it.
    pub height: u32,
}
