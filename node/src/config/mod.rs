//! The configuration of a node, in layers: defaults < `icn.toml` of the home < `ICN_*` variables < flags.
//!
//! [`Config`] is the one place that names the settings: the template, the variables and the checks for unknown names
//! derive from it.

mod home;
mod values;

pub use home::{base_directory, default_home, Home, HomeError, CONFIG_FILE, HOME_VARIABLE};
pub use values::{BlockProduction, Epochs, History, LogFormat, ValueError};

use confique::{
    meta::{FieldKind, Meta},
    Config as _, Layer as _,
};
use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, Read as _},
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

/// Settings of a node. Every line that starts with one # is a setting with its default; remove the # to change it.
///
/// Environment variables override this file, and flags override both.
#[derive(Clone, Debug, confique::Config)]
#[config(layer_attr(derive(Clone, Debug)), layer_attr(serde(deny_unknown_fields)))]
pub struct Config {
    /// JSON-RPC, for wallets, explorers and this command line.
    #[config(nested)]
    pub rpc: Rpc,
    /// Other nodes.
    #[config(nested)]
    pub network: Network,
    /// Making blocks, on Development chains.
    #[config(nested)]
    pub blocks: Blocks,
    /// How much of the past is kept.
    #[config(nested)]
    pub history: Histories,
    /// Signed records.
    #[config(nested)]
    pub records: Records,
    /// Large data that others name by its hash.
    #[config(nested)]
    pub blobs: Blobs,
    /// Keys of the home; see `icn keys`.
    #[config(nested)]
    pub keys: Keys,
    /// The validator's key, when it is not in the home.
    #[config(nested)]
    pub validator: Validator,
    /// Logs, on standard error.
    #[config(nested)]
    pub log: Log,
}

/// JSON-RPC.
#[derive(Clone, Debug, confique::Config)]
#[config(layer_attr(derive(Clone, Debug)), layer_attr(serde(deny_unknown_fields)))]
pub struct Rpc {
    /// Address to listen on; 0.0.0.0 for all networks of this machine.
    #[config(default = "127.0.0.1", env = "ICN_RPC_ADDRESS")]
    pub address: IpAddr,
    /// Port to listen on, WebSocket and HTTP; 0 for any that is free.
    #[config(default = 9944, env = "ICN_RPC_PORT")]
    pub port: u16,
    /// What the Host header of a request may name, as `name` or `name:port`; ["*"] for anything.
    #[config(
        default = ["localhost", "127.0.0.1", "[::1]"],
        env = "ICN_RPC_HOSTS",
        parse_env = confique::env::parse::list_by_comma
    )]
    pub hosts: Vec<String>,
    /// Web pages that may connect, as `scheme://name`, with `:*` for any port; ["*"] for all. Those of this machine and the
    /// two stock consoles, polkadot.js Apps and the PAPI console, unless you say otherwise.
    #[config(
        default = [
            "http://localhost:*", "https://localhost:*", "http://127.0.0.1:*", "https://127.0.0.1:*",
            "http://[::1]:*", "https://[::1]:*", "https://polkadot.js.org", "https://dev.papi.how"
        ],
        env = "ICN_RPC_ORIGINS",
        parse_env = confique::env::parse::list_by_comma
    )]
    pub origins: Vec<String>,
    /// Connections at once.
    #[config(default = 256, env = "ICN_RPC_CONNECTIONS")]
    pub connections: u32,
    /// Connections at once from one address.
    #[config(default = 64, env = "ICN_RPC_CONNECTIONS_PER_IP")]
    pub connections_per_ip: u32,
    /// Offer the methods that older clients use: author, chain, state, system and so on.
    #[config(default = true, env = "ICN_RPC_LEGACY")]
    pub legacy: bool,
    /// Offer the newer methods: chainHead_v1, transaction_v1, archive_v1 and so on.
    #[config(default = true, env = "ICN_RPC_MODERN")]
    pub modern: bool,
    /// Whoever reaches the port is the operator, and may pin blobs and have them removed. On Development chains everybody may.
    #[config(default = false, env = "ICN_RPC_OPERATOR")]
    pub operator: bool,
}

