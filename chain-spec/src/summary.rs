//! A document at a glance.

use crate::{genesis, ChainSpec, SpecError};
use serde::Serialize;
use std::fmt;

/// What `icn chain-spec show` prints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Name for people.
    pub name: String,
    /// Name for machines.
    pub id: String,
    /// `Development`, `Local` or `Live`.
    pub chain_type: &'static str,
    /// Time of block 0, in milliseconds since the Unix epoch.
    pub genesis_time_ms: u64,
    /// The runtime's preset, when there is one.
    pub preset: Option<String>,
    /// Name of the runtime's specification.
    pub spec_name: String,
    /// Version of the runtime that builds the state.
    pub spec_version: u32,
    /// Number of validators.
    pub validators: usize,
    /// Sum of their power.
    pub power: u64,
    /// Tendermint's root of the validators, in hex.
    pub validators_hash: String,
    /// Entries of the state.
    pub state_entries: usize,
    /// Bytes of the state's keys and values.
    pub state_bytes: usize,
}

impl Summary {
    /// Checks a document and sums it up.
    ///
    /// # Errors
    /// When the document is not valid.
    pub fn of(spec: &ChainSpec) -> Result<Self, SpecError> {
        let genesis = genesis(spec)?;
        let version = icn_runtime::current_version();
        Ok(Self {
            name: spec.name.clone(),
            id: spec.id.clone(),
            chain_type: spec.chain_type.as_str(),
            genesis_time_ms: spec.genesis_time_ms,
            preset: spec.genesis.preset.clone(),
            spec_name: version.spec_name.to_string(),
            spec_version: version.spec_version,
            validators: spec.validators.len(),
            power: genesis.validators.total_power(),
            validators_hash: hex::encode(genesis.validators.hash()),
            state_entries: genesis.state.len(),
            state_bytes: genesis.state.iter().map(|(key, value)| key.len() + value.len()).sum(),
        })
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "name             {}", self.name)?;
        writeln!(f, "id               {}", self.id)?;
        writeln!(f, "type             {}", self.chain_type)?;
        writeln!(f, "genesis time     {} ms", self.genesis_time_ms)?;
        writeln!(f, "preset           {}", self.preset.as_deref().unwrap_or("none"))?;
        writeln!(f, "runtime          {} {}", self.spec_name, self.spec_version)?;
        writeln!(f, "validators       {} with power {}", self.validators, self.power)?;
        writeln!(f, "validators hash  {}", self.validators_hash)?;
        writeln!(f, "state            {} entries, {} bytes", self.state_entries, self.state_bytes)
    }
}
