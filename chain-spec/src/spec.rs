//! The genesis document.

use icn_trust::bls::{PublicKey, SecretKey, Signature};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Everything that nodes of one chain must agree on before its first block, as a JSON document. Unknown fields are refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainSpec {
    /// Name for people, 1 to 64 characters.
    pub name: String,
    /// Name for machines: 1 to 41 of `a`–`z`, `0`–`9` and `-`. The chain id of the headers is this, `-` and the first 8
    /// hex digits of the genesis hash, which Tendermint bounds to 50 characters.
    pub id: String,
    /// What the chain is for.
    pub chain_type: ChainType,
    /// Time of block 0, in milliseconds since the Unix epoch.
    pub genesis_time_ms: u64,
    /// What wallets need to show amounts and addresses.
    #[serde(default)]
    pub properties: Properties,
    /// Who validates the first blocks.
    pub validators: Vec<Validator>,
    /// Where a new node finds others: addresses like `/ip4/192.0.2.1/tcp/26656/p2p/12D3KooW…`. They are no part of the
    /// genesis.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seeds: Vec<String>,
    /// The state of block 0.
    #[serde(default)]
    pub genesis: GenesisPatch,
}

/// What a chain is for. Well-known keys and sudo exist on Development chains only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChainType {
    /// One process, for writing software.
    Development,
    /// Several nodes on machines of one owner.
    Local,
    /// A network with users.
    Live,
}

impl ChainType {
    /// The word for `system_chainType`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Development => "Development",
            Self::Local => "Local",
            Self::Live => "Live",
        }
    }
}

/// `system_properties`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Properties {
    /// Prefix of addresses, 0 to 16383; 42 is the generic one.
    pub ss58_format: u16,
    /// Digits after the point of a whole token.
    pub token_decimals: u8,
    /// Symbol of the token, 1 to 12 capital letters and digits.
    pub token_symbol: String,
}

impl Default for Properties {
    fn default() -> Self {
        Self { ss58_format: 42, token_decimals: 12, token_symbol: "ICN".into() }
    }
}

impl Properties {
    /// The map that `system_properties` answers.
    pub fn to_map(&self) -> Map<String, Value> {
        let fields = [
            ("ss58Format", Value::from(self.ss58_format)),
            ("tokenDecimals", Value::from(self.token_decimals)),
            ("tokenSymbol", Value::from(self.token_symbol.as_str())),
        ];
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// A validator of the first blocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validator {
    /// Name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Ed25519 public key, 64 hex digits.
    pub key: String,
    /// Voting power, above 0; the sum is at most `i64::MAX / 8`.
    pub power: u64,
    /// Identity of its node on the network, `12D3KooW…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer_id: Option<String>,
    /// With what it seals trust bundles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealing: Option<Sealing>,
}

/// The BLS key with which a validator seals trust bundles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealing {
    /// The public key, 96 hex digits.
    pub key: PublicKey,
    /// The proof that its secret is known, 192 hex digits.
    pub proof: Signature,
}

impl Sealing {
    /// The sealing key that a node derives from the seed of its validator's key.
    pub fn of_seed(seed: &[u8; 32]) -> Option<Self> {
        let secret = SecretKey::derive(seed)?;
        Some(Self { key: secret.public(), proof: secret.prove() })
    }
}

/// The state of block 0: the runtime's configuration, as changes to a preset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisPatch {
    /// A preset of the runtime; without one the patch starts from the defaults of all pallets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// Pallet → fields that differ from the preset. Objects are merged, everything else is replaced, and `null` stands for
    /// the pallet's default.
    #[serde(default = "empty_patch")]
    pub patch: Value,
}

fn empty_patch() -> Value {
    Value::Object(Map::new())
}

impl Default for GenesisPatch {
    fn default() -> Self {
        Self { preset: None, patch: empty_patch() }
    }
}

impl ChainSpec {
    /// The document, indented, its fields in the order of this type.
    ///
    /// # Panics
    /// Never: every map in it has text for keys.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a document of maps, texts and numbers is JSON");
        text.push('\n');
        text
    }
}
