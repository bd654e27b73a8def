//! The validators of the first block.

use crate::{
    types::is_peer_id, ChainParameters, Config, Current, GenesisConfig, Key, Member, Members, Moniker, Pallet, PeerId,
    Since,
};
use icn_primitives::{validators::is_sound_key, ValidatorSet};
use serde::{de::Error as _, Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeSet;

/// A validator of the first block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisValidator {
    /// Its Ed25519 key, 64 hex digits.
    #[serde(serialize_with = "key_to_text", deserialize_with = "key_from_text")]
    pub key: Key,
    /// Its voting power.
    pub power: u64,
    /// Its node; empty when it is not known.
    #[serde(default)]
    pub peer_id: String,
    /// Name for people.
    #[serde(default)]
    pub moniker: String,
}

fn key_to_text<S: Serializer>(key: &Key, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex::encode(key))
}

fn key_from_text<'a, D: Deserializer<'a>>(deserializer: D) -> Result<Key, D::Error> {
    let text = String::deserialize(deserializer)?;
    let mut key = [0; 32];
    hex::decode_to_slice(&text, &mut key).map_err(|_| D::Error::custom("a validator's key is 64 hex digits"))?;
    Ok(key)
}

/// Writes the first set and its members; nothing without validators.
///
/// # Panics
/// When the configuration is not valid, as genesis does.
pub(crate) fn build<T: Config>(config: &GenesisConfig<T>) {
    assert!(config.parameters.are_in_range(), "a parameter of consensus is out of range");
    ChainParameters::<T>::put(config.parameters);
    if config.validators.is_empty() {
        return;
    }
    let pairs = config.validators.iter().map(|validator| (validator.key, validator.power));
    let set = ValidatorSet::new(pairs).unwrap_or_else(|error| panic!("the validators are no set: {error}"));
    let mut peer_ids = BTreeSet::new();
    for validator in &config.validators {
        let member = member(validator);
        let is_new = member.peer_id.is_empty() || peer_ids.insert(member.peer_id.clone());
        assert!(is_new, "two validators have the peer id {}", validator.peer_id);
        Members::<T>::insert(validator.key, member);
    }
    Current::<T>::put(set);
    Since::<T>::put(Pallet::<T>::height().saturating_add(1));
}

fn member(validator: &GenesisValidator) -> Member {
    let GenesisValidator { key, peer_id, moniker, .. } = validator;
    assert!(is_sound_key(key), "{} is no Ed25519 key, or one that everyone can sign for", hex::encode(key));
    assert!(is_peer_id(peer_id.as_bytes()), "a peer id is of visible ASCII characters");
    Member {
        moniker: Moniker::try_from(moniker.clone().into_bytes()).expect("a moniker is at most 64 bytes"),
        peer_id: PeerId::try_from(peer_id.clone().into_bytes()).expect("a peer id is at most 64 bytes"),
    }
}
