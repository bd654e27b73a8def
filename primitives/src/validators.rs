//! The validators of a height: who signs, with what power, and whose turn it is to propose.
//!
//! Order, hash, powers and priorities are CometBFT's (`types/validator_set.go`): validators stand by power, the most
//! first, then by address; whose *priority* is highest proposes, and pays for it with the total power, so that each
//! proposes in proportion to its power. The priorities of a set are those **before** the turn of its height: round 0
//! makes one turn, each round after it one more.

use crate::{
    tendermint::{merkle_root, ValidatorAddress},
    votes::is_signed_by,
    Hash,
};
use codec::{Decode, DecodeWithMemTracking, Encode, Input, MaxEncodedLen};
use prost::Message;
use scale_info::TypeInfo;
use sha2::{Digest, Sha256};
use sp_core::{bounded::BoundedVec, ConstU32};
use std::cmp::Reverse;
use tendermint_proto::v0_38::{
    crypto::{public_key::Sum, PublicKey},
    types::SimpleValidator,
};

/// Most validators a chain may have.
pub const VALIDATORS_MAX: u32 = 150;

/// Most power a set may have together, CometBFT's `MaxTotalVotingPower`.
pub const TOTAL_POWER_MAX: u64 = (i64::MAX / 8) as u64;

/// How far priorities may be apart, as a multiple of the total power.
const PRIORITY_WINDOW: i128 = 2;

/// Rounds in which turns follow priorities. From here on validators take turns in the order of the set: a height that
/// needs so many rounds is in trouble, and the cost of finding a proposer must stay bounded.
const PRIORITY_ROUNDS_MAX: u32 = 1_000;

/// One validator of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Validator {
    /// Ed25519 public key that signs votes.
    pub key: [u8; 32],
    /// Voting power, above 0.
    pub power: u64,
    /// Claim to the next turn.
    pub priority: i64,
}

impl Validator {
    /// The address that Tendermint derives from the key.
    pub fn address(&self) -> ValidatorAddress {
        address_of(&self.key)
    }
}

/// The address of an Ed25519 key: the first 20 bytes of its SHA-256.
pub fn address_of(key: &[u8; 32]) -> ValidatorAddress {
    let mut address = [0; 20];
    address.copy_from_slice(&Sha256::digest(key)[..20]);
    address
}

/// Whether an Ed25519 key is a point of the curve that not everyone can sign for: the signature of the neutral element
/// and zero is valid, for any message, under exactly the keys of small order.
pub fn is_sound_key(key: &[u8; 32]) -> bool {
    let mut forged = [0; 64];
    forged[0] = 1;
    ed25519_consensus::VerificationKey::try_from(*key).is_ok() && !is_signed_by(key, b"", &forged)
}

/// Why keys and powers are no validator set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetError {
    /// Nobody would be left to make blocks.
    #[error("a set needs at least one validator")]
    Empty,
    /// There are more than [`VALIDATORS_MAX`].
    #[error("a set has at most {VALIDATORS_MAX} validators")]
    TooMany,
    /// A validator has no power.
    #[error("a validator has no power")]
    NoPower,
    /// The powers together are above [`TOTAL_POWER_MAX`].
    #[error("the validators have together more than {TOTAL_POWER_MAX} power")]
    TooMuchPower,
    /// A key is there twice.
    #[error("a key is there twice")]
    Duplicate,
}

/// The validators of a height, at least one, in Tendermint's order. What decodes can be reckoned with; whether it is in
/// order too takes longer to say, see [`ValidatorSet::is_sound`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, TypeInfo, MaxEncodedLen)]
pub struct ValidatorSet(BoundedVec<Validator, ConstU32<VALIDATORS_MAX>>);

impl Decode for ValidatorSet {
    fn decode<I: Input>(input: &mut I) -> Result<Self, codec::Error> {
        let validators: BoundedVec<Validator, _> = Decode::decode(input)?;
        check(&validators).map_err(|_| "no validators, or too much power, none, or a key twice")?;
        Ok(Self(validators))
    }
}

impl DecodeWithMemTracking for ValidatorSet {}

impl ValidatorSet {
    /// The set of a chain's first height: keys and powers, all with the same claim.
    ///
    /// # Errors
    /// See [`SetError`].
    pub fn new(members: impl IntoIterator<Item = ([u8; 32], u64)>) -> Result<Self, SetError> {
        let members = members.into_iter().map(|(key, power)| Validator { key, power, priority: 0 });
        Self::checked(members.collect())
    }

