//! The validators of the first blocks.

use crate::{well_known, ChainSpec, ChainType, SpecError, Validator};
use icn_primitives::{
    validators::{is_sound_key, SetError, TOTAL_POWER_MAX},
    ValidatorSet,
};
use std::collections::HashMap;

/// Most validators a chain may have.
pub const VALIDATORS_MAX: usize = icn_primitives::validators::VALIDATORS_MAX as usize;

/// Most characters of a validator's name, and of its peer id.
const TEXT_BYTES_MAX: usize = 64;

/// The validators as Tendermint orders them: by power, the most first, then by address.
pub(crate) fn validator_set(spec: &ChainSpec) -> Result<ValidatorSet, SpecError> {
    let validators = &spec.validators;
    let count = || SpecError::ValidatorCount { count: validators.len(), max: VALIDATORS_MAX };
    if validators.is_empty() || validators.len() > VALIDATORS_MAX {
        return Err(count());
    }
    let mut places = HashMap::new();
    let mut members = Vec::new();
    for (index, validator) in validators.iter().enumerate() {
        let key = key(index, validator)?;
        if let Some(first) = places.insert(key, index) {
            return Err(SpecError::DuplicateKey { index, first });
        }
        let name = well_known::name_of(&key).filter(|_| spec.chain_type != ChainType::Development);
        if let Some(name) = name {
            return Err(SpecError::WellKnownKey { field: format!("validators[{index}].key"), name: name.into() });
        }
        for (field, text) in [("name", &validator.name), ("peer_id", &validator.peer_id)] {
            if text.as_ref().is_some_and(|text| text.len() > TEXT_BYTES_MAX || text.chars().any(char::is_control)) {
                return Err(SpecError::ValidatorText { index, field, max: TEXT_BYTES_MAX });
            }
        }
        members.push((key, validator.power));
    }
    ValidatorSet::new(members).map_err(|error| match error {
        SetError::TooMuchPower => SpecError::TooMuchPower { max: TOTAL_POWER_MAX },
        SetError::NoPower => SpecError::NoPower {
            index: validators.iter().position(|validator| validator.power == 0).unwrap_or_default(),
        },
        SetError::Empty | SetError::TooMany | SetError::Duplicate => count(),
    })
}

/// The key of a validator, when it is a point of the curve that not everyone can sign for.
pub(crate) fn key(index: usize, validator: &Validator) -> Result<[u8; 32], SpecError> {
    let malformed = || SpecError::Key { index, key: validator.key.chars().take(100).collect() };
    let mut key = [0; 32];
    hex::decode_to_slice(&validator.key, &mut key).map_err(|_| malformed())?;
    is_sound_key(&key).then_some(key).ok_or_else(malformed)
}