/// Other nodes.
#[derive(Clone, Debug, confique::Config)]
#[config(layer_attr(derive(Clone, Debug)), layer_attr(serde(deny_unknown_fields)))]
pub struct Network {
    /// Name of this node for people.
    #[config(default = "icn", env = "ICN_NETWORK_MONIKER")]
    pub moniker: String,
    /// Where consensus listens, as a multiaddr; transactions are exchanged at the next port. A Development chain of one validator listens on
    /// any port of this machine.
    #[config(default = "/ip4/0.0.0.0/tcp/26656", env = "ICN_NETWORK_LISTEN")]
    pub listen: String,
    /// Nodes to stay connected with, as in "/ip4/192.0.2.1/tcp/26656/p2p/12D3KooW…", beside the seeds of the chain's
    /// specification.
    #[config(default = [], env = "ICN_NETWORK_PEERS", parse_env = confique::env::parse::list_by_comma)]
    pub peers: Vec<String>,
    /// Refuse connections with anyone else: for a validator that hides behind sentries.
    #[config(default = false, env = "ICN_NETWORK_PERSISTENT_PEERS_ONLY")]
    pub persistent_peers_only: bool,
}

/// Making blocks.
#[derive(Clone, Debug, confique::Config)]
#[config(layer_attr(derive(Clone, Debug)), layer_attr(serde(deny_unknown_fields)))]
pub struct Blocks {
    /// "on-demand" makes a block when there is a transaction or something due; "interval" makes one each second, and
    /// "interval=MS" one each MS milliseconds, empty or not.
    #[config(default = "on-demand", env = "ICN_BLOCKS_PRODUCTION")]
    pub production: BlockProduction,
    /// Shortest time between two blocks on demand, in milliseconds. Wallets sign for some tens of blocks, so blocks made much
    /// faster than people click expire their transactions.
    #[config(default = 1000, env = "ICN_BLOCKS_MINIMUM_INTERVAL_MS")]
    pub minimum_interval_ms: u32,
}

/// How much of the past is kept.
#[derive(Clone, Debug, confique::Config)]
#[config(layer_attr(derive(Clone, Debug)), layer_attr(serde(deny_unknown_fields)))]
pub struct Histories {
    /// States that can still be read: "all", a number of blocks, or a time such as "30d", "12h" or "90m".
    #[config(default = "30d", env = "ICN_HISTORY_STATE")]
    pub state: History,
    /// Blocks whose extrinsics are kept, in the same words. Headers are kept for ever.
    #[config(default = "all", env = "ICN_HISTORY_BLOCKS")]
    pub blocks: History,
}

/// Signed records.
#[derive(Clone, Debug, confique::Config)]
#[config(layer_attr(derive(Clone, Debug)), layer_attr(serde(deny_unknown_fields)))]
pub struct Records {
    /// Epochs whose records are kept, the present one counted: "all", or a number. Of older final records stays that they are final, what
    /// they follow and where they are listed; what they say goes.
    #[config(default = "all", env = "ICN_RECORDS_KEEP_EPOCHS")]
    pub keep_epochs: Epochs,
}

/// Large data that others name by its hash.
#[derive(Clone, Debug, confique::Config)]
#[config(layer_attr(derive(Clone, Debug)), layer_attr(serde(deny_unknown_fields)))]
pub struct Blobs {
    /// What each owner may keep on this node, in MiB; no owner spends what is another's.
    #[config(default = 1024, env = "ICN_BLOBS_OWNER_QUOTA_MIB")]
    pub owner_quota_mib: u32,
    /// What is kept of blobs that were fetched from other nodes, in MiB; the oldest that nothing needs give way.
    #[config(default = 4096, env = "ICN_BLOBS_FETCHED_MIB")]
    pub fetched_mib: u32,
    /// What is kept of all blobs together, in MiB.
    #[config(default = 65536, env = "ICN_BLOBS_TOTAL_MIB")]
    pub total_mib: u32,
    /// How long a blob is kept that nobody pins and no record links to, in seconds.
    #[config(default = 604800, env = "ICN_BLOBS_GRACE_S")]
    pub grace_s: u32,
}