    fn checked(mut validators: Vec<Validator>) -> Result<Self, SetError> {
        check(&validators)?;
        validators.sort_by_cached_key(|validator| (Reverse(validator.power), validator.address()));
        BoundedVec::try_from(validators).map(Self).map_err(|_| SetError::TooMany)
    }

    /// The validators, in order.
    pub fn validators(&self) -> &[Validator] {
        &self.0
    }

    /// Whether it says what every set does: at least one validator, powers, no key twice, in order. What is decoded
    /// from a stranger may be out of order.
    pub fn is_sound(&self) -> bool {
        // Addresses are needed among equals only.
        let in_order = |one: &Validator, next: &Validator| {
            one.power > next.power || one.power == next.power && one.address() < next.address()
        };
        check(&self.0).is_ok() && self.0.is_sorted_by(in_order)
    }

    /// Whether the same keys sign with the same powers, whoever's turn it is.
    pub fn has_same_powers(&self, other: &Self) -> bool {
        let signs = |set: &Self| -> Vec<_> { set.0.iter().map(|validator| (validator.key, validator.power)).collect() };
        signs(self) == signs(other)
    }

    /// The same keys and powers, all with the same claim.
    pub fn without_priorities(&self) -> Self {
        let mut set = self.clone();
        set.0.iter_mut().for_each(|validator| validator.priority = 0);
        set
    }

    /// The validators' powers together.
    pub fn total_power(&self) -> u64 {
        self.0.iter().map(|validator| validator.power).sum()
    }

    /// Whether `power` is more than two thirds of the total.
    pub fn is_quorum(&self, power: u64) -> bool {
        u128::from(power) * 3 > u128::from(self.total_power()) * 2
    }

    /// The validator with an address.
    pub fn by_address(&self, address: &ValidatorAddress) -> Option<&Validator> {
        self.0.iter().find(|validator| validator.address() == *address)
    }

    /// The validator with a key.
    pub fn by_key(&self, key: &[u8; 32]) -> Option<&Validator> {
        self.0.iter().find(|validator| validator.key == *key)
    }

    /// `validators_hash` of a Tendermint header: the RFC 6962 root of `SimpleValidator`s, which leaves out priorities.
    pub fn hash(&self) -> Hash {
        let leaf = |validator: &Validator| {
            let pub_key = Some(PublicKey { sum: Some(Sum::Ed25519(validator.key.to_vec())) });
            SimpleValidator { pub_key, voting_power: signed(validator.power) }.encode_to_vec()
        };
        merkle_root(&self.0.iter().map(leaf).collect::<Vec<_>>())
    }

    /// Who proposes in `round` of this set's height.
    ///
    /// # Panics
    /// Never: a set has at least one validator.
    pub fn proposer(&self, round: u32) -> &Validator {
        let (turned, mut proposer) = self.turned(1);
        if round > 0 {
            proposer = turned.turned(round.min(PRIORITY_ROUNDS_MAX)).1;
        }
        let in_turn = self.0.iter().position(|validator| validator.key == proposer).unwrap_or(0);
        let place = (in_turn + round.saturating_sub(PRIORITY_ROUNDS_MAX) as usize) % self.0.len();
        &self.0[place]
    }

    /// The set of the next height, when nothing else changes: this one after its turn.
    pub fn next(&self) -> Self {
        self.turned(1).0
    }

    /// The set after `turns` turns, and the key of who had the last one. CometBFT's `IncrementProposerPriority`.
    fn turned(&self, turns: u32) -> (Self, [u8; 32]) {
        let mut set = self.clone();
        set.rescale();
        set.center();
        let total = i128::from(self.total_power());
        let mut last = 0;
        for _ in 0..turns {
            for validator in set.0.iter_mut() {
                validator.priority = clip(i128::from(validator.priority) + i128::from(validator.power));
            }
            last = set.most_urgent();
            if let Some(proposer) = set.0.get_mut(last) {
                proposer.priority = clip(i128::from(proposer.priority) - total);
            }
        }
        let proposer = set.0.get(last).map_or([0; 32], |validator| validator.key);
        (set, proposer)
    }

