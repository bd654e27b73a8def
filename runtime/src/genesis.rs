//! How a chain begins: named presets, and the state a genesis configuration describes.

use crate::{current_version, AccountId, Balance, BalancesConfig, Runtime, RuntimeGenesisConfig, SudoConfig};
use codec::Encode;
use serde_json::Value;
use sp_keyring::Sr25519Keyring;
use sp_runtime::BuildStorage;
use std::collections::BTreeMap;

/// One whole token, in base units.
pub const TOKEN: Balance = 1_000_000_000_000;

/// What each account of the development preset starts with.
const DEVELOPMENT_ENDOWMENT: Balance = 1_000_000 * TOKEN;

/// A state as raw storage: key → value.
pub type State = BTreeMap<Vec<u8>, Vec<u8>>;

/// Why a genesis configuration describes no state. Whoever wrote the document can mend it.
#[derive(Debug, thiserror::Error)]
pub enum GenesisError {
    /// The document is not a configuration of this runtime.
    #[error("the genesis configuration is not valid: {0}")]
    Config(#[from] serde_json::Error),
    /// A pallet refuses its part.
    #[error("the genesis configuration builds no state: {0}")]
    Build(String),
    /// A pallet refuses its part and panics.
    #[error("the genesis configuration is refused: {0}")]
    Refused(String),
}

/// Names of the presets.
pub fn preset_names() -> Vec<&'static str> {
    vec![sp_genesis_builder::DEV_RUNTIME_PRESET]
}

/// A preset: a whole configuration as JSON; `None` when there is no such preset.
pub fn preset(name: &str) -> Option<Value> {
    (name == sp_genesis_builder::DEV_RUNTIME_PRESET).then(development)
}

/// A preset as the runtime API answers it.
pub(crate) fn preset_bytes(id: &sp_genesis_builder::PresetId) -> Option<Vec<u8>> {
    preset(id).map(|preset| preset.to_string().into_bytes())
}

/// Prefunded //Alice … //Ferdie and their //stash accounts; //Alice holds the sudo key.
fn development() -> Value {
    let balances = Sr25519Keyring::iter()
        .filter(|key| !matches!(key, Sr25519Keyring::One | Sr25519Keyring::Two))
        .map(|key| (key.to_account_id(), DEVELOPMENT_ENDOWMENT))
        .collect();
    let config = RuntimeGenesisConfig {
        balances: BalancesConfig { balances, ..Default::default() },
        sudo: SudoConfig { key: Some(AccountId::from(Sr25519Keyring::Alice.public())) },
        ..Default::default()
    };
    serde_json::to_value(config).expect("a configuration made of maps, strings and numbers is JSON")
}

/// The state that a configuration describes.
///
/// # Errors
/// When the document has an unknown or malformed field, or a pallet refuses its part (for example a balance below the
/// existential deposit).
pub fn build_state(config: &Value) -> Result<State, GenesisError> {
    let config: RuntimeGenesisConfig = serde_json::from_value(config.clone())?;
    let built = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| config.build_storage()));
    match built {
        Ok(Ok(storage)) => Ok(storage.top.into_iter().collect()),
        Ok(Err(reason)) => Err(GenesisError::Build(reason)),
        Err(panic) => Err(GenesisError::Refused(words_of(&*panic))),
    }
}

fn words_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| text.to_string());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no reason given".into())
}

/// What the node keeps of this runtime so that its blocks stay readable: spec version, SCALE `RuntimeVersion`, and the
/// SCALE `OpaqueMetadata` of each metadata version it can describe itself in.
pub fn runtime_record_parts() -> (u32, Vec<u8>, BTreeMap<u32, Vec<u8>>) {
    let version = current_version();
    let metadata = Runtime::metadata_versions()
        .into_iter()
        .filter(|number| *number != u32::MAX)
        .filter_map(|number| Runtime::metadata_at_version(number).map(|metadata| (number, metadata.encode())))
        .collect();
    (version.spec_version, version.encode(), metadata)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_builds_a_state() {
        for name in preset_names() {
            let preset = preset(name).expect("a listed preset exists");
            assert!(build_state(&preset).expect("the preset is valid").len() > 10, "{name}");
        }
    }

    #[test]
    fn a_dust_balance_is_refused_with_words() {
        let mut config = development();
        config["balances"]["balances"][0][1] = Value::from(1);
        let error = build_state(&config).expect_err("one unit is below the existential deposit");
        assert!(error.to_string().contains("existential"), "{error}");
    }

    #[test]
    fn an_unknown_field_is_named() {
        let mut config = development();
        config["ballances"] = Value::Null;
        assert!(build_state(&config).expect_err("no such pallet").to_string().contains("ballances"));
    }

    #[test]
    fn metadata_is_recorded_in_the_versions_clients_ask_for() {
        let (_, _, metadata) = runtime_record_parts();
        assert!(metadata.contains_key(&14) && metadata.contains_key(&15), "{:?}", metadata.keys());
    }
}
