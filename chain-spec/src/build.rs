//! Making documents: the built-in chains, and new ones from a preset.

use crate::{check, ChainSpec, ChainType, GenesisPatch, Properties, Sealing, SpecError, Validator};
use serde_json::{Map, Value};

/// The development chain's start: 2026-01-01 00:00:00 UTC.
const DEV_TIME_MS: u64 = 1_767_225_600_000;

/// Ed25519 key of //Alice, who alone validates the development chain.
const ALICE: &str = "88dc3417d5058ec4b4503e0c12ea1a0a89be200fe98922423d4334014fa6b0ee";

/// The runtime's preset for development.
const DEV_PRESET: &str = "development";

/// Names of the built-in chains.
pub fn builtin_names() -> Vec<&'static str> {
    vec!["dev"]
}

/// A built-in chain; `None` when there is none of that name.
pub fn builtin(name: &str) -> Option<ChainSpec> {
    let alice = Validator { name: Some("Alice".into()), key: ALICE.into(), power: 1, peer_id: None, sealing: None };
    let mut spec = (name == "dev").then(|| ChainSpec {
        name: "ICN Development".into(),
        id: "dev".into(),
        chain_type: ChainType::Development,
        genesis_time_ms: DEV_TIME_MS,
        properties: Properties::default(),
        validators: vec![alice],
        seeds: Vec::new(),
        genesis: GenesisPatch { preset: Some(DEV_PRESET.into()), ..GenesisPatch::default() },
    })?;
    let sealing = crate::development_seed(&spec).as_ref().and_then(Sealing::of_seed);
    spec.validators.iter_mut().for_each(|alice| alice.sealing = sealing);
    Some(spec)
}

/// What a new document says beside its preset.
#[derive(Clone, Debug)]
pub struct BuildOptions {
    /// Name for people.
    pub name: String,
    /// Name for machines.
    pub id: String,
    /// What the chain is for.
    pub chain_type: ChainType,
    /// Time of block 0, in milliseconds since the Unix epoch.
    pub genesis_time_ms: u64,
    /// What wallets need to show amounts and addresses.
    pub properties: Properties,
    /// Who validates the first blocks.
    pub validators: Vec<Validator>,
    /// Where a new node finds others.
    pub seeds: Vec<String>,
    /// What differs from the preset.
    pub patch: Map<String, Value>,
}

/// Makes a document and checks it.
///
/// # Errors
/// When the document is not valid.
pub fn build(preset: Option<&str>, options: BuildOptions) -> Result<ChainSpec, SpecError> {
    let BuildOptions { name, id, chain_type, genesis_time_ms, properties, validators, seeds, patch } = options;
    let genesis = GenesisPatch { preset: preset.map(str::to_owned), patch: Value::Object(patch) };
    let spec = ChainSpec { name, id, chain_type, genesis_time_ms, properties, validators, seeds, genesis };
    check(&spec)?;
    Ok(spec)
}