/// Keys of the home.
#[derive(Clone, Debug, confique::Config)]
#[config(layer_attr(derive(Clone, Debug)), layer_attr(serde(deny_unknown_fields)))]
pub struct Keys {
    /// File with the passphrase of the keys, which nobody but its owner may read; a relative path starts at the home. "" for
    /// none: the passphrase is asked for. The systemd credential icn-passphrase comes before this.
    #[config(default = "", env = "ICN_KEYS_PASSPHRASE_FILE")]
    pub passphrase_file: PathBuf,
}

/// A validator whose key another program holds.
#[derive(Clone, Debug, confique::Config)]
#[config(layer_attr(derive(Clone, Debug)), layer_attr(serde(deny_unknown_fields)))]
pub struct Validator {
    /// Where a remote signer connects to, by CometBFT's privval protocol: "unix:///run/icn/signer.sock", or
    /// "tcp://192.0.2.1:26659". "" for the consensus key of the home.
    #[config(default = "", env = "ICN_VALIDATOR_REMOTE_SIGNER")]
    pub remote_signer: String,
    /// Ed25519 public key, 64 hex digits, with which the signer encrypts its connection over TCP; nobody else may sign.
    #[config(default = "", env = "ICN_VALIDATOR_REMOTE_SIGNER_KEY")]
    pub remote_signer_key: String,
    /// How long a signature may take, in milliseconds.
    #[config(default = 3000, env = "ICN_VALIDATOR_REMOTE_SIGNER_PATIENCE_MS")]
    pub remote_signer_patience_ms: u32,
}

/// Logs.
#[derive(Clone, Debug, confique::Config)]
#[config(layer_attr(derive(Clone, Debug)), layer_attr(serde(deny_unknown_fields)))]
pub struct Log {
    /// What is logged: a level (error, warn, info, debug, trace), or levels by module, "info,icn_mempool=debug".
    #[config(default = "info", env = "ICN_LOG_FILTER")]
    pub filter: String,
    /// "text" for people, "json" for programs.
    #[config(default = "text", env = "ICN_LOG_FORMAT")]
    pub format: LogFormat,
}

/// The layer of one source: each setting may be missing.
pub type ConfigLayer = <Config as confique::Config>::Layer;

/// What is read of a file, in bytes; a configuration takes far less.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Variables with the prefix that are no settings: where the home is, where the node of client commands answers.
const OTHER_VARIABLES: [&str; 2] = [HOME_VARIABLE, crate::cli::client::URL_VARIABLE];

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the configuration {} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is no TOML, has an unknown key or a value out of range.
    #[error(
        "the configuration {} is not valid in line {line}: {}; `icn config template` shows what it may hold",
        path.display(),
        error.message()
    )]
    File {
        /// The file.
        path: PathBuf,
        /// Where; the first line is 1.
        line: usize,
        /// What is wrong. Its own text has several lines.
        error: Box<toml::de::Error>,
    },
    /// A variable has a value out of range.
    #[error("an environment variable is not valid; `icn config template` shows what it may hold")]
    Environment(#[source] confique::Error),
    /// A variable starts as those of this program do, and is none.
    #[error("the environment variable {name} is not known{suggestion}; unset it")]
    UnknownVariable {
        /// The variable.
        name: String,
        /// The nearest known one, in words; may be empty.
        suggestion: String,
    },
    /// The layers together are not valid.
    #[error("the configuration is not valid")]
    Whole(#[source] confique::Error),
}

impl Config {
    /// Reads all layers: `flags`, the environment, and the file in `home` when there is one.
    ///
    /// # Errors
    /// When one of them has an unknown name or a value out of range.
    pub fn load(flags: ConfigLayer, home: &Path) -> Result<Self, ConfigError> {
        check_variables(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()))?;
        let environment = ConfigLayer::from_env().map_err(ConfigError::Environment)?;
        let file = read(home.join(CONFIG_FILE))?;
        let layers = flags.with_fallback(environment).with_fallback(file).with_fallback(ConfigLayer::default_values());
        Config::from_layer(layers).map_err(ConfigError::Whole)
    }

    /// The commented template of the file: every setting, its meaning, default and variable.
    pub fn template() -> String {
        confique::toml::template::<Self>(confique::toml::FormatOptions::default())
    }

    /// Where JSON-RPC listens.
    pub fn rpc_address(&self) -> SocketAddr {
        SocketAddr::new(self.rpc.address, self.rpc.port)
    }
}

