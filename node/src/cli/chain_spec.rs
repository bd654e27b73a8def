//! `icn chain-spec`: documents that describe chains.

use super::{
    chain,
    output::{self, OutputArgs},
    value::Shown,
    CliError,
};
use icn_chain_spec::{BuildOptions, ChainSpec, ChainType, Properties, Sealing, Summary, Validator};
use std::{
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

/// Build, check and show chain specifications
///
/// A specification is what the nodes of a chain must agree on before its first block: names, validators, and the state it
/// starts with.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn chain-spec build > dev.json
  icn chain-spec check dev.json
  icn chain-spec show dev --output json")]
pub struct ChainSpecArgs {
    #[command(subcommand)]
    command: ChainSpecCommand,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum ChainSpecCommand {
    Build(Box<BuildArgs>),
    Check(CheckArgs),
    Show(ShowArgs),
}

/// Print a chain specification: that of the Development chain, or a new one
///
/// With --id it is a new chain, starting now unless --genesis-time-ms says otherwise. The same flags give the same genesis.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn chain-spec build > dev.json
  icn chain-spec build --id sandbox --name Sandbox > sandbox.json
  icn chain-spec build --id valley --name 'Valley Federation' --type live --patch genesis.json \\
      --validator 5f3c…=10=Mill --validator 9a01…=10=Bakery > valley.json")]
struct BuildArgs {
    /// Name of a new chain for machines: 1 to 41 of a-z, 0-9 and -
    #[arg(long)]
    id: Option<String>,

    /// Its name for people [default: the id]
    #[arg(long, requires = "id")]
    name: Option<String>,

    /// What it is for: development, local or live
    #[arg(long = "type", value_name = "TYPE", requires = "id", value_enum, default_value_t)]
    chain_type: Kind,

    /// A validator of the first blocks: an Ed25519 key in hex, its power, and a name; may be repeated
    /// [default: //Alice's, on Development chains]
    #[arg(long = "validator", value_name = "KEY[=POWER[=NAME]]", requires = "id", value_parser = validator)]
    validators: Vec<Validator>,

    /// With what a validator seals trust bundles: its key, its sealing key and the proof, as `icn keys sealing` shows them; may be
    /// repeated
    #[arg(long = "sealing", value_name = "VALIDATOR=KEY=PROOF", requires = "id", value_parser = sealing)]
    sealing: Vec<(String, Sealing)>,

    /// Where a new node finds others, as in /ip4/192.0.2.1/tcp/26656/p2p/12D3KooW…; several times for several
    #[arg(long = "seed", value_name = "ADDRESS")]
    seeds: Vec<String>,

    /// Time of block 0, in milliseconds since 1970 [default: now]
    #[arg(long, value_name = "MS", requires = "id")]
    genesis_time_ms: Option<u64>,

    /// JSON file with what differs from the preset: pallet → fields
    #[arg(long, value_name = "FILE", requires = "id")]
    patch: Option<PathBuf>,

    /// Symbol of the token
    #[arg(long, value_name = "SYMBOL", requires = "id")]
    token: Option<String>,
}

/// What a chain is for.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Kind {
    /// One process, for writing software; //Alice and friends have tokens
    #[default]
    Development,
    /// Several nodes on machines of one owner
    Local,
    /// A network with users
    Live,
}

/// Check a chain specification, the state it describes included
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn chain-spec check valley.json
  icn chain-spec check dev")]
struct CheckArgs {
    /// File of the specification, or `dev`
    #[arg(value_name = "CHAIN")]
    chain: String,
}

/// Show what a chain specification describes: names, validators, size and root of the state, genesis hash
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn chain-spec show valley.json
  icn chain-spec show dev --output json | jq -r .genesis_hash")]
struct ShowArgs {
    /// File of the specification, or `dev`
    #[arg(value_name = "CHAIN", default_value = chain::DEVELOPMENT)]
    chain: String,

    #[command(flatten)]
    output: OutputArgs,
}

impl ChainSpecArgs {
    /// Runs the command.
    ///
    /// # Errors
    /// When the specification is not valid.
    pub fn run(self) -> Result<(), CliError> {
        match self.command {
            ChainSpecCommand::Build(args) => Ok(output::line(args.build()?.to_json().trim_end())?),
            ChainSpecCommand::Check(args) => {
                let spec = chain::resolve(&args.chain)?;
                let text = format!(
                    "{} is a valid specification of {}: genesis {}",
                    args.chain,
                    spec.name,
                    genesis_hash(&spec)?
                );
                Ok(output::line(&text)?)
            }
            ChainSpecCommand::Show(args) => Ok(args.output.print(&show(&chain::resolve(&args.chain)?)?)?),
        }
    }
}

impl BuildArgs {
    fn build(self) -> Result<ChainSpec, CliError> {
        let development = chain::development()?;
        let Some(id) = self.id else { return Ok(development) };
        let (mut validators, sealing) = (self.validators, self.sealing);
        let is_development = matches!(self.chain_type, Kind::Development);
        let options = BuildOptions {
            name: self.name.unwrap_or_else(|| id.clone()),
            id,
            chain_type: self.chain_type.into(),
            genesis_time_ms: self.genesis_time_ms.unwrap_or_else(now_ms),
            properties: Properties {
                token_symbol: self.token.unwrap_or_else(|| Properties::default().token_symbol),
                ..Properties::default()
            },
            validators: match validators.is_empty() && is_development {
                true => development.validators,
                false => {
                    name_sealing_keys(&mut validators, sealing)?;
                    validators
                }
            },
            seeds: self.seeds,
            patch: self.patch.as_deref().map(read_patch).transpose()?.unwrap_or_default(),
        };
        let preset = development.genesis.preset.filter(|_| is_development);
        Ok(icn_chain_spec::build(preset.as_deref(), options)?)
    }
}

impl From<Kind> for ChainType {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Development => Self::Development,
            Kind::Local => Self::Local,
            Kind::Live => Self::Live,
        }
    }
}