    /// The place of the validator with the highest priority; among equals, of the first in address order.
    fn most_urgent(&self) -> usize {
        let most = self.0.iter().map(|validator| validator.priority).max();
        let equals = self.0.iter().enumerate().filter(|(_, validator)| Some(validator.priority) == most);
        equals.min_by_key(|(_, validator)| validator.address()).map_or(0, |(place, _)| place)
    }

    /// Keeps priorities within a window, so that a long absence does not pile up a claim.
    fn rescale(&mut self) {
        let priorities = || self.0.iter().map(|validator| i128::from(validator.priority));
        let spread = priorities().max().unwrap_or(0) - priorities().min().unwrap_or(0);
        let window = PRIORITY_WINDOW * i128::from(self.total_power());
        if spread <= window || window == 0 {
            return;
        }
        let ratio = (spread + window - 1) / window;
        for validator in self.0.iter_mut() {
            validator.priority = clip(i128::from(validator.priority) / ratio);
        }
    }

    /// Moves priorities so that their mean is about 0.
    fn center(&mut self) {
        let sum: i128 = self.0.iter().map(|validator| i128::from(validator.priority)).sum();
        let mean = sum.div_euclid(self.0.len().max(1) as i128);
        for validator in self.0.iter_mut() {
            validator.priority = clip(i128::from(validator.priority) - mean);
        }
    }

    /// This set with other powers: key → new power, 0 to remove. Who joins starts behind everyone else. CometBFT's
    /// `UpdateWithChangeSet`, except that removing a key which is not there, and changing nothing, are no errors;
    /// without changes the set stays as it is.
    ///
    /// # Errors
    /// [`SetError::Empty`], [`SetError::TooMany`], [`SetError::TooMuchPower`]; [`SetError::Duplicate`] when a key is
    /// named twice.
    pub fn updated(&self, changes: &[([u8; 32], u64)]) -> Result<Self, SetError> {
        if changes.is_empty() {
            return Ok(self.clone());
        }
        if has_twice(changes.iter().map(|(key, _)| *key)) {
            return Err(SetError::Duplicate);
        }
        let power_of = |key: &[u8; 32]| changes.iter().find(|(changed, _)| changed == key).map(|(_, power)| *power);
        // The total with everyone's new power, before anybody leaves.
        let kept = self.0.iter().map(|validator| match power_of(&validator.key) {
            Some(power) if power > 0 => power,
            _ => validator.power,
        });
        let joining = || changes.iter().filter(|(key, power)| *power > 0 && self.by_key(key).is_none());
        let total: u128 =
            kept.map(u128::from).sum::<u128>() + joining().map(|(_, power)| u128::from(*power)).sum::<u128>();
        let behind = clip(-(total as i128 + (total as i128 >> 3)));

        let mut validators: Vec<Validator> = self
            .0
            .iter()
            .map(|validator| Validator { power: power_of(&validator.key).unwrap_or(validator.power), ..*validator })
            .filter(|validator| validator.power > 0)
            .collect();
        validators.extend(joining().map(|&(key, power)| Validator { key, power, priority: behind }));
        let mut set = Self::checked(validators)?;
        set.rescale();
        set.center();
        Ok(set)
    }
}

/// Checks what does not depend on order.
fn check(validators: &[Validator]) -> Result<(), SetError> {
    if validators.is_empty() {
        return Err(SetError::Empty);
    }
    if validators.len() > VALIDATORS_MAX as usize {
        return Err(SetError::TooMany);
    }
    if validators.iter().any(|validator| validator.power == 0) {
        return Err(SetError::NoPower);
    }
    let total = validators.iter().try_fold(0u64, |total, validator| total.checked_add(validator.power));
    if total.is_none_or(|total| total > TOTAL_POWER_MAX) {
        return Err(SetError::TooMuchPower);
    }
    if has_twice(validators.iter().map(|validator| validator.key)) {
        return Err(SetError::Duplicate);
    }
    Ok(())
}

fn has_twice(keys: impl Iterator<Item = [u8; 32]>) -> bool {
    let mut keys: Vec<_> = keys.collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair[0] == pair[1])
}

/// A power as Tendermint counts it; sets keep powers far below `i64::MAX`.
fn signed(power: u64) -> i64 {
    i64::try_from(power).unwrap_or(i64::MAX)
}

/// CometBFT adds and subtracts priorities with clipping.
fn clip(priority: i128) -> i64 {
    priority.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}
