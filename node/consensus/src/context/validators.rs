//! The validators of a height, with decoded keys.

use super::{Address, IcnContext};
use icn_primitives::ValidatorSet;
use malachitebft_core_types::VotingPower;
use malachitebft_signing_ed25519::PublicKey;
use parking_lot::Mutex;
use std::{collections::BTreeMap, fmt, sync::Arc};

/// How many rounds of a height keep their proposer. To find one costs a pass over the set for each round before it.
const TURNS_KEPT: usize = 64;

/// One validator of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validator {
    address: Address,
    key: PublicKey,
    power: VotingPower,
}

impl Validator {
    /// Address of the key.
    pub fn address(&self) -> Address {
        self.address
    }

    /// Key that signs votes.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Voting power.
    pub fn power(&self) -> VotingPower {
        self.power
    }
}

impl malachitebft_core_types::Validator<IcnContext> for Validator {
    fn address(&self) -> &Address {
        &self.address
    }

    fn public_key(&self) -> &PublicKey {
        &self.key
    }

    fn voting_power(&self) -> VotingPower {
        self.power
    }
}

/// Why a set cannot sign blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValidatorsError {
    /// It is not what the chain's state holds: order, powers or a key that is there twice.
    #[error("the validator set is not in order, or its powers are out of range")]
    Unsound,
    /// A key is no point of the curve. The state does not admit such a key.
    #[error("the key of validator {address} is no Ed25519 key")]
    Key {
        /// Whose.
        address: Address,
    },
}

/// The validators of a height in Tendermint's order. Clones share it.
#[derive(Clone)]
pub struct Validators(Arc<Inner>);

struct Inner {
    set: ValidatorSet,
    validators: Vec<Validator>,
    total_power: VotingPower,
    /// Places in `validators`.
    places: BTreeMap<Address, usize>,
    /// Round → place of its proposer.
    turns: Mutex<BTreeMap<u32, usize>>,
}

impl Validators {
    /// The validators of a set: their keys are decoded and their addresses computed, once.
    ///
    /// # Errors
    /// See [`ValidatorsError`].
    pub fn new(set: ValidatorSet) -> Result<Self, ValidatorsError> {
        if !set.is_sound() {
            return Err(ValidatorsError::Unsound);
        }
        let decode = |validator: &icn_primitives::Validator| {
            let address = Address(validator.address());
            let key = PublicKey::from_bytes(validator.key).map_err(|_| ValidatorsError::Key { address })?;
            Ok(Validator { address, key, power: validator.power })
        };
        let validators = set.validators().iter().map(decode).collect::<Result<Vec<_>, _>>()?;
        let places = validators.iter().enumerate().map(|(place, validator)| (validator.address, place)).collect();
        let (total_power, turns) = (set.total_power(), Mutex::default());
        Ok(Self(Arc::new(Inner { set, validators, total_power, places, turns })))
    }

    /// The set as the state holds it, with priorities.
    pub fn set(&self) -> &ValidatorSet {
        &self.0.set
    }

    /// The validators, in order.
    pub fn validators(&self) -> &[Validator] {
        &self.0.validators
    }

    /// The validator with an address.
    pub fn get(&self, address: &Address) -> Option<&Validator> {
        self.0.places.get(address).and_then(|place| self.0.validators.get(*place))
    }

    /// Who proposes in a round of this set's height.
    ///
    /// # Panics
    /// Never: a sound set has a validator, and its proposer is one of them.
    pub fn proposer(&self, round: u32) -> &Validator {
        &self.0.validators[self.turn(round)]
    }

    fn turn(&self, round: u32) -> usize {
        let mut turns = self.0.turns.lock();
        if let Some(place) = turns.get(&round) {
            return *place;
        }
        let address = Address(self.0.set.proposer(round).address());
        let place = self.0.places.get(&address).copied().unwrap_or(0);
        if turns.len() >= TURNS_KEPT {
            // Rounds only grow, so the earliest is least likely to be asked for again.
            turns.pop_first();
        }
        turns.insert(round, place);
        place
    }
}

impl PartialEq for Validators {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.set == other.0.set
    }
}

impl Eq for Validators {}

impl fmt::Debug for Validators {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0.validators).finish()
    }
}

impl malachitebft_core_types::ValidatorSet<IcnContext> for Validators {
    fn count(&self) -> usize {
        self.0.validators.len()
    }

    fn total_voting_power(&self) -> VotingPower {
        self.0.total_power
    }

    fn get_by_address(&self, address: &Address) -> Option<&Validator> {
        self.get(address)
    }

    fn get_by_index(&self, index: usize) -> Option<&Validator> {
        self.0.validators.get(index)
    }
}