impl Keys {
    /// The file with the passphrase of a home's keys, when there is one.
    pub fn passphrase_file(&self, home: &Home) -> Option<PathBuf> {
        let is_set = !self.passphrase_file.as_os_str().is_empty();
        is_set.then(|| home.path().join(&self.passphrase_file))
    }
}

/// The layer of a file; an empty one when there is no file.
fn read(path: PathBuf) -> Result<ConfigLayer, ConfigError> {
    let mut text = String::new();
    let read = File::open(&path).and_then(|file| file.take(FILE_BYTES_MAX).read_to_string(&mut text));
    match read {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(ConfigLayer::empty()),
        Err(source) => return Err(ConfigError::Unreadable { path, source }),
    }
    toml::from_str(&text).map_err(|error: toml::de::Error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1;
        ConfigError::File { path, line, error: Box::new(error) }
    })
}

/// Refuses variables that look like settings and are none, so that a typo does not go unseen.
fn check_variables(names: impl Iterator<Item = String>) -> Result<(), ConfigError> {
    let known = variables(&Config::META).chain(OTHER_VARIABLES).collect::<BTreeSet<_>>();
    let is_unknown = |name: &String| name.starts_with("ICN_") && !known.contains(name.as_str());
    match names.filter(is_unknown).min() {
        None => Ok(()),
        Some(name) => {
            let known = known.iter().map(|name| (*name).to_owned());
            let suggestion = crate::cli::client::lookup::suggestion(&name, known);
            Err(ConfigError::UnknownVariable { name, suggestion })
        }
    }
}

/// The variables of all settings.
fn variables(meta: &'static Meta) -> Box<dyn Iterator<Item = &'static str>> {
    Box::new(meta.fields.iter().flat_map(|field| match field.kind {
        FieldKind::Leaf { env, .. } => Box::new(env.into_iter()) as Box<dyn Iterator<Item = _>>,
        FieldKind::Nested { meta } => variables(meta),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, String> {
        let layer: ConfigLayer = toml::from_str(text).map_err(|error| error.to_string())?;
        Config::from_layer(layer.with_fallback(ConfigLayer::default_values())).map_err(|error| error.to_string())
    }

    #[test]
    fn the_template_uncommented_is_the_defaults() {
        let template = Config::template();
        let is_setting =
            |line: &&str| line.starts_with('[') || line.starts_with('#') && !line.starts_with("# ") && line.len() > 1;
        let text: String =
            template.lines().filter(is_setting).map(|line| format!("{}\n", line.trim_start_matches('#'))).collect();
        let config = parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(format!("{config:?}"), format!("{:?}", parse("").expect("defaults")));
        assert!(text.contains("port = 9944"), "{text}");
    }

    #[test]
    fn every_setting_has_a_variable_named_after_it() {
        for section in Config::META.fields {
            let FieldKind::Nested { meta } = section.kind else { panic!("{} is no section", section.name) };
            for field in meta.fields {
                let FieldKind::Leaf { env, .. } = field.kind else { panic!("{} is no setting", field.name) };
                let name = format!("ICN_{}_{}", section.name, field.name).to_uppercase();
                assert_eq!(env, Some(name.as_str()));
            }
        }
    }

    #[test]
    fn unknown_keys_and_variables_are_named() {
        assert!(parse("[rpc]\nprot = 1").expect_err("unknown").contains("unknown field `prot`"));
        assert!(parse("[rcp]").expect_err("unknown").contains("unknown field `rcp`"));
        let error = check_variables(["ICN_RPC_PROT".to_owned()].into_iter()).expect_err("unknown").to_string();
        assert!(error.contains("ICN_RPC_PROT") && error.contains("did you mean ICN_RPC_PORT?"), "{error}");
        assert!(check_variables(["ICN_RPC_PORT", "ICN_HOME", "PATH"].map(String::from).into_iter()).is_ok());
    }
}
