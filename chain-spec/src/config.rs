//! The runtime's genesis configuration: a preset with its patch.

use crate::{well_known, ChainSpec, ChainType, Sealing, SpecError, Validator};
use icn_primitives::{AccountId, Balance};
use icn_runtime::{genesis, RuntimeGenesisConfig};
use serde_json::{Map, Value};

/// The whole configuration that a document describes, checked.
pub(crate) fn configuration(spec: &ChainSpec) -> Result<Value, SpecError> {
    let defaults = defaults();
    let mut config = match &spec.genesis.preset {
        Some(name) => genesis::preset(name).ok_or_else(|| SpecError::UnknownPreset {
            name: name.clone(),
            known: genesis::preset_names().join(", "),
        })?,
        None => defaults.clone(),
    };
    if !spec.genesis.patch.is_object() {
        return Err(SpecError::Patch);
    }
    if spec.genesis.patch.pointer("/validators/validators").is_some() {
        return Err(SpecError::ValidatorsInPatch);
    }
    if spec.genesis.patch.pointer("/trust/keys").is_some() {
        return Err(SpecError::SealingInPatch);
    }
    merge(&mut config, &spec.genesis.patch, Some(&defaults));
    config["validators"]["validators"] = spec.validators.iter().map(genesis_validator).collect();
    config["trust"]["keys"] = sealing_keys(spec)?;
    check_balances(&config)?;
    check_pallets(&config, &defaults)?;
    if spec.chain_type != ChainType::Development {
        refuse_well_known("genesis", &config)?;
        if config.pointer("/sudo/key").is_some_and(|key| !key.is_null()) {
            return Err(SpecError::Sudo);
        }
    }
    Ok(config)
}

/// A validator as its pallet begins with it.
fn genesis_validator(validator: &Validator) -> Value {
    serde_json::json!({
        "key": validator.key.to_ascii_lowercase(),
        "power": validator.power,
        "peer_id": validator.peer_id.as_deref().unwrap_or_default(),
        "moniker": validator.name.as_deref().unwrap_or_default(),
    })
}

/// The sealing keys of the validators.
fn sealing_keys(spec: &ChainSpec) -> Result<Value, SpecError> {
    let mut keys = Vec::new();
    for (index, validator) in spec.validators.iter().enumerate() {
        let Some(Sealing { key, proof }) = &validator.sealing else { continue };
        if !key.is_possessed(proof) {
            return Err(SpecError::NotPossessed { index });
        }
        let validator = validator.key.to_ascii_lowercase();
        keys.push(serde_json::json!({ "validator": validator, "key": key, "proof": proof }));
    }
    Ok(Value::Array(keys))
}

fn defaults() -> Value {
    serde_json::to_value(RuntimeGenesisConfig::default()).expect("a configuration of maps, texts and numbers is JSON")
}

/// Lays `patch` over `base`: objects are merged, everything else is replaced, and `null` stands for the default.
fn merge(base: &mut Value, patch: &Value, default: Option<&Value>) {
    match (base, patch) {
        (Value::Object(base), Value::Object(patch)) => {
            for (name, patch) in patch {
                let default = default.and_then(|default| default.get(name));
                merge(base.entry(name.as_str()).or_insert(Value::Null), patch, default);
            }
        }
        (base, Value::Null) => *base = default.cloned().unwrap_or(Value::Null),
        (base, patch) => *base = patch.clone(),
    }
}

/// Names the pallet whose part has the wrong form; the runtime's own error has no place in it.
fn check_pallets(config: &Value, defaults: &Value) -> Result<(), SpecError> {
    let (Some(config), Some(defaults)) = (config.as_object(), defaults.as_object()) else {
        return Err(SpecError::Patch);
    };
    for (pallet, part) in config {
        let mut alone: Map<String, Value> = defaults.clone();
        alone.insert(pallet.clone(), part.clone());
        serde_json::from_value::<RuntimeGenesisConfig>(Value::Object(alone))
            .map_err(|source| SpecError::Pallet { pallet: pallet.clone(), source })?;
    }
    Ok(())
}

/// Names the balance that is no balance, and the one at which the sum overflows.
fn check_balances(config: &Value) -> Result<(), SpecError> {
    let Some(balances) = config.pointer("/balances/balances").and_then(Value::as_array) else { return Ok(()) };
    let mut sum: Balance = 0;
    for (index, entry) in balances.iter().enumerate() {
        // An entry of another form is the pallet's to name.
        let Some(value) = entry.get(1) else { continue };
        let amount = value.as_number().and_then(|number| number.as_str().parse::<Balance>().ok());
        let Some(amount) = amount.filter(|amount| *amount > 0) else {
            return Err(SpecError::Balance { index, value: value.to_string() });
        };
        sum = sum.checked_add(amount).ok_or(SpecError::Issuance { index })?;
    }
    Ok(())
}

/// Refuses accounts that everyone can sign for, wherever they are.
fn refuse_well_known(field: &str, value: &Value) -> Result<(), SpecError> {
    match value {
        Value::String(text) => match account(text).and_then(|account| well_known::name_of(account.as_ref())) {
            Some(name) => Err(SpecError::WellKnownKey { field: field.into(), name: name.into() }),
            None => Ok(()),
        },
        Value::Array(items) => {
            items.iter().enumerate().try_for_each(|(i, item)| refuse_well_known(&format!("{field}[{i}]"), item))
        }
        Value::Object(fields) => fields.iter().try_for_each(|(name, value)| {
            refuse_well_known(&format!("{field}.{name}"), &Value::String(name.clone()))?;
            refuse_well_known(&format!("{field}.{name}"), value)
        }),
        _ => Ok(()),
    }
}

/// The account that a text names, as an address or in hex.
fn account(text: &str) -> Option<AccountId> {
    text.parse().ok()
}
