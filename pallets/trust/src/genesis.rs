//! Sealing keys of the first validators.

use crate::{Config, EpochParameters, GenesisConfig, Pallet, Signers, ValidatorKey};
use icn_trust::bls::{PublicKey, Signature};
use serde::{de::Error as _, Deserialize, Deserializer, Serialize, Serializer};

/// The sealing key of a validator of the first block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisKey {
    /// The validator: 64 hex digits.
    #[serde(serialize_with = "key_to_text", deserialize_with = "key_from_text")]
    pub validator: ValidatorKey,
    /// Its sealing key: 96 hex digits.
    pub key: PublicKey,
    /// The proof that it is possessed: 192 hex digits.
    pub proof: Signature,
}

fn key_to_text<S: Serializer>(key: &ValidatorKey, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex::encode(key))
}

fn key_from_text<'a, D: Deserializer<'a>>(deserializer: D) -> Result<ValidatorKey, D::Error> {
    let text = String::deserialize(deserializer)?;
    let mut key = [0; 32];
    hex::decode_to_slice(&text, &mut key).map_err(|_| D::Error::custom("a validator's key is 64 hex digits"))?;
    Ok(key)
}

/// Writes the keys and the signers of epoch 0. The validators have been written.
///
/// # Panics
/// When the configuration is not valid, as genesis does.
pub(crate) fn build<T: Config>(config: &GenesisConfig<T>) {
    assert!(config.parameters.are_in_range(), "a parameter of epochs is out of range");
    EpochParameters::<T>::put(config.parameters);
    for GenesisKey { validator, key, proof } in &config.keys {
        let set = Pallet::<T>::do_set_key(*validator, *key, proof);
        assert!(set.is_ok(), "the sealing key {key} is another validator's, or not shown to be possessed");
    }
    Signers::<T>::put(Pallet::<T>::signers_now());
}
