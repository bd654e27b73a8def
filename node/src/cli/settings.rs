//! `icn config`, and the flags that override the configuration.

use super::{output::OutputArgs, value::Shown, CliError};
use crate::config::{default_home, BlockProduction, Config, ConfigLayer, History, Home, LogFormat, CONFIG_FILE};
use confique::Layer as _;
use std::{net::IpAddr, path::PathBuf};

/// Where the node lives.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct HomeArgs {
    /// Directory of the node [default: $ICN_HOME, else $XDG_DATA_HOME/icn, else ~/.icn]
    #[arg(long, value_name = "DIR")]
    pub home: Option<PathBuf>,
}

/// Flags that override the configuration.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct SettingArgs {
    /// Address on which JSON-RPC listens
    #[arg(long, value_name = "ADDRESS")]
    pub rpc_address: Option<IpAddr>,

    /// Port on which JSON-RPC listens; 0 for any that is free [default: 9944]
    #[arg(long, value_name = "PORT")]
    pub rpc_port: Option<u16>,

    /// When blocks are made: on-demand, interval (one each second) or interval=MS [default: on-demand]
    #[arg(long, value_name = "WHEN")]
    pub block: Option<BlockProduction>,

    /// States kept: all, a number of blocks, or a time such as 30d [default: 30d]
    #[arg(long, value_name = "AMOUNT")]
    pub state_history: Option<History>,

    /// Blocks whose extrinsics are kept, in the same words [default: all]
    #[arg(long, value_name = "AMOUNT")]
    pub block_history: Option<History>,

    /// What is logged: a level, or levels by module as in info,icn_mempool=debug [default: info]
    #[arg(long, value_name = "FILTER")]
    pub log: Option<String>,

    /// How logs are written [default: text]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
}

impl SettingArgs {
    /// The layer above all others.
    pub fn layer(&self) -> ConfigLayer {
        let mut layer = ConfigLayer::empty();
        layer.rpc.address = self.rpc_address;
        layer.rpc.port = self.rpc_port;
        layer.blocks.production = self.block;
        layer.history.state = self.state_history;
        layer.history.blocks = self.block_history;
        layer.log.filter.clone_from(&self.log);
        layer.log.format = self.log_format;
        layer
    }
}

/// Show the configuration, or a template of it
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn config template                 every setting, commented, with its default and its variable
  icn config template > ~/.icn/icn.toml
  icn config show                     what `icn start` would use
  ICN_RPC_PORT=9955 icn config show --output json")]
pub struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum ConfigCommand {
    /// Print a commented icn.toml with every setting and its default
    #[command(after_help = "Example:\n  icn config template > ~/.icn/icn.toml")]
    Template,
    /// Print the configuration that a node in a home would use: defaults < icn.toml < ICN_* variables < flags
    #[command(after_help = "Examples:\n  icn config show\n  icn config show --home /srv/icn --output json")]
    Show(Box<ShowArgs>),
}

#[derive(Clone, Debug, clap::Args)]
struct ShowArgs {
    #[command(flatten)]
    home: HomeArgs,

    #[command(flatten)]
    settings: SettingArgs,

    #[command(flatten)]
    output: OutputArgs,
}

impl ConfigArgs {
    /// Runs the command.
    ///
    /// # Errors
    /// When the configuration is not valid.
    pub fn run(&self) -> Result<(), CliError> {
        match &self.command {
            ConfigCommand::Template => Ok(super::output::line(Config::template().trim_end())?),
            ConfigCommand::Show(args) => {
                let home = default_home(args.home.home.as_deref())?;
                let config = Config::load(args.settings.layer(), home.path())?;
                Ok(args.output.print(&show(&config, &home))?)
            }
        }
    }
}

fn show(config: &Config, home: &Home) -> Shown {
    let list = |items: &[String]| Shown::List(items.iter().map(|item| Shown::Text(item.clone())).collect());
    Shown::map([
        ("home", Shown::word(home.path().display())),
        ("file", Shown::word(home.path().join(CONFIG_FILE).display())),
        (
            "rpc",
            Shown::map([
                ("address", Shown::word(config.rpc.address)),
                ("port", Shown::integer(config.rpc.port.into())),
                ("hosts", list(&config.rpc.hosts)),
                ("origins", list(&config.rpc.origins)),
                ("connections", Shown::integer(config.rpc.connections)),
                ("connections_per_ip", Shown::integer(config.rpc.connections_per_ip)),
                ("legacy", Shown::Bool(config.rpc.legacy)),
                ("modern", Shown::Bool(config.rpc.modern)),
                ("operator", Shown::Bool(config.rpc.operator)),
            ]),
        ),
        (
            "network",
            Shown::map([
                ("moniker", Shown::Text(config.network.moniker.clone())),
                ("listen", Shown::Text(config.network.listen.clone())),
                ("peers", list(&config.network.peers)),
                ("persistent_peers_only", Shown::Bool(config.network.persistent_peers_only)),
            ]),
        ),
        (
            "blocks",
            Shown::map([
                ("production", Shown::word(config.blocks.production)),
                ("minimum_interval_ms", Shown::integer(config.blocks.minimum_interval_ms)),
            ]),
        ),
        (
            "history",
            Shown::map([("state", Shown::word(config.history.state)), ("blocks", Shown::word(config.history.blocks))]),
        ),
        (
            "blobs",
            Shown::map([
                ("owner_quota_mib", Shown::integer(config.blobs.owner_quota_mib)),
                ("fetched_mib", Shown::integer(config.blobs.fetched_mib)),
                ("total_mib", Shown::integer(config.blobs.total_mib)),
                ("grace_s", Shown::integer(config.blobs.grace_s)),
            ]),
        ),
        ("keys", Shown::map([("passphrase_file", Shown::Text(config.keys.passphrase_file.display().to_string()))])),
        (
            "validator",
            Shown::map([
                ("remote_signer", Shown::Text(config.validator.remote_signer.clone())),
                ("remote_signer_key", Shown::Text(config.validator.remote_signer_key.clone())),
                ("remote_signer_patience_ms", Shown::integer(config.validator.remote_signer_patience_ms)),
            ]),
        ),
        (
            "log",
            Shown::map([
                ("filter", Shown::Text(config.log.filter.clone())),
                ("format", Shown::word(config.log.format)),
            ]),
        ),
    ])
}
