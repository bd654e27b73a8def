//! `genesis`: how the chain began.

use super::{
    found,
    parameters::ParametersJson,
    validators::{address, KeyJson},
    wire::{Quoted, Timestamp, UpperHex},
    Asked,
};
use crate::{arguments::Arguments, backend::GenesisValidator, error::Error};
use icn_primitives::BlockNumber;
use serde::Serialize;
use serde_json::Value;

/// The first height that validators sign.
const FIRST: BlockNumber = 1;

/// The answer to `genesis`.
#[derive(Clone, Debug, Serialize)]
pub(super) struct GenesisAnswer {
    genesis: GenesisJson,
}

#[derive(Clone, Debug, Serialize)]
struct GenesisJson {
    genesis_time: Timestamp,
    chain_id: String,
    initial_height: Quoted<BlockNumber>,
    consensus_params: ParametersJson,
    validators: Vec<GenesisValidatorJson>,
    app_hash: UpperHex,
    app_state: Value,
}

#[derive(Clone, Debug, Serialize)]
struct GenesisValidatorJson {
    address: UpperHex,
    pub_key: KeyJson,
    power: Quoted<u64>,
    name: String,
}

impl From<&GenesisValidator> for GenesisValidatorJson {
    fn from(validator: &GenesisValidator) -> Self {
        Self {
            address: address(&validator.key),
            pub_key: KeyJson::new(&validator.key),
            power: Quoted(validator.power),
            name: validator.name.clone(),
        }
    }
}

pub(super) fn genesis(asked: Asked<'_>, _: Arguments) -> Result<GenesisAnswer, Error> {
    let chain = asked.tendermint;
    let document = chain.genesis();
    let genesis = GenesisJson {
        genesis_time: Timestamp::of(document.time),
        chain_id: chain.chain_id().into(),
        initial_height: Quoted(FIRST),
        consensus_params: found("parameters", FIRST, chain.genesis_parameters().map(Some))?.into(),
        validators: document.validators.iter().map(GenesisValidatorJson::from).collect(),
        app_hash: UpperHex::of(document.app_hash),
        app_state: document.app_state.clone(),
    };
    Ok(GenesisAnswer { genesis })
}