/// Reads `KEY[=POWER[=NAME]]`.
fn validator(text: &str) -> Result<Validator, &'static str> {
    let mut parts = text.splitn(3, '=');
    let key = parts.next().filter(|key| !key.is_empty()).ok_or("write KEY=POWER=NAME")?;
    let power = parts.next().unwrap_or("1").replace('_', "").parse().map_err(|_| "the power is a number above 0")?;
    Ok(Validator {
        name: parts.next().map(str::to_owned),
        key: key.trim_start_matches("0x").into(),
        power,
        peer_id: None,
        sealing: None,
    })
}

/// Reads `VALIDATOR=KEY=PROOF`.
fn sealing(text: &str) -> Result<(String, Sealing), &'static str> {
    let form = "write VALIDATOR=KEY=PROOF, each in hex, as `icn keys sealing` shows them";
    let [validator, key, proof] = text.splitn(3, '=').collect::<Vec<_>>()[..] else { return Err(form) };
    let sealing = Sealing { key: key.parse().map_err(|_| form)?, proof: proof.parse().map_err(|_| form)? };
    Ok((validator.trim_start_matches("0x").to_ascii_lowercase(), sealing))
}

/// Gives each its sealing key.
fn name_sealing_keys(validators: &mut [Validator], sealing: Vec<(String, Sealing)>) -> Result<(), CliError> {
    for (key, sealing) in sealing {
        let validator = validators.iter_mut().find(|validator| validator.key.eq_ignore_ascii_case(&key));
        validator.ok_or(CliError::SealingOfNobody { key })?.sealing = Some(sealing);
    }
    Ok(())
}

/// Reads what differs from a preset.
pub(super) fn read_patch(path: &Path) -> Result<serde_json::Map<String, serde_json::Value>, CliError> {
    use std::io::Read as _;
    let file = |source| CliError::File { path: path.into(), source };
    let mut text = String::new();
    let source = std::fs::File::open(path).map_err(file)?;
    source.take(icn_chain_spec::DOCUMENT_BYTES_MAX).read_to_string(&mut text).map_err(file)?;
    serde_json::from_str(&text).map_err(|source| CliError::Patch { path: path.into(), source })
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn genesis_hash(spec: &ChainSpec) -> Result<String, CliError> {
    let genesis = icn_chain_spec::genesis(spec)?;
    let root = icn_storage::genesis_root(&genesis.state);
    Ok(format!("{:?}", icn_chain_spec::genesis_header(root).hash()))
}

fn show(spec: &ChainSpec) -> Result<Shown, CliError> {
    let summary = Summary::of(spec)?;
    let genesis = icn_chain_spec::genesis(spec)?;
    let root = icn_storage::genesis_root(&genesis.state);
    let count = |count: usize| Shown::integer(u32::try_from(count).unwrap_or(u32::MAX));
    Ok(Shown::map([
        ("name", Shown::Text(summary.name)),
        ("chain_id", Shown::Word(genesis.chain_id(root))),
        ("chain_type", Shown::word(summary.chain_type)),
        ("genesis_hash", Shown::hex(icn_chain_spec::genesis_header(root).hash())),
        ("genesis_time_ms", Shown::wide(summary.genesis_time_ms)),
        ("preset", summary.preset.map_or(Shown::Null, Shown::Word)),
        ("spec_name", Shown::Word(summary.spec_name)),
        ("spec_version", Shown::integer(summary.spec_version)),
        ("validators", count(summary.validators)),
        ("voting_power", Shown::wide(summary.power)),
        ("validators_hash", Shown::Word(summary.validators_hash)),
        ("state_root", Shown::hex(root)),
        ("state_entries", count(summary.state_entries)),
        ("state_bytes", count(summary.state_bytes)),
    ]))
}
