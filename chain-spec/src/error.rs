//! Why a document describes no chain. Whoever wrote the document can mend every one of these.

use std::path::PathBuf;

/// What is wrong with a genesis document, with the field that is wrong.
#[derive(Debug, thiserror::Error)]
pub enum SpecError {
    /// The file cannot be read.
    #[error("{path}: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The file is too large to be a genesis document.
    #[error("{path} is larger than {max} bytes, the most a genesis document may have", path = path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The bound, in bytes.
        max: u64,
    },
    /// The text is no genesis document: no JSON, a field that is unknown, missing or of the wrong kind.
    #[error("the document is not a chain specification: {0}")]
    Document(#[source] serde_json::Error),
    /// There is neither a built-in chain of that name nor a file.
    #[error("{name} is neither a built-in chain ({known}) nor a file")]
    UnknownChain {
        /// What was asked for.
        name: String,
        /// The built-in chains, separated by commas.
        known: String,
    },
    /// The runtime has no such preset.
    #[error("genesis.preset: the runtime has no preset {name:?}; it has {known}")]
    UnknownPreset {
        /// What was asked for.
        name: String,
        /// The runtime's presets, separated by commas.
        known: String,
    },
    /// A text is empty, too long or has other characters than it may have.
    #[error("{field}: {value:?} must be {rule}")]
    Text {
        /// The field.
        field: &'static str,
        /// What it says.
        value: String,
        /// What it may say.
        rule: &'static str,
    },
    /// The time is zero or past the year 9999.
    #[error("genesis_time_ms: {0} is not between 1970 and the year 9999, in milliseconds")]
    Time(u64),
    /// The address format is not one that addresses can have.
    #[error("properties.ss58Format: {0} is above 16383")]
    AddressFormat(u16),
    /// Too few or too many validators.
    #[error("validators: {count} validators; between 1 and {max} are needed")]
    ValidatorCount {
        /// How many there are.
        count: usize,
        /// How many there may be.
        max: usize,
    },
    /// A validator's key is not 64 hex digits of an Ed25519 key that only its owner can sign with.
    #[error("validators[{index}].key: {key:?} is not an Ed25519 public key of 64 hex digits")]
    Key {
        /// Place in the list.
        index: usize,
        /// What it says.
        key: String,
    },
    /// A validator's name or peer id is too long, or holds control characters.
    #[error("validators[{index}].{field}: it must be at most {max} bytes without control characters")]
    ValidatorText {
        /// Place in the list.
        index: usize,
        /// The field.
        field: &'static str,
        /// Most bytes.
        max: usize,
    },
    /// The patch names validators, which have a place of their own.
    #[error("genesis.patch.validators.validators: name the validators in the field validators of the document")]
    ValidatorsInPatch,
    /// The patch names sealing keys, which belong to the validators.
    #[error("genesis.patch.trust.keys: name sealing keys in the field sealing of their validators")]
    SealingInPatch,
    /// A sealing key that nobody has shown to know the secret of.
    #[error("validators[{index}].sealing: the proof was not made with the key; `icn keys sealing` shows both")]
    NotPossessed {
        /// Place of the validator.
        index: usize,
    },
    /// Two validators with one key.
    #[error("validators[{index}].key: validators[{first}] has the same key")]
    DuplicateKey {
        /// Place of the second.
        index: usize,
        /// Place of the first.
        first: usize,
    },
    /// A validator without power.
    #[error("validators[{index}].power must be above 0")]
    NoPower {
        /// Place in the list.
        index: usize,
    },
    /// More power than Tendermint's arithmetic allows.
    #[error("validators: the sum of power is above {max}")]
    TooMuchPower {
        /// The bound.
        max: u64,
    },
    /// A key whose secret everyone knows, outside Development.
    #[error("{field}: the secret of {name} is public; it may only be used on Development chains")]
    WellKnownKey {
        /// Where it is.
        field: String,
        /// The account's name.
        name: String,
    },
    /// A sudo key outside Development.
    #[error("genesis: sudo.key may only be set on Development chains")]
    Sudo,
    /// The patch is no JSON object.
    #[error("genesis.patch must be a JSON object of pallets")]
    Patch,
    /// A pallet's part of the configuration has the wrong form.
    #[error("genesis: {pallet}: {source}")]
    Pallet {
        /// The pallet.
        pallet: String,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// A balance that is not a whole number of base units within 128 bits.
    #[error("genesis: balances.balances[{index}]: {value} is not a whole number between 1 and 2^128 - 1")]
    Balance {
        /// Place in the list.
        index: usize,
        /// What it says.
        value: String,
    },
    /// The balances add up to more than 128 bits.
    #[error("genesis: balances.balances[{index}]: the balances up to here add up to more than 2^128 - 1")]
    Issuance {
        /// Place in the list at which the sum overflows.
        index: usize,
    },
    /// The runtime refuses the configuration.
    #[error("genesis: {0}")]
    State(#[from] icn_runtime::genesis::GenesisError),
}
