//! The validators of the first blocks.

use crate::{well_known, ChainSpec, ChainType, SpecError, Validator};
use std::collections::HashMap;
use tendermint::{
    crypto::{
        default::signature::Verifier,
        signature::{Error, Verifier as _},
    },
    validator::{Info, Set},
    vote::Power,
    PublicKey, Signature,
};

/// Most validators a chain may have.
pub const VALIDATORS_MAX: usize = 150;

/// The validators as Tendermint orders them: by power, the most first, then by address.
pub(crate) fn validator_set(spec: &ChainSpec) -> Result<Set, SpecError> {
    let validators = &spec.validators;
    if validators.is_empty() || validators.len() > VALIDATORS_MAX {
        return Err(SpecError::ValidatorCount { count: validators.len(), max: VALIDATORS_MAX });
    }
    let mut places = HashMap::new();
    let mut infos = Vec::new();
    let mut sum = 0u64;
    for (index, validator) in validators.iter().enumerate() {
        let (key, info) = info(index, validator)?;
        if let Some(first) = places.insert(key, index) {
            return Err(SpecError::DuplicateKey { index, first });
        }
        let name = well_known::name_of(&key).filter(|_| spec.chain_type != ChainType::Development);
        if let Some(name) = name {
            return Err(SpecError::WellKnownKey { field: format!("validators[{index}].key"), name: name.into() });
        }
        sum = sum.saturating_add(validator.power);
        infos.push(info);
    }
    if sum > Set::MAX_TOTAL_VOTING_POWER {
        return Err(SpecError::TooMuchPower { max: Set::MAX_TOTAL_VOTING_POWER });
    }
    Ok(Set::without_proposer(infos))
}

fn info(index: usize, validator: &Validator) -> Result<([u8; 32], Info), SpecError> {
    let malformed = || SpecError::Key { index, key: validator.key.chars().take(100).collect() };
    let mut key = [0; 32];
    hex::decode_to_slice(&validator.key, &mut key).map_err(|_| malformed())?;
    let public = PublicKey::from_raw_ed25519(&key).filter(is_sound).ok_or_else(malformed)?;
    if validator.power == 0 {
        return Err(SpecError::NoPower { index });
    }
    let power =
        Power::try_from(validator.power).map_err(|_| SpecError::TooMuchPower { max: Set::MAX_TOTAL_VOTING_POWER })?;
    Ok((key, Info::new(public, power)))
}

/// Whether a key is a point of the curve that not everyone can sign for: the signature of the neutral element and zero is
/// valid, for any message, under exactly the keys of small order.
fn is_sound(key: &PublicKey) -> bool {
    let mut forged = [0; 64];
    forged[0] = 1;
    let Ok(forged) = Signature::try_from(&forged[..]) else { return false };
    matches!(Verifier::verify(*key, b"", &forged), Err(Error::VerificationFailed))
}
